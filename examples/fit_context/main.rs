//! Fits `models/context.bin`: which of the words with the same letters fits the letters around.
//!
//! `cargo run --release --example fit_context -- INPUT_DIR [MODELS_DIR]`; `models/README.md` says what INPUT_DIR holds. The
//! words are those of `language.bin`, which is made first.

#[path = "../build_model/counts.rs"]
#[expect(dead_code, reason = "the language model counts more than this one")]
mod counts;
#[path = "../build_model/manifest.rs"]
mod manifest;
mod network;

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use network::{Network, Vocabulary};
use sha2::{Digest, Sha256};
use sohoa::stages::restore::language_model::LanguageModel;

/// Texts in INPUT_DIR; where they are from is told in the manifest's entry of the language model.
const TEXTS: [&str; 3] = ["vbpl.txt", "gazette.txt", "viwiki.txt"];
/// How often the whole text is gone through.
const ROUNDS: usize = 8;

fn main() -> Result<()> {
    let mut args = std::env::args_os().skip(1).map(PathBuf::from);
    let input = args.next().context("usage: fit_context INPUT_DIR [MODELS_DIR]")?;
    let models = args.next().unwrap_or_else(|| PathBuf::from("models"));
    let texts: Vec<PathBuf> = TEXTS.iter().map(|name| input.join(name)).collect();
    let file = models.join("language.bin");
    let bytes = std::fs::read(&file).with_context(|| format!("reading {}", file.display()))?;
    let language_model = LanguageModel::parse(bytes.leak())?;
    let words: Vec<String> = (0..language_model.id_count())
        .map(|id| language_model.word(id).to_owned())
        .collect();
    let row = counts::ids(&texts, &words).context("reading the texts")?;
    ensure!(!row.is_empty(), "{} holds no text", input.display());
    let vocabulary = Vocabulary::new(&language_model, &words);
    let mut network = Network::new(&vocabulary);
    network.fit(&vocabulary, &row, ROUNDS);
    let model = network.to_bytes(&vocabulary);
    manifest::write(&models.join("context.bin"), &model)?;
    let entry = serde_json::json!({
        "name": "context.bin", "sha256": hex::encode(Sha256::digest(&model)), "licence": "Apache-2.0 OR MIT",
        "sources": [
            {"file": "vbpl.txt", "what": "official legal texts, collection under MIT", "licence": "MIT"},
            {"file": "gazette.txt", "what": "official gazette; only weights are derived",
             "licence": "official texts, not subject to copyright (Law on IP, art. 15)"},
            {"file": "viwiki.txt", "what": "Vietnamese Wikipedia and its authors (vi.wikipedia.org); only weights are derived",
             "licence": "CC BY-SA 4.0"},
        ],
        "how": "cargo run --release --example fit_context -- INPUT_DIR",
        "what": "which of the words with the same letters fits the letters around: a network with one hidden layer, 8-bit weights",
    });
    manifest::remember(&models.join("manifest.json"), vec![entry])
}
