//! `make torture`: an archive of 500 files of every kind, read once in peace and once with a `kill -9` again and again.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::batch::{files, killed_when, traces};
use crate::program::{end_of, names_in, sohoa};

const INPUTS: usize = 500;
const KILLS: usize = 10;

/// Everything that is at hand: the bundled scans, and what lies beside the checkout.
fn at_hand() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut left = vec![
        PathBuf::from("fixtures/scans"),
        PathBuf::from("../shared/scans"),
        PathBuf::from("../shared/real"),
        PathBuf::from("../shared/hostile"),
    ];
    while let Some(next) = left.pop() {
        let Ok(entries) = fs::read_dir(&next) else {
            continue;
        };
        for entry in entries {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => left.push(path),
                false => found.push(path),
            }
        }
    }
    found.retain(|path| path.extension().is_some_and(|e| e == "pdf" || e == "png"));
    found.sort();
    found
}

/// A zip of exactly [`INPUTS`] files: what is at hand, cut pieces of it that no reader can open, and the rest duplicates.
fn archive(path: &Path) {
    let found = at_hand();
    assert!(!found.is_empty(), "nothing is at hand");
    let mut zip = zip::ZipWriter::new(File::create(path).unwrap());
    let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for number in 0..INPUTS {
        let file = &found[number % found.len()];
        let round = number / found.len();
        let mut bytes = fs::read(file).unwrap();
        if round == 1 && number % 3 == 0 {
            bytes.truncate(bytes.len() / 2);
        }
        let name = file.file_name().unwrap().to_string_lossy();
        let folder = number % 7;
        zip.start_file(format!("hộp {folder}/{round}/{name}"), stored)
            .unwrap();
        zip.write_all(&bytes).unwrap();
    }
    zip.finish().unwrap();
}

/// The inputs that came to another end, before and after.
fn changed(before: &Value, out: &Path) -> Vec<(Value, Value)> {
    let after: Value = serde_json::from_slice(&fs::read(out.join("report.json")).unwrap()).unwrap();
    let inputs = |report: &Value| report["inputs"].as_array().unwrap().clone();
    let pairs = inputs(before).into_iter().zip(inputs(&after));
    pairs
        .filter(|(before, after)| before["outcome"] != after["outcome"])
        .collect()
}

/// What two results say differently, by its name at the top.
fn differing(before: &[u8], after: &[u8]) -> Vec<(String, Value, Value)> {
    let [before, after] =
        [before, after].map(|bytes| serde_json::from_slice::<Value>(bytes).unwrap_or_default());
    let names = before.as_object().into_iter().flat_map(|object| object.keys());
    names
        .filter(|name| before[*name] != after[*name])
        .map(|name| (name.clone(), before[name].clone(), after[name].clone()))
        .collect()
}

#[test]
#[ignore = "half an hour: make torture"]
fn an_archive_of_five_hundred_files_survives_ten_kills() {
    let place = tempfile::tempdir().unwrap();
    let at = |name: &str| place.path().join(name);
    archive(&at("kho.zip"));
    // Some of the hostile files never end: they need not take ten minutes each. No sound page comes near this, however busy
    // the machine is.
    fs::write(
        at("settings.toml"),
        "[child]\npage_seconds = 120\nwall_seconds = 1200\n",
    )
    .unwrap();
    let arguments = |out: &str| {
        [
            "batch".into(),
            at("kho.zip").into_os_string(),
            "-o".into(),
            at(out).into_os_string(),
            "--config".into(),
            at("settings.toml").into_os_string(),
        ]
    };
    let (exit, stderr) = end_of(&sohoa().args(arguments("whole")).output().unwrap());
    assert!([0, 1, 3, 4].contains(&exit), "{stderr}");
    let report: Value = serde_json::from_slice(&fs::read(at("whole/report.json")).unwrap()).unwrap();
    let inputs = report["inputs"].as_array().unwrap();
    assert_eq!(inputs.len(), INPUTS);
    let paths: BTreeSet<&str> = inputs.iter().map(|i| i["path"].as_str().unwrap()).collect();
    assert_eq!(paths.len(), INPUTS, "an input stands there twice");
    assert_eq!(report["totals"]["outcomes"]["pending"], 0);
    println!("{}", report["totals"]["outcomes"]);

    let all = traces(&at("whole"));
    let mut kills = 0;
    loop {
        let goal = (kills < KILLS).then(|| all * (kills + 1) / (KILLS + 1));
        let mut batch = Command::new(assert_cmd::cargo::cargo_bin("sohoa"));
        batch.args(arguments("out"));
        let is_due = || goal.is_some_and(|goal| traces(&at("out")) >= goal);
        if let Some(status) = killed_when(batch, is_due) {
            assert_eq!(status.code(), Some(exit), "{:#?}", changed(&report, &at("out")));
            break;
        }
        kills += 1;
    }
    assert_eq!(kills, KILLS);
    let (whole, out) = (files(&at("whole")), files(&at("out")));
    assert_eq!(whole.keys().collect::<Vec<_>>(), out.keys().collect::<Vec<_>>());
    for (name, bytes) in &whole {
        assert!(
            &out[name] == bytes,
            "{name} differs: {:#?}",
            differing(bytes, &out[name])
        );
    }
    assert_eq!(names_in(&at("out/.sohoa-batch/work")), [""; 0]);
    println!(
        "{} files, {kills} kills, {} results alike byte for byte",
        INPUTS,
        whole.len()
    );
}
