//! Intervals in words and signs: `Từ 80% đến dưới 100%`, `a/b >= 3`, `200 triệu đồng trở lên`.

use std::ops::Range;
use std::sync::LazyLock;

use regex::{Captures, Regex};
use rust_decimal::Decimal;

use crate::domain::{Bound, Interval};

use super::phrase::{Phrase, decimal};

/// An interval and where it stands in the folded text.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    pub interval: Interval,
    /// `%`, or the words after the number.
    pub unit: Option<String>,
    /// The words that the signs compare: `a/b`.
    pub variable: Option<String>,
    pub range: Range<usize>,
}

macro_rules! pattern {
    ($name:ident, $text:expr) => {
        static $name: LazyLock<Regex> = LazyLock::new(|| Regex::new($text).expect("a fixed pattern"));
    };
}

const N: &str = r"(\d+(?:[.,]\d+)?)";
const P: &str = r"\s*(%?)\)?";

pattern!(
    CHAIN,
    &format!(r"{N}\s*%?\s*(<=|=<|≤|<)\s*([^<>=≤≥:;]+?)\s*(<=|=<|≤|<)\s*{N}{P}")
);
pattern!(
    SPAN,
    &format!(
        r"(?:\b(tu tren|tren|lon hon|hon|tu|dat tu|dat)\s+|^|\s|:\s*)(?:>\s*)?{N}{P}\s*(?:-|~|den|toi)\s*(?:(can|het)\s+)?(?:(duoi|nho hon|thap hon|it hon|<)\s*)?{N}{P}"
    )
);
pattern!(
    COMPARE,
    &format!(r"^(?:neu\s+)?(.*?)\s*(>=|=>|≥|<=|=<|≤|>|<)\s*{N}{P}")
);
pattern!(
    LOWER,
    &format!(
        r"\b(tu tren|tren|lon hon|hon|vuot|cao hon|tu|it nhat|toi thieu|khong duoi|khong thap hon)\s+{N}{P}"
    )
);
pattern!(
    UPPER,
    &format!(
        r"\b(duoi|thap hon|nho hon|it hon|chua den|chua dat|khong dat|khong qua|khong vuot qua|toi da|den)\s+{N}{P}"
    )
);
pattern!(UPWARDS, &format!(r"{N}{P}(?:\s+[^:;]*?)?\s*\btro (len|xuong)\b"));
pattern!(
    EXACT,
    &format!(
        r"^(?:(?:neu|dat|hoan thanh|thuc hien|du|co|ty le|ti le|dat ty le|dat ti le|tu)\s+)*{N}\s*(%)\)?"
    )
);

/// The first interval of the paragraph.
pub fn find(phrase: &Phrase) -> Option<Found> {
    let text = phrase.folded.as_str();
    chain(phrase)
        .or_else(|| span(text, phrase))
        .or_else(|| compare(phrase))
        .or_else(|| {
            let found = [lower(phrase), upper(phrase), upwards(phrase), exact(text)];
            found.into_iter().flatten().min_by_key(|f| f.range.start)
        })
}

fn number(found: &Captures<'_>, group: usize) -> Option<Decimal> {
    decimal(found.get(group)?.as_str())
}

fn percent(found: &Captures<'_>, group: usize) -> bool {
    found.get(group).is_some_and(|m| m.as_str() == "%")
}

fn bound(value: Decimal, open: bool) -> Option<Bound> {
    Some(Bound { value, closed: !open })
}

/// The words right after a number: `triệu đồng`, `cuộc họp`. None where the number is part of a date.
fn unit_after(phrase: &Phrase, at: usize) -> Option<String> {
    let rest = &phrase.folded[at..];
    let stops = [
        "tro", "thi", "duoc", "den", "toi", "va", "hoac", "neu", "la", "dat", "tinh", "co", "moi", "cho",
        "trong", "nhung", "diem",
    ];
    let mut end = 0;
    let mut words = 0;
    for word in rest.split_inclusive(' ') {
        let bare = word.trim();
        if bare.is_empty() {
            end += word.len();
            continue;
        }
        if stops.contains(&bare) || words >= 4 || bare.starts_with(['(', '<', '>', '=', ':', ';', '-']) {
            break;
        }
        let cut = bare.find([':', ';', ')']);
        end += cut.unwrap_or(word.len());
        words += 1;
        if cut.is_some() {
            break;
        }
    }
    let unit = phrase.words(at..at + end);
    let unit = unit
        .trim_matches(|c: char| !c.is_alphanumeric() && c != '/')
        .to_owned();
    unit.chars()
        .next()
        .is_some_and(char::is_alphabetic)
        .then_some(unit)
}

fn is_date(phrase: &Phrase, end: usize) -> bool {
    let rest = &phrase.folded[end..];
    rest.starts_with('/') && rest[1..].trim_start().starts_with(|c: char| c.is_ascii_digit())
}

fn chain(phrase: &Phrase) -> Option<Found> {
    let found = CHAIN.captures(&phrase.folded)?;
    let (low, high) = (number(&found, 1)?, number(&found, 5)?);
    let variable = found.get(3)?;
    let open = |group: usize| found.get(group).is_some_and(|m| m.as_str() == "<");
    let interval = Interval {
        lower: bound(low, open(2)),
        upper: bound(high, open(4)),
    };
    let words = phrase.words(variable.range());
    words.chars().any(char::is_alphabetic).then(|| Found {
        interval,
        unit: percent(&found, 6).then(|| "%".to_owned()),
        variable: Some(tidy(&words)),
        range: found.get(0).map_or(0..0, |m| m.range()),
    })
}

/// `a / b` as `a/b`; words without what opens a condition.
fn tidy(words: &str) -> String {
    let short = words.split_whitespace().all(|w| w.chars().count() <= 3) && words.contains(['/', '*', '+']);
    if short {
        words.split_whitespace().collect()
    } else {
        let opened = ["Nếu ", "nếu ", "Trường hợp ", "trường hợp "]
            .iter()
            .find_map(|w| words.strip_prefix(w));
        opened
            .unwrap_or(words)
            .trim_matches([' ', ':', '-', ','])
            .to_owned()
    }
}

fn span(text: &str, phrase: &Phrase) -> Option<Found> {
    let found = SPAN.captures(text)?;
    let whole = found.get(0)?;
    let (low, high) = (number(&found, 2)?, number(&found, 6)?);
    let word = found.get(1).map(|m| m.as_str());
    let below = found.get(5).is_some();
    let is_percent = percent(&found, 3) || percent(&found, 7);
    let said = is_percent || below || matches!(word, Some("tu" | "tu tren" | "tren" | "dat tu"));
    if !said || low >= high || is_date(phrase, whole.end()) || !is_percent && high >= Decimal::from(1900) {
        return None;
    }
    let open_below =
        matches!(word, Some("tren" | "tu tren" | "lon hon" | "hon")) || whole.as_str().contains('>');
    let open_above = below || found.get(4).is_some_and(|m| m.as_str() == "can");
    let start = found.get(1).map_or(found.get(2)?.start(), |m| m.start());
    let unit = if is_percent {
        Some("%".to_owned())
    } else {
        unit_after(phrase, whole.end())
    };
    Some(Found {
        interval: Interval {
            lower: bound(low, open_below),
            upper: bound(high, open_above),
        },
        unit,
        variable: None,
        range: start..whole.end(),
    })
}

fn compare(phrase: &Phrase) -> Option<Found> {
    let found = COMPARE.captures(&phrase.folded)?;
    let whole = found.get(0)?;
    let value = number(&found, 3)?;
    let interval = match found.get(2)?.as_str() {
        ">=" | "=>" | "≥" => Interval {
            lower: bound(value, false),
            upper: None,
        },
        ">" => Interval {
            lower: bound(value, true),
            upper: None,
        },
        "<" => Interval {
            lower: None,
            upper: bound(value, true),
        },
        _ => Interval {
            lower: None,
            upper: bound(value, false),
        },
    };
    let words = tidy(&phrase.words(found.get(1)?.range()));
    let unit = if percent(&found, 4) {
        Some("%".to_owned())
    } else {
        unit_after(phrase, whole.end())
    };
    Some(Found {
        interval,
        unit,
        variable: (!words.is_empty()).then_some(words),
        range: whole.range(),
    })
}

/// What a number without percent sign counts; `None`: it counts nothing that a band could be about.
fn counted(phrase: &Phrase, is_percent: bool, end: usize, value: Decimal) -> Option<Option<String>> {
    if is_percent {
        return Some(Some("%".to_owned()));
    }
    if is_date(phrase, end) || value >= Decimal::from(1900) && value <= Decimal::from(2100) {
        return None;
    }
    Some(unit_after(phrase, end))
}

fn lower(phrase: &Phrase) -> Option<Found> {
    LOWER.captures_iter(&phrase.folded).find_map(|found| {
        let whole = found.get(0)?;
        let value = number(&found, 2)?;
        let is_percent = percent(&found, 3);
        let unit = counted(phrase, is_percent, whole.end(), value)?;
        let word = found.get(1)?.as_str();
        let upwards = phrase.folded[whole.end()..].contains("tro len");
        if word == "tu" && !is_percent && !upwards || unit.is_none() {
            return None;
        }
        let open = matches!(word, "tu tren" | "tren" | "lon hon" | "hon" | "vuot" | "cao hon") && !upwards;
        let mut range = whole.range();
        let tail = phrase.folded[whole.end()..].trim_start();
        if let Some(rest) = tail.strip_prefix("tro len") {
            range.end = phrase.folded.len() - rest.len();
        }
        Some(Found {
            interval: Interval {
                lower: bound(value, open),
                upper: None,
            },
            unit,
            variable: None,
            range,
        })
    })
}

fn upper(phrase: &Phrase) -> Option<Found> {
    UPPER.captures_iter(&phrase.folded).find_map(|found| {
        let whole = found.get(0)?;
        let value = number(&found, 2)?;
        let is_percent = percent(&found, 3);
        let unit = counted(phrase, is_percent, whole.end(), value)?;
        let word = found.get(1)?.as_str();
        let closed = matches!(word, "khong qua" | "khong vuot qua" | "toi da" | "den");
        if unit.is_none() || closed && !is_percent && (word == "den" || word == "toi da") {
            return None;
        }
        Some(Found {
            interval: Interval {
                lower: None,
                upper: bound(value, !closed),
            },
            unit,
            variable: None,
            range: whole.range(),
        })
    })
}

fn upwards(phrase: &Phrase) -> Option<Found> {
    let found = UPWARDS.captures(&phrase.folded)?;
    let whole = found.get(0)?;
    let value = number(&found, 1)?;
    let is_percent = percent(&found, 2);
    let number_end = found.get(2)?.end();
    let unit = if is_percent {
        Some("%".to_owned())
    } else {
        unit_after(phrase, number_end)
    };
    let up = found.get(3)?.as_str() == "len";
    let interval = if up {
        Interval {
            lower: bound(value, false),
            upper: None,
        }
    } else {
        Interval {
            lower: None,
            upper: bound(value, false),
        }
    };
    // Words between the number and "trở lên" say what is counted: they are no part of the interval.
    let between = phrase.folded[number_end..whole.end()].split_whitespace().count() > 3;
    let end = if between { number_end } else { whole.end() };
    Some(Found {
        interval,
        unit,
        variable: None,
        range: whole.start()..end,
    })
}

fn exact(text: &str) -> Option<Found> {
    let found = EXACT.captures(text)?;
    let value = number(&found, 1)?;
    let start = found.get(1)?.start();
    Some(Found {
        interval: Interval {
            lower: bound(value, false),
            upper: bound(value, false),
        },
        unit: Some("%".to_owned()),
        variable: None,
        range: start..found.get(0)?.end(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(interval: &Interval) -> String {
        let lower = interval.lower.map_or("(-".into(), |b| {
            format!("{}{}", if b.closed { '[' } else { '(' }, b.value)
        });
        let upper = interval.upper.map_or("+)".into(), |b| {
            format!("{}{}", b.value, if b.closed { ']' } else { ')' })
        });
        format!("{lower};{upper}")
    }

    #[test]
    fn intervals_are_read_with_their_ends_and_unit() {
        let check = |text: &str, expect: &str, unit: Option<&str>| {
            let got = find(&Phrase::new(text));
            let got = got.as_ref().map(|f| (shown(&f.interval), f.unit.clone()));
            assert_eq!(
                got,
                Some((expect.to_owned(), unit.map(str::to_owned))),
                "{text:?}"
            );
        };
        let percent = Some("%");
        check("100%: 1,5 điểm", "[100;100]", percent);
        check("100 %: 2", "[100;100]", percent);
        check("Đạt 100%: 1", "[100;100]", percent);
        check("100% trở lên: 3", "[100;+)", percent);
        check("90% trở lên", "[90;+)", percent);
        check("Từ 80% đến dưới 100%: điểm = 1 điểm", "[80;100)", percent);
        check("Từ 80% - dưới 100% thì", "[80;100)", percent);
        check("Từ 70%) - dưới 100% thì điểm", "[70;100)", percent);
        check("Từ 70%-dưới 100% thì", "[70;100)", percent);
        check("70% - dưới 90% thì", "[70;90)", percent);
        check(
            "Số văn bản đi được ký số: 40% - <100% (1 điểm)",
            "[40;100)",
            percent,
        );
        check("Hoàn thành từ 80% -100% kế hoạch thì", "[80;100]", percent);
        check("Trên 50% đến 70%: 2", "(50;70]", percent);
        check("Từ 50 đến dưới 70%: 2", "[50;70)", percent);
        check("Dưới 80%: 0,5 điểm", "(-;80)", percent);
        check("Từ 50% trở lên: 1,5 điểm", "[50;+)", percent);
        check("Đạt từ 80%: 3", "[80;+)", percent);
        check("Trên 50% hàng hóa có mặt", "(50;+)", percent);
        check(
            "Từ 90% văn bản đi được lập hồ sơ công việc trở lên: 3",
            "[90;+)",
            percent,
        );
        check(
            "Tỷ lệ văn bản đi / tổng số văn bản đạt từ 70% đến dưới 90% thì",
            "[70;90)",
            percent,
        );
        check("60% trở xuống: 1", "(-;60]", percent);
        check("a/b >=3: Điểm = điểm tối đa", "[3;+)", None);
        check("1,5 <= a/b < 3: Điểm = 4", "[1.5;3)", None);
        check("a/b <0,5: Điểm = 0", "(-;0.5)", None);
        check("Nếu a/(b*4*c) >=1 thì Điểm = Điểm tối đa", "[1;+)", None);
        check(
            "đăng bài > 02 tin,bài/tháng: điểm tối đa",
            "(2;+)",
            Some("tin,bài/tháng"),
        );
        check("200 triệu đồng trở lên: 2", "[200;+)", Some("triệu đồng"));
        check("Dưới 200 triệu đồng: 1", "(-;200)", Some("triệu đồng"));
        check(
            "Từ 02 cuộc họp trở lên được thực hiện trực tuyến: 2",
            "[2;+)",
            Some("cuộc họp"),
        );
        check(
            "Triển khai từ 3 phần mềm mã nguồn mở nêu trên trở lên tới 100% máy tính: 2",
            "[3;+)",
            Some("phần mềm mã nguồn"),
        );
        check(
            "Triển khai dưới 02 phần mềm mã nguồn mở: 0",
            "(-;2)",
            Some("phần mềm mã nguồn"),
        );
        check(
            "Trường hợp điểm đạt được >3 thì được tính bằng điểm tối đa",
            "(3;+)",
            None,
        );
    }

    #[test]
    fn dates_levels_and_years_are_no_intervals() {
        let check = |text: &str| assert_eq!(find(&Phrase::new(text)), None, "{text:?}");
        check("từ ngày 01/01 đến ngày báo cáo");
        check("Tổng số TTHC mức độ 3, 4 có phát sinh hồ sơ");
        check("Có: 2");
        check("Ban hành không kịp thời (trong tháng 01 năm kế hoạch): 2 điểm");
        check("Từ Đại học chuyên ngành CNTT trở lên: 1");
        check("Không tham gia: 0");
        check("Nộp trước 20/11 của năm báo cáo: 1 điểm");
    }
}
