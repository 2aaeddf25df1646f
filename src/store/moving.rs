//! An installation's database moved from SQLite to PostgreSQL, or back. Files stay in the data folder.
//!
//! All rows of all tables go over in one transaction and are read again at their new place before it ends: what differs in a
//! single character is told by a digest, and then nothing has happened. Words that are searched are not moved; the
//! new database finds them anew. The folder changes its owner last, so whoever is interrupted begins again.

use std::path::{Path, PathBuf};

use futures::StreamExt;
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use serde_json::Value;
use sha2::{Digest, Sha256};
use time::OffsetDateTime;

use super::open::{self, Owner};
use super::sqlite::SqliteTables;
use super::{Answer, DataError, DataFolder, PostgresStore, SqliteStore, Store, StoreError, to_millis};

/// Every table, those before that others refer to.
const TABLES: [&str; 25] = [
    "documents",
    "results",
    "jobs",
    "shares",
    "rubrics",
    "rubric_events",
    "confirmed_rubrics",
    "rubric_readings",
    "rereadings",
    "users",
    "identities",
    "sessions",
    "api_tokens",
    "audit",
    "audit_prunings",
    "erasures",
    "erased_rubrics",
    "confirmation_records",
    "confirmation_evidence",
    "phrases",
    "phrase_events",
    "gathered_rubrics",
    "phrase_looks",
    "webhooks",
    "webhook_deliveries",
];

/// Tables whose rows the database numbers, and the column. The list of events never gives a number twice, even once its
/// entries are pruned; elsewhere it is enough to go on after the largest.
const NUMBERED: [(&str, &str); 5] = [
    ("jobs", "id"),
    ("shares", "id"),
    ("audit", "seq"),
    ("audit_prunings", "id"),
    ("webhook_deliveries", "id"),
];
const NEVER_TWICE: &str = "audit";

/// What a row is called, the first that it has.
const KEYS: [&str; 6] = ["id", "seq", "name", "document_id", "rubric_id", "phrase_id"];

/// Bytes of JSON that go over at once; a single row may be larger.
const AT_ONCE: usize = 1 << 20;

/// Why nothing was moved.
#[derive(Debug, thiserror::Error)]
pub enum MoveError {
    #[error(transparent)]
    Data(#[from] DataError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the documents are in {0} already")]
    AlreadyThere(Owner),
    #[error("the PostgreSQL database holds {table} already")]
    NotEmpty { table: String },
    #[error("a worker is reading")]
    AtWork,
    #[error("the two databases differ in their tables: {what}")]
    OtherTables { what: String },
    #[error("{table} has a text with the character NUL, which PostgreSQL does not keep, in the row {row}")]
    NotText { table: String, row: String },
    #[error("{table} arrived other than it was")]
    Differs { table: String },
}

/// What was moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// Each table with its rows, and a digest of all of them.
    pub tables: Vec<(String, Content)>,
    /// The SQLite file that is not used any more.
    pub left: Option<PathBuf>,
}

/// What a table holds, whatever the order of its rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Content {
    pub rows: u64,
    /// The sum of the rows' SHA-256, each as two numbers.
    sum: (u128, u128),
}

impl Content {
    fn add(&mut self, row: &Value) {
        // Keys are in order: the same row has the same text, whichever database wrote it.
        let digest = Sha256::digest(row.to_string());
        let half = |from: usize| {
            digest[from..from + 16]
                .iter()
                .fold(0_u128, |n, b| n << 8 | u128::from(*b))
        };
        self.rows += 1;
        self.sum = (
            self.sum.0.wrapping_add(half(0)),
            self.sum.1.wrapping_add(half(16)),
        );
    }

    /// Hexadecimal digits.
    pub fn digest(&self) -> String {
        format!("{:032x}{:032x}", self.sum.0, self.sum.1)
    }
}

/// The tables of a database, inside one transaction.
pub(super) trait Tables: Send {
    /// Those that are the installation's, in order.
    fn names(&mut self) -> Answer<'_, Vec<String>>;

    fn columns<'a>(&'a mut self, table: &'a str) -> Answer<'a, Vec<String>>;

    /// Each row as a JSON object.
    fn rows<'a>(&'a mut self, table: &str, columns: &[String]) -> BoxStream<'a, Result<String, StoreError>>;

    /// Writes rows, a JSON list of objects.
    fn insert<'a>(&'a mut self, table: &'a str, columns: &'a [String], rows: &'a str) -> Answer<'a, ()>;

    /// The last number that was given to a row; 0: none, or it is not known.
    fn last_number<'a>(&'a mut self, table: &'a str, column: &'a str) -> Answer<'a, i64>;

    /// Gives the next row a number after `last`.
    fn go_on_after<'a>(&'a mut self, table: &'a str, column: &'a str, last: i64) -> Answer<'a, ()>;

    fn commit(self: Box<Self>) -> BoxFuture<'static, Result<(), StoreError>>;
}

/// The name as SQL writes it.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{name}\"")
}

/// Moves the database of a folder that nobody else has open into the empty PostgreSQL database at `address`.
pub async fn to_postgres(folder: &DataFolder, address: &str) -> Result<Moved, MoveError> {
    let root = folder.root();
    match open::owner(root)? {
        None | Some(Owner::Sqlite) => {}
        Some(owner) => return Err(MoveError::AlreadyThere(owner)),
    }
    // Brought up to date first: the tables of one version are moved.
    SqliteStore::open(&folder.database()).await?.close().await;
    let target = PostgresStore::open(address).await?;
    let id = target.installation().await?;
    let mut to = target.tables().await?;
    if !to.take_folder().await? {
        let owner = root.join(open::OWNER);
        return Err(StoreError::OthersDatabase { owner, id }.into());
    }
    let mut from = SqliteTables::open(&folder.database()).await?;
    let tables = copy(&mut from, &mut to).await?;
    Box::new(from).commit().await?;
    Box::new(to).commit().await?;
    open::note(root, &id)?;
    target.close().await;
    // Nobody opens it any more, wherever it is.
    let left = put_aside(&folder.database()).unwrap_or_else(|_| folder.database());
    Ok(Moved {
        tables,
        left: Some(left),
    })
}

/// Moves the PostgreSQL database of a folder that nobody else has open into an SQLite file in the folder.
pub async fn to_sqlite(folder: &DataFolder, address: &str, now: OffsetDateTime) -> Result<Moved, MoveError> {
    let root = folder.root();
    let known = match open::owner(root)? {
        Some(Owner::Postgres(id)) => id,
        None | Some(Owner::Sqlite) => return Err(MoveError::AlreadyThere(Owner::Sqlite)),
    };
    let source = PostgresStore::open(address).await?;
    if source.installation().await? != known {
        let (folder, owner) = (root.to_owned(), Owner::Postgres(known));
        return Err(StoreError::OthersFolder { folder, owner }.into());
    }
    let mut from = source.tables().await?;
    if from.is_at_work(to_millis(now)).await? {
        return Err(MoveError::AtWork);
    }
    from.leave_folder().await?;
    let file = folder.database();
    let part = file.with_extension("part");
    remove(&part)?;
    SqliteStore::open(&part).await?.close().await;
    let mut to = SqliteTables::open(&part).await?;
    let tables = copy(&mut from, &mut to).await?;
    Box::new(to).commit().await?;
    std::fs::rename(&part, &file).map_err(DataError::at(&file))?;
    let owner = root.join(open::OWNER);
    std::fs::remove_file(&owner).map_err(DataError::at(&owner))?;
    // All is here. If the server cannot be told any more, it says at the next move that a folder has it.
    let _ = Box::new(from).commit().await;
    source.close().await;
    Ok(Moved { tables, left: None })
}

/// Copies every row and reads it again where it is now.
async fn copy(from: &mut dyn Tables, to: &mut dyn Tables) -> Result<Vec<(String, Content)>, MoveError> {
    same_tables(from, to).await?;
    let mut tables = Vec::new();
    for table in TABLES {
        let columns = from.columns(table).await?;
        let numbered = NUMBERED
            .iter()
            .find(|(of, _)| *of == table)
            .map(|(_, column)| *column);
        let mut largest = 0;
        let mut content = Content::default();
        let mut waiting = String::new();
        let mut rows = from.rows(table, &columns);
        while let Some(row) = rows.next().await {
            let row = row?;
            let read = parsed(table, &row)?;
            let number = numbered.and_then(|column| read.get(column)?.as_i64());
            largest = largest.max(number.unwrap_or(0));
            content.add(&read);
            waiting += if waiting.is_empty() { "[" } else { "," };
            waiting += &row;
            if waiting.len() > AT_ONCE {
                insert(to, table, &columns, &(std::mem::take(&mut waiting) + "]")).await?;
            }
        }
        drop(rows);
        if !waiting.is_empty() {
            insert(to, table, &columns, &(waiting + "]")).await?;
        }
        if content != all(to, table, &columns).await? {
            return Err(MoveError::Differs {
                table: table.to_owned(),
            });
        }
        if let Some(column) = numbered {
            let last = match table {
                NEVER_TWICE => from.last_number(table, column).await?.max(largest),
                _ => largest,
            };
            if last > 0 {
                to.go_on_after(table, column, last).await?;
            }
        }
        tables.push((table.to_owned(), content));
    }
    Ok(tables)
}

async fn insert(to: &mut dyn Tables, table: &str, columns: &[String], rows: &str) -> Result<(), MoveError> {
    match to.insert(table, columns, rows).await {
        Err(StoreError::NotText) => Err(MoveError::NotText {
            table: table.to_owned(),
            row: with_nul(rows),
        }),
        inserted => Ok(inserted?),
    }
}

/// What the first of these rows with a NUL is called.
fn with_nul(rows: &str) -> String {
    let rows: Vec<Value> = serde_json::from_str(rows).unwrap_or_default();
    let has_nul = |row: &&Value| row.as_object().is_some_and(|row| row.values().any(is_with_nul));
    let key = |row: &Value| {
        KEYS.iter()
            .find_map(|key| row.get(key).filter(|k| !k.is_null()).cloned())
    };
    rows.iter()
        .find(has_nul)
        .and_then(key)
        .map(|key| key.to_string())
        .unwrap_or_default()
}

fn is_with_nul(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.contains('\0'))
}

/// Every table is known here and has the same columns on both sides, and nothing is there yet.
async fn same_tables(from: &mut dyn Tables, to: &mut dyn Tables) -> Result<(), MoveError> {
    let mut known = TABLES.map(str::to_owned).to_vec();
    known.sort();
    for names in [from.names().await?, to.names().await?] {
        if names != known {
            let what = format!("{names:?}");
            return Err(MoveError::OtherTables { what });
        }
    }
    for table in TABLES {
        let columns = from.columns(table).await?;
        if columns != to.columns(table).await? {
            let what = format!("{table} {columns:?}");
            return Err(MoveError::OtherTables { what });
        }
        if all(to, table, &columns).await? != Content::default() {
            return Err(MoveError::NotEmpty {
                table: table.to_owned(),
            });
        }
    }
    Ok(())
}

async fn all(tables: &mut dyn Tables, table: &str, columns: &[String]) -> Result<Content, MoveError> {
    let mut content = Content::default();
    let mut rows = tables.rows(table, columns);
    while let Some(row) = rows.next().await {
        content.add(&parsed(table, &row?)?);
    }
    Ok(content)
}

fn parsed(table: &str, row: &str) -> Result<Value, MoveError> {
    serde_json::from_str(row).map_err(|error| {
        MoveError::Store(StoreError::Unknown {
            what: format!("a row of {table}: {error}"),
        })
    })
}

/// What is not used any more stays, under a name that nobody opens.
fn put_aside(file: &Path) -> Result<PathBuf, DataError> {
    let aside = file.with_extension("db.moved");
    std::fs::rename(file, &aside).map_err(DataError::at(file))?;
    Ok(aside)
}

fn remove(file: &Path) -> Result<(), DataError> {
    match std::fs::remove_file(file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(DataError::at(file)(error)),
        _ => Ok(()),
    }
}
