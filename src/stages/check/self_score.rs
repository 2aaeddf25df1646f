//! What a unit gave itself against what the rule and its own figure make.

use std::sync::LazyLock;

use regex::Regex;
use rust_decimal::Decimal;

use crate::domain::{About, Criterion, Field, Finding, FindingCode, Rubric, Score, Severity, fold};

use super::place::{Said, about, called, on};

static OBSERVED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"diem\s*=\s*(\d+(?:[.,]\d+)?)\s*%\s*[*x]\s*(\d+(?:[.,]\d+)?)").expect("a fixed pattern")
});

/// Findings on every score that a unit gave itself.
pub fn check(rubric: &Rubric) -> Vec<Finding> {
    rubric.criteria.iter().filter_map(one).collect()
}

fn one(criterion: &Criterion) -> Option<Finding> {
    let own = criterion.self_score?;
    let finding = |whose, said| {
        Some(on(
            criterion,
            Field::SelfScore,
            FindingCode::SelfScoreMismatch,
            whose,
            Severity::Warning,
            said,
        ))
    };
    let whose = match about([criterion], Field::SelfScore) {
        About::Reading => About::Reading,
        About::Decision => about([criterion], Field::MaxScore),
    };
    if let Some(max) = criterion.max_score.filter(|max| own > *max) {
        return finding(
            whose,
            Said::new(
                format!(
                    "{}: điểm tự chấm {} lớn hơn điểm tối đa {}.",
                    called(criterion),
                    own.to_vietnamese(),
                    max.to_vietnamese()
                ),
                format!(
                    "{}: the self score {own} is above the maximum {max}.",
                    called(criterion)
                ),
            ),
        );
    }
    let (text, made) = criterion
        .rules
        .iter()
        .find_map(|r| observed(&r.text).map(|made| (r.text.as_str(), made)))?;
    let rounded = made.round_dp(own.0.scale());
    if rounded == own.0 || made == own.0 {
        return None;
    }
    let made = Score(made.normalize());
    finding(
        whose,
        Said::new(
            format!(
                "{}: theo “{text}” được {} điểm nhưng điểm tự chấm là {}.",
                called(criterion),
                made.to_vietnamese(),
                own.to_vietnamese()
            ),
            format!(
                "{}: \"{text}\" makes {made} points, but the self score is {own}.",
                called(criterion)
            ),
        ),
    )
}

/// The points that `Điểm = 75,7% * 6` makes.
fn observed(text: &str) -> Option<Decimal> {
    let folded = fold(text);
    let found = OBSERVED.captures(&folded)?;
    let number = |i: usize| found.get(i)?.as_str().replace(',', ".").parse::<Decimal>().ok();
    Some((number(1)? * number(2)? / Decimal::ONE_HUNDRED).normalize())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Rule, RuleKind};
    use crate::stages::check::tests::{criterion, rubric};

    #[test]
    fn a_self_score_is_held_against_its_own_figure() {
        let check_one = |rule: &str, max: &str, own: &str, expect: usize| {
            let mut c = criterion("12", None, max);
            c.self_score = Score::parse_vietnamese(own);
            c.rules = vec![Rule {
                kind: RuleKind::Text,
                text: rule.to_owned(),
            }];
            assert_eq!(check(&rubric(vec![c])).len(), expect, "{rule} {own}");
        };
        check_one("Điểm = 75,7%*6", "6", "6", 1);
        check_one("Điểm = 75,7%*6", "6", "4,542", 0);
        check_one("Điểm = 75,7%*6", "6", "4,5", 0);
        check_one("Điểm = 99,80% * 10", "10", "9,98", 0);
        check_one("Đạt 100%", "10", "10", 0);
        check_one("Đạt 100%", "10", "11", 1);
    }
}
