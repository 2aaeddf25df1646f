//! Data on stdout.

use std::io::{self, ErrorKind, Read, Write};

use super::Failure;

/// Writes data to stdout. A reader that went away (`| head`) ends the command quietly.
pub fn print(text: &str) -> Result<(), Failure> {
    copy(&mut text.as_bytes())
}

/// Copies data to stdout, like [`print`].
pub fn copy(data: &mut dyn Read) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    match io::copy(data, &mut stdout).and_then(|_| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Failure::io("stdout", &error)),
        _ => Ok(()),
    }
}
