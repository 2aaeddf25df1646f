//! Rows as they are, for moving them to another database.

use futures::StreamExt;
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use super::{ALONE_IN_SESSION, PostgresStore, TAKE_FOLDER};
use crate::store::moving::{Tables, quoted};
use crate::store::{Answer, StoreError};

/// What sqlx, the search and the database itself keep.
const NOT_OURS: [&str; 3] = ["_sqlx_migrations", "installation", "probe"];

/// All tables of a database, in one transaction; dropped before its commit, nothing has happened.
pub struct PostgresTables(PgConnection);

impl PostgresStore {
    /// For reading all of it as it is at one moment, or for filling it. Until its end nobody else writes here.
    pub async fn tables(&self) -> Result<PostgresTables, StoreError> {
        // On a connection of its own, which ends with it and takes the transaction along.
        let mut connection = self.pool.acquire().await?.detach();
        // The session's, and before the transaction, which sees what was there when it asked for the first time.
        for order in [
            ALONE_IN_SESSION,
            "BEGIN ISOLATION LEVEL REPEATABLE READ",
            // The other database may take its time.
            "SET LOCAL idle_in_transaction_session_timeout = 0",
        ] {
            sqlx::query(order).execute(&mut connection).await?;
        }
        Ok(PostgresTables(connection))
    }
}

impl PostgresTables {
    /// Notes that a data folder has the files of this database, if this is committed; false when one has them already.
    pub async fn take_folder(&mut self) -> Result<bool, StoreError> {
        let taken = sqlx::query(TAKE_FOLDER).execute(&mut self.0).await?;
        Ok(taken.rows_affected() > 0)
    }

    /// Notes that no data folder has the files of this database any more, if this is committed.
    pub async fn leave_folder(&mut self) -> Result<(), StoreError> {
        sqlx::query("UPDATE installation SET has_folder = FALSE")
            .execute(&mut self.0)
            .await?;
        Ok(())
    }

    /// Whether a worker says of a job that it is at it.
    pub async fn is_at_work(&mut self, now: i64) -> Result<bool, StoreError> {
        let at_work = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM jobs WHERE state = 'running' AND lease_until >= $1) \
                 OR EXISTS (SELECT 1 FROM shares WHERE state = 'taken' AND lease_until >= $1)",
        )
        .bind(now)
        .fetch_one(&mut self.0)
        .await?;
        Ok(at_work)
    }
}

impl Tables for PostgresTables {
    fn names(&mut self) -> Answer<'_, Vec<String>> {
        Box::pin(async move {
            let names: Vec<String> = sqlx::query_scalar(
                "SELECT table_name::TEXT COLLATE \"C\" FROM information_schema.tables \
                 WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' \
                     AND table_name NOT LIKE 'search\\_%' ORDER BY 1",
            )
            .fetch_all(&mut self.0)
            .await?;
            Ok(names
                .into_iter()
                .filter(|name| !NOT_OURS.contains(&name.as_str()))
                .collect())
        })
    }

    fn columns<'a>(&'a mut self, table: &'a str) -> Answer<'a, Vec<String>> {
        Box::pin(async move {
            let names = sqlx::query_scalar(
                "SELECT column_name::TEXT COLLATE \"C\" FROM information_schema.columns \
                 WHERE table_schema = current_schema() AND table_name = $1 ORDER BY 1",
            )
            .bind(table)
            .fetch_all(&mut self.0)
            .await?;
            Ok(names)
        })
    }

    fn rows<'a>(&'a mut self, table: &str, _: &[String]) -> BoxStream<'a, Result<String, StoreError>> {
        let query = format!("SELECT row_to_json(t)::TEXT FROM {} t", quoted(table));
        let rows = sqlx::query_scalar(AssertSqlSafe(query)).fetch(&mut self.0);
        rows.map(|row| row.map_err(StoreError::from)).boxed()
    }

    fn insert<'a>(&'a mut self, table: &'a str, columns: &'a [String], rows: &'a str) -> Answer<'a, ()> {
        Box::pin(async move {
            let columns: Vec<String> = columns.iter().map(|c| quoted(c)).collect();
            let (columns, table) = (columns.join(", "), quoted(table));
            let query = format!(
                "INSERT INTO {table} ({columns}) OVERRIDING SYSTEM VALUE \
                 SELECT {columns} FROM json_populate_recordset(NULL::{table}, $1::JSON)"
            );
            sqlx::query(AssertSqlSafe(query))
                .bind(rows)
                .execute(&mut self.0)
                .await?;
            Ok(())
        })
    }

    fn last_number<'a>(&'a mut self, table: &'a str, column: &'a str) -> Answer<'a, i64> {
        Box::pin(async move {
            let query = format!(
                "SELECT COALESCE(pg_sequence_last_value(pg_get_serial_sequence('{table}', '{column}')::REGCLASS), 0)"
            );
            Ok(sqlx::query_scalar(AssertSqlSafe(query))
                .fetch_one(&mut self.0)
                .await?)
        })
    }

    fn go_on_after<'a>(&'a mut self, table: &'a str, column: &'a str, last: i64) -> Answer<'a, ()> {
        Box::pin(async move {
            let query = format!("SELECT setval(pg_get_serial_sequence('{table}', '{column}'), $1, TRUE)");
            sqlx::query(AssertSqlSafe(query))
                .bind(last)
                .execute(&mut self.0)
                .await?;
            Ok(())
        })
    }

    fn commit(mut self: Box<Self>) -> BoxFuture<'static, Result<(), StoreError>> {
        Box::pin(async move {
            sqlx::query("COMMIT").execute(&mut self.0).await?;
            self.0.close().await?;
            Ok(())
        })
    }
}
