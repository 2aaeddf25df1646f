//! What is known of a document before it is measured: the phrases of the others, never its own.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The phrases that ship, under the names of the documents they are from.
const PHRASES: &str = include_str!("../../rubrics/phrases.txt");

/// The line above the phrases of a document.
const FROM: &str = "# from ";

/// The decision that a document belongs to, since its parts quote each other: `lao_cai` of `lao_cai_2`.
pub fn decision(document: &str) -> &str {
    let end = document
        .match_indices('_')
        .nth(1)
        .map_or(document.len(), |(at, _)| at);
    &document[..end]
}

/// The phrases of every decision but the one that `document` is part of.
pub fn without(document: &str) -> String {
    let mut kept = true;
    let mut text = String::new();
    for line in PHRASES.lines() {
        if let Some(name) = line.strip_prefix(FROM) {
            kept = decision(name.trim()) != decision(document);
        }
        if kept {
            text.push_str(line);
            text.push('\n');
        }
    }
    text
}

/// Writes phrases into `folder`, for the program to read.
pub fn write(folder: &Path, name: &str, phrases: &str) -> Result<PathBuf> {
    let path = folder.join(format!("{name}.phrases.txt"));
    std::fs::write(&path, phrases).with_context(|| path.display().to_string())?;
    Ok(path)
}
