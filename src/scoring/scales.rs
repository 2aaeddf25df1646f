//! Which bands of a criterion make one scale, and whether its scales add up.

use crate::domain::{Award, Criterion, Interval, Rule, RuleKind, Score, fold};

/// A band as a step of a scale.
#[derive(Debug, Clone, Copy)]
pub struct Step<'a> {
    /// Its place among the criterion's rules.
    pub at: usize,
    pub rule: &'a Rule,
    pub variable: &'a str,
    pub unit: Option<&'a str>,
    pub interval: &'a Interval,
    pub award: Option<&'a Award>,
}

/// The scales of a criterion, each with its steps in document order.
#[derive(Debug, Clone, Default)]
pub struct Scales<'a> {
    pub all: Vec<Vec<Step<'a>>>,
    /// The scales are about different things whose best points only together make the maximum.
    pub add_up: bool,
}

impl<'a> Scales<'a> {
    /// Steps of one variable belong together, in percent all do, unless the scales add up.
    pub fn of(criterion: &'a Criterion) -> Self {
        let steps = steps(criterion);
        let apart = grouped(&steps, |a, b| alike(a.variable, b.variable));
        let add_up = add_up(criterion, &apart);
        let unit = |s: &Step<'_>| s.unit.map(|u| fold(u).split(' ').next().unwrap_or("").to_owned());
        let same = |a: &Step<'_>, b: &Step<'_>| {
            let percent = a.unit == Some("%") && b.unit == Some("%");
            percent || unit(a) == unit(b) && (a.unit.is_some() || a.variable == b.variable)
        };
        Self {
            all: if add_up { apart } else { grouped(&steps, same) },
            add_up,
        }
    }
}

/// What an award is in points; `None` where that depends on the answer, or nothing is said.
pub fn points(criterion: &Criterion, award: Option<&Award>) -> Option<Score> {
    match award? {
        Award::Points(points) => Some(*points),
        Award::Max => criterion.max_score,
        Award::Formula(_) => None,
    }
}

fn steps(criterion: &Criterion) -> Vec<Step<'_>> {
    let rules = criterion.rules.iter().enumerate();
    rules
        .filter_map(|(at, rule)| match &rule.kind {
            RuleKind::Band {
                variable,
                unit,
                interval,
                award,
            } => Some(Step {
                at,
                rule,
                variable,
                unit: unit.as_deref(),
                interval,
                award: award.as_ref(),
            }),
            _ => None,
        })
        .collect()
}

fn grouped<'a>(steps: &[Step<'a>], same: impl Fn(&Step<'a>, &Step<'a>) -> bool) -> Vec<Vec<Step<'a>>> {
    let mut scales: Vec<Vec<Step<'a>>> = Vec::new();
    for step in steps {
        match scales.iter_mut().find(|scale| same(step, &scale[0])) {
            Some(scale) => scale.push(*step),
            None => scales.push(vec![*step]),
        }
    }
    scales
}

fn add_up(criterion: &Criterion, scales: &[Vec<Step<'_>>]) -> bool {
    let Some(max) = criterion.max_score else {
        return false;
    };
    let best = |scale: &Vec<Step<'_>>| -> Option<Score> {
        let all: Option<Vec<Score>> = scale.iter().map(|s| points(criterion, s.award)).collect();
        all?.into_iter().max()
    };
    let Some(best) = scales.iter().map(best).collect::<Option<Vec<Score>>>() else {
        return false;
    };
    let parts = best.iter().all(|p| *p != Score::ZERO && *p != max);
    best.len() > 1 && parts && best.into_iter().sum::<Score>() == max
}

/// Words that mean the same thing, as far as words can tell: most of the shorter are in the longer.
fn alike(a: &str, b: &str) -> bool {
    let (a, b) = (fold(a), fold(b));
    if a == b || a == "%" || b == "%" {
        return true;
    }
    let words = |t: &str| t.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let (a, b) = (words(&a), words(&b));
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    let shared = short.iter().filter(|w| long.contains(w)).count();
    shared * 10 >= short.len() * 8
}
