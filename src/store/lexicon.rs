use time::OffsetDateTime;

use super::Answer;

/// Where a phrase stands between being proposed and being used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PhraseState {
    /// A confirmed rubric has it; nobody has said yet.
    Proposed,
    /// Used when documents are read.
    Accepted,
    /// Used, in other words than it was proposed in.
    Edited,
    Rejected,
    /// Was used, and is no more.
    Retired,
}

impl PhraseState {
    pub const ALL: [Self; 5] = [
        Self::Proposed,
        Self::Accepted,
        Self::Edited,
        Self::Rejected,
        Self::Retired,
    ];

    /// The name in the database and in every response.
    pub fn name(self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::Accepted => "accepted",
            Self::Edited => "edited",
            Self::Rejected => "rejected",
            Self::Retired => "retired",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.name() == name)
    }

    /// True while documents are read with it.
    pub fn is_used(self) -> bool {
        matches!(self, Self::Accepted | Self::Edited)
    }
}

/// A phrase that a confirmed rubric proposes.
#[derive(Debug, Clone, PartialEq)]
pub struct NewPhrase {
    pub id: String,
    pub phrase: String,
    /// What makes it one phrase whatever its case and bullets; kept once.
    pub normal: String,
    pub criterion: Option<String>,
    pub field: Option<String>,
    pub place: Option<PhrasePlace>,
}

/// Where on the scan a phrase was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PhrasePlace {
    pub page: u32,
    /// x0, y0, x1, y1 in pixels of the page image.
    pub bbox: [i32; 4],
}

/// The confirmed rubric that proposes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PhraseSource<'a> {
    pub rubric: &'a str,
    pub document: &'a str,
    /// The document as people name it: its number, else its file.
    pub name: &'a str,
}

/// A phrase of the office's dictionary, or on its way there.
#[derive(Debug, Clone, PartialEq)]
pub struct PhraseRecord {
    pub id: String,
    pub phrase: String,
    pub normal: String,
    pub state: PhraseState,
    pub source: String,
    /// `None`: it came with an imported file.
    pub document: Option<String>,
    pub rubric: Option<String>,
    pub criterion: Option<String>,
    pub field: Option<String>,
    pub place: Option<PhrasePlace>,
    pub proposed_at: OffsetDateTime,
    pub decided_by: Option<String>,
    pub decided_at: Option<OffsetDateTime>,
}

/// What a maintainer decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision<'a> {
    Accept,
    /// Accept in other words, with their normal form.
    Edit {
        phrase: &'a str,
        normal: &'a str,
    },
    Reject,
    /// Use it no more.
    Retire,
}

/// A phrase of an imported file.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportedPhrase {
    pub id: String,
    pub phrase: String,
    pub normal: String,
    pub source: String,
}

/// What an import brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Imported {
    /// Phrases that are used now and were not before.
    pub added: u32,
    /// Phrases that were used already.
    pub known: u32,
    /// The dictionary's version now.
    pub version: u64,
}

/// A phrase of the dictionary at some version.
#[derive(Debug, Clone, PartialEq)]
pub struct UsedPhrase {
    pub phrase: String,
    pub source: String,
    /// Who accepted it.
    pub by: String,
    pub at: OffsetDateTime,
}

/// A step in the dictionary's life.
#[derive(Debug, Clone, PartialEq)]
pub struct LexiconVersion {
    pub version: u64,
    pub at: OffsetDateTime,
    pub by: String,
    /// `accepted`, `edited`, `retired` or `imported`.
    pub kind: String,
    /// Phrases that the step changed.
    pub phrases: u32,
}

/// An entry of a phrase's history.
#[derive(Debug, Clone, PartialEq)]
pub struct PhraseEvent {
    pub seq: u64,
    /// `proposed`, `accepted`, `edited`, `rejected`, `retired` or `imported`.
    pub kind: String,
    pub author: String,
    pub at: OffsetDateTime,
    pub phrase: String,
    /// The dictionary's version after it.
    pub version: u64,
}

/// The office's own dictionary of known phrases, beside the one built into the program. Histories only grow.
pub trait Lexicon {
    /// Confirmed rubrics from which nothing was proposed yet, oldest first.
    fn not_gathered(&self) -> Answer<'_, Vec<String>>;

    /// Keeps what a confirmed rubric proposes, and that it was asked, in one transaction. What is there already, in
    /// whatever state, is not proposed again. Gives how many are new.
    fn propose<'a>(
        &'a self,
        source: PhraseSource<'a>,
        phrases: Vec<NewPhrase>,
        by: &'a str,
        now: OffsetDateTime,
    ) -> Answer<'a, u32>;

    /// Those in this state, or all; the newest first.
    fn phrases(&self, state: Option<PhraseState>) -> Answer<'_, Vec<PhraseRecord>>;

    fn phrase<'a>(&'a self, id: &'a str) -> Answer<'a, Option<PhraseRecord>>;

    /// Decides about a phrase; `None` when its state does not allow that. `Taken` when the edited words are another's.
    fn decide<'a>(
        &'a self,
        id: &'a str,
        decision: Decision<'a>,
        by: &'a str,
        now: OffsetDateTime,
    ) -> Answer<'a, Option<PhraseRecord>>;

    /// The history of a phrase, oldest first.
    fn phrase_events<'a>(&'a self, id: &'a str) -> Answer<'a, Vec<PhraseEvent>>;

    /// Grows by one with each change of what is used; 0 before the first.
    fn lexicon_version(&self) -> Answer<'_, u64>;

    /// What was used at a version, by source and phrase.
    fn used_phrases(&self, version: u64) -> Answer<'_, Vec<UsedPhrase>>;

    /// Takes in a file's phrases as one step, all or nothing.
    fn import_phrases<'a>(
        &'a self,
        phrases: Vec<ImportedPhrase>,
        by: &'a str,
        now: OffsetDateTime,
    ) -> Answer<'a, Imported>;

    /// The steps, newest first, at most `limit`.
    fn lexicon_versions(&self, limit: u32) -> Answer<'_, Vec<LexiconVersion>>;
}
