//! What building the rubric itself leaves to be said: columns that the header did not name.

use crate::domain::{About, ColumnRole, Finding, FindingCode, Rubric, Severity, Table};

use super::columns::Layout;

/// Says which columns were told by their content, and when no column holds a maximum.
pub fn layout(rubric: &mut Rubric, layout: &Layout, table: &Table) {
    for column in &layout.by_content {
        let Some(found) = layout.columns.get(*column) else {
            continue;
        };
        let place = table.header.get(*column).and_then(|c| c.places.first());
        let (vi, en) = match found.role {
            ColumnRole::Number => ("số thứ tự", "numbers"),
            ColumnRole::MaxScore => ("điểm tối đa", "maximum scores"),
            _ => ("nội dung tiêu chí", "criteria"),
        };
        rubric.findings.push(Finding {
            code: FindingCode::UnknownLayout,
            about: About::Reading,
            severity: Severity::Warning,
            criterion: None,
            field: None,
            page: place.map(|p| p.0).or(table.pages.first().copied()),
            bbox: place.map(|p| p.1),
            message: format!(
                "Tiêu đề cột {} (“{}”) không nhận ra được; cột được hiểu là cột {vi} theo nội dung bên dưới. Hãy đối chiếu tiêu đề cột với bản gốc.",
                column + 1,
                found.header
            ),
            message_en: format!(
                "The header of column {} (\"{}\") is not known; the column was taken as the {en} by what stands below. Compare the header with the scan.",
                column + 1,
                found.header
            ),
        });
    }
    unknown(rubric, layout, table);
}

/// Says which columns hold something that no header names; their words are kept as notes.
fn unknown(rubric: &mut Rubric, layout: &Layout, table: &Table) {
    for (at, column) in layout.columns.iter().enumerate() {
        let filled = table.rows[layout.header_rows..]
            .iter()
            .filter_map(|r| r.cells.get(at));
        let empty = filled.into_iter().all(|c| c.is_empty());
        if column.role != ColumnRole::Other || column.header.is_empty() || empty {
            continue;
        }
        let place = table.header.get(at).and_then(|c| c.places.first());
        rubric.findings.push(Finding {
            code: FindingCode::UnknownColumn,
            about: About::Reading,
            severity: Severity::Info,
            criterion: None,
            field: None,
            page: place.map(|p| p.0).or(table.pages.first().copied()),
            bbox: place.map(|p| p.1),
            message: format!(
                "Cột {} (“{}”) không thuộc loại cột nào đã biết; nội dung của cột được giữ trong ghi chú của từng tiêu chí.",
                at + 1,
                column.header
            ),
            message_en: format!(
                "Column {} (\"{}\") is of no known kind; what it holds is kept in the notes of each criterion.",
                at + 1,
                column.header
            ),
        });
    }
}
