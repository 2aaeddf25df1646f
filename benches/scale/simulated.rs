//! Workers that only wait: what the queue itself costs.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use sohoa::domain::{Document, PageNo, PageOutcome, Source, Stretch};
use sohoa::exec::{Cancel, Drawn, Event, ExecError, Parsed};
use sohoa::jobs::{Engine, Neighbours, Parser, Parts, Policy, Task};
use sohoa::stages::export::{Format, json};
use sohoa::store::{DataFolder, NewDocument, PostgresStore, Store};
use time::OffsetDateTime;

use super::server::Server;

/// What a page costs: about what the standard profile takes for one on a slow core, divided by three.
const A_PAGE: Duration = Duration::from_secs(1);
/// For each worker: pages of the one long document, and short documents of so many pages.
const LONG: u32 = 40;
const SHORT: (u32, u32) = (5, 4);
const WORKERS: [u32; 6] = [1, 2, 4, 8, 16, 32];

/// Waits instead of reading, and notes what it was asked to read.
#[derive(Default)]
struct Simulation {
    /// How often each page was read, by work folder.
    read: Mutex<BTreeMap<PathBuf, BTreeMap<u32, u32>>>,
}

impl Simulation {
    fn read(&self) -> MutexGuard<'_, BTreeMap<PathBuf, BTreeMap<u32, u32>>> {
        self.read.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_read(&self, work: &Path, page: u32) -> bool {
        let read = self.read();
        read.get(work).is_some_and(|pages| pages.contains_key(&page))
    }

    /// Reads what is not read yet.
    fn pages(
        &self,
        work: &Path,
        pages: Stretch,
        on_event: &mut dyn FnMut(Event),
        cancel: &Cancel,
    ) -> Result<(), ExecError> {
        for number in pages.first.get()..=pages.last.get() {
            let kept = self.is_read(work, number);
            if !kept {
                let until = Instant::now() + A_PAGE;
                while Instant::now() < until {
                    if cancel.is_cancelled() {
                        return Err(ExecError::Cancelled);
                    }
                    std::thread::sleep(Duration::from_millis(5).min(until - Instant::now()));
                }
                let mut read = self.read();
                *read
                    .entry(work.to_owned())
                    .or_default()
                    .entry(number)
                    .or_default() += 1;
            }
            on_event(Event::PageDone {
                page: PageNo::from_index(number as usize - 1),
                outcome: PageOutcome::Ok,
                kept,
            });
        }
        Ok(())
    }
}

impl Parser for Simulation {
    fn parse(
        &self,
        task: &Task<'_>,
        on_event: &mut dyn FnMut(Event),
        cancel: &Cancel,
    ) -> Result<Parsed, ExecError> {
        // A document is called by its number of pages.
        let length: u32 = task.file_name.parse().unwrap_or(1);
        on_event(Event::Opened {
            sha256: String::new(),
            pages: length as usize,
        });
        let all = Stretch {
            first: PageNo::FIRST,
            last: PageNo::from_index(length as usize - 1),
        };
        self.pages(task.work, all, on_event, cancel)?;
        let document = task.work.join("document.json");
        let read = Document {
            source: Source {
                file: task.file_name.to_owned(),
                pages: length as usize,
                ..Source::default()
            },
            ..Document::default()
        };
        let written = std::fs::create_dir_all(task.work)
            .and_then(|()| json::write(&read).map_err(std::io::Error::other))
            .and_then(|bytes| std::fs::write(&document, bytes));
        written.map_err(|source| ExecError::Io {
            path: document.clone(),
            source,
        })?;
        Ok(Parsed {
            document,
            files: Vec::new(),
            images: Vec::new(),
            failed: Vec::new(),
            drawn: Drawn::default(),
            peak_memory: 0,
        })
    }

    fn read_pages(
        &self,
        task: &Task<'_>,
        pages: Stretch,
        on_event: &mut dyn FnMut(Event),
        cancel: &Cancel,
    ) -> Result<(), ExecError> {
        self.pages(task.work, pages, on_event, cancel)
    }

    fn export(&self, _: &Path, _: &str, _: &Path, _: Format, _: &Cancel) -> Result<Parsed, ExecError> {
        Err(ExecError::Cancelled)
    }
}

/// What a run took.
struct Run {
    workers: u32,
    pages: u32,
    wall: Duration,
    /// Processor time of the server, all its processes.
    server: Duration,
}

impl Run {
    fn rate(&self) -> f64 {
        f64::from(self.pages) / self.wall.as_secs_f64()
    }
}

async fn run(server: &Server, workers: u32) -> Result<Run> {
    let address = server.database().await;
    let root = tempfile::tempdir()?;
    drop(DataFolder::open(root.path())?);
    let store: Arc<dyn Store> = Arc::new(PostgresStore::open(&address).await?);
    let now = OffsetDateTime::now_utc();
    let lengths = std::iter::once(LONG * workers).chain((0..SHORT.0 * workers).map(|_| SHORT.1));
    let mut pages = 0;
    for (number, length) in lengths.enumerate() {
        pages += length;
        let (id, file) = (format!("{number:08}"), length.to_string());
        let new = NewDocument {
            id: &id,
            sha256: &id,
            file: &file,
            bytes: 1,
            by: "bench",
        };
        store.upload(new, now).await?;
    }
    let simulation = Arc::new(Simulation::default());
    let mut engines = Vec::new();
    for number in 0..workers {
        engines.push(Engine::new(Parts {
            name: format!("w{number}"),
            neighbours: Neighbours::Possible,
            // As a process of its own has it.
            store: Arc::new(PostgresStore::open(&address).await?),
            data: Arc::new(DataFolder::join(root.path())?.ok_or_else(|| anyhow::anyhow!("no folder"))?),
            parser: simulation.clone(),
            policy: Policy {
                workers: 1,
                ..Policy::default()
            },
            clock: Arc::new(OffsetDateTime::now_utc),
            ids: Arc::new(|| uuid::Uuid::now_v7().to_string()),
        }));
    }
    let (began, spent) = (Instant::now(), super::processor_time(server)?);
    let mut running = Vec::new();
    for engine in &engines {
        running.push(engine.start().await?);
    }
    loop {
        let counts = store.queue_counts().await?;
        ensure!(counts.failed == 0, "{counts:?}");
        if counts.queued + counts.running == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let run = Run {
        workers,
        pages,
        wall: began.elapsed(),
        server: super::processor_time(server)? - spent,
    };
    for running in running {
        running.stop().await;
    }
    let read = simulation.read();
    let each: Vec<u32> = read.values().flat_map(|pages| pages.values().copied()).collect();
    ensure!(
        each.len() == pages as usize,
        "{} of {pages} pages were read",
        each.len()
    );
    ensure!(each.iter().all(|times| *times == 1), "pages were read twice");
    Ok(run)
}

/// The table of all runs.
pub async fn report(server: &Server) -> Result<String> {
    let mut text = format!(
        "## Workers, with simulated reading\n\n\
         Each worker is a store of its own with its own connections, as a process has; a page costs {:.0} s of waiting. For each worker \
         there are {LONG} pages of one long document, read together, and {} documents of {} pages. Every page is read exactly once, or the \
         benchmark fails.\n\n\
         | workers | pages | times as fast as one | of that many | PostgreSQL, of a core | ms of it a page |\n\
         |---:|---:|---:|---:|---:|---:|\n",
        A_PAGE.as_secs_f64(),
        SHORT.0,
        SHORT.1
    );
    let mut first = None;
    for workers in WORKERS {
        let run = run(server, workers).await?;
        let one = *first.get_or_insert(run.rate());
        let times = run.rate() / one;
        let line = format!(
            "| {} | {} | {times:.1} | {:.0} % | {:.1} % | {:.1} |",
            run.workers,
            run.pages,
            100.0 * times / f64::from(workers),
            100.0 * run.server.as_secs_f64() / run.wall.as_secs_f64(),
            1000.0 * run.server.as_secs_f64() / f64::from(run.pages),
        );
        eprintln!("{line}");
        writeln!(text, "{line}")?;
    }
    text.push('\n');
    Ok(text)
}
