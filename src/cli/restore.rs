//! `sohoa restore`: garbled text in, restored text out.

use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use super::{Exit, Failure, Said};
use crate::encoding::Encoding;
use crate::stages::restore::{Change, Memory, Restorer, Wanted};

/// So many lines, or so many bytes, are restored together, each giving its words to the next as context.
const BLOCK_LINES: usize = 200;
const BLOCK_BYTES: usize = 32 * 1024;

#[derive(Args)]
pub struct Arguments {
    /// Garbled text in UTF-8, or text in TCVN3, VNI or VIQR; `-` or nothing: stdin
    file: Option<PathBuf>,
    /// Print one JSON line a change instead of the text
    #[arg(long)]
    explain: bool,
    /// Known phrases, one a line, in place of the built-in ones: the forms that you expect
    #[arg(long, value_name = "FILE")]
    phrases: Option<PathBuf>,
}

/// A change as `--explain` prints it.
#[derive(Serialize)]
struct ExplainedDto<'a> {
    /// Counted from 1.
    line: usize,
    raw: &'a str,
    restored: &'a str,
    candidates: &'a [String],
    gain: f32,
    reason: &'a str,
}

impl<'a> ExplainedDto<'a> {
    fn new(change: &'a Change, lines_before: usize) -> Self {
        Self {
            line: lines_before + change.line + 1,
            raw: &change.raw,
            restored: &change.restored,
            candidates: &change.candidates,
            gain: (change.gain * 100.0).round() / 100.0,
            reason: &change.reason,
        }
    }
}

/// What goes to stdout.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Output {
    Text,
    Changes,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let restorer = match &arguments.phrases {
        Some(path) => {
            let bytes = std::fs::read(path).map_err(|error| Failure::io(path.display(), &error))?;
            let phrases = String::from_utf8(bytes).map_err(|_| not_text(&path.display().to_string()))?;
            Restorer::with_phrases(&phrases)
        }
        None => Restorer::built_in(),
    };
    let output = if arguments.explain {
        Output::Changes
    } else {
        Output::Text
    };
    match arguments.file.as_deref().filter(|path| *path != Path::new("-")) {
        Some(path) => {
            let file = File::open(path).map_err(|error| Failure::io(path.display(), &error))?;
            stream(
                &restorer,
                BufReader::new(file),
                &path.display().to_string(),
                output,
            )
        }
        None => stream(&restorer, io::stdin().lock(), "-", output),
    }
}

/// Restores block after block, so that a long text needs no more memory than a short one.
fn stream(restorer: &Restorer, mut input: impl BufRead, name: &str, output: Output) -> Result<Exit, Failure> {
    let mut stdout = io::stdout().lock();
    let mut lines = 0;
    let mut memory = Memory::default();
    let wanted = match output {
        Output::Text => Wanted::Lines,
        Output::Changes => Wanted::Changes,
    };
    loop {
        let block = read_block(&mut input, name)?;
        if block.is_empty() {
            return Ok(Exit::Done);
        }
        let restored = restorer.more_text(&block, &mut memory, wanted);
        let mut out = String::new();
        match output {
            Output::Text => {
                out = restored.lines.join("\n");
                if block.ends_with('\n') {
                    out.push('\n');
                }
            }
            Output::Changes => {
                for change in &restored.changes {
                    let line = serde_json::to_string(&ExplainedDto::new(change, lines));
                    out.push_str(&line.map_err(anyhow::Error::from)?);
                    out.push('\n');
                }
            }
        }
        lines += restored.lines.len();
        match stdout.write_all(out.as_bytes()).and_then(|()| stdout.flush()) {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(Exit::Done),
            written => written.map_err(|error| Failure::io("stdout", &error))?,
        }
    }
}

/// The next lines, with their ends; empty at the end of the input.
fn read_block(input: &mut impl BufRead, name: &str) -> Result<String, Failure> {
    let mut block = Vec::new();
    for _ in 0..BLOCK_LINES {
        let read = input
            .read_until(b'\n', &mut block)
            .map_err(|error| Failure::io(name, &error))?;
        if read == 0 || block.len() > BLOCK_BYTES {
            break;
        }
    }
    String::from_utf8(block).or_else(|error| {
        // A file of an old encoding has one byte a code.
        let codes: String = error.as_bytes().iter().copied().map(char::from).collect();
        let old = Encoding::of_text(&codes).is_some();
        old.then_some(codes).ok_or_else(|| not_text(name))
    })
}

fn not_text(name: &str) -> Failure {
    Failure::new(
        Exit::Refused,
        "not_text",
        Said::new(
            format!("{name}: không phải văn bản UTF-8"),
            format!("{name}: not UTF-8 text"),
        ),
    )
    .hint(Said::new(
        "`sohoa convert` đọc PDF và ảnh; văn bản thuần phải ở bảng mã UTF-8, TCVN3, VNI hoặc VIQR",
        "`sohoa convert` reads PDF and images; plain text must be in UTF-8, TCVN3, VNI or VIQR",
    ))
}
