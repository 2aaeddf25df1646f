//! Syllables that restoration brought back.

use std::collections::HashSet;

use serde::Serialize;

use super::distance::Pattern;
use super::normal;
use super::text::{canonical, syllables};

#[derive(Debug, Clone, Serialize)]
pub struct RestoreFigures {
    pub lines: usize,
    pub syllables: usize,
    pub right: usize,
    /// Share of the truth's syllables found in their line, in order; case and place of the tone mark are free.
    pub accuracy: Option<f64>,
    /// Syllables that stand in no line of the truth: invented.
    pub not_in_truth: usize,
}

/// Line by line; lines beyond the shorter text do not count.
pub fn restoration(truth: &[&str], restored: &[&str]) -> RestoreFigures {
    let spelled = |line: &&str| -> Vec<(String, String)> {
        syllables(&normal(line)).into_iter().map(canonical).collect()
    };
    let true_lines: Vec<_> = truth.iter().map(spelled).collect();
    let known: HashSet<_> = true_lines.iter().flatten().collect();
    let mut figures = RestoreFigures {
        lines: truth.len(),
        syllables: 0,
        right: 0,
        accuracy: None,
        not_in_truth: 0,
    };
    for (want, got) in true_lines.iter().zip(restored.iter().map(spelled)) {
        let (want_refs, got_refs): (Vec<_>, Vec<_>) = (want.iter().collect(), got.iter().collect());
        figures.right += Pattern::new(&want_refs).common(&got_refs);
        figures.syllables += want.len();
        figures.not_in_truth += got.iter().filter(|s| !known.contains(s)).count();
    }
    figures.accuracy = super::ratio(figures.right, figures.syllables);
    figures
}
