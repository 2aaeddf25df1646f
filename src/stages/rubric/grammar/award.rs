//! What a rule gives: points, the maximum, a share of it, or a formula.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::domain::{Award, Score};

use super::formula;
use super::phrase::{Phrase, decimal};

/// An award and where it stands in the folded text.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    pub award: Award,
    pub range: Range<usize>,
    pub shape: Shape,
}

/// How an award is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// `(0,5 điểm)`
    Bracketed,
    Plain,
}

macro_rules! pattern {
    ($name:ident, $text:expr) => {
        static $name: LazyLock<Regex> = LazyLock::new(|| Regex::new($text).expect("a fixed pattern"));
    };
}

pattern!(
    BY_FORMULA,
    r"(?:thi\s+)?(?:so\s+)?diem(?: danh gia| dat duoc| so)?\s*(?:se\s+)?(?:duoc\s+)?(?:tinh|tinh|xac dinh)\s+(?:theo|bang)\s+cong thuc(?:\s+sau)?\s*:?\s*(.+)$"
);
pattern!(
    EQUALS_FORMULA,
    r"(?:thi\s+)?(?:so\s+)?diem(?: danh gia| dat duoc| so)?\s*=\s*(.+)$"
);
pattern!(
    SHARE,
    r"(?:(?:so\s+)?diem\s*=|:|\bdat|\bduoc|\btinh|=|\()\s*(?:dat |duoc |tinh |bang |cham )*(?:(\d)\s*/\s*(\d)|(\d+(?:[.,]\d+)?)\s*%|(mot nua|nua|\bnua))\s*(?:so\s+)?diem(?:\s+(?:toi da|chuan|cua tieu chi))?\b\)?"
);
pattern!(
    MAX,
    r"(?:(?:so\s+)?diem\s*=|:|=|\bdat|\bduoc|\btinh bang|\btinh|\bbang|\bhuong|\()\s*(?:dat |duoc |tinh |bang |huong |cham |du )*(?:so\s+)?diem\s+(?:toi da|chuan|tuyet doi)\b\)?"
);
pattern!(
    NONE,
    r"(?:thi\s+)?(?:se\s+)?khong (?:duoc )?(?:tinh|cham|co|duoc|cho|huong) diem\b|\bkhong diem\b"
);
pattern!(
    EQUALS,
    r"(?:so\s+)?diem\s*[=:]\s*(\d+(?:[.,]\d+)?)(?:\s*(?:diem|d)\b)?"
);
pattern!(
    BRACKETED,
    r"\(\s*(?:duoc |dat |cong |tinh |diem )*(\d+(?:[.,]\d+)?)\s*(?:diem|d)\s*\)"
);
pattern!(
    UNITED,
    r"(?:[:=]|\bduoc|\bdat|\bcong|\btinh|\bcham|\bthuong|\bcho|\bmuc|-)\s*(?:dat |duoc |cong |tinh |cham |thuong |la |toi da |them )*(\d+(?:[.,]\d+)?)\s*(?:diem|d)\b"
);
pattern!(AT_END, r"\b(\d+(?:[.,]\d+)?)\s*(?:diem|d)\s*(?:\([^)]*\))?$");
pattern!(COLON, r":\s*(\d+(?:[.,]\d+)?)\s*(?:\([^)]*\))?$");

/// The award of a paragraph; `None` when it gives none.
pub fn find(phrase: &Phrase) -> Option<Found> {
    let text = phrase.folded.as_str();
    by_formula(phrase)
        .or_else(|| share(text))
        .or_else(|| last(&MAX, text).map(|range| plain(Award::Max, range)))
        .or_else(|| last(&NONE, text).map(|range| plain(Award::Points(Score::ZERO), range)))
        .or_else(|| points(&BRACKETED, text, Shape::Bracketed))
        .or_else(|| {
            [&EQUALS, &UNITED, &AT_END, &COLON]
                .into_iter()
                .find_map(|p| points(p, text, Shape::Plain))
        })
}

fn plain(award: Award, range: Range<usize>) -> Found {
    Found {
        award,
        range,
        shape: Shape::Plain,
    }
}

fn last(pattern: &Regex, text: &str) -> Option<Range<usize>> {
    pattern.find_iter(text).last().map(|m| m.range())
}

fn points(pattern: &Regex, text: &str, shape: Shape) -> Option<Found> {
    let found = pattern.captures_iter(text).last()?;
    let score = Score::parse_vietnamese(found.get(1)?.as_str())?;
    Some(Found {
        award: Award::Points(score),
        range: found.get(0)?.range(),
        shape,
    })
}

fn share(text: &str) -> Option<Found> {
    let found = SHARE.captures_iter(text).last()?;
    let number = |i: usize| found.get(i).and_then(|m| decimal(m.as_str()));
    let expression = match (number(1), number(2), number(3)) {
        (Some(a), Some(b), _) if a.is_zero() || b.is_zero() => return None,
        (Some(a), Some(b), _) if a == rust_decimal::Decimal::ONE => format!("max / {b}"),
        (Some(a), Some(b), _) => format!("max * {a} / {b}"),
        (_, _, Some(share)) => format!("max * {share} / 100"),
        _ => "max / 2".to_owned(),
    };
    Some(plain(Award::Formula(expression), found.get(0)?.range()))
}

/// `… thì điểm đánh giá được tính theo công thức: […]`, `Điểm = a/b * điểm tối đa`: a formula with a
/// variable in it; plain numbers and the bare maximum are told elsewhere.
fn by_formula(phrase: &Phrase) -> Option<Found> {
    let text = phrase.folded.as_str();
    [&BY_FORMULA, &EQUALS_FORMULA].into_iter().find_map(|pattern| {
        let found = pattern.captures(text)?;
        let parsed = formula::expression(phrase, found.get(1)?.range())?;
        if parsed.variables.is_empty() {
            return None;
        }
        Some(plain(Award::Formula(parsed.expression), found.get(0)?.range()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn awards_are_found_in_every_wording() {
        let check = |text: &str, expect: &str| {
            let got = match find(&Phrase::new(text)).map(|f| f.award) {
                None => "-".to_owned(),
                Some(Award::Points(p)) => p.to_string(),
                Some(Award::Max) => "max".to_owned(),
                Some(Award::Formula(f)) => f,
            };
            assert_eq!(got, expect, "{text:?}");
        };
        check("100%: 1,5 điểm", "1.5");
        check("Từ 80% đến dưới 100%: điểm = 1 điểm", "1");
        check("40% - <100% (1 điểm)", "1");
        check("100% trở lên: 3", "3");
        check("100%: 3 (trừ máy tính phục vụ văn bản mật)", "3");
        check("a/b >=3: Điểm = điểm tối đa;", "max");
        check("1,5 <= a/b < 3: Điểm = 4;", "4");
        check("Có nhiệm vụ chuyển đổi số: Điểm tối đa.", "max");
        check("đúng thời gian quy định: Điểm = điểm chuẩn.", "max");
        check("Đạt điểm tối đa", "max");
        check(
            "Số lượng truy cập năm nay lớn hơn năm trước: Đạt điểm tối đa;",
            "max",
        );
        check("Dưới 50% hàng hóa: Điểm = 1/2 điểm tối đa.", "max / 2");
        check("chậm dưới 5 ngày: đạt 50% số điểm", "max * 50 / 100");
        check(
            "Trường hợp điểm đạt được >3 thì được tính bằng điểm tối đa.",
            "max",
        );
        check("Trường hợp điểm đạt được < 1 thì không tính điểm.", "0");
        check("Không có Hội nghị: 0 điểm", "0");
        check("ban hành ngoài thời gian quy định 0 điểm", "0");
        check("Mỗi hoạt động được: 01 điểm;", "1");
        check("Mỗi Hội nghị được 01 điểm;", "1");
        check("Cấp khoa 1 đ", "1");
        check(
            "Từ 80% thì điểm đánh giá được tính theo công thức: [tỷ lệ % đạt được x điểm tối đa/100%]",
            "value * max / 100",
        );
        check(
            "Từ 60% thì điểm đánh giá được tính theo công thức : [tỷ lệ %) đạt được x điểm tối đa /100%)]",
            "value * max / 100",
        );
        check("dưới 70%:", "-");
        check("90% trở lên", "-");
        check("Tổng số TTHC cấp huyện mức độ 1 và 2:", "-");
        check("Ban hành kịp thời (trong quý IV năm trước năm kế hoạch): 4", "4");
    }
}
