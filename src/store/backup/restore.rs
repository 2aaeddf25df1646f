use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::BackupError;
use super::create::{copy, sync};
use super::manifest::{Manifest, check};

/// Makes `data` the data folder that `backup` is a backup of. Refused unless `data` is empty or not there: nothing is
/// ever overwritten. The backup is checked first, and every file again on its way.
pub async fn restore(backup: &Path, data: &Path) -> Result<Manifest, BackupError> {
    let empty = match fs::read_dir(data) {
        Ok(mut entries) => entries.next().is_none(),
        Err(_) => fs::symlink_metadata(data).is_err(),
    };
    if !empty {
        return Err(BackupError::NotEmpty {
            path: data.to_owned(),
        });
    }
    let manifest = check(backup).await?;
    let parent = match data.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    };
    fs::create_dir_all(&parent).map_err(BackupError::at(&parent))?;
    let part = tempfile::Builder::new()
        .prefix(".sohoa-restore-")
        .permissions(fs::Permissions::from_mode(0o700))
        .tempdir_in(&parent)
        .map_err(BackupError::at(&parent))?;
    for file in &manifest.files {
        let copied = copy(
            &backup.join(&file.path),
            &part.path().join(&file.path),
            file.path.clone(),
        )?;
        if copied != *file {
            return Err(BackupError::Damaged {
                path: backup.join(&file.path),
            });
        }
    }
    sync(part.path())?;
    // An empty folder is replaced, one that has got something meanwhile is not.
    fs::rename(part.path(), data).map_err(BackupError::at(data))?;
    let _ = part.keep();
    sync(&parent)?;
    Ok(manifest)
}
