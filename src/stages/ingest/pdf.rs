use std::cell::OnceCell;
use std::io::Cursor;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock};

use pdfium_render::prelude::*;

use super::bitmap::{is_mostly_black, picture};
use super::layer::{self, Glyph, Heading};
use super::placement::{self, Placement};
use super::survey::{Frame, Survey, WHOLE_PAGE};
use super::{IngestError, LimitKind, Limits, MAX_SIDE, Origin, PageError, PageImage, TextLayer};
use crate::domain::{Colour, PixelBox, Scanned, Word};

/// Below this density print cannot be read: a page that the limits do not let us draw so finely is refused.
const COARSEST_DPI: f64 = 150.0;

/// PDFium keeps global state, so it is loaded once a process; the first path that works stays.
fn library(path: &Path) -> Result<&'static Pdfium, IngestError> {
    static LIBRARY: OnceLock<Pdfium> = OnceLock::new();
    static LOADING: Mutex<()> = Mutex::new(());
    let missing = |detail: String| IngestError::PartMissing {
        part: format!("{} ({detail})", path.display()),
    };
    let _loading = LOADING
        .lock()
        .map_err(|_| missing("loading it failed before".to_owned()))?;
    if let Some(library) = LIBRARY.get() {
        return Ok(library);
    }
    let bindings = Pdfium::bind_to_library(path).map_err(|e| missing(e.to_string()))?;
    Ok(LIBRARY.get_or_init(|| Pdfium::new(bindings)))
}

pub(super) struct Pdf {
    library: &'static Pdfium,
    document: PdfDocument<'static>,
    bytes: Arc<[u8]>,
    /// The same file again, whose pages may be changed: to read what stands in annotations they have to be
    /// made part of the page.
    flat: OnceCell<Option<PdfDocument<'static>>>,
}

impl Pdf {
    pub(super) fn open(bytes: Arc<[u8]>, limits: &Limits, path: &Path) -> Result<Self, IngestError> {
        let library = library(path)?;
        let document = library
            .load_pdf_from_reader(Cursor::new(Arc::clone(&bytes)), None)
            .map_err(|e| match e {
                PdfiumError::PdfiumLibraryInternalError(
                    PdfiumInternalError::PasswordError | PdfiumInternalError::SecurityError,
                ) => IngestError::Encrypted,
                PdfiumError::PdfiumLibraryInternalError(_) => IngestError::broken("no PDF structure found"),
                other => IngestError::broken(other),
            })?;
        let pdf = Self {
            library,
            document,
            bytes,
            flat: OnceCell::new(),
        };
        let count = pdf.pages();
        if count == 0 {
            return Err(IngestError::NoPages);
        }
        if count > limits.pages {
            return Err(IngestError::over(
                LimitKind::Pages,
                count as u64,
                limits.pages as u64,
            ));
        }
        for index in 0..count {
            let Ok(size) = pdf.document.pages().page_size(index as PdfPageIndex) else {
                continue;
            };
            let inches = |points: PdfPoints| f64::from(points.value) / 72.0 * COARSEST_DPI;
            let (width, height) = (inches(size.width()), inches(size.height()));
            if width * height > limits.pixels as f64 {
                return Err(IngestError::over(
                    LimitKind::Pixels,
                    (width * height) as u64,
                    limits.pixels,
                ));
            }
            if width.max(height) > f64::from(MAX_SIDE) {
                return Err(IngestError::over(
                    LimitKind::Side,
                    width.max(height) as u64,
                    MAX_SIDE.into(),
                ));
            }
        }
        Ok(pdf)
    }

    pub(super) fn pages(&self) -> usize {
        usize::try_from(self.document.pages().len()).unwrap_or(0)
    }

    fn page(&self, index: usize) -> Result<PdfPage<'static>, PageError> {
        if index >= self.pages() {
            return Err(PageError::NoSuchPage { index });
        }
        self.document
            .pages()
            .get(index as PdfPageIndex)
            .map_err(|_| PageError::broken("its contents cannot be read"))
    }

    pub(super) fn page_size(&self, index: usize) -> Result<(f32, f32), PageError> {
        if index >= self.pages() {
            return Err(PageError::NoSuchPage { index });
        }
        let size = self
            .document
            .pages()
            .page_size(index as PdfPageIndex)
            .map_err(PageError::broken)?;
        Ok((size.width().value, size.height().value))
    }

    pub(super) fn text_layer(&self, index: usize) -> Result<TextLayer, PageError> {
        let page = self.page(index)?;
        let frame = Frame::of(&page);
        let mut layer = layer::assemble(&glyphs(&page, &frame)?);
        (layer.width, layer.height) = (frame.width.round() as u32, frame.height.round() as u32);
        let survey = self.survey(&page, &frame);
        layer.picture = survey.largest_share.min(1.0) as f32;
        if survey.largest_share >= WHOLE_PAGE && survey.text_under > survey.text_over {
            layer.hidden = 1.0;
        }
        let fields: Vec<PixelBox> = boxes_of(&page, &frame, &[PdfPageAnnotationType::Widget]);
        let notes = boxes_of(
            &page,
            &frame,
            &[PdfPageAnnotationType::FreeText, PdfPageAnnotationType::Stamp],
        );
        if !fields.is_empty() || !notes.is_empty() {
            for word in self.words_of_annotations(index, &frame, &layer.words) {
                let (x, y) = word.bbox.center();
                // A form field that holds a word is a signature's face; a note is what the office wrote on the page.
                let stamped = fields.iter().any(|field| field.contains_point(x, y));
                if stamped {
                    layer.stamps.push(word)
                } else {
                    layer.words.push(word)
                }
            }
        }
        Ok(layer)
    }

    /// The words that come to a page when its annotations are made part of it.
    fn words_of_annotations(&self, index: usize, frame: &Frame, known: &[Word]) -> Vec<Word> {
        let flat = self.flat.get_or_init(|| {
            self.library
                .load_pdf_from_reader(Cursor::new(Arc::clone(&self.bytes)), None)
                .ok()
        });
        let Some(mut page) = flat
            .as_ref()
            .and_then(|flat| flat.pages().get(index as PdfPageIndex).ok())
        else {
            return Vec::new();
        };
        if page.flatten().is_err() {
            return Vec::new();
        }
        let Ok(glyphs) = glyphs(&page, frame) else {
            return Vec::new();
        };
        let mut left: Vec<&Word> = known.iter().collect();
        let near = |a: &PixelBox, b: &PixelBox| (a.x0 - b.x0).abs() <= 50 && (a.y0 - b.y0).abs() <= 50;
        let mut words = layer::assemble(&glyphs).words;
        words.retain(|word| {
            let same = left
                .iter()
                .position(|w| w.text == word.text && near(&w.bbox, &word.bbox));
            same.map(|at| left.swap_remove(at)).is_none()
        });
        words
    }

    /// A picture through which the page's own text shows hides nothing, and is no scan.
    fn survey<'a>(&self, page: &'a PdfPage<'a>, frame: &Frame) -> Survey<'a> {
        let mut survey = Survey::of(page, frame);
        if survey.visible_under > 0
            && survey.largest_share >= WHOLE_PAGE
            && survey
                .largest
                .as_ref()
                .is_some_and(|(image, _)| self.is_see_through(image))
        {
            survey.largest = None;
            survey.largest_share = 0.0;
        }
        survey
    }

    fn is_see_through(&self, image: &PdfPageImageObject) -> bool {
        let Ok(bitmap) = image.get_processed_bitmap_with_size(&self.document, 150, 200) else {
            return false;
        };
        if bitmap.width() <= 0 || !matches!(bitmap.format(), Ok(PdfBitmapFormat::BGRA)) {
            return false;
        }
        let bytes = bitmap.as_raw_bytes();
        let (pixels, clear) = bytes
            .chunks_exact(4)
            .fold((0usize, 0usize), |(all, clear), pixel| {
                (all + 1, clear + usize::from(pixel[3] < 64))
            });
        clear * 3 > pixels
    }

    /// The version that the file says it is of.
    pub(super) fn version(&self) -> Option<(i32, i32)> {
        match self.document.version() {
            PdfDocumentVersion::Unset => None,
            PdfDocumentVersion::Pdf1_0 => Some((1, 0)),
            PdfDocumentVersion::Pdf1_1 => Some((1, 1)),
            PdfDocumentVersion::Pdf1_2 => Some((1, 2)),
            PdfDocumentVersion::Pdf1_3 => Some((1, 3)),
            PdfDocumentVersion::Pdf1_4 => Some((1, 4)),
            PdfDocumentVersion::Pdf1_5 => Some((1, 5)),
            PdfDocumentVersion::Pdf1_6 => Some((1, 6)),
            PdfDocumentVersion::Pdf1_7 => Some((1, 7)),
            PdfDocumentVersion::Pdf2_0 => Some((2, 0)),
            PdfDocumentVersion::Other(told) => (told >= 10).then_some((told / 10, told % 10)),
        }
    }

    /// How a page that is one picture was scanned.
    pub(super) fn scanned(&self, index: usize) -> Option<Scanned> {
        let page = self.page(index).ok()?;
        let survey = self.survey(&page, &Frame::of(&page));
        let (image, _) = survey.largest.as_ref().filter(|_| survey.is_scan())?;
        let dpi = match (image.horizontal_dpi(), image.vertical_dpi()) {
            // The lower of the two is what can be read.
            (Ok(across), Ok(down)) => Some(across.min(down).round()),
            _ => None,
        };
        Some(Scanned {
            dpi: dpi.filter(|dpi| *dpi >= 1.0).map(|dpi| dpi as u32),
            colour: match (image.bits_per_pixel(), image.color_space()) {
                (Ok(1), _) => Some(Colour::Bilevel),
                (Ok(8), Ok(space)) if space != PdfColorSpace::Indexed => Some(Colour::Gray),
                (Ok(bits), _) if bits > 0 => Some(Colour::Colour),
                _ => None,
            },
        })
    }

    pub(super) fn page_image(&self, index: usize, limits: &Limits) -> Result<Option<PageImage>, PageError> {
        let page = self.page(index)?;
        let frame = Frame::of(&page);
        let survey = self.survey(&page, &frame);
        if !survey.is_scan() {
            return Ok(None);
        }
        let Some((image, unit)) = &survey.largest else {
            return Ok(None);
        };
        let Some(place) = Placement::of(unit) else {
            return Ok(None);
        };
        let (Ok(width), Ok(height)) = (image.width(), image.height()) else {
            return Ok(None);
        };
        // Pixels without a colour of their own are a stencil or an exotic picture: drawing knows what to do with it.
        if !matches!(image.color_space(), Ok(space) if space != PdfColorSpace::Unknown) {
            return Ok(None);
        }
        let (width, height) = (
            u32::try_from(width).unwrap_or(0),
            u32::try_from(height).unwrap_or(0),
        );
        if width == 0 || height == 0 || placement::within(width, height, limits.pixels).is_err() {
            return Ok(None);
        }
        let Some(pixels) = image.get_raw_bitmap().ok().and_then(|bitmap| picture(&bitmap)) else {
            return Ok(None);
        };
        // Black all over: what is missing is the mask that says where its ink is.
        if is_mostly_black(&pixels) {
            return Ok(None);
        }
        let (pixels, dpi) = placement::laid(pixels, &place, (frame.width, frame.height), limits.pixels)?;
        Ok(Some(PageImage {
            pixels,
            dpi: Some(dpi),
            origin: Origin::Scan,
        }))
    }

    pub(super) fn render(&self, index: usize, dpi: u32, limits: &Limits) -> Result<PageImage, PageError> {
        let page = self.page(index)?;
        let frame = Frame::of(&page);
        let side = |length: f64, dpi: f64| (length / 7200.0 * dpi).round().max(1.0);
        let area = frame.width / 7200.0 * (frame.height / 7200.0);
        let longest = frame.width.max(frame.height) / 7200.0;
        let most = (limits.pixels as f64 / area)
            .sqrt()
            .min(f64::from(MAX_SIDE) / longest)
            .floor();
        let dpi = f64::from(dpi).min(most);
        let (width, height) = (side(frame.width, dpi), side(frame.height, dpi));
        placement::within(width as u32, height as u32, limits.pixels)?;
        let config = PdfRenderConfig::new()
            .set_fixed_size(width as Pixels, height as Pixels)
            .set_format(PdfBitmapFormat::BGRx)
            // Without form data the crate draws by matrix and forgets the scale.
            .render_form_data(true)
            .render_annotations(true);
        let bitmap = page.render_with_config(&config).map_err(PageError::broken)?;
        let pixels = picture(&bitmap).ok_or_else(|| PageError::broken("it cannot be drawn"))?;
        Ok(PageImage {
            pixels,
            dpi: Some(dpi as u32),
            origin: Origin::Drawn,
        })
    }
}

fn glyphs(page: &PdfPage, frame: &Frame) -> Result<Vec<Glyph>, PageError> {
    let text = page.text().map_err(PageError::broken)?;
    Ok(text.chars().iter().map(|c| glyph(&c, frame)).collect())
}

/// Where annotations of these types stand on the upright page.
fn boxes_of(page: &PdfPage, frame: &Frame, types: &[PdfPageAnnotationType]) -> Vec<PixelBox> {
    page.annotations()
        .iter()
        .filter(|annotation| types.contains(&annotation.annotation_type()))
        .filter_map(|annotation| annotation.bounds().ok())
        .map(|rect| {
            let corners = [rect.left(), rect.bottom(), rect.right(), rect.top()];
            placement::boxed(&frame.to_upright, corners.map(|p| f64::from(p.value)))
        })
        .collect()
}

fn glyph(char: &PdfPageTextChar, frame: &Frame) -> Glyph {
    let bbox = char
        .loose_bounds()
        .or_else(|_| char.tight_bounds())
        .ok()
        .map(|rect| {
            let corners = [rect.left(), rect.bottom(), rect.right(), rect.top()];
            placement::boxed(&frame.to_upright, corners.map(|p| f64::from(p.value)))
        });
    let origin = char
        .origin()
        .ok()
        .map(|(x, y)| frame.to_upright.apply(f64::from(x.value), f64::from(y.value)));
    let angle = f64::from(char.angle_radians().unwrap_or(0.0));
    let zero = frame.to_upright.apply(0.0, 0.0);
    // PDFium's angle is clockwise.
    let ahead = frame.to_upright.apply(angle.cos(), -angle.sin());
    let heading = Heading::of(ahead.0 - zero.0, ahead.1 - zero.1);
    // A size scaled only along the line says little: a letter's box is about a fifth higher than its size.
    let height = bbox.map_or(0.0, |b| f64::from(heading.height(&b)));
    Glyph {
        code: char.unicode_value(),
        generated: char.is_generated().unwrap_or(false),
        bbox,
        origin,
        heading,
        size: (f64::from(char.scaled_font_size().value) * 100.0).max(height * 0.7),
        font: char.font_name(),
        hidden: char
            .render_mode()
            .is_ok_and(|mode| mode == PdfPageTextRenderMode::Invisible),
    }
}
