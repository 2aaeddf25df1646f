//! A table that is a form we know: said, with what differs from it, so that a person looks there first. Nothing is changed.

use std::collections::BTreeSet;

use super::place::{Said, called, on, on_rubric};
use crate::compare::{self, Comparison, Fate};
use crate::domain::{About, Field, Finding, FindingCode, Rubric, Severity, fold, one_line};

/// A form is recognised by so many of its criteria, of the longer of the two.
const RECOGNISED: f64 = 0.7;
/// Forms that share fewer of their words are not compared criterion by criterion.
const SAME_WORDS: f64 = 0.6;
/// So many missing criteria are named.
const NAMED: usize = 6;

/// The form among `known` that `rubric` is, and where it differs; nothing for a form that nobody knows.
pub fn check(rubric: &Rubric, known: &[Rubric]) -> Vec<Finding> {
    let Some((comparison, matched)) = recognise(rubric, known) else {
        return Vec::new();
    };
    let lost: Vec<String> = comparison
        .criteria
        .iter()
        .filter_map(|fate| match fate {
            Fate::Removed(old) => Some(old.id.clone()),
            _ => None,
        })
        .collect();
    let more = comparison
        .criteria
        .iter()
        .filter(|f| matches!(f, Fate::Added(_)))
        .count();
    let title = one_line(&comparison.old.title);
    let all = comparison.old.criteria.len();
    let mut vi = format!("Bảng này giống mẫu đã biết “{title}”: {matched} trong {all} dòng của mẫu.");
    let mut en = format!("This table is the known form \"{title}\": {matched} of the form's {all} rows.");
    if !lost.is_empty() {
        let rest = if lost.len() > NAMED { ", …" } else { "" };
        let names = lost[..lost.len().min(NAMED)].join(", ");
        vi.push_str(&format!(
            " Mẫu còn có {names}{rest} mà bảng này không có: có thể thiếu trang, thiếu dòng, hoặc văn bản đã sửa đổi."
        ));
        en.push_str(&format!(
            " The form also has {names}{rest}, which this table lacks: a page or row may be missing, or the decision was amended."
        ));
    }
    if more > 0 {
        vi.push_str(&format!(" Bảng này có thêm {more} dòng."));
        en.push_str(&format!(" This table has {more} rows more."));
    }
    let severity = if lost.is_empty() {
        Severity::Info
    } else {
        Severity::Warning
    };
    let whole = on_rubric(
        rubric,
        FindingCode::KnownForm,
        About::Reading,
        severity,
        Said::new(vi, en),
    );
    std::iter::once(whole).chain(differences(&comparison)).collect()
}

/// The most alike of the known forms, and how many of its criteria are in the rubric.
fn recognise<'a>(rubric: &'a Rubric, known: &'a [Rubric]) -> Option<(Comparison<'a>, usize)> {
    let words = |rubric: &Rubric| -> BTreeSet<String> {
        let titles = rubric.criteria.iter().map(|c| fold(&c.title));
        titles
            .flat_map(|t| t.split(' ').map(str::to_owned).collect::<Vec<_>>())
            .collect()
    };
    let ours = words(rubric);
    let shared = |other: &Rubric| {
        let theirs = words(other);
        let shared = ours.intersection(&theirs).count();
        2.0 * shared as f64 / (ours.len() + theirs.len()).max(1) as f64
    };
    let compared = known.iter().filter(|k| shared(k) >= SAME_WORDS).map(|k| {
        let comparison = compare::rubrics(k, rubric);
        let kept = |fate: &&Fate<'_>| matches!(fate, Fate::Kept { .. });
        let matched = comparison.criteria.iter().filter(kept).count();
        let longer = k.criteria.len().max(rubric.criteria.len()).max(1);
        (comparison, matched, matched as f64 / longer as f64)
    });
    let best = compared.max_by(|a, b| a.2.total_cmp(&b.2))?;
    (best.2 >= RECOGNISED).then_some((best.0, best.1))
}

/// Maxima that the known form has otherwise.
fn differences(comparison: &Comparison<'_>) -> Vec<Finding> {
    let shown = |score: Option<crate::domain::Score>| score.map_or("–".to_owned(), |s| s.to_vietnamese());
    comparison
        .changed_maxima()
        .map(|(old, new)| {
            let (was, is) = (shown(old.max_score), shown(new.max_score));
            let said = Said::new(
                format!(
                    "{}: điểm tối đa đọc được là {is}, mẫu đã biết ghi {was}. Cần đối chiếu với bản giấy.",
                    called(new)
                ),
                format!(
                    "{}: the maximum was read as {is}, the known form has {was}. Compare it with the paper.",
                    called(new)
                ),
            );
            on(
                new,
                Field::MaxScore,
                FindingCode::DiffersFromKnown,
                About::Reading,
                Severity::Warning,
                said,
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Criterion;
    use crate::stages::check::tests::{criterion, rubric};

    fn form() -> Vec<Criterion> {
        let titles = [
            "Ban hành kế hoạch chuyển đổi số hằng năm",
            "Tỷ lệ hồ sơ giải quyết đúng hạn",
            "Tổ chức tập huấn cho cán bộ, công chức",
            "Bố trí ngân sách chi cho công nghệ thông tin",
        ];
        let made = titles.iter().enumerate().map(|(i, title)| Criterion {
            title: (*title).to_owned(),
            ..criterion(&(i + 1).to_string(), None, "2")
        });
        made.collect()
    }

    fn codes(read: Vec<Criterion>, known: Vec<Criterion>) -> Vec<(FindingCode, Option<String>)> {
        let found = check(&rubric(read), &[rubric(known)]);
        found.into_iter().map(|f| (f.code, f.criterion)).collect()
    }

    #[test]
    fn a_known_form_is_recognised_and_a_misread_maximum_named() {
        assert_eq!(codes(form(), form()), [(FindingCode::KnownForm, None)]);
        let mut read = form();
        read[1] = Criterion {
            title: "Tỷ lệ hồ sơ giãi quyết đúng hạn".to_owned(),
            ..criterion("2", None, "15")
        };
        let expect = [
            (FindingCode::KnownForm, None),
            (FindingCode::DiffersFromKnown, Some("2".to_owned())),
        ];
        assert_eq!(codes(read, form()), expect);
    }

    #[test]
    fn a_lost_row_is_named() {
        let mut read = form();
        read.remove(2);
        let found = check(&rubric(read), &[rubric(form())]);
        assert_eq!(found[0].severity, Severity::Warning);
        assert!(found[0].message.contains("Mẫu còn có 3"), "{}", found[0].message);
    }

    #[test]
    fn another_form_is_not_taken_for_it() {
        let other = (1..5).map(|i| Criterion {
            title: format!("Sinh viên tham gia hoạt động văn hóa, thể thao lần thứ {i}"),
            ..criterion(&i.to_string(), None, "2")
        });
        assert_eq!(codes(other.collect(), form()), []);
        assert_eq!(codes(Vec::new(), form()), []);
        assert_eq!(codes(form(), Vec::new()), []);
    }
}
