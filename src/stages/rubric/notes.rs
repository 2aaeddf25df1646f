//! Rows that are remarks ("Ghi chú: Tổng điểm trừ của mục a1 không quá 1,5 điểm") -> the criterion they speak of.

use std::sync::LazyLock;

use regex::Regex;

use crate::domain::{Criterion, Field, PageNo, PenaltyBase, RuleKind, Table, TableCell, fold, one_line};

use super::grammar;
use super::provenance::{self, Extent};

static REMARK: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^[(*\s]*(?:ghi chu|chu thich|luu y|chu y)\b|^tu muc \S+ den (?:muc )?\S+ .*\bdiem\b")
        .expect("a fixed pattern")
});
static NAMED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"\b(?:muc|phan|tieu chi|noi dung|nhom)\s+((?:[ivx]+|[a-z]{0,2}\.?\d*)(?:\.\d+)*)(?:[\s,;:.)]|$)",
    )
    .expect("a fixed pattern")
});

/// True for the words of a remark on what stands above it.
pub fn is_remark(text: &str) -> bool {
    REMARK.is_match(&fold(text))
}

/// Gives every remark to the criterion that it names, or else to the one it stands in. `rows`: the rows of remarks, each
/// with the criterion whose row came before it.
pub fn attach(criteria: &mut [Criterion], table: &Table, rows: &[(usize, Option<usize>)]) {
    for (row, before) in rows {
        let Some(cell) = table.rows[*row].cells.iter().find(|c| !c.is_empty()) else {
            continue;
        };
        let target = named(criteria, &cell.text).or_else(|| before.map(|b| holder(criteria, b, cell)));
        if let Some(criterion) = target.and_then(|at| criteria.get_mut(at)) {
            take(criterion, cell, table);
        }
    }
}

fn take(criterion: &mut Criterion, cell: &TableCell, table: &Table) {
    let text = one_line(&cell.text);
    let caps = grammar::paragraph(&text, PenaltyBase::Criterion).into_iter();
    criterion
        .rules
        .extend(caps.filter(|r| matches!(r.kind, RuleKind::Cap { .. })));
    if !criterion.notes.is_empty() {
        criterion.notes.push('\n');
    }
    criterion.notes.push_str(&text);
    let page = table.pages.first().copied().unwrap_or(PageNo::FIRST);
    criterion
        .provenance
        .extend(provenance::of(Field::Notes, cell, Extent::Whole, page));
}

/// The criterion that the remark names by its number, if it is the only one of that number.
fn named(criteria: &[Criterion], text: &str) -> Option<usize> {
    let folded = fold(text);
    let mut named = NAMED.captures_iter(&folded).filter_map(|found| {
        let number = found.get(1)?.as_str();
        let mut same = (0..criteria.len()).filter(|at| fold(&criteria[*at].number) == number);
        let first = same.next()?;
        same.next().is_none().then_some(first)
    });
    // A remark on several of them is not one's own.
    let first = named.next()?;
    named.all(|other| other == first).then_some(first)
}

/// What a remark speaks of that names nothing: in a cell across the table the section above it, else the criterion.
fn holder(criteria: &[Criterion], before: usize, cell: &TableCell) -> usize {
    if cell.column_span < 2 {
        return before;
    }
    let parent = criteria[before].parent.as_deref();
    let section = parent.and_then(|id| criteria.iter().position(|c| c.id == id));
    section.unwrap_or(before)
}
