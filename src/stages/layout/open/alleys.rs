//! The white alleys between columns, and whether what stands between them is a table.

use crate::domain::PixelBox;

use super::blocks::{Block, reaches};

/// An alley that all lines leave free is at least so wide.
const ALLEY: i32 = 50;

/// Of the rows of a table so many in a hundred may run across an alley: headings over several columns. More where
/// rulings say that it is a table.
const ACROSS: usize = 12;
const ACROSS_RULED: usize = 25;

/// The white stretches between columns: (from, to).
pub(super) fn alleys(parted: &[&Block], reach: &PixelBox, size: i32, ruled: bool) -> Vec<(i32, i32)> {
    let allowed = parted.len() * if ruled { ACROSS_RULED } else { ACROSS } / 100;
    let covered = coverage(parted);
    let mut white: Vec<(i32, i32)> = covered
        .chunk_by(|a, b| (a.blocks <= allowed) == (b.blocks <= allowed))
        .filter(|run| run[0].blocks <= allowed)
        .map(|run| (run[0].from, run[run.len() - 1].to))
        .collect();
    if let Some(last) = white
        .last_mut()
        .filter(|last| covered.last().is_some_and(|c| c.to == last.1))
    {
        last.1 = reach.x1;
    }
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
    kept.into_iter().map(|alley| clearest(&covered, alley)).collect()
}

/// A stretch that so many blocks cover from end to end, and no other any part of.
struct Stretch {
    from: i32,
    to: i32,
    blocks: usize,
}

/// How many blocks cover what, from left to right.
fn coverage(parted: &[&Block]) -> Vec<Stretch> {
    let mut changes: Vec<(i32, i32)> = parted
        .iter()
        .flat_map(|block| reaches(&block.pieces))
        .flat_map(|(from, to)| [(from, 1), (to, -1)])
        .collect();
    changes.sort_unstable();
    let (mut blocks, mut out) = (0, Vec::new());
    for pair in changes.windows(2) {
        blocks += pair[0].1;
        if pair[0].0 < pair[1].0 {
            out.push(Stretch {
                from: pair[0].0,
                to: pair[1].0,
                blocks: blocks as usize,
            });
        }
    }
    out
}

/// The widest stretch of an alley that the fewest blocks run across: a heading wider than its column reaches into one.
fn clearest(covered: &[Stretch], (from, to): (i32, i32)) -> (i32, i32) {
    covered
        .iter()
        .map(|stretch| (stretch.blocks, stretch.from.max(from), stretch.to.min(to)))
        .filter(|(_, x0, x1)| x0 < x1)
        .min_by_key(|(blocks, x0, x1)| (*blocks, x0 - x1))
        .map_or((from, to), |(_, x0, x1)| (x0, x1))
}

/// True for newspaper columns: lines that fill their column from side to side.
pub(super) fn is_prose(parted: &[&Block], alleys: &[(i32, i32)], reach: &PixelBox, size: i32) -> bool {
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
pub(super) fn is_orderly(parted: &[&Block], alleys: &[(i32, i32)], size: i32) -> bool {
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
pub(super) fn columns_of(alleys: &[(i32, i32)], piece: &PixelBox) -> (usize, usize) {
    let first = column_of(alleys, piece.x0);
    // A file may say that a word ends before it begins.
    (first, column_of(alleys, piece.x1).max(first))
}
