use time::OffsetDateTime;

use super::Answer;

/// A signed record of confirmation on its way in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NewRecord<'a> {
    pub rubric: &'a str,
    /// A `sohoa-record/1` without its evidence.
    pub record_json: &'a str,
    pub evidence_json: &'a str,
    pub key_id: &'a str,
    pub signed_at: OffsetDateTime,
}

/// A signed record of confirmation as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct KeptRecord {
    pub record_json: String,
    /// `None`: the rubric was deleted.
    pub evidence_json: Option<String>,
}

/// The records of confirmation.
pub trait Records {
    /// Keeps a record; the one that is kept already, if there is one, stays. Gives the one that is kept.
    fn keep_record<'a>(&'a self, record: NewRecord<'a>) -> Answer<'a, KeptRecord>;

    /// The record of a confirmed rubric, once it has been made; it is there even when the rubric is gone.
    fn record<'a>(&'a self, rubric: &'a str) -> Answer<'a, Option<KeptRecord>>;
}
