//! The queue's workers: they claim documents, have them parsed, report pages and give up in good time.
//!
//! The queue is a table of our own ([`crate::store::Queue`]) in the same database as the state it
//! changes. `apalis` 1.0 with `apalis-sqlite` 1.0 was read first; its source, not its pages, decided:
//! - The end of a task is written by the engine on a connection of its own after the handler has returned
//!   (`queries/task/ack.sql`), so a result and the end of its job cannot be one transaction: a `kill -9`
//!   between the two runs the document twice. (Enqueueing can be: `push_tasks` takes an executor.)
//! - A worker that died leaves its tasks `Pending` with `attempts + 1` (`reenqueue_orphaned.sql`), and
//!   `fetch_next.sql` looks at `max_attempts` only for `Failed` ones: a document that takes its worker
//!   down is fetched for ever.
//! - The heartbeat is a worker's (`Workers.last_seen`, whole seconds), not a job's, and an attempt that
//!   lost its lease can still acknowledge under the same worker name.
//!
//! What this queue promises instead:
//! - A claim is a lease that ends by time; long documents renew theirs. Every write of a worker names the
//!   claim that it acts under, so what comes late from a lost lease is refused.
//! - Claiming counts the attempt, so a worker's death has counted it already. A document is set aside when
//!   reading it has failed [`Policy::failures`] times or was begun [`Policy::attempts`] times. The two
//!   differ since a server can be killed for reasons that are no document's fault; jobs with fewer
//!   attempts go first, so one that kills holds up nobody.
//! - On SQLite a server holds the data folder's lock, so at its start no worker can be alive: it takes back all
//!   leases at once. On PostgreSQL others may be at work: what a dead one held comes back when its lease has
//!   ended. Either way each document goes on at the first page that its work folder lacks.
//! - A long document is read by all who have time: whoever claimed it offers its pages in shares
//!   ([`crate::store::Shares`]) and ends the job alone. Documents that nobody reads are taken before shares, and shares
//!   of the document with the fewest workers first, so neither a giant nor many small ones wait for the other.
//! - Documents are read by turns among those who uploaded them (`store/sql/turns.rs`), and no more are taken in than
//!   `most_waiting` in the settings.

mod attending;
mod counters;
mod dictionary;
mod engine;
mod following;
mod parser;
mod progress;
mod reading;
mod retention;
mod sharing;
mod worker;

pub use counters::{Counted, Counters};
pub use dictionary::dictionary_text;
pub use engine::{Clock, Engine, Ids, Neighbours, Parts, Policy, Running};
pub use parser::{ExecParser, Parser, Task};
pub use progress::{Hub, Update};
pub use reading::{ReadingError, how_many, new_rubric};
pub use retention::{Removed, Retention};
