use time::OffsetDateTime;

use super::{Answer, DataError, DataFolder, Store, StoreError};

/// How far a deletion may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// Not over a confirmed rubric.
    Unconfirmed,
    /// Confirmed rubrics too; their digests stay.
    Everything,
}

/// A document to be deleted with all that was made of it.
#[derive(Debug, Clone)]
pub struct Erasure<'a> {
    pub document: &'a str,
    pub by: &'a str,
    /// Where the request came from, for the audit list; `None`: not over the network.
    pub address: Option<&'a str>,
    pub reason: Option<&'a str>,
    pub extent: Extent,
}

/// A confirmed rubric that was deleted: what is still known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErasedRubric {
    pub rubric: String,
    pub version: u64,
    /// SHA-256 of the confirmed rubric's JSON, hex.
    pub sha256: String,
    pub confirmed_by: String,
    pub confirmed_at: OffsetDateTime,
}

/// What stays of a document that was deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErasureRecord {
    pub document: String,
    /// SHA-256 of the upload, hex.
    pub sha256: String,
    pub by: String,
    pub at: OffsetDateTime,
    pub reason: Option<String>,
    pub rubrics: Vec<ErasedRubric>,
}

/// Documents that have stood long enough; `None`: none for that reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stale {
    /// Failed, and uploaded before then.
    pub failed_before: Option<OffsetDateTime>,
    /// Read, nothing of it confirmed, and nobody has done anything to it since then.
    pub untouched_since: Option<OffsetDateTime>,
}

/// Deletion, and what it leaves. The only way in which history ever shrinks.
pub trait Erasures {
    /// Removes the document with its result, job, rubrics and their histories, and keeps the record, in one
    /// transaction. `Missing`; `Reading` while a worker has it; `Confirmed` where [`Extent`] stops at that.
    /// The files are the caller's: [`super::erase`].
    fn erase_rows<'a>(&'a self, erasure: Erasure<'a>, now: OffsetDateTime) -> Answer<'a, ErasureRecord>;

    /// Newest first, at most `limit`, older than the erasure of the document `before`.
    fn erasures<'a>(&'a self, before: Option<&'a str>, limit: u32) -> Answer<'a, Vec<ErasureRecord>>;

    /// At most `limit` documents that may go, by id, the oldest first.
    fn stale_documents(&self, stale: Stale, limit: u32) -> Answer<'_, Vec<String>>;
}

/// Why a document was not deleted.
#[derive(Debug, thiserror::Error)]
pub enum EraseError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Data(#[from] DataError),
}

/// Deletes a document: its rows, then its files. Who is stopped between the two has deleted it: the next start
/// sweeps the files that nobody refers to. No upload is taken in meanwhile, since the same bytes may just be
/// coming back.
pub async fn erase(
    store: &dyn Store,
    data: &DataFolder,
    erasure: Erasure<'_>,
    now: OffsetDateTime,
) -> Result<ErasureRecord, EraseError> {
    let _alone = data.shut().await;
    let record = store.erase_rows(erasure, now).await?;
    data.remove(&record.sha256).await?;
    Ok(record)
}
