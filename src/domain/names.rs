use super::{
    About, CapOf, Colour, ColumnRole, CriterionKind, Field, FindingCode, PenaltyBase, Severity, Verdict,
};

/// A closed set of values, each with one stable name: the name that stands in files, in the database and on
/// the wire. Renaming one breaks what people have kept.
pub trait Named: Copy + PartialEq + Sized + 'static {
    /// Every value with its name, in the order of declaration.
    const NAMES: &'static [(Self, &'static str)];

    fn name(self) -> &'static str {
        Self::NAMES
            .iter()
            .find(|(value, _)| *value == self)
            .map_or("", |(_, name)| name)
    }

    /// `None` for a name that nothing bears.
    fn from_name(name: &str) -> Option<Self> {
        Self::NAMES
            .iter()
            .find(|(_, n)| *n == name)
            .map(|(value, _)| *value)
    }
}

/// The match makes the compiler refuse a variant without a name.
macro_rules! names {
    ($type:ident { $($variant:ident => $name:literal),+ $(,)? }) => {
        impl Named for $type {
            const NAMES: &'static [(Self, &'static str)] = &[$(($type::$variant, $name)),+];

            fn name(self) -> &'static str {
                match self { $($type::$variant => $name),+ }
            }
        }
    };
}

names!(Verdict {
    Trusted => "trusted",
    WrongLanguage => "wrong_language",
    LegacyEncoding => "legacy_encoding",
    Damaged => "damaged",
    StampOnly => "stamp_only",
    None => "none",
});

names!(Colour {
    Bilevel => "bilevel",
    Gray => "gray",
    Colour => "colour",
});

names!(FindingCode {
    SumMismatch => "sum_mismatch",
    TotalMismatch => "total_mismatch",
    CountMismatch => "count_mismatch",
    ComponentSumMismatch => "component_sum_mismatch",
    AwardOverMax => "award_over_max",
    BandGap => "band_gap",
    BandOverlap => "band_overlap",
    BandWithoutAward => "band_without_award",
    NumberSkipped => "number_skipped",
    NumberRepeated => "number_repeated",
    MissingMaxScore => "missing_max_score",
    PageMissing => "page_missing",
    ReadersDisagree => "readers_disagree",
    LowConfidence => "low_confidence",
    UnreadInk => "unread_ink",
    DigitFixProposed => "digit_fix_proposed",
    DeclaredDateMismatch => "declared_date_mismatch",
    DeclaredNumberMismatch => "declared_number_mismatch",
    MaxUnreachable => "max_unreachable",
    SelfScoreMismatch => "self_score_mismatch",
    MisprintSuspected => "misprint_suspected",
    UnknownLayout => "unknown_layout",
    UnknownColumn => "unknown_column",
    NumberInferred => "number_inferred",
    KnownForm => "known_form",
    DiffersFromKnown => "differs_from_known",
});

names!(About { Decision => "decision", Reading => "reading" });

names!(Severity { Info => "info", Warning => "warning", Error => "error" });

names!(ColumnRole {
    Number => "number",
    Title => "title",
    MaxScore => "max_score",
    Bonus => "bonus",
    Deduction => "deduction",
    SelfScore => "self_score",
    VerifiedScore => "verified_score",
    Rule => "rule",
    Evidence => "evidence",
    Period => "period",
    Method => "method",
    Data => "data",
    Notes => "notes",
    Other => "other",
});

names!(CriterionKind {
    Section => "section",
    Criterion => "criterion",
    Bonus => "bonus",
    Deduction => "deduction",
});

names!(Field {
    Number => "number",
    Title => "title",
    MaxScore => "max_score",
    Bonus => "bonus",
    Deduction => "deduction",
    SelfScore => "self_score",
    VerifiedScore => "verified_score",
    Rules => "rules",
    Evidence => "evidence",
    DataItems => "data_items",
    Period => "period",
    Method => "method",
    Notes => "notes",
});

names!(CapOf { Penalty => "penalty", Bonus => "bonus", Points => "points" });

names!(PenaltyBase { Criterion => "criterion", Total => "total" });
