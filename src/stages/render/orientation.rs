//! Which way up a page lies, as far as its shapes alone can tell.

use crate::raster::{Bitmap, components};

/// How lines of text run in a picture. Upside down looks the same: only reading can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lie {
    /// Lines run left to right (or upside down).
    Across,
    /// Lines run up or down: the page lies on its side.
    Sideways,
    /// Too little print to tell.
    Unknown,
}

/// Looks at which side letters have their nearest neighbour: along the line.
pub fn lie(ink: &Bitmap, dpi: u32) -> Lie {
    let letters: Vec<_> = components(ink)
        .into_iter()
        .map(|c| c.bbox)
        .filter(|b| {
            let (small, large) = ((dpi / 30) as i32, (dpi / 5) as i32);
            b.width().max(b.height()) >= small && b.width() <= large && b.height() <= large
        })
        .collect();
    if letters.len() < 30 {
        return Lie::Unknown;
    }
    let cell = (dpi / 4).max(8) as i32;
    let mut buckets = std::collections::HashMap::<(i32, i32), Vec<usize>>::new();
    for (i, b) in letters.iter().enumerate() {
        let (x, y) = b.center();
        buckets.entry((x / cell, y / cell)).or_default().push(i);
    }
    let (mut along, mut upright) = (0usize, 0usize);
    for (i, b) in letters.iter().enumerate() {
        let (x, y) = b.center();
        let mut nearest: Option<(i32, bool)> = None;
        for by in y / cell - 1..=y / cell + 1 {
            for bx in x / cell - 1..=x / cell + 1 {
                for &j in buckets.get(&(bx, by)).into_iter().flatten() {
                    let other = &letters[j];
                    if j == i || !alike(b.width().max(b.height()), other.width().max(other.height())) {
                        continue;
                    }
                    let gap_x = (b.x0.max(other.x0) - b.x1.min(other.x1)).max(0);
                    let gap_y = (b.y0.max(other.y0) - b.y1.min(other.y1)).max(0);
                    // Only neighbours straight beside or straight above count.
                    let (gap, beside) = match (gap_x, gap_y) {
                        (g, 0) if g > 0 => (g, true),
                        (0, g) if g > 0 => (g, false),
                        _ => continue,
                    };
                    if nearest.is_none_or(|(n, _)| gap < n) {
                        nearest = Some((gap, beside));
                    }
                }
            }
        }
        match nearest {
            Some((_, true)) => along += 1,
            Some((_, false)) => upright += 1,
            None => {}
        }
    }
    if along + upright < 20 {
        Lie::Unknown
    } else if upright > along {
        Lie::Sideways
    } else {
        Lie::Across
    }
}

fn alike(a: i32, b: i32) -> bool {
    a * 2 > b && b * 2 > a
}
