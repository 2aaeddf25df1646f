use image::{DynamicImage, ImageBuffer, Luma, Rgb, imageops};

use super::{MAX_SIDE, PageError};
use crate::domain::PixelBox;

/// An affine map `(x, y) -> (ax + cy + e, bx + dy + f)`, as in PDF.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Affine(pub [f64; 6]);

impl Affine {
    pub(super) fn apply(&self, x: f64, y: f64) -> (f64, f64) {
        let [a, b, c, d, e, f] = self.0;
        (a * x + c * y + e, b * x + d * y + f)
    }

    /// First `self`, then `next`.
    pub(super) fn then(&self, next: &Self) -> Self {
        let [a, b, c, d, e, f] = self.0;
        let (e, f) = next.apply(e, f);
        let [na, nb, nc, nd, ..] = next.0;
        Self([
            a * na + b * nc,
            a * nb + b * nd,
            c * na + d * nc,
            c * nb + d * nd,
            e,
            f,
        ])
    }

    /// From the user space of a page to its upright picture in 1/100 point, origin top left.
    /// `crop` is left, bottom, right, top; `rotate` is the page's own /Rotate in degrees clockwise.
    pub(super) fn upright([left, bottom, right, top]: [f64; 4], rotate: u16) -> Self {
        let s = 100.0;
        match rotate {
            90 => Self([0.0, s, s, 0.0, -bottom * s, -left * s]),
            180 => Self([-s, 0.0, 0.0, s, right * s, -bottom * s]),
            270 => Self([0.0, -s, -s, 0.0, top * s, right * s]),
            _ => Self([s, 0.0, 0.0, -s, -left * s, top * s]),
        }
    }
}

/// How a picture's pixels lie on the upright page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pose {
    Upright,
    Quarter,
    Half,
    ThreeQuarters,
    Mirrored,
    MirroredQuarter,
    MirroredHalf,
    MirroredThreeQuarters,
}

/// Where a picture stands on the upright page, in 1/100 point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Placement {
    pub(super) pose: Pose,
    pub(super) x0: f64,
    pub(super) y0: f64,
    pub(super) x1: f64,
    pub(super) y1: f64,
}

/// More than one part in a hundred off the axes and the picture has to be drawn.
const STRAIGHT: f64 = 0.01;

impl Placement {
    /// `unit` maps the unit square, on which PDF paints pictures, to the upright page.
    /// `None` when the picture lies askew or has no area.
    pub(super) fn of(unit: &Affine) -> Option<Self> {
        let (top_left, top_right, bottom_left) =
            (unit.apply(0.0, 1.0), unit.apply(1.0, 1.0), unit.apply(0.0, 0.0));
        let across = (top_right.0 - top_left.0, top_right.1 - top_left.1);
        let down = (bottom_left.0 - top_left.0, bottom_left.1 - top_left.1);
        let straight = |major: f64, minor: f64| major.abs() > 1.0 && minor.abs() <= major.abs() * STRAIGHT;
        let pose = if straight(across.0, across.1) && straight(down.1, down.0) {
            match (across.0 > 0.0, down.1 > 0.0) {
                (true, true) => Pose::Upright,
                (false, false) => Pose::Half,
                (false, true) => Pose::Mirrored,
                (true, false) => Pose::MirroredHalf,
            }
        } else if straight(across.1, across.0) && straight(down.0, down.1) {
            match (across.1 > 0.0, down.0 > 0.0) {
                (true, false) => Pose::Quarter,
                (false, true) => Pose::ThreeQuarters,
                (true, true) => Pose::MirroredQuarter,
                (false, false) => Pose::MirroredThreeQuarters,
            }
        } else {
            return None;
        };
        let corners = [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)].map(|(x, y)| unit.apply(x, y));
        let fold = |pick: fn(&(f64, f64)) -> f64, better: fn(f64, f64) -> f64, start: f64| {
            corners.iter().map(pick).fold(start, better)
        };
        Some(Self {
            pose,
            x0: fold(|c| c.0, f64::min, f64::INFINITY),
            y0: fold(|c| c.1, f64::min, f64::INFINITY),
            x1: fold(|c| c.0, f64::max, f64::NEG_INFINITY),
            y1: fold(|c| c.1, f64::max, f64::NEG_INFINITY),
        })
    }
}

/// Turns stored pixels as they are painted.
pub(super) fn posed(picture: DynamicImage, pose: Pose) -> DynamicImage {
    match pose {
        Pose::Upright => picture,
        Pose::Quarter => picture.rotate90(),
        Pose::Half => picture.rotate180(),
        Pose::ThreeQuarters => picture.rotate270(),
        Pose::Mirrored => picture.fliph(),
        Pose::MirroredQuarter => picture.rotate90().fliph(),
        Pose::MirroredHalf => picture.flipv(),
        Pose::MirroredThreeQuarters => picture.rotate270().fliph(),
    }
}

/// Less than this share of the page's side, and a gap between picture and page edge is a rounding.
const ROUNDING: f64 = 0.002;

/// Lays a picture on the page: square pixels, free margins white, what stands over the edge cut off.
/// Gives the picture of the whole page and its pixels an inch. `width`, `height` in 1/100 point.
pub(super) fn laid(
    picture: DynamicImage,
    place: &Placement,
    (width, height): (f64, f64),
    pixel_limit: u64,
) -> Result<(DynamicImage, u32), PageError> {
    let picture = posed(picture, place.pose);
    let (wide, high) = (place.x1 - place.x0, place.y1 - place.y0);
    let (per_x, per_y) = (
        f64::from(picture.width()) / wide,
        f64::from(picture.height()) / high,
    );
    let scale = per_x.max(per_y);
    // Fax machines have twice the pixels across as down: letters must keep their shape.
    let picture = if (per_x / per_y - 1.0).abs() > 0.02 {
        let (w, h) = ((wide * scale).round() as u32, (high * scale).round() as u32);
        within(w, h, pixel_limit)?;
        picture.resize_exact(w.max(1), h.max(1), imageops::FilterType::Triangle)
    } else {
        picture
    };
    let dpi = (scale * 7200.0).round() as u32;
    let fits = |gap: f64, side: f64| gap.abs() <= side * ROUNDING;
    if fits(place.x0, width)
        && fits(place.y0, height)
        && fits(place.x1 - width, width)
        && fits(place.y1 - height, height)
    {
        return Ok((picture, dpi));
    }
    let (w, h) = ((width * scale).round() as u32, (height * scale).round() as u32);
    within(w, h, pixel_limit)?;
    let at = (
        (place.x0 * scale).round() as i64,
        (place.y0 * scale).round() as i64,
    );
    let page = match picture {
        DynamicImage::ImageLuma8(gray) => {
            let mut page = ImageBuffer::from_pixel(w, h, Luma([255u8]));
            imageops::replace(&mut page, &gray, at.0, at.1);
            DynamicImage::ImageLuma8(page)
        }
        other => {
            let mut page = ImageBuffer::from_pixel(w, h, Rgb([255u8; 3]));
            imageops::replace(&mut page, &other.into_rgb8(), at.0, at.1);
            DynamicImage::ImageRgb8(page)
        }
    };
    Ok((page, dpi))
}

/// Refuses a picture before it is made.
pub(super) fn within(width: u32, height: u32, pixel_limit: u64) -> Result<(), PageError> {
    let pixels = u64::from(width) * u64::from(height);
    if pixels > pixel_limit {
        return Err(PageError::OverLimit {
            what: super::LimitKind::Pixels,
            actual: pixels,
            limit: pixel_limit,
        });
    }
    let side = width.max(height);
    if side > MAX_SIDE {
        return Err(PageError::OverLimit {
            what: super::LimitKind::Side,
            actual: side.into(),
            limit: MAX_SIDE.into(),
        });
    }
    Ok(())
}

/// The box of four corners, rounded outwards never inwards, at least one unit wide and high.
pub(super) fn boxed(unit: &Affine, [x0, y0, x1, y1]: [f64; 4]) -> PixelBox {
    let corners = [(x0, y0), (x1, y0), (x0, y1), (x1, y1)].map(|(x, y)| unit.apply(x, y));
    let low =
        |pick: fn(&(f64, f64)) -> f64| corners.iter().map(pick).fold(f64::INFINITY, f64::min).floor() as i32;
    let high = |pick: fn(&(f64, f64)) -> f64| {
        corners.iter().map(pick).fold(f64::NEG_INFINITY, f64::max).ceil() as i32
    };
    PixelBox::new(
        low(|c| c.0),
        low(|c| c.1),
        high(|c| c.0).max(low(|c| c.0) + 1),
        high(|c| c.1).max(low(|c| c.1) + 1),
    )
}

#[cfg(test)]
mod tests {
    use image::GenericImageView;

    use super::*;

    /// A 2 x 3 picture whose pixels are numbered in reading order.
    fn numbered() -> DynamicImage {
        DynamicImage::ImageLuma8(ImageBuffer::from_fn(2, 3, |x, y| Luma([(y * 2 + x) as u8])))
    }

    #[test]
    fn the_page_s_rotation_turns_its_corners() {
        // A4, crop box off the origin: the corner that is top left on the upright page must come to 0, 0.
        let crop = [10.0, 20.0, 605.0, 862.0];
        let check = |rotate: u16, corner: (f64, f64)| {
            assert_eq!(
                Affine::upright(crop, rotate).apply(corner.0, corner.1),
                (0.0, 0.0),
                "{rotate}"
            );
        };
        check(0, (10.0, 862.0));
        check(90, (10.0, 20.0));
        check(180, (605.0, 20.0));
        check(270, (605.0, 862.0));
    }

    #[test]
    fn pixels_are_turned_as_the_matrix_paints_them() {
        let page = Affine::upright([0.0, 0.0, 20.0, 30.0], 0);
        let check = |matrix: [f64; 6], first_row: [u8; 2]| {
            let place = Placement::of(&Affine(matrix).then(&page)).unwrap();
            let (picture, _) = laid(numbered(), &place, (2000.0, 3000.0), 1_000_000).unwrap();
            let row = [
                picture.get_pixel(0, 0)[0],
                picture.get_pixel(picture.width() - 1, 0)[0],
            ];
            assert_eq!(
                (row, picture.width() < picture.height()),
                (first_row, true),
                "{matrix:?}"
            );
        };
        check([20.0, 0.0, 0.0, 30.0, 0.0, 0.0], [0, 1]);
        check([-20.0, 0.0, 0.0, -30.0, 20.0, 30.0], [5, 4]);
        check([-20.0, 0.0, 0.0, 30.0, 20.0, 0.0], [1, 0]);
        check([20.0, 0.0, 0.0, -30.0, 0.0, 30.0], [4, 5]);
        // Quarter turns: the two columns become rows (and pixels are no longer square: they are stretched).
        check([0.0, -30.0, 20.0, 0.0, 0.0, 30.0], [4, 0]);
        check([0.0, 30.0, -20.0, 0.0, 20.0, 0.0], [1, 5]);
    }

    #[test]
    fn a_picture_askew_is_left_to_be_drawn() {
        let page = Affine::upright([0.0, 0.0, 20.0, 30.0], 0);
        assert_eq!(
            Placement::of(&Affine([20.0, 1.0, -1.0, 30.0, 0.0, 0.0]).then(&page)),
            None
        );
    }

    #[test]
    fn free_margins_are_white_and_the_picture_spans_the_page() {
        // 100 x 100 pixels on the lower right three quarters of a 20 x 20 point page.
        let page = Affine::upright([0.0, 0.0, 20.0, 20.0], 0);
        let place = Placement::of(&Affine([19.0, 0.0, 0.0, 19.0, 1.0, 0.0]).then(&page)).unwrap();
        let black = DynamicImage::ImageLuma8(ImageBuffer::from_pixel(190, 190, Luma([0])));
        let (picture, dpi) = laid(black, &place, (2000.0, 2000.0), 1_000_000).unwrap();
        assert_eq!((picture.width(), picture.height(), dpi), (200, 200, 720));
        assert_eq!(picture.get_pixel(5, 100)[0], 255);
        assert_eq!(picture.get_pixel(15, 100)[0], 0);
        assert_eq!(picture.get_pixel(100, 5)[0], 255);
    }

    #[test]
    fn too_large_a_picture_is_refused_before_it_is_made() {
        assert!(matches!(
            within(60_000, 1, u64::MAX),
            Err(PageError::OverLimit { actual: 60_000, .. })
        ));
        assert!(matches!(
            within(20_000, 20_000, 120_000_000),
            Err(PageError::OverLimit { .. })
        ));
        assert_eq!(within(2480, 3508, 120_000_000), Ok(()));
    }
}
