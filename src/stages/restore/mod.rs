//! Words -> words with their Vietnamese marks back, each change with its reason.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use sha2::{Digest, Sha256};

use crate::domain::{Confidence, PageReading, Word};

/// Raw text -> the syllables it may have been.
pub mod candidates;
/// How probable it is that a word is right.
pub mod certainty;
/// What was changed in a text, and why.
mod change;
/// What happened to a text: nothing, its marks were lost, or its letters were mistaken.
mod channel;
/// Abbreviations with a letter that was lost.
mod codes;
/// What an OCR makes of a letter, and at what cost.
pub mod confusion;
/// Which of the words with the same letters fits the words around.
pub mod context;
/// The dictionary of known phrases, as a file.
pub mod dictionary;
/// What the rest of a document says of a word.
pub mod elsewhere;
/// Text in an encoding that came before Unicode.
mod encoded;
/// What a settled rubric teaches.
pub mod harvest;
/// What the second reader's view of each letter makes a spelling cost.
mod ink;
/// Probabilities of syllables after syllables.
pub mod language_model;
/// Lines -> atoms: what may be restored and what must stay.
pub mod lexer;
/// Everything that is known of the language, in one place.
mod lexicon;
/// Known phrases that are a whole line of a form.
mod lines;
/// Words of a page, as readers read them.
mod page;
/// The dictionary of known phrases.
mod phrases;
/// The pieces of some lines, and which of them may be one misread word.
mod places;
/// The likeliest way through a lattice of candidates.
mod search;
/// What a Vietnamese syllable can be.
pub mod syllable;
/// Garbled text without layout.
mod text;
/// Words that a second conversion from an old encoding spoilt.
mod twice;

pub use change::{Change, RestoredText, Wanted};
pub use text::Memory;

use certainty::{Evidence, Weights};
use confusion::Confusions;
use context::ContextModel;
use language_model::LanguageModel;
use lexicon::Lexicon;

static MODEL: &[u8] = include_bytes!("../../../models/language.bin");
static CONTEXT: &[u8] = include_bytes!("../../../models/context.bin");
static CONFUSIONS: &str = include_str!("../../../models/confusions.tsv");
static CERTAINTY: &str = include_str!("../../../models/certainty.tsv");
static PHRASES: &str = include_str!("../../../rubrics/phrases.txt");

static WEIGHTS: LazyLock<Weights> =
    LazyLock::new(|| Weights::parse(CERTAINTY).expect("the weights built into the program are sound"));
static BUILT_IN: LazyLock<Arc<Lexicon>> = LazyLock::new(|| Arc::new(lexicon(PHRASES)));

/// So many lines, and so many bytes, are restored together at most.
const BLOCK_LINES: usize = 200;
const BLOCK_BYTES: usize = 32 * 1024;
/// A sign (the language model knows none) must be this sure where nobody reads it again.
const SURE_SIGN: f32 = 0.98;
/// A line that so many words of are expected to be wrong needs no second reader.
const SETTLED: f32 = 0.2;
/// A line longer than this is restored in pieces.
const PIECE_BYTES: usize = 4 * 1024;

/// The dictionary of known phrases and the language model, loaded once.
#[derive(Clone)]
pub struct Restorer {
    lexicon: Arc<Lexicon>,
    /// SHA-256 of the phrases.
    phrases: String,
    /// SHA-256 of the dictionary that was added to them.
    dictionary: Option<String>,
}

fn sha256(bytes: impl AsRef<[u8]>) -> String {
    hex::encode(Sha256::digest(bytes))
}

fn lexicon(phrases: &str) -> Lexicon {
    let model = LanguageModel::parse(MODEL).expect("the model built into the program is sound");
    let context = ContextModel::parse(CONTEXT, &model).expect("the model built into the program is sound");
    let confusions = Confusions::parse(CONFUSIONS).expect("the table built into the program is sound");
    Lexicon::new(model, context, confusions, WEIGHTS.clone(), phrases)
}

/// Weighs how certain each word of a document is by what stands elsewhere in it, once all its pages are read.
pub fn weigh_in_document(readings: &mut [PageReading]) {
    let lines = readings.iter().flat_map(PageReading::lines);
    let company = elsewhere::company(lines.flat_map(|line| &line.words));
    let lines = readings.iter_mut().flat_map(PageReading::lines_mut);
    let words = lines.flat_map(|line| &mut line.words);
    for (word, company) in words.zip(company) {
        if elsewhere::is_judged(word) {
            word.certainty = WEIGHTS.in_company(word.certainty, company, word);
        }
    }
}

fn are_signs_sure(word: &Word) -> bool {
    let best = word.ink.iter().filter_map(|letter| letter.options.first());
    best.filter(|(text, _)| !text.chars().all(char::is_alphanumeric))
        .all(|(_, sure)| *sure >= SURE_SIGN)
}

/// A line in pieces of bearable length, cut at white space where there is some.
fn pieces(line: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = line;
    while rest.len() > PIECE_BYTES {
        let most = rest.floor_char_boundary(PIECE_BYTES);
        let cut = rest[..most]
            .rfind(char::is_whitespace)
            .filter(|i| *i > 0)
            .unwrap_or(most);
        let (piece, after) = rest.split_at(cut);
        pieces.push(piece);
        rest = after;
    }
    pieces.push(rest);
    pieces
}

impl Restorer {
    /// From the models and phrases built into the program.
    pub fn built_in() -> Self {
        Self {
            lexicon: Arc::clone(&BUILT_IN),
            phrases: sha256(PHRASES),
            dictionary: None,
        }
    }

    /// The phrases built into the program, as a file.
    pub fn built_in_phrases() -> &'static str {
        PHRASES
    }

    /// From the built-in models, and `phrases` (one a line) in place of the built-in ones.
    pub fn with_phrases(phrases: &str) -> Self {
        Self {
            lexicon: Arc::new(lexicon(phrases)),
            phrases: sha256(phrases),
            dictionary: None,
        }
    }

    /// Like [`Self::with_phrases`], and the phrases of an office's dictionary besides; an empty one is none.
    pub fn with_dictionary(phrases: &str, dictionary: &str) -> Self {
        if dictionary.is_empty() {
            return Self::with_phrases(phrases);
        }
        Self {
            lexicon: Arc::new(lexicon(&format!("{phrases}\n{dictionary}"))),
            phrases: sha256(phrases),
            dictionary: Some(sha256(dictionary)),
        }
    }

    /// SHA-256 of everything that a restoration rests on, by name.
    pub fn digests(&self) -> BTreeMap<String, String> {
        [
            ("language.bin", sha256(MODEL)),
            ("context.bin", sha256(CONTEXT)),
            ("confusions.tsv", sha256(CONFUSIONS)),
            ("certainty.tsv", sha256(CERTAINTY)),
            ("phrases.txt", self.phrases.clone()),
        ]
        .into_iter()
        .chain(self.dictionary.clone().map(|digest| ("lexicon.txt", digest)))
        .map(|(name, digest)| (name.to_owned(), digest))
        .collect()
    }

    /// Restores garbled text: as many lines out as in.
    pub fn text(&self, text: &str) -> RestoredText {
        self.more_text(text, &mut Memory::default(), Wanted::Changes)
    }

    /// Like [`Self::text`], for one part of a longer text after the other: `memory` holds what was found before. Changes that
    /// are not wanted may be left out.
    pub fn more_text(&self, text: &str, memory: &mut Memory, wanted: Wanted) -> RestoredText {
        if let Some(decoded) = encoded::decode(&self.lexicon, text) {
            return decoded;
        }
        let lines: Vec<&str> = text.split_terminator('\n').collect();
        let pieces: Vec<(usize, &str)> = lines
            .iter()
            .enumerate()
            .flat_map(|(i, line)| pieces(line).into_iter().map(move |p| (i, p)))
            .collect();
        let mut all = RestoredText {
            lines: vec![String::new(); lines.len()],
            changes: Vec::new(),
        };
        let mut rest = pieces.as_slice();
        while !rest.is_empty() {
            let mut bytes = 0;
            let fits = rest.iter().take(BLOCK_LINES).take_while(|(_, piece)| {
                bytes += piece.len();
                bytes <= BLOCK_BYTES
            });
            let (block, after) = rest.split_at(fits.count().max(1));
            let texts: Vec<&str> = block.iter().map(|(_, piece)| *piece).collect();
            let part = text::restore(&self.lexicon, &texts, memory, wanted);
            for ((line, _), restored) in block.iter().zip(part.lines) {
                all.lines[*line].push_str(&restored);
            }
            all.changes.extend(part.changes.into_iter().map(|c| Change {
                line: block[c.line].0,
                ..c
            }));
            rest = after;
        }
        all
    }

    /// Restores the words of a page in place; a changed word keeps its raw text and the reason, and every word says
    /// how certain it is.
    pub fn page(&self, reading: &mut PageReading) {
        page::restore(&self.lexicon, reading);
    }

    /// Heals words that follow each other in a text that was converted from an old encoding twice; each keeps its raw text.
    pub fn converted_twice(&self, words: &mut [&mut Word]) {
        let texts: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
        let healed = twice::heal(&self.lexicon, &texts);
        for (word, healed) in words.iter_mut().zip(healed) {
            if let Some((text, restoration)) = healed {
                // The margin over the next best spelling, as the probability that goes with it.
                word.certainty = Confidence::new(1.0 / (1.0 + (-restoration.gain).exp()));
                word.confidence = word.certainty;
                word.text = text;
                word.restoration = Some(restoration);
            }
        }
    }

    /// True for a line of running text in which hardly a word is wrong: no second reader needs to look at it.
    pub fn is_settled(&self, words: &[Word]) -> bool {
        let wrong = || {
            let certain = page::certainty(&self.lexicon, words);
            certain.iter().map(|c| 1.0 - c.get()).sum::<f32>()
        };
        self.is_prose(words)
            && words
                .iter()
                .all(|w| are_signs_sure(w) && page::is_known(&self.lexicon, w))
            && wrong() <= SETTLED
    }

    /// True for running text: words, and the signs between them; a dash only inside a word or where a list's item begins.
    /// A Roman numeral is a number.
    pub fn is_prose(&self, words: &[Word]) -> bool {
        words.iter().enumerate().all(|(at, word)| {
            let text = if at == 0 {
                word.text.trim_start_matches(['-', '+', '–'])
            } else {
                &word.text
            };
            let letters = text
                .trim_start_matches(['(', '“', '"'])
                .trim_end_matches(['.', ',', ';', ':', ')', '”', '"']);
            let is_word = |part: &str| !part.is_empty() && part.chars().all(char::is_alphabetic);
            let bullet = at == 0 && text.is_empty();
            bullet || (letters.split(['-', '/']).all(is_word) && !lexer::is_roman(letters))
        })
    }

    /// What the certainty of each word of a restored page rests on, in reading order: for the weights to be fitted.
    pub fn evidence(&self, reading: &PageReading) -> Vec<Evidence> {
        page::evidence(&self.lexicon, reading)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Any syllable that lost its marks can be found again: it is among what its bare letters may stand for.
    #[test]
    fn every_syllable_is_reachable_from_its_bare_letters() {
        let lexicon = lexicon("");
        let mut unreachable = Vec::new();
        for (id, word) in lexicon
            .language_model
            .words()
            .filter(|(_, w)| syllable::is_possible(w))
        {
            let raw: Vec<char> = syllable::bare(word).chars().collect();
            let found = lexicon
                .trie
                .search(&lexicon.confusions, &raw, text::bound(raw.len()));
            if !found.iter().any(|c| c.word == id) {
                unreachable.push(word);
            }
        }
        assert!(unreachable.is_empty(), "{unreachable:?}");
    }

    #[test]
    fn long_lines_are_cut_at_white_space_and_lose_nothing() {
        let check = |line: &str, count: usize| {
            let pieces = pieces(line);
            assert_eq!((pieces.concat().as_str(), pieces.len()), (line, count));
        };
        check("", 1);
        check("một hai", 1);
        check(&"một hai ".repeat(1_000), 3);
        check(&"ộ".repeat(3_000), 3);
    }

    #[test]
    fn what_ships_is_what_the_manifest_says() {
        let manifest = include_str!("../../../models/manifest.json");
        for bytes in [MODEL, CONTEXT, CONFUSIONS.as_bytes(), CERTAINTY.as_bytes()] {
            let digest = sha256(bytes);
            assert!(manifest.contains(&digest), "{digest}");
        }
    }
}
