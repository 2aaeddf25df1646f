use std::fmt::Write;

use quick_xml::escape::escape;

use super::{called_en, called_vi, named, points};
use crate::compare::{Change, Comparison, Fate, Side, Wording, wording};
use crate::domain::{Criterion, Rubric};

const STYLE: &str = "
:root { color-scheme: light; --ink: #18212b; --soft: #5b6875; --line: #d9e0e7; --bad: #a4262c; --good: #1d6b3a; }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.15rem; margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; } th, td { border: 1px solid var(--line); padding: .4rem .6rem; text-align: left; vertical-align: top; }
th { background: #f4f7f9; font-weight: 600; } .en { color: var(--soft); font-size: .85em; }
del { color: var(--bad); background: #fdecec; } ins { color: var(--good); background: #e8f5ec; }
del + ins { margin-left: .3em; } td p { margin: 0 0 .3rem; }
.number { font-variant-numeric: tabular-nums; white-space: nowrap; }
";

/// A page that stands alone: no script, nothing from elsewhere.
pub fn write(old: &str, new: &str, sides: &[Side<'_>]) -> String {
    let mut out = format!(
        "<!doctype html>\n<html lang=\"vi\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>So sánh hai bản rubric</title>\n<style>{STYLE}</style>\n\
         <h1>So sánh hai bản rubric <span class=\"en\">Two versions of a rubric</span></h1>\n\
         <p>Bản cũ: {} · Bản mới: {}</p>\n",
        escape(old),
        escape(new)
    );
    for side in sides {
        match side {
            Side::Added(rubric) => whole(&mut out, "Thêm bảng", "A table more", rubric),
            Side::Removed(rubric) => whole(&mut out, "Bỏ bảng", "A table less", rubric),
            Side::Both(comparison) => both(&mut out, comparison),
        }
    }
    out.push_str("</html>\n");
    out
}

// Writing to a String cannot fail, so the results of `write!` are dropped throughout.

fn whole(out: &mut String, vi: &str, en: &str, rubric: &Rubric) {
    let _ = writeln!(
        out,
        "<h2>{vi} <span class=\"en\">{en}</span>: {}</h2>",
        escape(&rubric.title)
    );
}

fn both(out: &mut String, comparison: &Comparison<'_>) {
    let _ = writeln!(out, "<h2>{}</h2>", escape(&comparison.new.title));
    if comparison.is_same() {
        out.push_str("<p>Không có gì thay đổi. <span class=\"en\">Nothing changed.</span></p>\n");
        return;
    }
    out.push_str(
        "<table>\n<tr><th>Tiêu chí <span class=\"en\">Criterion</span></th>\
         <th>Thay đổi <span class=\"en\">Change</span></th></tr>\n",
    );
    if !comparison.changes.is_empty() {
        out.push_str("<tr><td>Cả bảng <span class=\"en\">The whole table</span></td><td>");
        changes(out, &comparison.changes);
        out.push_str("</td></tr>\n");
    }
    for fate in comparison.touched() {
        row(out, fate);
    }
    out.push_str("</table>\n");
}

fn row(out: &mut String, fate: &Fate<'_>) {
    match fate {
        Fate::Added(new) => whole_row(out, "ins", "Thêm", "Added", new),
        Fate::Removed(old) => whole_row(out, "del", "Bỏ", "Removed", old),
        Fate::Kept {
            old,
            new,
            moved,
            changes: all,
        } => {
            let _ = write!(out, "<tr><td>{}</td><td>", escape(named(new)));
            if *moved {
                let _ = write!(
                    out,
                    "<p>Chuyển chỗ <span class=\"en\">Moved</span>: <del>{}</del> → <ins>{}</ins></p>",
                    escape(&old.id),
                    escape(&new.id)
                );
            }
            changes(out, all);
            out.push_str("</td></tr>\n");
        }
    }
}

/// A criterion that only one of the two has.
fn whole_row(out: &mut String, tag: &str, vi: &str, en: &str, criterion: &Criterion) {
    let _ = writeln!(
        out,
        "<tr><td><{tag}>{}</{tag}></td><td>{vi} <span class=\"en\">{en}</span> {}</td></tr>",
        escape(named(criterion)),
        points(criterion).unwrap_or_default()
    );
}

fn changes(out: &mut String, changes: &[Change]) {
    for change in changes {
        let words = if change.only_words {
            " – chỉ đổi lời <span class=\"en\">only the words</span>"
        } else {
            ""
        };
        let _ = write!(
            out,
            "<p><b>{}</b> <span class=\"en\">{}</span>{words}: ",
            called_vi(change.of),
            called_en(change.of)
        );
        // Two numbers side by side would be read as one.
        let alone = |text: &str| !text.contains(' ');
        if alone(&change.old) && alone(&change.new) {
            let _ = write!(
                out,
                "<del>{}</del> → <ins>{}</ins></p>",
                escape(&change.old),
                escape(&change.new)
            );
            continue;
        }
        for piece in wording(&change.old, &change.new) {
            let _ = match piece {
                Wording::Same(text) => write!(out, "{}", escape(&text)),
                Wording::Removed(text) => write!(out, "<del>{}</del>", escape(&text)),
                Wording::Added(text) => write!(out, "<ins>{}</ins>", escape(&text)),
            };
        }
        out.push_str("</p>");
    }
}
