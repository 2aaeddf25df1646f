//! Whether an answer fits its criterion: what is not asked is refused, not dropped.

use super::scale::is_named;
use super::{Job, is_percent};
use crate::domain::{Award, Rule, RuleKind, fold, one_line};
use crate::scoring::{Exact, Expression, Refusal};

impl<'a> Job<'a> {
    pub(super) fn check_numbers(&self) -> Result<(), Refusal> {
        if let Some((name, number)) = self.answer.numbers().find(|(_, n)| n.is_negative()) {
            return Err(Refusal::Negative {
                name: name.to_owned(),
                number: number.to_string(),
            });
        }
        match self.answer.all_counts().find(|(_, n)| !n.is_whole()) {
            Some((name, number)) => Err(Refusal::NotWhole {
                name: name.to_owned(),
                number: number.to_string(),
            }),
            None => Ok(()),
        }
    }

    /// What is answered must be something that a rule asks: an answer dropped in silence would look like one that counted.
    pub(super) fn check_asked(&self) -> Result<(), Refusal> {
        let (mut value, mut count, mut choice, mut components) = (false, false, false, false);
        let mut names: Vec<String> = Vec::new();
        let mut formula = |text: &str| {
            let parsed = Expression::parse(text);
            let all = parsed.iter().flat_map(Expression::names).map(str::to_owned);
            names.extend(all);
        };
        for (_, rule) in self.rules() {
            match &rule.kind {
                RuleKind::Band {
                    variable,
                    unit,
                    award,
                    ..
                } => {
                    value = true;
                    choice |= outcome(rule).is_some();
                    count |= !is_percent(variable, unit.as_deref());
                    formula(variable);
                    if let Some(Award::Formula(text)) = award {
                        formula(text);
                    }
                }
                RuleKind::Choice { award, .. } => {
                    choice = true;
                    if let Some(Award::Formula(text)) = award {
                        formula(text);
                    }
                }
                RuleKind::Formula { expression, .. } => formula(expression),
                RuleKind::PerUnit { .. } | RuleKind::Penalty { .. } => count = true,
                RuleKind::Component { .. } => components = true,
                RuleKind::Target { .. } | RuleKind::Cap { .. } | RuleKind::Text => {}
            }
        }
        value |= names.iter().any(|n| n == "value");
        let scale = value || count || choice || components || !names.is_empty();
        if !scale && self.answer.points.is_none() {
            return Err(Refusal::PersonScores);
        }
        let (answer, scales) = (self.answer, self.own_scales());
        let mut extra: Vec<String> = Vec::new();
        let mut check = |name: &str, given: bool, asked: bool| {
            if given && !asked {
                extra.push(name.to_owned());
            }
        };
        check("value", answer.value.is_some(), value);
        check("count", answer.count.is_some(), count);
        check(
            "choice",
            answer.choice.is_some(),
            choice || self.counting().len() > 1,
        );
        check("components", answer.components.is_some(), components);
        for name in answer.variables.keys() {
            let scale = scales.iter().any(|scale| is_named(scale, name));
            check(name, true, name != "max" && names.contains(name) || scale);
        }
        if extra.is_empty() {
            Ok(())
        } else {
            Err(Refusal::NotAsked { names: extra })
        }
    }

    /// The rules that count units, with their units.
    pub(super) fn counting(&self) -> Vec<(usize, &'a str)> {
        self.rules()
            .filter_map(|(i, rule)| match &rule.kind {
                RuleKind::PerUnit { unit, .. } => Some((i, unit.as_str())),
                RuleKind::Penalty { unit, .. } => Some((i, unit.as_deref().unwrap_or_default())),
                _ => None,
            })
            .collect()
    }

    /// How many units each rule that counts is answered with.
    pub(super) fn counted(&self) -> Result<Vec<(usize, Exact)>, Refusal> {
        let counting = self.counting();
        let units = || {
            counting
                .iter()
                .map(|(_, unit)| (*unit).to_owned())
                .collect::<Vec<_>>()
        };
        let named = |name: &str| {
            let mut same = counting.iter().filter(|(_, unit)| alike(unit, name));
            match (same.next(), same.next()) {
                (Some((rule, _)), None) => Some(*rule),
                _ => None,
            }
        };
        let mut counted = Vec::new();
        for (unit, number) in &self.answer.counts {
            let rule = named(unit).ok_or_else(|| Refusal::WhichUnit { units: units() })?;
            counted.push((rule, number.clone()));
        }
        if let (Some(number), false) = (&self.answer.count, counting.is_empty()) {
            let rule = match &counting[..] {
                [(rule, _)] => Some(*rule),
                _ => self.answer.choice.as_deref().and_then(named),
            };
            let rule = rule.ok_or_else(|| Refusal::WhichUnit { units: units() })?;
            counted.push((rule, number.clone()));
        }
        Ok(counted)
    }

    /// A choice must be one of the criterion's, or the unit that `count` counts.
    pub(super) fn check_choice(&self) -> Result<(), Refusal> {
        let Some(given) = self.answer.choice.as_deref() else {
            return Ok(());
        };
        let labels = || {
            self.rules()
                .filter_map(|(_, rule)| outcome(rule).map(|label| (label, rule)))
        };
        let is_unit =
            self.answer.count.is_some() && self.counting().iter().any(|(_, unit)| alike(unit, given));
        if is_unit || labels().any(|(label, rule)| self.names(given, label, rule)) {
            return Ok(());
        }
        let units = self.counting().into_iter().map(|(_, unit)| unit);
        let known = labels().map(|(label, _)| label).chain(units);
        Err(Refusal::UnknownChoice {
            given: given.to_owned(),
            known: known.filter(|k| !k.is_empty()).map(str::to_owned).collect(),
        })
    }

    /// True when the answer chooses this rule.
    pub(super) fn picks(&self, label: &str, rule: &Rule) -> bool {
        let given = self.answer.choice.as_deref();
        given.is_some_and(|given| self.names(given, label, rule))
    }

    /// True when `given` is the label of a choice: word for word, or without its marks where no other is the same then.
    fn names(&self, given: &str, label: &str, rule: &Rule) -> bool {
        let (given, own) = (tidy(given), tidy(label));
        if given == own || given == tidy(&rule.text) {
            return true;
        }
        let same = |(_, rule): &(usize, &Rule)| {
            outcome(rule).is_some_and(|label| fold(&tidy(label)) == fold(&given))
        };
        fold(&own) == fold(&given) && self.rules().filter(same).count() == 1
    }

    /// Why there is nothing to reckon with: what the rules ask for.
    pub(super) fn nothing_answered(&self) -> Refusal {
        let mut names: Vec<String> = Vec::new();
        let mut ask = |name: &str| {
            if !names.iter().any(|n| n == name) {
                names.push(name.to_owned());
            }
        };
        for (_, rule) in self.rules() {
            match &rule.kind {
                RuleKind::Band { .. } => ask("value"),
                RuleKind::Choice { .. } => ask("choice"),
                RuleKind::Formula { expression, .. } => {
                    let parsed = Expression::parse(expression);
                    let all = parsed.iter().flat_map(Expression::names);
                    all.filter(|name| *name != "max").for_each(&mut ask);
                }
                RuleKind::PerUnit { .. } | RuleKind::Penalty { .. } => ask("count"),
                RuleKind::Component { .. } => ask("components"),
                RuleKind::Target { .. } | RuleKind::Cap { .. } | RuleKind::Text => {}
            }
        }
        Refusal::Missing { names }
    }
}

/// A label as it is compared: without case, marks at its ends, and needless spaces.
fn tidy(label: &str) -> String {
    one_line(label)
        .to_lowercase()
        .trim_matches(|c: char| c.is_whitespace() || ":;,.-–+•\"“”".contains(c))
        .to_owned()
}

/// The same but for their marks.
fn alike(a: &str, b: &str) -> bool {
    fold(&tidy(a)) == fold(&tidy(b))
}

/// The words by which an answer can name what a rule is about: the label of a choice, and those of a single count
/// ("Không có cuộc họp nào: 0"), which is a band and reads like a choice.
pub(super) fn outcome(rule: &Rule) -> Option<&str> {
    match &rule.kind {
        RuleKind::Choice { label, .. } => Some(label),
        RuleKind::Band {
            variable,
            unit,
            interval,
            ..
        } if interval.lower.is_some()
            && interval.lower == interval.upper
            && !is_percent(variable, unit.as_deref()) =>
        {
            rule.text.rsplit_once(':').map(|(words, _)| words)
        }
        _ => None,
    }
}
