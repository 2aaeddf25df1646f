use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{RecordError, canonical};

/// What somebody did, as a history has it.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Counted from 1 without gaps.
    pub seq: u64,
    /// `edited`, `submitted`, `confirmed`…
    pub kind: String,
    pub author: String,
    /// RFC 3339.
    pub at: String,
    /// What goes with the kind: criterion, field, before, after…
    pub data: Value,
}

/// An entry with the digest of everything up to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChainedEntry {
    pub seq: u64,
    pub kind: String,
    pub author: String,
    pub at: String,
    pub data: Value,
    /// SHA-256 of the canonical form of the fields above and, as `previous`, the digest before.
    pub digest: String,
}

/// What a history is the history of; its digest is the first `previous`.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Origin<'a> {
    pub source_sha256: &'a str,
    pub rubric_id: &'a str,
    pub as_read_sha256: &'a str,
}

#[derive(Serialize)]
struct Link<'a> {
    previous: &'a str,
    seq: u64,
    kind: &'a str,
    author: &'a str,
    at: &'a str,
    data: &'a Value,
}

impl ChainedEntry {
    fn digest_after(&self, previous: &str) -> Result<String, RecordError> {
        canonical::digest(&Link {
            previous,
            seq: self.seq,
            kind: &self.kind,
            author: &self.author,
            at: &self.at,
            data: &self.data,
        })
    }

    /// Without its digest.
    pub fn entry(&self) -> Entry {
        Entry {
            seq: self.seq,
            kind: self.kind.clone(),
            author: self.author.clone(),
            at: self.at.clone(),
            data: self.data.clone(),
        }
    }
}

/// The entries, each with a digest that includes the one before.
pub fn chained(origin: Origin, entries: Vec<Entry>) -> Result<Vec<ChainedEntry>, RecordError> {
    let mut previous = canonical::digest(&origin)?;
    let mut chained = Vec::with_capacity(entries.len());
    for entry in entries {
        let mut entry = ChainedEntry {
            seq: entry.seq,
            kind: entry.kind,
            author: entry.author,
            at: entry.at,
            data: entry.data,
            digest: String::new(),
        };
        entry.digest = entry.digest_after(&previous)?;
        previous.clone_from(&entry.digest);
        chained.push(entry);
    }
    Ok(chained)
}

/// The digest of the whole history; the error names the first entry that does not follow from the one before.
pub fn check(origin: Origin, entries: &[ChainedEntry]) -> Result<String, RecordError> {
    let mut previous = canonical::digest(&origin)?;
    for (at, entry) in entries.iter().enumerate() {
        let in_order = entry.seq == at as u64 + 1;
        if !in_order || entry.digest_after(&previous)? != entry.digest {
            return Err(RecordError::BrokenChain { entry: at + 1 });
        }
        previous.clone_from(&entry.digest);
    }
    Ok(previous)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORIGIN: Origin = Origin {
        source_sha256: "aa",
        rubric_id: "r1",
        as_read_sha256: "bb",
    };

    fn entries() -> Vec<ChainedEntry> {
        let entry = |seq, kind: &str| Entry {
            seq,
            kind: kind.to_owned(),
            author: "lan".to_owned(),
            at: "2024-03-26T00:00:00Z".to_owned(),
            data: serde_json::json!({"after": "1.5"}),
        };
        chained(
            ORIGIN,
            vec![entry(1, "edited"), entry(2, "undone"), entry(3, "submitted")],
        )
        .unwrap()
    }

    #[test]
    fn a_history_that_was_touched_breaks_at_the_place() {
        let check_at = |touch: fn(&mut Vec<ChainedEntry>), expect: usize| {
            let mut touched = entries();
            touch(&mut touched);
            match check(ORIGIN, &touched) {
                Err(RecordError::BrokenChain { entry }) => assert_eq!(entry, expect),
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(check(ORIGIN, &entries()).unwrap(), entries()[2].digest);
        check_at(|e| e[1].author = "minh".into(), 2);
        check_at(|e| e[0].data = Value::Null, 1);
        check_at(|e| drop(e.remove(0)), 1);
        check_at(|e| drop(e.remove(1)), 2);
        check_at(|e| e.swap(1, 2), 2);
        check_at(|e| e[2].digest = e[1].digest.clone(), 3);
        let elsewhere = Origin {
            rubric_id: "r2",
            ..ORIGIN
        };
        assert!(check(elsewhere, &entries()).is_err());
    }
}
