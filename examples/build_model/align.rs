//! Pairs of true and garbled lines -> the table of confusions, by hard expectation maximisation over
//! alignments of one letter to up to three characters, and of two letters to one.

use std::collections::{BTreeMap, HashMap};

use sohoa::stages::restore::confusion::{ADDED, LONGEST, LOST, NOTHING, SPACE, unlisted};
use unicode_normalization::UnicodeNormalization;

/// Letters and what they were read as.
type Unit = (Vec<char>, Vec<char>);

const ROUNDS: usize = 6;
/// How far an alignment may stray from the diagonal, in characters.
const BAND: usize = 14;
/// How many sightings the prior is worth.
const PRIOR: f64 = 1.5;

/// One unit more in both strings: letters, characters read.
const STEPS: [(usize, usize); 6] = [(1, 1), (1, 0), (0, 1), (1, 2), (1, LONGEST), (2, 1)];

fn prior(letters: &[char], read: &[char]) -> f64 {
    match (letters, read) {
        ([a], [b]) => f64::from(unlisted(*a, *b)),
        ([], _) => f64::from(ADDED),
        (_, []) => f64::from(LOST),
        ([_], [_, _]) => 8.5,
        _ => 10.0,
    }
}

/// The table of confusions that explains `pairs` (garbled, true) best.
pub fn table(pairs: &[(String, String)]) -> String {
    let pairs: Vec<(Vec<char>, Vec<char>)> = pairs
        .iter()
        .map(|(garbled, truth)| (truth.nfc().collect(), garbled.nfc().collect()))
        .collect();
    let mut costs: HashMap<Unit, f64> = HashMap::new();
    let mut counts: BTreeMap<Unit, u32> = BTreeMap::new();
    for round in 0..ROUNDS {
        counts.clear();
        let mut total = 0.0;
        for (truth, read) in &pairs {
            if let Some((cost, units)) = align(truth, read, &costs) {
                total += cost;
                units
                    .into_iter()
                    .for_each(|unit| *counts.entry(unit).or_default() += 1);
            }
        }
        eprintln!(
            "confusions, round {}: {:.3} nats a line",
            round + 1,
            total / pairs.len() as f64
        );
        costs = estimate(&counts, &pairs);
    }
    let mut rows: Vec<(&Unit, f64)> = counts
        .iter()
        .filter(|(unit, n)| {
            **n >= if unit.0.len() == 1 && unit.1.len() == 1 {
                1
            } else {
                2
            }
        })
        .map(|(unit, _)| (unit, costs[unit]))
        .filter(|(_, cost)| *cost < 9.0)
        .collect();
    rows.sort_by(|a, b| {
        a.0.0
            .cmp(&b.0.0)
            .then(a.1.total_cmp(&b.1))
            .then(a.0.1.cmp(&b.0.1))
    });
    let show = |chars: &[char]| -> String {
        let text = if chars.is_empty() { &[NOTHING][..] } else { chars };
        text.iter().map(|c| if *c == ' ' { SPACE } else { *c }).collect()
    };
    let mut out = String::from("# TRUE<TAB>READ<TAB>COST; made by examples/build_model, see README.md\n");
    for ((letters, read), cost) in rows {
        out.push_str(&format!("{}\t{}\t{cost:.2}\n", show(letters), show(read)));
    }
    out
}

fn estimate(counts: &BTreeMap<Unit, u32>, pairs: &[(Vec<char>, Vec<char>)]) -> HashMap<Unit, f64> {
    let mut singles: HashMap<char, f64> = HashMap::new();
    let mut doubles: HashMap<[char; 2], f64> = HashMap::new();
    let mut places = 0.0;
    for (truth, _) in pairs {
        truth.iter().for_each(|c| *singles.entry(*c).or_default() += 1.0);
        truth
            .windows(2)
            .for_each(|w| *doubles.entry([w[0], w[1]]).or_default() += 1.0);
        places += truth.len() as f64;
    }
    counts
        .iter()
        .map(|(unit, n)| {
            let seen = match unit.0.as_slice() {
                [] => places,
                [c] => singles[c],
                [a, b, ..] => doubles[&[*a, *b]],
            };
            let p = (f64::from(*n) + PRIOR * (-prior(&unit.0, &unit.1)).exp()) / (seen + PRIOR);
            (unit.clone(), -p.ln())
        })
        .collect()
}

/// The cheapest way to read `truth` as `read`, unit by unit; `None` when they are too far apart.
fn align(truth: &[char], read: &[char], costs: &HashMap<Unit, f64>) -> Option<(f64, Vec<Unit>)> {
    let (n, m) = (truth.len(), read.len());
    let mut best = vec![vec![(f64::INFINITY, 0usize); m + 1]; n + 1];
    best[0][0].0 = 0.0;
    for i in 0..=n {
        let middle = (i * m).checked_div(n).unwrap_or(0);
        for j in middle.saturating_sub(BAND)..=(middle + BAND).min(m) {
            let here = best[i][j].0;
            if here.is_infinite() {
                continue;
            }
            for (s, (a, b)) in STEPS.iter().enumerate() {
                if i + a > n || j + b > m {
                    continue;
                }
                let unit = (truth[i..i + a].to_vec(), read[j..j + b].to_vec());
                let cost = here
                    + costs
                        .get(&unit)
                        .copied()
                        .unwrap_or_else(|| prior(&unit.0, &unit.1) + 0.5);
                let there = &mut best[i + a][j + b];
                if cost < there.0 {
                    *there = (cost, s);
                }
            }
        }
    }
    let cost = best[n][m].0;
    // A line that reads as something else entirely teaches nothing.
    if !cost.is_finite() || cost > 2.0 * n as f64 {
        return None;
    }
    let mut units = Vec::new();
    let (mut i, mut j) = (n, m);
    while i > 0 || j > 0 {
        let (a, b) = STEPS[best[i][j].1];
        units.push((truth[i - a..i].to_vec(), read[j - b..j].to_vec()));
        (i, j) = (i - a, j - b);
    }
    Some((cost, units))
}
