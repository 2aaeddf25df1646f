use super::Score;
use rust_decimal::Decimal;

/// What a rule gives.
#[derive(Debug, Clone, PartialEq)]
pub enum Award {
    Points(Score),
    /// The criterion's maximum ("điểm tối đa").
    Max,
    /// An expression over the rule's variables and `max`: `max / 2`.
    Formula(String),
}

/// One end of an interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bound {
    pub value: Decimal,
    /// The end itself belongs to the interval.
    pub closed: bool,
}

/// An interval; an absent end is unbounded. Percent in percent: 80, not 0.8.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Interval {
    pub lower: Option<Bound>,
    pub upper: Option<Bound>,
}

/// A variable of a formula.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    pub name: String,
    pub description: String,
    /// Needs results of other units or other criteria.
    pub external: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub enum PenaltyAmount {
    /// Points taken, positive.
    Points(Score),
    /// Share of the points taken, in percent.
    Share(Decimal),
}

/// What a penalty is taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PenaltyBase {
    Criterion,
    Total,
}

/// What a cap limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CapOf {
    Penalty,
    Bonus,
    Points,
}

/// One scoring rule; the kinds are those of the contract.
#[derive(Debug, Clone, PartialEq)]
pub enum RuleKind {
    Band {
        variable: String,
        unit: Option<String>,
        interval: Interval,
        award: Option<Award>,
    },
    Formula {
        expression: String,
        variables: Vec<Variable>,
        floor: Option<Score>,
        cap: Option<Score>,
    },
    Choice {
        label: String,
        award: Option<Award>,
    },
    PerUnit {
        unit: String,
        points: Score,
        cap: Option<Score>,
    },
    Penalty {
        unit: Option<String>,
        amount: PenaltyAmount,
        floor: Option<Score>,
        from: PenaltyBase,
    },
    Component {
        label: String,
        points: Score,
        when: Option<String>,
    },
    Target {
        variable: String,
        interval: Interval,
    },
    Cap {
        of: CapOf,
        points: Score,
    },
    /// Kept word for word: nothing above fits.
    Text,
}

/// A rule and the words it came from.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    pub kind: RuleKind,
    /// Word for word, as in the cell.
    pub text: String,
}

impl RuleKind {
    /// True for a rule that gives or takes points by itself.
    pub fn is_scale(&self) -> bool {
        !matches!(self, Self::Target { .. } | Self::Cap { .. } | Self::Text)
    }
}
