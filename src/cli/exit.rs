use std::process::ExitCode;

use crate::exec::ExecError;

/// How a command ends; from the mildest to the worst, so that of several inputs the worst counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    Done,
    /// Done, but some pages have no result.
    PagesFailed,
    /// Not a document, encrypted, or over a limit.
    Refused,
    Error,
    BadArguments,
    /// A needed part is missing; `sohoa doctor` says which.
    PartMissing,
    Interrupted,
}

impl Exit {
    /// The contract's code.
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Error => 1,
            Self::BadArguments => 2,
            Self::Refused => 3,
            Self::PagesFailed => 4,
            Self::PartMissing => 5,
            Self::Interrupted => 130,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        exit.code().into()
    }
}

impl From<&ExecError> for Exit {
    fn from(error: &ExecError) -> Self {
        match error {
            ExecError::Refused { .. } => Self::Refused,
            ExecError::PartMissing { .. } => Self::PartMissing,
            ExecError::Cancelled => Self::Interrupted,
            ExecError::TimedOut { .. }
            | ExecError::OutOfMemory
            | ExecError::Crashed { .. }
            | ExecError::Io { .. } => Self::Error,
        }
    }
}
