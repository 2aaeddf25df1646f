//! What headings and prose say about the number of criteria and the total.

use std::sync::LazyLock;

use regex::Regex;

use crate::domain::{About, Criterion, Field, Finding, FindingCode, Rubric, Score, Severity, fold};

use super::place::{Said, about, called, on, on_rubric};

macro_rules! pattern {
    ($name:ident, $text:expr) => {
        static $name: LazyLock<Regex> = LazyLock::new(|| Regex::new($text).expect("a fixed pattern"));
    };
}

pattern!(
    COUNT,
    r"(?:\(|\bgom\s+|\bco\s+)\s*(\d{1,3})\s+(?:tieu chi|noi dung|chi tieu)\b"
);
pattern!(GROUPS, r"\bgom\s+(\d{1,2})\s+(?:nhom|phan|linh vuc)\b");
pattern!(
    POINTS,
    r"(?:thang diem|tong (?:so )?diem|toi da|diem toi da|diem chuan)\s*(?:la|:|=)?\s*(\d{1,4}(?:[.,]\d{1,2})?)(?:\s*diem|\s*\)|\s*$)"
);
pattern!(BARE_POINTS, r"\(\s*(\d{1,3}(?:[.,]\d{1,2})?)\s*diem\s*\)");
pattern!(
    PROSE_TOTAL,
    r"(?:tong (?:so )?diem(?: toi da)?(?: cua [^.;:]{1,40})?|thang diem(?: toi da| danh gia)?)\s*(?:la|:)\s*(\d{1,4}(?:[.,]\d{1,2})?)\s*diem"
);

pattern!(
    RANGE,
    r"\btu (?:muc )?(\S+) den (?:muc )?(\S+),? (?:co )?(?:tong )?(?:so )?diem(?: chuan| toi da)?\s*(?:la|:)?\s*(\d{1,4}(?:[.,]\d{1,2})?)(?:\s*diem|\s*\)|\s*$)"
);

/// Findings on counts and totals that words declare. `prose` is given for the only rubric of a document.
pub fn check(rubric: &Rubric, prose: Option<&str>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut short = false;
    for section in &rubric.criteria {
        let children: Vec<&Criterion> = rubric.children(Some(&section.id)).collect();
        if children.is_empty() {
            continue;
        }
        let folded = fold(&section.title);
        let leaves = leaves(rubric, section);
        if let Some(count) = number(&COUNT, &folded)
            && count != children.len()
            && count != leaves.len()
        {
            short |= leaves.len() < count;
            let said = Said::new(
                format!(
                    "Tiêu đề {} nói có {count} tiêu chí nhưng bảng có {}. Có thể thiếu trang hoặc thiếu dòng.",
                    called(section),
                    leaves.len()
                ),
                format!(
                    "The heading {} declares {count} criteria, but the table has {}. A page or a row may be missing.",
                    called(section),
                    leaves.len()
                ),
            );
            findings.push(on(
                section,
                Field::Title,
                FindingCode::CountMismatch,
                About::Decision,
                Severity::Error,
                said,
            ));
        }
        let declared = score(&POINTS, &folded).or_else(|| score(&BARE_POINTS, &folded));
        let sum = section.max_score.or_else(|| rubric.points_of(section));
        if let (Some(declared), Some(sum)) = (declared, sum)
            && declared != sum
        {
            short |= sum < declared;
            let whose = about(leaves.iter().copied().chain([section]), Field::MaxScore);
            let said = Said::new(
                format!(
                    "Tiêu đề {} nói thang điểm {} nhưng các tiêu chí cộng lại là {}.",
                    called(section),
                    declared.to_vietnamese(),
                    sum.to_vietnamese()
                ),
                format!(
                    "The heading {} declares {declared} points, but its criteria add up to {sum}.",
                    called(section)
                ),
            );
            findings.push(on(
                section,
                Field::Title,
                FindingCode::TotalMismatch,
                whose,
                Severity::Error,
                said,
            ));
        }
    }
    findings.extend(ranges(rubric, prose));
    findings.extend(whole(rubric, prose));
    if short {
        findings.extend(cut_off(rubric));
    }
    findings
}

/// "Từ mục a1 đến a9 có tổng điểm chuẩn 30 điểm", wherever it is said.
fn ranges(rubric: &Rubric, prose: Option<&str>) -> Vec<Finding> {
    let notes = rubric
        .criteria
        .iter()
        .flat_map(|c| [c.title.as_str(), c.notes.as_str()]);
    let texts = notes.chain([rubric.title.as_str()]).chain(prose);
    let mut findings: Vec<Finding> = Vec::new();
    for text in texts {
        for found in RANGE.captures_iter(&fold(text)) {
            let finding = Score::parse_vietnamese(&found[3])
                .and_then(|declared| range(rubric, &found[1], &found[2], declared));
            findings.extend(finding.filter(|f| !findings.contains(f)));
        }
    }
    findings
}

/// A finding where the criteria from one number to another do not make what is declared of them.
fn range(rubric: &Rubric, from: &str, to: &str, declared: Score) -> Option<Finding> {
    let numbered = |number: &str| {
        let number = number.trim_matches(|c: char| !c.is_alphanumeric());
        let mut same = rubric.criteria.iter().filter(move |c| fold(&c.number) == number);
        same.next().filter(|_| same.next().is_none())
    };
    let (first, last) = (numbered(from)?, numbered(to)?);
    let siblings: Vec<&Criterion> = rubric.children(first.parent.as_deref()).collect();
    let place = |c: &Criterion| siblings.iter().position(|s| s.id == c.id);
    let within = siblings.get(place(first)?..=place(last)?)?;
    let known: Option<Vec<Score>> = within.iter().map(|c| rubric.points_of(c)).collect();
    let sum: Score = known?.into_iter().sum();
    (sum != declared).then(|| {
        let said = Said::new(
            format!(
                "Văn bản nói từ {} đến {} có tổng {} điểm nhưng cộng lại là {}. Hãy đối chiếu từng điểm với bản gốc.",
                first.id,
                last.id,
                declared.to_vietnamese(),
                sum.to_vietnamese()
            ),
            format!(
                "The text says that {} to {} have {declared} points together, but they add up to {sum}. Compare each score with the scan.",
                first.id, last.id
            ),
        );
        let whose = about(within.iter().copied(), Field::MaxScore);
        on(first, Field::MaxScore, FindingCode::SumMismatch, whose, Severity::Error, said)
    })
}

/// The criteria under a section that have none below them.
fn leaves<'a>(rubric: &'a Rubric, section: &'a Criterion) -> Vec<&'a Criterion> {
    rubric
        .children(Some(&section.id))
        .flat_map(|child| {
            let below = leaves(rubric, child);
            if below.is_empty() { vec![child] } else { below }
        })
        .collect()
}

/// What the rubric's own title and the prose declare of the whole.
fn whole(rubric: &Rubric, prose: Option<&str>) -> Vec<Finding> {
    let mut findings = Vec::new();
    // What words say of a part is not said of the whole.
    let of_whole = |text: &str| RANGE.replace_all(&fold(text), "").into_owned();
    let title = of_whole(&rubric.title);
    let prose = prose.map(of_whole).unwrap_or_default();
    let top = rubric.children(None).filter(|c| c.is_base()).count();
    let all: Vec<&Criterion> = rubric
        .children(None)
        .flat_map(|c| {
            let below = leaves(rubric, c);
            if below.is_empty() { vec![c] } else { below }
        })
        .filter(|c| c.is_base())
        .collect();
    if let Some(count) = number(&COUNT, &title)
        && ![top, all.len(), rubric.criteria.len()].contains(&count)
    {
        let said = Said::new(
            format!("Tên bảng nói có {count} tiêu chí nhưng bảng có {}.", all.len()),
            format!(
                "The table's title declares {count} criteria, but it has {}.",
                all.len()
            ),
        );
        findings.push(on_rubric(
            rubric,
            FindingCode::CountMismatch,
            About::Decision,
            Severity::Error,
            said,
        ));
    }
    if let Some(groups) = number(&GROUPS, &prose).filter(|_| prose.contains("tieu chi"))
        && groups != rubric.children(None).count()
        && groups != top
    {
        let said = Said::new(
            format!("Văn bản nói gồm {groups} nhóm tiêu chí nhưng bảng có {top} mục lớn."),
            format!("The text declares {groups} groups of criteria, but the table has {top} sections."),
        );
        findings.push(on_rubric(
            rubric,
            FindingCode::CountMismatch,
            About::Decision,
            Severity::Warning,
            said,
        ));
    }
    let declared = score(&POINTS, &title).or_else(|| score(&PROSE_TOTAL, &prose));
    if let (Some(declared), Some(sum)) = (declared, rubric.base_total())
        && declared != sum
        && Some(declared) != rubric.bonus_total().map(|b| b + sum)
        && rubric.max_score != Some(declared)
    {
        let said = Said::new(
            format!(
                "Văn bản nói tổng điểm {} nhưng bảng cộng lại là {}.",
                declared.to_vietnamese(),
                sum.to_vietnamese()
            ),
            format!("The text declares a total of {declared}, but the table adds up to {sum}."),
        );
        findings.push(on_rubric(
            rubric,
            FindingCode::TotalMismatch,
            about(&rubric.criteria, Field::MaxScore),
            Severity::Warning,
            said,
        ));
    }
    findings
}

/// Less than declared, and the last row breaks off: a page is probably missing.
fn cut_off(rubric: &Rubric) -> Option<Finding> {
    let last = rubric.criteria.last()?;
    let unclosed = |text: &str| {
        text.matches('“').count() > text.matches('”').count()
            || text.matches('(').count() > text.matches(')').count()
    };
    let broken = |text: &str| {
        unclosed(text)
            || !text.is_empty()
                && text.split_whitespace().last().is_some_and(|w| {
                    ["về", "của", "và", "cho", "theo", "kết", "một", "các", "-"].contains(&w)
                })
    };
    (broken(&last.title) || broken(&last.evidence)).then(|| {
        let said = Said::new(
            format!("Bảng dừng giữa chừng ở {} và thiếu so với số đã công bố: có thể thiếu trang sau. Hãy tìm các trang còn lại của văn bản.", called(last)),
            format!("The table breaks off at {} and has less than declared: a following page is probably missing. Look for the rest of the document.", called(last)),
        );
        Finding { criterion: None, ..on(last, Field::Title, FindingCode::PageMissing, About::Reading, Severity::Warning, said) }
    })
}

fn number(pattern: &Regex, text: &str) -> Option<usize> {
    pattern.captures(text)?.get(1)?.as_str().parse().ok()
}

fn score(pattern: &Regex, text: &str) -> Option<Score> {
    Score::parse_vietnamese(pattern.captures(text)?.get(1)?.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stages::check::tests::{criterion, rubric};

    #[test]
    fn a_heading_that_declares_more_than_there_is_is_found() {
        let mut made = rubric(vec![
            criterion("II", None, "5"),
            criterion("II.1", Some("II"), "5"),
            criterion("II.2", Some("II"), "4"),
        ]);
        made.criteria[0].max_score = None;
        made.criteria[0].title = "Đơn vị cấp thị xã (3 tiêu chí - Thang điểm 10 điểm)".into();
        made.criteria[2].title = "Chương trình “Mỗi xã một".into();
        let codes: Vec<FindingCode> = check(&made, None).iter().map(|f| f.code).collect();
        assert_eq!(
            codes,
            [
                FindingCode::CountMismatch,
                FindingCode::TotalMismatch,
                FindingCode::PageMissing
            ]
        );
        made.criteria[0].title = "Đơn vị cấp thị xã (2 tiêu chí - Thang điểm 9 điểm)".into();
        assert_eq!(check(&made, None), []);
    }

    #[test]
    fn what_words_say_of_a_range_is_held_against_its_sum() {
        let mut made = rubric(vec![
            criterion("a", None, "30"),
            criterion("a1", Some("a"), "10"),
            criterion("a2", Some("a"), "12"),
            criterion("a3", Some("a"), "8"),
            criterion("b", None, "70"),
        ]);
        let codes = |made: &Rubric, text: &str| {
            let found = check(made, Some(text));
            found
                .iter()
                .map(|f| (f.code, f.criterion.clone()))
                .collect::<Vec<_>>()
        };
        assert_eq!(codes(&made, "Từ mục a1 đến a3 có tổng điểm chuẩn 30 điểm."), []);
        let wrong = [(FindingCode::SumMismatch, Some("a1".to_owned()))];
        assert_eq!(
            codes(&made, "Từ mục a1 đến a2 có tổng điểm chuẩn 30 điểm."),
            wrong
        );
        made.criteria[3].notes = "Ghi chú: từ mục a1 đến mục a3 tổng điểm là 31 điểm".into();
        assert_eq!(codes(&made, ""), wrong);
        // A number that is nowhere, or twice, says nothing.
        assert_eq!(
            codes(&made, "Từ mục c1 đến c9 có tổng điểm chuẩn 5 điểm.")[1..],
            []
        );
    }

    #[test]
    fn prose_declares_groups_and_totals() {
        let made = rubric(vec![criterion("I", None, "40"), criterion("II", None, "60")]);
        let codes = |text: &str| {
            check(&made, Some(text))
                .iter()
                .map(|f| f.code)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            codes("Bộ tiêu chí gồm 02 nhóm tiêu chí; tổng điểm tối đa là 100 điểm."),
            []
        );
        assert_eq!(
            codes("Bộ tiêu chí gồm 04 nhóm tiêu chí."),
            [FindingCode::CountMismatch]
        );
    }
}
