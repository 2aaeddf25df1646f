use super::{PageNo, PixelBox, Word};

/// A cell of a document's table.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TableCell {
    /// NFC; `\n` only where a new paragraph or bullet begins.
    pub text: String,
    /// The words of `text` in order, with their boxes; empty where the text did not come from a page.
    pub words: Vec<Word>,
    /// Where it stands: one place a page that it touches.
    pub places: Vec<(PageNo, PixelBox)>,
    /// For a merged cell: how many rows it covers from its first; 1 for a plain cell, 0 for a row it was merged down over.
    pub row_span: usize,
    pub column_span: usize,
}

impl TableCell {
    /// A cell with text and no place: for tables that do not come from a page (tests, imports).
    pub fn from_text(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            row_span: 1,
            column_span: 1,
            ..Self::default()
        }
    }

    pub fn is_empty(&self) -> bool {
        self.text.trim().is_empty()
    }
}

/// One row; always as many cells as the table has columns.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Row {
    pub cells: Vec<TableCell>,
}

/// A table of the document, its pages joined.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Table {
    pub pages: Vec<PageNo>,
    /// Header texts, one a column; several header lines are joined into one text a column.
    pub header: Vec<TableCell>,
    pub rows: Vec<Row>,
    /// Lines directly above the table that name it, in reading order.
    pub title: Vec<String>,
}

impl Table {
    pub fn columns(&self) -> usize {
        self.header.len()
    }

    /// A table of bare texts: for tests and imports.
    pub fn from_texts(header: &[String], rows: &[Vec<String>]) -> Self {
        let cells = |texts: &[String]| texts.iter().map(TableCell::from_text).collect::<Vec<_>>();
        Self {
            pages: vec![PageNo::FIRST],
            header: cells(header),
            rows: rows.iter().map(|r| Row { cells: cells(r) }).collect(),
            title: Vec::new(),
        }
    }
}
