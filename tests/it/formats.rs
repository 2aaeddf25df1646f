//! Files come in by what they are, are refused with a reason, and go out readable by other people's programs.

use std::collections::BTreeMap;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use image::{DynamicImage, GrayImage, ImageFormat, Luma};
use lopdf::{Document as Pdf, EncryptionState, EncryptionVersion, Object, Permissions, Stream, dictionary};
use sohoa::domain::{
    Block, Confidence, Document, Line, PageNo, PageReading, PixelBox, Reader, Rotation, Verdict,
    VerdictEvidence, Word,
};
use sohoa::stages::export::{self, Format, Scan};
use sohoa::stages::ingest::{self, IngestError, Limits, Opened, Origin, TextLayer};

fn pdfium() -> PathBuf {
    let folder = std::env::var_os("SOHOA_RUNTIME").map_or_else(|| PathBuf::from(".runtime"), PathBuf::from);
    let path = folder.join("libpdfium.so");
    assert!(path.exists(), "{} is missing: run `make setup`", path.display());
    path
}

fn open(bytes: Vec<u8>) -> Result<Opened, IngestError> {
    ingest::open(bytes, &Limits::default(), &pdfium())
}

fn scan(name: &str) -> Vec<u8> {
    std::fs::read(Path::new("fixtures/scans").join(name)).unwrap()
}

/// A PDF of empty pages.
fn empty_pdf(pages: usize, width: i64, height: i64) -> Pdf {
    let mut pdf = Pdf::with_version("1.7");
    let tree = pdf.new_object_id();
    let kids: Vec<Object> = (0..pages)
        .map(|_| {
            pdf.add_object(dictionary! { "Type" => "Page", "Parent" => tree })
                .into()
        })
        .collect();
    let media = vec![0.into(), 0.into(), width.into(), height.into()];
    let node =
        dictionary! { "Type" => "Pages", "Count" => kids.len() as i64, "Kids" => kids, "MediaBox" => media };
    pdf.objects.insert(tree, node.into());
    let catalog = pdf.add_object(dictionary! { "Type" => "Catalog", "Pages" => tree });
    pdf.trailer.set("Root", catalog);
    pdf
}

fn saved(mut pdf: Pdf) -> Vec<u8> {
    let mut bytes = Vec::new();
    pdf.save_to(&mut bytes).unwrap();
    bytes
}

fn encrypted_pdf() -> Vec<u8> {
    let mut pdf = empty_pdf(1, 595, 842);
    let id = Object::string_literal("0123456789abcdef");
    pdf.trailer.set("ID", vec![id.clone(), id]);
    let version = EncryptionVersion::V2 {
        document: &pdf,
        owner_password: "owner",
        user_password: "secret",
        key_length: 128,
        permissions: Permissions::all(),
    };
    let state = EncryptionState::try_from(version).unwrap();
    pdf.encrypt(&state).unwrap();
    saved(pdf)
}

fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// The header of a PNG that claims to be this large; there are no pixels.
fn png_of(width: u32, height: u32) -> Vec<u8> {
    let mut png = encoded(&DynamicImage::new_luma8(1, 1), ImageFormat::Png);
    png[16..20].copy_from_slice(&width.to_be_bytes());
    png[20..24].copy_from_slice(&height.to_be_bytes());
    let crc = png[12..29].iter().fold(!0u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg())
        })
    });
    png[29..33].copy_from_slice(&(!crc).to_be_bytes());
    png
}

/// An uncompressed gray TIFF, little-endian; each frame is (width, height, gray, dpi, thumbnail?).
fn tiff_of(frames: &[(u32, u32, u8, u32, u32)]) -> Vec<u8> {
    let mut bytes = b"II\x2a\0\0\0\0\0".to_vec();
    let mut link = 4;
    for &(width, height, gray, dpi, subfile) in frames {
        let pixels = bytes.len() as u32;
        bytes.extend(vec![gray; (width * height) as usize]);
        bytes.resize(bytes.len().next_multiple_of(2), 0);
        let density = bytes.len() as u32;
        bytes.extend([dpi.to_le_bytes(), 1u32.to_le_bytes()].concat());
        let at = bytes.len() as u32;
        bytes[link..link + 4].copy_from_slice(&at.to_le_bytes());
        let (short, long, rational) = (3u16, 4u16, 5u16);
        let entries = [
            (254u16, long, subfile),
            (256, long, width),
            (257, long, height),
            (258, short, 8),
            (259, short, 1),
            (262, short, 1),
            (273, long, pixels),
            (277, short, 1),
            (278, long, height),
            (279, long, width * height),
            (282, rational, density),
            (296, short, 2),
        ];
        bytes.extend((entries.len() as u16).to_le_bytes());
        for (tag, kind, value) in entries {
            bytes.extend([tag.to_le_bytes(), kind.to_le_bytes()].concat());
            bytes.extend([1u32.to_le_bytes(), value.to_le_bytes()].concat());
        }
        link = bytes.len();
        bytes.extend([0; 4]);
    }
    bytes
}

#[test]
fn each_bad_input_has_its_own_error() {
    let check = |bytes: Vec<u8>, code: &str| {
        let error = open(bytes)
            .err()
            .unwrap_or_else(|| panic!("let in, should be {code}"));
        assert_eq!(error.code(), code, "{error}");
        assert!(
            error.message_en().contains(". ") && error.message_vi().contains(". "),
            "{error}: no next step"
        );
    };
    check(Vec::new(), "empty_file");
    check(b"Xin ch\xc3\xa0o".to_vec(), "not_a_document");
    check(b"PK\x03\x04 is a Word file".to_vec(), "not_a_document");
    check(scan("an_giang_bang_3--serif.pdf")[..400].to_vec(), "broken_file");
    check(b"%PDF-1.7\nthis is none".to_vec(), "broken_file");
    check(encrypted_pdf(), "encrypted");
    check(saved(empty_pdf(0, 595, 842)), "no_pages");
    check(saved(empty_pdf(10_000, 595, 842)), "too_many_pages");
    check(saved(empty_pdf(1, 14_400, 14_400)), "page_too_large");
    check(png_of(60_000, 60_000), "page_too_large");
    check(png_of(60_000, 10), "page_too_large");
    check(b"\x89PNG\r\n\x1a\n".to_vec(), "broken_file");
    check(b"\xff\xd8\xff\xe0".to_vec(), "broken_file");
    check(tiff_of(&[(60_000, 1, 0, 300, 0)]), "page_too_large");
    check(b"II\x2a\0\xff\xff\xff\x00".to_vec(), "broken_file");
    check(b"II\x2a\0\0\0\0\0".to_vec(), "no_pages");
    let few = Limits {
        bytes: 100,
        ..Limits::default()
    };
    let error = ingest::open(scan("an_giang_bang_3--serif.pdf"), &few, &pdfium())
        .err()
        .unwrap();
    assert_eq!(error.code(), "too_many_bytes");
}

#[test]
fn a_tiff_whose_directories_form_a_loop_is_refused() {
    let mut looped = tiff_of(&[(10, 10, 0, 300, 0)]);
    let first = looped[4..8].to_vec();
    let end = looped.len();
    looped[end - 4..].copy_from_slice(&first);
    assert_eq!(open(looped).err().unwrap().code(), "broken_file");
}

#[test]
fn a_picture_cut_short_is_a_broken_page_not_a_crash() {
    let noise = DynamicImage::ImageLuma8(GrayImage::from_fn(200, 200, |x, y| {
        Luma([(x * 7 + y * 13) as u8])
    }));
    for format in [ImageFormat::Png, ImageFormat::Tiff] {
        let mut bytes = encoded(&noise, format);
        let whole = open(bytes.clone()).unwrap();
        assert!(whole.page_image(0).unwrap().is_some());
        if format == ImageFormat::Png {
            bytes.truncate(bytes.len() / 2);
            assert_eq!(
                open(bytes).unwrap().page_image(0).unwrap_err().code(),
                "broken_page"
            );
        }
        assert_eq!(whole.page_image(1).unwrap_err().code(), "no_such_page");
    }
}

#[test]
fn every_page_of_a_tiff_comes_with_its_own_size_and_density_and_no_thumbnail() {
    let tiff = tiff_of(&[(100, 50, 10, 300, 0), (8, 4, 99, 72, 1), (60, 80, 200, 200, 0)]);
    let opened = open(tiff).unwrap();
    assert_eq!(opened.pages, 2);
    let facts = |index: usize| {
        let page = opened.page_image(index).unwrap().unwrap();
        (
            page.pixels.width(),
            page.pixels.height(),
            page.pixels.to_luma8()[(0, 0)][0],
            page.dpi,
            page.origin,
        )
    };
    assert_eq!(facts(0), (100, 50, 10, Some(300), Origin::Scan));
    assert_eq!(facts(1), (60, 80, 200, Some(200), Origin::Scan));
    let (width, height) = opened.page_size(1).unwrap().unwrap();
    assert!((width - 21.6).abs() < 0.01 && (height - 28.8).abs() < 0.01);
    assert_eq!(opened.text_layer(1).unwrap(), TextLayer::default());
}

#[test]
fn a_photograph_is_turned_as_its_camera_says() {
    // Left half black; orientation 6 asks for a quarter turn clockwise: the top half becomes black.
    let photo = DynamicImage::ImageLuma8(GrayImage::from_fn(64, 32, |x, _| {
        Luma([if x < 32 { 0 } else { 255 }])
    }));
    let jpeg = encoded(&photo, ImageFormat::Jpeg);
    let exif = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
    let mut turned = jpeg[..2].to_vec();
    turned.extend([0xff, 0xe1]);
    turned.extend((exif.len() as u16 + 2).to_be_bytes());
    turned.extend_from_slice(exif);
    turned.extend_from_slice(&jpeg[2..]);
    let page = open(turned)
        .unwrap()
        .page_image(0)
        .unwrap()
        .unwrap()
        .pixels
        .to_luma8();
    assert_eq!((page.width(), page.height()), (32, 64));
    assert!(page[(16, 8)][0] < 60 && page[(16, 56)][0] > 200);
}

/// What poppler reads, word by word.
fn pdftotext(pdf: &[u8], arguments: &[&str]) -> String {
    let mut child = Command::new("pdftotext")
        .args(arguments)
        .args(["-", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("poppler-utils: run `make setup`");
    child.stdin.take().unwrap().write_all(pdf).unwrap();
    String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap()
}

fn counted<'a>(words: impl Iterator<Item = &'a str>) -> BTreeMap<&'a str, usize> {
    words.fold(BTreeMap::new(), |mut all, word| {
        *all.entry(word).or_default() += 1;
        all
    })
}

#[test]
fn the_words_of_a_born_digital_pdf_are_those_that_poppler_reads() {
    for name in [
        "an_giang_bang_3--serif.pdf",
        "an_giang_bang_3--serifland.pdf",
        "lao_cai_decision--serif.pdf",
        "nga_nam--serif.pdf",
    ] {
        let pdf = scan(name);
        let opened = open(pdf.clone()).unwrap();
        let layers: Vec<TextLayer> = (0..opened.pages).map(|i| opened.text_layer(i).unwrap()).collect();
        let ours = counted(layers.iter().flat_map(|l| &l.words).map(|w| w.text.as_str()));
        let theirs = pdftotext(&pdf, &["-layout"]);
        assert_eq!(ours, counted(theirs.split_whitespace()), "{name}");
        for layer in &layers {
            assert_eq!(ingest::judge(layer).verdict, Verdict::Trusted, "{name}");
            let page = PixelBox::new(0, 0, layer.width as i32, layer.height as i32);
            assert!(
                layer
                    .words
                    .iter()
                    .all(|w| w.bbox.intersection(&page) == w.bbox && !w.bbox.is_empty()),
                "{name}"
            );
        }
    }
}

#[test]
fn a_layer_made_without_vietnamese_is_told_from_no_layer() {
    let check = |name: &str, expect: Verdict| {
        let opened = open(scan(name)).unwrap();
        for index in 0..opened.pages {
            let judgement = ingest::judge(&opened.text_layer(index).unwrap());
            assert_eq!(
                judgement.verdict,
                expect,
                "{name} page {}: {:?}",
                index + 1,
                judgement.evidence
            );
        }
    };
    check(
        "an_giang_bang_3--serif--clean300--engtext.pdf",
        Verdict::WrongLanguage,
    );
    check(
        "an_giang_bang_3--serifland--office200--engtext.pdf",
        Verdict::WrongLanguage,
    );
    check("an_giang_bang_3--serif--clean300.pdf", Verdict::None);
    check("an_giang_bang_3--serif--fax200.pdf", Verdict::None);
}

#[test]
fn a_scan_gives_its_own_pixels_and_a_drawing_the_density_asked_for() {
    let facts = |name: &str| {
        let page = open(scan(name)).unwrap().page_image(0).unwrap();
        page.map(|p| (p.pixels.width().min(p.pixels.height()), p.dpi.unwrap(), p.origin))
    };
    let near = |found: Option<(u32, u32, Origin)>, width: u32, dpi: u32| {
        let (w, d, origin) = found.unwrap();
        assert!(
            w.abs_diff(width) <= 12 && d.abs_diff(dpi) <= 2 && origin == Origin::Scan,
            "{w} {d} {origin:?}"
        );
    };
    near(facts("an_giang_bang_3--serif--clean300.pdf"), 2480, 300);
    near(facts("an_giang_bang_3--serif--fax200.pdf"), 1654, 200);
    near(facts("an_giang_bang_3--serif--poor150.pdf"), 1240, 150);
    assert_eq!(facts("an_giang_bang_3--serif.pdf"), None);
    let drawn = open(scan("an_giang_bang_3--serif.pdf"))
        .unwrap()
        .render(0, 300)
        .unwrap();
    assert_eq!((drawn.dpi, drawn.origin), (Some(300), Origin::Drawn));
    assert!(drawn.pixels.width().abs_diff(2480) <= 2);
}

#[test]
fn a_drawing_stays_within_the_limit_on_pixels() {
    let limits = Limits {
        pixels: 3_000_000,
        ..Limits::default()
    };
    let drawn = ingest::open(saved(empty_pdf(1, 595, 842)), &limits, &pdfium())
        .unwrap()
        .render(0, 300)
        .unwrap();
    let pixels = u64::from(drawn.pixels.width()) * u64::from(drawn.pixels.height());
    assert!((2_500_000..=3_000_000).contains(&pixels), "{pixels}");
    assert!(drawn.dpi.unwrap() < 300);
}

fn reading(
    verdict: Verdict,
    (width, height): (u32, u32),
    rotation: Rotation,
    words: &[(&str, [i32; 4])],
) -> PageReading {
    let words = words
        .iter()
        .map(|(text, [x0, y0, x1, y1])| {
            Word::new(
                *text,
                PixelBox::new(*x0, *y0, *x1, *y1),
                Confidence::CERTAIN,
                Reader::Tesseract,
            )
        })
        .collect();
    PageReading {
        page: PageNo::FIRST,
        verdict,
        evidence: VerdictEvidence::default(),
        width,
        height,
        dpi: 300,
        rotation,
        blocks: vec![Block::Line(Line {
            bbox: PixelBox::default(),
            words,
        })],
        other_ink: Vec::new(),
        notes: Vec::new(),
    }
}

fn searchable(original: &[u8], reading: PageReading, picture: Option<Vec<u8>>) -> Vec<u8> {
    let scan = Scan {
        original,
        readings: &[reading],
        picture: &|_| picture.clone(),
    };
    export::document(Format::Pdf, &Document::default(), &scan).unwrap()
}

const WORDS: [(&str, [i32; 4]); 3] = [
    ("Độc", [300, 300, 420, 350]),
    ("lập", [440, 300, 560, 350]),
    ("QUẢNG", [300, 3000, 700, 3060]),
];

/// The first page's words with their boxes in points, as poppler finds them.
fn boxes(pdf: &[u8]) -> Vec<(String, [f64; 4])> {
    let number = |line: &str, key: &str| {
        let from = line.find(&format!("{key}=\"")).unwrap() + key.len() + 2;
        line[from..].split('"').next().unwrap().parse::<f64>().unwrap()
    };
    pdftotext(pdf, &["-bbox", "-l", "1"])
        .lines()
        .filter(|line| line.trim_start().starts_with("<word"))
        .map(|line| {
            let text = line.split('>').nth(1).unwrap().split('<').next().unwrap();
            (
                text.to_owned(),
                ["xMin", "yMin", "xMax", "yMax"].map(|key| number(line, key)),
            )
        })
        .collect()
}

fn assert_words_stand_at_their_boxes(pdf: &[u8], expect: &[(&str, [i32; 4])]) {
    let found = boxes(pdf);
    let texts: Vec<&str> = found.iter().map(|(text, _)| text.as_str()).collect();
    assert_eq!(texts, expect.iter().map(|(text, _)| *text).collect::<Vec<_>>());
    for ((text, found), (_, pixels)) in found.iter().zip(expect) {
        let points = pixels.map(|p| f64::from(p) / 300.0 * 72.0);
        let off = found
            .iter()
            .zip(points)
            .map(|(a, b)| (a - b).abs())
            .fold(0.0, f64::max);
        assert!(off < 0.8, "{text}: {found:?} instead of {points:?}");
    }
}

#[test]
fn a_wrong_text_layer_is_replaced_and_the_scan_stays_as_it_is() {
    let original = scan("an_giang_bang_3--serif--clean300--engtext.pdf");
    let before = open(original.clone()).unwrap();
    let picture = before.page_image(0).unwrap().unwrap().pixels;
    let size = (picture.width(), picture.height());
    let pdf = searchable(
        &original,
        reading(Verdict::WrongLanguage, size, Rotation::None, &WORDS),
        None,
    );
    assert_words_stand_at_their_boxes(&pdf, &WORDS);
    let after = open(pdf).unwrap();
    assert_eq!(after.pages, before.pages);
    assert_eq!(after.page_image(0).unwrap().unwrap().pixels, picture);
    let layer = after.text_layer(0).unwrap();
    assert_eq!(
        layer.words.iter().map(|w| w.text.as_str()).collect::<Vec<_>>(),
        ["Độc", "lập", "QUẢNG"]
    );
    assert_eq!(layer.hidden, 1.0);
    // A page that was not read keeps what it had.
    assert_eq!(after.text_layer(1).unwrap(), before.text_layer(1).unwrap());
}

#[test]
fn a_page_whose_text_is_trusted_is_left_alone() {
    let original = scan("an_giang_bang_3--serif.pdf");
    let pdf = searchable(
        &original,
        reading(Verdict::Trusted, (2480, 3508), Rotation::None, &WORDS),
        None,
    );
    assert_eq!(pdftotext(&pdf, &["-layout"]), pdftotext(&original, &["-layout"]));
}

#[test]
fn damaged_text_is_seen_but_no_more_found() {
    let mut damaged = empty_pdf(1, 595, 842);
    let page = *damaged.get_pages().get(&1).unwrap();
    let content = damaged.add_object(Stream::new(
        dictionary! {},
        b"BT /F 12 Tf 72 700 Td (B? GIAO D?C) Tj ET".to_vec(),
    ));
    let font =
        damaged.add_object(dictionary! { "Type" => "Font", "Subtype" => "Type1", "BaseFont" => "Helvetica" });
    let dict = damaged.get_dictionary_mut(page).unwrap();
    dict.set("Contents", content);
    dict.set("Resources", dictionary! { "Font" => dictionary! { "F" => font } });
    let original = saved(damaged);
    assert!(pdftotext(&original, &[]).contains("GIAO"));
    let pdf = searchable(
        &original,
        reading(Verdict::Damaged, (2480, 3508), Rotation::None, &WORDS),
        None,
    );
    assert_words_stand_at_their_boxes(&pdf, &WORDS);
    let ink = |pdf: Vec<u8>| {
        let drawn = open(pdf).unwrap().render(0, 100).unwrap().pixels.to_luma8();
        drawn.pixels().filter(|p| p[0] < 128).count()
    };
    let (before, after) = (ink(original), ink(pdf));
    assert!(before > 50 && before == after, "{before} {after}");
}

#[test]
fn words_of_a_page_that_was_turned_stand_on_their_ink() {
    // The file shows the page on its side; upright it is 3508 x 2480 pixels.
    let words = [("ngang", [100, 200, 400, 260])];
    let original = saved(empty_pdf(1, 595, 842));
    let pdf = searchable(
        &original,
        reading(Verdict::None, (3508, 2480), Rotation::Quarter, &words),
        None,
    );
    let layer = open(pdf).unwrap().text_layer(0).unwrap();
    let [word] = layer.words.as_slice() else {
        panic!("{:?}", layer.words)
    };
    assert_eq!(word.text, "ngang");
    // Upright (x, y) is (y, 3508 - x) in the file's own view; 24 hundredths of a point are a pixel.
    let expect = [200 * 24, (3508 - 400) * 24, 260 * 24, (3508 - 100) * 24];
    let found = [word.bbox.x0, word.bbox.y0, word.bbox.x1, word.bbox.y1];
    assert!(
        found.iter().zip(expect).all(|(a, b)| (a - b).abs() < 80),
        "{found:?} instead of {expect:?}"
    );
}

#[test]
fn a_picture_becomes_a_pdf_with_its_words() {
    let picture = DynamicImage::ImageLuma8(GrayImage::from_pixel(2480, 3508, Luma([250])));
    let png = encoded(&picture, ImageFormat::Png);
    let jpeg = encoded(&picture, ImageFormat::Jpeg);
    let pdf = searchable(
        &png,
        reading(Verdict::None, (2480, 3508), Rotation::None, &WORDS),
        Some(jpeg),
    );
    assert_words_stand_at_their_boxes(&pdf, &WORDS);
    let page = open(pdf).unwrap().page_image(0).unwrap().unwrap();
    assert_eq!(
        (page.pixels.width(), page.pixels.height(), page.dpi),
        (2480, 3508, Some(300))
    );
    let scan = Scan {
        original: &png,
        readings: &[reading(Verdict::None, (10, 10), Rotation::None, &[])],
        picture: &|_| None,
    };
    let error = export::document(Format::Pdf, &Document::default(), &scan).unwrap_err();
    assert_eq!(error.to_string(), "page 1 has no picture to build a PDF around");
}
