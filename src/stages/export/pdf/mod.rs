//! The scan with its words under it. Pages of a PDF stay as they are; only their text is added, and an OCR
//! layer that it replaces is taken out. Where there is no PDF to add to, one is built around the pictures.

pub(super) mod archive;

mod carried;
mod matrix;
mod picture;
mod strip;

use std::fmt::Write;

use lopdf::{Dictionary, Document, Object, ObjectId, Stream, dictionary};

use self::matrix::{PageFrame, ToPage};
use super::{ExportError, Scan, glyphless};
use crate::domain::{PageReading, Verdict};

/// More than this of contents on one page is no scan but a bomb.
const CONTENT_LIMIT: usize = 256 << 20;

/// The searchable PDF of a scan.
pub(super) fn write(scan: &Scan) -> Result<Vec<u8>, ExportError> {
    let mut document = match open(scan.original) {
        Some(document) => document,
        None => return picture::build(scan),
    };
    let font = glyphless::add(&mut document);
    let pages = document.get_pages();
    for reading in scan.readings {
        let Some(page) = pages.get(&reading.page.get()) else {
            continue;
        };
        if reading.verdict != Verdict::Trusted {
            add_text(&mut document, *page, reading, font)?;
        }
    }
    save(&mut document)
}

/// The original as a PDF that can be written again; `None` for pictures, and for PDFs that are protected or so
/// broken that only a forgiving reader gets through them.
fn open(original: &[u8]) -> Option<Document> {
    let head = &original[..original.len().min(1024)];
    if !head.windows(5).any(|w| w == b"%PDF-") {
        return None;
    }
    let document = Document::load_mem(original).ok()?;
    (!document.is_encrypted() && !document.was_encrypted() && !document.get_pages().is_empty())
        .then_some(document)
}

fn save(document: &mut Document) -> Result<Vec<u8>, ExportError> {
    let mut bytes = Vec::new();
    document.save_to(&mut bytes).map_err(lopdf::Error::from)?;
    Ok(bytes)
}

/// Adds a page's words; what its own text layer said wrongly is taken out or silenced.
fn add_text(
    document: &mut Document,
    page: ObjectId,
    reading: &PageReading,
    font: ObjectId,
) -> Result<(), ExportError> {
    let frame = PageFrame::of(document, page);
    let text = text_content(reading, &ToPage::new(reading, &frame));
    let resources = inherited(document, page, b"Resources")
        .and_then(|resources| resources.as_dict().ok().cloned())
        .unwrap_or_default();
    let before = own_contents(document, page, reading.verdict, &resources, frame.area());
    let after = document.add_object(stream(format!("\nQ\n{}{text}", before.closing).into_bytes()));
    let mut contents = vec![Object::Reference(before.opening)];
    contents.extend(before.own.into_iter().map(Object::Reference));
    contents.push(after.into());
    let resources = glyphless::into_resources(document, resources, font);
    let page = document.get_dictionary_mut(page)?;
    page.set("Contents", contents);
    page.set("Resources", resources);
    Ok(())
}

/// A page's own contents, made ready to stand before ours.
struct Own {
    opening: ObjectId,
    own: Vec<ObjectId>,
    /// Closes what `opening` opened, after the graphics state is back.
    closing: &'static str,
}

fn own_contents(
    document: &mut Document,
    page: ObjectId,
    verdict: Verdict,
    resources: &Dictionary,
    page_area: f64,
) -> Own {
    let own = document.get_page_contents(page);
    match verdict {
        // Letters that people see and programs misread stay seen; programs are told that they say nothing.
        Verdict::Damaged | Verdict::LegacyEncoding => {
            let opening = document.add_object(stream(b"/Span << /ActualText <FEFF> >> BDC q\n".to_vec()));
            Own {
                opening,
                own,
                closing: "EMC\n",
            }
        }
        _ => {
            let opening = document.add_object(stream(b"q\n".to_vec()));
            let stripped = document
                .get_page_content_with_limit(page, CONTENT_LIMIT)
                .ok()
                .and_then(|content| strip::hidden_text(document, &content, resources, page_area));
            let own = match stripped {
                Some(content) => vec![document.add_object(stream(content))],
                None => own,
            };
            Own {
                opening,
                own,
                closing: "",
            }
        }
    }
}

fn stream(content: Vec<u8>) -> Stream {
    let mut stream = Stream::new(dictionary! {}, content);
    let _ = stream.compress();
    stream
}

/// An attribute that a page may inherit from the nodes above it.
fn inherited<'a>(document: &'a Document, page: ObjectId, key: &[u8]) -> Option<&'a Object> {
    let mut node = document.get_dictionary(page).ok()?;
    // A tree of pages is never this deep; a loop is endless.
    for _ in 0..64 {
        if let Ok(value) = node.get(key) {
            return document.dereference(value).ok().map(|(_, value)| value);
        }
        node = document
            .get_dictionary(node.get(b"Parent").ok()?.as_reference().ok()?)
            .ok()?;
    }
    None
}

/// The words of a page as invisible text, each scaled to its box.
fn text_content(reading: &PageReading, to_page: &ToPage) -> String {
    let mut content = format!("BT\n3 Tr\n/{} 1 Tf\n", glyphless::NAME);
    for line in reading.lines() {
        for (index, word) in line.words.iter().enumerate() {
            let last = index + 1 == line.words.len();
            let mut codes: Vec<u16> = word.text.chars().map(code).collect();
            if codes.is_empty() || word.bbox.is_empty() {
                continue;
            }
            let glyphs = codes.len() as f64 * f64::from(glyphless::WIDTH) / 1000.0;
            let matrix = to_page.text_matrix(&word.bbox, glyphs);
            // A space lets a search find phrases.
            if !last {
                codes.push(u16::from(b' '));
            }
            let hex: String = codes.iter().map(|code| format!("{code:04X}")).collect();
            let numbers: Vec<String> = matrix.iter().map(|n| format!("{n:.4}")).collect();
            // Writing to a String cannot fail.
            let _ = writeln!(content, "{} Tm <{hex}> Tj", numbers.join(" "));
        }
    }
    content.push_str("ET\n");
    content
}

/// The font knows the Basic Multilingual Plane, in which every letter of Vietnamese is.
fn code(c: char) -> u16 {
    match u16::try_from(u32::from(c)) {
        // PDF/A has no word for the byte order mark (ISO 19005-2, 6.2.11.7.2).
        Ok(code) if !c.is_control() && c != '\u{feff}' => code,
        _ => 0xfffd,
    }
}
