//! Bands, choices and formulas: the one that fits, and what it gives.

use super::asked::outcome;
use super::{Found, Job, at_most, covers, is_percent, is_reached};
use crate::domain::{Award, Interval, Rule, RuleKind, Said, fold};
use crate::scoring::expression::NoValue;
use crate::scoring::{Exact, Expression, Refusal, Scales, Step};

impl Job<'_> {
    /// The first band or choice that fits.
    pub(super) fn chosen(&self) -> Result<Option<Found>, Refusal> {
        self.check_choice()?;
        if let Some(found) = self.by_scales()? {
            return Ok(Some(found));
        }
        let mut outside: Option<(Exact, bool)> = None;
        for (i, rule) in self.rules() {
            match &rule.kind {
                RuleKind::Band {
                    variable,
                    unit,
                    interval,
                    award,
                } => {
                    let named = outcome(rule).filter(|words| self.picks(words, rule));
                    let at = match named {
                        Some(_) => interval.lower.map(|bound| Exact::from(bound.value)),
                        None => self.position(variable, unit.as_deref())?,
                    };
                    let Some(at) = at else {
                        continue;
                    };
                    let percent = is_percent(variable, unit.as_deref());
                    if !covers(interval, &at) {
                        outside.get_or_insert((at, percent));
                        continue;
                    }
                    let step = Step {
                        at: i,
                        rule,
                        variable,
                        unit: unit.as_deref(),
                        interval,
                        award: award.as_ref(),
                    };
                    return self.in_band(&step, &at).map(Some);
                }
                RuleKind::Choice { label, award }
                    if self.picks(label, rule) || outside.is_some() && is_rest(label) =>
                {
                    let points = self.award(rule, award.as_ref(), self.answer.value.as_ref())?;
                    let words = Said::new(
                        format!("chọn “{label}”: {points} điểm"),
                        format!("choice \"{label}\": {points} points"),
                    );
                    return Ok(Some(Found {
                        points,
                        rule: Some(i),
                        words,
                    }));
                }
                _ => {}
            }
        }
        let formula = self
            .rules()
            .any(|(_, r)| matches!(r.kind, RuleKind::Formula { .. }));
        match outside {
            Some((value, true)) if value > Exact::from(100) => Err(Refusal::AboveHundred {
                value: value.to_string(),
            }),
            Some((value, _)) if !formula => Err(Refusal::NoBand {
                value: value.to_string(),
            }),
            _ => Ok(None),
        }
    }

    /// The scales that add up, each answered by its own name; `None` where none is.
    fn by_scales(&self) -> Result<Option<Found>, Refusal> {
        let scales = self.own_scales();
        let answer = |scale: &[Step<'_>]| {
            let given = self.answer.variables.iter();
            let mut own = given.filter(|(name, _)| is_named(scale, name));
            own.next().map(|(_, number)| number)
        };
        if scales.iter().all(|scale| answer(scale).is_none()) {
            return Ok(None);
        }
        let missing = scales.iter().filter(|scale| answer(scale).is_none());
        let names: Vec<String> = missing.map(|scale| scale[0].variable.to_owned()).collect();
        if !names.is_empty() {
            return Err(Refusal::Missing { names });
        }
        let mut sum = Found {
            points: Exact::zero(),
            rule: None,
            words: Said::default(),
        };
        for (scale, at) in scales.iter().filter_map(|scale| Some((scale, answer(scale)?))) {
            let step = scale.iter().find(|step| covers(step.interval, at));
            let step = step.ok_or_else(|| Refusal::NoBand {
                value: at.to_string(),
            })?;
            let found = self.in_band(step, at)?;
            sum.words.then(&found.words);
            sum.rule = sum.rule.or(found.rule);
            sum.points = sum.points + found.points;
        }
        Ok(Some(sum))
    }

    /// What a band gives that covers `at`.
    fn in_band(&self, step: &Step<'_>, at: &Exact) -> Result<Found, Refusal> {
        let percent = is_percent(step.variable, step.unit);
        if percent && *at > Exact::from(100) && !allows_more(step.rule, step.interval) {
            return Err(Refusal::AboveHundred {
                value: at.to_string(),
            });
        }
        let points = self.award(step.rule, step.award, Some(at))?;
        let words = Said::new(
            format!("{at} thuộc mức “{}”: {points} điểm", step.rule.text),
            format!("{at} is in the band \"{}\": {points} points", step.rule.text),
        );
        Ok(Found {
            points,
            rule: Some(step.at),
            words,
        })
    }

    /// The scales that an answer can name: those that add up.
    pub(super) fn own_scales(&self) -> Vec<Vec<Step<'_>>> {
        let scales = Scales::of(self.criterion);
        if scales.add_up { scales.all } else { Vec::new() }
    }

    /// Where the answer stands on the scale of a band; `None` when it says nothing about it.
    pub(super) fn position(&self, variable: &str, unit: Option<&str>) -> Result<Option<Exact>, Refusal> {
        if let Some(value) = &self.answer.value {
            return Ok(Some(value.clone()));
        }
        if is_reached(variable) {
            return Ok(self.by_formula()?.map(|found| found.points));
        }
        if let Some(expression) = Expression::parse(variable) {
            let names = expression.names();
            let known = |name: &&&str| self.answer.variables.contains_key(**name);
            if names.iter().any(|name| known(&name)) {
                let share = self.evaluate(variable, &expression, None)?;
                return Ok(Some(if unit == Some("%") {
                    share * Exact::from(100)
                } else {
                    share
                }));
            }
        }
        let counts = !is_percent(variable, unit) && self.counting().is_empty();
        Ok(self.answer.count.clone().filter(|_| counts))
    }

    pub(super) fn award(
        &self,
        rule: &Rule,
        award: Option<&Award>,
        value: Option<&Exact>,
    ) -> Result<Exact, Refusal> {
        match award {
            None => Err(Refusal::NoAward {
                text: rule.text.clone(),
            }),
            Some(Award::Points(points)) => Ok((*points).into()),
            Some(Award::Max) => self.maximum(),
            Some(Award::Formula(text)) => {
                let expression = Expression::parse(text);
                let expression = expression.ok_or_else(|| Refusal::BadExpression { text: text.clone() })?;
                self.evaluate(text, &expression, value)
            }
        }
    }

    /// The first formula whose variables are answered.
    pub(super) fn by_formula(&self) -> Result<Option<Found>, Refusal> {
        for (i, rule) in self.rules() {
            let RuleKind::Formula {
                expression: text,
                floor,
                cap,
                ..
            } = &rule.kind
            else {
                continue;
            };
            let expression = Expression::parse(text);
            let expression = expression.ok_or_else(|| Refusal::BadExpression { text: text.clone() })?;
            let names = expression.names();
            let answered = |name: &str| {
                self.answer.variables.contains_key(name) || name == "value" && self.answer.value.is_some()
            };
            if !names.iter().any(|name| answered(name)) {
                continue;
            }
            let reached = self.evaluate(text, &expression, self.answer.value.as_ref())?;
            self.check_share(&names, &reached, cap.is_some())?;
            let points = at_most(reached, cap.map(Exact::from));
            let points = match floor.map(Exact::from) {
                Some(floor) => points.max(floor),
                None => points,
            };
            let given = names.iter().filter_map(|name| {
                let number = self.answer.variables.get(*name);
                let number = number.or(self.answer.value.as_ref().filter(|_| *name == "value"))?;
                Some(format!("{name} = {number}"))
            });
            let given = given.collect::<Vec<_>>().join(", ");
            return Ok(Some(Found {
                words: Said::new(
                    format!("{text} với {given}: {points} điểm"),
                    format!("{text} with {given}: {points} points"),
                ),
                points,
                rule: Some(i),
            }));
        }
        Ok(None)
    }

    /// A share of the maximum is no more than all of it, unless the words foresee that and set a cap.
    pub(super) fn check_share(&self, names: &[&str], reached: &Exact, capped: bool) -> Result<(), Refusal> {
        if capped {
            return Ok(());
        }
        let hundred = Exact::from(100);
        if let Some(value) = self
            .answer
            .value
            .as_ref()
            .filter(|v| names.contains(&"value") && **v > hundred)
        {
            return Err(Refusal::AboveHundred {
                value: value.to_string(),
            });
        }
        let max = self
            .maximum()
            .ok()
            .filter(|max| names.contains(&"max") && reached > max);
        match max.and_then(|max| (reached * &hundred).checked_div(&max)) {
            Some(value) => Err(Refusal::AboveHundred {
                value: value.to_string(),
            }),
            None => Ok(()),
        }
    }

    pub(super) fn evaluate(
        &self,
        text: &str,
        expression: &Expression,
        value: Option<&Exact>,
    ) -> Result<Exact, Refusal> {
        let of = |name: &str| match name {
            "max" => self.maximum().ok(),
            "value" => value.cloned(),
            name => self.answer.variables.get(name).cloned(),
        };
        let missing = || {
            let names = expression.names().into_iter().filter(|name| of(name).is_none());
            names.map(str::to_owned).collect::<Vec<_>>()
        };
        expression.value(&of).map_err(|why| match why {
            NoValue::DivisionByZero => Refusal::DivisionByZero {
                expression: text.to_owned(),
            },
            NoValue::Missing(name) if name == "max" => Refusal::NoMaximum,
            NoValue::Missing(_) => Refusal::Missing { names: missing() },
        })
    }
}

/// True when `name` is what a step of the scale is about.
pub(super) fn is_named(scale: &[Step<'_>], name: &str) -> bool {
    scale.iter().any(|step| fold(step.variable) == fold(name))
}

/// A band that is open above and says so: "từ 100% trở lên".
fn allows_more(rule: &Rule, interval: &Interval) -> bool {
    let words = fold(&rule.text);
    let says = [
        "tro len",
        "tren ",
        "hon ",
        "vuot",
        ">",
        "≥",
        "it nhat",
        "toi thieu",
    ];
    interval.upper.is_none() && says.iter().any(|s| words.contains(s))
}

/// "Còn lại": what no band before it covers.
fn is_rest(label: &str) -> bool {
    let label = fold(label);
    let label = label.trim_start_matches("cac ").trim_start_matches("truong hop ");
    matches!(label.trim_end_matches([':', ' ']), "con lai" | "khac")
}
