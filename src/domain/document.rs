use std::collections::BTreeMap;

use super::{Finding, PageNo, Rotation, Rubric, Table, Verdict};

/// The file a document came from.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Source {
    pub file: String,
    /// Hex, lower case, of the whole file.
    pub sha256: String,
    pub pages: usize,
    /// What it is by its content: `PDF 1.4`, `TIFF`; empty where that is not known.
    pub format: String,
}

/// What made a result: with the file's SHA-256 it reproduces it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Pipeline {
    pub version: String,
    pub readers: Vec<String>,
    /// Model name to SHA-256.
    pub models: BTreeMap<String, String>,
    /// Parts that were missing, each with the command that mends it.
    pub missing: Vec<String>,
}

/// What the prose says of the decision itself.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Metadata {
    /// `quyết định`, `kế hoạch`, `hướng dẫn`…
    pub kind: Option<String>,
    /// `1420/KH-UBND`
    pub number: Option<String>,
    /// ISO 8601: `2024-03-26`
    pub date: Option<String>,
    pub issuer: Option<String>,
    pub title: Option<String>,
    /// ISO 8601 with offset, from the signature's stamp.
    pub signed_at: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum PageOutcome {
    Ok,
    Blank,
    Failed { why: String },
}

impl PageOutcome {
    /// The name in files.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Blank => "blank",
            Self::Failed { .. } => "failed",
        }
    }

    /// Why a page failed.
    pub fn why(&self) -> Option<&str> {
        match self {
            Self::Failed { why } => Some(why),
            Self::Ok | Self::Blank => None,
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct PageSummary {
    pub page: PageNo,
    pub verdict: Verdict,
    /// Why this verdict, one sentence.
    pub reason: String,
    pub width: u32,
    pub height: u32,
    pub rotation: Rotation,
    pub outcome: PageOutcome,
    /// What a person should know about this page.
    pub notes: Vec<String>,
    /// How it was scanned; `None` for a page that is no single picture.
    pub scan: Option<Scanned>,
    pub words: usize,
    /// Words less certain than [`super::SETTLED`].
    pub doubtful_words: usize,
}

/// How a page that is one picture was scanned, as far as the file says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Scanned {
    /// Pixels an inch.
    pub dpi: Option<u32>,
    pub colour: Option<Colour>,
}

/// What the pixels of a scan can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Colour {
    /// Black or white.
    Bilevel,
    Gray,
    Colour,
}

/// The one value that every stage fills in and every exporter reads.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Document {
    pub source: Source,
    pub pipeline: Pipeline,
    pub metadata: Metadata,
    /// The whole text in reading order, NFC, one title, paragraph or cell a line.
    pub text: String,
    pub pages: Vec<PageSummary>,
    pub tables: Vec<Table>,
    pub rubrics: Vec<Rubric>,
    /// Findings about the document as a whole (pages, ink).
    pub findings: Vec<Finding>,
}
