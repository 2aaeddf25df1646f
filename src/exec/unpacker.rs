//! Archives, the child's side.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Duration;

use super::protocol::{Report, UnpackOrder};
use super::sandbox::{self, Allowed};
use super::unpack::{EntryFault, is_full, spooled};
use super::worker::{io_report, report};
use crate::stages::ingest::archive::{
    self, ARCHIVE_HEAD, ArchiveEntry, ArchiveError, ArchiveKind, EntryKind, Locked,
};

/// How often a full spool is looked at.
const ROUND: Duration = Duration::from_millis(20);

/// Looks into the archive behind the sandbox; says of every entry what it is, and puts its content into the spool.
pub(super) fn run(order: &UnpackOrder) -> Result<Report, Report> {
    // The archive is opened before the walls, and read through what is open: it may be larger than memory.
    let mut file = File::open(&order.archive).map_err(io_report(&order.archive))?;
    report(&Report::Walls(sandbox::enter(&Allowed {
        read: Vec::new(),
        write: order.spool.clone(),
        memory: order.memory,
        cpu_seconds: order.cpu_seconds,
        file_bytes: order.file_bytes,
    })));
    let mut head = Vec::new();
    let read = file
        .by_ref()
        .take(ARCHIVE_HEAD as u64)
        .read_to_end(&mut head)
        .and_then(|_| file.seek(SeekFrom::Start(0)));
    read.map_err(io_report(&order.archive))?;
    let Some(kind) = ArchiveKind::of(&head) else {
        return Err(refused(
            "not_an_archive",
            "không phải tệp nén zip, tar, tar.gz hay tar.zst",
            "no zip, tar, tar.gz or tar.zst archive",
        ));
    };
    let mut index = 0;
    let mut stopped = None;
    let seen = archive::visit(file, kind, &mut |entry, content| {
        if index == order.entries {
            stopped = Some(too_many(order.entries));
            return Ok(ControlFlow::Break(()));
        }
        match come_by(order, index, entry, content) {
            Ok(told) => report(&told),
            Err(failed) => {
                stopped = Some(failed);
                return Ok(ControlFlow::Break(()));
            }
        }
        index += 1;
        Ok(ControlFlow::Continue(()))
    });
    match (stopped, seen) {
        (Some(stopped), _) => Err(stopped),
        (None, Err(ArchiveError::Damaged(why))) => Err(refused(
            "archive_damaged",
            &format!("tệp nén bị hỏng sau mục thứ {index}: {why}"),
            &format!("the archive is damaged after {index} entries: {why}"),
        )),
        (None, Err(ArchiveError::Io(error))) => Err(io_report(&order.archive)(error)),
        (None, Ok(())) => Ok(Report::Done { formats: Vec::new() }),
    }
}

/// One entry; `Err` where the disk and not the entry is at fault.
fn come_by(
    order: &UnpackOrder,
    index: u64,
    entry: &ArchiveEntry,
    content: &mut dyn Read,
) -> Result<Report, Report> {
    let mut fault = match entry.locked {
        Some(Locked::Password) => Some(EntryFault::Password),
        Some(Locked::Method) => Some(EntryFault::Method),
        None if entry.kind == EntryKind::File && entry.bytes > order.entry_bytes => {
            Some(EntryFault::OverLimit)
        }
        None => None,
    };
    let wanted = order.content && fault.is_none() && entry.kind == EntryKind::File;
    if wanted {
        while is_full(&order.spool, order.waiting) {
            std::thread::sleep(ROUND);
        }
        let target = spooled(&order.spool, index);
        fault = put(content, &target, order.entry_bytes).map_err(io_report(&target))?;
    }
    Ok(Report::Entry {
        index,
        name: entry.name.clone(),
        kind: entry.kind.into(),
        bytes: entry.bytes,
        modified: entry.modified.map(|at| at.unix_timestamp()),
        unpacked: wanted && fault.is_none(),
        fault,
    })
}

/// The content in a file that has its name only when it is whole, or what is wrong with it.
fn put(content: &mut dyn Read, target: &Path, limit: u64) -> io::Result<Option<EntryFault>> {
    let part = target.with_extension("part");
    let mut file = File::create(&part)?;
    let mut fault = None;
    let mut left = limit;
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = match content.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(_) => {
                fault = Some(EntryFault::Damaged);
                break;
            }
        };
        // It is larger than it said.
        let Some(rest) = left.checked_sub(read as u64) else {
            fault = Some(EntryFault::OverLimit);
            break;
        };
        left = rest;
        io::Write::write_all(&mut file, &buffer[..read])?;
    }
    match fault {
        Some(_) => std::fs::remove_file(&part)?,
        None => std::fs::rename(&part, target)?,
    }
    Ok(fault)
}

fn too_many(limit: u64) -> Report {
    refused(
        "archive_too_many",
        &format!("tệp nén có hơn {limit} mục. Hãy tách thành nhiều tệp nén nhỏ hơn."),
        &format!("the archive has more than {limit} entries. Split it into smaller ones."),
    )
}

fn refused(code: &str, vi: &str, en: &str) -> Report {
    Report::Refused {
        code: code.to_owned(),
        message_vi: vi.to_owned(),
        message_en: en.to_owned(),
    }
}
