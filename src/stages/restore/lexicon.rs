//! Words, their probabilities and the phrases they stand in: everything that is known of the language.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;
use unicode_normalization::UnicodeNormalization;

use super::candidates::Trie;
use super::certainty::Weights;
use super::codes::Codes;
use super::confusion::Confusions;
use super::context::ContextModel;
use super::language_model::{BOUNDARY, LanguageModel, NUMBER, WordId};
use super::lexer::{self, AtomKind};
use super::lines::KnownLines;
use super::phrases::Phrases;
use super::syllable;

/// The language model, the known phrases, and the words of both.
pub struct Lexicon {
    pub language_model: LanguageModel,
    pub context: ContextModel,
    pub phrases: Phrases,
    pub lines: KnownLines,
    pub codes: Codes,
    pub confusions: Confusions,
    pub trie: Trie,
    /// How certain a word of a page is.
    pub certainty: Weights,
    /// Words of the phrases that the language model lacks: their ids go on after its own.
    extra: Vec<String>,
    extra_ids: FxHashMap<String, WordId>,
    /// The words with the same letters under their marks.
    by_bare: FxHashMap<String, Vec<WordId>>,
}

impl Lexicon {
    /// `phrases`: one a line; empty lines and lines that begin with `# ` are left out.
    pub fn new(
        language_model: LanguageModel,
        context: ContextModel,
        confusions: Confusions,
        certainty: Weights,
        phrases: &str,
    ) -> Self {
        let mut extra: Vec<String> = Vec::new();
        let mut extra_ids = FxHashMap::default();
        let base = language_model.id_count();
        let mut id_of = |word: &str| {
            language_model.id(word).unwrap_or_else(|| {
                *extra_ids.entry(word.to_owned()).or_insert_with(|| {
                    extra.push(word.to_owned());
                    base.saturating_add(u16::try_from(extra.len() - 1).unwrap_or(u16::MAX))
                })
            })
        };
        let lines: Vec<String> = phrases
            .lines()
            .filter(|l| !l.trim().is_empty() && !l.starts_with("# "))
            .map(|line| line.nfc().collect())
            .collect();
        let rows: Vec<Vec<WordId>> = lines
            .iter()
            .map(|line| {
                words_of(line)
                    .into_iter()
                    .map(|w| w.map_or_else(|class| class, |word| id_of(&word)))
                    .collect()
            })
            .collect();
        let known = language_model.words().map(|(id, w)| (id, w.to_owned()));
        let all: BTreeMap<WordId, String> = known.chain((base..).zip(extra.iter().cloned())).collect();
        let mut by_bare: FxHashMap<String, Vec<WordId>> = FxHashMap::default();
        for (id, word) in &all {
            by_bare.entry(syllable::bare(word)).or_default().push(*id);
        }
        // Latin words are kept where they stand, but nothing is turned into one.
        let native = |w: &str| syllable::is_possible(w) || w.chars().any(syllable::is_vietnamese_only);
        let trie = Trie::new(
            all.iter()
                .filter(|(_, w)| native(w))
                .map(|(id, w)| (*id, w.as_str())),
        );
        Self {
            lines: KnownLines::new(
                lines
                    .iter()
                    .map(String::as_str)
                    .zip(rows.iter().map(Vec::as_slice)),
            ),
            phrases: Phrases::new(rows),
            codes: Codes::of(phrases),
            language_model,
            context,
            confusions,
            trie,
            certainty,
            extra,
            extra_ids,
            by_bare,
        }
    }

    /// The id of a word in any case and spelling.
    pub fn id(&self, word: &str) -> Option<WordId> {
        let word = syllable::canonical(word);
        self.language_model
            .id(&word)
            .or_else(|| self.extra_ids.get(&word).copied())
    }

    /// In lower case.
    pub fn word(&self, id: WordId) -> &str {
        match id.checked_sub(self.language_model.id_count()) {
            Some(i) => self.extra.get(usize::from(i)).map_or("", String::as_str),
            None => self.language_model.word(id),
        }
    }

    /// The words with the same letters, whatever their marks; `bare` in lower case.
    pub fn same_letters(&self, bare: &str) -> &[WordId] {
        self.by_bare.get(bare).map_or(&[], Vec::as_slice)
    }
}

/// What the language model sees of a line: words by their canonical spelling, and ids of classes.
fn words_of(line: &str) -> Vec<Result<String, WordId>> {
    lexer::atoms(line)
        .iter()
        .filter_map(|atom| {
            let text = &line[atom.start..atom.end];
            match atom.kind {
                AtomKind::Word if text.chars().any(|c| c.is_ascii_digit()) => Some(Err(NUMBER)),
                AtomKind::Word => Some(Ok(syllable::canonical(text))),
                AtomKind::Number | AtomKind::Code => Some(Err(NUMBER)),
                AtomKind::Mark if lexer::is_boundary(text) => Some(Err(BOUNDARY)),
                AtomKind::Mark => None,
            }
        })
        .collect()
}
