//! Archives: a folder, a list or a packed archive of documents in, a folder of results with the same layout out, and a
//! report in which every input stands with what became of it.
//!
//! Invariants:
//! - Every input has exactly one record, whatever happens; one whose turn has not come is pending.
//! - An input is on record as done only when its results are on the disk whole. Whatever is interrupted goes on where it
//!   was, by page, and ends with the same bytes.
//! - The same bytes are read once: the first input in the order of the listing has the result.
//! - Nothing of the source is written to; no link is followed; no name of an archive leads out of the output folder.

mod error;
mod intake;
mod ledger;
mod names;
mod record;
/// What is written about a whole batch.
pub mod report;
mod run;
mod sample;
mod source;
mod trial;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use time::OffsetDateTime;

pub use error::BatchError;
pub use intake::{Intake, IntakeFault, IntakeVerdict};
pub use ledger::{Ledger, Settings};
pub use record::{Outcome, PageRecord, Problem, Reading, Record};
pub use sample::{Estimate, Mark};
pub use source::{Input, Place};
pub use trial::FirstEntries;

use crate::domain::Said;
use crate::exec::{self, Cancel, Caps};
use crate::pipeline::{Options, Parts};

/// A batch: what is read, where to, and how.
pub struct Batch<'a> {
    pub sources: &'a [PathBuf],
    pub output: &'a Path,
    pub options: Options,
    pub parts: Parts,
    pub caps: Caps,
    /// Documents read at the same time; at least 1.
    pub workers: usize,
    pub only: Only,
    /// Inputs that were changed before are left out, unless they have been read already.
    pub since: Option<OffsetDateTime>,
    pub cancel: &'a Cancel,
}

/// Which inputs have their turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Only {
    /// Those of which nothing is on record.
    #[default]
    Unread,
    /// Those that failed, or of which pages are missing.
    Failed,
}

/// What happens while a batch runs. Told from several threads.
#[derive(Debug)]
pub enum Step<'a> {
    /// What there is, before anything is read.
    Listed { inputs: usize, to_do: usize },
    /// A page of some document has its result.
    Page,
    /// An input has its record.
    Done(&'a Record),
}

/// Whoever is told.
pub type OnStep<'a> = dyn Fn(Step<'_>) + Sync + 'a;

/// Everything that is known of a batch: one record an input, in the order of the listing.
#[derive(Debug, Clone, PartialEq)]
pub struct Account {
    pub settings: Settings,
    pub records: Vec<Record>,
    /// Records of inputs that are not in the source any more; their results are where they were.
    pub gone: Vec<Record>,
}

/// What is to be done, before it is.
#[derive(Debug)]
pub struct Plan {
    inputs: Vec<Input>,
    /// Of results, one an input.
    names: Vec<PathBuf>,
    ledger: Ledger,
    settings: Settings,
}

impl Batch<'_> {
    /// Lists the source and looks up what is done already. The output folder belongs to this batch from now on.
    pub fn plan(&self) -> Result<Plan, BatchError> {
        for source in self.sources {
            std::fs::metadata(source).map_err(BatchError::io(source))?;
        }
        std::fs::create_dir_all(self.output).map_err(BatchError::io(self.output))?;
        let settings = self.settings()?;
        // The listing first: a folder that is no output folder is not made one.
        let inputs = source::list(
            self.sources,
            self.output,
            &self.caps,
            self.options.limits.bytes,
            self.cancel,
        )?;
        let ledger = Ledger::open(self.output, &settings)?;
        let names = names::of_results(inputs.iter().map(|i| i.path.as_path()), ledger.names());
        Ok(Plan {
            inputs,
            names,
            ledger,
            settings,
        })
    }

    fn settings(&self) -> Result<Settings, BatchError> {
        let phrases = match &self.parts.phrases {
            Some(path) => Some(exec::file_digest(path).map_err(BatchError::io(path))?),
            None => None,
        };
        Ok(Settings {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            profile: self.options.profile.name().to_owned(),
            formats: self.options.formats.iter().map(|f| f.name().to_owned()).collect(),
            phrases,
        })
    }

    /// What stands on record of an input without trying it: what it was found to be, or what an earlier run made of it.
    fn standing(&self, plan: &Plan, input: &Input) -> Standing {
        let path = names::shown(&input.path);
        if let Some((outcome, problem)) = &input.fault {
            return Standing::Record(Box::new(Record {
                outcome: *outcome,
                problem: Some(problem.clone()),
                ..input.pending()
            }));
        }
        match plan.ledger.record(&path) {
            Some(record) if self.only == Only::Failed && record.is_worth_another_try() => Standing::ToDo,
            // The same as when it was read; else it is another file by now.
            Some(record) if input.is_as_in(record) => Standing::Record(Box::new(record.clone())),
            _ if self.only == Only::Failed => Standing::Record(Box::new(input.pending())),
            None if self
                .since
                .is_some_and(|since| input.modified.is_some_and(|at| at < since)) =>
            {
                let said = Said::new("cũ hơn `--since`", "older than `--since`");
                Standing::Record(Box::new(Record {
                    outcome: Outcome::Skipped,
                    problem: Some(Problem::new("older", said)),
                    ..input.pending()
                }))
            }
            _ => Standing::ToDo,
        }
    }
}

/// How it stands with an input.
enum Standing {
    Record(Box<Record>),
    ToDo,
}

impl Plan {
    /// The inputs whose turn it is.
    pub fn to_do<'a>(&'a self, batch: &'a Batch<'_>) -> impl Iterator<Item = &'a Input> {
        self.inputs
            .iter()
            .filter(|input| matches!(batch.standing(self, input), Standing::ToDo))
    }

    /// What is on record by now.
    pub fn account(&self, batch: &Batch<'_>) -> Account {
        let mut records = Vec::new();
        let mut listed = BTreeSet::new();
        for input in &self.inputs {
            let path = names::shown(&input.path);
            records.push(match batch.standing(self, input) {
                Standing::Record(record) => *record,
                // What was tried again and is on record anew has its new record.
                Standing::ToDo => match self.ledger.record(&path) {
                    Some(record) if input.is_as_in(record) => record.clone(),
                    _ => input.pending(),
                },
            });
            listed.insert(path);
        }
        // A duplicate's results are those of the input that was read.
        let outputs: BTreeMap<String, Vec<String>> = records
            .iter()
            .map(|r| (r.path.clone(), r.outputs.clone()))
            .collect();
        for record in &mut records {
            if let Some(read) = record.same_as.as_ref().and_then(|same| outputs.get(same)) {
                record.outputs.clone_from(read);
            }
        }
        let gone = self.ledger.records().filter(|r| !listed.contains(&r.path));
        Account {
            settings: self.settings.clone(),
            gone: gone.cloned().collect(),
            records,
        }
    }
}

impl Input {
    /// The record of an input of which nothing is known yet.
    fn pending(&self) -> Record {
        Record::pending(names::shown(&self.path), self.bytes, self.stamp())
    }

    /// When it was changed last, as records keep it.
    fn stamp(&self) -> Option<String> {
        let at = self.modified?.to_offset(time::UtcOffset::UTC);
        at.format(&time::format_description::well_known::Rfc3339).ok()
    }

    fn is_as_in(&self, record: &Record) -> bool {
        self.bytes == record.bytes && self.stamp() == record.modified
    }
}
