//! Strokes of a drawing, whatever their colour.

use image::GrayImage;

use super::Bitmap;

/// A side of a filled field, and a stroke, differ at least so much from what is beside them, of 255.
const STEP: i32 = 10;

/// Long straight strokes, level or upright, dark on light or light on dark, and the sides of filled fields. For pictures
/// that were drawn, not scanned: it takes the grain of a scan for strokes.
pub fn strokes(gray: &GrayImage, dpi: u32) -> Bitmap {
    let (width, height) = (gray.width() as usize, gray.height() as usize);
    let raw = gray.as_raw();
    let level = along(width, height, dpi as usize / 5, dpi, |x, y| {
        i32::from(raw[y * width + x])
    });
    // No row of a table is lower than this; the stems of capitals may be as high, but stand alone.
    let upright = along(height, width, dpi as usize / 10, dpi, |y, x| {
        i32::from(raw[y * width + x])
    });
    let mut ink = level;
    let upright = upright.transposed();
    for y in 0..height {
        for (dot, other) in ink.row_mut(y).iter_mut().zip(upright.row(y)) {
            *dot |= other;
        }
    }
    ink
}

/// Strokes that run along the first axis for `least` pixels or more; `at` gives the brightness of a pixel.
fn along(length: usize, breadth: usize, least: usize, dpi: u32, at: impl Fn(usize, usize) -> i32) -> Bitmap {
    let away = (dpi as usize / 60).max(2);
    let mut ink = Bitmap::blank(length, breadth);
    for b in away..breadth.saturating_sub(away) {
        let row = ink.row_mut(b);
        for (l, dot) in row.iter_mut().enumerate() {
            let (here, next) = (at(l, b), at(l, b + 1));
            let (before, after) = (at(l, b - away), at(l, b + away));
            let dark = here + STEP < before && here + STEP < after;
            let light = here > before + STEP && here > after + STEP;
            // The side of a field is where the step is: between two pixels next to each other.
            let side = (before - after).abs() > STEP && (here - next).abs() > STEP;
            *dot = u8::from(dark || light || side);
        }
        keep_long(row, least, dpi as usize / 24);
    }
    ink
}

/// Drops runs shorter than `least`. The dots of a dotted line are one run, and the gaps that a crossing stroke, no thicker
/// than `thickest`, leaves in a line are closed.
fn keep_long(row: &mut [u8], least: usize, thickest: usize) {
    let found = stretches(row.iter().map(|dot| *dot == 1));
    let kept: Vec<(usize, usize)> = found
        .chunk_by(|a, b| b.0 - a.1 <= thickest / 2)
        .flat_map(|near| match is_dotted(near) {
            true => vec![whole(near)],
            false => near.to_vec(),
        })
        .filter(|(from, to)| to - from >= least)
        .collect();
    row.fill(0);
    for near in kept.chunk_by(|a, b| b.0 - a.1 <= thickest) {
        let (from, to) = whole(near);
        row[from..to].fill(1);
    }
}

/// From the first of some runs to the last.
fn whole(runs: &[(usize, usize)]) -> (usize, usize) {
    (runs[0].0, runs[runs.len() - 1].1)
}

/// Stretches of ink: (from, to).
pub fn stretches(dots: impl Iterator<Item = bool>) -> Vec<(usize, usize)> {
    let mut out: Vec<(usize, usize)> = Vec::new();
    for (at, _) in dots.enumerate().filter(|(_, dot)| *dot) {
        match out.last_mut() {
            Some(run) if run.1 == at => run.1 = at + 1,
            _ => out.push((at, at + 1)),
        }
    }
    out
}

/// True for the dots of one line: many, alike, evenly spaced.
pub fn is_dotted(dots: &[(usize, usize)]) -> bool {
    const FEWEST: usize = 6;
    // The dot at a corner is longer, and a scan swallows one here and there.
    let even = |mut sizes: Vec<usize>| {
        sizes.sort_unstable();
        let (low, high) = (sizes[sizes.len() / 10], sizes[sizes.len() * 9 / 10]);
        high <= low * 2 + 1
    };
    dots.len() >= FEWEST
        && even(dots.iter().map(|(from, to)| to - from).collect())
        && even(dots.windows(2).map(|pair| pair[1].0 - pair[0].1).collect())
}

#[cfg(test)]
mod tests {
    use image::Luma;

    use super::*;

    #[test]
    fn pale_lines_and_the_sides_of_fields_are_strokes() {
        let mut gray = GrayImage::from_pixel(200, 120, Luma([255]));
        let mut fill = |x0: u32, y0: u32, x1: u32, y1: u32, value: u8| {
            for (y, x) in (y0..y1).flat_map(|y| (x0..x1).map(move |x| (y, x))) {
                gray.put_pixel(x, y, Luma([value]));
            }
        };
        // A pale line; a filled field with a white line through it.
        fill(10, 20, 190, 22, 225);
        fill(10, 50, 190, 100, 180);
        fill(10, 74, 190, 76, 255);
        let ink = strokes(&gray, 240);
        let inked = |y: i32| (50..150).all(|x| ink.ink(x, y));
        let rows: Vec<i32> = (0..120).filter(|&y| inked(y)).collect();
        assert_eq!(rows, [20, 21, 49, 74, 75, 99]);
        assert!((55..70).all(|y| ink.ink(9, y)), "the left side");
    }
}
