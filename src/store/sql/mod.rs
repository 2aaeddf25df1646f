//! What is asked of a database, in the SQL that SQLite and PostgreSQL both understand: `$1`, `RETURNING`, `ON CONFLICT`.
//!
//! This folder is compiled once for each database, as a module of `store::sqlite` and of `store::postgres`: sqlx tells
//! databases apart by type, and code over any of them would consist of bounds. The module around it says, by the same
//! names, what the two do differently:
//!
//! | name | what it is |
//! |---|---|
//! | `Db`, `SqlStore` | sqlx's type of the database, and the store that keeps the promises |
//! | `SqlStore::begin` | a transaction beside which nobody else writes: what it has read stays so until its end |
//! | `SqlStore::begin_beside` | one that touches a single job and what hangs on it; others may claim and renew theirs |
//! | `SqlStore::look` | one that only reads, all of it as it was at one moment |
//! | `SKIP_LOCKED` | what lets a claim pass over a job that somebody else is claiming |
//! | `EACH_OF_FIRST` | a query of the texts in the JSON list `$1` |
//! | `search` | how documents are found by their words |

mod amendments;
mod audit;
mod credentials;
mod documents;
mod erasure;
mod inbox;
mod lexicon;
mod looks;
mod messages;
mod people;
mod queue;
mod records;
mod rereadings;
mod rubrics;
mod shares;
mod turns;
mod webhooks;

use super::{Db, EACH_OF_FIRST, SKIP_LOCKED, SqlStore, search};
use crate::store::StoreError;

/// A transaction of the store's own pool.
type Tx = sqlx::Transaction<'static, Db>;

/// A count as the database keeps it, never negative.
fn count(value: i64) -> u32 {
    u32::try_from(value).unwrap_or(0)
}

fn unknown(what: &str, value: &str) -> StoreError {
    StoreError::Unknown {
        what: format!("{what} `{value}`"),
    }
}
