//! Points for each of something: given (`Mỗi cuộc họp 0,2 điểm`), taken (`trừ 01 điểm/tháng`), and
//! the limits on them (`không quá 1,5 điểm`).

use std::sync::LazyLock;

use regex::Regex;

use crate::domain::{CapOf, PenaltyAmount, PenaltyBase, RuleKind, Score};

use super::phrase::{Phrase, decimal, trimmed};

macro_rules! pattern {
    ($name:ident, $text:expr) => {
        static $name: LazyLock<Regex> = LazyLock::new(|| Regex::new($text).expect("a fixed pattern"));
    };
}

pattern!(
    TAKEN,
    r"\btru\b(?: di| bot)?\s*:?\s*\(?\s*-?\s*(\d+(?:[.,]\d+)?)\s*(%|diem\b|d\b|$|/)"
);
pattern!(MINUS, r"(?:^|:\s*)-\s?(\d+(?:[.,]\d+)?)\s*(?:(?:diem|d)\b|$|/)");
pattern!(
    SHARES,
    r"(\d+(?:[.,]\d+)?)\s*%\s*(?:so diem|tong so diem|diem)?\s*doi voi\s+([^,;.]+)"
);
pattern!(
    PER,
    r"^\s*(?:diem|d)?\s*/\s*(?:0?1\s+|mot\s+|moi\s+)?([^,;.:()\[\]]+)"
);
pattern!(EACH, r"\b(?:cu moi|moi|cu|them)\s+(?:0?1\s+)?(.+)$");
pattern!(
    FLOOR,
    r"(?:con|toi thieu|thap nhat)\s+(?:la\s+)?(\d+(?:[.,]\d+)?)\s*diem"
);
pattern!(
    GIVEN,
    r"\b(?:cu moi|moi|cu)\s+(?:0?1\s+)?(.+?)(?:\s*:\s*|\s+(?:thi\s+)?(?:duoc|dat|cong|tinh|cham|thuong|la)\s+|\s*,\s*|\s*=\s*|\s+)(?:thi |duoc |dat |cong |tinh |cham |thuong |them |la |: ?)*(\d+(?:[.,]\d+)?)\s*(?:diem|d)\b"
);
pattern!(
    GIVEN_PER,
    r"(\d+(?:[.,]\d+)?)\s*(?:diem|d)\s*/\s*(?:0?1\s+|mot\s+|moi\s+)?([^,;.:()\[\]0-9][^,;.:()\[\]]*)"
);
pattern!(
    LIMIT,
    r"(?:khong (?:duoc )?(?:vuot )?qua|toi da(?: khong qua)?)\s*(?:la\s+)?(\d+(?:[.,]\d+)?)\s*(?:diem|d)\b"
);
pattern!(POINTS, r"\d+(?:[.,]\d+)?\s*(?:diem|d)\b");

/// Penalties that a paragraph states, with a limit on them where it names one.
pub fn penalties(phrase: &Phrase, from: PenaltyBase) -> Vec<RuleKind> {
    let text = phrase.folded.as_str();
    let floor = FLOOR
        .captures(text)
        .and_then(|f| Score::parse_vietnamese(f.get(1)?.as_str()));
    let taken = TAKEN.captures(text).or_else(|| MINUS.captures(text));
    let Some(found) = taken else { return Vec::new() };
    let (Some(whole), Some(amount)) = (found.get(0), found.get(1)) else {
        return Vec::new();
    };
    let before = &text[..whole.start()];
    let each = EACH
        .captures(before)
        .and_then(|e| e.get(1))
        .map(|m| trimmed(&phrase.words(m.range())));
    let each = each.map(|unit| without_tail(&unit));
    let mut rules = Vec::new();
    let shares: Vec<_> = SHARES.captures_iter(text).collect();
    if shares.len() > 1 {
        for share in &shares {
            let (Some(amount), Some(of)) = (share.get(1).and_then(|m| decimal(m.as_str())), share.get(2))
            else {
                continue;
            };
            let of = trimmed(&phrase.words(of.range()));
            let unit = each
                .as_ref()
                .map_or_else(|| of.clone(), |each| format!("{each} ({of})"));
            rules.push(RuleKind::Penalty {
                unit: Some(unit),
                amount: PenaltyAmount::Share(amount),
                floor,
                from,
            });
        }
        return rules;
    }
    let percent = found.get(2).is_some_and(|m| m.as_str() == "%");
    let value = if percent {
        decimal(amount.as_str()).map(PenaltyAmount::Share)
    } else {
        Score::parse_vietnamese(amount.as_str()).map(PenaltyAmount::Points)
    };
    let Some(value) = value else { return rules };
    let after = amount.end();
    let per = PER
        .captures(&text[after..])
        .and_then(|p| p.get(1))
        .map(|m| trimmed(&phrase.words(after + m.start()..after + m.end())));
    let unit = per.or(each).filter(|u| !u.is_empty());
    rules.push(RuleKind::Penalty {
        unit,
        amount: value,
        floor,
        from,
    });
    if let Some(limit) = LIMIT
        .captures(&text[whole.end()..])
        .and_then(|l| Score::parse_vietnamese(l.get(1)?.as_str()))
    {
        rules.push(RuleKind::Cap {
            of: CapOf::Penalty,
            points: limit,
        });
    }
    rules
}

/// `ngày thì sẽ bị` -> `ngày`.
fn without_tail(unit: &str) -> String {
    let mut words: Vec<&str> = unit.split_whitespace().collect();
    while let Some(last) = words.last() {
        if ["thì", "sẽ", "bị", "được", ",", ":"].contains(&last.trim_end_matches(',')) {
            words.pop();
        } else {
            break;
        }
    }
    trimmed(&words.join(" "))
}

/// Points for each of something.
pub fn per_unit(phrase: &Phrase) -> Option<RuleKind> {
    let text = phrase.folded.as_str();
    let cap = LIMIT
        .captures(text)
        .and_then(|l| Score::parse_vietnamese(l.get(1)?.as_str()));
    let found = GIVEN
        .captures(text)
        .and_then(|f| Some((f.get(1)?.range(), f.get(2)?.as_str())))
        .or_else(|| {
            GIVEN_PER
                .captures(text)
                .and_then(|f| Some((f.get(2)?.range(), f.get(1)?.as_str())))
        });
    let (unit, points) = found?;
    let unit = trimmed(&phrase.words(unit));
    let points = Score::parse_vietnamese(points)?;
    (!unit.is_empty()).then_some(RuleKind::PerUnit {
        unit,
        points,
        cap: cap.filter(|c| *c >= points),
    })
}

/// A limit that stands alone: no other points in the paragraph.
pub fn cap(phrase: &Phrase) -> Option<RuleKind> {
    let text = phrase.folded.as_str();
    let found = LIMIT.captures(text)?;
    let points = Score::parse_vietnamese(found.get(1)?.as_str())?;
    if POINTS.find_iter(text).count() > 1 {
        return None;
    }
    let word = |word: &str| text.split(|c: char| !c.is_alphanumeric()).any(|w| w == word);
    let of = if word("tru") {
        CapOf::Penalty
    } else if word("cong")
        && (text.contains("diem cong") || text.contains("duoc cong") || text.contains("cong diem"))
        || word("thuong")
    {
        CapOf::Bonus
    } else {
        CapOf::Points
    };
    Some(RuleKind::Cap { of, points })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn penalties_say_how_much_for_what() {
        let check = |text: &str, expect: &[(&str, &str)]| {
            let got: Vec<(String, String)> = penalties(&Phrase::new(text), PenaltyBase::Criterion)
                .into_iter()
                .map(|rule| match rule {
                    RuleKind::Penalty { unit, amount, .. } => (
                        unit.unwrap_or_default(),
                        match amount {
                            PenaltyAmount::Points(p) => p.to_string(),
                            PenaltyAmount::Share(s) => format!("{s}%"),
                        },
                    ),
                    RuleKind::Cap { points, .. } => ("cap".to_owned(), points.to_string()),
                    other => panic!("{other:?}"),
                })
                .collect();
            let expect: Vec<(String, String)> = expect
                .iter()
                .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
                .collect();
            assert_eq!(got, expect, "{text:?}");
        };
        check(
            "Nếu ban hành trễ so với thời gian quy định thì sẽ trừ 01 điểm/tháng",
            &[("tháng", "1")],
        );
        check(
            "dưới chỉ tiêu của 2 tiêu chuẩn trừ (0,5 điểm/ tiêu chuẩn) xuất trên phần mềm",
            &[("tiêu chuẩn", "0.5")],
        );
        check(
            "Gửi báo cáo muộn hơn (trước 20/11 của năm báo cáo) mỗi ngày trừ 0,5 điểm.",
            &[("ngày", "0.5")],
        );
        check(
            "mỗi tiêu chí không đảm bảo chất lượng đánh giá trừ 0,5 điểm",
            &[("tiêu chí không đảm bảo chất lượng đánh giá", "0.5")],
        );
        check("Sử dụng hộp thư điện tử miễn phí gmail trừ 02 điểm", &[("", "2")]);
        check("cứ giảm 1% trừ 0,5", &[("giảm 1%", "0.5")]);
        check("Trễ hạn: -0,5 điểm/ngày", &[("ngày", "0.5")]);
        check(
            "trễ 1 ngày bị trừ 1 điểm, tối đa 3 điểm",
            &[("", "1"), ("cap", "3")],
        );
        check(
            "Cứ 01 lần nhập liệu không đúng thời gian quy định, trừ 20% số điểm đối với tần suất nhập tháng, 30% số điểm đối với tần suất quý",
            &[
                (
                    "lần nhập liệu không đúng thời gian quy định (tần suất nhập tháng)",
                    "20%",
                ),
                (
                    "lần nhập liệu không đúng thời gian quy định (tần suất quý)",
                    "30%",
                ),
            ],
        );
        check("100%: 3 (trừ máy tính phục vụ văn bản mật)", &[]);
        check("95% văn bản (trừ văn bản mật theo quy định của pháp luật)", &[]);
    }

    #[test]
    fn units_bring_points_up_to_a_cap() {
        let check = |text: &str, expect: Option<(&str, &str, Option<&str>)>| {
            let got = per_unit(&Phrase::new(text)).map(|rule| match rule {
                RuleKind::PerUnit { unit, points, cap } => {
                    (unit, points.to_string(), cap.map(|c| c.to_string()))
                }
                other => panic!("{other:?}"),
            });
            let expect = expect.map(|(u, p, c)| (u.to_owned(), p.to_owned(), c.map(str::to_owned)));
            assert_eq!(got, expect, "{text:?}");
        };
        check(
            "Mỗi cuộc họp trực tuyến: được 0,2 điểm;",
            Some(("cuộc họp trực tuyến", "0.2", None)),
        );
        check("Mỗi hoạt động được: 01 điểm;", Some(("hoạt động", "1", None)));
        check("Mỗi Hội nghị được 01 điểm;", Some(("Hội nghị", "1", None)));
        check("Mỗi mô hình được cộng 01 điểm;", Some(("mô hình", "1", None)));
        check(
            "Mỗi quy chế/quy định: 01 điểm;",
            Some(("quy chế/quy định", "1", None)),
        );
        check(
            "Có thông tin mỗi tiểu mục (a, b,...., k,l): 0,5 điểm",
            Some(("tiểu mục (a, b,...., k,l)", "0.5", None)),
        );
        check(
            "Mỗi tin bài 0,5 điểm, tối đa 5 điểm",
            Some(("tin bài", "0.5", Some("5"))),
        );
        check("Tham gia hiến máu 5 điểm/01 lần", Some(("lần", "5", None)));
        check("Có kế hoạch: 1 điểm", None);
    }

    #[test]
    fn limits_say_what_they_limit() {
        let check = |text: &str, expect: Option<(CapOf, &str)>| {
            let got = cap(&Phrase::new(text)).map(|rule| match rule {
                RuleKind::Cap { of, points } => (of, points.to_string()),
                other => panic!("{other:?}"),
            });
            assert_eq!(got, expect.map(|(of, p)| (of, p.to_owned())), "{text:?}");
        };
        check(
            "Tổng điểm trừ của mục a1 không quá 1,5 điểm",
            Some((CapOf::Penalty, "1.5")),
        );
        check(
            "được cộng nhưng không vượt quá 20 điểm",
            Some((CapOf::Bonus, "20")),
        );
        check("Tổng điểm mục này tối đa 5 điểm", Some((CapOf::Points, "5")));
        check("Mỗi tin bài 0,5 điểm, tối đa 5 điểm", None);
    }
}
