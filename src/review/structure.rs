//! Which rows a rubric has and where they hang: added, moved, split, merged, removed.
//!
//! Each change names everything it needs, so that a history replays to the same rubric, and is refused
//! rather than losing a value: a row with rows below it is not removed, two scores are not merged into one.

use time::OffsetDateTime;

use crate::domain::{Criterion, CriterionKind, Field, Provenance, Reader, Rubric, Rule, one_line};

use super::draft::unknown;
use super::value::{settle, written_by_person};
use super::{Action, Author, Draft, Place, ReviewError};

/// Where a row hangs.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Position {
    /// The criterion above; `None` at the top.
    pub parent: Option<String>,
    /// The row before it under the same parent; `None` when it is the first.
    pub after: Option<String>,
}

/// A change of the rows. Ids are the rubric's and stay whatever becomes of a row's place or number.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Restructure {
    /// A new row without words.
    Added {
        id: String,
        at: Position,
        kind: CriterionKind,
    },
    /// The row with everything below it hangs elsewhere.
    Moved {
        criterion: String,
        from: Position,
        to: Position,
    },
    /// A row that has nothing below it is gone; `title` is what stood in it.
    Removed { criterion: String, title: String },
    /// The title from the character `at` on becomes a row of its own behind this one. Rules whose words
    /// stand in that part alone go with it; everything else stays.
    Split {
        criterion: String,
        at: usize,
        new: String,
    },
    /// The row's words, rules and what is below it go to `into`, and the row is gone.
    Merged { criterion: String, into: String },
    /// A section becomes a bonus, a criterion a section, and so on.
    Recast {
        criterion: String,
        before: CriterionKind,
        after: CriterionKind,
    },
}

impl Restructure {
    /// The ids that it names, the row that it is about first; those that it makes left out.
    pub(super) fn names(&self) -> Vec<&str> {
        match self {
            Self::Added { at, .. } => named_by(at).collect(),
            Self::Moved { criterion, from, to } => std::iter::once(criterion.as_str())
                .chain(named_by(from))
                .chain(named_by(to))
                .collect(),
            Self::Merged { criterion, into } => vec![criterion, into],
            Self::Removed { criterion, .. }
            | Self::Split { criterion, .. }
            | Self::Recast { criterion, .. } => vec![criterion],
        }
    }

    /// The same change with every id passed through `rename`.
    pub(super) fn renamed(&mut self, rename: impl Fn(&mut String)) {
        let position = |p: &mut Position| p.parent.iter_mut().chain(&mut p.after).for_each(&rename);
        match self {
            Self::Added { id, at, .. } => {
                rename(id);
                position(at);
            }
            Self::Moved { criterion, from, to } => {
                rename(criterion);
                position(from);
                position(to);
            }
            Self::Merged { criterion, into } => {
                rename(criterion);
                rename(into);
            }
            Self::Split { criterion, new, .. } => {
                rename(criterion);
                rename(new);
            }
            Self::Removed { criterion, .. } | Self::Recast { criterion, .. } => rename(criterion),
        }
    }

    /// The id of the row that it makes.
    pub(super) fn made(&self) -> Option<&str> {
        match self {
            Self::Added { id, .. } => Some(id),
            Self::Split { new, .. } => Some(new),
            _ => None,
        }
    }
}

fn named_by(position: &Position) -> impl Iterator<Item = &str> {
    position.parent.iter().chain(&position.after).map(String::as_str)
}

impl Draft {
    /// Adds an empty row; gives its id.
    pub fn add_row(
        &mut self,
        to: Position,
        kind: CriterionKind,
        by: Author,
        at: OffsetDateTime,
    ) -> Result<String, ReviewError> {
        let id = new_id(&self.now, to.parent.as_deref());
        let change = Restructure::Added {
            id: id.clone(),
            at: to,
            kind,
        };
        self.restructure(change, by, at)?;
        Ok(id)
    }

    /// Hangs a row with everything below it elsewhere.
    pub fn move_row(
        &mut self,
        criterion: &str,
        to: Position,
        by: Author,
        at: OffsetDateTime,
    ) -> Result<(), ReviewError> {
        let from = position_of(&self.now, criterion)?;
        if from == to {
            return self.editable();
        }
        let criterion = criterion.to_owned();
        self.restructure(Restructure::Moved { criterion, from, to }, by, at)
    }

    /// Takes away a row that has nothing below it.
    pub fn remove_row(&mut self, criterion: &str, by: Author, at: OffsetDateTime) -> Result<(), ReviewError> {
        let title = self.text_at(&Place::of(criterion, Field::Title))?;
        let change = Restructure::Removed {
            criterion: criterion.to_owned(),
            title: title.unwrap_or_default(),
        };
        self.restructure(change, by, at)
    }

    /// Makes the title from its character `cut` on a row of its own; gives the new row's id.
    pub fn split_row(
        &mut self,
        criterion: &str,
        cut: usize,
        by: Author,
        at: OffsetDateTime,
    ) -> Result<String, ReviewError> {
        let parent = position_of(&self.now, criterion)?.parent;
        let new = new_id(&self.now, parent.as_deref());
        let change = Restructure::Split {
            criterion: criterion.to_owned(),
            at: cut,
            new: new.clone(),
        };
        self.restructure(change, by, at)?;
        Ok(new)
    }

    /// Joins a row and all that hangs below it with another.
    pub fn merge_rows(
        &mut self,
        criterion: &str,
        into: &str,
        by: Author,
        at: OffsetDateTime,
    ) -> Result<(), ReviewError> {
        let change = Restructure::Merged {
            criterion: criterion.to_owned(),
            into: into.to_owned(),
        };
        self.restructure(change, by, at)
    }

    /// Says that a row is a section, a criterion, a bonus or a deduction.
    pub fn recast_row(
        &mut self,
        criterion: &str,
        kind: CriterionKind,
        by: Author,
        at: OffsetDateTime,
    ) -> Result<(), ReviewError> {
        let before = self
            .now
            .criterion(criterion)
            .ok_or_else(|| unknown(criterion))?
            .kind;
        if before == kind {
            return self.editable();
        }
        let change = Restructure::Recast {
            criterion: criterion.to_owned(),
            before,
            after: kind,
        };
        self.restructure(change, by, at)
    }

    fn restructure(
        &mut self,
        change: Restructure,
        by: Author,
        at: OffsetDateTime,
    ) -> Result<(), ReviewError> {
        self.act(Action::Restructured(change), by, at)
    }
}

/// Where `id` hangs now.
pub(super) fn position_of(rubric: &Rubric, id: &str) -> Result<Position, ReviewError> {
    let parent = criterion(rubric, id)?.parent.clone();
    let after = rubric
        .children(parent.as_deref())
        .take_while(|c| c.id != id)
        .last()
        .map(|c| c.id.clone());
    Ok(Position { parent, after })
}

/// An id that no row has, for one that is added below `parent`.
pub(super) fn new_id(rubric: &Rubric, parent: Option<&str>) -> String {
    let stem = parent.map(|p| format!("{p}.")).unwrap_or_default();
    (1_usize..)
        .map(|n| format!("{stem}+{n}"))
        .find(|id| rubric.criterion(id).is_none())
        .unwrap_or_default()
}

/// Does `change` to `rubric`, or leaves it as it is and says why.
pub(super) fn apply(rubric: &mut Rubric, change: &Restructure) -> Result<(), ReviewError> {
    match change {
        Restructure::Added { id, at, kind } => {
            is_free(rubric, id)?;
            let index = place_for(rubric, at, &[])?;
            rubric.criteria.insert(index, empty(id, at, *kind));
        }
        Restructure::Moved { criterion, to, .. } => moved(rubric, criterion, to)?,
        Restructure::Removed { criterion: id, .. } => {
            criterion(rubric, id)?;
            if rubric.children(Some(id)).next().is_some() {
                return Err(ReviewError::HasRowsBelow {
                    criterion: id.clone(),
                });
            }
            rubric.criteria.retain(|c| c.id != *id);
        }
        Restructure::Split { criterion, at, new } => split(rubric, criterion, *at, new)?,
        Restructure::Merged { criterion, into } => merge(rubric, criterion, into)?,
        Restructure::Recast {
            criterion: id, after, ..
        } => {
            let index = index_of(rubric, id)?;
            rubric.criteria[index].kind = *after;
        }
    }
    Ok(())
}

fn empty(id: &str, at: &Position, kind: CriterionKind) -> Criterion {
    Criterion {
        parent: at.parent.clone(),
        ..Criterion::empty(id, kind)
    }
}

fn moved(rubric: &mut Rubric, id: &str, to: &Position) -> Result<(), ReviewError> {
    criterion(rubric, id)?;
    let family = family(rubric, id);
    if named_by(to).any(|n| family.iter().any(|f| f == n)) {
        return Err(ReviewError::UnderItself {
            criterion: id.to_owned(),
        });
    }
    // Looked up before anything moves: what is refused changes nothing.
    place_for(rubric, to, &family)?;
    let (mut taken, rest): (Vec<_>, Vec<_>) = std::mem::take(&mut rubric.criteria)
        .into_iter()
        .partition(|c| family.contains(&c.id));
    rubric.criteria = rest;
    if let Some(first) = taken.iter_mut().find(|c| c.id == id) {
        first.parent.clone_from(&to.parent);
    }
    let index = place_for(rubric, to, &[])?;
    rubric.criteria.splice(index..index, taken);
    Ok(())
}

fn split(rubric: &mut Rubric, id: &str, at: usize, new: &str) -> Result<(), ReviewError> {
    is_free(rubric, new)?;
    let index = index_of(rubric, id)?;
    let old = &rubric.criteria[index];
    let cut = old
        .title
        .char_indices()
        .nth(at)
        .map_or(old.title.len(), |(i, _)| i);
    let (first, second) = old.title.split_at(cut);
    let (first, second) = (first.trim().to_owned(), second.trim().to_owned());
    if first.is_empty() || second.is_empty() {
        return Err(ReviewError::NothingToSplit {
            criterion: id.to_owned(),
        });
    }
    let goes = |rule: &Rule| {
        let words = one_line(&rule.text);
        !words.is_empty() && one_line(&second).contains(&words) && !one_line(&first).contains(&words)
    };
    let position = Position {
        parent: old.parent.clone(),
        after: Some(id.to_owned()),
    };
    let mut made = empty(new, &position, old.kind);
    let mut provenance: Vec<Provenance> = old.sources(Field::Title).cloned().collect();
    let (going, staying): (Vec<Rule>, Vec<Rule>) = old.rules.iter().cloned().partition(goes);
    if !going.is_empty() {
        provenance.extend(old.sources(Field::Rules).cloned());
    }
    made.title = second;
    made.rules = going;
    made.provenance = provenance;
    written_by_person(&mut made.provenance, Field::Title);
    let old = &mut rubric.criteria[index];
    old.title = first;
    old.rules = staying;
    written_by_person(&mut old.provenance, Field::Title);
    let behind = place_for(rubric, &position, &[])?;
    rubric.criteria.insert(behind, made);
    Ok(())
}

fn merge(rubric: &mut Rubric, id: &str, into: &str) -> Result<(), ReviewError> {
    let (from, to) = (index_of(rubric, id)?, index_of(rubric, into)?);
    if family(rubric, id).iter().any(|f| f == into) {
        return Err(ReviewError::UnderItself {
            criterion: id.to_owned(),
        });
    }
    let (source, target) = (&rubric.criteria[from], &rubric.criteria[to]);
    for (field, a, b) in [
        (Field::MaxScore, source.max_score, target.max_score),
        (Field::Bonus, source.bonus, target.bonus),
        (Field::Deduction, source.deduction, target.deduction),
        (Field::SelfScore, source.self_score, target.self_score),
        (Field::VerifiedScore, source.verified_score, target.verified_score),
    ] {
        if a.is_some() && b.is_some() && a != b {
            return Err(ReviewError::TwoScores { field });
        }
    }
    let source = source.clone();
    // Words stand in the order in which the document has them.
    let joined = |own: &str, other: &str| match (own.is_empty(), other.is_empty()) {
        (true, _) => other.to_owned(),
        (_, true) => own.to_owned(),
        _ if from < to => format!("{other}\n{own}"),
        _ => format!("{own}\n{other}"),
    };
    let optional = |own: &Option<String>, other: &Option<String>| {
        let text = joined(
            own.as_deref().unwrap_or_default(),
            other.as_deref().unwrap_or_default(),
        );
        Some(text).filter(|t| !t.is_empty())
    };
    let target = &mut rubric.criteria[to];
    if target.number.is_empty() {
        target.number.clone_from(&source.number);
    }
    target.title = joined(&target.title, &source.title);
    target.evidence = joined(&target.evidence, &source.evidence);
    target.notes = joined(&target.notes, &source.notes);
    target.period = optional(&target.period, &source.period);
    target.method = optional(&target.method, &source.method);
    target.max_score = target.max_score.or(source.max_score);
    target.bonus = target.bonus.or(source.bonus);
    target.deduction = target.deduction.or(source.deduction);
    target.self_score = target.self_score.or(source.self_score);
    target.verified_score = target.verified_score.or(source.verified_score);
    let at = if from < to { 0 } else { target.rules.len() };
    target.rules.splice(at..at, source.rules);
    let at = if from < to { 0 } else { target.data_items.len() };
    target.data_items.splice(at..at, source.data_items);
    target.provenance.extend(source.provenance);
    for entry in target.provenance.iter_mut().filter(|p| p.field == Field::Title) {
        entry.readers = vec![Reader::Person];
        settle(entry);
    }
    // What hung below the row hangs below the other now, behind what is there.
    let below: Vec<String> = rubric.children(Some(id)).map(|c| c.id.clone()).collect();
    for child in below {
        let after = rubric.children(Some(into)).last().map(|c| c.id.clone());
        let position = Position {
            parent: Some(into.to_owned()),
            after,
        };
        moved(rubric, &child, &position)?;
    }
    rubric.criteria.retain(|c| c.id != id);
    Ok(())
}

/// The row and everything below it, in document order.
fn family(rubric: &Rubric, id: &str) -> Vec<String> {
    let mut found = vec![id.to_owned()];
    // A row may stand before the one it hangs on, so go on until nothing is added.
    loop {
        let before = found.len();
        for criterion in &rubric.criteria {
            let hangs = criterion.parent.as_ref().is_some_and(|p| found.contains(p));
            if hangs && !found.contains(&criterion.id) {
                found.push(criterion.id.clone());
            }
        }
        if found.len() == before {
            return found;
        }
    }
}

/// The index at which a row at `position` is inserted; rows in `leaving` are as good as gone.
fn place_for(rubric: &Rubric, position: &Position, leaving: &[String]) -> Result<usize, ReviewError> {
    if let Some(parent) = &position.parent {
        criterion(rubric, parent)?;
    }
    let Some(after) = &position.after else {
        return match &position.parent {
            Some(parent) => Ok(index_of(rubric, parent)? + 1),
            None => Ok(0),
        };
    };
    if criterion(rubric, after)?.parent != position.parent || leaving.contains(after) {
        return Err(ReviewError::NotASibling {
            criterion: after.clone(),
        });
    }
    let family = family(rubric, after);
    let last = rubric.criteria.iter().rposition(|c| family.contains(&c.id));
    Ok(last.map_or(rubric.criteria.len(), |i| i + 1))
}

fn criterion<'a>(rubric: &'a Rubric, id: &str) -> Result<&'a Criterion, ReviewError> {
    rubric.criterion(id).ok_or_else(|| ReviewError::UnknownCriterion {
        criterion: id.to_owned(),
    })
}

fn index_of(rubric: &Rubric, id: &str) -> Result<usize, ReviewError> {
    rubric
        .criteria
        .iter()
        .position(|c| c.id == id)
        .ok_or_else(|| unknown(id))
}

fn is_free(rubric: &Rubric, id: &str) -> Result<(), ReviewError> {
    match rubric.criterion(id) {
        None => Ok(()),
        Some(_) => Err(ReviewError::IdTaken {
            criterion: id.to_owned(),
        }),
    }
}
