use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::BackupError;
use super::manifest::{KeptFile, Manifest, copy_digested};
use crate::store::data::work_name;
use crate::store::sqlite::{copy_database, known_blobs, whole_readings};

pub const DATABASE: &str = "sohoa.db";

/// Makes a backup of the data folder `data` at `target`, which must not be there yet. Works while a service runs on it:
/// the database is copied as it is at one moment, and an upload that it names is a file already.
/// What was written of a backup that failed is removed.
pub async fn create(data: &Path, target: &Path, now: OffsetDateTime) -> Result<Manifest, BackupError> {
    if !data.join(DATABASE).is_file() {
        return Err(BackupError::NoData {
            path: data.to_owned(),
        });
    }
    if fs::symlink_metadata(target).is_ok() {
        return Err(BackupError::Exists {
            path: target.to_owned(),
        });
    }
    let parent = match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    };
    fs::create_dir_all(&parent).map_err(BackupError::at(&parent))?;
    // Beside its final place, so that naming it is one step. Removed when dropped.
    let part = tempfile::Builder::new()
        .prefix(".sohoa-backup-")
        .permissions(fs::Permissions::from_mode(0o700))
        .tempdir_in(&parent)
        .map_err(BackupError::at(&parent))?;
    let manifest = fill(data, part.path(), now).await?;
    manifest.write(part.path())?;
    sync(part.path())?;
    fs::rename(part.path(), target).map_err(BackupError::at(target))?;
    // It has another name now, so there is nothing left to remove.
    let _ = part.keep();
    sync(&parent)?;
    Ok(manifest)
}

async fn fill(data: &Path, part: &Path, now: OffsetDateTime) -> Result<Manifest, BackupError> {
    let database = part.join(DATABASE);
    copy_database(&data.join(DATABASE), &database).await?;
    let mut files = vec![kept(&database, DATABASE)?];
    for sha256 in known_blobs(&database).await? {
        let path = format!("blobs/{sha256}");
        let file = copy(&data.join(&path), &part.join(&path), path)?;
        if file.sha256 != sha256 {
            return Err(BackupError::Damaged {
                path: data.join("blobs").join(sha256),
            });
        }
        files.push(file);
    }
    // What is being read is read again after a restoration.
    for (sha256, reading) in whole_readings(&database).await? {
        let name = work_name(&sha256, reading);
        folder(data, part, &format!("work/{name}"), &mut files)?;
    }
    folder(data, part, "keys", &mut files)?;
    files.sort_by(|a, b| a.path.cmp(&b.path));
    let created_at = now
        .format(&Rfc3339)
        .map_err(|e| BackupError::at(part)(io::Error::other(e)))?;
    Ok(Manifest::new(created_at, files))
}

/// Copies a folder with everything in it that is a file; links are left out. Nothing there is nothing copied.
fn folder(data: &Path, part: &Path, name: &str, files: &mut Vec<KeptFile>) -> Result<(), BackupError> {
    let from = data.join(name);
    let entries = match fs::read_dir(&from) {
        Ok(entries) => entries,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(e) => return Err(BackupError::at(&from)(e)),
    };
    for entry in entries {
        let entry = entry.map_err(BackupError::at(&from))?;
        let kind = entry.file_type().map_err(BackupError::at(entry.path()))?;
        // The program gives its files plain names; what has another is not its own.
        let Some(own) = entry.file_name().to_str().map(|file| format!("{name}/{file}")) else {
            continue;
        };
        if kind.is_dir() {
            folder(data, part, &own, files)?;
        } else if kind.is_file() {
            files.push(copy(&entry.path(), &part.join(&own), own)?);
        }
    }
    Ok(())
}

/// Copies one file, open to the owner alone: it may be a key.
pub fn copy(from: &Path, to: &Path, path: String) -> Result<KeptFile, BackupError> {
    let mut source = match File::open(from) {
        Ok(source) => source,
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            return Err(BackupError::Missing {
                path: from.to_owned(),
            });
        }
        Err(e) => return Err(BackupError::at(from)(e)),
    };
    if let Some(parent) = to.parent() {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(parent)
            .map_err(BackupError::at(parent))?;
    }
    let mut write = || {
        let mut target = File::options()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(to)?;
        let (bytes, sha256) = copy_digested(&mut source, &mut target)?;
        target.sync_all()?;
        Ok((bytes, sha256))
    };
    let (bytes, sha256) = write().map_err(BackupError::at(to))?;
    Ok(KeptFile { path, bytes, sha256 })
}

fn kept(file: &Path, path: &str) -> Result<KeptFile, BackupError> {
    let mut open = File::open(file).map_err(BackupError::at(file))?;
    let (bytes, sha256) = copy_digested(&mut open, &mut io::sink()).map_err(BackupError::at(file))?;
    Ok(KeptFile {
        path: path.to_owned(),
        bytes,
        sha256,
    })
}

/// Once this returns, the names in the folder survive a power cut.
pub fn sync(folder: &Path) -> Result<(), BackupError> {
    File::open(folder)
        .and_then(|open| open.sync_all())
        .map_err(BackupError::at(folder))
}
