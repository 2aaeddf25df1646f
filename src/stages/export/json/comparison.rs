//! What an amendment changed, as JSON.

use serde::Serialize;

use crate::compare::{self, Fate, Side};

/// What `sohoa diff --format json` prints.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    pub schema: &'static str,
    pub rubrics: Vec<RubricComparison>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RubricComparison {
    /// `added | removed | changed | same`
    pub fate: &'static str,
    pub title: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Change>,
    /// Those that were added, removed, changed or moved, in the order of the new rubric.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub criteria: Vec<CriterionComparison>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CriterionComparison {
    /// `added | removed | changed`
    pub fate: &'static str,
    /// Its id in the old rubric, and in the new.
    pub old: Option<String>,
    pub new: Option<String>,
    pub title: String,
    pub moved: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Change>,
}

/// An absent side: it was not there. For rules one entry a rule, with its words.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    pub field: String,
    pub old: Option<String>,
    pub new: Option<String>,
    /// What a rule gives, and for what, is the same.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub only_words: bool,
}

impl From<&[Side<'_>]> for Comparison {
    fn from(sides: &[Side<'_>]) -> Self {
        let whole = |fate, title: &str| RubricComparison {
            fate,
            title: title.to_owned(),
            changes: Vec::new(),
            criteria: Vec::new(),
        };
        let side = |side: &Side<'_>| match side {
            Side::Added(rubric) => whole("added", &rubric.title),
            Side::Removed(rubric) => whole("removed", &rubric.title),
            Side::Both(both) => RubricComparison {
                fate: if both.is_same() { "same" } else { "changed" },
                title: both.new.title.clone(),
                changes: both.changes.iter().map(Change::from).collect(),
                criteria: both.touched().map(CriterionComparison::from).collect(),
            },
        };
        Self {
            schema: "sohoa-diff/1",
            rubrics: sides.iter().map(side).collect(),
        }
    }
}

impl From<&Fate<'_>> for CriterionComparison {
    fn from(fate: &Fate<'_>) -> Self {
        let (kind, old, new) = match fate {
            Fate::Added(new) => ("added", None, Some(*new)),
            Fate::Removed(old) => ("removed", Some(*old), None),
            Fate::Kept { old, new, .. } => ("changed", Some(*old), Some(*new)),
        };
        let (moved, changes) = match fate {
            Fate::Kept { moved, changes, .. } => (*moved, changes.iter().map(Change::from).collect()),
            _ => (false, Vec::new()),
        };
        Self {
            fate: kind,
            title: new.or(old).map(|c| c.title.clone()).unwrap_or_default(),
            old: old.map(|c| c.id.clone()),
            new: new.map(|c| c.id.clone()),
            moved,
            changes,
        }
    }
}

impl From<&compare::Change> for Change {
    fn from(change: &compare::Change) -> Self {
        let side = |text: &String| (!text.is_empty()).then(|| text.clone());
        Self {
            field: change.of.name().to_owned(),
            old: side(&change.old),
            new: side(&change.new),
            only_words: change.only_words,
        }
    }
}
