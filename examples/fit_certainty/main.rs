//! Fits `models/certainty.tsv`: how much each fact counts for a word's being right.
//!
//! `cargo run --release --example fit_certainty -- PDFS TRUTHS [OUT]`: every `PDFS/DOCUMENT--STYLE--PROFILE.pdf` is read, its words
//! are held against `TRUTHS/DOCUMENT.json` (the shape of `fixtures/truth/`), and a logistic regression tells from the facts which
//! words were right. A second one, that begins with what the first says, tells how much what stands elsewhere in the document counts.

mod align;
mod regression;

use std::path::{Path, PathBuf};

use align::Place;
use anyhow::{Context, Result, ensure};
use regression::Row;
use sohoa::config::Config;
use sohoa::domain::{PageNo, PageReading};
use sohoa::pipeline::{self, Begin, Observer, Options, PageImages, Profile};
use sohoa::stages::restore::certainty::{Evidence, NAMES};
use sohoa::stages::restore::{Restorer, elsewhere};
use unicode_normalization::UnicodeNormalization;

/// A word that was read.
struct Read {
    text: String,
    evidence: Evidence,
    /// What the rest of the document says of it; `None` where that is not asked.
    company: Option<[f32; elsewhere::NAMES.len()]>,
    /// By the line reader, and nobody else.
    alone: bool,
}

/// What is known of a word, and whether it is right.
struct Sample {
    read: Read,
    right: bool,
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
                let sample = Sample { read: word, right };
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
    let weights = [Fitted::to(&several), Fitted::to(&alone)];
    let mut table = String::from(
        "# How much each fact counts for a word's being right, where several readers read it and where one did;\n# made by examples/fit_certainty.\n",
    );
    let mut line = |name: &str, [several, alone]: [f64; 2]| {
        table += &format!("{name}\t{several:.4}\t{alone:.4}\n");
    };
    for (at, name) in NAMES.iter().enumerate() {
        line(name, weights.each_ref().map(|w| w.page[at]));
    }
    for (at, name) in elsewhere::NAMES.iter().enumerate() {
        line(name, weights.each_ref().map(|w| w.document[at]));
    }
    print!("{table}");
    report("read by several", &several, &weights[0]);
    report("read by one", &alone, &weights[1]);
    std::fs::write(&out, table).with_context(|| out.display().to_string())
}

/// The weights of the facts of a page, and of those of a document.
struct Fitted {
    page: [f64; NAMES.len()],
    document: [f64; elsewhere::NAMES.len()],
}

impl Fitted {
    fn to(samples: &[Sample]) -> Self {
        let rows: Vec<_> = samples.iter().map(Sample::on_page).collect();
        let page = regression::fit(&rows);
        let rows: Vec<_> = samples.iter().filter_map(|s| s.in_document(&page)).collect();
        Self {
            page,
            document: regression::fit(&rows),
        }
    }

    fn probability(&self, sample: &Sample) -> f64 {
        match sample.in_document(&self.page) {
            Some(row) => row.probability(&self.document),
            None => sample.on_page().probability(&self.page),
        }
    }
}

impl Sample {
    fn on_page(&self) -> Row<{ NAMES.len() }> {
        Row {
            facts: self.read.evidence,
            before: 0.0,
            right: self.right,
        }
    }

    fn in_document(&self, page: &[f64; NAMES.len()]) -> Option<Row<{ elsewhere::NAMES.len() }>> {
        let before = self.on_page().probability(page).clamp(1e-6, 1.0 - 1e-6);
        self.read.company.map(|facts| Row {
            facts,
            before: (before / (1.0 - before)).ln(),
            right: self.right,
        })
    }
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
    let all = || {
        let lines = keeper.readings.iter().flat_map(PageReading::lines);
        lines.flat_map(|line| &line.words)
    };
    let evidence = keeper.readings.iter().flat_map(|page| restorer.evidence(page));
    let told = all().zip(evidence).zip(elsewhere::company(all()));
    Ok(told
        .map(|((word, evidence), company)| Read {
            text: word.text.clone(),
            evidence,
            company: elsewhere::is_judged(word).then(|| company.facts()),
            alone: word.is_read_once(),
        })
        .collect())
}

/// How well the weights tell right from wrong, on the words that they were fitted to.
fn report(name: &str, samples: &[Sample], weights: &Fitted) {
    let mut judged: Vec<(f64, bool)> = samples
        .iter()
        .map(|s| (weights.probability(s), s.right))
        .collect();
    let mut surest: Vec<(f64, &str)> = samples
        .iter()
        .filter(|s| !s.right)
        .map(|s| (weights.probability(s), s.read.text.as_str()))
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
