use crate::domain::Rubric;

use super::error::Part;
use super::history::{self, Entry, Origin};
use super::key::{ALGORITHM, PublicKey};
use super::key_list;
use super::replay::{self, Outcome, ReadEntry};
use super::shape::{Deed, Evidence, RECORD_SCHEMA, Record, Statement};
use super::{RecordError, canonical};

/// What the person who checks a record brings along.
#[derive(Debug, Clone, Copy, Default)]
pub struct Asked<'a> {
    /// Public keys that are known to be the installation's.
    pub trusted: Option<&'a [PublicKey]>,
    /// SHA-256 of the scan, hex.
    pub file_sha256: Option<&'a str>,
}

/// What was proven of a record that holds together.
#[derive(Debug, Clone, PartialEq)]
pub struct Verified {
    pub statement: Statement,
    pub authenticity: Authenticity,
    pub replayed: Replayed,
    pub file: FileCheck,
}

/// Whether it is known whose signature it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authenticity {
    /// A key that was given signed, or vouches for the one that did.
    Proven,
    /// No key was given: the record is whole, but anybody can make a key.
    KeyNotGiven,
}

/// Whether the history was done again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replayed {
    Yes,
    /// The record holds digests only.
    NoEvidence,
}

/// Whether the scan was compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileCheck {
    Same,
    NotGiven,
}

/// Checks everything in a record that can be checked. An error says what does not fit.
pub fn verify(bytes: &[u8], read: ReadEntry, asked: Asked) -> Result<Verified, RecordError> {
    let value = canonical::read(bytes)?;
    let schema = value.get("schema").and_then(|s| s.as_str());
    if let Some(found) = schema.filter(|s| *s != RECORD_SCHEMA && s.starts_with("sohoa-record/")) {
        return Err(RecordError::OtherSchema {
            found: found.to_owned(),
        });
    }
    // The bytes that were signed are those of the statement as it stands, not as this program understands it.
    let signed = canonical::bytes(&value.get("statement"))?;
    let record: Record = serde_json::from_value(value)?;
    let authenticity = signature(&record, &signed, asked.trusted)?;
    let statement = record.statement;
    if same_person(&statement.submitted.by, &statement.confirmed.by) {
        return Err(RecordError::SamePerson {
            person: statement.confirmed.by,
        });
    }
    let replayed = match &record.evidence {
        Some(evidence) => {
            check_evidence(&statement, evidence, read)?;
            Replayed::Yes
        }
        None => Replayed::NoEvidence,
    };
    let file = match asked.file_sha256 {
        Some(found) if found == statement.source.sha256 => FileCheck::Same,
        Some(found) => {
            return Err(RecordError::OtherFile {
                found: found.to_owned(),
                stated: statement.source.sha256,
            });
        }
        None => FileCheck::NotGiven,
    };
    Ok(Verified {
        statement,
        authenticity,
        replayed,
        file,
    })
}

/// Who signed, by the record's own keys, and whether that key is to be trusted.
fn signature(
    record: &Record,
    signed: &[u8],
    trusted: Option<&[PublicKey]>,
) -> Result<Authenticity, RecordError> {
    let statement = &record.statement;
    if record.schema != RECORD_SCHEMA || statement.schema != RECORD_SCHEMA || statement.algorithm != ALGORITHM
    {
        let found = [&record.schema, &statement.schema, &statement.algorithm];
        let unknown = found.into_iter().find(|s| *s != RECORD_SCHEMA);
        return Err(RecordError::OtherSchema {
            found: unknown.cloned().unwrap_or_default(),
        });
    }
    let keys = key_list::chain(&record.keys)?;
    let signer = keys.last().filter(|key| key.id() == statement.key_id);
    if !signer.is_some_and(|key| key.has_signed(signed, &record.signature)) {
        return Err(RecordError::WrongSignature);
    }
    match trusted {
        None => Ok(Authenticity::KeyNotGiven),
        Some(trusted) if trusted.iter().any(|key| key_list::vouches(key, &record.keys)) => {
            Ok(Authenticity::Proven)
        }
        Some(_) => Err(RecordError::ForeignKey {
            key_id: statement.key_id.clone(),
        }),
    }
}

fn check_evidence(statement: &Statement, evidence: &Evidence, read: ReadEntry) -> Result<(), RecordError> {
    let same = |part: Part, found: &str, stated: &str| match found == stated {
        true => Ok(()),
        false => Err(RecordError::WrongDigest { part }),
    };
    let as_read_sha256 = canonical::digest(&evidence.as_read)?;
    same(Part::AsRead, &as_read_sha256, &statement.as_read_sha256)?;
    same(
        Part::Rubric,
        &canonical::digest(&evidence.rubric)?,
        &statement.rubric.sha256,
    )?;
    let origin = Origin {
        source_sha256: &statement.source.sha256,
        rubric_id: &statement.rubric.id,
        as_read_sha256: &as_read_sha256,
    };
    let digest = history::check(origin, &evidence.history)?;
    same(Part::History, &digest, &statement.history.digest)?;
    let entries: Vec<Entry> = evidence.history.iter().map(|e| e.entry()).collect();
    let rubric = replay::rubric(&evidence.rubric)?;
    let base = Rubric {
        findings: rubric.findings.clone(),
        ..replay::rubric(&evidence.as_read)?
    };
    let Outcome { confirmed, counts } = replay::replay(base, &entries, read)?;
    if *confirmed.rubric() != rubric {
        return Err(RecordError::OtherRubric);
    }
    let fits = |what: Part, fits: bool| match fits {
        true => Ok(()),
        false => Err(RecordError::DoesNotFit { what }),
    };
    let done = |deed: &Deed, kind: &str, person: &str| {
        let entry = entries.iter().rev().find(|e| e.kind == kind);
        deed.by == person && entry.is_some_and(|e| e.author == deed.by && e.at == deed.at)
    };
    let (submitter, confirmer) = (confirmed.submitted_by().name(), confirmed.confirmed_by().name());
    fits(
        Part::Submitter,
        done(&statement.submitted, "submitted", submitter),
    )?;
    fits(
        Part::Confirmer,
        done(&statement.confirmed, "confirmed", confirmer),
    )?;
    fits(Part::History, statement.history.entries == entries.len())?;
    fits(Part::Counts, statement.counts == counts)?;
    fits(Part::Title, statement.rubric.title == rubric.title)
}

/// Account names are the same whatever their case.
fn same_person(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}
