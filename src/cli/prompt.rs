//! Asking for a password on the terminal without showing it.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::mem::MaybeUninit;
use std::os::fd::AsRawFd;

/// Asks on the terminal, wherever stdin and stdout lead, and reads one line that is not shown.
pub fn hidden(question: &str) -> io::Result<String> {
    let mut terminal = File::options().read(true).write(true).open("/dev/tty")?;
    write!(terminal, "{question}")?;
    terminal.flush()?;
    let mut line = String::new();
    {
        let _quiet = Quiet::on(&terminal)?;
        BufReader::new(&terminal).read_line(&mut line)?;
    }
    writeln!(terminal)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

/// No echo for as long as this lives.
struct Quiet<'a> {
    terminal: &'a File,
    before: libc::termios,
}

impl<'a> Quiet<'a> {
    fn on(terminal: &'a File) -> io::Result<Self> {
        let mut before = MaybeUninit::<libc::termios>::uninit();
        // SAFETY: the descriptor is open, and `before` is room for one termios.
        if unsafe { libc::tcgetattr(terminal.as_raw_fd(), before.as_mut_ptr()) } != 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: tcgetattr returned 0, so it has filled in the whole value.
        let before = unsafe { before.assume_init() };
        let mut quiet = before;
        quiet.c_lflag &= !libc::ECHO;
        set(terminal, &quiet)?;
        Ok(Self { terminal, before })
    }
}

impl Drop for Quiet<'_> {
    fn drop(&mut self) {
        // Nothing is left to do if the terminal is gone.
        let _ = set(self.terminal, &self.before);
    }
}

fn set(terminal: &File, settings: &libc::termios) -> io::Result<()> {
    // SAFETY: the descriptor is open, and `settings` is a whole termios that outlives the call.
    match unsafe { libc::tcsetattr(terminal.as_raw_fd(), libc::TCSAFLUSH, settings) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}
