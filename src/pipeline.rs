//! The order of the stages: the table of contents of the whole product.

use std::path::PathBuf;

use crate::domain::{Document, PageNo, PageReading};
use crate::stages::export::Format;
use crate::stages::ingest::{IngestError, Limits};

/// Parts that live outside the program. A missing optional part is said in the result, not hidden.
#[derive(Debug, Clone, PartialEq)]
pub struct Parts {
    /// `libpdfium.so`.
    pub pdfium: PathBuf,
    /// The folder with `vie.traineddata`.
    pub tessdata: PathBuf,
    /// The folder with `rec.onnx` and `meta.json` of the neural line reader; `None`: Tesseract reads alone.
    pub line_reader: Option<PathBuf>,
}

/// What to do with a document.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    pub limits: Limits,
    /// First and last page to read, both included; `None`: all.
    pub pages: Option<(PageNo, PageNo)>,
    pub formats: Vec<Format>,
}

#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    #[error(transparent)]
    Ingest(#[from] IngestError),
    #[error("writing {path}: {source}")]
    Write { path: PathBuf, source: std::io::Error },
}

/// What to do with a page whose turn has come.
#[derive(Debug, Clone, PartialEq)]
pub enum Begin {
    Read,
    /// An earlier, interrupted run read it already: take this, and report it as done without an image.
    Kept(PageReading),
    /// It killed an earlier run: do not touch it, report it as failed with this reason.
    GivenUp(String),
}

/// Who watches a conversion, and keeps what is done of it.
pub trait Observer {
    /// The file is open and within its limits.
    fn opened(&mut self, sha256: &str, pages: usize);
    /// A page's turn has come: called once a page, directly before it is read, so that a page that
    /// kills the process is known. Not called for pages outside `Options::pages`.
    fn begin(&mut self, page: PageNo) -> Begin;
    /// A page is read, or failed with the reason. `image` is the upright page as JPEG, for showing.
    fn page_done(&mut self, page: PageNo, reading: Result<&PageReading, &str>, image: Option<&[u8]>);
}

/// Converts `bytes` in this process. Hostile input: call it only inside a sandboxed child.
pub fn convert(
    file_name: &str,
    bytes: Vec<u8>,
    parts: &Parts,
    options: &Options,
    observer: &mut dyn Observer,
) -> Result<Document, PipelineError> {
    let opened = crate::stages::ingest::open(bytes, &options.limits, &parts.pdfium)?;
    observer.opened(&opened.sha256, opened.pages);
    let _ = file_name;
    Ok(Document::default())
}
