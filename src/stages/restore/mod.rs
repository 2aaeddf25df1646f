//! Words -> words with their Vietnamese marks back, each change with its reason.

use std::sync::{Arc, LazyLock};

use crate::domain::PageReading;

/// Raw text -> the syllables it may have been.
pub mod candidates;
/// What happened to a text: nothing, its marks were lost, or its letters were mistaken.
mod channel;
/// What an OCR makes of a letter, and at what cost.
pub mod confusion;
/// Probabilities of syllables after syllables.
pub mod language_model;
/// Lines -> atoms: what may be restored and what must stay.
pub mod lexer;
/// Everything that is known of the language, in one place.
mod lexicon;
/// The dictionary of known phrases.
mod phrases;
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

/// So many lines are restored together.
const BLOCK: usize = 200;

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
        let lines: Vec<&str> = text.lines().collect();
        let mut all = RestoredText::default();
        for block in lines.chunks(BLOCK) {
            let mut part = text::restore(&self.lexicon, block);
            part.changes.iter_mut().for_each(|c| c.line += all.lines.len());
            all.lines.append(&mut part.lines);
            all.changes.append(&mut part.changes);
        }
        all
    }

    /// Restores the words of a page in place; a changed word keeps its raw text and the reason.
    pub fn page(&self, reading: &mut PageReading) {
        let _ = reading;
    }
}
