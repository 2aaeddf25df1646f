//! Sends what stands in the outbox, in order of time, a few at once; tries again with growing waits.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::http::{Request, header};
use http_body_util::Full;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use time::OffsetDateTime;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, watch};
use tokio::task::JoinSet;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;

use super::reach::{AllowedHosts, ReachError, Scheme, Target};
use super::sign;
use crate::http::tls;
use crate::jobs::{Clock, Update};
use crate::store::{DueDelivery, Store, StoreError, Switch, Tried};

/// From looking up the host to the answer's head.
const PATIENCE: Duration = Duration::from_secs(15);
/// A message that is being sent is due again after so long, should this process die.
const LEASE: Duration = Duration::from_secs(60);
/// Messages sent at the same time.
const AT_ONCE: u32 = 4;
/// The longest time that the sender trusts its alarm clock.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// The waits after failed tries, as Standard Webhooks proposes them; after the last the message is given up.
const WAITS: [u64; 9] = [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400];
/// A webhook that takes nothing for so long is switched off.
const LONGEST_FAILING: Duration = Duration::from_secs(5 * 86_400);
/// "Do not send here any more."
const GONE: u16 = 410;

/// Gives a number from 0 up to 1: some chance, so that many messages that failed together do not come back together.
pub type Chance = Arc<dyn Fn() -> f64 + Send + Sync>;

/// Sends messages until it is told to stop.
pub struct Sender {
    store: Arc<dyn Store>,
    hosts: AllowedHosts,
    clock: Clock,
    chance: Chance,
    tls: TlsConnector,
    wake: watch::Receiver<u64>,
    updates: broadcast::Receiver<(String, Update)>,
}

/// Why a message was not taken.
#[derive(Debug, thiserror::Error)]
enum SendError {
    #[error("{0}")]
    Reach(#[from] ReachError),
    #[error("no connection: {0}")]
    Io(#[from] std::io::Error),
    #[error("{0}")]
    Http(#[from] hyper::Error),
    #[error("{0}")]
    Request(#[from] axum::http::Error),
    #[error("no answer within {} seconds", PATIENCE.as_secs())]
    TooSlow,
    #[error("its secret is damaged; remove it and add it again")]
    Secret,
}

impl Sender {
    /// `wake` changes when there may be something new in the outbox; `updates` are the workers'.
    pub fn new(
        store: Arc<dyn Store>,
        hosts: AllowedHosts,
        clock: Clock,
        chance: Chance,
        wake: watch::Receiver<u64>,
        updates: broadcast::Receiver<(String, Update)>,
    ) -> Result<Self, tokio_rustls::rustls::Error> {
        Ok(Self {
            store,
            hosts,
            clock,
            chance,
            tls: tls::connector()?,
            wake,
            updates,
        })
    }

    /// Runs until `stopping` turns. What is under way then is sent again by the next server.
    pub async fn run(mut self, mut stopping: watch::Receiver<bool>) {
        loop {
            self.wake.mark_unchanged();
            let sent = tokio::select! {
                sent = self.send_due() => sent,
                _ = stopping.wait_for(|stopping| *stopping) => return,
            };
            let wait = sent.unwrap_or_else(|error| {
                tracing::error!(%error, "the outbox of webhooks cannot be read");
                LONGEST_WAIT
            });
            tokio::select! {
                _ = stopping.wait_for(|stopping| *stopping) => return,
                () = self.news() => {}
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    /// Until there may be something new in the outbox.
    async fn news(&mut self) {
        loop {
            tokio::select! {
                changed = self.wake.changed() => match changed {
                    Ok(()) => return,
                    // Nobody is left who could say so.
                    Err(_) => std::future::pending().await,
                },
                update = self.updates.recv() => match update {
                    Ok((_, Update::Ended | Update::Missed)) | Err(RecvError::Lagged(_)) => return,
                    Ok(_) => {}
                    Err(RecvError::Closed) => std::future::pending().await,
                },
            }
        }
    }

    /// Sends all that is due; gives the wait until there is more.
    async fn send_due(&self) -> Result<Duration, StoreError> {
        loop {
            let due = self.store.due_deliveries(self.now(), LEASE, AT_ONCE).await?;
            if due.is_empty() {
                break;
            }
            let mut under_way = JoinSet::new();
            for delivery in due {
                let (hosts, tls, now) = (self.hosts.clone(), self.tls.clone(), self.now());
                under_way.spawn(async move {
                    let sending = send(&delivery, &hosts, &tls, now);
                    let outcome = tokio::time::timeout(PATIENCE, sending).await;
                    (delivery, outcome.unwrap_or(Err(SendError::TooSlow)))
                });
            }
            while let Some(ended) = under_way.join_next().await {
                match ended {
                    Ok((delivery, outcome)) => self.note(&delivery, outcome).await?,
                    // Its lease ends, and it is sent again.
                    Err(panic) => tracing::error!(%panic, "sending a message panicked"),
                }
            }
        }
        let next = self.store.next_delivery().await?;
        Ok(next.map_or(LONGEST_WAIT, |at| {
            let wait = Duration::try_from(at - self.now()).unwrap_or(Duration::ZERO);
            wait.clamp(Duration::from_millis(50), LONGEST_WAIT)
        }))
    }

    async fn note(&self, delivery: &DueDelivery, outcome: Result<u16, SendError>) -> Result<(), StoreError> {
        let at = self.now();
        let (status, error) = match outcome {
            Ok(status @ 200..=299) => (Some(status), None),
            Ok(status) => (Some(status), Some(format!("answered with status {status}"))),
            Err(error) => (None, Some(error.to_string())),
        };
        let wait = WAITS.get((delivery.attempts as usize).saturating_sub(1));
        let again = wait.filter(|_| error.is_some() && status != Some(GONE));
        self.store
            .tried(Tried {
                delivery: delivery.id,
                at,
                status,
                error: error.as_deref(),
                again: again.map(|seconds| at + jittered(*seconds, (self.chance)())),
            })
            .await?;
        let off = match (&error, delivery.failing_since) {
            (Some(_), _) if status == Some(GONE) => Some("the receiver answered 410 Gone".to_owned()),
            (Some(error), Some(since)) if at - since >= LONGEST_FAILING => {
                Some(format!("nothing was taken for 5 days; the last try: {error}"))
            }
            _ => None,
        };
        if let Some(why) = off {
            tracing::warn!(webhook = delivery.hook, why, "a webhook is switched off");
            match self
                .store
                .switch_hook(&delivery.hook, Switch::Off(&why), at)
                .await
            {
                Ok(()) | Err(StoreError::Missing { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn now(&self) -> OffsetDateTime {
        (self.clock)()
    }
}

/// The wait, a fifth more or less of it as chance will have it.
fn jittered(seconds: u64, chance: f64) -> Duration {
    Duration::from_secs(seconds).mul_f64(0.8 + 0.4 * chance.clamp(0.0, 1.0))
}

/// Sends one message; gives the status that it was answered with. Redirects are answers like any other: where
/// they lead nobody has looked at.
async fn send(
    delivery: &DueDelivery,
    hosts: &AllowedHosts,
    tls: &TlsConnector,
    now: OffsetDateTime,
) -> Result<u16, SendError> {
    let secret = sign::read(&delivery.secret).ok_or(SendError::Secret)?;
    let target = Target::of(&delivery.url, hosts)?;
    let address = target.resolve().await?;
    let stream = TcpStream::connect(address).await?;
    let timestamp = now.unix_timestamp();
    let signature = sign::signature(&secret, &delivery.message, timestamp, &delivery.body);
    let request = Request::post(&target.path)
        .header(header::HOST, format!("{}:{}", target.host, target.port))
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::USER_AGENT, concat!("sohoa/", env!("CARGO_PKG_VERSION")))
        .header("webhook-id", &delivery.message)
        .header("webhook-timestamp", timestamp)
        .header("webhook-signature", signature)
        .body(Full::new(Bytes::from(delivery.body.clone())))?;
    match target.scheme {
        Scheme::Http => answer(stream, request).await,
        Scheme::Https => {
            let name = ServerName::try_from(target.name().to_owned()).map_err(std::io::Error::other)?;
            answer(tls.connect(name, stream).await?, request).await
        }
    }
}

async fn answer(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    request: Request<Full<Bytes>>,
) -> Result<u16, SendError> {
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    // Ends with the connection, at the latest when the answer is dropped below.
    let driver = tokio::spawn(connection);
    let response = sender.send_request(request).await;
    driver.abort();
    Ok(response?.status().as_u16())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_differ_by_chance_and_stay_near() {
        let check = |chance, millis| assert_eq!(jittered(5, chance), Duration::from_millis(millis));
        check(0.0, 4000);
        check(0.5, 5000);
        check(1.0, 6000);
        assert!(WAITS.is_sorted());
    }
}
