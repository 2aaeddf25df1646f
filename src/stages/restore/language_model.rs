//! The syllable language model: an interpolated Kneser-Ney trigram, pruned, in one flat block of bytes
//! that is used where it lies (`models/README.md` tells how it is made, [`LanguageModel::parse`] its layout).

use std::sync::atomic::{AtomicU64, Ordering};

use rustc_hash::FxHashMap;

/// A word's number in the model's vocabulary; frequent words have small ones.
pub type WordId = u16;

/// Any word that the vocabulary lacks.
pub const UNKNOWN: WordId = 0;
/// The end of a sentence or of an item.
pub const BOUNDARY: WordId = 1;
/// Any number, date or code.
pub const NUMBER: WordId = 2;

/// The first bytes of a model.
pub const MAGIC: &[u8; 8] = b"sohoaLM1";
/// A stored probability `q` is `exp(-q * STEP)`.
pub const STEP: f32 = 0.06;
/// A stored back-off weight `q` is `exp(BACKOFF_MAX - q * STEP)`.
pub const BACKOFF_MAX: f32 = 2.0;

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ModelError {
    #[error("not a language model of this version")]
    Magic,
    #[error("the language model is cut short")]
    Truncated,
    #[error("the vocabulary is not UTF-8")]
    Vocabulary,
}

/// Probabilities of words after the two words before them, natural logarithm.
pub struct LanguageModel {
    ids: FxHashMap<&'static str, WordId>,
    words: Vec<&'static str>,
    unigram: &'static [u8],
    unigram_backoff: &'static [u8],
    /// Where the bigrams of a word begin, `u32`; one more than there are words.
    unigram_start: &'static [u8],
    bigram_word: &'static [u8],
    bigram: &'static [u8],
    bigram_backoff: &'static [u8],
    /// Where the trigrams of a bigram begin, three bytes each; one more than there are bigrams.
    bigram_start: &'static [u8],
    trigram_word: &'static [u8],
    trigram: &'static [u8],
    /// Bigrams, by their two words, and trigrams, by the place of their bigram and their third word: a text asks for the same
    /// few again and again.
    found_bigrams: Found,
    found_trigrams: Found,
    /// No logarithm is greater.
    most: f32,
}

/// Where what was sought last is or that it is not there, each in the slot of what was sought. What was sought and found
/// share a number, so threads need not wait for each other.
struct Found {
    slots: Box<[AtomicU64]>,
    /// The bits of a slot that hold what was found.
    bits: u32,
}

impl Found {
    const SLOTS: u32 = 1 << 14;

    /// No sought number may have all its bits set.
    fn new(bits: u32) -> Self {
        Self {
            slots: (0..Self::SLOTS).map(|_| AtomicU64::new(u64::MAX)).collect(),
            bits,
        }
    }

    /// What `find` finds; it must fit into the bits, and not fill them.
    fn get(&self, sought: u64, find: impl FnOnce() -> Option<u64>) -> Option<u64> {
        let mixed = sought.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - Self::SLOTS.trailing_zeros());
        let slot = &self.slots[mixed as usize];
        let none = (1 << self.bits) - 1;
        let held = slot.load(Ordering::Relaxed);
        let found = if held >> self.bits == sought {
            held & none
        } else {
            let found = find().unwrap_or(none);
            slot.store(sought << self.bits | found, Ordering::Relaxed);
            found
        };
        (found != none).then_some(found)
    }
}

/// The words before a place, found in the model once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Context {
    last: WordId,
    /// The place of the two words as a bigram.
    bigram: Option<usize>,
}

impl LanguageModel {
    /// Reads the layout: [`MAGIC`]; `u32` counts of words, bigrams, trigrams and vocabulary bytes; the vocabulary, one word
    /// a line in the order of the ids; then the arrays of the struct in order. All little endian.
    pub fn parse(bytes: &'static [u8]) -> Result<Self, ModelError> {
        let mut rest = bytes;
        let mut take = |n: usize| {
            let (head, tail) = rest.split_at_checked(n).ok_or(ModelError::Truncated)?;
            rest = tail;
            Ok(head)
        };
        if take(8)? != MAGIC {
            return Err(ModelError::Magic);
        }
        let mut counts = [0usize; 4];
        for count in &mut counts {
            *count = u32_at(take(4)?, 0) as usize;
        }
        let [words, bigrams, trigrams, text] = counts;
        let vocabulary = std::str::from_utf8(take(text)?).map_err(|_| ModelError::Vocabulary)?;
        let list: Vec<&'static str> = vocabulary.lines().collect();
        if list.len() != words {
            return Err(ModelError::Vocabulary);
        }
        let ids = (0..=WordId::MAX)
            .zip(&list)
            .map(|(id, word)| (*word, id))
            .collect();
        let mut model = Self {
            ids,
            words: list,
            unigram: take(words)?,
            unigram_backoff: take(words)?,
            unigram_start: take(4 * (words + 1))?,
            bigram_word: take(2 * bigrams)?,
            bigram: take(bigrams)?,
            bigram_backoff: take(bigrams)?,
            bigram_start: take(3 * (bigrams + 1))?,
            trigram_word: take(2 * trigrams)?,
            trigram: take(trigrams)?,
            found_bigrams: Found::new(32),
            found_trigrams: Found::new(16),
            most: 0.0,
        };
        let most = |weights: &[u8]| weights.iter().min().map_or(0.0, |q| backoff(*q).max(0.0));
        let backed_off =
            model.unigram.iter().min().map_or(0.0, |q| probability(*q)) + most(model.unigram_backoff);
        model.most = most(model.bigram_backoff) + backed_off.max(0.0);
        Ok(model)
    }

    /// The id of a word in its [canonical](super::syllable::canonical) spelling.
    pub fn id(&self, word: &str) -> Option<WordId> {
        self.ids.get(word).copied()
    }

    pub fn word(&self, id: WordId) -> &'static str {
        self.words.get(usize::from(id)).copied().unwrap_or("")
    }

    /// How many ids there are: the first id that is none.
    pub fn id_count(&self) -> WordId {
        WordId::try_from(self.words.len()).unwrap_or(WordId::MAX)
    }

    /// Every word with its id, the classes (`<…>`) left out.
    pub fn words(&self) -> impl Iterator<Item = (WordId, &'static str)> + '_ {
        (0..=WordId::MAX)
            .zip(self.words.iter().copied())
            .filter(|(_, w)| !w.starts_with('<'))
    }

    /// What the two words before a place are to the model. Ids past the vocabulary count as unknown.
    pub fn context(&self, [before, last]: [WordId; 2]) -> Context {
        let (before, last) = (self.known(before), self.known(last));
        Context {
            last,
            bigram: self.bigram(before, last),
        }
    }

    /// The logarithm of the probability of `word` after the words of a context.
    pub fn log_probability(&self, context: &Context, word: WordId) -> f32 {
        let word = self.known(word);
        let mut backed_off = 0.0;
        if let Some(bigram) = context.bigram {
            if let Some(q) = self.trigram(bigram, word) {
                return probability(q);
            }
            backed_off += backoff(self.bigram_backoff[bigram]);
        }
        if let Some(i) = self.bigram(context.last, word) {
            return backed_off + probability(self.bigram[i]);
        }
        backed_off + backoff(self.unigram_backoff[usize::from(context.last)]) + self.log_unigram(word)
    }

    fn known(&self, word: WordId) -> WordId {
        if usize::from(word) < self.words.len() {
            word
        } else {
            UNKNOWN
        }
    }

    /// The logarithm of the probability of `word` wherever it stands.
    pub fn log_unigram(&self, word: WordId) -> f32 {
        probability(self.unigram.get(usize::from(word)).copied().unwrap_or(u8::MAX))
    }

    /// No word is likelier anywhere, by the logarithm of its probability.
    pub fn most(&self) -> f32 {
        self.most
    }

    fn bigram(&self, first: WordId, second: WordId) -> Option<usize> {
        let found = self
            .found_bigrams
            .get(u64::from(first) << 16 | u64::from(second), || {
                let first = usize::from(first);
                let start = |word| u32_at(self.unigram_start, word) as usize;
                let place = search(self.bigram_word, start(first)..start(first + 1), second);
                place.map(|place| place as u64)
            });
        found.map(|place| place as usize)
    }

    /// What is stored for a bigram and the word after it.
    fn trigram(&self, bigram: usize, word: WordId) -> Option<u8> {
        let range = u24_at(self.bigram_start, bigram)..u24_at(self.bigram_start, bigram + 1);
        if range.is_empty() {
            return None;
        }
        let found = self
            .found_trigrams
            .get((bigram as u64) << 16 | u64::from(word), || {
                let place = search(self.trigram_word, range, word);
                place.map(|place| u64::from(self.trigram[place]))
            });
        found.map(|q| q as u8)
    }
}

fn probability(q: u8) -> f32 {
    -f32::from(q) * STEP
}

fn backoff(q: u8) -> f32 {
    BACKOFF_MAX - f32::from(q) * STEP
}

fn u16_at(bytes: &[u8], i: usize) -> u16 {
    u16::from_le_bytes([bytes[2 * i], bytes[2 * i + 1]])
}

fn u24_at(bytes: &[u8], i: usize) -> usize {
    let b = &bytes[3 * i..3 * i + 3];
    usize::from(b[0]) | usize::from(b[1]) << 8 | usize::from(b[2]) << 16
}

fn u32_at(bytes: &[u8], i: usize) -> u32 {
    let b = &bytes[4 * i..4 * i + 4];
    u32::from_le_bytes([b[0], b[1], b[2], b[3]])
}

/// The place of `word` in the sorted part `range` of an array of `u16`.
fn search(words: &[u8], range: std::ops::Range<usize>, word: WordId) -> Option<usize> {
    let (mut low, mut high) = (range.start, range.end);
    while low < high {
        let middle = low.midpoint(high);
        match u16_at(words, middle).cmp(&word) {
            std::cmp::Ordering::Equal => return Some(middle),
            std::cmp::Ordering::Less => low = middle + 1,
            std::cmp::Ordering::Greater => high = middle,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_model_is_refused() {
        assert_eq!(LanguageModel::parse(b"sohoaLM0").err(), Some(ModelError::Magic));
        assert_eq!(LanguageModel::parse(b"soh").err(), Some(ModelError::Truncated));
        assert_eq!(
            LanguageModel::parse(b"sohoaLM1\x09\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0").err(),
            Some(ModelError::Vocabulary)
        );
    }
}
