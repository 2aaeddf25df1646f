//! What a criterion asks a unit: the inverse of the answers that it takes.

use super::{Expression, Scales};
use crate::domain::{Award, Criterion, RuleKind, fold};

/// One thing to be answered, by the name under which [`super::Answer`] takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// Where the unit stands on the scale: `value`.
    Value { about: String, unit: Option<String> },
    /// A variable of a formula, or of one scale of several: by its name.
    Variable { name: String, about: String },
    /// One of these labels: `choice`.
    Choice { labels: Vec<String> },
    /// How often: `count`.
    Count { unit: String },
    /// How often, for one of several units: in `counts`.
    Counts { unit: String },
    /// Which of these are there: `components`.
    Components { labels: Vec<String> },
    /// No rule gives points: a person does, `points`.
    Points,
}

/// The questions of one criterion, in the order of its rules. A section asks nothing.
pub fn questions(criterion: &Criterion) -> Vec<Question> {
    let mut asked = bands(criterion);
    for rule in &criterion.rules {
        match &rule.kind {
            RuleKind::Formula {
                expression,
                variables,
                ..
            } => {
                value(&mut asked, expression);
                for name in names(expression) {
                    let about = variables.iter().find(|v| v.name == name);
                    let about = about.map(|v| v.description.clone()).unwrap_or_default();
                    variable(&mut asked, name, about);
                }
            }
            RuleKind::Band { award, .. } | RuleKind::Choice { award, .. } => {
                if let Some(Award::Formula(text)) = award {
                    value(&mut asked, text);
                    names(text)
                        .into_iter()
                        .for_each(|name| variable(&mut asked, name, String::new()));
                }
            }
            _ => {}
        }
    }
    let labels = |of: fn(&RuleKind) -> Option<&String>| -> Vec<String> {
        criterion
            .rules
            .iter()
            .filter_map(|r| of(&r.kind))
            .cloned()
            .collect()
    };
    let choices = labels(|kind| match kind {
        RuleKind::Choice { label, .. } => Some(label),
        _ => None,
    });
    if !choices.is_empty() {
        asked.push(Question::Choice { labels: choices });
    }
    let parts = labels(|kind| match kind {
        RuleKind::Component { label, .. } => Some(label),
        _ => None,
    });
    if !parts.is_empty() {
        asked.push(Question::Components { labels: parts });
    }
    asked.extend(counts(criterion));
    if asked.is_empty() {
        asked.push(Question::Points);
    }
    asked
}

/// What the bands are about: one value, or each scale's own where they add up or are reckoned from variables.
fn bands(criterion: &Criterion) -> Vec<Question> {
    let scales = Scales::of(criterion);
    let mut asked = Vec::new();
    for scale in &scales.all {
        let Some(step) = scale.first() else { continue };
        let reckoned = names(step.variable);
        if !reckoned.is_empty() {
            for name in reckoned {
                variable(&mut asked, name, String::new());
            }
        } else if scales.add_up {
            variable(&mut asked, step.variable.to_owned(), step.variable.to_owned());
        } else if super::criterion::is_reached(step.variable) && has_formula(criterion) {
            // The formula beside it gives what the bands are about.
        } else if asked.is_empty() {
            asked.push(Question::Value {
                about: step.variable.to_owned(),
                unit: step.unit.map(str::to_owned),
            });
        }
    }
    asked
}

fn has_formula(criterion: &Criterion) -> bool {
    criterion
        .rules
        .iter()
        .any(|r| matches!(r.kind, RuleKind::Formula { .. }))
}

fn counts(criterion: &Criterion) -> Vec<Question> {
    let mut units: Vec<String> = Vec::new();
    for rule in &criterion.rules {
        let unit = match &rule.kind {
            RuleKind::PerUnit { unit, .. } => unit.clone(),
            RuleKind::Penalty { unit, .. } => unit.clone().unwrap_or_default(),
            _ => continue,
        };
        if !units.iter().any(|u| fold(u) == fold(&unit)) {
            units.push(unit);
        }
    }
    match units.as_slice() {
        [unit] => vec![Question::Count { unit: unit.clone() }],
        _ => units.into_iter().map(|unit| Question::Counts { unit }).collect(),
    }
}

/// An expression may reckon with the value itself.
fn value(asked: &mut Vec<Question>, expression: &str) {
    let parsed = Expression::parse(expression);
    let names_it = parsed
        .iter()
        .flat_map(Expression::names)
        .any(|name| name == "value");
    if names_it && !asked.iter().any(|q| matches!(q, Question::Value { .. })) {
        asked.push(Question::Value {
            about: String::new(),
            unit: Some("%".to_owned()),
        });
    }
}

fn variable(asked: &mut Vec<Question>, name: String, about: String) {
    let known = |q: &Question| matches!(q, Question::Variable { name: other, .. } if *other == name);
    if !asked.iter().any(known) {
        asked.push(Question::Variable { name, about });
    }
}

/// The variables of an expression that an answer has to bring; words are none.
fn names(text: &str) -> Vec<String> {
    let parsed = Expression::parse(text);
    let all = parsed.iter().flat_map(Expression::names).map(str::to_owned);
    all.filter(|name| name != "max" && name != "value").collect()
}
