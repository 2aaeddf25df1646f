//! Text layers in the encodings that came before Unicode, and damaged ones: each is known for what it is, and where the
//! text can be had from the layer it is had to the letter.

#[path = "../../benches/verdicts/judged.rs"]
mod judged;
#[path = "../../benches/verdicts/twins.rs"]
mod twins;

use sohoa::encoding::Encoding;
use twins::Kind;

/// The cells of a bundled document, one a line.
fn text() -> String {
    let truth = std::fs::read("fixtures/truth/an_giang_bang_3.json").unwrap();
    let truth: serde_json::Value = serde_json::from_slice(&truth).unwrap();
    let rows = truth["tables"][0]["rows"].as_array().unwrap();
    let cells = rows.iter().flat_map(|row| row.as_array().unwrap());
    cells
        .map(|cell| cell.as_str().unwrap())
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn every_layer_is_known_for_what_it_is() {
    let text = text();
    for kind in twins::KINDS {
        let (pdf, _) = twins::pdf(&text, kind);
        let judged = judged::judge(pdf).unwrap();
        let verdicts: Vec<&str> = judged.verdicts.into_keys().collect();
        assert_eq!(verdicts, [kind.verdict()], "{}", kind.name());
        assert_eq!(judged.text.is_empty(), !kind.is_sound(), "{}", kind.name());
    }
}

#[test]
fn old_encodings_are_decoded_to_the_letter() {
    let text = text();
    // A font whose name does not say that it shows capitals cannot tell a capital with a tone.
    let exact = twins::KINDS
        .into_iter()
        .filter(|k| k.is_sound() && *k != Kind::Unnamed(Encoding::Tcvn3));
    for kind in exact {
        let (pdf, lines) = twins::pdf(&text, kind);
        let judged = judged::judge(pdf).unwrap();
        let expect: Vec<&str> = lines.iter().flat_map(|l| l.split(' ')).collect();
        assert_eq!(judged.text, expect, "{}", kind.name());
    }
}

#[test]
fn a_text_file_of_an_old_encoding_is_restored_to_the_letter() {
    let text = text().to_lowercase();
    let fits: Vec<&str> = text
        .lines()
        .filter(|l| Encoding::Tcvn3.encode(l).is_some())
        .collect();
    let text = fits.join("\n") + "\n";
    let codes = Encoding::Tcvn3.encode(&text).unwrap();
    let bytes: Vec<u8> = codes
        .chars()
        .map(|c| u8::try_from(u32::from(c)).unwrap())
        .collect();
    let output = assert_cmd::Command::cargo_bin("sohoa")
        .unwrap()
        .arg("restore")
        .write_stdin(bytes)
        .output()
        .unwrap();
    assert!(output.status.success());
    assert_eq!(String::from_utf8(output.stdout).unwrap(), text);
}
