//! `sohoa diff`: what an amendment changed.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{Exit, Failure, output, rubric_file};
use crate::compare;
use crate::stages::export::{comparison, json};

#[derive(Args)]
pub struct Arguments {
    /// The rubric as it was: a sohoa/1 file or a rubric of one
    #[arg(value_name = "OLD.json")]
    old: PathBuf,
    /// The rubric as it is now
    #[arg(value_name = "NEW.json")]
    new: PathBuf,
    /// Lines for people, JSON for programs, or a page for a browser
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
    Html,
}

/// `sohoa diff`: done whatever differs.
pub fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let old = rubric_file::read(&arguments.old)?.rubrics;
    let new = rubric_file::read(&arguments.new)?.rubrics;
    let sides = compare::files(&old, &new);
    let text = match arguments.format {
        Format::Text => comparison::text(&sides),
        Format::Html => comparison::html(
            &arguments.old.display().to_string(),
            &arguments.new.display().to_string(),
            &sides,
        ),
        Format::Json => {
            let shape = json::Comparison::from(&sides[..]);
            let text = serde_json::to_string_pretty(&shape);
            text.map_err(|error| Failure::io("stdout", &error.into()))? + "\n"
        }
    };
    output::print(&text)?;
    Ok(Exit::Done)
}
