//! The database file as a whole, for backups: copied, looked through, asked which uploads it names. Its tables are left as
//! they are, whatever version made them.

use std::path::Path;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection};

use super::BUSY_TIMEOUT;
use crate::store::StoreError;

/// Writes the database `from`, as it is at one moment, to the new file `to`. Others may go on reading and writing.
pub async fn copy_database(from: &Path, to: &Path) -> Result<(), StoreError> {
    let mut connection = open(from).await?;
    let outcome = sqlx::query("VACUUM INTO ?")
        .bind(to.to_string_lossy().into_owned())
        .execute(&mut connection)
        .await;
    connection.close().await?;
    outcome?;
    Ok(())
}

/// True when every page and every reference in the database is sound.
pub async fn whole_database(path: &Path) -> Result<bool, StoreError> {
    let mut connection = open(path).await?;
    let found: Result<String, _> = sqlx::query_scalar("PRAGMA integrity_check(1)")
        .fetch_one(&mut connection)
        .await;
    let broken: Result<Option<String>, _> = sqlx::query_scalar("PRAGMA foreign_key_check")
        .fetch_optional(&mut connection)
        .await;
    connection.close().await?;
    match (found, broken) {
        (Ok(found), Ok(broken)) => Ok(found == "ok" && broken.is_none()),
        // A file that is no database is not whole.
        (Err(sqlx::Error::Database(_)), _) | (_, Err(sqlx::Error::Database(_))) => Ok(false),
        (Err(error), _) | (_, Err(error)) => Err(error.into()),
    }
}

/// SHA-256 of every document.
pub async fn known_blobs(path: &Path) -> Result<Vec<String>, StoreError> {
    digests(path, "SELECT sha256 FROM documents ORDER BY sha256").await
}

/// SHA-256 of every document that has been read.
pub async fn ready_blobs(path: &Path) -> Result<Vec<String>, StoreError> {
    digests(
        path,
        "SELECT sha256 FROM documents WHERE state = 'ready' ORDER BY sha256",
    )
    .await
}

async fn digests(path: &Path, query: &'static str) -> Result<Vec<String>, StoreError> {
    let mut connection = open(path).await?;
    let found = sqlx::query_scalar(query).fetch_all(&mut connection).await;
    connection.close().await?;
    Ok(found?)
}

async fn open(path: &Path) -> Result<SqliteConnection, StoreError> {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .busy_timeout(BUSY_TIMEOUT)
        .connect()
        .await
        .map_err(|e| StoreError::Open {
            path: path.to_owned(),
            source: Box::new(e),
        })
}
