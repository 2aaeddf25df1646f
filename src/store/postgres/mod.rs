//! The store on PostgreSQL: state and queue on a server of its own.
//!
//! Writers stand in line as they do in SQLite, so that what a transaction has read stays so until its end and the same
//! SQL keeps the same promises: each takes one advisory lock of the database alone. Workers that claim, renew and report
//! touch a job of their own each, and take that lock together. The lock is the transaction's, and ends with it however
//! it ends.

mod connect;
mod ear;
mod search;
mod tables;
#[expect(clippy::duplicate_mod, reason = "compiled once a database: see there")]
#[path = "../sql/mod.rs"]
mod sql;

use futures::future::BoxFuture;
use sqlx::postgres::PgPool;
use sqlx::{Postgres as Db, Transaction};

use super::{Answer, Ear, Store, StoreError};

const SKIP_LOCKED: &str = " FOR UPDATE SKIP LOCKED";
const EACH_OF_FIRST: &str = "SELECT json_array_elements_text(CAST($1 AS JSON))";

/// Locks are numbers; this one is `sohoa`.
const ALONE: &str = "SELECT pg_advisory_xact_lock(495790354273)";
const ALONE_IN_SESSION: &str = "SELECT pg_advisory_lock(495790354273)";
const TOGETHER: &str = "SELECT pg_advisory_xact_lock_shared(495790354273)";

const TAKE_FOLDER: &str = "UPDATE installation SET has_folder = TRUE WHERE NOT has_folder";

/// The store on a PostgreSQL server.
#[derive(Debug, Clone)]
pub struct PostgresStore {
    pool: PgPool,
    /// What this process's connections are called there.
    name: String,
}

use PostgresStore as SqlStore;

impl PostgresStore {
    /// Connects to the database at `address` (`postgres://USER@HOST/DATABASE`), which has to be there, and brings its
    /// tables up to date. What the address leaves out comes from libpq's variables and password file.
    pub async fn open(address: &str) -> Result<Self, StoreError> {
        let name = format!("sohoa-{:016x}", rand::random::<u64>());
        let pool = connect::connect(address, &name).await?;
        match sqlx::migrate!("src/store/postgres/migrations").run(&pool).await {
            Ok(()) => Ok(Self { pool, name }),
            Err(error) => Err(connect::not_upgraded(error, &pool)),
        }
    }

    /// What tells this database from any other.
    pub async fn installation(&self) -> Result<String, StoreError> {
        let id = sqlx::query_scalar("SELECT id FROM installation")
            .fetch_one(&self.pool)
            .await?;
        Ok(id)
    }

    /// Notes that a data folder has the files of this database; false when one has them already.
    pub async fn take_folder(&self) -> Result<bool, StoreError> {
        let taken = sqlx::query(TAKE_FOLDER).execute(&self.pool).await?;
        Ok(taken.rows_affected() > 0)
    }

    async fn begin(&self) -> Result<Transaction<'static, Db>, StoreError> {
        self.begin_under(ALONE).await
    }

    async fn begin_beside(&self) -> Result<Transaction<'static, Db>, StoreError> {
        self.begin_under(TOGETHER).await
    }

    async fn begin_under(&self, lock: &'static str) -> Result<Transaction<'static, Db>, StoreError> {
        // Each statement sees what was committed before it: who has waited for the lock sees all of it.
        let mut tx = self
            .pool
            .begin_with("BEGIN ISOLATION LEVEL READ COMMITTED")
            .await?;
        sqlx::query(lock).execute(&mut *tx).await?;
        Ok(tx)
    }

    async fn look(&self) -> Result<Transaction<'static, Db>, StoreError> {
        let snapshot = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
        Ok(self.pool.begin_with(snapshot).await?)
    }
}

impl Store for PostgresStore {
    fn probe(&self) -> Answer<'_, ()> {
        Box::pin(async move {
            // Only a commit shows whether the server's disk has room.
            sqlx::query("UPDATE probe SET turn = turn + 1")
                .execute(&self.pool)
                .await?;
            Ok(())
        })
    }

    fn listen(&self) -> Answer<'_, Option<Box<dyn Ear>>> {
        Box::pin(async move {
            let ear = ear::PostgresEar::open(&self.pool, self.name.clone()).await?;
            Ok(Some(Box::new(ear) as Box<dyn Ear>))
        })
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(self.pool.close())
    }
}
