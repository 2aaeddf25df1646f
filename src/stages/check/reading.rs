//! What the readers leave open: scores that are missing, disputed, unsure, or inferred.

use crate::domain::{
    About, Criterion, CriterionKind, Field, Finding, FindingCode, Provenance, Reader, Rubric, RuleKind,
    Severity,
};

use super::place::{Said, called, on};
use super::sums::value;

/// Findings on every number and score of the rubric.
pub fn check(rubric: &Rubric) -> Vec<Finding> {
    let mut findings = Vec::new();
    for criterion in &rubric.criteria {
        for field in [Field::Number, Field::MaxScore, Field::Bonus, Field::Deduction] {
            findings.extend(field_findings(criterion, field));
        }
        findings.extend(missing(rubric, criterion));
    }
    findings
}

fn word(field: Field) -> (&'static str, &'static str) {
    match field {
        Field::Number => ("Số thứ tự", "number"),
        Field::Bonus => ("Điểm thưởng", "bonus"),
        Field::Deduction => ("Điểm trừ", "deduction"),
        _ => ("Điểm", "score"),
    }
}

fn field_findings(criterion: &Criterion, field: Field) -> Option<Finding> {
    let settled = |p: &&Provenance| p.readers.contains(&Reader::Person);
    if criterion.sources(field).any(|p| settled(&p)) {
        return None;
    }
    let entry = criterion.sources(field).find(|p| p.doubtful)?;
    let (vi, en) = word(field);
    let name = called(criterion);
    let here = |code, severity, said| Some(on(criterion, field, code, About::Reading, severity, said));
    if field != Field::Number && value(criterion, field).is_none() {
        let said = Said::new(
            format!(
                "{vi} của {name} không đọc được (mực đọc ra “{}”). Hãy nhập điểm theo bản quét.",
                entry.raw
            ),
            format!(
                "The {en} of {name} could not be read (the ink reads \"{}\"). Enter it from the scan.",
                entry.raw
            ),
        );
        return here(FindingCode::MissingMaxScore, Severity::Error, said);
    }
    if let (Field::Number, Some(why)) = (field, &entry.restored_by) {
        let said = Said::new(
            format!(
                "Số thứ tự {} được suy ra từ các số xung quanh ({why}). Hãy đối chiếu với bản quét.",
                called(criterion)
            ),
            format!(
                "Number {} was inferred from its neighbours ({why}). Compare it with the scan.",
                called(criterion)
            ),
        );
        return here(FindingCode::NumberInferred, Severity::Warning, said);
    }
    if !entry.candidates.is_empty() {
        let said = Said::new(
            format!(
                "{vi} của {name}: các bộ đọc không thống nhất (đọc là {}; cũng có thể là {}). Hãy chọn theo bản quét.",
                entry.raw,
                entry.candidates.join(", ")
            ),
            format!(
                "The {en} of {name}: the readers disagree (read as {}; it may be {}). Choose by the scan.",
                entry.raw,
                entry.candidates.join(", ")
            ),
        );
        return here(FindingCode::ReadersDisagree, Severity::Warning, said);
    }
    let said = Said::new(
        format!(
            "{vi} của {name} đọc là “{}” nhưng không chắc chắn. Hãy đối chiếu với bản quét.",
            entry.raw
        ),
        format!(
            "The {en} of {name} was read as \"{}\", but not surely. Compare it with the scan.",
            entry.raw
        ),
    );
    here(FindingCode::LowConfidence, Severity::Warning, said)
}

/// A criterion without any score where its neighbours have one.
fn missing(rubric: &Rubric, criterion: &Criterion) -> Option<Finding> {
    let leaf = rubric.children(Some(&criterion.id)).next().is_none();
    let scored = |c: &Criterion| c.max_score.is_some() || c.bonus.is_some() || c.deduction.is_some();
    let told = criterion.provenance.iter().any(|p| p.field == Field::MaxScore);
    let reckoned = criterion.rules.iter().any(|r| {
        matches!(
            r.kind,
            RuleKind::Formula { .. } | RuleKind::Penalty { .. } | RuleKind::PerUnit { .. }
        )
    });
    if !leaf
        || scored(criterion)
        || told
        || reckoned
        || criterion.kind == CriterionKind::Deduction
        || criterion.kind == CriterionKind::Section
    {
        return None;
    }
    let mut neighbours = rubric
        .children(criterion.parent.as_deref())
        .filter(|c| c.id != criterion.id)
        .peekable();
    let alone = neighbours.peek().is_none();
    let expected = if alone {
        criterion
            .parent
            .as_deref()
            .and_then(|p| rubric.criterion(p))
            .is_none_or(|p| p.max_score.is_none())
    } else {
        neighbours.any(scored)
    };
    let image = criterion.provenance.iter().any(|p| {
        p.readers
            .iter()
            .any(|r| !matches!(r, Reader::TextLayer | Reader::Person))
    });
    let about = if image { About::Reading } else { About::Decision };
    expected.then(|| {
        let said = Said::new(
            format!(
                "{} không có điểm tối đa, trong khi các tiêu chí cùng mục đều có. Hãy xem bản gốc.",
                called(criterion)
            ),
            format!(
                "{} has no maximum score, though its neighbours have. Look at the original.",
                called(criterion)
            ),
        );
        on(
            criterion,
            Field::MaxScore,
            FindingCode::MissingMaxScore,
            about,
            Severity::Warning,
            said,
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Confidence, PageNo, PixelBox};
    use crate::stages::check::tests::{criterion, rubric};

    fn doubtful(field: Field, raw: &str, candidates: &[&str], restored_by: Option<&str>) -> Provenance {
        Provenance {
            field,
            page: PageNo::FIRST,
            bbox: PixelBox::new(1, 2, 3, 4),
            raw: raw.to_owned(),
            confidence: Confidence::new(0.4),
            readers: vec![Reader::Tesseract],
            candidates: candidates.iter().map(|c| (*c).to_owned()).collect(),
            restored_by: restored_by.map(str::to_owned),
            doubtful: true,
        }
    }

    #[test]
    fn every_doubt_about_a_score_is_a_finding_with_its_box() {
        let check_one = |score: &str, entry: Provenance, expect: FindingCode| {
            let mut c = criterion("1", None, "1");
            c.max_score = crate::domain::Score::parse_vietnamese(score);
            c.provenance = vec![entry];
            let found = check(&rubric(vec![c, criterion("2", None, "1")]));
            assert_eq!(found.iter().map(|f| f.code).collect::<Vec<_>>(), [expect]);
            assert_eq!(found[0].bbox, Some(PixelBox::new(1, 2, 3, 4)));
            assert_eq!(found[0].about, About::Reading);
        };
        check_one(
            "",
            doubtful(Field::MaxScore, "#%", &[], None),
            FindingCode::MissingMaxScore,
        );
        check_one(
            "",
            doubtful(Field::MaxScore, "", &[], None),
            FindingCode::MissingMaxScore,
        );
        check_one(
            "15",
            doubtful(Field::MaxScore, "15", &["1,5"], None),
            FindingCode::ReadersDisagree,
        );
        check_one(
            "1",
            doubtful(Field::MaxScore, "1", &[], None),
            FindingCode::LowConfidence,
        );
        check_one(
            "1",
            doubtful(Field::Number, "l", &[], Some("sequence: l -> 1")),
            FindingCode::NumberInferred,
        );
    }

    #[test]
    fn what_a_person_settled_is_no_finding() {
        let mut c = criterion("1", None, "1");
        let mut entry = doubtful(Field::MaxScore, "l", &["1"], None);
        entry.readers.push(Reader::Person);
        c.provenance = vec![entry];
        assert_eq!(check(&rubric(vec![c])), []);
    }

    #[test]
    fn a_criterion_without_score_among_scored_ones_is_found() {
        let mut bare = criterion("2", None, "1");
        bare.max_score = None;
        let found = check(&rubric(vec![criterion("1", None, "1"), bare]));
        assert_eq!(
            found
                .iter()
                .map(|f| (f.code, f.criterion.as_deref()))
                .collect::<Vec<_>>(),
            [(FindingCode::MissingMaxScore, Some("2"))]
        );
    }
}
