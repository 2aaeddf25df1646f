//! Files that a door must turn away, made here so that each says what is wrong with it.

use lopdf::{Document, EncryptionState, EncryptionVersion, Object, Permissions, Stream, dictionary};

/// A PDF of `pages` empty A4 pages.
pub fn blank_pdf(pages: usize) -> Vec<u8> {
    pdf_of(&vec![(595, 842); pages])
}

/// A PDF of empty pages of these sizes in points.
pub fn pdf_of(sizes: &[(i64, i64)]) -> Vec<u8> {
    let mut pdf = Document::with_version("1.5");
    let root = pdf.new_object_id();
    let kids: Vec<Object> = sizes
        .iter()
        .map(|(width, height)| {
            let page = dictionary! {
                "Type" => "Page", "Parent" => root,
                "MediaBox" => vec![0.into(), 0.into(), (*width).into(), (*height).into()],
            };
            pdf.add_object(page).into()
        })
        .collect();
    finish(pdf, root, kids)
}

/// A PDF whose pages are white pictures of these sides in pixels, an inch for 300 of them.
pub fn pdf_of_pictures(sides: &[u32]) -> Vec<u8> {
    let mut pdf = Document::with_version("1.5");
    let root = pdf.new_object_id();
    let mut kids: Vec<Object> = Vec::new();
    for side in sides {
        let mut picture = Stream::new(
            dictionary! {
                "Type" => "XObject", "Subtype" => "Image", "Width" => i64::from(*side), "Height" => i64::from(*side),
                "ColorSpace" => "DeviceRGB", "BitsPerComponent" => 8,
            },
            vec![0xff; 3 * (*side as usize).pow(2)],
        );
        picture.compress().unwrap();
        let picture = pdf.add_object(picture);
        let points = i64::from(*side) * 72 / 300;
        let draw = format!("q {points} 0 0 {points} 0 0 cm /P Do Q");
        let content = pdf.add_object(Stream::new(dictionary! {}, draw.into_bytes()));
        let page = dictionary! {
            "Type" => "Page", "Parent" => root, "Contents" => content,
            "Resources" => dictionary! { "XObject" => dictionary! { "P" => picture } },
            "MediaBox" => vec![0.into(), 0.into(), points.into(), points.into()],
        };
        kids.push(pdf.add_object(page).into());
    }
    finish(pdf, root, kids)
}

fn finish(mut pdf: Document, root: lopdf::ObjectId, kids: Vec<Object>) -> Vec<u8> {
    let count = i64::try_from(kids.len()).unwrap();
    pdf.objects.insert(
        root,
        dictionary! { "Type" => "Pages", "Kids" => kids, "Count" => count }.into(),
    );
    let catalog = pdf.add_object(dictionary! { "Type" => "Catalog", "Pages" => root });
    pdf.trailer.set("Root", catalog);
    bytes_of(pdf)
}

/// The same PDF behind a password.
pub fn locked(pdf: &[u8]) -> Vec<u8> {
    let mut pdf = Document::load_mem(pdf).unwrap();
    let id = Object::string_literal("an id");
    pdf.trailer.set("ID", vec![id.clone(), id]);
    let version = EncryptionVersion::V2 {
        document: &pdf,
        owner_password: "chủ",
        user_password: "mật khẩu",
        key_length: 128,
        permissions: Permissions::all(),
    };
    let state = EncryptionState::try_from(version).unwrap();
    pdf.encrypt(&state).unwrap();
    bytes_of(pdf)
}

fn bytes_of(mut pdf: Document) -> Vec<u8> {
    let mut bytes = Vec::new();
    pdf.save_to(&mut bytes).unwrap();
    bytes
}

/// A PNG that says it is `side` pixels wide and high, and holds next to nothing.
pub fn boastful_png(side: u32) -> Vec<u8> {
    let mut header = b"IHDR".to_vec();
    header.extend(side.to_be_bytes());
    header.extend(side.to_be_bytes());
    header.extend([8, 2, 0, 0, 0]);
    // The first bytes of a zlib stream, and no more of it.
    let picture = b"IDAT\x78\x9c\xed\xc1".to_vec();
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    for chunk in [header, picture, b"IEND".to_vec()] {
        png.extend(u32::try_from(chunk.len() - 4).unwrap().to_be_bytes());
        png.extend(&chunk);
        png.extend(crc32(&chunk).to_be_bytes());
    }
    png
}

/// The check sum of PNG chunks (PNG specification, annex D).
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            if crc & 1 == 1 {
                0xedb8_8320 ^ (crc >> 1)
            } else {
                crc >> 1
            }
        })
    })
}
