use time::OffsetDateTime;

use super::{Answer, RubricState, RubricSummary};

/// Where a document stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DocumentState {
    /// Uploaded, waiting for a worker.
    Queued,
    /// A worker reads its pages.
    Reading,
    /// Read; its rubrics can be reviewed.
    Ready,
    /// Refused, or set aside after too many attempts; `problem` says why.
    Failed,
}

impl DocumentState {
    pub const ALL: [Self; 4] = [Self::Queued, Self::Reading, Self::Ready, Self::Failed];

    /// The name in the database and in every response.
    pub fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Reading => "reading",
            Self::Ready => "ready",
            Self::Failed => "failed",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.name() == name)
    }
}

/// Why a document has no result: a stable code and what to do, in both languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub code: String,
    pub message_vi: String,
    pub message_en: String,
}

/// A file that has just come in; its bytes are in the data folder already.
#[derive(Debug, Clone)]
pub struct NewDocument<'a> {
    pub id: &'a str,
    pub sha256: &'a str,
    /// As the uploader named it, for showing only.
    pub file: &'a str,
    pub bytes: u64,
    pub by: &'a str,
}

/// Whether an upload brought new bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhetherNew {
    New,
    /// The same bytes were uploaded before.
    Known,
    /// Known, but failed before: it is queued once more.
    Requeued,
}

/// What became of an upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uploaded {
    /// The document's id: an older one when the bytes are known.
    pub id: String,
    pub state: DocumentState,
    pub newness: WhetherNew,
}

/// A document as lists show it.
#[derive(Debug, Clone, PartialEq)]
pub struct DocumentRecord {
    pub id: String,
    pub sha256: String,
    pub file: String,
    pub bytes: u64,
    pub state: DocumentState,
    pub title: Option<String>,
    /// `1420/KH-UBND`
    pub number: Option<String>,
    /// `None` until the file has been opened.
    pub pages: Option<u32>,
    pub pages_done: u32,
    /// Which of its readings stands, from 1.
    pub reading: u32,
    /// Findings of the document and of its rubrics together.
    pub errors: u32,
    pub warnings: u32,
    pub problem: Option<Problem>,
    pub uploaded_at: OffsetDateTime,
    pub uploaded_by: String,
    /// Who has it in hand.
    pub assigned_to: Option<String>,
    pub rubrics: Vec<RubricSummary>,
}

/// Which documents a list holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DocumentFilter {
    #[default]
    All,
    State(DocumentState),
    /// At least one of its rubrics is in this state.
    Rubric(RubricState),
}

/// The documents and what was read from them.
pub trait Documents {
    /// Keeps a new document and queues it, in one transaction. Known bytes give the known document;
    /// if that one had failed it is queued again.
    fn upload<'a>(&'a self, document: NewDocument<'a>, now: OffsetDateTime) -> Answer<'a, Uploaded>;

    /// Queues a failed document again. `false` when it is in any other state; `Missing` when there is none.
    fn requeue<'a>(&'a self, id: &'a str, now: OffsetDateTime) -> Answer<'a, bool>;

    fn document<'a>(&'a self, id: &'a str) -> Answer<'a, Option<DocumentRecord>>;

    /// Newest first, at most `limit`, older than the document `before`.
    fn documents<'a>(
        &'a self,
        filter: DocumentFilter,
        before: Option<&'a str>,
        limit: u32,
    ) -> Answer<'a, Vec<DocumentRecord>>;

    /// The `sohoa/1` JSON of what was read; `None` until the document is ready.
    fn result<'a>(&'a self, id: &'a str) -> Answer<'a, Option<String>>;

    /// How many documents are in each state; every state is there.
    fn document_counts(&self) -> Answer<'_, Vec<(DocumentState, u64)>>;
}
