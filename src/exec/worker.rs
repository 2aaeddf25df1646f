//! The child's side: `sohoa __worker`.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::folder::{Folder, write_whole};
use super::probe;
use super::protocol::{Order, Outcome, ParseOrder, Report, Task, WireDrawn};
use super::sandbox::{self, Allowed, Orphan};
use super::unpacker;
use super::wire::KeptPage;
use crate::domain::{Document, PageNo, PageReading};
use crate::pipeline::{self, Begin, Observer, PipelineError};
use crate::stages::export::{self, Format, Scan};
use crate::stages::ingest::{IngestError, LimitKind};

/// Reads one order on stdin, works it off inside the sandbox, reports on stdout.
/// What goes wrong with the document is reported, not returned: `Err` means there was no order.
pub fn run() -> io::Result<()> {
    let order: Order = serde_json::from_reader(io::stdin().lock()).map_err(io::Error::other)?;
    if sandbox::die_with(order.parent)? == Orphan::Yes {
        return Ok(());
    }
    match order.task {
        Task::Parse(order) => {
            let end = convert(&order);
            report(&end.unwrap_or_else(|failure| failure));
        }
        Task::ReadPages(order) => {
            let end = read_pages(&order);
            report(&end.unwrap_or_else(|failure| failure));
        }
        Task::Unpack(order) => {
            let end = unpacker::run(&order);
            report(&end.unwrap_or_else(|failure| failure));
        }
        Task::Probe { work } => {
            report(&Report::Walls(sandbox::enter(&probe::allowed(&work))));
            report(&Report::Leaks {
                leaks: probe::leaks(&work, order.parent),
            });
        }
    }
    Ok(())
}

fn read_pages(order: &ParseOrder) -> Result<Report, Report> {
    let folder = Folder::new(&order.work);
    let bytes = read_input(&order.input, order.limit_bytes)?;
    report(&Report::Walls(sandbox::enter(&allowed(order))));
    let mut pages = Pages::new(order, &folder);
    pipeline::read(bytes, &order.parts(), &order.options(), &mut pages).map_err(|error| failure(&error))?;
    Ok(Report::Done { formats: Vec::new() })
}

fn convert(order: &ParseOrder) -> Result<Report, Report> {
    let folder = Folder::new(&order.work);
    let bytes = read_input(&order.input, order.limit_bytes)?;
    report(&Report::Walls(sandbox::enter(&allowed(order))));
    let mut pages = Pages::new(order, &folder);
    // The input is out of reach behind the sandbox, and some formats are made from it.
    let formats = order.options().formats;
    let original = if formats.iter().any(|f| f.needs_original()) {
        bytes.clone()
    } else {
        Vec::new()
    };
    let document = pipeline::convert(
        &order.file_name,
        bytes,
        &order.parts(),
        &order.options(),
        &mut pages,
    )
    .map_err(|error| failure(&error))?;
    let wanted = order.draw.is_some() || formats.iter().any(|f| f.needs_readings());
    let mut readings: Vec<PageReading> = if wanted {
        document
            .pages
            .iter()
            .filter_map(|page| pages.read_back(page.page))
            .collect()
    } else {
        Vec::new()
    };
    // What is kept of a page was said before the others were read.
    pipeline::weigh_together(&mut readings);
    if let Some((most, below)) = &order.draw {
        draw(&folder, &pages.sha256, &readings, *most, below.as_deref())?;
    }
    let scan = Scan {
        original: &original,
        readings: &readings,
        picture: &|page| std::fs::read(folder.image(page)).ok(),
    };
    write_files(&document, order, &folder, &scan)
}

/// Draws words for a person to check, cuts their ink out, and makes the page with the most doubtful words small.
fn draw(
    folder: &Folder,
    sha256: &str,
    readings: &[PageReading],
    most: usize,
    below: Option<&str>,
) -> Result<(), Report> {
    let words = export::sampled(sha256, readings, most, below);
    let mut drawn = WireDrawn {
        words: words.iter().map(Into::into).collect(),
        settled: export::settled_words(readings),
        thumbnail: None,
    };
    let write = |path: PathBuf, bytes: &[u8]| write_whole(&path, bytes).map_err(io_report(&path));
    for reading in readings {
        let of_page: Vec<_> = words.iter().filter(|w| w.page == reading.page).collect();
        if of_page.is_empty() {
            continue;
        }
        // A page without a picture, or with one that nothing can read, has no ink to show.
        let picture = std::fs::read(folder.image(reading.page));
        let Some(picture) = picture.ok().and_then(|jpeg| export::Picture::of(&jpeg)) else {
            continue;
        };
        for word in of_page {
            if let Some(ink) = picture.ink(word.bbox) {
                write(folder.ink(&word.key), &ink)?;
            }
        }
    }
    if let Some(page) = export::most_doubtful(readings) {
        let picture = std::fs::read(folder.image(page));
        let small = picture.ok().and_then(|jpeg| export::Picture::of(&jpeg)?.small());
        if let Some(small) = small {
            write(folder.thumbnail(), &small)?;
            drawn.thumbnail = Some(page.get());
        }
    }
    let path = folder.drawn();
    let bytes = serde_json::to_vec(&drawn).map_err(|e| io_report(&path)(io::Error::other(e)))?;
    write(path, &bytes)
}

fn allowed(order: &ParseOrder) -> Allowed {
    let parts = [Some(&order.pdfium), Some(&order.tessdata), order.phrases.as_ref()];
    Allowed {
        read: parts.into_iter().flatten().cloned().collect(),
        write: order.work.clone(),
        memory: order.memory,
        cpu_seconds: order.cpu_seconds,
        file_bytes: order.file_bytes,
    }
}

/// Before the sandbox: reading is not parsing, and the sandbox need not let the input in.
fn read_input(path: &Path, limit: u64) -> Result<Vec<u8>, Report> {
    let size = path.metadata().map_err(io_report(path))?.len();
    if size > limit {
        return Err(refusal(&IngestError::OverLimit {
            what: LimitKind::Bytes,
            actual: size,
            limit,
        }));
    }
    std::fs::read(path).map_err(io_report(path))
}

fn write_files(
    document: &Document,
    order: &ParseOrder,
    folder: &Folder,
    scan: &Scan,
) -> Result<Report, Report> {
    let write = |format: Format, path: PathBuf| {
        let bytes =
            export::document(format, document, scan).map_err(|e| io_report(&path)(io::Error::other(e)))?;
        write_whole(&path, &bytes).map_err(io_report(&path))
    };
    if !order.leave_unread {
        write(Format::Json, folder.document())?;
    }
    let mut formats = Vec::new();
    for format in order.options().formats {
        write(format, folder.output(format))?;
        formats.push(format.name().to_owned());
    }
    Ok(Report::Done { formats })
}

/// Keeps what is read and reports it.
struct Pages<'a> {
    order: &'a ParseOrder,
    folder: &'a Folder,
    sha256: String,
    /// SHA-256 of the dictionary; `None` without one.
    dictionary: Option<String>,
    /// Pages of an earlier run.
    kept: BTreeSet<PageNo>,
}

impl<'a> Pages<'a> {
    fn new(order: &'a ParseOrder, folder: &'a Folder) -> Self {
        Self {
            order,
            folder,
            sha256: String::new(),
            dictionary: order.dictionary_digest(),
            kept: BTreeSet::new(),
        }
    }

    fn keep(&self, page: PageNo, reading: &PageReading, image: Option<&[u8]>) -> Result<(), Report> {
        if let Some(image) = image {
            let path = self.folder.image(page);
            write_whole(&path, image).map_err(io_report(&path))?;
        }
        // The image first: a page counts as kept only with its reading.
        let path = self.folder.reading(page);
        let kept = serde_json::to_vec(&KeptPage::new(&self.sha256, self.dictionary.clone(), reading))
            .map_err(io::Error::other);
        kept.and_then(|bytes| write_whole(&path, &bytes))
            .map_err(io_report(&path))
    }

    fn read_back(&self, page: PageNo) -> Option<PageReading> {
        let bytes = std::fs::read(self.folder.reading(page)).ok()?;
        // A file of another version or dictionary, or a broken one: the page is read again. Where nothing is read
        // again, what is there counts, whichever dictionary it was read with.
        serde_json::from_slice::<KeptPage>(&bytes)
            .ok()
            .filter(|kept| self.order.leave_unread || kept.is_read_with(self.dictionary.as_deref()))?
            .reading_of(&self.sha256)
    }
}

impl Observer for Pages<'_> {
    fn opened(&mut self, sha256: &str, pages: usize) {
        sha256.clone_into(&mut self.sha256);
        report(&Report::Opened {
            sha256: sha256.to_owned(),
            pages,
        });
    }

    fn begin(&mut self, page: PageNo) -> Begin {
        if let Some(why) = self.order.given_up(page) {
            return Begin::GivenUp(why.to_owned());
        }
        if let Some(reading) = self.read_back(page) {
            self.kept.insert(page);
            return Begin::Kept(reading);
        }
        if self.order.leave_unread {
            return Begin::GivenUp("chưa được đọc / not read".to_owned());
        }
        report(&Report::Began { page: page.get() });
        Begin::Read
    }

    fn page_done(&mut self, page: PageNo, reading: Result<&PageReading, &str>, image: Option<&[u8]>) {
        let kept = self.kept.contains(&page);
        let outcome = match reading {
            Err(why) => Outcome::Failed(why.to_owned()),
            Ok(reading) => {
                if !kept && let Err(error) = self.keep(page, reading, image) {
                    // The disk is full or gone: what is still to be read could not be kept either.
                    report(&error);
                    std::process::exit(1);
                }
                if reading.blocks.is_empty() {
                    Outcome::Blank
                } else {
                    Outcome::Ok
                }
            }
        };
        report(&Report::Page {
            page: page.get(),
            outcome,
            kept,
        });
    }
}

/// A parent that does not listen any more will kill this process: no matter.
pub(super) fn report(report: &Report) {
    if let Ok(mut line) = serde_json::to_vec(report) {
        line.push(b'\n');
        let mut stdout = io::stdout().lock();
        let _ = stdout.write_all(&line).and_then(|()| stdout.flush());
    }
}

fn failure(error: &PipelineError) -> Report {
    match error {
        PipelineError::Ingest(error) => refusal(error),
        PipelineError::Reader(_) | PipelineError::Phrases { .. } => Report::PartMissing {
            part: error.to_string(),
        },
        PipelineError::Write { path, source } => {
            io_report(path)(io::Error::new(source.kind(), source.to_string()))
        }
    }
}

fn refusal(error: &IngestError) -> Report {
    match error {
        IngestError::PartMissing { part } => Report::PartMissing { part: part.clone() },
        other => Report::Refused {
            code: other.code().to_owned(),
            message_vi: other.message_vi(),
            message_en: other.message_en(),
        },
    }
}

pub(super) fn io_report(path: &Path) -> impl FnOnce(io::Error) -> Report {
    let path = path.to_owned();
    move |error| Report::Io {
        path,
        os_error: error.raw_os_error(),
        message: error.to_string(),
    }
}
