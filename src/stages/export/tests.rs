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
        number: id.to_owned(),
        title: title.to_owned(),
        max_score: points("1.5"),
        rules: vec![Rule {
            kind: RuleKind::Text,
            text: "Từ 80% đến dưới 100%: 1 điểm".to_owned(),
        }],
        evidence: "- Kế hoạch".to_owned(),
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
        ..Criterion::empty(id, CriterionKind::Criterion)
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
            ..Source::default()
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
    assert!(workbook.contains("name=\"Phát hiện\"") && workbook.contains("name=\"Văn bản\""));
    let sheet = sheet_part(&xlsx, "xl/worksheets/sheet1.xml");
    assert!(sheet.contains("<v>1.5</v>"), "the maximum is no number: {sheet}");
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

/// What a scan, a file name or a clerk can bring in: each has to come out as text, and only as text.
const HOSTILE: [&str; 7] = [
    "=HYPERLINK(\"http://x\",\"điểm\")",
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(A1:A9)",
    "<script>alert(1)</script>&amp;",
    "điểm \u{202e}01\u{202c} tối đa",
    "a\u{0}b\u{b}c\u{1b}",
];

fn hostile() -> Document {
    let mut document = document();
    let long = "điểm ".repeat(420_000);
    let texts = HOSTILE.iter().copied().chain([long.as_str()]);
    document.source.file = "<b>=1+1\u{202e}.pdf".to_owned();
    document.metadata.title = Some("\"'><script>\u{1}".to_owned());
    document.rubrics[0].criteria = texts
        .enumerate()
        .map(|(index, text)| Criterion {
            evidence: text.to_owned(),
            notes: text.to_owned(),
            ..criterion(&index.to_string(), text)
        })
        .collect();
    document.rubrics[0].title = HOSTILE.join(" ");
    document
}

/// The texts between the tags, as an XML parser understands them; a part that is no XML fails.
fn texts_of(xml: &str) -> Vec<String> {
    use quick_xml::events::Event;
    let mut reader = quick_xml::Reader::from_str(xml);
    let (mut all, mut text) = (Vec::new(), String::new());
    loop {
        match reader.read_event().unwrap() {
            Event::Text(piece) => text.push_str(&piece),
            Event::GeneralRef(name) => text.push(match &*name {
                "amp" => '&',
                "lt" => '<',
                "gt" => '>',
                "quot" => '"',
                "apos" => '\'',
                other => panic!("&{other};"),
            }),
            Event::Start(_) => text.clear(),
            Event::End(_) => all.push(std::mem::take(&mut text)),
            Event::Eof => return all,
            _ => {}
        }
    }
}

#[test]
fn hostile_text_stays_text_in_every_file_for_people() {
    let document = hostile();
    let visible = |text: &str| plain::plain(text).into_owned();
    let csv = text(Format::Csv, &document);
    let mut reader = ::csv::Reader::from_reader(csv.trim_start_matches('\u{feff}').as_bytes());
    for record in reader.records() {
        for cell in &record.unwrap() {
            assert!(!cell.starts_with(['=', '+', '-', '@', '\t']), "{cell:.40}");
        }
    }
    let docx = super::document(Format::Docx, &document, &no_scan()).unwrap();
    let words = texts_of(&sheet_part(&docx, "word/document.xml"));
    let xlsx = super::document(Format::Xlsx, &document, &no_scan()).unwrap();
    let cells = texts_of(&sheet_part(&xlsx, "xl/sharedStrings.xml"));
    for hostile in HOSTILE {
        let expect = visible(hostile);
        assert!(words.contains(&expect), "{expect} is not in the document");
        assert!(cells.contains(&expect), "{expect} is not in the workbook");
    }
    for text in words.iter().chain(&cells) {
        assert!(
            !text.contains(['\u{202e}', '\u{202c}', '\u{0}', '\u{1b}']),
            "{text:.40}"
        );
    }
    for part in ["word/header1.xml", "docProps/core.xml"] {
        texts_of(&sheet_part(&docx, part));
    }
    let sheet = sheet_part(&xlsx, "xl/worksheets/sheet1.xml");
    assert!(
        !sheet.contains("HYPERLINK") && !sheet.contains("cmd|"),
        "a formula"
    );
}

#[test]
fn a_cell_of_two_megabytes_is_whole_where_it_fits_and_says_so_where_it_does_not() {
    let document = hostile();
    let long = &document.rubrics[0].criteria.last().unwrap().title;
    assert!(long.len() > 2 << 20);
    assert!(text(Format::Csv, &document).contains(long.as_str()));
    let docx = super::document(Format::Docx, &document, &no_scan()).unwrap();
    assert!(sheet_part(&docx, "word/document.xml").contains(long.as_str()));
    let xlsx = super::document(Format::Xlsx, &document, &no_scan()).unwrap();
    let cells = texts_of(&sheet_part(&xlsx, "xl/sharedStrings.xml"));
    let cut = cells.iter().find(|cell| cell.len() > 30_000).unwrap();
    assert!(cut.encode_utf16().count() <= 32_767);
    assert!(cut.ends_with("xem đầy đủ trong bản JSON]"));
}

#[test]
fn a_section_s_title_runs_over_the_empty_cells_beside_it() {
    let mut document = document();
    document.rubrics[0].criteria[0].rules.clear();
    document.rubrics[0].criteria[0].evidence.clear();
    let xlsx = super::document(Format::Xlsx, &document, &no_scan()).unwrap();
    let sheet = sheet_part(&xlsx, "xl/worksheets/sheet1.xml");
    // Title, rules and evidence: the columns after the number.
    assert!(sheet.contains("<mergeCell ref=\"B6:D6\"/>"), "{sheet}");
    let docx = super::document(Format::Docx, &document, &no_scan()).unwrap();
    let body = sheet_part(&docx, "word/document.xml");
    assert!(body.contains("<w:gridSpan w:val=\"3\"/>"), "{body}");
    assert!(body.contains("<w:tblHeader/>"));
}

#[test]
fn a_draft_says_so_on_every_printed_page() {
    let document = document();
    let confirmed = confirmed(&document.rubrics[0]);
    let check = |subject: Subject, expect: &str| {
        let xlsx = rubric(Format::Xlsx, &document, subject).unwrap();
        for sheet in 1..=4 {
            let sheet = sheet_part(&xlsx, &format!("xl/worksheets/sheet{sheet}.xml"));
            let header = sheet.split("<oddHeader>").nth(1).unwrap();
            assert!(header.starts_with(&format!("&amp;C&amp;B{expect}")), "{header}");
            assert!(sheet.contains("paperSize=\"9\"") && sheet.contains("orientation=\"landscape\""));
        }
        let docx = rubric(Format::Docx, &document, subject).unwrap();
        assert!(sheet_part(&docx, "word/header1.xml").contains(expect));
    };
    check(Subject::Draft(&document.rubrics[0]), "BẢN NHÁP");
    check(
        Subject::Confirmed(&confirmed),
        "ĐÃ XÁC NHẬN - Lan trình, Minh xác nhận",
    );
}

#[test]
fn points_that_the_document_gives_are_added_up_in_the_file_already() {
    let mut document = document();
    let criteria = &mut document.rubrics[0].criteria;
    criteria[0].max_score = points("2");
    for (index, given) in [(1, "0.75"), (2, "0.5")] {
        criteria[index].parent = Some("I".to_owned());
        criteria[index].self_score = points(given);
    }
    let xlsx = super::document(Format::Xlsx, &document, &no_scan()).unwrap();
    let sheet = sheet_part(&xlsx, "xl/worksheets/sheet1.xml");
    let sums: Vec<&str> = sheet
        .split("<f>")
        .skip(1)
        .map(|rest| rest.split("</c>").next().unwrap())
        .collect();
    assert_eq!(
        sums,
        [
            "IF(COUNT(F7:F8)=0,\"\",ROUND(MIN(SUM(F7:F8),2),6))</f><v>1.25</v>",
            "IF(COUNT(F6)=0,\"\",ROUND(SUM(F6),6))</f><v>1.25</v>"
        ]
    );
}
