//! `report.json`, `report.csv` and `report.html`: every input with what became of it.

mod html;
mod table;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::Path;

use serde::Serialize;

use super::error::BatchError;
use super::sample::{self, Checked, Estimate};
use super::{Account, Outcome, Record, Settings};
use crate::exec;

/// The value of `schema` in `report.json`.
const SCHEMA: &str = "sohoa-batch/1";
/// The folder with the pictures that the report shows.
pub const FILES: &str = "report-files";

/// Sums over all inputs.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Totals {
    pub inputs: usize,
    /// Inputs by outcome; every outcome is named.
    pub outcomes: BTreeMap<&'static str, usize>,
    pub bytes: u64,
    pub pages: usize,
    pub pages_failed: usize,
    /// Pages by what their text layer is worth.
    pub verdicts: BTreeMap<String, usize>,
    pub rubrics: usize,
    pub criteria: usize,
    pub values: usize,
    pub doubtful_values: usize,
    pub words: usize,
    pub doubtful_words: usize,
    /// Doubtful words among all, 0 to 1; `None` without words.
    pub doubtful_share: Option<f64>,
    /// Documents by what Nghị định 30/2020 would say of them.
    pub intake: BTreeMap<&'static str, usize>,
    pub errors: usize,
    pub warnings: usize,
    pub findings: BTreeMap<String, usize>,
    /// Why inputs have no result, by code.
    pub problems: BTreeMap<String, usize>,
}

impl Totals {
    pub fn of(records: &[Record]) -> Self {
        let mut totals = Self {
            inputs: records.len(),
            outcomes: Outcome::ALL.iter().map(|o| (o.name(), 0)).collect(),
            ..Self::default()
        };
        for record in records {
            *totals.outcomes.entry(record.outcome.name()).or_default() += 1;
            totals.bytes += record.bytes;
            if let Some(problem) = &record.problem {
                *totals.problems.entry(problem.code.clone()).or_default() += 1;
            }
            let Some(reading) = &record.reading else { continue };
            for page in &reading.pages {
                totals.pages += 1;
                totals.pages_failed += usize::from(page.outcome == "failed");
                *totals.verdicts.entry(page.verdict.clone()).or_default() += 1;
            }
            totals.rubrics += reading.rubrics;
            totals.criteria += reading.criteria;
            totals.values += reading.values;
            totals.doubtful_values += reading.doubtful_values;
            totals.words += reading.words;
            totals.doubtful_words += reading.doubtful_words;
            *totals.intake.entry(reading.intake.verdict.name()).or_default() += 1;
            totals.errors += reading.errors;
            totals.warnings += reading.warnings;
            for (code, count) in &reading.findings {
                *totals.findings.entry(code.clone()).or_default() += count;
            }
        }
        totals.doubtful_share =
            (totals.words > 0).then(|| totals.doubtful_words as f64 / totals.words as f64);
        totals
    }

    pub fn outcome(&self, outcome: Outcome) -> usize {
        self.outcomes.get(outcome.name()).copied().unwrap_or_default()
    }
}

#[derive(Serialize)]
struct File<'a> {
    schema: &'static str,
    settings: &'a Settings,
    totals: Totals,
    /// How often settled words are wrong, once a person has checked some of the sample.
    residual_error: Option<Estimate>,
    inputs: Vec<Record>,
    /// Read from this source once, and not there any more.
    gone: Vec<Record>,
}

impl Account {
    pub fn totals(&self) -> Totals {
        Totals::of(&self.records)
    }

    /// Writes the report and the sample into `folder`, each file whole or not at all.
    pub fn write(&self, folder: &Path) -> Result<Option<Estimate>, BatchError> {
        let sample = self.sample(folder)?;
        let estimate = self.estimate(&sample);
        let file = File {
            schema: SCHEMA,
            settings: &self.settings,
            totals: self.totals(),
            residual_error: estimate.clone(),
            inputs: self.records.iter().map(without_drawn).collect(),
            gone: self.gone.iter().map(without_drawn).collect(),
        };
        let mut json = serde_json::to_vec_pretty(&file)
            .map_err(io::Error::other)
            .map_err(BatchError::io(folder))?;
        json.push(b'\n');
        let csv = table::csv(&self.records).map_err(BatchError::io(folder))?;
        for (name, bytes) in [
            ("report.csv", csv),
            (
                "report.html",
                html::page(self, &file.totals, &sample, estimate.as_ref()).into_bytes(),
            ),
            ("report.json", json),
            (
                sample::FILE,
                sample::csv(&sample).map_err(BatchError::io(folder))?,
            ),
        ] {
            let path = folder.join(name);
            exec::write_file(&path, &bytes).map_err(BatchError::io(&path))?;
        }
        forget_inks(folder, &sample);
        Ok(estimate)
    }
}

fn without_drawn(record: &Record) -> Record {
    Record {
        drawn: Vec::new(),
        ..record.clone()
    }
}

/// The name of the picture of a word that was drawn.
pub fn ink_name(key: &str) -> String {
    format!("word-{key}.jpg")
}

/// Removes the ink of words that have dropped out of the sample. One that stays harms nobody.
fn forget_inks(folder: &Path, sample: &[Checked<'_>]) {
    let wanted: BTreeSet<String> = sample.iter().map(|word| ink_name(&word.drawn.key)).collect();
    let Ok(files) = fs::read_dir(folder.join(FILES)) else {
        return;
    };
    for file in files.flatten() {
        let name = file.file_name().to_string_lossy().into_owned();
        if name.starts_with("word-") && !wanted.contains(&name) {
            let _ = fs::remove_file(file.path());
        }
    }
}
