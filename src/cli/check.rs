//! `sohoa check`: the findings of a rubric file, as data.

use std::io::Read;
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::{Exit, Failure, Said, output};
use crate::domain::{Document, Rubric, Table};
use crate::stages::check;
use crate::stages::export::json;

#[derive(Args)]
pub struct Arguments {
    /// A sohoa/1 file or a rubric of one; `-` reads from stdin
    #[arg(value_name = "RUBRIC.json")]
    file: PathBuf,
}

/// What is printed: one entry a finding, with the rubric it is about, counted from 0.
#[derive(Serialize)]
struct Report {
    schema: &'static str,
    findings: Vec<Entry>,
}

#[derive(Serialize)]
struct Entry {
    rubric: usize,
    #[serde(flatten)]
    finding: json::Finding,
}

/// `sohoa check`: done whatever is found.
pub fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let bytes = read(arguments)?;
    let mut document = rubrics_of(&bytes).map_err(|error| {
        let name = arguments.file.display();
        Failure::new(
            Exit::Refused,
            "not_a_rubric",
            Said::new(
                format!("{name}: không phải tệp rubric của sohoa: {error}"),
                format!("{name}: not a rubric file of sohoa: {error}"),
            ),
        )
        .hint(Said::new(
            "`sohoa convert TỆP -o out` tạo tệp out/….json",
            "`sohoa convert FILE -o out` makes out/….json",
        ))
    })?;
    output::print(&report(&mut document.rubrics, &document.tables, &document.text)?)?;
    Ok(Exit::Done)
}

fn read(arguments: &Arguments) -> Result<Vec<u8>, Failure> {
    if arguments.file.as_os_str() == "-" {
        let mut bytes = Vec::new();
        let read = std::io::stdin().lock().read_to_end(&mut bytes);
        return read.map(|_| bytes).map_err(|error| Failure::io("stdin", &error));
    }
    std::fs::read(&arguments.file).map_err(|error| Failure::io(arguments.file.display(), &error))
}

/// A whole file, or a bare rubric, which has no tables and no prose.
fn rubrics_of(bytes: &[u8]) -> Result<Document, json::JsonError> {
    json::read(bytes).or_else(|error| match json::read_rubrics(bytes) {
        Ok(rubrics) => Ok(Document {
            rubrics,
            ..Document::default()
        }),
        Err(_) => Err(error),
    })
}

fn report(rubrics: &mut [Rubric], tables: &[Table], text: &str) -> Result<String, Failure> {
    check::rubrics(rubrics, tables, text);
    let entry = |(rubric, made): (usize, &Rubric)| {
        made.findings
            .iter()
            .map(|finding| Entry {
                rubric,
                finding: json::Finding::from(finding),
            })
            .collect::<Vec<_>>()
    };
    let report = Report {
        schema: "sohoa-findings/1",
        findings: rubrics.iter().enumerate().flat_map(entry).collect(),
    };
    let text = serde_json::to_string_pretty(&report).map_err(|error| Failure::io("stdout", &error.into()))?;
    Ok(text + "\n")
}
