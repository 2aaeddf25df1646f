//! Which row of one table is which row of the other.

use super::distance::{Pattern, similarity};

/// Pairs `(i, j)`, both rising, that make the sum of `likeness[i][j]` largest; those below `floor` never pair.
pub fn in_order(likeness: &[Vec<f64>], columns: usize, floor: f64) -> Vec<(usize, usize)> {
    let weight = |i: usize, j: usize| Some(likeness[i][j]).filter(|&w| w >= floor && w > 0.0);
    let mut sums = vec![vec![0.0f64; columns + 1]; likeness.len() + 1];
    for i in 0..likeness.len() {
        for j in 0..columns {
            let paired = weight(i, j).map_or(-1.0, |w| sums[i][j] + w);
            sums[i + 1][j + 1] = paired.max(sums[i][j + 1]).max(0.0).max(sums[i + 1][j]);
        }
    }
    let (mut i, mut j) = (likeness.len(), columns);
    let mut out = Vec::new();
    while i > 0 && j > 0 {
        let paired = weight(i - 1, j - 1);
        if paired.is_some_and(|w| (sums[i][j] - (sums[i - 1][j - 1] + w)).abs() < 1e-9) {
            out.push((i - 1, j - 1));
            i -= 1;
            j -= 1;
        } else if sums[i][j] == sums[i - 1][j] {
            i -= 1;
        } else {
            j -= 1;
        }
    }
    out.reverse();
    out
}

/// Row pairs and column pairs of two grids.
#[derive(Debug, Default)]
pub struct Alignment {
    pub rows: Vec<(usize, usize)>,
    pub columns: Vec<(usize, usize)>,
}

/// Rows pair by their text (at least half alike), columns by the cells of paired rows.
pub fn grids(truth: &[Vec<String>], found: &[Vec<String>]) -> Alignment {
    if truth.is_empty() || found.is_empty() {
        return Alignment::default();
    }
    let found_rows: Vec<Vec<char>> = found.iter().map(|row| row_text(row).chars().collect()).collect();
    let likeness: Vec<Vec<f64>> = truth
        .iter()
        .map(|row| {
            let pattern = Pattern::new(&row_text(row).chars().collect::<Vec<_>>());
            found_rows.iter().map(|other| pattern.similarity(other)).collect()
        })
        .collect();
    let rows = in_order(&likeness, found.len(), 0.5);

    let width = |grid: &[Vec<String>]| grid.iter().map(Vec::len).max().unwrap_or(0);
    let mut shared = vec![vec![0.0; width(found)]; width(truth)];
    for &(i, j) in &rows {
        for (a, cell) in truth[i].iter().enumerate().filter(|(_, c)| !c.is_empty()) {
            for (b, other) in found[j].iter().enumerate().filter(|(_, c)| !c.is_empty()) {
                shared[a][b] += similarity(cell, other);
            }
        }
    }
    let columns = in_order(&shared, width(found), 0.3);
    Alignment { rows, columns }
}

fn row_text(row: &[String]) -> String {
    row.iter()
        .filter(|c| !c.is_empty())
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(" ")
}
