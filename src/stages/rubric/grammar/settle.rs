//! What only the rules of a criterion together can tell: whether labelled points are added up or one
//! of them counts, whose variables a formula uses, what is a scale and what a mere figure.

use std::sync::LazyLock;

use regex::Regex;

use crate::domain::{Award, Bound, Interval, Rule, RuleKind, Score, fold};

use super::Definition;
use super::phrase::decimal;

static COUNTED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?:co|dat|du|trien khai|to chuc)?\s*(\d+)\s+(\S+)").expect("a fixed pattern")
});

/// Brings the rules of one criterion into line with each other.
pub fn settle(rules: &mut Vec<Rule>, definitions: &[Definition], max: Option<Score>) {
    describe(rules, definitions);
    counts(rules);
    lone_figures(rules);
    added_or_chosen(rules, max);
    let scaled = rules.iter().any(|r| {
        matches!(
            r.kind,
            RuleKind::Band { .. } | RuleKind::Formula { .. } | RuleKind::Choice { .. }
        )
    });
    if scaled {
        rules.retain(|r| !matches!(r.kind, RuleKind::Target { .. }));
    }
    let mut seen: Vec<RuleKind> = Vec::new();
    rules.retain(|r| {
        let again = !matches!(r.kind, RuleKind::Text) && seen.contains(&r.kind);
        seen.push(r.kind.clone());
        !again
    });
}

fn describe(rules: &mut [Rule], definitions: &[Definition]) {
    for rule in rules {
        let RuleKind::Formula { variables, .. } = &mut rule.kind else {
            continue;
        };
        for variable in variables {
            if let Some(known) = definitions.iter().find(|d| d.name == variable.name) {
                variable.description.clone_from(&known.description);
                variable.external |= super::formula::is_external(&known.description);
            }
        }
    }
}

/// `Có 01 cuộc họp: 1` beside `Từ 02 cuộc họp trở lên: 2` is a step of the same scale.
fn counts(rules: &mut [Rule]) {
    let units: Vec<(String, String)> = rules
        .iter()
        .filter_map(|r| match &r.kind {
            RuleKind::Band {
                unit: Some(unit),
                variable,
                ..
            } if unit != "%" => Some((unit.clone(), variable.clone())),
            _ => None,
        })
        .collect();
    for rule in rules {
        let RuleKind::Choice { label, award } = &rule.kind else {
            continue;
        };
        let folded = fold(label);
        let Some(found) = COUNTED.captures(&folded) else {
            continue;
        };
        let (Some(value), Some(word)) = (found.get(1).and_then(|m| decimal(m.as_str())), found.get(2)) else {
            continue;
        };
        let same = units
            .iter()
            .find(|(unit, _)| fold(unit).split(' ').next() == Some(word.as_str()));
        if let Some((unit, variable)) = same {
            let point = Some(Bound { value, closed: true });
            rule.kind = RuleKind::Band {
                variable: variable.clone(),
                unit: Some(unit.clone()),
                interval: Interval {
                    lower: point,
                    upper: point,
                },
                award: award.clone(),
            };
        }
    }
}

/// A percentage without points is a step only beside others; alone it is a figure that somebody filled in.
fn lone_figures(rules: &mut [Rule]) {
    let bands = rules
        .iter()
        .filter(|r| matches!(r.kind, RuleKind::Band { .. }))
        .count();
    if bands > 1 {
        return;
    }
    for rule in rules {
        if matches!(rule.kind, RuleKind::Band { award: None, .. }) {
            rule.kind = RuleKind::Text;
        }
    }
}

/// Labelled points: added when together they make the maximum, chosen from when one of them does.
fn added_or_chosen(rules: &mut [Rule], max: Option<Score>) {
    let Some(max) = max else { return };
    let points: Vec<Score> = rules
        .iter()
        .filter_map(|r| match &r.kind {
            RuleKind::Component { points, .. } => Some(*points),
            RuleKind::Choice {
                award: Some(Award::Points(points)),
                ..
            } => Some(*points),
            RuleKind::Choice {
                award: Some(Award::Max),
                ..
            } => Some(max),
            _ => None,
        })
        .collect();
    let sum: Score = points.iter().copied().sum();
    let others = rules
        .iter()
        .any(|r| matches!(r.kind, RuleKind::Band { .. } | RuleKind::Formula { .. }));
    let chosen = points.contains(&max) && sum != max || points.contains(&Score::ZERO);
    let added = points.len() > 1 && sum == max && !points.contains(&Score::ZERO) && !others;
    for rule in rules {
        rule.kind = match &rule.kind {
            RuleKind::Component {
                label,
                points,
                when: None,
            } if chosen && !added => RuleKind::Choice {
                label: label.clone(),
                award: Some(Award::Points(*points)),
            },
            RuleKind::Choice {
                label,
                award: Some(Award::Points(points)),
            } if added => RuleKind::Component {
                label: label.clone(),
                points: *points,
                when: None,
            },
            _ => continue,
        };
    }
}
