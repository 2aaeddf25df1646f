use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::error::BatchError;
use super::{Batch, source};
use crate::exec::{self, Cancel, ExecError, Unpack};

/// The first files of an archive; gone when dropped.
#[derive(Debug)]
pub struct FirstEntries {
    _folder: TempDir,
    files: Vec<PathBuf>,
}

impl FirstEntries {
    pub fn files(&self) -> &[PathBuf] {
        &self.files
    }
}

impl Batch<'_> {
    /// Unpacks up to `most` files from the beginning of an archive.
    pub fn first_entries(&self, archive: &Path, most: usize) -> Result<FirstEntries, BatchError> {
        let folder = TempDir::with_prefix("sohoa-").map_err(BatchError::io(&std::env::temp_dir()))?;
        let request = Unpack {
            // They all stay.
            waiting: usize::MAX,
            ..source::unpacking(archive, folder.path().to_owned(), self.options.limits.bytes)
        };
        let enough = Cancel::default();
        let mut files = Vec::new();
        let mut on_entry = |entry: exec::Entry| {
            files.extend(entry.content.ok().flatten());
            if files.len() >= most {
                enough.cancel();
            }
        };
        match exec::unpack(&request, &self.caps, &mut on_entry, &enough) {
            // What it gave before it broke is enough.
            Ok(()) | Err(ExecError::Cancelled | ExecError::Refused { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        files.truncate(most);
        Ok(FirstEntries {
            _folder: folder,
            files,
        })
    }
}
