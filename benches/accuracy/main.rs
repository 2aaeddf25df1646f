//! `cargo bench --bench accuracy [WORD...]` (`make accuracy`): reads scans whose truth is known,
//! scores what came out, and writes `docs/accuracy.md`.
//!
//! `ALL=1` takes the shared scans instead of the bundled ones and writes `docs/accuracy-shared.md`. Words limit the run to
//! files whose names hold one of them; such a run prints its report and writes nothing.

#[path = "../../examples/fit_certainty/align.rs"]
mod align;
mod bars;
mod certainty;
mod corpus;
mod known;
#[path = "../measure.rs"]
#[expect(dead_code, reason = "another benchmark uses the rest")]
mod measure;
mod peers;
mod profiles;
mod real;
mod report;
mod restoration;
mod score;
mod shown;
mod tables;
#[path = "../tesseract.rs"]
mod tesseract;

use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use corpus::Scan;
use score::{Expectation, Prediction, Truth};

/// One scan, read and scored.
pub struct Outcome {
    pub scan: Scan,
    pub prediction: Prediction,
    pub figures: score::Figures,
    pub findings: score::FindingFigures,
    /// Against the key written by hand; `None` where there is none for the document.
    pub rules: Option<score::RuleFigures>,
    pub wrong_scores: Vec<score::WrongScore>,
    /// Criteria whose number, parent and maximum score are all right, of how many.
    pub right_rows: (usize, usize),
    pub structure: score::Structure,
    pub exit: Option<i32>,
    pub wall: Duration,
    pub parent_peak: u64,
    pub child_peak: u64,
    pub peer: Option<Peer>,
    /// What a person is shown of it; `None` for born digital pages and where the true rubric is not known.
    pub shown: Option<shown::Shown>,
    /// The words of a scan, each with its certainty; none of a born digital page.
    pub words: Vec<certainty::Judged>,
}

/// What a free tool made of the same file.
pub struct Peer {
    pub cer: Option<f64>,
    pub cer_free: Option<f64>,
    pub der: Option<f64>,
    /// Words of the PDF's own text that ours lacks, and the other way round (born digital only).
    pub lost: usize,
    pub invented: usize,
}

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    let corpus = corpus::choose()?;
    let expectations: BTreeMap<String, Expectation> = read_json(&corpus.truth.join("findings.json"))?;
    let work = tempfile::tempdir()?;
    let mut outcomes = Vec::new();
    for scan in corpus.scans.iter().cloned() {
        if !words.is_empty() && !words.iter().any(|w| scan.stem().contains(w.as_str())) {
            continue;
        }
        let truth: Truth = read_json(&corpus.truth.join(format!("{}.json", scan.document)))?;
        let expected = expectations.get(&scan.document).cloned().unwrap_or_default();
        let outcome = convert(scan, &truth, &expected, work.path())?;
        eprintln!("{}", report::line(&outcome));
        outcomes.push(outcome);
    }
    ensure!(!outcomes.is_empty(), "no scan has {words:?} in its name");
    let restored = restoration::run(&corpus, work.path())?;
    let profiles = profiles::run(&corpus.scans, &corpus.truth, work.path())?;
    let mut bars = bars::check(&outcomes);
    bars.extend(bars::reading(&outcomes));
    bars.extend(bars::speed(&profiles));
    bars.extend(bars::restoration(&restored));
    let real = real::run(work.path())?;
    let tables = match words.is_empty() {
        true => tables::run(corpus.shared.as_deref(), work.path())?,
        false => Vec::new(),
    };
    bars.extend(bars::rules(&outcomes));
    bars.extend(bars::tables(&tables));
    let text = report::document(
        corpus.name,
        &outcomes,
        &profiles,
        &real,
        &restored,
        &tables,
        &bars,
    );
    if words.is_empty() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(corpus.report);
        std::fs::create_dir_all(path.parent().unwrap_or(&path))?;
        std::fs::write(&path, text)?;
        eprintln!("wrote {}", path.display());
    } else {
        print!("{text}");
    }
    Ok(())
}

fn read_json<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T> {
    let bytes = std::fs::read(path).with_context(|| format!("reading {}", path.display()))?;
    serde_json::from_slice(&bytes).with_context(|| format!("reading {}", path.display()))
}

/// The program that is measured: the one built with this benchmark.
fn sohoa() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sohoa"));
    command.env("OMP_THREAD_LIMIT", "1").stdin(Stdio::null());
    command
}

fn convert(scan: Scan, truth: &Truth, expected: &Expectation, work: &Path) -> Result<Outcome> {
    let out = work.join(scan.stem());
    let phrases = known::write(work, &scan.document, &known::without(&scan.document))?;
    let mut command = sohoa();
    command
        .arg("convert")
        .arg(&scan.path)
        .arg("--phrases")
        .arg(&phrases)
        .arg("-o")
        .arg(&out)
        .args(["--formats", "json,alto", "--jobs", "1"]);
    let measured = measure::run(command.stdout(Stdio::null()).stderr(Stdio::null()))?;
    let file = out.join(format!("{}.json", scan.stem()));
    // A document that did not come out scores as an empty one.
    let came_out = file.exists();
    let prediction: Prediction = if came_out {
        read_json(&file)?
    } else {
        Prediction::default()
    };
    let mut wrong_scores = score::wrong_scores(truth, &prediction);
    if !came_out {
        // Nobody is misled by a file that is not there.
        wrong_scores.iter_mut().for_each(|w| w.flag = score::Flag::Group);
    }
    let peer = peer(
        &scan,
        truth,
        &prediction,
        &work.join(format!("{}-images", scan.stem())),
    )?;
    let alto = out.join(format!("{}.alto", scan.stem()));
    let words = match came_out && !scan.is_born_digital() {
        true => certainty::judge(&alto, truth)?,
        false => Vec::new(),
    };
    let shown = match came_out && !scan.is_born_digital() {
        true => shown::judge(&file, &scan.document)?,
        false => None,
    };
    Ok(Outcome {
        words,
        shown,
        figures: score::score(truth, &prediction),
        findings: score::findings(expected, &prediction),
        rules: rule_figures(&scan.document, &prediction)?,
        wrong_scores,
        right_rows: score::right_rows(truth, &prediction),
        structure: score::structure(truth, &prediction),
        exit: measured.status.code(),
        wall: measured.wall,
        parent_peak: measured.parent_peak,
        child_peak: measured.child_peak,
        peer,
        prediction,
        scan,
    })
}

/// A document without a table has no rules: whatever is found in it is false.
fn rule_figures(document: &str, prediction: &Prediction) -> Result<Option<score::RuleFigures>> {
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = home.join(format!("fixtures/rules-truth/{document}.tsv"));
    let key = match path.exists() {
        true => std::fs::read_to_string(&path)?,
        false if document.ends_with("_decision") => String::new(),
        false => return Ok(None),
    };
    let key = score::rule_key(&key).map_err(|why| anyhow::anyhow!("{}: {why}", path.display()))?;
    Ok(Some(score::judge_rules(&key, prediction)))
}

fn peer(scan: &Scan, truth: &Truth, prediction: &Prediction, images: &Path) -> Result<Option<Peer>> {
    let born_digital = scan.is_born_digital();
    if !born_digital && !corpus::is_bundled(scan) {
        return Ok(None);
    }
    let text = if born_digital {
        peers::own_text(&scan.path)?
    } else {
        peers::tesseract_text(&scan.path, images)?
    };
    let words = |text: &str| -> HashSet<String> {
        score::normal(text)
            .split(' ')
            .filter(|w| !w.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let (theirs, ours) = (words(&text), words(&prediction.text));
    let figures = score::score(
        truth,
        &Prediction {
            text,
            ..Prediction::default()
        },
    )
    .text;
    Ok(Some(Peer {
        cer: figures.cer,
        cer_free: figures.cer_free,
        der: figures.der,
        lost: theirs.difference(&ours).count(),
        invented: ours.difference(&theirs).count(),
    }))
}
