//! A whole rubric and its answers -> points for each criterion, for each section, and the total.

use std::collections::{HashMap, HashSet};

use super::criterion::{self, Points};
use super::{Answers, Exact, Refusal};
use crate::domain::{CapOf, Criterion, CriterionKind, Rubric, Said, Score};

/// What became of a criterion.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    Unanswered,
    Refused(Refusal),
    Scored {
        /// Negative for deductions.
        points: Exact,
        /// The rule that decided, counted from 0; none for sections and for what a person gave.
        rule: Option<usize>,
        trace: Said,
    },
}

#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    pub id: String,
    pub outcome: Outcome,
}

/// A rubric run on answers.
#[derive(Debug, Clone, PartialEq)]
pub struct Scored {
    /// Of what could be scored; never below 0.
    pub total: Exact,
    /// The rubric's, bonus left out.
    pub max: Option<Score>,
    /// One a criterion in document order, then the answers that no criterion has.
    pub lines: Vec<Line>,
}

impl Scored {
    pub fn refused(&self) -> impl Iterator<Item = (&str, &Refusal)> {
        self.lines.iter().filter_map(|line| match &line.outcome {
            Outcome::Refused(why) => Some((line.id.as_str(), why)),
            _ => None,
        })
    }
}

/// What the criteria below another bring together.
#[derive(Default, Clone)]
struct Below {
    scored: bool,
    base: Exact,
    bonus: Exact,
    /// Positive.
    deducted: Exact,
    /// Of all this, what penalties took.
    taken: Exact,
}

impl Below {
    /// Takes in what a criterion of this kind gives.
    fn add(&mut self, kind: CriterionKind, gives: &Points) {
        let side = match kind {
            CriterionKind::Section | CriterionKind::Criterion => &mut self.base,
            CriterionKind::Bonus => &mut self.bonus,
            CriterionKind::Deduction => &mut self.deducted,
        };
        *side = match kind {
            CriterionKind::Deduction => &*side - &gives.points,
            _ => &*side + &gives.points,
        };
        self.taken = &self.taken + &gives.taken;
    }
}

/// Runs `rubric` on `answers`. A criterion's parent stands before it.
pub fn score(rubric: &Rubric, answers: &Answers) -> Scored {
    let mut below: HashMap<Option<&str>, Below> = HashMap::new();
    let sections: HashSet<&str> = rubric
        .criteria
        .iter()
        .filter_map(|c| c.parent.as_deref())
        .collect();
    let mut lines = Vec::with_capacity(rubric.criteria.len());
    for criterion in rubric.criteria.iter().rev() {
        let inside = below.remove(&Some(criterion.id.as_str())).unwrap_or_default();
        let answer = answers.get(&criterion.id).filter(|answer| !answer.is_empty());
        let is_section = sections.contains(criterion.id.as_str());
        let own = answer.map(|answer| {
            let given = answer.points.is_some() && !inside.scored;
            if is_section && !given && !criterion.rules.iter().any(|r| r.kind.is_scale()) {
                return Err(Refusal::SectionAnswered);
            }
            criterion::points(criterion, answer)
        });
        let (own, refused) = match own {
            Some(Err(why)) => (None, Some(why)),
            own => (own.and_then(Result::ok), None),
        };
        let gives = if is_section && (inside.scored || own.is_some()) {
            Some(together(criterion, inside, own))
        } else {
            own
        };
        if let Some(gives) = &gives {
            let above = below.entry(criterion.parent.as_deref()).or_default();
            above.scored = true;
            above.add(criterion.kind, gives);
        }
        lines.push(Line {
            id: criterion.id.clone(),
            outcome: match (refused, gives) {
                (Some(why), _) => Outcome::Refused(why),
                (None, Some(gives)) => scored(gives),
                (None, None) => Outcome::Unanswered,
            },
        });
    }
    lines.reverse();
    let unknown = answers.keys().filter(|id| rubric.criterion(id).is_none());
    lines.extend(unknown.map(|id| Line {
        id: id.clone(),
        outcome: Outcome::Refused(Refusal::UnknownCriterion),
    }));
    let all = below.remove(&None).unwrap_or_default();
    Scored {
        total: (all.base + all.bonus - all.deducted).max(Exact::zero()),
        max: rubric.max_score,
        lines,
    }
}

fn scored(gives: Points) -> Outcome {
    let Points {
        points,
        rule,
        mut trace,
        ..
    } = gives;
    if !points.ends() {
        trace.then(&Said::new(
            "làm tròn đến sáu chữ số thập phân khi viết ra",
            "rounded to six places as written",
        ));
    }
    Outcome::Scored { points, rule, trace }
}

/// What a section gives: what is below it and what its own rules give, capped, within its own limits.
fn together(section: &Criterion, mut inside: Below, own: Option<Points>) -> Points {
    let rule = own.as_ref().and_then(|own| own.rule);
    let mut trace = Said::default();
    if let Some(own) = own {
        inside.add(section.kind, &own);
        trace = own.trace;
    }
    let Below {
        mut base,
        mut bonus,
        mut deducted,
        mut taken,
        scored,
    } = inside;
    if scored {
        trace.then(&Said::new(
            "tổng của các tiêu chí bên trong",
            "the sum of the criteria inside",
        ));
    }
    let mut capped = |sum: &mut Exact, cap: Option<Exact>, vi: &str, en: &str| {
        let Some(cap) = cap.filter(|cap| *sum > *cap) else {
            return Exact::zero();
        };
        let over = sum.clone() - cap.clone();
        trace.then(&Said::new(
            format!("{vi} không quá {cap}"),
            format!("{en} no more than {cap}"),
        ));
        *sum = cap;
        over
    };
    let rules = &section.rules;
    let given_back = capped(
        &mut taken,
        criterion::cap(rules, CapOf::Penalty),
        "điểm trừ",
        "penalties",
    );
    if section.kind == CriterionKind::Deduction {
        deducted = deducted - given_back;
        capped(&mut deducted, criterion::limit(section), "trừ", "deducted");
        return Points {
            points: -deducted.clone(),
            taken: deducted,
            rule,
            trace,
        };
    }
    // Deductions below are taken back first; what penalties took of base points is given back to them.
    let back = given_back.clone().min(deducted.clone());
    deducted = deducted - back.clone();
    base = base + (given_back - back);
    capped(
        &mut bonus,
        criterion::cap(rules, CapOf::Bonus),
        "điểm thưởng",
        "bonus",
    );
    if section.kind == CriterionKind::Bonus {
        capped(&mut bonus, criterion::limit(section), "điểm thưởng", "bonus");
        capped(&mut bonus, criterion::cap(rules, CapOf::Points), "điểm", "points");
        return Points {
            points: (bonus + base - deducted).max(Exact::zero()),
            taken,
            rule,
            trace,
        };
    }
    capped(&mut base, criterion::limit(section), "điểm", "points");
    let mut points = (base + bonus - deducted).max(Exact::zero());
    capped(
        &mut points,
        criterion::cap(rules, CapOf::Points),
        "điểm",
        "points",
    );
    Points {
        points,
        taken,
        rule,
        trace,
    }
}
