//! The whole program beside the tools that an archive would take otherwise, on the same scans and with one thread each:
//! pages a minute, processor time, memory, and what was read.

use std::collections::HashMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::bars::{self, Bar};
use crate::measure::Measured;
use crate::score::{Cells, Prediction, Truth};
use crate::{known, measure, median, score, tesseract};

/// Bars: pages a minute over a peer's, and memory over a peer's.
const LEAST_OVER_OCRMYPDF: f64 = 3.0;
const LEAST_OVER_TESSERACT: f64 = 1.5;
const MOST_MEMORY: f64 = 0.5;

/// Scans that are upright: OCRmyPDF does not turn pages unless told to. Each with the true document it is of.
pub const BUNDLED: [(&str, &str); 7] = [
    ("an_giang_bang_3--serif--clean300", "an_giang_bang_3"),
    ("an_giang_bang_3--serif--office200", "an_giang_bang_3"),
    ("an_giang_bang_3--serif--copy300", "an_giang_bang_3"),
    ("an_giang_bang_3--serif--fax200", "an_giang_bang_3"),
    ("an_giang_bang_3--serif--phone", "an_giang_bang_3"),
    ("an_giang_bang_3--serif--poor150", "an_giang_bang_3"),
    ("nga_nam--serif--office200", "nga_nam"),
];
pub const SHARED: [(&str, &str); 2] = [
    ("lao_cai_2--serif--clean300", "lao_cai_2"),
    ("lao_cai_2--serif--copy300", "lao_cai_2"),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tool {
    /// `sohoa convert` with a profile, to these formats.
    Sohoa {
        profile: &'static str,
        formats: &'static str,
    },
    Tesseract,
    OcrMyPdf,
    Img2Table,
}

const TEXT: Tool = Tool::Sohoa {
    profile: "draft",
    formats: "txt",
};
const SEARCHABLE: Tool = Tool::Sohoa {
    profile: "draft",
    formats: "pdf,txt",
};
const EVERYTHING: Tool = Tool::Sohoa {
    profile: "standard",
    formats: "json,txt,csv,xlsx,docx,md,pdf,hocr,alto",
};
const TOOLS: [Tool; 7] = [
    TEXT,
    SEARCHABLE,
    Tool::Sohoa {
        profile: "standard",
        formats: "pdf,txt",
    },
    EVERYTHING,
    Tool::Tesseract,
    Tool::OcrMyPdf,
    Tool::Img2Table,
];

impl Tool {
    fn name(self) -> String {
        match self {
            Self::Sohoa { profile, formats } => {
                let what = if self == EVERYTHING {
                    "every format"
                } else {
                    formats
                };
                format!("sohoa, {profile}: {what}")
            }
            Self::Tesseract => "tesseract: txt".to_owned(),
            Self::OcrMyPdf => "OCRmyPDF: pdf, txt".to_owned(),
            Self::Img2Table => "img2table: tables".to_owned(),
        }
    }
}

/// One scan, ready for every tool.
struct Scan {
    pdf: PathBuf,
    images: Vec<PathBuf>,
    truth: Truth,
    /// What sohoa knows beforehand: never the document's own decision.
    phrases: PathBuf,
}

/// What a tool took for all scans in each round, and what it read in the last.
#[derive(Default)]
struct Taken {
    wall: Vec<Duration>,
    processor: Vec<Duration>,
    memory: u64,
    cer: Vec<f64>,
    cer_free: Vec<f64>,
}

/// All tools, by turns, `rounds` times.
pub struct Compared {
    pages: usize,
    files: usize,
    rounds: usize,
    taken: HashMap<Tool, Taken>,
}

/// `folder` holds the scans in `scans/` and what they are of in `truth/`.
pub fn run(folder: &Path, chosen: &[(&str, &str)], rounds: usize) -> Result<Compared> {
    let work = tempfile::tempdir()?;
    let mut scans = Vec::new();
    for (stem, document) in chosen {
        let truth = std::fs::read(folder.join(format!("truth/{document}.json")))?;
        let pdf = folder.join(format!("scans/{stem}.pdf"));
        scans.push(Scan {
            images: tesseract::page_images(&pdf, &work.path().join(stem))?,
            truth: serde_json::from_slice(&truth)?,
            phrases: known::write(work.path(), document, &known::without(document))?,
            pdf,
        });
    }
    let mut compared = Compared {
        pages: scans.iter().map(|s| s.images.len()).sum(),
        files: scans.len(),
        rounds,
        taken: HashMap::new(),
    };
    for round in 0..rounds {
        // Another begins each time, so that nobody always finds another's warm caches.
        let turns = TOOLS.iter().cycle().skip(round).take(TOOLS.len());
        for &tool in turns {
            let taken = compared.taken.entry(tool).or_default();
            let (mut wall, mut processor) = (Duration::ZERO, Duration::ZERO);
            (taken.cer, taken.cer_free) = (Vec::new(), Vec::new());
            for scan in &scans {
                let out = tempfile::tempdir_in(work.path())?;
                let (text, measured) = read(tool, scan, out.path())?;
                for one in measured {
                    ensure!(
                        one.status.success(),
                        "{} failed on {}",
                        tool.name(),
                        scan.pdf.display()
                    );
                    wall += one.wall;
                    processor += one.processor;
                    taken.memory = taken.memory.max(one.tree_peak);
                }
                let read = Prediction {
                    text,
                    ..Prediction::default()
                };
                let figures = score::score(&scan.truth, &read).text;
                taken.cer.extend(figures.cer);
                taken.cer_free.extend(figures.cer_free);
            }
            eprintln!("{}: {wall:.1?} in round {}", tool.name(), round + 1);
            taken.wall.push(wall);
            taken.processor.push(processor);
        }
    }
    Ok(compared)
}

/// The text that a tool reads in a scan, and what that took.
fn read(tool: Tool, scan: &Scan, out: &Path) -> Result<(String, Vec<Measured>)> {
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    let stem = scan.pdf.file_stem().unwrap_or_default().to_string_lossy();
    let text = |path: PathBuf| {
        std::fs::read_to_string(&path).with_context(|| format!("{}: {}", tool.name(), path.display()))
    };
    match tool {
        Tool::Sohoa { profile, formats } => {
            let mut command = Command::new(env!("CARGO_BIN_EXE_sohoa"));
            command
                .arg("convert")
                .arg(&scan.pdf)
                .arg("--phrases")
                .arg(&scan.phrases);
            command
                .arg("-o")
                .arg(out)
                .args(["--jobs", "1", "--profile", profile, "--formats", formats]);
            let measured = one_thread(&mut command)?;
            Ok((text(out.join(format!("{stem}.txt")))?, vec![measured]))
        }
        Tool::Tesseract => {
            let (mut all, mut took) = (String::new(), Vec::new());
            for (at, image) in scan.images.iter().enumerate() {
                let to = out.join(at.to_string());
                let file = std::fs::File::create(&to)?;
                took.push(measure::run(
                    tesseract::command(image).stdout(file).stderr(Stdio::null()),
                )?);
                all += &text(to)?;
            }
            Ok((all, took))
        }
        Tool::OcrMyPdf => {
            let sidecar = out.join("sidecar.txt");
            let mut command = Command::new(home.join(".runtime/peers/bin/ocrmypdf"));
            // A plain PDF, its pictures left as they are: the least work that it can be asked for.
            command.args([
                "-l",
                "vie",
                "--jobs",
                "1",
                "--output-type",
                "pdf",
                "--optimize",
                "0",
            ]);
            command
                .arg("--sidecar")
                .arg(&sidecar)
                .arg(&scan.pdf)
                .arg(out.join("out.pdf"));
            let measured = one_thread(&mut command)?;
            Ok((text(sidecar)?, vec![measured]))
        }
        Tool::Img2Table => {
            let to = out.join("tables.json");
            let mut command = Command::new(home.join(".runtime/peers/bin/python"));
            command
                .arg(home.join("benches/accuracy/peers.py"))
                .arg("img2table-ocr")
                .arg(&scan.pdf);
            command.env("OMP_THREAD_LIMIT", "1").stdin(Stdio::null());
            command.stdout(std::fs::File::create(&to)?).stderr(Stdio::null());
            let measured = measure::run(&mut command)?;
            let found: HashMap<String, Vec<Cells>> = serde_json::from_str(&text(to)?)?;
            let cells = found.into_values().flatten().flatten().flatten();
            Ok((cells.collect::<Vec<_>>().join(" "), vec![measured]))
        }
    }
}

fn one_thread(command: &mut Command) -> Result<Measured> {
    command
        .env("OMP_THREAD_LIMIT", "1")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    Ok(measure::run(command)?)
}

impl Compared {
    /// How many times as fast `tool` is as `peer`: the median of the rounds.
    fn times(&self, tool: Tool, peer: Tool) -> f64 {
        let (Some(tool), Some(peer)) = (self.taken.get(&tool), self.taken.get(&peer)) else {
            return 0.0;
        };
        let ratio = |(ours, theirs): (&Duration, &Duration)| theirs.as_secs_f64() / ours.as_secs_f64();
        median(tool.wall.iter().zip(&peer.wall).map(ratio).collect())
    }

    /// A row for each tool, and the bars.
    pub fn report(&self) -> String {
        let mut out = format!(
            "\n## Beside other tools\n\n\
             {} scans with {} pages, each tool with one thread and by turns, {} rounds; the medians count. Ratios are the claim: pages a minute depend on the \
             machine. **text**: `sohoa convert --profile draft`, as it is meant for search. OCRmyPDF is asked for a plain PDF without optimisation, Tesseract gets the page images \
             already extracted, img2table reads with Tesseract and gives tables alone. **memory**: the most that all processes of a tool held at one time. **CER**: mean over \
             the scans, in reading order, and in brackets whatever the order; sohoa does not know the phrases of the decision that is measured.\n\n\
             | tool | pages a minute | times Tesseract | times OCRmyPDF | CPU s a page | memory MB | CER |\n|---|---|---|---|---|---|---|\n",
            self.files, self.pages, self.rounds,
        );
        for tool in TOOLS {
            let Some(taken) = self.taken.get(&tool) else {
                continue;
            };
            let seconds = |times: &[Duration]| median(times.iter().map(Duration::as_secs_f64).collect());
            let _ = writeln!(
                out,
                "| {} | {:.1} | {:.2} | {:.2} | {:.2} | {} | {:.2} ({:.2}) |",
                tool.name(),
                self.pages as f64 * 60.0 / seconds(&taken.wall),
                self.times(tool, Tool::Tesseract),
                self.times(tool, Tool::OcrMyPdf),
                seconds(&taken.processor) / self.pages as f64,
                taken.memory / crate::MEGABYTE,
                100.0 * mean(&taken.cer),
                100.0 * mean(&taken.cer_free),
            );
        }
        out + "\n" + &bars::table(&self.bars())
    }

    fn bars(&self) -> [Bar; 4] {
        let of = |tool: Tool, what: fn(&Taken) -> f64| self.taken.get(&tool).map_or(f64::NAN, what);
        let free = |tool| of(tool, |t| mean(&t.cer_free));
        let searchable = self.times(SEARCHABLE, Tool::OcrMyPdf);
        let text = self.times(TEXT, Tool::Tesseract);
        let memory = of(EVERYTHING, |t| t.memory as f64) / of(Tool::OcrMyPdf, |t| t.memory as f64);
        let errors = free(SEARCHABLE) / free(Tool::OcrMyPdf);
        let figure = |figure: f64| format!("{figure:.2}");
        [
            (
                format!(
                    "Searchable PDF, profile draft: at least {LEAST_OVER_OCRMYPDF} times the pages of OCRmyPDF"
                ),
                figure(searchable),
                searchable >= LEAST_OVER_OCRMYPDF,
            ),
            (
                "… at a lower CER: ours over theirs, whatever the order".to_owned(),
                figure(errors),
                errors < 1.0,
            ),
            (
                format!("Text, profile draft: at least {LEAST_OVER_TESSERACT} times the pages of Tesseract"),
                figure(text),
                text >= LEAST_OVER_TESSERACT,
            ),
            (
                format!("Memory for every format: at most {MOST_MEMORY} times that of OCRmyPDF"),
                figure(memory),
                memory <= MOST_MEMORY,
            ),
        ]
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}
