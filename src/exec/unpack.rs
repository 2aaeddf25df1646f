//! Archives, the parent's side: a child looks into them, and puts one entry after the other where the parent finds it.

use std::path::{Path, PathBuf};
use std::sync::mpsc::RecvTimeoutError;

use time::OffsetDateTime;

use super::parent::{absolute, death, io_error};
use super::process::{Process, Signal, ears};
use super::protocol::{Order, Report, Task, UnpackOrder};
use super::{Cancel, Caps, ExecError};
use crate::stages::ingest::archive::EntryKind;

/// An archive and what to do with it.
#[derive(Debug, Clone, PartialEq)]
pub struct Unpack {
    pub archive: PathBuf,
    /// A folder of its own, in which entries appear one by one. Whoever has used an entry removes its file: with
    /// [`Unpack::waiting`] files in it the child waits.
    pub spool: PathBuf,
    pub content: Content,
    /// Bytes of an entry, above which it is not unpacked.
    pub entry_bytes: u64,
    /// Entries of the archive, above which it is refused.
    pub entries: u64,
    pub waiting: usize,
}

/// Whether the content of the entries is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    List,
    Unpack,
}

/// An entry that was come by.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Its place in the archive, from 0.
    pub index: u64,
    /// As it stands there: it may lead anywhere.
    pub name: String,
    pub kind: EntryKind,
    /// Bytes that it says it has.
    pub bytes: u64,
    pub modified: Option<OffsetDateTime>,
    pub content: Result<Option<PathBuf>, EntryFault>,
}

/// Why the content of an entry cannot be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryFault {
    Password,
    Method,
    Damaged,
    OverLimit,
}

/// Shows the entries of an archive in their order. Blocks until all are shown; `on_entry` may take its time.
pub fn unpack(
    request: &Unpack,
    caps: &Caps,
    on_entry: &mut dyn FnMut(Entry),
    cancel: &Cancel,
) -> Result<(), ExecError> {
    let spool = absolute(&request.spool)?;
    std::fs::create_dir_all(&spool).map_err(io_error(&spool))?;
    let (send, signals, _waiting) = ears(cancel)?;
    let order = UnpackOrder {
        archive: absolute(&request.archive)?,
        spool: spool.clone(),
        content: request.content == Content::Unpack,
        entry_bytes: request.entry_bytes,
        entries: request.entries,
        waiting: request.waiting,
        memory: caps.memory,
        cpu_seconds: caps.cpu_seconds,
        file_bytes: caps.file_bytes,
    };
    let process = Process::start(&Order::new(Task::Unpack(Box::new(order))), &spool, &send)
        .map_err(io_error(Path::new("sohoa __worker")))?;
    let mut end = None;
    let mut stopped = None;
    loop {
        match signals.recv_timeout(caps.page_wall) {
            Ok(Signal::Report(report)) => end = heard(report, &spool, on_entry).or(end),
            Ok(Signal::Ended) => break,
            Ok(Signal::Cancelled) => stopped = Some(ExecError::Cancelled),
            // It waits for whoever uses the entries, or hangs.
            Err(RecvTimeoutError::Timeout) if is_full(&spool, request.waiting) => {}
            Err(_) => stopped = Some(ExecError::TimedOut { page: None }),
        }
        if stopped.is_some() {
            process.kill();
            break;
        }
    }
    let burial = process.bury().map_err(io_error(Path::new("sohoa __worker")))?;
    if let Some(stopped) = stopped {
        return Err(stopped);
    }
    // The last lines may have come in with the end.
    for signal in signals.try_iter() {
        if let Signal::Report(report) = signal {
            end = heard(report, &spool, on_entry).or(end);
        }
    }
    end.unwrap_or_else(|| Err(death(&burial, caps, None)))
}

/// Takes in a line; gives how the child ended if it says so.
fn heard(report: Report, spool: &Path, on_entry: &mut dyn FnMut(Entry)) -> Option<Result<(), ExecError>> {
    match report {
        Report::Entry {
            index,
            name,
            kind,
            bytes,
            modified,
            fault,
            unpacked,
        } => {
            on_entry(Entry {
                index,
                name,
                kind: kind.into(),
                bytes,
                modified: modified.and_then(|s| OffsetDateTime::from_unix_timestamp(s).ok()),
                content: match fault {
                    Some(fault) => Err(fault),
                    None => Ok(unpacked.then(|| spooled(spool, index))),
                },
            });
            None
        }
        Report::Done { .. } => Some(Ok(())),
        other => other.failure().map(Err),
    }
}

/// Where an entry's content is put.
pub(super) fn spooled(spool: &Path, index: u64) -> PathBuf {
    spool.join(index.to_string())
}

/// As many files as may wait; one that cannot be looked at is not.
pub(super) fn is_full(spool: &Path, waiting: usize) -> bool {
    std::fs::read_dir(spool).is_ok_and(|files| files.count() >= waiting)
}
