//! Tables without upright rulings: columns are told by the white alleys that run down between them, rows by their
//! text lines and by what rulings run across.

mod alleys;
mod blocks;
mod rows;

use crate::domain::{Cell, Edge, Grid, PixelBox};

use super::rulings::{Ruling, Rulings};

use alleys::{alleys, columns_of, is_orderly, is_prose};
use blocks::{Block, blocks};
use rows::bands;

/// Table rows are no further apart, from foot to top, in tenths of the print's size.
const ROW_GAP: i32 = 26;

/// One cell alone in a row goes on for so many lines at most.
const WRAPPED: usize = 12;

/// So much of the table's width a ruling reaches over that parts its rows, in per cent.
const REACH: i32 = 60;

/// Tables among print that stands in no ruled grid. `print` are the boxes of letters or words, `size` is the size of the
/// print: the height of a line set solid.
pub(super) fn find(print: &[PixelBox], rulings: &Rulings, ruled: &[Grid], size: i32) -> Vec<Grid> {
    let rows = blocks(print, size);
    runs(&rows, ruled, size)
        .into_iter()
        .filter_map(|(from, to)| {
            let around = (&rows[..from], &rows[to..]);
            table(&rows[from..to], around, &rulings.across, size)
        })
        .collect()
}

/// Runs of lines that may be a table: parted lines one below the other, with few others among them.
fn runs(rows: &[Block], ruled: &[Grid], size: i32) -> Vec<(usize, usize)> {
    let mut out = Vec::new();
    let mut at = 0;
    while at < rows.len() {
        if !rows[at].is_parted() {
            at += 1;
            continue;
        }
        let (mut end, mut whole, mut next) = (at + 1, 0, at + 1);
        while next < rows.len() {
            let (above, below) = (rows[next - 1].bbox.y1, rows[next].bbox.y0);
            let (left, right) = (
                rows[at].bbox.x0.min(rows[next].bbox.x0),
                rows[at].bbox.x1.max(rows[next].bbox.x1),
            );
            let between = PixelBox::new(left, above.min(below - 1), right, below);
            let grid_between = ruled.iter().any(|g| !g.bbox.intersection(&between).is_empty());
            if (below - above) * 10 > size * ROW_GAP || grid_between {
                break;
            }
            if rows[next].is_parted() {
                (end, whole) = (next + 1, 0);
            } else {
                let run: PixelBox = rows[at..end].iter().map(|r| r.bbox).collect();
                let line = rows[next].bbox;
                // Prose begins where the table does and runs on over its columns; the lines of a cell stand further in.
                let at_the_edge = line.x0 < run.x0 + size;
                whole += if at_the_edge { WRAPPED / 2 } else { 1 };
                let prose = line.width() * 4 > run.width() * 3 && at_the_edge;
                if whole > WRAPPED || prose {
                    break;
                }
            }
            next += 1;
        }
        out.push((at, end));
        at = end;
    }
    out
}

/// The table that a run of blocks makes; `around` are those over and under it. `None` where it is none.
fn table(run: &[Block], around: (&[Block], &[Block]), across: &[Ruling], size: i32) -> Option<Grid> {
    let (above, below) = around;
    let parted: Vec<&Block> = run.iter().filter(|r| r.is_parted()).collect();
    let reach: PixelBox = run.iter().map(|r| r.bbox).collect();
    let rulings: Vec<i32> = rulings_over(across, &reach, size);
    let alleys = alleys(&parted, &reach, size, rulings.len() >= 3);
    let columns = alleys.len() + 1;
    let enough = match columns {
        1 => false,
        // Two columns of print are a letterhead, or signatures, unless they are ruled.
        2 => rulings.len() >= 3 && parted.len() >= 2,
        _ => parted.len() >= if rulings.len() >= 2 { 3 } else { 4 },
    };
    if !enough || is_prose(&parted, &alleys, &reach, size) || !is_orderly(&parted, &alleys, size) {
        return None;
    }
    let mut lines: Vec<Block> = run.to_vec();
    // A heading over several columns stands between the first ruling and the first parted line.
    if let Some(&top) = rulings.first().filter(|&&y| y < reach.y0) {
        let heads = above.iter().rev().take_while(|r| r.bbox.y0 > top);
        let heads: Vec<Block> = heads.cloned().collect();
        lines.splice(0..0, heads.into_iter().rev());
    }
    lines.extend(rows_under(&lines, below, &alleys, size));
    let bands = bands(&lines, &alleys, &rulings, size);
    Some(grid(&lines, &bands, &alleys, size))
}

/// Last rows with print in one column alone, and not the first: "Tổng cộng" over blanks to be filled in.
fn rows_under(lines: &[Block], below: &[Block], alleys: &[(i32, i32)], size: i32) -> Vec<Block> {
    const MOST: usize = 2;
    let mut foot = lines.last().map_or(0, |l| l.bbox.y1);
    let mut out: Vec<Block> = Vec::new();
    for block in below.iter().take(MOST) {
        let (first, last) = columns_of(alleys, &block.bbox);
        let level = |piece: &PixelBox| {
            columns_of(alleys, piece).0 == first && (piece.x0 - block.bbox.x0).abs() * 2 < size
        };
        let aligned = lines.iter().flat_map(|l| &l.pieces).any(level);
        if first != last || first == 0 || !aligned || (block.bbox.y0 - foot) * 10 > size * ROW_GAP {
            break;
        }
        foot = block.bbox.y1;
        out.push(block.clone());
    }
    out
}

/// Heights of the rulings that run over most of the table's width, from just above to just below it.
fn rulings_over(across: &[Ruling], reach: &PixelBox, size: i32) -> Vec<i32> {
    let mut out: Vec<i32> = across
        .iter()
        .filter(|r| r.at > reach.y0 - size * 5 && r.at < reach.y1 + size * 2)
        .filter(|r| (r.to.min(reach.x1) - r.from.max(reach.x0)) * 100 >= reach.width() * REACH)
        .map(|r| r.at)
        .collect();
    out.sort_unstable();
    // A doubled ruling is one.
    out.dedup_by(|b, a| (*b - *a) * 3 < size);
    out
}

fn grid(lines: &[Block], bands: &[(usize, usize)], alleys: &[(i32, i32)], size: i32) -> Grid {
    let reach: PixelBox = lines.iter().map(|r| r.bbox).collect();
    let mut down = vec![reach.y0 - size / 4];
    down.extend(bands.windows(2).map(|w| {
        let (above, below) = (&lines[w[0].1 - 1], &lines[w[1].0]);
        (above.bbox.y1 + below.bbox.y0) / 2
    }));
    down.push(reach.y1 + size / 4);
    let mut right = vec![reach.x0 - size / 2];
    right.extend(alleys.iter().map(|(from, to)| (from + to) / 2));
    right.push(reach.x1 + size / 2);
    let columns = alleys.len() + 1;
    let mut cells = Vec::new();
    for (row, (from, to)) in bands.iter().enumerate() {
        // Columns that print runs over are one cell.
        let mut joined = vec![false; columns];
        for piece in lines[*from..*to].iter().flat_map(|l| &l.pieces) {
            let (first, last) = columns_of(alleys, piece);
            joined[first..last].fill(true);
        }
        let mut column = 0;
        while column < columns {
            let last = (column..columns).find(|&c| !joined[c]).unwrap_or(columns - 1);
            cells.push(Cell {
                row,
                column,
                row_span: 1,
                column_span: last - column + 1,
                bbox: PixelBox::new(right[column], down[row], right[last + 1], down[row + 1]),
                lines: Vec::new(),
            });
            column = last + 1;
        }
    }
    Grid {
        bbox: PixelBox::new(right[0], down[0], right[columns], down[bands.len()]),
        rows: bands.len(),
        columns,
        column_edges: right,
        cells,
        top: Edge::Ruled,
        foot: Edge::Ruled,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: i32 = 40;

    /// Words a size high: (left, top, width).
    fn print(words: &[(i32, i32, i32)]) -> Vec<PixelBox> {
        let word = |&(x, y, width): &(i32, i32, i32)| PixelBox::new(x, y, x + width, y + SIZE);
        words.iter().map(word).collect()
    }

    fn found(words: &[(i32, i32, i32)]) -> Vec<(usize, usize)> {
        let grids = find(&print(words), &Rulings::default(), &[], SIZE);
        grids.iter().map(|g| (g.rows, g.columns)).collect()
    }

    #[test]
    fn rows_keep_more_distance_than_the_lines_of_a_cell() {
        // A number, a text of one or two lines, a figure; numbers and figures stand in the middle of their row.
        let words = [
            (0, 0, 60),
            (200, 0, 400),
            (900, 0, 80),
            (10, 125, 20),
            (200, 100, 420),
            (200, 150, 300),
            (920, 125, 40),
            (10, 250, 20),
            (200, 250, 350),
            (920, 250, 40),
            (10, 375, 20),
            (200, 350, 410),
            (200, 400, 200),
            (920, 375, 40),
        ];
        assert_eq!(found(&words), [(4, 3)]);
    }

    #[test]
    fn letterheads_signatures_and_prose_are_no_tables() {
        // Two columns without rulings: the authority on the left, the state's motto on the right.
        let letterhead = [
            (0, 0, 400),
            (700, 0, 600),
            (50, 50, 300),
            (750, 50, 500),
            (60, 100, 280),
            (800, 100, 400),
            (80, 150, 200),
            (760, 150, 450),
        ];
        assert!(found(&letterhead).is_empty());
        // Words of justified lines, their gaps where chance puts them.
        let prose: Vec<(i32, i32, i32)> = (0..8)
            .flat_map(|line| {
                let gap = 12 + line % 3;
                (0..9).map(move |word| (word * (120 + gap) + line * 7 % 40, line * 50, 118))
            })
            .collect();
        assert!(found(&prose).is_empty());
        // A seal over print: here and there a letter, in no column.
        let seal: Vec<(i32, i32, i32)> = (0..6)
            .flat_map(|line| {
                [
                    (line * 97 % 300, line * 60, 30),
                    (400 + line * 131 % 500, line * 60 + 3, 40),
                ]
            })
            .collect();
        assert!(found(&seal).is_empty());
    }
}
