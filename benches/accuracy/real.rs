//! Real scanned pages, transcribed by eye (`fixtures/real-truth/`), read from the shared folder where that is there.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use unicode_normalization::UnicodeNormalization;

use crate::{read_json, sohoa, tesseract};

/// A page and what became of it.
pub struct Page {
    pub name: String,
    pub kinds: String,
    pub words: usize,
    pub ours: Figures,
    pub peer: Figures,
}

/// How a reading stands beside the transcript.
#[derive(Clone, Copy)]
pub struct Figures {
    /// Character errors in reading order over the characters of the transcript.
    pub cer: f64,
    /// Share of the transcript's words that were read, wherever they stand.
    pub found: f64,
}

#[derive(serde::Deserialize)]
struct Entry {
    truth: String,
    /// Under the shared folder's `real/`.
    file: String,
    page: u32,
    kinds: Vec<String>,
    /// Degrees that the page is turned by before it is read.
    #[serde(default)]
    turned: i64,
}

/// Reads the transcribed pages; none where the shared folder is not there.
pub fn run(work: &Path) -> Result<Vec<Page>> {
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    let shared = std::env::var_os("SOHOA_SHARED").map_or_else(|| home.join("../shared"), PathBuf::from);
    let (scans, truths) = (shared.join("real"), home.join("fixtures/real-truth"));
    if !scans.exists() {
        return Ok(Vec::new());
    }
    let index: Vec<Entry> = read_json(&truths.join("index.json"))?;
    index
        .iter()
        .map(|entry| page(entry, &scans, &truths, work))
        .collect()
}

fn page(entry: &Entry, scans: &Path, truths: &Path, work: &Path) -> Result<Page> {
    let truth = truths.join(&entry.truth);
    let truth = std::fs::read_to_string(&truth).with_context(|| truth.display().to_string())?;
    let name = entry.truth.trim_end_matches(".txt").to_owned();
    let file = turned(&scans.join(&entry.file), entry, work)?;
    let out = work.join(format!("real-{name}"));
    let pages = format!("{0}-{0}", entry.page);
    let done = sohoa()
        .arg("convert")
        .arg(&file)
        .args(["--formats", "txt", "--pages", &pages, "-o"])
        .arg(&out)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()?;
    ensure!(done.success(), "sohoa convert failed on {name}");
    let text = out
        .join(file.file_stem().unwrap_or_default())
        .with_extension("txt");
    let ours = std::fs::read_to_string(&text).with_context(|| text.display().to_string())?;
    let want = words(&truth);
    Ok(Page {
        words: want.iter().filter(|w| !is_any(w)).count(),
        ours: figures(&want, &words(&ours)),
        peer: figures(&want, &words(&peer(&file, entry.page, work, &name)?)),
        kinds: entry.kinds.join(", "),
        name,
    })
}

/// The file, turned where the entry says so.
fn turned(file: &Path, entry: &Entry, work: &Path) -> Result<PathBuf> {
    if entry.turned == 0 {
        return Ok(file.to_owned());
    }
    let mut pdf = lopdf::Document::load(file).with_context(|| file.display().to_string())?;
    for id in pdf.get_pages().into_values() {
        pdf.get_dictionary_mut(id)?.set("Rotate", entry.turned);
    }
    let name = file.file_name().unwrap_or_default();
    let turned = work.join(format!("turned-{}", name.to_string_lossy()));
    pdf.save(&turned)?;
    Ok(turned)
}

fn peer(file: &Path, page: u32, work: &Path, name: &str) -> Result<String> {
    let image = work.join(format!("real-{name}-peer"));
    let (first, last) = (page.to_string(), page.to_string());
    let done = Command::new("pdftoppm")
        .args([
            "-r",
            "300",
            "-gray",
            "-png",
            "-singlefile",
            "-f",
            &first,
            "-l",
            &last,
        ])
        .arg(file)
        .arg(&image)
        .status()
        .context("pdftoppm (Debian: poppler-utils)")?;
    ensure!(done.success(), "pdftoppm failed on {name}");
    let output = tesseract::command(&image.with_extension("png"))
        .stderr(Stdio::null())
        .output()?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn words(text: &str) -> Vec<Vec<char>> {
    let text: String = text.nfc().collect();
    text.split_whitespace().map(|w| w.chars().collect()).collect()
}

/// A masked name or handwriting: any word may stand here, or none.
fn is_any(word: &[char]) -> bool {
    word.contains(&'▒') || word.contains(&'⟦')
}

fn figures(want: &[Vec<char>], got: &[Vec<char>]) -> Figures {
    let plain: Vec<&Vec<char>> = want.iter().filter(|w| !is_any(w)).collect();
    let letters: usize = plain.iter().map(|w| w.len() + 1).sum();
    let mut left: Vec<Option<&Vec<char>>> = got.iter().map(Some).collect();
    let found = plain
        .iter()
        .filter(|word| {
            let at = left.iter().position(|w| *w == Some(**word));
            at.map(|at| left[at] = None).is_some()
        })
        .count();
    Figures {
        cer: distance(want, got) as f64 / letters.max(1) as f64,
        found: found as f64 / plain.len().max(1) as f64,
    }
}

/// The cheapest way from one row of words to the other, in characters with a space a word.
fn distance(want: &[Vec<char>], got: &[Vec<char>]) -> usize {
    let mut row: Vec<usize> = std::iter::once(0)
        .chain(got.iter().scan(0, |sum, word| {
            *sum += word.len() + 1;
            Some(*sum)
        }))
        .collect();
    for word in want {
        let any = is_any(word);
        let lost = if any { 0 } else { word.len() + 1 };
        let mut above = row[0];
        row[0] += lost;
        for (j, read) in got.iter().enumerate() {
            let changed = above + if any { 0 } else { letters_between(word, read) };
            above = row[j + 1];
            row[j + 1] = changed.min(above + lost).min(row[j] + read.len() + 1);
        }
    }
    row[got.len()]
}

fn letters_between(a: &[char], b: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for x in a {
        let mut above = row[0];
        row[0] += 1;
        for (j, y) in b.iter().enumerate() {
            let changed = above + usize::from(x != y);
            above = row[j + 1];
            row[j + 1] = changed.min(above + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}
