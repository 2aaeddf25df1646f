use super::{Field, PageNo, PixelBox};

/// What is wrong, as a stable code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FindingCode {
    SumMismatch,
    TotalMismatch,
    CountMismatch,
    ComponentSumMismatch,
    AwardOverMax,
    BandGap,
    BandOverlap,
    BandWithoutAward,
    NumberSkipped,
    NumberRepeated,
    MissingMaxScore,
    PageMissing,
    ReadersDisagree,
    LowConfidence,
    UnreadInk,
    DigitFixProposed,
    DeclaredDateMismatch,
    DeclaredNumberMismatch,
    MaxUnreachable,
    SelfScoreMismatch,
    MisprintSuspected,
    UnknownLayout,
    UnknownColumn,
    NumberInferred,
    KnownForm,
    DiffersFromKnown,
}

/// Whose matter it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum About {
    /// The decision's author's.
    Decision,
    /// Ours: how it was read.
    Reading,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    Info,
    Warning,
    Error,
}

/// Something a person should know, with where and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    pub code: FindingCode,
    pub about: About,
    pub severity: Severity,
    /// The id of the criterion; `None`: the whole rubric or page.
    pub criterion: Option<String>,
    pub field: Option<Field>,
    pub page: Option<PageNo>,
    pub bbox: Option<PixelBox>,
    /// In Vietnamese, for the clerk: what is wrong, the words it rests on, and what would settle it.
    pub message: String,
    /// The same in English.
    pub message_en: String,
}
