//! Rows as they are, for moving them to another database.

use std::path::Path;

use futures::StreamExt;
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, SqliteConnection};

use super::BUSY_TIMEOUT;
use crate::store::moving::{Tables, quoted};
use crate::store::{Answer, StoreError};

/// What SQLite, sqlx and the search keep for themselves.
const NOT_OURS: &str =
    "name LIKE 'sqlite%' OR name LIKE '\\_sqlx%' ESCAPE '\\' OR name LIKE 'search\\_%' ESCAPE '\\'";

/// All tables of a database file that has been brought up to date, in one transaction; dropped before its commit, nothing
/// has happened.
pub struct SqliteTables(SqliteConnection);

impl SqliteTables {
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        let mut connection = SqliteConnectOptions::new()
            .filename(path)
            .foreign_keys(true)
            .busy_timeout(BUSY_TIMEOUT)
            .connect()
            .await?;
        sqlx::query("BEGIN IMMEDIATE").execute(&mut connection).await?;
        Ok(Self(connection))
    }
}

impl Tables for SqliteTables {
    fn names(&mut self) -> Answer<'_, Vec<String>> {
        Box::pin(async move {
            let query = format!(
                "SELECT name FROM sqlite_schema WHERE type = 'table' AND NOT ({NOT_OURS}) ORDER BY name"
            );
            Ok(sqlx::query_scalar(AssertSqlSafe(query))
                .fetch_all(&mut self.0)
                .await?)
        })
    }

    fn columns<'a>(&'a mut self, table: &'a str) -> Answer<'a, Vec<String>> {
        Box::pin(async move {
            let names = sqlx::query_scalar("SELECT name FROM pragma_table_info($1) ORDER BY name")
                .bind(table)
                .fetch_all(&mut self.0)
                .await?;
            Ok(names)
        })
    }

    fn rows<'a>(&'a mut self, table: &str, columns: &[String]) -> BoxStream<'a, Result<String, StoreError>> {
        let fields: Vec<String> = columns.iter().map(|c| format!("'{c}', {}", quoted(c))).collect();
        let query = format!("SELECT json_object({}) FROM {}", fields.join(", "), quoted(table));
        let rows = sqlx::query_scalar(AssertSqlSafe(query)).fetch(&mut self.0);
        rows.map(|row| row.map_err(StoreError::from)).boxed()
    }

    fn insert<'a>(&'a mut self, table: &'a str, columns: &'a [String], rows: &'a str) -> Answer<'a, ()> {
        Box::pin(async move {
            let into: Vec<String> = columns.iter().map(|c| quoted(c)).collect();
            let from: Vec<String> = columns.iter().map(|c| format!("value ->> '{c}'")).collect();
            let query = format!(
                "INSERT INTO {} ({}) SELECT {} FROM json_each($1)",
                quoted(table),
                into.join(", "),
                from.join(", ")
            );
            sqlx::query(AssertSqlSafe(query))
                .bind(rows)
                .execute(&mut self.0)
                .await?;
            Ok(())
        })
    }

    fn last_number<'a>(&'a mut self, table: &'a str, _: &'a str) -> Answer<'a, i64> {
        Box::pin(async move {
            let last = sqlx::query_scalar("SELECT seq FROM sqlite_sequence WHERE name = $1")
                .bind(table)
                .fetch_optional(&mut self.0)
                .await?;
            Ok(last.unwrap_or(0))
        })
    }

    fn go_on_after<'a>(&'a mut self, table: &'a str, _: &'a str, last: i64) -> Answer<'a, ()> {
        Box::pin(async move {
            sqlx::query("DELETE FROM sqlite_sequence WHERE name = $1")
                .bind(table)
                .execute(&mut self.0)
                .await?;
            sqlx::query("INSERT INTO sqlite_sequence (name, seq) VALUES ($1, $2)")
                .bind(table)
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
