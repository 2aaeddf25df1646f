use std::borrow::Cow;

use super::columns::{Column, Value};
use super::plain::plain;
use super::{ExportError, Subject};
use crate::domain::Document;

/// Without it, Excel takes UTF-8 for the system's old code page.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// Every criterion of every rubric, one a line; the columns are always the same. Points have a decimal dot.
pub(super) fn rubrics(subjects: &[Subject]) -> Result<Vec<u8>, ExportError> {
    let mut writer = csv::Writer::from_writer(BYTE_ORDER_MARK.to_vec());
    let headers = ["Bộ tiêu chí", "Trạng thái"]
        .into_iter()
        .chain(Column::ALL.map(Column::header));
    writer.write_record(headers)?;
    for subject in subjects {
        let rubric = subject.rubric();
        for criterion in &rubric.criteria {
            let facts = Column::ALL.map(|column| match column.value(criterion) {
                Value::Empty => String::new(),
                Value::Text(text) => harmless_cell(&text).into_owned(),
                Value::Points(points) => points.to_string(),
            });
            let face = [
                harmless_cell(&rubric.title).into_owned(),
                subject.status_short_vi().to_owned(),
            ];
            writer.write_record(face.iter().chain(&facts))?;
        }
    }
    Ok(finish(writer)?)
}

/// The tables of a document without a rubric, one under another with an empty line between.
pub(super) fn tables(document: &Document) -> Result<Vec<u8>, ExportError> {
    let mut writer = csv::WriterBuilder::new()
        .flexible(true)
        .from_writer(BYTE_ORDER_MARK.to_vec());
    for (index, table) in document.tables.iter().enumerate() {
        if index > 0 {
            writer.write_record([""])?;
        }
        let rows = std::iter::once(&table.header).chain(table.rows.iter().map(|row| &row.cells));
        for cells in rows {
            writer.write_record(cells.iter().map(|cell| harmless_cell(&cell.text).into_owned()))?;
        }
    }
    Ok(finish(writer)?)
}

fn finish(writer: csv::Writer<Vec<u8>>) -> Result<Vec<u8>, csv::Error> {
    writer
        .into_inner()
        .map_err(|e| csv::Error::from(std::io::Error::other(e.to_string())))
}

/// Spreadsheets run a cell that begins with one of these signs as a formula (some also with their wide forms); an
/// apostrophe keeps it text. Many cells begin with `- `: those of a list.
pub fn harmless_cell(text: &str) -> Cow<'_, str> {
    let text = plain(text);
    match text.trim_start().chars().next() {
        Some('=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠') => format!("'{text}").into(),
        _ if text.starts_with('\t') => format!("'{text}").into(),
        _ => text,
    }
}
