use std::collections::BTreeMap;

use super::Exact;

/// What a unit answers for one criterion. Several kinds may stand together: a choice, and how often a penalty falls due.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Answer {
    /// The share reached, in percent (85, not 0.85), or whatever else the bands are about.
    pub value: Option<Exact>,
    /// How many units: meetings held, months late.
    pub count: Option<Exact>,
    /// The same by unit, where a criterion counts more than one.
    pub counts: BTreeMap<String, Exact>,
    /// The label of a choice.
    pub choice: Option<String>,
    /// Which of the components are there, in the order of the document.
    pub components: Option<Vec<bool>>,
    /// What a person gives.
    pub points: Option<Exact>,
    /// The variables of formulas, by name.
    pub variables: BTreeMap<String, Exact>,
}

/// Answers by the criterion's id.
pub type Answers = BTreeMap<String, Answer>;

impl Answer {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Every number in it, with its name.
    pub fn numbers(&self) -> impl Iterator<Item = (&str, &Exact)> {
        let named = [
            ("value", &self.value),
            ("count", &self.count),
            ("points", &self.points),
        ];
        let named = named
            .into_iter()
            .filter_map(|(name, n)| Some((name, n.as_ref()?)));
        let more = self.counts.iter().chain(&self.variables);
        named.chain(more.map(|(name, number)| (name.as_str(), number)))
    }

    /// Every count in it, with its name.
    pub fn all_counts(&self) -> impl Iterator<Item = (&str, &Exact)> {
        let one = self.count.iter().map(|n| ("count", n));
        one.chain(self.counts.iter().map(|(unit, n)| (unit.as_str(), n)))
    }
}
