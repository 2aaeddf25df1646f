//! What the rest of a document says of a word. A document repeats its phrases: the same word beside the same neighbour
//! elsewhere speaks for it; the same letters with other marks there, `đối` once among forty `chuyển đổi số`, against it.
//! Nothing is changed by that but how certain a word is said to be: the ink of this one place may well say otherwise.

use rustc_hash::FxHashMap;

use super::syllable;
use crate::domain::{Reader, Word};

/// Punctuation that ends a word and says nothing of it.
const ENDS: [char; 9] = ['.', ',', ';', ':', ')', ']', '”', '"', '%'];
/// More than so often is no better.
const OFTEN: f32 = 31.0;

/// What is looked at, by name, in the order of [`Company::facts`].
pub const NAMES: [&str; 2] = ["said_elsewhere", "marked_otherwise"];

/// How often a word stands beside a neighbour that it has here, elsewhere in the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Company {
    /// The same word, leading signs and all.
    pub alike: u32,
    /// The same letters with other marks.
    pub otherwise: u32,
}

impl Company {
    /// Each a number of about the size of 1: the document is for the word, or against it.
    pub fn facts(self) -> [f32; NAMES.len()] {
        let often = |times: u32| (times as f32).min(OFTEN).ln_1p() / OFTEN.ln_1p();
        if self.otherwise >= self.alike.max(1) {
            [0.0, 0.5 + often(self.otherwise)]
        } else {
            [often(self.alike), 0.0]
        }
    }
}

/// On which side of a word its neighbour stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Side {
    Before,
    After,
}

/// A text by its number.
type Id = u32;

/// Letters without their marks, beside those of a neighbour.
type Place = (Id, Id, Side);

/// A word as it is compared.
#[derive(Debug, Clone, Copy)]
struct Told {
    /// Its letters without marks; `None` for a sign.
    bare: Option<Id>,
    /// Its letters.
    letters: Id,
    /// All of it but what ends it.
    whole: Id,
}

/// The words of a document, each text once.
#[derive(Default)]
struct Words {
    all: Vec<Told>,
    ids: FxHashMap<String, Id>,
}

impl Words {
    fn of<'w>(document: impl Iterator<Item = &'w Word>) -> Self {
        let mut words = Self::default();
        for word in document {
            let text = word.text.to_lowercase();
            let letters = text.trim_matches(|c: char| !c.is_alphanumeric());
            let bare = (!letters.is_empty()).then(|| words.id(&syllable::bare(letters)));
            let told = Told {
                bare,
                letters: words.id(letters),
                whole: words.id(text.trim_end_matches(ENDS)),
            };
            words.all.push(told);
        }
        words
    }

    fn id(&mut self, text: &str) -> Id {
        let next = Id::try_from(self.ids.len()).unwrap_or(Id::MAX);
        *self.ids.entry(text.to_owned()).or_insert(next)
    }

    /// The word at `at` with each neighbour that it has.
    fn places(&self, at: usize) -> impl Iterator<Item = Place> + '_ {
        let bare = |i: usize| self.all.get(i).and_then(|word| word.bare);
        let before = at.checked_sub(1).and_then(bare).map(|n| (n, Side::Before));
        let after = bare(at + 1).map(|n| (n, Side::After));
        let neighbours = before.into_iter().chain(after);
        neighbours.filter_map(move |(neighbour, side)| Some((bare(at)?, neighbour, side)))
    }
}

/// How often each text stands at a place.
#[derive(Default)]
struct Said {
    letters: FxHashMap<Id, u32>,
    whole: FxHashMap<Id, u32>,
}

/// What the rest of a document says of each of its words, which come in reading order.
pub fn company<'w>(document: impl Iterator<Item = &'w Word>) -> Vec<Company> {
    let words = Words::of(document);
    let mut said: FxHashMap<Place, Said> = FxHashMap::default();
    for (at, word) in words.all.iter().enumerate() {
        for place in words.places(at) {
            let here = said.entry(place).or_default();
            *here.letters.entry(word.letters).or_default() += 1;
            *here.whole.entry(word.whole).or_default() += 1;
        }
    }
    let of = |(at, word): (usize, &Told)| {
        let here = words.places(at).filter_map(|place| said.get(&place));
        here.fold(Company::default(), |most, said| {
            let same_letters = said.letters.get(&word.letters).copied().unwrap_or_default();
            let whole = said.whole.get(&word.whole).copied().unwrap_or_default();
            Company {
                alike: most.alike.max(whole.saturating_sub(1)),
                otherwise: most
                    .otherwise
                    .max(said.letters.values().sum::<u32>() - same_letters),
            }
        })
    };
    words.all.iter().enumerate().map(of).collect()
}

/// True for a word that was read from ink and is letters only: any number may stand beside any word.
pub fn is_judged(word: &Word) -> bool {
    let has = |test: fn(char) -> bool| word.text.contains(test);
    word.reader != Reader::TextLayer && has(char::is_alphabetic) && !has(char::is_numeric)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Confidence, PixelBox};

    /// What the rest of `text` says of each place where `word` stands in it.
    fn of(text: &str, word: &str) -> Vec<(u32, u32)> {
        let words: Vec<Word> = text
            .split(' ')
            .map(|text| Word::new(text, PixelBox::default(), Confidence::CERTAIN, Reader::LineReader))
            .collect();
        let told = words.iter().zip(company(words.iter()));
        told.filter(|(w, _)| w.text == word)
            .map(|(_, c)| (c.alike, c.otherwise))
            .collect()
    }

    #[test]
    fn a_phrase_said_again_speaks_for_its_words_and_against_other_marks() {
        let text = "về chuyển đổi số; Chuyển đổi số chuyển đối số.";
        assert_eq!(of(text, "đổi"), [(1, 1), (1, 1)]);
        assert_eq!(of(text, "đối"), [(0, 2)]);
        // What ends a word, and its case, is no matter.
        assert_eq!(of(text, "số;"), [(2, 0)]);
        assert_eq!(of(text, "về"), [(0, 0)]);
    }

    #[test]
    fn a_leading_sign_belongs_to_the_word_but_is_no_other_mark() {
        let text = "b *Điểm tối b *Điểm tối b “Điểm tối";
        assert_eq!(of(text, "*Điểm"), [(1, 0), (1, 0)]);
        assert_eq!(of(text, "“Điểm"), [(0, 0)]);
    }

    #[test]
    fn facts_are_for_or_against() {
        let facts = |alike, otherwise| Company { alike, otherwise }.facts();
        assert_eq!(facts(0, 0), [0.0, 0.0]);
        assert_eq!(facts(31, 0), [1.0, 0.0]);
        assert_eq!(facts(99, 3), [1.0, 0.0]);
        assert_eq!(facts(0, 31), [0.0, 1.5]);
        assert!(facts(1, 1)[1] > 0.5);
    }
}
