use lopdf::{Document, Object, ObjectId};

use super::inherited;
use crate::domain::{PageReading, PixelBox, Rotation};

/// What a viewer shows of a page, in points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct PageFrame {
    left: f64,
    bottom: f64,
    right: f64,
    top: f64,
    /// The page's own /Rotate: 0, 90, 180 or 270 degrees clockwise.
    rotate: u16,
}

impl PageFrame {
    /// A page without rotation whose lower left corner is the origin.
    pub(super) fn plain(width: f64, height: f64) -> Self {
        Self {
            left: 0.0,
            bottom: 0.0,
            right: width,
            top: height,
            rotate: 0,
        }
    }

    pub(super) fn of(document: &Document, page: ObjectId) -> Self {
        // US Letter is what readers take for a page that does not say.
        let media = rectangle(document, page, b"MediaBox").unwrap_or([0.0, 0.0, 612.0, 792.0]);
        let crop = rectangle(document, page, b"CropBox").unwrap_or(media);
        let meet = [
            media[0].max(crop[0]),
            media[1].max(crop[1]),
            media[2].min(crop[2]),
            media[3].min(crop[3]),
        ];
        let [left, bottom, right, top] = if meet[0] < meet[2] && meet[1] < meet[3] {
            meet
        } else {
            media
        };
        let degrees = inherited(document, page, b"Rotate")
            .and_then(|r| r.as_i64().ok())
            .unwrap_or(0);
        Self {
            left,
            bottom,
            right,
            top,
            rotate: degrees.rem_euclid(360) as u16 / 90 * 90,
        }
    }

    /// Width and height as shown.
    fn shown(&self) -> (f64, f64) {
        let (width, height) = (self.right - self.left, self.top - self.bottom);
        if self.rotate.is_multiple_of(180) {
            (width, height)
        } else {
            (height, width)
        }
    }

    /// As a page says it.
    pub(super) fn media_box(&self) -> Vec<Object> {
        [self.left, self.bottom, self.right, self.top]
            .into_iter()
            .map(|n| Object::Real(n as f32))
            .collect()
    }

    /// The page's own /Rotate.
    pub(super) fn rotation(&self) -> i64 {
        self.rotate.into()
    }

    /// In square points.
    pub(super) fn area(&self) -> f64 {
        (self.right - self.left) * (self.top - self.bottom)
    }

    /// From a point as shown, origin top left, to the page's user space.
    fn user(&self, (x, y): (f64, f64)) -> (f64, f64) {
        match self.rotate {
            90 => (self.left + y, self.bottom + x),
            180 => (self.right - x, self.bottom + y),
            270 => (self.right - y, self.top - x),
            _ => (self.left + x, self.top - y),
        }
    }
}

fn rectangle(document: &Document, page: ObjectId, key: &[u8]) -> Option<[f64; 4]> {
    let array = inherited(document, page, key)?.as_array().ok()?;
    let number = |object: &Object| {
        let (_, value) = document.dereference(object).ok()?;
        value.as_float().ok().map(f64::from)
    };
    let numbers: Vec<f64> = array.iter().map(number).collect::<Option<_>>()?;
    let [a, b, c, d] = <[f64; 4]>::try_from(numbers).ok()?;
    Some([a.min(c), b.min(d), a.max(c), b.max(d)])
}

/// From the pixels of the upright page image to the page's user space.
pub(super) struct ToPage<'a> {
    frame: &'a PageFrame,
    rotation: Rotation,
    width: f64,
    height: f64,
}

impl<'a> ToPage<'a> {
    pub(super) fn new(reading: &PageReading, frame: &'a PageFrame) -> Self {
        let side = |pixels: u32| f64::from(pixels.max(1));
        Self {
            frame,
            rotation: reading.rotation,
            width: side(reading.width),
            height: side(reading.height),
        }
    }

    fn point(&self, x: f64, y: f64) -> (f64, f64) {
        // Shares of the upright picture, then of the page as the file shows it, which was turned to be upright.
        let (x, y) = (x / self.width, y / self.height);
        let (x, y) = match self.rotation {
            Rotation::None => (x, y),
            Rotation::Quarter => (y, 1.0 - x),
            Rotation::Half => (1.0 - x, 1.0 - y),
            Rotation::ThreeQuarters => (1.0 - y, x),
        };
        let (width, height) = self.frame.shown();
        self.frame.user((x * width, y * height))
    }

    /// The text matrix for a font of size 1 whose word is `glyphs` wide: fills the box exactly.
    pub(super) fn text_matrix(&self, bbox: &PixelBox, glyphs: f64) -> [f64; 6] {
        let corner = |x: i32, y: i32| self.point(f64::from(x), f64::from(y));
        let (origin, end, top) = (
            corner(bbox.x0, bbox.y1),
            corner(bbox.x1, bbox.y1),
            corner(bbox.x0, bbox.y0),
        );
        let along = ((end.0 - origin.0) / glyphs, (end.1 - origin.1) / glyphs);
        [
            along.0,
            along.1,
            top.0 - origin.0,
            top.1 - origin.1,
            origin.0,
            origin.1,
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{PageNo, Verdict, VerdictEvidence};

    fn reading(width: u32, height: u32, rotation: Rotation) -> PageReading {
        PageReading {
            page: PageNo::FIRST,
            verdict: Verdict::None,
            evidence: VerdictEvidence::default(),
            width,
            height,
            dpi: 300,
            rotation,
            blocks: Vec::new(),
            other_ink: Vec::new(),
            notes: Vec::new(),
        }
    }

    #[test]
    fn a_word_s_box_lands_where_its_ink_is_however_the_page_was_turned() {
        // A page of 100 x 200 points shown; the first word stands top left on the upright picture.
        let check =
            |rotate: u16, rotation: Rotation, pixels: (u32, u32), origin: (f64, f64), along: (f64, f64)| {
                let (right, top) = if rotate.is_multiple_of(180) {
                    (100.0, 200.0)
                } else {
                    (200.0, 100.0)
                };
                let frame = PageFrame {
                    left: 0.0,
                    bottom: 0.0,
                    right,
                    top,
                    rotate,
                };
                let reading = reading(pixels.0, pixels.1, rotation);
                let matrix = ToPage::new(&reading, &frame).text_matrix(&PixelBox::new(0, 0, 20, 10), 1.0);
                let rounded = matrix.map(|n| n.round());
                assert_eq!((rounded[4], rounded[5]), origin, "{rotate} {rotation:?}");
                assert_eq!((rounded[0], rounded[1]), along, "{rotate} {rotation:?}");
            };
        check(0, Rotation::None, (100, 200), (0.0, 190.0), (20.0, 0.0));
        check(0, Rotation::Half, (100, 200), (100.0, 10.0), (-20.0, 0.0));
        check(0, Rotation::Quarter, (200, 100), (10.0, 0.0), (0.0, 20.0));
        check(
            0,
            Rotation::ThreeQuarters,
            (200, 100),
            (90.0, 200.0),
            (0.0, -20.0),
        );
        check(90, Rotation::None, (100, 200), (10.0, 0.0), (0.0, 20.0));
        check(180, Rotation::None, (100, 200), (100.0, 10.0), (-20.0, 0.0));
        check(270, Rotation::None, (100, 200), (190.0, 100.0), (0.0, -20.0));
        // Turned by the file and turned back by us.
        check(90, Rotation::ThreeQuarters, (200, 100), (0.0, 90.0), (20.0, 0.0));
    }
}
