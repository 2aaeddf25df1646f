//! Long documents, which many workers read together.

use std::collections::BTreeSet;
use std::time::Duration;

use super::Update;
use super::attending::{Hold, Onward, Reading, Stopped};
use super::engine::{Engine, Stage};
use crate::domain::{PageNo, Stretch};
use crate::exec::{Event, ExecError};
use crate::store::{Attempt, Share, ShareOf, StoreError};

/// How often whoever waits for others looks whether one of them has died.
const LOOK: Duration = Duration::from_secs(5);

/// What came of reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Came {
    /// Nothing is left that could be read.
    Read,
    /// This process shuts down.
    Stopped,
    /// Something is missing here that reading needs.
    CannotRead,
}

impl Engine {
    /// Reads a long document together with whoever has time, until no share is left.
    pub(super) async fn read_together(
        &self,
        attempt: &Attempt,
        dictionary: &str,
        pages: u32,
    ) -> Result<Came, StoreError> {
        let store = &self.parts.store;
        let lease = self.parts.policy.lease;
        let stretches = Stretch::all(pages, self.parts.policy.stretch);
        store.offer(&attempt.lease, &stretches).await?;
        self.wake();
        let (mut wakes, mut stops) = (self.wakes(), self.stops());
        while *stops.borrow_and_update() == Stage::Open {
            wakes.mark_unchanged();
            store.renew(&attempt.lease, self.now(), lease).await?;
            let own = ShareOf::Job(attempt.lease.job);
            if let Some(share) = store
                .claim_share(own, &attempt.lease.worker, self.now(), lease)
                .await?
            {
                match self.read_share(&share, dictionary, Some(attempt)).await? {
                    Came::Read => continue,
                    other => return Ok(other),
                }
            }
            if store.shares_left(&attempt.lease).await? == 0 {
                return Ok(Came::Read);
            }
            tokio::select! {
                _ = wakes.changed() => {}
                _ = stops.changed() => {}
                () = tokio::time::sleep(LOOK.min(self.parts.policy.heartbeat)) => {}
            }
        }
        Ok(Came::Stopped)
    }

    /// Reads a share of a document that somebody else holds.
    #[tracing::instrument(skip_all, fields(document = share.document, first = share.pages.first.get()))]
    pub(super) async fn help(&self, share: &Share) -> Result<Came, StoreError> {
        let dictionary = self.dictionary().await?;
        self.read_share(share, &dictionary, None).await
    }

    /// `of` is the document's own lease, where it is ours.
    async fn read_share(
        &self,
        share: &Share,
        dictionary: &str,
        of: Option<&Attempt>,
    ) -> Result<Came, StoreError> {
        let store = &self.parts.store;
        let pages = share.pages;
        let reading = Reading {
            sha256: &share.sha256,
            file: &share.file,
            number: share.reading,
            dictionary,
        };
        let mut held = Shared {
            engine: self,
            share,
            of,
            done: BTreeSet::new(),
        };
        let (result, stopped) = self
            .attend(reading, &mut held, move |parser, task, on_event, cancel| {
                parser.read_pages(task, pages, on_event, cancel)
            })
            .await;
        let (written, came) = match (result, stopped) {
            // Somebody else reads it now, or nobody needs it any more.
            (_, Some(Stopped::LeaseLost)) => {
                self.clear(&share.document, &share.sha256, share.reading, share.purpose)
                    .await;
                return Ok(Came::Read);
            }
            (Err(ExecError::Cancelled), _) => (store.give_share_back(&share.lease).await, Came::Stopped),
            (Err(error), _) if error.is_of_the_machine() => {
                tracing::error!(%error, "pages cannot be read here");
                (store.give_share_back(&share.lease).await, Came::CannotRead)
            }
            (Err(error), _) => {
                // Whoever holds the document meets it again, and says what is to be said.
                tracing::warn!(%error, "pages could not be read");
                (store.end_share(&share.lease).await, Came::Read)
            }
            (Ok(()), _) => (store.end_share(&share.lease).await, Came::Read),
        };
        self.wake();
        match written {
            Err(StoreError::LeaseLost) => Ok(came),
            written => written.map(|()| came),
        }
    }
}

/// A share that is read.
struct Shared<'a> {
    engine: &'a Engine,
    share: &'a Share,
    of: Option<&'a Attempt>,
    done: BTreeSet<PageNo>,
}

impl Hold for Shared<'_> {
    async fn renew(&mut self) -> Result<(), StoreError> {
        let parts = &self.engine.parts;
        let (now, lease) = (self.engine.now(), parts.policy.lease);
        let done = u32::try_from(self.done.len()).unwrap_or(u32::MAX);
        parts
            .store
            .renew_share(&self.share.lease, done, now, lease)
            .await?;
        match self.of {
            Some(attempt) => parts.store.renew(&attempt.lease, now, lease).await,
            None => Ok(()),
        }
    }

    async fn hear(&mut self, event: Event) -> Result<Onward, StoreError> {
        if let Event::PageDone { page, outcome, kept } = event {
            self.engine.count_page(&outcome, kept);
            self.done.insert(page);
            self.renew().await?;
            let Share {
                document, purpose, ..
            } = self.share;
            self.engine.tell(document, *purpose, Update::Changed);
        }
        Ok(Onward::GoOn)
    }
}
