//! `sohoa convert` as people type it.

use std::path::Path;

use serde_json::Value;

use crate::program::{assert_says, end_of, names_in, refused_with_models_of, scan, sohoa};

const BORN_DIGITAL: &str = "an_giang_bang_3--serif.pdf";

fn json(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap()
}

#[test]
fn a_scan_becomes_a_rubric_file_and_a_text() {
    let out = tempfile::tempdir().unwrap();
    let input = scan("an_giang_bang_3--serif--office200.pdf");
    let run = sohoa()
        .arg("convert")
        .arg(&input)
        .arg("-o")
        .arg(out.path())
        .output()
        .unwrap();
    let (exit, stderr) = end_of(&run);
    assert_eq!(exit, 0, "{stderr}");
    assert!(run.stdout.is_empty(), "stdout is data only");
    let stem = "an_giang_bang_3--serif--office200";
    assert_eq!(
        names_in(out.path()),
        [format!("{stem}.json"), format!("{stem}.txt")]
    );
    let document = json(&std::fs::read(out.path().join(format!("{stem}.json"))).unwrap());
    assert_eq!(document["schema"], "sohoa/1");
    assert_eq!(document["status"], "draft");
    assert_eq!(document["source"]["file"], format!("{stem}.pdf"));
    assert_eq!(document["source"]["pages"], 2);
    assert_eq!(document["rubrics"].as_array().unwrap().len(), 1);
    assert_eq!(document["rubrics"][0]["criteria"].as_array().unwrap().len(), 12);
    let text = std::fs::read_to_string(out.path().join(format!("{stem}.txt"))).unwrap();
    assert_eq!(document["text"].as_str().unwrap().trim_end(), text.trim_end());
}

#[test]
fn every_format_comes_out_when_asked_for() {
    let out = tempfile::tempdir().unwrap();
    let run = sohoa()
        .args(["convert", "--formats", "csv,xlsx,md,pdf"])
        .arg(scan(BORN_DIGITAL))
        .arg("-o")
        .arg(out.path().join("new/folder"))
        .output()
        .unwrap();
    assert_eq!(end_of(&run).0, 0, "{}", end_of(&run).1);
    let names = names_in(&out.path().join("new/folder"));
    let endings: Vec<_> = names.iter().filter_map(|name| name.rsplit('.').next()).collect();
    assert_eq!(endings, ["csv", "json", "md", "pdf", "txt", "xlsx"]);
}

#[test]
fn streams_from_stdin_to_stdout() {
    let input = std::fs::read(scan(BORN_DIGITAL)).unwrap();
    let piped = sohoa()
        .args(["convert", "-", "-o", "-"])
        .write_stdin(input.clone())
        .output()
        .unwrap();
    assert_eq!(end_of(&piped).0, 0, "{}", end_of(&piped).1);
    let document = json(&piped.stdout);
    assert_eq!(document["schema"], "sohoa/1");
    let text = sohoa()
        .args(["convert", "-", "-o", "-", "--formats", "txt"])
        .write_stdin(input)
        .output()
        .unwrap();
    let text = String::from_utf8(text.stdout).unwrap();
    assert_eq!(text.trim_end(), document["text"].as_str().unwrap().trim_end());
}

#[test]
fn only_the_pages_asked_for_are_read() {
    let run = sohoa()
        .args(["convert", "--pages", "2", "-o", "-"])
        .arg(scan(BORN_DIGITAL))
        .output()
        .unwrap();
    assert_eq!(end_of(&run).0, 0, "{}", end_of(&run).1);
    let document = json(&run.stdout);
    let pages: Vec<_> = document["pages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|page| &page["page"])
        .collect();
    assert_eq!(pages, [2]);
}

#[test]
fn bad_arguments_are_told_before_any_work() {
    let check = |arguments: &[&str], code: Option<&str>| {
        let run = sohoa().args(arguments).output().unwrap();
        let (exit, stderr) = end_of(&run);
        assert_eq!(exit, 2, "{arguments:?}\n{stderr}");
        if let Some(code) = code {
            assert_says(&stderr, code);
            assert!(stderr.contains("hint:"), "{stderr}");
        }
    };
    check(&["convert"], None);
    check(&["convert", "a.pdf", "--formats", "odt"], None);
    check(&["convert", "a.pdf", "--pages", "0"], None);
    check(&["convert", "a.pdf", "--jobs", "0"], None);
    check(&["convert", "a/x.pdf", "b/x.png"], Some("same_output_name"));
    check(
        &["convert", "a.pdf", "b.pdf", "-o", "-"],
        Some("stdout_takes_one"),
    );
    check(
        &["convert", "a.pdf", "-o", "-", "--formats", "json,txt"],
        Some("stdout_takes_one"),
    );
    check(
        &["convert", "a.pdf", "--config", "/no/such/file"],
        Some("bad_config"),
    );
    check(&["__worker"], Some("no_order"));
}

#[test]
fn a_missing_part_is_named_with_what_mends_it() {
    let empty = tempfile::tempdir().unwrap();
    let (_, stderr) = refused_with_models_of(empty.path(), &scan(BORN_DIGITAL));
    assert!(
        stderr.contains("vie.traineddata") && stderr.contains("make setup"),
        "{stderr}"
    );
    let doctor = sohoa()
        .arg("doctor")
        .env("SOHOA_RUNTIME", empty.path())
        .output()
        .unwrap();
    assert_eq!(end_of(&doctor).0, 5);
    let report = String::from_utf8(doctor.stdout).unwrap();
    let missing: Vec<_> = report.lines().filter(|line| line.contains("[missing]")).collect();
    assert_eq!(missing.len(), 1, "{report}");
    assert!(
        missing[0].contains("libpdfium.so") && missing[0].contains("make setup"),
        "{report}"
    );
}

#[test]
fn doctor_finds_everything_in_its_place() {
    let doctor = sohoa().arg("doctor").output().unwrap();
    let (exit, stderr) = end_of(&doctor);
    assert_eq!(exit, 0, "{}{stderr}", String::from_utf8_lossy(&doctor.stdout));
}

#[test]
fn the_printed_settings_can_be_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sohoa.toml");
    std::fs::write(&file, sohoa().arg("config").output().unwrap().stdout).unwrap();
    let run = sohoa()
        .arg("convert")
        .arg("none.pdf")
        .arg("--config")
        .arg(&file)
        .output()
        .unwrap();
    let (exit, stderr) = end_of(&run);
    assert_eq!(exit, 1, "{stderr}");
    assert_says(&stderr, "io_error");
}

#[test]
fn show_prints_the_rubric() {
    let out = tempfile::tempdir().unwrap();
    sohoa()
        .arg("convert")
        .arg(scan(BORN_DIGITAL))
        .arg("-o")
        .arg(out.path())
        .assert()
        .code(0);
    let result = out.path().join(Path::new(BORN_DIGITAL).with_extension("json"));
    let shown = sohoa().arg("show").arg(&result).output().unwrap();
    assert_eq!(end_of(&shown).0, 0);
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(shown.contains("tối đa 10 điểm"), "{shown}");
    std::fs::write(&result, "{}").unwrap();
    let shown = sohoa().arg("show").arg(&result).output().unwrap();
    assert_eq!(end_of(&shown).0, 3);
    assert_says(&end_of(&shown).1, "not_a_result");
}
