//! The shapes of documents and lists on the wire, and the extractors that turn bad requests into problems.

use axum::extract::{FromRequest, FromRequestParts};
use serde::Serialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use utoipa::ToSchema;

use super::problem::HttpError;
use crate::stages::export::json;
use crate::store::{self, DocumentRecord, DocumentState, RubricSummary};

/// A JSON body; a bad one is a problem response.
#[derive(FromRequest)]
#[from_request(via(axum::Json), rejection(HttpError))]
pub struct Body<T>(pub T);

/// What the path names.
#[derive(FromRequestParts)]
#[from_request(via(axum::extract::Path), rejection(HttpError))]
pub struct Named<T>(pub T);

/// What follows the question mark.
#[derive(FromRequestParts)]
#[from_request(via(axum::extract::Query), rejection(HttpError))]
pub struct Asked<T>(pub T);

/// Why a document could not be read.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReadingProblem {
    /// Stable: `encrypted`, `timed_out`, `set_aside`…
    code: String,
    message_vi: String,
    message_en: String,
}

/// A rubric in a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RubricInList {
    id: String,
    title: String,
    /// `draft`, `submitted`, `returned`, `confirmed` or `superseded`.
    state: &'static str,
    version: u64,
    /// A decimal with a dot, as text.
    max_score: Option<String>,
    /// Values that a person should still look at.
    doubtful: u32,
}

/// A document in a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DocumentSummary {
    pub id: String,
    file: String,
    sha256: String,
    /// `queued`, `reading`, `ready` or `failed`.
    state: &'static str,
    title: Option<String>,
    number: Option<String>,
    /// `null` until the file has been opened.
    pages: Option<u32>,
    pages_done: u32,
    doubtful: u32,
    /// Findings, with those of its rubrics.
    errors: u32,
    warnings: u32,
    uploaded_at: String,
    uploaded_by: String,
    /// Who has it in hand; `null`: nobody.
    assigned_to: Option<String>,
    problem: Option<ReadingProblem>,
    rubrics: Vec<RubricInList>,
}

/// A document with its pages, its text and what is to be known about it.
#[derive(Debug, Serialize, ToSchema)]
pub struct DocumentBody {
    #[serde(flatten)]
    summary: DocumentSummary,
    /// What the prose says of the decision: kind, number, date, issuer, title, signed_at.
    #[schema(value_type = Option<Object>)]
    metadata: Option<json::Metadata>,
    /// One entry a page: page, verdict, reason, outcome, why, width, height, rotation, notes.
    #[schema(value_type = Vec<Object>)]
    page_list: Vec<json::Page>,
    /// Findings about the document as a whole; a rubric has its own.
    #[schema(value_type = Vec<Object>)]
    findings: Vec<json::Finding>,
    text: String,
    /// Parts that were missing when it was read, each with the command that mends it.
    missing: Vec<String>,
    /// Which of its readings stands, from 1: page images are those of this reading.
    reading: u32,
    /// How far it is with being read once more: `none`, `reading`, `ready` or `failed`.
    reread: &'static str,
}

/// What became of an upload.
#[derive(Debug, Serialize, ToSchema)]
pub struct UploadBody {
    pub id: String,
    pub sha256: String,
    pub state: &'static str,
    /// True when the same bytes were uploaded before.
    pub duplicate: bool,
}

/// Seconds and offset, as RFC 3339 has it.
pub fn rfc3339(time: OffsetDateTime) -> String {
    // Only years beyond 9999 cannot be written.
    time.format(&Rfc3339).unwrap_or_default()
}

impl From<store::Problem> for ReadingProblem {
    fn from(problem: store::Problem) -> Self {
        let store::Problem {
            code,
            message_vi,
            message_en,
        } = problem;
        Self {
            code,
            message_vi,
            message_en,
        }
    }
}

impl From<RubricSummary> for RubricInList {
    fn from(rubric: RubricSummary) -> Self {
        Self {
            id: rubric.id,
            title: rubric.title,
            state: rubric.state.name(),
            version: rubric.version,
            max_score: rubric.max_score,
            doubtful: rubric.doubtful,
        }
    }
}

impl From<DocumentRecord> for DocumentSummary {
    fn from(document: DocumentRecord) -> Self {
        Self {
            doubtful: document.rubrics.iter().map(|r| r.doubtful).sum(),
            id: document.id,
            file: document.file,
            sha256: document.sha256,
            state: document.state.name(),
            title: document.title,
            number: document.number,
            pages: document.pages,
            pages_done: document.pages_done,
            errors: document.errors,
            warnings: document.warnings,
            uploaded_at: rfc3339(document.uploaded_at),
            uploaded_by: document.uploaded_by,
            assigned_to: document.assigned_to,
            problem: document.problem.map(ReadingProblem::from),
            rubrics: document.rubrics.into_iter().map(RubricInList::from).collect(),
        }
    }
}

impl DocumentBody {
    /// `result` is what was read; `None` until the document is ready.
    pub fn new(record: DocumentRecord, result: Option<json::Document>, reread: &'static str) -> Self {
        let reading = record.reading;
        let summary = DocumentSummary::from(record);
        match result {
            None => Self {
                summary,
                metadata: None,
                page_list: Vec::new(),
                findings: Vec::new(),
                text: String::new(),
                missing: Vec::new(),
                reading,
                reread,
            },
            Some(result) => Self {
                summary,
                metadata: Some(result.document),
                page_list: result.pages,
                findings: result.findings,
                text: result.text,
                missing: result.pipeline.missing,
                reading,
                reread,
            },
        }
    }
}

/// True when nothing more will happen to the document by itself.
pub fn is_final(state: DocumentState) -> bool {
    matches!(state, DocumentState::Ready | DocumentState::Failed)
}
