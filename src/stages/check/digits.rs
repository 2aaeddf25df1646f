//! What a score cell may really hold: what another reader saw, a comma lost or added, a digit taken for one that looks
//! like it.

use std::collections::HashSet;

use rust_decimal::Decimal;

use crate::domain::{Criterion, Field, Said, Score};

/// Why a cell may hold another number than was read; the likeliest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    Reader,
    Comma,
    Alike,
    /// Nothing could be read, and the sum leaves one number.
    Unread,
    /// Its parts and the sum above it ask for the same number.
    TwoSums,
}

impl Why {
    pub fn said(self) -> Said {
        let (vi, en) = match self {
            Self::Reader => (
                "một bộ đọc khác cũng đọc ra số này",
                "another reader read this number too",
            ),
            Self::Comma => (
                "có thể mất hoặc thừa dấu phẩy",
                "a comma may have been lost or added",
            ),
            Self::Alike => (
                "các chữ số này dễ đọc nhầm với nhau",
                "these digits are easily taken for each other",
            ),
            Self::Unread => ("ô này không đọc được", "this cell could not be read"),
            Self::TwoSums => (
                "cả tổng bên dưới lẫn tổng bên trên đều cần số này",
                "both the sum below and the sum above ask for it",
            ),
        };
        Said::new(vi.to_owned(), en.to_owned())
    }
}

/// Digits that readers take for each other.
const ALIKE: [(char, char); 13] = [
    ('1', '7'),
    ('1', '4'),
    ('3', '8'),
    ('5', '6'),
    ('0', '6'),
    ('0', '8'),
    ('6', '8'),
    ('0', '9'),
    ('4', '9'),
    ('3', '5'),
    ('2', '7'),
    ('5', '8'),
    ('8', '9'),
];

/// The numbers other than `now` that the cell of `field` may hold, each once, for the best of its reasons.
pub fn readings(criterion: &Criterion, now: Score, field: Field) -> Vec<(Decimal, Why)> {
    let candidates = criterion
        .sources(field)
        .flat_map(|p| &p.candidates)
        .filter_map(|text| Score::parse_vietnamese(text))
        .map(|score| (score.0.normalize(), Why::Reader));
    let raw = criterion
        .sources(field)
        .map(|p| p.raw.trim())
        .find(|raw| Score::parse_vietnamese(raw) == Some(now));
    let written = raw.map_or_else(|| now.to_vietnamese(), str::to_owned);
    let parsed =
        |why: Why| move |text: String| Score::parse_vietnamese(&text).map(|score| (score.0.normalize(), why));
    let commas = moved_commas(&written).into_iter().filter_map(parsed(Why::Comma));
    let alike = swapped_digits(&written)
        .into_iter()
        .filter_map(parsed(Why::Alike));
    let mut told = HashSet::from([now.0.normalize()]);
    candidates
        .chain(commas)
        .chain(alike)
        .filter(|(value, _)| *value > Decimal::ZERO && told.insert(*value))
        .collect()
}

/// The number with its comma taken out, put in, or elsewhere: `15` -> `1,5`.
fn moved_commas(written: &str) -> Vec<String> {
    let digits: String = written.chars().filter(char::is_ascii_digit).collect();
    let within = (1..digits.len()).map(|at| format!("{},{}", &digits[..at], &digits[at..]));
    within.chain(std::iter::once(digits.clone())).collect()
}

/// The number with one digit changed for one that looks like it.
fn swapped_digits(written: &str) -> Vec<String> {
    let others = |c: char| {
        ALIKE.iter().filter_map(move |&(p, q)| match c {
            c if c == p => Some(q),
            c if c == q => Some(p),
            _ => None,
        })
    };
    let mut out = Vec::new();
    for (at, c) in written.char_indices() {
        out.extend(others(c).map(|other| {
            let (before, after) = (&written[..at], &written[at + c.len_utf8()..]);
            format!("{before}{other}{after}")
        }));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stages::check::tests::criterion;

    #[test]
    fn a_cell_may_hold_what_looks_like_it() {
        let check = |now: &str, then: &str, expect: Option<Why>| {
            let c = criterion("1", None, now);
            let value = |text: &str| Score::parse_vietnamese(text).expect("a score");
            let found = readings(&c, value(now), Field::MaxScore);
            let why = found
                .iter()
                .find(|(v, _)| *v == value(then).0)
                .map(|(_, why)| *why);
            assert_eq!(why, expect, "{now} -> {then}");
        };
        check("15", "1,5", Some(Why::Comma));
        check("1,5", "15", Some(Why::Comma));
        check("25", "2,5", Some(Why::Comma));
        check("3", "8", Some(Why::Alike));
        check("10", "16", Some(Why::Alike));
        check("1", "7", Some(Why::Alike));
        check("2", "9", None);
        check("10", "3", None);
        check("5", "5", None);
    }
}
