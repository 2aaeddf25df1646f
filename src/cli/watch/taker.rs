use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::super::convert::Job;
use super::super::{Exit, Failure, Said};
use super::folder::numbered;
use super::pages_failed;
use crate::config::Config;
use crate::exec::{self, Cancel};
use crate::stages::export::Format;

/// What became of one file.
pub enum Taken {
    /// Taken; what is to be known beside it.
    Done(Option<Said>),
    /// It is no document, or one that nobody takes.
    Refused(Failure),
    /// It went wrong with this file; a few more tries may help.
    Failed(Failure),
    /// Nothing is wrong with the file: the disk is full, nobody answers.
    NotNow(Failure),
    /// Nothing will be taken until somebody mends it.
    Never(Failure),
    Interrupted,
}

/// Takes files out of a hot folder.
pub trait Taker {
    fn take(&self, file: &Path) -> Taken;
}

/// Reads files on this machine.
pub struct Converter<'a> {
    job: Job<'a>,
    output: PathBuf,
}

impl<'a> Converter<'a> {
    pub fn new(
        settings: &Config,
        output: PathBuf,
        formats: &[Format],
        cancel: &'a Cancel,
    ) -> Result<Self, Failure> {
        Ok(Self {
            job: Job::into_folder(settings, output.clone(), formats, cancel)?,
            output,
        })
    }
}

impl Taker for Converter<'_> {
    fn take(&self, file: &Path) -> Taken {
        let stem = match result_name(&self.output, file) {
            Ok(stem) => stem,
            Err(error) => return Taken::NotNow(Failure::io(file.display(), &error)),
        };
        match self.job.one_as(file, &stem) {
            Ok(failed) => Taken::Done(pages_failed(&failed)),
            Err(failure) => match failure.exit {
                Exit::Refused => Taken::Refused(failure),
                Exit::Interrupted => Taken::Interrupted,
                Exit::PartMissing => Taken::Never(failure),
                _ if failure.code == "disk_full" => Taken::NotNow(failure),
                _ => Taken::Failed(failure),
            },
        }
    }
}

/// The part of a result that says what it was read from.
#[derive(Deserialize)]
struct Origin {
    source: OriginFile,
}

#[derive(Deserialize)]
struct OriginFile {
    sha256: String,
}

/// The name of the results in `folder`: the file's, with a number where another file's results have it. A file whose
/// results are there already, since the program was ended before it was put away, gets the same name again.
fn result_name(folder: &Path, file: &Path) -> io::Result<OsString> {
    let sha256 = exec::file_digest(file)?;
    let free = |stem: &OsString| {
        let mut name = stem.clone();
        name.push(".json");
        match std::fs::read(folder.join(name)) {
            Err(error) => error.kind() == io::ErrorKind::NotFound,
            Ok(bytes) => serde_json::from_slice(&bytes).is_ok_and(|o: Origin| o.source.sha256 == sha256),
        }
    };
    let stem = file.file_stem().unwrap_or(file.as_os_str());
    let mut names = std::iter::once(stem.to_owned()).chain((2..).map(|number| numbered(stem, number)));
    Ok(names.find(free).unwrap_or_else(|| stem.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_file_of_the_same_name_does_not_overwrite_results() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        write("a.pdf", "abc");
        let check = |expect: &str| {
            let name = result_name(folder.path(), &folder.path().join("a.pdf")).unwrap();
            assert_eq!(name, expect);
        };
        check("a");
        write("a.json", r#"{"source": {"sha256": "00"}}"#);
        check("a (2)");
        write("a (2).json", "not ours");
        check("a (3)");
        let own = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        write("a.json", &format!(r#"{{"source": {{"sha256": "{own}"}}}}"#));
        check("a");
    }
}
