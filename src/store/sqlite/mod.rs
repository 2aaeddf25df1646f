//! The store on SQLite: one file, no service.
//!
//! Write-ahead log, so that pages can be looked at while a result is written. `synchronous = FULL`:
//! in WAL mode `NORMAL` may lose the last commits at a power cut, and an answered upload
//! or a confirmation is a promise. Writing transactions begin `IMMEDIATE`, so two of them queue up
//! (`busy_timeout`) instead of failing half-way with `SQLITE_BUSY`.

mod copy;
mod search;
mod tables;
#[expect(clippy::duplicate_mod, reason = "compiled once a database: see there")]
#[path = "../sql/mod.rs"]
mod sql;

use std::path::Path;
use std::time::Duration;

use futures::future::BoxFuture;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Sqlite as Db, Transaction};

pub use copy::{copy_database, known_blobs, whole_database, whole_readings};
pub use tables::SqliteTables;

use super::{Answer, Ear, Store, StoreError};

/// Longer than any transaction here takes, shorter than a person waits.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// One writer at a time: nobody else claims meanwhile.
const SKIP_LOCKED: &str = "";
const EACH_OF_FIRST: &str = "SELECT value FROM json_each($1)";

/// The store on one SQLite file.
#[derive(Debug, Clone)]
pub struct SqliteStore {
    pool: SqlitePool,
}

use SqliteStore as SqlStore;

impl SqliteStore {
    /// Opens the database, makes it where it is missing, and brings its tables up to date.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY_TIMEOUT);
        let pool = SqlitePoolOptions::new()
            .max_connections(8)
            .connect_with(options)
            .await
            .map_err(|e| StoreError::Open {
                path: path.to_owned(),
                source: Box::new(e),
            })?;
        sqlx::migrate!("src/store/migrations").run(&pool).await?;
        Ok(Self { pool })
    }

    async fn begin(&self) -> Result<Transaction<'static, Db>, StoreError> {
        Ok(self.pool.begin_with("BEGIN IMMEDIATE").await?)
    }

    async fn begin_beside(&self) -> Result<Transaction<'static, Db>, StoreError> {
        self.begin().await
    }

    async fn look(&self) -> Result<Transaction<'static, Db>, StoreError> {
        Ok(self.pool.begin().await?)
    }
}

impl Store for SqliteStore {
    fn probe(&self) -> Answer<'_, ()> {
        Box::pin(async move {
            let mut tx = self.begin().await?;
            sqlx::query("CREATE TABLE probe (x INTEGER)")
                .execute(&mut *tx)
                .await?;
            sqlx::query("INSERT INTO probe VALUES (1)")
                .execute(&mut *tx)
                .await?;
            tx.rollback().await?;
            Ok(())
        })
    }

    fn listen(&self) -> Answer<'_, Option<Box<dyn Ear>>> {
        // One process holds the data folder.
        Box::pin(std::future::ready(Ok(None)))
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(self.pool.close())
    }
}
