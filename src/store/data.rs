use std::collections::HashSet;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use tempfile::TempPath;
use tokio::io::AsyncWriteExt;
use tokio::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::domain::PageNo;

const DATABASE: &str = "sohoa.db";

/// Why the data folder could not be used.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    #[error(
        "the data folder {path} is in use by another sohoa server\n\
         hint: stop that server, or give this one a folder of its own with --data"
    )]
    InUse { path: PathBuf },
    #[error("the disk is full")]
    Full,
    #[error("{path}: {source}")]
    Io { path: PathBuf, source: io::Error },
}

impl DataError {
    pub(super) fn at(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        move |source| match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full,
            _ => Self::Io {
                path: path.to_owned(),
                source,
            },
        }
    }
}

/// The folder with everything that is a file: uploads by digest, work folders, keys, an SQLite database.
///
/// ```text
/// data/
///   lock            held while a server runs; freed by the kernel however it ends
///   sohoa.db        state and queue, where they are in SQLite
///   postgres        else: which PostgreSQL database has them
///   keys/           what records of confirmation are signed with
///   blobs/SHA256    uploads as they came
///   work/SHA256/    what reading left: pages/NNNN.json, pages/NNNN.jpg, document.json
///   work/SHA256.N/  the same of the Nth reading, where the document was read more than once
///   tmp/            uploads on their way in; emptied at start
/// ```
#[derive(Debug)]
pub struct DataFolder {
    root: PathBuf,
    /// Read by uploads between storing their bytes and being on record, written by deletions.
    door: RwLock<()>,
    /// Locked for as long as this value lives, by whoever serves. Opened close-on-exec, so no child keeps it.
    _lock: Option<File>,
}

/// A stored upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blob {
    pub sha256: String,
    pub bytes: u64,
    pub path: PathBuf,
}

impl DataFolder {
    /// Makes the folder where it is missing, takes its lock and clears what an earlier run left half-way.
    pub fn open(root: &Path) -> Result<Self, DataError> {
        Self::prepare(root)?;
        let lock_path = root.join("lock");
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&lock_path)
            .map_err(DataError::at(&lock_path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(DataError::InUse {
                    path: root.to_owned(),
                });
            }
            Err(TryLockError::Error(source)) => return Err(DataError::at(&lock_path)(source)),
        }
        let folder = Self {
            root: root.to_owned(),
            door: RwLock::new(()),
            _lock: Some(lock),
        };
        let incoming = folder.tmp();
        if incoming.exists() {
            fs::remove_dir_all(&incoming).map_err(DataError::at(&incoming))?;
        }
        for path in [folder.root.join("blobs"), folder.root.join("work"), incoming] {
            fs::create_dir_all(&path).map_err(DataError::at(&path))?;
        }
        Ok(folder)
    }

    /// The folder of a server that may be running, for a worker beside it: nothing is taken or cleared. `None` where there
    /// was no server yet.
    pub fn join(root: &Path) -> Result<Option<Self>, DataError> {
        for folder in ["blobs", "work"] {
            let path = root.join(folder);
            if !path.try_exists().map_err(DataError::at(&path))? {
                return Ok(None);
            }
        }
        Ok(Some(Self {
            root: root.to_owned(),
            door: RwLock::new(()),
            _lock: None,
        }))
    }

    /// Makes the folder where it is missing, without taking its lock; gives the database's place.
    pub fn prepare(root: &Path) -> Result<PathBuf, DataError> {
        let fresh = !root.exists();
        fs::create_dir_all(root).map_err(DataError::at(root))?;
        if fresh {
            keep_private(root)?;
        }
        Ok(root.join(DATABASE))
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where the database file is.
    pub fn database(&self) -> PathBuf {
        Self::database_in(&self.root)
    }

    /// The same of a folder that somebody else may have open.
    pub fn database_in(root: &Path) -> PathBuf {
        root.join(DATABASE)
    }

    /// Where the installation's keys are.
    pub fn keys(&self) -> PathBuf {
        Self::keys_in(&self.root)
    }

    /// The same of a folder that somebody else may have open.
    pub fn keys_in(root: &Path) -> PathBuf {
        root.join("keys")
    }

    /// Where the upload with this digest is.
    pub fn blob(&self, sha256: &str) -> PathBuf {
        self.root.join("blobs").join(sha256)
    }

    /// Where the Nth reading of the upload with this digest keeps its pages.
    pub fn work(&self, sha256: &str, reading: u32) -> PathBuf {
        self.root.join("work").join(work_name(sha256, reading))
    }

    /// Where the upright image of a page is, once it has been read.
    pub fn page_image(&self, sha256: &str, reading: u32, page: PageNo) -> PathBuf {
        self.work(sha256, reading)
            .join("pages")
            .join(format!("{:04}.jpg", page.get()))
    }

    fn tmp(&self) -> PathBuf {
        self.root.join("tmp")
    }

    /// Begins to take in an upload. Dropped before [`IncomingBlob::keep`], it leaves nothing.
    pub fn incoming(&self) -> Result<IncomingBlob, DataError> {
        let tmp = self.tmp();
        let (file, path) = tempfile::Builder::new()
            .prefix("upload-")
            .tempfile_in(&tmp)
            .map_err(DataError::at(&tmp))?
            .into_parts();
        Ok(IncomingBlob {
            file: tokio::fs::File::from_std(file),
            path,
            digest: Sha256::new(),
            bytes: 0,
            blobs: self.root.join("blobs"),
        })
    }

    /// Bytes that an ordinary user can still write here.
    pub fn free_bytes(&self) -> Result<u64, DataError> {
        use std::os::unix::ffi::OsStrExt;
        let path = std::ffi::CString::new(self.root.as_os_str().as_bytes())
            .map_err(|e| DataError::at(&self.root)(io::Error::other(e)))?;
        let mut stat = std::mem::MaybeUninit::<libc::statvfs>::uninit();
        // SAFETY: `path` is a NUL-terminated string that outlives the call, and `stat` is room for one statvfs.
        let outcome = unsafe { libc::statvfs(path.as_ptr(), stat.as_mut_ptr()) };
        if outcome != 0 {
            return Err(DataError::at(&self.root)(io::Error::last_os_error()));
        }
        // SAFETY: statvfs returned 0, so it has filled in the whole value.
        let stat = unsafe { stat.assume_init() };
        Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
    }

    /// Held from storing an upload until it is on record: nobody deletes its bytes meanwhile.
    pub async fn keep_open(&self) -> RwLockReadGuard<'_, ()> {
        self.door.read().await
    }

    /// Held while a document is deleted: no upload of the same bytes comes in between.
    pub async fn shut(&self) -> RwLockWriteGuard<'_, ()> {
        self.door.write().await
    }

    /// Removes an upload and all that its readings left. What is not there is no error.
    pub async fn remove(&self, sha256: &str) -> Result<(), DataError> {
        let blob = self.blob(sha256);
        match tokio::fs::remove_file(&blob).await {
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(DataError::at(&blob)(e)),
            _ => {}
        }
        let works = self.root.join("work");
        let failed = DataError::at;
        let mut entries = tokio::fs::read_dir(&works).await.map_err(failed(&works))?;
        while let Some(entry) = entries.next_entry().await.map_err(failed(&works))? {
            let name = entry.file_name();
            if name.to_str().and_then(|name| name.split('.').next()) == Some(sha256) {
                remove_folder(&entry.path()).await?;
            }
        }
        Ok(())
    }

    /// Removes what one reading of an upload left. What is not there is no error.
    pub async fn remove_work(&self, sha256: &str, reading: u32) -> Result<(), DataError> {
        remove_folder(&self.work(sha256, reading)).await
    }

    /// Removes stored uploads and work folders that no document refers to: a server died between storing an
    /// upload and its answer, so nobody was ever told that it was kept, or between deleting a document or a reading and
    /// its files. Returns how many.
    pub fn sweep(&self, known_readings: &[(String, u32)]) -> Result<usize, DataError> {
        let blobs: HashSet<String> = known_readings.iter().map(|(sha256, _)| sha256.clone()).collect();
        let works: HashSet<String> = known_readings
            .iter()
            .map(|(sha256, n)| work_name(sha256, *n))
            .collect();
        let mut removed = 0;
        for (folder, known) in [(self.root.join("blobs"), blobs), (self.root.join("work"), works)] {
            for entry in fs::read_dir(&folder).map_err(DataError::at(&folder))? {
                let path = entry.map_err(DataError::at(&folder))?.path();
                let name = path.file_name().and_then(|name| name.to_str());
                if name.is_some_and(|name| known.contains(name)) {
                    continue;
                }
                let gone = match path.is_dir() && !path.is_symlink() {
                    true => fs::remove_dir_all(&path),
                    false => fs::remove_file(&path),
                };
                gone.map_err(DataError::at(&path))?;
                removed += 1;
            }
        }
        Ok(removed)
    }
}

/// The first reading has the plain name.
pub(super) fn work_name(sha256: &str, reading: u32) -> String {
    match reading {
        0 | 1 => sha256.to_owned(),
        reading => format!("{sha256}.{reading}"),
    }
}

async fn remove_folder(path: &Path) -> Result<(), DataError> {
    match tokio::fs::remove_dir_all(path).await {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(DataError::at(path)(e)),
        _ => Ok(()),
    }
}

/// An upload on its way in: written and digested piece by piece, never whole in memory.
#[derive(Debug)]
pub struct IncomingBlob {
    file: tokio::fs::File,
    path: TempPath,
    digest: Sha256,
    bytes: u64,
    blobs: PathBuf,
}

impl IncomingBlob {
    /// Bytes so far.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    pub async fn write(&mut self, piece: &[u8]) -> Result<(), DataError> {
        self.file
            .write_all(piece)
            .await
            .map_err(DataError::at(&self.path))?;
        self.digest.update(piece);
        self.bytes += piece.len() as u64;
        Ok(())
    }

    /// Stores the upload under its digest: once this returns it survives a power cut.
    pub async fn keep(mut self) -> Result<Blob, DataError> {
        self.file.flush().await.map_err(DataError::at(&self.path))?;
        self.file.sync_all().await.map_err(DataError::at(&self.path))?;
        let sha256 = hex::encode(self.digest.finalize());
        let path = self.blobs.join(&sha256);
        self.path
            .persist(&path)
            .map_err(|e| DataError::at(&path)(e.error))?;
        let folder = tokio::fs::File::open(&self.blobs)
            .await
            .map_err(DataError::at(&self.blobs))?;
        folder.sync_all().await.map_err(DataError::at(&self.blobs))?;
        Ok(Blob {
            sha256,
            bytes: self.bytes,
            path,
        })
    }
}

/// Decisions under review and password hashes are nobody else's business on a shared machine.
fn keep_private(root: &Path) -> Result<(), DataError> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(root, fs::Permissions::from_mode(0o700)).map_err(DataError::at(root))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_upload_is_stored_under_its_digest_and_leaves_nothing_when_dropped() {
        let root = tempfile::tempdir().unwrap();
        let data = DataFolder::open(root.path()).unwrap();
        let mut incoming = data.incoming().unwrap();
        incoming.write(b"ab").await.unwrap();
        incoming.write(b"c").await.unwrap();
        let blob = incoming.keep().await.unwrap();
        assert_eq!(
            blob.sha256,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(blob.bytes, 3);
        assert_eq!(fs::read(data.blob(&blob.sha256)).unwrap(), b"abc");

        let mut dropped = data.incoming().unwrap();
        dropped.write(b"never kept").await.unwrap();
        drop(dropped);
        assert_eq!(fs::read_dir(root.path().join("tmp")).unwrap().count(), 0);
    }

    #[test]
    fn a_folder_serves_one_server_at_a_time() {
        let root = tempfile::tempdir().unwrap();
        let first = DataFolder::open(root.path()).unwrap();
        assert!(matches!(
            DataFolder::open(root.path()),
            Err(DataError::InUse { .. })
        ));
        drop(first);
        DataFolder::open(root.path()).unwrap();
    }

    #[test]
    fn a_full_disk_is_told_from_other_errors() {
        let check = |kind: io::ErrorKind, full: bool| {
            let error = DataError::at(Path::new("x"))(io::Error::from(kind));
            assert_eq!(matches!(error, DataError::Full), full, "{kind}");
        };
        check(io::ErrorKind::StorageFull, true);
        check(io::ErrorKind::QuotaExceeded, true);
        check(io::ErrorKind::PermissionDenied, false);
    }

    #[tokio::test]
    async fn the_sweep_takes_only_what_nobody_refers_to() {
        let root = tempfile::tempdir().unwrap();
        let data = DataFolder::open(root.path()).unwrap();
        let mut kept = Vec::new();
        for text in [b"one", b"two"] {
            let mut incoming = data.incoming().unwrap();
            incoming.write(text).await.unwrap();
            kept.push(incoming.keep().await.unwrap());
        }
        let [one, two] = [0, 1].map(|i: usize| kept[i].sha256.as_str());
        for (sha256, reading) in [(one, 1), (one, 2), (one, 3), (two, 1)] {
            fs::create_dir_all(data.work(sha256, reading).join("pages")).unwrap();
        }
        // The first document stands with its second reading, and the third waits.
        let known = [(one.to_owned(), 2), (one.to_owned(), 3)];
        assert_eq!(data.sweep(&known).unwrap(), 3);
        assert!(kept[0].path.exists() && !kept[1].path.exists());
        let there = |sha256, reading| data.work(sha256, reading).exists();
        assert!(!there(one, 1) && there(one, 2) && there(one, 3) && !there(two, 1));
        data.remove_work(one, 3).await.unwrap();
        assert!(there(one, 2) && !there(one, 3));
        data.remove(one).await.unwrap();
        assert!(!kept[0].path.exists() && !there(one, 2));
    }
}
