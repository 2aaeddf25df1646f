//! A draft after something was done to it, with its findings checked again: what the store is to keep.

use super::problem::HttpError;
use super::review_dto::to_store;
use super::rubrics::replayed;
use crate::domain::{Rubric, Severity};
use crate::jobs::how_many;
use crate::review::{Draft, State as ReviewState};
use crate::stages::export::json;
use crate::store::{RubricChange, RubricState, Supersedes};

/// A draft and the rubric as it stands, findings of today.
pub struct Settled {
    pub draft: Draft,
    pub shape: json::Rubric,
    current: Rubric,
    current_json: String,
}

impl Settled {
    /// `checked`: `draft.current()` with its findings. What is doubtful depends on them, and they may have gone or come
    /// with what was done.
    pub fn of(id: &str, draft: &Draft, checked: Rubric) -> Result<Self, HttpError> {
        let base = Rubric {
            findings: checked.findings.clone(),
            ..draft.base().clone()
        };
        let draft = replayed(id, base, draft.events().to_vec())?;
        let shape = json::Rubric::from(&checked);
        Ok(Self {
            current_json: serde_json::to_string(&shape)?,
            current: checked,
            draft,
            shape,
        })
    }

    pub fn doubtful(&self) -> u32 {
        u32::try_from(self.draft.doubtful().len()).unwrap_or(u32::MAX)
    }

    /// The step from version `expected`, when the history had `before` events.
    pub fn change<'a>(
        &'a self,
        rubric: &'a str,
        expected: u64,
        before: usize,
        supersedes: Option<Supersedes<'a>>,
    ) -> Result<RubricChange<'a>, HttpError> {
        Ok(RubricChange {
            rubric,
            expected,
            events: self.draft.events()[before..]
                .iter()
                .map(to_store)
                .collect::<Result<_, _>>()?,
            state: stored_state(self.draft.state()),
            title: &self.current.title,
            max_score: self.current.max_score.map(|s| s.to_string()),
            doubtful: self.doubtful(),
            errors: how_many(&self.current.findings, Severity::Error),
            warnings: how_many(&self.current.findings, Severity::Warning),
            current_json: &self.current_json,
            submitted_by: self.draft.submitted_by().map(|a| a.name()),
            comment: self.draft.return_comment(),
            supersedes,
        })
    }
}

fn stored_state(state: ReviewState) -> RubricState {
    match state {
        ReviewState::Draft => RubricState::Draft,
        ReviewState::Submitted => RubricState::Submitted,
        ReviewState::Returned => RubricState::Returned,
        ReviewState::Confirmed => RubricState::Confirmed,
        ReviewState::Superseded => RubricState::Superseded,
    }
}
