use time::OffsetDateTime;

use super::Answer;

/// A document to be looked at again, since the dictionary has a phrase now that it may have been read without.
#[derive(Debug, Clone, PartialEq)]
pub struct LookAgain {
    pub phrase: String,
    pub phrase_words: String,
    pub document: String,
    pub file: String,
    pub noted_at: OffsetDateTime,
}

/// What is to be looked at again. Only names of phrases and documents are kept, none of their words.
pub trait Looks {
    /// Notes documents for a phrase; what is noted already stays as it is, seen or not.
    fn note_looks<'a>(
        &'a self,
        phrase: &'a str,
        documents: &'a [String],
        now: OffsetDateTime,
    ) -> Answer<'a, ()>;

    /// Those that nobody has seen to, of documents that are still there; the newest first.
    fn looks(&self) -> Answer<'_, Vec<LookAgain>>;

    /// Somebody has looked; false when there was nothing to look at.
    fn looked<'a>(
        &'a self,
        phrase: &'a str,
        document: &'a str,
        by: &'a str,
        now: OffsetDateTime,
    ) -> Answer<'a, bool>;
}
