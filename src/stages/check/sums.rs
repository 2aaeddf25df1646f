//! Sections against their criteria, the total against all.

use rust_decimal::Decimal;

use crate::domain::{About, Criterion, CriterionKind, Field, Finding, FindingCode, Rubric, Score, Severity};

use super::place::{Said, about, called, on, on_rubric};

/// Another number for the cell of a criterion's field, where one is tried.
pub type Changed<'a> = &'a dyn Fn(&str, Field) -> Option<Decimal>;

/// Every cell as it was read.
pub const AS_READ: Changed<'static> = &|_: &str, _: Field| None;

/// A number that others must make together.
pub struct Sum<'a> {
    rubric: &'a Rubric,
    pub field: Field,
    /// The section that states it; `None`: the total of the rubric.
    pub whole: Option<&'a Criterion>,
    stated: Decimal,
    pub parts: Vec<&'a Criterion>,
}

impl<'a> Sum<'a> {
    /// Every sum that the rubric states, in the order of its criteria, the total last.
    pub fn all(rubric: &'a Rubric) -> Vec<Self> {
        let mut all = Vec::new();
        for section in &rubric.criteria {
            for field in [Field::MaxScore, Field::Bonus, Field::Deduction] {
                let parts = parts(rubric, section);
                let of_deduction = section.kind == CriterionKind::Deduction && field == Field::MaxScore;
                let stated = value(section, field).filter(|_| !parts.is_empty() && !of_deduction);
                all.extend(stated.map(|stated| Self {
                    rubric,
                    field,
                    whole: Some(section),
                    stated: stated.0,
                    parts,
                }));
            }
        }
        let total = rubric.max_score.filter(|_| !rubric.is_summed());
        all.extend(total.map(|total| Self {
            rubric,
            field: Field::MaxScore,
            whole: None,
            stated: total.0,
            parts: rubric.children(None).filter(|c| c.is_base()).collect(),
        }));
        all
    }

    /// True when nothing contradicts the sum, `changed` taken for what was read. A part without points may be what is
    /// missing: it has a finding of its own.
    pub fn holds(&self, changed: Changed<'_>) -> bool {
        let known = self.known(changed);
        let sum: Decimal = known.iter().sum();
        let open = self.whole.is_some() && self.field == Field::MaxScore && known.len() < self.parts.len();
        known.is_empty() || self.fits(sum, changed) || open && sum < self.stated(changed)
    }

    /// True when every part is known and all of them make the sum.
    pub fn closes(&self, changed: Changed<'_>) -> bool {
        let known = self.known(changed);
        known.len() == self.parts.len() && self.fits(known.iter().sum(), changed)
    }

    /// True when a change of the cell changes the sum or one of its parts.
    pub fn counts(&self, id: &str, field: Field) -> bool {
        let whole = self.whole.is_some_and(|w| w.id == id);
        field == self.field && (whole || self.parts.iter().any(|p| self.is_made_of(p, id)))
    }

    /// What the parts make together; `None` while one of them is not known.
    pub fn of_parts(&self) -> Option<Decimal> {
        let known = self.known(AS_READ);
        (known.len() == self.parts.len()).then(|| known.iter().sum())
    }

    /// What is left of the sum when the parts that are known are taken off.
    pub fn left(&self) -> Decimal {
        self.stated - self.known(AS_READ).iter().sum::<Decimal>()
    }

    fn stated(&self, changed: Changed<'_>) -> Decimal {
        let other = self.whole.and_then(|w| changed(&w.id, self.field));
        other.unwrap_or(self.stated)
    }

    /// The total of a rubric may leave the bonus out or take it in.
    fn fits(&self, sum: Decimal, changed: Changed<'_>) -> bool {
        let bonus = self.rubric.bonus_total().filter(|_| self.whole.is_none());
        let stated = self.stated(changed);
        sum == stated || bonus.is_some_and(|bonus| bonus.0 + sum == stated)
    }

    fn known(&self, changed: Changed<'_>) -> Vec<Decimal> {
        self.parts
            .iter()
            .filter_map(|p| self.points(p, changed))
            .collect()
    }

    /// What a part adds: for the maximum also what its own parts have.
    fn points(&self, part: &Criterion, changed: Changed<'_>) -> Option<Decimal> {
        let own = changed(&part.id, self.field).or_else(|| value(part, self.field).map(|v| v.0));
        if own.is_some() || self.field != Field::MaxScore {
            return own;
        }
        let counted = |c: &&Criterion| c.kind == part.kind || c.is_base();
        let below = self.rubric.children(Some(&part.id)).filter(counted);
        below.filter_map(|c| self.points(c, changed)).reduce(|a, b| a + b)
    }

    fn is_made_of(&self, part: &Criterion, id: &str) -> bool {
        let derived = self.field == Field::MaxScore && value(part, self.field).is_none();
        part.id == id
            || derived
                && self
                    .rubric
                    .children(Some(&part.id))
                    .any(|c| self.is_made_of(c, id))
    }

    /// Each part with what it adds, for a person.
    fn listed(&self) -> String {
        let known = self
            .parts
            .iter()
            .filter_map(|p| Some((p, self.points(p, AS_READ)?)));
        let told: Vec<String> = known
            .map(|(p, points)| format!("{}: {}", p.id, Score(points).to_vietnamese()))
            .collect();
        told.join("; ")
    }
}

/// Findings on the sums that do not come out.
pub fn check(rubric: &Rubric, sums: &[Sum<'_>]) -> Vec<Finding> {
    let broken = sums.iter().filter(|s| !s.holds(AS_READ));
    broken
        .map(|sum| match sum.whole {
            Some(section) => of_section(sum, section),
            None => of_rubric(rubric, sum),
        })
        .collect()
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
        let known: Option<Vec<Score>> = parts.iter().map(|c| rubric.points_of(c)).collect();
        let sum = known.filter(|k| k.len() >= 2).map(|k| k.into_iter().sum());
        if sum.is_some() && sum == section.max_score {
            all.push((section, parts));
        }
    }
    all
}

fn of_section(sum: &Sum<'_>, section: &Criterion) -> Finding {
    let (stated, listed) = (Score(sum.stated), sum.listed());
    let made: Score = Score(sum.known(AS_READ).iter().sum());
    let capped = section.kind == CriterionKind::Bonus && made > stated;
    let severity = if capped {
        Severity::Warning
    } else {
        Severity::Error
    };
    let said = Said::new(
        format!(
            "Mục {} ghi {} điểm nhưng các tiêu chí bên dưới cộng lại là {} ({listed}). Hãy đối chiếu từng điểm với bản gốc.",
            called(section),
            stated.to_vietnamese(),
            made.to_vietnamese(),
        ),
        format!(
            "Section {} states {stated} points, but what stands below adds up to {made} ({listed}). Compare each score with the scan.",
            called(section),
        ),
    );
    let all = std::iter::once(section).chain(sum.parts.iter().copied());
    let whose = about(all, sum.field);
    on(
        section,
        sum.field,
        FindingCode::SumMismatch,
        whose,
        severity,
        said,
    )
}

/// The declared total against the sum of everything but bonus and deduction.
fn of_rubric(rubric: &Rubric, sum: &Sum<'_>) -> Finding {
    let (stated, listed) = (Score(sum.stated), sum.listed());
    let made: Score = Score(sum.known(AS_READ).iter().sum());
    let doubtful = rubric
        .provenance
        .iter()
        .any(|p| p.field == Field::MaxScore && p.doubtful);
    let whose = if doubtful {
        About::Reading
    } else {
        about(&rubric.criteria, Field::MaxScore)
    };
    let said = Said::new(
        format!(
            "Tổng điểm ghi {} nhưng các mục cộng lại là {} ({listed}). Hãy đối chiếu dòng tổng và điểm từng mục với bản gốc.",
            stated.to_vietnamese(),
            made.to_vietnamese(),
        ),
        format!(
            "The total states {stated}, but the sections add up to {made} ({listed}). Compare the total row and each section with the scan.",
        ),
    );
    on_rubric(rubric, FindingCode::TotalMismatch, whose, Severity::Error, said)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stages::check::tests::{criterion, rubric};
    use proptest::prelude::*;

    fn check(rubric: &Rubric) -> Vec<Finding> {
        super::check(rubric, &Sum::all(rubric))
    }

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
