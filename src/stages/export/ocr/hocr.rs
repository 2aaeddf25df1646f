//! hOCR 1.2 (<http://kba.github.io/hocr-spec/1.2/>): one page of HTML; a table is an `ocr_table` with one
//! `ocr_par` a cell.

use std::io;

use quick_xml::events::{BytesText, Event};

use super::corners;
use crate::domain::{Block, Document, Line, PageReading, PixelBox};
use crate::stages::export::xml::Xml;

/// The words of `readings` with their places, in pixels of the upright page.
pub fn write(document: &Document, readings: &[PageReading]) -> io::Result<Vec<u8>> {
    let mut xml = Xml::new();
    xml.event(Event::DocType(BytesText::new("html")))?;
    let root = [
        ("xmlns", "http://www.w3.org/1999/xhtml".to_owned()),
        ("lang", "vi".to_owned()),
    ];
    xml.element("html", &root, |xml| {
        xml.element("head", &[], |xml| {
            xml.text("title", &[], &document.source.file)?;
            xml.empty("meta", &[("charset", "utf-8".to_owned())])?;
            let meta = |name: &str, content: String| [("name", name.to_owned()), ("content", content)];
            let system = format!("sohoa {}", document.pipeline.version);
            xml.empty("meta", &meta("ocr-system", system))?;
            let classes = "ocr_page ocr_carea ocr_table ocr_par ocr_line ocrx_word";
            xml.empty("meta", &meta("ocr-capabilities", classes.to_owned()))
        })?;
        xml.element("body", &[], |xml| {
            readings
                .iter()
                .try_for_each(|reading| page(xml, &document.source.file, reading))
        })
    })?;
    Ok(xml.finish())
}

fn page(xml: &mut Xml, file: &str, reading: &PageReading) -> io::Result<()> {
    // The file's name inside a property is quoted: a quote in it would end the property.
    let title = format!(
        "image \"{}\"; bbox 0 0 {} {}; ppageno {}; scan_res {dpi} {dpi}",
        file.replace('"', "'"),
        reading.width,
        reading.height,
        reading.page.get() - 1,
        dpi = reading.dpi,
    );
    xml.element("div", &class("ocr_page", title), |xml| {
        for block in &reading.blocks {
            match block {
                Block::Line(own) => xml.element("div", &boxed("ocr_carea", &own.bbox), |xml| {
                    paragraph(xml, &own.bbox, std::slice::from_ref(own))
                })?,
                Block::Grid(grid) => xml.element("div", &boxed("ocr_table", &grid.bbox), |xml| {
                    let mut cells = grid.cells.iter();
                    cells.try_for_each(|cell| paragraph(xml, &cell.bbox, &cell.lines))
                })?,
            }
        }
        Ok(())
    })
}

fn paragraph(xml: &mut Xml, bbox: &PixelBox, lines: &[Line]) -> io::Result<()> {
    xml.element("p", &boxed("ocr_par", bbox), |xml| {
        for line in lines.iter().filter(|l| !l.words.is_empty()) {
            xml.element("span", &boxed("ocr_line", &line.bbox), |xml| {
                line.words.iter().try_for_each(|word| {
                    // Whole per cents, downwards: what is not sure must not look it.
                    let sure = (word.certainty.get() * 100.0) as u32;
                    let title = format!("bbox {}; x_wconf {sure}", corners(&word.bbox));
                    xml.text("span", &class("ocrx_word", title), &word.text)
                })
            })?;
        }
        Ok(())
    })
}

fn class(name: &str, title: String) -> [(&'static str, String); 2] {
    [("class", name.to_owned()), ("title", title)]
}

fn boxed(name: &str, bbox: &PixelBox) -> [(&'static str, String); 2] {
    class(name, format!("bbox {}", corners(bbox)))
}
