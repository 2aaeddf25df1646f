//! A workbook that somebody fills in and hands in: one form a rubric, then the rules, the findings, the facts.

mod criteria;
mod lists;
mod look;

use rust_xlsxwriter::{DocProperties, Format, Workbook, Worksheet, XlsxError};

use self::look::{Mark, Row};
use super::plain::plain;
use super::{ExportError, Subject};
use crate::domain::{Document, Score};

/// Excel's limit on a sheet's name.
const NAME_LENGTH: usize = 31;
/// Excel's limit on a cell's text, in UTF-16 units.
const CELL_LENGTH: usize = 32_767;
/// What a cell ends with that could not hold all of its text.
const CUT: &str = "… [ô quá dài: xem đầy đủ trong bản JSON]";
/// Excel's limit on what is printed over every page.
const HEADER_LENGTH: usize = 255;

/// The sheets that are there once.
struct SheetNames {
    rules: &'static str,
    findings: &'static str,
    facts: &'static str,
}

const NAMES: SheetNames = SheetNames {
    rules: "Cách tính điểm",
    findings: "Phát hiện",
    facts: "Văn bản",
};

/// One sheet a rubric, then the rules, the findings, the facts about the document.
pub(super) fn write(document: &Document, subjects: &[Subject]) -> Result<Vec<u8>, ExportError> {
    let mut workbook = Workbook::new();
    let title = document.metadata.title.as_ref().unwrap_or(&document.source.file);
    // Excel's limit on a property.
    let title: String = plain(title).chars().take(255).collect();
    workbook.set_properties(&DocProperties::new().set_title(title));
    for (index, subject) in subjects.iter().enumerate() {
        let sheet = workbook.add_worksheet();
        sheet.set_name(sheet_name(index, &subject.rubric().title))?;
        criteria::write(sheet, *subject)?;
    }
    if subjects.is_empty() {
        for (index, table) in document.tables.iter().enumerate() {
            let sheet = workbook.add_worksheet();
            sheet.set_name(format!("Bảng {}", index + 1))?;
            let rows = std::iter::once(&table.header).chain(table.rows.iter().map(|row| &row.cells));
            for (row, cells) in rows.enumerate() {
                let kind = if row == 0 { Row::Header } else { Row::Criterion };
                for (column, cell) in cells.iter().enumerate() {
                    put(
                        sheet,
                        row as u32,
                        column as u16,
                        &cell.text,
                        &look::cell(kind, Mark::Plain),
                    )?;
                }
            }
            sheet.set_freeze_panes(1, 0)?;
            sheet.set_repeat_rows(0, 0)?;
        }
    } else {
        lists::rules(workbook.add_worksheet(), subjects)?;
    }
    let named = subjects
        .iter()
        .enumerate()
        .map(|(i, s)| (sheet_name(i, &s.rubric().title), s.rubric()));
    let all = named
        .flat_map(|(name, rubric)| rubric.findings.iter().map(move |f| (name.clone(), f)))
        .chain(document.findings.iter().map(|f| (String::new(), f)));
    lists::findings(workbook.add_worksheet(), all)?;
    lists::facts(workbook.add_worksheet(), document, subjects)?;
    let status = subjects.first().map(|s| s.status_vi()).unwrap_or_default();
    for sheet in workbook.worksheets_mut() {
        printed(sheet, &status);
    }
    Ok(workbook.save_to_buffer()?)
}

/// A4 across, as wide as one page, with the status above and the page's number below.
fn printed(sheet: &mut Worksheet, status: &str) {
    const A4: u8 = 9;
    sheet
        .set_landscape()
        .set_paper_size(A4)
        .set_print_fit_to_pages(1, 0)
        .set_margins(0.5, 0.4, 0.6, 0.6, 0.3, 0.3)
        .set_footer("&C&P/&N");
    if !status.is_empty() {
        // An ampersand begins an order to the printer, two are the sign itself.
        let status = plain(status).replace('&', "&&").replace('\n', " ");
        let most = HEADER_LENGTH - 4;
        sheet.set_header(format!("&C&B{}", status.chars().take(most).collect::<String>()));
    }
}

/// Lines that a text takes in a column of this width, which counts in digits. Small letters are narrower than a digit
/// by a good tenth, capitals wider by a fifth.
fn lines(text: &str, width: u16) -> usize {
    const SMALL: usize = 3;
    const CAPITAL: usize = 4;
    let width = usize::from(width.max(1)) * SMALL * 9 / 8;
    let wide = |c: char| if c.is_uppercase() { CAPITAL } else { SMALL };
    text.lines()
        .map(|line| line.chars().map(wide).sum::<usize>().div_ceil(width).max(1))
        .sum()
}

/// Makes a row as high as its lines: not every program finds that out by itself, and none from merged cells.
fn make_room(sheet: &mut Worksheet, row: u32, lines: usize) -> Result<(), XlsxError> {
    /// In points, at the size of the text.
    const LINE_HEIGHT: f64 = 16.0;
    /// Excel's limit on the height of a row.
    const MOST: f64 = 409.0;
    sheet.set_row_height(row, (lines.max(1) as f64 * LINE_HEIGHT).min(MOST))?;
    Ok(())
}

/// A string is never run as a formula: the file says which cells are strings.
fn put(sheet: &mut Worksheet, row: u32, column: u16, text: &str, format: &Format) -> Result<(), XlsxError> {
    if text.is_empty() {
        sheet.write_blank(row, column, format)?;
    } else {
        sheet.write_string_with_format(row, column, cut(text), format)?;
    }
    Ok(())
}

fn put_points(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    points: Score,
    kind: Row,
    mark: Mark,
) -> Result<(), XlsxError> {
    match look::exact(points.0) {
        Some(number) => {
            sheet.write_number_with_format(row, column, number, &look::points(kind, mark, points))?
        }
        None => {
            sheet.write_string_with_format(row, column, points.to_vietnamese(), &look::cell(kind, mark))?
        }
    };
    Ok(())
}

/// What a cell can hold of a text; the rest is not dropped in silence.
fn cut(text: &str) -> String {
    let text = plain(text);
    let units = |text: &str| text.chars().map(char::len_utf16).sum::<usize>();
    if text.len() <= CELL_LENGTH || units(&text) <= CELL_LENGTH {
        return text.into_owned();
    }
    let mut left = CELL_LENGTH - units(CUT);
    let mut held: String = text
        .chars()
        .take_while(|c| {
            let fits = c.len_utf16() <= left;
            left = left.saturating_sub(c.len_utf16());
            fits
        })
        .collect();
    held.push_str(CUT);
    held
}

/// Unique, and without the signs that Excel forbids in a sheet's name.
fn sheet_name(index: usize, title: &str) -> String {
    let clean: String = plain(title)
        .chars()
        .map(|c| {
            if "[]:*?/\\'".contains(c) || c.is_control() {
                ' '
            } else {
                c
            }
        })
        .collect();
    let words: Vec<&str> = clean.split_whitespace().collect();
    let name = format!(
        "{}. {}",
        index + 1,
        if words.is_empty() {
            "Bộ tiêu chí".to_owned()
        } else {
            words.join(" ")
        }
    );
    name.chars()
        .take(NAME_LENGTH)
        .collect::<String>()
        .trim_end()
        .to_owned()
}
