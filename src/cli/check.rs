//! `sohoa check`: the findings of a rubric file, as data.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::{Exit, Failure, output, rubric_file};
use crate::domain::{Rubric, Table};
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
    let mut document = rubric_file::read(&arguments.file)?;
    output::print(&report(&mut document.rubrics, &document.tables, &document.text)?)?;
    Ok(Exit::Done)
}

fn report(rubrics: &mut [Rubric], tables: &[Table], text: &str) -> Result<String, Failure> {
    check::rubrics(rubrics, tables, text, json::known_rubrics());
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
