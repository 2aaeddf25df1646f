//! What an archive takes in: words with their places, valid against the formats' own schemas, and PDFs in which people
//! find what they look for.
//!
//! No package registry has a veraPDF that runs here, so that `qpdf` checks the file's structure and the points of
//! PDF/A-2u that such a file can fail are looked at one by one.

use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use lopdf::{Dictionary, Document as Pdf, Object};
use sohoa::domain::{
    Confidence, Document, Line, PageNo, PageOutcome, PageReading, PageSummary, PixelBox, Reader, Rotation,
    Source, Verdict, VerdictEvidence, Word,
};
use sohoa::stages::export::{self, Format, Scan};
use sohoa::stages::ingest::{self, Limits};
use tempfile::TempDir;
use zip::ZipArchive;

use crate::program::{end_of, scan, sohoa};

const SCAN: &str = "an_giang_bang_3--serif--office200";
const SOUGHT: &str = "thang điểm thi đua";

/// One scan in every format that tells of its pages; read once for all tests.
static CONVERTED: LazyLock<TempDir> = LazyLock::new(|| {
    let out = tempfile::tempdir().unwrap();
    let run = sohoa()
        .args(["convert", "--formats", "alto,page,hocr,pdf,pdfa"])
        .arg(scan(&format!("{SCAN}.pdf")))
        .arg("-o")
        .arg(out.path())
        .output()
        .unwrap();
    assert_eq!(end_of(&run).0, 0, "{}", end_of(&run).1);
    out
});

fn written(ending: &str) -> Vec<u8> {
    let path = CONVERTED.path().join(format!("{SCAN}.{ending}"));
    std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn runtime(name: &str) -> PathBuf {
    let folder = std::env::var_os("SOHOA_RUNTIME").map_or_else(|| PathBuf::from(".runtime"), PathBuf::from);
    let path = folder.join(name);
    assert!(
        path.exists(),
        "{} is missing: run `make setup-test`",
        path.display()
    );
    path
}

/// What a program says of a file, and whether it is content.
fn told(program: &str, arguments: &[&str], file: &[u8]) -> Result<String, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    std::fs::write(&path, file).unwrap();
    let output = Command::new(program)
        .args(arguments)
        .arg(&path)
        .output()
        .unwrap_or_else(|e| panic!("{program}: {e}: run `make setup-test`"));
    let both = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&both).into_owned();
    if output.status.success() {
        Ok(text)
    } else {
        Err(text)
    }
}

fn assert_valid(schema: &Path, xml: &[u8]) {
    let schema = schema.to_str().unwrap();
    told("xmllint", &["--noout", "--nonet", "--schema", schema], xml).unwrap();
}

#[test]
fn alto_is_valid_against_its_schema() {
    // The schema imports XLink's from the file beside it.
    let folder = tempfile::tempdir().unwrap();
    let schema = folder.path().join("alto.xsd");
    std::fs::copy("fixtures/schemas/alto-4-3.xsd", &schema).unwrap();
    std::fs::copy(runtime("schemas/xlink.xsd"), folder.path().join("xlink.xsd")).unwrap();
    assert_valid(&schema, &written("alto"));
    let broken = String::from_utf8(written("alto"))
        .unwrap()
        .replace("HPOS", "HPOSITION");
    let schema = schema.to_str().unwrap();
    told(
        "xmllint",
        &["--noout", "--nonet", "--schema", schema],
        broken.as_bytes(),
    )
    .unwrap_err();
}

#[test]
fn hocr_is_well_formed() {
    told("xmllint", &["--noout", "--nonet"], &written("hocr")).unwrap();
}

#[test]
fn every_page_file_is_valid_against_its_schema_and_has_its_picture() {
    let schema = runtime("schemas/pagecontent-2019-07-15.xsd");
    let mut archive = ZipArchive::new(Cursor::new(written("page.zip"))).unwrap();
    let names: Vec<String> = archive
        .file_names()
        .map(|name| name.unwrap().into_owned())
        .collect();
    assert_eq!(names, ["0001.xml", "0001.jpg", "0002.xml", "0002.jpg"]);
    let mut part = |name: &str| {
        let mut bytes = Vec::new();
        archive.by_name(name).unwrap().read_to_end(&mut bytes).unwrap();
        bytes
    };
    for page in ["0001", "0002"] {
        let xml = part(&format!("{page}.xml"));
        assert_valid(&schema, &xml);
        let xml = String::from_utf8(xml).unwrap();
        let picture = image::load_from_memory(&part(&format!("{page}.jpg"))).unwrap();
        let size = format!(
            "imageWidth=\"{}\" imageHeight=\"{}\"",
            picture.width(),
            picture.height()
        );
        assert!(xml.contains(&size), "{size}");
    }
    let first = String::from_utf8(part("0001.xml")).unwrap().to_lowercase();
    assert!(first.contains(SOUGHT), "{first}");
    assert!(first.contains("<tablecellrole rowindex=\"0\" columnindex=\"0\""));
}

/// In small letters, with single spaces: as people search.
fn folded(text: &str) -> String {
    let text = text.to_lowercase();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn pdftotext(pdf: &[u8]) -> String {
    folded(&told("sh", &["-c", "pdftotext \"$0\" -"], pdf).unwrap())
}

/// What pdf.js reads, which is in browsers.
fn pdf_js(pdf: &[u8]) -> String {
    const LIBRARY: &str = "/usr/share/javascript/pdf/build/pdf.js";
    folded(&told("node", &["tests/it/archive/find_text.js", LIBRARY], pdf).unwrap())
}

#[test]
fn poppler_pdfium_and_pdf_js_find_what_people_look_for() {
    for ending in ["pdf", "pdfa.pdf"] {
        let pdf = written(ending);
        assert!(pdftotext(&pdf).contains(SOUGHT), "{ending}");
        let read = pdf_js(&pdf);
        assert!(read.contains(SOUGHT), "{ending}: {read}");
        let opened = ingest::open(pdf, &Limits::default(), &runtime("libpdfium.so")).unwrap();
        let words: Vec<String> = (0..opened.pages)
            .flat_map(|page| opened.text_layer(page).unwrap().words)
            .map(|word| word.text.to_lowercase())
            .collect();
        assert!(words.join(" ").contains(SOUGHT), "{ending}: {words:?}");
    }
}

fn reading(page: u32, verdict: Verdict, width: u32, height: u32) -> PageReading {
    let word = |text: &str, x: i32| {
        let bbox = PixelBox::new(x, 100, x + 90, 130);
        Word::new(text, bbox, Confidence::CERTAIN, Reader::Tesseract)
    };
    PageReading {
        page: PageNo::new(page).unwrap(),
        verdict,
        evidence: VerdictEvidence::default(),
        width,
        height,
        dpi: 200,
        rotation: Rotation::None,
        blocks: vec![sohoa::domain::Block::Line(Line {
            bbox: PixelBox::new(100, 100, 600, 130),
            words: vec![
                word("Thang", 100),
                word("điểm", 200),
                word("thi", 300),
                word("đua", 400),
                word("\u{feff}\u{0}", 500),
            ],
        })],
        other_ink: Vec::new(),
        notes: Vec::new(),
    }
}

/// PDF/A-2u of a file whose first page was read, and the second not.
fn archived(original: &[u8], picture: Option<Vec<u8>>, pages: u32) -> Vec<u8> {
    let summary = |page| PageSummary {
        page: PageNo::new(page).unwrap(),
        verdict: Verdict::None,
        reason: String::new(),
        width: 1654,
        height: 2339,
        rotation: Rotation::None,
        outcome: PageOutcome::Ok,
        notes: Vec::new(),
        scan: None,
        words: 0,
        doubtful_words: 0,
    };
    let document = Document {
        source: Source {
            file: "quyết định <1>.pdf".to_owned(),
            sha256: "0123456789abcdef".repeat(4),
            pages: pages as usize,
            ..Source::default()
        },
        pages: (1..=pages).map(summary).collect(),
        ..Document::default()
    };
    let scan = Scan {
        original,
        readings: &[reading(1, Verdict::None, 1654, 2339)],
        picture: &|_| picture.clone(),
    };
    export::document(Format::PdfA, &document, &scan).unwrap()
}

fn jpeg() -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image::DynamicImage::new_rgb8(40, 60)
        .write_to(&mut bytes, image::ImageFormat::Jpeg)
        .unwrap();
    bytes.into_inner()
}

/// Every dictionary in the file, those of streams too.
fn dictionaries(pdf: &Pdf) -> impl Iterator<Item = &Dictionary> {
    pdf.objects.values().filter_map(|object| match object {
        Object::Dictionary(dictionary) => Some(dictionary),
        Object::Stream(stream) => Some(&stream.dict),
        _ => None,
    })
}

/// The points of ISO 19005-2, level U, that a file of our making could fail.
fn assert_pdf_a_2u(bytes: &[u8]) {
    told("qpdf", &["--check"], bytes).unwrap();
    // 6.1.2: the header and, after it, a comment of bytes that no text has.
    assert!(bytes.starts_with(b"%PDF-1.7\n%"));
    assert!(bytes[10..14].iter().all(|byte| *byte > 127));
    let pdf = Pdf::load_mem(bytes).unwrap();
    // 6.1.3: an identifier, no encryption; and no Info that XMP would have to repeat (6.6.3).
    assert!(pdf.trailer.has(b"ID") && !pdf.trailer.has(b"Encrypt") && !pdf.trailer.has(b"Info"));
    let catalog = pdf.catalog().unwrap();
    let names = |dictionary: &Dictionary| -> Vec<String> {
        let keys = dictionary.iter().map(|(key, _)| key);
        keys.map(|key| String::from_utf8_lossy(key).into_owned())
            .collect()
    };
    let forbidden = [
        "JavaScript",
        "JS",
        "AA",
        "OpenAction",
        "EmbeddedFiles",
        "EF",
        "SMask",
        "ExtGState",
        "Annots",
        "AcroForm",
        "Group",
        "Alternates",
        "OPI",
        "PS",
        "Ref",
        "XFA",
        "F",
        "Interpolate",
        "OCProperties",
        "Metadatas",
    ];
    for dictionary in dictionaries(&pdf) {
        for name in names(dictionary) {
            assert!(!forbidden.contains(&name.as_str()), "{name} in {dictionary:?}");
        }
        if let Ok(filter) = dictionary.get(b"Filter") {
            let filter = format!("{filter:?}");
            assert!(!filter.contains("LZW") && !filter.contains("JPX") && !filter.contains("Crypt"));
        }
    }
    // 6.6.2 and 6.6.4: metadata in the clear, with the claim.
    let metadata = pdf.get_object(catalog.get(b"Metadata").unwrap().as_reference().unwrap());
    let metadata = metadata.unwrap().as_stream().unwrap();
    assert!(!metadata.dict.has(b"Filter"));
    let text = std::str::from_utf8(&metadata.content).unwrap();
    assert!(text.contains("<pdfaid:part>2</pdfaid:part>"), "{text}");
    assert!(text.contains("<pdfaid:conformance>U</pdfaid:conformance>"));
    let inside = text
        .split_once("?>")
        .unwrap()
        .1
        .rsplit_once("<?xpacket")
        .unwrap()
        .0;
    told("xmllint", &["--noout", "--nonet"], inside.as_bytes()).unwrap();
    // 6.2.3: what red, green and blue mean.
    let intents = catalog.get(b"OutputIntents").unwrap().as_array().unwrap();
    let intent = intents[0].as_dict().unwrap();
    assert_eq!(intent.get(b"S").unwrap().as_name().unwrap(), b"GTS_PDFA1");
    let profile = pdf.get_object(intent.get(b"DestOutputProfile").unwrap().as_reference().unwrap());
    let profile = profile.unwrap().as_stream().unwrap();
    assert_eq!(profile.dict.get(b"N").unwrap().as_i64().unwrap(), 3);
    let profile = profile.decompressed_content().unwrap();
    assert_eq!(&profile[12..24], b"mntrRGB XYZ ");
    assert_eq!(&profile[36..40], b"acsp");
    // ICC.1:2004-10 is version 4.2; later fourths add no tag that is in use here.
    assert!(profile[8] <= 4, "profile version {}", profile[8]);
    // 6.2.11: fonts in the file, and Unicode for every code.
    let fonts =
        dictionaries(&pdf).filter(|d| d.get(b"Type").is_ok_and(|t| t.as_name().ok() == Some(b"Font")));
    for font in fonts {
        if font.get(b"Subtype").unwrap().as_name().unwrap() == b"Type0" {
            let map = pdf.get_object(font.get(b"ToUnicode").unwrap().as_reference().unwrap());
            let map = map.unwrap().as_stream().unwrap().decompressed_content().unwrap();
            let map = String::from_utf8(map).unwrap();
            for range in map
                .lines()
                .filter(|line| line.starts_with('<') && line.matches('<').count() == 3)
            {
                let ends: Vec<u32> = range
                    .split_whitespace()
                    .map(|code| u32::from_str_radix(code.trim_matches(['<', '>']), 16).unwrap())
                    .collect();
                let covers = |code: u32| (ends[2]..=ends[2] + ends[1] - ends[0]).contains(&code);
                assert!(![0, 0xfeff, 0xfffe].into_iter().any(covers), "{range}");
            }
        } else {
            let descriptor = font.get(b"FontDescriptor").unwrap().as_reference().unwrap();
            assert!(pdf.get_dictionary(descriptor).unwrap().has(b"FontFile2"));
        }
    }
    // 6.2.4.3: colours that the intent gives a meaning.
    let pictures = dictionaries(&pdf).filter(|d| {
        d.get(b"Subtype")
            .is_ok_and(|s| s.as_name().ok() == Some(b"Image"))
    });
    for picture in pictures {
        let space = format!("{:?}", picture.get(b"ColorSpace").unwrap());
        assert!(!space.contains("CMYK"), "{space}");
    }
}

#[test]
fn what_claims_to_be_pdf_a_is_so_as_far_as_can_be_told() {
    assert_pdf_a_2u(&written("pdfa.pdf"));
}

#[test]
fn a_scan_keeps_its_own_picture_in_the_archive() {
    let original = std::fs::read(scan("an_giang_bang_3--serif--fax200.pdf")).unwrap();
    let bytes = archived(&original, None, 2);
    assert_pdf_a_2u(&bytes);
    assert!(pdftotext(&bytes).contains(SOUGHT));
    let pictures = |bytes: &[u8]| -> Vec<Vec<u8>> {
        let pdf = Pdf::load_mem(bytes).unwrap();
        let streams = pdf.objects.values().filter_map(|object| object.as_stream().ok());
        let mut pictures: Vec<Vec<u8>> = streams
            .filter(|s| {
                s.dict
                    .get(b"Subtype")
                    .is_ok_and(|t| t.as_name().ok() == Some(b"Image"))
            })
            .map(|s| s.content.clone())
            .collect();
        pictures.sort();
        pictures
    };
    assert_eq!(pictures(&bytes), pictures(&original));
    let shown = |pdf: &[u8]| told("sh", &["-c", "pdftoppm -r 40 -gray \"$0\" | md5sum"], pdf).unwrap();
    assert_eq!(shown(&bytes), shown(&original), "it looks like another page");
}

#[test]
fn what_is_no_plain_scan_becomes_its_picture_in_the_archive() {
    let born_digital = std::fs::read(scan("an_giang_bang_3--serif.pdf")).unwrap();
    for (original, pages) in [
        (born_digital, 1),
        (b"\x89PNG".to_vec(), 1),
        (b"II*\0".to_vec(), 2),
    ] {
        let bytes = archived(&original, Some(jpeg()), pages);
        assert_pdf_a_2u(&bytes);
        assert!(pdftotext(&bytes).contains(SOUGHT));
        assert_eq!(Pdf::load_mem(&bytes).unwrap().get_pages().len(), pages as usize);
    }
}

#[test]
fn the_same_bytes_give_the_same_archive_file() {
    let original = std::fs::read(scan("an_giang_bang_3--serif--fax200.pdf")).unwrap();
    assert_eq!(archived(&original, None, 2), archived(&original, None, 2));
}
