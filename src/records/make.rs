use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::domain::Rubric;
use crate::stages::export::json;

use super::history::{self, Entry, Origin};
use super::key::ALGORITHM;
use super::key_folder::Keys;
use super::replay::{self, Outcome, ReadEntry};
use super::shape::{
    Decision, Deed, Evidence, HistoryDigest, MadeBy, RECORD_SCHEMA, Record, RubricVersion, SourceFile,
    Statement,
};
use super::verify::{Asked, verify};
use super::{RecordError, canonical};

/// What a record says beside the history.
#[derive(Debug, Clone)]
pub struct Facts {
    pub source: SourceFile,
    pub pipeline: MadeBy,
    pub decision: Decision,
    pub rubric_id: String,
    /// The version that was confirmed.
    pub version: u64,
}

/// The signed record of the confirmation with which `entries` end; what was done after it is left out.
/// `base` is the rubric as it was read, with its findings when it was confirmed.
pub fn make(
    facts: Facts,
    base: &Rubric,
    mut entries: Vec<Entry>,
    read: ReadEntry,
    keys: &Keys,
    now: OffsetDateTime,
) -> Result<Record, RecordError> {
    let end = entries.iter().rposition(|e| e.kind == "confirmed");
    entries.truncate(end.ok_or(RecordError::NotConfirmed)? + 1);
    let Outcome { confirmed, counts } = replay::replay(base.clone(), &entries, read)?;
    let deed_of = |kind: &str| {
        let entry = entries.iter().rev().find(|e| e.kind == kind);
        entry.map(|e| Deed {
            by: e.author.clone(),
            at: e.at.clone(),
        })
    };
    let submitted = deed_of("submitted").ok_or(RecordError::NotConfirmed)?;
    let confirmation = deed_of("confirmed").ok_or(RecordError::NotConfirmed)?;
    let as_read = replay::without_findings(base)?;
    let as_read_sha256 = canonical::digest(&as_read)?;
    let rubric = canonical::value(&json::Rubric::from(confirmed.rubric()))?;
    let origin = Origin {
        source_sha256: &facts.source.sha256,
        rubric_id: &facts.rubric_id,
        as_read_sha256: &as_read_sha256,
    };
    let history = history::chained(origin, entries)?;
    let statement = Statement {
        schema: RECORD_SCHEMA.to_owned(),
        rubric: RubricVersion {
            id: facts.rubric_id.clone(),
            version: facts.version,
            title: confirmed.rubric().title.clone(),
            sha256: canonical::digest(&rubric)?,
        },
        history: HistoryDigest {
            entries: history.len(),
            digest: history::check(origin, &history)?,
        },
        source: facts.source.clone(),
        as_read_sha256: as_read_sha256.clone(),
        pipeline: facts.pipeline,
        decision: facts.decision,
        submitted,
        confirmed: confirmation,
        counts,
        signed_at: now
            .format(&Rfc3339)
            .map_err(|e| RecordError::NotARecord { why: e.to_string() })?,
        algorithm: ALGORITHM.to_owned(),
        key_id: keys.secret.public().id(),
    };
    let record = Record {
        schema: RECORD_SCHEMA.to_owned(),
        signature: keys.secret.sign(&canonical::bytes(&statement)?),
        statement,
        keys: keys.list.keys.clone(),
        evidence: Some(Evidence {
            as_read,
            history,
            rubric,
        }),
    };
    // What would not be believed later is not handed out now.
    let key = [keys.secret.public()];
    let asked = Asked {
        trusted: Some(&key),
        file_sha256: None,
    };
    verify(&to_bytes(&record)?, read, asked)?;
    Ok(record)
}

/// The file of a record: its canonical form, so that any program with a JSON writer can get at the signed bytes.
pub fn to_bytes(record: &Record) -> Result<Vec<u8>, RecordError> {
    let mut bytes = canonical::bytes(record)?;
    bytes.push(b'\n');
    Ok(bytes)
}
