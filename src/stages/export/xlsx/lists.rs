//! The sheets beside the form: rules, findings, facts.

use rust_xlsxwriter::{Worksheet, XlsxError};

use super::look::{self, Mark, Row};
use super::{NAMES, lines, make_room, put, sheet_name};
use crate::domain::{Document, Finding, Named};
use crate::stages::export::{Subject, words};

/// How the form reckons, for whoever fills it in.
const RECKONED: [&str; 4] = [
    "Chỉ nhập điểm vào ô nền vàng; điểm của mục và tổng điểm do công thức tính.",
    "Điểm của mục bằng tổng điểm các mục con, không quá điểm tối đa của mục.",
    "Điểm thưởng cộng thêm trong giới hạn của mục thưởng; điểm trừ nhập 2 hay -2 đều là trừ 2.",
    "Điểm của một mục và tổng điểm không xuống dưới 0.",
];

/// Every rule as it was understood, beside its own words.
pub(super) fn rules(sheet: &mut Worksheet, subjects: &[Subject]) -> Result<(), XlsxError> {
    sheet.set_name(NAMES.rules)?;
    for (row, line) in RECKONED.into_iter().enumerate() {
        sheet.write_string_with_format(row as u32, 0, line, &look::text())?;
    }
    let header = RECKONED.len() as u32 + 1;
    let headers = [
        ("Thang điểm", 26),
        ("STT", 8),
        ("Tiêu chí", 44),
        ("Loại", 14),
        ("Điều kiện", 34),
        ("Điểm", 26),
        ("Nguyên văn", 60),
    ];
    heads(sheet, header, &headers)?;
    let mut row = header;
    let cell = look::cell(Row::Criterion, Mark::Plain);
    for (index, subject) in subjects.iter().enumerate() {
        let rubric = subject.rubric();
        let name = sheet_name(index, &rubric.title);
        for criterion in &rubric.criteria {
            for rule in &criterion.rules {
                row += 1;
                let texts = [
                    name.as_str(),
                    &criterion.number,
                    &criterion.title,
                    words::rule_kind(&rule.kind),
                    &words::condition(&rule.kind),
                    &words::gives(&rule.kind),
                    &rule.text,
                ];
                let high = texts
                    .iter()
                    .zip(headers)
                    .map(|(text, (_, width))| lines(text, width));
                make_room(sheet, row, high.max().unwrap_or(1))?;
                for (at, text) in texts.into_iter().enumerate() {
                    put(sheet, row, at as u16, text, &cell)?;
                }
            }
        }
    }
    sheet.set_freeze_panes(header + 1, 0)?;
    sheet.set_repeat_rows(header, header)?;
    Ok(())
}

/// What somebody should know about the decision or the reading.
pub(super) fn findings<'a>(
    sheet: &mut Worksheet,
    all: impl Iterator<Item = (String, &'a Finding)>,
) -> Result<(), XlsxError> {
    sheet.set_name(NAMES.findings)?;
    let headers = [
        ("Thang điểm", 26),
        ("Mức", 12),
        ("Thuộc về", 14),
        ("Mã lỗi", 24),
        ("Mục", 10),
        ("Trang", 8),
        ("Nội dung", 90),
    ];
    heads(sheet, 0, &headers)?;
    let cell = look::cell(Row::Criterion, Mark::Plain);
    for (index, (title, finding)) in all.enumerate() {
        let row = index as u32 + 1;
        let texts = [
            title.as_str(),
            words::severity(finding.severity),
            words::about(finding.about),
            finding.code.name(),
            finding.criterion.as_deref().unwrap_or_default(),
        ];
        for (at, text) in texts.into_iter().enumerate() {
            put(sheet, row, at as u16, text, &cell)?;
        }
        match finding.page {
            Some(page) => sheet.write_number_with_format(row, 5, page.get(), &cell)?,
            None => sheet.write_blank(row, 5, &cell)?,
        };
        put(sheet, row, 6, &finding.message, &cell)?;
        let (title_width, message_width) = (headers[0].1, headers[6].1);
        let high = lines(&title, title_width).max(lines(&finding.message, message_width));
        make_room(sheet, row, high)?;
    }
    sheet.set_freeze_panes(1, 0)?;
    sheet.set_repeat_rows(0, 0)?;
    Ok(())
}

/// What is known of the decision and of the file.
pub(super) fn facts(
    sheet: &mut Worksheet,
    document: &Document,
    subjects: &[Subject],
) -> Result<(), XlsxError> {
    sheet.set_name(NAMES.facts)?;
    sheet.set_column_width(0, 24)?;
    sheet.set_column_width(1, 90)?;
    let status = subjects.first().map(|s| ("Trạng thái", s.status_vi()));
    let all = status.into_iter().chain(words::facts(document));
    for (row, (name, value)) in all.enumerate() {
        make_room(sheet, row as u32, lines(&value, 90))?;
        put(sheet, row as u32, 0, name, &look::cell(Row::Header, Mark::Plain))?;
        put(
            sheet,
            row as u32,
            1,
            &value,
            &look::cell(Row::Criterion, Mark::Plain),
        )?;
    }
    Ok(())
}

fn heads(sheet: &mut Worksheet, row: u32, headers: &[(&str, u16)]) -> Result<(), XlsxError> {
    for (at, (header, width)) in headers.iter().enumerate() {
        sheet.set_column_width(at as u16, *width)?;
        put(
            sheet,
            row,
            at as u16,
            header,
            &look::cell(Row::Header, Mark::Plain),
        )?;
    }
    Ok(())
}
