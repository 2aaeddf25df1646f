//! What each row of a scoring table is: a head with a number, what follows it, a total, or nothing.

use std::sync::LazyLock;

use regex::Regex;

use crate::domain::{ColumnRole, Row, Score, Table, fold, fold_aligned};

use super::columns::Layout;
use super::notes;
use super::number::Numbering;

/// A row, classified.
#[derive(Debug, Clone, PartialEq)]
pub enum RowKind {
    /// Column numbers, a repeated header, or nothing at all.
    Skip,
    /// `TỔNG ĐIỂM`: what the document declares as the whole.
    Total,
    /// Opens a section or criterion.
    Head(Head),
    /// Belongs to the head above: a bullet, a level.
    Follow,
    /// A remark on a criterion or section above.
    Remark,
}

/// The opening of a section or criterion.
#[derive(Debug, Clone, PartialEq)]
pub struct Head {
    /// As it stands in the cell; empty where there is none.
    pub number: String,
    /// The title cell's text (without the number, where that stood in it), paragraphs by `\n`.
    pub title: String,
    /// The column that the title was read from.
    pub title_column: usize,
    pub place: NumberPlace,
    pub width: Width,
}

/// Where a head's number stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NumberPlace {
    Own(usize),
    /// In front of the title, in the same cell.
    InTitle,
    Nowhere,
}

/// Whether a head is one wide cell or has cells of its own beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Width {
    Wide,
    Celled,
}

static IN_TITLE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^\s*((?:(?i:phần|mục|nhóm|tiêu chí)\s+)?(?:[IVX]+|[A-ZĐ]|\d{1,2}(?:\.\d{1,2})*|[a-zđ]))(?:\s*[.):/]\s*|\s+[-–]\s+|\s+)(\S.*)$")
        .expect("a fixed pattern")
});

/// Splits a number from the title that follows it in one cell: `II Đơn vị cấp thị xã`, `1. Đi học`.
/// A bare number followed by a space counts only when it is Roman or dotted: `95 văn bản` has none.
pub fn number_in_front(text: &str) -> Option<(String, String)> {
    let (first, rest) = text.split_once('\n').map_or((text, None), |(a, b)| (a, Some(b)));
    let found = IN_TITLE.captures(first)?;
    let (number, title) = (found.get(1)?, found.get(2)?);
    let between = &first[number.end()..title.start()];
    let numbering = Numbering::parse(number.as_str())?;
    let closed = between.contains(['.', ')', ':', '/']) || between.trim().starts_with(['-', '–']);
    let speaks = closed
        || matches!(number.as_str().chars().next(), Some('I' | 'V' | 'X')) && numbering.heads_a_section()
        || number.as_str().contains('.');
    let prefixed = number.as_str() != numbering.text;
    if !(speaks || prefixed)
        || title.as_str().starts_with(|c: char| c.is_ascii_digit()) && !between.contains(' ')
    {
        return None;
    }
    let mut title = title.as_str().trim().to_owned();
    if let Some(rest) = rest {
        title.push('\n');
        title.push_str(rest);
    }
    Some((number.as_str().trim().to_owned(), title))
}

/// Classifies every row of the body.
pub fn classify(table: &Table, layout: &Layout) -> Vec<RowKind> {
    let mut kinds = Vec::with_capacity(table.rows.len());
    let mut last_number = String::new();
    for (at, row) in table.rows.iter().enumerate() {
        let kind = if at < layout.header_rows {
            RowKind::Skip
        } else {
            kind_of(row, layout, &last_number)
        };
        if let RowKind::Head(head) = &kind {
            last_number.clone_from(&head.number);
        }
        kinds.push(kind);
    }
    open_groups(&mut kinds, table, layout);
    kinds
}

/// A row of words alone under which the numbers begin again heads a group of its own, though nothing numbers it and it is
/// not in capitals: in bold, which no reader tells.
fn open_groups(kinds: &mut [RowKind], table: &Table, layout: &Layout) {
    let Some(title_column) = layout.column(ColumnRole::Title) else {
        return;
    };
    let number = |kind: &RowKind| match kind {
        RowKind::Head(head) => Numbering::parse(&head.number),
        _ => None,
    };
    let mut last: Option<Numbering> = None;
    for at in 0..kinds.len() {
        last = number(&kinds[at]).or(last);
        let begins = kinds
            .get(at + 1)
            .and_then(number)
            .filter(|next| next.ordinal() == 1);
        let begins_again = match (begins, &last) {
            (Some(next), Some(last)) => next.is_in_list_of(last),
            (Some(next), None) => next.is_plain() && !next.heads_a_section(),
            (None, _) => false,
        };
        if kinds[at] != RowKind::Follow || !begins_again {
            continue;
        }
        if let Some(title) = words_alone(&table.rows[at], title_column) {
            kinds[at] = RowKind::Head(Head {
                number: String::new(),
                title,
                title_column,
                place: NumberPlace::Nowhere,
                width: Width::Wide,
            });
        }
    }
}

/// The words of a row that has nothing else, if they may be a heading.
fn words_alone(row: &Row, title_column: usize) -> Option<String> {
    let filled = |(at, c): &(usize, &crate::domain::TableCell)| *at != title_column && !c.is_empty();
    let title = row.cells.get(title_column)?.text.trim();
    let heads =
        title.chars().next().is_some_and(char::is_uppercase) && !title.ends_with([':', '.', ';', ',']);
    let alone = !row.cells.iter().enumerate().any(|cell| filled(&cell));
    (alone && heads && title.chars().count() <= 120).then(|| title.to_owned())
}

fn kind_of(row: &Row, layout: &Layout, last_number: &str) -> RowKind {
    let text = |column: Option<usize>| {
        column
            .and_then(|c| row.cells.get(c))
            .map_or("", |c| c.text.trim())
    };
    let number_column = layout.column(ColumnRole::Number);
    let title_column = layout.column(ColumnRole::Title).unwrap_or(0);
    let (number, title) = (text(number_column), text(Some(title_column)));
    if row.cells.iter().all(|c| c.is_empty()) || counts_columns(row) || repeats_header(row, layout) {
        return RowKind::Skip;
    }
    let label = if title.is_empty() { number } else { title };
    let score = has_score(row, layout);
    let bullet = is_bullet(number);
    if !bullet
        && is_total(label, score)
        && (number.is_empty() || title.is_empty() || Numbering::parse(number).is_some())
    {
        return RowKind::Total;
    }
    let others_empty = row
        .cells
        .iter()
        .enumerate()
        .all(|(i, c)| Some(i) == number_column || i == title_column || c.is_empty());
    let head = |number: String, title: String, title_column, place, width| {
        RowKind::Head(Head {
            number,
            title,
            title_column,
            place,
            width,
        })
    };
    if others_empty && (number.is_empty() || title.is_empty()) && notes::is_remark(label) {
        return RowKind::Remark;
    }
    let width = if others_empty { Width::Wide } else { Width::Celled };
    let merged_over = number_column
        .and_then(|c| row.cells.get(c))
        .is_some_and(|c| c.row_span == 0);
    match number_column {
        Some(column) if title.is_empty() && !number.is_empty() && !bullet => match number_in_front(number) {
            Some((number, title)) => head(number, title, column, NumberPlace::InTitle, width),
            None if number.chars().count() > 12 => head(
                String::new(),
                number.to_owned(),
                column,
                NumberPlace::Nowhere,
                Width::Wide,
            ),
            // A lone number with nothing beside it: the rest of its row was not read.
            None => head(
                number.to_owned(),
                String::new(),
                title_column,
                NumberPlace::Own(column),
                width,
            ),
        },
        Some(_) if bullet && !(score && is_noise(number)) => RowKind::Follow,
        Some(_)
            if merged_over || !number.is_empty() && number == last_number && starts_with_bullet(title) =>
        {
            RowKind::Follow
        }
        // Specks beside a score: the number itself was not read.
        Some(_) if bullet => head(
            String::new(),
            title.to_owned(),
            title_column,
            NumberPlace::Nowhere,
            Width::Celled,
        ),
        Some(column) if !number.is_empty() => head(
            number.to_owned(),
            title.to_owned(),
            title_column,
            NumberPlace::Own(column),
            width,
        ),
        _ => {
            let numbered = number_in_front(title);
            if let Some((number, title)) =
                numbered.filter(|_| number_column.is_none() || score || is_upper(title) && others_empty)
            {
                head(number, title, title_column, NumberPlace::InTitle, width)
            } else if title.is_empty() {
                RowKind::Follow
            } else if score && !starts_with_bullet(title) {
                head(
                    String::new(),
                    title.to_owned(),
                    title_column,
                    NumberPlace::Nowhere,
                    Width::Celled,
                )
            } else if others_empty && is_upper(title) && !starts_with_bullet(title) {
                head(
                    String::new(),
                    title.to_owned(),
                    title_column,
                    NumberPlace::Nowhere,
                    Width::Wide,
                )
            } else {
                RowKind::Follow
            }
        }
    }
}

fn has_score(row: &Row, layout: &Layout) -> bool {
    [ColumnRole::MaxScore, ColumnRole::Bonus, ColumnRole::Deduction]
        .into_iter()
        .flat_map(|role| layout.all(role))
        .filter_map(|c| row.cells.get(c))
        .any(|c| !c.is_empty() && !is_bullet(&c.text) && c.row_span > 0)
}

/// `(1) (2) (3)`: most cells count the columns.
fn counts_columns(row: &Row) -> bool {
    let filled: Vec<(usize, String)> = row
        .cells
        .iter()
        .enumerate()
        .filter(|(_, c)| !c.is_empty())
        .map(|(i, c)| (i, c.text.chars().filter(char::is_ascii_digit).collect()))
        .collect();
    let short = row.cells.iter().all(|c| c.text.trim().chars().count() <= 9);
    let counted = filled
        .iter()
        .enumerate()
        .filter(|(rank, (column, digits))| {
            let first: String = digits.chars().take(2).collect();
            [rank + 1, column + 1]
                .iter()
                .any(|n| first == n.to_string() || digits.starts_with(&n.to_string()) && digits.len() > 2)
        })
        .count();
    short && filled.len() >= 3 && counted >= 3 && counted * 10 >= filled.len() * 6
}

fn repeats_header(row: &Row, layout: &Layout) -> bool {
    let pairs: Vec<f64> = row
        .cells
        .iter()
        .zip(&layout.columns)
        .filter(|(cell, column)| !cell.is_empty() || !column.header.is_empty())
        .map(|(cell, column)| strsim::normalized_levenshtein(&fold(&cell.text), &fold(&column.header)))
        .collect();
    pairs.len() >= 2 && pairs.iter().sum::<f64>() / pairs.len() as f64 >= 0.8
}

fn is_total(label: &str, score: bool) -> bool {
    let folded = fold(label);
    let words = folded.trim_matches(|c: char| !c.is_alphanumeric());
    let opens = ["tong diem", "tong cong", "tong so diem", "cong diem toi da"]
        .iter()
        .any(|p| words.starts_with(p));
    let alone = ["tong", "cong", "tong so"].contains(&words);
    (opens || alone)
        && (score || words.chars().count() <= 60)
        && !words.contains(" tru ")
        && words.chars().count() <= 90
}

/// A mark that opens an item of a list: `-`, `+`, `•`.
pub fn is_bullet(text: &str) -> bool {
    let text = text.trim();
    !text.is_empty() && text.chars().count() <= 3 && !text.chars().any(char::is_alphanumeric)
}

/// Marks that no list opens with: specks and rulings read as letters.
fn is_noise(text: &str) -> bool {
    !text.chars().any(|c| "-+*•–—●○▪◦".contains(c))
}

pub fn starts_with_bullet(text: &str) -> bool {
    text.trim_start()
        .starts_with(['-', '+', '•', '*', '–', '—', '●', '▪', '◦'])
}

/// Mostly capital letters, and more than a code.
pub fn is_upper(text: &str) -> bool {
    let first = text.lines().next().unwrap_or("");
    let letters: Vec<char> = first.chars().filter(|c| c.is_alphabetic()).collect();
    let upper = letters.iter().filter(|c| c.is_uppercase()).count();
    letters.len() >= 6 && upper * 10 >= letters.len() * 8
}

/// How a score cell reads.
#[derive(Debug, Clone, PartialEq)]
pub enum ScoreReading {
    Empty,
    Exact(Score),
    /// A number in it is likely, but something had to be set right: never to be trusted unseen.
    Repaired(Score, String),
    /// Ink that is no number.
    Unreadable,
}

static SCORE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?:toi da|diem toi da|khong qua)?\s*([+-]?)\s*(\d{1,4}(?:[.,]\d{1,3})?)\s*(?:diem|d)?$")
        .expect("a fixed pattern")
});

/// Reads a score cell: a bare number, with or without its unit; letters that look like digits are
/// set right, and said so.
pub fn read_score(text: &str) -> ScoreReading {
    let folded = fold_aligned(text.trim());
    let text = folded.trim();
    if text.is_empty() || is_bullet(text) && !text.contains('!') && !text.contains('|') {
        return ScoreReading::Empty;
    }
    let number = |text: &str| {
        let found = SCORE.captures(text)?;
        Score::parse_vietnamese(found.get(2)?.as_str())
    };
    if let Some(score) = number(text) {
        return ScoreReading::Exact(score);
    }
    // A ruling line at the edge of the cell reads as a stroke.
    let within = if text.chars().any(|c| c.is_ascii_digit()) {
        text.trim_matches(['|', ' '])
    } else {
        text
    };
    let mended: String = within
        .chars()
        .filter(|c| {
            !c.is_whitespace()
                && !matches!(
                    c,
                    '_' | '\'' | '"' | '`' | '~' | ';' | ':' | '[' | ']' | '(' | ')' | '{' | '}'
                )
        })
        .map(|c| match c {
            'l' | 'i' | '|' | '!' => '1',
            'o' | 'q' => '0',
            's' => '5',
            'b' => '8',
            'z' => '2',
            other => other,
        })
        .collect();
    let mended = mended.trim_matches(|c: char| !c.is_ascii_digit());
    let digits_kept = text.chars().filter(char::is_ascii_digit).count();
    match number(mended) {
        Some(score) if text.chars().count() <= 6 && (digits_kept > 0 || mended.len() == 1) => {
            ScoreReading::Repaired(score, format!("letters read as digits: {text}"))
        }
        _ => ScoreReading::Unreadable,
    }
}

/// True when the number carries a minus: points taken.
pub fn is_negative(text: &str) -> bool {
    let folded = fold_aligned(text.trim());
    SCORE
        .captures(&folded)
        .is_some_and(|found| found.get(1).is_some_and(|sign| sign.as_str() == "-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn score_cells_are_exact_repaired_or_refused() {
        let score = |text: &str| Score::parse_vietnamese(text).expect("a number");
        let check = |text: &str, expect: ScoreReading| assert_eq!(read_score(text), expect, "{text:?}");
        check("1,5", ScoreReading::Exact(score("1,5")));
        check("3,0", ScoreReading::Exact(score("3")));
        check("10 điểm", ScoreReading::Exact(score("10")));
        check("5đ", ScoreReading::Exact(score("5")));
        check("Tối đa 5 điểm", ScoreReading::Exact(score("5")));
        check("-5", ScoreReading::Exact(score("5")));
        check("", ScoreReading::Empty);
        check("-", ScoreReading::Empty);
        check("Theo quy định", ScoreReading::Unreadable);
        check("5 - 10", ScoreReading::Unreadable);
        let repaired = |text: &str, expect: &str| match read_score(text) {
            ScoreReading::Repaired(got, _) => assert_eq!(got, score(expect), "{text:?}"),
            other => panic!("{text:?} read as {other:?}"),
        };
        repaired("l", "1");
        repaired("l,5", "1,5");
        repaired("1O", "10");
        repaired("1 ,5", "1,5");
        repaired("1,", "1");
        repaired("10|", "10");
        assert!(is_negative("-0,5 điểm") && !is_negative("0,5"));
    }

    #[test]
    fn a_number_in_front_of_a_title_is_split_off() {
        let check = |text: &str, expect: Option<(&str, &str)>| {
            let got = number_in_front(text);
            assert_eq!(
                got.as_ref().map(|(a, b)| (a.as_str(), b.as_str())),
                expect,
                "{text:?}"
            );
        };
        check(
            "II Đơn vị cấp thị xã (15 tiêu chí)",
            Some(("II", "Đơn vị cấp thị xã (15 tiêu chí)")),
        );
        check("1. Đi học đúng giờ", Some(("1", "Đi học đúng giờ")));
        check("1.2 Có kế hoạch", Some(("1.2", "Có kế hoạch")));
        check("a) Có kế hoạch", Some(("a", "Có kế hoạch")));
        check("A. PHẦN CHUNG\nhai dòng", Some(("A", "PHẦN CHUNG\nhai dòng")));
        check("Phần I: Công tác chung", Some(("Phần I", "Công tác chung")));
        check("95 văn bản trao đổi", None);
        check("95% văn bản trao đổi", None);
        check("1,5 điểm", None);
        check("Có kế hoạch", None);
    }

    #[test]
    fn rows_that_count_the_columns_are_no_criteria() {
        let row = |texts: &[&str]| Row {
            cells: texts
                .iter()
                .map(|t| crate::domain::TableCell::from_text(*t))
                .collect(),
        };
        assert!(counts_columns(&row(&["(1)", "(2)", "(3)", "(4)", "(5)"])));
        assert!(counts_columns(&row(&["1", "2", "3", "4"])));
        assert!(counts_columns(&row(&["(1)", "{2)", "(8)", "(4", "(5)"])));
        assert!(!counts_columns(&row(&["1", "Kế hoạch", "3", ""])));
        assert!(!counts_columns(&row(&["1", "", "2", "2"])));
    }
}
