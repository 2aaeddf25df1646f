//! The work itself: one thread hands out inputs in their order, others read them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::error::BatchError;
use super::sample::{self, Drawn};
use super::source::{self, Place};
use super::{
    Batch, Input, Ledger, OnStep, Outcome, Plan, Problem, Reading, Record, Standing, Step, names, report,
};
use crate::domain::Said;
use crate::exec::{self, Cancel, Draw, Event, ExecError, Request, Unread, named};
use crate::stages::export::json;

/// An input whose bytes are at hand.
struct Ready {
    /// Its place in the listing.
    index: usize,
    file: PathBuf,
    whose: Whose,
    sha256: String,
}

/// Whose a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whose {
    /// The source's, which nothing is done to.
    Theirs,
    /// Unpacked for us alone: it goes when it has been read.
    Ours,
}

impl Batch<'_> {
    /// Reads everything whose turn it is. `Err`: nothing more can be read, for a reason that is no input's; what was
    /// read until then is on record.
    pub fn run(&self, plan: &mut Plan, on_step: &OnStep<'_>) -> Result<(), BatchError> {
        let to_do: Vec<usize> = (0..plan.inputs.len())
            .filter(|i| matches!(self.standing(plan, &plan.inputs[*i]), Standing::ToDo))
            .collect();
        on_step(Step::Listed {
            inputs: plan.inputs.len(),
            to_do: to_do.len(),
        });
        let spool = plan.ledger.spool()?;
        self.sweep(&plan.ledger)?;
        let cancel = Cancel::default();
        let switch = cancel.clone();
        let _with_ours = self.cancel.on_cancel(move || switch.cancel());
        if self.cancel.is_cancelled() {
            cancel.cancel();
        }
        let Plan {
            inputs,
            names,
            ledger,
            ..
        } = plan;
        let office = Office {
            batch: self,
            inputs,
            names,
            lots: Mutex::new(Lots::of(ledger)),
            ledger: Mutex::new(ledger),
            stopped: Mutex::new(None),
            cancel,
            on_step,
        };
        let (hand_out, take) = sync_channel(1);
        let take = Mutex::new(take);
        std::thread::scope(|scope| {
            for _ in 0..self.workers.max(1) {
                scope.spawn(|| office.work(&take));
            }
            office.hand_out(&to_do, &spool, hand_out);
        });
        // An empty folder that stays behind harms nobody.
        let _ = fs::remove_dir_all(&spool);
        let stopped = lock(&office.stopped).take();
        match stopped {
            Some(error) => Err(error),
            None if self.cancel.is_cancelled() => Err(ExecError::Cancelled.into()),
            None => Ok(()),
        }
    }

    /// Removes what a batch that was killed left half-written, wherever results have been put.
    fn sweep(&self, ledger: &Ledger) -> Result<(), BatchError> {
        let results = ledger
            .names()
            .values()
            .map(|name| self.folder_of(Path::new(name)));
        let own = [self.output.to_owned(), self.output.join(report::FILES)];
        for folder in results.chain(own).collect::<BTreeSet<_>>() {
            exec::sweep(&folder).map_err(BatchError::io(&folder))?;
        }
        Ok(())
    }

    /// Where the results of a name are put.
    fn folder_of(&self, name: &Path) -> PathBuf {
        self.output.join(name.parent().unwrap_or(Path::new("")))
    }
}

/// What all threads of a run share.
struct Office<'a> {
    batch: &'a Batch<'a>,
    inputs: &'a [Input],
    names: &'a [PathBuf],
    ledger: Mutex<&'a mut Ledger>,
    /// Which words have the lowest keys so far.
    lots: Mutex<Lots>,
    /// Why nothing more can be read.
    stopped: Mutex<Option<BatchError>>,
    /// Ends what runs, whether somebody asked for it or nothing more can be read.
    cancel: Cancel,
    on_step: &'a OnStep<'a>,
}

impl Office<'_> {
    /// Hands out inputs in the order of the listing, those of one archive together.
    fn hand_out(&self, to_do: &[usize], spool: &Path, out: SyncSender<Ready>) {
        // The first with the same bytes is read, and it is the first in the order of the listing.
        let mut seen = BTreeMap::new();
        let mut rest = to_do;
        while let [first, ..] = rest {
            if self.is_stopped() {
                return;
            }
            match &self.inputs[*first].place {
                Place::File(path) => {
                    self.come_by(*first, path, Whose::Theirs, &mut seen, &out);
                    rest = &rest[1..];
                }
                Place::Entry { archive, .. } => {
                    let of_it = |i: &&usize| matches!(&self.inputs[**i].place, Place::Entry { archive: a, .. } if a == archive);
                    let count = rest.iter().take_while(of_it).count();
                    self.unpack(archive, &rest[..count], spool, &mut seen, &out);
                    rest = &rest[count..];
                }
            }
        }
    }

    /// Hands out the wanted entries of an archive.
    fn unpack(
        &self,
        archive: &Path,
        wanted: &[usize],
        spool: &Path,
        seen: &mut BTreeMap<String, String>,
        out: &SyncSender<Ready>,
    ) {
        let mut wanted: BTreeMap<u64, usize> = wanted
            .iter()
            .filter_map(|i| match self.inputs[*i].place {
                Place::Entry { index, .. } => Some((index, *i)),
                Place::File(_) => None,
            })
            .collect();
        let request = source::unpacking(archive, spool.to_owned(), self.batch.options.limits.bytes);
        let mut on_entry = |entry: exec::Entry| {
            let spooled = entry.content.as_ref().ok().cloned().flatten();
            match (wanted.remove(&entry.index), entry.content, &spooled) {
                (Some(index), Err(fault), _) => {
                    self.settle(index, Outcome::Refused, source::of_fault(fault));
                }
                (Some(index), Ok(_), Some(file)) if entry.bytes == self.inputs[index].bytes => {
                    self.come_by(index, file, Whose::Ours, seen, out);
                }
                // Not what was listed.
                (Some(index), Ok(_), file) => {
                    file.iter().for_each(|file| Whose::Ours.drop_file(file));
                    self.settle(index, Outcome::Failed, archive_changed());
                }
                // Not asked for.
                (_, _, Some(file)) => Whose::Ours.drop_file(file),
                _ => {}
            }
        };
        let unpacked = exec::unpack(&request, &self.batch.caps, &mut on_entry, &self.cancel);
        let problem = match unpacked {
            Err(ExecError::Cancelled) => return,
            Err(error) if is_everybodys(&error) => return self.stop(error.into()),
            Err(error) => Problem::from(&error),
            Ok(()) => archive_changed(),
        };
        // Those that were listed and did not come.
        for index in wanted.into_values() {
            self.settle(index, Outcome::Failed, problem.clone());
        }
    }

    /// An input's bytes are at hand: are they another's, or is it to be read?
    fn come_by(
        &self,
        index: usize,
        file: &Path,
        whose: Whose,
        seen: &mut BTreeMap<String, String>,
        out: &SyncSender<Ready>,
    ) {
        let sha256 = match exec::file_digest(file) {
            Ok(digest) => digest,
            Err(error) => return self.settle(index, Outcome::Failed, source::unreadable(&error)),
        };
        let input = &self.inputs[index];
        let path = names::shown(&input.path);
        let twin = match seen.get(&sha256) {
            Some(first) => Some(first.clone()),
            None => lock(&self.ledger)
                .with_bytes(&sha256)
                .filter(|record| record.path != path)
                // One that failed is read under this name now.
                .filter(|record| record.outcome != Outcome::Failed)
                .map(|record| record.path.clone()),
        };
        if let Some(twin) = twin {
            whose.drop_file(file);
            return self.record(Record {
                sha256: Some(sha256),
                outcome: Outcome::Duplicate,
                same_as: Some(twin),
                ..input.pending()
            });
        }
        seen.insert(sha256.clone(), path);
        let ready = Ready {
            index,
            file: file.to_owned(),
            whose,
            sha256,
        };
        // Nobody takes it any more: the run is over.
        let _ = out.send(ready);
    }

    /// A worker: reads what is handed out until nothing is.
    fn work(&self, take: &Mutex<Receiver<Ready>>) {
        loop {
            let next = lock(take).recv();
            let Ok(ready) = next else { return };
            if !self.is_stopped() {
                match self.read(&ready) {
                    Ok(record) => self.record(record),
                    Err(error) => self.stop(error),
                }
            }
            ready.whose.drop_file(&ready.file);
        }
    }

    /// Reads one input and puts its results where they belong. `Err`: the fault is not the input's.
    fn read(&self, ready: &Ready) -> Result<Record, BatchError> {
        let input = &self.inputs[ready.index];
        let name = &self.names[ready.index];
        let path = names::shown(&input.path);
        let work = {
            let mut ledger = lock(&self.ledger);
            ledger.begin(&path, &names::shown(name))?;
            ledger.work(&ready.sha256)
        };
        fs::create_dir_all(&work).map_err(BatchError::io(&work))?;
        let request = Request {
            input: ready.file.clone(),
            file_name: input
                .path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned(),
            work: work.clone(),
            options: self.batch.options.clone(),
            parts: self.batch.parts.clone(),
            unread: Unread::Read,
            sample: Some(Draw {
                below: lock(&self.lots).highest(),
                most: sample::SIZE,
            }),
        };
        let mut read_as = None;
        let mut on_event = |event| match event {
            Event::Opened { sha256, .. } => read_as = Some(sha256),
            Event::PageDone { .. } => (self.on_step)(Step::Page),
        };
        let parsed = exec::parse(&request, &self.batch.caps, &mut on_event, &self.cancel);
        let record = Record {
            sha256: Some(ready.sha256.clone()),
            ..input.pending()
        };
        let record = match parsed {
            Err(ExecError::Cancelled) => return Err(ExecError::Cancelled.into()),
            Err(error) if is_everybodys(&error) => return Err(error.into()),
            Err(error) => Record {
                outcome: Outcome::of(&error),
                problem: Some(Problem::from(&error)),
                ..record
            },
            Ok(_) if read_as.as_ref() != Some(&ready.sha256) => Record {
                outcome: Outcome::Failed,
                problem: Some(Problem::new(
                    "changed",
                    Said::new(
                        "tệp đã thay đổi trong khi đọc; chạy lại với `--only failed`",
                        "the file changed while it was read; run again with `--only failed`",
                    ),
                )),
                ..record
            },
            Ok(parsed) => {
                let document = fs::read(&parsed.document).map_err(BatchError::io(&parsed.document))?;
                let document = json::read(&document).map_err(io::Error::other);
                let document = document.map_err(BatchError::io(&parsed.document))?;
                let folder = self.batch.folder_of(name);
                let stem = name.file_name().unwrap_or_default();
                parsed
                    .into_folder(&folder, stem)
                    .map_err(|error| BatchError::Io {
                        path: error.path,
                        source: error.source,
                    })?;
                let (drawn, thumbnail) = self.keep_drawn(&parsed.drawn, &ready.sha256)?;
                let outputs = parsed
                    .files
                    .iter()
                    .map(|(format, _)| names::shown(&name.with_file_name(named(stem, *format))));
                Record {
                    outcome: if parsed.failed.is_empty() {
                        Outcome::Ok
                    } else {
                        Outcome::Partial
                    },
                    problem: missing_pages(parsed.failed.len()),
                    outputs: outputs.collect(),
                    reading: Some(Reading {
                        settled_words: parsed.drawn.settled,
                        ..Reading::of(&document)
                    }),
                    drawn,
                    thumbnail,
                    ..record
                }
            }
        };
        let _ = fs::remove_dir_all(&work);
        Ok(record)
    }

    /// Keeps what was drawn from a document where the report shows it.
    fn keep_drawn(
        &self,
        drawn: &exec::Drawn,
        sha256: &str,
    ) -> Result<(Vec<Drawn>, Option<String>), BatchError> {
        let folder = self.batch.output.join(report::FILES);
        fs::create_dir_all(&folder).map_err(BatchError::io(&folder))?;
        let keep = |from: &Path, name: &str| {
            fs::read(from)
                .and_then(|bytes| exec::write_file(&folder.join(name), &bytes))
                .map_err(BatchError::io(&folder))
        };
        let mut words = Vec::new();
        for (word, ink) in &drawn.words {
            // A word whose ink could not be cut out is checked in the scan itself.
            if let Some(ink) = ink {
                keep(ink, &report::ink_name(&word.key))?;
            }
            words.push(Drawn {
                key: word.key.clone(),
                page: word.page.get(),
                bbox: word.bbox.corners(),
                text: word.text.clone(),
            });
        }
        let mut thumbnail = None;
        if let Some((page, small)) = &drawn.thumbnail {
            let name = format!("page-{}-{page}.jpg", &sha256[..16]);
            keep(small, &name)?;
            thumbnail = Some(format!("{}/{name}", report::FILES));
        }
        lock(&self.lots).take_in(&words);
        Ok((words, thumbnail))
    }

    fn settle(&self, index: usize, outcome: Outcome, problem: Problem) {
        self.record(Record {
            outcome,
            problem: Some(problem),
            ..self.inputs[index].pending()
        });
    }

    fn record(&self, record: Record) {
        if let Err(error) = lock(&self.ledger).done(record.clone()) {
            return self.stop(error);
        }
        (self.on_step)(Step::Done(&record));
    }

    /// Nothing more is begun.
    fn stop(&self, error: BatchError) {
        lock(&self.stopped).get_or_insert(error);
        self.cancel.cancel();
    }

    fn is_stopped(&self) -> bool {
        self.cancel.is_cancelled()
    }
}

/// The lowest keys of all that were drawn.
#[derive(Default)]
struct Lots(BTreeSet<String>);

impl Lots {
    fn of(ledger: &Ledger) -> Self {
        let mut lots = Self::default();
        for record in ledger.records() {
            lots.take_in(&record.drawn);
        }
        lots
    }

    fn take_in(&mut self, words: &[Drawn]) {
        self.0.extend(words.iter().map(|word| word.key.clone()));
        while self.0.len() > sample::SIZE {
            self.0.pop_last();
        }
    }

    /// The key below which a word is of the sample; `None` while it is not full.
    fn highest(&self) -> Option<String> {
        self.0.last().filter(|_| self.0.len() == sample::SIZE).cloned()
    }
}

/// Whether the fault is the machine's and would meet every input.
fn is_everybodys(error: &ExecError) -> bool {
    matches!(error, ExecError::PartMissing { .. }) || error.code() == "disk_full"
}

fn archive_changed() -> Problem {
    Problem::new(
        "archive_changed",
        Said::new(
            "tệp nén đã thay đổi trong khi đọc; hãy chạy lại khi nó nguyên vẹn",
            "the archive changed while it was read; run the batch again when it is whole",
        ),
    )
}

fn missing_pages(count: usize) -> Option<Problem> {
    (count > 0).then(|| {
        let said = Said::new(
            format!("{count} trang không đọc được"),
            format!("{count} pages could not be read"),
        );
        Problem::new("pages_failed", said)
    })
}

impl Whose {
    /// Nobody needs the file any more. If one of ours stays, the spool is emptied with the next run.
    fn drop_file(self, file: &Path) {
        if self == Self::Ours {
            let _ = fs::remove_file(file);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
