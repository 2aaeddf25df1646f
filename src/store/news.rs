//! What other processes on the same database have done, as it happens.

use super::Answer;

/// Something that another process has done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// There may be something to claim.
    Work,
    /// A document is read further, or changed its state.
    Document { id: String, end: Ended },
    /// A second reading did.
    Rereading { document: String },
    /// The line was cut for a while: anything may have happened.
    Missed,
}

/// Whether a document has come to the end of its reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    Yes,
    NotYet,
}

/// Hears of what others do, from the moment when it was made.
pub trait Ear: Send {
    /// Waits for the next news.
    fn hear(&mut self) -> Answer<'_, Heard>;
}
