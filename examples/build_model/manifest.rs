//! `models/manifest.json`: what each model is, from what and how it was made.

use std::path::Path;

use anyhow::{Context, Result};

/// Puts the entries of what was made into the manifest, in place of those with the same names.
pub fn remember(path: &Path, made: Vec<serde_json::Value>) -> Result<()> {
    let mut entries: Vec<serde_json::Value> = match std::fs::read(path) {
        Ok(bytes) => serde_json::from_slice(&bytes).with_context(|| format!("reading {}", path.display()))?,
        Err(_) => Vec::new(),
    };
    entries.retain(|old| made.iter().all(|new| new["name"] != old["name"]));
    entries.extend(made);
    entries.sort_by_key(|entry| entry["name"].to_string());
    write(
        path,
        format!("{:#}\n", serde_json::Value::Array(entries)).as_bytes(),
    )
}

pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    std::fs::write(path, bytes).with_context(|| format!("writing {}", path.display()))?;
    eprintln!("{}: {} bytes", path.display(), bytes.len());
    Ok(())
}
