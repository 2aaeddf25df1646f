//! `cargo bench --bench verdicts` (`make verdicts`): is each text layer judged as it deserves, and is the text of an old
//! encoding had from it exactly? Twins of the bundled documents in every encoding and damage, and, where the shared
//! folder is beside the repository, its real documents. Writes `docs/verdicts.md`.

mod judged;
mod twins;

use std::fmt::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use unicode_normalization::UnicodeNormalization;

use judged::{Judged, Verdicts, judge};

fn main() -> Result<()> {
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    let shared = std::env::var_os("SOHOA_SHARED").map_or_else(|| home.join("../shared"), PathBuf::from);
    let mut out = String::from(
        "# Verdicts on text layers\n\n\
         Written by `make verdicts`; do not edit. Every page's text layer is judged: `trusted`, `wrong_language`, `legacy_encoding`, \
         `damaged`, `stamp_only` or `none`. *Right*: pages with the verdict that they deserve.\n\n",
    );
    out += &twins_table(&home.join("fixtures/truth"))?;
    if shared.join("real").exists() {
        out += &legacy_table(&shared.join("legacy"))?;
        out += &real_table(&shared)?;
    } else {
        out += "\nThe shared folder was not there: its real documents are left out.\n";
    }
    let path = home.join("docs/verdicts.md");
    std::fs::write(&path, &out)?;
    print!("{out}");
    eprintln!("wrote {}", path.display());
    Ok(())
}

fn named(verdicts: &Verdicts) -> String {
    let all: Vec<String> = verdicts.iter().map(|(name, n)| format!("{n} {name}")).collect();
    all.join(", ")
}

fn twins_table(truth: &Path) -> Result<String> {
    let mut out = String::from(
        "## Twins\n\nThe true texts of the bundled documents, set in a PDF in each encoding and with each damage. *Words*: words of the \
         text that stand in the page's text in their order, to the letter.\n\n\
         | twin | pages | right | words | exact |\n|---|---|---|---|---|\n",
    );
    let texts = true_texts(truth)?;
    ensure!(!texts.is_empty(), "no truth in {}", truth.display());
    for kind in twins::KINDS {
        let (mut pages, mut right, mut words, mut exact) = (0, 0, 0, 0);
        for text in &texts {
            let (pdf, lines) = twins::pdf(text, kind);
            let judged = judge(pdf)?;
            pages += judged.verdicts.values().sum::<usize>();
            right += judged.verdicts.get(kind.verdict()).copied().unwrap_or(0);
            let all: Vec<String> = lines
                .iter()
                .flat_map(|l| l.split_whitespace())
                .map(str::to_owned)
                .collect();
            words += all.len();
            exact += in_order(&all, &judged.text);
        }
        let share = if kind.is_sound() {
            format!("{:.2} %", exact as f64 / words as f64 * 100.0)
        } else {
            "read from the image".to_owned()
        };
        let _ = writeln!(out, "| {} | {pages} | {right} | {words} | {share} |", kind.name());
    }
    Ok(out)
}

fn true_texts(folder: &Path) -> Result<Vec<String>> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .with_context(|| folder.display().to_string())?
        .flatten()
        .map(|f| f.path())
        .filter(|p| p.extension().is_some_and(|e| e == "json"))
        .collect();
    files.sort();
    let mut texts = Vec::new();
    for file in files {
        let truth: serde_json::Value = serde_json::from_slice(&std::fs::read(&file)?)?;
        if truth.get("tables").is_none() {
            continue;
        }
        let mut lines = Vec::new();
        strings(&truth["title"], &mut lines);
        strings(&truth["prose"], &mut lines);
        strings(&truth["tables"], &mut lines);
        let text: String = lines.join("\n").nfc().collect();
        texts.push(text);
    }
    Ok(texts)
}

fn strings(value: &serde_json::Value, out: &mut Vec<String>) {
    match value {
        serde_json::Value::String(s) => out.push(s.clone()),
        serde_json::Value::Array(all) => all.iter().for_each(|v| strings(v, out)),
        serde_json::Value::Object(all) => ["header", "rows"]
            .iter()
            .filter_map(|k| all.get(*k))
            .for_each(|v| strings(v, out)),
        _ => {}
    }
}

/// How many of `truth` stand in `text`, in order: the longest common subsequence, found greedily in a window. Two words
/// of the truth that are one in the text count both.
fn in_order(truth: &[String], text: &[String]) -> usize {
    const WINDOW: usize = 40;
    let (mut at, mut found) = (0, 0);
    let mut rest = truth.iter().peekable();
    while let Some(word) = rest.next() {
        let window = || text[at..].iter().take(WINDOW);
        if let Some(step) = window().position(|w| w == word) {
            (at, found) = (at + step + 1, found + 1);
            continue;
        }
        let joined = rest.peek().map(|next| format!("{word}{next}"));
        if let Some(step) = joined.and_then(|joined| window().position(|w| *w == joined)) {
            (at, found) = (at + step + 1, found + 2);
            rest.next();
        }
    }
    found
}

fn legacy_table(folder: &Path) -> Result<String> {
    let mut out = String::from(
        "\n## Real TCVN3 documents with transcripts\n\n*Words*: words of the transcript that the decoded layer has in their order, \
         whatever the case (fonts named `.VnTimeH` show capitals; the transcripts keep the small letters that are coded). One transcript parts words that its page has in one (`t ùy`, `th ẩm`): such parts \
         count as one.\n\n\
         | document | verdicts | words | in the decoded layer |\n|---|---|---|---|\n",
    );
    for file in pdfs(folder)? {
        let judged = judge(std::fs::read(&file)?)?;
        let name = stem(&file);
        let id = name.split_once("tcvn3_").map_or(name.as_str(), |(_, id)| id);
        let transcript = std::fs::read_to_string(folder.join(format!("ground-truth_{id}.txt")))?;
        let words = |text: &str| -> Vec<String> {
            let text: String = text.nfc().collect::<String>().to_lowercase();
            text.split_whitespace().map(str::to_owned).collect()
        };
        let (truth, text) = (words(&transcript), words(&judged.text.join(" ")));
        let found = in_order(&truth, &text);
        let _ = writeln!(
            out,
            "| {id} | {} | {} | {:.2} % |",
            named(&judged.verdicts),
            truth.len(),
            found as f64 / truth.len().max(1) as f64 * 100.0
        );
    }
    Ok(out)
}

/// The verdicts that pages of each shared folder may have: documents there are of one kind, but not every page is.
const FOLDERS: [(&str, &[&str]); 5] = [
    (
        "real/wrong-layer",
        &["wrong_language", "none", "stamp_only", "damaged"],
    ),
    ("real/lost-layer", &["damaged"]),
    ("real/stamp-only-layer", &["stamp_only", "none"]),
    ("real/born-digital", &["trusted", "stamp_only", "none"]),
    ("real/scans", &["none", "stamp_only", "wrong_language"]),
];

fn real_table(shared: &Path) -> Result<String> {
    let mut out = String::from(
        "\n## Real documents\n\nBy the kind of layer that their folder says they have. A page without a layer (`none`), or with a stamp only, \
         is right everywhere but in `lost-layer`: what counts is that no bad layer is trusted and no sound one called bad.\n\n\
         | document | verdicts | wrong |\n|---|---|---|\n",
    );
    for (folder, right) in FOLDERS {
        for file in pdfs(&shared.join(folder))? {
            let judged = judge(std::fs::read(&file)?)?;
            row(
                &mut out,
                &format!("{}/{}", folder.trim_start_matches("real/"), stem(&file)),
                &judged,
                right,
            );
        }
    }
    for file in pdfs(&shared.join("scans"))? {
        if file.to_string_lossy().contains("--engtext") {
            let judged = judge(std::fs::read(&file)?)?;
            row(&mut out, &stem(&file), &judged, &["wrong_language"]);
        }
    }
    Ok(out)
}

fn row(out: &mut String, name: &str, judged: &Judged, right: &[&str]) {
    let wrong: usize = judged
        .verdicts
        .iter()
        .filter(|(verdict, _)| !right.contains(verdict))
        .map(|(_, n)| n)
        .sum();
    let wrong = if wrong == 0 {
        "0".to_owned()
    } else {
        format!("**{wrong}**")
    };
    let _ = writeln!(out, "| {name} | {} | {wrong} |", named(&judged.verdicts));
}

fn pdfs(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    let mut files: Vec<PathBuf> = entries
        .flatten()
        .map(|f| f.path())
        .filter(|p| p.extension().is_some_and(|e| e == "pdf"))
        .collect();
    files.sort();
    Ok(files)
}

fn stem(file: &Path) -> String {
    file.file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}
