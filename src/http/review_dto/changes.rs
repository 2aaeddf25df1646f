//! What a `PATCH` of a rubric asks for, and doing it to a draft.

use serde::Deserialize;
use serde_json::Value;
use time::OffsetDateTime;
use utoipa::ToSchema;

use super::columns::ColumnBody;
use super::stored::StoredPosition;
use crate::domain::{CriterionKind, Field, Named, Rule, Table};
use crate::http::problem::HttpError;
use crate::review::{Author, Draft, Keying, Place, ReviewError};
use crate::stages::export::json;
use crate::stages::rubric::rules_in_words;

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

/// Other rules for a criterion: in words, a paragraph a line, or as a list of `sohoa/1` rules.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RulesBody {
    pub criterion: String,
    pub words: Option<String>,
    #[schema(value_type = Option<Vec<Object>>)]
    pub rules: Option<Vec<json::Rule>>,
}

/// A change of the rows. A row moves, and is merged, with everything below it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "op", rename_all = "snake_case", deny_unknown_fields)]
pub enum RowsBody {
    /// An empty row.
    Add {
        to: StoredPosition,
        /// `section`, `criterion`, `bonus` or `deduction`.
        kind: String,
    },
    Move {
        criterion: String,
        to: StoredPosition,
    },
    /// Refused while there are rows below it.
    Remove {
        criterion: String,
    },
    /// The title from its character `cut` on becomes a row of its own.
    Split {
        criterion: String,
        cut: usize,
    },
    /// The row's words, rules and rows below go to `into`.
    Merge {
        criterion: String,
        into: String,
    },
    /// `kind`: `section`, `criterion`, `bonus` or `deduction`.
    Recast {
        criterion: String,
        kind: String,
    },
}

/// Exactly one of these.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeBody {
    edits: Option<Vec<EditBody>>,
    accept: Option<Vec<PlaceBody>>,
    rules: Option<RulesBody>,
    rows: Option<Vec<RowsBody>>,
    column: Option<ColumnBody>,
    /// Scores as somebody typed them who did not see them.
    keyed: Option<Vec<EditBody>>,
    /// Whether scores are to be typed a second time before the rubric is submitted.
    keying: Option<bool>,
    undo: Option<bool>,
}

impl ChangeBody {
    /// True when the document's tables are needed to do it.
    pub fn reads_tables(&self) -> bool {
        self.column.is_some()
    }

    /// Does what is asked to `draft`; `BadRequest` unless it is exactly one thing. `tables` are the document's, for
    /// a change that [reads](Self::reads_tables) them.
    pub fn apply(
        self,
        draft: &mut Draft,
        tables: &[Table],
        by: &Author,
        at: OffsetDateTime,
    ) -> Result<(), HttpError> {
        let asked = [
            self.edits.is_some(),
            self.accept.is_some(),
            self.rules.is_some(),
            self.rows.is_some(),
            self.column.is_some(),
            self.keyed.is_some(),
            self.keying.is_some(),
            self.undo.is_some(),
        ];
        if asked.iter().filter(|a| **a).count() != 1 {
            return Err(not_one());
        }
        for edit in not_empty(self.edits)? {
            let (place, value) = edit.read()?;
            draft.edit(place, value.as_deref(), by.clone(), at)?;
        }
        for PlaceBody { criterion, field } in not_empty(self.accept)? {
            draft.accept(place(criterion, &field)?, by.clone(), at)?;
        }
        if let Some(body) = self.rules {
            let rules = body.read(draft)?;
            draft.edit_rules(&body.criterion, rules, by.clone(), at)?;
        }
        for change in not_empty(self.rows)? {
            change.apply(draft, by.clone(), at)?;
        }
        if let Some(body) = self.column {
            let change = body.read(&draft.current(), tables)?;
            draft.recast_column(change, by.clone(), at)?;
        }
        for edit in not_empty(self.keyed)? {
            let (place, value) = edit.read()?;
            draft.key(place, value.as_deref(), by.clone(), at)?;
        }
        match self.keying {
            Some(true) => draft.set_keying(Keying::Asked, by.clone(), at)?,
            Some(false) => draft.set_keying(Keying::NotAsked, by.clone(), at)?,
            None => {}
        }
        match self.undo {
            Some(true) => draft.undo(by.clone(), at)?,
            Some(false) => return Err(not_one()),
            None => {}
        }
        Ok(())
    }
}

impl RulesBody {
    /// The rules as the criterion would have them.
    pub fn read(&self, draft: &Draft) -> Result<Vec<Rule>, HttpError> {
        let current = draft.current();
        let criterion = current
            .criterion(&self.criterion)
            .ok_or_else(|| ReviewError::UnknownCriterion {
                criterion: self.criterion.clone(),
            })?;
        match (&self.words, &self.rules) {
            (Some(words), None) => Ok(rules_in_words(words, criterion)),
            (None, Some(rules)) => rules
                .iter()
                .map(|rule| {
                    Rule::try_from(rule.clone()).map_err(|e| HttpError::BadRequest {
                        detail: format!("rules: {e}"),
                    })
                })
                .collect(),
            _ => Err(HttpError::BadRequest {
                detail: "give the rules either in \"words\" or as \"rules\"".to_owned(),
            }),
        }
    }
}

impl RowsBody {
    fn apply(self, draft: &mut Draft, by: Author, at: OffsetDateTime) -> Result<(), HttpError> {
        match self {
            Self::Add { to, kind } => draft.add_row(to.into(), cast(&kind)?, by, at).map(|_| ())?,
            Self::Move { criterion, to } => draft.move_row(&criterion, to.into(), by, at)?,
            Self::Remove { criterion } => draft.remove_row(&criterion, by, at)?,
            Self::Split { criterion, cut } => draft.split_row(&criterion, cut, by, at).map(|_| ())?,
            Self::Merge { criterion, into } => draft.merge_rows(&criterion, &into, by, at)?,
            Self::Recast { criterion, kind } => draft.recast_row(&criterion, cast(&kind)?, by, at)?,
        }
        Ok(())
    }
}

impl EditBody {
    fn read(self) -> Result<(Place, Option<String>), HttpError> {
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

fn not_empty<T>(list: Option<Vec<T>>) -> Result<Vec<T>, HttpError> {
    match list {
        Some(list) if list.is_empty() => Err(not_one()),
        list => Ok(list.unwrap_or_default()),
    }
}

fn not_one() -> HttpError {
    HttpError::BadRequest {
        detail: "give exactly one of \"edits\": […], \"accept\": […], \"rules\": {…}, \"rows\": […], \"column\": {…}, \"keyed\": […], \
                 \"keying\": true or false, and \"undo\": true"
            .to_owned(),
    }
}

fn cast(kind: &str) -> Result<CriterionKind, HttpError> {
    CriterionKind::from_name(kind).ok_or_else(|| HttpError::BadRequest {
        detail: format!("there is no kind {kind:?}: section, criterion, bonus or deduction"),
    })
}

fn place(criterion: Option<String>, field: &str) -> Result<Place, HttpError> {
    let field = Field::from_name(field).ok_or_else(|| HttpError::BadRequest {
        detail: format!("there is no field {field:?}"),
    })?;
    Ok(Place { criterion, field })
}
