use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::near::Affected;
use crate::domain::fold;
use crate::http::dto::rfc3339;
use crate::http::problem::HttpError;
use crate::store::{Imported, LexiconVersion, LookAgain, PhraseEvent, PhraseRecord, PhraseState, UsedPhrase};

/// Which proposals.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ProposalQuery {
    /// `proposed` (without it), `accepted`, `edited`, `rejected`, `retired` or `all`.
    state: Option<String>,
    /// Words that the phrase or its source has, with or without marks.
    pub q: Option<String>,
}

impl ProposalQuery {
    /// `None`: all.
    pub fn state(&self) -> Result<Option<PhraseState>, HttpError> {
        match self.state.as_deref() {
            None => Ok(Some(PhraseState::Proposed)),
            Some("all") => Ok(None),
            Some(name) => PhraseState::from_name(name)
                .map(Some)
                .ok_or_else(|| HttpError::BadRequest {
                    detail: format!("there is no phrase state {name:?}"),
                }),
        }
    }
}

/// How to give the dictionary out.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct LexiconQuery {
    /// `json` (without it), or `txt`: the file that `sohoa lexicon` keeps and that can be imported again.
    pub format: Option<String>,
    /// An earlier version; without it, the one in use.
    pub version: Option<u64>,
}

/// Whether `text` has all the words of `wanted`: words with marks as they stand, words without under any marks.
pub fn has_words(text: &str, wanted: &str) -> bool {
    let (exact, bare) = (text.to_lowercase(), fold(text));
    wanted.split_whitespace().all(|word| {
        let word = word.to_lowercase();
        match fold(&word) == word {
            true => bare.contains(&word),
            false => exact.contains(&word),
        }
    })
}

/// A phrase and where it is from.
#[derive(Debug, Serialize, ToSchema)]
pub struct PhraseBody {
    pub id: String,
    phrase: String,
    /// Its words whatever their case and bullets.
    normal: String,
    /// `proposed`, `accepted`, `edited`, `rejected` or `retired`.
    state: &'static str,
    /// The document as people name it.
    source: String,
    document_id: Option<String>,
    rubric_id: Option<String>,
    criterion: Option<String>,
    field: Option<String>,
    page: Option<u32>,
    /// x0, y0, x1, y1 in pixels of the page image.
    #[serde(rename = "box")]
    bbox: Option<[i32; 4]>,
    proposed_at: String,
    decided_by: Option<String>,
    decided_at: Option<String>,
}

impl From<PhraseRecord> for PhraseBody {
    fn from(record: PhraseRecord) -> Self {
        Self {
            id: record.id,
            phrase: record.phrase,
            normal: record.normal,
            state: record.state.name(),
            source: record.source,
            document_id: record.document,
            rubric_id: record.rubric,
            criterion: record.criterion,
            field: record.field,
            page: record.place.map(|p| p.page),
            bbox: record.place.map(|p| p.bbox),
            proposed_at: rfc3339(record.proposed_at),
            decided_by: record.decided_by,
            decided_at: record.decided_at.map(rfc3339),
        }
    }
}

/// Phrases with where they are from.
#[derive(Debug, Serialize, ToSchema)]
pub struct Proposals {
    pub proposals: Vec<PhraseBody>,
}

/// What a maintainer decides.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecisionBody {
    /// `accept`, `edit`, `reject` or `retire`.
    pub decision: String,
    /// With `edit`: the words to use.
    #[serde(default)]
    pub phrase: Option<String>,
}

/// What became of a phrase, and which stored documents it may have read differently.
#[derive(Debug, Serialize, ToSchema)]
pub struct DecidedBody {
    #[serde(flatten)]
    pub phrase: PhraseBody,
    /// Among the newest 500 documents: those with a line that has the phrase's letters under other marks, or is the phrase but
    /// for a few letters. Nothing was read again and nothing changed.
    pub affected: Vec<Affected>,
}

/// A document to be looked at again.
#[derive(Debug, Serialize, ToSchema)]
pub struct LookBody {
    phrase_id: String,
    phrase: String,
    document_id: String,
    file: String,
    noted_at: String,
}

impl From<LookAgain> for LookBody {
    fn from(look: LookAgain) -> Self {
        Self {
            phrase_id: look.phrase,
            phrase: look.phrase_words,
            document_id: look.document,
            file: look.file,
            noted_at: rfc3339(look.noted_at),
        }
    }
}

/// The newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct Looks {
    pub looks: Vec<LookBody>,
}

/// Which document was looked at again, because of which phrase.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LookedBody {
    pub phrase_id: String,
    pub document_id: String,
}

/// An entry of a phrase's history.
#[derive(Debug, Serialize, ToSchema)]
pub struct PhraseEventBody {
    seq: u64,
    /// `proposed`, `accepted`, `edited`, `rejected`, `retired` or `imported`.
    kind: String,
    author: String,
    at: String,
    phrase: String,
    /// The dictionary's version after it.
    version: u64,
}

impl From<PhraseEvent> for PhraseEventBody {
    fn from(event: PhraseEvent) -> Self {
        Self {
            seq: event.seq,
            kind: event.kind,
            author: event.author,
            at: rfc3339(event.at),
            phrase: event.phrase,
            version: event.version,
        }
    }
}

/// The history of a phrase, oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct PhraseHistory {
    pub events: Vec<PhraseEventBody>,
}

/// A phrase that documents are read with.
#[derive(Debug, Serialize, ToSchema)]
pub struct UsedBody {
    phrase: String,
    source: String,
    approved_by: String,
    approved_at: String,
}

impl From<UsedPhrase> for UsedBody {
    fn from(used: UsedPhrase) -> Self {
        Self {
            phrase: used.phrase,
            source: used.source,
            approved_by: used.by,
            approved_at: rfc3339(used.at),
        }
    }
}

/// The office's dictionary at a version. The phrases built into the program are used besides.
#[derive(Debug, Serialize, ToSchema)]
pub struct LexiconBody {
    pub version: u64,
    /// SHA-256 of the file that `format=txt` gives; a result of reading names it as `lexicon.txt` among its models.
    pub sha256: String,
    pub phrases: Vec<UsedBody>,
}

/// What an import brought.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportBody {
    /// Phrases that are used now and were not before.
    added: u32,
    /// Phrases that were known already, here or in the program.
    known: u32,
    version: u64,
}

impl ImportBody {
    /// `built_in`: how many were left out because the program has them.
    pub fn new(imported: Imported, built_in: u32) -> Self {
        Self {
            added: imported.added,
            known: imported.known + built_in,
            version: imported.version,
        }
    }
}

/// A step in the dictionary's life.
#[derive(Debug, Serialize, ToSchema)]
pub struct VersionStep {
    version: u64,
    at: String,
    by: String,
    /// `accepted`, `edited`, `retired` or `imported`.
    kind: String,
    /// Phrases that the step changed.
    phrases: u32,
}

impl From<LexiconVersion> for VersionStep {
    fn from(step: LexiconVersion) -> Self {
        Self {
            version: step.version,
            at: rfc3339(step.at),
            by: step.by,
            kind: step.kind,
            phrases: step.phrases,
        }
    }
}

/// The newest steps first.
#[derive(Debug, Serialize, ToSchema)]
pub struct VersionSteps {
    pub versions: Vec<VersionStep>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_with_and_without_marks() {
        let check = |wanted: &str, expect: bool| {
            assert_eq!(has_words("Thang điểm thi đua", wanted), expect, "{wanted:?}");
        };
        check("thang diem", true);
        check("THI ĐUA", true);
        check("điểm", true);
        check("điêm", false);
        check("", true);
        check("thi đua khen", false);
    }
}
