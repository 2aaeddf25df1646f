//! Expressions over named numbers, as rules state them: `value / 100 * max`, `a / (b * 4 * c) * max`, `min(a, 10)`.

use winnow::ascii::{digit1, multispace0};
use winnow::combinator::{alt, cut_err, delimited, dispatch, fail, opt, peek, preceded, repeat, separated};
use winnow::prelude::*;
use winnow::token::{any, one_of, take_while};

use super::Exact;

/// A longer text is no expression.
const LONGEST: usize = 300;
/// Brackets and signs stand no deeper in each other.
const DEEPEST: usize = 24;

#[derive(Debug, Clone, PartialEq)]
pub enum Expression {
    Number(Exact),
    Name(String),
    Minus(Box<Expression>),
    Two(Box<Expression>, Operator, Box<Expression>),
    Call(Function, Vec<Expression>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    Least,
    Greatest,
    Floor,
}

/// Why an expression has no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoValue {
    Missing(String),
    DivisionByZero,
}

impl Expression {
    /// `None` for a text that is none: words, an open bracket, two operands side by side.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let deep = text.chars().filter(|c| matches!(c, '(' | '-')).count();
        if text.len() > LONGEST || deep > DEEPEST {
            return None;
        }
        (sum, multispace0).map(|(found, _)| found).parse(text).ok()
    }

    /// The names in it, each once, in order.
    pub fn names(&self) -> Vec<&str> {
        let mut names = Vec::new();
        self.gather(&mut names);
        names
    }

    fn gather<'a>(&'a self, names: &mut Vec<&'a str>) {
        match self {
            Self::Number(_) => {}
            Self::Name(name) if names.contains(&name.as_str()) => {}
            Self::Name(name) => names.push(name),
            Self::Minus(inner) => inner.gather(names),
            Self::Two(a, _, b) => [a, b].into_iter().for_each(|side| side.gather(names)),
            Self::Call(_, all) => all.iter().for_each(|one| one.gather(names)),
        }
    }

    /// Its value where `of` tells that of each name.
    pub fn value(&self, of: &impl Fn(&str) -> Option<Exact>) -> Result<Exact, NoValue> {
        match self {
            Self::Number(number) => Ok(number.clone()),
            Self::Name(name) => of(name).ok_or_else(|| NoValue::Missing(name.clone())),
            Self::Minus(inner) => Ok(-inner.value(of)?),
            Self::Two(a, operator, b) => {
                let (a, b) = (a.value(of)?, b.value(of)?);
                match operator {
                    Operator::Add => Ok(a + b),
                    Operator::Subtract => Ok(a - b),
                    Operator::Multiply => Ok(a * b),
                    Operator::Divide => a.checked_div(&b).ok_or(NoValue::DivisionByZero),
                }
            }
            Self::Call(function, all) => {
                let values: Vec<Exact> = all.iter().map(|one| one.value(of)).collect::<Result<_, _>>()?;
                let found = match function {
                    Function::Least => values.into_iter().min(),
                    Function::Greatest => values.into_iter().max(),
                    Function::Floor => values.first().map(Exact::floor),
                };
                found.ok_or(NoValue::DivisionByZero)
            }
        }
    }
}

fn sum(input: &mut &str) -> ModalResult<Expression> {
    let first = product.parse_next(input)?;
    let rest: Vec<(Operator, Expression)> = repeat(
        0..,
        (
            sign(|c| match c {
                '+' => Some(Operator::Add),
                '-' | '−' | '–' => Some(Operator::Subtract),
                _ => None,
            }),
            cut_err(product),
        ),
    )
    .parse_next(input)?;
    Ok(from_the_left(first, rest))
}

fn product(input: &mut &str) -> ModalResult<Expression> {
    let first = operand.parse_next(input)?;
    let rest: Vec<(Operator, Expression)> = repeat(
        0..,
        (
            sign(|c| match c {
                '*' | '×' => Some(Operator::Multiply),
                '/' | ':' | '÷' => Some(Operator::Divide),
                _ => None,
            }),
            cut_err(operand),
        ),
    )
    .parse_next(input)?;
    Ok(from_the_left(first, rest))
}

fn from_the_left(first: Expression, rest: Vec<(Operator, Expression)>) -> Expression {
    rest.into_iter().fold(first, |left, (operator, right)| {
        Expression::Two(Box::new(left), operator, Box::new(right))
    })
}

fn sign<'a>(
    of: impl Fn(char) -> Option<Operator>,
) -> impl ModalParser<&'a str, Operator, winnow::error::ContextError> {
    preceded(multispace0, any.verify_map(of))
}

fn operand(input: &mut &str) -> ModalResult<Expression> {
    let inner = dispatch! {peek(any);
        '(' => delimited('(', cut_err(sum), cut_err((multispace0, ')'))),
        '-' | '−' => preceded(any, cut_err(operand)).map(|inner| Expression::Minus(Box::new(inner))),
        '0'..='9' => number,
        'a'..='z' | 'A'..='Z' => call_or_name,
        _ => fail,
    };
    preceded(multispace0, inner).parse_next(input)
}

fn number(input: &mut &str) -> ModalResult<Expression> {
    (digit1, opt((one_of(['.', ',']), digit1)))
        .take()
        .verify_map(|text: &str| text.parse().ok().map(Expression::Number))
        .parse_next(input)
}

fn call_or_name(input: &mut &str) -> ModalResult<Expression> {
    let name = take_while(1..=20, |c: char| c.is_ascii_alphanumeric() || c == '_');
    let name = name.map(str::to_ascii_lowercase).parse_next(input)?;
    let function = match name.as_str() {
        "min" => Some(Function::Least),
        "max" => Some(Function::Greatest),
        "floor" => Some(Function::Floor),
        _ => None,
    };
    let given = separated(1.., sum, (multispace0, alt((';', ','))));
    let mut given = opt(delimited((multispace0, '('), given, (multispace0, ')')));
    match function {
        Some(function) => Ok(match given.parse_next(input)? {
            Some(all) => Expression::Call(function, all),
            // `max` alone is the criterion's maximum.
            None => Expression::Name(name),
        }),
        None => Ok(Expression::Name(name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str, names: &[(&str, &str)]) -> Option<Result<String, NoValue>> {
        let of = |name: &str| {
            let found = names.iter().find(|(known, _)| *known == name)?;
            found.1.parse().ok()
        };
        Some(Expression::parse(text)?.value(&of).map(|n| n.to_string()))
    }

    #[test]
    fn expressions_are_reckoned_exactly() {
        let check = |text: &str, expect: &str| {
            let names = [
                ("a", "70"),
                ("b", "100"),
                ("c", "3"),
                ("max", "4"),
                ("value", "85"),
            ];
            assert_eq!(value(text, &names), Some(Ok(expect.to_owned())), "{text:?}");
        };
        check("a / b * max", "2.8");
        check("a/(b*4*c) * max", "0.233333");
        check("value / 100 * max", "3.4");
        check("value * max / 80", "4.25");
        check("1 + 2 * 3 - 4", "3");
        check("10 - 2 - 3", "5");
        check("8 / 2 / 2", "2");
        check("-a + 100", "30");
        check("-(a - b)", "30");
        check("min(a, b)", "70");
        check("max(a; b) + 1,5", "101.5");
        check("max", "4");
        check("max (a, 71)", "71");
        check("floor(a / c)", "23");
        check("A × 0.5", "35");
    }

    #[test]
    fn what_has_no_value_says_why() {
        assert_eq!(
            value("a / b", &[("a", "1")]),
            Some(Err(NoValue::Missing("b".to_owned())))
        );
        assert_eq!(
            value("a / b", &[("a", "1"), ("b", "0")]),
            Some(Err(NoValue::DivisionByZero))
        );
    }

    #[test]
    fn words_and_halves_are_no_expressions() {
        let check = |text: &str| assert_eq!(Expression::parse(text), None, "{text:?}");
        check("");
        check("hồ sơ công việc");
        check("van ban di");
        check("a b");
        check("a +");
        check("(a");
        check("a)");
        check("min()");
        check("2a");
        check("a / * b");
        check(&"(".repeat(500));
        check(&"-".repeat(500));
        check(&format!("1{}", " + 1".repeat(500)));
    }
}
