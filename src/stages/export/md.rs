use std::fmt::Write;

use super::Subject;
use super::columns::{Column, Value};
use crate::domain::{Document, Finding, Metadata, Named, Rubric, Score, Severity};

/// The rubrics as tables with their findings, or the document's tables where there is no rubric.
pub(super) fn write(document: &Document, subjects: &[Subject]) -> Vec<u8> {
    let mut out = String::new();
    facts(&mut out, document);
    for subject in subjects {
        rubric(&mut out, *subject);
    }
    if subjects.is_empty() {
        for table in &document.tables {
            let header: Vec<String> = table.header.iter().map(|c| c.text.clone()).collect();
            let rows = table
                .rows
                .iter()
                .map(|row| row.cells.iter().map(|c| c.text.clone()).collect());
            grid(&mut out, &header, rows);
        }
    }
    findings(&mut out, "Lưu ý về văn bản", &document.findings);
    let mut text = out.trim_end().to_owned();
    text.push('\n');
    text.into_bytes()
}

// Writing to a String cannot fail, so the results of `write!` are dropped throughout.

fn facts(out: &mut String, document: &Document) {
    let Metadata {
        kind,
        number,
        date,
        issuer,
        title,
        signed_at,
    } = &document.metadata;
    let title = title.as_deref().unwrap_or(&document.source.file);
    let _ = writeln!(out, "# {}\n", escaped(title));
    let facts = [
        ("Loại văn bản", kind),
        ("Số, ký hiệu", number),
        ("Ngày ban hành", date),
        ("Cơ quan ban hành", issuer),
        ("Ký số lúc", signed_at),
    ];
    for (name, value) in facts {
        if let Some(value) = value {
            let _ = writeln!(out, "- {name}: {}", escaped(value));
        }
    }
    let _ = writeln!(
        out,
        "- Tệp: {} ({} trang)\n",
        escaped(&document.source.file),
        document.source.pages
    );
}

fn rubric(out: &mut String, subject: Subject) {
    let rubric = subject.rubric();
    let _ = writeln!(out, "## {}\n", escaped(&rubric.title));
    let _ = writeln!(out, "> **{}**\n", escaped(&subject.status_vi()));
    totals(out, rubric);
    let columns: Vec<Column> = Column::used(&Column::ALL, &rubric.criteria)
        .into_iter()
        .filter(|column| !matches!(column, Column::Id | Column::Parent))
        .collect();
    let header: Vec<String> = columns.iter().map(|c| c.header().to_owned()).collect();
    let rows = rubric.criteria.iter().map(|criterion| {
        let text = |column: &Column| match column.value(criterion) {
            Value::Empty => String::new(),
            Value::Text(text) => text.into_owned(),
            Value::Points(points) => points.to_vietnamese(),
        };
        columns.iter().map(text).collect()
    });
    grid(out, &header, rows);
    findings(out, "Lưu ý", &rubric.findings);
}

fn totals(out: &mut String, rubric: &Rubric) {
    if let Some(units) = &rubric.applies_to {
        let _ = writeln!(out, "- Áp dụng cho: {}", escaped(units));
    }
    let points = |score: Option<Score>| score.map_or("không ghi".to_owned(), Score::to_vietnamese);
    let _ = writeln!(out, "- Điểm tối đa: {}", points(rubric.max_score));
    if rubric.bonus_max.is_some() {
        let _ = writeln!(out, "- Điểm thưởng tối đa: {}", points(rubric.bonus_max));
    }
    out.push('\n');
}

fn grid(out: &mut String, header: &[String], rows: impl Iterator<Item = Vec<String>>) {
    let line = |cells: &[String]| {
        let cells: Vec<String> = cells.iter().map(|c| escaped(c)).collect();
        format!("| {} |\n", cells.join(" | "))
    };
    out.push_str(&line(header));
    let _ = writeln!(out, "|{}", " --- |".repeat(header.len()));
    for row in rows {
        out.push_str(&line(&row));
    }
    out.push('\n');
}

fn findings(out: &mut String, heading: &str, findings: &[Finding]) {
    if findings.is_empty() {
        return;
    }
    let _ = writeln!(out, "### {heading}\n");
    for finding in findings {
        let severity = match finding.severity {
            Severity::Error => "LỖI",
            Severity::Warning => "cảnh báo",
            Severity::Info => "thông tin",
        };
        let _ = write!(out, "- **{severity}** `{}`", finding.code.name());
        if let Some(criterion) = &finding.criterion {
            let _ = write!(out, " mục {}", escaped(criterion));
        }
        if let Some(page) = finding.page {
            let _ = write!(out, " (trang {page})");
        }
        let _ = writeln!(out, ": {}", escaped(&finding.message));
    }
    out.push('\n');
}

/// Signs that Markdown or HTML would take for their own, kept as signs; line ends as breaks within the cell.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | '|' | '*' | '_' | '`' | '[' | ']' | '#' => out.extend(['\\', c]),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\n' => out.push_str("<br>"),
            '\r' => {}
            c => out.push(c),
        }
    }
    out
}
