//! What people do to a draft: edits, history, submission, confirmation.
//!
//! A draft is what was read plus a list of events; the rubric as it stands is the replay of the
//! one over the other. Events are only ever appended: undoing is an event too. The only way to a
//! [`ConfirmedRubric`] is [`Draft::confirm`] by somebody who is not the submitter, and loading a
//! history replays it through the same rules, so a forged or damaged one is refused.

mod amendment;
mod columns;
mod confirmed;
mod doubt;
mod draft;
mod error;
mod event;
mod harm;
mod keying;
mod reread;
mod structure;
mod value;

#[cfg(test)]
mod properties;

pub use amendment::{Amends, Superseded};
pub use columns::{ColumnCell, ColumnRecast, field_of};
pub use confirmed::ConfirmedRubric;
pub use doubt::{Doubt, doubtful};
pub use draft::{ByHand, Draft, State};
pub use error::ReviewError;
pub use event::{Action, Author, Event, Keying, Place};
pub use harm::Ground;
pub use keying::ToKey;
pub use reread::{Renamed, Reread, RereadError, Unfit};
pub use structure::{Position, Restructure};
pub use value::{EDITABLE, field_label_en, field_label_vi, is_score, text_of};
