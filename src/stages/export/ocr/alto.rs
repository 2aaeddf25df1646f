//! ALTO 4 (Library of Congress, <http://www.loc.gov/standards/alto/v4/>): one file, pages in order; a table is a
//! composed block with one text block a cell.

use std::io;

use super::other_readings;
use crate::domain::{Block, Document, InkKind, Line, PageReading, PixelBox, Rotation};
use crate::stages::export::xml::{Attributes, Xml};
use quick_xml::events::{BytesDecl, Event};

/// The words of `readings` with their places, in pixels of the upright page.
pub fn write(document: &Document, readings: &[PageReading]) -> io::Result<Vec<u8>> {
    let mut xml = Xml::new();
    xml.event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let root = [
        ("xmlns", "http://www.loc.gov/standards/alto/ns-v4#".to_owned()),
        (
            "xmlns:xsi",
            "http://www.w3.org/2001/XMLSchema-instance".to_owned(),
        ),
        (
            "xsi:schemaLocation",
            "http://www.loc.gov/standards/alto/ns-v4# http://www.loc.gov/standards/alto/v4/alto-4-3.xsd"
                .to_owned(),
        ),
    ];
    xml.element("alto", &root, |xml| {
        description(xml, document)?;
        xml.element("Layout", &[], |xml| {
            readings.iter().try_for_each(|reading| page(xml, reading))
        })
    })?;
    Ok(xml.finish())
}

fn description(xml: &mut Xml, document: &Document) -> io::Result<()> {
    xml.element("Description", &[], |xml| {
        xml.text("MeasurementUnit", &[], "pixel")?;
        xml.element("sourceImageInformation", &[], |xml| {
            xml.text("fileName", &[], &document.source.file)?;
            let digest = [("fileIdentifierLocation", "sha256".to_owned())];
            xml.text("fileIdentifier", &digest, &document.source.sha256)
        })?;
        xml.element("Processing", &[("ID", "PROCESSING".to_owned())], |xml| {
            xml.text(
                "processingStepDescription",
                &[],
                &document.pipeline.readers.join(", "),
            )?;
            xml.element("processingSoftware", &[], |xml| {
                xml.text("softwareName", &[], "sohoa")?;
                xml.text("softwareVersion", &[], &document.pipeline.version)
            })
        })
    })
}

/// The ids of one page's elements.
struct Ids {
    page: u32,
    next: usize,
}

impl Ids {
    fn next(&mut self, kind: &str) -> String {
        self.next += 1;
        format!("{kind}_{}_{}", self.page, self.next)
    }
}

fn page(xml: &mut Xml, reading: &PageReading) -> io::Result<()> {
    let number = reading.page.get();
    let mut ids = Ids {
        page: number,
        next: 0,
    };
    let (width, height) = (reading.width.to_string(), reading.height.to_string());
    let mut attributes = vec![
        ("ID", format!("PAGE_{number}")),
        ("PHYSICAL_IMG_NR", number.to_string()),
        ("WIDTH", width.clone()),
        ("HEIGHT", height.clone()),
    ];
    if reading.rotation != Rotation::None {
        attributes.push(("ROTATION", reading.rotation.degrees().to_string()));
    }
    let space = [
        ("ID", ids.next("SPACE")),
        ("HPOS", "0".to_owned()),
        ("VPOS", "0".to_owned()),
        ("WIDTH", width),
        ("HEIGHT", height),
    ];
    xml.element("Page", &attributes, |xml| {
        xml.element("PrintSpace", &space, |xml| {
            for block in &reading.blocks {
                match block {
                    Block::Line(own) => text_block(xml, &mut ids, &own.bbox, std::slice::from_ref(own))?,
                    Block::Grid(grid) => {
                        let mut attributes = placed(ids.next("TABLE"), &grid.bbox);
                        attributes.push(("TYPE", "table".to_owned()));
                        xml.element("ComposedBlock", &attributes, |xml| {
                            let mut cells = grid.cells.iter();
                            cells.try_for_each(|cell| text_block(xml, &mut ids, &cell.bbox, &cell.lines))
                        })?;
                    }
                }
            }
            for ink in &reading.other_ink {
                let kind = match ink.kind {
                    InkKind::Stamp => "stamp",
                    InkKind::Running => continue,
                    InkKind::Unread => "unread_ink",
                };
                let mut attributes = placed(ids.next("INK"), &ink.bbox);
                attributes.push(("TYPE", kind.to_owned()));
                xml.empty("Illustration", &attributes)?;
            }
            Ok(())
        })
    })
}

fn text_block(xml: &mut Xml, ids: &mut Ids, bbox: &PixelBox, lines: &[Line]) -> io::Result<()> {
    let attributes = placed(ids.next("BLOCK"), bbox);
    xml.element("TextBlock", &attributes, |xml| {
        lines
            .iter()
            .filter(|l| !l.words.is_empty())
            .try_for_each(|l| line(xml, ids, l))
    })
}

fn line(xml: &mut Xml, ids: &mut Ids, line: &Line) -> io::Result<()> {
    let attributes = placed(ids.next("LINE"), &line.bbox);
    xml.element("TextLine", &attributes, |xml| {
        for (i, word) in line.words.iter().enumerate() {
            if i > 0 {
                xml.empty("SP", &[])?;
            }
            let mut attributes = placed(ids.next("WORD"), &word.bbox);
            attributes.push(("CONTENT", word.text.clone()));
            attributes.push(("WC", format!("{:.4}", word.certainty.get())));
            string(xml, &attributes, &other_readings(word))?;
        }
        Ok(())
    })
}

fn string(
    xml: &mut Xml,
    attributes: Attributes,
    others: &std::collections::BTreeSet<&str>,
) -> io::Result<()> {
    if others.is_empty() {
        return xml.empty("String", attributes);
    }
    xml.element("String", attributes, |xml| {
        others
            .iter()
            .try_for_each(|other| xml.text("ALTERNATIVE", &[], other))
    })
}

fn placed(id: String, b: &PixelBox) -> Vec<(&'static str, String)> {
    vec![
        ("ID", id),
        ("HPOS", b.x0.to_string()),
        ("VPOS", b.y0.to_string()),
        ("WIDTH", b.width().to_string()),
        ("HEIGHT", b.height().to_string()),
    ]
}
