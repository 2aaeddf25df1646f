//! Rows, cells and score cells of tables.

use std::sync::LazyLock;

use regex::Regex;
use rust_decimal::Decimal;
use serde::Serialize;

use super::distance::{Pattern, similarity, text_levenshtein};
use super::{PlainTable, align, f1, normal, ratio};

/// Figures of all tables of a document.
#[derive(Debug, Clone, Serialize)]
pub struct TableFigures {
    pub tables_true: usize,
    pub tables_pred: usize,
    pub row_p: Option<f64>,
    pub row_r: Option<f64>,
    pub cell_f1: Option<f64>,
    pub cell_f1_soft: Option<f64>,
    pub cell_cer: Option<f64>,
    pub score_n: usize,
    pub score_acc: Option<f64>,
    pub score_p: Option<f64>,
    pub score_col_exact: bool,
    pub exact: bool,
}

#[derive(Debug, Default)]
struct Counts {
    true_rows: usize,
    found_rows: usize,
    paired_rows: usize,
    true_cells: usize,
    found_cells: usize,
    equal_cells: usize,
    alike_cells: usize,
    characters: usize,
    character_errors: usize,
    scores: usize,
    right_scores: usize,
    found_scores: usize,
}

type Grid = Vec<Vec<String>>;

/// Each true table takes the found one that shares most of its text; the rest count as invented.
pub(super) fn figures(truth: &[PlainTable], found: &[PlainTable]) -> TableFigures {
    let truth: Vec<Grid> = truth.iter().map(PlainTable::grid).collect();
    let found: Vec<Grid> = found
        .iter()
        .map(PlainTable::grid)
        .filter(|grid| grid.iter().flatten().any(|cell| !cell.is_empty()))
        .collect();
    let mut counts = Counts::default();
    let mut exact = truth.len() == found.len();
    let mut free: Vec<usize> = (0..found.len()).collect();
    let nothing = Grid::new();
    for table in &truth {
        let partner = nearest(table, &found, &free);
        free.retain(|&j| Some(j) != partner);
        let partner = partner.map_or(&nothing, |j| &found[j]);
        counts.pair(table, partner);
        exact &= table == partner;
    }
    for &j in &free {
        counts.found_rows += found[j].len();
        counts.found_cells += filled(&found[j]);
    }
    counts.figures(truth.len(), found.len(), exact)
}

fn filled(grid: &Grid) -> usize {
    grid.iter().flatten().filter(|cell| !cell.is_empty()).count()
}

fn nearest(table: &Grid, found: &[Grid], free: &[usize]) -> Option<usize> {
    let sorted_words = |grid: &Grid| -> (Vec<char>, usize) {
        let text = grid.iter().map(|row| row.join(" ")).collect::<Vec<_>>().join(" ");
        let mut words: Vec<&str> = text.split_whitespace().collect();
        words.sort_unstable();
        (words.join(" ").chars().collect(), text.chars().count())
    };
    let pattern = Pattern::new(&sorted_words(table).0);
    let mut best: Option<(f64, usize)> = None;
    for &j in free {
        let (words, length) = sorted_words(&found[j]);
        let likeness = pattern.similarity(&words) * 100.0 * length as f64;
        if best.is_none_or(|(most, _)| likeness > most) {
            best = Some((likeness, j));
        }
    }
    best.map(|(_, j)| j)
}

impl Counts {
    fn pair(&mut self, truth: &Grid, found: &Grid) {
        let alignment = align::grids(truth, found);
        let partner = |pairs: &[(usize, usize)], k: usize| pairs.iter().find(|p| p.0 == k).map(|p| p.1);
        let across = |i: usize, a: usize| -> Option<&String> {
            found[partner(&alignment.rows, i)?].get(partner(&alignment.columns, a)?)
        };
        self.true_rows += truth.len();
        self.found_rows += found.len();
        self.paired_rows += alignment.rows.len();
        self.true_cells += filled(truth);
        self.found_cells += filled(found);
        for (i, row) in truth.iter().enumerate() {
            for (a, cell) in row.iter().enumerate() {
                let other = across(i, a).map_or("", String::as_str);
                if cell.is_empty() {
                    self.character_errors += other.chars().count();
                } else {
                    self.equal_cells += usize::from(cell == other);
                    self.alike_cells += usize::from(similarity(cell, other) >= 0.9);
                    self.characters += cell.chars().count();
                    self.character_errors += text_levenshtein(cell, other);
                }
            }
        }
        let Some(column) = truth.first().and_then(|header| score_column(header)) else {
            return;
        };
        for (i, row) in truth.iter().enumerate().skip(1) {
            let Some(want) = row.get(column).and_then(|cell| to_number(cell)) else {
                continue;
            };
            self.scores += 1;
            let got = across(i, column).and_then(|cell| to_number(cell));
            self.right_scores += usize::from(got == Some(want));
        }
        if let Some(there) = partner(&alignment.columns, column) {
            self.found_scores += found
                .iter()
                .filter_map(|row| row.get(there))
                .filter(|cell| to_number(cell).is_some())
                .count();
        }
    }

    fn figures(&self, tables_true: usize, tables_pred: usize, exact: bool) -> TableFigures {
        TableFigures {
            tables_true,
            tables_pred,
            row_p: ratio(self.paired_rows, self.found_rows),
            row_r: ratio(self.paired_rows, self.true_rows),
            cell_f1: f1(self.equal_cells, self.true_cells, self.found_cells),
            cell_f1_soft: f1(self.alike_cells, self.true_cells, self.found_cells),
            cell_cer: ratio(self.character_errors, self.characters),
            score_n: self.scores,
            score_acc: ratio(self.right_scores, self.scores),
            score_p: ratio(self.right_scores, self.found_scores),
            score_col_exact: self.scores > 0
                && self.right_scores == self.scores
                && self.scores == self.found_scores,
            exact,
        }
    }
}

/// The column of a header that holds the points, the most telling words first.
pub(super) fn score_column(header: &[String]) -> Option<usize> {
    static HEADS: LazyLock<[Regex; 5]> = LazyLock::new(|| {
        [
            r"tối đa",
            r"điểm chuẩn|^chuẩn$",
            r"thang điểm",
            r"^điểm$|^số điểm",
            r"điểm",
        ]
        .map(|pattern| Regex::new(pattern).expect("a valid pattern"))
    });
    let header: Vec<String> = header.iter().map(|cell| normal(cell).to_lowercase()).collect();
    HEADS
        .iter()
        .find_map(|pattern| header.iter().position(|cell| pattern.is_match(cell)))
}

/// A cell that is a number and nothing else: `1,5` and `1.5` are one number.
pub fn to_number(text: &str) -> Option<Decimal> {
    static NUMBER: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"^\d+(?:[.,]\d+)?$").expect("a valid pattern"));
    let text = normal(text);
    NUMBER
        .is_match(&text)
        .then(|| text.replace(',', ".").parse().ok())
        .flatten()
}
