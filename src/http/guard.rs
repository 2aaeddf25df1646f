use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use time::OffsetDateTime;

use crate::store::{AuditKind, AuditRecord};

/// Failed sign-ins of a name from one address that cost nothing: people mistype.
const FREE_TRIES: u32 = 5;
/// Failed sign-ins of a name from all addresses together that cost nothing. With [`LONGEST_WAIT`] after them
/// it stays under the hundred an hour that OWASP ASVS 4.0.3, 2.2.1 allows.
const FREE_TRIES_FROM_ANYWHERE: u32 = 50;
/// The longest wait; a person locked out by somebody else's guesses is not locked out for the day.
const LONGEST_WAIT: Duration = Duration::from_secs(15 * 60);
/// Failures count until there was none for so long.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(60 * 60);
/// Entries kept; beyond, those without a wait are forgotten.
const MOST_ENTRIES: usize = 10_000;

/// Slows down guessing of passwords: after a few failures of one name from one address each further try
/// has to wait twice as long as the one before, and after many from anywhere too. Kept in memory, since it is
/// asked at each try; the audit list remembers it over a restart ([`LoginGuard::recall`]).
#[derive(Debug, Default)]
pub struct LoginGuard(Mutex<HashMap<Key, Failures>>);

/// A name, and the address that the tries came from; `None`: wherever.
type Key = (String, Option<IpAddr>);

#[derive(Debug, Clone, Copy)]
struct Failures {
    count: u32,
    last: OffsetDateTime,
    until: OffsetDateTime,
}

impl LoginGuard {
    /// Lets a try through, or says how long to wait.
    pub fn admit(&self, name: &str, address: IpAddr, now: OffsetDateTime) -> Result<(), Duration> {
        let entries = self.entries();
        let until = keys(name, address)
            .iter()
            .filter_map(|key| entries.get(key))
            .map(|failures| failures.until)
            .max();
        match until {
            Some(until) if until > now => Err(Duration::try_from(until - now).unwrap_or(LONGEST_WAIT)),
            _ => Ok(()),
        }
    }

    pub fn failed(&self, name: &str, address: IpAddr, now: OffsetDateTime) {
        let mut entries = self.entries();
        if entries.len() >= MOST_ENTRIES {
            entries.retain(|_, failures| failures.last + FORGOTTEN_AFTER > now);
        }
        let [here, anywhere] = keys(name, address);
        for (key, free) in [(here, FREE_TRIES), (anywhere, FREE_TRIES_FROM_ANYWHERE)] {
            let before = entries
                .get(&key)
                .filter(|failures| failures.last + FORGOTTEN_AFTER > now)
                .map_or(0, |failures| failures.count);
            let count = before.saturating_add(1);
            let failures = Failures {
                count,
                last: now,
                until: now + wait_after(count, free),
            };
            entries.insert(key, failures);
        }
    }

    /// The right password from `address`: what was mistyped there is forgiven. Failures from anywhere count on,
    /// so that a guesser gains nothing by the owner's coming and going.
    pub fn succeeded(&self, name: &str, address: IpAddr) {
        let [here, _] = keys(name, address);
        self.entries().remove(&here);
    }

    /// Takes up the failures that the audit list tells of, oldest first.
    pub fn recall<'a>(&self, records: impl Iterator<Item = &'a AuditRecord>, now: OffsetDateTime) {
        for record in records.filter(|record| record.at + FORGOTTEN_AFTER > now) {
            let Some(Ok(address)) = record.address.as_deref().map(str::parse) else {
                continue;
            };
            match record.kind {
                AuditKind::SignInFailed => self.failed(&record.who, address, record.at),
                AuditKind::SignedIn => self.succeeded(&record.who, address),
                _ => {}
            }
        }
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<Key, Failures>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn keys(name: &str, address: IpAddr) -> [Key; 2] {
    let name = name.to_lowercase();
    [(name.clone(), Some(address)), (name, None)]
}

fn wait_after(failures: u32, free: u32) -> Duration {
    match failures.checked_sub(free) {
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

    #[test]
    fn many_addresses_together_get_no_hundred_guesses_an_hour() {
        let guard = LoginGuard::default();
        let start = OffsetDateTime::UNIX_EPOCH;
        let mut now = start;
        let mut guesses = 0;
        while now < start + Duration::from_secs(3600) {
            let address = IpAddr::from([10, 0, (guesses / 250) as u8, (guesses % 250) as u8]);
            match guard.admit("lan", address, now) {
                Ok(()) => {
                    guesses += 1;
                    guard.failed("lan", address, now);
                }
                Err(wait) => now += wait,
            }
        }
        assert!((50..100).contains(&guesses), "{guesses}");
    }

    #[test]
    fn failures_are_forgotten_after_an_hour_without_any() {
        let guard = LoginGuard::default();
        let here: IpAddr = "10.0.0.1".parse().unwrap();
        let mut now = OffsetDateTime::UNIX_EPOCH;
        for _ in 0..FREE_TRIES {
            guard.failed("lan", here, now);
        }
        now += FORGOTTEN_AFTER;
        guard.failed("lan", here, now);
        assert_eq!(guard.admit("lan", here, now), Ok(()));
    }
}
