//! The layers of a PDF, judged page by page, and the text that is had from them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Result;
use sohoa::domain::{Named, Word};
use sohoa::stages::ingest::{self, LayerText, Limits};
use sohoa::stages::restore::Restorer;

/// The pages of a file, by verdict.
pub type Verdicts = BTreeMap<&'static str, usize>;

/// What a file's layers were found to be.
pub struct Judged {
    pub verdicts: Verdicts,
    /// The text as it is had from the layers, all pages.
    pub text: Vec<String>,
}

fn pdfium() -> PathBuf {
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    let runtime = std::env::var_os("SOHOA_RUNTIME").map_or_else(|| home.join(".runtime"), PathBuf::from);
    runtime.join("libpdfium.so")
}

pub fn judge(bytes: Vec<u8>) -> Result<Judged> {
    let opened = ingest::open(bytes, &Limits::default(), &pdfium())?;
    let mut judged = Judged {
        verdicts: Verdicts::new(),
        text: Vec::new(),
    };
    for page in 0..opened.pages {
        let layer = opened.text_layer(page)?;
        let judgement = ingest::judge(&layer);
        *judged.verdicts.entry(judgement.verdict.name()).or_default() += 1;
        let words = match judgement.text {
            LayerText::AsIs => layer.words,
            LayerText::Decoded(words) => words,
            LayerText::ConvertedTwice => healed(layer.words),
            LayerText::Useless => continue,
        };
        judged.text.extend(words.into_iter().map(|w| w.text));
    }
    Ok(judged)
}

fn healed(mut words: Vec<Word>) -> Vec<Word> {
    let mut all: Vec<&mut Word> = words.iter_mut().collect();
    Restorer::built_in().converted_twice(&mut all);
    words
}
