//! What leaves opens in the program that it is for: LibreOffice reads the same scores from the workbook and from the
//! Word document, and what a unit types into the form adds up as the rubric says.

use std::collections::BTreeMap;
use std::io::{Cursor, Read, Write};
use std::path::Path;
use std::process::Command;

use regex::{Captures, Regex};
use sohoa::domain::{CapOf, Criterion, CriterionKind, Document, Rubric, Rule, RuleKind, Score};
use sohoa::scoring::{Answer, Answers, Outcome, limit, score};
use sohoa::stages::export::{self, Format, Subject, json};
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

/// What LibreOffice makes of a file, by the name of what it wrote.
fn opened(file: &[u8], ending: &str, filter: &str) -> BTreeMap<String, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(format!("a.{ending}"));
    std::fs::write(&path, file).unwrap();
    let out = folder.path().join("out");
    // A profile of its own: LibreOffice hands a second start over to the first.
    let profile = format!("-env:UserInstallation=file://{}/profile", folder.path().display());
    let output = Command::new("soffice")
        .args([&profile, "--headless", "--convert-to", filter, "--outdir"])
        .arg(&out)
        .arg(&path)
        .env("LC_ALL", "C.UTF-8")
        .output()
        .expect("libreoffice: run `make setup-test`");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let files = std::fs::read_dir(&out)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let read = |path: &Path| std::fs::read_to_string(path).unwrap();
    let stem = |path: &Path| path.file_stem().unwrap().to_string_lossy().into_owned();
    files.map(|path| (stem(&path), read(&path))).collect()
}

/// How numbers are written to CSV.
#[derive(Clone, Copy)]
enum Shown {
    /// As the sheet shows them.
    Formatted,
    /// As they are.
    Raw,
}

/// The sheets of a workbook, each as its rows.
fn sheets(workbook: &[u8], shown: Shown) -> Vec<Vec<Vec<String>>> {
    let formatted = matches!(shown, Shown::Formatted);
    // Comma, quote, UTF-8, from line 1, no column formats, language, no quotes but where needed, …, every sheet.
    let filter =
        format!("csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,{formatted},false,false,-1");
    let files = opened(workbook, "xlsx", &filter);
    let rows = |text: &String| {
        let mut reader = ::csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .from_reader(text.as_bytes());
        reader
            .records()
            .map(|record| record.unwrap().iter().map(str::to_owned).collect())
            .collect()
    };
    files.values().map(rows).collect()
}

/// The rows of the form under its header, by the id that stands in the column `Mã`; the total under "".
fn form(sheet: &[Vec<String>], column: &str) -> BTreeMap<String, String> {
    let head = sheet
        .iter()
        .position(|row| row.iter().any(|cell| cell == "Điểm tự chấm"));
    let head = head.unwrap_or_else(|| panic!("no form in {sheet:?}"));
    let place = |name: &str| sheet[head].iter().position(|cell| cell == name).unwrap();
    let (id, column) = (place("Mã"), place(column));
    sheet[head + 1..]
        .iter()
        .map(|row| (row[id].clone(), row[column].clone()))
        .collect()
}

fn exported(format: Format, rubric: &Rubric) -> Vec<u8> {
    export::rubric(format, &Document::default(), Subject::Draft(rubric)).unwrap()
}

fn is_leaf(rubric: &Rubric, criterion: &Criterion) -> bool {
    rubric.children(Some(&criterion.id)).next().is_none()
}

fn points(text: &str) -> Score {
    Score::parse_vietnamese(text).unwrap()
}

/// A rubric with everything that a sum has to look out for.
fn tricky() -> Rubric {
    let rows: [(&str, &str, CriterionKind, &str); 16] = [
        ("I", "", CriterionKind::Section, "10"),
        ("I.1", "I", CriterionKind::Criterion, "6"),
        ("I.2", "I", CriterionKind::Criterion, "5,25"),
        ("I.3", "I", CriterionKind::Deduction, "3"),
        ("I.4", "I", CriterionKind::Criterion, "0,1"),
        ("II", "", CriterionKind::Section, ""),
        ("II.1", "II", CriterionKind::Section, "4"),
        ("II.1.1", "II.1", CriterionKind::Criterion, "2"),
        ("II.1.2", "II.1", CriterionKind::Bonus, "1,5"),
        ("II.2", "II", CriterionKind::Criterion, ""),
        ("III", "", CriterionKind::Bonus, "5"),
        ("III.1", "III", CriterionKind::Bonus, "4"),
        ("III.2", "III", CriterionKind::Bonus, "3"),
        ("IV", "", CriterionKind::Deduction, "8"),
        ("IV.1", "IV", CriterionKind::Deduction, "4"),
        ("IV.2", "IV", CriterionKind::Deduction, ""),
    ];
    let cap = |of, most: &str| Rule {
        kind: RuleKind::Cap {
            of,
            points: points(most),
        },
        text: "không quá".to_owned(),
    };
    let criteria = rows.map(|(id, parent, kind, max)| Criterion {
        id: id.to_owned(),
        parent: (!parent.is_empty()).then(|| parent.to_owned()),
        number: id.rsplit('.').next().unwrap().to_owned(),
        kind,
        title: format!("Tiêu chí {id}"),
        max_score: (!max.is_empty()).then(|| points(max)),
        rules: match id {
            "I" => vec![cap(CapOf::Penalty, "2,5")],
            "II.1" => vec![cap(CapOf::Bonus, "1")],
            "III" => vec![cap(CapOf::Points, "4,5")],
            "IV" => vec![cap(CapOf::Penalty, "6")],
            _ => Vec::new(),
        },
        ..json::known_rubrics()[0].criteria[0].clone()
    });
    Rubric {
        title: "Đủ mọi loại mục".to_owned(),
        criteria: criteria.into(),
        ..Rubric::default()
    }
}

fn rubrics() -> Vec<Rubric> {
    json::known_rubrics().iter().cloned().chain([tricky()]).collect()
}

#[test]
fn libreoffice_reads_the_scores_of_the_workbook() {
    for rubric in rubrics() {
        let sheets = sheets(&exported(Format::Xlsx, &rubric), Shown::Formatted);
        assert_eq!(sheets.len(), 4, "form, rules, findings, facts");
        let form = sheets
            .iter()
            .find(|sheet| sheet.iter().flatten().any(|cell| cell == "Điểm tự chấm"));
        let found = self::form(form.unwrap(), "Điểm tối đa");
        assert_eq!(found.len(), rubric.criteria.len() + 1, "{}", rubric.title);
        let written = |score: Option<Score>| score.map(Score::to_vietnamese).unwrap_or_default();
        for criterion in &rubric.criteria {
            assert_eq!(
                found[&criterion.id],
                written(criterion.max_score),
                "{} of {}",
                criterion.id,
                rubric.title
            );
        }
        assert_eq!(found[""], written(rubric.max_score), "{}", rubric.title);
        let face = sheets.iter().flatten().flatten();
        assert!(face.into_iter().any(|cell| cell.starts_with("BẢN NHÁP")));
    }
}

#[test]
fn libreoffice_reads_the_scores_of_the_word_document() {
    let tags = Regex::new(r"<[^>]*>").unwrap();
    for rubric in rubrics() {
        let pages = opened(&exported(Format::Docx, &rubric), "docx", "html:HTML:EmbedImages");
        let html = pages.values().next().unwrap();
        assert!(html.contains("BẢN NHÁP"), "{html}");
        let text = |html: &str| {
            let text = tags
                .replace_all(html, " ")
                .replace("&lt;", "<")
                .replace("&gt;", ">");
            let text = text
                .replace("&quot;", "\"")
                .replace("&amp;", "&")
                .replace("&nbsp;", " ");
            text.split_whitespace().collect::<Vec<_>>().join(" ")
        };
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let table = html
            .split("<table")
            .nth(1)
            .unwrap()
            .split("</table>")
            .next()
            .unwrap();
        let rows: Vec<Vec<String>> = table
            .split("<tr")
            .skip(1)
            .map(|row| {
                row.split("<td")
                    .skip(1)
                    .map(|cell| text(cell.split_once('>').unwrap().1))
                    .collect()
            })
            .collect();
        // The head, which may be made of other cells, the criteria and the total.
        let body = &rows[1..];
        let total = usize::from(rubric.max_score.is_some());
        assert_eq!(body.len(), rubric.criteria.len() + total, "{}", rubric.title);
        for (criterion, row) in rubric.criteria.iter().zip(body) {
            assert!(
                row.iter().any(|cell| *cell == words(&criterion.title)),
                "{} is not in {row:?}",
                criterion.title
            );
            if let Some(max) = criterion.max_score {
                let max = max.to_vietnamese();
                assert!(row.contains(&max), "{max} of {} is not in {row:?}", criterion.id);
            }
        }
        if let (Some(max), Some(last)) = (rubric.max_score, body.last()) {
            assert!(last.contains(&max.to_vietnamese()), "{last:?}");
        }
    }
}

/// The workbook with points typed into the form, and with every result that it came with forgotten.
fn filled_in(workbook: &[u8], rubric: &Rubric, answers: &Answers) -> Vec<u8> {
    let mut archive = ZipArchive::new(Cursor::new(workbook)).unwrap();
    let mut copy = ZipWriter::new(Cursor::new(Vec::new()));
    // The header's row, counted by people.
    const HEADER: usize = 5;
    let result = Regex::new(r"(<f>[^<]*</f>)<v>[^<]*</v>").unwrap();
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).unwrap();
        let name = part.name().unwrap().into_owned();
        let mut bytes = Vec::new();
        part.read_to_end(&mut bytes).unwrap();
        if name == "xl/worksheets/sheet1.xml" {
            let mut sheet = String::from_utf8(bytes).unwrap();
            let column = own_column(&sheet);
            for (row, criterion) in rubric.criteria.iter().enumerate() {
                let Some(points) = answers.get(&criterion.id).and_then(|a| a.points.as_ref()) else {
                    continue;
                };
                let cell = format!("{column}{}", HEADER + 1 + row);
                let blank =
                    Regex::new(&format!("<c r=\"{cell}\"( s=\"[0-9]+\")(?:/>|><v>[^<]*</v></c>)")).unwrap();
                assert!(
                    blank.is_match(&sheet),
                    "{cell} of {} takes no points",
                    criterion.id
                );
                let typed = |found: &Captures| format!("<c r=\"{cell}\"{}><v>{points}</v></c>", &found[1]);
                sheet = blank.replace(&sheet, typed).into_owned();
            }
            bytes = result.replace_all(&sheet, "$1").into_owned().into_bytes();
        }
        copy.start_file(name, SimpleFileOptions::default()).unwrap();
        copy.write_all(&bytes).unwrap();
    }
    copy.finish().unwrap().into_inner()
}

/// The letter of the column that the formulas add up.
fn own_column(sheet: &str) -> String {
    let sum = Regex::new(r#"<c r="([A-Z]+)[0-9]+"[^>]*><f>IF\(COUNT"#).unwrap();
    sum.captures(sheet).expect("a formula")[1].to_owned()
}

#[test]
fn points_typed_into_the_form_add_up_as_the_rubric_says() {
    // A plain generator of figures, the same ones at every run.
    let mut state = 2024u64;
    let mut next = move |below: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let rubrics = rubrics();
    for rubric in rubrics.iter().chain(rubrics.last()).chain(rubrics.last()) {
        let mut answers = Answers::new();
        for criterion in rubric.criteria.iter().filter(|c| is_leaf(rubric, c)) {
            let most = limit(criterion).map_or(3.0, |most| most.to_string().parse().unwrap());
            // Tenths of the most there is, in hundredths of a point; every fifth stays open.
            let hundredths = (most * 10.0 * next(11) as f64).round() as u32;
            if next(5) > 0 {
                let given = Score(rust_decimal::Decimal::new(i64::from(hundredths), 2));
                let points = Some(given.into());
                answers.insert(
                    criterion.id.clone(),
                    Answer {
                        points,
                        ..Answer::default()
                    },
                );
            }
        }
        let scored = score(rubric, &answers);
        assert_eq!(scored.refused().count(), 0, "{}", rubric.title);
        let workbook = filled_in(&exported(Format::Xlsx, rubric), rubric, &answers);
        let sheets = sheets(&workbook, Shown::Raw);
        let form = sheets
            .iter()
            .find(|sheet| sheet.iter().flatten().any(|cell| cell == "Điểm tự chấm"));
        let found = self::form(form.unwrap(), "Điểm tự chấm");
        for (criterion, line) in rubric.criteria.iter().zip(&scored.lines) {
            // What is typed stays as typed; a deduction's sum is below nothing.
            let expect = match &line.outcome {
                Outcome::Scored { points, .. } if is_leaf(rubric, criterion) => {
                    points.to_string().replace('-', "")
                }
                Outcome::Scored { points, .. } => points.to_string(),
                _ => String::new(),
            };
            // Points are shown with the comma of the document's language.
            assert_eq!(
                found[&criterion.id].replace(',', "."),
                expect,
                "{} of {}",
                criterion.id,
                rubric.title
            );
        }
        assert_eq!(
            found[""].replace(',', "."),
            scored.total.to_string(),
            "{}",
            rubric.title
        );
    }
}
