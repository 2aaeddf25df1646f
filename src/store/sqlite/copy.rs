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
    let mut connection = open(path).await?;
    let found = sqlx::query_scalar("SELECT sha256 FROM documents ORDER BY sha256")
        .fetch_all(&mut connection)
        .await;
    connection.close().await?;
    Ok(found?)
}

/// SHA-256 and number of every reading that is whole: those that stand, and those that wait to be accepted.
pub async fn whole_readings(path: &Path) -> Result<Vec<(String, u32)>, StoreError> {
    let mut connection = open(path).await?;
    let found = readings(&mut connection).await;
    connection.close().await?;
    Ok(found?)
}

async fn readings(connection: &mut SqliteConnection) -> Result<Vec<(String, u32)>, sqlx::Error> {
    let second: Option<i64> = sqlx::query_scalar("SELECT 1 FROM sqlite_schema WHERE name = 'rereadings'")
        .fetch_optional(&mut *connection)
        .await?;
    // Before there were second readings, a document had its first.
    let query = match second {
        None => "SELECT sha256, 1 FROM documents WHERE state = 'ready' ORDER BY 1",
        Some(_) => {
            "SELECT sha256, reading FROM documents WHERE state = 'ready' UNION ALL \
             SELECT d.sha256, r.reading FROM rereadings r JOIN documents d ON d.id = r.document_id \
             WHERE r.state = 'ready' ORDER BY 1, 2"
        }
    };
    let rows: Vec<(String, i64)> = sqlx::query_as(query).fetch_all(connection).await?;
    let number = |n| u32::try_from(n).unwrap_or(0);
    Ok(rows.into_iter().map(|(sha256, n)| (sha256, number(n))).collect())
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
