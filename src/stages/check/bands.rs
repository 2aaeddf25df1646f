//! The rules of one criterion against each other and against its maximum.

use rust_decimal::Decimal;

use crate::domain::{
    About, Award, Criterion, Field, Finding, FindingCode, Interval, Rubric, Rule, RuleKind, Score, Severity,
    fold,
};

use super::interval::{self, Extent, Meeting, Values};
use super::place::{Said, about, called, on};

/// Findings on the rules of every criterion.
pub fn check(rubric: &Rubric) -> Vec<Finding> {
    rubric
        .criteria
        .iter()
        .flat_map(|c| Scored { criterion: c }.check())
        .collect()
}

/// A step of a scale.
#[derive(Debug, Clone, Copy)]
struct Step<'a> {
    rule: &'a Rule,
    variable: &'a str,
    unit: Option<&'a str>,
    interval: &'a Interval,
    award: Option<&'a Award>,
}

struct Scored<'a> {
    criterion: &'a Criterion,
}

impl<'a> Scored<'a> {
    fn check(&self) -> Vec<Finding> {
        let scales = self.scales();
        let mut findings = self.without_award();
        findings.extend(self.over_max());
        for scale in &scales {
            findings.extend(self.gaps(scale));
            findings.extend(self.overlaps(scale));
        }
        findings.extend(self.comparison_gap());
        findings.extend(self.components());
        findings.extend(self.unreachable(&scales));
        findings.extend(self.misprints());
        findings
    }

    fn find(&self, code: FindingCode, severity: Severity, said: Said) -> Finding {
        let whose = match about([self.criterion], Field::Rules) {
            About::Reading => About::Reading,
            About::Decision => about([self.criterion], Field::MaxScore),
        };
        on(self.criterion, Field::Rules, code, whose, severity, said)
    }

    fn steps(&self) -> Vec<Step<'a>> {
        self.criterion
            .rules
            .iter()
            .filter_map(|rule| match &rule.kind {
                RuleKind::Band {
                    variable,
                    unit,
                    interval,
                    award,
                } => Some(Step {
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

    /// Steps of one variable belong together. In percent all do, unless the steps speak of different
    /// things whose points only together make the maximum.
    fn scales(&self) -> Vec<Vec<Step<'a>>> {
        let mut scales: Vec<Vec<Step<'a>>> = Vec::new();
        let steps = self.steps();
        let apart = self.adds_up(&steps);
        for step in steps {
            let same = |other: &&mut Vec<Step<'a>>| {
                let first = other[0];
                let percent = step.unit == Some("%") && first.unit == Some("%");
                let unit = |s: &Step<'_>| s.unit.map(|u| fold(u).split(' ').next().unwrap_or("").to_owned());
                if apart {
                    alike(step.variable, first.variable)
                } else {
                    percent
                        || unit(&step) == unit(&first)
                            && (step.unit.is_some() || step.variable == first.variable)
                }
            };
            match scales.iter_mut().find(same) {
                Some(scale) => scale.push(step),
                None => scales.push(vec![step]),
            }
        }
        scales
    }

    fn adds_up(&self, steps: &[Step<'_>]) -> bool {
        let Some(max) = self.criterion.max_score else {
            return false;
        };
        let points: Vec<Score> = steps.iter().filter_map(|s| self.points(s.award)).collect();
        let different = steps
            .iter()
            .enumerate()
            .all(|(i, a)| steps[..i].iter().all(|b| !alike(a.variable, b.variable)));
        points.len() > 1
            && points.len() == steps.len()
            && different
            && points.iter().copied().sum::<Score>() == max
            && !points.contains(&max)
            && !points.contains(&Score::ZERO)
    }

    fn points(&self, award: Option<&Award>) -> Option<Score> {
        match award? {
            Award::Points(points) => Some(*points),
            Award::Max => self.criterion.max_score,
            Award::Formula(_) => None,
        }
    }

    fn without_award(&self) -> Vec<Finding> {
        self.steps()
            .iter()
            .filter(|s| s.award.is_none())
            .map(|s| {
                let said = Said::new(
                    format!(
                        "{}: mức “{}” không ghi điểm. Cần xác định điểm của mức này.",
                        called(self.criterion),
                        s.rule.text
                    ),
                    format!(
                        "{}: the band \"{}\" gives no points. Its award must be settled.",
                        called(self.criterion),
                        s.rule.text
                    ),
                );
                self.find(FindingCode::BandWithoutAward, Severity::Error, said)
            })
            .collect()
    }

    fn over_max(&self) -> Vec<Finding> {
        let Some(max) = self.criterion.max_score else {
            return Vec::new();
        };
        let mut findings = Vec::new();
        for rule in &self.criterion.rules {
            let points = match &rule.kind {
                RuleKind::Band {
                    award: Some(Award::Points(p)),
                    ..
                }
                | RuleKind::Choice {
                    award: Some(Award::Points(p)),
                    ..
                } => Some(*p),
                RuleKind::Component { points, .. } => Some(*points),
                _ => None,
            };
            if let Some(points) = points.filter(|p| *p > max) {
                let said = Said::new(
                    format!(
                        "{}: “{}” cho {} điểm, nhiều hơn điểm tối đa {}.",
                        called(self.criterion),
                        rule.text,
                        points.to_vietnamese(),
                        max.to_vietnamese()
                    ),
                    format!(
                        "{}: \"{}\" gives {points} points, more than the maximum {max}.",
                        called(self.criterion),
                        rule.text
                    ),
                );
                findings.push(self.find(FindingCode::AwardOverMax, Severity::Error, said));
            }
            if exceeds(&rule.kind) || self.unbounded(rule, max) {
                let said = Said::new(
                    format!(
                        "{}: công thức “{}” có thể cho nhiều hơn điểm tối đa {}.",
                        called(self.criterion),
                        rule.text,
                        max.to_vietnamese()
                    ),
                    format!(
                        "{}: the formula \"{}\" can give more than the maximum {max}.",
                        called(self.criterion),
                        rule.text
                    ),
                );
                findings.push(self.find(FindingCode::AwardOverMax, Severity::Warning, said));
            }
        }
        findings
    }

    /// A formula in points of its own whose upper threshold lies above the maximum.
    fn unbounded(&self, rule: &Rule, max: Score) -> bool {
        let RuleKind::Formula {
            expression,
            cap: None,
            ..
        } = &rule.kind
        else {
            return false;
        };
        let own_points = !expression.contains("max") && fold(&rule.text).starts_with("diem dat duoc");
        own_points
            && self.steps().iter().any(|s| {
                fold(s.variable).contains("diem dat duoc")
                    && s.interval.lower.is_some_and(|b| b.value > max.0)
                    && s.award == Some(&Award::Max)
            })
    }

    fn values(&self, scale: &[Step<'_>]) -> Values {
        let unit = scale.iter().find_map(|s| s.unit);
        let measured = [
            "trieu", "dong", "ty", "diem", "gio", "km", "m2", "kg", "tan", "ha", "m3",
        ];
        let whole = scale
            .iter()
            .flat_map(|s| [s.interval.lower, s.interval.upper])
            .flatten()
            .all(|b| b.value.fract().is_zero());
        match unit {
            Some("%") => Values::Percent,
            Some(unit)
                if whole
                    && !fold(unit)
                        .split(' ')
                        .next()
                        .is_some_and(|w| measured.contains(&w)) =>
            {
                Values::Whole
            }
            _ => Values::Real,
        }
    }

    fn gaps(&self, scale: &[Step<'_>]) -> Vec<Finding> {
        if scale.len() < 2 || self.says_the_rest() || self.reckons() {
            return Vec::new();
        }
        let intervals: Vec<Interval> = scale.iter().map(|s| *s.interval).collect();
        let values = self.values(scale);
        let none_is_said = self.says_none();
        interval::gaps(&intervals, values)
            .into_iter()
            .filter(|gap| !(gap.extent == Extent::Tail && none_is_said && starts_at_zero(&gap.interval)))
            .map(|gap| {
                let (vi, en) = interval::in_words(&gap.interval);
                let unit = if values == Values::Percent { "%" } else { "" };
                let severity = if gap.extent == Extent::Between {
                    Severity::Error
                } else {
                    Severity::Warning
                };
                let said = Said::new(
                    format!(
                        "{}: không có mức điểm cho {vi}{unit}. Cần xác định điểm của khoảng này.",
                        called(self.criterion)
                    ),
                    format!(
                        "{}: no band covers {en}{unit}. What it gives must be settled.",
                        called(self.criterion)
                    ),
                );
                self.find(FindingCode::BandGap, severity, said)
            })
            .collect()
    }

    /// A formula gives points for whatever no band covers.
    fn reckons(&self) -> bool {
        self.criterion
            .rules
            .iter()
            .any(|r| matches!(r.kind, RuleKind::Formula { .. }))
    }

    fn says_the_rest(&self) -> bool {
        self.labels().any(|l| {
            l.starts_with("con lai")
                || l.starts_with("cac truong hop con lai")
                || l.starts_with("truong hop khac")
        })
    }

    fn says_none(&self) -> bool {
        self.labels()
            .any(|l| l.starts_with("khong") || l.starts_with("chua"))
    }

    fn labels(&self) -> impl Iterator<Item = String> {
        self.criterion.rules.iter().filter_map(|r| match &r.kind {
            RuleKind::Choice { label, .. } | RuleKind::Component { label, .. } => Some(fold(label)),
            _ => None,
        })
    }

    /// Two steps share values and give different points for them, and the order does not settle it.
    fn overlaps(&self, scale: &[Step<'_>]) -> Vec<Finding> {
        let mut findings = Vec::new();
        for (i, earlier) in scale.iter().enumerate() {
            for later in &scale[i + 1..] {
                let known = self.points(earlier.award).zip(self.points(later.award));
                if known.is_some_and(|(a, b)| a == b) {
                    continue;
                }
                let severity = match interval::meeting(earlier.interval, later.interval) {
                    Meeting::Apart => continue,
                    Meeting::Within if earlier.interval != later.interval => continue,
                    Meeting::Touching => Severity::Warning,
                    Meeting::Around if same_direction(earlier.interval, later.interval) => Severity::Warning,
                    Meeting::Within | Meeting::Around | Meeting::Crossing => Severity::Error,
                };
                let Some(shared) = interval::intersection(earlier.interval, later.interval) else {
                    continue;
                };
                let (vi, en) = interval::in_words(&shared);
                let said = Said::new(
                    format!(
                        "{}: hai mức “{}” và “{}” cùng chứa {vi}. Cần xác định mức nào được tính.",
                        called(self.criterion),
                        earlier.rule.text,
                        later.rule.text
                    ),
                    format!(
                        "{}: the bands \"{}\" and \"{}\" both hold {en}. Which one counts must be settled.",
                        called(self.criterion),
                        earlier.rule.text,
                        later.rule.text
                    ),
                );
                findings.push(self.find(FindingCode::BandOverlap, severity, said));
            }
        }
        findings
    }

    /// `lớn hơn năm trước: …; thấp hơn năm trước: …` leaves `bằng` open.
    fn comparison_gap(&self) -> Option<Finding> {
        let sides = |words: &[&str]| {
            self.labels().find_map(|l| {
                words
                    .iter()
                    .find_map(|w| l.contains(w).then(|| l.replace(w, "~")))
            })
        };
        let above = sides(&["lon hon", "cao hon", "nhieu hon", "tang so voi"])?;
        let below = sides(&["thap hon", "nho hon", "it hon", "giam so voi"])?;
        let equal = self.labels().any(|l| l.split(' ').any(|w| w == "bang"));
        (above == below && !equal && !self.says_the_rest()).then(|| {
            let said = Said::new(
                format!(
                    "{}: có mức cho “lớn hơn” và “thấp hơn” nhưng không có mức cho “bằng”.",
                    called(self.criterion)
                ),
                format!(
                    "{}: there is a level for more and one for less, but none for equal.",
                    called(self.criterion)
                ),
            );
            self.find(FindingCode::BandGap, Severity::Warning, said)
        })
    }

    fn components(&self) -> Option<Finding> {
        let max = self.criterion.max_score?;
        let points: Vec<Score> = self
            .criterion
            .rules
            .iter()
            .filter_map(|r| match &r.kind {
                RuleKind::Component {
                    points, when: None, ..
                } => Some(*points),
                _ => None,
            })
            .collect();
        let others = self.criterion.rules.iter().any(|r| {
            matches!(
                r.kind,
                RuleKind::Band { .. }
                    | RuleKind::Choice { .. }
                    | RuleKind::Formula { .. }
                    | RuleKind::PerUnit { .. }
                    | RuleKind::Text
                    | RuleKind::Cap { .. }
            )
        });
        let sum: Score = points.iter().copied().sum();
        if points.len() < 2 || sum == max || others && sum < max {
            return None;
        }
        let severity = if sum > max && !others {
            Severity::Error
        } else {
            Severity::Warning
        };
        let said = Said::new(
            format!(
                "{}: các phần cộng lại là {} điểm nhưng điểm tối đa là {}.",
                called(self.criterion),
                sum.to_vietnamese(),
                max.to_vietnamese()
            ),
            format!(
                "{}: the parts add up to {sum} points, but the maximum is {max}.",
                called(self.criterion)
            ),
        );
        Some(self.find(FindingCode::ComponentSumMismatch, severity, said))
    }

    /// Every rule gives fixed points, and the best of them is below the maximum.
    fn unreachable(&self, scales: &[Vec<Step<'_>>]) -> Option<Finding> {
        let max = self.criterion.max_score?;
        let fixed = self.criterion.rules.iter().all(|r| match &r.kind {
            RuleKind::Band { award, .. } | RuleKind::Choice { award, .. } => {
                !matches!(award, Some(Award::Formula(_)))
            }
            _ => false,
        });
        if self.criterion.rules.is_empty() || !fixed {
            return None;
        }
        let best = |steps: &[Step<'_>]| {
            steps
                .iter()
                .filter_map(|s| self.points(s.award))
                .max()
                .unwrap_or(Score::ZERO)
        };
        let chosen = self
            .criterion
            .rules
            .iter()
            .filter_map(|r| match &r.kind {
                RuleKind::Choice { award, .. } => self.points(award.as_ref()),
                _ => None,
            })
            .max();
        let scaled: Score = scales.iter().map(|s| best(s)).sum();
        let reach = chosen.map_or(scaled, |c| c.max(scaled));
        (reach < max).then(|| {
            let said = Said::new(
                format!(
                    "{}: điểm tối đa là {} nhưng các mức chỉ cho nhiều nhất {} điểm.",
                    called(self.criterion),
                    max.to_vietnamese(),
                    reach.to_vietnamese()
                ),
                format!(
                    "{}: the maximum is {max}, but the rules give {reach} points at most.",
                    called(self.criterion)
                ),
            );
            self.find(FindingCode::MaxUnreachable, Severity::Warning, said)
        })
    }

    /// `Điểm - a/b` where a formula can only mean `Điểm = a/b`.
    fn misprints(&self) -> Vec<Finding> {
        self.criterion
            .rules
            .iter()
            .filter(|r| matches!(r.kind, RuleKind::Formula { .. }))
            .filter(|r| {
                fold(&r.text)
                    .strip_prefix("diem")
                    .is_some_and(|rest| rest.trim_start().starts_with('-'))
            })
            .map(|r| {
                let said = Said::new(
                    format!(
                        "{}: “{}” có lẽ in nhầm dấu “-” thay cho “=”.",
                        called(self.criterion),
                        r.text
                    ),
                    format!(
                        "{}: \"{}\" probably has a misprinted \"-\" for \"=\".",
                        called(self.criterion),
                        r.text
                    ),
                );
                self.find(FindingCode::MisprintSuspected, Severity::Info, said)
            })
            .collect()
    }
}

/// A share of the maximum that passes it within its own band: `value * max / 80` up to 100%.
fn exceeds(kind: &RuleKind) -> bool {
    let RuleKind::Band {
        interval,
        award: Some(Award::Formula(expression)),
        unit,
        ..
    } = kind
    else {
        return false;
    };
    let divisor = expression
        .strip_prefix("value * max / ")
        .and_then(|d| d.parse::<Decimal>().ok());
    let top = interval
        .upper
        .map_or(Decimal::ONE_HUNDRED, |b| b.value.min(Decimal::ONE_HUNDRED));
    unit.as_deref() == Some("%") && divisor.is_some_and(|d| top > d)
}

fn starts_at_zero(interval: &Interval) -> bool {
    interval.lower.is_some_and(|b| b.value.is_zero())
}

/// Both only bounded below, or both only above: `từ 1 …` then `từ 2 …`.
fn same_direction(a: &Interval, b: &Interval) -> bool {
    a.upper.is_none() && b.upper.is_none() || a.lower.is_none() && b.lower.is_none()
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

#[cfg(test)]
mod tests;
