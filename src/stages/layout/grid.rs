//! Grids from rulings: column and row edges, merged cells, edges that a scan lost.

use crate::domain::{Cell, Edge, Grid, PixelBox};
use crate::raster::Bitmap;

use super::Rulings;
#[cfg(test)]
use super::rulings;
#[cfg(test)]
use super::rulings::Origin;
use super::rulings::Ruling;

/// All ruled tables of a page, from top to bottom.
pub(super) fn find(rulings: &Rulings, ink: &Bitmap, dpi: u32) -> Vec<Grid> {
    grids(rulings, ink, dpi, |family| {
        family.across.len() >= 2 && family.down.len() >= 2
    })
}

/// Tables ruled across, with one upright ruling through them and no sides.
pub(super) fn find_half_ruled(rulings: &Rulings, ink: &Bitmap, dpi: u32) -> Vec<Grid> {
    grids(rulings, ink, dpi, |family| {
        family.across.len() >= 3 && family.down.len() == 1
    })
}

fn grids(rulings: &Rulings, ink: &Bitmap, dpi: u32, wanted: fn(&Rulings) -> bool) -> Vec<Grid> {
    let mut grids: Vec<Grid> = families(rulings, dpi)
        .into_iter()
        .filter(wanted)
        .filter_map(|family| build(&family, ink, dpi as i32))
        .collect();
    grids.sort_by_key(|g| (g.bbox.y0, g.bbox.x0));
    grids
}

/// Rulings that cross or touch one another: one table.
fn families(rulings: &Rulings, dpi: u32) -> Vec<Rulings> {
    let near = (dpi / 20) as i32;
    let (n, m) = (rulings.across.len(), rulings.down.len());
    let mut parents: Vec<usize> = (0..n + m).collect();
    fn root(parents: &mut [usize], mut i: usize) -> usize {
        while parents[i] != i {
            parents[i] = parents[parents[i]];
            i = parents[i];
        }
        i
    }
    for (i, h) in rulings.across.iter().enumerate() {
        for (j, v) in rulings.down.iter().enumerate() {
            let meet =
                v.at >= h.from - near && v.at <= h.to + near && h.at >= v.from - near && h.at <= v.to + near;
            if meet {
                let (a, b) = (root(&mut parents, i), root(&mut parents, n + j));
                parents[a] = b;
            }
        }
    }
    let mut out: std::collections::BTreeMap<usize, Rulings> = std::collections::BTreeMap::new();
    for (i, h) in rulings.across.iter().enumerate() {
        out.entry(root(&mut parents, i)).or_default().across.push(*h);
    }
    for (j, v) in rulings.down.iter().enumerate() {
        out.entry(root(&mut parents, n + j)).or_default().down.push(*v);
    }
    out.into_values().collect()
}

/// Edges of a grid along one axis, and whether the first and last are ruled.
struct Edges {
    at: Vec<i32>,
    first: Edge,
    last: Edge,
}

fn build(family: &Rulings, ink: &Bitmap, dpi: i32) -> Option<Grid> {
    let columns = edges(&family.down, &family.across, dpi);
    let rows = edges(&family.across, &family.down, dpi);
    if columns.at.len() < 2 || rows.at.len() < 2 {
        return None;
    }
    let dotted = family.across.iter().chain(&family.down).any(|r| r.dotted);
    let least = if dotted { DOTTED } else { DRAWN };
    let borders = Borders::measure(&columns, &rows, ink, dpi, least);
    let (columns, rows, borders) = borders.without_idle_edges(columns, rows, ink, dpi);
    let (width, height) = (columns.at.len() - 1, rows.at.len() - 1);
    if width * height < 2 {
        return None;
    }
    let cells = merged(&borders, &columns.at, &rows.at, dpi);
    let bbox = PixelBox::new(columns.at[0], rows.at[0], columns.at[width], rows.at[height]);
    Some(Grid {
        bbox,
        rows: height,
        columns: width,
        column_edges: columns.at,
        cells,
        top: rows.first,
        foot: rows.last,
    })
}

/// Positions of rulings gathered into edges. Where the crossing rulings run on beyond the last of them,
/// the scan lost the outer edge (or the page cut the table): it is put where they end, and is open.
fn edges(rulings: &[Ruling], crossing: &[Ruling], dpi: i32) -> Edges {
    let together = dpi / 25;
    let mut sorted: Vec<&Ruling> = rulings.iter().collect();
    sorted.sort_by_key(|r| r.at);
    let mut groups: Vec<(i64, i64)> = Vec::new();
    let mut last_at = i32::MIN / 2;
    for r in sorted {
        let weight = i64::from(r.length().max(1));
        match groups.last_mut() {
            Some((sum, total)) if r.at - last_at <= together => {
                *sum += i64::from(r.at) * weight;
                *total += weight;
            }
            _ => groups.push((i64::from(r.at) * weight, weight)),
        }
        last_at = r.at;
    }
    let mut at: Vec<i32> = groups.iter().map(|(sum, total)| (sum / total) as i32).collect();
    let beyond = dpi / 8;
    let (mut first, mut last) = (Edge::Ruled, Edge::Ruled);
    let (Some(&low), Some(&high)) = (at.first(), at.last()) else {
        return Edges { at, first, last };
    };
    let run_over = |ends: Vec<i32>| {
        let mut ends = ends;
        ends.sort_unstable();
        let middle = *ends.get(ends.len() / 2)?;
        // Half of the crossing rulings must run on: one alone may be a stray stroke. Or some that end together: rows of
        // one group are ruled off from the second column on.
        let together = ends.iter().filter(|e| (**e - middle).abs() <= dpi / 12).count();
        let many = ends.len() >= 2 && ends.len() * 2 > crossing.len();
        (many || together >= 3 && together * 4 >= crossing.len()).then_some(middle)
    };
    if let Some(end) = run_over(
        crossing
            .iter()
            .map(|c| c.to)
            .filter(|&to| to > high + beyond)
            .collect(),
    ) {
        at.push(end);
        last = Edge::Open;
    }
    if let Some(end) = run_over(
        crossing
            .iter()
            .map(|c| c.from)
            .filter(|&from| from < low - beyond)
            .collect(),
    ) {
        at.insert(0, end);
        first = Edge::Open;
    }
    Edges { at, first, last }
}

/// Which borders between neighbouring fields of the grid are really drawn.
struct Borders {
    width: usize,
    height: usize,
    /// `right[r][c]`: between columns c and c + 1 in row r.
    right: Vec<Vec<bool>>,
    /// `foot[r][c]`: between rows r and r + 1 in column c.
    foot: Vec<Vec<bool>>,
    /// So much of a border is ink, in per cent.
    least: i32,
}

/// A border is drawn when ink lies along more than half of it; a dotted one is half ink.
const DRAWN: i32 = 55;
const DOTTED: i32 = 30;

impl Borders {
    fn measure(columns: &Edges, rows: &Edges, ink: &Bitmap, dpi: i32, least: i32) -> Self {
        let (width, height) = (columns.at.len() - 1, rows.at.len() - 1);
        let reach = (dpi / 60).max(2);
        let mut right = vec![vec![true; width]; height];
        let mut foot = vec![vec![true; width]; height];
        for r in 0..height {
            for c in 0..width {
                let (y0, y1) = (rows.at[r] + reach, rows.at[r + 1] - reach);
                let (x0, x1) = (columns.at[c] + reach, columns.at[c + 1] - reach);
                if c + 1 < width {
                    let x = columns.at[c + 1];
                    right[r][c] = is_drawn(y0, y1, least, |y| (x - reach..=x + reach).any(|x| ink.ink(x, y)));
                }
                if r + 1 < height {
                    let y = rows.at[r + 1];
                    foot[r][c] = is_drawn(x0, x1, least, |x| (y - reach..=y + reach).any(|y| ink.ink(x, y)));
                }
            }
        }
        Self {
            width,
            height,
            right,
            foot,
            least,
        }
    }

    /// Edges that no field needs (an underlined word, a doubled line) go away.
    fn without_idle_edges(
        self,
        mut columns: Edges,
        mut rows: Edges,
        ink: &Bitmap,
        dpi: i32,
    ) -> (Edges, Edges, Self) {
        let idle_row = (0..self.height.saturating_sub(1)).find(|&r| self.foot[r].iter().all(|drawn| !drawn));
        let idle_column =
            (0..self.width.saturating_sub(1)).find(|&c| (0..self.height).all(|r| !self.right[r][c]));
        if let Some(r) = idle_row {
            rows.at.remove(r + 1);
        } else if let Some(c) = idle_column {
            columns.at.remove(c + 1);
        } else {
            return (columns, rows, self);
        }
        let again = Self::measure(&columns, &rows, ink, dpi, self.least);
        again.without_idle_edges(columns, rows, ink, dpi)
    }
}

/// True where ink lies along `least` per cent of a border.
fn is_drawn(from: i32, to: i32, least: i32, inked: impl Fn(i32) -> bool) -> bool {
    let length = to - from;
    if length <= 0 {
        return true;
    }
    let covered = (from..to).filter(|&k| inked(k)).count() as i32;
    covered * 100 >= length * least
}

/// Fields without a border between them become one cell; a cell is always a rectangle.
fn merged(borders: &Borders, columns: &[i32], rows: &[i32], dpi: i32) -> Vec<Cell> {
    let (width, height) = (borders.width, borders.height);
    let mut owner: Vec<Option<usize>> = vec![None; width * height];
    let mut cells = Vec::new();
    for r in 0..height {
        for c in 0..width {
            if owner[r * width + c].is_some() {
                continue;
            }
            let free = |owner: &[Option<usize>], r: usize, c: usize| owner[r * width + c].is_none();
            let mut c1 = c;
            while c1 + 1 < width && !borders.right[r][c1] && free(&owner, r, c1 + 1) {
                c1 += 1;
            }
            let mut r1 = r;
            while r1 + 1 < height
                && (c..=c1).all(|k| !borders.foot[r1][k] && free(&owner, r1 + 1, k))
                && (c..c1).all(|k| !borders.right[r1 + 1][k])
            {
                r1 += 1;
            }
            let index = cells.len();
            for row in r..=r1 {
                for column in c..=c1 {
                    owner[row * width + column] = Some(index);
                }
            }
            let inset = (dpi / 150).max(1);
            cells.push(Cell {
                row: r,
                column: c,
                row_span: r1 - r + 1,
                column_span: c1 - c + 1,
                bbox: PixelBox::new(
                    columns[c] + inset,
                    rows[r] + inset,
                    columns[c1 + 1] - inset,
                    rows[r1 + 1] - inset,
                ),
                lines: Vec::new(),
            });
        }
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stroke(ink: &mut Bitmap, x0: usize, y0: usize, x1: usize, y1: usize) {
        for y in y0..y1 {
            ink.row_mut(y)[x0..x1].fill(1);
        }
    }

    /// Three columns and three rows at 200 dpi; the second row's first two cells are merged.
    fn table() -> Bitmap {
        let mut ink = Bitmap::blank(1000, 800);
        for y in [100, 200, 300, 400] {
            stroke(&mut ink, 100, y, 903, y + 3);
        }
        for x in [100, 500, 900] {
            stroke(&mut ink, x, 100, x + 3, 403);
        }
        stroke(&mut ink, 300, 100, 303, 200);
        stroke(&mut ink, 300, 300, 303, 400);
        ink
    }

    fn spans(grid: &Grid) -> Vec<(usize, usize, usize, usize)> {
        grid.cells
            .iter()
            .map(|c| (c.row, c.column, c.row_span, c.column_span))
            .collect()
    }

    #[test]
    fn merged_cells_are_one() {
        let ink = table();
        let grids = find(&rulings::find(&ink, 200, Origin::Scanned), &ink, 200);
        assert_eq!(grids.len(), 1);
        assert_eq!((grids[0].rows, grids[0].columns), (3, 3));
        let expect = vec![
            (0, 0, 1, 1),
            (0, 1, 1, 1),
            (0, 2, 1, 1),
            (1, 0, 1, 2),
            (1, 2, 1, 1),
            (2, 0, 1, 1),
            (2, 1, 1, 1),
            (2, 2, 1, 1),
        ];
        assert_eq!(spans(&grids[0]), expect);
        assert_eq!((grids[0].top, grids[0].foot), (Edge::Ruled, Edge::Ruled));
    }

    #[test]
    fn dots_rule_a_table_and_leaders_rule_nothing() {
        let mut ink = Bitmap::blank(1000, 800);
        for y in [100, 200, 300] {
            for x in (100..900).step_by(7) {
                stroke(&mut ink, x, y, x + 3, y + 3);
            }
        }
        for x in [100, 500, 898] {
            for y in (100..300).step_by(7) {
                stroke(&mut ink, x, y, x + 3, y + 3);
            }
        }
        // A blank to be filled in, below the table.
        for x in (100..700).step_by(7) {
            stroke(&mut ink, x, 500, x + 3, 503);
        }
        let rulings = rulings::find(&ink, 200, Origin::Scanned);
        assert!(rulings.across.iter().all(|r| r.at < 400));
        let grids = find(&rulings, &ink, 200);
        assert_eq!(grids.len(), 1);
        assert_eq!((grids[0].rows, grids[0].columns, grids[0].cells.len()), (2, 2, 4));
    }

    #[test]
    fn a_lost_right_border_and_a_row_cut_by_the_page_are_open() {
        let mut ink = table();
        for y in 95..480 {
            ink.row_mut(y)[895..910].fill(0);
        }
        for x in [100, 300, 500] {
            stroke(&mut ink, x, 400, x + 3, 470);
        }
        let grids = find(&rulings::find(&ink, 200, Origin::Scanned), &ink, 200);
        assert_eq!(grids.len(), 1);
        assert_eq!((grids[0].rows, grids[0].columns), (4, 3));
        assert_eq!((grids[0].top, grids[0].foot), (Edge::Ruled, Edge::Open));
    }
}
