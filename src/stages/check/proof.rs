//! Proof by arithmetic: the smallest change of score cells that makes the sums agree. Proposed, never made.
//!
//! A change of one cell is weighed before changes of several; of several, all must be doubtful already. A change that heals
//! one sum and spoils another is none.

use rust_decimal::Decimal;

use crate::domain::{About, Criterion, Field, Finding, FindingCode, Reader, Rubric, Score, Severity};

use super::digits::{self, Why};
use super::place::{Said, called, on};
use super::sums::{AS_READ, Sum, value};

/// So many explanations as likely as each other are told at most: more prove nothing.
const MOST_TOLD: usize = 3;
/// What a change of a cell that nobody doubts weighs, in changes of doubtful ones.
const SURE: u32 = 3;
/// More doubtful changes than this are tried by twos only, so that a page of doubt costs no more than a glance.
const MANY: usize = 60;

/// One cell that may hold another number.
#[derive(Debug, Clone, Copy)]
struct Change<'a> {
    criterion: &'a Criterion,
    field: Field,
    value: Decimal,
    why: Why,
    doubtful: bool,
}

impl Change<'_> {
    fn weight(&self) -> u32 {
        let unit = 10 + self.why as u32;
        if self.doubtful { unit } else { unit + SURE * 10 }
    }

    fn is_of(&self, id: &str, field: Field) -> bool {
        self.criterion.id == id && self.field == field
    }
}

/// Proposals for the sums that do not come out, in the order of `sums`.
pub fn proposals(rubric: &Rubric, sums: &[Sum<'_>]) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for broken in sums.iter().filter(|s| !s.holds(AS_READ) || lacks_one(rubric, s)) {
        let mut sets = explanations(rubric, broken, sums);
        let weight = |set: &Vec<Change<'_>>| set.iter().map(Change::weight).sum::<u32>();
        let Some(least) = sets.iter().map(weight).min() else {
            continue;
        };
        sets.retain(|set| weight(set) == least);
        let several = sets.iter().any(|set| set.len() > 1);
        if sets.len() > MOST_TOLD || several && sets.len() > 1 {
            continue;
        }
        for set in &sets {
            for change in set {
                let finding = told(change, set);
                if !findings.contains(&finding) {
                    findings.push(finding);
                }
            }
        }
    }
    findings
}

/// Every set of changes that heals `broken` and spoils no other sum.
fn explanations<'a>(rubric: &'a Rubric, broken: &Sum<'a>, sums: &[Sum<'a>]) -> Vec<Vec<Change<'a>>> {
    let changes = changes(rubric, broken, sums);
    let heals = |set: &[Change<'_>]| {
        let changed = |id: &str, field: Field| set.iter().find(|c| c.is_of(id, field)).map(|c| c.value);
        let touched = |sum: &&Sum<'_>| set.iter().any(|c| sum.counts(&c.criterion.id, c.field));
        let sound = |sum: &Sum<'_>| sum.holds(&changed) || !sum.holds(AS_READ);
        broken.closes(&changed) && sums.iter().filter(touched).all(sound)
    };
    let mut sets: Vec<Vec<Change<'a>>> = Vec::new();
    sets.extend(changes.iter().map(|c| vec![*c]).filter(|set| heals(set)));
    if !sets.is_empty() {
        return sets;
    }
    let doubtful: Vec<Change<'a>> = changes.into_iter().filter(|c| c.doubtful).collect();
    let apart = |a: &Change<'_>, b: &Change<'_>| a.criterion.id != b.criterion.id;
    for (at, &a) in doubtful.iter().enumerate() {
        let later = doubtful[at + 1..].iter().filter(|b| apart(&a, b));
        sets.extend(later.map(|b| vec![a, *b]).filter(|set| heals(set)));
    }
    if !sets.is_empty() || doubtful.len() > MANY {
        return sets;
    }
    for (at, &a) in doubtful.iter().enumerate() {
        for (next, &b) in doubtful
            .iter()
            .enumerate()
            .skip(at + 1)
            .filter(|(_, b)| apart(&a, b))
        {
            let later = doubtful[next + 1..]
                .iter()
                .filter(|c| apart(&a, c) && apart(&b, c));
            sets.extend(later.map(|c| vec![a, b, *c]).filter(|set| heals(set)));
        }
    }
    sets
}

/// What the cells that `broken` counts may hold instead.
fn changes<'a>(rubric: &'a Rubric, broken: &Sum<'a>, sums: &[Sum<'a>]) -> Vec<Change<'a>> {
    let field = broken.field;
    let mut all = Vec::new();
    for criterion in broken.whole.into_iter().chain(broken.parts.iter().copied()) {
        let doubtful = criterion.sources(field).any(|p| p.doubtful);
        let change = |(value, why): (Decimal, Why)| Change {
            criterion,
            field,
            value,
            why,
            doubtful,
        };
        match value(criterion, field) {
            Some(now) => {
                let mut may = digits::readings(criterion, now, field);
                may.extend(asked_twice(criterion, sums).filter(|asked| !may.iter().any(|m| m.0 == asked.0)));
                all.extend(may.into_iter().map(change));
            }
            None if is_unread(rubric, criterion, field) && broken.left() > Decimal::ZERO => {
                all.push(change((broken.left(), Why::Unread)));
            }
            None => {}
        }
    }
    all
}

/// True when all the sum needs is a cell that could not be read.
fn lacks_one(rubric: &Rubric, sum: &Sum<'_>) -> bool {
    sum.of_parts().is_none() && sum.parts.iter().any(|p| is_unread(rubric, p, sum.field))
}

/// A cell with ink that is no number, in a criterion that has no parts to reckon it from.
fn is_unread(rubric: &Rubric, criterion: &Criterion, field: Field) -> bool {
    let leaf = rubric.children(Some(&criterion.id)).next().is_none();
    let inked = criterion
        .sources(field)
        .any(|p| p.doubtful && !p.raw.trim().is_empty());
    leaf && inked && value(criterion, field).is_none()
}

/// The number that the parts of a section make and that the sum above it lacks.
fn asked_twice<'a>(criterion: &Criterion, sums: &[Sum<'a>]) -> Option<(Decimal, Why)> {
    let field = Field::MaxScore;
    let below = sums
        .iter()
        .find(|s| s.field == field && s.whole.is_some_and(|w| w.id == criterion.id))?;
    let above = sums
        .iter()
        .find(|s| s.field == field && s.parts.iter().any(|p| p.id == criterion.id))?;
    let (now, parts) = (value(criterion, field)?.0, below.of_parts()?);
    (parts != now && above.left() == parts - now).then_some((parts, Why::TwoSums))
}

/// The finding on one change of a set that belongs together.
fn told(change: &Change<'_>, set: &[Change<'_>]) -> Finding {
    let score = |value: Decimal| Score(value.normalize());
    let with = |written: fn(&Score) -> String| {
        let others = set.iter().filter(|c| c.criterion.id != change.criterion.id);
        let told = others.map(|c| format!("{}: {}", c.criterion.id, written(&score(c.value))));
        told.collect::<Vec<_>>().join("; ")
    };
    let (with_vi, with_en) = match set.len() {
        1 => (String::new(), String::new()),
        _ => (
            format!(", cùng với {},", with(|s| s.to_vietnamese())),
            format!(", together with {},", with(|s| s.to_string())),
        ),
    };
    let (name, why) = (called(change.criterion), change.why.said());
    let (now_vi, now_en) = match value(change.criterion, change.field) {
        Some(now) => (
            format!("đọc là {}", now.to_vietnamese()),
            format!("was read as {now}"),
        ),
        None => ("chưa có".to_owned(), "is not there yet".to_owned()),
    };
    let then = score(change.value);
    let said = Said::new(
        format!(
            "Điểm của {name} {now_vi}; nếu là {}{with_vi} thì tổng khớp ({}). Hãy xem lại ô này trên bản quét.",
            then.to_vietnamese(),
            why.vi
        ),
        format!(
            "The score of {name} {now_en}; with {then}{with_en} the sum fits ({}). Look at this cell on the scan.",
            why.en
        ),
    );
    let mut readers = change.criterion.sources(change.field).flat_map(|p| &p.readers);
    let severity = match readers.all(|r| *r == Reader::TextLayer) {
        true => Severity::Info,
        false => Severity::Warning,
    };
    on(
        change.criterion,
        change.field,
        FindingCode::DigitFixProposed,
        About::Reading,
        severity,
        said,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Confidence, PageNo, PixelBox, Provenance};
    use crate::stages::check::tests::{criterion, rubric};

    /// A score as readers saw it: `raw`, what else it may be, and whether they doubt it.
    fn read(id: &str, raw: &str, candidates: &[&str], doubtful: bool) -> Criterion {
        let parent = id.rsplit_once('.').map(|(above, _)| above);
        let mut made = criterion(id, parent, raw);
        made.provenance.push(Provenance {
            field: Field::MaxScore,
            page: PageNo::FIRST,
            bbox: PixelBox::new(0, 0, 9, 9),
            raw: raw.to_owned(),
            confidence: Confidence::new(0.9),
            readers: vec![Reader::Tesseract],
            candidates: candidates.iter().map(|c| (*c).to_owned()).collect(),
            restored_by: None,
            doubtful,
        });
        made
    }

    /// Each proposal as `id: number`.
    fn proposed(criteria: Vec<Criterion>, total: Option<&str>) -> Vec<String> {
        let mut made = rubric(criteria);
        made.max_score = total.and_then(Score::parse_vietnamese);
        let findings = proposals(&made, &Sum::all(&made));
        let number = |f: &Finding| {
            let after = f.message_en.split("with ").nth(1).unwrap_or_default();
            after.split([' ', ',']).next().unwrap_or_default().to_owned()
        };
        findings
            .iter()
            .map(|f| format!("{}: {}", f.criterion.as_deref().unwrap_or_default(), number(f)))
            .collect()
    }

    #[test]
    fn a_lost_comma_is_proposed() {
        let sure = |id: &str, raw: &str| read(id, raw, &[], false);
        let made = vec![sure("I", "10"), sure("I.1", "8,5"), sure("I.2", "15")];
        assert_eq!(proposed(made, None), ["I.2: 1.5"]);
        let sound = vec![sure("I", "10"), sure("I.1", "8,5"), sure("I.2", "1,5")];
        assert_eq!(proposed(sound, None), [""; 0]);
    }

    #[test]
    fn doubtful_cells_are_changed_together_and_sure_ones_are_not() {
        let made = |doubtful| {
            vec![
                read("I", "20", &[], false),
                read("I.1", "3", &["8"], doubtful),
                read("I.2", "15", &["1,5"], doubtful),
                read("I.3", "10,5", &[], false),
            ]
        };
        assert_eq!(proposed(made(true), None), ["I.1: 8", "I.2: 1.5"]);
        assert_eq!(proposed(made(false), None), [""; 0]);
    }

    #[test]
    fn what_heals_one_sum_and_spoils_another_is_no_proposal() {
        // I may be 15 or one of its parts 8: with 15 the total is lost.
        let parts = || {
            vec![
                read("I", "10", &["15"], true),
                read("I.1", "8", &["3"], true),
                read("I.2", "7", &[], false),
                read("II", "90", &[], false),
            ]
        };
        assert_eq!(proposed(parts(), Some("100")), ["I.1: 3"]);
        assert_eq!(proposed(parts(), None), ["I: 15", "I.1: 3"]);
    }

    #[test]
    fn what_two_sums_ask_for_is_proposed_though_it_looks_unlike() {
        let made = vec![
            read("I", "70", &[], false),
            read("I.1", "20", &[], false),
            read("I.2", "13", &[], false),
            read("II", "67", &[], false),
        ];
        assert_eq!(proposed(made, Some("100")), ["I: 33"]);
    }

    #[test]
    fn an_unread_cell_is_what_the_sum_leaves() {
        let made = |others: &[(&str, &str)]| {
            let mut all = vec![read("I", "10", &[], false)];
            all.extend(others.iter().map(|(id, raw)| read(id, raw, &[], *raw == "?")));
            all
        };
        assert_eq!(proposed(made(&[("I.1", "4"), ("I.2", "?")]), None), ["I.2: 6"]);
        // Two cells, or nothing left for the one: nothing is proven.
        assert_eq!(proposed(made(&[("I.1", "?"), ("I.2", "?")]), None), [""; 0]);
        assert_eq!(proposed(made(&[("I.1", "10"), ("I.2", "?")]), None), [""; 0]);
    }

    #[test]
    fn more_explanations_than_three_prove_nothing() {
        let many = (1..=4).map(|k| read(&format!("I.{k}"), "3", &["8"], true));
        let made: Vec<Criterion> = std::iter::once(read("I", "17", &[], false)).chain(many).collect();
        assert_eq!(proposed(made, None), [""; 0]);
    }
}
