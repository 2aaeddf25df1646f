//! `sohoa lexicon`: the dictionary of known phrases, kept as a file that people can read and answer for.

use std::fs::Permissions;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde::Serialize;
use time::OffsetDateTime;

use super::{Exit, Failure, Said, output};
use crate::domain::Document;
use crate::stages::export::json;
use crate::stages::restore::dictionary::{Approval, Dictionary, Entry, Fault, FaultKind, Origin, Weight};
use crate::stages::restore::{Restorer, harvest};

#[derive(Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make a dictionary of what stands in results: titles, headers, criteria, rules, evidence
    Build {
        /// Results of `sohoa convert`, settled by a person; the phrases wait for approval
        #[arg(value_name = "RESULT.json", required = true)]
        results: Vec<PathBuf>,
        /// The dictionary to make, or to add to
        #[arg(short, long, value_name = "FILE")]
        output: PathBuf,
    },
    /// Print phrases with where they are from and who approved them, tabs between
    List {
        /// A dictionary; without one, the dictionary built into the program
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
        /// Only phrases whose source has this in its name
        #[arg(long, value_name = "WORD")]
        source: Option<String>,
    },
    /// Add a phrase that a person answers for
    Add {
        #[arg(value_name = "FILE")]
        file: PathBuf,
        phrase: String,
        /// The document that it stands in
        #[arg(long)]
        source: String,
        /// Who approves it
        #[arg(long, value_name = "NAME")]
        by: String,
    },
    /// Say what is wrong with a dictionary, one JSON line a fault
    Check {
        /// A dictionary; without one, the dictionary built into the program
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
    },
}

/// A fault as `check` prints it.
#[derive(Serialize)]
struct FaultDto<'a> {
    line: usize,
    phrase: &'a str,
    /// `error` or `warning`
    weight: &'static str,
    code: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    other_line: Option<usize>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    words: Vec<&'a str>,
}

impl<'a> FaultDto<'a> {
    fn new(fault: &'a Fault) -> Self {
        let (code, other_line, words) = match &fault.kind {
            FaultKind::Repeated(line) => ("repeated", Some(*line), Vec::new()),
            FaultKind::NoWord => ("no_word", None, Vec::new()),
            FaultKind::TooLong => ("too_long", None, Vec::new()),
            FaultKind::NotComposed => ("not_nfc", None, Vec::new()),
            FaultKind::Unlikely(words) => ("unlikely_word", None, words.iter().map(String::as_str).collect()),
            FaultKind::Rival(line) => ("same_letters_other_marks", Some(*line), Vec::new()),
            FaultKind::NoSource => ("no_source", None, Vec::new()),
            FaultKind::NotApproved => ("not_approved", None, Vec::new()),
        };
        Self {
            line: fault.line,
            phrase: &fault.phrase,
            weight: match fault.kind.weight() {
                Weight::Error => "error",
                Weight::Warning => "warning",
            },
            code,
            other_line,
            words,
        }
    }
}

/// `sohoa lexicon`
pub fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    match &arguments.command {
        Command::Build { results, output } => build(results, output),
        Command::List { file, source } => list(file.as_deref(), source.as_deref()),
        Command::Add {
            file,
            phrase,
            source,
            by,
        } => add(file, phrase, source, by),
        Command::Check { file } => check(file.as_deref()),
    }
}

fn build(results: &[PathBuf], output: &Path) -> Result<Exit, Failure> {
    let mut dictionary = existing(output)?;
    for path in results {
        let bytes = std::fs::read(path).map_err(|error| Failure::io(path.display(), &error))?;
        let document = json::read(&bytes).map_err(|error| not_a_result(path, &error))?;
        let origin = Origin {
            source: name_of(&document),
            approval: None,
        };
        let lines = lines_of(&document);
        let added = dictionary.add(&origin, lines.iter().flat_map(|text| text.lines()));
        let name = path.display();
        eprintln!("{name}: {added} cụm từ mới, chờ duyệt / new phrases, to be approved");
    }
    write(output, &dictionary)?;
    Ok(Exit::Done)
}

/// What a document is called: its number, else its file.
fn name_of(document: &Document) -> String {
    let number = document.metadata.number.clone();
    number.unwrap_or_else(|| document.source.file.clone())
}

/// The texts of a result that the next document of its kind will have too.
fn lines_of(document: &Document) -> Vec<String> {
    let mut lines: Vec<String> = document.metadata.title.iter().cloned().collect();
    for rubric in &document.rubrics {
        lines.extend(harvest::texts(rubric).iter().map(|t| t.text.to_owned()));
    }
    lines
}

fn list(file: Option<&Path>, source: Option<&str>) -> Result<Exit, Failure> {
    let dictionary = read(file)?;
    let wanted = |entry: &&Entry| source.is_none_or(|word| entry.origin.source.contains(word));
    let lines: String = dictionary
        .entries
        .iter()
        .filter(wanted)
        .map(|entry| {
            let approval = entry.origin.approval.as_ref();
            let approval = approval.map_or(String::new(), |a| format!("{} {}", a.by, a.on));
            format!("{}\t{}\t{approval}\n", entry.phrase, entry.origin.source)
        })
        .collect();
    output::print(&lines)?;
    Ok(Exit::Done)
}

fn add(file: &Path, phrase: &str, source: &str, by: &str) -> Result<Exit, Failure> {
    let mut dictionary = existing(file)?;
    let origin = Origin {
        source: source.to_owned(),
        approval: Some(Approval {
            by: by.to_owned(),
            on: OffsetDateTime::now_utc().date().to_string(),
        }),
    };
    if dictionary.add(&origin, [phrase]) == 0 {
        return Err(Failure::new(
            Exit::Refused,
            "no_new_phrase",
            Said::new(
                format!("«{phrase}» đã có, hoặc không đủ hai từ"),
                format!("\"{phrase}\" is there already, or has fewer than two words"),
            ),
        ));
    }
    write(file, &dictionary)?;
    Ok(Exit::Done)
}

fn check(file: Option<&Path>) -> Result<Exit, Failure> {
    let faults = read(file)?.faults();
    let mut lines = String::new();
    for fault in &faults {
        // Text and numbers always serialise.
        lines += &serde_json::to_string(&FaultDto::new(fault)).unwrap_or_default();
        lines.push('\n');
    }
    output::print(&lines)?;
    let errors = faults.iter().any(|f| f.kind.weight() == Weight::Error);
    Ok(if errors { Exit::Error } else { Exit::Done })
}

/// A dictionary that may not be there yet.
fn existing(path: &Path) -> Result<Dictionary, Failure> {
    if path.exists() {
        read(Some(path))
    } else {
        Ok(Dictionary::default())
    }
}

/// The file gets its name when it is whole.
fn write(path: &Path, dictionary: &Dictionary) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::io(path.display(), &error);
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty());
    let mut part = tempfile::Builder::new()
        .permissions(Permissions::from_mode(0o644))
        .tempfile_in(folder.unwrap_or(Path::new(".")))
        .map_err(failed)?;
    part.write_all(dictionary.to_text().as_bytes()).map_err(failed)?;
    part.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}

fn read(path: Option<&Path>) -> Result<Dictionary, Failure> {
    let Some(path) = path else {
        return Ok(Dictionary::parse(Restorer::built_in_phrases()));
    };
    let bytes = std::fs::read(path).map_err(|error| Failure::io(path.display(), &error))?;
    let text = String::from_utf8(bytes).map_err(|_| {
        Failure::new(
            Exit::Refused,
            "not_text",
            Said::new(
                format!("{}: không phải văn bản UTF-8", path.display()),
                format!("{}: not UTF-8 text", path.display()),
            ),
        )
    })?;
    Ok(Dictionary::parse(&text))
}

fn not_a_result(path: &Path, error: &json::JsonError) -> Failure {
    let name = path.display();
    Failure::new(
        Exit::Refused,
        "not_a_result",
        Said::new(
            format!("{name}: không phải kết quả của sohoa: {error}"),
            format!("{name}: not a result of sohoa: {error}"),
        ),
    )
    .hint(Said::new(
        "`sohoa convert TỆP -o out` tạo tệp out/….json",
        "`sohoa convert FILE -o out` makes out/….json",
    ))
}
