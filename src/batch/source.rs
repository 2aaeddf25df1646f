//! What there is to be read: files of folders, of lists and of archives, in an order that is always the same.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

use time::OffsetDateTime;

use super::error::BatchError;
use super::names;
use super::record::{Outcome, Problem};
use crate::domain::Said;
use crate::exec::{self, Cancel, Caps, Content, Entry, EntryFault, ExecError, Unpack};
use crate::stages::ingest::archive::{ARCHIVE_HEAD, ArchiveKind, EntryKind};

/// Entries of an archive, above which it is refused as a whole.
const MOST_ENTRIES: u64 = 1_000_000;
/// Files of a spool: those being read, and some in reserve.
const WAITING: usize = 16;
/// An archive inside a folder is one by its name too: other files are packed in the same way (.docx).
const ARCHIVE_ENDINGS: [&str; 6] = ["zip", "tar", "gz", "tgz", "zst", "tzst"];

/// One file that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Input {
    /// Below the source.
    pub path: PathBuf,
    pub place: Place,
    pub bytes: u64,
    pub modified: Option<OffsetDateTime>,
    /// Why it is not even tried.
    pub fault: Option<(Outcome, Problem)>,
}

/// Where its bytes are.
#[derive(Debug, Clone, PartialEq)]
pub enum Place {
    File(PathBuf),
    Entry { archive: PathBuf, index: u64 },
}

/// Everything that the sources hold, each file once. `skip`: a folder that holds results and not inputs.
pub fn list(
    sources: &[PathBuf],
    skip: &Path,
    caps: &Caps,
    entry_bytes: u64,
    cancel: &Cancel,
) -> Result<Vec<Input>, BatchError> {
    let mut listing = Listing {
        found: Vec::new(),
        skip: fs::canonicalize(skip).unwrap_or_else(|_| skip.to_owned()),
        caps,
        entry_bytes,
        cancel,
    };
    let (roots, below) = roots(sources)?;
    let alone = roots.len() == 1;
    for root in &roots {
        let name = root.strip_prefix(&below).unwrap_or(root).to_owned();
        let about = match fs::metadata(root) {
            Ok(about) => about,
            // A line of a list: the others still have their turn.
            Err(error) => {
                listing.unreadable(root, &name, &error);
                continue;
            }
        };
        if about.is_dir() {
            if fs::canonicalize(root).is_ok_and(|root| root == listing.skip) {
                return Err(BatchError::AmongInputs { folder: root.clone() });
            }
            listing.folder(root, if alone { Path::new("") } else { &name });
        } else if archive_kind(root).is_some() {
            listing.archive(root, if alone { Path::new("") } else { &name })?;
        } else {
            listing.file(root, &name);
        }
        if cancel.is_cancelled() {
            return Err(ExecError::Cancelled.into());
        }
    }
    let mut seen = BTreeSet::new();
    listing
        .found
        .retain(|input| seen.insert((input.path.clone(), input.place.key())));
    Ok(listing.found)
}

impl Place {
    /// Tells entries of one name in one archive apart.
    fn key(&self) -> Option<u64> {
        match self {
            Self::File(_) => None,
            Self::Entry { index, .. } => Some(*index),
        }
    }
}

/// The paths that are meant, lists resolved, and the folder below which they all lie.
fn roots(sources: &[PathBuf]) -> Result<(Vec<PathBuf>, PathBuf), BatchError> {
    let mut roots = Vec::new();
    for source in sources {
        if is_list(source) {
            let text = fs::read_to_string(source).map_err(BatchError::io(source))?;
            let beside = source.parent().unwrap_or(Path::new(""));
            let lines = text.trim_start_matches('\u{feff}').lines().map(str::trim);
            roots.extend(
                lines
                    .filter(|line| !line.is_empty())
                    .map(|line| beside.join(line)),
            );
        } else {
            roots.push(source.clone());
        }
    }
    let mut seen = BTreeSet::new();
    let mut plain = Vec::new();
    for root in roots {
        let path = plain_path(&std::path::absolute(&root).map_err(BatchError::io(&root))?);
        if seen.insert(path.clone()) {
            plain.push(path);
        }
    }
    let mut parents = plain.iter().map(|path| path.parent().unwrap_or(path).to_owned());
    let mut below = parents.next().unwrap_or_default();
    for parent in parents {
        while !parent.starts_with(&below) && below.pop() {}
    }
    Ok((plain, below))
}

/// A text file with a path a line.
fn is_list(path: &Path) -> bool {
    let ending = path.extension().unwrap_or_default().to_ascii_lowercase();
    ["txt", "lst", "list"].iter().any(|list| ending == *list) && path.is_file()
}

/// Without `.` and `..`, as far as names alone can tell.
fn plain_path(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            part => plain.push(part),
        }
    }
    plain
}

fn archive_kind(path: &Path) -> Option<ArchiveKind> {
    let mut head = Vec::new();
    let file = File::open(path).ok()?;
    file.take(ARCHIVE_HEAD as u64).read_to_end(&mut head).ok()?;
    ArchiveKind::of(&head)
}

struct Listing<'a> {
    found: Vec<Input>,
    skip: PathBuf,
    caps: &'a Caps,
    entry_bytes: u64,
    cancel: &'a Cancel,
}

impl Listing<'_> {
    /// Everything below a folder, sorted by name. Links are not followed: they may lead in a circle, or out.
    fn folder(&mut self, folder: &Path, name: &Path) {
        if fs::canonicalize(folder).is_ok_and(|folder| folder == self.skip) || self.cancel.is_cancelled() {
            return;
        }
        let entries = fs::read_dir(folder).and_then(|entries| {
            let mut entries = entries.collect::<io::Result<Vec<_>>>()?;
            entries.sort_by_key(fs::DirEntry::file_name);
            Ok(entries)
        });
        match entries {
            Ok(entries) => {
                for entry in entries {
                    self.below_folder(&entry.path(), &name.join(entry.file_name()));
                }
            }
            Err(error) => self.unreadable(folder, name, &error),
        }
    }

    fn below_folder(&mut self, path: &Path, name: &Path) {
        match fs::symlink_metadata(path) {
            Err(error) => self.unreadable(path, name, &error),
            Ok(about) if about.is_dir() => self.folder(path, name),
            Ok(about) if about.is_symlink() => self.left_out(path, name, link()),
            Ok(about) if !about.is_file() => self.left_out(path, name, special()),
            Ok(_) => {
                let ending = path.extension().unwrap_or_default().to_ascii_lowercase();
                let named = ARCHIVE_ENDINGS.iter().any(|known| ending == *known);
                if named && archive_kind(path).is_some() {
                    // What is wrong with it is on its record.
                    let _ = self.archive(path, name);
                } else {
                    self.file(path, name);
                }
            }
        }
    }

    fn file(&mut self, path: &Path, name: &Path) {
        match fs::symlink_metadata(path).and_then(|about| Ok((about.len(), about.modified()?))) {
            Ok((bytes, modified)) => self.found.push(Input {
                path: name.to_owned(),
                place: Place::File(path.to_owned()),
                bytes,
                modified: Some(modified.into()),
                fault: None,
            }),
            Err(error) => self.unreadable(path, name, &error),
        }
    }

    /// Every entry of an archive; one that is damaged is an input of its own besides what it still gives.
    fn archive(&mut self, path: &Path, name: &Path) -> Result<(), BatchError> {
        let spool = tempfile::tempdir().map_err(BatchError::io(&std::env::temp_dir()))?;
        let request = Unpack {
            content: Content::List,
            ..unpacking(path, spool.path().to_owned(), self.entry_bytes)
        };
        let found = &mut self.found;
        let listed = exec::unpack(
            &request,
            self.caps,
            &mut |entry| found.extend(of_entry(path, name, &entry)),
            self.cancel,
        );
        match listed {
            Ok(()) => Ok(()),
            Err(ExecError::Cancelled) => Err(ExecError::Cancelled.into()),
            Err(error) => {
                let name = match name.as_os_str().is_empty() {
                    true => Path::new(path.file_name().unwrap_or_default()),
                    false => name,
                };
                let about = fs::metadata(path);
                self.found.push(Input {
                    path: name.to_owned(),
                    place: Place::File(path.to_owned()),
                    bytes: about.as_ref().map_or(0, fs::Metadata::len),
                    modified: about.and_then(|a| a.modified()).ok().map(Into::into),
                    fault: Some((Outcome::of(&error), Problem::from(&error))),
                });
                Ok(())
            }
        }
    }

    fn unreadable(&mut self, path: &Path, name: &Path, error: &io::Error) {
        self.left_out(path, name, (Outcome::Failed, unreadable(error)));
    }

    fn left_out(&mut self, path: &Path, name: &Path, fault: (Outcome, Problem)) {
        self.found.push(Input {
            path: name.to_owned(),
            place: Place::File(path.to_owned()),
            bytes: 0,
            modified: None,
            fault: Some(fault),
        });
    }
}

/// An entry as an input; folders are none.
fn of_entry(archive: &Path, name: &Path, entry: &Entry) -> Option<Input> {
    let inside = names::inside(&entry.name);
    let fault = match (entry.kind, &inside, &entry.content) {
        (EntryKind::Folder, ..) => return None,
        (EntryKind::Link, ..) => Some(link()),
        (EntryKind::Special, ..) => Some(special()),
        (EntryKind::File, None, _) => Some((
            Outcome::Refused,
            Problem::new(
                "unsafe_path",
                Said::new(
                    "tên trong tệp nén dẫn ra ngoài thư mục hoặc không phải tên tệp",
                    "its name in the archive leads out of the folder, or is no name",
                ),
            ),
        )),
        (EntryKind::File, Some(_), Err(fault)) => Some((Outcome::Refused, of_fault(*fault))),
        (EntryKind::File, Some(_), Ok(_)) => None,
    };
    // What has no path of its own is still listed, under its number.
    let path = inside.unwrap_or_else(|| PathBuf::from(format!("#{}", entry.index)));
    Some(Input {
        path: name.join(path),
        place: Place::Entry {
            archive: archive.to_owned(),
            index: entry.index,
        },
        bytes: entry.bytes,
        modified: entry.modified,
        fault,
    })
}

/// Why a file cannot be opened.
pub fn unreadable(error: &io::Error) -> Problem {
    match error.kind() {
        io::ErrorKind::NotFound => Problem::new(
            "vanished",
            Said::new(
                "không có tệp này (hoặc đã biến mất trong khi đọc)",
                "there is no such file (or it disappeared while the batch ran)",
            ),
        ),
        _ => Problem::new(
            "io_error",
            Said::new(
                format!("không mở được: {error}"),
                format!("cannot be opened: {error}"),
            ),
        ),
    }
}

fn link() -> (Outcome, Problem) {
    let said = Said::new(
        "là liên kết, không đi theo; hãy đưa tệp thật vào",
        "it is a link, which is not followed; put the file itself there",
    );
    (Outcome::Skipped, Problem::new("link", said))
}

fn special() -> (Outcome, Problem) {
    let said = Said::new("không phải tệp thường", "it is no plain file");
    (Outcome::Skipped, Problem::new("no_file", said))
}

/// Why an entry cannot be unpacked.
pub fn of_fault(fault: EntryFault) -> Problem {
    match fault {
        EntryFault::Password => Problem::new(
            "entry_password",
            Said::new(
                "được đặt mật khẩu trong tệp nén; hãy giải nén trước",
                "the archive protects it with a password; unpack it first",
            ),
        ),
        EntryFault::Method => Problem::new(
            "entry_method",
            Said::new(
                "nén theo cách không đọc được; hãy giải nén trước",
                "packed by a method that is not known here; unpack it first",
            ),
        ),
        EntryFault::Damaged => Problem::new(
            "entry_damaged",
            Said::new(
                "bị hỏng trong tệp nén; hãy tạo lại tệp nén",
                "damaged in the archive; make the archive anew",
            ),
        ),
        EntryFault::OverLimit => Problem::new(
            "over_limit",
            Said::new(
                "lớn hơn `file_mb` trong cấu hình",
                "larger than `file_mb` in the settings",
            ),
        ),
    }
}

/// The request that unpacks an archive into `spool`.
pub fn unpacking(archive: &Path, spool: PathBuf, entry_bytes: u64) -> Unpack {
    Unpack {
        archive: archive.to_owned(),
        spool,
        content: Content::Unpack,
        entry_bytes,
        entries: MOST_ENTRIES,
        waiting: WAITING,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stand_below_what_all_sources_share() {
        let check = |sources: &[&str], below: &str| {
            let sources: Vec<PathBuf> = sources.iter().map(PathBuf::from).collect();
            assert_eq!(roots(&sources).unwrap().1, Path::new(below));
        };
        check(&["/a/b/c.pdf", "/a/b/d/e.pdf"], "/a/b");
        check(&["/a/b", "/a/c"], "/a");
        check(&["/a/bb/c.pdf", "/a/b/c.pdf"], "/a");
        check(&["/a/b/../c.pdf"], "/a");
    }

    #[test]
    fn a_folder_is_listed_whole_in_one_order() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir_all(at("b/empty")).unwrap();
        fs::create_dir_all(at("out")).unwrap();
        for name in [
            "b/2.pdf",
            "b/1.pdf",
            "a.pdf",
            "out/a.json",
            "word.docx",
            ".hidden",
        ] {
            fs::write(at(name), "PK\x03\x04").unwrap();
        }
        std::os::unix::fs::symlink(folder.path(), at("circle")).unwrap();
        let found = list(
            &[folder.path().to_owned()],
            &at("out"),
            &Caps::default(),
            1 << 20,
            &Cancel::default(),
        )
        .unwrap();
        let found: Vec<_> = found
            .iter()
            .map(|i| {
                (
                    names::shown(&i.path),
                    i.fault.as_ref().map(|(_, p)| p.code.as_str()),
                )
            })
            .collect();
        assert_eq!(
            found,
            [
                (".hidden".to_owned(), None),
                ("a.pdf".to_owned(), None),
                ("b/1.pdf".to_owned(), None),
                ("b/2.pdf".to_owned(), None),
                ("circle".to_owned(), Some("link")),
                ("word.docx".to_owned(), None),
            ]
        );
        let among = list(
            &[folder.path().to_owned()],
            folder.path(),
            &Caps::default(),
            1,
            &Cancel::default(),
        );
        assert!(matches!(among, Err(BatchError::AmongInputs { .. })));
    }
}
