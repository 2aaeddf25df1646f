use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime};

/// What tells that a file is still being written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    pub bytes: u64,
    pub modified: SystemTime,
}

/// Files on their way in: one is whole when it has not changed for a while. No copying program says when it is done, and
/// one that stops for longer than that has been interrupted or has a file that is refused, told, and put in again.
#[derive(Debug)]
pub struct Settling {
    quiet: Duration,
    seen: BTreeMap<PathBuf, (Stamp, Instant)>,
    /// Files that could not be done for a reason of the machine: when they are tried again, and how often they were.
    waiting: BTreeMap<PathBuf, (Instant, u32)>,
}

/// The first wait after a failure; each further one is twice as long.
const FIRST_WAIT: Duration = Duration::from_secs(5);
const LONGEST_WAIT: Duration = Duration::from_secs(600);

impl Settling {
    /// `quiet`: how long a file has to stay as it is.
    pub fn new(quiet: Duration) -> Self {
        Self {
            quiet,
            seen: BTreeMap::new(),
            waiting: BTreeMap::new(),
        }
    }

    /// What is in the folder at `now`; gives the files that are whole and may be done, in the order of their names.
    pub fn look(&mut self, there: Vec<(PathBuf, Stamp)>, now: Instant) -> Vec<PathBuf> {
        let before = std::mem::take(&mut self.seen);
        let mut whole = Vec::new();
        for (path, stamp) in there {
            let since = match before.get(&path) {
                Some((same, since)) if *same == stamp => *since,
                // A file that is written anew is a new one.
                _ => {
                    self.waiting.remove(&path);
                    now
                }
            };
            let may = self.waiting.get(&path).is_none_or(|(again, _)| *again <= now);
            if may && now.duration_since(since) >= self.quiet && stamp.bytes > 0 {
                whole.push(path.clone());
            }
            self.seen.insert(path, (stamp, since));
        }
        self.waiting.retain(|path, _| self.seen.contains_key(path));
        whole.sort();
        whole
    }

    /// The file was not done and is tried again later; how often that has been.
    pub fn again(&mut self, path: &PathBuf, now: Instant) -> u32 {
        let tries = self.waiting.get(path).map_or(0, |(_, tries)| *tries) + 1;
        let wait = FIRST_WAIT
            .saturating_mul(2_u32.saturating_pow(tries - 1))
            .min(LONGEST_WAIT);
        self.waiting.insert(path.clone(), (now + wait, tries));
        tries
    }

    /// When to look again though nothing was heard of; `None`: when something is heard.
    pub fn next_look(&self, now: Instant) -> Option<Duration> {
        let settled = self
            .seen
            .iter()
            .map(|(path, (_, since))| match self.waiting.get(path) {
                Some((again, _)) => *again,
                None => *since + self.quiet,
            });
        settled.min().map(|at| at.saturating_duration_since(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUIET: Duration = Duration::from_secs(2);

    fn stamp(bytes: u64) -> Stamp {
        Stamp {
            bytes,
            modified: SystemTime::UNIX_EPOCH + Duration::from_secs(bytes),
        }
    }

    fn files(all: &[(&str, u64)]) -> Vec<(PathBuf, Stamp)> {
        all.iter()
            .map(|(name, bytes)| (PathBuf::from(name), stamp(*bytes)))
            .collect()
    }

    #[test]
    fn a_file_is_whole_when_it_has_stayed_as_it_is() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut settling = Settling::new(QUIET);
        let check = |settling: &mut Settling, there: &[(&str, u64)], second, expect: &[&str]| {
            let whole = settling.look(files(there), at(second));
            assert_eq!(
                whole,
                expect.iter().map(PathBuf::from).collect::<Vec<_>>(),
                "{second}"
            );
        };
        check(&mut settling, &[("b", 1), ("a", 9)], 0, &[]);
        assert_eq!(settling.next_look(at(1)), Some(Duration::from_secs(1)));
        // One grows, one stays.
        check(&mut settling, &[("b", 2), ("a", 9)], 2, &["a"]);
        check(&mut settling, &[("b", 3)], 3, &[]);
        check(&mut settling, &[("b", 3)], 4, &[]);
        check(&mut settling, &[("b", 3)], 5, &["b"]);
        check(&mut settling, &[], 6, &[]);
        assert_eq!(settling.next_look(at(6)), None);
        // The same name again begins anew; what is empty is only just being made.
        check(&mut settling, &[("b", 3), ("c", 0)], 7, &[]);
        check(&mut settling, &[("b", 3), ("c", 0)], 9, &["b"]);
    }

    #[test]
    fn what_failed_is_tried_again_later_and_later() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut settling = Settling::new(Duration::ZERO);
        let there = || files(&[("a", 1)]);
        assert_eq!(settling.look(there(), at(0)).len(), 1);
        assert_eq!(settling.again(&"a".into(), at(0)), 1);
        assert_eq!(settling.look(there(), at(4)).len(), 0);
        assert_eq!(settling.look(there(), at(5)).len(), 1);
        assert_eq!(settling.again(&"a".into(), at(5)), 2);
        assert_eq!(settling.next_look(at(6)), Some(Duration::from_secs(9)));
        assert_eq!(settling.look(there(), at(15)).len(), 1);
        // A file that is put in anew has not failed yet.
        assert_eq!(settling.look(files(&[("a", 2)]), at(16)).len(), 1);
        assert_eq!(settling.again(&"a".into(), at(16)), 1);
    }
}
