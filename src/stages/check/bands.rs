//! The rules of one criterion against each other and against its maximum.

use crate::domain::{
    About, Award, Criterion, Field, Finding, FindingCode, Interval, Rubric, Rule, RuleKind, Score, Severity,
    fold,
};
use crate::scoring::{self, Exact, Scales, Step};

use super::interval::{self, Extent, Meeting, Values};
use super::place::{Said, about, called, on};

/// Findings on the rules of every criterion.
pub fn check(rubric: &Rubric) -> Vec<Finding> {
    rubric
        .criteria
        .iter()
        .flat_map(|criterion| {
            let scales = Scales::of(criterion);
            Scored { criterion, scales }.check()
        })
        .collect()
}

struct Scored<'a> {
    criterion: &'a Criterion,
    scales: Scales<'a>,
}

impl<'a> Scored<'a> {
    fn check(&self) -> Vec<Finding> {
        let mut findings = self.without_award();
        findings.extend(self.over_max());
        for scale in &self.scales.all {
            findings.extend(self.gaps(scale));
            findings.extend(self.overlaps(scale));
        }
        findings.extend(self.comparison_gap());
        findings.extend(self.components());
        findings.extend(self.unreachable());
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

    fn steps(&self) -> impl Iterator<Item = Step<'a>> {
        self.scales.all.iter().flatten().copied()
    }

    fn points(&self, award: Option<&Award>) -> Option<Score> {
        scoring::points(self.criterion, award)
    }

    fn without_award(&self) -> Vec<Finding> {
        let mut steps: Vec<Step<'_>> = self.steps().filter(|s| s.award.is_none()).collect();
        steps.sort_by_key(|s| s.at);
        steps
            .iter()
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
                let mut finding = self.find(FindingCode::BandWithoutAward, Severity::Error, said);
                // The readers do not agree on these words: what is missing may be ours.
                let mut sources = self.criterion.sources(Field::Rules);
                if sources.any(|p| !p.candidates.is_empty() && p.raw.contains(&s.rule.text)) {
                    finding.about = About::Reading;
                }
                finding
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
            if self.exceeds(rule, max) || self.unbounded(rule, max) {
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

    /// A share of the maximum that passes it within its own band: `value * max / 80` up to 100%.
    fn exceeds(&self, rule: &Rule, max: Score) -> bool {
        let reckoned = match &rule.kind {
            RuleKind::Band { award, .. } => matches!(award, Some(Award::Formula(_))),
            kind => matches!(kind, RuleKind::Formula { cap: None, .. }),
        };
        reckoned && scoring::most_of(self.criterion, rule).is_some_and(|most| most > max.into())
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
            && self.steps().any(|s| {
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

    /// The rules say it all, and what they give at best is below the maximum.
    fn unreachable(&self) -> Option<Finding> {
        let max = self.criterion.max_score?;
        let rules = &self.criterion.rules;
        let said = |kind: &RuleKind| {
            matches!(
                kind,
                RuleKind::Band { .. } | RuleKind::Choice { .. } | RuleKind::Formula { .. }
            )
        };
        if rules.is_empty() || !rules.iter().all(|r| said(&r.kind)) {
            return None;
        }
        let reach = scoring::reach_of(self.criterion);
        let most = reach.most?;
        let top = Exact::from(max);
        // A band without an award may be the one that gives the maximum.
        let nearly = reach.only_nearly && self.steps().all(|s| s.award.is_some());
        if most > top || most == top && !nearly {
            return None;
        }
        let (vi, en) = match most == top {
            true => ("chỉ tiến gần tới, không đạt đúng, số đó", "only come near to it"),
            false => ("chỉ cho nhiều nhất", "give at most"),
        };
        let number = (most < top).then(|| most.to_string());
        let (vi_number, en_number) = match &number {
            Some(number) => (
                format!(" {} điểm", number.replace('.', ",")),
                format!(" {number} points"),
            ),
            None => (String::new(), String::new()),
        };
        let said = Said::new(
            format!(
                "{}: điểm tối đa là {} nhưng các mức {vi}{vi_number}.",
                called(self.criterion),
                max.to_vietnamese(),
            ),
            format!(
                "{}: the maximum is {max}, but the rules {en}{en_number}.",
                called(self.criterion)
            ),
        );
        Some(self.find(FindingCode::MaxUnreachable, Severity::Warning, said))
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

fn starts_at_zero(interval: &Interval) -> bool {
    interval.lower.is_some_and(|b| b.value.is_zero())
}

/// Both only bounded below, or both only above: `từ 1 …` then `từ 2 …`.
fn same_direction(a: &Interval, b: &Interval) -> bool {
    a.upper.is_none() && b.upper.is_none() || a.lower.is_none() && b.lower.is_none()
}

#[cfg(test)]
mod tests;
