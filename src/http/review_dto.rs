//! The shapes of reviewing: rubrics, edits and history on the wire, and events as the store keeps them.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::dto::rfc3339;
use super::problem::HttpError;
use crate::domain::{Field, Named};
use crate::review::{Action, Amends, Author, Doubt, Draft, Event, Place, Superseded};
use crate::store::{EventRecord, NewEvent};

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

/// A value in a rubric.
#[derive(Debug, Deserialize, ToSchema)]
pub struct PlaceBody {
    /// A criterion's id; absent: the rubric itself.
    #[serde(default)]
    criterion: Option<String>,
    /// `max_score`, `title`, `evidence`…
    field: String,
}

/// A new value.
#[derive(Debug, Deserialize, ToSchema)]
pub struct EditBody {
    #[serde(default)]
    criterion: Option<String>,
    field: String,
    /// As typed: `1,5`. `null` empties it.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    value: Value,
}

/// Exactly one of the three.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeBody {
    edits: Option<Vec<EditBody>>,
    accept: Option<Vec<PlaceBody>>,
    undo: Option<bool>,
}

/// What is asked for.
pub enum Change {
    Edits(Vec<(Place, Option<String>)>),
    Accept(Vec<Place>),
    Undo,
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
    /// `edited`, `accepted`, `undone`, `submitted`, `returned`, `confirmed`, `amends`, `superseded` or `reread`.
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

/// An action's own data, in the store and in the history.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Stored {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    criterion: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    before: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    after: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    value: Option<String>,
    /// Of an undo: the `seq` of what it takes back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    undoes: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    comment: Option<String>,
    /// The other rubric: the one that is changed, or the one that took this one's place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rubric: Option<String>,
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

impl ChangeBody {
    /// What is asked for; `BadRequest` unless it is exactly one thing.
    pub fn change(self) -> Result<Change, HttpError> {
        match (self.edits, self.accept, self.undo) {
            (Some(edits), None, None) if !edits.is_empty() => edits
                .into_iter()
                .map(EditBody::edit)
                .collect::<Result<_, _>>()
                .map(Change::Edits),
            (None, Some(places), None) if !places.is_empty() => places
                .into_iter()
                .map(|p| place(p.criterion, &p.field))
                .collect::<Result<_, _>>()
                .map(Change::Accept),
            (None, None, Some(true)) => Ok(Change::Undo),
            _ => Err(HttpError::BadRequest {
                detail: "give exactly one of \"edits\": […], \"accept\": […] and \"undo\": true".to_owned(),
            }),
        }
    }
}

impl EditBody {
    fn edit(self) -> Result<(Place, Option<String>), HttpError> {
        let value = match self.value {
            Value::Null => None,
            Value::String(text) => Some(text),
            Value::Number(number) => Some(number.to_string()),
            _ => {
                return Err(HttpError::BadRequest {
                    detail: "a value is text or null".to_owned(),
                });
            }
        };
        Ok((place(self.criterion, &self.field)?, value))
    }
}

fn place(criterion: Option<String>, field: &str) -> Result<Place, HttpError> {
    let field = Field::from_name(field).ok_or_else(|| HttpError::BadRequest {
        detail: format!("there is no field {field:?}"),
    })?;
    Ok(Place { criterion, field })
}

/// An event as the store keeps it.
pub fn to_store(event: &Event) -> Result<NewEvent, HttpError> {
    let at_place = |place: &Place| Stored {
        criterion: place.criterion.clone(),
        field: Some(place.field.name().to_owned()),
        ..Stored::default()
    };
    let (kind, data) = match &event.action {
        Action::Edited { place, before, after } => {
            let data = Stored {
                before: before.clone(),
                after: after.clone(),
                ..at_place(place)
            };
            ("edited", data)
        }
        Action::Accepted { place, value } => (
            "accepted",
            Stored {
                value: value.clone(),
                ..at_place(place)
            },
        ),
        Action::Undone { event } => (
            "undone",
            Stored {
                undoes: Some(*event as u64 + 1),
                ..Stored::default()
            },
        ),
        Action::Submitted => ("submitted", Stored::default()),
        Action::Returned { comment } => (
            "returned",
            Stored {
                comment: Some(comment.clone()),
                ..Stored::default()
            },
        ),
        Action::Confirmed => ("confirmed", Stored::default()),
        Action::Amends { rubric } => (
            "amends",
            Stored {
                rubric: rubric.clone(),
                ..Stored::default()
            },
        ),
        Action::Superseded { rubric } => (
            "superseded",
            Stored {
                rubric: Some(rubric.clone()),
                ..Stored::default()
            },
        ),
        Action::Reread => ("reread", Stored::default()),
    };
    Ok(NewEvent {
        kind: kind.to_owned(),
        author: event.by.name().to_owned(),
        at: event.at,
        data_json: serde_json::to_string(&data)?,
    })
}

/// An event from the store; an entry that cannot be one is an internal error, never skipped.
pub fn from_store(record: &EventRecord) -> Result<Event, HttpError> {
    let stored: Stored = serde_json::from_str(&record.data_json)?;
    let damaged = || {
        HttpError::Internal(format!(
            "history entry {} ({}) is damaged",
            record.seq, record.kind
        ))
    };
    let place = || {
        let field = stored
            .field
            .as_deref()
            .and_then(Field::from_name)
            .ok_or_else(damaged)?;
        Ok::<_, HttpError>(Place {
            criterion: stored.criterion.clone(),
            field,
        })
    };
    let action = match record.kind.as_str() {
        "edited" => Action::Edited {
            place: place()?,
            before: stored.before,
            after: stored.after,
        },
        "accepted" => Action::Accepted {
            place: place()?,
            value: stored.value,
        },
        "undone" => {
            let seq = stored
                .undoes
                .and_then(|seq| seq.checked_sub(1))
                .ok_or_else(damaged)?;
            Action::Undone {
                event: usize::try_from(seq).map_err(|_| damaged())?,
            }
        }
        "submitted" => Action::Submitted,
        "returned" => Action::Returned {
            comment: stored.comment.ok_or_else(damaged)?,
        },
        "confirmed" => Action::Confirmed,
        "amends" => Action::Amends {
            rubric: stored.rubric,
        },
        "superseded" => Action::Superseded {
            rubric: stored.rubric.ok_or_else(damaged)?,
        },
        "reread" => Action::Reread,
        _ => return Err(damaged()),
    };
    Ok(Event {
        by: Author::new(&record.author),
        at: record.at,
        action,
    })
}

impl HistoryEntry {
    pub fn of(record: EventRecord) -> Result<Self, HttpError> {
        Ok(Self {
            data: serde_json::from_str(&record.data_json)?,
            seq: record.seq,
            kind: record.kind,
            author: record.author,
            at: rfc3339(record.at),
        })
    }
}

#[cfg(test)]
mod tests {
    use time::OffsetDateTime;

    use super::*;

    #[test]
    fn every_event_comes_back_from_the_store_as_it_was() {
        let place = Place::of("I.6", Field::MaxScore);
        let actions = [
            Action::Edited {
                place: place.clone(),
                before: Some("15".into()),
                after: Some("1.5".into()),
            },
            Action::Edited {
                place: Place::rubric(Field::Title),
                before: None,
                after: None,
            },
            Action::Accepted {
                place,
                value: Some("1.5".into()),
            },
            Action::Undone { event: 1 },
            Action::Submitted,
            Action::Returned {
                comment: "xem lại mục 3".into(),
            },
            Action::Confirmed,
            Action::Amends {
                rubric: Some("r1".into()),
            },
            Action::Amends { rubric: None },
            Action::Superseded { rubric: "r2".into() },
            Action::Reread,
        ];
        for (index, action) in actions.into_iter().enumerate() {
            let event = Event {
                by: Author::new("lan"),
                at: OffsetDateTime::UNIX_EPOCH,
                action,
            };
            let NewEvent {
                kind,
                author,
                at,
                data_json,
            } = to_store(&event).unwrap();
            let record = EventRecord {
                seq: index as u64 + 1,
                version: index as u64 + 2,
                kind,
                author,
                at,
                data_json,
            };
            assert_eq!(from_store(&record).unwrap(), event);
        }
    }
}
