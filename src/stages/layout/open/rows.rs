//! Which blocks make a row of the table.

use super::alleys::columns_of;
use super::blocks::Block;

/// Which blocks make a row of the table: (first block, block after the last).
pub(super) fn bands(
    lines: &[Block],
    alleys: &[(i32, i32)],
    rulings: &[i32],
    size: i32,
) -> Vec<(usize, usize)> {
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
