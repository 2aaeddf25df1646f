//! `sohoa/1`: the document and its rubrics as JSON. The shapes here are a contract with tools outside the
//! project; fields may be added, none may change its meaning. `rubrics/schema/sohoa-1.schema.json` says the same.
//!
//! A table's cells keep their texts, spans and places, not their single words.

mod comparison;
mod from_domain;
mod known;
mod rules;
mod scoring;
mod shapes;
mod to_domain;

#[cfg(test)]
mod tests;

pub use comparison::{Change, Comparison, CriterionComparison, RubricComparison};
pub use known::known_rubrics;
pub use rules::{Award, Rule};
pub use scoring::{Reached, ReachedLine, Refused, Scored, ScoredLine, read_answers};
pub use shapes::{
    Column, Confirmation, Criterion, Document, Finding, Metadata, Page, Pipeline, Place, Provenance, Rubric,
    Scan, Source, Span, Status, Superseded, Table,
};

use time::format_description::well_known::Rfc3339;

use super::Subject;
use crate::domain;

/// The value of `schema` in every file.
pub const SCHEMA: &str = "sohoa/1";

/// Why a file is no `sohoa/1`. The message names the place in it.
#[derive(Debug, thiserror::Error)]
pub enum JsonError {
    #[error("not a sohoa/1 file: {0}")]
    Syntax(#[from] serde_json::Error),
    #[error("schema is {found:?}, this program reads {SCHEMA:?}")]
    Schema { found: String },
    #[error("{at}: {problem}")]
    Value { at: String, problem: String },
}

impl JsonError {
    fn value(at: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Value {
            at: at.into(),
            problem: problem.into(),
        }
    }

    /// The same error, one level further out.
    fn within(self, outer: &str) -> Self {
        match self {
            Self::Value { at, problem } => Self::Value {
                at: format!("{outer}.{at}"),
                problem,
            },
            other => other,
        }
    }
}

/// The document as a draft.
pub fn write(document: &domain::Document) -> Result<Vec<u8>, JsonError> {
    to_bytes(&Document::from(document))
}

/// One rubric of `document` by itself, with the facts about the document and the table it was made from.
/// The only way to a file that says `confirmed`.
pub fn write_rubric(document: &domain::Document, subject: Subject) -> Result<Vec<u8>, JsonError> {
    let alone = domain::Document {
        text: String::new(),
        tables: document
            .tables
            .get(subject.rubric().table)
            .cloned()
            .into_iter()
            .collect(),
        rubrics: vec![domain::Rubric {
            table: 0,
            ..subject.rubric().clone()
        }],
        findings: Vec::new(),
        ..document.clone()
    };
    let mut file = Document::from(&alone);
    if let Subject::Confirmed(confirmed) = subject {
        file.status = Status::Confirmed;
        file.confirmation = Some(Confirmation {
            submitted_by: confirmed.submitted_by().to_string(),
            confirmed_by: confirmed.confirmed_by().to_string(),
            confirmed_at: confirmed.confirmed_at().format(&Rfc3339).unwrap_or_default(),
            superseded: confirmed.superseded().map(|s| Superseded {
                rubric: s.rubric.clone(),
                by: s.by.to_string(),
                at: s.at.format(&Rfc3339).unwrap_or_default(),
            }),
        });
    }
    to_bytes(&file)
}

/// Any `sohoa/1` value as indented UTF-8 with a final newline.
pub fn to_bytes(document: &Document) -> Result<Vec<u8>, JsonError> {
    let mut bytes = serde_json::to_vec_pretty(document)?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// Reads what [`write`] wrote, and files by other hands that keep to the schema.
pub fn read(bytes: &[u8]) -> Result<domain::Document, JsonError> {
    let document: Document = serde_json::from_slice(bytes)?;
    domain::Document::try_from(document)
}

/// The rubrics of a whole `sohoa/1` file, or of a bare rubric object (`{"title": …, "criteria": […]}`).
pub fn read_rubrics(bytes: &[u8]) -> Result<Vec<domain::Rubric>, JsonError> {
    let value: serde_json::Value = serde_json::from_slice(bytes)?;
    if value.get("schema").is_none() && value.get("criteria").is_some() {
        // From the bytes again: so the message names line and column.
        let rubric: Rubric = serde_json::from_slice(bytes)?;
        return Ok(vec![domain::Rubric::try_from(rubric)?]);
    }
    let document: Document = serde_json::from_slice(bytes)?;
    Ok(domain::Document::try_from(document)?.rubrics)
}
