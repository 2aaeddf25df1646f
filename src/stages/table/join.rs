//! Tables that go on over pages: which grid goes on which table, which row goes on which row.

use crate::domain::{Edge, Grid, PageNo, Row, Table, TableCell};

use super::header;

/// A table while pages are still joining it.
pub(super) struct Growing {
    table: Table,
    /// Rows of the header as they stood, to know them again.
    header_rows: usize,
    /// Column edges as shares of the table's width.
    edges: Vec<f32>,
    /// How the grid on the last page ended.
    foot: Edge,
}

/// How far the edges of one table may move between pages, as a share of its width.
const EDGE_SHIFT: f32 = 0.035;

impl Growing {
    pub fn begin(grid: &Grid, mut rows: Vec<Row>, page: PageNo, title: Vec<String>) -> Self {
        let header_rows = header::rows(&rows);
        let body = rows.split_off(header_rows);
        let header = if header_rows == 0 {
            vec![
                TableCell {
                    row_span: 1,
                    column_span: 1,
                    ..TableCell::default()
                };
                grid.columns
            ]
        } else {
            header::flattened(&rows)
        };
        let table = Table {
            pages: vec![page],
            header,
            rows: body,
            title,
        };
        Self {
            table,
            header_rows,
            edges: shares(grid),
            foot: grid.foot,
        }
    }

    /// Takes up the first grid of the next page, or hands its rows back when it is another table.
    pub fn take_up(&mut self, grid: &Grid, rows: Vec<Row>, page: PageNo) -> Result<(), Vec<Row>> {
        let Some(columns) = matched(&self.edges, &shares(grid)) else {
            return Err(rows);
        };
        let mut rows = spread(rows, &columns, self.edges.len() - 1);
        let heads = header::rows(&rows);
        let repeated = heads > 0 && header::repeats(&self.table.header, &rows[..heads]);
        if heads > 0 && !repeated && self.header_rows > 0 {
            // A header of its own: another table that happens to have the same columns.
            return Err(rows);
        }
        if repeated {
            let again: Vec<Row> = rows.drain(..heads).collect();
            header::settle(&mut self.table.header, &header::flattened(&again));
        }
        if rows.first().is_some_and(|r| {
            header::is_index_row(r) && self.table.rows.iter().take(1).any(header::is_index_row)
        }) {
            rows.remove(0);
        }
        let mut rows = rows.into_iter();
        if let Some(first) = rows.next() {
            match self.table.rows.last_mut() {
                Some(last) if is_cut(last, &first, self.foot) => heal(last, first),
                _ => self.table.rows.push(first),
            }
        }
        self.table.rows.extend(rows);
        self.table.pages.push(page);
        self.foot = grid.foot;
        Ok(())
    }

    pub fn finish(self) -> Table {
        self.table
    }
}

fn shares(grid: &Grid) -> Vec<f32> {
    let (Some(&left), Some(&right)) = (grid.column_edges.first(), grid.column_edges.last()) else {
        return Vec::new();
    };
    let width = (right - left).max(1) as f32;
    grid.column_edges
        .iter()
        .map(|e| (e - left) as f32 / width)
        .collect()
}

/// For each column of the new grid, its column of the table; `None` when they are different tables.
/// A page may lack edges (all its rows are merged there), but may not have edges of its own.
fn matched(table: &[f32], grid: &[f32]) -> Option<Vec<usize>> {
    if table.len() < 2 || grid.len() < 2 || grid.len() > table.len() {
        return None;
    }
    let mut columns = Vec::with_capacity(grid.len() - 1);
    for edge in &grid[..grid.len() - 1] {
        let (index, away) = table
            .iter()
            .enumerate()
            .map(|(i, e)| (i, (e - edge).abs()))
            .min_by(|a, b| a.1.total_cmp(&b.1))?;
        if away > EDGE_SHIFT || columns.last().is_some_and(|&last| last >= index) {
            return None;
        }
        columns.push(index);
    }
    (grid.len() == table.len() || grid.len() >= 3).then_some(columns)
}

/// Rows of a grid with fewer columns, set into the table's columns.
fn spread(rows: Vec<Row>, columns: &[usize], width: usize) -> Vec<Row> {
    if columns.len() == width {
        return rows;
    }
    let covered = TableCell {
        row_span: 0,
        column_span: 0,
        ..TableCell::default()
    };
    rows.into_iter()
        .map(|row| {
            let mut cells = vec![covered.clone(); width];
            for (cell, &column) in row.cells.into_iter().zip(columns) {
                cells[column] = cell;
            }
            Row { cells }
        })
        .collect()
}

/// True when `next`, first on its page, is the rest of `last`, cut by the page break.
fn is_cut(last: &Row, next: &Row, foot: Edge) -> bool {
    let number = next.cells.first().is_some_and(|c| !c.is_empty());
    if number || next.cells.iter().all(TableCell::is_empty) {
        return false;
    }
    // Two values in one narrow cell never are one value.
    let clash = last
        .cells
        .iter()
        .zip(&next.cells)
        .any(|(a, b)| is_value(a) && is_value(b));
    if clash {
        return false;
    }
    if foot == Edge::Open {
        return true;
    }
    // A word processor rules the foot of a cut row too: the text must go on in the middle of a sentence.
    last.cells.iter().zip(&next.cells).any(|(a, b)| {
        let open = !a.is_empty() && !a.text.trim_end().ends_with(['.', ';', ':', ')', '!', '?']);
        let goes_on = b.text.trim_start().starts_with(|c: char| c.is_lowercase());
        open && goes_on
    })
}

fn is_value(cell: &TableCell) -> bool {
    let text = cell.text.trim();
    !text.is_empty() && text.chars().count() <= 6 && text.chars().any(|c| c.is_ascii_digit())
}

/// Puts the rest of a cut row where it belongs, cell by cell.
fn heal(last: &mut Row, rest: Row) {
    for (cell, more) in last.cells.iter_mut().zip(rest.cells) {
        if more.is_empty() {
            cell.places.extend(more.places);
            continue;
        }
        if !cell.text.is_empty() {
            let bullet = more.text.starts_with(['-', '+', '•']);
            cell.text.push(if bullet { '\n' } else { ' ' });
        }
        cell.text.push_str(&more.text);
        cell.words.extend(more.words);
        cell.places.extend(more.places);
        cell.row_span = cell.row_span.max(1);
        cell.column_span = cell.column_span.max(1);
    }
}
