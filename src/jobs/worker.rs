use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use time::OffsetDateTime;

use super::attending::{Hold, Onward, Reading, Stopped};
use super::engine::{Engine, Neighbours, Stage};
use super::sharing::Came;
use super::{ReadingError, Update, dictionary_text, reading};
use crate::domain::{PageNo, PageOutcome};
use crate::exec::{Event, ExecError, Parsed};
use crate::store::{Attempt, Problem, Purpose, Share, ShareOf, StoreError};

/// The longest time that a worker trusts its alarm clock; a clock set back must not stop the queue.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// The wait after an error of the database itself.
pub(super) const STORE_TROUBLE: Duration = Duration::from_secs(2);

/// What a worker finds to do.
enum Work {
    Document(Attempt),
    Share(Share),
}

/// What came of a look at the queue.
enum Turn {
    /// There may be more.
    Next,
    /// There is nothing before so long.
    Idle(Duration),
    /// Something is missing here that reading needs.
    Unable,
}

impl Engine {
    /// Claims and reads until the engine stops.
    pub(super) async fn work(&self, name: &str) {
        let mut wakes = self.wakes();
        let mut stops = self.stops();
        while *stops.borrow_and_update() == Stage::Open {
            wakes.mark_unchanged();
            let wait = match self.turn(name).await {
                Turn::Next => continue,
                Turn::Idle(wait) => wait,
                Turn::Unable => {
                    // New work does not change it, and others may be able to.
                    let _ = tokio::time::timeout(LONGEST_WAIT, stops.changed()).await;
                    continue;
                }
            };
            tokio::select! {
                _ = wakes.changed() => {}
                _ = stops.changed() => {}
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    /// Looks for work and does it.
    async fn turn(&self, name: &str) -> Turn {
        let came = match self.next(name).await {
            Ok(Some(Work::Document(attempt))) => self.read(attempt).await,
            Ok(Some(Work::Share(share))) => self.help(&share).await,
            Ok(None) => return Turn::Idle(self.until_next().await.unwrap_or(STORE_TROUBLE)),
            Err(error) => Err(error),
        };
        match came {
            Ok(Came::Read | Came::Stopped) => Turn::Next,
            Ok(Came::CannotRead) => Turn::Unable,
            Err(error) => {
                // What was held comes back when its lease has run out.
                tracing::error!(%error, "the database does not do what it is asked");
                Turn::Idle(STORE_TROUBLE)
            }
        }
    }

    /// A document that nobody reads comes first, so that a long one does not keep the short ones waiting.
    async fn next(&self, name: &str) -> Result<Option<Work>, StoreError> {
        let now = self.now();
        let (store, lease) = (&self.parts.store, self.parts.policy.lease);
        store.recover_expired(now, &self.parts.policy.set_aside()).await?;
        if let Some(attempt) = store.claim(name, now, lease).await? {
            return Ok(Some(Work::Document(attempt)));
        }
        let share = store.claim_share(ShareOf::Any, name, now, lease).await?;
        Ok(share.map(Work::Share))
    }

    async fn until_next(&self) -> Result<Duration, StoreError> {
        let next = self.parts.store.next_event().await?;
        let wait = next.map_or(LONGEST_WAIT, |at| {
            Duration::try_from(at - self.now()).unwrap_or(Duration::ZERO)
        });
        // At least a little: another worker may just be taking the job that is due.
        Ok(wait.clamp(Duration::from_millis(50), LONGEST_WAIT))
    }

    /// Reads one document and writes down what came of it.
    #[tracing::instrument(skip_all, fields(document = attempt.document, claim = attempt.lease.claim))]
    async fn read(&self, attempt: Attempt) -> Result<Came, StoreError> {
        let began = Instant::now();
        self.tell(&attempt.document, attempt.purpose, Update::Changed);
        let (result, stopped) = match self.outcome(&attempt).await {
            Err(StoreError::LeaseLost) => (Err(ExecError::Cancelled), Some(Stopped::LeaseLost)),
            outcome => outcome?,
        };
        let able = match &result {
            Err(error) if error.is_of_the_machine() && self.parts.neighbours == Neighbours::Possible => {
                Came::CannotRead
            }
            _ => Came::Read,
        };
        let kept = match (result, stopped) {
            (_, Some(Stopped::LeaseLost)) => {
                self.clear(
                    &attempt.document,
                    &attempt.sha256,
                    attempt.reading,
                    attempt.purpose,
                )
                .await;
                Err(StoreError::LeaseLost)
            }
            (Err(ExecError::Cancelled), _) => self.parts.store.release(&attempt.lease, self.now()).await,
            (Ok(parsed), _) => self.keep(&attempt, &parsed.document).await,
            (Err(error), _) => self.failed(&attempt, &error).await,
        };
        self.counters.spent(began.elapsed());
        match kept {
            Err(StoreError::LeaseLost) => {
                tracing::warn!("the lease was lost: somebody else reads the document now");
                Ok(able)
            }
            kept => kept.map(|()| able),
        }
    }

    /// Reads a document, a long one together with whoever has time.
    async fn outcome(
        &self,
        attempt: &Attempt,
    ) -> Result<(Result<Parsed, ExecError>, Option<Stopped>), StoreError> {
        let dictionary = self.dictionary().await?;
        let (result, stopped) = self.parse(attempt, &dictionary, Sharing::Possible).await;
        let pages = match stopped {
            // It was faster than the order to stop.
            Some(Stopped::TooLong { .. }) if result.is_ok() => return Ok((result, None)),
            Some(Stopped::TooLong { pages }) => pages,
            _ => return Ok((result, stopped)),
        };
        match self.read_together(attempt, &dictionary, pages).await? {
            Came::Stopped => Ok((Err(ExecError::Cancelled), Some(Stopped::Shutdown))),
            // What others read is there; why something could not be read shows now.
            Came::Read | Came::CannotRead => Ok(self.parse(attempt, &dictionary, Sharing::Over).await),
        }
    }

    /// The office's dictionary as it is now.
    pub(super) async fn dictionary(&self) -> Result<String, StoreError> {
        let store = &self.parts.store;
        let version = store.lexicon_version().await?;
        Ok(dictionary_text(&store.used_phrases(version).await?))
    }

    /// Has the document parsed while the lease is renewed and pages are reported.
    async fn parse(
        &self,
        attempt: &Attempt,
        dictionary: &str,
        sharing: Sharing,
    ) -> (Result<Parsed, ExecError>, Option<Stopped>) {
        let reading = Reading {
            sha256: &attempt.sha256,
            file: &attempt.file,
            number: attempt.reading,
            dictionary,
        };
        let mut whole = Whole {
            engine: self,
            attempt,
            sharing,
            total: 0,
            done: BTreeSet::new(),
        };
        self.attend(reading, &mut whole, |parser, task, on_event, cancel| {
            parser.parse(task, on_event, cancel)
        })
        .await
    }

    /// Keeps the result of a parse and ends the job.
    async fn keep(&self, attempt: &Attempt, document: &std::path::Path) -> Result<(), StoreError> {
        let ids = self.parts.ids.clone();
        let path = document.to_owned();
        let read = tokio::task::spawn_blocking(move || -> Result<_, ReadingError> {
            reading::read(std::fs::read(path)?, || ids())
        });
        let read = match read.await {
            Ok(Ok(read)) => read,
            Ok(Err(error)) => {
                tracing::error!(%error, "the parser's result cannot be used");
                return self.count_failure(attempt, bad_result(&error)).await;
            }
            Err(panic) => {
                tracing::error!(%panic, "taking the parser's result apart panicked");
                return self
                    .count_failure(attempt, problem(&ExecError::Crashed { signal: None }))
                    .await;
            }
        };
        match self.parts.store.finish(&attempt.lease, read, self.now()).await {
            Err(StoreError::Full) => {
                let full = ExecError::Io {
                    path: self.parts.data.root().to_owned(),
                    source: std::io::ErrorKind::StorageFull.into(),
                };
                self.count_failure(attempt, problem(&full)).await
            }
            Err(error) => Err(error),
            Ok(()) => {
                self.counters.document_done();
                self.tell(&attempt.document, attempt.purpose, Update::Ended);
                Ok(())
            }
        }
    }

    async fn failed(&self, attempt: &Attempt, error: &ExecError) -> Result<(), StoreError> {
        tracing::warn!(%error, code = error.code(), "the document could not be read");
        match error {
            // Another machine may have it.
            ExecError::PartMissing { .. } if self.parts.neighbours == Neighbours::Possible => {
                self.parts.store.release(&attempt.lease, self.now()).await?;
                self.tell(&attempt.document, attempt.purpose, Update::Changed);
                Ok(())
            }
            // What the file is, or what this machine lacks, another try does not change.
            ExecError::Refused { .. } | ExecError::PartMissing { .. } => {
                self.give_up(attempt, &problem(error)).await
            }
            _ => self.count_failure(attempt, problem(error)).await,
        }
    }

    /// Tries again later, or sets the document aside when it has failed too often.
    async fn count_failure(&self, attempt: &Attempt, problem: Problem) -> Result<(), StoreError> {
        let failures = attempt.failures + 1;
        if failures >= self.parts.policy.failures {
            return self.give_up(attempt, &problem).await;
        }
        let run_at = self.now() + self.parts.policy.wait_after(failures);
        self.parts.store.retry(&attempt.lease, run_at).await?;
        self.counters.retry();
        self.tell(&attempt.document, attempt.purpose, Update::Changed);
        Ok(())
    }

    async fn give_up(&self, attempt: &Attempt, problem: &Problem) -> Result<(), StoreError> {
        self.parts.store.fail(&attempt.lease, problem, self.now()).await?;
        self.counters.document_failed();
        self.tell(&attempt.document, attempt.purpose, Update::Ended);
        Ok(())
    }

    /// Removes what a second reading left that was discarded meanwhile: its child may have written after that.
    pub(super) async fn clear(&self, document: &str, sha256: &str, reading: u32, purpose: Purpose) {
        if purpose == Purpose::First {
            return;
        }
        let known = self.parts.store.rereading(document).await;
        if matches!(known, Ok(known) if known.as_ref().is_none_or(|r| r.reading != reading)) {
            // What cannot be removed now is swept at the next start.
            let _ = self.parts.data.remove_work(sha256, reading).await;
        }
    }

    pub(super) fn count_page(&self, outcome: &PageOutcome, kept: bool) {
        match (outcome, kept) {
            (_, true) => self.counters.page_kept(),
            (PageOutcome::Failed { .. }, false) => self.counters.page_failed(),
            (_, false) => self.counters.page_read(),
        }
    }

    /// Tells what happens to a document; of a second reading, only that something did.
    pub(super) fn tell(&self, document: &str, purpose: Purpose, update: Update) {
        let update = match purpose {
            Purpose::First => update,
            Purpose::Again => Update::Again,
        };
        self.hub.tell(document, update);
    }

    pub(super) fn now(&self) -> OffsetDateTime {
        (self.parts.clock)()
    }
}

/// Whether a long document is still to be read together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sharing {
    Possible,
    /// It has been: what is kept was counted and told when it was read.
    Over,
}

/// A document that is parsed as a whole.
struct Whole<'a> {
    engine: &'a Engine,
    attempt: &'a Attempt,
    sharing: Sharing,
    total: u32,
    done: BTreeSet<PageNo>,
}

impl Hold for Whole<'_> {
    async fn renew(&mut self) -> Result<(), StoreError> {
        let parts = &self.engine.parts;
        let renewed = parts
            .store
            .renew(&self.attempt.lease, self.engine.now(), parts.policy.lease);
        renewed.await
    }

    async fn hear(&mut self, event: Event) -> Result<Onward, StoreError> {
        let Self { engine, attempt, .. } = *self;
        let store = &engine.parts.store;
        match event {
            Event::Opened { pages, .. } => {
                self.total = u32::try_from(pages).unwrap_or(u32::MAX);
                store.progress(&attempt.lease, self.total, 0).await?;
                engine.tell(&attempt.document, attempt.purpose, Update::Changed);
                if self.sharing == Sharing::Possible && engine.is_long(self.total) {
                    return Ok(Onward::Stop(Stopped::TooLong { pages: self.total }));
                }
            }
            Event::PageDone { kept: true, .. } if self.sharing == Sharing::Over => {}
            Event::PageDone { page, outcome, kept } => {
                engine.count_page(&outcome, kept);
                self.done.insert(page);
                let done = u32::try_from(self.done.len()).unwrap_or(u32::MAX);
                let pages = self.total.max(done);
                store.progress(&attempt.lease, pages, done).await?;
                if self.sharing == Sharing::Possible {
                    let update = Update::Page {
                        page,
                        outcome,
                        pages,
                        pages_done: done,
                    };
                    engine.tell(&attempt.document, attempt.purpose, update);
                }
            }
        }
        Ok(Onward::GoOn)
    }
}

fn problem(error: &ExecError) -> Problem {
    Problem {
        code: error.code().to_owned(),
        message_vi: error.message_vi(),
        message_en: error.message_en(),
    }
}

fn bad_result(error: &ReadingError) -> Problem {
    Problem {
        code: "bad_result".to_owned(),
        message_vi: format!("Kết quả đọc không dùng được ({error}). Hãy báo cho người quản trị."),
        message_en: format!("The result of reading cannot be used ({error}). Tell your administrator."),
    }
}
