//! What only the rules of a criterion together can tell: whether labelled points are added up or one
//! of them counts, whose variables a formula uses, what is a scale and what a mere figure.

use std::sync::LazyLock;

use regex::Regex;
use rust_decimal::Decimal;

use crate::domain::{Award, Bound, Interval, Rule, RuleKind, Score, fold};

use super::Definition;
use super::phrase::decimal;

static COUNTED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?:co|dat|du|trien khai|to chuc)?\s*(\d+)\s+(\S+)").expect("a fixed pattern")
});
static UNCOUNTED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^khong (?:co |to chuc |trien khai )?(\S+).* nao\b").expect("a fixed pattern")
});
static REST: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^(?:(?:cac )?truong hop )?(?:con lai|khac)$").expect("a fixed pattern"));

/// Brings the rules of one criterion into line with each other.
pub fn settle(rules: &mut Vec<Rule>, definitions: &[Definition], max: Option<Score>) {
    describe(rules, definitions);
    counts(rules);
    the_rest(rules);
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

/// `Có 01 cuộc họp: 1` and `Không có cuộc họp nào: 0` beside `Từ 02 cuộc họp trở lên: 2` are steps of the same scale.
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
        let counted = COUNTED
            .captures(&folded)
            .and_then(|found| Some((decimal(found.get(1)?.as_str())?, found.get(2)?.as_str())));
        let none = || Some((Decimal::ZERO, UNCOUNTED.captures(&folded)?.get(1)?.as_str()));
        let Some((value, word)) = counted.or_else(none) else {
            continue;
        };
        let same = units
            .iter()
            .find(|(unit, _)| fold(unit).split(' ').next() == Some(word));
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

/// `Còn lại: 0 điểm` after bands that leave nothing out but what is below them is the band below them.
fn the_rest(rules: &mut [Rule]) {
    for at in 1..rules.len() {
        let (before, rest) = rules.split_at_mut(at);
        let RuleKind::Choice { label, award } = &rest[0].kind else {
            continue;
        };
        if REST.is_match(&fold(label))
            && let Some((variable, unit, interval)) = below_all(before)
        {
            rest[0].kind = RuleKind::Band {
                variable,
                unit,
                interval,
                award: award.clone(),
            };
        }
    }
}

/// What lies below all of these rules, where they are the bands of one scale that reach to its top without a hole.
fn below_all(rules: &[Rule]) -> Option<(String, Option<String>, Interval)> {
    let mut bands: Vec<(&String, &Option<String>, Bound, Option<Bound>)> = Vec::new();
    for rule in rules {
        let RuleKind::Band {
            variable,
            unit,
            interval,
            ..
        } = &rule.kind
        else {
            return None;
        };
        bands.push((variable, unit, interval.lower?, interval.upper));
    }
    bands.sort_by_key(|(_, _, lower, _)| lower.value);
    let (variable, unit, lowest, _) = *bands.first()?;
    let one_scale = bands.iter().all(|(v, u, ..)| (*v, *u) == (variable, unit));
    let no_hole = bands
        .windows(2)
        .all(|pair| pair[0].3.is_none_or(|upper| upper.value >= pair[1].2.value));
    let whole = Decimal::ONE_HUNDRED;
    let to_the_top = bands.iter().any(|(_, unit, _, upper)| {
        upper.is_none_or(|u| unit.as_deref() == Some("%") && u.closed && u.value == whole)
    });
    let below = Interval {
        lower: None,
        upper: Some(Bound {
            value: lowest.value,
            closed: !lowest.closed,
        }),
    };
    (one_scale && no_hole && to_the_top).then(|| (variable.clone(), unit.clone(), below))
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
