use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

use rust_decimal::Decimal;

/// The number of a page, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PageNo(NonZeroU32);

impl PageNo {
    pub const FIRST: Self = Self(NonZeroU32::MIN);

    /// `None` for 0.
    pub fn new(number: u32) -> Option<Self> {
        NonZeroU32::new(number).map(Self)
    }

    /// The page at `index`, counted from 0.
    pub fn from_index(index: usize) -> Self {
        let index = u32::try_from(index).unwrap_or(u32::MAX - 1);
        Self(NonZeroU32::MIN.saturating_add(index))
    }

    pub fn get(self) -> u32 {
        self.0.get()
    }

    /// Counted from 0.
    pub fn index(self) -> usize {
        self.0.get() as usize - 1
    }
}

impl fmt::Display for PageNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Pages that follow each other, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    pub first: PageNo,
    pub last: PageNo,
}

impl Stretch {
    /// All `pages` of a document, in stretches of `each`; the last may be shorter.
    pub fn all(pages: u32, each: NonZeroU32) -> Vec<Self> {
        let each = each.get();
        (1..=pages)
            .step_by(each as usize)
            .filter_map(|first| {
                Some(Self {
                    first: PageNo::new(first)?,
                    last: PageNo::new(first.saturating_add(each - 1).min(pages))?,
                })
            })
            .collect()
    }
}

/// How sure, from 0 to 1. What is outside or not a number becomes 0.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default)]
pub struct Confidence(f32);

impl Confidence {
    pub const CERTAIN: Self = Self(1.0);
    pub const NONE: Self = Self(0.0);

    pub fn new(value: f32) -> Self {
        if value.is_finite() {
            Self(value.clamp(0.0, 1.0))
        } else {
            Self(0.0)
        }
    }

    /// From a reader's percentage, 0 to 100.
    pub fn from_percent(value: f32) -> Self {
        Self::new(value / 100.0)
    }

    pub fn get(self) -> f32 {
        self.0
    }

    pub fn min(self, other: Self) -> Self {
        if other.0 < self.0 { other } else { self }
    }
}

/// Points as written in the decision: an exact decimal, never a float.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Score(pub Decimal);

impl Score {
    pub const ZERO: Self = Self(Decimal::ZERO);

    /// Reads a number as Vietnamese offices write it: `1,5`, `10`, `02`, `1.5`.
    /// Only a bare number, at most four digits before the comma and three after; `None` for anything else.
    pub fn parse_vietnamese(text: &str) -> Option<Self> {
        let text = text.trim();
        let (whole, decimals) = match text.split_once([',', '.']) {
            Some((whole, decimals)) => (whole, Some(decimals)),
            None => (text, None),
        };
        let digits =
            |s: &str, most: usize| !s.is_empty() && s.len() <= most && s.bytes().all(|b| b.is_ascii_digit());
        if !digits(whole, 4) || decimals.is_some_and(|d| !digits(d, 3)) {
            return None;
        }
        Decimal::from_str(&text.replace(',', "."))
            .ok()
            .map(|d| Self(d.normalize()))
    }

    /// As Vietnamese offices write it, with a decimal comma: `1,5`.
    pub fn to_vietnamese(self) -> String {
        self.to_string().replace('.', ",")
    }
}

/// With a decimal point and no needless zeros: `1.5`, `10`.
impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.normalize().fmt(f)
    }
}

impl std::ops::Add for Score {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl std::iter::Sum for Score {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::ZERO, |a, b| a + b)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_have_each_page_once() {
        let check = |pages, each, expect: &[(u32, u32)]| {
            let all = Stretch::all(pages, NonZeroU32::new(each).unwrap());
            let found: Vec<_> = all.iter().map(|s| (s.first.get(), s.last.get())).collect();
            assert_eq!(found, expect, "{pages} pages by {each}");
        };
        check(0, 8, &[]);
        check(1, 8, &[(1, 1)]);
        check(8, 8, &[(1, 8)]);
        check(9, 4, &[(1, 4), (5, 8), (9, 9)]);
        check(3, 1, &[(1, 1), (2, 2), (3, 3)]);
    }

    #[test]
    fn vietnamese_numbers_are_read_exactly_or_not_at_all() {
        let check = |text: &str, expect: Option<&str>| {
            assert_eq!(
                Score::parse_vietnamese(text).map(|s| s.to_string()).as_deref(),
                expect,
                "{text:?}"
            );
        };
        check("1,5", Some("1.5"));
        check(" 10 ", Some("10"));
        check("02", Some("2"));
        check("0,50", Some("0.5"));
        check("1,5 điểm", None);
        check("-1", None);
        check("1,", None);
        check("12345", None);
        check("", None);
    }
}
