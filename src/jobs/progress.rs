use tokio::sync::broadcast;

use crate::domain::{PageNo, PageOutcome};

/// Something that happened to a document.
#[derive(Debug, Clone, PartialEq)]
pub enum Update {
    /// It changed its state, or was opened: what it is now stands in the store.
    Changed,
    Page {
        page: PageNo,
        outcome: PageOutcome,
        pages: u32,
        pages_done: u32,
    },
    /// It is ready, or failed for good.
    Ended,
    /// Something happened to its being read once more; the document itself stands as it did.
    Again,
    /// News of other processes were lost: anything may have happened, to any document.
    Missed,
}

/// Tells whoever listens what happens to documents. Nothing is kept here: who comes late,
/// or cannot keep up, reads the store.
#[derive(Debug, Clone)]
pub struct Hub(broadcast::Sender<(String, Update)>);

impl Default for Hub {
    fn default() -> Self {
        Self(broadcast::Sender::new(1024))
    }
}

impl Hub {
    pub fn tell(&self, document: &str, update: Update) {
        // Nobody listening is no error.
        let _ = self.0.send((document.to_owned(), update));
    }

    /// All updates from now on, with the document's id.
    pub fn listen(&self) -> broadcast::Receiver<(String, Update)> {
        self.0.subscribe()
    }
}
