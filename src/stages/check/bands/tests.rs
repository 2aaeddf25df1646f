//! One line a criterion: its rules in short, and the findings on them.

use rust_decimal::Decimal;

use super::*;
use crate::domain::Bound;
use crate::stages::check::tests::{criterion, rubric};

fn score(text: &str) -> Score {
    Score::parse_vietnamese(text).expect("a score")
}

fn award(text: &str) -> Option<Award> {
    match text {
        "-" => None,
        "max" => Some(Award::Max),
        t if t.contains('*') => Some(Award::Formula(t.to_owned())),
        t => Some(Award::Points(score(t))),
    }
}

/// `[80;100)% 1` is a band in percent, `Có: 2` a choice, `+Có 2` a component, `?…` text.
fn rule(text: &str) -> Rule {
    let kind = if let Some(rest) = text.strip_prefix('+') {
        let (label, points) = rest.rsplit_once(' ').expect("points");
        RuleKind::Component {
            label: label.to_owned(),
            points: score(points),
            when: None,
        }
    } else if text.starts_with('?') {
        RuleKind::Text
    } else if text.starts_with(['[', '(']) {
        let end = text.find([']', ')']).expect("an end");
        let (low, high) = text[1..end].split_once(';').expect("two ends");
        let bound = |t: &str, closed: bool| t.parse::<Decimal>().ok().map(|value| Bound { value, closed });
        let interval = Interval {
            lower: bound(low, text.starts_with('[')),
            upper: bound(high, text[end..].starts_with(']')),
        };
        let (unit, given) = text[end + 1..].split_once(' ').expect("an award");
        RuleKind::Band {
            variable: "%".into(),
            unit: (!unit.is_empty()).then(|| unit.to_owned()),
            interval,
            award: award(given),
        }
    } else {
        let (label, given) = text.split_once(": ").expect("a label");
        RuleKind::Choice {
            label: label.to_owned(),
            award: award(given),
        }
    };
    Rule {
        kind,
        text: text.to_owned(),
    }
}

fn check_one(max: &str, rules: &[&str], expect: &[FindingCode]) {
    let mut c = criterion("1", None, max);
    c.rules = rules.iter().map(|r| rule(r)).collect();
    let got: Vec<FindingCode> = check(&rubric(vec![c])).iter().map(|f| f.code).collect();
    assert_eq!(got, expect, "{rules:?}");
}

#[test]
fn scales_without_fault_have_no_finding() {
    check_one("1,5", &["[100;100]% 1,5", "[80;100)% 1", "(-;80)% 0,5"], &[]);
    check_one(
        "3",
        &["[100;+)% 3", "[80;100)% value * max / 100", "(-;80)% 0"],
        &[],
    );
    check_one(
        "4",
        &["[100;100]% 4", "[80;100]% value * max / 100", "(-;80)% 0"],
        &[],
    );
    check_one("4", &["(2;+)tin max", "[1;+)tin 1", "Không có: 0"], &[]);
    check_one("2", &["[2;+)cuộc 2", "[1;1]cuộc 1", "Không có cuộc nào: 0"], &[]);
    check_one("2", &["[3;+)phần 2", "[2;+)phần 1", "(-;2)phần 0"], &[]);
    check_one("5", &["[3;+) max", "[1.5;3) 4", "[0.5;1.5) 1", "(-;0.5) 0"], &[]);
    check_one("1", &["+Có kế hoạch 0,5", "+Có báo cáo 0,5"], &[]);
    check_one("2", &["Có: 2", "Không: 0"], &[]);
    check_one("5", &["Đã ban hành: max", "Chưa ban hành: 0"], &[]);
}

#[test]
fn faults_of_a_scale_are_found() {
    use FindingCode::*;
    check_one("3", &["[15;+)% 4", "(-;15)% value * max / 15"], &[AwardOverMax]);
    check_one(
        "3",
        &["[80;+)% value * max / 80", "(-;50)% 0"],
        &[AwardOverMax, BandGap],
    );
    check_one(
        "1",
        &["[100;100]% 1", "[60;80)% value * max / 100", "(-;60)% 0"],
        &[BandGap],
    );
    check_one(
        "2",
        &["[90;+)% -", "[70;90)% value * max / 90", "(-;70)% 0"],
        &[BandWithoutAward],
    );
    check_one(
        "3",
        &["[100;100]% -", "(-;100)% 0"],
        &[BandWithoutAward, MaxUnreachable],
    );
    check_one(
        "2",
        &["(50;+)% max", "(-;50)% max * 1 / 2", "Không có: 0"],
        &[BandGap],
    );
    check_one(
        "2",
        &["[60;100)% value * max / 100", "(-;60)% 0"],
        &[BandGap, MaxUnreachable],
    );
    check_one(
        "2",
        &["[60;90]% value * max / 100", "(90;100]% 1", "(-;60)% 0"],
        &[MaxUnreachable],
    );
    check_one("2", &["[2;+)phần 1", "(-;2)phần 0"], &[MaxUnreachable]);
    check_one(
        "3",
        &["Hội nghị phổ biến: 1", "Không có Hội nghị: 0"],
        &[MaxUnreachable],
    );
    check_one("2", &["[50;75]% 1", "[70;100]% 2", "[0;50)% 0"], &[BandOverlap]);
    check_one("2", &["[50;70]% 1", "[70;100]% 2", "[0;50)% 0"], &[BandOverlap]);
    check_one("2", &["[1;+)tin 1", "[2;+)tin 2", "Không có: 0"], &[BandOverlap]);
    check_one(
        "2",
        &["+Có kế hoạch 1", "+Có báo cáo 0,5"],
        &[ComponentSumMismatch],
    );
    check_one(
        "2",
        &[
            "số lượng lớn hơn năm trước: max",
            "số lượng thấp hơn năm trước: 0",
        ],
        &[BandGap],
    );
}

#[test]
fn what_is_not_understood_is_no_fault() {
    check_one("3", &["Hội nghị phổ biến: 1", "?Theo quy định của Sở"], &[]);
    check_one("3", &["[80;+)% 3"], &[]);
}
