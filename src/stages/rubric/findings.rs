//! What building the rubric itself leaves to be said: columns that the header did not name.

use crate::domain::{About, ColumnRole, Finding, FindingCode, Rubric, Said, Severity, Table};

use super::columns::Layout;

/// Says which columns were told by their content, and which are of no known kind.
pub fn layout(rubric: &mut Rubric, layout: &Layout, table: &Table) {
    for &at in &layout.by_content {
        let Some(column) = layout.columns.get(at) else {
            continue;
        };
        let (vi, en) = match column.role {
            ColumnRole::Number => ("số thứ tự", "numbers"),
            ColumnRole::MaxScore => ("điểm tối đa", "maximum scores"),
            _ => ("nội dung tiêu chí", "criteria"),
        };
        let said = Said::new(
            format!(
                "Tiêu đề cột {} (“{}”) không nhận ra được; cột được hiểu là cột {vi} theo nội dung bên dưới. Hãy đối chiếu tiêu đề cột với bản gốc.",
                at + 1,
                column.header
            ),
            format!(
                "The header of column {} (\"{}\") is not known; the column was taken as the {en} by what stands below. Compare the header with the scan.",
                at + 1,
                column.header
            ),
        );
        let finding = on_column(table, at, FindingCode::UnknownLayout, Severity::Warning, said);
        rubric.findings.push(finding);
    }
    unknown(rubric, layout, table);
}

/// Says which columns hold something that no header names; their words are kept as notes.
fn unknown(rubric: &mut Rubric, layout: &Layout, table: &Table) {
    for (at, column) in layout.columns.iter().enumerate() {
        let mut body = table.rows[layout.header_rows..]
            .iter()
            .filter_map(|r| r.cells.get(at));
        if column.role != ColumnRole::Other || column.header.is_empty() || body.all(|c| c.is_empty()) {
            continue;
        }
        let said = Said::new(
            format!(
                "Cột {} (“{}”) không thuộc loại cột nào đã biết; nội dung của cột được giữ trong ghi chú của từng tiêu chí.",
                at + 1,
                column.header
            ),
            format!(
                "Column {} (\"{}\") is of no known kind; what it holds is kept in the notes of each criterion.",
                at + 1,
                column.header
            ),
        );
        let finding = on_column(table, at, FindingCode::UnknownColumn, Severity::Info, said);
        rubric.findings.push(finding);
    }
}

fn on_column(table: &Table, at: usize, code: FindingCode, severity: Severity, said: Said) -> Finding {
    let place = table.header.get(at).and_then(|c| c.places.first());
    Finding {
        code,
        about: About::Reading,
        severity,
        criterion: None,
        field: None,
        page: place.map(|p| p.0).or(table.pages.first().copied()),
        bbox: place.map(|p| p.1),
        message: said.vi,
        message_en: said.en,
    }
}
