//! `sohoa batch`: whole archives, every input accounted for.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use clap::Args;
use time::format_description::well_known::{Iso8601, Rfc3339};
use time::macros::offset;
use time::{Date, OffsetDateTime, Time};

use super::convert::{at_once, format, lock, needed, profile, with_usual};
use super::{Exit, Failure, Said, interrupt, message, progress, textfile};
use crate::batch::{Account, Batch, BatchError, Estimate, Only, Outcome, Record, Step};
use crate::config::Config;
use crate::exec::{Cancel, ExecError};
use crate::pipeline::{Options, PageImages, Profile};
use crate::stages::export::Format;

#[derive(Args)]
pub struct Arguments {
    /// Folders, archives (zip, tar, tar.gz, tar.zst), files, and lists of these (.txt, one path a line)
    #[arg(required = true, value_name = "SOURCE")]
    sources: Vec<PathBuf>,
    /// Folder for the results and the report, with the layout of the source
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// Formats to write; json and txt always come too
    #[arg(long, value_delimiter = ',', value_name = "LIST", value_parser = format)]
    formats: Vec<Format>,
    /// Documents read at the same time; as many as there are processors when left out
    #[arg(long, value_name = "N")]
    workers: Option<NonZeroUsize>,
    /// How much work a page is worth: `draft`, `standard` or `archive`
    #[arg(long, value_name = "NAME", value_parser = profile, default_value = "standard")]
    profile: Profile,
    /// Known phrases, one a line, in place of the built-in ones: the forms that you expect
    #[arg(long, value_name = "FILE")]
    phrases: Option<PathBuf>,
    /// Leave out inputs changed before this day or moment: `2026-11-01`, `2026-11-01T08:00:00+07:00`
    #[arg(long, value_name = "WHEN", value_parser = moment)]
    since: Option<OffsetDateTime>,
    /// `failed`: read again what failed or lacks pages, and nothing else
    #[arg(long, value_name = "WHICH", value_parser = only)]
    only: Option<Only>,
    /// Go on where an earlier run stopped: always done, whether it is asked for or not
    #[arg(long)]
    resume: bool,
    /// Say what there is and what reading it would take, and read nothing but a few pages to know
    #[arg(long)]
    dry_run: bool,
    /// How each input's end is said on stderr: `text` or `json`, a line each
    #[arg(long, value_name = "FORM", value_parser = ["text", "json"], default_value = "text")]
    log: String,
    /// Write how it ended to this file, for the textfile collector of Prometheus' node_exporter
    #[arg(long, value_name = "FILE", conflicts_with = "dry_run")]
    metrics: Option<PathBuf>,
}

/// `sohoa batch`
pub fn run(arguments: &Arguments, settings: &Config) -> Result<Exit, Failure> {
    let cancel = Cancel::default();
    interrupt::cancels(&cancel).map_err(|error| Failure::io("Ctrl-C", &error))?;
    let mut parts = settings.parts();
    if let Some(phrases) = &arguments.phrases {
        parts.phrases = Some(phrases.clone());
    }
    needed(&parts)?;
    let batch = Batch {
        sources: &arguments.sources,
        output: &arguments.output,
        options: Options {
            limits: settings.limits(),
            pages: None,
            formats: with_usual(&arguments.formats),
            // Of which words for the sample are cut out.
            page_images: PageImages::Keep,
            profile: arguments.profile,
        },
        parts,
        caps: settings.caps(),
        workers: at_once(arguments.workers),
        only: arguments.only.unwrap_or_default(),
        since: arguments.since,
        cancel: &cancel,
    };
    let mut plan = batch.plan().map_err(failure)?;
    if arguments.dry_run {
        return super::batch_estimate::print(&batch, &plan);
    }
    let began = Instant::now();
    let teller = Teller::new(arguments);
    let ended = batch.run(&mut plan, &|step| teller.tell(&step));
    drop(teller);
    // What was done is accounted for, however it ended.
    let account = plan.account(&batch);
    let estimate = account.write(&arguments.output).map_err(failure)?;
    sum_up(&account, estimate.as_ref(), arguments);
    let ended = match ended {
        Ok(()) => Ok(worst(&account)),
        Err(BatchError::Exec(ExecError::Cancelled)) => Ok(Exit::Interrupted),
        Err(error) => Err(failure(error)),
    };
    if let Some(path) = &arguments.metrics {
        let exit = ended.as_ref().map_or_else(|failure| failure.exit, |exit| *exit);
        let now = OffsetDateTime::now_utc();
        let told = textfile::of_batch(path, &arguments.output, &account, exit, began.elapsed(), now);
        // How the batch ended matters more.
        if let (Err(failure), Ok(Exit::Done)) = (&told, &ended) {
            failure.print();
            return Ok(failure.exit);
        }
    }
    ended
}

/// Of several inputs the worst counts, as [`Exit`] orders them.
fn worst(account: &Account) -> Exit {
    let ends = account.records.iter().map(|record| match record.outcome {
        Outcome::Ok | Outcome::Duplicate | Outcome::Skipped | Outcome::Pending => Exit::Done,
        Outcome::Partial => Exit::PagesFailed,
        Outcome::Refused => Exit::Refused,
        Outcome::Failed => Exit::Error,
    });
    ends.max().unwrap_or(Exit::Done)
}

fn sum_up(account: &Account, estimate: Option<&Estimate>, arguments: &Arguments) {
    let totals = account.totals();
    let counts = |said: fn(Said) -> String| {
        let counts: Vec<String> = Outcome::ALL
            .into_iter()
            .filter(|outcome| totals.outcome(*outcome) > 0)
            .map(|outcome| format!("{} {}", totals.outcome(outcome), said(outcome.said())))
            .collect();
        counts.join(", ")
    };
    let report = arguments.output.join("report.html");
    message::note(&Said::new(
        format!(
            "{} tệp: {}. Báo cáo: {}",
            totals.inputs,
            counts(|s| s.vi),
            report.display()
        ),
        format!(
            "{} inputs: {}. Report: {}",
            totals.inputs,
            counts(|s| s.en),
            report.display()
        ),
    ));
    if let Some(found) = estimate {
        let (rate, lower, upper) = (found.rate * 100.0, found.lower * 100.0, found.upper * 100.0);
        message::note(&Said::new(
            format!(
                "đã kiểm {} chữ rút thăm, {} sai: {rate:.2} % (95 %: {lower:.2} đến {upper:.2} %)",
                found.checked, found.wrong
            ),
            format!(
                "{} words of the sample checked, {} wrong: {rate:.2} % (95 %: {lower:.2} to {upper:.2} %)",
                found.checked, found.wrong
            ),
        ));
    }
}

/// Says how it goes: a bar on a terminal, and a line for each input that has no whole result.
struct Teller {
    board: progress::Board,
    bar: progress::Overall,
    json: bool,
    /// Words read and doubtful among them, so far.
    doubts: Mutex<(usize, usize)>,
    began: Instant,
}

impl Teller {
    fn new(arguments: &Arguments) -> Self {
        let board = progress::Board::new();
        Self {
            bar: board.overall(),
            board,
            json: arguments.log == "json",
            doubts: Mutex::default(),
            began: Instant::now(),
        }
    }

    fn tell(&self, step: &Step<'_>) {
        match step {
            Step::Listed { to_do, .. } => self.bar.begin(*to_do),
            Step::Page => self.bar.page(),
            Step::Done(record) => {
                let share = self.doubt(record);
                self.bar.done(share);
                if self.json {
                    self.board.say(|| self.line(record));
                } else if let Some(problem) = record
                    .problem
                    .as_ref()
                    .filter(|_| record.outcome != Outcome::Skipped)
                {
                    self.board.say(|| {
                        message::warn(&Said::new(
                            format!("{}: {} [{}]", record.path, problem.message_vi, problem.code),
                            format!("{}: {} [{}]", record.path, problem.message_en, problem.code),
                        ));
                    });
                }
            }
        }
    }

    /// The share of words that are doubtful, with this input.
    fn doubt(&self, record: &Record) -> Option<f64> {
        let mut doubts = lock(&self.doubts);
        if let Some(reading) = &record.reading {
            doubts.0 += reading.words;
            doubts.1 += reading.doubtful_words;
        }
        (doubts.0 > 0).then(|| doubts.1 as f64 / doubts.0 as f64)
    }

    /// One JSON line, for logs that programs read.
    fn line(&self, record: &Record) {
        let line = serde_json::json!({
            "event": "input",
            "after_seconds": self.began.elapsed().as_secs(),
            "path": record.path,
            "outcome": record.outcome.name(),
            "code": record.problem.as_ref().map(|p| &p.code),
            "sha256": record.sha256,
            "pages": record.reading.as_ref().map(|r| r.pages.len()),
        });
        eprintln!("{line}");
    }
}

pub(super) fn failure(error: BatchError) -> Failure {
    let exit = match &error {
        BatchError::Exec(error) => error.into(),
        BatchError::AmongInputs { .. } | BatchError::OtherSettings { .. } => Exit::BadArguments,
        _ => Exit::Error,
    };
    let failure = Failure::new(exit, error.code(), error.said());
    match error.hint() {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

fn only(name: &str) -> Result<Only, String> {
    match name {
        "failed" => Ok(Only::Failed),
        _ => Err("`failed`".to_owned()),
    }
}

/// A day, which begins at midnight in Vietnam, or a moment.
fn moment(text: &str) -> Result<OffsetDateTime, String> {
    if let Ok(moment) = OffsetDateTime::parse(text, &Rfc3339) {
        return Ok(moment);
    }
    Date::parse(text, &Iso8601::DATE)
        .map(|day| day.with_time(Time::MIDNIGHT).assume_offset(offset!(+7)))
        .map_err(|_| "a day or a moment: `2026-11-01`, `2026-11-01T08:00:00+07:00`".to_owned())
}

/// `1 h 05 min`, for people.
pub(super) fn duration(time: Duration) -> String {
    let minutes = time.as_secs().div_ceil(60);
    match (minutes / (24 * 60), minutes / 60, minutes % 60) {
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, minutes) => format!("{hours} h {minutes:02} min"),
        (days, hours, _) => format!("{days} d {} h", hours % 24),
    }
}

#[cfg(test)]
mod tests {
    use time::UtcOffset;

    use super::*;

    #[test]
    fn days_begin_in_vietnam() {
        let check = |text: &str, expect: Option<&str>| {
            let moment = moment(text)
                .ok()
                .and_then(|m| m.to_offset(UtcOffset::UTC).format(&Rfc3339).ok());
            assert_eq!(moment.as_deref(), expect, "{text}");
        };
        check("2026-11-01", Some("2026-10-31T17:00:00Z"));
        check("2026-11-01T08:00:00+07:00", Some("2026-11-01T01:00:00Z"));
        check("yesterday", None);
        check("01/11/2026", None);
    }

    #[test]
    fn durations_are_said_as_people_say_them() {
        let check = |seconds, expect| assert_eq!(duration(Duration::from_secs(seconds)), expect);
        check(1, "1 min");
        check(3_900, "1 h 05 min");
        check(200_000, "2 d 7 h");
    }
}
