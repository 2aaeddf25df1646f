//! Tables without upright rulings: columns are told by the white alleys that run down between them, rows by their
//! text lines and by what rulings run across.

use crate::domain::{Cell, Edge, Grid, PixelBox};

use super::rulings::{Ruling, Rulings};

/// Pieces of a text line that keep this far apart (in hundredths of the print's size) may be in different columns.
const APART: i32 = 80;
/// An alley that all lines leave free is at least so wide.
const ALLEY: i32 = 50;
/// Table rows are no further apart, from foot to top, in tenths of the print's size.
const ROW_GAP: i32 = 26;
/// Of the rows of a table so many in a hundred may run across an alley: headings over several columns. More where
/// rulings say that it is a table.
const ACROSS: usize = 12;
const ACROSS_RULED: usize = 25;
/// One cell alone in a row goes on for so many lines at most.
const WRAPPED: usize = 12;
/// So much of the table's width a ruling reaches over that parts its rows, in per cent.
const REACH: i32 = 60;

/// Print side by side: one line of a table whose cells are level, or all lines of a row whose cells are not.
#[derive(Debug, Clone)]
struct Block {
    bbox: PixelBox,
    /// Lines of text, or parts of them where the print leaves wide gaps.
    pieces: Vec<PixelBox>,
}

impl Block {
    /// True where pieces stand beside each other.
    fn is_parted(&self) -> bool {
        let mut sorted = self.pieces.clone();
        sorted.sort_by_key(|p| p.x0);
        sorted.windows(2).any(|pair| pair[1].x0 >= pair[0].x1)
    }
}

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

/// Blocks from top to bottom.
fn blocks(print: &[PixelBox], size: i32) -> Vec<Block> {
    let mut pieces = pieces(print, size);
    pieces.sort_by_key(|p| (p.y0, p.x0));
    let mut out: Vec<Block> = Vec::new();
    for piece in pieces {
        match out.last_mut() {
            // Tails and marks reach into the next line.
            Some(block) if (block.bbox.y1 - piece.y0) * 4 > piece.height() => {
                block.bbox = block.bbox.union(&piece);
                block.pieces.push(piece);
            }
            _ => out.push(Block {
                bbox: piece,
                pieces: vec![piece],
            }),
        }
    }
    out
}

/// Parts of text lines: print on one height, without wide gaps.
fn pieces(print: &[PixelBox], size: i32) -> Vec<PixelBox> {
    let mut boxes: Vec<PixelBox> = print.to_vec();
    boxes.sort_by_key(|b| (b.x0, b.y0));
    let mut out: Vec<PixelBox> = Vec::new();
    // The last letter of each piece: a long line may rise or fall.
    let mut ends: Vec<PixelBox> = Vec::new();
    for b in boxes {
        let near = ends.iter().enumerate().find(|(_, end)| {
            let shared = b.y1.min(end.y1) - b.y0.max(end.y0);
            (b.x0 - end.x1) * 100 < size * APART && shared * 2 > b.height().min(end.height())
        });
        match near.map(|(i, _)| i) {
            Some(i) => {
                out[i] = out[i].union(&b);
                ends[i] = PixelBox::new(ends[i].x0, b.y0, ends[i].x1.max(b.x1), b.y1);
            }
            None => {
                out.push(b);
                ends.push(b);
            }
        }
    }
    out
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

/// The white stretches between columns: (from, to).
fn alleys(parted: &[&Block], reach: &PixelBox, size: i32, ruled: bool) -> Vec<(i32, i32)> {
    let allowed = parted.len() * if ruled { ACROSS_RULED } else { ACROSS } / 100;
    let mut changes: Vec<(i32, i32)> = parted
        .iter()
        .flat_map(|block| reaches(&block.pieces))
        .flat_map(|(from, to)| [(from, 1), (to, -1)])
        .collect();
    changes.sort_unstable();
    let (mut covered, mut from, mut white) = (0, None, Vec::new());
    for (x, change) in changes {
        covered += change;
        match (covered as usize <= allowed, from) {
            (true, None) => from = Some(x),
            (false, Some(start)) => {
                white.push((start, x));
                from = None;
            }
            _ => {}
        }
    }
    white.extend(from.map(|start| (start, reach.x1)));
    // What lies in the white alone does not run across it: it is a column with little in it.
    let mut out: Vec<(i32, i32)> = Vec::new();
    for (from, to) in white {
        let alone: Vec<PixelBox> = parted
            .iter()
            .flat_map(|block| &block.pieces)
            .filter(|p| p.x0 >= from && p.x1 <= to)
            .copied()
            .collect();
        let mut left = from;
        for (x0, x1) in reaches(&alone) {
            out.push((left, x0));
            left = x1;
        }
        out.push((left, to));
    }
    out.retain(|(from, to)| (to - from) * 100 >= size * ALLEY && *from > reach.x0 && *to < reach.x1);
    // A column that one line alone has is none, unless it is the heading of a column to be filled in.
    let filled = |left: i32, right: i32| {
        let inside = |p: &PixelBox| p.x0 >= left && p.x1 <= right;
        let has = |block: &&&Block| block.pieces.iter().any(inside);
        parted.iter().filter(has).count() + usize::from(parted.first().is_some_and(|head| has(&head)))
    };
    let mut kept: Vec<(i32, i32)> = Vec::new();
    for alley in out {
        let left = kept.last().map_or(reach.x0, |a| a.0);
        match kept.last_mut() {
            Some(before) if filled(left, alley.1) < 2 => before.1 = alley.1,
            _ => kept.push(alley),
        }
    }
    kept.into_iter().map(|alley| clearest(parted, alley)).collect()
}

/// The widest stretch of an alley that the fewest blocks run across: a heading wider than its column reaches into one.
fn clearest(parted: &[&Block], (from, to): (i32, i32)) -> (i32, i32) {
    let mut ends: Vec<i32> = parted
        .iter()
        .flat_map(|block| reaches(&block.pieces))
        .flat_map(|(a, b)| [a, b])
        .filter(|x| *x > from && *x < to)
        .chain([from, to])
        .collect();
    ends.sort_unstable();
    let crossed = |x0: i32, x1: i32| {
        let over = |block: &&&Block| reaches(&block.pieces).iter().any(|(a, b)| *a < x1 && *b > x0);
        parted.iter().filter(over).count()
    };
    ends.windows(2)
        .filter(|pair| pair[0] < pair[1])
        .map(|pair| (pair[0], pair[1]))
        .min_by_key(|(x0, x1)| (crossed(*x0, *x1), x0 - x1))
        .unwrap_or((from, to))
}

/// What the pieces cover from left to right.
fn reaches(pieces: &[PixelBox]) -> Vec<(i32, i32)> {
    let mut sorted: Vec<(i32, i32)> = pieces.iter().map(|p| (p.x0, p.x1)).collect();
    sorted.sort_unstable();
    let mut out: Vec<(i32, i32)> = Vec::new();
    for (from, to) in sorted {
        match out.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(to),
            _ => out.push((from, to)),
        }
    }
    out
}

/// True for newspaper columns: lines that fill their column from side to side.
fn is_prose(parted: &[&Block], alleys: &[(i32, i32)], reach: &PixelBox, size: i32) -> bool {
    let (mut full, mut all) = (0, 0);
    for row in parted {
        for (c, (left, right)) in bounds(alleys, reach).into_iter().enumerate() {
            let inside: PixelBox = row
                .pieces
                .iter()
                .filter(|p| column_of(alleys, p.center().0) == c)
                .copied()
                .collect();
            if inside.is_empty() || right - left < size * 12 {
                continue;
            }
            all += 1;
            full += usize::from(inside.width() * 100 >= (right - left) * 88);
        }
    }
    all >= parted.len() * 2 && full * 2 > all
}

/// A table is mostly filled, and its columns have an edge or a middle line: a seal over print, or a drawing, has neither.
fn is_orderly(parted: &[&Block], alleys: &[(i32, i32)], size: i32) -> bool {
    let width = alleys.len() + 1;
    let mut columns: Vec<Vec<PixelBox>> = vec![Vec::new(); width];
    let mut filled = 0;
    for block in parted {
        let mut here = vec![false; width];
        for piece in &block.pieces {
            let (first, last) = columns_of(alleys, piece);
            here[first..=last].fill(true);
            if first == last {
                columns[first].push(*piece);
            }
        }
        filled += here.iter().filter(|f| **f).count();
    }
    let lines_up = |pieces: &[PixelBox]| {
        let share = |x: fn(&PixelBox) -> i32| {
            let mut at: Vec<i32> = pieces.iter().map(x).collect();
            at.sort_unstable();
            let middle = at[at.len() / 2];
            at.iter().filter(|x| (**x - middle).abs() * 2 <= size).count() * 100 / at.len()
        };
        let edges: [fn(&PixelBox) -> i32; 3] = [|p| p.x0, |p| p.x1, |p| p.center().0];
        edges.into_iter().any(|edge| share(edge) >= 60)
    };
    let long: Vec<&Vec<PixelBox>> = columns.iter().filter(|c| c.len() >= 3).collect();
    let orderly = long.iter().filter(|c| lines_up(c)).count();
    filled * 100 >= parted.len() * width * 45 && orderly * 10 >= long.len() * 7
}

/// Left and right end of each column's print.
fn bounds(alleys: &[(i32, i32)], reach: &PixelBox) -> Vec<(i32, i32)> {
    let lefts = std::iter::once(reach.x0).chain(alleys.iter().map(|a| a.1));
    let rights = alleys.iter().map(|a| a.0).chain([reach.x1]);
    lefts.zip(rights).collect()
}

fn column_of(alleys: &[(i32, i32)], x: i32) -> usize {
    alleys.iter().filter(|(from, to)| x > (from + to) / 2).count()
}

/// First and last column that a piece of print stands in.
fn columns_of(alleys: &[(i32, i32)], piece: &PixelBox) -> (usize, usize) {
    (column_of(alleys, piece.x0), column_of(alleys, piece.x1))
}

/// Which blocks make a row of the table: (first block, block after the last).
fn bands(lines: &[Block], alleys: &[(i32, i32)], rulings: &[i32], size: i32) -> Vec<(usize, usize)> {
    let ruled_between = |a: &Block, b: &Block| {
        let (above, below) = (a.bbox.center().1, b.bbox.center().1);
        rulings.iter().any(|y| *y > above && *y < below)
    };
    let mut ruled: Vec<(usize, usize)> = Vec::new();
    for (i, line) in lines.iter().enumerate() {
        match ruled.last_mut() {
            Some(band) if !ruled_between(&lines[i - 1], line) => band.1 = i + 1,
            _ => ruled.push((i, i + 1)),
        }
    }
    let columns = Columns::of(lines, alleys, size);
    // Where nearly every row is ruled off, what stands between two rulings is one row.
    let keys = (0..lines.len()).filter(|&i| columns.begins(i)).count();
    if ruled.len() >= 3 && ruled.len() * 10 >= keys * 7 {
        return ruled;
    }
    let mut out: Vec<(usize, usize)> = Vec::new();
    for (at, (from, to)) in ruled.iter().enumerate() {
        let heading = at == 0 && ruled.len() > 1;
        for i in *from..*to {
            // A column heading in several lines stands over its column; a heading over several has a row of its own.
            let stacked = heading && !(*from..=i).any(|k| columns.spans(k));
            match out.last_mut() {
                Some(band) if i > *from && (stacked || columns.goes_on(i)) => band.1 = i + 1,
                _ => out.push((i, i + 1)),
            }
        }
    }
    out
}

/// The blocks of a table, column by column.
struct Columns {
    /// `pieces[block][column]`: first and last line of print there, by their middles.
    pieces: Vec<Vec<Option<(i32, i32)>>>,
    spans: Vec<bool>,
    /// From one line of a cell to the next, at most.
    tight: i32,
    /// Rows keep more distance than lines.
    spaced: bool,
}

impl Columns {
    fn of(lines: &[Block], alleys: &[(i32, i32)], size: i32) -> Self {
        let width = alleys.len() + 1;
        let (mut pieces, mut spans, mut pitches) = (Vec::new(), Vec::new(), Vec::new());
        for block in lines {
            let mut cells: Vec<Vec<i32>> = vec![Vec::new(); width];
            let mut across = false;
            for piece in &block.pieces {
                let (first, last) = columns_of(alleys, piece);
                across |= first != last;
                cells[first].push(piece.center().1);
            }
            cells.iter_mut().for_each(|middles| middles.sort_unstable());
            pitches.extend(
                cells
                    .iter()
                    .flat_map(|middles| middles.windows(2).map(|w| w[1] - w[0])),
            );
            let ends = |middles: &Vec<i32>| Some((*middles.first()?, *middles.last()?));
            pieces.push(cells.iter().map(ends).collect::<Vec<_>>());
            spans.push(across);
        }
        for pair in pieces.windows(2) {
            let both = pair[0]
                .iter()
                .zip(&pair[1])
                .filter_map(|(a, b)| Some((a.as_ref()?, b.as_ref()?)));
            pitches.extend(both.map(|(above, below)| below.0 - above.1));
        }
        // Lines are set at least solid.
        let least = pitches.into_iter().filter(|p| p * 10 > size * 9).min();
        let mut columns = Self {
            pieces,
            spans,
            tight: least.map_or(size, |p| p * 23 / 20),
            spaced: false,
        };
        let apart = (1..lines.len()).filter(|&i| !columns.is_close(i)).count();
        columns.spaced = apart * 5 >= lines.len() * 2;
        columns
    }

    /// True for a block with print in the first column.
    fn begins(&self, block: usize) -> bool {
        self.pieces[block][0].is_some()
    }

    fn spans(&self, block: usize) -> bool {
        self.spans[block]
    }

    /// True where a cell goes on from the block above at the pitch of its lines.
    fn is_close(&self, block: usize) -> bool {
        let mut pairs = self.pieces[block - 1].iter().zip(&self.pieces[block]);
        pairs.any(|(a, b)| a.zip(*b).is_some_and(|(a, b)| b.0 - a.1 <= self.tight))
    }

    /// True when this block belongs to the row of the one above it, and one of the two is no row by itself.
    fn goes_on(&self, block: usize) -> bool {
        let (above, here) = (&self.pieces[block - 1], &self.pieces[block]);
        let filled = |cells: &[Option<(i32, i32)>]| cells.iter().flatten().count();
        let part = |cells: &[Option<(i32, i32)>]| {
            cells[0].is_none() && (self.spaced || filled(cells) * 10 < cells.len() * 6)
        };
        let rest = self.spaced && filled(here) < filled(above);
        self.is_close(block) && (part(above) || part(here) || rest)
    }
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
