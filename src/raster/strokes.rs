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
    let mut kept: Vec<(usize, usize)> = Vec::new();
    for (from, to) in with_dotted(&runs(row), thickest / 2) {
        if to - from >= least {
            kept.push((from, to));
        }
    }
    row.fill(0);
    for (from, to) in joined(kept, thickest) {
        row[from..to].fill(1);
    }
}

/// Stretches of ink: (from, to).
fn runs(row: &[u8]) -> Vec<(usize, usize)> {
    let mut out: Vec<(usize, usize)> = Vec::new();
    for (at, _) in row.iter().enumerate().filter(|(_, dot)| **dot == 1) {
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

/// Runs, those that are the dots of one line as one: alike, and evenly spaced by no more than `gap`.
fn with_dotted(runs: &[(usize, usize)], gap: usize) -> Vec<(usize, usize)> {
    let mut out = Vec::new();
    let mut at = 0;
    while at < runs.len() {
        let near = |k: &usize| runs[*k].0 - runs[*k - 1].1 <= gap;
        let end = at + 1 + (at + 1..runs.len()).take_while(near).count();
        let group = &runs[at..end];
        match is_dotted(group) {
            true => out.push((group[0].0, group[group.len() - 1].1)),
            false => out.extend(group),
        }
        at = end;
    }
    out
}

/// Runs with no more than `gap` between them as one.
fn joined(runs: Vec<(usize, usize)>, gap: usize) -> Vec<(usize, usize)> {
    let mut out: Vec<(usize, usize)> = Vec::new();
    for (from, to) in runs {
        match out.last_mut() {
            Some(run) if from - run.1 <= gap => run.1 = to,
            _ => out.push((from, to)),
        }
    }
    out
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
