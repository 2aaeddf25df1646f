//! What stands on a PDF page besides its letters: the page's frame, its pictures, what is painted over what.

use pdfium_render::prelude::*;

use super::placement::Affine;

/// A picture that covers this share of its page is the page: a scan.
pub(super) const WHOLE_PAGE: f64 = 0.9;

/// Contents within contents within contents: deeper than this nobody nests them in earnest.
const MOST_NESTED: usize = 8;

/// More drawn lines than this over a scan, and the drawing is a part of the document.
const FEW_PATHS: usize = 20;

/// Painted text over a scan that covers a smaller share of the page is a stamp or a running head.
const STAMP_SHARE: f64 = 0.06;

/// The upright page: its size and the way to it from user space, in 1/100 point.
pub(super) struct Frame {
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) to_upright: Affine,
}

impl Frame {
    pub(super) fn of(page: &PdfPage) -> Self {
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

/// What stands on a page besides its letters.
#[derive(Default)]
pub(super) struct Survey<'a> {
    /// The largest picture and how the unit square comes to the upright page.
    pub(super) largest: Option<(PdfPageImageObject<'a>, Affine)>,
    pub(super) largest_share: f64,
    /// Share of the page covered by other pictures.
    pub(super) other_pictures: f64,
    /// Pieces of text painted before the largest picture, and so hidden under it, and after it.
    pub(super) text_under: usize,
    pub(super) text_over: usize,
    /// Of each, those that are painted in a visible mode.
    pub(super) visible_under: usize,
    pub(super) visible_over: usize,
    /// Share of the page that visible text after the picture covers.
    pub(super) text_over_share: f64,
    pub(super) paths_over: usize,
}

impl<'a> Survey<'a> {
    pub(super) fn of(page: &'a PdfPage<'a>, frame: &Frame) -> Self {
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
                    self.visible_under += std::mem::take(&mut self.visible_over);
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
                self.visible_over += 1;
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
    pub(super) fn is_scan(&self) -> bool {
        self.largest_share >= WHOLE_PAGE
            && self.other_pictures < 0.02
            && self.text_over_share < STAMP_SHARE
            && self.paths_over <= FEW_PATHS
    }
}

fn matrix(of: Result<PdfMatrix, PdfiumError>) -> Affine {
    match of {
        Ok(m) => Affine([m.a(), m.b(), m.c(), m.d(), m.e(), m.f()].map(f64::from)),
        Err(_) => Affine([1.0, 0.0, 0.0, 1.0, 0.0, 0.0]),
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
