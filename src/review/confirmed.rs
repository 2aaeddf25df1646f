use time::OffsetDateTime;

use crate::domain::Rubric;

use super::{Author, Superseded, doubt};

/// A rubric that two people stand behind. Made by [`super::Draft::confirm`] and by nothing else.
#[derive(Debug, Clone, PartialEq)]
pub struct ConfirmedRubric {
    rubric: Rubric,
    submitted_by: Author,
    confirmed_by: Author,
    confirmed_at: OffsetDateTime,
    superseded: Option<Superseded>,
}

impl ConfirmedRubric {
    pub(super) fn new(
        rubric: Rubric,
        submitted_by: Author,
        confirmed_by: Author,
        confirmed_at: OffsetDateTime,
        superseded: Option<Superseded>,
    ) -> Self {
        Self {
            rubric,
            submitted_by,
            confirmed_by,
            confirmed_at,
            superseded,
        }
    }

    pub fn rubric(&self) -> &Rubric {
        &self.rubric
    }

    pub fn submitted_by(&self) -> &Author {
        &self.submitted_by
    }

    /// Never the submitter.
    pub fn confirmed_by(&self) -> &Author {
        &self.confirmed_by
    }

    pub fn confirmed_at(&self) -> OffsetDateTime {
        self.confirmed_at
    }

    /// What took its place since; `None` while it is in force.
    pub fn superseded(&self) -> Option<&Superseded> {
        self.superseded.as_ref()
    }

    /// Doubtful values that nobody settled before it was confirmed: a warning, not an obstacle.
    pub fn unseen(&self) -> usize {
        doubt::left(&self.rubric).len()
    }
}
