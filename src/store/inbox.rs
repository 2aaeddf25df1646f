use time::OffsetDateTime;

use super::search::{Snippet, Words};
use super::{Answer, DocumentFilter, DocumentRecord};

/// What is to be done about a document: the tabs of the inbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Work {
    /// Read, and some rubric of it is a draft or was sent back; or it has none.
    ToDo,
    /// Waiting to be read, or being read.
    Reading,
    /// Somebody has to confirm it or send it back.
    Submitted,
    /// Nothing is left to do.
    Confirmed,
    /// It could not be read.
    Failed,
}

impl Work {
    pub const ALL: [Self; 5] = [
        Self::ToDo,
        Self::Reading,
        Self::Submitted,
        Self::Confirmed,
        Self::Failed,
    ];

    /// The name in every request and response.
    pub fn name(self) -> &'static str {
        match self {
            Self::ToDo => "todo",
            Self::Reading => "reading",
            Self::Submitted => "submitted",
            Self::Confirmed => "confirmed",
            Self::Failed => "failed",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|w| w.name() == name)
    }
}

/// In whose hands a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Holder<'a> {
    #[default]
    Anybody,
    Nobody,
    Person(&'a str),
}

/// Whether documents without errors are listed too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Faults {
    #[default]
    Whatever,
    /// Only with a finding of severity error.
    Errors,
}

/// What comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    #[default]
    Newest,
    Oldest,
    /// What fits the words best; without words, the newest.
    Best,
    /// Most doubtful values.
    Doubtful,
    /// Most errors, then most warnings.
    Findings,
    /// By title, then file name.
    Title,
    /// By who has it; nobody's last.
    Holder,
}

impl Order {
    const NAMES: [(&'static str, Self); 7] = [
        ("newest", Self::Newest),
        ("oldest", Self::Oldest),
        ("best", Self::Best),
        ("doubtful", Self::Doubtful),
        ("findings", Self::Findings),
        ("title", Self::Title),
        ("holder", Self::Holder),
    ];

    pub fn from_name(name: &str) -> Option<Self> {
        let named = Self::NAMES.iter().find(|(n, _)| *n == name);
        named.map(|(_, order)| *order)
    }
}

/// Where a list goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Cursor<'a> {
    #[default]
    Start,
    /// Only documents older than this id.
    Before(&'a str),
    /// After so many.
    Skip(u32),
}

/// Which documents a list holds, and in which order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct InboxQuery<'a> {
    pub words: Option<&'a Words>,
    pub filter: DocumentFilter,
    pub work: Option<Work>,
    pub holder: Holder<'a>,
    pub faults: Faults,
    /// Uploaded at or after.
    pub since: Option<OffsetDateTime>,
    /// Uploaded before.
    pub until: Option<OffsetDateTime>,
    pub order: Order,
    pub from: Cursor<'a>,
    /// At most so many.
    pub limit: u32,
}

/// Where in a document the words were found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// `None`: in the document's own text.
    pub rubric: Option<String>,
    pub criterion: Option<String>,
    /// `None` where that is not known.
    pub page: Option<u32>,
    pub snippet: Snippet,
}

/// A document in a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    pub document: DocumentRecord,
    /// `None` when nothing was looked for, or the words are in its name alone.
    pub found: Option<Found>,
}

/// A part of a list.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct InboxPage {
    pub documents: Vec<Listed>,
    /// How many there are in all that fit everything but [`InboxQuery::work`], by what is to be done;
    /// each kind of work is there.
    pub counts: Vec<(Work, u64)>,
}

impl InboxPage {
    /// How many fit, with `work` or without.
    pub fn total(&self, work: Option<Work>) -> u64 {
        let counts = self.counts.iter();
        counts
            .filter(|(w, _)| work.is_none_or(|wanted| wanted == *w))
            .map(|(_, n)| n)
            .sum()
    }
}

/// Lists of documents to work on, and who has which.
pub trait Inbox {
    /// Documents that fit, with the words found in them.
    fn inbox<'a>(&'a self, query: InboxQuery<'a>) -> Answer<'a, InboxPage>;

    /// Puts a document into somebody's hands, or nobody's. `expected` is who had it when that was decided;
    /// `Held` when it is in other hands by now. `Missing` when there is no such document.
    fn assign<'a>(&'a self, document: &'a str, expected: Holder<'a>, to: Option<&'a str>) -> Answer<'a, ()>;
}
