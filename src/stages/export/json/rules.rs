use std::str::FromStr;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::JsonError;
use crate::domain::{self, Bound, Interval, Named, PenaltyAmount, RuleKind, Score};

/// What a rule gives; exactly one of the three.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Award {
    Points(String),
    Max(bool),
    Formula(String),
}

/// A rule with the words it came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    #[serde(flatten)]
    pub(super) kind: Kind,
    #[serde(default)]
    pub text: String,
}

/// The ends of an interval; an absent end is unbounded.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Ends {
    #[serde(skip_serializing_if = "Option::is_none")]
    lower: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lower_closed: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    upper: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    upper_closed: Option<bool>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Variable {
    name: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    external: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Kind {
    Band {
        #[serde(default)]
        variable: String,
        #[serde(default)]
        unit: Option<String>,
        #[serde(flatten)]
        ends: Ends,
        #[serde(default)]
        award: Option<Award>,
    },
    Formula {
        expression: String,
        #[serde(default)]
        variables: Vec<Variable>,
        #[serde(default)]
        floor: Option<String>,
        #[serde(default)]
        cap: Option<String>,
    },
    Choice {
        label: String,
        #[serde(default)]
        award: Option<Award>,
    },
    PerUnit {
        #[serde(default)]
        unit: String,
        points: String,
        #[serde(default)]
        cap: Option<String>,
    },
    Penalty {
        #[serde(default)]
        unit: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        points: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        share: Option<String>,
        #[serde(default)]
        floor: Option<String>,
        #[serde(default)]
        from: Option<String>,
    },
    Component {
        label: String,
        points: String,
        #[serde(default)]
        when: Option<String>,
    },
    Target {
        #[serde(default)]
        variable: String,
        #[serde(flatten)]
        ends: Ends,
    },
    Cap {
        of: String,
        points: String,
    },
    Text {},
}

/// The decimal string of the contract: a dot, no needless zeros.
pub(super) fn decimal(value: Decimal) -> String {
    value.normalize().to_string()
}

/// Reads a decimal string; `name` is the field, for the message.
pub(super) fn parse_decimal(name: &str, text: &str) -> Result<Decimal, JsonError> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = digits.bytes().all(|b| b.is_ascii_digit() || b == b'.')
        && digits.bytes().next().is_some_and(|b| b.is_ascii_digit())
        && digits.bytes().last().is_some_and(|b| b.is_ascii_digit());
    match Decimal::from_str(text) {
        Ok(value) if plain => Ok(value),
        _ => Err(JsonError::value(
            name,
            format!("{text:?} is no decimal number with a dot, such as \"1.5\""),
        )),
    }
}

pub(super) fn score(value: Score) -> String {
    decimal(value.0)
}

pub(super) fn parse_score(name: &str, text: &str) -> Result<Score, JsonError> {
    parse_decimal(name, text).map(Score)
}

/// The most that a criterion or rubric gives or takes.
pub(super) fn parse_limit(name: &str, text: &str) -> Result<Score, JsonError> {
    let score = parse_decimal(name, text)?;
    if score < Decimal::ZERO {
        let problem = format!("{text:?} is negative; what is taken away is written without a sign");
        return Err(JsonError::value(name, problem));
    }
    if score > Decimal::from(HIGHEST) {
        let problem = format!("{text:?} is more than any decision gives ({HIGHEST})");
        return Err(JsonError::value(name, problem));
    }
    Ok(Score(score))
}

/// No limit is higher.
const HIGHEST: u32 = 1_000_000;

/// For a field that may be absent.
pub(super) fn parse_optional_score(name: &str, text: Option<&str>) -> Result<Option<Score>, JsonError> {
    text.map(|text| parse_score(name, text)).transpose()
}

impl From<&Interval> for Ends {
    fn from(interval: &Interval) -> Self {
        Self {
            lower: interval.lower.map(|b| decimal(b.value)),
            lower_closed: interval.lower.map(|b| b.closed),
            upper: interval.upper.map(|b| decimal(b.value)),
            upper_closed: interval.upper.map(|b| b.closed),
        }
    }
}

impl TryFrom<Ends> for Interval {
    type Error = JsonError;

    fn try_from(ends: Ends) -> Result<Self, JsonError> {
        let end = |name: &str, value: Option<String>, closed: Option<bool>| match (value, closed) {
            (None, _) => Ok(None),
            (Some(_), None) => Err(JsonError::value(format!("{name}_closed"), "is missing")),
            (Some(text), Some(closed)) => Ok(Some(Bound {
                value: parse_decimal(name, &text)?,
                closed,
            })),
        };
        Ok(Self {
            lower: end("lower", ends.lower, ends.lower_closed)?,
            upper: end("upper", ends.upper, ends.upper_closed)?,
        })
    }
}

impl From<&domain::Award> for Award {
    fn from(award: &domain::Award) -> Self {
        match award {
            domain::Award::Points(points) => Self::Points(score(*points)),
            domain::Award::Max => Self::Max(true),
            domain::Award::Formula(formula) => Self::Formula(formula.clone()),
        }
    }
}

impl TryFrom<Award> for domain::Award {
    type Error = JsonError;

    fn try_from(award: Award) -> Result<Self, JsonError> {
        match award {
            Award::Points(points) => Ok(Self::Points(parse_score("award.points", &points)?)),
            Award::Max(true) => Ok(Self::Max),
            Award::Max(false) => Err(JsonError::value("award.max", "can only be true")),
            Award::Formula(formula) => Ok(Self::Formula(formula)),
        }
    }
}

impl From<&domain::Rule> for Rule {
    fn from(rule: &domain::Rule) -> Self {
        let kind = match &rule.kind {
            RuleKind::Band {
                variable,
                unit,
                interval,
                award,
            } => Kind::Band {
                variable: variable.clone(),
                unit: unit.clone(),
                ends: interval.into(),
                award: award.as_ref().map(Award::from),
            },
            RuleKind::Formula {
                expression,
                variables,
                floor,
                cap,
            } => Kind::Formula {
                expression: expression.clone(),
                variables: variables
                    .iter()
                    .map(|v| Variable {
                        name: v.name.clone(),
                        description: v.description.clone(),
                        external: v.external,
                    })
                    .collect(),
                floor: floor.map(score),
                cap: cap.map(score),
            },
            RuleKind::Choice { label, award } => Kind::Choice {
                label: label.clone(),
                award: award.as_ref().map(Award::from),
            },
            RuleKind::PerUnit { unit, points, cap } => Kind::PerUnit {
                unit: unit.clone(),
                points: score(*points),
                cap: cap.map(score),
            },
            RuleKind::Penalty {
                unit,
                amount,
                floor,
                from,
            } => {
                let (points, share) = match amount {
                    PenaltyAmount::Points(points) => (Some(score(*points)), None),
                    PenaltyAmount::Share(share) => (None, Some(decimal(*share))),
                };
                Kind::Penalty {
                    unit: unit.clone(),
                    points,
                    share,
                    floor: floor.map(score),
                    from: Some(from.name().to_owned()),
                }
            }
            RuleKind::Component { label, points, when } => Kind::Component {
                label: label.clone(),
                points: score(*points),
                when: when.clone(),
            },
            RuleKind::Target { variable, interval } => Kind::Target {
                variable: variable.clone(),
                ends: interval.into(),
            },
            RuleKind::Cap { of, points } => Kind::Cap {
                of: of.name().to_owned(),
                points: score(*points),
            },
            RuleKind::Text => Kind::Text {},
        };
        Self {
            kind,
            text: rule.text.clone(),
        }
    }
}

impl TryFrom<Rule> for domain::Rule {
    type Error = JsonError;

    fn try_from(rule: Rule) -> Result<Self, JsonError> {
        let kind = match rule.kind {
            Kind::Band {
                variable,
                unit,
                ends,
                award,
            } => RuleKind::Band {
                variable,
                unit,
                interval: ends.try_into()?,
                award: award.map(domain::Award::try_from).transpose()?,
            },
            Kind::Formula {
                expression,
                variables,
                floor,
                cap,
            } => RuleKind::Formula {
                expression,
                variables: variables
                    .into_iter()
                    .map(|v| domain::Variable {
                        name: v.name,
                        description: v.description,
                        external: v.external,
                    })
                    .collect(),
                floor: parse_optional_score("floor", floor.as_deref())?,
                cap: parse_optional_score("cap", cap.as_deref())?,
            },
            Kind::Choice { label, award } => RuleKind::Choice {
                label,
                award: award.map(domain::Award::try_from).transpose()?,
            },
            Kind::PerUnit { unit, points, cap } => RuleKind::PerUnit {
                unit,
                points: parse_score("points", &points)?,
                cap: parse_optional_score("cap", cap.as_deref())?,
            },
            Kind::Penalty {
                unit,
                points,
                share,
                floor,
                from,
            } => RuleKind::Penalty {
                unit,
                amount: match (points, share) {
                    (Some(points), None) => PenaltyAmount::Points(parse_score("points", &points)?),
                    (None, Some(share)) => PenaltyAmount::Share(parse_decimal("share", &share)?),
                    _ => return Err(JsonError::value("points", "a penalty has either points or share")),
                },
                floor: parse_optional_score("floor", floor.as_deref())?,
                from: match from {
                    Some(name) => super::to_domain::named("from", &name)?,
                    None => domain::PenaltyBase::Criterion,
                },
            },
            Kind::Component { label, points, when } => RuleKind::Component {
                label,
                points: parse_score("points", &points)?,
                when,
            },
            Kind::Target { variable, ends } => RuleKind::Target {
                variable,
                interval: ends.try_into()?,
            },
            Kind::Cap { of, points } => RuleKind::Cap {
                of: super::to_domain::named("of", &of)?,
                points: parse_score("points", &points)?,
            },
            Kind::Text {} => RuleKind::Text,
        };
        Ok(Self {
            kind,
            text: rule.text,
        })
    }
}
