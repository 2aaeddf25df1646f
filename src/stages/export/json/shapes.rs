use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::rules::Rule;

/// Whether a person has vouched for what stands in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    #[default]
    Draft,
    Confirmed,
}

/// A whole file. Only [`Document::from`] and the confirmed export make one that is to be written;
/// `status` is private so that nothing else can claim a confirmation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Document {
    pub schema: String,
    #[serde(default)]
    pub(super) status: Status,
    #[serde(default)]
    pub source: Source,
    #[serde(default)]
    pub pipeline: Pipeline,
    #[serde(default)]
    pub document: Metadata,
    /// The whole text in reading order, NFC.
    #[serde(default)]
    pub text: String,
    #[serde(default)]
    pub pages: Vec<Page>,
    #[serde(default)]
    pub tables: Vec<Table>,
    #[serde(default)]
    pub rubrics: Vec<Rubric>,
    /// About the document as a whole: pages, ink.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) confirmation: Option<Confirmation>,
}

/// Who stands behind a confirmed rubric. The confirmer is never the submitter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmation {
    pub submitted_by: String,
    pub confirmed_by: String,
    /// RFC 3339.
    pub confirmed_at: String,
    /// What took its place since: the file tells of a rubric that is no longer in force.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub superseded: Option<Superseded>,
}

/// The end of a confirmed rubric's validity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Superseded {
    /// The id of the rubric that took its place.
    pub rubric: String,
    /// Who confirmed that one.
    pub by: String,
    /// RFC 3339.
    pub at: String,
}

impl Document {
    pub fn confirmation(&self) -> Option<&Confirmation> {
        self.confirmation.as_ref()
    }

    pub fn status(&self) -> Status {
        self.status
    }
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Source {
    pub file: String,
    pub sha256: String,
    pub pages: usize,
    /// `PDF 1.4`, `TIFF`…
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub format: String,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Pipeline {
    pub version: String,
    pub readers: Vec<String>,
    pub models: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Metadata {
    pub kind: Option<String>,
    pub number: Option<String>,
    pub date: Option<String>,
    pub issuer: Option<String>,
    pub title: Option<String>,
    pub signed_at: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Page {
    pub page: u32,
    /// `trusted | wrong_language | legacy_encoding | damaged | stamp_only | none`
    pub verdict: String,
    pub width: u32,
    pub height: u32,
    /// Degrees clockwise that made the page upright.
    #[serde(default)]
    pub rotation: u16,
    /// `ok | blank | failed`
    pub outcome: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Only of a page that is one picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scan: Option<Scan>,
    #[serde(default)]
    pub words: usize,
    #[serde(default)]
    pub doubtful_words: usize,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scan {
    pub dpi: Option<u32>,
    /// `bilevel | gray | colour`
    pub colour: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Table {
    pub pages: Vec<u32>,
    pub header: Vec<String>,
    pub rows: Vec<Vec<String>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub title: Vec<String>,
    /// Merged cells; every other cell covers one row and one column.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub spans: Vec<Span>,
    /// Where cells stand on the pages.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub places: Vec<Place>,
}

/// How far a merged cell reaches. Rows and columns count from 0; without `row` it is a header cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row: Option<usize>,
    pub column: usize,
    pub row_span: usize,
    pub column_span: usize,
}

/// One place of a cell on a page. Rows and columns count from 0; without `row` it is a header cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row: Option<usize>,
    pub column: usize,
    pub page: u32,
    /// `[x0, y0, x1, y1]`, pixels of the page image.
    #[serde(rename = "box")]
    pub bbox: [i32; 4],
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rubric {
    #[serde(default)]
    pub title: String,
    #[serde(default)]
    pub applies_to: Option<String>,
    #[serde(default)]
    pub max_score: Option<String>,
    #[serde(default)]
    pub bonus_max: Option<String>,
    #[serde(default)]
    pub columns: Vec<Column>,
    pub criteria: Vec<Criterion>,
    #[serde(default)]
    pub findings: Vec<Finding>,
    /// Where the rubric's own values come from; `max_score` here: the document declares its total.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub provenance: Vec<Provenance>,
    /// The table in `tables` that it was made from, from 0.
    #[serde(default)]
    pub table: usize,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Column {
    pub header: String,
    pub role: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Criterion {
    pub id: String,
    #[serde(default)]
    pub parent: Option<String>,
    #[serde(default)]
    pub number: String,
    pub kind: String,
    #[serde(default)]
    pub title: String,
    #[serde(default)]
    pub max_score: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bonus: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deduction: Option<String>,
    #[serde(default)]
    pub rules: Vec<Rule>,
    #[serde(default)]
    pub evidence: String,
    #[serde(default)]
    pub data_items: Vec<String>,
    #[serde(default)]
    pub period: Option<String>,
    #[serde(default)]
    pub method: Option<String>,
    #[serde(default)]
    pub notes: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub self_score: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified_score: Option<String>,
    #[serde(default)]
    pub provenance: Vec<Provenance>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Provenance {
    pub field: String,
    pub page: u32,
    /// `[x0, y0, x1, y1]`, pixels of the page image.
    #[serde(rename = "box")]
    pub bbox: [i32; 4],
    #[serde(default)]
    pub raw: String,
    pub confidence: f32,
    #[serde(default)]
    pub readers: Vec<String>,
    #[serde(default)]
    pub restored_by: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub candidates: Vec<String>,
    #[serde(default)]
    pub doubtful: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    pub code: String,
    pub about: String,
    pub severity: String,
    #[serde(default)]
    pub criterion: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    #[serde(default)]
    pub page: Option<u32>,
    #[serde(default, rename = "box", skip_serializing_if = "Option::is_none")]
    pub bbox: Option<[i32; 4]>,
    pub message: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message_en: String,
}
