//! Numbers of neighbours: skipped and repeated ones.

use crate::domain::{Criterion, Field, Finding, FindingCode, Rubric, Severity};

use super::place::{Said, about, called, on};

/// A number taken apart: what stands before the last dot, and the place in its list.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    list: String,
    kind: Kind,
    ordinal: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Arabic,
    Roman,
    Letter,
}

/// Findings on the numbering under every parent.
pub fn check(rubric: &Rubric) -> Vec<Finding> {
    let parents = std::iter::once(None).chain(rubric.criteria.iter().map(|c| Some(c.id.as_str())));
    parents
        .flat_map(|parent| siblings(&rubric.children(parent).collect::<Vec<_>>()))
        .collect()
}

fn siblings(all: &[&Criterion]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut before: Option<(Place, &Criterion)> = None;
    for criterion in all {
        let Some(place) = Place::of(&criterion.number) else {
            continue;
        };
        if let Some((last, earlier)) = &before
            && last.list == place.list
            && last.kind == place.kind
        {
            findings.extend(step(last, earlier, &place, criterion));
        } else if before.is_none() && !place.list.is_empty() && place.ordinal > 1 {
            findings.push(skipped(criterion, &format!("{}.1", place.list)));
        }
        before = Some((place, criterion));
    }
    findings
}

fn step(last: &Place, earlier: &Criterion, place: &Place, criterion: &Criterion) -> Option<Finding> {
    // After `d` both `đ` and `e` are usual.
    let leap = u32::from(place.kind == Kind::Letter && last.ordinal == 4 && place.ordinal == 6);
    if place.ordinal > last.ordinal + 1 + leap {
        let missing = if place.kind == Kind::Arabic {
            let dot = if place.list.is_empty() { "" } else { "." };
            format!("{}{dot}{}", place.list, last.ordinal + 1)
        } else {
            format!("{} + 1", earlier.number)
        };
        return Some(skipped(criterion, &missing));
    }
    (place.ordinal == last.ordinal).then(|| {
        let said = Said::new(
            format!(
                "Số {} đứng hai lần: {} và {}. Tiêu chí sau được ghi là {}.",
                criterion.number,
                called(earlier),
                called(criterion),
                criterion.id
            ),
            format!(
                "Number {} stands twice: {} and {}. The later one is kept as {}.",
                criterion.number,
                called(earlier),
                called(criterion),
                criterion.id
            ),
        );
        on(
            criterion,
            Field::Number,
            FindingCode::NumberRepeated,
            about([earlier, criterion], Field::Number),
            Severity::Error,
            said,
        )
    })
}

fn skipped(criterion: &Criterion, missing: &str) -> Finding {
    let said = Said::new(
        format!(
            "Số thứ tự nhảy tới {}: thiếu {missing}. Hãy xem văn bản có bỏ số hay có dòng chưa đọc được.",
            called(criterion)
        ),
        format!(
            "The numbering jumps to {}: {missing} is missing. See whether the document skips it or a row was not read.",
            called(criterion)
        ),
    );
    on(
        criterion,
        Field::Number,
        FindingCode::NumberSkipped,
        about([criterion], Field::Number),
        Severity::Warning,
        said,
    )
}

impl Place {
    fn of(number: &str) -> Option<Self> {
        let (list, last) = number.rsplit_once('.').unwrap_or(("", number));
        let (kind, ordinal) = if let Ok(n) = last.parse() {
            (Kind::Arabic, n)
        } else if let Some(n) = roman(last) {
            (Kind::Roman, n)
        } else {
            (Kind::Letter, letter(last)?)
        };
        Some(Self {
            list: list.to_owned(),
            kind,
            ordinal,
        })
    }
}

fn roman(text: &str) -> Option<u32> {
    let digits: Vec<u32> = text
        .chars()
        .map(|c| match c {
            'I' => Some(1),
            'V' => Some(5),
            'X' => Some(10),
            _ => None,
        })
        .collect::<Option<_>>()?;
    if digits.is_empty() {
        return None;
    }
    let mut total = 0;
    for (i, d) in digits.iter().enumerate() {
        if digits.get(i + 1).is_some_and(|next| next > d) {
            total -= *d as i32;
        } else {
            total += *d as i32;
        }
    }
    u32::try_from(total).ok()
}

fn letter(text: &str) -> Option<u32> {
    let mut chars = text.chars();
    let (c, None) = (chars.next()?.to_lowercase().next()?, chars.next()) else {
        return None;
    };
    "abcdđeghiklmnopqrstuvxy"
        .chars()
        .position(|l| l == c)
        .map(|at| at as u32 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stages::check::tests::{criterion, rubric};

    #[test]
    fn lists_with_holes_and_doubles_are_found() {
        let check_list = |numbers: &[&str], expect: &[(FindingCode, &str)]| {
            let criteria = numbers
                .iter()
                .enumerate()
                .map(|(i, n)| Criterion {
                    number: (*n).to_owned(),
                    id: format!("{n}@{i}"),
                    ..criterion("x", None, "1")
                })
                .collect();
            let made = rubric(criteria);
            let got: Vec<(FindingCode, String)> = check(&made)
                .iter()
                .map(|f| {
                    (
                        f.code,
                        made.criterion(f.criterion.as_deref().unwrap_or(""))
                            .map_or(String::new(), |c| c.number.clone()),
                    )
                })
                .collect();
            let expect: Vec<(FindingCode, String)> =
                expect.iter().map(|(c, n)| (*c, (*n).to_owned())).collect();
            assert_eq!(got, expect, "{numbers:?}");
        };
        check_list(&["1", "2", "3"], &[]);
        check_list(&["II"], &[]);
        check_list(&["I", "II", "III", "IV", "V"], &[]);
        check_list(&["a", "b", "c", "d", "e"], &[]);
        check_list(&["a", "b", "c", "d", "đ", "e"], &[]);
        check_list(
            &["3.9", "3.11"],
            &[
                (FindingCode::NumberSkipped, "3.9"),
                (FindingCode::NumberSkipped, "3.11"),
            ],
        );
        check_list(&["7.1", "7.2", "7.2"], &[(FindingCode::NumberRepeated, "7.2")]);
        check_list(&["I", "III"], &[(FindingCode::NumberSkipped, "III")]);
    }
}
