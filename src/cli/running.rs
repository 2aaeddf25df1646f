//! What `sohoa serve` and `sohoa worker` have in common: a log, workers, and an order to stop.

use std::sync::Arc;

use time::OffsetDateTime;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

use super::{Exit, Failure};
use crate::config::{Config, LogFormat};
use crate::jobs::{self, Engine, ExecParser, Neighbours, Policy};
use crate::pipeline::{Options, PageImages, Profile};
use crate::store::{DataFolder, Store};

/// Runs until `work` has ended, with the log on stderr.
pub fn run(settings: &Config, work: impl Future<Output = Result<(), Failure>>) -> Result<Exit, Failure> {
    log_to_stderr(settings.server.log);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::io("tokio", &error))?;
    runtime.block_on(work)?;
    // Nothing is left to wait for: the workers have handed their jobs back.
    runtime.shutdown_background();
    Ok(Exit::Done)
}

/// So many workers on a store and its files.
pub fn engine(
    settings: &Config,
    workers: usize,
    store: Arc<dyn Store>,
    data: Arc<DataFolder>,
    clock: jobs::Clock,
    ids: jobs::Ids,
) -> Engine {
    let options = Options {
        limits: settings.limits(),
        pages: None,
        formats: Vec::new(),
        page_images: PageImages::Keep,
        profile: Profile::default(),
    };
    let parser = ExecParser {
        parts: settings.parts(),
        options,
        caps: settings.caps(),
    };
    Engine::new(jobs::Parts {
        name: own_name(),
        neighbours: match settings.database() {
            Some(_) => Neighbours::Possible,
            None => Neighbours::None,
        },
        store,
        data,
        parser: Arc::new(parser),
        policy: Policy {
            workers: match settings.database() {
                Some(_) => workers,
                // Nobody else would ever read anything.
                None => workers.max(1),
            },
            ..Policy::default()
        },
        clock,
        ids,
    })
}

pub fn clock() -> jobs::Clock {
    Arc::new(OffsetDateTime::now_utc)
}

pub fn ids() -> jobs::Ids {
    Arc::new(|| uuid::Uuid::now_v7().to_string())
}

/// Who holds what, for people who look into the database; claims are told apart by number.
fn own_name() -> String {
    // Where it cannot be read, the process number alone has to do.
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    format!("{}:{}", host.trim(), std::process::id())
}

/// Returns on Ctrl-C or `kill`.
pub async fn order_to_stop() {
    let interrupt = signal(SignalKind::interrupt());
    let terminate = signal(SignalKind::terminate());
    match (interrupt, terminate) {
        (Ok(mut interrupt), Ok(mut terminate)) => {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        }
        (Err(error), _) | (_, Err(error)) => {
            // Then the signals end the process at once, which the queue survives.
            tracing::error!(%error, "no orderly stop on signals");
            std::future::pending::<()>().await;
        }
    }
    tracing::info!("stopping");
}

fn log_to_stderr(format: LogFormat) {
    let filter = EnvFilter::try_from_env("SOHOA_LOG").unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn"));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    // Fails only where a log is set up already, as in a test; then that one serves.
    let _ = match format {
        LogFormat::Json => log.json().try_init(),
        LogFormat::Text => log.with_ansi(false).try_init(),
    };
}
