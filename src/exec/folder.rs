//! Names in a work folder, the same for parent and child.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::domain::PageNo;
use crate::stages::export::Format;

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
    let part = path.with_extension(format!("{}.part", std::process::id()));
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
