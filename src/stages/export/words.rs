//! Rules, findings and facts in Vietnamese, for files that people open.

use crate::domain::{
    About, Award, Bound, CapOf, Document, Interval, Metadata, PenaltyAmount, PenaltyBase, RuleKind, Score,
    Severity,
};

/// What kind of rule it is.
pub(super) fn rule_kind(kind: &RuleKind) -> &'static str {
    match kind {
        RuleKind::Band { .. } => "khoảng",
        RuleKind::Formula { .. } => "công thức",
        RuleKind::Choice { .. } => "lựa chọn",
        RuleKind::PerUnit { .. } => "theo đơn vị",
        RuleKind::Penalty { .. } => "trừ điểm",
        RuleKind::Component { .. } => "thành phần",
        RuleKind::Target { .. } => "chỉ tiêu",
        RuleKind::Cap { .. } => "giới hạn",
        RuleKind::Text => "lời văn",
    }
}

/// When a rule applies, as it was understood.
pub(super) fn condition(kind: &RuleKind) -> String {
    match kind {
        RuleKind::Band {
            variable,
            unit,
            interval,
            ..
        } => within(variable, unit.as_deref(), interval),
        RuleKind::Target { variable, interval } => within(variable, None, interval),
        RuleKind::Formula { variables, .. } => {
            let described = variables.iter().filter(|v| !v.description.is_empty());
            let described: Vec<String> = described
                .map(|v| format!("{}: {}", v.name, v.description))
                .collect();
            described.join("; ")
        }
        RuleKind::Choice { label, .. } => label.clone(),
        RuleKind::PerUnit { unit, .. } => format!("mỗi {unit}"),
        RuleKind::Penalty { unit, .. } => unit
            .as_deref()
            .map_or("mỗi lần".to_owned(), |unit| format!("mỗi {unit}")),
        RuleKind::Component { label, when, .. } => match when {
            Some(when) => format!("{label} ({when})"),
            None => label.clone(),
        },
        RuleKind::Cap { of, .. } => match of {
            CapOf::Penalty => "tổng điểm trừ",
            CapOf::Bonus => "tổng điểm thưởng",
            CapOf::Points => "tổng điểm",
        }
        .to_owned(),
        RuleKind::Text => String::new(),
    }
}

/// What a rule gives or takes.
pub(super) fn gives(kind: &RuleKind) -> String {
    let limits = |floor: &Option<Score>, cap: &Option<Score>| {
        let floor = floor.map(|floor| format!("không dưới {}", floor.to_vietnamese()));
        let cap = cap.map(|cap| format!("không quá {}", cap.to_vietnamese()));
        let both: Vec<String> = floor.into_iter().chain(cap).collect();
        if both.is_empty() {
            String::new()
        } else {
            format!(" ({})", both.join(", "))
        }
    };
    match kind {
        RuleKind::Band { award, .. } | RuleKind::Choice { award, .. } => match award {
            Some(Award::Points(points)) => points.to_vietnamese(),
            Some(Award::Max) => "điểm tối đa".to_owned(),
            Some(Award::Formula(formula)) => in_words(formula),
            None => "không ghi".to_owned(),
        },
        RuleKind::Formula {
            expression,
            floor,
            cap,
            ..
        } => format!("{}{}", in_words(expression), limits(floor, cap)),
        RuleKind::PerUnit { points, cap, .. } => {
            format!("{}{}", points.to_vietnamese(), limits(&None, cap))
        }
        RuleKind::Penalty {
            amount, floor, from, ..
        } => {
            let amount = match amount {
                PenaltyAmount::Points(points) => points.to_vietnamese(),
                PenaltyAmount::Share(share) => format!("{}%", Score(*share).to_vietnamese()),
            };
            let from = match from {
                PenaltyBase::Criterion => "",
                PenaltyBase::Total => " vào tổng điểm",
            };
            format!("trừ {amount}{from}{}", limits(floor, &None))
        }
        RuleKind::Component { points, .. } => points.to_vietnamese(),
        RuleKind::Cap { points, .. } => format!("không quá {}", points.to_vietnamese()),
        RuleKind::Target { .. } | RuleKind::Text => "người chấm cho điểm".to_owned(),
    }
}

/// `từ 80% đến dưới 100%`.
fn within(variable: &str, unit: Option<&str>, interval: &Interval) -> String {
    let percent = unit == Some("%") || variable == "%";
    let end = |bound: &Bound| {
        let value = Score(bound.value).to_vietnamese();
        match unit {
            _ if percent => format!("{value}%"),
            Some(unit) => format!("{value} {unit}"),
            None => value,
        }
    };
    let range = match (&interval.lower, &interval.upper) {
        (Some(lower), Some(upper)) if lower.value == upper.value => format!("bằng {}", end(lower)),
        (Some(lower), Some(upper)) => {
            let from = if lower.closed { "từ" } else { "trên" };
            let to = if upper.closed { "đến" } else { "đến dưới" };
            format!("{from} {} {to} {}", end(lower), end(upper))
        }
        (Some(lower), None) if lower.closed => format!("từ {} trở lên", end(lower)),
        (Some(lower), None) => format!("trên {}", end(lower)),
        (None, Some(upper)) if upper.closed => format!("từ {} trở xuống", end(upper)),
        (None, Some(upper)) => format!("dưới {}", end(upper)),
        (None, None) => "mọi giá trị".to_owned(),
    };
    if variable.is_empty() || variable == "%" {
        range
    } else {
        format!("{variable}: {range}")
    }
}

/// A formula with a multiplication sign, and with what `max` stands for.
fn in_words(formula: &str) -> String {
    let words: Vec<&str> = formula
        .split(' ')
        .map(|word| if word == "max" { "điểm tối đa" } else { word })
        .collect();
    words.join(" ").replace('*', "×")
}

pub(super) fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "lỗi",
        Severity::Warning => "cảnh báo",
        Severity::Info => "thông tin",
    }
}

/// Whose matter a finding is.
pub(super) fn about(about: About) -> &'static str {
    match about {
        About::Decision => "văn bản",
        About::Reading => "việc đọc",
    }
}

/// What is known of the decision and of the file it was read from, with the names of the facts.
pub(super) fn facts(document: &Document) -> Vec<(&'static str, String)> {
    let Metadata {
        kind,
        number,
        date,
        issuer,
        title,
        signed_at,
    } = document.metadata.clone();
    let facts = [
        ("Loại văn bản", kind),
        ("Số, ký hiệu", number),
        ("Ngày ban hành", date.map(|date| day(&date))),
        ("Cơ quan ban hành", issuer),
        ("Trích yếu", title),
        ("Ký số lúc", signed_at),
        ("Tệp", Some(document.source.file.clone())),
        ("Số trang", Some(document.source.pages.to_string())),
        ("SHA-256", Some(document.source.sha256.clone())),
        ("Phiên bản sohoa", Some(document.pipeline.version.clone())),
        ("Bộ đọc", Some(document.pipeline.readers.join(", "))),
        ("Thành phần thiếu", Some(document.pipeline.missing.join("\n"))),
    ];
    facts
        .into_iter()
        .filter_map(|(name, value)| Some((name, value.filter(|v| !v.is_empty())?)))
        .collect()
}

/// `26/03/2024` for `2024-03-26`; anything else as it is.
fn day(iso: &str) -> String {
    match iso.split('-').collect::<Vec<_>>()[..] {
        [year, month, day] if year.len() == 4 => format!("{day}/{month}/{year}"),
        _ => iso.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rust_decimal::Decimal;

    #[test]
    fn bands_are_said_as_decisions_say_them() {
        let bound = |text: &str, closed: bool| {
            let value = Decimal::from_str_exact(text).unwrap();
            Some(Bound { value, closed })
        };
        let check = |variable: &str, unit: Option<&str>, lower, upper, expect: &str| {
            assert_eq!(within(variable, unit, &Interval { lower, upper }), expect);
        };
        check(
            "%",
            None,
            bound("80", true),
            bound("100", false),
            "từ 80% đến dưới 100%",
        );
        check("a/b", None, bound("1.5", false), None, "a/b: trên 1,5");
        check("", Some("vụ"), None, bound("2", true), "từ 2 vụ trở xuống");
        check("%", None, bound("100", true), bound("100", true), "bằng 100%");
    }

    #[test]
    fn the_maximum_in_a_formula_is_named() {
        assert_eq!(in_words("a / b * max"), "a / b × điểm tối đa");
        assert_eq!(in_words("max(a, b)"), "max(a, b)");
    }
}
