//! `cargo bench --bench scale` (`make scale`): what more workers and more rows do to the queue, on a PostgreSQL server of its
//! own; writes `docs/scale.md`.
//!
//! Ratios of runs on the same machine count: seconds say more about a machine than about a program.

#[path = "../measure.rs"]
#[expect(dead_code, reason = "other benchmarks use the rest")]
mod measure;
mod province;
mod real;
mod rows;
#[path = "../../tests/postgres/mod.rs"]
#[expect(
    dead_code,
    clippy::unwrap_used,
    reason = "tests use the rest, and stop where they cannot go on"
)]
mod server;
mod simulated;

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};

const HEAD: &str = "\
# What grows with what

Written by `make scale`; every figure is from the machine of the run, PostgreSQL and all workers on it. What is asked of it: two worker processes at
least 1.8 times as fast as one on two cores, and with simulated reading 32 workers at least 25 times as fast as one with
PostgreSQL under 30 % of a core.

";

#[tokio::main]
async fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    let wanted = |name: &str| words.is_empty() || words.iter().any(|word| word == name);
    let server = server::Server::start();
    let mut text = HEAD.to_owned();
    if wanted("simulated") {
        text += &simulated::report(&server).await?;
    }
    if wanted("rows") {
        text += &rows::report(&server).await?;
    }
    if wanted("real") {
        let real = real::measure(&server).await?;
        text += &real.report()?;
        text += &province::report(&real)?;
    }
    if words.is_empty() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/scale.md");
        std::fs::write(&path, text.trim_end().to_owned() + "\n")?;
        eprintln!("wrote {}", path.display());
    }
    print!("{text}");
    Ok(())
}

/// Of the server, all its processes.
fn processor_time(server: &server::Server) -> Result<Duration> {
    // Its socket lies in its own folder.
    let address = server.address("postgres", "postgres");
    let (_, folder) = address.rsplit_once("host=").context("no socket")?;
    let known = std::fs::read_to_string(Path::new(folder).join("data/postmaster.pid"))?;
    let process = known.lines().next().context("no process")?.trim().parse()?;
    Ok(measure::processor_time(process))
}
