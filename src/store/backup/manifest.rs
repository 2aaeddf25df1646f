use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::BackupError;
use crate::store::sqlite::{known_blobs, whole_database};

/// The file that makes a folder a backup; written last.
pub const MANIFEST: &str = "backup.json";
const SCHEMA: &str = "sohoa-backup/1";

/// What is in a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    schema: String,
    /// Of the program that made it.
    pub version: String,
    /// RFC 3339.
    pub created_at: String,
    pub files: Vec<KeptFile>,
}

/// A file of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptFile {
    /// From the backup's folder, with `/`.
    pub path: String,
    pub bytes: u64,
    pub sha256: String,
}

impl Manifest {
    pub fn new(created_at: String, files: Vec<KeptFile>) -> Self {
        Self {
            schema: SCHEMA.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            created_at,
            files,
        }
    }

    /// Bytes of all files together.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }

    pub fn write(&self, folder: &Path) -> Result<(), BackupError> {
        let path = folder.join(MANIFEST);
        let not_written = |e: serde_json::Error| BackupError::at(&path)(e.into());
        let text = serde_json::to_string_pretty(self).map_err(not_written)?;
        let write = || {
            let mut file = File::create_new(&path)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()
        };
        write().map_err(BackupError::at(&path))
    }

    pub fn read(folder: &Path) -> Result<Self, BackupError> {
        let not_a_backup = |why: String| BackupError::NotABackup {
            path: folder.to_owned(),
            why,
        };
        let text = match std::fs::read_to_string(folder.join(MANIFEST)) {
            Ok(text) => text,
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                return Err(not_a_backup(format!("{MANIFEST} is missing")));
            }
            Err(e) => return Err(not_a_backup(e.to_string())),
        };
        let manifest: Self = serde_json::from_str(&text).map_err(|e| not_a_backup(e.to_string()))?;
        if manifest.schema != SCHEMA {
            return Err(not_a_backup(format!("schema is {:?}", manifest.schema)));
        }
        // A manifest from elsewhere must not lead out of its folder.
        let inside = |file: &KeptFile| {
            let path = Path::new(&file.path);
            path.components().all(|part| matches!(part, Component::Normal(_))) && path.is_relative()
        };
        match manifest.files.iter().find(|file| !inside(file)) {
            Some(file) => Err(not_a_backup(format!("{:?} leads out of the folder", file.path))),
            None => Ok(manifest),
        }
    }
}

/// Reads every file of a backup, and the database as one, and says what does not fit.
pub async fn check(folder: &Path) -> Result<Manifest, BackupError> {
    let manifest = Manifest::read(folder)?;
    for file in &manifest.files {
        let path = folder.join(&file.path);
        match digest(&path) {
            Ok((bytes, sha256)) if bytes == file.bytes && sha256 == file.sha256 => {}
            Ok(_) => return Err(BackupError::Damaged { path }),
            Err(BackupError::Io { path, source }) if source.kind() == io::ErrorKind::NotFound => {
                return Err(BackupError::Missing { path });
            }
            Err(error) => return Err(error),
        }
    }
    let there: BTreeSet<&str> = manifest.files.iter().map(|file| file.path.as_str()).collect();
    let database = folder.join(super::create::DATABASE);
    if !there.contains(super::create::DATABASE) {
        return Err(BackupError::Missing { path: database });
    }
    // Opening a database may leave files beside it; what is checked is a copy.
    let copy = tempfile::tempdir().map_err(BackupError::at(std::env::temp_dir()))?;
    let copied: PathBuf = copy.path().join(super::create::DATABASE);
    std::fs::copy(&database, &copied).map_err(BackupError::at(&database))?;
    if !whole_database(&copied).await? {
        return Err(BackupError::Damaged { path: database });
    }
    for sha256 in known_blobs(&copied).await? {
        if !there.contains(format!("blobs/{sha256}").as_str()) {
            return Err(BackupError::Missing {
                path: folder.join("blobs").join(sha256),
            });
        }
    }
    Ok(manifest)
}

/// Bytes and SHA-256 of a file that is no link.
fn digest(path: &Path) -> Result<(u64, String), BackupError> {
    let about = std::fs::symlink_metadata(path).map_err(BackupError::at(path))?;
    if !about.is_file() {
        return Err(BackupError::Damaged {
            path: path.to_owned(),
        });
    }
    let mut file = File::open(path).map_err(BackupError::at(path))?;
    copy_digested(&mut file, &mut io::sink()).map_err(BackupError::at(path))
}

/// Copies and digests in one pass.
pub fn copy_digested(from: &mut dyn Read, to: &mut dyn Write) -> io::Result<(u64, String)> {
    let mut digest = Sha256::new();
    let mut piece = vec![0; 1 << 16];
    let mut bytes = 0;
    loop {
        match from.read(&mut piece)? {
            0 => return Ok((bytes, hex::encode(digest.finalize()))),
            read => {
                digest.update(&piece[..read]);
                to.write_all(&piece[..read])?;
                bytes += read as u64;
            }
        }
    }
}
