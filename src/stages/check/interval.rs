//! Interval algebra with exact ends: containment, meeting, what a set of intervals leaves open.

use rust_decimal::Decimal;

use crate::domain::{Bound, Interval};

/// What values a scale can take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Values {
    /// 0 to 100 and everything between.
    Percent,
    /// 0, 1, 2, …
    Whole,
    /// Any number; nothing is said about what lies outside the outermost bands.
    Real,
}

/// A stretch that no interval covers.
#[derive(Debug, Clone, PartialEq)]
pub struct Gap {
    pub interval: Interval,
    pub extent: Extent,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// One value between two intervals.
    Point,
    /// Several values between two intervals.
    Between,
    /// Below the lowest or above the highest.
    Tail,
}

/// How two intervals stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meeting {
    Apart,
    /// They share one value.
    Touching,
    /// The first lies within the second (or is the same).
    Within,
    /// The first holds the second.
    Around,
    Crossing,
}

/// Lower ends by where they begin: an open end begins just after its value.
fn lower_key(interval: &Interval) -> (Option<Decimal>, u8) {
    interval
        .lower
        .map_or((None, 0), |b| (Some(b.value), u8::from(!b.closed)))
}

/// Upper ends by where they stop; an absent end stops nowhere.
fn upper_key(interval: &Interval) -> (bool, Decimal, u8) {
    interval
        .upper
        .map_or((true, Decimal::ZERO, 0), |b| (false, b.value, u8::from(b.closed)))
}

/// What both share; `None` when nothing.
pub fn intersection(a: &Interval, b: &Interval) -> Option<Interval> {
    let lower = if lower_key(a) >= lower_key(b) {
        a.lower
    } else {
        b.lower
    };
    let upper = if upper_key(a) <= upper_key(b) {
        a.upper
    } else {
        b.upper
    };
    let meet = Interval { lower, upper };
    match (lower, upper) {
        (Some(l), Some(u)) if l.value > u.value || l.value == u.value && !(l.closed && u.closed) => None,
        _ => Some(meet),
    }
}

/// True when every value of `a` is one of `b`.
pub fn contains(b: &Interval, a: &Interval) -> bool {
    lower_key(a) >= lower_key(b) && upper_key(a) <= upper_key(b)
}

pub fn meeting(a: &Interval, b: &Interval) -> Meeting {
    let Some(shared) = intersection(a, b) else {
        return Meeting::Apart;
    };
    if contains(b, a) {
        Meeting::Within
    } else if contains(a, b) {
        Meeting::Around
    } else if is_point(&shared) {
        Meeting::Touching
    } else {
        Meeting::Crossing
    }
}

fn is_point(interval: &Interval) -> bool {
    matches!((interval.lower, interval.upper), (Some(l), Some(u)) if l.value == u.value)
}

/// What `intervals` leave uncovered of the values.
pub fn gaps(intervals: &[Interval], values: Values) -> Vec<Gap> {
    let mut sorted: Vec<&Interval> = intervals.iter().collect();
    sorted.sort_by_key(|i| lower_key(i));
    let mut found = Vec::new();
    let Some(first) = sorted.first() else { return found };
    let least = Bound {
        value: Decimal::ZERO,
        closed: true,
    };
    if values != Values::Real
        && let Some(lower) = first.lower
    {
        let tail = Interval {
            lower: Some(least),
            upper: Some(Bound {
                value: lower.value,
                closed: !lower.closed,
            }),
        };
        if holds_values(&tail, values) {
            found.push(Gap {
                interval: tail,
                extent: Extent::Tail,
            });
        }
    }
    let mut covered = first.upper;
    let mut open_ended = first.upper.is_none();
    for next in sorted.iter().skip(1) {
        if open_ended {
            break;
        }
        if let (Some(end), Some(start)) = (covered, next.lower) {
            let gap = Interval {
                lower: Some(Bound {
                    value: end.value,
                    closed: !end.closed,
                }),
                upper: Some(Bound {
                    value: start.value,
                    closed: !start.closed,
                }),
            };
            if holds_values(&gap, values) {
                let extent = if is_point(&gap) {
                    Extent::Point
                } else {
                    Extent::Between
                };
                found.push(Gap {
                    interval: gap,
                    extent,
                });
            }
        }
        let further = upper_key(next)
            > upper_key(&Interval {
                lower: None,
                upper: covered,
            });
        if further {
            covered = next.upper;
            open_ended = next.upper.is_none();
        }
    }
    if let (false, Some(end), Values::Percent) = (open_ended, covered, values) {
        let hundred = Bound {
            value: Decimal::ONE_HUNDRED,
            closed: true,
        };
        let tail = Interval {
            lower: Some(Bound {
                value: end.value,
                closed: !end.closed,
            }),
            upper: Some(hundred),
        };
        if holds_values(&tail, values) {
            found.push(Gap {
                interval: tail,
                extent: Extent::Tail,
            });
        }
    }
    found
}

/// True when at least one value lies in it.
fn holds_values(interval: &Interval, values: Values) -> bool {
    let (Some(lower), Some(upper)) = (interval.lower, interval.upper) else {
        return true;
    };
    if lower.value > upper.value || lower.value == upper.value && !(lower.closed && upper.closed) {
        return false;
    }
    if values != Values::Whole {
        return true;
    }
    let mut least = lower.value.ceil();
    if least == lower.value && !lower.closed {
        least += Decimal::ONE;
    }
    least < upper.value || least == upper.value && upper.closed
}

/// For messages: `từ 50 đến dưới 80`.
pub fn in_words(interval: &Interval) -> (String, String) {
    let number = |b: Bound| b.value.normalize().to_string().replace('.', ",");
    match (interval.lower, interval.upper) {
        (Some(l), Some(u)) if l.value == u.value => {
            (format!("đúng {}", number(l)), format!("exactly {}", l.value))
        }
        (Some(l), Some(u)) => (
            format!(
                "{} {} đến {}{}",
                if l.closed { "từ" } else { "trên" },
                number(l),
                if u.closed { "" } else { "dưới " },
                number(u)
            ),
            format!(
                "{} {} to {}{}",
                if l.closed { "from" } else { "above" },
                l.value,
                if u.closed { "" } else { "below " },
                u.value
            ),
        ),
        (Some(l), None) => (
            format!(
                "{} {}{}",
                if l.closed { "từ" } else { "trên" },
                number(l),
                if l.closed { " trở lên" } else { "" }
            ),
            format!("{} {}", if l.closed { "at least" } else { "above" }, l.value),
        ),
        (None, Some(u)) => (
            format!("{} {}", if u.closed { "không quá" } else { "dưới" }, number(u)),
            format!("{} {}", if u.closed { "at most" } else { "below" }, u.value),
        ),
        (None, None) => ("mọi giá trị".to_owned(), "any value".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn interval(text: &str) -> Interval {
        let inner = &text[1..text.len() - 1];
        let (low, high) = inner.split_once(';').expect("two ends");
        let bound = |t: &str, closed: bool| t.parse::<Decimal>().ok().map(|value| Bound { value, closed });
        Interval {
            lower: bound(low, text.starts_with('[')),
            upper: bound(high, text.ends_with(']')),
        }
    }

    #[test]
    fn gaps_are_found_where_values_can_fall_through() {
        let check = |intervals: &[&str], values: Values, expect: &[(&str, Extent)]| {
            let got = gaps(&intervals.iter().map(|i| interval(i)).collect::<Vec<_>>(), values);
            let expect: Vec<Gap> = expect
                .iter()
                .map(|(i, extent)| Gap {
                    interval: interval(i),
                    extent: *extent,
                })
                .collect();
            assert_eq!(got, expect, "{intervals:?}");
        };
        check(&["[100;100]", "[80;100)", "(-;80)"], Values::Percent, &[]);
        check(
            &["[80;+)", "(-;50)"],
            Values::Percent,
            &[("[50;80)", Extent::Between)],
        );
        check(
            &["(50;+)", "(-;50)"],
            Values::Percent,
            &[("[50;50]", Extent::Point)],
        );
        check(
            &["[100;100]", "[60;80)", "(-;60)"],
            Values::Percent,
            &[("[80;100)", Extent::Between)],
        );
        check(
            &["[80;+)", "[60;80)"],
            Values::Percent,
            &[("[0;60)", Extent::Tail)],
        );
        check(
            &["[0;60)", "[60;90]"],
            Values::Percent,
            &[("(90;100]", Extent::Tail)],
        );
        check(&["[2;+)", "[1;1]"], Values::Whole, &[("[0;1)", Extent::Tail)]);
        check(&["(2;+)", "[1;2]", "[0;0]"], Values::Whole, &[]);
        check(
            &["[4;+)", "[1;2]", "(-;1)"],
            Values::Whole,
            &[("(2;4)", Extent::Between)],
        );
        check(&["[3;+)", "[1.5;3)", "[0.5;1.5)", "(-;0.5)"], Values::Real, &[]);
    }

    #[test]
    fn intervals_meet_as_drawn() {
        let check = |a: &str, b: &str, expect: Meeting| {
            assert_eq!(meeting(&interval(a), &interval(b)), expect, "{a} {b}")
        };
        check("[100;100]", "[80;100]", Meeting::Within);
        check("(2;+)", "[1;+)", Meeting::Within);
        check("[1;+)", "(2;+)", Meeting::Around);
        check("[50;70]", "[70;90]", Meeting::Touching);
        check("[50;70)", "[70;90]", Meeting::Apart);
        check("[50;75]", "[70;90]", Meeting::Crossing);
    }

    fn any_interval() -> impl Strategy<Value = Interval> {
        (
            prop::option::of((0i64..20, any::<bool>())),
            prop::option::of((0i64..20, any::<bool>())),
        )
            .prop_filter_map("no values", |(low, high)| {
                let bound = |(v, closed): (i64, bool)| Bound {
                    value: Decimal::from(v * 5),
                    closed,
                };
                let made = Interval {
                    lower: low.map(bound),
                    upper: high.map(bound),
                };
                intersection(&made, &Interval::default())
            })
    }

    fn holds(interval: &Interval, value: Decimal) -> bool {
        interval
            .lower
            .is_none_or(|b| b.value < value || b.closed && b.value == value)
            && interval
                .upper
                .is_none_or(|b| value < b.value || b.closed && b.value == value)
    }

    proptest! {
        /// Every value is in an interval or in a gap, never in both.
        #[test]
        fn intervals_and_gaps_share_out_all_percentages(intervals in prop::collection::vec(any_interval(), 1..6), tenth in 0i64..=200) {
            let value = Decimal::new(tenth * 5, 1);
            let covered = intervals.iter().any(|i| holds(i, value));
            let open = gaps(&intervals, Values::Percent).iter().any(|g| holds(&g.interval, value));
            prop_assert!(covered != open, "{value}: covered {covered}, in a gap {open}");
        }

        #[test]
        fn what_two_intervals_share_lies_in_both(a in any_interval(), b in any_interval(), tenth in 0i64..=200) {
            let value = Decimal::new(tenth * 5, 1);
            let shared = intersection(&a, &b).is_some_and(|i| holds(&i, value));
            prop_assert_eq!(shared, holds(&a, value) && holds(&b, value));
            prop_assert_eq!(intersection(&a, &b), intersection(&b, &a));
        }
    }
}
