//! Archives: what they hold, entry by entry. Nothing is written here, and no entry is believed to be as large as it says.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek};
use std::ops::ControlFlow;

use flate2::read::MultiGzDecoder;
use ruzstd::decoding::StreamingDecoder;
use time::macros::offset;
use time::{Date, Month, OffsetDateTime, Time};
use zip::ZipArchive;
use zip::result::ZipError;

/// Kinds of archive, told by their first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArchiveKind {
    Zip,
    Tar,
    TarGz,
    TarZst,
}

/// First bytes enough to tell every kind.
pub const ARCHIVE_HEAD: usize = 512;

impl ArchiveKind {
    pub fn of(head: &[u8]) -> Option<Self> {
        match head {
            [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Some(Self::Zip),
            [0x1f, 0x8b, ..] => Some(Self::TarGz),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(Self::TarZst),
            _ if head.get(257..262) == Some(b"ustar") => Some(Self::Tar),
            _ => None,
        }
    }
}

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    File,
    Folder,
    /// A link to another file, which is never followed.
    Link,
    /// A device, a pipe.
    Special,
}

/// An entry as the archive describes it.
#[derive(Debug, Clone, PartialEq)]
pub struct ArchiveEntry {
    /// As it stands there: it may lead out of any folder. What is no UTF-8 has replacement characters.
    pub name: String,
    pub kind: EntryKind,
    /// Bytes that it says it has.
    pub bytes: u64,
    pub modified: Option<OffsetDateTime>,
    /// Why its content cannot be had: a password, a method of packing that nobody knows here.
    pub locked: Option<Locked>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Locked {
    Password,
    Method,
}

/// Why an archive cannot be read on.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// No archive, or a damaged one.
    #[error("{0}")]
    Damaged(String),
    #[error(transparent)]
    Io(io::Error),
}

/// Whoever looks at the entries one after the other; [`ControlFlow::Break`] ends the looking.
pub type Visit<'a> = dyn FnMut(&ArchiveEntry, &mut dyn Read) -> io::Result<ControlFlow<()>> + 'a;

/// Shows every entry with its content, in the order of the archive. The content ends with an error where the archive is damaged.
pub fn visit(file: File, kind: ArchiveKind, visit: &mut Visit<'_>) -> Result<(), ArchiveError> {
    let file = BufReader::with_capacity(1 << 16, file);
    match kind {
        ArchiveKind::Zip => visit_zip(file, visit),
        ArchiveKind::Tar => visit_tar(file, visit),
        ArchiveKind::TarGz => visit_tar(MultiGzDecoder::new(file), visit),
        ArchiveKind::TarZst => {
            let decoder = StreamingDecoder::new(file).map_err(damaged)?;
            visit_tar(decoder, visit)
        }
    }
}

fn visit_zip(file: impl Read + Seek, visit: &mut Visit<'_>) -> Result<(), ArchiveError> {
    let mut archive = ZipArchive::new(file).map_err(of_zip)?;
    for index in 0..archive.len() {
        let entry = {
            let raw = archive.by_index_raw(index).map_err(of_zip)?;
            ArchiveEntry {
                name: match raw.name() {
                    Ok(name) => name.into_owned(),
                    Err(_) => String::from_utf8_lossy(raw.name_raw()).into_owned(),
                },
                kind: match () {
                    () if raw.is_dir() => EntryKind::Folder,
                    () if raw.is_symlink() => EntryKind::Link,
                    () => EntryKind::File,
                },
                bytes: raw.size(),
                modified: raw.last_modified().and_then(of_dos),
                locked: raw.encrypted().then_some(Locked::Password),
            }
        };
        let flow = match archive.by_index(index) {
            Ok(mut content) => visit(&entry, &mut content),
            Err(ZipError::Io(error)) => return Err(ArchiveError::Io(error)),
            Err(ZipError::InvalidArchive(why)) => visit(&entry, &mut Broken(why.into_owned())),
            Err(_) => {
                let locked = entry.locked.or(Some(Locked::Method));
                visit(&ArchiveEntry { locked, ..entry }, &mut io::empty())
            }
        };
        if flow.map_err(ArchiveError::Io)?.is_break() {
            break;
        }
    }
    Ok(())
}

fn visit_tar(stream: impl Read, visit: &mut Visit<'_>) -> Result<(), ArchiveError> {
    let mut archive = tar::Archive::new(stream);
    for entry in archive.entries().map_err(damaged)? {
        let content = entry.map_err(damaged)?;
        let kind = match content.header().entry_type() {
            kind if kind.is_file() || kind.is_contiguous() || kind.is_gnu_sparse() => EntryKind::File,
            kind if kind.is_dir() => EntryKind::Folder,
            kind if kind.is_symlink() || kind.is_hard_link() => EntryKind::Link,
            kind if kind.is_pax_global_extensions() => continue,
            _ => EntryKind::Special,
        };
        let modified = content.header().mtime().ok();
        let entry = ArchiveEntry {
            name: String::from_utf8_lossy(&content.path_bytes()).into_owned(),
            kind,
            bytes: content.size(),
            modified: modified
                .and_then(|seconds| i64::try_from(seconds).ok())
                .and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok()),
            locked: None,
        };
        let mut content = Whole {
            left: entry.bytes,
            content,
        };
        if visit(&entry, &mut content).map_err(ArchiveError::Io)?.is_break() {
            break;
        }
    }
    Ok(())
}

/// Content of which the archive told the length: one that ends before is an error, not a shorter file.
struct Whole<R> {
    content: R,
    left: u64,
}

impl<R: Read> Read for Whole<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.content.read(buffer)?;
        if read == 0 && self.left > 0 && !buffer.is_empty() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.left = self.left.saturating_sub(read as u64);
        Ok(read)
    }
}

/// The content of an entry that the archive cannot find.
struct Broken(String);

impl Read for Broken {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::new(io::ErrorKind::InvalidData, self.0.clone()))
    }
}

fn of_zip(error: ZipError) -> ArchiveError {
    match error {
        ZipError::Io(error) if error.kind() != io::ErrorKind::UnexpectedEof => ArchiveError::Io(error),
        other => ArchiveError::Damaged(other.to_string()),
    }
}

/// A stream that ends early or is no archive: nothing of the system's failed.
fn damaged(error: impl std::fmt::Display) -> ArchiveError {
    ArchiveError::Damaged(error.to_string())
}

/// A zip says local time without saying where.
fn of_dos(told: zip::DateTime) -> Option<OffsetDateTime> {
    let month = Month::try_from(told.month()).ok()?;
    let date = Date::from_calendar_date(i32::from(told.year()), month, told.day()).ok()?;
    let time = Time::from_hms(told.hour(), told.minute(), told.second()).ok()?;
    Some(date.with_time(time).assume_offset(offset!(+7)))
}

#[cfg(test)]
mod tests {
    use std::io::{Seek, SeekFrom, Write};

    use super::*;

    /// Name, kind, and the content or what is wrong with it.
    type Seen = (String, EntryKind, Result<String, String>);

    fn seen(bytes: &[u8]) -> Result<Vec<Seen>, String> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        file.seek(SeekFrom::Start(0)).unwrap();
        let kind = ArchiveKind::of(&bytes[..bytes.len().min(ARCHIVE_HEAD)]).ok_or("no archive")?;
        let mut seen = Vec::new();
        let end = visit(file, kind, &mut |entry, content| {
            let mut text = String::new();
            let read = match entry.locked {
                Some(locked) => Err(format!("{locked:?}")),
                None => content
                    .read_to_string(&mut text)
                    .map(|_| text)
                    .map_err(|_| "damaged".to_owned()),
            };
            seen.push((entry.name.clone(), entry.kind, read));
            Ok(ControlFlow::Continue(()))
        });
        match end {
            Ok(()) => Ok(seen),
            Err(ArchiveError::Damaged(_)) => {
                seen.push(("-".into(), EntryKind::Special, Err("damaged".into())));
                Ok(seen)
            }
            Err(error) => Err(error.to_string()),
        }
    }

    fn tar() -> Vec<u8> {
        let mut builder = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_gnu();
        header.set_size(3);
        header.set_mtime(1_711_411_200);
        builder
            .append_data(&mut header, "a/bản.pdf", "abc".as_bytes())
            .unwrap();
        let mut link = tar::Header::new_gnu();
        link.set_entry_type(tar::EntryType::Symlink);
        link.set_size(0);
        builder.append_link(&mut link, "b.pdf", "/etc/passwd").unwrap();
        builder.into_inner().unwrap()
    }

    #[test]
    fn every_kind_is_told_by_its_bytes_and_shows_its_entries() {
        let expect = || {
            vec![
                ("a/bản.pdf".to_owned(), EntryKind::File, Ok("abc".to_owned())),
                ("b.pdf".to_owned(), EntryKind::Link, Ok(String::new())),
            ]
        };
        assert_eq!(seen(&tar()), Ok(expect()));
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gz.write_all(&tar()).unwrap();
        assert_eq!(seen(&gz.finish().unwrap()), Ok(expect()));
        let zst = ruzstd::encoding::compress_to_vec(&tar()[..], ruzstd::encoding::CompressionLevel::Fastest);
        assert_eq!(seen(&zst), Ok(expect()));
        let mut zip = zip::ZipWriter::new(io::Cursor::new(Vec::new()));
        zip.start_file("a/bản.pdf", zip::write::SimpleFileOptions::default())
            .unwrap();
        zip.write_all(b"abc").unwrap();
        zip.add_symlink("b.pdf", "/etc/passwd", zip::write::SimpleFileOptions::default())
            .unwrap();
        let seen = seen(&zip.finish().unwrap().into_inner()).unwrap();
        assert_eq!(seen[0], expect()[0]);
        assert_eq!((seen[1].0.as_str(), seen[1].1), ("b.pdf", EntryKind::Link));
    }

    #[test]
    fn what_comes_before_the_damage_is_shown_and_the_damage_told() {
        let whole = tar();
        let cut = seen(&whole[..514]).unwrap();
        assert_eq!(cut[0].2, Err("damaged".to_owned()));
        assert_eq!(seen(b"%PDF-1.4"), Err("no archive".to_owned()));
        let zip = seen(b"PK\x03\x04 and no more").unwrap();
        assert_eq!(zip, [("-".into(), EntryKind::Special, Err("damaged".into()))]);
        let gz = seen(b"\x1f\x8b and no more").unwrap();
        assert_eq!(gz, [("-".into(), EntryKind::Special, Err("damaged".into()))]);
    }
}
