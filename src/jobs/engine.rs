use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use time::OffsetDateTime;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::{Counters, Hub, Parser};
use crate::store::{DataFolder, Problem, SetAside, Store, StoreError};

/// Tells the time; a test's stands still until it is told to go on.
pub type Clock = Arc<dyn Fn() -> OffsetDateTime + Send + Sync>;

/// Gives ids that sort by time (UUID version 7 in the program).
pub type Ids = Arc<dyn Fn() -> String + Send + Sync>;

/// How patient the queue is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Documents read at the same time.
    pub workers: usize,
    /// Pages after which a document is long: it is read by every worker that has time, so many pages in one go.
    pub stretch: NonZeroU32,
    /// How long a worker may be silent before its job is given to another.
    pub lease: Duration,
    /// How often a worker says that it is alive.
    pub heartbeat: Duration,
    /// Failed readings after which a document is set aside.
    pub failures: u32,
    /// Begun readings, with those that died with their server, after which a document is set aside.
    pub attempts: u32,
    /// Wait after the first failed reading; four times as long after each further one.
    pub back_off: Duration,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            workers: 2,
            stretch: const { NonZeroU32::new(8).unwrap() },
            lease: Duration::from_secs(60),
            heartbeat: Duration::from_secs(15),
            failures: 3,
            attempts: 25,
            back_off: Duration::from_secs(5),
        }
    }
}

impl Policy {
    /// The wait before the attempt that follows `failures` failed ones, the one just ended included.
    pub fn wait_after(&self, failures: u32) -> Duration {
        self.back_off
            .saturating_mul(4_u32.saturating_pow(failures.saturating_sub(1)))
    }

    pub(super) fn set_aside(&self) -> SetAside {
        let attempts = self.attempts;
        SetAside {
            after_attempts: attempts,
            problem: Problem {
                code: "set_aside".to_owned(),
                message_vi: format!(
                    "Đã bắt đầu đọc {attempts} lần mà lần nào máy chủ cũng dừng giữa chừng, nên tạm gác lại. \
                     Hãy xem nhật ký máy chủ rồi bấm đọc lại."
                ),
                message_en: format!(
                    "Begun {attempts} times, and each time the server stopped half-way, so it is set aside. \
                     Look at the server's log, then have it read again."
                ),
            },
        }
    }
}

/// What an engine works with.
#[derive(Clone)]
pub struct Parts {
    /// What this process is called among those that work for the same database.
    pub name: String,
    pub neighbours: Neighbours,
    pub store: Arc<dyn Store>,
    pub data: Arc<DataFolder>,
    pub parser: Arc<dyn Parser>,
    pub policy: Policy,
    pub clock: Clock,
    pub ids: Ids,
}

/// Whether other processes work for the same database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Neighbours {
    /// This process holds the data folder, and whoever held it before is dead.
    None,
    Possible,
}

/// The workers and what others need to talk to them.
#[derive(Clone)]
pub struct Engine {
    pub(super) parts: Parts,
    pub(super) hub: Hub,
    pub(super) counters: Arc<Counters>,
    wake: Arc<watch::Sender<u64>>,
    stop: Arc<watch::Sender<Stage>>,
}

/// Whether workers take new jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Open,
    Stopping,
}

/// Workers at work; [`Running::stop`] ends them in order.
pub struct Running {
    engine: Engine,
    workers: JoinSet<()>,
    /// Hears of other processes; ends when this is dropped.
    _ears: JoinSet<()>,
}

impl Engine {
    pub fn new(parts: Parts) -> Self {
        Self {
            parts,
            hub: Hub::default(),
            counters: Arc::new(Counters::default()),
            wake: Arc::new(watch::Sender::new(0)),
            stop: Arc::new(watch::Sender::new(Stage::Open)),
        }
    }

    pub fn hub(&self) -> &Hub {
        &self.hub
    }

    /// What reads documents here.
    pub fn parser(&self) -> Arc<dyn Parser> {
        self.parts.parser.clone()
    }

    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// There is a new job: a worker that waits looks at the queue now.
    pub fn wake(&self) {
        self.wake.send_modify(|n| *n = n.wrapping_add(1));
    }

    /// Takes back the jobs of whoever is known to be dead, and starts the workers. Without neighbours that is everybody,
    /// so only who holds the data folder's lock may say that there are none.
    pub async fn start(&self) -> Result<Running, StoreError> {
        let now = (self.parts.clock)();
        let limit = self.parts.policy.set_aside();
        let taken = match self.parts.neighbours {
            Neighbours::None => self.parts.store.recover_all(now, &limit).await?,
            Neighbours::Possible => self.parts.store.recover_expired(now, &limit).await?,
        };
        if taken > 0 {
            tracing::info!(
                jobs = taken,
                "going on with what an earlier server left unfinished"
            );
        }
        let mut workers = JoinSet::new();
        for number in 1..=self.parts.policy.workers {
            let engine = self.clone();
            workers.spawn(async move { engine.work(&format!("{}/{number}", engine.parts.name)).await });
        }
        let mut ears = JoinSet::new();
        let engine = self.clone();
        ears.spawn(async move { engine.follow_others().await });
        Ok(Running {
            engine: self.clone(),
            workers,
            _ears: ears,
        })
    }

    /// Whether a document of so many pages is read together.
    pub(super) fn is_long(&self, pages: u32) -> bool {
        let policy = &self.parts.policy;
        pages > policy.stretch.get() && (policy.workers > 1 || self.parts.neighbours == Neighbours::Possible)
    }

    pub(super) fn wakes(&self) -> watch::Receiver<u64> {
        self.wake.subscribe()
    }

    pub(super) fn stops(&self) -> watch::Receiver<Stage> {
        self.stop.subscribe()
    }
}

impl Running {
    /// Stops the running parses, hands their jobs back unharmed and waits for the workers.
    pub async fn stop(mut self) {
        self.engine.stop.send_replace(Stage::Stopping);
        while let Some(ended) = self.workers.join_next().await {
            if let Err(error) = ended {
                tracing::error!(%error, "a worker ended badly");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_with_each_failure() {
        let policy = Policy {
            back_off: Duration::from_secs(5),
            ..Policy::default()
        };
        let check = |failures, seconds| assert_eq!(policy.wait_after(failures), Duration::from_secs(seconds));
        check(1, 5);
        check(2, 20);
        check(3, 80);
    }
}
