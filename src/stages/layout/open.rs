//! Tables without upright rulings: columns are told by the white alleys that run down between them, rows by their
//! text lines and by what rulings run across.

use crate::domain::{Cell, Edge, Grid, PixelBox};

use super::rulings::{Ruling, Rulings};

/// Pieces of a text line that keep this far apart (in hundredths of the print's size) may be in different columns.
const APART: i32 = 80;
/// An alley that all lines leave free is at least so wide.
const ALLEY: i32 = 50;
/// Table rows are no further apart, from middle to middle, in tenths of the print's size.
const ROW_PITCH: i32 = 36;
/// Of the rows of a table so many in a hundred may run across an alley: headings over several columns.
const ACROSS: usize = 12;
/// So much of the table's width a ruling reaches over that parts its rows, in per cent.
const REACH: i32 = 60;

/// One line of text, cut where the print leaves wide gaps.
#[derive(Debug, Clone)]
struct TextRow {
    bbox: PixelBox,
    pieces: Vec<PixelBox>,
}

impl TextRow {
    fn middle(&self) -> i32 {
        self.bbox.center().1
    }

    fn is_parted(&self) -> bool {
        self.pieces.len() > 1
    }
}

/// Tables among print that stands in no ruled grid. `print` are the boxes of letters or words, `size` is the size of the
/// print: the height of a line set solid.
pub(super) fn find(print: &[PixelBox], rulings: &Rulings, ruled: &[Grid], size: i32) -> Vec<Grid> {
    let rows = text_rows(print, size);
    runs(&rows, ruled, size)
        .into_iter()
        .filter_map(|run| table(&rows[run.0..run.1], &rows[..run.0], &rulings.across, size))
        .collect()
}

/// Lines of text from top to bottom.
fn text_rows(print: &[PixelBox], size: i32) -> Vec<TextRow> {
    let mut boxes: Vec<PixelBox> = print.to_vec();
    boxes.sort_by_key(|b| (b.center().1, b.x0));
    let mut rows: Vec<(i64, Vec<PixelBox>)> = Vec::new();
    for b in boxes {
        let y = i64::from(b.center().1);
        match rows.last_mut() {
            Some((sum, members))
                if (y * members.len() as i64 - *sum) * 10 < i64::from(size) * 4 * members.len() as i64 =>
            {
                *sum += y;
                members.push(b);
            }
            _ => rows.push((y, vec![b])),
        }
    }
    rows.into_iter()
        .map(|(_, mut members)| {
            members.sort_by_key(|b| b.x0);
            let mut pieces: Vec<PixelBox> = Vec::new();
            for b in &members {
                match pieces.last_mut() {
                    Some(piece) if (b.x0 - piece.x1) * 100 < size * APART => *piece = piece.union(b),
                    _ => pieces.push(*b),
                }
            }
            TextRow {
                bbox: members.iter().copied().collect(),
                pieces,
            }
        })
        .collect()
}

/// Runs of lines that may be a table: parted lines one below the other, with few others among them.
fn runs(rows: &[TextRow], ruled: &[Grid], size: i32) -> Vec<(usize, usize)> {
    let mut out = Vec::new();
    let mut at = 0;
    while at < rows.len() {
        if !rows[at].is_parted() {
            at += 1;
            continue;
        }
        let (mut end, mut whole, mut next) = (at + 1, 0, at + 1);
        while next < rows.len() {
            let (above, below) = (rows[next - 1].middle(), rows[next].middle());
            let (left, right) = (
                rows[at].bbox.x0.min(rows[next].bbox.x0),
                rows[at].bbox.x1.max(rows[next].bbox.x1),
            );
            let between = PixelBox::new(left, above, right, below);
            let grid_between = ruled.iter().any(|g| !g.bbox.intersection(&between).is_empty());
            if (below - above) * 10 > size * ROW_PITCH || grid_between {
                break;
            }
            if rows[next].is_parted() {
                (end, whole) = (next + 1, 0);
            } else {
                whole += 1;
                let width = |row: &TextRow| row.bbox.width();
                let widest = rows[at..end].iter().map(width).max().unwrap_or(0);
                if whole > 2 || width(&rows[next]) * 4 > widest * 3 {
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

/// The table that a run of lines makes; `above` are the lines over it. `None` where it is none.
fn table(run: &[TextRow], above: &[TextRow], across: &[Ruling], size: i32) -> Option<Grid> {
    let parted: Vec<&TextRow> = run.iter().filter(|r| r.is_parted()).collect();
    let reach: PixelBox = run.iter().map(|r| r.bbox).collect();
    let rulings: Vec<i32> = rulings_over(across, &reach, size);
    let alleys = alleys(&parted, &reach, size);
    let columns = alleys.len() + 1;
    let enough = match columns {
        1 => false,
        // Two columns of print are a letterhead, or signatures, unless they are ruled.
        2 => rulings.len() >= 3 && parted.len() >= 2,
        _ => parted.len() >= if rulings.len() >= 2 { 3 } else { 4 },
    };
    if !enough || is_prose(&parted, &alleys, &reach, size) {
        return None;
    }
    let mut lines: Vec<TextRow> = run.to_vec();
    // A heading over several columns stands between the first ruling and the first parted line.
    if let Some(&top) = rulings.first().filter(|&&y| y < reach.y0) {
        let heads = above.iter().rev().take_while(|r| r.bbox.y0 > top);
        let heads: Vec<TextRow> = heads.cloned().collect();
        lines.splice(0..0, heads.into_iter().rev());
    }
    let bands = bands(&lines, &alleys, &rulings, size);
    Some(grid(&lines, &bands, &alleys, size))
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
fn alleys(parted: &[&TextRow], reach: &PixelBox, size: i32) -> Vec<(i32, i32)> {
    let allowed = parted.len() * ACROSS / 100;
    let mut changes: Vec<(i32, i32)> = parted
        .iter()
        .flat_map(|r| &r.pieces)
        .flat_map(|p| [(p.x0, 1), (p.x1, -1)])
        .collect();
    changes.sort_unstable();
    let (mut covered, mut from, mut out) = (0, None, Vec::new());
    for (x, change) in changes {
        covered += change;
        match (covered as usize <= allowed, from) {
            (true, None) => from = Some(x),
            (false, Some(start)) => {
                out.push((start, x));
                from = None;
            }
            _ => {}
        }
    }
    out.retain(|(from, to)| (to - from) * 100 >= size * ALLEY && *from > reach.x0 && *to < reach.x1);
    // A column that one line alone has is none.
    let filled = |left: i32, right: i32| {
        let inside = |p: &PixelBox| p.x0 >= left && p.x1 <= right;
        parted.iter().filter(|r| r.pieces.iter().any(inside)).count()
    };
    let mut kept: Vec<(i32, i32)> = Vec::new();
    for alley in out {
        let left = kept.last().map_or(reach.x0, |a| a.0);
        match kept.last_mut() {
            Some(before) if filled(left, alley.1) < 2 => before.1 = alley.1,
            _ => kept.push(alley),
        }
    }
    kept
}

/// True for newspaper columns: lines that fill their column from side to side.
fn is_prose(parted: &[&TextRow], alleys: &[(i32, i32)], reach: &PixelBox, size: i32) -> bool {
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

/// Which lines make a row of the table: (first line, line after the last).
fn bands(lines: &[TextRow], alleys: &[(i32, i32)], rulings: &[i32], size: i32) -> Vec<(usize, usize)> {
    let ruled_between = |a: &TextRow, b: &TextRow| rulings.iter().any(|y| *y > a.middle() && *y < b.middle());
    let first_filled = |r: &TextRow| r.pieces.iter().any(|p| columns_of(alleys, p).0 == 0);
    let spans = |r: &TextRow| {
        r.pieces
            .iter()
            .any(|p| columns_of(alleys, p).0 != columns_of(alleys, p).1)
    };
    let mut ruled: Vec<(usize, usize)> = Vec::new();
    for (i, line) in lines.iter().enumerate() {
        match ruled.last_mut() {
            Some(band) if !ruled_between(&lines[i - 1], line) => band.1 = i + 1,
            _ => ruled.push((i, i + 1)),
        }
    }
    // Where nearly every row is ruled off, what stands between two rulings is one row.
    let keys = lines.iter().filter(|r| first_filled(r)).count();
    if ruled.len() >= 3 && ruled.len() * 10 >= keys * 7 {
        return ruled;
    }
    let tightest = lines
        .windows(2)
        .map(|w| w[1].middle() - w[0].middle())
        .filter(|gap| gap * 10 > size * 6)
        .min()
        .unwrap_or(size);
    let mut out: Vec<(usize, usize)> = Vec::new();
    for (at, (from, to)) in ruled.iter().enumerate() {
        let heading = at == 0 && ruled.len() > 1;
        for i in *from..*to {
            let line = &lines[i];
            let goes_on = i > *from && {
                let gap = line.middle() - lines[i - 1].middle();
                let alone = line.pieces.len() == 1 && !first_filled(line);
                let wrapped = alone && gap * 10 <= tightest * 12;
                // A column heading in several lines stands over its column; a heading over several has a row of its own.
                let stacked = heading && !spans(line) && !lines[*from..i].iter().any(spans);
                wrapped || stacked
            };
            match out.last_mut() {
                Some(band) if goes_on => band.1 = i + 1,
                _ => out.push((i, i + 1)),
            }
        }
    }
    out
}

fn grid(lines: &[TextRow], bands: &[(usize, usize)], alleys: &[(i32, i32)], size: i32) -> Grid {
    let reach: PixelBox = lines.iter().map(|r| r.bbox).collect();
    let mut down = vec![reach.y0 - size / 4];
    down.extend(bands.windows(2).map(|w| {
        let (above, below) = (&lines[w[0].1 - 1], &lines[w[1].0]);
        (above.middle() + below.middle()) / 2
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
