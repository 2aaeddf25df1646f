use time::OffsetDateTime;

use super::Answer;

/// Where a rubric stands between reading and confirmation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RubricState {
    Draft,
    Submitted,
    /// Sent back by a second person, with a comment.
    Returned,
    /// Final.
    Confirmed,
    /// Was confirmed; a later one has taken its place.
    Superseded,
}

impl RubricState {
    pub const ALL: [Self; 5] = [
        Self::Draft,
        Self::Submitted,
        Self::Returned,
        Self::Confirmed,
        Self::Superseded,
    ];

    /// The name in the database and in every response.
    pub fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Submitted => "submitted",
            Self::Returned => "returned",
            Self::Confirmed => "confirmed",
            Self::Superseded => "superseded",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.name() == name)
    }
}

/// A rubric as it was read.
#[derive(Debug, Clone, PartialEq)]
pub struct NewRubric {
    pub id: String,
    pub title: String,
    pub max_score: Option<String>,
    pub doubtful: u32,
    pub errors: u32,
    pub warnings: u32,
    /// A `sohoa/1` rubric object.
    pub base_json: String,
}

/// A rubric as lists show it.
#[derive(Debug, Clone, PartialEq)]
pub struct RubricSummary {
    pub id: String,
    pub title: String,
    pub state: RubricState,
    pub version: u64,
    pub max_score: Option<String>,
    pub doubtful: u32,
}

/// A rubric with its words.
#[derive(Debug, Clone, PartialEq)]
pub struct RubricRecord {
    pub id: String,
    pub document: String,
    /// Counted from 0 in its document.
    pub position: u32,
    pub state: RubricState,
    pub version: u64,
    pub base_json: String,
    pub current_json: String,
    pub submitted_by: Option<String>,
    pub comment: Option<String>,
}

/// Something a person did, to be added to a rubric's history.
#[derive(Debug, Clone, PartialEq)]
pub struct NewEvent {
    pub kind: String,
    pub author: String,
    pub at: OffsetDateTime,
    pub data_json: String,
}

/// An entry of a rubric's history; `seq` counts from 1 without gaps.
#[derive(Debug, Clone, PartialEq)]
pub struct EventRecord {
    pub seq: u64,
    /// The rubric's version after it; events of one change share it.
    pub version: u64,
    pub kind: String,
    pub author: String,
    pub at: OffsetDateTime,
    pub data_json: String,
}

/// A step in a rubric's life: events and what the rubric is after them.
#[derive(Debug, Clone, PartialEq)]
pub struct RubricChange<'a> {
    pub rubric: &'a str,
    /// The version the change was made on.
    pub expected: u64,
    pub events: Vec<NewEvent>,
    pub state: RubricState,
    pub title: &'a str,
    pub max_score: Option<String>,
    pub doubtful: u32,
    pub errors: u32,
    pub warnings: u32,
    pub current_json: &'a str,
    pub submitted_by: Option<&'a str>,
    pub comment: Option<&'a str>,
    /// The confirmed rubric that this change takes the place of.
    pub supersedes: Option<Supersedes<'a>>,
}

/// The end of a confirmed rubric's validity, part of the change that confirms its successor.
#[derive(Debug, Clone, PartialEq)]
pub struct Supersedes<'a> {
    pub rubric: &'a str,
    /// Its version when it was looked at.
    pub expected: u64,
    pub event: NewEvent,
}

/// The rubric as it was confirmed, and by which event.
#[derive(Debug, Clone, PartialEq)]
pub struct ConfirmedRecord {
    pub rubric: String,
    pub version: u64,
    pub rubric_json: String,
    pub event_seq: u64,
    pub confirmed_by: String,
    pub confirmed_at: OffsetDateTime,
}

/// The rubrics and their histories.
pub trait Rubrics {
    fn rubric<'a>(&'a self, id: &'a str) -> Answer<'a, Option<RubricRecord>>;

    /// Adds the events and moves the rubric on by one version, in one transaction; gives the new version.
    /// `Stale` when somebody was faster. Into `Confirmed` it also keeps the confirmed rubric with its event;
    /// what it supersedes moves to `Superseded` in the same transaction, or nothing is done.
    fn change<'a>(&'a self, change: RubricChange<'a>) -> Answer<'a, u64>;

    /// The whole history, oldest first.
    fn events<'a>(&'a self, rubric: &'a str) -> Answer<'a, Vec<EventRecord>>;

    fn confirmed<'a>(&'a self, rubric: &'a str) -> Answer<'a, Option<ConfirmedRecord>>;
}
