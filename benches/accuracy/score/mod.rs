//! The project's own scorer: what was read against what is true.
//!
//! Figures carry the names of the shared scorer (`score.py`) and agree with it to 1e-9
//! (`tests/it/scorer.rs` holds both to the same pairs); GriTS is held to the figures of its authors' package.

mod align;
mod distance;
mod doubt;
mod findings;
mod grits;
mod restore;
mod rubric;
mod rules;
mod structure;
mod table;
mod text;

use serde::{Deserialize, Serialize};

pub use doubt::{Flag, WrongScore, right_rows, wrong_scores};
pub use findings::{Expectation, FindingFigures, findings};
pub use grits::{Cells, tables as similar_tables};
pub use restore::{RestoreFigures, restoration};
pub use rubric::predicted;
pub use rules::{RuleFigures, judge as judge_rules, key as rule_key};
pub use structure::{Structure, structure};
pub use table::TableFigures;
pub use text::normal;

/// A true document: what stands on the paper, transcribed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Truth {
    pub title: Vec<String>,
    pub prose: Vec<String>,
    pub tables: Vec<PlainTable>,
    pub tail: Vec<String>,
}

/// A table as bare texts.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct PlainTable {
    pub header: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

impl PlainTable {
    /// The header, where there is one, and the rows: each cell in its normal form.
    fn grid(&self) -> Vec<Vec<String>> {
        let header = (!self.header.is_empty()).then_some(&self.header);
        header
            .into_iter()
            .chain(&self.rows)
            .map(|row| row.iter().map(|c| normal(c)).collect())
            .collect()
    }
}

impl Truth {
    /// Titles, prose, tables cell by cell, tail: the order that `text` of sohoa/1 promises.
    pub fn text(&self) -> String {
        let cells = self.tables.iter().flat_map(|t| {
            let header = (!t.header.is_empty()).then_some(&t.header);
            header
                .into_iter()
                .chain(&t.rows)
                .flatten()
                .filter(|c| !c.is_empty())
        });
        let all: Vec<&str> = self
            .title
            .iter()
            .chain(&self.prose)
            .chain(cells)
            .chain(&self.tail)
            .map(String::as_str)
            .collect();
        all.join("\n")
    }
}

/// The parts of a sohoa/1 file that are scored.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Prediction {
    pub text: String,
    pub tables: Vec<PlainTable>,
    pub rubrics: Vec<PredictedRubric>,
    pub findings: Vec<PredictedFinding>,
    pub pages: Vec<PredictedPage>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct PredictedPage {
    pub verdict: String,
    pub outcome: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct PredictedRubric {
    pub criteria: Vec<PredictedCriterion>,
    pub findings: Vec<PredictedFinding>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct PredictedCriterion {
    pub id: String,
    pub parent: Option<String>,
    pub number: Option<String>,
    pub title: Option<String>,
    pub max_score: Option<String>,
    pub rules: Vec<rules::PredictedRule>,
    pub provenance: Vec<PredictedProvenance>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct PredictedProvenance {
    pub field: String,
    pub confidence: f64,
    pub doubtful: bool,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct PredictedFinding {
    pub code: String,
    pub about: String,
    pub severity: String,
    pub criterion: Option<String>,
    pub field: Option<String>,
}

/// Every figure of one document.
#[derive(Debug, Clone, Serialize)]
pub struct Figures {
    pub text: text::TextFigures,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table: Option<table::TableFigures>,
    pub rubric: rubric::RubricFigures,
}

/// Scores `prediction` against `truth`. A truth without tables has no table figures.
pub fn score(truth: &Truth, prediction: &Prediction) -> Figures {
    Figures {
        text: text::figures(&truth.text(), &prediction.text),
        table: (!truth.tables.is_empty()).then(|| table::figures(&truth.tables, &prediction.tables)),
        rubric: rubric::figures(&rubric::true_criteria(truth), &predicted(prediction)),
    }
}

/// `part / whole`; `None` where there is nothing to take a share of.
fn ratio(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// The harmonic mean of precision and recall, from hits and the sizes of both sides.
fn f1(hits: usize, one: usize, other: usize) -> Option<f64> {
    (one + other > 0).then(|| 2.0 * hits as f64 / (one + other) as f64)
}
