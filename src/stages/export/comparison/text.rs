use std::fmt::Write;

use super::{called_vi, named, points};
use crate::compare::{Change, Comparison, Fate, Side};
use crate::domain::{Criterion, Rubric};

/// Lines for a terminal: `+` added, `-` removed, `~` changed, `>` moved.
pub fn write(sides: &[Side<'_>]) -> String {
    let mut out = String::new();
    for side in sides {
        match side {
            Side::Added(rubric) => whole(&mut out, '+', "thêm bảng", rubric),
            Side::Removed(rubric) => whole(&mut out, '-', "bỏ bảng", rubric),
            Side::Both(comparison) => both(&mut out, comparison),
        }
    }
    out
}

// Writing to a String cannot fail, so the results of `write!` are dropped throughout.

fn whole(out: &mut String, sign: char, what: &str, rubric: &Rubric) {
    let _ = writeln!(
        out,
        "{sign} {what}: {} ({} dòng)",
        rubric.title,
        rubric.criteria.len()
    );
}

fn both(out: &mut String, comparison: &Comparison<'_>) {
    let _ = writeln!(out, "{}", comparison.new.title);
    if comparison.is_same() {
        let _ = writeln!(out, "  không có gì thay đổi");
        return;
    }
    changes(out, &comparison.changes);
    for fate in comparison.touched() {
        match fate {
            Fate::Added(new) => {
                let _ = writeln!(out, "+ {}", with_points(new));
            }
            Fate::Removed(old) => {
                let _ = writeln!(out, "- {}", with_points(old));
            }
            Fate::Kept {
                old,
                new,
                moved,
                changes: all,
            } => {
                let sign = if *moved { '>' } else { '~' };
                let _ = writeln!(out, "{sign} {}", named(new));
                if *moved {
                    let above = |c: &Criterion| c.parent.clone().unwrap_or_else(|| "ngoài cùng".to_owned());
                    let _ = writeln!(
                        out,
                        "    chuyển chỗ: {} ({}) → {} ({})",
                        old.id,
                        above(old),
                        new.id,
                        above(new)
                    );
                }
                changes(out, all);
            }
        }
    }
}

fn with_points(criterion: &Criterion) -> String {
    match points(criterion) {
        Some(points) => format!("{} [{points}]", named(criterion)),
        None => named(criterion),
    }
}

fn changes(out: &mut String, changes: &[Change]) {
    for change in changes {
        let shown = |text: &str| {
            if text.is_empty() {
                "(không có)".to_owned()
            } else {
                text.to_owned()
            }
        };
        let words = if change.only_words {
            " (chỉ đổi lời)"
        } else {
            ""
        };
        let _ = writeln!(
            out,
            "    {}{words}: {} → {}",
            called_vi(change.of),
            shown(&change.old),
            shown(&change.new)
        );
    }
}
