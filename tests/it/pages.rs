//! Pages that are no Vietnamese print: each has an outcome that says what it is, and nothing is invented on it.

use std::io::Cursor;
use std::path::{Path, PathBuf};

use image::{DynamicImage, GrayImage, ImageFormat, Luma};
use serde_json::Value;

use crate::program::{converted, end_of, refused_with_models_of, scan, sohoa};

/// What it makes of a picture of 200 dots an inch.
fn pictured(picture: GrayImage) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("page.png");
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::ImageLuma8(picture)
        .write_to(&mut bytes, ImageFormat::Png)
        .unwrap();
    std::fs::write(&file, bytes.into_inner()).unwrap();
    converted(&file)
}

/// A page of `fixtures/pages`.
fn bundled(name: &str) -> Value {
    converted(&Path::new("fixtures/pages").join(name))
}

fn outcome(document: &Value) -> (&str, String) {
    let page = &document["pages"][0];
    let notes = page["notes"].as_array().into_iter().flatten();
    let notes: Vec<&str> = notes.filter_map(Value::as_str).collect();
    (page["outcome"].as_str().unwrap(), notes.join("\n"))
}

fn text(document: &Value) -> &str {
    document["text"].as_str().unwrap()
}

fn assert_no_rubric(document: &Value) {
    assert_eq!(document["rubrics"].as_array().unwrap().len(), 0, "{document}");
}

#[test]
fn an_empty_page_is_blank() {
    let document = pictured(GrayImage::from_pixel(1240, 1754, Luma([250])));
    assert_eq!(outcome(&document).0, "blank");
    assert_eq!(text(&document), "");
    assert_no_rubric(&document);
}

#[test]
fn a_page_of_noise_is_said_to_be_unread() {
    let mut state = 7u32;
    let noise = GrayImage::from_fn(1000, 1400, |_, _| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        Luma([if state >> 28 < 5 { 0 } else { 255 }])
    });
    let document = pictured(noise);
    let (outcome, notes) = outcome(&document);
    assert_eq!(outcome, "ok");
    assert!(
        notes.contains("could be read") || notes.contains("could not be read"),
        "{notes}"
    );
    assert_no_rubric(&document);
}

#[test]
fn a_line_two_pixels_high_is_no_text() {
    let line = GrayImage::from_fn(1240, 600, |x, y| {
        let dash = (300..302).contains(&y) && (100..1100).contains(&x) && x % 40 < 24;
        Luma([if dash { 0 } else { 255 }])
    });
    let document = pictured(line);
    assert!(
        !text(&document).contains(char::is_alphanumeric),
        "{}",
        text(&document)
    );
    assert_no_rubric(&document);
}

#[test]
fn another_language_is_noted_and_left_as_it_is() {
    let document = bundled("english.png");
    let (outcome, notes) = outcome(&document);
    assert_eq!(outcome, "ok");
    assert!(notes.contains("not in Vietnamese"), "{notes}");
    let words = "committee second Monday month Everybody garden behind library summer treasurer expected neighbour discussion received";
    for word in words.split(' ') {
        assert!(text(&document).contains(word), "{word}: {}", text(&document));
    }
    assert_no_rubric(&document);
}

#[test]
fn what_cannot_be_read_with_certainty_is_said() {
    for name in ["chinese.png", "handwriting.png"] {
        let document = bundled(name);
        let (outcome, notes) = outcome(&document);
        assert_eq!(outcome, "ok", "{name}");
        assert!(
            notes.contains("look at the scan"),
            "{name}: {notes}\n{}",
            text(&document)
        );
        assert_no_rubric(&document);
    }
}

#[test]
fn a_page_upside_down_in_an_upright_document_is_turned() {
    let file = scan("an_giang_bang_3--serif--office200.pdf");
    let mut pdf = lopdf::Document::load(&file).unwrap();
    let second = pdf.get_pages()[&2];
    pdf.get_dictionary_mut(second).unwrap().set("Rotate", 180);
    let folder = tempfile::tempdir().unwrap();
    let turned = folder.path().join("turned.pdf");
    pdf.save(&turned).unwrap();
    let (upright, turned) = (converted(&file), converted(&turned));
    let degrees = |at: usize| turned["pages"][at]["rotation"].as_u64();
    assert_eq!((degrees(0), degrees(1)), (Some(0), Some(180)));
    assert_eq!(text(&turned), text(&upright));
}

/// A folder of models whose Vietnamese one is cut short.
fn cut_short(folder: &Path) {
    let whole = ["/usr/share/tesseract-ocr/5/tessdata", "/usr/share/tessdata"]
        .map(|f| PathBuf::from(f).join("vie.traineddata"))
        .into_iter()
        .find(|f| f.is_file())
        .unwrap();
    let bytes = std::fs::read(whole).unwrap();
    std::fs::write(folder.join("vie.traineddata"), &bytes[..bytes.len() / 3]).unwrap();
}

#[test]
fn a_model_that_was_cut_short_is_refused_with_what_mends_it() {
    let folder = tempfile::tempdir().unwrap();
    cut_short(folder.path());
    let (run, stderr) = refused_with_models_of(folder.path(), &scan("nga_nam--serif--office200.pdf"));
    assert!(
        stderr.contains("vie") && stderr.contains("sohoa doctor"),
        "{stderr}"
    );
    assert!(run.stdout.is_empty());
    let doctor = sohoa()
        .arg("doctor")
        .env("TESSDATA_PREFIX", folder.path())
        .output()
        .unwrap();
    let report = String::from_utf8(doctor.stdout.clone()).unwrap();
    assert_eq!(end_of(&doctor).0, 5, "{report}");
    let missing = report.lines().find(|line| line.contains("[missing]")).unwrap();
    assert!(missing.contains("tesseract-ocr-vie"), "{report}");
}
