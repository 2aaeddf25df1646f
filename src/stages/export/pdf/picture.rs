use lopdf::{Document, Object, ObjectId, Stream, dictionary};

use super::matrix::{PageFrame, ToPage};
use super::{save, stream, text_content};
use crate::domain::{PageReading, Rotation};
use crate::stages::export::{ExportError, Scan, glyphless};

/// A PDF around the pictures of the pages, for what was no PDF.
pub(super) fn build(scan: &Scan) -> Result<Vec<u8>, ExportError> {
    let mut document = Document::with_version("1.7");
    let font = glyphless::add(&mut document);
    let pages = document.new_object_id();
    let mut kids: Vec<Object> = Vec::new();
    for reading in scan.readings {
        kids.push(page(&mut document, pages, font, scan, reading)?.into());
    }
    tree(&mut document, pages, kids);
    let catalog = document.add_object(dictionary! { "Type" => "Catalog", "Pages" => pages });
    document.trailer.set("Root", catalog);
    save(&mut document)
}

/// The root of the pages.
pub(super) fn tree(document: &mut Document, id: ObjectId, kids: Vec<Object>) {
    let count = kids.len() as i64;
    document.objects.insert(
        id,
        dictionary! { "Type" => "Pages", "Kids" => kids, "Count" => count }.into(),
    );
}

/// A page around its upright picture.
pub(super) fn page(
    document: &mut Document,
    tree: ObjectId,
    font: ObjectId,
    scan: &Scan,
    reading: &PageReading,
) -> Result<ObjectId, ExportError> {
    let missing = || ExportError::NoPicture { page: reading.page };
    let jpeg = (scan.picture)(reading.page).ok_or_else(missing)?;
    let (width, height, space) = jpeg_facts(&jpeg).ok_or_else(missing)?;
    let image = document.add_object(Stream::new(
        dictionary! {
            "Type" => "XObject",
            "Subtype" => "Image",
            "Width" => i64::from(width),
            "Height" => i64::from(height),
            "ColorSpace" => space,
            "BitsPerComponent" => 8,
            "Filter" => "DCTDecode",
        },
        jpeg,
    ));
    let points = |pixels: u32| f64::from(pixels) / f64::from(reading.dpi.max(1)) * 72.0;
    let (wide, high) = (points(reading.width), points(reading.height));
    let frame = PageFrame::plain(wide, high);
    // The picture is upright already.
    let upright = PageReading {
        rotation: Rotation::None,
        ..reading.clone()
    };
    let text = text_content(&upright, &ToPage::new(&upright, &frame));
    let content = format!("q {wide:.4} 0 0 {high:.4} 0 0 cm /Page Do Q\n{text}");
    let content = document.add_object(stream(content.into_bytes()));
    Ok(document.add_object(dictionary! {
        "Type" => "Page",
        "Parent" => tree,
        "MediaBox" => frame.media_box(),
        "Resources" => dictionary! {
            "XObject" => dictionary! { "Page" => image },
            "Font" => dictionary! { glyphless::NAME => font },
        },
        "Contents" => content,
    }))
}

/// Width, height and colour space from the frame header (ITU-T T.81, B.2.2).
fn jpeg_facts(jpeg: &[u8]) -> Option<(u16, u16, &'static str)> {
    let mut rest = jpeg.strip_prefix(&[0xff, 0xd8])?;
    while let [0xff, marker, high, low, ..] = rest {
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        // SOF0 to SOF15, without the tables DHT, JPG and DAC that stand among them.
        if (0xc0..=0xcf).contains(marker) && !matches!(marker, 0xc4 | 0xc8 | 0xcc) {
            let [h0, h1, w0, w1, components] = *rest.get(5..)?.first_chunk()?;
            let space = match components {
                1 => "DeviceGray",
                3 => "DeviceRGB",
                4 => "DeviceCMYK",
                _ => return None,
            };
            return Some((u16::from_be_bytes([w0, w1]), u16::from_be_bytes([h0, h1]), space));
        }
        rest = rest.get(2 + length..)?;
    }
    None
}
