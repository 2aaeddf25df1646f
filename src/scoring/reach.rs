//! The inverse of scoring: the least and the most points that the rules can give.

use std::collections::HashMap;

use super::criterion::{at_most, cap, is_percent, is_reached, limit, maximum};
use super::{Exact, Expression, Scales};
use crate::domain::{Award, CapOf, Criterion, CriterionKind, Interval, PenaltyBase, Rubric, Rule, RuleKind};

/// The least and the most points of a criterion or section. What its rules leave open is taken to go as far as its
/// maximum; `None` where that has no end either.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Reach {
    pub least: Option<Exact>,
    pub most: Option<Exact>,
    /// The rules come as near to `most` as one likes but not there: "dưới 100%: tỷ lệ % x điểm tối đa".
    pub only_nearly: bool,
}

/// The reach of each criterion in document order, and of the whole rubric: bonus included, never below 0.
#[derive(Debug, Clone, PartialEq)]
pub struct Reaches {
    pub criteria: Vec<(String, Reach)>,
    pub total: Reach,
}

/// What a rubric can give. A criterion's parent stands before it.
pub fn reach(rubric: &Rubric) -> Reaches {
    let mut below: HashMap<Option<&str>, Reach> = HashMap::new();
    let mut criteria = Vec::with_capacity(rubric.criteria.len());
    for criterion in rubric.criteria.iter().rev() {
        let own = match below.remove(&Some(criterion.id.as_str())) {
            Some(inside) => of_section(criterion, inside),
            None => reach_of(criterion),
        };
        let above = below.entry(criterion.parent.as_deref()).or_insert_with(nothing);
        above.least = both(above.least.take(), own.least.clone());
        above.most = both(above.most.take(), own.most.clone());
        above.only_nearly |= own.only_nearly;
        criteria.push((criterion.id.clone(), own));
    }
    criteria.reverse();
    let mut total = below.remove(&None).unwrap_or_else(nothing);
    total.least = Some(total.least.unwrap_or_default().max(Exact::zero()));
    Reaches { criteria, total }
}

fn nothing() -> Reach {
    Reach {
        least: Some(Exact::zero()),
        most: Some(Exact::zero()),
        only_nearly: false,
    }
}

fn both(a: Option<Exact>, b: Option<Exact>) -> Option<Exact> {
    Some(a? + b?)
}

fn of_section(section: &Criterion, inside: Reach) -> Reach {
    let top = limit(section);
    if section.kind == CriterionKind::Deduction {
        let ends = [top, cap(&section.rules, CapOf::Penalty)].map(|taken| taken.map(|t| -t));
        return Reach {
            least: ends.into_iter().chain([inside.least]).flatten().max(),
            most: Some(Exact::zero()),
            only_nearly: false,
        };
    }
    let ends = [inside.most, top, cap(&section.rules, CapOf::Points)];
    Reach {
        least: Some(inside.least.unwrap_or_default().max(Exact::zero())),
        most: ends.into_iter().flatten().min(),
        only_nearly: inside.only_nearly,
    }
}

/// Points that some rule can give, and whether it gives the most of them.
struct Span {
    least: Exact,
    most: Option<Exact>,
    only_nearly: bool,
}

/// The reach of a criterion without parts.
pub fn reach_of(criterion: &Criterion) -> Reach {
    let top = limit(criterion);
    if criterion.kind == CriterionKind::Deduction {
        return Reach {
            least: top.map(|top| -top),
            most: Some(Exact::zero()),
            only_nearly: false,
        };
    }
    let rules = &criterion.rules;
    let spans: Vec<Span> = rules.iter().filter_map(|rule| span(criterion, rule)).collect();
    let penalties = |from| {
        rules
            .iter()
            .any(|r| matches!(&r.kind, RuleKind::Penalty { from: f, .. } if *f == from))
    };
    let parts = rules.iter().filter_map(|rule| match &rule.kind {
        RuleKind::Component { points, .. } => Some(Some(Exact::from(*points))),
        RuleKind::PerUnit { cap, .. } => Some(cap.map(Exact::from)),
        _ => None,
    });
    let parts: Vec<Option<Exact>> = parts.collect();
    // Penalties take from all that is there; where no rule gives points, a person does.
    let open = spans.is_empty() && parts.is_empty() || penalties(PenaltyBase::Criterion);
    let mut least = spans.iter().map(|s| s.least.clone()).min().unwrap_or_default();
    let mut most = if open { top.clone() } else { Some(Exact::zero()) };
    let mut only_nearly = false;
    for span in &spans {
        let more = match (&span.most, &most) {
            (_, None) => false,
            (None, Some(_)) => true,
            (Some(a), Some(b)) => a > b || a == b && only_nearly,
        };
        if more {
            most.clone_from(&span.most);
            only_nearly = span.only_nearly;
        }
    }
    // Of scales that add up each brings its best, not only the first.
    let scales = Scales::of(criterion);
    if scales.add_up {
        most = top.clone();
    }
    for part in parts {
        most = both(most, part);
    }
    let top = [top, cap(rules, CapOf::Points)].into_iter().flatten().min();
    if let Some(top) = top {
        only_nearly &= most.as_ref().is_some_and(|most| *most <= top);
        most = Some(at_most(top, most));
    }
    if penalties(PenaltyBase::Criterion) {
        let floors = rules.iter().filter_map(|r| match &r.kind {
            RuleKind::Penalty { floor, .. } => floor.map(Exact::from),
            _ => None,
        });
        least = least.min(floors.max().unwrap_or_default());
    }
    Reach {
        least: (!penalties(PenaltyBase::Total)).then(|| least.max(Exact::zero())),
        most,
        only_nearly,
    }
}

/// The most that a band, a choice or a formula gives before the criterion's limits; `None` where that is open.
pub fn most_of(criterion: &Criterion, rule: &Rule) -> Option<Exact> {
    span(criterion, rule)?.most
}

/// What a band, choice or formula can give.
fn span(criterion: &Criterion, rule: &Rule) -> Option<Span> {
    let exactly = |points: Exact| Span {
        least: points.clone(),
        most: Some(points),
        only_nearly: false,
    };
    let max = || maximum(criterion);
    let open = || Span {
        least: Exact::zero(),
        most: max(),
        only_nearly: false,
    };
    let award = |award: &Option<Award>, on: Option<&Interval>| match award.as_ref()? {
        Award::Points(points) => Some(exactly((*points).into())),
        Award::Max => max().map(exactly),
        Award::Formula(text) => Some(along(text, on, max()).unwrap_or_else(open)),
    };
    match &rule.kind {
        RuleKind::Band {
            award: given,
            interval,
            variable,
            unit,
        } => {
            let share = is_percent(variable, unit.as_deref()) && !is_reached(variable);
            award(given, share.then_some(interval))
        }
        RuleKind::Choice { award: given, .. } => award(given, None),
        RuleKind::Formula {
            expression,
            floor,
            cap,
            ..
        } => {
            let mut span = along(expression, Some(&Interval::default()), max()).unwrap_or_else(open);
            if let Some(cap) = cap.map(Exact::from) {
                span.most = Some(at_most(cap, span.most));
            }
            span.least = span.least.max(floor.map(Exact::from).unwrap_or_default());
            Some(span)
        }
        _ => None,
    }
}

/// What an expression over the percentage reached gives from one end of an interval to the other; it grows or falls all
/// the way, as those of decisions do. `None` where other variables are in it.
fn along(text: &str, on: Option<&Interval>, max: Option<Exact>) -> Option<Span> {
    let expression = Expression::parse(text)?;
    let at = |value: Option<&Exact>| {
        let of = |name: &str| match name {
            "max" => max.clone(),
            "value" => value.cloned(),
            _ => None,
        };
        expression.value(&of).ok()
    };
    if !expression.names().contains(&"value") {
        return at(None).map(|points| Span {
            least: points.clone(),
            most: Some(points),
            only_nearly: false,
        });
    }
    let on = on?;
    let low = on.lower.map_or(Exact::zero(), |b| b.value.into());
    let high = on.upper.map_or(Exact::from(100), |b| b.value.into());
    let (first, last) = (at(Some(&low))?, at(Some(&high))?);
    let is_open = |end: Option<crate::domain::Bound>| end.is_some_and(|b| !b.closed);
    let (least, most, end) = if first <= last {
        (first, last, on.upper)
    } else {
        (last, first, on.lower)
    };
    Some(Span {
        least,
        most: Some(most),
        only_nearly: is_open(end),
    })
}
