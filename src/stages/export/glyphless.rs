//! A font whose glyphs have a size but no surface: text in it can be found and copied, but not seen.

use lopdf::{Dictionary, Document, Object, ObjectId, Stream, dictionary};

/// Width of every glyph in thousandths of the font's size.
pub(super) const WIDTH: f32 = 500.0;

const UNITS: u16 = 1000;

/// Adds the font to `document`: two-byte codes are UTF-16 units of the Basic Multilingual Plane.
pub(super) fn add(document: &mut Document) -> ObjectId {
    let mut file = Stream::new(dictionary! {}, truetype());
    let length = file.content.len() as i64;
    file.dict.set("Length1", length);
    let file = document.add_object(compressed(file));
    // Every code is glyph 1.
    let glyphs = document.add_object(compressed(Stream::new(dictionary! {}, [0u8, 1].repeat(0x1_0000))));
    let unicode = document.add_object(compressed(Stream::new(dictionary! {}, to_unicode().into_bytes())));
    let descriptor = document.add_object(dictionary! {
        "Type" => "FontDescriptor",
        "FontName" => "GlyphLess",
        // Fixed pitch, symbolic.
        "Flags" => 5,
        "FontBBox" => vec![0.into(), 0.into(), i64::from(UNITS / 2).into(), i64::from(UNITS).into()],
        "ItalicAngle" => 0,
        "Ascent" => i64::from(UNITS),
        // Poppler takes 0 for a font that does not say.
        "Descent" => -1,
        "CapHeight" => i64::from(UNITS),
        "StemV" => 80,
        "FontFile2" => file,
    });
    let descendant = document.add_object(dictionary! {
        "Type" => "Font",
        "Subtype" => "CIDFontType2",
        "BaseFont" => "GlyphLess",
        "CIDSystemInfo" => dictionary! {
            "Registry" => Object::string_literal("Adobe"),
            "Ordering" => Object::string_literal("Identity"),
            "Supplement" => 0,
        },
        "FontDescriptor" => descriptor,
        "DW" => WIDTH as i64,
        "CIDToGIDMap" => glyphs,
    });
    document.add_object(dictionary! {
        "Type" => "Font",
        "Subtype" => "Type0",
        "BaseFont" => "GlyphLess",
        "Encoding" => "Identity-H",
        "DescendantFonts" => vec![descendant.into()],
        "ToUnicode" => unicode,
    })
}

/// Compression that fails leaves the stream as it is, which is as good.
fn compressed(mut stream: Stream) -> Stream {
    let _ = stream.compress();
    stream
}

/// Every code stands for itself; a range may not leave its first byte (Adobe technical note 5411).
fn to_unicode() -> String {
    let mut text = String::from(
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n\
         /CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n\
         /CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n\
         1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n",
    );
    // Surrogates are no characters, and PDF/A does without 0, FEFF and FFFE (ISO 19005-2, 6.2.11.7.2).
    let rows: Vec<(u16, u16)> = (0..=0xff)
        .filter(|row| !(0xd8..=0xdf).contains(row))
        .map(|row: u16| {
            let (first, last) = (row << 8, (row << 8) | 0xff);
            match row {
                0x00 => (1, last),
                0xfe => (first, 0xfefe),
                0xff => (first, 0xfffd),
                _ => (first, last),
            }
        })
        .collect();
    for block in rows.chunks(100) {
        text.push_str(&format!("{} beginbfrange\n", block.len()));
        for (first, last) in block {
            text.push_str(&format!("<{first:04X}> <{last:04X}> <{first:04X}>\n"));
        }
        text.push_str("endbfrange\n");
    }
    text.push_str("endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n");
    text
}

/// A TrueType file with an empty glyph and one that is a mere line from corner to corner (programs skip text
/// whose glyphs have no extent), and the tables that PDF asks for (ISO 32000-1, 9.9).
fn truetype() -> Vec<u8> {
    let be = |values: &[u16]| values.iter().flat_map(|v| v.to_be_bytes()).collect::<Vec<u8>>();
    // Version 1.0, revision, adjustment (set below), magic number, flags, units, two dates, box, style,
    // smallest size, direction, short offsets, format.
    let mut head = be(&[1, 0, 1, 0, 0, 0, 0x5f0f, 0x3cf5, 0, UNITS]);
    head.extend([0; 16]);
    head.extend(be(&[0, 0, UNITS / 2, UNITS, 0, 8, 2, 0, 0]));
    // Version, ascent, descent, gap, widest, bearings and extent, caret, reserved, format, one width.
    let hhea = be(&[1, 0, UNITS, 0, 0, UNITS / 2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1]);
    let hmtx = be(&[UNITS / 2, 0, 0]);
    // Version, two glyphs, at most two points in one contour, two zones.
    let maxp = be(&[1, 0, 2, 2, 1, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0]);
    // One contour, its box, its last point, no instructions, two points on the curve, their steps.
    let glyf = be(&[1, 0, 0, UNITS / 2, UNITS, 1, 0, 0x0101, 0, UNITS / 2, 0, UNITS]);
    // In pairs of bytes: the first glyph is empty, the second is the rest.
    let loca = be(&[0, 0, glyf.len() as u16 / 2]);
    let tables: [(&[u8; 4], Vec<u8>); 6] = [
        (b"glyf", glyf),
        (b"head", head),
        (b"hhea", hhea),
        (b"hmtx", hmtx),
        (b"loca", loca),
        (b"maxp", maxp),
    ];
    let count = tables.len() as u16;
    // Search range for six tables: 4 x 16, log2 4, the rest.
    let mut file = be(&[1, 0, count, 64, 2, count * 16 - 64]);
    let mut body: Vec<u8> = Vec::new();
    let start = file.len() + tables.len() * 16;
    let mut head_at = 0;
    for (tag, table) in &tables {
        let offset = (start + body.len()) as u32;
        if *tag == b"head" {
            head_at = offset as usize;
        }
        file.extend_from_slice(*tag);
        file.extend(checksum(table).to_be_bytes());
        file.extend(offset.to_be_bytes());
        file.extend((table.len() as u32).to_be_bytes());
        body.extend(table);
        body.resize(body.len().next_multiple_of(4), 0);
    }
    file.extend(body);
    let adjustment = 0xb1b0_afba_u32.wrapping_sub(checksum(&file));
    file[head_at + 8..head_at + 12].copy_from_slice(&adjustment.to_be_bytes());
    file
}

fn checksum(bytes: &[u8]) -> u32 {
    bytes.chunks(4).fold(0u32, |sum, chunk| {
        let mut word = [0; 4];
        word[..chunk.len()].copy_from_slice(chunk);
        sum.wrapping_add(u32::from_be_bytes(word))
    })
}

/// The name of the font in a page's resources; no program writes it by chance.
pub(super) const NAME: &str = "SohoaGlyphLess";

/// `resources` with the font in it.
pub(super) fn into_resources(document: &Document, mut resources: Dictionary, font: ObjectId) -> Dictionary {
    let mut fonts = match resources
        .get(b"Font")
        .and_then(|fonts| document.dereference(fonts))
    {
        Ok((_, Object::Dictionary(fonts))) => fonts.clone(),
        _ => Dictionary::new(),
    };
    fonts.set(NAME, font);
    resources.set("Font", fonts);
    resources
}
