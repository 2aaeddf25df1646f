//! What has been done, on disk: one line an event, so that whatever is interrupted goes on where it was.
//!
//! ```text
//! DIR/.sohoa-batch/
//!   lock            who has the folder
//!   ledger.jsonl    the settings; then `began` and `done`, in their order
//!   work/SHA256/    pages of documents that are being read
//!   spool/          entries of an archive on their way
//! ```

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::error::BatchError;
use super::record::{Outcome, Record};

/// The folder of the batch itself, in the output folder.
pub const STATE: &str = ".sohoa-batch";
const VERSION: u32 = 1;

/// What results depend on besides the input.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// Of the program.
    pub version: String,
    pub profile: String,
    pub formats: Vec<String>,
    /// SHA-256 of the file of phrases that was chosen in place of the built-in ones.
    pub phrases: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Head {
    sohoa_batch: u32,
    settings: Settings,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    /// From here on there may be results under this name.
    Began {
        path: String,
        name: String,
    },
    Done(Box<Record>),
}

/// The ledger of an output folder, which nobody else has while it lives.
#[derive(Debug)]
pub struct Ledger {
    folder: PathBuf,
    file: File,
    /// By path; the last word on each.
    records: BTreeMap<String, Record>,
    /// The input that has the result, by SHA-256.
    read: BTreeMap<String, String>,
    /// Names of results by path.
    names: BTreeMap<String, String>,
    _lock: File,
}

impl Ledger {
    /// Opens or begins the ledger of `folder`.
    pub fn open(folder: &Path, settings: &Settings) -> Result<Self, BatchError> {
        let state = folder.join(STATE);
        fs::create_dir_all(&state).map_err(BatchError::io(&state))?;
        let lock = locked(&state.join("lock"))?;
        let path = state.join("ledger.jsonl");
        let mut file = File::options()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(&path)
            .map_err(BatchError::io(&path))?;
        let mut text = Vec::new();
        file.read_to_end(&mut text).map_err(BatchError::io(&path))?;
        let mut ledger = Self {
            folder: folder.to_owned(),
            file,
            records: BTreeMap::new(),
            read: BTreeMap::new(),
            names: BTreeMap::new(),
            _lock: lock,
        };
        // A line that was cut off by a crash is no line.
        let whole = text.iter().rposition(|b| *b == b'\n').map_or(0, |end| end + 1);
        ledger.take_in(&text[..whole], settings)?;
        ledger
            .file
            .set_len(whole as u64)
            .and_then(|()| ledger.file.seek(SeekFrom::End(0)))
            .map_err(BatchError::io(&path))?;
        if whole == 0 {
            ledger.write(&Head {
                sohoa_batch: VERSION,
                settings: settings.clone(),
            })?;
        }
        Ok(ledger)
    }

    fn take_in(&mut self, text: &[u8], settings: &Settings) -> Result<(), BatchError> {
        let path = self.path();
        let damaged = |line: usize| BatchError::LedgerDamaged {
            path: path.clone(),
            line: line + 1,
        };
        let mut lines = text.split(|b| *b == b'\n').enumerate();
        let Some((_, head)) = lines.next().filter(|(_, head)| !head.is_empty()) else {
            return Ok(());
        };
        let version = serde_json::from_slice::<serde_json::Value>(head)
            .ok()
            .and_then(|head| head.get("sohoa_batch")?.as_u64())
            .ok_or_else(|| damaged(0))?;
        if version > u64::from(VERSION) {
            return Err(BatchError::LedgerNewer { path, version });
        }
        let head: Head = serde_json::from_slice(head).map_err(|_| damaged(0))?;
        if head.settings != *settings {
            return Err(BatchError::OtherSettings {
                folder: self.folder.clone(),
                then: Box::new(head.settings),
                now: Box::new(settings.clone()),
            });
        }
        for (number, line) in lines.filter(|(_, line)| !line.is_empty()) {
            match serde_json::from_slice(line).map_err(|_| damaged(number))? {
                Line::Began { path, name } => {
                    self.names.insert(path, name);
                }
                Line::Done(record) => self.keep(*record),
            }
        }
        Ok(())
    }

    fn keep(&mut self, record: Record) {
        if let Some(sha256) = &record.sha256
            && record.outcome != Outcome::Duplicate
        {
            self.read.insert(sha256.clone(), record.path.clone());
        }
        self.records.insert(record.path.clone(), record);
    }

    pub fn record(&self, path: &str) -> Option<&Record> {
        self.records.get(path)
    }

    pub fn records(&self) -> impl Iterator<Item = &Record> {
        self.records.values()
    }

    /// The input with these bytes that has been read or refused.
    pub fn with_bytes(&self, sha256: &str) -> Option<&Record> {
        self.records.get(self.read.get(sha256)?)
    }

    /// Names of results by path.
    pub fn names(&self) -> &BTreeMap<String, String> {
        &self.names
    }

    /// From now on there may be results of `path` under `name`.
    pub fn begin(&mut self, path: &str, name: &str) -> Result<(), BatchError> {
        if self.names.get(path).is_some_and(|known| known == name) {
            return Ok(());
        }
        self.write(&Line::Began {
            path: path.to_owned(),
            name: name.to_owned(),
        })?;
        self.names.insert(path.to_owned(), name.to_owned());
        Ok(())
    }

    /// Puts on record what became of an input. It is on the disk when this returns.
    pub fn done(&mut self, record: Record) -> Result<(), BatchError> {
        if self.records.get(&record.path) == Some(&record) {
            return Ok(());
        }
        self.write(&Line::Done(Box::new(record.clone())))?;
        self.keep(record);
        Ok(())
    }

    fn write(&mut self, line: &impl Serialize) -> Result<(), BatchError> {
        let path = self.path();
        let mut bytes = serde_json::to_vec(line)
            .map_err(io::Error::other)
            .map_err(BatchError::io(&path))?;
        bytes.push(b'\n');
        let start = self.file.stream_position().map_err(BatchError::io(&path))?;
        let written = self.file.write_all(&bytes).and_then(|()| self.file.sync_data());
        written.map_err(|error| {
            // Half a line must not stand before the next whole one.
            let _ = self
                .file
                .set_len(start)
                .and_then(|()| self.file.seek(SeekFrom::Start(start)));
            BatchError::io(&path)(error)
        })
    }

    fn path(&self) -> PathBuf {
        self.folder.join(STATE).join("ledger.jsonl")
    }

    /// The work folder of a document.
    pub fn work(&self, sha256: &str) -> PathBuf {
        self.folder.join(STATE).join("work").join(sha256)
    }

    /// An empty folder for the entries of an archive.
    pub fn spool(&self) -> Result<PathBuf, BatchError> {
        let spool = self.folder.join(STATE).join("spool");
        match fs::remove_dir_all(&spool) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(BatchError::io(&spool)(error));
            }
            _ => {}
        }
        fs::create_dir_all(&spool).map_err(BatchError::io(&spool))?;
        Ok(spool)
    }
}

fn locked(path: &Path) -> Result<File, BatchError> {
    let lock = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)
        .map_err(BatchError::io(path))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(BatchError::Taken {
            folder: path.to_owned(),
        }),
        Err(TryLockError::Error(source)) => Err(BatchError::io(path)(source)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Settings {
        Settings {
            version: "1".into(),
            profile: "standard".into(),
            formats: vec!["json".into()],
            phrases: None,
        }
    }

    fn record(path: &str, outcome: Outcome) -> Record {
        Record {
            sha256: Some("ab".into()),
            outcome,
            ..Record::pending(path.into(), 3, None)
        }
    }

    #[test]
    fn what_was_written_is_there_again_and_a_cut_line_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let open = || Ledger::open(folder.path(), &settings());
        let mut ledger = open().unwrap();
        assert!(matches!(open(), Err(BatchError::Taken { .. })));
        ledger.begin("a.pdf", "a").unwrap();
        ledger.done(record("a.pdf", Outcome::Failed)).unwrap();
        ledger.done(record("a.pdf", Outcome::Ok)).unwrap();
        ledger.done(record("b.pdf", Outcome::Duplicate)).unwrap();
        let path = ledger.path();
        drop(ledger);
        let mut file = File::options().append(true).open(&path).unwrap();
        file.write_all(b"{\"done\":{\"path\":\"c.pdf\",\"by").unwrap();
        let mut ledger = open().unwrap();
        assert_eq!(ledger.record("a.pdf").map(|r| r.outcome), Some(Outcome::Ok));
        assert_eq!(ledger.with_bytes("ab").map(|r| r.path.as_str()), Some("a.pdf"));
        assert_eq!(ledger.names()["a.pdf"], "a");
        assert!(ledger.record("c.pdf").is_none());
        ledger.done(record("c.pdf", Outcome::Ok)).unwrap();
        drop(ledger);
        assert!(open().unwrap().record("c.pdf").is_some());
    }

    #[test]
    fn another_batch_a_newer_program_and_damage_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let path = Ledger::open(folder.path(), &settings()).unwrap().path();
        let other = Settings {
            profile: "archive".into(),
            ..settings()
        };
        assert!(matches!(
            Ledger::open(folder.path(), &other),
            Err(BatchError::OtherSettings { .. })
        ));
        let head = fs::read_to_string(&path).unwrap();
        let check = |text: &str| {
            fs::write(&path, text).unwrap();
            Ledger::open(folder.path(), &settings())
                .unwrap_err()
                .code()
                .to_owned()
        };
        assert_eq!(check("{\"sohoa_batch\":2,\"other\":1}\n"), "ledger_newer");
        assert_eq!(check("nonsense\n"), "ledger_damaged");
        assert_eq!(check(&format!("{head}nonsense\n{{}}\n")), "ledger_damaged");
    }
}
