//! `sohoa score`: points with a trace, for the answers of a unit.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::{Exit, Failure, Said, output, rubric_file};
use crate::scoring;
use crate::stages::export::json;

#[derive(Args)]
pub struct Arguments {
    /// A sohoa/1 file or a rubric of one; `-` reads from stdin
    #[arg(value_name = "RUBRIC.json")]
    rubric_file: PathBuf,
    /// Answers by the criterion's id: {"I.6": {"value": "85"}, "1.1": {"choice": "Có"}}; `-` reads from stdin
    #[arg(value_name = "ANSWERS.json", required_unless_present = "reach")]
    answers: Option<PathBuf>,
    /// Which rubric, where the file has several; counted from 1
    #[arg(long, value_name = "NUMBER")]
    rubric: Option<usize>,
    /// Instead: the least and the most points that the rules can give
    #[arg(long, conflicts_with = "answers")]
    reach: bool,
}

/// `sohoa score`: done even where answers are refused; each says why.
pub fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let rubric = rubric_file::one(&arguments.rubric_file, arguments.rubric)?;
    let Some(file) = &arguments.answers else {
        print(&json::Reached::new(&rubric, &scoring::reach(&rubric)))?;
        return Ok(Exit::Done);
    };
    let answers = json::read_answers(&rubric_file::bytes(file)?).map_err(|error| {
        let name = file.display();
        Failure::new(
            Exit::Refused,
            "not_answers",
            Said::new(
                format!("{name}: không phải tệp trả lời: {error}"),
                format!("{name}: not a file of answers: {error}"),
            ),
        )
        .hint(Said::new(
            "mẫu: {\"I.6\": {\"value\": \"85\"}, \"1.1\": {\"choice\": \"Có\"}}",
            "for example: {\"I.6\": {\"value\": \"85\"}, \"1.1\": {\"choice\": \"Có\"}}",
        ))
    })?;
    let scored = scoring::score(&rubric, &answers);
    for (id, why) in scored.refused() {
        let words = why.words();
        eprintln!("{id}: {} / {}", words.vi, words.en);
    }
    print(&json::Scored::from(&scored))?;
    Ok(Exit::Done)
}

fn print(value: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value).map_err(|error| Failure::io("stdout", &error.into()))?;
    output::print(&(text + "\n"))
}
