//! Document -> files. No exporter reads what another wrote.

/// What an amendment changed.
pub mod comparison;
/// `sohoa/1`, in both directions.
pub mod json;
/// The scan with its words under it, for searching and copying.
pub mod pdf;

mod columns;
mod csv;
mod docx;
mod glyphless;
mod md;
mod ocr;
mod plain;
mod sample;
mod sums;
mod words;
mod xlsx;
mod xml;

#[cfg(test)]
mod tests;

pub use csv::harmless_cell;
pub use sample::{Picture, SampledWord, most_doubtful, sampled, settled_words};

use crate::domain::{Document, PageNo, PageReading, Rubric};
use crate::review::ConfirmedRubric;

/// A file format that `convert` can write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Format {
    Json,
    Txt,
    Csv,
    Xlsx,
    Docx,
    Md,
    Pdf,
    PdfA,
    Hocr,
    Alto,
    Page,
}

impl Format {
    pub const ALL: [Self; 11] = [
        Self::Json,
        Self::Txt,
        Self::Csv,
        Self::Xlsx,
        Self::Docx,
        Self::Md,
        Self::Pdf,
        Self::PdfA,
        Self::Hocr,
        Self::Alto,
        Self::Page,
    ];

    /// True for formats that are made from the words of the pages, not from the document alone.
    pub fn needs_readings(self) -> bool {
        matches!(
            self,
            Self::Pdf | Self::PdfA | Self::Hocr | Self::Alto | Self::Page
        )
    }

    /// True for formats that may hold the upright pictures of the pages.
    pub fn needs_pictures(self) -> bool {
        matches!(self, Self::Pdf | Self::PdfA | Self::Page)
    }

    /// True for formats that take something over from the file as it was given.
    pub fn needs_original(self) -> bool {
        matches!(self, Self::Pdf | Self::PdfA)
    }

    /// How the names of such files end: as the format is called, and as programs for them expect.
    pub fn extension(self) -> &'static str {
        match self {
            Self::PdfA => "pdfa.pdf",
            Self::Page => "page.zip",
            other => other.name(),
        }
    }

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Txt => "txt",
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
            Self::Docx => "docx",
            Self::Md => "md",
            Self::Pdf => "pdf",
            Self::PdfA => "pdfa",
            Self::Hocr => "hocr",
            Self::Alto => "alto",
            Self::Page => "page",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|f| f.name() == name)
    }

    /// The media type for an HTTP answer.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Txt => "text/plain; charset=utf-8",
            Self::Csv => "text/csv; charset=utf-8",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Self::Md => "text/markdown; charset=utf-8",
            Self::Pdf | Self::PdfA => "application/pdf",
            Self::Hocr => "text/vnd.hocr+html; charset=utf-8",
            Self::Alto => "application/alto+xml",
            Self::Page => "application/zip",
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error(transparent)]
    Json(#[from] json::JsonError),
    #[error("writing CSV: {0}")]
    Csv(#[from] ::csv::Error),
    #[error("writing XLSX: {0}")]
    Xlsx(#[from] rust_xlsxwriter::XlsxError),
    #[error("writing XML or a package of it: {0}")]
    Xml(#[from] std::io::Error),
    #[error("writing PDF: {0}")]
    Pdf(#[from] lopdf::Error),
    #[error("page {page} has no picture to build a PDF around")]
    NoPicture { page: PageNo },
    #[error("a single rubric cannot be written as {}", .format.name())]
    NotForRubric { format: Format },
}

/// A rubric to be written, with how far people vouch for it. Only `review` makes a confirmed one.
#[derive(Debug, Clone, Copy)]
pub enum Subject<'a> {
    Draft(&'a Rubric),
    Confirmed(&'a ConfirmedRubric),
}

impl<'a> Subject<'a> {
    pub fn rubric(self) -> &'a Rubric {
        match self {
            Self::Draft(rubric) => rubric,
            Self::Confirmed(confirmed) => confirmed.rubric(),
        }
    }

    /// What stands on the face of every file.
    fn status_vi(self) -> String {
        match self {
            Self::Draft(_) => "BẢN NHÁP - chưa được xác nhận".to_owned(),
            Self::Confirmed(c) => {
                let confirmed = format!(
                    "ĐÃ XÁC NHẬN - {} trình, {} xác nhận ngày {}",
                    c.submitted_by(),
                    c.confirmed_by(),
                    c.confirmed_at().date()
                );
                match c.superseded() {
                    None => confirmed,
                    Some(s) => format!(
                        "HẾT HIỆU LỰC từ {}, thay bằng thang điểm {} - {confirmed}",
                        s.at.date(),
                        s.rubric
                    ),
                }
            }
        }
    }

    /// The status in two words, for a column.
    fn status_short_vi(self) -> &'static str {
        match self {
            Self::Draft(_) => "bản nháp",
            Self::Confirmed(c) if c.superseded().is_some() => "đã được thay thế",
            Self::Confirmed(_) => "đã xác nhận",
        }
    }
}

/// What the formats with the words of the pages are made of besides the document.
pub struct Scan<'a> {
    /// The file as it was given.
    pub original: &'a [u8],
    /// What was read on each page; a page that is not among them is left as it is.
    pub readings: &'a [PageReading],
    /// The upright page as JPEG.
    pub picture: &'a dyn Fn(PageNo) -> Option<Vec<u8>>,
}

/// Writes a whole document, as a draft.
pub fn document(format: Format, document: &Document, scan: &Scan) -> Result<Vec<u8>, ExportError> {
    let subjects: Vec<Subject> = document.rubrics.iter().map(Subject::Draft).collect();
    match format {
        Format::Json => Ok(json::write(document)?),
        Format::Txt => Ok(txt(document)),
        Format::Csv if subjects.is_empty() => csv::tables(document),
        Format::Csv => csv::rubrics(&subjects),
        Format::Xlsx => xlsx::write(document, &subjects),
        Format::Docx => docx::write(document, &subjects),
        Format::Md => Ok(md::write(document, &subjects)),
        Format::Pdf => pdf::write(scan),
        Format::PdfA => pdf::archive::write(document, scan),
        Format::Hocr => Ok(ocr::hocr::write(document, scan.readings)?),
        Format::Alto => Ok(ocr::alto::write(document, scan.readings)?),
        Format::Page => Ok(ocr::page::write(document, scan)?),
    }
}

/// Writes one rubric of `document`, after review or during it.
pub fn rubric(format: Format, document: &Document, subject: Subject) -> Result<Vec<u8>, ExportError> {
    match format {
        Format::Json => Ok(json::write_rubric(document, subject)?),
        Format::Csv => csv::rubrics(&[subject]),
        Format::Xlsx => xlsx::write(document, &[subject]),
        Format::Docx => docx::write(document, &[subject]),
        Format::Md => Ok(md::write(document, &[subject])),
        Format::Txt | Format::Pdf | Format::PdfA | Format::Hocr | Format::Alto | Format::Page => {
            Err(ExportError::NotForRubric { format })
        }
    }
}

/// The text with a final newline.
fn txt(document: &Document) -> Vec<u8> {
    let mut text = document.text.trim_end().to_owned();
    text.push('\n');
    text.into_bytes()
}
