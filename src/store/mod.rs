//! What is kept: documents, jobs, rubrics, people.
//!
//! One trait, [`Store`], made of small ones that each name one concern; SQLite implements it ([`SqliteStore`]), and so
//! does PostgreSQL ([`PostgresStore`]), in SQL that is written once (`sql/`). `tests/store_contract` runs the same suite
//! on every implementation. Files (uploads, work folders) are in the [`DataFolder`], wherever the database is.
//!
//! Invariants:
//! - A change of state and the job that it makes are one transaction; so are words and their place in the search.
//! - `rubric_events` and `confirmed_rubrics` only grow, but for a document that is erased: the database itself
//!   lets them go only where the erasure is on record. The same holds for the audit list and its prunings.
//! - A job's result is written only by the worker that holds its lease.
//! - Time is passed in; nothing here reads a clock.

mod amendments;
/// Whole copies of a data folder.
pub mod backup;
mod audit;
mod credentials;
mod data;
mod documents;
mod erasure;
mod inbox;
mod lexicon;
mod looks;
mod moving;
mod news;
mod open;
mod password;
mod people;
mod postgres;
mod queue;
mod records;
mod rereadings;
mod rubrics;
mod search;
mod shares;
mod sqlite;
mod webhooks;

use std::path::PathBuf;

use futures::future::BoxFuture;
use sqlx::migrate::MigrateError;
use time::OffsetDateTime;

pub use amendments::{Amendments, InForce};
pub use audit::{Audit, AuditEntry, AuditKind, AuditRange, AuditRecord};
pub use credentials::{
    Credentials, NewSession, NewToken, Scope, Scopes, SessionRecord, TokenHash, TokenRecord,
};
pub use data::{Blob, DataError, DataFolder, IncomingBlob};
pub use documents::{
    DocumentFilter, DocumentRecord, DocumentState, Documents, NewDocument, Problem, Uploaded, WhetherNew,
};
pub use erasure::{EraseError, ErasedRubric, Erasure, ErasureRecord, Erasures, Extent, Stale, erase};
pub use inbox::{Cursor, Faults, Found, Holder, Inbox, InboxPage, InboxQuery, Listed, Order, Work};
pub use lexicon::{
    Decision, Imported, ImportedPhrase, Lexicon, LexiconVersion, NewPhrase, PhraseEvent, PhrasePlace,
    PhraseRecord, PhraseSource, PhraseState, UsedPhrase,
};
pub use looks::{LookAgain, Looks};
pub use moving::{Content, MoveError, Moved, to_postgres, to_sqlite};
pub use news::{Ear, Ended, Heard};
pub use open::{OpenError, Owner, open};
pub use password::{Password, PasswordError};
pub use people::{Identity, NewUser, NewVouched, People, Role, User};
pub use postgres::PostgresStore;
pub use queue::{Attempt, Lease, Purpose, Queue, QueueCounts, ReadDocument, SetAside};
pub use records::{KeptRecord, NewRecord, Records};
pub use rereadings::{
    Acceptance, AskedAgain, EarlierReading, Outdated, RereadingRecord, RereadingState, Rereadings, Successor,
    Vanished,
};
pub use rubrics::{
    ConfirmedRecord, EventRecord, NewEvent, NewRubric, RubricChange, RubricRecord, RubricState,
    RubricSummary, Rubrics, Supersedes,
};
pub use search::{Part, Snippet, Words};
pub use shares::{Share, ShareLease, ShareOf, Shares};
pub use sqlite::SqliteStore;
pub use webhooks::{
    DeliveryRecord, DeliveryState, DueDelivery, HookKind, HookRecord, NewHook, Switch, Tried, Webhooks,
};

/// What a store method gives back, boxed so that a store can be a trait object.
pub type Answer<'a, T> = BoxFuture<'a, Result<T, StoreError>>;

/// Everything the service keeps.
pub trait Store:
    Documents
    + Inbox
    + Queue
    + Shares
    + Rubrics
    + Amendments
    + Lexicon
    + Looks
    + Records
    + Rereadings
    + People
    + Webhooks
    + Credentials
    + Audit
    + Erasures
    + Send
    + Sync
    + 'static
{
    /// Writes and reads one row, so that a full or read-only disk shows before somebody's work is lost.
    fn probe(&self) -> Answer<'_, ()>;

    /// Hears from now on of what other processes do here; `None` where there can be none.
    fn listen(&self) -> Answer<'_, Option<Box<dyn Ear>>>;

    /// Ends all connections in order; what is committed is on disk.
    fn close(&self) -> BoxFuture<'_, ()>;
}

/// Why a store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("the rubric is at version {current} now")]
    Stale { current: u64 },
    #[error("{what} exists already")]
    Taken { what: &'static str },
    /// A document is in other hands than was thought.
    #[error("it is with {by:?} now")]
    Held { by: Option<String> },
    #[error("there is no such {what}")]
    Missing { what: &'static str },
    #[error("the document is being read")]
    Reading,
    #[error("the document has a confirmed rubric")]
    Confirmed,
    #[error("the lease on this job is lost: another attempt has it")]
    LeaseLost,
    #[error("the disk is full")]
    Full,
    #[error("opening the database {path}: {source}")]
    Open { path: PathBuf, source: Box<sqlx::Error> },
    /// Whatever is wrong with it is not repeated, since it may hold a password.
    #[error("the address of the database is none of PostgreSQL")]
    Address,
    #[error("the PostgreSQL server {server} cannot be reached: {source}")]
    Unreachable {
        server: String,
        source: Box<sqlx::Error>,
    },
    #[error("the PostgreSQL server {server} does not let {user:?} in")]
    NotLetIn { server: String, user: String },
    #[error("there is no database {server}")]
    NoDatabase { server: String },
    #[error("the database {server} is in {encoding}, not in UTF8")]
    NotUtf8 { server: String, encoding: String },
    #[error("{user:?} may not make tables in {server}")]
    NotOwner { server: String, user: String },
    /// A newer program has brought it further than this one knows.
    #[error("the database is of a newer version of sohoa than this one: it has migration {migration}")]
    Newer { migration: i64 },
    /// The settings name another kind of database, or another one, than the one that has the folder's documents.
    #[error("the files in {folder} belong to another database, which is {owner}")]
    OthersFolder { folder: PathBuf, owner: Owner },
    /// The folder that has its files names the database in its file `owner`; this one does not.
    #[error("the database {id} has its files in another data folder: {owner} does not name it")]
    OthersDatabase { owner: PathBuf, id: String },
    #[error("upgrading the database: {0}")]
    Migrate(MigrateError),
    #[error("the database holds something this version does not know: {what}")]
    Unknown { what: String },
    /// PostgreSQL has no NUL in its texts.
    #[error("a text holds a character that the database does not keep")]
    NotText,
    /// It is being restarted, cut off, or has its hands full; what was asked may be asked again.
    #[error("the database does not answer: {0}")]
    Away(Box<sqlx::Error>),
    #[error("database: {0}")]
    Database(Box<sqlx::Error>),
}

/// PostgreSQL's `character_not_in_repertoire`, and `untranslatable_character`, which it says of JSON.
const NOT_TEXT: [&str; 2] = ["22021", "22P05"];
/// What databases say when their disk is full: SQLite's `SQLITE_FULL`, PostgreSQL's `disk_full`.
const FULL: [&str; 2] = ["13", "53100"];
/// What they say when they cannot answer now: SQLite's `SQLITE_BUSY` in its three forms, and PostgreSQL's `admin_shutdown`, `crash_shutdown`,
/// `cannot_connect_now`, `too_many_connections`, `lock_not_available`.
const AWAY: [&str; 8] = ["5", "261", "517", "57P01", "57P02", "57P03", "53300", "55P03"];

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match error.as_database_error().and_then(|e| e.code()) {
            Some(code) if FULL.contains(&&*code) => Self::Full,
            Some(code) if NOT_TEXT.contains(&&*code) => Self::NotText,
            Some(code) if AWAY.contains(&&*code) => Self::Away(Box::new(error)),
            None if matches!(error, sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut) => {
                Self::Away(Box::new(error))
            }
            _ => Self::Database(Box::new(error)),
        }
    }
}

impl From<MigrateError> for StoreError {
    fn from(error: MigrateError) -> Self {
        match error {
            MigrateError::VersionMissing(migration) => Self::Newer { migration },
            error => Self::Migrate(error),
        }
    }
}

/// A time as the database keeps it: milliseconds since 1970 UTC.
pub(crate) fn to_millis(time: OffsetDateTime) -> i64 {
    i64::try_from(time.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)
}

/// The inverse of [`to_millis`]; what is out of range becomes 1970.
pub(crate) fn from_millis(millis: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(millis) * 1_000_000)
        .unwrap_or(OffsetDateTime::UNIX_EPOCH)
}
