use time::OffsetDateTime;

use super::{Answer, NewRubric, Problem, RubricChange};

/// How far a document is with being read once more.
#[derive(Debug, Clone, PartialEq)]
pub enum RereadingState {
    /// In the queue, or in a worker's hands.
    Reading,
    Ready {
        read_at: OffsetDateTime,
        /// `sohoa/1`, as the document's own result.
        result_json: String,
    },
    Failed(Problem),
}

impl RereadingState {
    /// The name in the database and in every response.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Reading => "reading",
            Self::Ready { .. } => "ready",
            Self::Failed(_) => "failed",
        }
    }
}

/// A re-reading that nobody has decided about.
#[derive(Debug, Clone, PartialEq)]
pub struct RereadingRecord {
    pub document: String,
    /// Its number among the document's readings.
    pub reading: u32,
    pub asked_by: String,
    pub asked_at: OffsetDateTime,
    /// `None` until the file has been opened.
    pub pages: Option<u32>,
    pub pages_done: u32,
    pub state: RereadingState,
}

/// What became of asking for a re-reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AskedAgain {
    Queued,
    /// It is under way already; nothing was done.
    UnderWay,
    /// One is ready and waits for a decision; nothing was done.
    Waits,
    /// The document has not been read a first time.
    NotRead,
}

/// What a rubric is over a new reading, as the store keeps it.
#[derive(Debug, Clone, PartialEq)]
pub enum Successor<'a> {
    /// A rubric that was there: its history goes on over the new reading.
    Kept {
        change: Box<RubricChange<'a>>,
        base_json: &'a str,
        /// What was touched, by its id before, is called so now: a JSON object.
        ids_json: &'a str,
        /// The event that says so, counted from 0 among the change's own.
        event: usize,
    },
    New(&'a NewRubric),
}

/// A rubric that the new reading does not have and that nobody has touched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Vanished<'a> {
    pub rubric: &'a str,
    /// Its version when it was looked at.
    pub expected: u64,
}

/// A re-reading that takes the place of what stands, all of it or nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct Acceptance<'a> {
    pub document: &'a str,
    /// The reading that was looked at.
    pub reading: u32,
    pub by: &'a str,
    /// Where the request came from, for the audit list.
    pub address: &'a str,
    pub title: Option<&'a str>,
    pub number: Option<&'a str>,
    pub pages: u32,
    /// Findings of the document as a whole.
    pub errors: u32,
    pub warnings: u32,
    /// In the order of the new reading.
    pub rubrics: Vec<Successor<'a>>,
    pub vanished: Vec<Vanished<'a>>,
}

/// Readings that a document no longer needs: their work folders can go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outdated {
    pub sha256: String,
    pub reading: u32,
}

/// What a rubric was read as before an event put a new reading in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlierReading {
    /// The event's place in the history, from 1: what was done before speaks of this reading.
    pub seq: u64,
    pub base_json: String,
    pub ids_json: String,
}

/// Reading a document once more, beside what stands.
pub trait Rereadings {
    /// Queues a document to be read once more; what had failed is tried anew. `Missing` without a document.
    fn ask_again<'a>(&'a self, document: &'a str, by: &'a str, now: OffsetDateTime)
    -> Answer<'a, AskedAgain>;

    fn rereading<'a>(&'a self, document: &'a str) -> Answer<'a, Option<RereadingRecord>>;

    /// Puts the new reading in place of the one that stands: result, rubrics, their histories, the words that are
    /// found. Looks that were noted before it was asked for are seen to. `Missing` when it is no longer there to be
    /// accepted; `Stale` when a rubric has moved on; `Confirmed` where one is final. Gives the reading that it replaced.
    fn accept_rereading<'a>(
        &'a self,
        acceptance: Acceptance<'a>,
        now: OffsetDateTime,
    ) -> Answer<'a, Outdated>;

    /// Forgets a re-reading, however far it is; the looks that it was ready for are seen to. `None`: there was none.
    fn discard_rereading<'a>(
        &'a self,
        document: &'a str,
        by: &'a str,
        now: OffsetDateTime,
    ) -> Answer<'a, Option<Outdated>>;

    /// The earlier readings of a rubric, oldest first.
    fn earlier_readings<'a>(&'a self, rubric: &'a str) -> Answer<'a, Vec<EarlierReading>>;

    /// SHA-256 and number of every reading that stands or waits, to tell which work folders nobody refers to.
    fn known_readings(&self) -> Answer<'_, Vec<(String, u32)>>;
}
