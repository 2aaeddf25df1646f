//! A rubric that changes an earlier one: a person says which, and confirming it ends the earlier one's validity.

use time::OffsetDateTime;

use super::{Action, Author, Draft, ReviewError, State};

/// What a draft changes, as far as a person has settled it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Amends {
    /// Nobody has said yet.
    Unsettled,
    /// It stands by itself.
    Nothing,
    /// The confirmed rubric with this id.
    Rubric(String),
}

/// What a confirmed rubric was superseded by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Superseded {
    /// The id of the rubric that took its place.
    pub rubric: String,
    /// Who confirmed that one, and so ended this one's validity.
    pub by: Author,
    pub at: OffsetDateTime,
}

impl Draft {
    /// Settles which confirmed rubric this one changes; `None`: none, it stands by itself.
    pub fn amend(
        &mut self,
        rubric: Option<String>,
        by: Author,
        at: OffsetDateTime,
    ) -> Result<(), ReviewError> {
        self.act(Action::Amends { rubric }, by, at)
    }

    /// What was settled last.
    pub fn amends(&self) -> Amends {
        let settled = self.events.iter().rev().find_map(|e| match &e.action {
            Action::Amends { rubric } => Some(rubric.clone()),
            _ => None,
        });
        match settled {
            None => Amends::Unsettled,
            Some(None) => Amends::Nothing,
            Some(Some(rubric)) => Amends::Rubric(rubric),
        }
    }

    /// Ends the validity of a confirmed rubric: `rubric` was confirmed in its place by `by`.
    /// What was confirmed stays as it is.
    pub fn supersede(&mut self, rubric: String, by: Author, at: OffsetDateTime) -> Result<(), ReviewError> {
        self.act(Action::Superseded { rubric }, by, at)
    }

    /// By what, once it is superseded.
    pub fn superseded(&self) -> Option<Superseded> {
        if self.state() != State::Superseded {
            return None;
        }
        self.events.iter().rev().find_map(|e| match &e.action {
            Action::Superseded { rubric } => Some(Superseded {
                rubric: rubric.clone(),
                by: e.by.clone(),
                at: e.at,
            }),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Rubric;

    const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

    fn confirmed() -> Draft {
        let mut draft = Draft::new(Rubric::default());
        draft.submit(Author::new("hoa"), NOW).unwrap();
        draft.confirm(Author::new("lan"), NOW).unwrap();
        draft
    }

    #[test]
    fn what_a_draft_changes_is_settled_by_a_person_and_can_be_settled_anew() {
        let mut draft = Draft::new(Rubric::default());
        assert_eq!(draft.amends(), Amends::Unsettled);
        draft.amend(Some("old".into()), Author::new("hoa"), NOW).unwrap();
        assert_eq!(draft.amends(), Amends::Rubric("old".into()));
        draft.amend(None, Author::new("hoa"), NOW).unwrap();
        assert_eq!(draft.amends(), Amends::Nothing);
        draft.submit(Author::new("hoa"), NOW).unwrap();
        let late = draft.amend(Some("old".into()), Author::new("hoa"), NOW);
        assert_eq!(
            late,
            Err(ReviewError::WrongState {
                state: State::Submitted
            })
        );
    }

    #[test]
    fn a_superseded_rubric_says_by_what_and_keeps_what_was_confirmed() {
        let mut draft = confirmed();
        let before = draft.confirmed().unwrap();
        draft.supersede("new".into(), Author::new("minh"), NOW).unwrap();
        assert_eq!(draft.state(), State::Superseded);
        let superseded = draft.superseded().unwrap();
        assert_eq!(
            (superseded.rubric.as_str(), superseded.by.name()),
            ("new", "minh")
        );
        let after = draft.confirmed().unwrap();
        assert_eq!(after.rubric(), before.rubric());
        assert_eq!(after.confirmed_by(), before.confirmed_by());
        assert_eq!(after.superseded(), Some(&superseded));
        assert_eq!(draft.submitted_by().map(Author::name), Some("hoa"));
    }

    #[test]
    fn only_a_confirmed_rubric_is_superseded_and_only_once() {
        let check = |mut draft: Draft, state| {
            let refused = draft.supersede("new".into(), Author::new("minh"), NOW);
            assert_eq!(refused, Err(ReviewError::WrongState { state }));
        };
        check(Draft::new(Rubric::default()), State::Draft);
        let mut draft = confirmed();
        draft.supersede("new".into(), Author::new("minh"), NOW).unwrap();
        check(draft, State::Superseded);
    }
}
