//! What happened to a text on its way here: nothing, its marks were lost, or an OCR without Vietnamese read it.
//! Lines are a mixture of the three; the shares are estimated from the lines themselves.

use super::candidates::Candidate;
use super::context::Letters;
use super::language_model::{UNKNOWN, WordId};
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

/// What a raw text may have been, and how it looks beside that.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Possible {
    pub word: WordId,
    /// What an OCR's mistakes alone cost.
    pub garbled: f32,
    /// The raw text is the word.
    pub is_word: bool,
    /// The raw text is the word without its marks.
    pub is_bare: bool,
}

/// All that is known of a raw text before its neighbours are.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// Likeliest first.
    pub possible: Vec<Possible>,
    /// Its own number, where the lexicon has it as it stands.
    pub id: Option<WordId>,
    /// Its letters without their marks, those of the unknown word where no word has them.
    pub letters: Letters,
    /// How likely each kind makes it.
    evidence: [f32; Kind::COUNT],
    /// A syllable, or a word that the lexicon has.
    is_valid: bool,
    /// Without any mark.
    is_bare: bool,
    /// What an OCR without Vietnamese would make it cost to be read as it stands, or what spelling it out costs.
    kept: f32,
}

impl Seen {
    /// `candidates`: likeliest first; so many of them tell what kind of text it is.
    pub fn new(lexicon: &Lexicon, raw: &str, candidates: &[Candidate], telling: usize) -> Self {
        let read = canonical(raw);
        let same = lexicon.same_letters(&read);
        let possible = |c: &Candidate| Possible {
            word: c.word,
            garbled: c.cost,
            is_word: read == *lexicon.word(c.word),
            is_bare: same.contains(&c.word),
        };
        let id = lexicon.id(raw);
        let is_word = id.is_some() && !raw.chars().any(|c| c.is_ascii_digit());
        let letters = raw.chars().map(|c| if is_vietnamese_only(c) { 5.0 } else { 0.1 });
        let alike = lexicon.same_letters(&bare(&read)).first();
        Self {
            id,
            letters: alike.map_or(UNKNOWN, |word| lexicon.context.letters(*word)),
            is_valid: is_possible(raw) || id.is_some_and(|id| id != UNKNOWN),
            is_bare: bare(raw) == raw,
            kept: if is_word { letters.sum() } else { spelled(raw) },
            possible: candidates.iter().map(possible).collect(),
            evidence: evidence(lexicon, raw, &candidates[..candidates.len().min(telling)]),
        }
    }
}

/// Rounds of the estimation.
const ROUNDS: usize = 8;
/// What each kind is believed to have been seen before the first word, in words.
const PRIOR: [f32; Kind::COUNT] = [1.0, 0.5, 0.5];
/// Log-probability of each letter of a word that is not in the vocabulary.
const SPELLED: f32 = -4.2;
/// Above this share of garbled words, any piece may be part of one.
const SOME_GARBLED: f32 = 0.08;
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

    /// From words as read, by expectation maximisation over the kinds.
    pub fn estimate<'a>(words: impl IntoIterator<Item = &'a Seen>) -> Self {
        let evidence: Vec<[f32; Kind::COUNT]> = words.into_iter().map(|seen| seen.evidence).collect();
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

    /// The cost of reading a word as what stands there.
    pub fn cost(&self, possible: &Possible) -> f32 {
        let mut p = self.share(Kind::Garbled) * (-possible.garbled).exp();
        if possible.is_word {
            p += self.share(Kind::Clean);
        }
        if possible.is_bare {
            p += self.share(Kind::Stripped);
        }
        -p.max(1e-30).ln()
    }

    /// True for a text in which letters may have been mistaken: words torn apart and run together are sought only there.
    pub fn is_garbled(&self) -> bool {
        self.share(Kind::Garbled) > SOME_GARBLED
    }

    /// True for a text whose words have mostly lost their marks.
    pub fn has_lost_marks(&self) -> bool {
        self.share(Kind::Clean) < 0.5
    }

    /// The cost of mistakes in a garbled word.
    pub fn garbled(&self, cost: f32) -> f32 {
        cost - self.share(Kind::Garbled).max(1e-12).ln()
    }

    /// The cost of reading a word, known or not, as itself.
    pub fn kept(&self, seen: &Seen, raw: &str) -> f32 {
        if seen.id.is_none() || raw.chars().any(|c| c.is_ascii_digit()) {
            return seen.kept;
        }
        let p = self.share(Kind::Clean)
            + if seen.is_bare {
                self.share(Kind::Stripped)
            } else {
                0.0
            }
            + self.share(Kind::Garbled) * f32::exp(-seen.kept);
        -p.max(1e-30).ln()
    }

    /// True for a word that needs no restoring: a valid syllable with Vietnamese marks in a text that is mostly clean.
    pub fn trusts(&self, seen: &Seen) -> bool {
        self.share(Kind::Clean) > MOSTLY_CLEAN && seen.is_valid
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
