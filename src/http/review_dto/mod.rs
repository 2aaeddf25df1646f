//! The shapes of reviewing: rubrics, edits and history on the wire, and events as the store keeps them.

mod changes;
mod columns;
mod stored;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

pub use changes::{ChangeBody, RulesBody};
use stored::Stored;
pub use stored::{from_store, to_store};

use super::dto::rfc3339;
use super::problem::HttpError;
use crate::domain::Named;
use crate::review::{Amends, Doubt, Draft, Superseded};
use crate::store::EventRecord;

/// A value that a person should look at.
#[derive(Debug, Serialize, ToSchema)]
pub struct DoubtBody {
    /// `null`: a value of the rubric itself.
    criterion: Option<String>,
    field: &'static str,
    page: u32,
    /// x0, y0, x1, y1 in pixels of the page image.
    #[serde(rename = "box")]
    bbox: [i32; 4],
    raw: String,
    value: Option<String>,
    /// 0 to 1.
    confidence: f32,
    /// Readings to choose from, best first.
    candidates: Vec<String>,
    reason: String,
    reason_en: String,
}

/// A rubric as it stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct RubricBody {
    pub id: String,
    pub document_id: String,
    pub state: &'static str,
    pub version: u64,
    /// A `sohoa/1` rubric object, findings checked again.
    #[schema(value_type = Object)]
    pub rubric: Value,
    pub doubtful: Vec<DoubtBody>,
    pub can_undo: bool,
    /// True when the scores are to be typed a second time by somebody who did not see them.
    pub keying: bool,
    pub submitted_by: Option<String>,
    /// What the reviewer wrote when returning it.
    pub comment: Option<String>,
    pub confirmed_by: Option<String>,
    pub confirmed_at: Option<String>,
    /// Which confirmed rubric it changes.
    pub amends: AmendsBody,
    /// Only of one that is no longer in force.
    pub superseded: Option<SupersededBody>,
}

/// What a rubric changes, as far as a person has settled it.
#[derive(Debug, Serialize, ToSchema)]
pub struct AmendsBody {
    /// False until a person has said.
    settled: bool,
    /// `null`: none, or not settled.
    rubric: Option<String>,
}

/// What took a rubric's place.
#[derive(Debug, Serialize, ToSchema)]
pub struct SupersededBody {
    rubric: String,
    /// Who confirmed that one.
    by: String,
    at: String,
}

/// Why a rubric goes back.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ReturnBody {
    pub comment: String,
}

/// An entry of a rubric's history.
#[derive(Debug, Serialize, ToSchema)]
pub struct HistoryEntry {
    seq: u64,
    /// The rubric's version after it; what was done at once shares it.
    version: u64,
    /// `edited`, `accepted`, `rules_edited`, `row_added`, `row_moved`, `row_removed`, `row_split`, `rows_merged`,
    /// `row_recast`, `column_recast`, `keying_asked`, `keying_waived`, `keyed`, `undone`, `submitted`, `returned`, `confirmed`,
    /// `amends`, `superseded` or `reread`.
    kind: String,
    author: String,
    at: String,
    #[serde(flatten)]
    #[schema(value_type = Object)]
    data: Stored,
}

/// The whole history, oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct History {
    pub events: Vec<HistoryEntry>,
}

impl AmendsBody {
    pub fn of(draft: &Draft) -> Self {
        let amends = draft.amends();
        Self {
            settled: amends != Amends::Unsettled,
            rubric: match amends {
                Amends::Rubric(rubric) => Some(rubric),
                Amends::Unsettled | Amends::Nothing => None,
            },
        }
    }
}

impl From<Superseded> for SupersededBody {
    fn from(superseded: Superseded) -> Self {
        Self {
            rubric: superseded.rubric,
            by: superseded.by.name().to_owned(),
            at: rfc3339(superseded.at),
        }
    }
}

impl From<Doubt> for DoubtBody {
    fn from(doubt: Doubt) -> Self {
        let b = doubt.bbox;
        Self {
            criterion: doubt.criterion,
            field: doubt.field.name(),
            page: doubt.page.get(),
            bbox: [b.x0, b.y0, b.x1, b.y1],
            raw: doubt.raw,
            value: doubt.value,
            confidence: doubt.confidence.get(),
            candidates: doubt.candidates,
            reason: doubt.reason_vi,
            reason_en: doubt.reason_en,
        }
    }
}

impl HistoryEntry {
    pub fn of(record: EventRecord) -> Result<Self, HttpError> {
        Ok(Self {
            data: serde_json::from_str(&record.data_json)?,
            seq: record.seq,
            version: record.version,
            kind: record.kind,
            author: record.author,
            at: rfc3339(record.at),
        })
    }
}
