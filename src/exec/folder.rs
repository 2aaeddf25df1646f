//! Names in a work folder, the same for parent and child.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::deliver::remove_files;
use crate::domain::PageNo;
use crate::stages::export::Format;

/// How the name of a file ends that is not whole yet.
const PART: &str = ".part";

/// A work folder.
#[derive(Debug, Clone)]
pub(super) struct Folder(PathBuf);

impl Folder {
    pub fn new(root: &Path) -> Self {
        Self(root.to_owned())
    }

    /// Makes the folders; what stands in them stays.
    pub fn make(&self) -> io::Result<()> {
        for folder in [self.pages(), self.out(), self.temp()] {
            std::fs::create_dir_all(folder)?;
        }
        Ok(())
    }

    /// Removes what killed children left half-written. Whoever is at a page of this document just then reads it again.
    pub fn sweep(&self) -> io::Result<()> {
        for folder in [&self.0, &self.pages(), &self.out()] {
            // A child that was taken over may have put a link there, which leads out of the sandbox.
            if folder.symlink_metadata()?.is_dir() {
                remove_files(folder, |name| name.ends_with(PART))?;
            }
        }
        Ok(())
    }

    pub fn root(&self) -> &Path {
        &self.0
    }

    /// For files that no one keeps.
    pub fn temp(&self) -> PathBuf {
        self.0.join("tmp")
    }

    pub fn document(&self) -> PathBuf {
        self.0.join("document.json")
    }

    pub fn reading(&self, page: PageNo) -> PathBuf {
        self.pages().join(format!("{:04}.json", page.get()))
    }

    pub fn image(&self, page: PageNo) -> PathBuf {
        self.pages().join(format!("{:04}.jpg", page.get()))
    }

    /// Which words were drawn, and which page has the most doubtful ones.
    pub fn drawn(&self) -> PathBuf {
        self.0.join("drawn.json")
    }

    /// The ink of a word that was drawn.
    pub fn ink(&self, key: &str) -> PathBuf {
        self.out().join(format!("word-{key}.jpg"))
    }

    pub fn thumbnail(&self) -> PathBuf {
        self.out().join("thumbnail.jpg")
    }

    pub fn output(&self, format: Format) -> PathBuf {
        self.out().join(format!("document.{}", format.extension()))
    }

    fn pages(&self) -> PathBuf {
        self.0.join("pages")
    }

    fn out(&self) -> PathBuf {
        self.0.join("out")
    }
}

/// Writes all of `bytes` or nothing: a reader sees the old file or the new one, never half of one.
pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // Another process may be at the same page: it had it before us and does not know yet that it lost it.
    let part = path.with_extension(format!("{}{PART}", std::process::id()));
    let written = File::create(&part).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_data()
    });
    written
        .and_then(|()| std::fs::rename(&part, path))
        .inspect_err(|_| {
            let _ = std::fs::remove_file(&part);
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_half_written_goes_and_no_link_is_followed() {
        let root = tempfile::tempdir().unwrap();
        let folder = Folder::new(&root.path().join("work"));
        folder.make().unwrap();
        let page = PageNo::FIRST;
        write_whole(&folder.reading(page), b"{}").unwrap();
        let part = folder.pages().join("0002.17.part");
        let outside = root.path().join("theirs.part");
        for path in [&part, &outside] {
            std::fs::write(path, "half").unwrap();
        }
        std::fs::remove_dir(folder.out()).unwrap();
        std::os::unix::fs::symlink(root.path(), folder.out()).unwrap();
        folder.sweep().unwrap();
        assert!(folder.reading(page).exists() && !part.exists() && outside.exists());
    }
}
