use std::io;

use super::parts::{NAMESPACE, RELATIONS_NAMESPACE, begun};
use crate::domain::{CriterionKind, Document, Finding, Named, Rubric, Score};
use crate::stages::export::columns::{Column, Value};
use crate::stages::export::plain::plain;
use crate::stages::export::xml::Xml;
use crate::stages::export::{Subject, words};

/// A4 across in twentieths of a point, with margins of 15 mm.
const PAGE: (u32, u32) = (16838, 11906);
const MARGIN: u32 = 851;
const TEXT_WIDTH: u32 = PAGE.0 - 2 * MARGIN;

const HEADER_FILL: &str = "DDE6F0";
const SECTION_FILL: &str = "F2F2F2";
const DOUBTFUL_FILL: &str = "FFF0C2";

pub(super) fn write(document: &Document, subjects: &[Subject]) -> io::Result<Vec<u8>> {
    let root = [
        ("xmlns:w", NAMESPACE.to_owned()),
        ("xmlns:r", RELATIONS_NAMESPACE.to_owned()),
    ];
    let mut xml = begun()?;
    xml.element("w:document", &root, |xml| {
        xml.element("w:body", &[], |xml| {
            let title = document.metadata.title.as_ref().unwrap_or(&document.source.file);
            paragraph(xml, "Title", title)?;
            for (name, value) in words::facts(document) {
                paragraph(xml, "Normal", &format!("{name}: {value}"))?;
            }
            for subject in subjects {
                rubric(xml, *subject)?;
            }
            if subjects.is_empty() {
                for table in &document.tables {
                    let rows = std::iter::once(&table.header).chain(table.rows.iter().map(|row| &row.cells));
                    let rows: Vec<Row> = rows
                        .enumerate()
                        .map(|(index, cells)| Row {
                            header: index == 0,
                            cells: cells.iter().map(|cell| Cell::text(&cell.text)).collect(),
                        })
                        .collect();
                    let columns = rows.iter().map(|row| row.cells.len()).max().unwrap_or(0);
                    grid(xml, &vec![1; columns], &rows)?;
                }
            }
            findings(xml, "Lưu ý về văn bản", &document.findings)?;
            section(xml)
        })
    })?;
    Ok(xml.finish())
}

fn rubric(xml: &mut Xml, subject: Subject) -> io::Result<()> {
    let rubric = subject.rubric();
    paragraph(xml, "Heading1", &rubric.title)?;
    paragraph(xml, "Status", &subject.status_vi())?;
    if let Some(units) = &rubric.applies_to {
        paragraph(xml, "Normal", &format!("Áp dụng cho: {units}"))?;
    }
    let points = |score: Option<Score>| score.map_or("không ghi".to_owned(), Score::to_vietnamese);
    paragraph(
        xml,
        "Normal",
        &format!("Điểm tối đa: {}", points(rubric.max_score)),
    )?;
    if rubric.bonus_max.is_some() {
        let bonus = format!("Điểm thưởng tối đa: {}", points(rubric.bonus_max));
        paragraph(xml, "Normal", &bonus)?;
    }
    let columns = Column::used(&Column::FORM, &rubric.criteria);
    let widths: Vec<u32> = columns.iter().map(|c| u32::from(c.width())).collect();
    grid(xml, &widths, &rows(rubric, &columns))?;
    findings(xml, "Phát hiện", &rubric.findings)
}

/// The table: its head, every criterion, and the total.
fn rows(rubric: &Rubric, columns: &[Column]) -> Vec<Row> {
    let head = columns.iter().map(|c| Cell {
        fill: Some(HEADER_FILL),
        bold: true,
        side: Side::Centre,
        ..Cell::text(c.header())
    });
    let mut rows = vec![Row {
        header: true,
        cells: head.collect(),
    }];
    for criterion in &rubric.criteria {
        let section =
            criterion.kind == CriterionKind::Section || rubric.children(Some(&criterion.id)).next().is_some();
        let mut cells: Vec<Cell> = Vec::new();
        for column in columns {
            let text = match column.value(criterion) {
                Value::Empty => String::new(),
                Value::Text(text) => text.into_owned(),
                Value::Points(points) => points.to_vietnamese(),
            };
            // A section's title runs over the empty cells beside it.
            let joins = section && text.is_empty() && !column.is_points() && cells.len() > 1;
            match cells.last_mut() {
                Some(last) if joins && !last.points => last.span += 1,
                _ => cells.push(Cell {
                    fill: if column.is_doubtful(criterion) {
                        Some(DOUBTFUL_FILL)
                    } else {
                        section.then_some(SECTION_FILL)
                    },
                    bold: section,
                    points: column.is_points(),
                    side: if column.is_points() {
                        Side::Right
                    } else {
                        Side::Left
                    },
                    ..Cell::text(&text)
                }),
            }
        }
        rows.push(Row { header: false, cells });
    }
    rows.extend(total(rubric, columns));
    rows
}

fn total(rubric: &Rubric, columns: &[Column]) -> Option<Row> {
    let max = rubric.max_score?;
    let at = columns.iter().position(|c| *c == Column::MaxScore)?;
    let strong = |text: &str| Cell {
        bold: true,
        fill: Some(SECTION_FILL),
        ..Cell::text(text)
    };
    let mut cells = vec![Cell {
        span: at,
        ..strong("Tổng cộng")
    }];
    cells.retain(|cell| cell.span > 0);
    cells.push(Cell {
        side: Side::Right,
        ..strong(&max.to_vietnamese())
    });
    cells.extend(columns[at + 1..].iter().map(|_| strong("")));
    Some(Row { header: false, cells })
}

fn findings(xml: &mut Xml, heading: &str, findings: &[Finding]) -> io::Result<()> {
    if findings.is_empty() {
        return Ok(());
    }
    paragraph(xml, "Heading2", heading)?;
    for finding in findings {
        let mut text = format!(
            "– {} ({})",
            words::severity(finding.severity),
            finding.code.name()
        );
        if let Some(criterion) = &finding.criterion {
            text.push_str(&format!(", mục {criterion}"));
        }
        if let Some(page) = finding.page {
            text.push_str(&format!(", trang {page}"));
        }
        paragraph(xml, "Normal", &format!("{text}: {}", finding.message))?;
    }
    Ok(())
}

struct Row {
    /// Repeated on every page.
    header: bool,
    cells: Vec<Cell>,
}

struct Cell {
    text: String,
    /// Columns of the table that it covers.
    span: usize,
    fill: Option<&'static str>,
    bold: bool,
    points: bool,
    side: Side,
}

#[derive(Clone, Copy)]
enum Side {
    Left,
    Centre,
    Right,
}

impl Side {
    fn name(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::Centre => "center",
            Self::Right => "right",
        }
    }
}

impl Cell {
    fn text(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            span: 1,
            fill: None,
            bold: false,
            points: false,
            side: Side::Left,
        }
    }
}

fn value(value: impl ToString) -> [(&'static str, String); 1] {
    [("w:val", value.to_string())]
}

/// A table as wide as the page whose columns share it by `widths`.
fn grid(xml: &mut Xml, widths: &[u32], rows: &[Row]) -> io::Result<()> {
    let all: u32 = widths.iter().sum();
    if all == 0 {
        return Ok(());
    }
    let widths: Vec<u32> = widths.iter().map(|w| w * TEXT_WIDTH / all).collect();
    let wide = |width: u32| [("w:w", width.to_string()), ("w:type", "dxa".to_owned())];
    xml.element("w:tbl", &[], |xml| {
        xml.element("w:tblPr", &[], |xml| {
            xml.empty("w:tblStyle", &value("Grid"))?;
            xml.empty("w:tblW", &wide(widths.iter().sum()))?;
            xml.empty("w:tblLayout", &[("w:type", "fixed".to_owned())])
        })?;
        xml.element("w:tblGrid", &[], |xml| {
            let mut columns = widths.iter();
            columns.try_for_each(|width| xml.empty("w:gridCol", &[("w:w", width.to_string())]))
        })?;
        for row in rows {
            xml.element("w:tr", &[], |xml| {
                if row.header {
                    xml.element("w:trPr", &[], |xml| {
                        xml.empty("w:cantSplit", &[])?;
                        xml.empty("w:tblHeader", &[])
                    })?;
                }
                let mut at = 0;
                for cell in &row.cells {
                    let to = (at + cell.span).min(widths.len());
                    let width = widths[at.min(to)..to].iter().sum();
                    at = to;
                    xml.element("w:tc", &[], |xml| {
                        xml.element("w:tcPr", &[], |xml| {
                            xml.empty("w:tcW", &wide(width))?;
                            if cell.span > 1 {
                                xml.empty("w:gridSpan", &value(cell.span))?;
                            }
                            if let Some(fill) = cell.fill {
                                let shade = [
                                    ("w:val", "clear".to_owned()),
                                    ("w:color", "auto".to_owned()),
                                    ("w:fill", fill.to_owned()),
                                ];
                                xml.empty("w:shd", &shade)?;
                            }
                            Ok(())
                        })?;
                        lines(xml, cell)
                    })?;
                }
                Ok(())
            })?;
        }
        Ok(())
    })?;
    // Two tables with nothing between them would become one.
    paragraph(xml, "Normal", "")
}

/// A cell's text, one paragraph a line; a cell without a paragraph makes a broken file.
fn lines(xml: &mut Xml, cell: &Cell) -> io::Result<()> {
    let text = plain(&cell.text);
    for line in text.split('\n') {
        xml.element("w:p", &[], |xml| {
            xml.element("w:pPr", &[], |xml| xml.empty("w:jc", &value(cell.side.name())))?;
            xml.element("w:r", &[], |xml| {
                if cell.bold {
                    xml.element("w:rPr", &[], |xml| xml.empty("w:b", &[]))?;
                }
                run(xml, line)
            })
        })?;
    }
    Ok(())
}

/// A paragraph in a style of `styles.xml`.
pub(super) fn paragraph(xml: &mut Xml, style: &str, text: &str) -> io::Result<()> {
    xml.element("w:p", &[], |xml| {
        xml.element("w:pPr", &[], |xml| xml.empty("w:pStyle", &value(style)))?;
        xml.element("w:r", &[], |xml| {
            let text = plain(text);
            for (index, line) in text.split('\n').enumerate() {
                if index > 0 {
                    xml.empty("w:br", &[])?;
                }
                run(xml, line)?;
            }
            Ok(())
        })
    })
}

fn run(xml: &mut Xml, line: &str) -> io::Result<()> {
    xml.text("w:t", &[("xml:space", "preserve".to_owned())], line)
}

/// The paper, and what stands above and below every page.
fn section(xml: &mut Xml) -> io::Result<()> {
    let on_every_page = |id: &str| [("w:type", "default".to_owned()), ("r:id", id.to_owned())];
    xml.element("w:sectPr", &[], |xml| {
        xml.empty("w:headerReference", &on_every_page("rId2"))?;
        xml.empty("w:footerReference", &on_every_page("rId3"))?;
        let paper = [
            ("w:w", PAGE.0.to_string()),
            ("w:h", PAGE.1.to_string()),
            ("w:orient", "landscape".to_owned()),
        ];
        xml.empty("w:pgSz", &paper)?;
        let margins: Vec<_> = ["w:top", "w:right", "w:bottom", "w:left"]
            .into_iter()
            .map(|side| (side, MARGIN.to_string()))
            .chain([
                ("w:header", "400".to_owned()),
                ("w:footer", "400".to_owned()),
                ("w:gutter", "0".to_owned()),
            ])
            .collect();
        xml.empty("w:pgMar", &margins)
    })
}
