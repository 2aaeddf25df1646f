//! `sohoa audit`: the list of security events as JSON lines. Works while a server runs on it.

use std::path::PathBuf;

use clap::Args;

use super::opening::{self, store_failure};
use super::{Exit, Failure, output};
use crate::config::Config;
use crate::http::AuditLine;
use crate::store::{AuditRange, Store};

/// Entries read at a time.
const PIECE: u32 = 1000;

#[derive(Args)]
pub struct Arguments {
    /// Only entries after this one (`seq`), to go on where an earlier export ended
    #[arg(long, value_name = "SEQ", default_value_t = 0)]
    after: u64,
    /// Folder for documents, queue and people
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

/// `sohoa audit`
pub fn run(arguments: &Arguments, settings: &Config) -> Result<Exit, Failure> {
    let folder = arguments.data.as_ref().unwrap_or(&settings.server.data);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::io("tokio", &error))?;
    runtime.block_on(async {
        let store = opening::open(folder, settings).await?;
        let outcome = print(&*store, arguments.after).await;
        store.close().await;
        outcome
    })?;
    Ok(Exit::Done)
}

/// Oldest first, so that what is written can be added to.
async fn print(store: &dyn Store, after: u64) -> Result<(), Failure> {
    let mut after = after;
    loop {
        let records = store
            .audit(AuditRange::After(after), PIECE)
            .await
            .map_err(store_failure)?;
        let Some(last) = records.last() else { return Ok(()) };
        after = last.seq;
        for record in records {
            let line = serde_json::to_string(&AuditLine::from(record)).map_err(anyhow::Error::from)?;
            output::print(&format!("{line}\n"))?;
        }
    }
}
