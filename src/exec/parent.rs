//! The parent's side: starts children, holds the clock, sets aside pages that kill.

use std::io;
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use super::folder::Folder;
use super::process::{Burial, Process, Signal, ears};
use super::protocol::{Order, Outcome, ParseOrder, Report, Task, WireDrawn, WireSampledWord};
use super::{Cancel, Caps, Drawn, Event, ExecError, Parsed, Request, Wall, Walls};
use crate::domain::{PageNo, PageOutcome};
use crate::stages::export::Format;

/// After so many pages that killed their child the document is given up: the fault is not a page's.
const MOST_PAGES_GIVEN_UP: usize = 5;

/// Parses a document in sandboxed children. Blocks until it is done; safe on any thread.
pub fn parse(
    request: &Request,
    caps: &Caps,
    on_event: &mut dyn FnMut(Event),
    cancel: &Cancel,
) -> Result<Parsed, ExecError> {
    let folder = Folder::new(&absolute(&request.work)?);
    folder
        .make()
        .and_then(|()| folder.sweep())
        .map_err(io_error(folder.root()))?;
    with_children(request, caps, on_event, cancel, Task::Parse, |parse, formats| {
        parse.finish(&formats)
    })
}

/// Reads the chosen pages of a document in sandboxed children and keeps them in the work folder, where a later [`parse`]
/// finds them: others may be reading other pages into the same folder. A page that cannot be read is not kept. Blocks.
pub fn read_pages(
    request: &Request,
    caps: &Caps,
    on_event: &mut dyn FnMut(Event),
    cancel: &Cancel,
) -> Result<(), ExecError> {
    with_children(request, caps, on_event, cancel, Task::ReadPages, |_, _| Ok(()))
}

/// Starts children until one comes to its end, setting aside pages that kill.
fn with_children<T>(
    request: &Request,
    caps: &Caps,
    on_event: &mut dyn FnMut(Event),
    cancel: &Cancel,
    task: fn(Box<ParseOrder>) -> Task,
    at_the_end: impl FnOnce(Parse<'_>, Vec<String>) -> Result<T, ExecError>,
) -> Result<T, ExecError> {
    let folder = Folder::new(&absolute(&request.work)?);
    folder.make().map_err(io_error(folder.root()))?;
    let request = Request {
        input: absolute(&request.input)?,
        work: folder.root().to_owned(),
        ..request.clone()
    };
    let mut parse = Parse {
        request: &request,
        caps,
        folder,
        deadline: Instant::now() + caps.wall,
        told: Told {
            on_event,
            of: 0,
            pages: Vec::new(),
        },
        given_up: Vec::new(),
        peak_memory: 0,
    };
    loop {
        let mut at = Position::Opening;
        let (send, signals, _waiting) = ears(cancel)?;
        let order = Order::new(task(Box::new(ParseOrder::new(&request, caps, &parse.given_up))));
        let process = Process::start(&order, &parse.folder.temp(), &send)
            .map_err(io_error(Path::new("sohoa __worker")))?;
        let verdict = parse.follow(&process, &signals, &mut at);
        if !matches!(verdict, Verdict::Ended(_)) {
            process.kill();
        }
        let burial = process.bury().map_err(io_error(Path::new("sohoa __worker")))?;
        parse.peak_memory = parse.peak_memory.max(burial.peak_memory);
        // The last lines may have come in with the end.
        let said = signals.try_iter().fold(None, |said, signal| match signal {
            Signal::Report(report) => parse.hear(report, &mut at).or(said),
            _ => said,
        });
        let suspect = parse.suspect(at);
        let error = match (verdict, said) {
            (Verdict::Ended(Some(said)), _) | (Verdict::Ended(None), Some(said)) => match said {
                Said::Done(formats) => return at_the_end(parse, formats),
                Said::Failed(error) => return Err(error),
            },
            (Verdict::Ended(None), None) => death(&burial, caps, suspect),
            (Verdict::Cancelled, _) => return Err(ExecError::Cancelled),
            (Verdict::OverTime, _) => return Err(ExecError::TimedOut { page: suspect }),
            (Verdict::Stalled, _) => ExecError::TimedOut { page: suspect },
        };
        tracing::warn!(%error, page = ?suspect, last_words = burial.last_words, "a child died");
        match suspect {
            Some(page) if parse.given_up.len() < MOST_PAGES_GIVEN_UP => {
                parse.given_up.push((page, reason(&error, caps)));
            }
            _ => return Err(error),
        }
    }
}

/// Where a child is in its work.
#[derive(Clone, Copy, PartialEq)]
enum Position {
    Opening,
    Page(PageNo),
    /// Between pages, or after the last.
    Elsewhere,
}

/// What a child said of its end.
enum Said {
    Done(Vec<String>),
    Failed(ExecError),
}

/// Why the parent stopped listening.
enum Verdict {
    Ended(Option<Said>),
    Cancelled,
    /// The document's time is up.
    OverTime,
    /// The page's time is up.
    Stalled,
}

struct Parse<'a> {
    request: &'a Request,
    caps: &'a Caps,
    folder: Folder,
    deadline: Instant,
    told: Told<'a>,
    given_up: Vec<(PageNo, String)>,
    peak_memory: u64,
}

/// What the caller was told already: a second child begins anew, but events come once.
struct Told<'a> {
    on_event: &'a mut dyn FnMut(Event),
    /// Pages of the document; 0 until it is open.
    of: usize,
    pages: Vec<(PageNo, PageOutcome)>,
}

impl Parse<'_> {
    /// The page to blame if the child dies here: the one it said it was at, else the next in turn.
    fn suspect(&self, at: Position) -> Option<PageNo> {
        match at {
            Position::Opening => None,
            Position::Page(page) => Some(page),
            Position::Elsewhere => {
                let last = PageNo::from_index(self.told.of.checked_sub(1)?);
                let (first, last) = self
                    .request
                    .options
                    .pages
                    .map_or((PageNo::FIRST, last), |(f, l)| (f, l.min(last)));
                (first.index()..=last.index())
                    .map(PageNo::from_index)
                    .find(|page| {
                        !self.told.pages.iter().any(|(told, _)| told == page)
                            && !self.given_up.iter().any(|(gone, _)| gone == page)
                    })
            }
        }
    }

    fn follow(&mut self, process: &Process, signals: &Receiver<Signal>, at: &mut Position) -> Verdict {
        let mut said = None;
        let mut moved = Instant::now();
        loop {
            let now = Instant::now();
            let document_left = self.deadline.saturating_duration_since(now);
            let step_left = match at {
                Position::Elsewhere if self.suspect(*at).is_none() => Duration::MAX,
                _ => (moved + self.caps.page_wall).saturating_duration_since(now),
            };
            match signals.recv_timeout(document_left.min(step_left)) {
                Ok(Signal::Report(report)) => {
                    moved = Instant::now();
                    if let Some(end) = self.hear(report, at) {
                        said.get_or_insert(end);
                    }
                }
                Ok(Signal::Ended) => return Verdict::Ended(said),
                Ok(Signal::Cancelled) => return Verdict::Cancelled,
                Err(RecvTimeoutError::Timeout) if document_left <= step_left => return Verdict::OverTime,
                Err(RecvTimeoutError::Timeout) => return Verdict::Stalled,
                // The parent keeps a sender itself, so this is not reached; a kill is the safe answer.
                Err(RecvTimeoutError::Disconnected) => {
                    process.kill();
                    return Verdict::Ended(said);
                }
            }
        }
    }

    fn hear(&mut self, report: Report, at: &mut Position) -> Option<Said> {
        match report {
            Report::Walls(walls) => {
                if walls
                    != (Walls {
                        files: Wall::Full,
                        calls: Wall::Full,
                        limits: Wall::Full,
                    })
                {
                    tracing::warn!(
                        ?walls,
                        "the sandbox is not complete; `sohoa doctor` says what lacks"
                    );
                }
                None
            }
            Report::Leaks { .. } => None,
            Report::Opened { sha256, pages } => {
                *at = Position::Elsewhere;
                self.told.opened(sha256, pages);
                None
            }
            Report::Began { page } => {
                *at = PageNo::new(page).map_or(Position::Elsewhere, Position::Page);
                None
            }
            Report::Page { page, outcome, kept } => {
                *at = Position::Elsewhere;
                if let Some(page) = PageNo::new(page) {
                    self.told.page(page, outcome.into(), kept);
                }
                None
            }
            Report::Done { formats } => Some(Said::Done(formats)),
            Report::Entry { .. } => None,
            failed @ (Report::Refused { .. } | Report::PartMissing { .. } | Report::Io { .. }) => {
                failed.failure().map(Said::Failed)
            }
        }
    }

    fn finish(mut self, formats: &[String]) -> Result<Parsed, ExecError> {
        let document = existing(self.folder.document())?;
        let files = formats
            .iter()
            .filter_map(|name| Format::from_name(name))
            .filter(|format| self.request.options.formats.contains(format))
            .map(|format| Ok((format, existing(self.folder.output(format))?)))
            .collect::<Result<_, ExecError>>()?;
        let mut pages = std::mem::take(&mut self.told.pages);
        pages.sort_by_key(|(page, _)| *page);
        let images = pages
            .iter()
            .map(|(page, _)| (*page, self.folder.image(*page)))
            .filter(|(_, image)| is_plain_file(image))
            .collect();
        let drawn = match &self.request.sample {
            Some(_) => self.drawn()?,
            None => Drawn::default(),
        };
        let failed = pages
            .into_iter()
            .filter_map(|(page, outcome)| match outcome {
                PageOutcome::Failed { why } => Some((page, why)),
                PageOutcome::Ok | PageOutcome::Blank => None,
            })
            .collect();
        Ok(Parsed {
            document,
            files,
            images,
            failed,
            drawn,
            peak_memory: self.peak_memory,
        })
    }

    /// What the child drew, as far as it is plain.
    fn drawn(&self) -> Result<Drawn, ExecError> {
        let path = existing(self.folder.drawn())?;
        let read = std::fs::read(&path)
            .and_then(|bytes| serde_json::from_slice::<WireDrawn>(&bytes).map_err(io::Error::other));
        let wire = read.map_err(io_error(&path))?;
        let small = self.folder.thumbnail();
        Ok(Drawn {
            words: wire
                .words
                .into_iter()
                .filter_map(WireSampledWord::word)
                .map(|word| {
                    let ink = self.folder.ink(&word.key);
                    (word, is_plain_file(&ink).then_some(ink))
                })
                .collect(),
            settled: wire.settled,
            thumbnail: wire
                .thumbnail
                .and_then(PageNo::new)
                .filter(|_| is_plain_file(&small))
                .map(|page| (page, small)),
        })
    }
}

impl Told<'_> {
    fn opened(&mut self, sha256: String, pages: usize) {
        if self.of == 0 {
            self.of = pages;
            (self.on_event)(Event::Opened { sha256, pages });
        }
    }

    fn page(&mut self, page: PageNo, outcome: PageOutcome, kept: bool) {
        if self.pages.iter().all(|(told, _)| *told != page) {
            self.pages.push((page, outcome.clone()));
            (self.on_event)(Event::PageDone { page, outcome, kept });
        }
    }
}

impl From<Outcome> for PageOutcome {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Ok => Self::Ok,
            Outcome::Blank => Self::Blank,
            Outcome::Failed(why) => Self::Failed { why },
        }
    }
}

/// What killed a child that said nothing of its end.
pub(super) fn death(burial: &Burial, caps: &Caps, page: Option<PageNo>) -> ExecError {
    use std::os::unix::process::ExitStatusExt;
    let signal = burial.status.signal();
    // Rust, C++ and PDFium each end a process in their own way when memory runs out.
    let near_the_cap = burial.peak_memory >= caps.memory / 10 * 9;
    let said_so = [
        "memory allocation of",
        "bad_alloc",
        "Out of memory",
        "out of memory",
    ]
    .iter()
    .any(|words| burial.last_words.contains(words));
    match signal {
        Some(libc::SIGXCPU) => ExecError::TimedOut { page },
        // Not by us, so by the kernel, for memory.
        Some(libc::SIGKILL) => ExecError::OutOfMemory,
        Some(_) if near_the_cap || said_so => ExecError::OutOfMemory,
        signal => ExecError::Crashed { signal },
    }
}

/// Why a page was given up, in the words that the result will show.
fn reason(error: &ExecError, caps: &Caps) -> String {
    match error {
        ExecError::TimedOut { .. } => format!("quá {} giây / over {0} seconds", caps.page_wall.as_secs_f32()),
        ExecError::OutOfMemory => {
            format!("quá {} MB bộ nhớ / over {0} MB of memory", caps.memory >> 20)
        }
        other => format!("tiến trình đọc bị dừng / {other}"),
    }
}

pub(super) fn absolute(path: &Path) -> Result<std::path::PathBuf, ExecError> {
    std::path::absolute(path).map_err(io_error(path))
}

pub(super) fn io_error(path: &Path) -> impl FnOnce(io::Error) -> ExecError {
    let path = path.to_owned();
    move |source| ExecError::Io { path, source }
}

/// Links are not followed: a child that was taken over must not hand out other files.
fn is_plain_file(path: &Path) -> bool {
    path.symlink_metadata().is_ok_and(|file| file.is_file())
}

fn existing(path: std::path::PathBuf) -> Result<std::path::PathBuf, ExecError> {
    if is_plain_file(&path) {
        return Ok(path);
    }
    Err(ExecError::Io {
        path,
        source: io::ErrorKind::NotFound.into(),
    })
}
