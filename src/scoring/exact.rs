use std::fmt;
use std::ops::{Add, Div, Mul, Neg, Sub};
use std::str::FromStr;

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Signed, Zero};

use crate::domain::Score;

/// Places after the point where the decimal does not end.
const PLACES: u32 = 6;
/// Longer numbers are refused: no score, share or count needs them.
const LONGEST: usize = 30;

/// A number without any rounding, whatever was added, multiplied or divided.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Exact(BigRational);

/// Why a text is no number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotANumber {
    /// Other signs than digits, one minus before and one point or comma within; or more of them than anything needs.
    Malformed,
    /// `1,000` is a thousand to some and one to others.
    Ambiguous,
}

impl Exact {
    pub fn zero() -> Self {
        Self(BigRational::zero())
    }

    pub fn is_negative(&self) -> bool {
        self.0.is_negative()
    }

    pub fn is_zero(&self) -> bool {
        self.0.is_zero()
    }

    pub fn is_whole(&self) -> bool {
        self.0.is_integer()
    }

    /// The next whole number below.
    pub fn floor(&self) -> Self {
        Self(self.0.floor())
    }

    /// `None` for a division by zero.
    pub fn checked_div(&self, by: &Self) -> Option<Self> {
        (!by.is_zero()).then(|| Self(&self.0 / &by.0))
    }

    /// True when its decimal ends, so that it is written without rounding.
    pub fn ends(&self) -> bool {
        self.places().is_some()
    }

    /// How many places its decimal has; `None` when it does not end.
    fn places(&self) -> Option<u32> {
        let mut rest = self.0.denom().clone();
        let mut take = |prime: u32| {
            let prime = BigInt::from(prime);
            let mut times = 0;
            while (&rest % &prime).is_zero() {
                rest /= &prime;
                times += 1;
            }
            times
        };
        let places = take(2).max(take(5));
        rest.is_one().then_some(places)
    }
}

impl From<Score> for Exact {
    fn from(score: Score) -> Self {
        Self::from(score.0)
    }
}

impl From<rust_decimal::Decimal> for Exact {
    fn from(decimal: rust_decimal::Decimal) -> Self {
        let below = BigInt::from(10).pow(decimal.scale());
        Self(BigRational::new(BigInt::from(decimal.mantissa()), below))
    }
}

impl From<u32> for Exact {
    fn from(number: u32) -> Self {
        Self(BigRational::from_integer(number.into()))
    }
}

/// `85`, `-0.5`, `1,5`: a point or a comma before the decimals.
impl FromStr for Exact {
    type Err = NotANumber;

    fn from_str(text: &str) -> Result<Self, NotANumber> {
        let text = text.trim();
        if text.len() > LONGEST {
            return Err(NotANumber::Malformed);
        }
        let digits = text.strip_prefix('-').unwrap_or(text);
        let (whole, decimals) = digits.split_once(['.', ',']).unwrap_or((digits, "0"));
        let all_digits = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
        if !all_digits(whole) || !all_digits(decimals) {
            return Err(NotANumber::Malformed);
        }
        if digits.contains(',') && decimals.len() == 3 && !whole.bytes().all(|b| b == b'0') {
            return Err(NotANumber::Ambiguous);
        }
        let above: BigInt = format!("{whole}{decimals}")
            .parse()
            .map_err(|_| NotANumber::Malformed)?;
        let places = u32::try_from(decimals.len()).map_err(|_| NotANumber::Malformed)?;
        let number = BigRational::new(above, BigInt::from(10).pow(places));
        Ok(Self(if text.starts_with('-') { -number } else { number }))
    }
}

/// With a decimal point; what does not end is rounded at the sixth place, halves away from zero.
impl fmt::Display for Exact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let places = self.places().unwrap_or(PLACES);
        let scale = BigInt::from(10).pow(places);
        let scaled = (&self.0 * BigRational::from_integer(scale.clone())).round();
        let scaled = scaled.to_integer();
        let (sign, scaled) = if scaled.is_negative() {
            ("-", -scaled)
        } else {
            ("", scaled)
        };
        let whole = &scaled / &scale;
        let rest = (&scaled % &scale).to_string();
        let zeros = "0".repeat((places as usize).saturating_sub(rest.len()));
        let decimals = format!("{zeros}{rest}");
        let decimals = decimals.trim_end_matches('0');
        if decimals.is_empty() {
            write!(f, "{sign}{whole}")
        } else {
            write!(f, "{sign}{whole}.{decimals}")
        }
    }
}

macro_rules! by_reference {
    ($trait:ident, $method:ident) => {
        impl $trait for Exact {
            type Output = Self;
            fn $method(self, other: Self) -> Self {
                Self(self.0.$method(other.0))
            }
        }

        impl $trait for &Exact {
            type Output = Exact;
            fn $method(self, other: Self) -> Exact {
                Exact((&self.0).$method(&other.0))
            }
        }
    };
}

by_reference!(Add, add);
by_reference!(Sub, sub);
by_reference!(Mul, mul);

impl Neg for Exact {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl std::iter::Sum for Exact {
    fn sum<I: Iterator<Item = Self>>(numbers: I) -> Self {
        numbers.fold(Self::zero(), |a, b| a + b)
    }
}

/// By a number that is not zero.
impl Div<u32> for Exact {
    type Output = Self;
    fn div(self, by: u32) -> Self {
        Self(self.0 / BigRational::from_integer(by.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_exactly_or_not_at_all() {
        let check = |text: &str, expect: Result<&str, NotANumber>| {
            let got = text.parse::<Exact>().map(|n| n.to_string());
            assert_eq!(got, expect.map(str::to_owned), "{text:?}");
        };
        check("85", Ok("85"));
        check(" 0.50 ", Ok("0.5"));
        check("1,5", Ok("1.5"));
        check("-2.25", Ok("-2.25"));
        check("0,125", Ok("0.125"));
        check("00,125", Ok("0.125"));
        check("85.125", Ok("85.125"));
        check("1,000", Err(NotANumber::Ambiguous));
        check("", Err(NotANumber::Malformed));
        check("-", Err(NotANumber::Malformed));
        check("1.", Err(NotANumber::Malformed));
        check("1.2.3", Err(NotANumber::Malformed));
        check("1e9", Err(NotANumber::Malformed));
        check("85%", Err(NotANumber::Malformed));
        check("1234567890123456789012345678901", Err(NotANumber::Malformed));
    }

    #[test]
    fn only_what_does_not_end_is_rounded() {
        let divided = |a: u32, b: u32| Exact::from(a).checked_div(&b.into()).map(|n| n.to_string());
        assert_eq!(divided(1, 8).as_deref(), Some("0.125"));
        assert_eq!(divided(2, 3).as_deref(), Some("0.666667"));
        assert_eq!(divided(1, 1_000_000_000).as_deref(), Some("0.000000001"));
        assert_eq!(divided(1, 0), None);
        assert_eq!(
            (-Exact::from(2).checked_div(&3.into()).unwrap_or(Exact::zero())).to_string(),
            "-0.666667"
        );
    }
}
