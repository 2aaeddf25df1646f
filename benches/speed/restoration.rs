//! How fast `sohoa restore` is, on text that is sound and on text that lost its marks.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::measure;

/// Bar: megabytes of text a second, one thread.
pub const LEAST: f64 = 1.0;
/// Bytes that are restored in one run.
const BYTES: usize = 4_000_000;

/// One kind of text.
pub struct Rate {
    pub name: &'static str,
    /// 10^6 bytes a second, the start of the program included.
    pub megabytes: f64,
}

/// The texts of the bundled decisions, again and again, sound and without marks.
pub fn rates(home: &Path, work: &Path) -> Result<Vec<Rate>> {
    let text = texts(&home.join("fixtures/truth"))?;
    let sound = text.repeat(BYTES / text.len() + 1);
    let bare: String = sound
        .nfd()
        .filter(|c| !is_combining_mark(*c))
        .map(|c| match c {
            'đ' => 'd',
            'Đ' => 'D',
            c => c,
        })
        .collect();
    [("sound text", sound), ("text without its marks", bare)]
        .into_iter()
        .map(|(name, text)| {
            let file = work.join("text.txt");
            std::fs::write(&file, &text)?;
            let mut command = Command::new(env!("CARGO_BIN_EXE_sohoa"));
            command.arg("restore").arg(&file);
            let measured = measure::run(command.stdout(Stdio::null()).stderr(Stdio::null()))?;
            ensure!(measured.status.success(), "sohoa restore failed on {name}");
            let megabytes = text.len() as f64 / 1e6 / measured.wall.as_secs_f64();
            Ok(Rate { name, megabytes })
        })
        .collect()
}

fn texts(folder: &Path) -> Result<String> {
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .with_context(|| folder.display().to_string())?
        .flatten()
        .map(|f| f.path())
        .filter(|p| p.extension().is_some_and(|e| e == "json"))
        .collect();
    files.sort();
    let mut text = String::new();
    for file in files {
        let truth: serde_json::Value = serde_json::from_slice(&std::fs::read(&file)?)?;
        collect(&truth["title"], &mut text);
        collect(&truth["prose"], &mut text);
        collect(&truth["tables"], &mut text);
    }
    ensure!(!text.is_empty(), "no truth in {}", folder.display());
    Ok(text)
}

fn collect(value: &serde_json::Value, text: &mut String) {
    match value {
        serde_json::Value::String(line) => {
            text.push_str(line);
            text.push('\n');
        }
        serde_json::Value::Array(all) => all.iter().for_each(|v| collect(v, text)),
        serde_json::Value::Object(all) => ["header", "rows"]
            .iter()
            .filter_map(|part| all.get(*part))
            .for_each(|v| collect(v, text)),
        _ => {}
    }
}
