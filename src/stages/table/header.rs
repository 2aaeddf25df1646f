//! Which rows of a grid are its header.

use std::sync::LazyLock;

use regex::Regex;

use crate::domain::fold;
use crate::domain::{Row, TableCell};

/// What header cells say, folded; a header row has at least two of them.
static HEADING: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?x)^(?:(?:so\s)?s?tt|muc|ma)$ | noi\sdung | tieu\schi | chi\stieu | nhiem\svu
        | (?:^|\s)diem(?:\s|$) | chuan | toi\sda | minh\schung | ghi\schu | ho\sso | tai\slieu | cach\stinh | phuong\sphap
        | thuong | (?:^|\s)tru(?:\s|$) | don\svi | thoi\sgian | co\squan | tu\scham | tu\sdanh\sgia | tham\sdinh | ket\squa | thang
        | ^(?:item\s)?no\.?$ | criteri(?:on|a) | (?:max(?:imum)?|self)\s(?:score|points) | scoring | evidence | ^(?:notes|remarks)$",
    )
    .expect("a valid pattern")
});
static INDEX: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^\(?\d{1,2}\)?$").expect("a valid pattern"));
static NUMBERED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?:[IVX]{1,5}|\d{1,2}(?:\.\d{1,2})*|[A-ZĐ])[.)]?$").expect("a valid pattern")
});

/// How many rows at the top are header: 0 when the grid begins with data.
pub(super) fn rows(rows: &[Row]) -> usize {
    let Some(first) = rows.first() else {
        return 0;
    };
    if !is_heading(first) {
        return 0;
    }
    // Merged header cells reach down over the lines of a header in several lines.
    let deep = first
        .cells
        .iter()
        .map(|c| c.row_span)
        .max()
        .unwrap_or(1)
        .clamp(1, 4)
        .min(rows.len());
    let numbered = rows[..deep]
        .iter()
        .position(|r| r.cells.first().is_some_and(|c| NUMBERED.is_match(c.text.trim())));
    numbered.unwrap_or(deep).max(1)
}

fn is_heading(row: &Row) -> bool {
    let filled: Vec<&TableCell> = row.cells.iter().filter(|c| !c.is_empty()).collect();
    let known = filled
        .iter()
        .filter(|c| c.text.chars().count() < 80 && HEADING.is_match(&fold(&c.text)))
        .count();
    let numbered = row
        .cells
        .first()
        .is_some_and(|c| NUMBERED.is_match(c.text.trim()));
    !numbered && filled.len() >= 2 && (known >= 2 || known * 2 > filled.len())
}

/// The row that only counts the columns: `(1) (2) (3)`.
pub(super) fn is_index_row(row: &Row) -> bool {
    let filled: Vec<&str> = row
        .cells
        .iter()
        .map(|c| c.text.trim())
        .filter(|t| !t.is_empty())
        .collect();
    let number = |t: &str| t.trim_matches(['(', ')']).parse::<u32>().ok();
    filled.len() >= 3
        && filled.iter().all(|t| INDEX.is_match(t))
        && filled
            .windows(2)
            .all(|w| number(w[0]).zip(number(w[1])).is_some_and(|(a, b)| b == a + 1))
}

/// Several header lines as one, column by column, top to bottom; a cell merged over columns names each of them.
pub(super) fn flattened(rows: &[Row]) -> Vec<TableCell> {
    let columns = rows.first().map_or(0, |r| r.cells.len());
    let mut out: Vec<TableCell> = vec![
        TableCell {
            row_span: 1,
            column_span: 1,
            ..TableCell::default()
        };
        columns
    ];
    for row in rows {
        let mut at = 0;
        while at < columns {
            let cell = &row.cells[at];
            let over = cell.column_span.max(1).min(columns - at);
            for target in &mut out[at..at + over] {
                if cell.is_empty() {
                    continue;
                }
                if !target.text.is_empty() {
                    target.text.push(' ');
                }
                target.text.push_str(&cell.text.replace('\n', " "));
                target.words.extend(cell.words.iter().cloned());
                target.places.extend(&cell.places);
            }
            at += over;
        }
    }
    out
}

/// True when a later page repeats the header; reading errors are allowed for.
pub(super) fn repeats(header: &[TableCell], rows: &[Row]) -> bool {
    let text = |cells: &[TableCell]| {
        fold(
            &cells
                .iter()
                .map(|c| c.text.as_str())
                .collect::<Vec<_>>()
                .join(" "),
        )
    };
    let (a, b) = (text(header), text(&flattened(rows)));
    !a.is_empty() && strsim::normalized_levenshtein(&a, &b) > 0.7
}

/// A header that is printed again was read again: where the letters under the marks are the same, the surer reading stands.
pub(super) fn settle(header: &mut [TableCell], again: &[TableCell]) {
    let sure = |cell: &TableCell| {
        cell.words
            .iter()
            .map(|w| w.certainty.get())
            .reduce(f32::min)
            .unwrap_or(0.0)
    };
    for (cell, other) in header.iter_mut().zip(again) {
        let differs = cell.text != other.text && fold(&cell.text) == fold(&other.text);
        if differs && sure(other) > sure(cell) {
            *cell = TableCell {
                row_span: cell.row_span,
                column_span: cell.column_span,
                ..other.clone()
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Confidence, PixelBox, Reader, Word};

    #[test]
    fn of_a_header_printed_twice_the_surer_reading_stands() {
        let cell = |text: &str, certainty: f32| {
            let word = Word::new(
                text,
                PixelBox::default(),
                Confidence::new(certainty),
                Reader::LineReader,
            );
            TableCell {
                words: vec![word],
                ..TableCell::from_text(text)
            }
        };
        let mut header = [cell("CHUẤN", 0.9), cell("Điểm", 0.99), cell("STT", 0.5)];
        let again = [cell("CHUẨN", 0.99), cell("Điềm", 0.9), cell("SIT", 0.9)];
        settle(&mut header, &again);
        let texts = header.each_ref().map(|c| c.text.as_str());
        assert_eq!(texts, ["CHUẨN", "Điểm", "STT"]);
        assert_eq!(header[0].words[0].text, "CHUẨN");
    }
}
