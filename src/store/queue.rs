use std::time::Duration;

use time::OffsetDateTime;

use super::{Answer, NewRubric, Problem};

/// The right to write a job's result, until another attempt takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    pub job: i64,
    pub worker: String,
    /// Counts the job's claims: an older lease is void even for a worker of the same name.
    pub claim: u32,
}

/// What a document is read for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To have something to work on.
    First,
    /// To see what today's program makes of it: the outcome is kept beside what stands.
    Again,
}

/// A job in a worker's hands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    pub lease: Lease,
    pub document: String,
    pub sha256: String,
    pub file: String,
    pub purpose: Purpose,
    /// Its number among the document's readings, from 1.
    pub reading: u32,
    /// Earlier attempts that ended with an error of the document's own.
    pub failures: u32,
}

/// What a finished document brought, written in one transaction with the end of its job.
#[derive(Debug, Clone, PartialEq)]
pub struct ReadDocument {
    pub title: Option<String>,
    pub number: Option<String>,
    pub pages: u32,
    /// Findings of the document as a whole.
    pub errors: u32,
    pub warnings: u32,
    /// `sohoa/1`.
    pub result_json: String,
    pub rubrics: Vec<NewRubric>,
}

/// When a job whose workers keep dying is set aside, and what people are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetAside {
    pub after_attempts: u32,
    pub problem: Problem,
}

/// How many jobs are in each state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct QueueCounts {
    pub queued: u64,
    pub running: u64,
    pub done: u64,
    pub failed: u64,
}

/// The durable queue: one job a document, whether it is read for the first time or once more. What is read once more
/// leaves the document as it is; its progress and its end are kept as [`super::Rereadings`] tells them.
pub trait Queue {
    /// Takes the job with the fewest attempts that may run at `now`, first readings before others, then the oldest.
    /// The attempt is counted here, so a worker that dies has counted it already.
    fn claim<'a>(
        &'a self,
        worker: &'a str,
        now: OffsetDateTime,
        lease: Duration,
    ) -> Answer<'a, Option<Attempt>>;

    /// Moves the lease's end to `now + lease`; `LeaseLost` when it is no longer ours.
    fn renew<'a>(&'a self, lease: &'a Lease, now: OffsetDateTime, length: Duration) -> Answer<'a, ()>;

    /// Records how far reading is. The count never goes back: a resumed run reports its kept pages again.
    fn progress<'a>(&'a self, lease: &'a Lease, pages: u32, pages_done: u32) -> Answer<'a, ()>;

    /// Keeps the result and ends the job, all or nothing; of a first reading it makes the rubrics.
    fn finish<'a>(&'a self, lease: &'a Lease, read: ReadDocument, now: OffsetDateTime) -> Answer<'a, ()>;

    /// Ends the job for good with a reason.
    fn fail<'a>(&'a self, lease: &'a Lease, problem: &'a Problem, now: OffsetDateTime) -> Answer<'a, ()>;

    /// Counts a failure and queues the job again for `run_at`.
    fn retry<'a>(&'a self, lease: &'a Lease, run_at: OffsetDateTime) -> Answer<'a, ()>;

    /// Hands the job back unharmed, as at an orderly stop: the attempt is not counted.
    fn release<'a>(&'a self, lease: &'a Lease, now: OffsetDateTime) -> Answer<'a, ()>;

    /// Queues again what is held by a lease that ended before `now`; sets aside what had too many attempts.
    /// Returns how many jobs it touched.
    fn recover_expired<'a>(&'a self, now: OffsetDateTime, limit: &'a SetAside) -> Answer<'a, u64>;

    /// Like [`Self::recover_expired`] for every lease, whenever it ends. Only for a process that holds the
    /// data folder's lock, before its first worker starts: nobody else can be alive then.
    fn recover_all<'a>(&'a self, now: OffsetDateTime, limit: &'a SetAside) -> Answer<'a, u64>;

    /// When the next queued job may run, or the next lease ends; `None` when nothing is left to do.
    fn next_event(&self) -> Answer<'_, Option<OffsetDateTime>>;

    fn queue_counts(&self) -> Answer<'_, QueueCounts>;

    /// Whether `least` jobs or more wait; counts no further than that.
    fn holds_waiting(&self, least: u64) -> Answer<'_, bool>;
}
