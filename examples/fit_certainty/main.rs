//! Fits `models/certainty.tsv`: how much each fact counts for a word's being right.
//!
//! `cargo run --release --example fit_certainty -- PDFS TRUTHS [OUT]`: every `PDFS/DOCUMENT--STYLE--PROFILE.pdf` is read, its words
//! are held against `TRUTHS/DOCUMENT.json` (the shape of `fixtures/truth/`), and a logistic regression tells from the facts which
//! words were right.

mod align;
mod regression;

use std::path::{Path, PathBuf};

use align::Place;
use anyhow::{Context, Result, ensure};
use sohoa::config::Config;
use sohoa::domain::{PageNo, PageReading};
use sohoa::pipeline::{self, Begin, Observer, Options, PageImages, Profile};
use sohoa::stages::restore::Restorer;
use sohoa::stages::restore::certainty::{Evidence, NAMES};
use unicode_normalization::UnicodeNormalization;

/// A word that was read.
pub struct Read {
    pub text: String,
    pub evidence: Evidence,
    /// By the line reader, and nobody else.
    pub alone: bool,
}

/// What is known of a word, and whether it is right.
pub struct Sample {
    pub text: String,
    pub evidence: Evidence,
    pub right: bool,
}

fn main() -> Result<()> {
    let mut args = std::env::args_os().skip(1).map(PathBuf::from);
    let usage = "usage: fit_certainty PDFS TRUTHS [OUT]";
    let (pdfs, truths) = (args.next().context(usage)?, args.next().context(usage)?);
    let out = args
        .next()
        .unwrap_or_else(|| PathBuf::from("models/certainty.tsv"));
    let mut files: Vec<PathBuf> = std::fs::read_dir(&pdfs)?.flatten().map(|f| f.path()).collect();
    files.sort();
    let (mut several, mut alone) = (Vec::new(), Vec::new());
    for file in files {
        let stem = file
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        // A born digital page is not read.
        let [document, _, _] = stem.split("--").collect::<Vec<_>>()[..] else {
            continue;
        };
        let truth = words_of_truth(&truths.join(format!("{document}.json")))?;
        for profile in [Profile::Archive, Profile::Draft] {
            let (words, right) = labelled(&truth, read(&file, profile)?);
            let wrong = right.iter().filter(|r| !*r).count();
            eprintln!("{stem}, {}: {} words, {wrong} wrong", profile.name(), words.len());
            for (word, right) in words.into_iter().zip(right) {
                let alone_read = word.alone;
                let sample = Sample {
                    text: word.text,
                    evidence: word.evidence,
                    right,
                };
                match (alone_read, profile) {
                    (true, _) => alone.push(sample),
                    (false, Profile::Archive) => several.push(sample),
                    // The same words again.
                    (false, _) => {}
                }
            }
        }
    }
    ensure!(
        !several.is_empty() && !alone.is_empty(),
        "no scans in {}",
        pdfs.display()
    );
    let weights = [regression::fit(&several), regression::fit(&alone)];
    let mut table = String::from(
        "# How much each fact counts for a word's being right, where several readers read it and where one did;\n# made by examples/fit_certainty.\n",
    );
    for (at, name) in NAMES.iter().enumerate() {
        table += &format!("{name}\t{:.4}\t{:.4}\n", weights[0][at], weights[1][at]);
    }
    print!("{table}");
    report("read by several", &several, &weights[0]);
    report("read by one", &alone, &weights[1]);
    std::fs::write(&out, table).with_context(|| out.display().to_string())
}

/// A true document's words in reading order, and those of its table headers.
struct Truth {
    words: Vec<String>,
    header: Vec<String>,
}

/// The words that were read, and of each whether it is right; a header that a later page repeats is left out.
fn labelled(truth: &Truth, read: Vec<Read>) -> (Vec<Read>, Vec<bool>) {
    let normal = |s: &str| s.nfc().collect::<String>();
    let want: Vec<String> = truth.words.iter().map(|w| normal(w)).collect();
    let got: Vec<String> = read.iter().map(|word| normal(&word.text)).collect();
    let places = align::places(&want, &got);
    read.into_iter()
        .zip(places)
        .filter(|(word, place)| *place == Place::Same || !truth.header.contains(&word.text))
        .map(|(word, place)| (word, place == Place::Same))
        .unzip()
}

/// The words of a true document in reading order; the texts of its header apart.
fn words_of_truth(path: &Path) -> Result<Truth> {
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let truth: serde_json::Value = serde_json::from_str(&text)?;
    let mut words = Vec::new();
    let mut header = Vec::new();
    for part in ["title", "prose"] {
        collect(&truth[part], &mut words);
    }
    for table in truth["tables"].as_array().into_iter().flatten() {
        collect(&table["header"], &mut words);
        collect(&table["header"], &mut header);
        collect(&table["rows"], &mut words);
    }
    collect(&truth["tail"], &mut words);
    Ok(Truth { words, header })
}

fn collect(value: &serde_json::Value, words: &mut Vec<String>) {
    match value {
        serde_json::Value::String(text) => words.extend(text.split_whitespace().map(str::to_owned)),
        serde_json::Value::Array(values) => values.iter().for_each(|v| collect(v, words)),
        _ => {}
    }
}

/// Keeps the readings as they come.
#[derive(Default)]
struct Keeper {
    readings: Vec<PageReading>,
}

impl Observer for Keeper {
    fn opened(&mut self, _: &str, _: usize) {}

    fn begin(&mut self, _: PageNo) -> Begin {
        Begin::Read
    }

    fn page_done(&mut self, _: PageNo, reading: Result<&PageReading, &str>, _: Option<&[u8]>) {
        self.readings.extend(reading.ok().cloned());
    }
}

/// The words of a scan with what is known of each.
fn read(file: &Path, profile: Profile) -> Result<Vec<Read>> {
    let config = Config::load(None)?;
    let options = Options {
        limits: config.limits(),
        pages: None,
        formats: Vec::new(),
        page_images: PageImages::Drop,
        profile,
    };
    let mut keeper = Keeper::default();
    pipeline::convert(
        "scan.pdf",
        std::fs::read(file)?,
        &config.parts(),
        &options,
        &mut keeper,
    )?;
    let restorer = Restorer::built_in();
    let mut words = Vec::new();
    for reading in &keeper.readings {
        let evidence = restorer.evidence(reading);
        let own = reading.lines().flat_map(|l| &l.words).zip(evidence);
        words.extend(own.map(|(word, evidence)| Read {
            text: word.text.clone(),
            evidence,
            alone: word.is_read_once(),
        }));
    }
    Ok(words)
}

/// How well the weights tell right from wrong, on the words that they were fitted to.
fn report(name: &str, samples: &[Sample], weights: &[f64]) {
    let mut judged: Vec<(f64, bool)> = samples
        .iter()
        .map(|s| (regression::probability(weights, &s.evidence), s.right))
        .collect();
    let mut surest: Vec<(f64, &str)> = samples
        .iter()
        .filter(|s| !s.right)
        .map(|s| (regression::probability(weights, &s.evidence), s.text.as_str()))
        .collect();
    surest.sort_by(|a, b| b.0.total_cmp(&a.0));
    let surest: Vec<String> = surest
        .iter()
        .take(40)
        .map(|(p, text)| format!("{text} {p:.3}"))
        .collect();
    eprintln!("the surest wrong words: {}", surest.join(", "));
    judged.sort_by(|a, b| b.0.total_cmp(&a.0));
    let wrong = judged.iter().filter(|(_, right)| !right).count();
    eprintln!("{name}: {} words, {wrong} wrong", judged.len());
    for share in [50, 80, 85, 90, 92, 95, 97, 99] {
        let count = judged.len() * share / 100;
        let missed = judged[..count].iter().filter(|(_, right)| !right).count();
        eprintln!(
            "the surest {share} %: certainty {:.4} and more, {missed} wrong ({:.3} %), {:.1} % of all wrong ones left for the rest",
            judged[count.saturating_sub(1)].0,
            100.0 * missed as f64 / count.max(1) as f64,
            100.0 * (wrong - missed) as f64 / wrong.max(1) as f64
        );
    }
}
