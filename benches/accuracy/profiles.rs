//! The profiles of `sohoa convert` beside each other: what each gets right, and in what time.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::corpus::{Layer, Scan};
use crate::score::{self, Prediction, Truth};
use crate::{known, measure, read_json, sohoa, tesseract};

/// One way to read, over all scans that were tried.
pub struct Profile {
    pub name: &'static str,
    /// Ours over that of whole-page Tesseract, at most; `None` where no bar is set.
    pub most_ratio: Option<f64>,
    /// Means over the scans.
    pub cer: f64,
    pub cell_f1: f64,
    /// Wall-clock time over whole-page Tesseract's.
    pub ratio: f64,
}

/// The profiles, and how much time each may take beside whole-page Tesseract.
const PROFILES: [(&str, Option<f64>); 3] = [
    ("draft", Some(1.0 / 3.0)),
    ("standard", Some(1.0)),
    ("archive", None),
];

/// Reads the bundled scans of this set's clean and office profiles with each profile, and with Tesseract.
pub fn run(scans: &[Scan], truth: &Path, work: &Path) -> Result<Vec<Profile>> {
    let tried: Vec<&Scan> = scans
        .iter()
        .filter(|s| s.layer == Layer::AsIs && matches!(s.profile.as_deref(), Some("clean300" | "office200")))
        .filter(|s| crate::corpus::is_bundled(s))
        .collect();
    let mut theirs = Duration::ZERO;
    for scan in &tried {
        let images = work.join(format!("{}-peer", scan.stem()));
        for image in tesseract::page_images(&scan.path, &images)? {
            let mut command = tesseract::command(&image);
            theirs += measure::run(command.stdout(Stdio::null()).stderr(Stdio::null()))?.wall;
        }
    }
    PROFILES
        .into_iter()
        .map(|(name, most_ratio)| {
            let mut profile = Profile {
                name,
                most_ratio,
                cer: 0.0,
                cell_f1: 0.0,
                ratio: 0.0,
            };
            let (mut ours, mut tables) = (Duration::ZERO, 0.0);
            for scan in &tried {
                let (figures, wall) = convert(scan, name, truth, work)?;
                ours += wall;
                profile.cer += figures.text.cer.unwrap_or(1.0) / tried.len() as f64;
                if let Some(f1) = figures.table.and_then(|t| t.cell_f1) {
                    profile.cell_f1 += f1;
                    tables += 1.0;
                }
            }
            profile.cell_f1 /= f64::max(tables, 1.0);
            profile.ratio = ours.as_secs_f64() / theirs.as_secs_f64().max(f64::MIN_POSITIVE);
            Ok(profile)
        })
        .collect()
}

fn convert(scan: &Scan, profile: &str, truth: &Path, work: &Path) -> Result<(score::Figures, Duration)> {
    let truth: Truth = read_json(&truth.join(format!("{}.json", scan.document)))?;
    let phrases = known::write(work, &scan.document, &known::without(&scan.document))?;
    let out = work.join(format!("{}-{profile}", scan.stem()));
    let mut command = sohoa();
    command
        .arg("convert")
        .arg(&scan.path)
        .arg("--phrases")
        .arg(&phrases)
        .arg("-o")
        .arg(&out)
        .args(["--formats", "json", "--jobs", "1", "--profile", profile]);
    let measured = measure::run(command.stdout(Stdio::null()).stderr(Stdio::null()))?;
    let prediction: Prediction = read_json(&out.join(format!("{}.json", scan.stem())))
        .with_context(|| format!("profile {profile}"))?;
    Ok((score::score(&truth, &prediction), measured.wall))
}
