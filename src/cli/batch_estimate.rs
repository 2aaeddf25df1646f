//! `sohoa batch --dry-run`: what there is, and what reading it would take.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::batch::{duration, failure};
use super::{Exit, Failure, output};
use crate::batch::{Account, Batch, Input, Outcome, Place, Plan};
use crate::domain::PageNo;
use crate::exec::{self, Event, Request, Unread};
use crate::pipeline::{Options, PageImages};
use crate::stages::export::Format;

/// Documents of which the first page is read to know what a page takes.
const TRIED: usize = 8;

/// What a few documents told.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
struct Trial {
    documents: usize,
    pages: usize,
    /// Of reading one page each, opening the file included.
    took: Duration,
}

/// Prints the plan and an estimate. Writes nothing but the ledger's folder.
pub fn print(batch: &Batch<'_>, plan: &Plan) -> Result<Exit, Failure> {
    let account = plan.account(batch);
    let to_do: Vec<&Input> = plan.to_do(batch).collect();
    let bytes: u64 = to_do.iter().map(|input| input.bytes).sum();
    let mut text = format!(
        "{0} tệp, {1} chưa đọc ({2:.1} MB)\n{0} inputs, {1} to be read ({2:.1} MB)\n",
        account.records.len(),
        to_do.len(),
        bytes as f64 / 1e6
    );
    text += &standing(&account, to_do.len());
    let trial = tried(batch, &to_do)?;
    text += &estimate(trial, to_do.len(), batch.workers);
    output::print(&text)?;
    Ok(Exit::Done)
}

/// How it stands with the others.
fn standing(account: &Account, to_do: usize) -> String {
    let totals = account.totals();
    Outcome::ALL
        .into_iter()
        .map(|outcome| match outcome {
            // These are what is to be done, but for those left out by `--only`.
            Outcome::Pending => (outcome, totals.outcome(outcome).saturating_sub(to_do)),
            _ => (outcome, totals.outcome(outcome)),
        })
        .filter(|(_, count)| *count > 0)
        .map(|(outcome, count)| format!("  {count} {} / {}\n", outcome.said().vi, outcome.said().en))
        .collect()
}

fn estimate(trial: Trial, documents: usize, workers: usize) -> String {
    let Some(tried) = (trial.documents > 0).then_some(trial.documents as f64) else {
        return String::new();
    };
    let pages = trial.pages as f64 / tried * documents as f64;
    let a_page = trial.took.as_secs_f64() / tried;
    let all = Duration::from_secs_f64(pages * a_page / workers.max(1) as f64);
    format!(
        "khoảng {pages:.0} trang, {0} với {workers} luồng (ước từ trang đầu của {1} tệp, {a_page:.1} giây một trang)\n\
         about {pages:.0} pages, {0} with {workers} workers (from the first page of {1} files, {a_page:.1} seconds a page)\n",
        duration(all),
        trial.documents,
    )
}

/// Reads the first page of some documents, taken evenly from all. Of a packed archive only those at its beginning are
/// looked at: to get at the others all before them would have to be unpacked.
fn tried(batch: &Batch<'_>, to_do: &[&Input]) -> Result<Trial, Failure> {
    let mut trial = Trial::default();
    let files: Vec<&Path> = to_do
        .iter()
        .filter_map(|input| match &input.place {
            Place::File(path) => Some(path.as_path()),
            Place::Entry { .. } => None,
        })
        .collect();
    let step = files.len().div_ceil(TRIED).max(1);
    for file in files.iter().step_by(step) {
        try_one(batch, file, &mut trial)?;
    }
    let archive = to_do.iter().find_map(|input| match &input.place {
        Place::Entry { archive, .. } => Some(archive),
        Place::File(_) => None,
    });
    if let Some(archive) = archive
        && trial.documents < TRIED
    {
        let first = batch.first_entries(archive, TRIED).map_err(failure)?;
        for file in first.files() {
            try_one(batch, file, &mut trial)?;
        }
    }
    Ok(trial)
}

fn try_one(batch: &Batch<'_>, file: &Path, trial: &mut Trial) -> Result<(), Failure> {
    let work = TempDir::with_prefix("sohoa-").map_err(|e| Failure::io("tmp", &e))?;
    let request = Request {
        input: file.to_owned(),
        file_name: String::new(),
        work: PathBuf::from(work.path()),
        options: Options {
            pages: Some((PageNo::FIRST, PageNo::FIRST)),
            formats: vec![Format::Json],
            page_images: PageImages::Drop,
            ..batch.options.clone()
        },
        parts: batch.parts.clone(),
        unread: Unread::Read,
        sample: None,
    };
    let began = Instant::now();
    let mut pages = 0;
    let mut on_event = |event| {
        if let Event::Opened { pages: all, .. } = event {
            pages = all;
        }
    };
    // One that cannot be read tells nothing of those that can.
    if exec::parse(&request, &batch.caps, &mut on_event, batch.cancel).is_ok() {
        trial.documents += 1;
        trial.pages += pages;
        trial.took += began.elapsed();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_estimate_grows_with_what_is_left_and_shrinks_with_workers() {
        let trial = Trial {
            documents: 4,
            pages: 8,
            took: Duration::from_secs(4),
        };
        assert!(estimate(trial, 1_800, 1).contains("about 3600 pages, 1 h 00 min with 1 workers"));
        assert!(estimate(trial, 1_800, 2).contains("30 min"));
        assert_eq!(estimate(Trial::default(), 1_800, 2), "");
    }
}
