//! A running child: started, listened to, killed, buried.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use super::cancel::Waiting;
use super::program;
use super::protocol::{Order, Report};
use super::{Cancel, ExecError};

/// No honest line is longer; a child that was taken over must not fill the parent's memory.
const LONGEST_LINE: u64 = 1 << 20;
/// What is kept of a child's last words.
const LAST_WORDS: usize = 8 << 10;

/// What the parent waits for.
pub(super) enum Signal {
    Report(Report),
    /// The child has ended but is not yet buried, so its number is still its own.
    Ended,
    Cancelled,
}

/// What the parent listens with: whoever throws the switch is heard for as long as the last part lives.
pub(super) fn ears(cancel: &Cancel) -> Result<(Sender<Signal>, Receiver<Signal>, Waiting), ExecError> {
    let (send, signals) = channel();
    let waker = send.clone();
    let waiting = cancel.on_cancel(move || {
        let _ = waker.send(Signal::Cancelled);
    });
    match cancel.is_cancelled() {
        true => Err(ExecError::Cancelled),
        false => Ok((send, signals, waiting)),
    }
}

/// How a child ended.
pub(super) struct Burial {
    pub status: ExitStatus,
    /// Largest resident set, in bytes.
    pub peak_memory: u64,
    /// The tail of its stderr.
    pub last_words: String,
}

pub(super) struct Process {
    pid: libc::pid_t,
    listener: JoinHandle<()>,
    last_words: JoinHandle<String>,
    watcher: JoinHandle<()>,
}

impl Process {
    /// Starts a child with a clean environment in a process group of its own, and hands it `order`.
    pub fn start(order: &Order, temp: &Path, signals: &Sender<Signal>) -> io::Result<Self> {
        let mut command = Command::new(program::path()?);
        command
            .arg0("sohoa")
            .arg("__worker")
            .env_clear()
            .env("LANG", "C.UTF-8")
            .env("HOME", temp)
            .env("TMPDIR", temp)
            // Read when libgomp is loaded, so the child itself could not set it any more.
            .env("OMP_THREAD_LIMIT", "1")
            // A child is one document on one processor; documents are what runs side by side.
            .env("RTEN_NUM_THREADS", "1")
            .env("MALLOC_ARENA_MAX", "2")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0);
        for kept in ["LD_LIBRARY_PATH", "RUST_BACKTRACE"] {
            if let Some(value) = std::env::var_os(kept) {
                command.env(kept, value);
            }
        }
        let mut child = command.spawn()?;
        let pid = child.id().cast_signed();
        let handed = hand_over(&mut child, order);
        let process = Self {
            pid,
            listener: listen(&mut child, signals.clone()),
            last_words: keep_last_words(&mut child),
            watcher: watch(pid, signals.clone()),
        };
        match handed {
            // A child that died at once closes its stdin: how it ended says more than the broken pipe.
            Ok(()) => Ok(process),
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(process),
            Err(error) => {
                process.kill();
                process.bury()?;
                Err(error)
            }
        }
    }

    /// Kills the whole group at once. Only before [`Self::bury`].
    pub fn kill(&self) {
        // SAFETY: kill(2) takes numbers only; the child is not buried yet, so the group is its own.
        unsafe {
            libc::kill(-self.pid, libc::SIGKILL);
        }
    }

    /// Waits for the end and takes the account.
    pub fn bury(self) -> io::Result<Burial> {
        let mut status = 0;
        // SAFETY: rusage is plain numbers, for which all zeros is a value.
        let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
        loop {
            // SAFETY: both pointers are to live values of the right types.
            let waited = unsafe { libc::wait4(self.pid, &raw mut status, 0, &raw mut usage) };
            if waited == self.pid {
                break;
            }
            let error = io::Error::last_os_error();
            if error.kind() != io::ErrorKind::Interrupted {
                return Err(error);
            }
        }
        let _ = self.watcher.join();
        let _ = self.listener.join();
        let last_words = self.last_words.join().unwrap_or_default();
        let kilobytes = u64::try_from(usage.ru_maxrss).unwrap_or(0);
        Ok(Burial {
            status: ExitStatus::from_raw(status),
            peak_memory: kilobytes * 1024,
            last_words,
        })
    }
}

fn hand_over(child: &mut Child, order: &Order) -> io::Result<()> {
    let order = serde_json::to_vec(order).map_err(io::Error::other)?;
    match child.stdin.take() {
        Some(mut stdin) => stdin.write_all(&order),
        None => Ok(()),
    }
}

fn listen(child: &mut Child, signals: Sender<Signal>) -> JoinHandle<()> {
    let stdout = child.stdout.take();
    std::thread::spawn(move || {
        let Some(stdout) = stdout else { return };
        let mut stdout = BufReader::new(stdout);
        let mut line = Vec::new();
        while let Ok(1..) = stdout.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line) {
            match serde_json::from_slice(&line) {
                Ok(report) => {
                    let _ = signals.send(Signal::Report(report));
                }
                Err(_) => tracing::debug!(line = %String::from_utf8_lossy(&line), "not a report"),
            }
            line.clear();
        }
    })
}

fn keep_last_words(child: &mut Child) -> JoinHandle<String> {
    let stderr = child.stderr.take();
    std::thread::spawn(move || {
        let mut tail: Vec<u8> = Vec::new();
        let mut buffer = [0; 4096];
        let Some(mut stderr) = stderr else {
            return String::new();
        };
        while let Ok(read @ 1..) = stderr.read(&mut buffer) {
            tail.extend_from_slice(&buffer[..read]);
            let surplus = tail.len().saturating_sub(LAST_WORDS);
            tail.drain(..surplus);
        }
        String::from_utf8_lossy(&tail).into_owned()
    })
}

/// Tells when the child has ended, without burying it.
fn watch(pid: libc::pid_t, signals: Sender<Signal>) -> JoinHandle<()> {
    std::thread::spawn(move || {
        let id = libc::id_t::from(pid.cast_unsigned());
        loop {
            // SAFETY: siginfo_t is plain data, for which all zeros is a value.
            let mut info: libc::siginfo_t = unsafe { std::mem::zeroed() };
            // SAFETY: `info` lives through the call; WNOWAIT leaves the child to be buried by `bury`.
            let ended =
                unsafe { libc::waitid(libc::P_PID, id, &raw mut info, libc::WEXITED | libc::WNOWAIT) };
            if ended == 0 || io::Error::last_os_error().kind() != io::ErrorKind::Interrupted {
                break;
            }
        }
        let _ = signals.send(Signal::Ended);
    })
}
