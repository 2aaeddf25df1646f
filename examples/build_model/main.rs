//! Builds what restoration ships: `models/language.bin`, `models/confusions.tsv` and `models/manifest.json`.
//!
//! `cargo run --example build_model -- INPUT_DIR [MODELS_DIR]`; `models/README.md` says what INPUT_DIR holds.

mod align;
mod counts;
mod kneser_ney;
mod manifest;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use manifest::{remember, write};
use sha2::{Digest, Sha256};

/// Texts in INPUT_DIR, in the order that they are counted; those that are missing are left out, and the manifest says so.
const TEXTS: [(&str, &str, &str); 4] = [
    ("vbpl.txt", "official legal texts, collection under MIT", "MIT"),
    (
        "gazette.txt",
        "official gazette; only counts are derived",
        "official texts, not subject to copyright (Law on IP, art. 15)",
    ),
    ("places.txt", "names of provinces and wards", "MIT"),
    (
        "viwiki.txt",
        "Vietnamese Wikipedia and its authors (vi.wikipedia.org); only counts are derived",
        "CC BY-SA 4.0",
    ),
];

fn main() -> Result<()> {
    let mut args = std::env::args_os().skip(1).map(PathBuf::from);
    let input = args.next().context("usage: build_model INPUT_DIR [MODELS_DIR]")?;
    let output = args.next().unwrap_or_else(|| PathBuf::from("models"));
    let texts: Vec<PathBuf> = TEXTS
        .iter()
        .map(|t| input.join(t.0))
        .filter(|p| p.exists())
        .collect();
    ensure!(
        !texts.is_empty(),
        "{} holds none of the texts that models/README.md names",
        input.display()
    );

    let vocabulary = counts::vocabulary(&texts, 4, 20).context("reading the texts")?;
    ensure!(
        vocabulary.len() < usize::from(u16::MAX),
        "{} words do not fit 16 bits",
        vocabulary.len()
    );
    let row = counts::ids(&texts, &vocabulary).context("reading the texts")?;
    eprintln!("{} words of text, {} different", row.len(), vocabulary.len());
    let pruning = kneser_ney::Pruning {
        bigram: 3.5,
        trigram: 1.5,
        trigram_min: 1,
    };
    let model = kneser_ney::model(&row, &vocabulary, &pruning);
    write(&output.join("language.bin"), &model)?;

    let sources: Vec<serde_json::Value> = TEXTS
        .iter()
        .filter(|t| input.join(t.0).exists())
        .map(|(name, what, licence)| serde_json::json!({"file": name, "what": what, "licence": licence}))
        .collect();
    let mut made = vec![serde_json::json!({
        "name": "language.bin", "sha256": hex::encode(Sha256::digest(&model)), "licence": "Apache-2.0 OR MIT",
        "sources": sources, "how": "cargo run --release --example build_model -- INPUT_DIR",
        "what": "modified Kneser-Ney trigram of Vietnamese syllables, pruned, 8-bit logarithms",
    })];
    made.extend(confusions(&input, &output)?);
    remember(&output.join("manifest.json"), made)
}

/// The table of confusions and its entry in the manifest; `None` where there are no pairs: the table stays as it is.
fn confusions(input: &Path, output: &Path) -> Result<Option<serde_json::Value>> {
    let file = input.join("pairs.tsv");
    if !file.exists() {
        eprintln!("{} is not there: confusions.tsv stays as it is", file.display());
        return Ok(None);
    }
    let pairs = std::fs::read_to_string(&file).with_context(|| format!("reading {}", file.display()))?;
    let pairs: Vec<(String, String)> = pairs
        .lines()
        .filter_map(|l| l.split_once('\t'))
        .map(|(g, t)| (g.to_owned(), t.to_owned()))
        .collect();
    let table = align::table(&pairs);
    write(&output.join("confusions.tsv"), table.as_bytes())?;
    Ok(Some(serde_json::json!({
        "name": "confusions.tsv", "sha256": hex::encode(Sha256::digest(table.as_bytes())),
        "licence": "Apache-2.0 OR MIT",
        "sources": [{"file": "pairs.tsv", "what": format!("{} lines of vbpl.txt printed, degraded and read by tesseract -l eng (models/make_pairs.py)", pairs.len()), "licence": "MIT"}],
        "how": "cargo run --release --example build_model -- INPUT_DIR",
        "what": "what an OCR without Vietnamese makes of each letter, with costs",
    })))
}
