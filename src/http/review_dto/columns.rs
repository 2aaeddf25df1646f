//! A column's role put right: which cells move, found in the rubric or in the document's table.

use serde::Deserialize;
use utoipa::ToSchema;

use crate::domain::{ColumnRole, Criterion, Field, Named, PageNo, PixelBox, Rubric, Table, TableCell};
use crate::http::problem::HttpError;
use crate::review::{ColumnCell, ColumnRecast, Place, ReviewError, field_of, text_of};
use crate::stages::rubric::{rules_in_words, words_of};

/// What a column holds from now on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ColumnBody {
    /// Counted from 0, as in `columns`.
    column: usize,
    /// `max_score`, `evidence`, `rule`, `notes`…; not `number`, `title` or `other`.
    role: String,
}

impl ColumnBody {
    /// The change with all its cells, from the rubric as it stands and the tables it was made from.
    pub fn read(&self, rubric: &Rubric, tables: &[Table]) -> Result<ColumnRecast, HttpError> {
        let after = ColumnRole::from_name(&self.role).ok_or_else(|| HttpError::BadRequest {
            detail: format!("there is no column role {:?}", self.role),
        })?;
        let column = rubric.columns.get(self.column);
        let before = column
            .ok_or(ReviewError::UnknownColumn {
                column: self.column + 1,
            })?
            .role;
        let table = tables.get(rubric.table);
        let cells = rubric.criteria.iter().filter_map(|criterion| {
            let (text, read_at) = match field_of(before) {
                Some(field) => (standing(rubric, criterion, field)?, None),
                None => beside(criterion, table?, self.column)?,
            };
            let rules = match after {
                ColumnRole::Rule => rules_in_words(&text, criterion),
                _ => Vec::new(),
            };
            Some(ColumnCell {
                criterion: criterion.id.clone(),
                text,
                rules,
                read_at,
            })
        });
        Ok(ColumnRecast {
            column: self.column,
            before,
            after,
            cells: cells.collect(),
        })
    }
}

/// What stands in the field that the column was taken for.
fn standing(rubric: &Rubric, criterion: &Criterion, field: Field) -> Option<String> {
    let text = match field {
        Field::Rules => Some(words_of(&criterion.rules)),
        field => text_of(rubric, &Place::of(&criterion.id, field)).ok().flatten(),
    };
    text.filter(|t| !t.is_empty())
}

/// The column's cell in the row that the criterion was read from: the row whose cells hold its title or number.
fn beside(
    criterion: &Criterion,
    table: &Table,
    column: usize,
) -> Option<(String, Option<(PageNo, PixelBox)>)> {
    let heads: Vec<(PageNo, PixelBox)> = criterion
        .provenance
        .iter()
        .filter(|p| matches!(p.field, Field::Title | Field::Number) && !p.bbox.is_empty())
        .map(|p| (p.page, p.bbox))
        .collect();
    let holds = |cell: &TableCell| {
        cell.places.iter().any(|(page, bbox)| {
            heads
                .iter()
                .any(|(p, b)| p == page && b.intersection(bbox).area() * 2 > b.area())
        })
    };
    let row = table.rows.iter().find(|row| row.cells.iter().any(holds))?;
    let cell = row.cells.get(column).filter(|c| !c.is_empty())?;
    Some((cell.text.clone(), cell.places.first().copied()))
}
