//! The order of the stages: the table of contents of the whole product.

mod notes;
mod page;

use std::path::PathBuf;

use crate::domain::{
    Document, InkKind, PageNo, PageOutcome, PageReading, PageSummary, Pipeline, Rotation, SETTLED, Source,
    Verdict,
};
use crate::stages::export::{Format, json};
use crate::stages::ingest::{IngestError, Limits, Opened};
use crate::stages::read::ReadError;
use crate::stages::{check, ingest, metadata, restore, rubric, table};

/// Parts that live outside the program.
#[derive(Debug, Clone, PartialEq)]
pub struct Parts {
    /// `libpdfium.so`.
    pub pdfium: PathBuf,
    /// The folder with `vie.traineddata`.
    pub tessdata: PathBuf,
    /// Known phrases, one a line, in place of the built-in ones.
    pub phrases: Option<PathBuf>,
    /// The text of a dictionary whose phrases are known besides; empty: none.
    pub dictionary: String,
}

/// What to do with a document.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    pub limits: Limits,
    /// First and last page to read, both included; `None`: all.
    pub pages: Option<(PageNo, PageNo)>,
    pub formats: Vec<Format>,
    pub page_images: PageImages,
    pub profile: Profile,
}

/// How much work a page is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Profile {
    /// Scores are read twice, all other text once, by the fast reader: for search, not for confirmation.
    Draft,
    /// Every line is read until nothing in it is in doubt, or all readers have read it.
    #[default]
    Standard,
    /// Every line is read by every reader.
    Archive,
}

impl Profile {
    pub const ALL: [Self; 3] = [Self::Draft, Self::Standard, Self::Archive];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Standard => "standard",
            Self::Archive => "archive",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|p| p.name() == name)
    }
}

/// Whether the upright page images are made for showing beside the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageImages {
    Keep,
    Drop,
}

#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    #[error(transparent)]
    Ingest(#[from] IngestError),
    /// A reader that is needed could not be started.
    #[error(transparent)]
    Reader(#[from] ReadError),
    /// The file of known phrases cannot be read.
    #[error("{path}: {source}")]
    Phrases { path: PathBuf, source: std::io::Error },
    #[error("writing {path}: {source}")]
    Write { path: PathBuf, source: std::io::Error },
}

/// What to do with a page whose turn has come.
#[derive(Debug, Clone, PartialEq)]
pub enum Begin {
    Read,
    /// An earlier, interrupted run read it already: take this, and report it as done without an image.
    Kept(PageReading),
    /// It killed an earlier run: do not touch it, report it as failed with this reason.
    GivenUp(String),
}

/// Who watches a conversion, and keeps what is done of it.
pub trait Observer {
    /// The file is open and within its limits.
    fn opened(&mut self, sha256: &str, pages: usize);
    /// A page's turn has come: called once a page, directly before it is read, so that a page that
    /// kills the process is known. Not called for pages outside `Options::pages`.
    fn begin(&mut self, page: PageNo) -> Begin;
    /// A page is read, or failed with the reason. `image` is the upright page as JPEG, for showing.
    fn page_done(&mut self, page: PageNo, reading: Result<&PageReading, &str>, image: Option<&[u8]>);
}

/// Converts `bytes` in this process. Hostile input: call it only inside a sandboxed child.
pub fn convert(
    file_name: &str,
    bytes: Vec<u8>,
    parts: &Parts,
    options: &Options,
    observer: &mut dyn Observer,
) -> Result<Document, PipelineError> {
    let opened = ingest::open(bytes, &options.limits, &parts.pdfium)?;
    observer.opened(&opened.sha256, opened.pages);

    let mut desk = page::Desk::new(parts, options.profile)?;
    let mut pages = read_pages(&opened, &mut desk, options, observer)?;

    let mut readings: Vec<PageReading> = pages.iter_mut().filter_map(|p| p.reading.take()).collect();
    weigh_together(&mut readings);
    count_words(&readings, &mut pages);
    table::set_aside_running_heads(&mut readings);
    let table::Assembly { tables, text } = table::assemble(&readings);
    let mut rubrics = rubric::build(&tables);
    check::rubrics(&mut rubrics, &tables, &text, json::known_rubrics());
    let first = readings.first().map(|r| r.page);
    for (page, note) in notes::without_rubric(&tables, &rubrics, first) {
        if let Some(done) = pages.iter_mut().find(|p| p.summary.page == page) {
            done.summary.notes.push(note);
        }
    }
    let facts = metadata::Facts::of(&text, &readings);
    if let Some(rubric) = rubrics.first_mut() {
        rubric
            .findings
            .extend(metadata::contradictions(&facts, &readings));
    }

    Ok(Document {
        source: Source {
            file: file_name.to_owned(),
            sha256: opened.sha256.clone(),
            pages: opened.pages,
            format: opened.format(),
        },
        pipeline: Pipeline {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            readers: desk.reader_names(),
            models: desk.model_digests(),
            missing: Vec::new(),
        },
        metadata: facts.metadata(),
        text,
        pages: pages.into_iter().map(|p| p.summary).collect(),
        tables,
        rubrics,
        ..Document::default()
    })
}

/// Reads the chosen pages for an observer that keeps them. What the document is as a whole is left to a [`convert`] that
/// finds them kept. As hostile as that.
pub fn read(
    bytes: Vec<u8>,
    parts: &Parts,
    options: &Options,
    observer: &mut dyn Observer,
) -> Result<(), PipelineError> {
    let opened = ingest::open(bytes, &options.limits, &parts.pdfium)?;
    observer.opened(&opened.sha256, opened.pages);
    let mut desk = page::Desk::new(parts, options.profile)?;
    read_pages(&opened, &mut desk, options, observer)?;
    Ok(())
}

/// Weighs how certain the words of a document's pages are by each other. [`convert`] does it with all that it read; whoever kept
/// the readings as they came does the same with those.
pub fn weigh_together(readings: &mut [PageReading]) {
    restore::weigh_in_document(readings);
}

fn count_words(readings: &[PageReading], pages: &mut [Done]) {
    for reading in readings {
        let Some(done) = pages.iter_mut().find(|p| p.summary.page == reading.page) else {
            continue;
        };
        let words = || reading.lines().flat_map(|line| &line.words);
        done.summary.words = words().count();
        done.summary.doubtful_words = words().filter(|w| w.certainty.get() < SETTLED).count();
    }
}

/// A page that is done, whatever came of it.
struct Done {
    summary: PageSummary,
    reading: Option<PageReading>,
}

/// Reads the chosen pages one by one. A page that fails is recorded; the others still come out.
fn read_pages(
    opened: &Opened,
    desk: &mut page::Desk,
    options: &Options,
    observer: &mut dyn Observer,
) -> Result<Vec<Done>, PipelineError> {
    let mut done = Vec::new();
    for index in 0..opened.pages {
        let number = PageNo::from_index(index);
        if options
            .pages
            .is_some_and(|(first, last)| number < first || number > last)
        {
            continue;
        }
        let (reading, image) = match observer.begin(number) {
            Begin::Kept(reading) => {
                desk.take_in(&reading);
                (Ok(reading), None)
            }
            Begin::GivenUp(why) => (Err(why), None),
            Begin::Read => match desk.read(opened, index, options.page_images) {
                Ok(read) => (Ok(read.reading), read.image),
                Err(page::PageFailure::Page(why)) => (Err(why), None),
                Err(page::PageFailure::Reader(error)) => return Err(error.into()),
            },
        };
        observer.page_done(number, reading.as_ref().map_err(String::as_str), image.as_deref());
        let (summary, reading) = match reading {
            Ok(reading) => (summary(&reading), Some(reading)),
            Err(why) => (failed(number, why), None),
        };
        done.push(Done {
            summary: PageSummary {
                scan: opened.scanned(index),
                ..summary
            },
            reading,
        });
    }
    Ok(done)
}

fn summary(reading: &PageReading) -> PageSummary {
    let blank = reading.blocks.is_empty() && reading.other_ink.iter().all(|ink| ink.kind == InkKind::Running);
    PageSummary {
        page: reading.page,
        verdict: reading.verdict,
        reason: reading.evidence.reason.clone(),
        width: reading.width,
        height: reading.height,
        rotation: reading.rotation,
        outcome: if blank {
            PageOutcome::Blank
        } else {
            PageOutcome::Ok
        },
        notes: reading.notes.clone(),
        scan: None,
        words: 0,
        doubtful_words: 0,
    }
}

fn failed(page: PageNo, why: String) -> PageSummary {
    PageSummary {
        page,
        verdict: Verdict::None,
        reason: String::new(),
        width: 0,
        height: 0,
        rotation: Rotation::None,
        outcome: PageOutcome::Failed { why },
        notes: Vec::new(),
        scan: None,
        words: 0,
        doubtful_words: 0,
    }
}
