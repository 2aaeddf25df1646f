use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::history::ChainedEntry;
use super::key_list::SignedKey;

/// The value of `schema` in every record.
pub const RECORD_SCHEMA: &str = "sohoa-record/1";

/// A record of confirmation. The statement is signed; the evidence is bound to it by digests, and may be left out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    pub schema: String,
    pub statement: Statement,
    /// Over the canonical form of `statement`, base64.
    pub signature: String,
    /// The installation's keys from the first to the one that signed.
    pub keys: Vec<SignedKey>,
    /// `None`: the document was deleted, and digests are all that is kept of it.
    pub evidence: Option<Evidence>,
}

/// What the installation states.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    pub schema: String,
    pub source: SourceFile,
    pub pipeline: MadeBy,
    pub decision: Decision,
    pub rubric: RubricVersion,
    /// SHA-256 of the canonical form of the rubric as it was read.
    pub as_read_sha256: String,
    pub history: HistoryDigest,
    pub submitted: Deed,
    pub confirmed: Deed,
    pub counts: Counts,
    /// RFC 3339.
    pub signed_at: String,
    pub algorithm: String,
    pub key_id: String,
}

/// The scan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceFile {
    /// As the uploader named it.
    pub file: String,
    pub sha256: String,
}

/// The program that read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MadeBy {
    pub version: String,
    pub readers: Vec<String>,
    /// SHA-256 of each model.
    pub models: BTreeMap<String, String>,
}

/// What the scan says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    pub kind: Option<String>,
    pub number: Option<String>,
    pub date: Option<String>,
    pub issuer: Option<String>,
    pub title: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RubricVersion {
    pub id: String,
    pub version: u64,
    pub title: String,
    /// Of the canonical form of the confirmed rubric.
    pub sha256: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HistoryDigest {
    pub entries: usize,
    /// The digest of the last entry.
    pub digest: String,
}

/// Who did it, and when (RFC 3339).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deed {
    pub by: String,
    pub at: String,
}

/// What people did to the reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counts {
    /// Changes by hand that were not taken back.
    pub changed: usize,
    /// Values that were looked at and found right.
    pub accepted: usize,
    /// Doubtful values that nobody had settled.
    pub left_doubtful: usize,
}

/// What the digests are digests of, so that the record can be verified alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// A `sohoa/1` rubric, without findings.
    pub as_read: Value,
    pub history: Vec<ChainedEntry>,
    /// A `sohoa/1` rubric, with its findings when it was confirmed.
    pub rubric: Value,
}
