//! PDF/A-2u (ISO 19005-2): the scan with its words under it, in a file of its own that needs nothing from outside and
//! stays readable. It is built anew, so that nothing of the given file that the standard forbids can come along: a page
//! that consists of one ordinary picture keeps that very picture, every other becomes its upright picture.

use std::io;

use lopdf::{Document, Object, ObjectId, Stream, StringFormat, dictionary};
use moxcms::ColorProfile;

use super::matrix::{PageFrame, ToPage};
use super::{carried, open, picture, save, stream, text_content};
use crate::domain::{self, PageReading};
use crate::stages::export::plain::plain;
use crate::stages::export::xml::Xml;
use crate::stages::export::{ExportError, Scan, glyphless};

/// A page that could not be read at all, so that those after it keep their numbers: A4, in points.
const NO_PAGE: (f64, f64) = (595.0, 842.0);

/// The PDF/A-2u of a document.
pub(in crate::stages::export) fn write(
    document: &domain::Document,
    scan: &Scan,
) -> Result<Vec<u8>, ExportError> {
    let source = open(scan.original);
    let mut pdf = Document::with_version("1.7");
    let font = glyphless::add(&mut pdf);
    let tree = pdf.new_object_id();
    let mut kids: Vec<Object> = Vec::new();
    for summary in &document.pages {
        let reading = scan.readings.iter().find(|reading| reading.page == summary.page);
        let own = source
            .as_ref()
            .and_then(|source| Some((source, *source.get_pages().get(&summary.page.get())?)));
        let kept = own.and_then(|(source, page)| {
            let carried = carried::picture(source, page, &mut pdf)?;
            Some((PageFrame::of(source, page), carried))
        });
        let page = match (kept, reading) {
            (Some((frame, carried)), reading) => own_page(&mut pdf, tree, font, &frame, &carried, reading),
            (None, Some(reading)) => picture::page(&mut pdf, tree, font, scan, reading)?,
            (None, None) => pdf.add_object(dictionary! {
                "Type" => "Page",
                "Parent" => tree,
                "MediaBox" => PageFrame::plain(NO_PAGE.0, NO_PAGE.1).media_box(),
                "Resources" => dictionary! {},
            }),
        };
        kids.push(page.into());
    }
    picture::tree(&mut pdf, tree, kids);
    let colours = colours(&mut pdf)?;
    let metadata = pdf.add_object(Stream::new(
        dictionary! { "Type" => "Metadata", "Subtype" => "XML" },
        metadata(document)?,
    ));
    let catalog = pdf.add_object(dictionary! {
        "Type" => "Catalog",
        "Pages" => tree,
        "Metadata" => metadata,
        "OutputIntents" => vec![colours],
        "Lang" => Object::string_literal("vi-VN"),
        "ViewerPreferences" => dictionary! { "DisplayDocTitle" => true },
    });
    pdf.trailer.set("Root", catalog);
    // Of the given bytes alone, so that the same bytes give the same file.
    let id = document.source.sha256.as_bytes();
    let id = Object::String(id[..id.len().min(32)].to_vec(), StringFormat::Literal);
    pdf.trailer.set("ID", vec![id.clone(), id]);
    save(&mut pdf)
}

/// A page around the picture that it has in the given file.
fn own_page(
    pdf: &mut Document,
    tree: ObjectId,
    font: ObjectId,
    frame: &PageFrame,
    carried: &carried::Carried,
    reading: Option<&PageReading>,
) -> ObjectId {
    let text = reading.map_or(String::new(), |reading| {
        text_content(reading, &ToPage::new(reading, frame))
    });
    let matrix: Vec<String> = carried.matrix.iter().map(|n| format!("{n:.4}")).collect();
    let content = format!("q {} cm /Page Do Q\n{text}", matrix.join(" "));
    let content = pdf.add_object(stream(content.into_bytes()));
    pdf.add_object(dictionary! {
        "Type" => "Page",
        "Parent" => tree,
        "MediaBox" => frame.media_box(),
        "Rotate" => frame.rotation(),
        "Resources" => dictionary! {
            "XObject" => dictionary! { "Page" => carried.image },
            "Font" => dictionary! { glyphless::NAME => font },
        },
        "Contents" => content,
    })
}

/// What the device's red, green and blue are meant to be.
fn colours(pdf: &mut Document) -> Result<Object, ExportError> {
    const SRGB: &str = "sRGB IEC61966-2.1";
    let mut profile = ColorProfile::new_srgb();
    // It came with a version of the profile format that is younger than the standard.
    profile.cicp = None;
    let profile = profile
        .encode()
        .map_err(|e| ExportError::Xml(io::Error::other(format!("sRGB profile: {e:?}"))))?;
    let mut profile = Stream::new(dictionary! { "N" => 3 }, profile);
    let _ = profile.compress();
    let profile = pdf.add_object(profile);
    Ok(dictionary! {
        "Type" => "OutputIntent",
        "S" => "GTS_PDFA1",
        "OutputConditionIdentifier" => Object::string_literal(SRGB),
        "Info" => Object::string_literal(SRGB),
        "DestOutputProfile" => profile,
    }
    .into())
}

/// What the file says of itself (XMP, ISO 16684-1), with the claim to conform.
fn metadata(document: &domain::Document) -> io::Result<Vec<u8>> {
    let title = document.metadata.title.as_ref().unwrap_or(&document.source.file);
    let namespaces = [
        ("rdf:about", ""),
        ("xmlns:dc", "http://purl.org/dc/elements/1.1/"),
        ("xmlns:xmp", "http://ns.adobe.com/xap/1.0/"),
        ("xmlns:pdfaid", "http://www.aiim.org/pdfa/ns/id/"),
    ]
    .map(|(name, value)| (name, value.to_owned()));
    let mut xml = Xml::new();
    let rdf = [(
        "xmlns:rdf",
        "http://www.w3.org/1999/02/22-rdf-syntax-ns#".to_owned(),
    )];
    xml.element("x:xmpmeta", &[("xmlns:x", "adobe:ns:meta/".to_owned())], |xml| {
        xml.element("rdf:RDF", &rdf, |xml| {
            xml.element("rdf:Description", &namespaces, |xml| {
                xml.text("pdfaid:part", &[], "2")?;
                xml.text("pdfaid:conformance", &[], "U")?;
                let creator = format!("sohoa {}", document.pipeline.version);
                xml.text("xmp:CreatorTool", &[], &creator)?;
                xml.text(
                    "dc:identifier",
                    &[],
                    &format!("sha256:{}", document.source.sha256),
                )?;
                xml.element("dc:language", &[], |xml| {
                    xml.element("rdf:Bag", &[], |xml| xml.text("rdf:li", &[], "vi"))
                })?;
                xml.element("dc:title", &[], |xml| {
                    xml.element("rdf:Alt", &[], |xml| {
                        let usual = [("xml:lang", "x-default".to_owned())];
                        xml.text("rdf:li", &usual, &plain(title))
                    })
                })
            })
        })
    })?;
    let begin = "<?xpacket begin=\"\u{feff}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n";
    Ok([begin.as_bytes(), &xml.finish(), b"<?xpacket end=\"w\"?>"].concat())
}
