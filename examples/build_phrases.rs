//! Builds `rubrics/phrases.txt`, the dictionary of known phrases, from known scoring decisions.
//!
//! `cargo run --example build_phrases -- TRUTH_DIR DOCUMENT... > rubrics/phrases.txt`: the lines of titles, prose and cells
//! of each TRUTH_DIR/DOCUMENT.json, each line once, under a heading with the document's name.

use std::collections::HashSet;
use std::path::PathBuf;

use anyhow::{Context, Result};
use serde_json::Value;
use unicode_normalization::UnicodeNormalization;

fn main() -> Result<()> {
    let mut args = std::env::args_os().skip(1);
    let folder = PathBuf::from(
        args.next()
            .context("usage: build_phrases TRUTH_DIR DOCUMENT...")?,
    );
    println!("# Known phrases of scoring decisions, one a line; made by examples/build_phrases.rs.");
    let mut seen = HashSet::new();
    for name in args {
        let path = folder.join(&name).with_extension("json");
        let text = std::fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
        let document: Value =
            serde_json::from_str(&text).with_context(|| format!("reading {}", path.display()))?;
        println!("# from {}", name.display());
        for part in ["title", "prose", "tables"] {
            let mut texts = Vec::new();
            collect(&document[part], &mut texts);
            // What follows the signature's head is names and addressees.
            let lines = texts
                .iter()
                .flat_map(|t| t.lines())
                .take_while(|l| !l.trim_start().starts_with("TM."));
            for line in lines {
                let line: String = line
                    .split_whitespace()
                    .collect::<Vec<_>>()
                    .join(" ")
                    .nfc()
                    .collect();
                let words = line
                    .split(' ')
                    .filter(|w| w.chars().any(char::is_alphabetic))
                    .count();
                if words >= 2 && seen.insert(line.clone()) {
                    println!("{line}");
                }
            }
        }
    }
    Ok(())
}

fn collect<'a>(value: &'a Value, texts: &mut Vec<&'a str>) {
    match value {
        Value::String(text) => texts.push(text),
        Value::Array(values) => values.iter().for_each(|v| collect(v, texts)),
        Value::Object(fields) => fields.values().for_each(|v| collect(v, texts)),
        _ => {}
    }
}
