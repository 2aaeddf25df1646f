use std::fmt;

use time::OffsetDateTime;

use crate::domain::{Field, Rule};

use super::{ColumnRecast, Restructure};

/// The account name of who did something.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Author(String);

impl Author {
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    pub fn name(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Author {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A value in a rubric.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Place {
    /// The criterion's id; `None` is the rubric itself, whose title, maximum and bonus limit can be edited.
    pub criterion: Option<String>,
    pub field: Field,
}

impl Place {
    /// A field of a criterion.
    pub fn of(criterion: impl Into<String>, field: Field) -> Self {
        Self {
            criterion: Some(criterion.into()),
            field,
        }
    }

    /// A field of the rubric itself.
    pub fn rubric(field: Field) -> Self {
        Self {
            criterion: None,
            field,
        }
    }
}

/// Whether a second person types the scores again without seeing them ("nhập hai lần độc lập").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Keying {
    Asked,
    #[default]
    NotAsked,
}

/// What was done. Values are text as a person sees them, scores with a decimal point; `None` is no value.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    Edited {
        place: Place,
        before: Option<String>,
        after: Option<String>,
    },
    /// A doubtful value was looked at and found right: `value` is what stood there.
    Accepted {
        place: Place,
        value: Option<String>,
    },
    /// The rules of a criterion are others now.
    RulesEdited {
        criterion: String,
        before: Vec<Rule>,
        after: Vec<Rule>,
    },
    /// A column holds something else than it was taken for.
    ColumnRecast(ColumnRecast),
    /// Rows were added, moved, split, merged, removed.
    Restructured(Restructure),
    /// Somebody who did not see the score typed it once more.
    Keyed {
        place: Place,
        value: Option<String>,
    },
    /// Whether the scores are to be typed a second time before the rubric is submitted.
    KeyingSet(Keying),
    /// Takes back the change at this position of the history, counted from 0.
    Undone {
        event: usize,
    },
    Submitted,
    Returned {
        comment: String,
    },
    Confirmed,
    /// Which confirmed rubric this one changes; `None`: none.
    Amends {
        rubric: Option<String>,
    },
    /// A rubric that changes this one was confirmed.
    Superseded {
        rubric: String,
    },
    /// The document was read again; the edits were carried over to the new reading.
    Reread,
}

/// One entry of a rubric's history.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    pub by: Author,
    pub at: OffsetDateTime,
    pub action: Action,
}
