//! How far the certainty of a word can be believed: words of ALTO against the true ones.

use std::path::Path;

use anyhow::{Context, Result};
use quick_xml::events::Event;
use quick_xml::{Reader, XmlVersion};

use crate::align::{self, Place};
use crate::score::{Truth, normal};

/// A word that was read: how certain it was said to be, and whether it is right.
#[derive(Debug, Clone, Copy)]
pub struct Judged {
    pub certainty: f64,
    pub right: bool,
}

/// A word at least this certain is offered as settled: 92 % of the words of the pages that the weights were fitted to are.
pub const CERTAIN: f64 = sohoa::domain::SETTLED as f64;

/// The words of an ALTO file held against the truth; a header that a later page repeats is left out.
pub fn judge(alto: &Path, truth: &Truth) -> Result<Vec<Judged>> {
    let words = |text: &str| -> Vec<String> {
        normal(text)
            .split(' ')
            .filter(|w| !w.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let read = strings(alto)?;
    let want = words(&truth.text());
    let header: Vec<String> = truth
        .tables
        .iter()
        .flat_map(|t| &t.header)
        .flat_map(|cell| words(cell))
        .collect();
    let got: Vec<String> = read.iter().map(|(text, _)| normal(text)).collect();
    let places = align::places(&want, &got);
    let judged = read.iter().zip(&got).zip(places);
    Ok(judged
        .filter(|((_, text), place)| *place == Place::Same || !header.contains(text))
        .map(|(((_, certainty), _), place)| Judged {
            certainty: *certainty,
            right: place == Place::Same,
        })
        .collect())
}

/// Each word with its certainty.
fn strings(alto: &Path) -> Result<Vec<(String, f64)>> {
    let xml = std::fs::read_to_string(alto).with_context(|| alto.display().to_string())?;
    let mut reader = Reader::from_str(&xml);
    let mut strings = Vec::new();
    loop {
        match reader.read_event()? {
            Event::Start(element) | Event::Empty(element) if element.name().as_ref() == "String" => {
                let value = |name: &str| -> Result<String> {
                    let attribute = element
                        .try_get_attribute(name)?
                        .with_context(|| format!("a String without {name}"))?;
                    Ok(attribute.normalized_value(XmlVersion::Implicit1_0)?.into_owned())
                };
                strings.push((value("CONTENT")?, value("WC")?.parse()?));
            }
            Event::Eof => return Ok(strings),
            _ => {}
        }
    }
}

/// What the words at or above [`CERTAIN`] are worth, and what those below hold.
#[derive(Debug, Clone, Copy)]
pub struct Reliability {
    pub words: usize,
    pub wrong: usize,
    pub certain: usize,
    pub certain_wrong: usize,
}

impl Reliability {
    pub fn of(judged: &[Judged]) -> Self {
        let certain = || judged.iter().filter(|j| j.certainty >= CERTAIN);
        Self {
            words: judged.len(),
            wrong: judged.iter().filter(|j| !j.right).count(),
            certain: certain().count(),
            certain_wrong: certain().filter(|j| !j.right).count(),
        }
    }

    /// Share of all words that are marked certain.
    pub fn certain_share(&self) -> f64 {
        self.certain as f64 / self.words.max(1) as f64
    }

    /// Share of the certain words that are right.
    pub fn right_share(&self) -> f64 {
        1.0 - self.certain_wrong as f64 / self.certain.max(1) as f64
    }

    /// Share of all wrong words that are marked doubtful.
    pub fn caught_share(&self) -> f64 {
        1.0 - self.certain_wrong as f64 / self.wrong.max(1) as f64
    }
}

/// The curve: words by certainty, what they promise and what they keep.
pub fn curve(judged: &[Judged]) -> Vec<(f64, f64, usize, f64, f64)> {
    const EDGES: [f64; 11] = [0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.9977, 1.0001];
    EDGES
        .windows(2)
        .map(|edge| {
            let here: Vec<&Judged> = judged
                .iter()
                .filter(|j| (edge[0]..edge[1]).contains(&j.certainty))
                .collect();
            let count = here.len().max(1) as f64;
            let promised = here.iter().map(|j| j.certainty).sum::<f64>() / count;
            let kept = here.iter().filter(|j| j.right).count() as f64 / count;
            (edge[0], edge[1].min(1.0), here.len(), promised, kept)
        })
        .collect()
}
