//! The steps, in order. A stage never names another stage, the store or HTTP;
//! `pipeline` hands each one's result to the next.

/// File -> pages within limits, their text layers and a verdict on each.
pub mod ingest;
/// Page -> upright, straight image, from the scan's own pixels where there is one.
pub mod render;
/// Image -> ruling lines, grids, cells and text lines to be read.
pub mod layout;
/// Prose and stamps -> what the decision says of itself.
pub mod metadata;
/// Lines and cells -> words with boxes, confidence and alternatives.
pub mod read;
/// Words -> words with their Vietnamese marks back, each change with its reason.
pub mod restore;
/// Page grids -> the document's tables, joined over page breaks.
pub mod table;
/// Tables -> criteria trees with rules as data.
pub mod rubric;
/// Rubrics -> findings.
pub mod check;
/// Document -> files.
pub mod export;
