use super::Answer;

/// A confirmed rubric that nothing has superseded, as far as is needed to see whether a new one changes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InForce {
    pub rubric: String,
    pub document: String,
    pub title: String,
    /// `1420/KH-UBND`
    pub number: Option<String>,
    pub document_title: Option<String>,
}

/// Which rubrics are in force.
pub trait Amendments {
    /// Newest document first.
    fn in_force(&self) -> Answer<'_, Vec<InForce>>;
}
