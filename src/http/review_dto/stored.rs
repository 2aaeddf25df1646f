//! Events as the store keeps them, and back.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::{ColumnRole, CriterionKind, Field, Named, PageNo, PixelBox, Rule};
use crate::http::problem::HttpError;
use crate::review::{Action, Author, ColumnCell, ColumnRecast, Event, Keying, Place, Position, Restructure};
use crate::stages::export::json;
use crate::store::{EventRecord, NewEvent};

/// An action's own data, in the store and in the history.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Stored {
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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rules_before: Option<Vec<json::Rule>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rules_after: Option<Vec<json::Rule>>,
    /// The row that a change of rows makes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    new: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<StoredPosition>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    to: Option<StoredPosition>,
    /// Where a title is cut: characters before the cut.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cut: Option<usize>,
    /// The row that takes in another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    into: Option<String>,
    /// A column of the rubric, from 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    column: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cells: Option<Vec<StoredCell>>,
    /// The other rubric: the one that is changed, or the one that took this one's place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rubric: Option<String>,
}

/// What a column's cell holds.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct StoredCell {
    criterion: String,
    text: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    rules: Vec<json::Rule>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    page: Option<u32>,
    #[serde(default, rename = "box", skip_serializing_if = "Option::is_none")]
    bbox: Option<[i32; 4]>,
}

impl From<&ColumnCell> for StoredCell {
    fn from(cell: &ColumnCell) -> Self {
        Self {
            criterion: cell.criterion.clone(),
            text: cell.text.clone(),
            rules: cell.rules.iter().map(json::Rule::from).collect(),
            page: cell.read_at.map(|(page, _)| page.get()),
            bbox: cell.read_at.map(|(_, bbox)| bbox.corners()),
        }
    }
}

impl StoredCell {
    fn cell(self) -> Result<ColumnCell, HttpError> {
        let page = self.page.and_then(PageNo::new);
        Ok(ColumnCell {
            criterion: self.criterion,
            text: self.text,
            rules: rules_in(self.rules)?,
            read_at: page
                .zip(self.bbox)
                .map(|(page, [x0, y0, x1, y1])| (page, PixelBox::new(x0, y0, x1, y1))),
        })
    }
}

fn rules_in(rules: Vec<json::Rule>) -> Result<Vec<Rule>, HttpError> {
    rules
        .into_iter()
        .map(|rule| Rule::try_from(rule).map_err(HttpError::from))
        .collect()
}

/// Where a row hangs.
#[derive(Debug, Default, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StoredPosition {
    /// The criterion above; absent: the top.
    #[serde(default)]
    pub parent: Option<String>,
    /// The row before it under the same parent; absent: it is the first.
    #[serde(default)]
    pub after: Option<String>,
}

impl From<&Position> for StoredPosition {
    fn from(position: &Position) -> Self {
        Self {
            parent: position.parent.clone(),
            after: position.after.clone(),
        }
    }
}

impl From<StoredPosition> for Position {
    fn from(stored: StoredPosition) -> Self {
        Self {
            parent: stored.parent,
            after: stored.after,
        }
    }
}

fn rules_out(rules: &[Rule]) -> Option<Vec<json::Rule>> {
    Some(rules.iter().map(json::Rule::from).collect())
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
        Action::RulesEdited {
            criterion,
            before,
            after,
        } => (
            "rules_edited",
            Stored {
                criterion: Some(criterion.clone()),
                rules_before: rules_out(before),
                rules_after: rules_out(after),
                ..Stored::default()
            },
        ),
        Action::ColumnRecast(change) => (
            "column_recast",
            Stored {
                column: Some(change.column),
                before: Some(change.before.name().to_owned()),
                after: Some(change.after.name().to_owned()),
                cells: Some(change.cells.iter().map(StoredCell::from).collect()),
                ..Stored::default()
            },
        ),
        Action::Restructured(change) => restructured(change),
        Action::Keyed { place, value } => (
            "keyed",
            Stored {
                value: value.clone(),
                ..at_place(place)
            },
        ),
        Action::KeyingSet(Keying::Asked) => ("keying_asked", Stored::default()),
        Action::KeyingSet(Keying::NotAsked) => ("keying_waived", Stored::default()),
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

fn restructured(change: &Restructure) -> (&'static str, Stored) {
    let of = |criterion: &str| Stored {
        criterion: Some(criterion.to_owned()),
        ..Stored::default()
    };
    match change {
        Restructure::Added { id, at, kind } => (
            "row_added",
            Stored {
                new: Some(id.clone()),
                to: Some(at.into()),
                after: Some(kind.name().to_owned()),
                ..Stored::default()
            },
        ),
        Restructure::Moved { criterion, from, to } => (
            "row_moved",
            Stored {
                from: Some(from.into()),
                to: Some(to.into()),
                ..of(criterion)
            },
        ),
        Restructure::Removed { criterion, title } => (
            "row_removed",
            Stored {
                before: Some(title.clone()),
                ..of(criterion)
            },
        ),
        Restructure::Split { criterion, at, new } => (
            "row_split",
            Stored {
                cut: Some(*at),
                new: Some(new.clone()),
                ..of(criterion)
            },
        ),
        Restructure::Merged { criterion, into } => (
            "rows_merged",
            Stored {
                into: Some(into.clone()),
                ..of(criterion)
            },
        ),
        Restructure::Recast {
            criterion,
            before,
            after,
        } => (
            "row_recast",
            Stored {
                before: Some(before.name().to_owned()),
                after: Some(after.name().to_owned()),
                ..of(criterion)
            },
        ),
    }
}

/// The change of rows that an entry of this kind keeps; `None` where it does not hold together.
fn restructure(kind: &str, stored: Stored) -> Option<Restructure> {
    let cast = |name: Option<String>| name.as_deref().and_then(CriterionKind::from_name);
    Some(match kind {
        "row_added" => Restructure::Added {
            id: stored.new?,
            at: stored.to?.into(),
            kind: cast(stored.after)?,
        },
        "row_moved" => Restructure::Moved {
            criterion: stored.criterion?,
            from: stored.from?.into(),
            to: stored.to?.into(),
        },
        "row_removed" => Restructure::Removed {
            criterion: stored.criterion?,
            title: stored.before?,
        },
        "row_split" => Restructure::Split {
            criterion: stored.criterion?,
            at: stored.cut?,
            new: stored.new?,
        },
        "rows_merged" => Restructure::Merged {
            criterion: stored.criterion?,
            into: stored.into?,
        },
        "row_recast" => Restructure::Recast {
            criterion: stored.criterion?,
            before: cast(stored.before)?,
            after: cast(stored.after)?,
        },
        _ => return None,
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
        "rules_edited" => {
            let rules = |list: Option<Vec<json::Rule>>| rules_in(list.ok_or_else(damaged)?);
            Action::RulesEdited {
                criterion: stored.criterion.clone().ok_or_else(damaged)?,
                before: rules(stored.rules_before)?,
                after: rules(stored.rules_after)?,
            }
        }
        "column_recast" => {
            let role = |name: Option<String>| {
                name.as_deref()
                    .and_then(ColumnRole::from_name)
                    .ok_or_else(damaged)
            };
            let cells = stored.cells.ok_or_else(damaged)?;
            Action::ColumnRecast(ColumnRecast {
                column: stored.column.ok_or_else(damaged)?,
                before: role(stored.before)?,
                after: role(stored.after)?,
                cells: cells
                    .into_iter()
                    .map(StoredCell::cell)
                    .collect::<Result<_, _>>()?,
            })
        }
        "keyed" => Action::Keyed {
            place: place()?,
            value: stored.value,
        },
        "keying_asked" => Action::KeyingSet(Keying::Asked),
        "keying_waived" => Action::KeyingSet(Keying::NotAsked),
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
        kind => Action::Restructured(restructure(kind, stored).ok_or_else(damaged)?),
    };
    Ok(Event {
        by: Author::new(&record.author),
        at: record.at,
        action,
    })
}

#[cfg(test)]
mod tests {
    use time::OffsetDateTime;

    use crate::domain::{Award, RuleKind, Score};

    use super::*;

    fn at(parent: &str, after: Option<&str>) -> Position {
        Position {
            parent: Some(parent.to_owned()),
            after: after.map(str::to_owned),
        }
    }

    fn band() -> Rule {
        let award = Some(Award::Points(Score::parse_vietnamese("1,5").unwrap()));
        Rule {
            kind: RuleKind::Choice {
                label: "Có".into(),
                award,
            },
            text: "Có: 1,5 điểm".into(),
        }
    }

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
            Action::RulesEdited {
                criterion: "I.6".into(),
                before: vec![band()],
                after: Vec::new(),
            },
            Action::ColumnRecast(ColumnRecast {
                column: 3,
                before: ColumnRole::Other,
                after: ColumnRole::Rule,
                cells: vec![ColumnCell {
                    criterion: "I.6".into(),
                    text: "Có: 1,5 điểm".into(),
                    rules: vec![band()],
                    read_at: Some((PageNo::FIRST, PixelBox::new(1, 2, 3, 4))),
                }],
            }),
            Action::Restructured(Restructure::Added {
                id: "I.+1".into(),
                at: at("I", Some("I.6")),
                kind: CriterionKind::Bonus,
            }),
            Action::Restructured(Restructure::Moved {
                criterion: "I.6".into(),
                from: at("I", None),
                to: Position::default(),
            }),
            Action::Restructured(Restructure::Removed {
                criterion: "I.6".into(),
                title: "Có sáng kiến".into(),
            }),
            Action::Restructured(Restructure::Split {
                criterion: "I.6".into(),
                at: 12,
                new: "I.+1".into(),
            }),
            Action::Restructured(Restructure::Merged {
                criterion: "I.7".into(),
                into: "I.6".into(),
            }),
            Action::Restructured(Restructure::Recast {
                criterion: "I".into(),
                before: CriterionKind::Section,
                after: CriterionKind::Deduction,
            }),
            Action::Keyed {
                place: Place::of("I.6", Field::MaxScore),
                value: Some("1.5".into()),
            },
            Action::KeyingSet(Keying::Asked),
            Action::KeyingSet(Keying::NotAsked),
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
