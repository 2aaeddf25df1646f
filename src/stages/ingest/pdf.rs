use std::io::Cursor;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock};

use image::{DynamicImage, GrayImage, RgbImage};
use pdfium_render::prelude::*;

use super::layer::{self, Glyph, Heading};
use super::placement::{self, Affine, Placement};
use super::{IngestError, LimitKind, Limits, MAX_SIDE, Origin, PageError, PageImage, TextLayer};

/// A picture that covers this share of its page is the page: a scan.
const WHOLE_PAGE: f64 = 0.9;

/// Below this density print cannot be read: a page that the limits do not let us draw so finely is refused.
const COARSEST_DPI: f64 = 150.0;

/// Contents within contents within contents: deeper than this nobody nests them in earnest.
const MOST_NESTED: usize = 8;

/// More drawn lines than this over a scan, and the drawing is a part of the document.
const FEW_PATHS: usize = 20;

/// Painted text over a scan that covers a smaller share of the page is a stamp or a running head.
const STAMP_SHARE: f64 = 0.06;

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
    document: PdfDocument<'static>,
}

/// What stands on a page besides its letters.
#[derive(Default)]
struct Survey<'a> {
    /// The largest picture and how the unit square comes to the upright page.
    largest: Option<(PdfPageImageObject<'a>, Affine)>,
    largest_share: f64,
    /// Share of the page covered by other pictures.
    other_pictures: f64,
    /// Pieces of text painted before the largest picture, and so hidden under it, and after it.
    text_under: usize,
    text_over: usize,
    /// Share of the page that visible text after the picture covers.
    text_over_share: f64,
    paths_over: usize,
}

impl Pdf {
    pub(super) fn open(bytes: Arc<[u8]>, limits: &Limits, path: &Path) -> Result<Self, IngestError> {
        let document = library(path)?
            .load_pdf_from_reader(Cursor::new(bytes), None)
            .map_err(|e| match e {
                PdfiumError::PdfiumLibraryInternalError(
                    PdfiumInternalError::PasswordError | PdfiumInternalError::SecurityError,
                ) => IngestError::Encrypted,
                PdfiumError::PdfiumLibraryInternalError(_) => IngestError::broken("no PDF structure found"),
                other => IngestError::broken(other),
            })?;
        let pdf = Self { document };
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
        let text = page.text().map_err(PageError::broken)?;
        let glyphs: Vec<Glyph> = text.chars().iter().map(|c| glyph(&c, &frame)).collect();
        let mut layer = layer::assemble(&glyphs);
        (layer.width, layer.height) = (frame.width.round() as u32, frame.height.round() as u32);
        let survey = Survey::of(&page, &frame);
        layer.picture = survey.largest_share.min(1.0) as f32;
        if survey.largest_share >= WHOLE_PAGE && survey.text_under > survey.text_over {
            layer.hidden = 1.0;
        }
        Ok(layer)
    }

    pub(super) fn page_image(&self, index: usize, limits: &Limits) -> Result<Option<PageImage>, PageError> {
        let page = self.page(index)?;
        let frame = Frame::of(&page);
        let survey = Survey::of(&page, &frame);
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

/// The upright page: its size and the way to it from user space, in 1/100 point.
struct Frame {
    width: f64,
    height: f64,
    to_upright: Affine,
}

impl Frame {
    fn of(page: &PdfPage) -> Self {
        let (width, height) = (f64::from(page.width().value), f64::from(page.height().value));
        let rotate = match page.rotation() {
            Ok(PdfPageRenderRotation::Degrees90) => 90,
            Ok(PdfPageRenderRotation::Degrees180) => 180,
            Ok(PdfPageRenderRotation::Degrees270) => 270,
            _ => 0,
        };
        let (across, up) = if rotate % 180 == 0 {
            (width, height)
        } else {
            (height, width)
        };
        // The crop box counts only where it meets the media box; PDFium's size says how much of it does.
        let media = page.boundaries().media().map(|b| b.bounds).ok();
        let crop = page.boundaries().crop().map(|b| b.bounds).ok();
        let low = |pick: fn(&PdfRect) -> f32| {
            let all = [media.as_ref(), crop.as_ref()];
            all.into_iter()
                .flatten()
                .map(pick)
                .fold(f32::NEG_INFINITY, f32::max)
        };
        let origin = |value: f32| if value.is_finite() { f64::from(value) } else { 0.0 };
        let (left, bottom) = (origin(low(|r| r.left().value)), origin(low(|r| r.bottom().value)));
        Self {
            width: width * 100.0,
            height: height * 100.0,
            to_upright: Affine::upright([left, bottom, left + across, bottom + up], rotate),
        }
    }
}

fn matrix(of: Result<PdfMatrix, PdfiumError>) -> Affine {
    match of {
        Ok(m) => Affine([m.a(), m.b(), m.c(), m.d(), m.e(), m.f()].map(f64::from)),
        Err(_) => Affine([1.0, 0.0, 0.0, 1.0, 0.0, 0.0]),
    }
}

impl<'a> Survey<'a> {
    fn of(page: &'a PdfPage<'a>, frame: &Frame) -> Self {
        let mut survey = Self::default();
        let identity = Affine([1.0, 0.0, 0.0, 1.0, 0.0, 0.0]);
        for object in page.objects().iter() {
            survey.add(object, &identity, frame, 0);
        }
        survey
    }

    fn add(&mut self, object: PdfPageObject<'a>, outer: &Affine, frame: &Frame, depth: usize) {
        match object {
            PdfPageObject::Image(image) => {
                let unit = matrix(image.matrix()).then(outer).then(&frame.to_upright);
                let covers = share(&unit, frame, [0.0, 0.0, 1.0, 1.0]);
                if covers > self.largest_share {
                    self.other_pictures += self.largest_share;
                    self.largest_share = covers;
                    self.largest = Some((image, unit));
                    self.text_under += std::mem::take(&mut self.text_over);
                    (self.text_over_share, self.paths_over) = (0.0, 0);
                } else {
                    self.other_pictures += covers;
                }
            }
            PdfPageObject::Text(text) => {
                self.text_over += 1;
                if text.render_mode() == PdfPageTextRenderMode::Invisible {
                    return;
                }
                if let Ok(bounds) = text.bounds() {
                    let corners = [bounds.left(), bounds.bottom(), bounds.right(), bounds.top()];
                    let to_upright = outer.then(&frame.to_upright);
                    self.text_over_share += share(&to_upright, frame, corners.map(|p| f64::from(p.value)));
                }
            }
            PdfPageObject::Path(_) | PdfPageObject::Shading(_) => self.paths_over += 1,
            PdfPageObject::XObjectForm(form) if depth < MOST_NESTED => {
                let inner = matrix(form.matrix()).then(outer);
                for index in 0..form.len() {
                    if let Ok(object) = form.get(index) {
                        self.add(object, &inner, frame, depth + 1);
                    }
                }
            }
            PdfPageObject::XObjectForm(_) | PdfPageObject::Unsupported(_) => {}
        }
    }

    /// One whole-page picture, and over it no more than a stamp.
    fn is_scan(&self) -> bool {
        self.largest_share >= WHOLE_PAGE
            && self.other_pictures < 0.02
            && self.text_over_share < STAMP_SHARE
            && self.paths_over <= FEW_PATHS
    }
}

/// Share of the page that a box covers, its corners mapped by `to_upright`.
fn share(to_upright: &Affine, frame: &Frame, [x0, y0, x1, y1]: [f64; 4]) -> f64 {
    let corners = [(x0, y0), (x1, y0), (x0, y1), (x1, y1)].map(|(x, y)| to_upright.apply(x, y));
    let low = |pick: fn(&(f64, f64)) -> f64| corners.iter().map(pick).fold(f64::INFINITY, f64::min).max(0.0);
    let high = |pick: fn(&(f64, f64)) -> f64| corners.iter().map(pick).fold(f64::NEG_INFINITY, f64::max);
    let across = (high(|c| c.0).min(frame.width) - low(|c| c.0)).max(0.0);
    let down = (high(|c| c.1).min(frame.height) - low(|c| c.1)).max(0.0);
    across * down / (frame.width * frame.height).max(1.0)
}

/// PDFium's bitmap without its row padding: gray stays gray, everything else becomes RGB.
fn picture(bitmap: &PdfBitmap) -> Option<DynamicImage> {
    let (width, height) = (
        usize::try_from(bitmap.width()).ok()?,
        usize::try_from(bitmap.height()).ok()?,
    );
    if width == 0 || height == 0 {
        return None;
    }
    let format = bitmap.format().ok()?;
    let bytes = bitmap.as_raw_bytes();
    let stride = bytes.len() / height;
    let samples = match format {
        PdfBitmapFormat::Gray => 1,
        PdfBitmapFormat::BGR => 3,
        PdfBitmapFormat::BGRA | PdfBitmapFormat::BGRx => 4,
    };
    if stride < width * samples {
        return None;
    }
    let (w, h) = (u32::try_from(width).ok()?, u32::try_from(height).ok()?);
    let rows = bytes.chunks_exact(stride).take(height);
    if samples == 1 {
        let pixels: Vec<u8> = rows.flat_map(|row| &row[..width]).copied().collect();
        return GrayImage::from_raw(w, h, pixels).map(DynamicImage::ImageLuma8);
    }
    let mut pixels = Vec::with_capacity(width * height * 3);
    for row in rows {
        for pixel in row[..width * samples].chunks_exact(samples) {
            pixels.extend([pixel[2], pixel[1], pixel[0]]);
        }
    }
    RgbImage::from_raw(w, h, pixels).map(DynamicImage::ImageRgb8)
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
    let ahead = frame.to_upright.apply(angle.cos(), angle.sin());
    Glyph {
        code: char.unicode_value(),
        generated: char.is_generated().unwrap_or(false),
        bbox,
        origin,
        heading: Heading::of(ahead.0 - zero.0, ahead.1 - zero.1),
        size: f64::from(char.scaled_font_size().value) * 100.0,
        font: char.font_name(),
        hidden: char
            .render_mode()
            .is_ok_and(|mode| mode == PdfPageTextRenderMode::Invisible),
    }
}
