//! What a reader's word might have been instead: another reading of its ink, or the same letters under other marks.

use super::super::language_model::{UNKNOWN, WordId};
use super::super::lexicon::Lexicon;
use super::super::syllable::{self, CasePattern};
use super::super::{ink, lexer};
use super::item::{Item, core, is_like_syllable};
use super::{INK, LEAST};
use crate::domain::Word;

/// A word read with more confidence than this, and not disputed, is not touched.
const CONFIDENT: f32 = 0.93;
/// The cost of each mark that was mistaken.
const MARK: f32 = 2.3;
/// The same where the second reader's letters are known: they tell which marks the ink allows.
const MARK_IN_INK: f32 = 1.0;
/// Each letter of a word that both readers saw alike must be this sure for the word to be settled.
const SURE_LETTER: f32 = 0.9;
/// The cost of a sign that was read for a letter.
const SIGN: f32 = 1.0;
/// A word is not settled while its reader gave another one with the same letters this much confidence.
const RIVAL: f32 = 0.3;

/// What a change rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ground {
    /// A reader read it so.
    Reading,
    /// Readers take one mark for the other.
    Mark,
}

/// What a reader's word might have been instead.
pub(super) struct Proposal {
    pub core: String,
    pub id: WordId,
    pub cost: f32,
    pub ground: Ground,
    /// Who else read it so.
    pub by: Option<String>,
}

/// True for a word that nobody doubts.
fn is_confident(word: &Word) -> bool {
    word.confidence.get() > CONFIDENT
        && !word.is_disputed()
        && word
            .ink
            .iter()
            .all(|letter| letter.options.first().is_some_and(|best| best.1 >= SURE_LETTER))
}

/// What a word might have been instead; empty for most.
pub(super) fn proposals(lexicon: &Lexicon, item: &Item) -> Vec<Proposal> {
    let Some(raw) = item.core else { return Vec::new() };
    let known = lexicon.id(raw).is_some();
    let rival = item.word.alternatives.iter().any(|a| {
        a.confidence.get() >= RIVAL
            && core(&a.text).is_some_and(|c| {
                let other = &a.text[c.start..c.end];
                lexicon.id(other).is_some() && marks_between(raw, other).is_some_and(|marks| marks > 0)
            })
    });
    // What no marks make a syllable was misread, however sure its reader.
    let possible = syllable::is_possible(raw) || !is_like_syllable(raw);
    // One reader has nobody to confirm it.
    let alone = item.word.is_read_once();
    let confident = is_confident(item.word) && possible && !rival && !alone;
    let signs = raw.chars().any(lexer::is_odd);
    if item.is_settled(raw) || (confident && !signs) {
        return Vec::new();
    }
    let mut all: Vec<Proposal> = Vec::new();
    let mut add = |proposal: Proposal| {
        if syllable::canonical(&proposal.core) == syllable::canonical(raw) {
            return;
        }
        match all.iter_mut().find(|p| p.id == proposal.id) {
            Some(same) if same.cost <= proposal.cost => {}
            Some(same) => *same = proposal,
            None => all.push(proposal),
        }
    };
    let seen_twice = !item.word.ink.is_empty();
    let doubt = (1.0 - item.word.confidence.get()).clamp(0.02, 1.0);
    // What the first reader's view makes a spelling cost that it did not name.
    let unnamed = |marks: usize| {
        let mark = if seen_twice { MARK_IN_INK } else { MARK };
        mark * marks as f32 - doubt.ln()
    };
    let whole = |core: &str| format!("{}{core}{}", item.before, item.after);
    let inked = |core: &str| INK * ink::cost(&item.word.ink, &whole(core));
    let others = item
        .word
        .alternatives
        .iter()
        .map(|a| (&a.text, a.confidence, "alternative of the reader".to_owned()));
    let votes = item
        .word
        .votes
        .iter()
        .map(|v| (&v.text, v.confidence, format!("read so by {}", v.reader.name())));
    for (text, confidence, by) in others.chain(votes) {
        let Some(core) = core(text)
            .map(|a| &text[a.start..a.end])
            .filter(|c| syllable::is_possible(c))
        else {
            continue;
        };
        if let Some(id) = lexicon.id(core) {
            let named = -confidence.get().clamp(LEAST, 1.0).ln();
            let cost = if seen_twice {
                named.min(unnamed(marks_between(raw, core).unwrap_or(2))) + inked(core)
            } else {
                named
            };
            add(Proposal {
                core: core.to_owned(),
                id,
                cost,
                ground: Ground::Reading,
                by: Some(by),
            });
        }
    }
    if !confident {
        let case = CasePattern::of(raw);
        let letters = syllable::bare(raw).to_lowercase();
        let seen = ink::spellings(&item.word.ink);
        let as_seen = seen
            .first()
            .and_then(|text| Some(syllable::bare(&text[core(text).map(|a| a.start..a.end)?])));
        let as_seen = as_seen.filter(|seen| *seen != letters).unwrap_or_default();
        let marked = [letters.as_str(), as_seen.as_str()]
            .map(|l| lexicon.same_letters(l))
            .concat();
        let spelled = seen
            .iter()
            .filter_map(|text| lexicon.id(&text[core(text).map(|a| a.start..a.end)?]));
        for id in marked.into_iter().chain(spelled) {
            let word = lexicon.word(id);
            let marks = marks_between(raw, word);
            let near = match marks {
                Some(marks) => marks == 1 || (marks == 2 && (!known || seen_twice)),
                None => seen_twice && syllable::is_possible(word),
            };
            if near {
                let core = case.apply(word);
                let cost = unnamed(marks.unwrap_or(2)) + inked(&core);
                let ground = if seen_twice { Ground::Reading } else { Ground::Mark };
                add(Proposal {
                    core,
                    id,
                    cost,
                    ground,
                    by: None,
                });
            }
        }
    }
    if signs {
        let letters: String = raw.chars().map(|c| if c == '¡' { 'i' } else { c }).collect();
        let id = lexicon.id(&letters).unwrap_or(UNKNOWN);
        if !letters.chars().any(lexer::is_odd) {
            let by = Some("confusion ¡/i".to_owned());
            add(Proposal {
                core: letters,
                id,
                cost: SIGN,
                ground: Ground::Reading,
                by,
            });
        }
    }
    all
}

/// How many marks differ between two words with the same letters: tone, and quality or bar of each letter.
/// `None` when the letters differ.
fn marks_between(raw: &str, word: &str) -> Option<usize> {
    let (a, b) = (syllable::marks(raw), syllable::marks(word));
    if a.letters.chars().count() != b.letters.chars().count() {
        return None;
    }
    let mut marks = usize::from(a.tone != b.tone);
    for (x, y) in a.letters.chars().zip(b.letters.chars()) {
        if syllable::bare_char(x) != syllable::bare_char(y) {
            return None;
        }
        marks += usize::from(x != y);
    }
    // ươ is one mark to the eye, and to a reader.
    let horned = |s: &str| s.contains("ươ");
    if marks > 1 && horned(&a.letters) != horned(&b.letters) {
        marks -= 1;
    }
    Some(marks)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_counted_as_a_reader_mistakes_them() {
        let check = |raw: &str, word: &str, expect: Option<usize>| {
            assert_eq!(marks_between(raw, word), expect, "{raw} {word}");
        };
        check("đối", "đổi", Some(1));
        check("THI", "thị", Some(1));
        check("diểm", "điểm", Some(1));
        check("phuong", "phương", Some(1));
        check("phuong", "phường", Some(2));
        check("cao", "báo", None);
    }
}
