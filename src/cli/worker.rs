//! `sohoa worker`: reads what a service on the same PostgreSQL database took in, here or on another machine.

use std::io::Write;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;

use super::convert::needed;
use super::opening::{self, data_failure, store_failure};
use super::{Exit, Failure, Said, running, textfile};
use crate::config::Config;
use crate::jobs::Counters;
use crate::store::DataFolder;

#[derive(Args)]
pub struct Arguments {
    /// Documents read at the same time
    #[arg(long, value_name = "N")]
    workers: Option<NonZeroUsize>,
    /// The service's folder, as this machine sees it
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Keep what was read in this file, for the textfile collector of Prometheus' node_exporter
    #[arg(long, value_name = "FILE")]
    metrics: Option<PathBuf>,
}

/// How often the metrics are written.
const METRICS: Duration = Duration::from_secs(15);

/// `sohoa worker`
pub fn run(arguments: &Arguments, settings: &Config) -> Result<Exit, Failure> {
    if settings.database().is_none() {
        return Err(only_one_process());
    }
    running::run(settings, work(arguments, settings))
}

async fn work(arguments: &Arguments, settings: &Config) -> Result<(), Failure> {
    let folder = arguments.data.as_ref().unwrap_or(&settings.server.data);
    let workers = arguments
        .workers
        .map_or(settings.server.workers, NonZeroUsize::get);
    // A worker that lacks something would take documents only to give them back.
    needed(&settings.parts())?;
    let data = DataFolder::join(folder).map_err(data_failure)?;
    let Some(data) = data else {
        return Err(no_service_yet(folder));
    };
    let store = opening::open(folder, settings).await?;
    let engine = running::engine(
        settings,
        workers,
        store.clone(),
        Arc::new(data),
        running::clock(),
        running::ids(),
    );
    let running = engine.start().await.map_err(store_failure)?;
    // stderr, since stdout is for data; a closed one is nobody's loss.
    let _ = writeln!(std::io::stderr(), "sohoa: reading with {workers} workers");
    tokio::select! {
        () = running::order_to_stop() => {}
        () = keep_metrics(arguments.metrics.as_deref(), engine.counters()) => {}
    }
    running.stop().await;
    store.close().await;
    match &arguments.metrics {
        Some(path) => textfile::of_worker(path, &engine.counters().counted()),
        None => Ok(()),
    }
}

/// Writes them from time to time, for as long as it runs.
async fn keep_metrics(path: Option<&Path>, counters: &Counters) {
    let Some(path) = path else {
        return std::future::pending().await;
    };
    let mut turns = tokio::time::interval(METRICS);
    loop {
        turns.tick().await;
        if let Err(failure) = textfile::of_worker(path, &counters.counted()) {
            // Reading matters more.
            failure.print();
        }
    }
}

fn only_one_process() -> Failure {
    Failure::new(
        Exit::BadArguments,
        "worker_needs_postgres",
        Said::new(
            "cơ sở dữ liệu là SQLite, chỉ một tiến trình dùng được: `sohoa serve` tự đọc tài liệu",
            "the database is SQLite, which one process uses: `sohoa serve` reads documents itself",
        ),
    )
    .hint(Said::new(
        "để tăng tốc trên máy này, tăng `workers` ở mục [server]; để dùng nhiều tiến trình hay nhiều máy, đặt `database` ở mục [store]",
        "to read more at once on this machine, raise `workers` in [server]; for several processes or machines, set `database` in [store]",
    ))
}

fn no_service_yet(folder: &Path) -> Failure {
    let folder = folder.display();
    Failure::new(
        Exit::Error,
        "no_service_yet",
        Said::new(
            format!("{folder} chưa phải là thư mục dữ liệu của một dịch vụ sohoa"),
            format!("{folder} is not the data folder of a sohoa service yet"),
        ),
    )
    .hint(Said::new(
        "chạy `sohoa serve` trước, và cho máy này thấy cùng một thư mục (ổ đĩa mạng), nêu bằng --data",
        "start `sohoa serve` first, and let this machine see the same folder (a network disk), named by --data",
    ))
}
