use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::Parsed;
use crate::stages::export::Format;

/// How the name of a file begins that is not whole yet.
const PART: &str = ".sohoa-";

/// Where a result could not be put, and why.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {source}")]
pub struct DeliverError {
    pub path: PathBuf,
    pub source: io::Error,
}

impl Parsed {
    /// Puts the files into `folder`, named `stem` with the ending of their format. All or none: each is written under a
    /// temporary name first, and named when all are whole and on the disk.
    pub fn into_folder(&self, folder: &Path, stem: &OsStr) -> Result<(), DeliverError> {
        let at = |path: &Path| {
            let path = path.to_owned();
            move |source| DeliverError { path, source }
        };
        std::fs::create_dir_all(folder).map_err(at(folder))?;
        let mut written = Vec::new();
        for (format, source) in &self.files {
            let target = folder.join(named(stem, *format));
            let part = copy_beside(source, folder).map_err(at(&target))?;
            written.push((part, target));
        }
        for (part, target) in written {
            part.persist(&target).map_err(|e| at(&target)(e.error))?;
        }
        // The names too, before anybody notes that the document is done.
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(at(folder))
    }
}

/// `stem` with the ending of `format`.
pub fn named(stem: &OsStr, format: Format) -> std::ffi::OsString {
    let mut name = stem.to_owned();
    name.push(".");
    name.push(format.extension());
    name
}

/// Writes all of `bytes` or nothing, for people: see [`Parsed::into_folder`].
pub fn write_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let part = beside(path.parent().unwrap_or(Path::new(".")), &mut &*bytes)?;
    part.persist(path).map_err(|e| e.error)?;
    Ok(())
}

/// Removes from `folder` what a killed process left there half-written. Nobody else may be writing into it.
pub fn sweep(folder: &Path) -> io::Result<()> {
    remove_files(folder, |name| name.starts_with(PART))
}

/// Removes the plain files of `folder` that are called so.
pub(super) fn remove_files(folder: &Path, is_called_so: impl Fn(&str) -> bool) -> io::Result<()> {
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        if is_called_so(&entry.file_name().to_string_lossy()) && entry.file_type()?.is_file() {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

fn copy_beside(source: &Path, folder: &Path) -> io::Result<NamedTempFile> {
    beside(folder, &mut File::open(source)?)
}

/// A file in `folder` that has no name of its own yet, with all of `content`, on the disk.
fn beside(folder: &Path, content: &mut dyn Read) -> io::Result<NamedTempFile> {
    use std::os::unix::fs::PermissionsExt;
    // Like any other new file: the umask decides who may read it.
    let mut part = tempfile::Builder::new()
        .prefix(PART)
        .permissions(std::fs::Permissions::from_mode(0o666))
        .tempfile_in(folder)?;
    io::copy(content, &mut part)?;
    part.as_file().sync_data()?;
    Ok(part)
}
