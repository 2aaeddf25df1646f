//! `sohoa show`: a rubric as a calm table for the terminal.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;

use super::{Exit, Failure, Said, output};
use crate::domain::{
    Criterion, CriterionKind, Document, Field, Finding, PageOutcome, Rubric, Score, Severity,
};
use crate::stages::export::json;

/// Letters a line.
const WIDTH: usize = 110;
const NUMBER: usize = 8;
const POINTS: usize = 7;
const DOUBTFUL: usize = 18;
const TITLE: usize = WIDTH - NUMBER - POINTS - DOUBTFUL - 8;

#[derive(Args)]
pub struct Arguments {
    /// A result of `sohoa convert`
    #[arg(value_name = "RESULT.json")]
    file: PathBuf,
}

/// `sohoa show`
pub fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let name = arguments.file.display();
    let bytes = std::fs::read(&arguments.file).map_err(|error| Failure::io(&name, &error))?;
    let document = json::read(&bytes).map_err(|error| {
        Failure::new(
            Exit::Refused,
            "not_a_result",
            Said::new(
                format!("{name}: không phải kết quả của sohoa: {error}"),
                format!("{name}: not a result of sohoa: {error}"),
            ),
        )
        .hint(Said::new(
            "`sohoa convert TỆP -o out` tạo tệp out/….json",
            "`sohoa convert FILE -o out` makes out/….json",
        ))
    })?;
    output::print(&text(&document))?;
    Ok(Exit::Done)
}

fn text(document: &Document) -> String {
    let mut out = String::new();
    head(&mut out, document);
    for rubric in &document.rubrics {
        table(&mut out, rubric);
    }
    if document.rubrics.is_empty() {
        line(&mut out, "Không có bảng điểm trong văn bản này.");
    }
    findings(&mut out, document);
    summary(&mut out, document);
    out
}

/// Writing to a String does not fail.
fn line(out: &mut String, text: &str) {
    let _ = writeln!(out, "{}", text.trim_end());
}

fn head(out: &mut String, document: &Document) {
    let metadata = &document.metadata;
    let known = [&metadata.kind, &metadata.number, &metadata.date, &metadata.issuer];
    let known: Vec<&str> = known.into_iter().filter_map(|field| field.as_deref()).collect();
    let source = format!("{} · {} trang", document.source.file, document.source.pages);
    line(out, &source);
    for about in [known.join(" · "), metadata.title.clone().unwrap_or_default()] {
        wrapped(&about, WIDTH).iter().for_each(|text| line(out, text));
    }
}

fn table(out: &mut String, rubric: &Rubric) {
    line(out, "");
    wrapped(&rubric.title, WIDTH)
        .iter()
        .for_each(|text| line(out, text));
    let mut about: Vec<String> = rubric.applies_to.iter().cloned().collect();
    about.extend(
        rubric
            .max_score
            .map(|score| format!("tối đa {} điểm", score.to_vietnamese())),
    );
    about.extend(
        rubric
            .bonus_max
            .map(|score| format!("thưởng đến {} điểm", score.to_vietnamese())),
    );
    line(out, &about.join(" · "));
    line(out, "");
    row(out, ["Số", "Tiêu chí", "Điểm", "Cần xem lại"]);
    let rule = [NUMBER, TITLE, POINTS, DOUBTFUL].map(|width| "─".repeat(width));
    row(out, rule.each_ref().map(String::as_str));
    for criterion in &rubric.criteria {
        criterion_rows(out, rubric, criterion);
    }
}

fn criterion_rows(out: &mut String, rubric: &Rubric, criterion: &Criterion) {
    let indent = "  ".repeat(depth(rubric, criterion));
    let (points, doubtful) = (points(criterion), doubtful(criterion));
    let title = match criterion.kind {
        CriterionKind::Section => criterion.title.to_uppercase(),
        _ => criterion.title.replace('\n', " "),
    };
    let titles = wrapped(&title, TITLE - indent.chars().count());
    let notes = wrapped(&doubtful, DOUBTFUL);
    for at in 0..titles.len().max(notes.len()).max(1) {
        let first = |text: &str| if at == 0 { text.to_owned() } else { String::new() };
        let title = titles
            .get(at)
            .map(|text| format!("{indent}{text}"))
            .unwrap_or_default();
        let note = notes.get(at).map_or("", String::as_str);
        row(out, [&first(&criterion.number), &title, &first(&points), note]);
    }
}

/// Numbers stand left, points right.
fn row(out: &mut String, [number, title, points, doubtful]: [&str; 4]) {
    line(
        out,
        &format!("  {number:<NUMBER$}  {title:<TITLE$}  {points:>POINTS$}  {doubtful}"),
    );
}

fn depth(rubric: &Rubric, criterion: &Criterion) -> usize {
    let above = |c: &Criterion| c.parent.as_deref().and_then(|id| rubric.criterion(id));
    // A file by other hands may hold a circle of parents.
    std::iter::successors(above(criterion), |c| above(c))
        .take(6)
        .count()
}

fn points(criterion: &Criterion) -> String {
    let signed = |sign: &str, score: Option<Score>| score.map(|s| format!("{sign}{}", s.to_vietnamese()));
    let parts = [
        signed("", criterion.max_score),
        signed("+", criterion.bonus),
        signed("−", criterion.deduction),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn doubtful(criterion: &Criterion) -> String {
    let mut names: Vec<&str> = criterion
        .provenance
        .iter()
        .filter(|p| p.doubtful)
        .map(|p| field_name(p.field))
        .collect();
    names.dedup();
    match names.as_slice() {
        [] => String::new(),
        names => format!("? {}", names.join(", ")),
    }
}

fn field_name(field: Field) -> &'static str {
    match field {
        Field::Number => "số",
        Field::Title => "tên",
        Field::MaxScore => "điểm",
        Field::Bonus => "thưởng",
        Field::Deduction => "trừ",
        Field::SelfScore => "tự chấm",
        Field::VerifiedScore => "thẩm định",
        Field::Rules => "cách tính",
        Field::Evidence => "minh chứng",
        Field::DataItems => "số liệu",
        Field::Period => "kỳ",
        Field::Method => "cách kiểm tra",
        Field::Notes => "ghi chú",
    }
}

fn findings(out: &mut String, document: &Document) {
    let all: Vec<&Finding> = all_findings(document).collect();
    if all.is_empty() {
        return;
    }
    line(out, "");
    line(out, "Phát hiện");
    for finding in all {
        let place = [
            finding.criterion.as_ref().map(|id| format!("mục {id}")),
            finding.page.map(|page| format!("trang {page}")),
        ];
        let place = place.into_iter().flatten().collect::<Vec<_>>().join(", ");
        let severity = match finding.severity {
            Severity::Error => "lỗi",
            Severity::Warning => "cảnh báo",
            Severity::Info => "lưu ý",
        };
        let message = match place.as_str() {
            "" => finding.message.clone(),
            place => format!("{place}: {}", finding.message),
        };
        for (at, text) in wrapped(&message, WIDTH - 13).iter().enumerate() {
            let severity = if at == 0 { severity } else { "" };
            line(out, &format!("  {severity:<9}  {text}"));
        }
    }
}

fn all_findings(document: &Document) -> impl Iterator<Item = &Finding> {
    document
        .rubrics
        .iter()
        .flat_map(|rubric| &rubric.findings)
        .chain(&document.findings)
}

fn summary(out: &mut String, document: &Document) {
    let criteria = || document.rubrics.iter().flat_map(|rubric| &rubric.criteria);
    let doubtful = criteria()
        .flat_map(|c| &c.provenance)
        .filter(|p| p.doubtful)
        .count();
    let count = |severity| all_findings(document).filter(|f| f.severity == severity).count();
    let failed = document
        .pages
        .iter()
        .filter(|page| matches!(page.outcome, PageOutcome::Failed { .. }))
        .count();
    line(out, "");
    line(
        out,
        &format!(
            "{} mục · {doubtful} chỗ cần xem lại · {} lỗi, {} cảnh báo · {failed} trang không đọc được · bản nháp, chưa xác nhận",
            criteria().count(),
            count(Severity::Error),
            count(Severity::Warning),
        ),
    );
    for missing in &document.pipeline.missing {
        line(out, &format!("Thiếu: {missing}"));
    }
}

/// Cut at spaces into lines of at most `width` letters; a longer word stands alone.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(last) if last.chars().count() + 1 + word.chars().count() <= width => {
                last.push(' ');
                last.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Confidence, PageNo, PixelBox, Provenance};

    fn criterion(number: &str, parent: Option<&str>, title: &str, points: &str) -> Criterion {
        Criterion {
            parent: parent.map(Into::into),
            number: number.into(),
            kind: if parent.is_none() {
                CriterionKind::Section
            } else {
                CriterionKind::Criterion
            },
            title: title.into(),
            max_score: Score::parse_vietnamese(points),
            ..Criterion::empty(number, CriterionKind::Criterion)
        }
    }

    #[test]
    fn shows_the_tree_the_points_and_what_is_doubtful() {
        let mut doubtful = criterion("1", Some("I"), "Ban hành kế hoạch", "1,5");
        doubtful.provenance.push(Provenance {
            field: Field::MaxScore,
            page: PageNo::FIRST,
            bbox: PixelBox::default(),
            raw: "15".into(),
            confidence: Confidence::new(0.4),
            readers: Vec::new(),
            candidates: Vec::new(),
            restored_by: None,
            doubtful: true,
        });
        let rubric = Rubric {
            title: "BẢNG SỐ 3".into(),
            max_score: Score::parse_vietnamese("10"),
            criteria: vec![criterion("I", None, "Công tác", "10"), doubtful],
            ..Rubric::default()
        };
        let text = text(&Document {
            rubrics: vec![rubric],
            ..Document::default()
        });
        let row = |word: &str| text.lines().find(|line| line.contains(word)).unwrap().to_owned();
        assert!(row("BẢNG SỐ 3").starts_with("BẢNG"));
        assert!(text.contains("tối đa 10 điểm"));
        assert!(row("CÔNG TÁC").starts_with("  I "));
        assert!(
            row("Ban hành").contains("  1           Ban hành kế hoạch"),
            "{text}"
        );
        assert!(row("Ban hành").ends_with("1,5  ? điểm"), "{text}");
        assert!(text.contains("2 mục · 1 chỗ cần xem lại"));
    }

    #[test]
    fn long_titles_are_cut_at_spaces() {
        let check = |text: &str, width, expect: &[&str]| assert_eq!(wrapped(text, width), expect);
        check("một hai ba", 7, &["một hai", "ba"]);
        check("nghiêngngả b", 3, &["nghiêngngả", "b"]);
        check("  ", 5, &[]);
    }
}
