//! What a command says to people, on stderr: what failed, where, what to do next, in Vietnamese
//! and English, with a stable code for programs.

use std::fmt::Display;
use std::io::Write;

use super::{Exit, Said};
use crate::domain::harmless_lines;
use crate::exec::ExecError;

/// Why a command could not do what it was asked.
#[derive(Debug)]
pub struct Failure {
    pub exit: Exit,
    /// Stable: `encrypted`, `disk_full`…
    pub code: String,
    pub what: Said,
    hint: Option<Box<Said>>,
}

impl Failure {
    pub fn new(exit: Exit, code: impl Into<String>, what: Said) -> Self {
        Self {
            exit,
            code: code.into(),
            what,
            hint: None,
        }
    }

    /// Adds the next step.
    pub fn hint(mut self, hint: Said) -> Self {
        self.hint = Some(Box::new(hint));
        self
    }

    /// What is said, with the next step.
    pub fn with_hint(&self) -> Said {
        match &self.hint {
            Some(hint) => Said::new(
                format!("{}\n{}", self.what.vi, hint.vi),
                format!("{}\n{}", self.what.en, hint.en),
            ),
            None => self.what.clone(),
        }
    }

    /// A document that could not be parsed, by its name.
    pub fn document(name: &str, error: &ExecError) -> Self {
        let what = Said::new(
            format!("{name}: {}", error.message_vi()),
            format!("{name}: {}", error.message_en()),
        );
        Self::new(error.into(), error.code(), what)
    }

    /// An error of the system around a path or an argument.
    pub fn io(path: impl Display, error: &std::io::Error) -> Self {
        let error = ExecError::Io {
            path: path.to_string().into(),
            source: std::io::Error::new(error.kind(), error.to_string()),
        };
        Self::new(
            (&error).into(),
            error.code(),
            Said::new(error.message_vi(), error.message_en()),
        )
    }

    /// Prints the failure, with nothing in it that a terminal would obey; a closed stderr is nobody's loss.
    pub fn print(&self) {
        let mut stderr = std::io::stderr().lock();
        let (vi, en) = (harmless_lines(&self.what.vi), harmless_lines(&self.what.en));
        let _ = writeln!(stderr, "lỗi: {vi} [{}]", self.code);
        let _ = writeln!(stderr, "error: {en} [{}]", self.code);
        if let Some(hint) = &self.hint {
            let _ = writeln!(stderr, "hint: {} / {}", hint.vi, hint.en);
        }
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::new(
            Exit::Error,
            "error",
            Said::new(format!("{error:#}"), format!("{error:#}")),
        )
    }
}

/// Says something that does not stop the command.
pub fn warn(what: &Said) {
    let mut stderr = std::io::stderr().lock();
    let _ = writeln!(stderr, "cảnh báo: {}", harmless_lines(&what.vi));
    let _ = writeln!(stderr, "warning: {}", harmless_lines(&what.en));
}

/// Says something that people should know beside the data on stdout.
pub fn note(what: &Said) {
    let mut stderr = std::io::stderr().lock();
    let _ = writeln!(stderr, "{}", what.vi);
    let _ = writeln!(stderr, "{}", what.en);
}
