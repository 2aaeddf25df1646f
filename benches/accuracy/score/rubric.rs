//! Numbers, titles, maximum scores and parents of criteria.

use std::collections::HashMap;
use std::sync::LazyLock;

use regex::Regex;
use rust_decimal::Decimal;
use serde::Serialize;

use super::align::in_order;
use super::distance::similarity;
use super::table::{score_column, to_number};
use super::{Prediction, Truth, f1, normal, ratio};

/// A criterion that the truth asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct TrueCriterion {
    pub number: String,
    pub title: String,
    /// The first paragraph of the title: enough of it to count as found.
    pub first: String,
    pub max_score: Option<Decimal>,
    /// What stands in the score cell, a number or not.
    pub score_text: String,
    /// The number of the criterion above.
    pub parent: Option<String>,
}

/// A criterion that was found, as far as it is scored, and where it is in the prediction.
#[derive(Debug, Clone)]
pub struct Found {
    pub number: Option<String>,
    pub title: String,
    pub max_score: Option<Decimal>,
    pub parent: Option<String>,
    /// Rubric and criterion in the prediction, counted from 0.
    pub place: (usize, usize),
}

/// Precision, recall and F1 of one field.
#[derive(Debug, Clone, Serialize)]
pub struct Shares {
    pub p: Option<f64>,
    pub r: Option<f64>,
    pub f1: Option<f64>,
}

#[derive(Debug, Clone, Serialize)]
pub struct RubricFigures {
    pub n_true: usize,
    pub n_pred: usize,
    pub matched: usize,
    pub micro_f1: Option<f64>,
    pub number: Shares,
    pub title: Shares,
    pub max_score: Shares,
    pub parent: Shares,
}

/// The criteria of a true document: rows with a number and a title, and rows of one wide cell `II Title`.
pub fn true_criteria(truth: &Truth) -> Vec<TrueCriterion> {
    static STT: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"^(?:(?:s[ốo] )?s?tt)$").expect("a valid pattern"));
    static TITLE: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"tiêu chí|nội dung").expect("a valid pattern"));
    static WIDE: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"^([IVX]+)[. ]+(.+)").expect("a valid pattern"));
    let mut out = Vec::new();
    for table in &truth.tables {
        let grid = table.grid();
        let Some(header) = grid.first() else { continue };
        let scores = score_column(header);
        let lower: Vec<String> = header.iter().map(|cell| cell.to_lowercase()).collect();
        let numbers = lower.iter().position(|cell| STT.is_match(cell)).unwrap_or(0);
        let titles = lower
            .iter()
            .position(|cell| TITLE.is_match(cell))
            .unwrap_or(numbers + 1);
        let cell = |row: &[String], column: usize| row.get(column).cloned().unwrap_or_default();
        let skipped = usize::from(table.header.is_empty());
        let mut above: Vec<(u8, String)> = Vec::new();
        for (row, raw) in grid[1..].iter().zip(&table.rows[skipped..]) {
            let mut number = cell(row, numbers).trim_end_matches(['.', ')']).to_owned();
            let mut title = cell(row, titles);
            let mut first = normal(cell(raw, titles).split('\n').next().unwrap_or_default());
            if title.is_empty() {
                let whole = cell(row, numbers);
                let Some(wide) = WIDE.captures(&whole) else {
                    continue;
                };
                (number, title) = (wide[1].to_owned(), wide[2].to_owned());
                first = title.clone();
            }
            let Some(level) = level(&number) else { continue };
            while above.last().is_some_and(|(l, _)| *l >= level) {
                above.pop();
            }
            let score_text = scores.map(|column| cell(row, column)).unwrap_or_default();
            out.push(TrueCriterion {
                number: number.clone(),
                title,
                first,
                max_score: to_number(&score_text),
                score_text,
                parent: above.last().map(|(_, n)| n.clone()),
            });
            above.push((level, number));
        }
    }
    out
}

/// How deep a number stands: `A` 0, `I` 1, `1` 2, `1.1` 3, `a` 9.
fn level(number: &str) -> Option<u8> {
    let all = |allowed: fn(char) -> bool| !number.is_empty() && number.chars().all(allowed);
    let single = number.chars().count() == 1;
    if all(|c| matches!(c, 'I' | 'V' | 'X')) {
        Some(1)
    } else if single && all(|c| c.is_ascii_uppercase() || c == 'Đ') {
        Some(0)
    } else if number
        .split('.')
        .all(|part| !part.is_empty() && part.chars().all(char::is_numeric))
    {
        u8::try_from(number.matches('.').count())
            .ok()
            .map(|dots| dots.saturating_add(2))
    } else if single && all(|c| c.is_ascii_lowercase() || c == 'đ') {
        Some(9)
    } else {
        None
    }
}

/// The criteria of a prediction, rubric by rubric; parents by their numbers.
pub fn predicted(prediction: &Prediction) -> Vec<Found> {
    let given = |text: &Option<String>| text.clone().filter(|t| !t.is_empty());
    let plain = |number: &str| normal(number).trim_end_matches(['.', ')']).to_owned();
    let mut out = Vec::new();
    for (r, rubric) in prediction.rubrics.iter().enumerate() {
        let by_id: HashMap<&str, String> = rubric
            .criteria
            .iter()
            .map(|c| (c.id.as_str(), given(&c.number).unwrap_or_else(|| c.id.clone())))
            .collect();
        for (k, c) in rubric.criteria.iter().enumerate() {
            let parent = given(&c.parent).map(|id| by_id.get(id.as_str()).cloned().unwrap_or(id));
            out.push(Found {
                number: Some(plain(given(&c.number).as_ref().unwrap_or(&c.id))).filter(|n| !n.is_empty()),
                title: normal(c.title.as_deref().unwrap_or_default()),
                max_score: c.max_score.as_deref().and_then(to_number),
                parent: parent.map(|n| plain(&n)).filter(|n| !n.is_empty()),
                place: (r, k),
            });
        }
    }
    out
}

/// Which true criterion is which found one: by number and title, in order.
pub fn pairs(truth: &[TrueCriterion], found: &[Found]) -> Vec<(usize, usize)> {
    let likeness: Vec<Vec<f64>> = truth
        .iter()
        .map(|t| {
            found
                .iter()
                .map(|f| {
                    let number = if f.number.as_ref() == Some(&t.number) {
                        0.3
                    } else {
                        0.0
                    };
                    number + 0.7 * similarity(&t.title, &f.title).max(similarity(&t.first, &f.title))
                })
                .collect()
        })
        .collect();
    in_order(&likeness, found.len(), 0.45)
}

pub(super) fn figures(truth: &[TrueCriterion], found: &[Found]) -> RubricFigures {
    let pairs = pairs(truth, found);
    let mut totals = (0, 0, 0);
    let mut field = |is_true: &dyn Fn(&TrueCriterion) -> bool,
                     is_found: &dyn Fn(&Found) -> bool,
                     is_hit: &dyn Fn(&TrueCriterion, &Found) -> bool| {
        let true_count = truth.iter().filter(|t| is_true(t)).count();
        let found_count = found.iter().filter(|f| is_found(f)).count();
        let hits = pairs
            .iter()
            .filter(|&&(i, j)| is_hit(&truth[i], &found[j]))
            .count();
        totals = (totals.0 + hits, totals.1 + true_count, totals.2 + found_count);
        Shares {
            p: ratio(hits, found_count),
            r: ratio(hits, true_count),
            f1: f1(hits, true_count, found_count),
        }
    };
    let number = field(&|t| !t.number.is_empty(), &|f| f.number.is_some(), &|t, f| {
        f.number.as_ref() == Some(&t.number)
    });
    let title = field(&|t| !t.title.is_empty(), &|f| !f.title.is_empty(), &|t, f| {
        f.title == t.title || f.title == t.first
    });
    let max_score = field(&|t| t.max_score.is_some(), &|f| f.max_score.is_some(), &|t, f| {
        t.max_score.is_some() && t.max_score == f.max_score
    });
    let parent = field(&|t| t.parent.is_some(), &|f| f.parent.is_some(), &|t, f| {
        t.parent.is_some() && t.parent == f.parent
    });
    RubricFigures {
        n_true: truth.len(),
        n_pred: found.len(),
        matched: pairs.len(),
        micro_f1: f1(totals.0, totals.1, totals.2),
        number,
        title,
        max_score,
        parent,
    }
}
