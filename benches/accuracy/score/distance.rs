//! Edit distances, bit-parallel: Myers (1999) in Hyyrö's block form (2003) for Levenshtein,
//! Hyyrö (2004) for the longest common subsequence.
//!
//! `strsim` has the first but takes quadratic time, too long for a whole document, and
//! neither it nor others give the alignment that the diacritic error rate rests on.

use std::collections::HashMap;
use std::hash::Hash;

const WORD: usize = u64::BITS as usize;

/// One side of a comparison, prepared once: for each symbol the positions where it stands.
pub struct Pattern<T> {
    len: usize,
    blocks: usize,
    places: HashMap<T, Vec<u64>>,
}

impl<T: Copy + Eq + Hash> Pattern<T> {
    pub fn new(symbols: &[T]) -> Self {
        let blocks = symbols.len().div_ceil(WORD);
        let mut places: HashMap<T, Vec<u64>> = HashMap::new();
        for (i, symbol) in symbols.iter().enumerate() {
            places.entry(*symbol).or_insert_with(|| vec![0; blocks])[i / WORD] |= 1 << (i % WORD);
        }
        Self {
            len: symbols.len(),
            blocks,
            places,
        }
    }

    /// Insertions, deletions and substitutions from one to the other.
    pub fn levenshtein(&self, text: &[T]) -> usize {
        if self.len == 0 {
            return text.len();
        }
        let nowhere = vec![0; self.blocks];
        let (mut vertical_up, mut vertical_down) = (vec![!0u64; self.blocks], vec![0u64; self.blocks]);
        let last = 1u64 << ((self.len - 1) % WORD);
        let mut distance = self.len;
        for symbol in text {
            let places = self.places.get(symbol).unwrap_or(&nowhere);
            let (mut carry_up, mut carry_down) = (1u64, 0u64);
            for block in 0..self.blocks {
                let (up, down) = (vertical_up[block], vertical_down[block]);
                let x = places[block] | carry_down;
                let diagonal = ((x & up).wrapping_add(up) ^ up) | x | down;
                let horizontal_up = down | !(diagonal | up);
                let horizontal_down = diagonal & up;
                if block + 1 == self.blocks {
                    distance += usize::from(horizontal_up & last != 0);
                    distance -= usize::from(horizontal_down & last != 0);
                }
                let (shifted_up, shifted_down) =
                    (horizontal_up << 1 | carry_up, horizontal_down << 1 | carry_down);
                (carry_up, carry_down) = (horizontal_up >> (WORD - 1), horizontal_down >> (WORD - 1));
                vertical_up[block] = shifted_down | !(diagonal | shifted_up);
                vertical_down[block] = shifted_up & diagonal;
            }
        }
        distance
    }

    /// Length of the longest common subsequence.
    pub fn common(&self, text: &[T]) -> usize {
        let mut open = vec![!0u64; self.blocks];
        for symbol in text {
            let Some(places) = self.places.get(symbol) else {
                continue;
            };
            let mut carry = false;
            for (state, place) in open.iter_mut().zip(places) {
                let matched = *state & place;
                let (sum, over) = state.overflowing_add(matched);
                let (sum, over_again) = sum.overflowing_add(u64::from(carry));
                carry = over || over_again;
                *state = sum | (*state - matched);
            }
        }
        open.iter().map(|state| state.count_zeros() as usize).sum()
    }

    /// 1 minus insertions and deletions over both lengths; 1 where both are empty.
    pub fn similarity(&self, text: &[T]) -> f64 {
        let all = self.len + text.len();
        if all == 0 {
            return 1.0;
        }
        1.0 - (all - 2 * self.common(text)) as f64 / all as f64
    }
}

/// Edit distance of two sequences.
pub fn levenshtein<T: Copy + Eq + Hash>(a: &[T], b: &[T]) -> usize {
    let (a, b, _) = without_common_ends(a, b);
    Pattern::new(a).levenshtein(b)
}

/// Edit distance of two texts, in characters.
pub fn text_levenshtein(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    levenshtein(&a, &b)
}

/// Similarity of two cells: 1 when equal, 0 when only one is empty.
pub fn similarity(a: &str, b: &str) -> f64 {
    if a == b {
        return 1.0;
    }
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.is_empty() || b.is_empty() {
        0.0
    } else {
        Pattern::new(&a).similarity(&b)
    }
}

/// The places `(i, j)` with `a[i] == b[j]` on one shortest way from `a` to `b`, in order.
///
/// There are many shortest ways; this one is rapidfuzz's, so that figures resting on it agree:
/// equal ends come off first, the way back prefers deletion, then insertion, and what would
/// fill more than a mebibyte there is halved by Hirschberg's method.
pub fn equal_places<T: Copy + Eq + Hash>(a: &[T], b: &[T]) -> Vec<(usize, usize)> {
    let mut out = Vec::new();
    align(a, b, (0, 0), a.len().max(b.len()), &mut out);
    out
}

/// Both without what they begin and end with in common, and how long the common beginning is.
fn without_common_ends<'a, T: Eq>(a: &'a [T], b: &'a [T]) -> (&'a [T], &'a [T], usize) {
    let head = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[head..], &b[head..]);
    let tail = a
        .iter()
        .rev()
        .zip(b.iter().rev())
        .take_while(|(x, y)| x == y)
        .count();
    (&a[..a.len() - tail], &b[..b.len() - tail], head)
}

/// `most`: no shortest way costs more than this.
fn align<T: Copy + Eq + Hash>(
    a: &[T],
    b: &[T],
    at: (usize, usize),
    most: usize,
    out: &mut Vec<(usize, usize)>,
) {
    let (inner_a, inner_b, head) = without_common_ends(a, b);
    out.extend((0..head).map(|k| (at.0 + k, at.1 + k)));
    let most = most.min(inner_a.len().max(inner_b.len()));
    let band = inner_a.len().min(2 * most + 1);
    let inner_at = (at.0 + head, at.1 + head);
    if 2 * band * inner_b.len() < 8 * 1024 * 1024 || inner_a.len() < 65 || inner_b.len() < 10 {
        trace(inner_a, inner_b, inner_at, most, out);
    } else {
        let half = inner_b.len() / 2;
        let left = last_row(inner_a.iter(), inner_b[..half].iter());
        let right = last_row(inner_a.iter().rev(), inner_b[half..].iter().rev());
        let cost = |cut: usize| left[cut] + right[inner_a.len() - cut];
        let cut = (0..=inner_a.len()).min_by_key(|&cut| cost(cut)).unwrap_or(0);
        align(&inner_a[..cut], &inner_b[..half], inner_at, left[cut], out);
        let rest = (inner_at.0 + cut, inner_at.1 + half);
        align(
            &inner_a[cut..],
            &inner_b[half..],
            rest,
            right[inner_a.len() - cut],
            out,
        );
    }
    let (end_a, end_b) = (head + inner_a.len(), head + inner_b.len());
    out.extend((0..a.len() - end_a).map(|k| (at.0 + end_a + k, at.1 + end_b + k)));
}

/// Distances of every beginning of `a` to the whole of `b`.
fn last_row<'a, T: Eq + 'a>(
    a: impl Iterator<Item = &'a T> + Clone,
    b: impl Iterator<Item = &'a T>,
) -> Vec<usize> {
    let mut row: Vec<usize> = (0..=a.clone().count()).collect();
    for (j, y) in b.enumerate() {
        let mut diagonal = row[0];
        row[0] = j + 1;
        for (i, x) in a.clone().enumerate() {
            let best = (diagonal + usize::from(x != y))
                .min(row[i] + 1)
                .min(row[i + 1] + 1);
            diagonal = std::mem::replace(&mut row[i + 1], best);
        }
    }
    row
}

/// The distance matrix within a diagonal band, and the way back through it.
fn trace<T: Eq>(a: &[T], b: &[T], at: (usize, usize), most: usize, out: &mut Vec<(usize, usize)>) {
    const FAR: usize = usize::MAX / 2;
    let span = |row: usize| (row.saturating_sub(most), a.len().min(row + most));
    let mut rows: Vec<Vec<u32>> = Vec::with_capacity(b.len() + 1);
    let cell = |rows: &[Vec<u32>], row: usize, column: usize| -> usize {
        let (from, to) = span(row);
        if column < from || column > to {
            FAR
        } else {
            rows[row][column - from] as usize
        }
    };
    rows.push((0..=span(0).1 as u32).collect());
    for (r, y) in b.iter().enumerate() {
        let (from, to) = span(r + 1);
        let mut row: Vec<u32> = Vec::with_capacity(to + 1 - from);
        for column in from..=to {
            let above = cell(&rows, r, column) + 1;
            let best = if column == 0 {
                above
            } else {
                let left = row.last().map_or(FAR, |&d| d as usize) + 1;
                let diagonal = cell(&rows, r, column - 1) + usize::from(a[column - 1] != *y);
                above.min(left).min(diagonal)
            };
            row.push(best as u32);
        }
        rows.push(row);
    }
    let (mut column, mut row) = (a.len(), b.len());
    let first = out.len();
    while row > 0 && column > 0 {
        if cell(&rows, row, column) == cell(&rows, row, column - 1) + 1 {
            column -= 1;
            continue;
        }
        row -= 1;
        if row > 0 && cell(&rows, row, column) + 1 == cell(&rows, row, column - 1) {
            continue;
        }
        column -= 1;
        if a[column] == b[row] {
            out.push((at.0 + column, at.1 + row));
        }
    }
    out[first..].reverse();
}
