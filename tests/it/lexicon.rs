//! A maintainer keeps the dictionary of known phrases: takes in a settled result, adds a phrase, finds what is wrong.

use std::path::Path;

use assert_cmd::Command;

fn sohoa(arguments: &[&str]) -> (i32, String) {
    let output = Command::cargo_bin("sohoa")
        .unwrap()
        .arg("lexicon")
        .args(arguments)
        .output()
        .unwrap();
    (
        output.status.code().unwrap(),
        String::from_utf8(output.stdout).unwrap(),
    )
}

#[test]
fn a_dictionary_is_built_added_to_listed_and_checked() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("phrases.txt");
    let file = file.to_str().unwrap();
    let done = Command::cargo_bin("sohoa")
        .unwrap()
        .args([
            "convert",
            "fixtures/scans/an_giang_bang_3--serif.pdf",
            "--formats",
            "json",
            "-o",
        ])
        .arg(folder.path())
        .output()
        .unwrap();
    assert!(done.status.success());
    let result = folder.path().join("an_giang_bang_3--serif.json");
    let (code, _) = sohoa(&["build", result.to_str().unwrap(), "-o", file]);
    assert_eq!(code, 0);
    let (_, listed) = sohoa(&["list", file]);
    assert!(listed.contains("NỘI DUNG\t1420/KH-UBND\t\n"), "{listed}");
    assert!(listed.lines().count() > 20, "{listed}");
    let before = listed.lines().count();

    let add = [
        "add",
        file,
        "Sáng kiến cấp xã",
        "--source",
        "12/KH-UBND",
        "--by",
        "lan",
    ];
    assert_eq!(sohoa(&add).0, 0);
    assert_eq!(sohoa(&add).0, 3, "the same phrase again");
    let (_, listed) = sohoa(&["list", file, "--source", "12/KH"]);
    assert!(
        listed.starts_with("Sáng kiến cấp xã\t12/KH-UBND\tlan 20"),
        "{listed}"
    );
    assert_eq!(sohoa(&["list", file]).1.lines().count(), before + 1);

    let (code, faults) = sohoa(&["check", file]);
    assert_eq!(code, 0, "{faults}");
    assert!(faults.lines().all(|l| l.contains("\"warning\"")), "{faults}");
    std::fs::write(file, "Điểm tối đa\nĐiểm tối đa\n").unwrap();
    let (code, faults) = sohoa(&["check", file]);
    assert_eq!(code, 1);
    assert!(faults.contains("\"repeated\""), "{faults}");
}

#[test]
fn what_ships_has_no_error_and_a_source_for_every_phrase() {
    let (code, faults) = sohoa(&["check"]);
    assert_eq!(code, 0, "{faults}");
    assert!(!faults.contains("no_source"), "{faults}");
    assert!(Path::new("rubrics/phrases.txt").exists());
}

#[test]
fn what_is_no_result_or_no_text_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.txt");
    let (code, _) = sohoa(&["build", "Cargo.toml", "-o", out.to_str().unwrap()]);
    assert_eq!(code, 3);
    assert!(!out.exists());
    let (code, _) = sohoa(&["check", "fixtures/scans/an_giang_bang_3--serif.pdf"]);
    assert_eq!(code, 3);
}
