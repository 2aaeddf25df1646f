//! GriTS-Con: how alike two tables are, cell by cell, after the rows and columns that cost most are left out.
//!
//! As its authors define it (Smock, Pesala, Abraham: "GriTS: Grid table similarity metric for table structure
//! recognition", 2023, section 4, the factored search for the two most similar substructures): two cells are alike by
//! the length of their longest common subsequence, `2 lcs / (a + b)`; rows are aligned by the alignments of their cells,
//! columns likewise, and the score is `2 s / (cells + cells)` with `s` the likeness of the cells that are left.
//! `tests/it/scorer.rs` holds it to figures of the authors' package.

use pathfinding::kuhn_munkres::kuhn_munkres;
use pathfinding::matrix::Matrix;

use super::align::in_order;
use super::distance::Pattern;

/// Cells as texts, every row as long as the others.
pub type Cells = Vec<Vec<String>>;

/// The tables of a document against the true ones, each paired with at most one.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Similarity {
    /// Sum of the likeness of paired cells.
    pub alike: f64,
    pub true_cells: usize,
    pub found_cells: usize,
    /// True tables of which a found one has every cell, white space aside.
    pub exact: usize,
}

impl Similarity {
    /// 1 for the same tables, 0 where nothing is found.
    pub fn grits(&self) -> f64 {
        2.0 * self.alike / (self.true_cells + self.found_cells).max(1) as f64
    }
}

/// Pairs the tables so that the whole is most alike.
pub fn tables(truth: &[Cells], found: &[Cells]) -> Similarity {
    let size = |tables: &[Cells]| tables.iter().flatten().map(Vec::len).sum();
    let mut out = Similarity {
        true_cells: size(truth),
        found_cells: size(found),
        exact: truth
            .iter()
            .filter(|t| found.iter().any(|f| is_same(t, f)))
            .count(),
        ..Similarity::default()
    };
    if truth.is_empty() || found.is_empty() {
        return out;
    }
    let scores: Vec<Vec<f64>> = truth
        .iter()
        .map(|t| found.iter().map(|f| alike(t, f)).collect())
        .collect();
    // The pairing wants whole numbers, and no more rows than columns.
    let weight = |t: usize, f: usize| (scores[t][f] * 1e6) as i64;
    out.alike = if truth.len() <= found.len() {
        let weights = Matrix::from_fn(truth.len(), found.len(), |(t, f)| weight(t, f));
        let (_, chosen) = kuhn_munkres(&weights);
        chosen.iter().enumerate().map(|(t, f)| scores[t][*f]).sum()
    } else {
        let weights = Matrix::from_fn(found.len(), truth.len(), |(f, t)| weight(t, f));
        let (_, chosen) = kuhn_munkres(&weights);
        chosen.iter().enumerate().map(|(f, t)| scores[*t][f]).sum()
    };
    out
}

fn is_same(a: &Cells, b: &Cells) -> bool {
    let bare = |cells: &Cells| -> Vec<Vec<String>> {
        cells
            .iter()
            .map(|row| row.iter().map(|c| c.split_whitespace().collect()).collect())
            .collect()
    };
    bare(a) == bare(b)
}

/// The likeness of the cells that are left when both tables are cut down to their most similar parts.
fn alike(truth: &Cells, found: &Cells) -> f64 {
    let (Some(true_row), Some(found_row)) = (truth.first(), found.first()) else {
        return 0.0;
    };
    let (width, other_width) = (true_row.len(), found_row.len());
    // likeness[i][j][k][l]: cell j of true row i and cell l of found row k.
    let patterns: Vec<Vec<(Vec<char>, Pattern<char>)>> = truth
        .iter()
        .map(|row| row.iter().map(|c| pattern(c)).collect())
        .collect();
    let letters: Vec<Vec<Vec<char>>> = found
        .iter()
        .map(|row| row.iter().map(|c| c.chars().collect()).collect())
        .collect();
    let cell = |i: usize, j: usize, k: usize, l: usize| -> f64 {
        let ((own, pattern), other) = (&patterns[i][j], &letters[k][l]);
        match own.len() + other.len() {
            0 => 1.0,
            both => 2.0 * pattern.common(other) as f64 / both as f64,
        }
    };
    let likeness: Vec<Vec<Vec<Vec<f64>>>> = (0..truth.len())
        .map(|i| {
            (0..found.len())
                .map(|k| {
                    (0..width)
                        .map(|j| (0..other_width).map(|l| cell(i, j, k, l)).collect())
                        .collect()
                })
                .collect()
        })
        .collect();
    let rows = outer(
        truth.len(),
        found.len(),
        &|i, k| likeness[i][k].clone(),
        other_width,
    );
    let columns = outer(
        width,
        other_width,
        &|j, l| {
            let row = |i: usize| (0..found.len()).map(|k| likeness[i][k][j][l]).collect();
            (0..truth.len()).map(row).collect()
        },
        found.len(),
    );
    rows.iter()
        .flat_map(|&(i, k)| columns.iter().map(move |&(j, l)| (i, j, k, l)))
        .map(|(i, j, k, l)| likeness[i][k][j][l])
        .sum()
}

fn pattern(text: &str) -> (Vec<char>, Pattern<char>) {
    let letters: Vec<char> = text.chars().collect();
    let pattern = Pattern::new(&letters);
    (letters, pattern)
}

/// Pairs of outer lines (rows, or columns) by how well their cells align.
fn outer(
    lines: usize,
    others: usize,
    cells: &dyn Fn(usize, usize) -> Vec<Vec<f64>>,
    width: usize,
) -> Vec<(usize, usize)> {
    let worth = |i: usize, k: usize| -> f64 {
        let likeness = cells(i, k);
        in_order(&likeness, width, 0.0)
            .iter()
            .map(|&(j, l)| likeness[j][l])
            .sum()
    };
    let likeness: Vec<Vec<f64>> = (0..lines)
        .map(|i| (0..others).map(|k| worth(i, k)).collect())
        .collect();
    in_order(&likeness, others, 0.0)
}
