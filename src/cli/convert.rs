//! `sohoa convert`: documents in, files out, nothing half written.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use clap::Args;
use tempfile::TempDir;

use super::{Exit, Failure, Said, interrupt, message, output, progress};
use crate::config::Config;
use crate::domain::PageNo;
use crate::exec::{self, Cancel, Caps, Parsed, Request};
use crate::pipeline::{Options, PageImages, Parts, Profile};
use crate::stages::export::Format;

#[derive(Args)]
pub struct Arguments {
    /// Files to read: PDF, PNG, JPEG, TIFF or WebP; `-`: stdin
    #[arg(required = true, value_name = "INPUT")]
    inputs: Vec<PathBuf>,
    /// Folder for the results; `-`: the JSON, or the one format of --formats, to stdout
    #[arg(short, long, value_name = "DIR|-", default_value = ".")]
    output: PathBuf,
    /// Formats to write; into a folder, json and txt always come too
    #[arg(long, value_delimiter = ',', value_name = "LIST", value_parser = format)]
    formats: Vec<Format>,
    /// Documents read at the same time; as many as there are processors when left out
    #[arg(long, value_name = "N")]
    jobs: Option<NonZeroUsize>,
    /// Pages to read: `3`, `1-3`, `2-`
    #[arg(long, value_name = "RANGE", value_parser = pages)]
    pages: Option<Pages>,
    /// Known phrases, one a line, in place of the built-in ones: the forms that you expect
    #[arg(long, value_name = "FILE")]
    phrases: Option<PathBuf>,
    /// How much work a page is worth: `draft` reads running text once, `archive` reads everything by every reader
    #[arg(long, value_name = "NAME", value_parser = profile, default_value = "standard")]
    profile: Profile,
}

/// First and last page, both included.
type Pages = (PageNo, PageNo);

/// Where results go.
enum Target {
    Folder(PathBuf),
    Stdout(Format),
}

/// What every document of one command shares.
pub struct Job<'a> {
    target: Target,
    options: Options,
    parts: Parts,
    caps: Caps,
    cancel: &'a Cancel,
    board: progress::Board,
}

/// `sohoa convert`
pub fn run(arguments: &Arguments, settings: &Config) -> Result<Exit, Failure> {
    let target = arguments.target()?;
    let cancel = Cancel::default();
    interrupt::cancels(&cancel).map_err(|error| Failure::io("Ctrl-C", &error))?;
    let mut job = Job::new(settings, target, &arguments.formats, &cancel);
    job.options.pages = arguments.pages;
    job.options.profile = arguments.profile;
    if let Some(phrases) = &arguments.phrases {
        job.parts.phrases = Some(phrases.clone());
    }
    needed(&job.parts)?;
    Ok(job.all(&arguments.inputs, arguments.jobs))
}

impl Arguments {
    fn target(&self) -> Result<Target, Failure> {
        if self.output != Path::new("-") {
            self.distinct_names()?;
            return Ok(Target::Folder(self.output.clone()));
        }
        match (self.formats.as_slice(), self.inputs.len()) {
            ([], 1) => Ok(Target::Stdout(Format::Json)),
            ([format], 1) => Ok(Target::Stdout(*format)),
            _ => Err(bad_arguments(
                "stdout_takes_one",
                Said::new(
                    "`-o -` chỉ nhận một tệp vào và một định dạng",
                    "`-o -` takes one input and one format",
                ),
                Said::new("dùng `-o THƯ_MỤC` cho nhiều tệp", "use `-o DIR` for several"),
            )),
        }
    }

    /// Two inputs must not write the same file.
    fn distinct_names(&self) -> Result<(), Failure> {
        let mut seen: BTreeMap<_, &Path> = BTreeMap::new();
        for input in &self.inputs {
            if let Some(other) = seen.insert(stem(input).to_owned(), input) {
                let (a, b) = (other.display(), input.display());
                return Err(bad_arguments(
                    "same_output_name",
                    Said::new(
                        format!("{a} và {b} sẽ ghi vào cùng một tệp kết quả"),
                        format!("{a} and {b} would write the same result file"),
                    ),
                    Said::new(
                        "chuyển đổi riêng từng tệp, vào hai thư mục khác nhau",
                        "convert them one by one, into different folders",
                    ),
                ));
            }
        }
        Ok(())
    }
}

impl Target {
    fn formats(&self, chosen: &[Format]) -> Vec<Format> {
        match self {
            Self::Stdout(format) => vec![*format],
            Self::Folder(_) => with_usual(chosen),
        }
    }
}

impl<'a> Job<'a> {
    fn new(settings: &Config, target: Target, formats: &[Format], cancel: &'a Cancel) -> Self {
        let formats = target.formats(formats);
        // A picture becomes a PDF of its page images; a PDF that cannot be rewritten does, too.
        let page_images = if formats.iter().any(|format| format.needs_pictures()) {
            PageImages::Keep
        } else {
            PageImages::Drop
        };
        Self {
            target,
            options: Options {
                limits: settings.limits(),
                pages: None,
                formats,
                page_images,
                profile: Profile::default(),
            },
            parts: settings.parts(),
            caps: settings.caps(),
            cancel,
            board: progress::Board::new(),
        }
    }

    /// Reads documents one by one into `folder`; a needed part that is missing is told before the first.
    pub fn into_folder(
        settings: &Config,
        folder: PathBuf,
        formats: &[Format],
        cancel: &'a Cancel,
    ) -> Result<Self, Failure> {
        let job = Self::new(settings, Target::Folder(folder), formats, cancel);
        needed(&job.parts)?;
        Ok(job)
    }

    /// Converts every input, `jobs` at a time; the worst end counts.
    fn all(&self, inputs: &[PathBuf], jobs: Option<NonZeroUsize>) -> Exit {
        let jobs = at_once(jobs).min(inputs.len());
        let queue = Mutex::new(inputs.iter());
        let worst = Mutex::new(Exit::Done);
        std::thread::scope(|scope| {
            for _ in 0..jobs {
                scope.spawn(|| {
                    while let Some(input) = lock(&queue).next() {
                        let exit = self.one(input).unwrap_or_else(|failure| {
                            self.board.say(|| failure.print());
                            failure.exit
                        });
                        let mut worst = lock(&worst);
                        *worst = exit.max(*worst);
                        if exit == Exit::Interrupted {
                            break;
                        }
                    }
                });
            }
        });
        let worst = lock(&worst);
        *worst
    }

    fn one(&self, input: &Path) -> Result<Exit, Failure> {
        let name = name(input);
        let failed = self.one_as(input, stem(Path::new(&name)))?;
        self.board.say(|| {
            for (page, why) in &failed {
                message::warn(&Said::new(
                    format!("{name}: trang {page} không đọc được: {why}"),
                    format!("{name}: page {page} could not be read: {why}"),
                ));
            }
        });
        Ok(if failed.is_empty() {
            Exit::Done
        } else {
            Exit::PagesFailed
        })
    }

    /// Converts one input; its results are named `stem`. Gives the pages that could not be read, each with the reason.
    pub fn one_as(&self, input: &Path, stem: &OsStr) -> Result<Vec<(PageNo, String)>, Failure> {
        let name = name(input);
        let work =
            TempDir::with_prefix("sohoa-").map_err(|e| Failure::io(std::env::temp_dir().display(), &e))?;
        let input = match input == Path::new("-") {
            true => stdin_to(&work.path().join("input"), self.options.limits.bytes)?,
            false => input.to_owned(),
        };
        let request = Request {
            input,
            file_name: name.clone(),
            work: work.path().join("work"),
            options: self.options.clone(),
            parts: self.parts.clone(),
            unread: exec::Unread::Read,
            sample: None,
        };
        let bar = self.board.document(&name);
        let parsed = exec::parse(&request, &self.caps, &mut |event| bar.show(&event), self.cancel);
        drop(bar);
        let parsed = parsed.map_err(|error| Failure::document(&name, &error))?;
        self.deliver(&parsed, stem)?;
        Ok(parsed.failed)
    }

    fn deliver(&self, parsed: &Parsed, stem: &OsStr) -> Result<(), Failure> {
        match &self.target {
            Target::Folder(folder) => parsed
                .into_folder(folder, stem)
                .map_err(|e| Failure::io(e.path.display(), &e.source)),
            Target::Stdout(_) => {
                for (_, path) in &parsed.files {
                    let mut file = File::open(path).map_err(|e| Failure::io(path.display(), &e))?;
                    output::copy(&mut file)?;
                }
                Ok(())
            }
        }
    }
}

/// Keeps stdin in a file, since the child reads it by name. One byte over the limit is enough to know.
fn stdin_to(path: &Path, limit: u64) -> Result<PathBuf, Failure> {
    let copied = File::create(path)
        .and_then(|mut file| io::copy(&mut io::stdin().lock().take(limit.saturating_add(1)), &mut file));
    copied.map_err(|error| Failure::io("stdin", &error))?;
    Ok(path.to_owned())
}

/// The chosen formats, and those that come into every folder.
pub fn with_usual(chosen: &[Format]) -> Vec<Format> {
    let mut formats = vec![Format::Json, Format::Txt];
    formats.extend(chosen);
    formats.sort();
    formats.dedup();
    formats
}

/// Documents read at the same time: as asked for, or as many as there are processors.
pub fn at_once(asked: Option<NonZeroUsize>) -> usize {
    let processors = || std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    asked.unwrap_or_else(processors).get()
}

/// Said before any work is done: without these no scan can be read.
pub fn needed(parts: &Parts) -> Result<(), Failure> {
    let mut needed = vec![parts.tessdata.join("vie.traineddata"), parts.pdfium.clone()];
    needed.extend(parts.phrases.clone());
    if let Some(part) = needed.iter().find(|path| !path.is_file()) {
        let error = exec::ExecError::PartMissing {
            part: part.display().to_string(),
        };
        return Err(Failure::new(
            (&error).into(),
            error.code(),
            Said::new(error.message_vi(), error.message_en()),
        ));
    }
    Ok(())
}

/// The name in messages and results.
fn name(input: &Path) -> String {
    if input == Path::new("-") {
        return "stdin".into();
    }
    input
        .file_name()
        .unwrap_or(input.as_os_str())
        .to_string_lossy()
        .into_owned()
}

fn stem(input: &Path) -> &OsStr {
    if input == Path::new("-") {
        return OsStr::new("stdin");
    }
    input.file_stem().unwrap_or(input.as_os_str())
}

fn bad_arguments(code: &str, what: Said, hint: Said) -> Failure {
    Failure::new(Exit::BadArguments, code, what).hint(hint)
}

pub fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// A format by its name, for arguments.
pub fn format(name: &str) -> Result<Format, String> {
    Format::from_name(name).ok_or_else(|| {
        let names: Vec<_> = Format::ALL.into_iter().map(Format::name).collect();
        format!("one of {}", names.join(", "))
    })
}

/// A profile by its name, for arguments.
pub fn profile(name: &str) -> Result<Profile, String> {
    Profile::from_name(name).ok_or_else(|| {
        let names: Vec<_> = Profile::ALL.into_iter().map(Profile::name).collect();
        format!("one of {}", names.join(", "))
    })
}

fn pages(range: &str) -> Result<Pages, String> {
    let number = |text: &str| text.trim().parse().ok().and_then(PageNo::new);
    let last_page = PageNo::new(u32::MAX);
    let ends = match range.split_once('-') {
        None => (number(range), number(range)),
        Some((first, "")) => (number(first), last_page),
        Some(("", last)) => (PageNo::new(1), number(last)),
        Some((first, last)) => (number(first), number(last)),
    };
    match ends {
        (Some(first), Some(last)) if first <= last => Ok((first, last)),
        _ => Err("pages count from 1: `3`, `1-3`, `2-`".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_ranges() {
        let check = |range: &str, expect: Option<(u32, u32)>| {
            let read = pages(range).ok().map(|(first, last)| (first.get(), last.get()));
            assert_eq!(read, expect, "{range:?}");
        };
        check("3", Some((3, 3)));
        check("1-3", Some((1, 3)));
        check("2-", Some((2, u32::MAX)));
        check("-2", Some((1, 2)));
        check("0", None);
        check("3-1", None);
        check("", None);
        check("-", None);
        check("a-b", None);
        check("1-2-3", None);
    }
}
