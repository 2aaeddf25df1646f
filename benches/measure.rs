//! Runs a program and says what it took: wall clock, and the peak memory of it and of its children apart.

use std::collections::BTreeMap;
use std::io;
use std::process::{Child, Command, ExitStatus};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// What one run took.
pub struct Measured {
    pub status: ExitStatus,
    pub wall: Duration,
    /// Peak resident memory of the program itself, in bytes.
    pub parent_peak: u64,
    /// The largest peak among its descendants, in bytes; 0 where it started none.
    pub child_peak: u64,
    /// The most that it and all its descendants held at one time, in bytes; what they share is counted in each.
    pub tree_peak: u64,
    /// Processor time of it and of those of its descendants that it waited for.
    pub processor: Duration,
}

/// Between two looks at `/proc`. A peak is a high-water mark, so only a process's last moments can be missed.
const LOOK: Duration = Duration::from_millis(20);

/// Runs to the end. Standard streams are the caller's to set.
pub fn run(command: &mut Command) -> io::Result<Measured> {
    let spent = waited_for();
    let begin = Instant::now();
    let mut child: Child = command.spawn()?;
    let parent = child.id();
    let ended = AtomicBool::new(false);
    let (status, wall, (peaks, tree_peak)) = thread::scope(|scope| {
        let watcher = scope.spawn(|| watch(parent, &ended));
        let status = child.wait();
        let wall = begin.elapsed();
        ended.store(true, Ordering::Relaxed);
        (status, wall, watcher.join().unwrap_or_default())
    });
    let own = peaks.get(&parent).copied().unwrap_or(0);
    let child_peak = peaks
        .iter()
        .filter(|(pid, _)| **pid != parent)
        .map(|(_, peak)| *peak)
        .max()
        .unwrap_or(0);
    Ok(Measured {
        status: status?,
        wall,
        parent_peak: own,
        child_peak,
        tree_peak: tree_peak.max(own),
        processor: waited_for().saturating_sub(spent),
    })
}

/// High-water marks of `root` and all that descends from it, by process id, and the most that they held together.
fn watch(root: u32, ended: &AtomicBool) -> (BTreeMap<u32, u64>, u64) {
    let (mut peaks, mut together) = (BTreeMap::new(), 0);
    while !ended.load(Ordering::Relaxed) {
        let mut held = 0;
        for pid in family(root) {
            if let Some(memory) = Memory::of(pid) {
                let known = peaks.entry(pid).or_insert(0);
                *known = memory.peak.max(*known);
                held += memory.now;
            }
        }
        together = held.max(together);
        thread::sleep(LOOK);
    }
    (peaks, together)
}

fn family(root: u32) -> Vec<u32> {
    let parents: Vec<(u32, u32)> = std::fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter_map(|pid: u32| Some((pid, parent_of(pid)?)))
        .collect();
    let mut family = vec![root];
    let mut next = 0;
    while let Some(&of) = family.get(next) {
        family.extend(
            parents
                .iter()
                .filter(|(_, parent)| *parent == of)
                .map(|(pid, _)| *pid),
        );
        next += 1;
    }
    family
}

fn parent_of(pid: u32) -> Option<u32> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in brackets may hold spaces and brackets itself: state and parent come after the last.
    stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}

/// Resident memory of a process, in bytes.
struct Memory {
    now: u64,
    peak: u64,
}

impl Memory {
    /// `None` for a process that is gone.
    fn of(pid: u32) -> Option<Self> {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
        let bytes = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            let kilobytes: u64 = line.split_whitespace().next()?.parse().ok()?;
            Some(kilobytes * 1024)
        };
        Some(Self {
            now: bytes("VmRSS:")?,
            peak: bytes("VmHWM:")?,
        })
    }
}

/// Processor time of `root`, of what descends from it, and of what those have seen end.
pub fn processor_time(root: u32) -> Duration {
    let ticks = family(root)
        .into_iter()
        .filter_map(ticks)
        .map(|[own, ended]| own + ended)
        .sum();
    in_time(ticks)
}

/// Processor time of all that this process has started and seen end, with their descendants.
fn waited_for() -> Duration {
    in_time(ticks(std::process::id()).map_or(0, |[_, ended]| ended))
}

/// Ticks are hundredths of a second, on every Linux.
fn in_time(ticks: u64) -> Duration {
    Duration::from_millis(10 * ticks)
}

/// Ticks of a process itself, and of the children that it has seen end.
fn ticks(pid: u32) -> Option<[u64; 2]> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    // utime, stime, cutime and cstime are fields 14 to 17; the state behind the name is the third.
    let mut next = |skip| fields.nth(skip)?.parse::<u64>().ok();
    Some([next(11)? + next(0)?, next(0)? + next(0)?])
}
