//! Copies of a data folder that are whole: made while the service runs, checked by digests, restored into nothing.
//!
//! ```text
//! BACKUP/
//!   backup.json     what is in it: path, bytes and SHA-256 of every file
//!   sohoa.db        the database as it was at one moment
//!   blobs/SHA256    the uploads that it names
//!   work/SHA256/    what reading left of the documents that were ready, and of second readings that wait (work/SHA256.N/)
//!   keys/           what records are signed with: keep a backup as you keep the seal
//! ```

mod create;
mod manifest;
mod restore;

use std::io;
use std::path::PathBuf;

pub use create::create;
pub use manifest::{Manifest, check};
pub use restore::restore;

use super::StoreError;

/// Why there is no backup, or no data folder from one.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error("{path}: there is no data folder of sohoa")]
    NoData { path: PathBuf },
    #[error("{path} is there already")]
    Exists { path: PathBuf },
    #[error("{path} is not empty")]
    NotEmpty { path: PathBuf },
    #[error("{path}: not a backup of sohoa: {why}")]
    NotABackup { path: PathBuf, why: String },
    #[error("{path}: missing")]
    Missing { path: PathBuf },
    #[error("{path}: not what its digest says")]
    Damaged { path: PathBuf },
    #[error("{0}")]
    Store(#[from] StoreError),
    #[error("{path}: {source}")]
    Io { path: PathBuf, source: io::Error },
}

impl BackupError {
    fn at(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { path, source }
    }
}
