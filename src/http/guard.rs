use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use time::OffsetDateTime;

/// Failed sign-ins that cost nothing: people mistype.
const FREE_TRIES: u32 = 5;
/// The longest wait; a person locked out by somebody else's guesses is not locked out for the day.
const LONGEST_WAIT: Duration = Duration::from_secs(15 * 60);
/// Entries kept; beyond, those without a wait are forgotten.
const MOST_ENTRIES: usize = 10_000;

/// Slows down guessing of passwords: after a few failures of one name from one address each further try
/// has to wait twice as long as the one before. In memory: a restart forgives, which guesses cannot cause.
#[derive(Debug, Default)]
pub struct LoginGuard(Mutex<HashMap<(String, IpAddr), Failures>>);

#[derive(Debug, Clone, Copy)]
struct Failures {
    count: u32,
    until: OffsetDateTime,
}

impl LoginGuard {
    /// Lets a try through, or says how long to wait.
    pub fn admit(&self, name: &str, address: IpAddr, now: OffsetDateTime) -> Result<(), Duration> {
        let entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match entries.get(&key(name, address)) {
            Some(failures) if failures.until > now => {
                Err(Duration::try_from(failures.until - now).unwrap_or(LONGEST_WAIT))
            }
            _ => Ok(()),
        }
    }

    pub fn failed(&self, name: &str, address: IpAddr, now: OffsetDateTime) {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= MOST_ENTRIES {
            entries.retain(|_, failures| failures.until + LONGEST_WAIT > now);
        }
        let failures = entries
            .entry(key(name, address))
            .or_insert(Failures { count: 0, until: now });
        failures.count += 1;
        failures.until = now + wait_after(failures.count);
    }

    pub fn succeeded(&self, name: &str, address: IpAddr) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&key(name, address));
    }
}

fn key(name: &str, address: IpAddr) -> (String, IpAddr) {
    (name.to_lowercase(), address)
}

fn wait_after(failures: u32) -> Duration {
    match failures.checked_sub(FREE_TRIES) {
        None => Duration::ZERO,
        Some(over) => Duration::from_secs(2_u64.saturating_pow(over)).min(LONGEST_WAIT),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guesses_wait_longer_and_longer_and_others_do_not() {
        let guard = LoginGuard::default();
        let here: IpAddr = "10.0.0.1".parse().unwrap();
        let there: IpAddr = "10.0.0.2".parse().unwrap();
        let mut now = OffsetDateTime::UNIX_EPOCH;
        for _ in 0..FREE_TRIES {
            assert_eq!(guard.admit("lan", here, now), Ok(()));
            guard.failed("lan", here, now);
        }
        for seconds in [1, 2, 4, 8] {
            assert_eq!(guard.admit("LAN", here, now), Err(Duration::from_secs(seconds)));
            now += Duration::from_secs(seconds);
            assert_eq!(guard.admit("lan", here, now), Ok(()));
            guard.failed("lan", here, now);
        }
        assert_eq!(guard.admit("lan", there, now), Ok(()));
        assert_eq!(guard.admit("minh", here, now), Ok(()));
        guard.succeeded("lan", here);
        assert_eq!(guard.admit("lan", here, now), Ok(()));
    }
}
