use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use time::OffsetDateTime;
use tokio::sync::{Semaphore, watch};

use super::guard::LoginGuard;
use super::live::{Bulletin, Presence};
use super::metrics::Requests;
use super::oidc::Provider;
use super::problem::HttpError;
use super::webhooks::{AllowedHosts, Chance, Sender};
use crate::jobs::{Clock, Engine, Ids};
use crate::pipeline;
use crate::store::{AuditRange, DataFolder, DocumentRecord, Role, RubricRecord, Store, StoreError};

/// Entries of the audit list that are looked through at the start for failed sign-ins.
const MOST_RECALLED: u32 = 10_000;

/// Who may come in.
#[derive(Debug, Clone)]
pub enum Access {
    /// People with an account.
    Accounts,
    /// Anybody at this very machine, as one of a few made-up people.
    Demo(Demo),
}

/// The demo's people: two, so that one can confirm what the other submits.
#[derive(Debug, Clone)]
pub struct Demo {
    pub people: [(&'static str, Role); 2],
}

/// A demo was asked for on an address that others can reach.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "--demo lets anybody in, so it listens on this machine only, not on {address}\n\
     hint: --listen 127.0.0.1:8080, or make accounts with `sohoa user add NAME --role admin`"
)]
pub struct NotLoopback {
    pub address: SocketAddr,
}

impl Demo {
    /// A demo at `address`; refused unless that is a loopback address.
    pub fn at(address: SocketAddr) -> Result<Self, NotLoopback> {
        if !address.ip().is_loopback() {
            return Err(NotLoopback { address });
        }
        Ok(Self {
            people: [("lan", Role::Maintainer), ("minh", Role::Maintainer)],
        })
    }

    /// The demo person of this name; any other name gives the first.
    pub fn person(&self, name: Option<&str>) -> (&'static str, Role) {
        let known = name.and_then(|name| self.people.iter().find(|(n, _)| *n == name));
        *known.unwrap_or(&self.people[0])
    }
}

/// Whether the session cookie may travel without TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cookies {
    /// Only over https: the service stands behind a TLS proxy.
    Secure,
    /// Over plain http too.
    Plain,
}

/// What the service is told at its start.
#[derive(Debug, Clone)]
pub struct Settings {
    pub access: Access,
    pub cookies: Cookies,
    /// Whose word is taken for whom they heard.
    pub proxies: Vec<IpAddr>,
    /// Bytes of one uploaded file.
    pub most_bytes: u64,
    /// Bytes that must stay free on the data folder's disk: the database needs room to write, too.
    pub least_free: u64,
    /// Documents that may wait to be read; while so many do, no other is taken.
    pub most_waiting: u64,
    /// How long a session lasts at most.
    pub session: Duration,
    /// How long a session lasts that nobody uses.
    pub session_idle: Duration,
    /// Where webhooks may lead though it is inside.
    pub webhooks: AllowedHosts,
    /// What reading needs on this machine, for `/readyz`.
    pub parts: pipeline::Parts,
}

/// What the service is made of.
pub struct AppParts {
    pub store: Arc<dyn Store>,
    pub data: Arc<DataFolder>,
    pub engine: Engine,
    pub settings: Settings,
    /// Where people can sign in besides; `None`: nowhere.
    pub provider: Option<Provider>,
    pub clock: Clock,
    pub ids: Ids,
    /// Turns when the server begins to stop: streams end then.
    pub stopping: watch::Receiver<bool>,
}

/// The service's state, shared by all handlers.
#[derive(Clone)]
pub struct App(Arc<Inner>);

pub struct Inner {
    pub store: Arc<dyn Store>,
    pub data: Arc<DataFolder>,
    pub engine: Engine,
    pub settings: Settings,
    pub ids: Ids,
    pub stopping: watch::Receiver<bool>,
    pub(super) provider: Option<Provider>,
    pub(super) guard: LoginGuard,
    pub(super) bulletin: Bulletin,
    pub(super) presence: Presence,
    /// Turns when there may be something new in the outbox of webhooks.
    outbox: watch::Sender<u64>,
    pub(super) requests: Requests,
    /// Passwords hashed at the same time: each takes 19 MiB and a core.
    pub(super) hashing: Semaphore,
    /// Documents of which a child makes a file at the same time.
    pub(super) exporting: Semaphore,
    clock: Clock,
}

impl App {
    pub fn new(parts: AppParts) -> Self {
        Self(Arc::new(Inner {
            store: parts.store,
            data: parts.data,
            engine: parts.engine,
            settings: parts.settings,
            ids: parts.ids,
            stopping: parts.stopping,
            provider: parts.provider,
            guard: LoginGuard::default(),
            bulletin: Bulletin::default(),
            presence: Presence::default(),
            outbox: watch::Sender::new(0),
            requests: Requests::default(),
            hashing: Semaphore::new(2),
            exporting: Semaphore::new(1),
            clock: parts.clock,
        }))
    }

    /// There may be something to tell those outside.
    pub fn wake_sender(&self) {
        self.0.outbox.send_modify(|n| *n = n.wrapping_add(1));
    }

    /// Sends messages to those outside, for as long as it runs; it hears of what workers do by itself.
    pub fn sender(&self, chance: Chance) -> Result<Sender, tokio_rustls::rustls::Error> {
        Sender::new(
            self.store.clone(),
            self.settings.webhooks.clone(),
            self.0.clock.clone(),
            chance,
            self.0.outbox.subscribe(),
            self.engine.hub().listen(),
        )
    }

    pub fn now(&self) -> OffsetDateTime {
        (self.clock)()
    }

    /// The document of this id; `NotFound` without one.
    pub(super) async fn document(&self, id: &str) -> Result<DocumentRecord, HttpError> {
        let found = self.store.document(id).await?;
        found.ok_or(HttpError::NotFound { what: "document" })
    }

    /// What was read of a document; `NotReady` until it is.
    pub(super) async fn result(&self, document: &str) -> Result<String, HttpError> {
        let found = self.store.result(document).await?;
        found.ok_or(HttpError::NotReady)
    }

    /// The rubric of this id; `NotFound` without one.
    pub(super) async fn rubric(&self, id: &str) -> Result<RubricRecord, HttpError> {
        let found = self.store.rubric(id).await?;
        found.ok_or(HttpError::NotFound { what: "rubric" })
    }

    /// A session that was not used since then has ended.
    pub fn idle_since(&self) -> OffsetDateTime {
        self.now() - self.settings.session_idle
    }

    /// Takes up what was known of failed sign-ins before the service was started again.
    pub async fn recall(&self) -> Result<(), StoreError> {
        let now = self.now();
        let newest = self.store.audit(AuditRange::Before(None), MOST_RECALLED).await?;
        self.guard.recall(newest.iter().rev(), now);
        Ok(())
    }
}

impl std::ops::Deref for App {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_demo_is_refused_where_others_can_reach_it() {
        let check = |address: &str, allowed: bool| {
            assert_eq!(Demo::at(address.parse().unwrap()).is_ok(), allowed, "{address}");
        };
        check("127.0.0.1:8080", true);
        check("127.9.9.9:80", true);
        check("[::1]:8080", true);
        check("0.0.0.0:8080", false);
        check("[::]:8080", false);
        check("192.168.1.5:8080", false);
    }
}
