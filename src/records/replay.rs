use crate::domain::Rubric;
use crate::review::{Action, ByHand, ConfirmedRubric, Draft, Event};
use crate::stages::export::json;

use super::history::Entry;
use super::shape::Counts;
use super::{RecordError, canonical};

/// What an entry of a history is as an event; `None`: nothing that this program knows.
pub type ReadEntry<'a> = &'a (dyn Fn(&Entry) -> Option<Event> + Sync);

/// What a history leads to.
pub struct Outcome {
    pub confirmed: ConfirmedRubric,
    pub counts: Counts,
}

/// Does `entries` to `base` by the rules of review.
pub fn replay(base: Rubric, entries: &[Entry], read: ReadEntry) -> Result<Outcome, RecordError> {
    let mut events = Vec::with_capacity(entries.len());
    for (at, entry) in entries.iter().enumerate() {
        events.push(read(entry).ok_or(RecordError::UnknownEntry { entry: at + 1 })?);
    }
    if events.last().is_none_or(|last| last.action != Action::Confirmed) {
        return Err(RecordError::NotConfirmed);
    }
    match Draft::replay(base.clone(), events.clone()) {
        Ok(draft) => {
            let confirmed = draft.confirmed().ok_or(RecordError::NotConfirmed)?;
            let ByHand { changed, accepted } = draft.by_hand();
            let counts = Counts {
                changed,
                accepted,
                left_doubtful: confirmed.unseen(),
            };
            Ok(Outcome { confirmed, counts })
        }
        Err(error) => {
            // The shortest history that breaks the rules ends with the entry to name; all longer ones break them too.
            let lengths: Vec<usize> = (1..events.len()).collect();
            let good =
                lengths.partition_point(|n| Draft::replay(base.clone(), events[..*n].to_vec()).is_ok());
            Err(RecordError::AgainstRules {
                entry: good + 1,
                error,
            })
        }
    }
}

/// A rubric without findings, as a value of a record. What was found is what the checks say of it, not what was read.
pub fn without_findings(rubric: &Rubric) -> Result<serde_json::Value, RecordError> {
    canonical::value(&json::Rubric::from(&Rubric {
        findings: Vec::new(),
        ..rubric.clone()
    }))
}

/// A rubric from a record.
pub fn rubric(value: &serde_json::Value) -> Result<Rubric, RecordError> {
    let shape: json::Rubric = serde_json::from_value(value.clone())?;
    Rubric::try_from(shape).map_err(|e| RecordError::NotARecord { why: e.to_string() })
}
