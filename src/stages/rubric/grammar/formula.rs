//! Expressions over described variables: `Điểm = a/b * điểm tối đa`,
//! `[tỷ lệ % đạt được x điểm tối đa / 100%]`.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::domain::{Score, Variable, fold};

use super::phrase::{Phrase, decimal, trimmed};

/// An expression in its normal form: names, numbers, `+ - * /`, brackets; `max` is the criterion's
/// maximum and `value` the percentage that was reached.
#[derive(Debug, Clone, PartialEq)]
pub struct Parsed {
    pub expression: String,
    pub variables: Vec<Variable>,
}

macro_rules! pattern {
    ($name:ident, $text:expr) => {
        static $name: LazyLock<Regex> = LazyLock::new(|| Regex::new($text).expect("a fixed pattern"));
    };
}

pattern!(MAX, r"^(?:so )?diem (?:toi da|chuan)(?: cua tieu chi(?: nay)?)?");
pattern!(
    VALUE,
    r"^(?:ty|ti) le\s*(?:%|phan tram)?\s*\)?\s*(?:dat duoc|dat|thuc hien|hoan thanh|thuc hien duoc)?"
);
pattern!(NUMBER, r"^(\d+(?:[.,]\d+)?)\s*(%?)\)?");
pattern!(
    HEAD,
    r"^(?:nhu sau\s*:?\s*)?(?:so |tong )?diem(?: danh gia| dat duoc| so| cua tieu chi| duoc tinh| don vi)?\s*(?:=|:=)\s*(.+)$"
);
pattern!(MISPRINTED_HEAD, r"^diem\s*-\s*([a-z]\s*/\s*[a-z(].*)$");
pattern!(
    BY,
    r"^(?:so )?diem[^:=]{0,40}?theo cong thuc(?: sau)?\s*:?\s*(.+)$"
);
pattern!(OBSERVED, r"^(\d+(?:[.,]\d+)?)\s*%\s*[*x]\s*(\d+(?:[.,]\d+)?)$");
pattern!(
    CAP,
    r"[,;(]?\s*(?:nhung\s+)?(?:toi da|khong (?:vuot )?qua)\s+(?:la\s+)?(\d+(?:[.,]\d+)?)\s*diem\)?$"
);

/// The formula that a whole paragraph states, with its cap where it names one.
pub fn paragraph(phrase: &Phrase) -> Option<(Parsed, Option<Score>)> {
    let text = phrase.folded.as_str();
    let found = [&HEAD, &MISPRINTED_HEAD, &BY]
        .into_iter()
        .find_map(|p| p.captures(text)?.get(1).map(|m| m.range()))?;
    let cap = CAP.captures(&text[found.clone()]);
    let end = cap
        .as_ref()
        .and_then(|c| c.get(0))
        .map_or(found.end, |m| found.start + m.start());
    let cap = cap.and_then(|c| Score::parse_vietnamese(c.get(1)?.as_str()));
    let parsed = observed(&text[found.start..end]).or_else(|| expression(phrase, found.start..end))?;
    (!parsed.variables.is_empty()).then_some((parsed, cap))
}

/// `99,80% * 10`: a unit has put its figure in the formula's place.
fn observed(text: &str) -> Option<Parsed> {
    OBSERVED.is_match(text.trim()).then(|| Parsed {
        expression: "value / 100 * max".to_owned(),
        variables: vec![value()],
    })
}

fn value() -> Variable {
    Variable {
        name: "value".to_owned(),
        description: "tỷ lệ % đạt được".to_owned(),
        external: false,
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Operand(String),
    /// A number written in percent.
    Percent(rust_decimal::Decimal),
    Operator(char),
    Open,
    Close,
}

/// Reads the expression at a byte range of the phrase; `None` when it is no well-formed one.
pub fn expression(phrase: &Phrase, range: Range<usize>) -> Option<Parsed> {
    let text = &phrase.folded[range.clone()];
    let mut tokens: Vec<Token> = Vec::new();
    let mut variables: Vec<Variable> = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let c = rest.chars().next()?;
        let operand_next = !matches!(
            tokens.last(),
            Some(Token::Operand(_) | Token::Percent(_) | Token::Close)
        );
        if c.is_whitespace() {
            at += c.len_utf8();
            continue;
        }
        if operand_next {
            if matches!(c, '(' | '[' | '{') {
                tokens.push(Token::Open);
                at += 1;
            } else if let Some(found) = MAX.find(rest) {
                tokens.push(Token::Operand("max".into()));
                at += found.end();
            } else if let Some(found) = VALUE.find(rest).filter(|f| ends_operand(&rest[f.end()..])) {
                if !variables.iter().any(|v| v.name == "value") {
                    variables.push(value());
                }
                tokens.push(Token::Operand("value".into()));
                at += found.end();
            } else if let Some(found) = NUMBER.captures(rest) {
                let number = decimal(found.get(1)?.as_str())?;
                let percent = found.get(2).is_some_and(|m| !m.is_empty());
                let bare_end = found.get(2).map_or(at, |m| at + m.end());
                tokens.push(if percent {
                    Token::Percent(number)
                } else {
                    Token::Operand(number.to_string())
                });
                // A bracket after a plain number closes; after a percent sign it may be a speck.
                let opened = depth(&tokens) > 0;
                at = if percent && !opened {
                    at + found.get(0)?.end()
                } else {
                    bare_end
                };
            } else {
                let (length, name) = name(rest)?;
                if let Some(letter) = name {
                    if !variables.iter().any(|v| v.name == letter) {
                        variables.push(Variable {
                            name: letter.clone(),
                            description: String::new(),
                            external: false,
                        });
                    }
                    tokens.push(Token::Operand(letter));
                } else {
                    let letter = free_letter(&variables)?;
                    let words = trimmed(&phrase.words(range.start + at..range.start + at + length));
                    let external = is_external(&words) || fold(&words).starts_with("tong diem");
                    variables.push(Variable {
                        name: letter.clone(),
                        description: words,
                        external,
                    });
                    tokens.push(Token::Operand(letter));
                }
                at += length;
            }
        } else if matches!(c, ')' | ']' | '}') {
            if depth(&tokens) > 0 {
                tokens.push(Token::Close);
            }
            at += 1;
        } else {
            let operator = match c {
                '+' | '-' | '*' | '/' => c,
                'x' | '·' => '*',
                ':' | '÷' => '/',
                // On a coarse scan the star before "điểm tối đa" is read as a quotation mark; nothing but a product
                // can stand there.
                '"' | '“' | '”' | '\'' | '’' if is_maximum(&rest[c.len_utf8()..]) => '*',
                _ => return None,
            };
            tokens.push(Token::Operator(operator));
            at += c.len_utf8();
        }
    }
    written(tokens, &variables).map(|expression| Parsed {
        expression,
        variables,
    })
}

/// True when the next words are "điểm tối đa".
fn is_maximum(rest: &str) -> bool {
    MAX.is_match(rest.trim_start())
}

/// Needs results that the scored unit does not have itself.
pub fn is_external(description: &str) -> bool {
    let folded = fold(description);
    [
        "cao nhat",
        "don vi khac",
        "dia phuong khac",
        "trung binh cua tinh",
        "cua toan tinh",
        "cua ung dung",
    ]
    .iter()
    .any(|w| folded.contains(w))
}

fn depth(tokens: &[Token]) -> i32 {
    tokens
        .iter()
        .map(|t| i32::from(*t == Token::Open) - i32::from(*t == Token::Close))
        .sum()
}

fn ends_operand(rest: &str) -> bool {
    let rest = rest.trim_start();
    rest.is_empty() || rest.starts_with(['*', '/', '+', '-', ')', ']', '·', '÷']) || rest.starts_with("x ")
}

/// A letter that stands alone, or the words up to the next operator. Words in brackets belong to them.
fn name(rest: &str) -> Option<(usize, Option<String>)> {
    let mut chars = rest.char_indices();
    let (_, first) = chars.next()?;
    if first.is_ascii_lowercase() {
        let after = chars.next().map_or(' ', |(_, c)| c);
        if !after.is_alphanumeric() {
            return Some((1, Some(first.to_string())));
        }
    }
    if !first.is_alphabetic() {
        return None;
    }
    let (mut depth, mut length) = (0, rest.len());
    let bytes: Vec<(usize, char)> = rest.char_indices().collect();
    for (i, (at, c)) in bytes.iter().enumerate() {
        let before = i.checked_sub(1).map_or(' ', |j| bytes[j].1);
        let after = bytes.get(i + 1).map_or(' ', |b| b.1);
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' if depth > 0 => depth -= 1,
            ')' | ']' => {
                length = *at;
                break;
            }
            '*' | '/' | '+' if depth == 0 && (before == ' ' || after == ' ' || after.is_ascii_digit()) => {
                length = *at;
                break;
            }
            '-' | 'x' if depth == 0 && before == ' ' && after == ' ' => {
                length = *at;
                break;
            }
            _ => {}
        }
    }
    let words = rest[..length].split_whitespace().count();
    (words >= 2).then_some((length, None))
}

fn free_letter(variables: &[Variable]) -> Option<String> {
    ('a'..='w')
        .map(|c| c.to_string())
        .find(|c| variables.iter().all(|v| v.name != *c))
}

/// The tokens as text, when they alternate and the brackets close.
fn written(tokens: Vec<Token>, variables: &[Variable]) -> Option<String> {
    let has_value = variables.iter().any(|v| v.name == "value");
    let missing = usize::try_from(depth(&tokens)).ok()?;
    let tokens: Vec<Token> = tokens
        .into_iter()
        .chain(std::iter::repeat_n(Token::Close, missing))
        .collect();
    if !matches!(
        tokens.last(),
        Some(Token::Operand(_) | Token::Percent(_) | Token::Close)
    ) {
        return None;
    }
    let outer = tokens.first() == Some(&Token::Open) && closes_last(&tokens);
    let tokens = if outer {
        &tokens[1..tokens.len() - 1]
    } else {
        &tokens[..]
    };
    // A percentage of something, where the words do not divide by a hundred themselves.
    let undivided = !tokens.contains(&Token::Operator('/'));
    let mut text = String::new();
    for token in tokens {
        match token {
            Token::Operand(name) if name == "value" && undivided => text.push_str("value / 100"),
            Token::Operand(name) => text.push_str(name),
            Token::Percent(number) if has_value => text.push_str(&number.to_string()),
            Token::Percent(number) => {
                text.push_str(
                    &(number / rust_decimal::Decimal::ONE_HUNDRED)
                        .normalize()
                        .to_string(),
                );
            }
            Token::Operator(c) => text.push_str(&format!(" {c} ")),
            Token::Open => text.push('('),
            Token::Close => text.push(')'),
        }
    }
    Some(text)
}

/// True when the first bracket is closed by the last one.
fn closes_last(tokens: &[Token]) -> bool {
    let mut depth = 0;
    for (i, token) in tokens.iter().enumerate() {
        depth += i32::from(*token == Token::Open) - i32::from(*token == Token::Close);
        if depth == 0 {
            return i + 1 == tokens.len();
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_written_in_one_form() {
        let check = |text: &str, expect: Option<&str>| {
            let got = paragraph(&Phrase::new(text)).map(|(p, _)| p.expression);
            assert_eq!(got.as_deref(), expect, "{text:?}");
        };
        check("Điểm = a/b * điểm tối đa", Some("a / b * max"));
        check("Điểm= a/b * Điểm tối đa", Some("a / b * max"));
        check("Điểm - a/b * Điểm tối đa", Some("a / b * max"));
        check("Điểm = a/b “Điểm tối đa", Some("a / b * max"));
        check("Điểm = a/b \"Điểm tối đa", Some("a / b * max"));
        check("Điểm = a/(b*4*c) * Điểm tối đa.", Some("a / (b * 4 * c) * max"));
        check("Điểm = (a+b)/c x Điểm chuẩn", Some("(a + b) / c * max"));
        check("Điểm = 99,80% * 10", Some("value / 100 * max"));
        check("Điểm = 100%*6", Some("value / 100 * max"));
        check("Điểm = tỷ lệ % x điểm tối đa", Some("value / 100 * max"));
        check("Điểm = a/b*100%*điểm tối đa", Some("a / b * 1 * max"));
        check("Điểm = 5", None);
        check("Điểm = điểm chuẩn", None);
        check("Có: điểm tối đa", None);
        check("Điểm = a / ", None);
    }

    #[test]
    fn words_become_variables_with_their_description() {
        let (parsed, _) = paragraph(&Phrase::new(
            "Điểm đạt được = Tổng số lần truy cập hộp thư điện tử/ tổng số ngày làm việc trong năm báo cáo.",
        ))
        .expect("a formula");
        assert_eq!(parsed.expression, "a / b");
        assert_eq!(
            parsed.variables[1].description,
            "tổng số ngày làm việc trong năm báo cáo"
        );
        let (other, _) = paragraph(&Phrase::new(
            "Điểm đánh giá được tính theo công thức: Tỷ lệ điểm đạt được của ứng dụng phần mềm x Tổng điểm tối đa [Cung cấp dịch vụ - Thực hiện tiếp nhận]",
        ))
        .expect("a formula");
        assert_eq!(other.expression, "a * b");
        assert!(other.variables.iter().all(|v| v.external), "{other:?}");
    }

    #[test]
    fn a_cap_after_the_formula_is_kept_apart() {
        let (parsed, cap) = paragraph(&Phrase::new("Điểm = a * 0,5, tối đa 2 điểm")).expect("a formula");
        assert_eq!(
            (parsed.expression.as_str(), cap.map(|c| c.to_string()).as_deref()),
            ("a * 0.5", Some("2"))
        );
    }
}
