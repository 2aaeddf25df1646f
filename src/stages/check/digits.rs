//! The smallest change to one score cell that would heal a sum: `15` -> `1,5`. Proposed, never made.

use rust_decimal::Decimal;

use crate::domain::{About, Criterion, Field, Finding, FindingCode, Reader, Score, Severity};

use super::place::{Said, called, on};

/// A score that takes part in a sum.
#[derive(Debug, Clone, Copy)]
pub struct Cell<'a> {
    pub criterion: &'a Criterion,
    pub value: Score,
}

/// Proposals that make `sum` the `stated` value, the likeliest only; of equals at most three.
pub fn proposals(
    parts: &[Cell<'_>],
    whole: Option<Cell<'_>>,
    sum: Score,
    stated: Score,
    field: Field,
) -> Vec<Finding> {
    let needed = |cell: &Cell<'_>| stated.0 - (sum.0 - cell.value.0);
    let mut found: Vec<(u8, &Cell<'_>, Decimal)> = parts
        .iter()
        .map(|cell| (cell, needed(cell)))
        .chain(whole.iter().map(|cell| (cell, sum.0)))
        .filter(|(_, value)| *value > Decimal::ZERO)
        .filter_map(|(cell, value)| cost(cell, value, field).map(|cost| (cost, cell, value)))
        .collect();
    let Some(least) = found.iter().map(|f| f.0).min() else {
        return Vec::new();
    };
    found.retain(|f| f.0 == least);
    if found.len() > 3 {
        return Vec::new();
    }
    found
        .into_iter()
        .map(|(cost, cell, value)| finding(cost, cell, Score(value.normalize()), field))
        .collect()
}

fn finding(cost: u8, cell: &Cell<'_>, value: Score, field: Field) -> Finding {
    let (now, then) = (cell.value.to_vietnamese(), value.to_vietnamese());
    let (why_vi, why_en) = match cost {
        0 => (
            "một bộ đọc khác cũng đọc ra số này",
            "another reader read this number too",
        ),
        1 => (
            "có thể mất hoặc thừa dấu phẩy",
            "a comma may have been lost or added",
        ),
        _ => (
            "các chữ số này dễ đọc nhầm với nhau",
            "these digits are easily taken for each other",
        ),
    };
    let said = Said::new(
        format!(
            "Điểm của {} đọc là {now}; nếu là {then} thì tổng khớp ({why_vi}). Hãy xem lại ô này trên bản quét.",
            called(cell.criterion)
        ),
        format!(
            "The score of {} was read as {now}; with {then} the sum fits ({why_en}). Look at this cell on the scan.",
            called(cell.criterion)
        ),
    );
    let typed = cell
        .criterion
        .sources(field)
        .all(|p| p.readers.iter().all(|r| *r == Reader::TextLayer));
    let severity = if typed { Severity::Info } else { Severity::Warning };
    on(
        cell.criterion,
        field,
        FindingCode::DigitFixProposed,
        About::Reading,
        severity,
        said,
    )
}

/// How far `value` is from what was read: 0 another reader's, 1 a comma, 2 one digit alike; `None`: too far.
fn cost(cell: &Cell<'_>, value: Decimal, field: Field) -> Option<u8> {
    let candidate = cell
        .criterion
        .sources(field)
        .flat_map(|p| &p.candidates)
        .filter_map(|text| Score::parse_vietnamese(text))
        .any(|score| score.0 == value);
    if candidate {
        return Some(0);
    }
    let raw = cell
        .criterion
        .sources(field)
        .map(|p| p.raw.trim())
        .find(|raw| Score::parse_vietnamese(raw) == Some(cell.value));
    let (now, then) = (
        raw.map_or_else(|| cell.value.to_vietnamese(), str::to_owned),
        Score(value.normalize()).to_vietnamese(),
    );
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let (a, b) = (digits(&now), digits(&then));
    if a == b || a.trim_start_matches('0') == b.trim_start_matches('0') && a.trim_start_matches('0').len() > 1
    {
        return Some(1);
    }
    let comma = |text: &str| text.find([',', '.']);
    let differing: Vec<(char, char)> = a.chars().zip(b.chars()).filter(|(x, y)| x != y).collect();
    let alike = [
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
    let swap = a.len() == b.len() && comma(&now) == comma(&then) && differing.len() == 1;
    let similar = differing
        .iter()
        .all(|(x, y)| alike.iter().any(|(p, q)| (p, q) == (x, y) || (q, p) == (x, y)));
    (swap && similar).then_some(2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stages::check::tests::criterion;

    #[test]
    fn the_nearest_number_is_cheapest() {
        let check = |now: &str, then: &str, expect: Option<u8>| {
            let c = criterion("1", None, now);
            let cell = Cell {
                criterion: &c,
                value: c.max_score.expect("a score"),
            };
            let value = Score::parse_vietnamese(then).expect("a score").0;
            assert_eq!(cost(&cell, value, Field::MaxScore), expect, "{now} -> {then}");
        };
        check("15", "1,5", Some(1));
        check("1,5", "15", Some(1));
        check("25", "2,5", Some(1));
        check("3", "8", Some(2));
        check("10", "16", Some(2));
        check("1", "7", Some(2));
        check("2", "9", None);
        check("10", "3", None);
    }
}
