//! Rules about how long things are kept. Off unless somebody sets them: what is gone is gone.

use std::time::Duration;

use time::OffsetDateTime;
use tokio::sync::watch;

use super::Clock;
use crate::store::{DataFolder, EraseError, Erasure, Extent, Stale, Store, StoreError, erase};

/// Who is said to have deleted what a rule deletes: no account can be called so.
const WHO: &str = "(retention)";
/// Documents deleted in one go; more wait for the next.
const AT_A_TIME: u32 = 100;
/// How often the rules are looked at. They are counted in days.
const EVERY: Duration = Duration::from_secs(60 * 60);

/// How long things are kept; `None`: for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Retention {
    /// Documents that could not be read, from their upload.
    pub failed: Option<Duration>,
    /// Documents of which nothing is confirmed, from the last that anybody did to them.
    pub drafts: Option<Duration>,
    /// Entries of the audit list.
    pub audit: Option<Duration>,
}

/// What the rules removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Removed {
    pub documents: u64,
    pub entries: u64,
}

impl Retention {
    /// Removes what has been kept for long enough.
    pub async fn apply(
        &self,
        store: &dyn Store,
        data: &DataFolder,
        now: OffsetDateTime,
    ) -> Result<Removed, EraseError> {
        let mut removed = Removed::default();
        let stale = Stale {
            failed_before: self.failed.map(|kept| now - kept),
            untouched_since: self.drafts.map(|kept| now - kept),
        };
        for document in store.stale_documents(stale, AT_A_TIME).await? {
            let erasure = Erasure {
                document: &document,
                by: WHO,
                address: None,
                reason: None,
                // Whatever became of it since it was listed, what is confirmed stays.
                extent: Extent::Unconfirmed,
            };
            match erase(store, data, erasure, now).await {
                Ok(_) => removed.documents += 1,
                // Somebody was faster: confirmed it, had it read again or deleted it.
                Err(EraseError::Store(
                    StoreError::Confirmed | StoreError::Reading | StoreError::Missing { .. },
                )) => {}
                Err(error) => return Err(error),
            }
        }
        if let Some(kept) = self.audit {
            removed.entries = store.prune_audit(now - kept, WHO, now).await?;
        }
        Ok(removed)
    }

    /// Applies the rules from time to time until the service stops.
    pub async fn keep_applying(
        self,
        store: &dyn Store,
        data: &DataFolder,
        clock: Clock,
        mut stopping: watch::Receiver<bool>,
    ) {
        if self == Self::default() {
            return;
        }
        let mut turns = tokio::time::interval(EVERY);
        loop {
            tokio::select! {
                _ = turns.tick() => {}
                // An error means that nobody is left to say so.
                _ = stopping.wait_for(|stopping| *stopping) => return,
            }
            match self.apply(store, data, clock()).await {
                Ok(removed) if removed == Removed::default() => {}
                Ok(Removed { documents, entries }) => {
                    tracing::info!(documents, entries, "removed what was kept for long enough");
                }
                Err(error) => tracing::error!(%error, "the retention rules could not be applied"),
            }
        }
    }
}
