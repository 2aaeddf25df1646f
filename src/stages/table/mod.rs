//! Page grids -> the document's tables, joined over page breaks, and the text in reading order.

mod header;
mod join;
mod paragraphs;
mod running;
mod unruled;

use crate::domain::{Block, Grid, PageNo, PageReading, Row, Table, TableCell};

pub use running::set_aside_running_heads;
pub use unruled::settle_grids;

/// What the pages are together.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Assembly {
    pub tables: Vec<Table>,
    /// The whole text in reading order: titles and prose as lines, tables row by row, cell by cell.
    pub text: String,
}

/// A piece of the document in reading order.
enum Piece {
    Line(String),
    Table(usize),
}

/// Joins the grids of all pages into tables and lays out the text.
pub fn assemble(pages: &[PageReading]) -> Assembly {
    let mut tables: Vec<join::Growing> = Vec::new();
    let mut pieces: Vec<Piece> = Vec::new();
    // Whether the last thing of the page before was a table: only then may one go on.
    let mut ends_in_table = false;
    for page in pages {
        let mut first = true;
        for block in &page.blocks {
            match block {
                Block::Line(line) => {
                    let text = line.text();
                    let scrap = is_scrap(&text);
                    pieces.push(Piece::Line(text));
                    ends_in_table &= scrap;
                    first &= scrap;
                }
                Block::Grid(grid) => {
                    let rows = grid_rows(grid, page.page);
                    let goes_on = first && ends_in_table;
                    let rows = match tables.last_mut() {
                        Some(table) if goes_on => table.take_up(grid, rows, page.page),
                        _ => Err(rows),
                    };
                    if let Err(rows) = rows {
                        let title = title_lines(&pieces);
                        pieces.push(Piece::Table(tables.len()));
                        tables.push(join::Growing::begin(grid, rows, page.page, title));
                    }
                    ends_in_table = true;
                    first = false;
                }
            }
        }
    }
    let tables: Vec<Table> = tables.into_iter().map(join::Growing::finish).collect();
    let text = text(&pieces, &tables);
    Assembly { tables, text }
}

/// True for what says nothing between two tables: a page's number, the edge of the paper read as a letter.
fn is_scrap(text: &str) -> bool {
    text.chars().filter(|c| c.is_alphanumeric()).count() < 3
}

/// The lines directly above a table, up to the table before it; a long run of prose is no title.
fn title_lines(pieces: &[Piece]) -> Vec<String> {
    const MOST: usize = 10;
    let above: Vec<String> = pieces
        .iter()
        .rev()
        .map_while(|p| match p {
            Piece::Line(line) => Some(line.clone()),
            Piece::Table(_) => None,
        })
        .take(MOST)
        .collect();
    above.into_iter().rev().collect()
}

fn text(pieces: &[Piece], tables: &[Table]) -> String {
    let mut out: Vec<&str> = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Line(line) => out.push(line),
            Piece::Table(t) => {
                let table = &tables[*t];
                let rows = table.rows.iter().flat_map(|r| &r.cells);
                out.extend(
                    table
                        .header
                        .iter()
                        .chain(rows)
                        .map(|c| c.text.as_str())
                        .filter(|t| !t.is_empty()),
                );
            }
        }
    }
    out.join("\n")
}

/// A grid as rows with one cell a column; fields that a merged cell covers are empty, with span 0.
fn grid_rows(grid: &Grid, page: PageNo) -> Vec<Row> {
    let covered = TableCell {
        row_span: 0,
        column_span: 0,
        ..TableCell::default()
    };
    let mut rows = vec![
        Row {
            cells: vec![covered; grid.columns]
        };
        grid.rows
    ];
    for cell in &grid.cells {
        let place = &mut rows[cell.row].cells[cell.column];
        *place = TableCell {
            text: paragraphs::text(&cell.lines, &cell.bbox),
            words: cell.lines.iter().flat_map(|l| l.words.iter().cloned()).collect(),
            places: vec![(page, cell.bbox)],
            row_span: cell.row_span,
            column_span: cell.column_span,
        };
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Cell, Confidence, Line, PixelBox, Reader, Rotation, Verdict, VerdictEvidence, Word};

    fn line(text: &str) -> Line {
        let bbox = PixelBox::new(0, 0, 90, 30);
        Line {
            bbox,
            words: vec![Word::new(text, bbox, Confidence::CERTAIN, Reader::LineReader)],
        }
    }

    /// A page with a grid of one row, and a line of text under it.
    fn page(number: usize, row: [&str; 3], under: &str) -> PageReading {
        let cell = |(column, text): (usize, &&str)| Cell {
            column,
            row_span: 1,
            column_span: 1,
            bbox: PixelBox::new(column as i32 * 100, 0, column as i32 * 100 + 100, 40),
            lines: vec![line(text)],
            ..Cell::default()
        };
        let grid = Grid {
            rows: 1,
            columns: 3,
            column_edges: vec![0, 100, 200, 300],
            cells: row.iter().enumerate().map(cell).collect(),
            ..Grid::default()
        };
        PageReading {
            page: PageNo::from_index(number),
            verdict: Verdict::None,
            evidence: VerdictEvidence::default(),
            width: 300,
            height: 400,
            dpi: 100,
            rotation: Rotation::None,
            blocks: vec![Block::Grid(grid), Block::Line(line(under))],
            other_ink: Vec::new(),
            notes: Vec::new(),
        }
    }

    #[test]
    fn a_scrap_between_pages_parts_no_table_and_is_not_lost() {
        let found = |under: &str| {
            let pages = [
                page(0, ["1", "Đi học", "5"], under),
                page(1, ["2", "Đi làm", "6"], "-"),
            ];
            assemble(&pages)
        };
        let scrap = found("I");
        assert_eq!(scrap.tables.len(), 1);
        assert!(scrap.text.lines().any(|l| l == "I"), "{}", scrap.text);
        assert_eq!(found("Phụ lục II").tables.len(), 2);
    }
}
