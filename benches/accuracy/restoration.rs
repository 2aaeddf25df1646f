//! Text without layout through `sohoa restore`: the real pair, and true texts whose marks were taken off.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use unicode_normalization::UnicodeNormalization;

use crate::score::{self, RestoreFigures, Truth};
use crate::{corpus::Corpus, known, read_json, sohoa};

/// One text, garbled, and what became of it.
pub struct Restored {
    pub name: String,
    pub garbled: &'static str,
    /// Shares of syllables that a release is held to: with the form unknown, and known where it has a form.
    pub bars: [f64; 2],
    /// Before restoration; with the phrases of other decisions only; with its own form among them.
    pub raw: RestoreFigures,
    pub unknown: RestoreFigures,
    pub known: Option<RestoreFigures>,
}

/// The page that was read by an OCR without Vietnamese.
const PAIR: &str = "restore_001";
/// The document that it is a page of.
const PAIR_OF: &str = "an_giang_bang_3";
/// Texts of other kinds, which were kept back from all that was learnt.
const KEPT_BACK: [&str; 2] = ["encyclopedia", "legal"];
/// The share of their syllables that a release is held to.
const KEPT_BACK_BAR: f64 = 0.965;

/// Everything that this set has the truth of.
pub fn run(corpus: &Corpus, work: &Path) -> Result<Vec<Restored>> {
    let text = |name: &str| {
        let path = corpus.truth.join(name);
        std::fs::read_to_string(&path).with_context(|| path.display().to_string())
    };
    let (truth, garbled) = (
        text(&format!("{PAIR}.true.txt"))?,
        text(&format!("{PAIR}.garbled.txt"))?,
    );
    let mut all = vec![Restored {
        garbled: "read by an OCR without Vietnamese",
        ..measure(PAIR, PAIR_OF, &truth, &garbled, [0.93, 0.992], work)?
    }];
    for document in documents(&corpus.truth)? {
        let truth: Truth = read_json(&corpus.truth.join(format!("{document}.json")))?;
        let truth = truth.text();
        let bar = if known::decision(&document) == "lao_cai" {
            0.97
        } else {
            0.98
        };
        all.push(measure(
            &document,
            &document,
            &truth,
            &stripped(&truth),
            [bar, 0.995],
            work,
        )?);
    }
    for kind in KEPT_BACK {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("fixtures/kept-back/{kind}.txt"));
        let truth = std::fs::read_to_string(&file).with_context(|| file.display().to_string())?;
        let figures = measure(kind, kind, &truth, &stripped(&truth), [KEPT_BACK_BAR; 2], work)?;
        all.push(Restored {
            garbled: "kept back; marks taken off",
            known: None,
            ..figures
        });
    }
    Ok(all)
}

fn documents(truth: &Path) -> Result<Vec<String>> {
    let files = std::fs::read_dir(truth).with_context(|| truth.display().to_string())?;
    let mut names: Vec<String> = files
        .flatten()
        .filter_map(|f| f.file_name().to_str()?.strip_suffix(".json").map(str::to_owned))
        .filter(|name| name != "findings")
        .collect();
    names.sort();
    Ok(names)
}

/// Every mark off every letter.
fn stripped(text: &str) -> String {
    text.nfd()
        .filter(|c| !unicode_normalization::char::is_combining_mark(*c))
        .map(|c| match c {
            'đ' => 'd',
            'Đ' => 'D',
            other => other,
        })
        .collect()
}

fn measure(
    name: &str,
    document: &str,
    truth: &str,
    garbled: &str,
    bars: [f64; 2],
    work: &Path,
) -> Result<Restored> {
    let lines: Vec<&str> = truth.lines().collect();
    let score = |text: &str| {
        // Lines that did not come out count as empty.
        let restored: Vec<&str> = text
            .lines()
            .chain(std::iter::repeat(""))
            .take(lines.len())
            .collect();
        score::restoration(&lines, &restored)
    };
    let others = known::without(document);
    let own = format!("{others}{truth}\n");
    let restore = |form: &str, phrases: &str| -> Result<RestoreFigures> {
        let phrases = known::write(work, &format!("{name}-{form}"), phrases)?;
        let input = work.join(format!("{name}-garbled.txt"));
        std::fs::write(&input, garbled)?;
        let output = sohoa()
            .arg("restore")
            .arg(&input)
            .arg("--phrases")
            .arg(&phrases)
            .output()?;
        ensure!(output.status.success(), "sohoa restore failed on {name}");
        Ok(score(&String::from_utf8_lossy(&output.stdout)))
    };
    let name = name.to_owned();
    Ok(Restored {
        garbled: "marks taken off",
        bars,
        raw: score(garbled),
        unknown: restore("unknown", &others)?,
        known: Some(restore("known", &own)?),
        name,
    })
}
