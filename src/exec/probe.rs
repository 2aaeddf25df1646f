//! Does the sandbox hold on this machine? A child tries what it must not be able to do.

use std::io;
use std::net::{TcpStream, UdpSocket};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

use rlimit::Resource;

use super::process::{Process, Signal};
use super::protocol::{Order, Report, Task};
use super::sandbox::{Allowed, Wall, Walls};

/// A child that has nothing to do should be done by then.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a probe found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    pub walls: Walls,
    /// What went through though it should not have; empty when the sandbox holds.
    pub leaks: Vec<String>,
}

/// Starts a child that tries the sandbox's walls.
pub fn probe() -> io::Result<Probe> {
    let work = tempfile::TempDir::with_prefix("sohoa-probe-")?;
    let inside = work.path().join("work");
    std::fs::create_dir(&inside)?;
    std::fs::write(neighbour(&inside), "another document")?;
    let (send, signals) = mpsc::channel();
    let process = Process::start(&Order::new(Task::Probe { work: inside.clone() }), &inside, &send)?;
    let (mut walls, mut leaks) = (None, None);
    loop {
        match signals.recv_timeout(PATIENCE) {
            Ok(Signal::Report(Report::Walls(found))) => walls = Some(found),
            Ok(Signal::Report(Report::Leaks { leaks: found })) => leaks = Some(found),
            Ok(Signal::Report(_) | Signal::Cancelled) => {}
            Ok(Signal::Ended) => break,
            Err(_) => {
                process.kill();
                break;
            }
        }
    }
    let burial = process.bury()?;
    for signal in signals.try_iter() {
        match signal {
            Signal::Report(Report::Walls(found)) => walls = Some(found),
            Signal::Report(Report::Leaks { leaks: found }) => leaks = Some(found),
            _ => {}
        }
    }
    match (walls, leaks) {
        (Some(walls), Some(leaks)) => Ok(Probe { walls, leaks }),
        _ => Err(io::Error::other(format!(
            "the probe ended early ({}): {}",
            burial.status, burial.last_words
        ))),
    }
}

impl Probe {
    /// Every wall stands whole and nothing went through.
    pub fn holds(&self) -> bool {
        let Walls { files, calls, limits } = &self.walls;
        self.leaks.is_empty() && [files, calls, limits].into_iter().all(|wall| *wall == Wall::Full)
    }
}

/// A document that another child is at, beside the folder of this one.
fn neighbour(work: &Path) -> PathBuf {
    work.with_file_name("neighbour.pdf")
}

/// What a probe may hold, in bytes.
const MEMORY: u64 = 256 << 20;

pub(super) fn allowed(work: &Path) -> Allowed {
    Allowed {
        read: Vec::new(),
        write: work.to_owned(),
        memory: MEMORY,
        cpu_seconds: PATIENCE.as_secs(),
        file_bytes: 1 << 20,
    }
}

/// Tries each thing that the sandbox forbids; the names of those that went through.
pub(super) fn leaks(work: &Path, parent: u32) -> Vec<String> {
    let outside = work.with_file_name("outside");
    let too_much = vec![0; 2 << 20];
    // SAFETY: kill(2) with signal 0 only asks whether it may.
    let may_signal = || unsafe { libc::kill(parent.cast_signed(), 0) } == 0;
    let attempts: [(&str, bool); 14] = [
        ("reads /etc/passwd", std::fs::read("/etc/passwd").is_ok()),
        ("reads another document", std::fs::read(neighbour(work)).is_ok()),
        ("lists /", std::fs::read_dir("/").is_ok()),
        ("writes outside its folder", std::fs::write(&outside, "x").is_ok()),
        (
            "makes links",
            std::os::unix::fs::symlink("/etc", work.join("link")).is_ok(),
        ),
        (
            "starts programs",
            std::process::Command::new("/bin/true").status().is_ok(),
        ),
        ("starts processes", forks()),
        (
            "opens connections",
            TcpStream::connect("127.0.0.1:9").is_err_and(|e| is_refusal_of_peer(&e)),
        ),
        ("opens sockets", UdpSocket::bind("127.0.0.1:0").is_ok()),
        ("signals its parent", may_signal()),
        (
            "reads its parent's memory",
            std::fs::File::open(format!("/proc/{parent}/mem")).is_ok(),
        ),
        ("moves its limits", Resource::NOFILE.set(8, 64).is_ok()),
        (
            "holds more memory than it may",
            Vec::<u8>::new().try_reserve_exact(MEMORY as usize).is_ok(),
        ),
        (
            "writes large files",
            std::fs::write(work.join("large"), &too_much).is_ok(),
        ),
    ];
    attempts
        .into_iter()
        .filter(|(_, went_through)| *went_through)
        .map(|(name, _)| name.to_owned())
        .collect()
}

/// A child of this one came to be, and is gone.
fn forks() -> bool {
    // SAFETY: the child does nothing but end, without running what the parent set up for its end.
    match unsafe { libc::fork() } {
        0 => unsafe { libc::_exit(0) },
        child => child > 0,
    }
}

/// The network was reached; only nobody listened.
fn is_refusal_of_peer(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::ConnectionRefused
}
