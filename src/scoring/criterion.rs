//! One criterion and its answer -> points: the first band or choice that fits in document order, else the formula; then
//! components and units, then penalties, then caps, then the limits of the criterion.

mod asked;
mod scale;

use super::{Answer, Exact, Refusal};
use crate::domain::{
    CapOf, Criterion, CriterionKind, Interval, PenaltyAmount, PenaltyBase, Rule, RuleKind, Said, Score, fold,
};

/// What a criterion gives.
#[derive(Debug, Clone, PartialEq)]
pub struct Points {
    /// Negative for deductions.
    pub points: Exact,
    /// What penalties took, positive.
    pub taken: Exact,
    /// The rule that decided, counted from 0.
    pub rule: Option<usize>,
    pub trace: Said,
}

/// What `answer` brings, or why it brings nothing.
pub fn points(criterion: &Criterion, answer: &Answer) -> Result<Points, Refusal> {
    let job = Job { criterion, answer };
    job.check_numbers()?;
    job.check_asked()?;
    let counted = job.counted()?;
    let mut trace = Said::default();
    let base = match job.given()? {
        None => job.chosen()?,
        given => given,
    };
    let base = match base {
        None => job.by_formula()?,
        base => base,
    };
    let mut rule = base.as_ref().and_then(|b| b.rule);
    let mut sum = base.map(|found| {
        trace.then(&found.words);
        found.points
    });
    for part in job.parts(&counted)? {
        rule = rule.or(part.rule);
        trace.then(&part.words);
        sum = Some(sum.unwrap_or_else(Exact::zero) + part.points);
    }
    let penalties = job.penalties(&counted)?;
    let start = match sum {
        Some(sum) => sum,
        None if penalties.is_empty() => return Err(job.nothing_answered()),
        None => job.full(&penalties, &mut trace)?,
    };
    job.finished(start, &penalties, rule, trace)
}

/// The most points of the criterion itself, bonus beside the maximum included; `None` where the document names none.
pub fn limit(criterion: &Criterion) -> Option<Exact> {
    let of = |score: Option<Score>| score.map(Exact::from);
    if criterion.rules.iter().any(|rule| is_of_each(criterion, rule)) {
        return None;
    }
    match criterion.kind {
        CriterionKind::Deduction => of(criterion.deduction.or(criterion.max_score)),
        CriterionKind::Bonus => of(criterion.max_score.or(criterion.bonus)),
        CriterionKind::Section | CriterionKind::Criterion => match (criterion.max_score, criterion.bonus) {
            (Some(max), bonus) => Some(Exact::from(max) + of(bonus).unwrap_or_else(Exact::zero)),
            (None, Some(bonus)) => Some(bonus.into()),
            (None, None) => None,
        },
    }
}

/// True when the points in the criterion's own column are those of each time and no limit: "Đi muộn (mỗi lần): -0,5".
fn is_of_each(criterion: &Criterion, rule: &Rule) -> bool {
    match (&rule.kind, criterion.kind) {
        (
            RuleKind::Penalty {
                unit: Some(_),
                amount: PenaltyAmount::Points(points),
                ..
            },
            CriterionKind::Deduction,
        ) => criterion.deduction == Some(*points),
        (
            RuleKind::PerUnit {
                points, cap: None, ..
            },
            CriterionKind::Bonus,
        ) => criterion.bonus == Some(*points),
        _ => false,
    }
}

/// What "điểm tối đa" means in the criterion's rules.
pub fn maximum(criterion: &Criterion) -> Option<Exact> {
    criterion.max_score.or(criterion.bonus).map(Exact::from)
}

/// What the caps of `rules` leave of a sum: the lowest of them.
pub fn cap(rules: &[Rule], what: CapOf) -> Option<Exact> {
    let caps = rules.iter().filter_map(|rule| match &rule.kind {
        RuleKind::Cap { of, points } if *of == what => Some(Exact::from(*points)),
        _ => None,
    });
    caps.min()
}

/// `points`, or `cap` where that is less.
pub fn at_most(points: Exact, cap: Option<Exact>) -> Exact {
    match cap {
        Some(cap) => points.min(cap),
        None => points,
    }
}

/// True when a band is about a share in percent.
pub fn is_percent(variable: &str, unit: Option<&str>) -> bool {
    unit == Some("%") || unit.is_none() && variable == "%"
}

/// True when a band is about what a formula of the same criterion gives: "điểm đạt được".
pub fn is_reached(variable: &str) -> bool {
    matches!(
        fold(variable).as_str(),
        "diem dat duoc" | "diem" | "so diem" | "so diem dat duoc"
    )
}

/// True when a number lies in an interval.
pub fn covers(interval: &Interval, number: &Exact) -> bool {
    let above = interval.lower.is_none_or(|b| {
        let end = Exact::from(b.value);
        *number > end || b.closed && *number == end
    });
    let below = interval.upper.is_none_or(|b| {
        let end = Exact::from(b.value);
        *number < end || b.closed && *number == end
    });
    above && below
}

/// Points found on the way, the rule they come from, and the words for it.
struct Found {
    points: Exact,
    rule: Option<usize>,
    words: Said,
}

/// What a penalty takes.
struct Taken {
    amount: Exact,
    rule: usize,
    from: PenaltyBase,
    floor: Option<Exact>,
    words: Said,
}

struct Job<'a> {
    criterion: &'a Criterion,
    answer: &'a Answer,
}

impl<'a> Job<'a> {
    fn rules(&self) -> impl Iterator<Item = (usize, &'a Rule)> {
        self.criterion.rules.iter().enumerate()
    }

    fn maximum(&self) -> Result<Exact, Refusal> {
        maximum(self.criterion).ok_or(Refusal::NoMaximum)
    }

    /// The points that a person gives.
    fn given(&self) -> Result<Option<Found>, Refusal> {
        let Some(points) = &self.answer.points else {
            return Ok(None);
        };
        if let Some(max) = limit(self.criterion).filter(|max| points > max) {
            return Err(Refusal::OutOfRange {
                points: points.to_string(),
                max: max.to_string(),
            });
        }
        Ok(Some(Found {
            points: points.clone(),
            rule: None,
            words: Said::new(
                format!("người chấm cho {points} điểm"),
                format!("a person gives {points} points"),
            ),
        }))
    }

    /// Components that are there, and units that are counted.
    fn parts(&self, counted: &[(usize, Exact)]) -> Result<Vec<Found>, Refusal> {
        let mut parts = Vec::new();
        let components: Vec<(usize, &str, Exact)> = self
            .rules()
            .filter_map(|(i, rule)| match &rule.kind {
                RuleKind::Component { label, points, .. } => Some((i, label.as_str(), (*points).into())),
                _ => None,
            })
            .collect();
        if let Some(there) = &self.answer.components {
            if there.len() != components.len() {
                return Err(Refusal::Components {
                    given: there.len(),
                    expected: components.len(),
                });
            }
            parts.extend(
                components
                    .into_iter()
                    .zip(there)
                    .map(|((rule, label, points), there)| {
                        let points = if *there { points } else { Exact::zero() };
                        Found {
                            rule: Some(rule),
                            words: Said::same(format!("“{label}”: {points}")),
                            points,
                        }
                    }),
            );
        }
        for (i, number) in counted {
            let RuleKind::PerUnit { unit, points, cap } = &self.criterion.rules[*i].kind else {
                continue;
            };
            let each = Exact::from(*points);
            let points = at_most(&each * number, cap.map(Exact::from));
            parts.push(Found {
                rule: Some(*i),
                words: Said::same(format!("{number} {unit} × {each} = {points}")),
                points,
            });
        }
        Ok(parts)
    }

    fn penalties(&self, counted: &[(usize, Exact)]) -> Result<Vec<Taken>, Refusal> {
        let mut penalties = Vec::new();
        for (i, number) in counted {
            let RuleKind::Penalty {
                unit,
                amount,
                floor,
                from,
            } = &self.criterion.rules[*i].kind
            else {
                continue;
            };
            let each = match amount {
                PenaltyAmount::Points(points) => (*points).into(),
                PenaltyAmount::Share(share) => self.maximum()? * (*share).into() / 100,
            };
            let amount = &each * number;
            let unit = unit.as_deref().unwrap_or("lần");
            penalties.push(Taken {
                words: Said::new(
                    format!("trừ {number} {unit} × {each} = {amount}"),
                    format!("minus {number} {unit} × {each} = {amount}"),
                ),
                amount,
                rule: *i,
                from: *from,
                floor: floor.map(Exact::from),
            });
        }
        Ok(penalties)
    }

    /// What penalties are taken from when nothing else is answered.
    fn full(&self, penalties: &[Taken], trace: &mut Said) -> Result<Exact, Refusal> {
        let from_total = penalties.iter().all(|p| p.from == PenaltyBase::Total);
        if from_total || self.criterion.kind == CriterionKind::Deduction {
            return Ok(Exact::zero());
        }
        let max = self.maximum()?;
        trace.then(&Said::new(
            format!("điểm tối đa {max}"),
            format!("the maximum {max}"),
        ));
        Ok(max)
    }

    /// Takes the penalties, then the caps, then the limits.
    fn finished(
        &self,
        start: Exact,
        penalties: &[Taken],
        rule: Option<usize>,
        mut trace: Said,
    ) -> Result<Points, Refusal> {
        let criterion = self.criterion;
        penalties.iter().for_each(|p| trace.then(&p.words));
        let rule = rule.or(penalties.first().map(|p| p.rule));
        let sum = |from| -> Exact {
            let all = penalties.iter().filter(|p| p.from == from);
            all.map(|p| p.amount.clone()).sum()
        };
        let (mut own, mut total) = (sum(PenaltyBase::Criterion), sum(PenaltyBase::Total));
        if let Some(cap) = cap(&criterion.rules, CapOf::Penalty) {
            let all = own.clone() + total.clone();
            if all > cap {
                trace.then(&Said::new(
                    format!("trừ không quá {cap}"),
                    format!("no more than {cap} is taken"),
                ));
                own = own.min(cap.clone());
                total = cap - own.clone();
            }
        }
        if criterion.kind == CriterionKind::Deduction {
            let taken = clamped(start + own + total, None, limit(criterion), &mut trace);
            return Ok(Points {
                points: -taken.clone(),
                taken,
                rule,
                trace,
            });
        }
        let floor = penalties.iter().filter_map(|p| p.floor.clone()).max();
        let of_bonus = cap(&criterion.rules, CapOf::Bonus).filter(|_| criterion.kind == CriterionKind::Bonus);
        let most = [limit(criterion), cap(&criterion.rules, CapOf::Points), of_bonus];
        let most = most.into_iter().flatten().min();
        let least = floor.unwrap_or_else(Exact::zero);
        let before = start.clone();
        let points = clamped(start - own.clone(), Some(least), most, &mut trace);
        let taken = (before - points.clone()).max(Exact::zero()).min(own) + total.clone();
        Ok(Points {
            points: points - total,
            taken,
            rule,
            trace,
        })
    }
}

/// Between `least` and `most`, and says so where that changes something.
fn clamped(points: Exact, least: Option<Exact>, most: Option<Exact>, trace: &mut Said) -> Exact {
    if let Some(most) = most.filter(|most| points > *most) {
        trace.then(&Said::new(
            format!("không quá {most} điểm"),
            format!("no more than {most} points"),
        ));
        return most;
    }
    match least.filter(|least| points < *least) {
        Some(least) => {
            trace.then(&Said::new(
                format!("không dưới {least} điểm"),
                format!("no less than {least} points"),
            ));
            least
        }
        None => points,
    }
}
