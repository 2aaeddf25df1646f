//! `cargo bench --bench speed [WORD...]` (`make bench`): how long `sohoa convert` takes for a scan in
//! relation to `tesseract -l vie` on the same page images, and how much memory; writes `docs/bench.md`.
//!
//! The two run by turns on one thread each, and the median of the ratios counts: seconds say more
//! about a machine than about a program, and a busy machine is busy for both.

#[path = "../bars.rs"]
mod bars;
#[path = "../accuracy/known.rs"]
mod known;
#[path = "../measure.rs"]
#[expect(dead_code, reason = "another benchmark uses the rest")]
mod measure;
mod peers;
mod restoration;
#[path = "../accuracy/score/mod.rs"]
#[expect(dead_code, unused_imports, reason = "another benchmark uses the rest")]
mod score;
#[path = "../tesseract.rs"]
mod tesseract;
mod understanding;

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use bars::verdict;

const MEGABYTE: u64 = 1024 * 1024;
/// Bars: ratio of wall-clock times, memory of the parent and of the child in bytes.
const MOST_RATIO: f64 = 1.0;
const MOST_PARENT: u64 = 150 * MEGABYTE;
const MOST_CHILD: u64 = 700 * MEGABYTE;

struct Timing {
    name: String,
    pages: usize,
    /// Ours over Tesseract's, one a pair of runs, sorted.
    ratios: Vec<f64>,
    parent_peak: u64,
    child_peak: u64,
}

impl Timing {
    fn median(&self) -> f64 {
        median(self.ratios.clone())
    }
}

/// Not a number where there is none.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => f64::NAN,
        odd if odd % 2 == 1 => values[middle],
        _ => (values[middle - 1] + values[middle]) / 2.0,
    }
}

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    let pairs: usize = match std::env::var("PAIRS") {
        Ok(n) => n
            .parse()
            .ok()
            .filter(|n| *n > 0)
            .context("PAIRS is how many pairs of runs, from 1")?,
        Err(_) => 5,
    };
    let mut timings = Vec::new();
    for (file, pairs) in files(pairs) {
        let name = file
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if !words.is_empty() && !words.iter().any(|w| name.contains(w.as_str())) {
            continue;
        }
        let timing = time(&file, name, pairs)?;
        eprintln!(
            "{}: median ratio {:.2} of {:.2?}",
            timing.name,
            timing.median(),
            timing.ratios
        );
        timings.push(timing);
    }
    ensure!(!timings.is_empty(), "no file has {words:?} in its name");
    let work = tempfile::tempdir()?;
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    let rates = restoration::rates(home, work.path())?;
    let mut text = report(&timings, &rates, &understanding::time(home)?);
    if words.is_empty() {
        text += &peers::run(&home.join("fixtures"), &peers::BUNDLED, pairs.min(3))?.report();
        if let Some(shared) = shared() {
            text += &peers::run(&shared, &peers::SHARED, 1)?.report();
        }
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/bench.md");
        std::fs::create_dir_all(path.parent().unwrap_or(&path))?;
        std::fs::write(&path, &text)?;
        eprintln!("wrote {}", path.display());
    }
    print!("{text}");
    Ok(())
}

/// The two-page fixture; with `ALL=1` also the fourteen-page scans, in fewer runs.
fn files(pairs: usize) -> Vec<(PathBuf, usize)> {
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    let fixture = |name: &str| (home.join("fixtures/scans").join(name), pairs);
    let mut files = vec![
        fixture("an_giang_bang_3--serif--office200.pdf"),
        fixture("an_giang_bang_3--serif--clean300.pdf"),
    ];
    if let Some(shared) = shared() {
        for name in ["lao_cai_2--serif--clean300.pdf", "lao_cai_2--serif--copy300.pdf"] {
            files.push((shared.join("scans").join(name), 1));
        }
    }
    files
}

/// The shared folder, where it is asked for (`ALL=1`).
fn shared() -> Option<PathBuf> {
    let all = std::env::var_os("ALL").is_some_and(|v| v == "1");
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    all.then(|| std::env::var_os("SOHOA_SHARED").map_or_else(beside, PathBuf::from))
}

fn time(file: &Path, name: String, pairs: usize) -> Result<Timing> {
    let work = tempfile::tempdir()?;
    let images = tesseract::page_images(file, &work.path().join("images"))?;
    let mut timing = Timing {
        name,
        pages: images.len(),
        ratios: Vec::new(),
        parent_peak: 0,
        child_peak: 0,
    };
    for pair in 0..pairs {
        // Each goes first in every other pair, so that neither always finds the other's warm caches.
        let out = work.path().join(format!("out-{pair}"));
        let (ours, theirs) = if pair % 2 == 0 {
            let ours = convert(file, &out, &mut timing)?;
            (ours, whole_pages(&images)?)
        } else {
            let theirs = whole_pages(&images)?;
            (convert(file, &out, &mut timing)?, theirs)
        };
        timing.ratios.push(ours.as_secs_f64() / theirs.as_secs_f64());
    }
    timing.ratios.sort_by(f64::total_cmp);
    Ok(timing)
}

fn convert(file: &Path, out: &Path, timing: &mut Timing) -> Result<Duration> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sohoa"));
    command
        .arg("convert")
        .arg(file)
        .arg("-o")
        .arg(out)
        .args(["--formats", "json", "--jobs", "1"]);
    command
        .env("OMP_THREAD_LIMIT", "1")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let measured = measure::run(&mut command)?;
    ensure!(
        measured.status.success(),
        "sohoa convert {} ended with {}",
        file.display(),
        measured.status
    );
    timing.parent_peak = timing.parent_peak.max(measured.parent_peak);
    timing.child_peak = timing.child_peak.max(measured.child_peak);
    Ok(measured.wall)
}

fn whole_pages(images: &[PathBuf]) -> Result<Duration> {
    let mut wall = Duration::ZERO;
    for image in images {
        let mut command = tesseract::command(image);
        let measured = measure::run(command.stdout(Stdio::null()).stderr(Stdio::null()))?;
        ensure!(
            measured.status.success(),
            "tesseract failed on {}",
            image.display()
        );
        wall += measured.wall;
    }
    Ok(wall)
}

fn report(timings: &[Timing], rates: &[restoration::Rate], understood: &understanding::Understood) -> String {
    let mut out = format!(
        "# Speed and memory\n\n\
         Written by `make bench`; do not edit. Wall-clock time of `sohoa convert --jobs 1` (the whole program: page images out of the PDF, \
         reading, restoration, tables, rubric, checks, JSON) over that of `tesseract -l vie --psm 3` on the same page images, already \
         extracted, both with one thread (`OMP_THREAD_LIMIT=1`), by turns in one run. Only ratios are claimed: seconds depend on the machine.\n\n\
         Bars: ratio at most {MOST_RATIO}; parent under {} MB, child under {} MB.\n\n\
         | scan | pages | pairs | median ratio | least – most | bar | parent MB | child MB | bar |\n|---|---|---|---|---|---|---|---|---|\n",
        MOST_PARENT / MEGABYTE,
        MOST_CHILD / MEGABYTE,
    );
    for t in timings {
        let (least, most) = (t.ratios.first().unwrap_or(&0.0), t.ratios.last().unwrap_or(&0.0));
        let _ = writeln!(
            out,
            "| {} | {} | {} | {:.2} | {least:.2} – {most:.2} | {} | {} | {} | {} |",
            t.name,
            t.pages,
            t.ratios.len(),
            t.median(),
            verdict(t.median() <= MOST_RATIO),
            t.parent_peak / MEGABYTE,
            t.child_peak / MEGABYTE,
            verdict(t.parent_peak < MOST_PARENT && t.child_peak < MOST_CHILD),
        );
    }
    let _ = writeln!(
        out,
        "\n## Restoration of text\n\n`sohoa restore` on the texts of the bundled decisions, one after the other until there are 4 MB; one thread, the start \
         of the program included. Bar: {} MB a second.\n\n| text | MB a second | bar |\n|---|---|---|",
        restoration::LEAST,
    );
    for rate in rates {
        let _ = writeln!(
            out,
            "| {} | {:.2} | {} |",
            rate.name,
            rate.megabytes,
            verdict(rate.megabytes >= restoration::LEAST)
        );
    }
    let _ = writeln!(
        out,
        "\n## From words to findings\n\nThe biggest of the bundled tables from its cells to criteria, rules and findings, the known forms compared; one core, the \
         median of the runs. Bar: {} ms.\n\n| rows | criteria | findings | ms | bar |\n|---|---|---|---|---|\n| {} | {} | {} | {:.1} | {} |",
        understanding::MOST.as_millis(),
        understood.rows,
        understood.criteria,
        understood.findings,
        understood.median.as_secs_f64() * 1000.0,
        verdict(understood.median <= understanding::MOST),
    );
    out
}
