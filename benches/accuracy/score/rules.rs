//! Scoring rules against a key that was written by hand (`fixtures/rules-truth/`).
//!
//! A line of the key names the words and what they say, in one or more readings that a person would accept, the better one
//! first. Lines that only name a variable, complete another line or leave the points to a person are no rules of their own:
//! they are accepted where the key says so, and not counted.

use std::str::FromStr;

use rust_decimal::Decimal;
use serde::Deserialize;
use sohoa::scoring::{Exact, Expression};

use super::align::in_order;
use super::distance::similarity;
use super::{Prediction, normal};

/// Words of a rule are taken for those of the key from this likeness on: a poor scan spoils some.
const SAME_WORDS: f64 = 0.6;

/// A rule as `sohoa/1` writes it, as far as it is judged.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct PredictedRule {
    #[serde(rename = "type")]
    pub kind: String,
    pub text: String,
    pub variable: Option<String>,
    pub lower: Option<String>,
    pub lower_closed: bool,
    pub upper: Option<String>,
    pub upper_closed: bool,
    pub award: Option<PredictedAward>,
    pub expression: Option<String>,
    pub points: Option<String>,
    pub share: Option<String>,
    pub from: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct PredictedAward {
    pub points: Option<String>,
    pub max: bool,
    pub formula: Option<String>,
}

/// One line of the key.
#[derive(Debug, Clone)]
pub struct KeyLine {
    /// The number of the criterion that the rule belongs to.
    number: String,
    readings: Vec<Reading>,
    words: String,
}

/// One way to understand a line.
#[derive(Debug, Clone, PartialEq, Default)]
struct Reading {
    kind: String,
    /// What the interval is about where it is an expression; else the measured value.
    about: Option<String>,
    interval: Option<Interval>,
    /// Points, a share, `max`, `none` or an expression; empty where the kind has none.
    award: String,
    total: bool,
}

/// Ends with whether they belong to it; an absent end is unbounded.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Interval {
    lower: Option<(Decimal, bool)>,
    upper: Option<(Decimal, bool)>,
}

/// How the rules of a document compare with the key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RuleFigures {
    /// Lines of the key that are rules.
    pub lines: usize,
    /// Those found as a rule of the right type.
    pub typed: usize,
    /// Those of `typed` right in every end, bound and award, and at the right criterion.
    pub right: usize,
    /// Found rules that no line of the key accounts for.
    pub false_rules: usize,
    /// For people: what is wrong.
    pub faults: Vec<String>,
}

/// Reads a key: tab-separated `row`, `criterion`, `rule`, `words`, with a line of headings.
pub fn key(text: &str) -> Result<Vec<KeyLine>, String> {
    let line = |(at, line): (usize, &str)| {
        let wrong = |what: &str| format!("line {}: {what}: {line:?}", at + 1);
        let fields: Vec<&str> = line.split('\t').collect();
        let [_, path, rule, words] = fields[..] else {
            return Err(wrong("four fields are needed"));
        };
        let readings: Option<Vec<Reading>> = rule.split(" | ").map(Reading::parse).collect();
        Ok(KeyLine {
            number: path.rsplit('/').next().unwrap_or(path).to_owned(),
            readings: readings.ok_or_else(|| wrong("no such rule"))?,
            words: normal(words),
        })
    };
    text.lines()
        .enumerate()
        .skip(1)
        .filter(|(_, l)| !l.trim().is_empty())
        .map(line)
        .collect()
}

impl Reading {
    fn parse(text: &str) -> Option<Self> {
        let mut details = text.trim().split("; ");
        let head = details.next()?;
        let (kind, rest) = head.split_once(' ').unwrap_or((head, ""));
        if !KINDS.contains(&kind) {
            return None;
        }
        let mut reading = Self {
            kind: kind.to_owned(),
            total: details.any(|d| d == "from=total"),
            ..Self::default()
        };
        if matches!(kind, "variable" | "clause" | "text") {
            return Some(reading);
        }
        let (condition, award) = rest
            .split_once("= ")
            .map_or((rest, ""), |(condition, award)| (condition.trim(), award.trim()));
        let (about, interval) = condition
            .split_once(" in ")
            .map_or((None, condition), |(about, i)| (Some(about), i));
        reading.about = about.map(squeezed);
        reading.award = award.to_owned();
        reading.interval = match interval {
            "" => None,
            text => Some(Interval::parse(text)?),
        };
        Some(reading)
    }

    /// True for what gives or takes points, or says what is to be reached.
    fn is_rule(&self) -> bool {
        !matches!(self.kind.as_str(), "variable" | "clause" | "text")
    }

    fn is_met(&self, rule: &PredictedRule, max: Option<Decimal>) -> bool {
        let amount = |said: &Option<String>| same_value(said.as_deref(), &self.award, max);
        self.kind == rule.kind
            && match self.kind.as_str() {
                "band" => {
                    let about = rule.variable.as_deref().map(squeezed);
                    (self.about.is_none() || self.about == about)
                        && self.interval == Some(rule.interval())
                        && self.gives(rule, max)
                }
                "choice" => self.gives(rule, max),
                "formula" => amount(&rule.expression),
                "component" | "per_unit" | "cap" => amount(&rule.points),
                "penalty" => {
                    let total = rule.from.as_deref() == Some("total");
                    let taken = match self.award.strip_suffix('%') {
                        Some(share) => same_value(rule.share.as_deref(), share, None),
                        None => amount(&rule.points),
                    };
                    taken && total == self.total
                }
                "target" => self.interval == Some(rule.interval()),
                _ => true,
            }
    }

    fn gives(&self, rule: &PredictedRule, max: Option<Decimal>) -> bool {
        match &rule.award {
            None => self.award == "none",
            Some(award) if award.max => same_value(Some("max"), &self.award, max),
            Some(award) => same_value(
                award.formula.as_deref().or(award.points.as_deref()),
                &self.award,
                max,
            ),
        }
    }
}

const KINDS: [&str; 11] = [
    "band",
    "formula",
    "choice",
    "per_unit",
    "penalty",
    "component",
    "target",
    "cap",
    "text",
    "clause",
    "variable",
];

/// Without white space: `a / b` and `a/b` are one expression.
fn squeezed(text: &str) -> String {
    text.split_whitespace().collect()
}

impl Interval {
    /// `[80,100)`; `-` and `+` for no end.
    fn parse(text: &str) -> Option<Self> {
        let inner = text.get(1..text.len().checked_sub(1)?)?;
        let (low, high) = inner.split_once(',')?;
        let end = |said: &str, none: &str, closed: bool| match said {
            said if said == none => Some(None),
            said => Decimal::from_str(said).ok().map(|value| Some((value, closed))),
        };
        Some(Self {
            lower: end(low, "-", text.starts_with('['))?,
            upper: end(high, "+", text.ends_with(']'))?,
        })
    }
}

impl PredictedRule {
    fn interval(&self) -> Interval {
        let end = |said: &Option<String>, closed| {
            let value = Decimal::from_str(said.as_deref()?).ok()?;
            Some((value, closed))
        };
        Interval {
            lower: end(&self.lower, self.lower_closed),
            upper: end(&self.upper, self.upper_closed),
        }
    }
}

/// Two expressions are the same when they have the same value wherever they are tried.
fn same_value(found: Option<&str>, wanted: &str, max: Option<Decimal>) -> bool {
    let parsed = |text: &str| Expression::parse(text);
    let (Some(found), Some(wanted)) = (found.and_then(parsed), parsed(wanted)) else {
        return false;
    };
    let mut names: Vec<&str> = found.names();
    names.extend(wanted.names());
    (1..4u32).all(|round| {
        let of = |name: &str| match (name, max) {
            ("max", Some(max)) => Some(Exact::from(max)),
            _ => {
                let at = names.iter().position(|n| *n == name)? as u32;
                Some(Exact::from(7 * at + 11 * round + 2))
            }
        };
        found.value(&of).ok() == wanted.value(&of).ok() && found.value(&of).is_ok()
    })
}

/// Judges every rule of a prediction.
pub fn judge(key: &[KeyLine], prediction: &Prediction) -> RuleFigures {
    let found: Vec<(&str, Option<Decimal>, &PredictedRule)> = prediction
        .rubrics
        .iter()
        .flat_map(|rubric| &rubric.criteria)
        .flat_map(|criterion| {
            let number = criterion.number.as_deref().unwrap_or_default();
            let max = criterion
                .max_score
                .as_deref()
                .and_then(|m| Decimal::from_str(m).ok());
            let rules = criterion.rules.iter().filter(|r| r.kind != "text");
            rules.map(move |rule| (number.trim_end_matches(['.', ')']), max, rule))
        })
        .collect();
    let texts: Vec<String> = found.iter().map(|(.., rule)| normal(&rule.text)).collect();
    let is_right = |line: &KeyLine, (number, max, rule): &(&str, Option<Decimal>, &PredictedRule)| {
        *number == line.number && line.readings.iter().any(|reading| reading.is_met(rule, *max))
    };
    let likeness: Vec<Vec<f64>> = key
        .iter()
        .map(|line| {
            let like = |(at, found): (usize, &(&str, Option<Decimal>, &PredictedRule))| {
                let words = within(&line.words, &texts[at]);
                match words >= SAME_WORDS {
                    // Of many lines that read "90% trở lên: 3" the one at its criterion is meant.
                    true => {
                        words
                            + f64::from(u8::from(found.0 == line.number))
                            + f64::from(u8::from(is_right(line, found)))
                    }
                    false => 0.0,
                }
            };
            found.iter().enumerate().map(like).collect()
        })
        .collect();
    let pairs = in_order(&likeness, found.len(), SAME_WORDS);
    let mut figures = RuleFigures::default();
    for (i, line) in key.iter().enumerate() {
        if !line.readings.first().is_some_and(Reading::is_rule) {
            continue;
        }
        figures.lines += 1;
        let Some(rule) = pairs.iter().find(|(k, _)| *k == i).map(|(_, j)| &found[*j]) else {
            figures
                .faults
                .push(format!("{}: not found: {}", line.number, line.words));
            continue;
        };
        if !line.readings.iter().any(|r| r.kind == rule.2.kind) {
            figures
                .faults
                .push(format!("{}: a {}: {}", line.number, rule.2.kind, line.words));
            continue;
        }
        figures.typed += 1;
        match is_right(line, rule) {
            true => figures.right += 1,
            false => figures
                .faults
                .push(format!("{}: wrong at {}: {}", line.number, rule.0, line.words)),
        }
    }
    for (j, (number, _, rule)) in found.iter().enumerate() {
        let paired = pairs.iter().find(|(_, other)| *other == j).map(|(i, _)| &key[*i]);
        // A line that is no rule excuses only what the key accepts for it.
        let accounted = paired.is_some_and(|line| {
            line.readings.first().is_some_and(Reading::is_rule)
                || line.readings.iter().any(|r| r.kind == rule.kind)
        });
        if !accounted {
            figures.false_rules += 1;
            figures
                .faults
                .push(format!("{number}: no rule: {} {}", rule.kind, rule.text));
        }
    }
    figures
}

/// How alike two texts are, where the one may be a part of the other: a paragraph of several rules is the text of each.
fn within(part: &str, whole: &str) -> f64 {
    let bare = |text: &str| {
        text.trim_start_matches(['-', '+', '•', ' '])
            .trim_end_matches(['.', ';', ','])
            .to_owned()
    };
    let (part, whole) = (bare(part), bare(whole));
    match part.is_empty() || whole.is_empty() {
        true => 0.0,
        false if whole.contains(&part) || part.contains(&whole) => 1.0,
        false => similarity(&part, &whole),
    }
}
