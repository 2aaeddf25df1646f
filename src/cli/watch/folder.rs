use std::ffi::{OsStr, OsString};
use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::settling::Stamp;
use crate::domain::{Said, harmless_lines};

const DONE: &str = "done";
const REFUSED: &str = "refused";
const LOCK: &str = ".sohoa-watch.lock";

/// Endings under which programs write what is not whole yet.
const UNFINISHED: [&str; 6] = ["part", "partial", "tmp", "crdownload", "download", "filepart"];

/// The hot folder.
///
/// ```text
/// FOLDER/            files are put here
///   done/            what has been taken; with a .txt where pages failed
///   refused/         what could not be, each with a .txt that says why
/// ```
#[derive(Debug)]
pub struct HotFolder {
    root: PathBuf,
    _lock: File,
}

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    Done,
    Refused,
}

/// Why a folder cannot be watched.
#[derive(Debug)]
pub enum CannotWatch {
    /// Another `sohoa watch` has it.
    Taken,
    Io {
        path: PathBuf,
        source: io::Error,
    },
}

impl HotFolder {
    pub fn open(root: &Path) -> Result<Self, CannotWatch> {
        let at = |path: &Path| {
            let path = path.to_owned();
            move |source| CannotWatch::Io { path, source }
        };
        for folder in [DONE, REFUSED].map(|name| root.join(name)) {
            fs::create_dir_all(&folder).map_err(at(&folder))?;
        }
        let path = root.join(LOCK);
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(at(&path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(CannotWatch::Taken),
            Err(TryLockError::Error(source)) => return Err(at(&path)(source)),
        }
        Ok(Self {
            root: root.to_owned(),
            _lock: lock,
        })
    }

    /// The files in it: none in folders, no links, nothing hidden or on its way.
    pub fn files(&self) -> io::Result<Vec<(PathBuf, Stamp)>> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.root)? {
            let path = entry?.path();
            if is_unfinished(&path) {
                continue;
            }
            // One that has just been taken away is none.
            if let Ok(about) = fs::symlink_metadata(&path)
                && about.is_file()
            {
                let modified = about.modified()?;
                let bytes = about.len();
                files.push((path, Stamp { bytes, modified }));
            }
        }
        Ok(files)
    }

    /// Moves a file to where it belongs, with `note` beside it. The note comes first: a file never lies there unexplained.
    pub fn put_away(&self, file: &Path, fate: Fate, note: Option<&Said>) -> io::Result<PathBuf> {
        let folder = self.root.join(match fate {
            Fate::Done => DONE,
            Fate::Refused => REFUSED,
        });
        let target = free_name(&folder, file);
        if let Some(said) = note {
            let mut text = tempfile::Builder::new().prefix(".sohoa-").tempfile_in(&folder)?;
            let (vi, en) = (harmless_lines(&said.vi), harmless_lines(&said.en));
            write!(text, "{vi}\n\n{en}\n")?;
            text.as_file().sync_all()?;
            text.persist(note_of(&target))?;
        }
        fs::rename(file, &target)?;
        Ok(target)
    }
}

fn is_unfinished(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let ending = path
        .extension()
        .unwrap_or_default()
        .to_string_lossy()
        .to_lowercase();
    name.starts_with('.')
        || name.starts_with('~')
        || name.ends_with('~')
        || UNFINISHED.contains(&ending.as_str())
}

fn note_of(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".txt");
    name.into()
}

/// The file's name in `folder`, with a number where it is taken: nothing is overwritten.
fn free_name(folder: &Path, file: &Path) -> PathBuf {
    let taken =
        |path: &Path| fs::symlink_metadata(path).is_ok() || fs::symlink_metadata(note_of(path)).is_ok();
    let name = file.file_name().unwrap_or_default();
    let first = folder.join(name);
    if !taken(&first) {
        return first;
    }
    (2_u32..)
        .map(|number| {
            let mut name = numbered(file.file_stem().unwrap_or_default(), number);
            if let Some(ending) = file.extension() {
                name.push(".");
                name.push(ending);
            }
            folder.join(name)
        })
        .find(|path| !taken(path))
        .unwrap_or(first)
}

/// `a` -> `a (2)`
pub fn numbered(stem: &OsStr, number: u32) -> OsString {
    let mut name = stem.to_owned();
    name.push(format!(" ({number})"));
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_plain_files_are_taken_and_nothing_is_overwritten() {
        let root = tempfile::tempdir().unwrap();
        let folder = HotFolder::open(root.path()).unwrap();
        assert!(matches!(HotFolder::open(root.path()), Err(CannotWatch::Taken)));
        for name in ["a.pdf", "b.pdf.part", ".c.pdf", "~d.pdf", "e.CRDOWNLOAD"] {
            fs::write(root.path().join(name), name).unwrap();
        }
        fs::create_dir(root.path().join("f.pdf")).unwrap();
        std::os::unix::fs::symlink("/etc/passwd", root.path().join("g.pdf")).unwrap();
        let names: Vec<_> = folder
            .files()
            .unwrap()
            .into_iter()
            .map(|(path, _)| path)
            .collect();
        assert_eq!(names, [root.path().join("a.pdf")]);

        let said = Said::new("không mở được\u{1b}[2J", "cannot be opened");
        let put = |note: Option<&Said>| {
            fs::write(root.path().join("a.pdf"), "a").unwrap();
            folder
                .put_away(&root.path().join("a.pdf"), Fate::Refused, note)
                .unwrap()
        };
        let refused = root.path().join(REFUSED);
        assert_eq!(put(Some(&said)), refused.join("a.pdf"));
        assert_eq!(put(None), refused.join("a (2).pdf"));
        let note = fs::read_to_string(refused.join("a.pdf.txt")).unwrap();
        assert_eq!(note, "không mở được\\u{1b}[2J\n\ncannot be opened\n");
        assert!(folder.files().unwrap().is_empty());
    }
}
