//! Answers to a rubric, and the points they bring, as JSON.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::JsonError;
use crate::domain::{Rubric, Said};
use crate::scoring::{self, Answer, Answers, Exact, NotANumber, Outcome, Reach, Reaches};

/// Reads `{"I.6": {"value": "85"}, "1.3": {"a": "70", "b": "100"}, "1.1": {"choice": "Có"}}`: answers by the criterion's
/// id. Numbers are strings with a point or comma before the decimals, or whole JSON numbers: others would be rounded.
pub fn read_answers(bytes: &[u8]) -> Result<Answers, JsonError> {
    // Through a list of pairs: of two answers under one id a map would drop one in silence.
    let pairs: Pairs = serde_json::from_slice(bytes)?;
    let mut answers = Answers::new();
    for (id, value) in pairs.0 {
        let Value::Object(fields) = value else {
            return Err(JsonError::value(
                format!("{id:?}"),
                "is no object like {\"value\": \"85\"}",
            ));
        };
        let mut answer = Answer::default();
        for (name, value) in fields {
            field(&mut answer, &name, &value).map_err(|e| e.within(&format!("{id:?}")))?;
        }
        if answers.insert(id.clone(), answer).is_some() {
            return Err(JsonError::value(format!("{id:?}"), "is answered twice"));
        }
    }
    Ok(answers)
}

struct Pairs(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Pairs;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("answers by the id of the criterion")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }

        deserializer.deserialize_map(Visitor)
    }
}

fn field(answer: &mut Answer, name: &str, value: &Value) -> Result<(), JsonError> {
    match name {
        "value" => answer.value = Some(number(name, value)?),
        "count" => answer.count = Some(number(name, value)?),
        "points" => answer.points = Some(number(name, value)?),
        "choice" => {
            let label = value.as_str();
            answer.choice = Some(
                label
                    .ok_or_else(|| JsonError::value(name, "is no text"))?
                    .to_owned(),
            );
        }
        "components" => {
            let all = value.as_array().into_iter().flatten().map(Value::as_bool);
            let all: Option<Vec<bool>> = all.collect();
            let all = all.filter(|_| value.is_array());
            answer.components =
                Some(all.ok_or_else(|| JsonError::value(name, "is no list of true and false"))?);
        }
        "counts" => {
            let all = value.as_object();
            for (unit, value) in all.ok_or_else(|| JsonError::value(name, "is no object: counts by unit"))? {
                answer
                    .counts
                    .insert(unit.clone(), number(unit, value).map_err(|e| e.within(name))?);
            }
        }
        variable => {
            answer
                .variables
                .insert(variable.to_owned(), number(variable, value)?);
        }
    }
    Ok(())
}

fn number(name: &str, value: &Value) -> Result<Exact, JsonError> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) if number.is_i64() || number.is_u64() => number.to_string(),
        Value::Number(number) => {
            return Err(JsonError::value(
                name,
                format!("write {number} as text, \"{number}\": so it stays exact"),
            ));
        }
        _ => return Err(JsonError::value(name, "is no number like \"85\"")),
    };
    text.parse().map_err(|why| {
        JsonError::value(
            name,
            match why {
                NotANumber::Malformed => format!("{text:?} is no number like \"85\" or \"1.5\""),
                NotANumber::Ambiguous => {
                    format!("{text:?} may be a thousand or one: write 1000, or 1.000")
                }
            },
        )
    })
}

/// What `sohoa score` prints.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Scored {
    /// Of what could be scored: see `refused`.
    pub total: String,
    pub max: Option<String>,
    /// How many answers brought nothing.
    pub refused: usize,
    pub criteria: Vec<ScoredLine>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ScoredLine {
    pub id: String,
    /// `null`: not answered, or refused.
    pub points: Option<String>,
    /// The rule that decided, from 0.
    pub rule: Option<usize>,
    pub trace: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub trace_en: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<Refused>,
}

/// Why an answer brought nothing.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Refused {
    pub code: String,
    pub message: String,
    pub message_en: String,
}

impl From<&scoring::Scored> for Scored {
    fn from(scored: &scoring::Scored) -> Self {
        Self {
            total: scored.total.to_string(),
            max: scored.max.map(|m| m.to_string()),
            refused: scored.refused().count(),
            criteria: scored.lines.iter().map(ScoredLine::from).collect(),
        }
    }
}

impl From<&scoring::Line> for ScoredLine {
    fn from(line: &scoring::Line) -> Self {
        let (points, rule, words, refused) = match &line.outcome {
            Outcome::Unanswered => (None, None, Said::default(), None),
            Outcome::Refused(why) => {
                let words = why.words();
                let refused = Refused {
                    code: why.code().to_owned(),
                    message: words.vi.clone(),
                    message_en: words.en.clone(),
                };
                (None, None, words, Some(refused))
            }
            Outcome::Scored { points, rule, trace } => (Some(points.to_string()), *rule, trace.clone(), None),
        };
        Self {
            id: line.id.clone(),
            points,
            rule,
            trace: words.vi,
            trace_en: words.en,
            refused,
        }
    }
}

/// What `sohoa score --reach` prints: the least and the most points that the rules can give.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reached {
    pub least: Option<String>,
    pub most: Option<String>,
    pub max: Option<String>,
    pub criteria: Vec<ReachedLine>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReachedLine {
    pub id: String,
    /// `null`: no end.
    pub least: Option<String>,
    pub most: Option<String>,
    pub max: Option<String>,
    /// Comes near `most`, never there.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub only_nearly: bool,
}

impl Reached {
    pub fn new(rubric: &Rubric, reaches: &Reaches) -> Self {
        let maxima: BTreeMap<&str, Option<String>> = rubric
            .criteria
            .iter()
            .map(|c| (c.id.as_str(), c.max_score.map(|m| m.to_string())))
            .collect();
        let line = |(id, reach): &(String, Reach)| ReachedLine {
            least: reach.least.as_ref().map(Exact::to_string),
            most: reach.most.as_ref().map(Exact::to_string),
            max: maxima.get(id.as_str()).cloned().flatten(),
            only_nearly: reach.only_nearly,
            id: id.clone(),
        };
        Self {
            least: reaches.total.least.as_ref().map(Exact::to_string),
            most: reaches.total.most.as_ref().map(Exact::to_string),
            max: rubric.max_score.map(|m| m.to_string()),
            criteria: reaches.criteria.iter().map(line).collect(),
        }
    }
}
