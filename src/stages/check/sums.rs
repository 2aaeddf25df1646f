//! Sections against their criteria, the total against all, and the one digit that would heal a sum.

use crate::domain::{About, Criterion, CriterionKind, Field, Finding, FindingCode, Rubric, Score, Severity};

use super::digits::{self, Cell};
use super::place::{Said, about, called, on, on_rubric};

/// Findings on every sum of the rubric.
pub fn check(rubric: &Rubric) -> Vec<Finding> {
    let mut findings = Vec::new();
    for section in &rubric.criteria {
        for field in [Field::MaxScore, Field::Bonus, Field::Deduction] {
            findings.extend(section_sum(rubric, section, field));
        }
    }
    findings.extend(total(rubric));
    findings
}

/// The value of one of the three score columns.
pub fn value(criterion: &Criterion, field: Field) -> Option<Score> {
    match field {
        Field::MaxScore => criterion.max_score,
        Field::Bonus => criterion.bonus,
        Field::Deduction => criterion.deduction,
        _ => None,
    }
}

/// What a part adds to its section: for the maximum also what its own parts have.
fn part(rubric: &Rubric, criterion: &Criterion, field: Field) -> Option<Score> {
    if field == Field::MaxScore {
        rubric.points_of(criterion)
    } else {
        value(criterion, field)
    }
}

fn parts<'a>(rubric: &'a Rubric, section: &'a Criterion) -> Vec<&'a Criterion> {
    rubric
        .children(Some(&section.id))
        .filter(|c| {
            if section.is_base() {
                c.is_base()
            } else {
                c.kind == section.kind
            }
        })
        .collect()
}

/// Sections whose stated maximum is exactly what their parts are together, each with those parts.
/// A sum of one part proves nothing.
pub fn proven(rubric: &Rubric) -> Vec<(&Criterion, Vec<&Criterion>)> {
    let mut all = Vec::new();
    for section in &rubric.criteria {
        let parts = parts(rubric, section);
        let known: Option<Vec<Score>> = parts.iter().map(|c| part(rubric, c, Field::MaxScore)).collect();
        let sum = known.filter(|k| k.len() >= 2).map(|k| k.into_iter().sum());
        if sum.is_some() && sum == section.max_score {
            all.push((section, parts));
        }
    }
    all
}

fn section_sum(rubric: &Rubric, section: &Criterion, field: Field) -> Vec<Finding> {
    let Some(stated) = value(section, field) else {
        return Vec::new();
    };
    if section.kind == CriterionKind::Deduction && field == Field::MaxScore {
        return Vec::new();
    }
    let parts = parts(rubric, section);
    let known: Vec<Score> = parts.iter().filter_map(|c| part(rubric, c, field)).collect();
    let sum: Score = known.iter().copied().sum();
    // A part without points may be what is missing; it has a finding of its own.
    let open = field == Field::MaxScore && known.len() < parts.len();
    if known.is_empty() || sum == stated || open && sum < stated {
        return Vec::new();
    }
    let listed: Vec<String> = parts
        .iter()
        .filter_map(|c| part(rubric, c, field).map(|p| format!("{}: {}", c.id, p.to_vietnamese())))
        .collect();
    let mut all = vec![section];
    all.extend(&parts);
    let capped = section.kind == CriterionKind::Bonus && sum > stated;
    let severity = if capped {
        Severity::Warning
    } else {
        Severity::Error
    };
    let said = Said::new(
        format!(
            "Mục {} ghi {} điểm nhưng các tiêu chí bên dưới cộng lại là {} ({}). Hãy đối chiếu từng điểm với bản gốc.",
            called(section),
            stated.to_vietnamese(),
            sum.to_vietnamese(),
            listed.join("; ")
        ),
        format!(
            "Section {} states {stated} points, but what stands below adds up to {sum} ({}). Compare each score with the scan.",
            called(section),
            listed.join("; ")
        ),
    );
    let mut findings = vec![on(
        section,
        field,
        FindingCode::SumMismatch,
        about(all.iter().copied(), field),
        severity,
        said,
    )];
    let cells: Vec<Cell<'_>> = parts
        .iter()
        .filter_map(|c| {
            value(c, field).map(|v| Cell {
                criterion: c,
                value: v,
            })
        })
        .collect();
    if cells.len() == known.len() {
        findings.extend(digits::proposals(
            &cells,
            Some(Cell {
                criterion: section,
                value: stated,
            }),
            sum,
            stated,
            field,
        ));
    }
    findings
}

/// The declared total against the sum of everything but bonus and deduction.
fn total(rubric: &Rubric) -> Vec<Finding> {
    let (Some(stated), Some(sum)) = (rubric.max_score, rubric.base_total()) else {
        return Vec::new();
    };
    let with_bonus = rubric.bonus_total().map(|bonus| bonus + sum);
    if rubric.is_summed() || stated == sum || Some(stated) == with_bonus {
        return Vec::new();
    }
    let doubtful = rubric
        .provenance
        .iter()
        .any(|p| p.field == Field::MaxScore && p.doubtful);
    let whose = if doubtful {
        About::Reading
    } else {
        about(&rubric.criteria, Field::MaxScore)
    };
    let top: Vec<&Criterion> = rubric.children(None).filter(|c| c.is_base()).collect();
    let listed: Vec<String> = top
        .iter()
        .filter_map(|c| {
            rubric
                .points_of(c)
                .map(|p| format!("{}: {}", c.id, p.to_vietnamese()))
        })
        .collect();
    let said = Said::new(
        format!(
            "Tổng điểm ghi {} nhưng các mục cộng lại là {} ({}). Hãy đối chiếu dòng tổng và điểm từng mục với bản gốc.",
            stated.to_vietnamese(),
            sum.to_vietnamese(),
            listed.join("; ")
        ),
        format!(
            "The total states {stated}, but the sections add up to {sum} ({}). Compare the total row and each section with the scan.",
            listed.join("; ")
        ),
    );
    let mut findings = vec![on_rubric(
        rubric,
        FindingCode::TotalMismatch,
        whose,
        Severity::Error,
        said,
    )];
    let cells: Vec<Cell<'_>> = top
        .iter()
        .filter_map(|c| {
            c.max_score.map(|v| Cell {
                criterion: c,
                value: v,
            })
        })
        .collect();
    let sections_agree = top
        .iter()
        .all(|c| section_sum(rubric, c, Field::MaxScore).is_empty());
    if cells.len() == top.len() && sections_agree {
        findings.extend(digits::proposals(&cells, None, sum, stated, Field::MaxScore));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stages::check::tests::{criterion, rubric};
    use proptest::prelude::*;

    fn codes(findings: &[Finding]) -> Vec<(FindingCode, Option<&str>)> {
        findings
            .iter()
            .map(|f| (f.code, f.criterion.as_deref()))
            .collect()
    }

    #[test]
    fn a_section_must_be_what_its_criteria_are_together() {
        let made = rubric(vec![
            criterion("I", None, "10"),
            criterion("I.1", Some("I"), "6"),
            criterion("I.2", Some("I"), "4"),
        ]);
        assert_eq!(codes(&check(&made)), []);
        let short = rubric(vec![
            criterion("I", None, "10"),
            criterion("I.1", Some("I"), "6"),
            criterion("I.2", Some("I"), "3"),
        ]);
        assert_eq!(codes(&check(&short))[0], (FindingCode::SumMismatch, Some("I")));
    }

    #[test]
    fn a_lost_comma_is_proposed_and_not_applied() {
        let made = rubric(vec![
            criterion("I", None, "10"),
            criterion("I.1", Some("I"), "8,5"),
            criterion("I.2", Some("I"), "15"),
        ]);
        let findings = check(&made);
        assert_eq!(
            codes(&findings),
            [
                (FindingCode::SumMismatch, Some("I")),
                (FindingCode::DigitFixProposed, Some("I.2"))
            ]
        );
        assert!(findings[1].message.contains("1,5"), "{}", findings[1].message);
        assert_eq!(
            made.criteria[2].max_score.map(|s| s.to_string()).as_deref(),
            Some("15")
        );
    }

    #[test]
    fn the_total_leaves_bonus_out_or_takes_it_in() {
        let mut made = rubric(vec![criterion("I", None, "10"), criterion("II", None, "2")]);
        made.criteria[1].kind = CriterionKind::Bonus;
        let mut with = |total: &str| {
            made.max_score = Score::parse_vietnamese(total);
            codes(&check(&made)).iter().map(|c| c.0).collect::<Vec<_>>()
        };
        assert_eq!(with("10"), []);
        assert_eq!(with("12"), []);
        assert_eq!(with("11")[0], FindingCode::TotalMismatch);
    }

    proptest! {
        /// Whatever the scores, a section that states their sum has no finding, and any other has one.
        #[test]
        fn only_a_wrong_sum_is_found(tenths in prop::collection::vec(1i64..200, 1..8), off in -3i64..=3) {
            let score = |t: i64| Score(rust_decimal::Decimal::new(t, 1).normalize());
            let stated = tenths.iter().sum::<i64>() + off;
            prop_assume!(stated > 0);
            let mut criteria = vec![criterion("I", None, "1")];
            criteria[0].max_score = Some(score(stated));
            for (i, t) in tenths.iter().enumerate() {
                let mut c = criterion(&format!("I.{}", i + 1), Some("I"), "1");
                c.max_score = Some(score(*t));
                criteria.push(c);
            }
            let found = check(&rubric(criteria)).iter().any(|f| f.code == FindingCode::SumMismatch);
            prop_assert_eq!(found, off != 0);
        }
    }
}
