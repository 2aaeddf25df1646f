//! File -> pages within limits, their text layers and a verdict on each.

/// Zip and tar.
pub mod archive;
mod bitmap;
mod error;
mod layer;
mod legacy;
mod pdf;
mod placement;
mod raster;
mod sniff;
mod survey;
mod tiff;
mod verdict;

use std::path::Path;
use std::sync::Arc;

use image::DynamicImage;
use sha2::{Digest, Sha256};

use crate::domain::{Scanned, Verdict, VerdictEvidence, Word};

pub use error::{IngestError, LimitKind, PageError};
pub use sniff::FileKind;
pub use verdict::judge;

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

/// Readers and image libraries count in 16-bit signed numbers here and there: no side is longer than this.
pub const MAX_SIDE: u32 = 30_000;

/// The text layer of one page.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TextLayer {
    /// In the order of the layer; boxes in 1/100 point of the upright page (its own /Rotate applied), origin top left.
    pub words: Vec<Word>,
    /// Words of signatures and other form fields that stand on the page: who signed and when. Not part of the text.
    pub stamps: Vec<Word>,
    /// Each once, as named in the file without the subset's prefix.
    pub fonts: Vec<String>,
    /// Size of the upright page in 1/100 point.
    pub width: u32,
    pub height: u32,
    /// Share of the characters that nobody sees: painted in no colour or hidden under the scan. 0 to 1.
    pub hidden: f32,
    /// Share of the page that its largest picture covers, 0 to 1.
    pub picture: f32,
    /// Share of the letters set in a font of a pre-Unicode encoding (`.Vn*`, `VNI-*`), 0 to 1.
    pub legacy_fonts: f32,
    /// The words that have such letters, by their index, and what their fonts show: Unicode.
    pub legacy: Vec<(usize, String)>,
}

/// The judgement on a text layer.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    pub verdict: Verdict,
    pub evidence: VerdictEvidence,
    pub text: LayerText,
}

/// Where the text of a page is to be had.
#[derive(Debug, Clone, PartialEq)]
pub enum LayerText {
    /// The layer is sound.
    AsIs,
    /// The layer was in an old encoding: its words, decoded.
    Decoded(Vec<Word>),
    /// The layer shows what the paper shows, and both were spoilt by a conversion: see [`crate::encoding::twice`].
    ConvertedTwice,
    /// The layer is no use: the page must be read from its image.
    Useless,
}

/// The picture of a whole page, upright as the file says it is; what lies askew in the scan is still askew.
#[derive(Debug, Clone)]
pub struct PageImage {
    pub pixels: DynamicImage,
    /// Pixels an inch; `None` when the file does not say.
    pub dpi: Option<u32>,
    pub origin: Origin,
}

/// Where the pixels of a page come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The scanner's own, not resampled.
    Scan,
    /// Drawn from the page's contents.
    Drawn,
}

/// An opened file, within its limits. Pages count from 0.
pub struct Opened {
    pub kind: FileKind,
    /// Hex, lower case.
    pub sha256: String,
    pub bytes: Arc<[u8]>,
    pub pages: usize,
    source: Source,
    limits: Limits,
}

enum Source {
    Pdf(Box<pdf::Pdf>),
    Raster(raster::Raster),
}

/// Opens `bytes`: sniffs the type, applies the limits, counts the pages. `pdfium` is the path of `libpdfium.so`,
/// looked at only for a PDF.
pub fn open(bytes: Vec<u8>, limits: &Limits, pdfium: &Path) -> Result<Opened, IngestError> {
    if bytes.is_empty() {
        return Err(IngestError::Empty);
    }
    let size = bytes.len() as u64;
    if size > limits.bytes {
        return Err(IngestError::over(LimitKind::Bytes, size, limits.bytes));
    }
    let kind = FileKind::of(&bytes).ok_or(IngestError::UnknownType)?;
    let bytes: Arc<[u8]> = bytes.into();
    let source = match kind {
        FileKind::Pdf => Source::Pdf(Box::new(pdf::Pdf::open(Arc::clone(&bytes), limits, pdfium)?)),
        _ => Source::Raster(raster::Raster::open(Arc::clone(&bytes), kind, limits)?),
    };
    let pages = match &source {
        Source::Pdf(pdf) => pdf.pages(),
        Source::Raster(raster) => raster.pages(),
    };
    let sha256 = hex::encode(Sha256::digest(&bytes));
    Ok(Opened {
        kind,
        sha256,
        bytes,
        pages,
        source,
        limits: limits.clone(),
    })
}

impl Opened {
    /// The page's own text; a picture file has none, which is an empty layer.
    pub fn text_layer(&self, index: usize) -> Result<TextLayer, PageError> {
        match &self.source {
            Source::Pdf(pdf) => pdf.text_layer(index),
            Source::Raster(_) => Ok(TextLayer::default()),
        }
    }

    /// Width and height of the upright page in points; `None` when the file gives pixels without a density.
    pub fn page_size(&self, index: usize) -> Result<Option<(f32, f32)>, PageError> {
        match &self.source {
            Source::Pdf(pdf) => pdf.page_size(index).map(Some),
            Source::Raster(raster) => raster.page_size(index),
        }
    }

    /// The scan's own pixels where one picture is the page (90% or more of it); `None` where it has to be drawn.
    /// The picture always spans the page exactly: margins it leaves free are filled with white.
    pub fn page_image(&self, index: usize) -> Result<Option<PageImage>, PageError> {
        match &self.source {
            Source::Pdf(pdf) => pdf.page_image(index, &self.limits),
            Source::Raster(raster) => raster.frame(index).map(Some),
        }
    }

    /// What the file is by its content: `PDF 1.4`, `TIFF`.
    pub fn format(&self) -> String {
        let name = match self.kind {
            FileKind::Pdf => "PDF",
            FileKind::Png => "PNG",
            FileKind::Jpeg => "JPEG",
            FileKind::Tiff => "TIFF",
            FileKind::WebP => "WebP",
        };
        match &self.source {
            Source::Pdf(pdf) => match pdf.version() {
                Some((major, minor)) => format!("{name} {major}.{minor}"),
                None => name.to_owned(),
            },
            Source::Raster(_) => name.to_owned(),
        }
    }

    /// How a page that is one picture was scanned; `None` for any other page. Decodes nothing.
    pub fn scanned(&self, index: usize) -> Option<Scanned> {
        match &self.source {
            Source::Pdf(pdf) => pdf.scanned(index),
            Source::Raster(raster) => Some(raster.scanned(index)),
        }
    }

    /// The page drawn at `dpi`, or at the highest density below it that the limit on pixels lets pass.
    /// A picture file comes as it is.
    pub fn render(&self, index: usize, dpi: u32) -> Result<PageImage, PageError> {
        match &self.source {
            Source::Pdf(pdf) => pdf.render(index, dpi, &self.limits),
            Source::Raster(raster) => raster.frame(index),
        }
    }
}
