//! PAGE XML (PRImA, <http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15>): a file holds one page, so a
//! document is an archive with `0001.xml`, `0002.xml` and so on, each beside the picture that its boxes are in.

use std::io::{self, Cursor, Write};

use quick_xml::events::{BytesDecl, Event};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::other_readings;
use crate::domain::{Block, Cell, Document, Grid, InkKind, Line, PageReading, PixelBox, Word};
use crate::stages::export::Scan;
use crate::stages::export::xml::Xml;

const NAMESPACE: &str = "http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15";

/// The format asks for a moment. The same bytes give the same result, so it is not that of the writing.
const NO_MOMENT: &str = "1970-01-01T00:00:00Z";

/// A ZIP archive with a file a page.
pub fn write(document: &Document, scan: &Scan) -> io::Result<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for reading in scan.readings {
        let stem = format!("{:04}", reading.page.get());
        zip.start_file(format!("{stem}.xml"), SimpleFileOptions::default())?;
        zip.write_all(&page(document, reading, &stem)?)?;
        if let Some(picture) = (scan.picture)(reading.page) {
            // A JPEG does not get smaller.
            let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
            zip.start_file(format!("{stem}.jpg"), stored)?;
            zip.write_all(&picture)?;
        }
    }
    Ok(zip.finish()?.into_inner())
}

/// One page's words with their places, in pixels of the upright page.
fn page(document: &Document, reading: &PageReading, stem: &str) -> io::Result<Vec<u8>> {
    let mut xml = Xml::new();
    xml.event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let root = [
        ("xmlns", NAMESPACE.to_owned()),
        (
            "xmlns:xsi",
            "http://www.w3.org/2001/XMLSchema-instance".to_owned(),
        ),
        (
            "xsi:schemaLocation",
            format!("{NAMESPACE} {NAMESPACE}/pagecontent.xsd"),
        ),
    ];
    let about = [
        ("imageFilename", format!("{stem}.jpg")),
        ("imageWidth", reading.width.to_string()),
        ("imageHeight", reading.height.to_string()),
        ("imageXResolution", reading.dpi.to_string()),
        ("imageYResolution", reading.dpi.to_string()),
        ("imageResolutionUnit", "PPI".to_owned()),
        ("primaryLanguage", "Vietnamese".to_owned()),
    ];
    xml.element("PcGts", &root, |xml| {
        metadata(xml, document)?;
        xml.element("Page", &about, |xml| {
            reading_order(xml, reading)?;
            for (index, block) in reading.blocks.iter().enumerate() {
                let id = region(index);
                match block {
                    Block::Line(own) => text_region(xml, &id, &own.bbox, None, std::slice::from_ref(own))?,
                    Block::Grid(grid) => table(xml, &id, grid)?,
                }
            }
            for (index, ink) in reading.other_ink.iter().enumerate() {
                let attributes = |id: &str| [("id", format!("{id}{index}"))];
                match ink.kind {
                    InkKind::Stamp => {
                        let [id] = attributes("stamp");
                        let attributes = [id, ("type", "stamp".to_owned())];
                        xml.element("GraphicRegion", &attributes, |xml| coords(xml, &ink.bbox))?;
                    }
                    InkKind::Unread => {
                        xml.element("UnknownRegion", &attributes("ink"), |xml| coords(xml, &ink.bbox))?;
                    }
                    InkKind::Running => {}
                }
            }
            Ok(())
        })
    })?;
    Ok(xml.finish())
}

fn metadata(xml: &mut Xml, document: &Document) -> io::Result<()> {
    xml.element("Metadata", &[], |xml| {
        xml.text("Creator", &[], &format!("sohoa {}", document.pipeline.version))?;
        xml.text("Created", &[], NO_MOMENT)?;
        xml.text("LastChange", &[], NO_MOMENT)?;
        let facts = [
            ("other", "source", &document.source.file),
            ("other", "sha256", &document.source.sha256),
            ("processingStep", "readers", &document.pipeline.readers.join(", ")),
        ];
        for (kind, name, value) in facts {
            let attributes = [
                ("type", kind.to_owned()),
                ("name", name.to_owned()),
                ("value", value.clone()),
            ];
            xml.empty("MetadataItem", &attributes)?;
        }
        Ok(())
    })
}

fn region(index: usize) -> String {
    format!("r{index}")
}

fn reading_order(xml: &mut Xml, reading: &PageReading) -> io::Result<()> {
    // The schema has no empty order.
    if reading.blocks.is_empty() {
        return Ok(());
    }
    xml.element("ReadingOrder", &[], |xml| {
        xml.element("OrderedGroup", &[("id", "order".to_owned())], |xml| {
            (0..reading.blocks.len()).try_for_each(|index| {
                let attributes = [("index", index.to_string()), ("regionRef", region(index))];
                xml.empty("RegionRefIndexed", &attributes)
            })
        })
    })
}

fn table(xml: &mut Xml, id: &str, grid: &Grid) -> io::Result<()> {
    let attributes = [
        ("id", id.to_owned()),
        ("rows", grid.rows.to_string()),
        ("columns", grid.columns.to_string()),
    ];
    xml.element("TableRegion", &attributes, |xml| {
        coords(xml, &grid.bbox)?;
        for (index, cell) in grid.cells.iter().enumerate() {
            text_region(xml, &format!("{id}c{index}"), &cell.bbox, Some(cell), &cell.lines)?;
        }
        Ok(())
    })
}

/// A paragraph, or a cell of a table.
fn text_region(
    xml: &mut Xml,
    id: &str,
    bbox: &PixelBox,
    cell: Option<&Cell>,
    lines: &[Line],
) -> io::Result<()> {
    xml.element("TextRegion", &[("id", id.to_owned())], |xml| {
        coords(xml, bbox)?;
        if let Some(cell) = cell {
            let place = [
                ("rowIndex", cell.row.to_string()),
                ("columnIndex", cell.column.to_string()),
                ("rowSpan", cell.row_span.to_string()),
                ("colSpan", cell.column_span.to_string()),
            ];
            xml.element("Roles", &[], |xml| xml.empty("TableCellRole", &place))?;
        }
        let lines: Vec<&Line> = lines.iter().filter(|line| !line.words.is_empty()).collect();
        for (index, line) in lines.iter().enumerate() {
            text_line(xml, &format!("{id}l{index}"), line)?;
        }
        let text: Vec<String> = lines.iter().map(|line| line.text()).collect();
        equivalent(xml, &[], &text.join("\n"))
    })
}

fn text_line(xml: &mut Xml, id: &str, line: &Line) -> io::Result<()> {
    xml.element("TextLine", &[("id", id.to_owned())], |xml| {
        coords(xml, &line.bbox)?;
        for (index, word) in line.words.iter().enumerate() {
            self::word(xml, &format!("{id}w{index}"), word)?;
        }
        equivalent(xml, &[], &line.text())
    })
}

fn word(xml: &mut Xml, id: &str, word: &Word) -> io::Result<()> {
    xml.element("Word", &[("id", id.to_owned())], |xml| {
        coords(xml, &word.bbox)?;
        let sure = [
            ("index", "0".to_owned()),
            ("conf", format!("{:.4}", word.certainty.get())),
        ];
        equivalent(xml, &sure, &word.text)?;
        for (index, other) in other_readings(word).into_iter().enumerate() {
            equivalent(xml, &[("index", (index + 1).to_string())], other)?;
        }
        Ok(())
    })
}

fn equivalent(xml: &mut Xml, attributes: &[(&str, String)], text: &str) -> io::Result<()> {
    xml.element("TextEquiv", attributes, |xml| xml.text("Unicode", &[], text))
}

/// The corners, clockwise; the format knows no negative numbers.
fn coords(xml: &mut Xml, b: &PixelBox) -> io::Result<()> {
    let [x0, y0, x1, y1] = b.corners().map(|n| n.max(0));
    let points = format!("{x0},{y0} {x1},{y0} {x1},{y1} {x0},{y1}");
    xml.empty("Coords", &[("points", points)])
}
