//! Page -> upright, straight, evenly lit image at about 300 dpi, from the scan's own pixels.
//!
//! What is shown to people is the upright page as it was scanned; what is read is the straightened,
//! cleaned copy. [`PageImage::warp`] leads from the copy back to the page.

mod orientation;
mod slopes;

use image::{DynamicImage, GrayImage};

use crate::domain::{PixelBox, Rotation};
use crate::raster::{Bitmap, Warp, flatten, otsu, strokes, without_colour};

pub use orientation::{Lie, lie};

/// Readers know print best at this density.
const READING_DPI: f64 = 300.0;

/// A page ready to be cut and read.
pub struct PageImage {
    /// The upright page as it was scanned, for showing.
    pub page: DynamicImage,
    pub rotation: Rotation,
    /// Pixels an inch of `page`.
    pub dpi: u32,
    /// The straightened, cleaned copy that is read.
    pub clean: GrayImage,
    /// Its ink.
    pub ink: Bitmap,
    /// Pixels an inch of `clean`.
    pub clean_dpi: u32,
    /// From `clean` back to `page`.
    pub warp: Warp,
}

impl PageImage {
    /// A box of `clean` as a box of `page`.
    pub fn to_page(&self, bbox: &PixelBox) -> PixelBox {
        self.warp.box_to_page(bbox, self.page.width(), self.page.height())
    }
}

/// Turns a picture upright; `rotation` says how far clockwise.
pub fn upright(picture: DynamicImage, rotation: Rotation) -> DynamicImage {
    match rotation {
        Rotation::None => picture,
        Rotation::Quarter => picture.rotate90(),
        Rotation::Half => picture.rotate180(),
        Rotation::ThreeQuarters => picture.rotate270(),
    }
}

/// Straightens and cleans an upright page. `dpi` is the picture's density; a density that makes the page
/// smaller than A6 or larger than A2 is not believed, and the page is taken for A4 by its shorter side.
pub fn page(picture: DynamicImage, dpi: Option<u32>, rotation: Rotation) -> PageImage {
    let dpi = believable(dpi, picture.width(), picture.height());
    let gray = flatten(&without_colour(&picture), dpi);
    let ink = Bitmap::from_gray(&gray, otsu(&gray));
    let slopes = slopes::measure(&ink, dpi);
    let scale = if (230..=420).contains(&dpi) {
        1.0
    } else {
        READING_DPI / f64::from(dpi)
    };
    let warp = Warp {
        across: slopes.across,
        down: slopes.down,
        scale,
        ..Warp::identity(gray.width(), gray.height())
    };
    if warp.is_identity() {
        let warp = Warp::identity(gray.width(), gray.height());
        return PageImage {
            page: picture,
            rotation,
            dpi,
            clean: gray,
            ink,
            clean_dpi: dpi,
            warp,
        };
    }
    let clean = warp.straighten(&gray);
    let ink = Bitmap::from_gray(&clean, otsu(&clean));
    let clean_dpi = (f64::from(dpi) * scale).round() as u32;
    PageImage {
        page: picture,
        rotation,
        dpi,
        clean,
        ink,
        clean_dpi,
        warp,
    }
}

/// A page that was drawn from its own text: straight and evenly lit already. Its ink is what can rule a table: strokes of
/// any colour, dark on light or light on dark, and the sides of filled fields.
pub fn drawn(picture: DynamicImage, dpi: Option<u32>) -> PageImage {
    let dpi = believable(dpi, picture.width(), picture.height());
    let clean = picture.to_luma8();
    let ink = strokes(&clean, dpi);
    let warp = Warp::identity(clean.width(), clean.height());
    PageImage {
        page: picture,
        rotation: Rotation::None,
        dpi,
        clean,
        ink,
        clean_dpi: dpi,
        warp,
    }
}

fn believable(dpi: Option<u32>, width: u32, height: u32) -> u32 {
    let short = width.min(height).max(1);
    // A4 is 8.27 inches wide.
    let as_a4 = (f64::from(short) / 8.27).round().max(30.0) as u32;
    match dpi {
        Some(dpi) if (as_a4 / 2..=as_a4 * 2).contains(&dpi) => dpi,
        _ => as_a4,
    }
}
