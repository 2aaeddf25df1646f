//! Words -> words with their Vietnamese marks back, each change with its reason.

use crate::domain::PageReading;

/// The dictionary of known phrases and the language model, loaded once.
pub struct Restorer {}

impl Restorer {
    /// From the models and phrases built into the program.
    pub fn built_in() -> Self {
        Self {}
    }

    /// Restores the words of a page in place; a changed word keeps its raw text and the reason.
    pub fn page(&self, reading: &mut PageReading) {
        let _ = reading;
    }
}
