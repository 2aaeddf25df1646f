//! Metrics in a file, as the textfile collector of Prometheus' node_exporter reads them: whole or as they were.

use std::path::Path;
use std::time::Duration;

use time::OffsetDateTime;

use super::{Exit, Failure};
use crate::batch::{Account, Outcome};
use crate::exec;
use crate::exposition::Text;
use crate::jobs::Counted;

/// How a batch ended, under the name of its output folder.
pub fn of_batch(
    path: &Path,
    output: &Path,
    account: &Account,
    exit: Exit,
    took: Duration,
    now: OffsetDateTime,
) -> Result<(), Failure> {
    let output = std::path::absolute(output).map_err(|error| Failure::io(output.display(), &error))?;
    let output = output.to_string_lossy();
    let labels = [("output", &*output)];
    let totals = account.totals();
    let mut text = Text::default();
    let inputs = "sohoa_batch_inputs";
    text.family(inputs, "gauge", "Inputs by what became of them.");
    for outcome in Outcome::ALL {
        let labels = [labels[0], ("outcome", outcome.name())];
        text.sample(inputs, &labels, totals.outcome(outcome));
    }
    let gauges = [
        ("sohoa_batch_pages", "Pages of all inputs.", totals.pages),
        (
            "sohoa_batch_pages_failed",
            "Pages that could not be read.",
            totals.pages_failed,
        ),
        ("sohoa_batch_words", "Words read.", totals.words),
        (
            "sohoa_batch_words_doubtful",
            "Words read that are in doubt.",
            totals.doubtful_words,
        ),
        (
            "sohoa_batch_last_exit_code",
            "How the last run ended: 0 when every input has its result.",
            usize::from(exit.code()),
        ),
    ];
    for (name, help, value) in gauges {
        text.single(name, "gauge", help, &labels, value);
    }
    let name = "sohoa_batch_last_run_seconds";
    let help = "How long the last run took.";
    text.single(name, "gauge", help, &labels, took.as_secs_f64());
    let name = "sohoa_batch_last_end_timestamp_seconds";
    let help = "When the last run ended.";
    text.single(name, "gauge", help, &labels, now.unix_timestamp());
    write(path, text)
}

/// What a process of `sohoa worker` has read since it was started.
pub fn of_worker(path: &Path, counted: &Counted) -> Result<(), Failure> {
    let mut text = Text::default();
    counted.expose(&mut text);
    write(path, text)
}

fn write(path: &Path, text: Text) -> Result<(), Failure> {
    exec::write_file(path, text.into_text().as_bytes()).map_err(|error| Failure::io(path.display(), &error))
}
