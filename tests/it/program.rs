//! The program under test and the files it is given.

use std::path::{Path, PathBuf};
use std::process::Output;

use assert_cmd::Command;
use serde_json::Value;

/// `sohoa`, with the parts of this checkout unless the environment names others.
pub fn sohoa() -> Command {
    let mut command = Command::cargo_bin("sohoa").unwrap();
    if std::env::var_os("SOHOA_RUNTIME").is_none() {
        command.env(
            "SOHOA_RUNTIME",
            Path::new(env!("CARGO_MANIFEST_DIR")).join(".runtime"),
        );
    }
    command
}

/// A bundled scan or PDF.
pub fn scan(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/scans")
        .join(name)
}

/// What stands in a folder, hidden files too; empty when there is no folder.
pub fn names_in(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// The exit code and stderr of a run; a death by signal is a failed test.
pub fn end_of(output: &Output) -> (i32, String) {
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    (
        output
            .status
            .code()
            .unwrap_or_else(|| panic!("killed: {}\n{stderr}", output.status)),
        stderr,
    )
}

/// What the program makes of a file.
pub fn converted(file: &Path) -> Value {
    let output = sohoa()
        .arg("convert")
        .arg(file)
        .args(["-o", "-"])
        .output()
        .unwrap();
    let (exit, stderr) = end_of(&output);
    assert_eq!(exit, 0, "{}: {stderr}", file.display());
    serde_json::from_slice(&output.stdout).unwrap()
}

/// How `sohoa convert` ends on a file with the Tesseract models of `tessdata`, which it has to refuse; stderr is told.
pub fn refused_with_models_of(tessdata: &Path, file: &Path) -> (Output, String) {
    let output = sohoa()
        .arg("convert")
        .arg(file)
        .args(["-o", "-"])
        .env("TESSDATA_PREFIX", tessdata)
        .output()
        .unwrap();
    let (exit, stderr) = end_of(&output);
    assert_eq!(exit, 5, "{stderr}");
    assert_says(&stderr, "part_missing");
    (output, stderr)
}

/// The message in both languages, with its stable code.
pub fn assert_says(stderr: &str, code: &str) {
    for language in ["lỗi:", "error:"] {
        let said = stderr
            .lines()
            .any(|line| line.starts_with(language) && line.ends_with(&format!("[{code}]")));
        assert!(said, "no `{language} … [{code}]` in:\n{stderr}");
    }
}
