use std::time::Duration;

use time::OffsetDateTime;

use super::{Answer, Lease, Purpose};
use crate::domain::Stretch;

/// Pages of a long document in the hands of a worker that reads them for whoever holds the document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    pub lease: ShareLease,
    /// The job that it is a part of.
    pub job: i64,
    pub document: String,
    pub sha256: String,
    pub file: String,
    pub purpose: Purpose,
    /// The number of the reading among the document's, from 1.
    pub reading: u32,
    pub pages: Stretch,
}

/// The right to say what became of a share, until another worker takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShareLease {
    pub share: i64,
    pub worker: String,
    /// Counts the share's claims.
    pub claim: u32,
}

/// Whose shares a worker asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShareOf {
    /// Those of the job that it holds.
    Job(i64),
    /// Those of any document that somebody holds; of the one with the fewest workers first.
    Any,
}

/// Long documents are read by many workers: whoever holds one offers its pages in shares, reads some itself, waits for
/// the others and ends the job alone. What a share leaves are pages in the document's work folder, so that reading one
/// twice, or not at all, changes nothing of the result. Shares go with the end of their job.
pub trait Shares {
    /// Offers pages of the job that `lease` holds. What was offered before stays as it is.
    fn offer<'a>(&'a self, lease: &'a Lease, pages: &'a [Stretch]) -> Answer<'a, ()>;

    /// Takes a share that is open, or whose worker has been silent until its lease ended.
    fn claim_share<'a>(
        &'a self,
        of: ShareOf,
        worker: &'a str,
        now: OffsetDateTime,
        lease: Duration,
    ) -> Answer<'a, Option<Share>>;

    /// Records how many of its pages are done, and moves the lease's end to `now + length`.
    fn renew_share<'a>(
        &'a self,
        lease: &'a ShareLease,
        pages_done: u32,
        now: OffsetDateTime,
        length: Duration,
    ) -> Answer<'a, ()>;

    /// All that can be read of it is.
    fn end_share<'a>(&'a self, lease: &'a ShareLease) -> Answer<'a, ()>;

    /// Gives it back as it is.
    fn give_share_back<'a>(&'a self, lease: &'a ShareLease) -> Answer<'a, ()>;

    /// How many shares of the job that `lease` holds have not ended.
    fn shares_left<'a>(&'a self, lease: &'a Lease) -> Answer<'a, u32>;
}
