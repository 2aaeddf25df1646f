//! Which criterion of the new rubric is which of the old.

use super::likeness::Known;
use crate::domain::Rubric;

/// For each of the new things, which of the old ones it is: of all pairs the most alike first, each thing once; of equals the
/// first.
pub fn best(
    old: usize,
    new: usize,
    likeness: impl Fn(usize, usize) -> f64,
    least: f64,
) -> Vec<Option<usize>> {
    let mut all: Vec<(f64, usize, usize)> = (0..old)
        .flat_map(|i| (0..new).map(move |j| (i, j)))
        .map(|(i, j)| (likeness(i, j), i, j))
        .filter(|(likeness, ..)| *likeness >= least)
        .collect();
    all.sort_by(|a, b| b.0.total_cmp(&a.0).then((a.2, a.1).cmp(&(b.2, b.1))));
    let mut taken = vec![false; old];
    let mut found = vec![None; new];
    for (_, i, j) in all {
        if !taken[i] && found[j].is_none() {
            taken[i] = true;
            found[j] = Some(i);
        }
    }
    found
}

/// Those of the old things that none of the new ones is.
pub fn left(old: usize, found: &[Option<usize>]) -> impl Iterator<Item = usize> + '_ {
    (0..old).filter(|i| !found.contains(&Some(*i)))
}

/// For each criterion of the new rubric its index in the old.
pub fn criteria(old: &Rubric, new: &Rubric) -> Vec<Option<usize>> {
    let (ours, theirs) = (Known::all(old), Known::all(new));
    best(
        ours.len(),
        theirs.len(),
        |i, j| ours[i].likeness(&theirs[j]),
        f64::MIN_POSITIVE,
    )
}

/// The same for two versions of one rubric: by their ids alone.
pub fn same_ids(old: &Rubric, new: &Rubric) -> Vec<Option<usize>> {
    let at = |id: &str| old.criteria.iter().position(|c| c.id == id);
    new.criteria.iter().map(|c| at(&c.id)).collect()
}

/// For each criterion of the new rubric whether it was moved: under another parent, or out of the order that most of its
/// neighbours keep.
pub fn moved(old: &Rubric, new: &Rubric, found: &[Option<usize>]) -> Vec<bool> {
    let index = |rubric: &Rubric, id: &str| rubric.criteria.iter().position(|c| c.id == id);
    let parent_in_old = |j: usize| {
        let parent = new.criteria[j].parent.as_deref().map(|id| index(new, id));
        parent.map(|j| j.and_then(|j| found[j]))
    };
    let mut moved = vec![false; new.criteria.len()];
    let mut neighbours: Vec<(Option<&str>, Vec<usize>)> = Vec::new();
    for (j, i) in found.iter().enumerate() {
        let Some(i) = *i else { continue };
        let was = old.criteria[i].parent.as_deref().map(|id| index(old, id));
        if was != parent_in_old(j) {
            moved[j] = true;
            continue;
        }
        let parent = new.criteria[j].parent.as_deref();
        match neighbours.iter_mut().find(|(p, _)| *p == parent) {
            Some((_, row)) => row.push(j),
            None => neighbours.push((parent, vec![j])),
        }
    }
    for (_, row) in neighbours {
        let places: Vec<usize> = row.iter().filter_map(|j| found[*j]).collect();
        let kept = longest_rising(&places);
        for (at, j) in row.iter().enumerate() {
            moved[*j] |= !kept.contains(&at);
        }
    }
    moved
}

/// Indices of a longest rising part of `row`.
fn longest_rising(row: &[usize]) -> Vec<usize> {
    let mut length = vec![1usize; row.len()];
    let mut before = vec![None; row.len()];
    for i in 0..row.len() {
        for j in 0..i {
            if row[j] < row[i] && length[j] + 1 > length[i] {
                (length[i], before[i]) = (length[j] + 1, Some(j));
            }
        }
    }
    let mut at = (0..row.len()).max_by_key(|i| (length[*i], std::cmp::Reverse(*i)));
    let mut kept = Vec::new();
    while let Some(i) = at {
        kept.push(i);
        at = before[i];
    }
    kept.reverse();
    kept
}
