use rust_decimal::prelude::ToPrimitive;
use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError};

use super::columns::{Column, Value};
use super::{ExportError, Subject};
use crate::domain::{About, CriterionKind, Document, Finding, Metadata, Named, Score, Severity};

/// Excel's limit on a sheet's name.
const NAME_LENGTH: usize = 31;
/// Excel's limit on a cell's text.
const CELL_LENGTH: usize = 32_767;

struct Look {
    title: Format,
    status: Format,
    header: Format,
    text: Format,
    points: Format,
    section: Format,
    section_points: Format,
    doubtful: Format,
}

impl Look {
    fn new() -> Self {
        let cell = || {
            Format::new()
                .set_border(FormatBorder::Thin)
                .set_text_wrap()
                .set_align(FormatAlign::Top)
        };
        let points = || cell().set_num_format("0.###").set_align(FormatAlign::Right);
        Self {
            title: Format::new().set_bold().set_font_size(14),
            status: Format::new().set_bold().set_font_color(Color::RGB(0x00B0_1E1E)),
            header: cell()
                .set_bold()
                .set_align(FormatAlign::Center)
                .set_align(FormatAlign::VerticalCenter)
                .set_background_color(Color::RGB(0x00DD_E6F0)),
            text: cell(),
            points: points(),
            section: cell().set_bold().set_background_color(Color::RGB(0x00F2_F2F2)),
            section_points: points().set_bold().set_background_color(Color::RGB(0x00F2_F2F2)),
            doubtful: cell().set_background_color(Color::RGB(0x00FF_F0C2)),
        }
    }
}

/// One sheet a rubric, then the findings, then the facts about the document.
pub(super) fn write(document: &Document, subjects: &[Subject]) -> Result<Vec<u8>, ExportError> {
    let mut workbook = Workbook::new();
    let look = Look::new();
    for (index, subject) in subjects.iter().enumerate() {
        let sheet = workbook.add_worksheet();
        sheet.set_name(sheet_name(index, &subject.rubric().title))?;
        criteria(sheet, *subject, &look)?;
    }
    if subjects.is_empty() {
        for (index, table) in document.tables.iter().enumerate() {
            let sheet = workbook.add_worksheet();
            sheet.set_name(format!("Bảng {}", index + 1))?;
            let rows = std::iter::once(&table.header).chain(table.rows.iter().map(|row| &row.cells));
            for (row, cells) in rows.enumerate() {
                let format = if row == 0 { &look.header } else { &look.text };
                for (column, cell) in cells.iter().enumerate() {
                    put(sheet, row as u32, column as u16, &cell.text, format)?;
                }
            }
            sheet.set_freeze_panes(1, 0)?;
        }
    }
    let all = subjects
        .iter()
        .flat_map(|s| s.rubric().findings.iter().map(|f| (s.rubric().title.as_str(), f)))
        .chain(document.findings.iter().map(|f| ("", f)));
    findings(workbook.add_worksheet(), all, &look)?;
    facts(workbook.add_worksheet(), document, subjects, &look)?;
    Ok(workbook.save_to_buffer()?)
}

fn criteria(sheet: &mut Worksheet, subject: Subject, look: &Look) -> Result<(), XlsxError> {
    let rubric = subject.rubric();
    sheet.write_string_with_format(0, 0, cut(&rubric.title), &look.title)?;
    sheet.write_string_with_format(1, 0, subject.status_vi(), &look.status)?;
    let points = |score: Option<Score>| score.map_or("không ghi".to_owned(), Score::to_vietnamese);
    let mut totals = format!("Điểm tối đa: {}", points(rubric.max_score));
    if rubric.bonus_max.is_some() {
        totals.push_str(&format!("; điểm thưởng tối đa: {}", points(rubric.bonus_max)));
    }
    if let Some(units) = &rubric.applies_to {
        totals.push_str(&format!("; áp dụng cho: {units}"));
    }
    sheet.write_string(2, 0, cut(&totals))?;
    const HEADER_ROW: u32 = 4;
    let columns = Column::used(&rubric.criteria);
    for (at, column) in columns.iter().enumerate() {
        sheet.set_column_width(at as u16, column.width())?;
        sheet.write_string_with_format(HEADER_ROW, at as u16, column.header(), &look.header)?;
    }
    for (index, criterion) in rubric.criteria.iter().enumerate() {
        let row = HEADER_ROW + 1 + index as u32;
        let section = criterion.kind == CriterionKind::Section;
        for (at, column) in columns.iter().enumerate() {
            let at = at as u16;
            let (text, number) = if section {
                (&look.section, &look.section_points)
            } else {
                (&look.text, &look.points)
            };
            match column.value(criterion) {
                Value::Empty => {
                    sheet.write_blank(row, at, text)?;
                }
                Value::Points(points) => put_points(sheet, row, at, points, number)?,
                Value::Text(words) if *column == Column::Doubtful => {
                    put(sheet, row, at, &words, &look.doubtful)?
                }
                Value::Text(words) => put(sheet, row, at, &words, text)?,
            }
        }
    }
    sheet.set_freeze_panes(HEADER_ROW + 1, 0)?;
    if !columns.is_empty() && !rubric.criteria.is_empty() {
        let last = HEADER_ROW + rubric.criteria.len() as u32;
        sheet.autofilter(HEADER_ROW, 0, last, columns.len() as u16 - 1)?;
    }
    sheet
        .set_landscape()
        .set_paper_size(9)
        .set_print_fit_to_pages(1, 0);
    sheet.set_repeat_rows(HEADER_ROW, HEADER_ROW)?;
    Ok(())
}

fn findings<'a>(
    sheet: &mut Worksheet,
    all: impl Iterator<Item = (&'a str, &'a Finding)>,
    look: &Look,
) -> Result<(), XlsxError> {
    sheet.set_name("Lưu ý")?;
    let headers = [
        ("Bộ tiêu chí", 30),
        ("Mức", 12),
        ("Thuộc về", 14),
        ("Mã lỗi", 24),
        ("Mục", 10),
        ("Trang", 8),
        ("Nội dung", 90),
    ];
    for (at, (header, width)) in headers.into_iter().enumerate() {
        sheet.set_column_width(at as u16, width)?;
        sheet.write_string_with_format(0, at as u16, header, &look.header)?;
    }
    for (index, (title, finding)) in all.enumerate() {
        let row = index as u32 + 1;
        let severity = match finding.severity {
            Severity::Error => "lỗi",
            Severity::Warning => "cảnh báo",
            Severity::Info => "thông tin",
        };
        let about = match finding.about {
            About::Decision => "văn bản",
            About::Reading => "việc đọc",
        };
        let texts = [
            title,
            severity,
            about,
            finding.code.name(),
            finding.criterion.as_deref().unwrap_or_default(),
        ];
        for (at, text) in texts.into_iter().enumerate() {
            put(sheet, row, at as u16, text, &look.text)?;
        }
        match finding.page {
            Some(page) => sheet.write_number_with_format(row, 5, page.get(), &look.text)?,
            None => sheet.write_blank(row, 5, &look.text)?,
        };
        put(sheet, row, 6, &finding.message, &look.text)?;
    }
    sheet.set_freeze_panes(1, 0)?;
    Ok(())
}

fn facts(
    sheet: &mut Worksheet,
    document: &Document,
    subjects: &[Subject],
    look: &Look,
) -> Result<(), XlsxError> {
    sheet.set_name("Văn bản")?;
    sheet.set_column_width(0, 24)?;
    sheet.set_column_width(1, 90)?;
    let Metadata {
        kind,
        number,
        date,
        issuer,
        title,
        signed_at,
    } = document.metadata.clone();
    let status = subjects.first().map(|s| s.status_vi());
    let facts = [
        ("Trạng thái", status),
        ("Loại văn bản", kind),
        ("Số, ký hiệu", number),
        ("Ngày ban hành", date),
        ("Cơ quan ban hành", issuer),
        ("Trích yếu", title),
        ("Ký số lúc", signed_at),
        ("Tệp", Some(document.source.file.clone())),
        ("SHA-256", Some(document.source.sha256.clone())),
        ("Số trang", Some(document.source.pages.to_string())),
        ("Phiên bản sohoa", Some(document.pipeline.version.clone())),
        ("Bộ đọc", Some(document.pipeline.readers.join(", "))),
        ("Thành phần thiếu", Some(document.pipeline.missing.join("\n"))),
    ];
    let known = facts
        .into_iter()
        .filter_map(|(name, value)| Some((name, value.filter(|v| !v.is_empty())?)));
    for (row, (name, value)) in known.enumerate() {
        put(sheet, row as u32, 0, name, &look.header)?;
        put(sheet, row as u32, 1, &value, &look.text)?;
    }
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

/// Excel has nothing but binary floats; what it shows of a decimal of at most four and three digits is exact.
fn put_points(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    points: Score,
    format: &Format,
) -> Result<(), XlsxError> {
    match points.0.to_f64() {
        Some(number) => sheet.write_number_with_format(row, column, number, format)?,
        None => sheet.write_string_with_format(row, column, points.to_string(), format)?,
    };
    Ok(())
}

fn cut(text: &str) -> String {
    text.chars().take(CELL_LENGTH).collect()
}

/// Unique, and without the signs that Excel forbids in a sheet's name.
fn sheet_name(index: usize, title: &str) -> String {
    let clean: String = title
        .chars()
        .map(|c| if "[]:*?/\\'\n\r\t".contains(c) { ' ' } else { c })
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
