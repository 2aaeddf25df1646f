//! Values of the trade, and nothing else: no I/O, no serialisation, no async.
//! Shapes on disk and on the wire live at the edges (`export::json`, `http::dto`).

mod document;
mod finding;
mod geometry;
mod harmless;
mod measure;
mod names;
mod page;
mod rubric;
mod rule;
mod said;
/// The spelling of Vietnamese syllables.
pub mod syllable;
mod table;
mod vietnamese;

pub use document::{Colour, Document, Metadata, PageOutcome, PageSummary, Pipeline, Scanned, Source};
pub use finding::{About, Finding, FindingCode, Severity};
pub use geometry::PixelBox;
pub use harmless::{harmless, harmless_lines};
pub use measure::{Confidence, PageNo, Score, Stretch};
pub use names::Named;
pub use page::{
    Alternative, Block, Cell, Edge, Grid, InkKind, InkLetter, InkRegion, Line, PageReading, Reader,
    Restoration, Rotation, SETTLED, Verdict, VerdictEvidence, Vote, Word,
};
pub use rubric::{Column, ColumnRole, Criterion, CriterionKind, Field, Provenance, Rubric};
pub use rule::{Award, Bound, CapOf, Interval, PenaltyAmount, PenaltyBase, Rule, RuleKind, Variable};
pub use said::Said;
pub use table::{Row, Table, TableCell};
pub use vietnamese::{fold, fold_aligned, fold_char, one_line};
