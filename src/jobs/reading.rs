//! `document.json` of a work folder -> what the store keeps.

use crate::domain::{Finding, Rubric, Severity};
use crate::review::Draft;
use crate::stages::export::json;
use crate::store::{NewRubric, ReadDocument};

/// Why a parser's result cannot be kept.
#[derive(Debug, thiserror::Error)]
pub enum ReadingError {
    #[error("reading document.json: {0}")]
    Io(#[from] std::io::Error),
    #[error("document.json: {0}")]
    Json(#[from] json::JsonError),
    #[error("writing a rubric: {0}")]
    Write(#[from] serde_json::Error),
    #[error("document.json is no UTF-8: {0}")]
    Utf8(#[from] std::string::FromUtf8Error),
}

/// Takes apart a `sohoa/1` document; `id` gives each rubric its id.
pub(super) fn read(bytes: Vec<u8>, mut id: impl FnMut() -> String) -> Result<ReadDocument, ReadingError> {
    let document = json::read(&bytes)?;
    let rubrics = document
        .rubrics
        .iter()
        .map(|rubric| new_rubric(rubric, id()))
        .collect::<Result<_, ReadingError>>()?;
    Ok(ReadDocument {
        title: document.metadata.title,
        number: document.metadata.number,
        pages: u32::try_from(document.pages.len()).unwrap_or(u32::MAX),
        errors: how_many(&document.findings, Severity::Error),
        warnings: how_many(&document.findings, Severity::Warning),
        result_json: String::from_utf8(bytes)?,
        rubrics,
    })
}

/// A rubric as it was read, as the store keeps it.
pub fn new_rubric(rubric: &Rubric, id: String) -> Result<NewRubric, ReadingError> {
    let doubtful = Draft::new(rubric.clone()).doubtful().len();
    Ok(NewRubric {
        id,
        title: rubric.title.clone(),
        max_score: rubric.max_score.map(|s| s.to_string()),
        doubtful: u32::try_from(doubtful).unwrap_or(u32::MAX),
        errors: how_many(&rubric.findings, Severity::Error),
        warnings: how_many(&rubric.findings, Severity::Warning),
        base_json: serde_json::to_string(&json::Rubric::from(rubric))?,
    })
}

/// Findings of a severity.
pub fn how_many(findings: &[Finding], severity: Severity) -> u32 {
    let number = findings.iter().filter(|f| f.severity == severity).count();
    u32::try_from(number).unwrap_or(u32::MAX)
}
