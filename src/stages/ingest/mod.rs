//! File -> pages within limits, their text layers and a verdict on each.

use std::path::Path;

use crate::domain::{PageNo, Verdict, VerdictEvidence, Word};

/// What a file may cost. Beyond a limit it is refused, never cut.
#[derive(Debug, Clone, PartialEq)]
pub struct Limits {
    /// Bytes of the file.
    pub bytes: u64,
    /// Pages of the document.
    pub pages: usize,
    /// Pixels of one page image (width x height).
    pub pixels: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 200 << 20,
            pages: 2_000,
            pixels: 120_000_000,
        }
    }
}

/// What kind of file it is, by its first bytes, never by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    Pdf,
    Png,
    Jpeg,
    Tiff,
    WebP,
}

/// Why a file is refused. Each has a stable code and a message with the next step, in Vietnamese and English.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum IngestError {
    #[error("the file is empty")]
    Empty,
    #[error("not a PDF, PNG, JPEG, TIFF or WebP file")]
    UnknownType,
    #[error("the PDF is protected by a password")]
    Encrypted,
    #[error("the file is broken or cut short: {detail}")]
    Broken { detail: String },
    #[error("the document has no pages")]
    NoPages,
    #[error("{what} is {actual}, the limit is {limit}")]
    OverLimit {
        what: &'static str,
        actual: u64,
        limit: u64,
    },
    #[error("a needed part is missing: {part}")]
    PartMissing { part: String },
}

/// The text layer of one page: words in the order of the file, boxes in PDF points, origin top left.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TextLayer {
    /// Word boxes are in 1/100 point of the upright page, origin top left.
    pub words: Vec<Word>,
    pub fonts: Vec<String>,
}

/// The judgement on a text layer.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    pub verdict: Verdict,
    pub evidence: VerdictEvidence,
}

/// An opened file.
pub struct Opened {
    pub kind: FileKind,
    pub sha256: String,
    pub bytes: Vec<u8>,
    pub pages: usize,
    pub _pdfium: std::path::PathBuf,
}

/// Opens `bytes`: sniffs the type, applies the limits, counts the pages.
pub fn open(bytes: Vec<u8>, limits: &Limits, pdfium: &Path) -> Result<Opened, IngestError> {
    let _ = (limits, pdfium, PageNo::FIRST);
    if bytes.is_empty() {
        return Err(IngestError::Empty);
    }
    Err(IngestError::UnknownType)
}
