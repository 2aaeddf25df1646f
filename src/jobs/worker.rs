use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use time::OffsetDateTime;
use tokio::sync::mpsc;

use super::engine::{Engine, Stage};
use super::{ReadingError, Task, Update, dictionary_text, reading};
use crate::domain::{PageNo, PageOutcome};
use crate::exec::{Cancel, Event, ExecError};
use crate::store::{Attempt, Problem, Purpose, StoreError};

/// The longest time that a worker trusts its alarm clock; a clock set back must not stop the queue.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// The wait after an error of the database itself.
const STORE_TROUBLE: Duration = Duration::from_secs(2);

/// Why a parse was told to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stopped {
    /// The server shuts down.
    Shutdown,
    /// The lease is lost: somebody else reads this document now.
    LeaseLost,
}

impl Engine {
    /// Claims and reads until the engine stops.
    pub(super) async fn work(&self, name: &str) {
        let mut wakes = self.wakes();
        let mut stops = self.stops();
        while *stops.borrow_and_update() == Stage::Open {
            wakes.mark_unchanged();
            let wait = match self.next(name).await {
                Ok(Some(attempt)) => {
                    self.read(attempt).await;
                    continue;
                }
                Ok(None) => self.until_next().await.unwrap_or(STORE_TROUBLE),
                Err(error) => {
                    tracing::error!(%error, "the queue cannot be read");
                    STORE_TROUBLE
                }
            };
            tokio::select! {
                _ = wakes.changed() => {}
                _ = stops.changed() => {}
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    async fn next(&self, name: &str) -> Result<Option<Attempt>, StoreError> {
        let now = self.now();
        self.parts
            .store
            .recover_expired(now, &self.parts.policy.set_aside())
            .await?;
        self.parts.store.claim(name, now, self.parts.policy.lease).await
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
    async fn read(&self, attempt: Attempt) {
        let began = Instant::now();
        self.tell(&attempt, Update::Changed);
        let (result, stopped) = match self.dictionary().await {
            Ok(dictionary) => self.parse(&attempt, dictionary).await,
            Err(error) => {
                // As for any trouble of the database: the lease runs out, and the job goes back into the queue.
                tracing::error!(%error, "the dictionary cannot be read");
                return;
            }
        };
        let kept = match (result, stopped) {
            (_, Some(Stopped::LeaseLost)) => {
                self.clear(&attempt).await;
                Err(StoreError::LeaseLost)
            }
            (Err(ExecError::Cancelled), _) => self.parts.store.release(&attempt.lease, self.now()).await,
            (Ok(parsed), _) => self.keep(&attempt, &parsed.document).await,
            (Err(error), _) => self.failed(&attempt, &error).await,
        };
        self.counters.spent(began.elapsed());
        if let Err(error) = kept {
            // The lease runs out by itself, and the job with it back into the queue.
            tracing::error!(%error, "the outcome could not be written");
        }
    }

    /// The office's dictionary as it is now.
    async fn dictionary(&self) -> Result<String, StoreError> {
        let store = &self.parts.store;
        let version = store.lexicon_version().await?;
        Ok(dictionary_text(&store.used_phrases(version).await?))
    }

    /// Has the document parsed while the lease is renewed and pages are reported.
    async fn parse(
        &self,
        attempt: &Attempt,
        dictionary: String,
    ) -> (Result<crate::exec::Parsed, ExecError>, Option<Stopped>) {
        let cancel = Cancel::default();
        let (send, mut events) = mpsc::unbounded_channel();
        let mut parsing = tokio::task::spawn_blocking({
            let (parser, cancel) = (self.parts.parser.clone(), cancel.clone());
            let input = self.parts.data.blob(&attempt.sha256);
            let work = self.parts.data.work(&attempt.sha256, attempt.reading);
            let file = attempt.file.clone();
            move || {
                let mut on_event = |event| {
                    // The worker drains the channel to its end: it is open for as long as this runs.
                    let _ = send.send(event);
                };
                let task = Task {
                    input: &input,
                    file_name: &file,
                    work: &work,
                    dictionary: &dictionary,
                };
                parser.parse(&task, &mut on_event, &cancel)
            }
        });
        let mut stops = self.stops();
        let mut heartbeat = tokio::time::interval(self.parts.policy.heartbeat);
        let mut pages = Pages::default();
        let mut stopped = None;
        if *stops.borrow_and_update() == Stage::Stopping {
            stopped = Some(Stopped::Shutdown);
            cancel.cancel();
        }
        let result = loop {
            tokio::select! {
                biased;
                Some(event) = events.recv() => {
                    if let Err(StoreError::LeaseLost) = self.report(attempt, &mut pages, event).await {
                        stopped = Some(Stopped::LeaseLost);
                        cancel.cancel();
                    }
                }
                _ = heartbeat.tick() => {
                    let renewed = self.parts.store.renew(&attempt.lease, self.now(), self.parts.policy.lease);
                    if let Err(StoreError::LeaseLost) = renewed.await {
                        stopped = Some(Stopped::LeaseLost);
                        cancel.cancel();
                    }
                }
                Ok(()) = stops.changed(), if stopped.is_none() => {
                    stopped = Some(Stopped::Shutdown);
                    cancel.cancel();
                }
                result = &mut parsing => break result,
            }
        };
        while let Ok(event) = events.try_recv() {
            if let Err(StoreError::LeaseLost) = self.report(attempt, &mut pages, event).await {
                stopped = Some(Stopped::LeaseLost);
            }
        }
        let result = result.unwrap_or_else(|panic| {
            tracing::error!(%panic, "the parser panicked");
            Err(ExecError::Crashed { signal: None })
        });
        (result, stopped)
    }

    async fn report(&self, attempt: &Attempt, pages: &mut Pages, event: Event) -> Result<(), StoreError> {
        let store = &self.parts.store;
        match event {
            Event::Opened { pages: total, .. } => {
                pages.total = u32::try_from(total).unwrap_or(u32::MAX);
                store.progress(&attempt.lease, pages.total, 0).await?;
                self.tell(attempt, Update::Changed);
            }
            Event::PageDone { page, outcome, kept } => {
                match (&outcome, kept) {
                    (_, true) => self.counters.page_kept(),
                    (PageOutcome::Failed { .. }, false) => self.counters.page_failed(),
                    (_, false) => self.counters.page_read(),
                }
                pages.done.insert(page);
                let done = u32::try_from(pages.done.len()).unwrap_or(u32::MAX);
                store
                    .progress(&attempt.lease, pages.total.max(done), done)
                    .await?;
                let update = Update::Page {
                    page,
                    outcome,
                    pages: pages.total.max(done),
                    pages_done: done,
                };
                self.tell(attempt, update);
            }
        }
        Ok(())
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
                self.tell(attempt, Update::Ended);
                Ok(())
            }
        }
    }

    async fn failed(&self, attempt: &Attempt, error: &ExecError) -> Result<(), StoreError> {
        tracing::warn!(%error, code = error.code(), "the document could not be read");
        match error {
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
        self.tell(attempt, Update::Changed);
        Ok(())
    }

    async fn give_up(&self, attempt: &Attempt, problem: &Problem) -> Result<(), StoreError> {
        self.parts.store.fail(&attempt.lease, problem, self.now()).await?;
        self.counters.document_failed();
        self.tell(attempt, Update::Ended);
        Ok(())
    }

    /// Removes what a second reading left that was discarded meanwhile: its child may have written after that.
    async fn clear(&self, attempt: &Attempt) {
        if attempt.purpose == Purpose::First {
            return;
        }
        let known = self.parts.store.rereading(&attempt.document).await;
        if matches!(known, Ok(known) if known.as_ref().is_none_or(|r| r.reading != attempt.reading)) {
            // What cannot be removed now is swept at the next start.
            let _ = self
                .parts
                .data
                .remove_work(&attempt.sha256, attempt.reading)
                .await;
        }
    }

    /// Tells what happens to a document; of a second reading, only that something did.
    fn tell(&self, attempt: &Attempt, update: Update) {
        let update = match attempt.purpose {
            Purpose::First => update,
            Purpose::Again => Update::Again,
        };
        self.hub.tell(&attempt.document, update);
    }

    fn now(&self) -> OffsetDateTime {
        (self.parts.clock)()
    }
}

/// How far a parse is.
#[derive(Default)]
struct Pages {
    total: u32,
    done: BTreeSet<PageNo>,
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
