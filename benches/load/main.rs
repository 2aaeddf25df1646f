//! `cargo bench --bench load` (`make load`): two hundred clients upload and ask while two workers read, for ten minutes;
//! writes `docs/load.md`.
//!
//! Server, its readers and all clients share this machine, so what a client waits for is more than what a server alone
//! would let it wait. `MINUTES` and `CLIENTS` say otherwise; such a run prints its report and writes nothing.

#[path = "../bars.rs"]
mod bars;
mod client;
mod server;

use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use bars::Bar;
use client::{Asked, Kind};
use server::Server;

const MINUTES: u64 = 10;
const CLIENTS: usize = 200;
/// Documents that may wait before uploads are put off: fewer than there are clients, so that it happens.
const MOST_WAITING: u64 = 100;
/// Bars: the slowest hundredth of requests, and growth of memory from the third quarter to the last.
const MOST_P99: Duration = Duration::from_millis(250);
const MOST_GROWTH: f64 = 0.05;

#[tokio::main]
async fn main() -> Result<()> {
    let minutes: u64 = number("MINUTES")?.unwrap_or(MINUTES);
    let clients = number("CLIENTS")?.unwrap_or(CLIENTS);
    let folder = tempfile::tempdir()?;
    let server = Arc::new(Server::start(folder.path(), MOST_WAITING)?);
    let until = Instant::now() + Duration::from_secs(60 * minutes);
    let asking: Vec<_> = (0..clients)
        .map(|number| {
            tokio::spawn(client::run(
                server.address.clone(),
                server.token.clone(),
                number,
                until,
            ))
        })
        .collect();
    let mut memory = Vec::new();
    while Instant::now() < until {
        memory.push(server.memory()?);
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    let mut asked = Vec::new();
    for client in asking {
        asked.extend(client.await??);
    }
    let kept = client::documents(&server.address, &server.token).await?;
    let accepted = asked.iter().filter(|a| a.status == 202).count();
    let report = Report {
        minutes,
        clients,
        asked,
        memory,
        kept,
        accepted,
    };
    let text = report.text();
    print!("{text}");
    if std::env::var_os("MINUTES").is_none() && std::env::var_os("CLIENTS").is_none() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/load.md");
        std::fs::write(&path, text).with_context(|| path.display().to_string())?;
    }
    ensure!(report.bars().iter().all(|bar| bar.2), "a bar was missed");
    Ok(())
}

fn number<N: std::str::FromStr>(name: &str) -> Result<Option<N>> {
    std::env::var(name)
        .ok()
        .map(|n| n.parse().ok().with_context(|| format!("{name} is a number")))
        .transpose()
}

/// What came of a run.
struct Report {
    minutes: u64,
    clients: usize,
    asked: Vec<Asked>,
    /// Resident bytes of the server, once a second.
    memory: Vec<u64>,
    /// Documents that the server has, and those it said it had taken.
    kept: usize,
    accepted: usize,
}

impl Report {
    fn text(&self) -> String {
        let mut out = format!(
            "# Two hundred clients at once\n\n\
             Written by `make load`; do not edit. {} clients upload and ask for {} minutes while two workers read, all on the machine of the run, which has {} \
             processors. Each client uploads a document, asks for it every second until it is read, and now and then for the list, a page's picture and a rubric; \
             {MOST_WAITING} documents may wait before uploads are put off with 503 and `Retry-After`. Times are what a client waits, in milliseconds.\n\n\
             | request | sent | answered as meant | put off (429, 503) | p50 | p99 | most |\n|---|---|---|---|---|---|---|\n",
            self.clients,
            self.minutes,
            std::thread::available_parallelism().map_or(1, usize::from),
        );
        for kind in Kind::ALL {
            let of: Vec<&Asked> = self.asked.iter().filter(|a| a.kind == kind).collect();
            let count = |meant: fn(&Asked) -> bool| of.iter().filter(|a| meant(a)).count();
            let took = sorted(of.iter().map(|a| a.took));
            let _ = writeln!(
                out,
                "| {} | {} | {} | {} | {} | {} | {} |",
                kind.name(),
                of.len(),
                count(Asked::is_good),
                count(Asked::is_put_off),
                share(&took, 0.5).as_millis(),
                share(&took, 0.99).as_millis(),
                share(&took, 1.0).as_millis(),
            );
        }
        let _ = writeln!(
            out,
            "\n{} documents were read meanwhile.\n",
            self.asked.iter().filter(|a| a.ready).count()
        );
        out + &bars::table(&self.bars())
    }

    fn bars(&self) -> [Bar; 4] {
        let bad = self
            .asked
            .iter()
            .filter(|a| !a.is_good() && !a.is_put_off())
            .count();
        let took = sorted(self.asked.iter().map(|a| a.took));
        let slow = share(&took, 0.99);
        let growth = self.growth();
        [
            (
                "Nothing but answers as meant, and 429 or 503 with `Retry-After`".to_owned(),
                format!("{bad} others"),
                bad == 0,
            ),
            (
                format!(
                    "p99 of all requests, none of which reads, under {} ms",
                    MOST_P99.as_millis()
                ),
                format!("{} ms", slow.as_millis()),
                slow < MOST_P99,
            ),
            (
                format!(
                    "Memory of the server, from the third quarter of the time to the last: under {:.0} % more",
                    100.0 * MOST_GROWTH
                ),
                format!("{:+.1} %", 100.0 * growth),
                growth < MOST_GROWTH,
            ),
            (
                "Every document that was taken is there, and no other".to_owned(),
                format!("{} of {}", self.kept, self.accepted),
                self.kept == self.accepted,
            ),
        ]
    }

    fn growth(&self) -> f64 {
        let quarter = self.memory.len() / 4;
        let mean = |of: &[u64]| of.iter().sum::<u64>() as f64 / of.len().max(1) as f64;
        let late = &self.memory[2 * quarter..];
        let (third, last) = late.split_at(quarter.min(late.len()));
        mean(last) / mean(third) - 1.0
    }
}

fn sorted(times: impl Iterator<Item = Duration>) -> Vec<Duration> {
    let mut times: Vec<Duration> = times.collect();
    times.sort();
    times
}

/// The time that so large a share of `sorted` times stays within.
fn share(sorted: &[Duration], share: f64) -> Duration {
    let at = (sorted.len() as f64 * share).ceil() as usize;
    sorted
        .get(at.saturating_sub(1))
        .or(sorted.last())
        .copied()
        .unwrap_or_default()
}
