//! Words that were read, held against the true ones.

use std::collections::HashSet;

/// What a word that was read is to the true ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// One of them.
    Same,
    /// It stands in place of one.
    Other,
    /// It stands beside them all.
    Extra,
}

/// For each word that was read: the same as a true one, in place of another, or beside all of them; by the shortest way
/// from one row of words to the other. Words that stand together elsewhere than they should, as those of a row that goes
/// on over a page, are the same.
pub fn places(want: &[String], got: &[String]) -> Vec<Place> {
    let width = got.len() + 1;
    let mut cost = vec![0_u32; (want.len() + 1) * width];
    for i in 0..=want.len() {
        for j in 0..=got.len() {
            cost[i * width + j] = match (i, j) {
                (0, _) => j as u32,
                (_, 0) => i as u32,
                _ => {
                    let same = u32::from(want[i - 1] != got[j - 1]);
                    let step = cost[(i - 1) * width + j - 1] + same;
                    step.min(cost[(i - 1) * width + j] + 1)
                        .min(cost[i * width + j - 1] + 1)
                }
            };
        }
    }
    let mut places = vec![Place::Extra; got.len()];
    let mut missed = vec![true; want.len()];
    let (mut i, mut j) = (want.len(), got.len());
    while j > 0 {
        let here = cost[i * width + j];
        let differ = i > 0 && want[i - 1] != got[j - 1];
        if i > 0 && here == cost[(i - 1) * width + j - 1] + u32::from(differ) {
            places[j - 1] = if differ { Place::Other } else { Place::Same };
            missed[i - 1] = differ;
            (i, j) = (i - 1, j - 1);
        } else if i > 0 && here == cost[(i - 1) * width + j] + 1 {
            i -= 1;
        } else {
            j -= 1;
        }
    }
    // What a line's end cut in two: `245/BC-` and `UBND`.
    let missed_words: HashSet<&str> = (0..want.len())
        .filter(|&i| missed[i])
        .map(|i| want[i].as_str())
        .collect();
    for j in 1..got.len() {
        let both = places[j - 1] != Place::Same && places[j] != Place::Same;
        if both && missed_words.contains(format!("{}{}", got[j - 1], got[j]).as_str()) {
            (places[j - 1], places[j]) = (Place::Same, Place::Same);
        }
    }
    let pairs: HashSet<[&str; 2]> = (1..want.len())
        .filter(|&i| missed[i - 1] && missed[i])
        .map(|i| [want[i - 1].as_str(), want[i].as_str()])
        .collect();
    let mut moved = vec![false; got.len()];
    for j in 1..got.len() {
        let both = places[j - 1] != Place::Same && places[j] != Place::Same;
        if both && pairs.contains(&[got[j - 1].as_str(), got[j].as_str()]) {
            (moved[j - 1], moved[j]) = (true, true);
        }
    }
    for (place, _) in places.iter_mut().zip(moved).filter(|(_, moved)| *moved) {
        *place = Place::Same;
    }
    places
}
