//! What became of an input, as the ledger and the report keep it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::intake::Intake;
use super::sample::Drawn;
use crate::domain::{Document, Named as _, PageSummary, Said, Severity};
use crate::exec::ExecError;

/// How an input ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Read, every page.
    Ok,
    /// Read, but some pages have no result.
    Partial,
    /// The same bytes as another input, which has the result.
    Duplicate,
    /// No document, protected, or over a limit: another try would end the same.
    Refused,
    /// Something went wrong; another try may end otherwise.
    Failed,
    /// Left out, as it was asked for or because it is no file.
    Skipped,
    /// Its turn has not come.
    Pending,
}

impl Outcome {
    pub const ALL: [Self; 7] = [
        Self::Ok,
        Self::Partial,
        Self::Duplicate,
        Self::Refused,
        Self::Failed,
        Self::Skipped,
        Self::Pending,
    ];

    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Partial => "partial",
            Self::Duplicate => "duplicate",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::Pending => "pending",
        }
    }

    /// Of an input that could not be read.
    pub fn of(error: &ExecError) -> Self {
        match error {
            ExecError::Refused { .. } => Self::Refused,
            _ => Self::Failed,
        }
    }

    pub fn said(self) -> Said {
        match self {
            Self::Ok => Said::new("đã đọc", "read"),
            Self::Partial => Said::new("đã đọc, thiếu trang", "read, pages missing"),
            Self::Duplicate => Said::new("trùng nội dung", "duplicate"),
            Self::Refused => Said::new("không nhận", "refused"),
            Self::Failed => Said::new("hỏng", "failed"),
            Self::Skipped => Said::new("bỏ qua", "skipped"),
            Self::Pending => Said::new("chưa đến lượt", "pending"),
        }
    }
}

/// Why an input has no result, or not a whole one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Problem {
    /// Stable, for programs.
    pub code: String,
    pub message_vi: String,
    pub message_en: String,
}

impl Problem {
    pub fn new(code: &str, said: Said) -> Self {
        Self {
            code: code.to_owned(),
            message_vi: said.vi,
            message_en: said.en,
        }
    }
}

impl From<&ExecError> for Problem {
    fn from(error: &ExecError) -> Self {
        Self::new(error.code(), Said::new(error.message_vi(), error.message_en()))
    }
}

/// One input and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Below the source, with `/`; what an archive holds stands below the archive's name.
    pub path: String,
    pub bytes: u64,
    /// RFC 3339, UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modified: Option<String>,
    /// Hex, lower case; `None` where the bytes could not be had.
    pub sha256: Option<String>,
    pub outcome: Outcome,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
    /// The input with the same bytes that was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub same_as: Option<String>,
    /// Files below the output folder, with `/`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outputs: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reading: Option<Reading>,
    /// Words that were drawn for the sample when this was read: in the ledger, not in the report.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub drawn: Vec<Drawn>,
    /// Below the output folder: the page with the most doubtful words, small.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thumbnail: Option<String>,
}

/// What was read of a document, in figures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    pub pages: Vec<PageRecord>,
    pub rubrics: usize,
    pub criteria: usize,
    /// Values of rubrics that were read from a place on a page, and how many of these a person should look at.
    pub values: usize,
    pub doubtful_values: usize,
    pub words: usize,
    pub doubtful_words: usize,
    /// Words read from ink that nobody is asked to look at: what the sample stands for.
    pub settled_words: usize,
    pub intake: Intake,
    pub errors: usize,
    pub warnings: usize,
    /// Findings by their code.
    pub findings: BTreeMap<String, usize>,
}

/// One page of a document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PageRecord {
    pub page: u32,
    /// What its text layer is worth.
    pub verdict: String,
    pub outcome: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

impl Record {
    /// Of an input of which nothing is known yet.
    pub fn pending(path: String, bytes: u64, modified: Option<String>) -> Self {
        Self {
            path,
            bytes,
            modified,
            sha256: None,
            outcome: Outcome::Pending,
            problem: None,
            same_as: None,
            outputs: Vec::new(),
            reading: None,
            drawn: Vec::new(),
            thumbnail: None,
        }
    }

    pub(super) fn is_worth_another_try(&self) -> bool {
        matches!(self.outcome, Outcome::Failed | Outcome::Partial)
    }
}

impl Reading {
    pub fn of(document: &Document) -> Self {
        let mut reading = Self {
            pages: document.pages.iter().map(PageRecord::of).collect(),
            rubrics: document.rubrics.len(),
            criteria: 0,
            values: 0,
            doubtful_values: 0,
            words: document.pages.iter().map(|page| page.words).sum(),
            doubtful_words: document.pages.iter().map(|page| page.doubtful_words).sum(),
            settled_words: 0,
            intake: Intake::of(document),
            errors: 0,
            warnings: 0,
            findings: BTreeMap::new(),
        };
        let of_rubrics = document.rubrics.iter().flat_map(|rubric| &rubric.findings);
        for finding in document.findings.iter().chain(of_rubrics) {
            *reading
                .findings
                .entry(finding.code.name().to_owned())
                .or_default() += 1;
            match finding.severity {
                Severity::Error => reading.errors += 1,
                Severity::Warning => reading.warnings += 1,
                Severity::Info => {}
            }
        }
        for rubric in &document.rubrics {
            reading.criteria += rubric.criteria.len();
            let of_criteria = rubric.criteria.iter().flat_map(|c| &c.provenance);
            for origin in rubric.provenance.iter().chain(of_criteria) {
                reading.values += 1;
                reading.doubtful_values += usize::from(origin.doubtful);
            }
        }
        reading
    }
}

impl PageRecord {
    fn of(page: &PageSummary) -> Self {
        Self {
            page: page.page.get(),
            verdict: page.verdict.name().to_owned(),
            outcome: page.outcome.name().to_owned(),
            why: page.outcome.why().map(str::to_owned),
        }
    }
}
