//! Records of confirmation: signed files that prove offline that these bytes, this rubric, these people and this time
//! belong together. `docs/records.md` describes the format for those who check one by hand.
//!
//! Invariants:
//! - What is signed is the canonical form (RFC 8785) of the statement; everything else hangs on it by digests.
//! - A record is checked by replaying its history through the rules of [`crate::review`], never by believing its result.
//! - The secret key is read here, signs, and goes nowhere else.

mod canonical;
mod error;
mod history;
mod key;
mod key_folder;
mod key_list;
mod make;
mod replay;
mod shape;
mod verify;

pub use error::{KeyError, RecordError};
pub use history::Entry;
pub use key::{PublicKey, SecretKey};
pub use key_folder::{KeyFolder, Keys};
pub use key_list::{KeyList, KeyStatement, SignedKey};
pub use make::{Facts, make, to_bytes};
pub use replay::ReadEntry;
pub use shape::{
    Counts, Decision, Deed, Evidence, HistoryDigest, MadeBy, RECORD_SCHEMA, Record, RubricVersion,
    SourceFile, Statement,
};
pub use verify::{Asked, Authenticity, FileCheck, Replayed, Verified, verify};
