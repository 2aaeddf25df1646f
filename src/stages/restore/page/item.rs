//! The words of a page, each taken apart: its letters, and the punctuation around them.

use super::super::language_model::{BOUNDARY, NUMBER, UNKNOWN, WordId};
use super::super::lexer::{self, Atom, AtomKind};
use super::super::lexicon::Lexicon;
use super::super::syllable;
use crate::domain::{Line, PageReading, Word};

/// A word of the page, its letters apart from the punctuation around them.
pub(super) struct Item<'a> {
    pub word: &'a Word,
    /// The letters, when they can be restored.
    pub core: Option<&'a str>,
    pub before: &'a str,
    pub after: &'a str,
    pub begins_sentence: Sentence,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sentence {
    Begins,
    GoesOn,
}

/// The words of a page in reading order.
pub(super) fn items(reading: &PageReading) -> Vec<Item<'_>> {
    reading.lines().flat_map(items_of_line).collect()
}

pub(super) fn items_of_line(line: &Line) -> impl Iterator<Item = Item<'_>> {
    let first = line
        .words
        .iter()
        .find(|w| w.text.chars().any(char::is_alphanumeric));
    let capital = first.is_none_or(|w| {
        w.text
            .chars()
            .find(|c| c.is_alphanumeric())
            .is_some_and(char::is_uppercase)
    });
    line.words.iter().enumerate().map(move |(i, word)| {
        let begins = if i == 0 && capital {
            Sentence::Begins
        } else {
            Sentence::GoesOn
        };
        Item::new(word, begins)
    })
}

impl<'a> Item<'a> {
    fn new(word: &'a Word, begins_sentence: Sentence) -> Self {
        let text = word.text.as_str();
        let (before, core, after) = match core(text) {
            Some(core) => (
                &text[..core.start],
                Some(&text[core.start..core.end]),
                &text[core.end..],
            ),
            None => (text, None, ""),
        };
        Self {
            word,
            core,
            before,
            after,
            begins_sentence,
        }
    }

    /// What the language model sees where the word stays as it is.
    pub fn words(&self, lexicon: &Lexicon) -> Vec<WordId> {
        let text = self.word.text.as_str();
        lexer::atoms(text)
            .iter()
            .filter_map(|atom| {
                let piece = &text[atom.start..atom.end];
                match atom.kind {
                    AtomKind::Number | AtomKind::Code => Some(NUMBER),
                    AtomKind::Word if piece.chars().any(|c| c.is_ascii_digit()) => Some(NUMBER),
                    AtomKind::Word => Some(lexicon.id(piece).unwrap_or(UNKNOWN)),
                    AtomKind::Mark => lexer::is_boundary(piece).then_some(BOUNDARY),
                }
            })
            .collect()
    }

    /// What the language model sees where the letters are those of `id`.
    pub fn words_with(&self, id: WordId) -> Vec<WordId> {
        let boundaries = |text: &str| {
            let mut one = [0; 4];
            text.chars().any(|c| lexer::is_boundary(c.encode_utf8(&mut one)))
        };
        let before = boundaries(self.before).then_some(BOUNDARY);
        let after = boundaries(self.after).then_some(BOUNDARY);
        before.into_iter().chain([id]).chain(after).collect()
    }

    /// True for words that are never changed, however they were read.
    pub fn is_settled(&self, core: &str) -> bool {
        let letters = core.chars().filter(|c| c.is_alphabetic()).count();
        letters < 2
            || core.chars().any(|c| c.is_ascii_digit())
            || lexer::is_roman(core)
            || is_abbreviation(core)
    }
}

/// True for letters that are a possible syllable under some marks.
pub(super) fn is_like_syllable(core: &str) -> bool {
    syllable::is_possible(core) || syllable::is_possible_bare(core)
}

/// Capitals that are no syllable: `UBND`, `HĐND`. Those with a tone are a word misread: `CHUẨẤN`.
pub(super) fn is_abbreviation(core: &str) -> bool {
    core.chars().all(char::is_uppercase) && !is_like_syllable(core) && !has_tone(core)
}

pub(super) fn has_tone(core: &str) -> bool {
    syllable::marks(core).tone.is_some()
}

/// True for a word that looks like one of Vietnamese, and is none that the language model ever saw.
pub(super) fn is_no_word(lexicon: &Lexicon, core: &str) -> bool {
    lexicon.id(core).is_none() && (is_like_syllable(core) || has_tone(core))
}

/// The one word among the atoms of a text, with marks around it only.
pub(super) fn core(text: &str) -> Option<Atom> {
    let atoms = lexer::atoms(text);
    let mut words = atoms.iter().filter(|a| a.kind != AtomKind::Mark);
    // A sign that is no punctuation belongs to the letters it stands beside.
    let strange = |a: &&Atom| a.kind == AtomKind::Mark && text[a.start..a.end].chars().all(lexer::is_odd);
    let word = words
        .next()
        .filter(|w| w.kind == AtomKind::Word && words.next().is_none())?;
    let start = atoms
        .iter()
        .find(|a| strange(a) && a.end == word.start)
        .map_or(word.start, |a| a.start);
    let end = atoms
        .iter()
        .find(|a| strange(a) && a.start == word.end)
        .map_or(word.end, |a| a.end);
    Some(Atom { start, end, ..*word })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capitals_with_a_tone_are_no_abbreviation() {
        let check = |core: &str, expect: bool| assert_eq!(is_abbreviation(core), expect, "{core}");
        check("UBND", true);
        check("HĐND", true);
        check("CHUẨN", false);
        check("CHUẨẤN", false);
        check("iOffice", false);
    }

    #[test]
    fn punctuation_stands_around_the_letters() {
        let check = |text: &str, expect: Option<&str>| {
            assert_eq!(core(text).map(|a| &text[a.start..a.end]), expect, "{text}");
        };
        check("(điểm),", Some("điểm"));
        check("“Bảng", Some("Bảng"));
        check("¡Office", Some("¡Office"));
        check("1420/KH-UBND", None);
        check("và/hoặc", None);
        check("0,5", None);
        check("-", None);
    }
}
