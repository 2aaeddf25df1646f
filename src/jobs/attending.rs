//! A worker's side of a child at work: it renews what is held, passes on what happens, and stops in good time.

use tokio::sync::mpsc;
use tokio::time::error::Elapsed;
use tokio::time::timeout;

use super::engine::{Engine, Stage};
use super::{Parser, Task};
use crate::exec::{Cancel, Event, ExecError};
use crate::store::StoreError;

/// Why a child was told to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stopped {
    /// The process shuts down.
    Shutdown,
    /// The lease is lost: somebody else reads this now.
    LeaseLost,
    /// The document has so many pages that it is read together.
    TooLong { pages: u32 },
}

/// Whether a child goes on after what it told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Onward {
    GoOn,
    Stop(Stopped),
}

/// What a child reads.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading<'a> {
    pub sha256: &'a str,
    pub file: &'a str,
    /// Its number among the document's readings.
    pub number: u32,
    pub dictionary: &'a str,
}

/// What a worker holds while a child reads it.
pub(super) trait Hold: Send {
    /// Says that the worker is alive.
    fn renew(&mut self) -> impl Future<Output = Result<(), StoreError>> + Send;

    fn hear(&mut self, event: Event) -> impl Future<Output = Result<Onward, StoreError>> + Send;
}

impl Engine {
    /// Runs `read` where it may block. `Stopped` says why it was told to end, if it was.
    pub(super) async fn attend<T: Send + 'static>(
        &self,
        reading: Reading<'_>,
        hold: &mut impl Hold,
        read: impl FnOnce(&dyn Parser, &Task<'_>, &mut dyn FnMut(Event), &Cancel) -> Result<T, ExecError>
        + Send
        + 'static,
    ) -> (Result<T, ExecError>, Option<Stopped>) {
        let cancel = Cancel::default();
        let (send, mut events) = mpsc::unbounded_channel();
        let mut child = tokio::task::spawn_blocking({
            let (parser, cancel) = (self.parts.parser.clone(), cancel.clone());
            let input = self.parts.data.blob(reading.sha256);
            let work = self.parts.data.work(reading.sha256, reading.number);
            let (file, dictionary) = (reading.file.to_owned(), reading.dictionary.to_owned());
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
                read(parser.as_ref(), &task, &mut on_event, &cancel)
            }
        });
        let mut stops = self.stops();
        // A database that says nothing must not keep anybody from stopping.
        let patience = self.parts.policy.heartbeat;
        let mut heartbeat = tokio::time::interval(self.parts.policy.heartbeat);
        let mut stopped = None;
        if *stops.borrow_and_update() == Stage::Stopping {
            stopped = Some(Stopped::Shutdown);
            cancel.cancel();
        }
        let result = loop {
            let why = tokio::select! {
                biased;
                Some(event) = events.recv() => reason(timeout(patience, hold.hear(event)).await),
                _ = heartbeat.tick() => {
                    let renewed = timeout(patience, hold.renew()).await;
                    reason(renewed.map(|renewed| renewed.map(|()| Onward::GoOn)))
                }
                Ok(()) = stops.changed(), if stopped.is_none() => Some(Stopped::Shutdown),
                result = &mut child => break result,
            };
            if why.is_some() {
                stopped = why;
                cancel.cancel();
            }
        };
        while let Ok(event) = events.try_recv() {
            stopped = reason(timeout(patience, hold.hear(event)).await).or(stopped);
        }
        let result = result.unwrap_or_else(|panic| {
            tracing::error!(%panic, "the parser panicked");
            Err(ExecError::Crashed { signal: None })
        });
        (result, stopped)
    }
}

/// Trouble of the database is no reason: the lease tells whether it matters.
fn reason(heard: Result<Result<Onward, StoreError>, Elapsed>) -> Option<Stopped> {
    match heard {
        Ok(Ok(Onward::GoOn)) => None,
        Ok(Ok(Onward::Stop(why))) => Some(why),
        Ok(Err(StoreError::LeaseLost)) => Some(Stopped::LeaseLost),
        Ok(Err(error)) => {
            tracing::warn!(%error, "progress could not be written");
            None
        }
        Err(error) => {
            tracing::warn!(%error, "the database does not answer");
            None
        }
    }
}
