//! Sign-ins for which somebody is at the provider. Nothing of them leaves this process but what the browser carries:
//! the state, and in a cookie what ties it to this very browser.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use openidconnect::{Nonce, PkceCodeVerifier};
use time::OffsetDateTime;

use crate::store::TokenHash;

/// How long somebody may take at the provider.
pub const PATIENCE: Duration = Duration::from_secs(10 * 60);
/// Sign-ins under way at the same time. Beyond, the oldest goes: whoever fills this list keeps nobody out who is quick.
const MOST: usize = 10_000;

/// A sign-in under way.
pub struct Pending {
    /// What the browser holds that began it.
    pub browser: TokenHash,
    pub nonce: Nonce,
    pub verifier: PkceCodeVerifier,
    /// Where the browser goes afterwards, a path of this service.
    pub next: String,
    pub until: OffsetDateTime,
}

/// Sign-ins under way, by state.
#[derive(Default)]
pub struct UnderWay(Mutex<HashMap<String, Pending>>);

impl UnderWay {
    pub fn begin(&self, state: &str, pending: Pending, now: OffsetDateTime) {
        let mut all = self.all();
        if all.len() >= MOST {
            all.retain(|_, pending| pending.until > now);
        }
        if all.len() >= MOST {
            let oldest = all.iter().min_by_key(|(_, pending)| pending.until);
            let oldest = oldest.map(|(state, _)| state.clone());
            oldest.and_then(|state| all.remove(&state));
        }
        all.insert(state.to_owned(), pending);
    }

    /// The sign-in of this state, once, and only for the browser that began it: another one neither ends it nor
    /// spoils it.
    pub fn end(&self, state: &str, browser: &str, now: OffsetDateTime) -> Option<Pending> {
        let mut all = self.all();
        let own = all.get(state)?.browser == TokenHash::of(browser);
        let pending = own.then(|| all.remove(state))??;
        (pending.until > now).then_some(pending)
    }

    fn all(&self) -> MutexGuard<'_, HashMap<String, Pending>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pending(browser: &str, now: OffsetDateTime) -> Pending {
        Pending {
            browser: TokenHash::of(browser),
            nonce: Nonce::new(String::new()),
            verifier: PkceCodeVerifier::new(String::new()),
            next: "/".to_owned(),
            until: now + PATIENCE,
        }
    }

    #[test]
    fn a_sign_in_ends_once_in_time_and_in_its_own_browser() {
        let under_way = UnderWay::default();
        let now = OffsetDateTime::UNIX_EPOCH;
        under_way.begin("state", pending("lan's", now), now);
        assert!(under_way.end("other", "lan's", now).is_none());
        assert!(under_way.end("state", "mallory's", now).is_none());
        assert!(under_way.end("state", "lan's", now).is_some());
        assert!(under_way.end("state", "lan's", now).is_none());
        under_way.begin("late", pending("lan's", now), now);
        assert!(under_way.end("late", "lan's", now + PATIENCE).is_none());
    }

    #[test]
    fn whoever_fills_the_list_drives_out_the_oldest_only() {
        let under_way = UnderWay::default();
        let mut now = OffsetDateTime::UNIX_EPOCH;
        for n in 0..=MOST {
            now += Duration::from_millis(1);
            under_way.begin(&n.to_string(), pending("lan's", now), now);
        }
        assert!(under_way.end("0", "lan's", now).is_none());
        assert!(under_way.end("1", "lan's", now).is_some());
        assert!(under_way.end(&MOST.to_string(), "lan's", now).is_some());
    }
}
