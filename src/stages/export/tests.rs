use std::io::{Cursor, Read};

use rust_decimal::Decimal;
use time::OffsetDateTime;

use super::*;
use crate::domain::*;
use crate::review::{Author, Draft};

fn points(text: &str) -> Option<Score> {
    Some(Score(Decimal::from_str_exact(text).unwrap()))
}

fn criterion(id: &str, title: &str) -> Criterion {
    Criterion {
        id: id.to_owned(),
        parent: None,
        number: id.to_owned(),
        kind: CriterionKind::Criterion,
        title: title.to_owned(),
        max_score: points("1.5"),
        bonus: None,
        deduction: None,
        rules: vec![Rule {
            kind: RuleKind::Text,
            text: "Từ 80% đến dưới 100%: 1 điểm".to_owned(),
        }],
        evidence: "- Kế hoạch".to_owned(),
        data_items: Vec::new(),
        period: None,
        method: None,
        notes: String::new(),
        self_score: None,
        verified_score: None,
        provenance: vec![Provenance {
            field: Field::MaxScore,
            page: PageNo::FIRST,
            bbox: PixelBox::new(1, 2, 3, 4),
            raw: "15".to_owned(),
            confidence: Confidence::new(0.5),
            readers: vec![Reader::Tesseract],
            candidates: Vec::new(),
            restored_by: None,
            doubtful: true,
        }],
    }
}

fn document() -> Document {
    let rubric = Rubric {
        title: "Thang điểm: [thi đua] | Bảng số 3".to_owned(),
        applies_to: Some("các sở, ngành".to_owned()),
        max_score: points("10"),
        criteria: vec![
            Criterion {
                kind: CriterionKind::Section,
                ..criterion("I", "Tham mưu, \"chỉ đạo\"")
            },
            criterion("1", "=HYPERLINK(\"http://x\")"),
            criterion("2", "Dòng một\nDòng | hai <b>"),
        ],
        findings: vec![Finding {
            code: FindingCode::SumMismatch,
            about: About::Decision,
            severity: Severity::Error,
            criterion: Some("I".to_owned()),
            field: None,
            page: Some(PageNo::FIRST),
            bbox: None,
            message: "Tổng là 9, ghi 10.".to_owned(),
            message_en: "The sum is 9, 10 is written.".to_owned(),
        }],
        ..Rubric::default()
    };
    Document {
        source: Source {
            file: "a.pdf".to_owned(),
            sha256: "0".repeat(64),
            pages: 2,
        },
        metadata: Metadata {
            number: Some("1420/KH-UBND".to_owned()),
            ..Metadata::default()
        },
        text: "Dòng một\nDòng hai".to_owned(),
        tables: vec![Table::from_texts(
            &["STT".to_owned(), "Nội dung".to_owned()],
            &[vec!["1".to_owned(), "-5".to_owned()]],
        )],
        rubrics: vec![rubric],
        ..Document::default()
    }
}

fn no_scan() -> Scan<'static> {
    Scan {
        original: &[],
        readings: &[],
        picture: &|_| None,
    }
}

fn text(format: Format, document: &Document) -> String {
    String::from_utf8(super::document(format, document, &no_scan()).unwrap()).unwrap()
}

/// The unpacked parts of a spreadsheet.
fn sheet_part(xlsx: &[u8], name: &str) -> String {
    let mut archive = zip::ZipArchive::new(Cursor::new(xlsx)).unwrap();
    let mut text = String::new();
    archive.by_name(name).unwrap().read_to_string(&mut text).unwrap();
    text
}

fn confirmed(rubric: &Rubric) -> ConfirmedRubric {
    let at = OffsetDateTime::UNIX_EPOCH;
    let mut draft = Draft::new(rubric.clone());
    draft.submit(Author::new("Lan"), at).unwrap();
    draft.confirm(Author::new("Minh"), at).unwrap()
}

#[test]
fn csv_holds_every_criterion_and_runs_no_formula() {
    let csv = text(Format::Csv, &document());
    let body = csv
        .strip_prefix('\u{feff}')
        .expect("Excel needs the byte order mark");
    let mut reader = ::csv::Reader::from_reader(body.as_bytes());
    let header = reader.headers().unwrap().clone();
    let column = |name: &str| header.iter().position(|h| h == name).unwrap();
    let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 3);
    assert_eq!(&rows[0][column("Trạng thái")], "bản nháp");
    assert_eq!(&rows[0][column("Nội dung")], "Tham mưu, \"chỉ đạo\"");
    assert_eq!(&rows[1][column("Nội dung")], "'=HYPERLINK(\"http://x\")");
    assert_eq!(&rows[1][column("Hồ sơ minh chứng")], "'- Kế hoạch");
    assert_eq!(&rows[1][column("Điểm tối đa")], "1.5");
    assert_eq!(&rows[2][column("Nội dung")], "Dòng một\nDòng | hai <b>");
    assert_eq!(&rows[2][column("Cần xem lại")], "Điểm tối đa");
}

#[test]
fn csv_of_a_document_without_a_rubric_is_its_tables() {
    let mut document = document();
    document.rubrics.clear();
    assert_eq!(text(Format::Csv, &document), "\u{feff}STT,Nội dung\n1,'-5\n");
}

#[test]
fn a_spreadsheet_types_its_numbers_and_keeps_strings_strings() {
    let xlsx = super::document(Format::Xlsx, &document(), &no_scan()).unwrap();
    let workbook = sheet_part(&xlsx, "xl/workbook.xml");
    assert!(
        workbook.contains("name=\"1. Thang điểm thi đua | Bảng s"),
        "{workbook}"
    );
    assert!(workbook.contains("name=\"Lưu ý\"") && workbook.contains("name=\"Văn bản\""));
    let sheet = sheet_part(&xlsx, "xl/worksheets/sheet1.xml");
    assert!(sheet.contains("<v>1.5</v>"), "the maximum is no number: {sheet}");
    assert!(!sheet.contains("<f>"), "a formula");
    assert!(sheet.contains("state=\"frozen\""));
    let strings = sheet_part(&xlsx, "xl/sharedStrings.xml");
    assert!(
        strings.contains("BẢN NHÁP")
            && strings.contains("=HYPERLINK")
            && strings.contains("Tổng là 9, ghi 10.")
    );
}

#[test]
fn markdown_keeps_the_signs_of_the_text_and_shows_findings() {
    let md = text(Format::Md, &document());
    assert!(md.contains("> **BẢN NHÁP"), "{md}");
    assert!(md.contains("Dòng một<br>Dòng \\| hai &lt;b&gt;"), "{md}");
    assert!(md.contains("| 1,5 |"), "{md}");
    assert!(
        md.contains("**LỖI** `sum_mismatch` mục I (trang 1): Tổng là 9, ghi 10."),
        "{md}"
    );
    let table: Vec<&str> = md.lines().filter(|l| l.starts_with('|')).collect();
    let bars = |line: &str| line.replace("\\|", "").matches('|').count();
    assert!(
        table.iter().all(|line| bars(line) == bars(table[0])),
        "{table:#?}"
    );
}

#[test]
fn text_is_the_text() {
    assert_eq!(text(Format::Txt, &document()), "Dòng một\nDòng hai\n");
}

#[test]
fn only_what_two_people_confirmed_says_so() {
    let document = document();
    let confirmed = confirmed(&document.rubrics[0]);
    for format in [Format::Json, Format::Csv, Format::Md] {
        let write = |subject| String::from_utf8(rubric(format, &document, subject).unwrap()).unwrap();
        let (draft, official) = (
            write(Subject::Draft(&document.rubrics[0])),
            write(Subject::Confirmed(&confirmed)),
        );
        let claims = |text: &str| {
            let text = text.to_lowercase();
            text.contains("\"status\": \"confirmed\"") || text.contains("đã xác nhận")
        };
        assert!(!claims(&draft), "{format:?}: {draft}");
        assert!(claims(&official), "{format:?}: {official}");
    }
    let xlsx = rubric(Format::Xlsx, &document, Subject::Confirmed(&confirmed)).unwrap();
    assert!(
        sheet_part(&xlsx, "xl/sharedStrings.xml")
            .contains("ĐÃ XÁC NHẬN - Lan trình, Minh xác nhận ngày 1970-01-01")
    );
    assert!(matches!(
        rubric(Format::Pdf, &document, Subject::Confirmed(&confirmed)),
        Err(ExportError::NotForRubric { format: Format::Pdf })
    ));
}

#[test]
fn a_confirmed_rubric_alone_is_a_valid_sohoa_file() {
    let document = document();
    let bytes = rubric(
        Format::Json,
        &document,
        Subject::Confirmed(&confirmed(&document.rubrics[0])),
    )
    .unwrap();
    let value: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    let schema = serde_json::from_str(include_str!("../../../rubrics/schema/sohoa-1.schema.json")).unwrap();
    let errors: Vec<String> = jsonschema::validator_for(&schema)
        .unwrap()
        .iter_errors(&value)
        .map(|e| e.to_string())
        .collect();
    assert!(errors.is_empty(), "{errors:?}");
    assert_eq!(value["confirmation"]["confirmed_by"], "Minh");
    assert_eq!(json::read_rubrics(&bytes).unwrap(), document.rubrics);
    let mut unbacked = value;
    unbacked.as_object_mut().unwrap().remove("confirmation");
    assert!(!jsonschema::validator_for(&schema).unwrap().is_valid(&unbacked));
}
