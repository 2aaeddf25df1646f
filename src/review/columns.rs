//! A column that was taken for another: its values move to the field that it is about, all at once.

use time::OffsetDateTime;

use crate::domain::{
    ColumnRole, Confidence, Criterion, Field, PageNo, PixelBox, Provenance, Reader, Rubric, Rule,
};

use super::draft::unknown;
use super::value::{cleaned, criterion_text, is_score, put};
use super::{Action, Author, Draft, Place, ReviewError};

/// What a column's cell holds for one criterion.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnCell {
    pub criterion: String,
    pub text: String,
    /// The rules that the text states, where the column holds rules from now on.
    pub rules: Vec<Rule>,
    /// Where it stands, for a column that the criteria had nothing of so far.
    pub read_at: Option<(PageNo, PixelBox)>,
}

/// A column's role put right.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnRecast {
    /// Counted from 0.
    pub column: usize,
    pub before: ColumnRole,
    pub after: ColumnRole,
    pub cells: Vec<ColumnCell>,
}

/// The field that a column of this role fills; `None` for those of no known kind.
pub fn field_of(role: ColumnRole) -> Option<Field> {
    Some(match role {
        ColumnRole::Number => Field::Number,
        ColumnRole::Title => Field::Title,
        ColumnRole::MaxScore => Field::MaxScore,
        ColumnRole::Bonus => Field::Bonus,
        ColumnRole::Deduction => Field::Deduction,
        ColumnRole::SelfScore => Field::SelfScore,
        ColumnRole::VerifiedScore => Field::VerifiedScore,
        ColumnRole::Rule => Field::Rules,
        ColumnRole::Evidence => Field::Evidence,
        ColumnRole::Period => Field::Period,
        ColumnRole::Method => Field::Method,
        ColumnRole::Data => Field::DataItems,
        ColumnRole::Notes => Field::Notes,
        ColumnRole::Other => return None,
    })
}

impl Draft {
    /// Says what a column holds. Refused for what the tree itself is made of: numbers and titles.
    pub fn recast_column(
        &mut self,
        change: ColumnRecast,
        by: Author,
        at: OffsetDateTime,
    ) -> Result<(), ReviewError> {
        if change.before == change.after {
            return self.editable();
        }
        self.act(Action::ColumnRecast(change), by, at)
    }
}

/// Moves the cells to their new field. A text that is no number stays where it was when the new field is a score;
/// words are put behind those that stand in the new field already.
pub(super) fn apply(rubric: &mut Rubric, change: &ColumnRecast) -> Result<(), ReviewError> {
    let fixed = |role| matches!(role, ColumnRole::Number | ColumnRole::Title);
    let known = rubric.columns.get(change.column).map(|c| c.role);
    let target = match field_of(change.after) {
        Some(field) if known == Some(change.before) && !fixed(change.before) && !fixed(change.after) => field,
        _ => {
            return Err(ReviewError::UnknownColumn {
                column: change.column + 1,
            });
        }
    };
    // Looked up before anything moves: what is refused half-way would leave some of it.
    let row = |cell: &ColumnCell| {
        let found = rubric.criteria.iter().position(|c| c.id == cell.criterion);
        found.ok_or_else(|| unknown(&cell.criterion))
    };
    let rows: Vec<usize> = change.cells.iter().map(row).collect::<Result<_, _>>()?;
    let source = field_of(change.before);
    for (row, cell) in rows.into_iter().zip(&change.cells) {
        let criterion = &rubric.criteria[row];
        if target == Field::Rules {
            rubric.criteria[row].rules.extend(cell.rules.iter().cloned());
        } else {
            let standing = criterion_text(criterion, target).flatten();
            let value = match (standing, is_score(target)) {
                // A score that stands there already is not overwritten.
                (Some(_), true) => continue,
                (Some(words), false) => format!("{words}\n{}", cell.text),
                (None, _) => cell.text.clone(),
            };
            let Ok(value) = cleaned(target, Some(&value)) else {
                continue;
            };
            let kept = criterion.provenance.clone();
            put(rubric, &Place::of(&cell.criterion, target), value.as_deref())?;
            // The words were read, and nobody has looked at them yet.
            rubric.criteria[row].provenance = kept;
        }
        if let Some(source) = source {
            clear(&mut rubric.criteria[row], source);
        }
        relabel(&mut rubric.criteria[row], source, target, cell);
    }
    rubric.columns[change.column].role = change.after;
    Ok(())
}

fn clear(criterion: &mut Criterion, field: Field) {
    match field {
        Field::MaxScore => criterion.max_score = None,
        Field::Bonus => criterion.bonus = None,
        Field::Deduction => criterion.deduction = None,
        Field::SelfScore => criterion.self_score = None,
        Field::VerifiedScore => criterion.verified_score = None,
        Field::Rules => criterion.rules.clear(),
        Field::Evidence => criterion.evidence.clear(),
        Field::DataItems => criterion.data_items.clear(),
        Field::Period => criterion.period = None,
        Field::Method => criterion.method = None,
        Field::Notes => criterion.notes.clear(),
        Field::Number | Field::Title => {}
    }
}

/// What was read for the old field was read for the new one; a text that became a number or rules is to be looked at.
fn relabel(criterion: &mut Criterion, source: Option<Field>, target: Field, cell: &ColumnCell) {
    let turned = is_score(target) || target == Field::Rules;
    for entry in &mut criterion.provenance {
        if Some(entry.field) == source {
            entry.field = target;
            entry.doubtful |= turned && source.is_none_or(|s| !is_score(s));
        }
    }
    if let (None, Some((page, bbox))) = (source, cell.read_at) {
        criterion.provenance.push(Provenance {
            field: target,
            page,
            bbox,
            raw: cell.text.clone(),
            confidence: Confidence::NONE,
            readers: Vec::<Reader>::new(),
            candidates: Vec::new(),
            restored_by: None,
            doubtful: true,
        });
    }
}
