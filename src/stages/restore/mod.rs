//! Words -> words with their Vietnamese marks back, each change with its reason.

use std::sync::{Arc, LazyLock};

use crate::domain::PageReading;

/// Raw text -> the syllables it may have been.
pub mod candidates;
/// What happened to a text: nothing, its marks were lost, or its letters were mistaken.
mod channel;
/// What an OCR makes of a letter, and at what cost.
pub mod confusion;
/// What the second reader's view of each letter makes a spelling cost.
mod ink;
/// Probabilities of syllables after syllables.
pub mod language_model;
/// Lines -> atoms: what may be restored and what must stay.
pub mod lexer;
/// Everything that is known of the language, in one place.
mod lexicon;
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

pub use text::{Change, RestoredText};

use confusion::Confusions;
use language_model::LanguageModel;
use lexicon::Lexicon;

static MODEL: &[u8] = include_bytes!("../../../models/language.bin");
static CONFUSIONS: &str = include_str!("../../../models/confusions.tsv");
static PHRASES: &str = include_str!("../../../rubrics/phrases.txt");

static BUILT_IN: LazyLock<Arc<Lexicon>> = LazyLock::new(|| Arc::new(lexicon(PHRASES)));

/// So many lines, and so many bytes, are restored together at most.
const BLOCK_LINES: usize = 200;
const BLOCK_BYTES: usize = 32 * 1024;
/// A line longer than this is restored in pieces.
const PIECE_BYTES: usize = 4 * 1024;

/// The dictionary of known phrases and the language model, loaded once.
#[derive(Clone)]
pub struct Restorer {
    lexicon: Arc<Lexicon>,
}

fn lexicon(phrases: &str) -> Lexicon {
    let model = LanguageModel::parse(MODEL).expect("the model built into the program is sound");
    let confusions = Confusions::parse(CONFUSIONS).expect("the table built into the program is sound");
    Lexicon::new(model, confusions, phrases)
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
        }
    }

    /// From the built-in models, and `phrases` (one a line) in place of the built-in ones.
    pub fn with_phrases(phrases: &str) -> Self {
        Self {
            lexicon: Arc::new(lexicon(phrases)),
        }
    }

    /// Restores garbled text: as many lines out as in.
    pub fn text(&self, text: &str) -> RestoredText {
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
            let part = text::restore(&self.lexicon, &texts);
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

    /// Restores the words of a page in place; a changed word keeps its raw text and the reason.
    pub fn page(&self, reading: &mut PageReading) {
        page::restore(&self.lexicon, reading);
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
        use sha2::{Digest, Sha256};
        let manifest = include_str!("../../../models/manifest.json");
        for bytes in [MODEL, CONFUSIONS.as_bytes()] {
            let digest = hex::encode(Sha256::digest(bytes));
            assert!(manifest.contains(&digest), "{digest}");
        }
    }
}
