use image::GrayImage;
use image::imageops::{rotate90, rotate180, rotate270};

use crate::domain::{PixelBox, Rotation};

/// The picture turned clockwise.
pub fn quarter_turned(gray: &GrayImage, rotation: Rotation) -> GrayImage {
    match rotation {
        Rotation::None => gray.clone(),
        Rotation::Quarter => rotate90(gray),
        Rotation::Half => rotate180(gray),
        Rotation::ThreeQuarters => rotate270(gray),
    }
}

/// How a straightened picture lies in the page it was taken from.
///
/// A straight horizontal line at height `y` (measured at the page's middle) has the slope
/// `across.0 + across.1 * (y - middle)` on the page, a straight vertical at `x` leans by
/// `down.0 + down.1 * (x - middle)`; the point (x, y) is where the two cross. With constant slopes
/// this is a rotation and a shear, with growing ones the perspective of a photograph.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Warp {
    /// Middle of the page, in its pixels.
    pub middle: (f64, f64),
    /// Slope (dy/dx) of horizontals: at the middle, and its change a pixel down.
    pub across: (f64, f64),
    /// Lean (dx/dy) of verticals: at the middle, and its change a pixel to the right.
    pub down: (f64, f64),
    /// Straightened pixels a page pixel.
    pub scale: f64,
}

impl Warp {
    /// Nothing to straighten.
    pub fn identity(width: u32, height: u32) -> Self {
        Self {
            middle: (f64::from(width) / 2.0, f64::from(height) / 2.0),
            across: (0.0, 0.0),
            down: (0.0, 0.0),
            scale: 1.0,
        }
    }

    /// True when it would not move any pixel of a page of this size by half a pixel.
    pub fn is_identity(&self) -> bool {
        let reach = (self.middle.0.max(self.middle.1)).max(1.0);
        let steepest = [self.across.0, self.down.0]
            .map(f64::abs)
            .into_iter()
            .fold(0.0, f64::max)
            + [self.across.1, self.down.1]
                .map(f64::abs)
                .into_iter()
                .fold(0.0, f64::max)
                * reach;
        self.scale == 1.0 && steepest * reach < 1.0
    }

    /// Where the straightened point lies on the page.
    pub fn to_page(&self, x: f64, y: f64) -> (f64, f64) {
        let (x, y) = (x / self.scale, y / self.scale);
        let (cx, cy) = self.middle;
        let slope = self.across.0 + self.across.1 * (y - cy);
        let lean = self.down.0 + self.down.1 * (x - cx);
        let px = (x + lean * (y - cy) - slope * lean * cx) / (1.0 - slope * lean);
        let py = y + slope * (px - cx);
        (px, py)
    }

    /// The smallest upright box on the page around a straightened one.
    pub fn box_to_page(&self, b: &PixelBox, width: u32, height: u32) -> PixelBox {
        let corners = [(b.x0, b.y0), (b.x1, b.y0), (b.x0, b.y1), (b.x1, b.y1)]
            .map(|(x, y)| self.to_page(f64::from(x), f64::from(y)));
        let low = |f: fn(&(f64, f64)) -> f64| corners.iter().map(f).fold(f64::MAX, f64::min).floor() as i32;
        let high = |f: fn(&(f64, f64)) -> f64| corners.iter().map(f).fold(f64::MIN, f64::max).ceil() as i32;
        PixelBox::new(low(|c| c.0), low(|c| c.1), high(|c| c.0), high(|c| c.1)).intersection(&PixelBox::new(
            0,
            0,
            width as i32,
            height as i32,
        ))
    }

    /// The page made straight, by bicubic sampling (Catmull-Rom); outside the page is paper.
    pub fn straighten(&self, page: &GrayImage) -> GrayImage {
        let width = (f64::from(page.width()) * self.scale).round().max(1.0) as u32;
        let height = (f64::from(page.height()) * self.scale).round().max(1.0) as u32;
        let mut out = GrayImage::new(width, height);
        let weights = cubic_weights();
        let source = Source {
            raw: page.as_raw(),
            width: page.width() as i32,
            height: page.height() as i32,
        };
        let paper = Paper::of(page);
        for (y, row) in out.chunks_exact_mut(width as usize).enumerate() {
            for (x, pixels) in (0..).step_by(STRETCH).zip(row.chunks_mut(STRETCH)) {
                // So short a stretch of a line is straight on the page too.
                let place = |x: usize| {
                    let (px, py) = self.to_page(x as f64 + 0.5, y as f64 + 0.5);
                    (fixed(px - 0.5), fixed(py - 0.5))
                };
                let (from, to) = (place(x), place(x + pixels.len()));
                let inside = source.has_around(from) && source.has_around(to);
                let step = |a: i64, b: i64| (b - a) / pixels.len() as i64;
                let (dx, dy) = (step(from.0, to.0), step(from.1, to.1));
                let (mut px, mut py) = from;
                let plain = inside && paper.is_all(from, to);
                for p in pixels {
                    *p = if plain {
                        source.nearest(px, py)
                    } else if inside {
                        source.sample_inside(px, py, &weights)
                    } else {
                        source.sample(px, py, &weights)
                    };
                    (px, py) = (px + dx, py + dy);
                }
            }
        }
        out
    }
}

/// Pixels of a line whose places on the page are counted on from the first.
const STRETCH: usize = 32;
/// Places on the page are counted in parts of a pixel, so many bits of them.
const FRACTION: u32 = 24;

fn fixed(v: f64) -> i64 {
    (v * (1i64 << FRACTION) as f64) as i64
}

const STEPS: usize = 64;

/// Catmull-Rom weights of the four neighbours for each 1/64 of a pixel, times 1024.
fn cubic_weights() -> [[i32; 4]; STEPS] {
    let mut table = [[0; 4]; STEPS];
    for (i, weights) in table.iter_mut().enumerate() {
        let t = i as f64 / STEPS as f64;
        let w = [
            -0.5 * t + t * t - 0.5 * t * t * t,
            1.0 - 2.5 * t * t + 1.5 * t * t * t,
            0.5 * t + 2.0 * t * t - 1.5 * t * t * t,
            -0.5 * t * t + 0.5 * t * t * t,
        ];
        *weights = w.map(|v| (v * 1024.0).round() as i32);
        weights[1] += 1024 - weights.iter().sum::<i32>();
    }
    table
}

struct Source<'a> {
    raw: &'a [u8],
    width: i32,
    height: i32,
}

impl Source<'_> {
    /// True when a place and all that its sample rests on lie on the page, with a pixel to spare.
    fn has_around(&self, (x, y): (i64, i64)) -> bool {
        let (x, y) = (x >> FRACTION, y >> FRACTION);
        x >= 2 && y >= 2 && x + 4 < i64::from(self.width) && y + 4 < i64::from(self.height)
    }

    fn nearest(&self, x: i64, y: i64) -> u8 {
        self.raw[(y >> FRACTION) as usize * self.width as usize + (x >> FRACTION) as usize]
    }

    fn sample_inside(&self, x: i64, y: i64, weights: &[[i32; 4]; STEPS]) -> u8 {
        let (wx, wy) = (part(x, weights), part(y, weights));
        let at = ((y >> FRACTION) - 1) as usize * self.width as usize + ((x >> FRACTION) - 1) as usize;
        let mut sum = 0;
        for (j, &weight) in wy.iter().enumerate() {
            let four = &self.raw[at + j * self.width as usize..][..4];
            let across: i32 = wx.iter().zip(four).map(|(w, &p)| w * i32::from(p)).sum();
            sum += weight * (across >> 4);
        }
        (sum >> 16).clamp(0, 255) as u8
    }

    fn sample(&self, x: i64, y: i64, weights: &[[i32; 4]; STEPS]) -> u8 {
        let (wx, wy) = (part(x, weights), part(y, weights));
        let (xi, yi) = ((x >> FRACTION) as i32 - 1, (y >> FRACTION) as i32 - 1);
        let mut sum = 0;
        for (py, &weight) in (yi..).zip(wy) {
            let mut across = 0;
            for (px, &w) in (xi..).zip(wx) {
                let within = px >= 0 && py >= 0 && px < self.width && py < self.height;
                let value = if within {
                    self.raw[(py * self.width + px) as usize]
                } else {
                    255
                };
                across += w * i32::from(value);
            }
            sum += weight * (across >> 4);
        }
        (sum >> 16).clamp(0, 255) as u8
    }
}

/// Which tiles of a page hold nothing but paper: most of them.
struct Paper {
    tiles: Vec<bool>,
    across: usize,
}

/// Pixels of a tile's side, as a power of two.
const TILE: u32 = 4;
/// Nothing darker than this is in a tile of paper.
const PALE: u8 = 200;

impl Paper {
    fn of(page: &GrayImage) -> Self {
        let (width, side) = (page.width() as usize, 1 << TILE);
        let across = width.div_ceil(side);
        let mut darkest = vec![u8::MAX; across * (page.height() as usize).div_ceil(side)];
        for (y, row) in page.as_raw().chunks_exact(width.max(1)).enumerate() {
            let tiles = &mut darkest[(y >> TILE) * across..][..across];
            for (tile, pixels) in tiles.iter_mut().zip(row.chunks(side)) {
                *tile = pixels.iter().fold(*tile, |darkest, p| darkest.min(*p));
            }
        }
        let tiles = darkest.into_iter().map(|darkest| darkest >= PALE).collect();
        Self { tiles, across }
    }

    /// True when there is nothing but paper between two places, and two pixels around.
    fn is_all(&self, from: (i64, i64), to: (i64, i64)) -> bool {
        let tile = |v: i64| (v >> (FRACTION + TILE)) as usize;
        let span = |a: i64, b: i64| tile(a.min(b) - (2 << FRACTION))..=tile(a.max(b) + (2 << FRACTION));
        let (columns, mut rows) = (span(from.0, to.0), span(from.1, to.1));
        rows.all(|y| {
            self.tiles[y * self.across..][columns.clone()]
                .iter()
                .all(|paper| *paper)
        })
    }
}

/// The weights for the part of a pixel that a place lies past the pixel before it.
fn part(v: i64, weights: &[[i32; 4]; STEPS]) -> &[i32; 4] {
    &weights[(v >> (FRACTION - STEPS.ilog2())) as usize % STEPS]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_page_is_left_alone() {
        let warp = Warp::identity(300, 200);
        assert!(warp.is_identity());
        assert_eq!(warp.to_page(17.0, 40.0), (17.0, 40.0));
    }

    #[test]
    fn the_middle_of_a_turned_page_stays() {
        let warp = Warp {
            across: (0.02, 0.0),
            down: (-0.02, 0.0),
            ..Warp::identity(300, 200)
        };
        let (x, y) = warp.to_page(150.0, 100.0);
        assert!((x - 150.0).abs() < 0.1 && (y - 100.0).abs() < 0.1, "{x} {y}");
        let (_, right) = warp.to_page(250.0, 100.0);
        assert!((right - 102.0).abs() < 0.1, "{right}");
    }

    #[test]
    fn straightening_follows_the_way_back_to_the_page() {
        let warp = Warp {
            across: (0.02, 3e-5),
            down: (-0.015, 2e-5),
            scale: 1.5,
            ..Warp::identity(300, 200)
        };
        let page = GrayImage::from_fn(300, 200, |x, y| {
            image::Luma([
                (128.0 + 60.0 * (f64::from(x) / 9.0).sin() + 60.0 * (f64::from(y) / 7.0).cos()) as u8,
            ])
        });
        let straight = warp.straighten(&page);
        for (x, y) in [(60, 40), (200, 150), (333, 77), (400, 250), (111, 222)] {
            let (px, py) = warp.to_page(f64::from(x) + 0.5, f64::from(y) + 0.5);
            let (px, py) = (px - 0.5, py - 0.5);
            let expect = 128.0 + 60.0 * (px / 9.0).sin() + 60.0 * (py / 7.0).cos();
            let got = f64::from(straight.get_pixel(x, y).0[0]);
            assert!((got - expect).abs() < 3.0, "{x},{y}: {got} for {expect}");
        }
    }

    #[test]
    fn straightening_without_a_warp_keeps_the_picture() {
        let page = GrayImage::from_fn(40, 30, |x, y| image::Luma([((x * 5 + y * 3) % 256) as u8]));
        let straight = Warp::identity(40, 30).straighten(&page);
        for (x, y, p) in straight.enumerate_pixels() {
            assert!(p.0[0].abs_diff(page.get_pixel(x, y).0[0]) <= 1, "{x},{y}");
        }
    }
}
