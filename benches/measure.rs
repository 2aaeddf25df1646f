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
}

/// Between two looks at `/proc`. A peak is a high-water mark, so only a process's last moments can be missed.
const LOOK: Duration = Duration::from_millis(20);

/// Runs to the end. Standard streams are the caller's to set.
pub fn run(command: &mut Command) -> io::Result<Measured> {
    let begin = Instant::now();
    let mut child: Child = command.spawn()?;
    let parent = child.id();
    let ended = AtomicBool::new(false);
    let (status, wall, peaks) = thread::scope(|scope| {
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
    })
}

/// High-water marks of `root` and all that descends from it, by process id.
fn watch(root: u32, ended: &AtomicBool) -> BTreeMap<u32, u64> {
    let mut peaks = BTreeMap::new();
    while !ended.load(Ordering::Relaxed) {
        for pid in family(root) {
            if let Some(peak) = high_water(pid) {
                let known = peaks.entry(pid).or_insert(0);
                *known = peak.max(*known);
            }
        }
        thread::sleep(LOOK);
    }
    peaks
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

fn high_water(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace()
        .next()?
        .parse::<u64>()
        .ok()
        .map(|kilobytes| kilobytes * 1024)
}

/// Processor time of `root`, of what descends from it, and of what those have seen end.
pub fn processor_time(root: u32) -> Duration {
    // Ticks of a hundredth of a second, on every Linux.
    let ticks: u64 = family(root).into_iter().filter_map(ticks).sum();
    Duration::from_millis(10 * ticks)
}

fn ticks(pid: u32) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let fields = stat.rsplit_once(')')?.1.split_whitespace();
    // utime, stime, cutime and cstime are fields 14 to 17; the state behind the name is the third.
    fields
        .skip(11)
        .take(4)
        .map(|field| field.parse::<u64>().ok())
        .sum()
}
