//! What happened to a text on its way here: nothing, its marks were lost, or an OCR without Vietnamese read it.
//! Lines are a mixture of the three; the shares are estimated from the lines themselves.

use super::candidates::Candidate;
use super::language_model::UNKNOWN;
use super::lexicon::Lexicon;
use super::syllable::{bare, canonical, is_possible, is_vietnamese_only};

/// What happened to a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It is as it was written.
    Clean,
    /// Its marks are gone and its letters are right.
    Stripped,
    /// Its letters were mistaken.
    Garbled,
}

impl Kind {
    pub const COUNT: usize = 3;
}

/// Rounds of the estimation.
const ROUNDS: usize = 8;
/// What each kind is believed to have been seen before the first word, in words.
const PRIOR: [f32; Kind::COUNT] = [1.0, 0.5, 0.5];
/// Log-probability of each letter of a word that is not in the vocabulary.
const SPELLED: f32 = -2.4;
/// Above this share of clean words, a valid marked syllable is never touched.
const MOSTLY_CLEAN: f32 = 0.9;

/// The share of each kind among the words of some lines.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Channel {
    shares: [f32; Kind::COUNT],
}

/// As believed before any word is seen.
impl Default for Channel {
    fn default() -> Self {
        Self::from_counts(PRIOR)
    }
}

impl Channel {
    fn from_counts(counts: [f32; Kind::COUNT]) -> Self {
        let total: f32 = counts.iter().sum();
        Self {
            shares: counts.map(|c| c / total),
        }
    }

    /// From words as read, each with its candidates, by expectation maximisation over the kinds.
    pub fn estimate(lexicon: &Lexicon, words: &[(&str, Vec<Candidate>)]) -> Self {
        let evidence: Vec<[f32; Kind::COUNT]> = words
            .iter()
            .map(|(raw, found)| evidence(lexicon, raw, found))
            .collect();
        let mut channel = Self::default();
        for _ in 0..ROUNDS {
            let mut counts = PRIOR;
            for likely in &evidence {
                let all: f32 = likely.iter().zip(channel.shares).map(|(p, s)| p * s).sum();
                if all > 0.0 {
                    for k in 0..Kind::COUNT {
                        counts[k] += likely[k] * channel.shares[k] / all;
                    }
                }
            }
            channel = Self::from_counts(counts);
        }
        channel
    }

    fn share(&self, kind: Kind) -> f32 {
        self.shares[kind as usize]
    }

    /// The cost of reading `word` as `raw`; `garbled`: what an OCR's mistakes alone cost.
    pub fn cost(&self, raw: &str, word: &str, garbled: f32) -> f32 {
        let mut p = self.share(Kind::Garbled) * (-garbled).exp();
        let read = canonical(raw);
        if read == *word {
            p += self.share(Kind::Clean);
        }
        if read == bare(word) {
            p += self.share(Kind::Stripped);
        }
        -p.max(1e-30).ln()
    }

    /// The cost of mistakes in a garbled word.
    pub fn garbled(&self, cost: f32) -> f32 {
        cost - self.share(Kind::Garbled).max(1e-12).ln()
    }

    /// The cost of reading a word, known or not, as itself.
    pub fn kept(&self, lexicon: &Lexicon, raw: &str) -> f32 {
        match lexicon.id(raw) {
            Some(_) if !raw.chars().any(|c| c.is_ascii_digit()) => {
                let own = bare(raw) == raw;
                let garbled: f32 = raw
                    .chars()
                    .map(|c| if is_vietnamese_only(c) { 5.0 } else { 0.1 })
                    .sum();
                let p = self.share(Kind::Clean)
                    + if own { self.share(Kind::Stripped) } else { 0.0 }
                    + self.share(Kind::Garbled) * f32::exp(-garbled);
                -p.max(1e-30).ln()
            }
            _ => spelled(raw),
        }
    }

    /// True for a word that needs no restoring: a valid syllable with Vietnamese marks in a text that is mostly clean.
    pub fn trusts(&self, lexicon: &Lexicon, raw: &str) -> bool {
        self.share(Kind::Clean) > MOSTLY_CLEAN
            && (is_possible(raw) || lexicon.id(raw).is_some_and(|id| id != UNKNOWN))
    }
}

/// The cost of spelling out a word that nobody knows. A capital inside is a name's: `iOffice`, `VNeID`.
fn spelled(raw: &str) -> f32 {
    let chars: Vec<char> = raw.chars().collect();
    let named = chars
        .windows(3)
        .any(|w| w[0].is_lowercase() && w[1].is_uppercase() && w[2].is_lowercase());
    -SPELLED * chars.len() as f32 * if named { 0.4 } else { 1.0 }
}

fn evidence(lexicon: &Lexicon, raw: &str, found: &[Candidate]) -> [f32; Kind::COUNT] {
    let unigram = |id| lexicon.language_model.log_unigram(id).exp();
    let read = canonical(raw);
    let unknown = unigram(UNKNOWN) * (-spelled(raw)).exp();
    let clean = lexicon.id(raw).map_or(unknown, unigram);
    let stripped: f32 = if bare(&read) == read {
        lexicon
            .same_letters(&read)
            .iter()
            .map(|id| unigram(*id))
            .sum::<f32>()
            .max(unknown)
    } else {
        unknown * 0.01
    };
    let garbled: f32 = found
        .iter()
        .map(|c| unigram(c.word) * (-c.cost).exp())
        .sum::<f32>();
    [clean, stripped, garbled.max(unknown)]
}
