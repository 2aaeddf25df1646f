//! Ruling lines: long, thin, straight, alone.

use image::GrayImage;

use crate::raster::{Bitmap, Component, is_dotted, stretches};

/// A ruling line. For a horizontal one `at` is its height, `from..to` its reach along x;
/// for a vertical one `at` is x and the reach runs along y.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ruling {
    pub at: i32,
    pub thickness: i32,
    pub from: i32,
    pub to: i32,
    /// Of dots: a row of dots without rulings at its ends is a blank to be filled in.
    pub dotted: bool,
}

impl Ruling {
    pub fn length(&self) -> i32 {
        self.to - self.from
    }
}

#[derive(Default)]
pub(super) struct Rulings {
    pub across: Vec<Ruling>,
    pub down: Vec<Ruling>,
    /// The unbroken pieces that they were put together from.
    pieces_across: Vec<Ruling>,
    pieces_down: Vec<Ruling>,
}

/// Where the picture of a page is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// Print on paper: rulings are broken here and there.
    Scanned,
    /// Drawn from the file: what has a gap is two rulings.
    Drawn,
}

pub(super) fn find(ink: &Bitmap, dpi: u32, origin: Origin) -> Rulings {
    let pieces_across = straight_runs(ink, dpi, origin);
    let pieces_down = straight_runs(&ink.transposed(), dpi, origin);
    let gap = match origin {
        Origin::Scanned => dpi as i32 / 3,
        Origin::Drawn => dpi as i32 / 12,
    };
    let across = linked(pieces_across.clone(), dpi as i32, gap);
    let down = linked(pieces_down.clone(), dpi as i32, gap);
    let held = |rulings: &[Ruling], crossing: &[Ruling]| -> Vec<Ruling> {
        rulings
            .iter()
            .filter(|r| is_held(r, crossing, dpi as i32))
            .copied()
            .collect()
    };
    // Twice: a stroke held by what is no ruling itself falls with it.
    let (first_across, first_down) = (held(&across, &down), held(&down, &across));
    let across = held(&first_across, &first_down);
    let down = held(&first_down, &first_across);
    Rulings {
        across,
        down,
        pieces_across,
        pieces_down,
    }
}

/// A ruling ends at, or crosses, rulings of the other direction, or is much longer than any word:
/// the serifs of a row of letters are not.
fn is_held(r: &Ruling, crossing: &[Ruling], dpi: i32) -> bool {
    let near = dpi / 20;
    let meets = |c: &&Ruling| r.at >= c.from - near && r.at <= c.to + near;
    let ends = crossing
        .iter()
        .filter(meets)
        .filter(|c| (c.at - r.from).abs() <= near || (c.at - r.to).abs() <= near)
        .count();
    let crossed = crossing
        .iter()
        .filter(meets)
        .filter(|c| c.at > r.from + near && c.at < r.to - near)
        .count();
    if r.dotted {
        return ends >= 2;
    }
    ends >= 1 || crossed >= 2 || r.length() > dpi * 2
}

struct Run {
    y: i32,
    from: i32,
    to: i32,
    dotted: bool,
}

/// Unbroken pieces of the horizontal rulings of a bitmap.
fn straight_runs(ink: &Bitmap, dpi: u32, origin: Origin) -> Vec<Ruling> {
    let dpi = dpi as i32;
    let bridge = (dpi / 30).max(3) as usize;
    let least = dpi * 3 / 10;
    let mut runs: Vec<Run> = Vec::new();
    for y in 0..ink.height() {
        let row = ink.row(y);
        let below = ink.row((y + 1).min(ink.height() - 1));
        let parts = stretches(row.iter().zip(below).map(|(dot, under)| dot | under != 0));
        for parts in parts.chunk_by(|a, b| b.0 - a.1 <= bridge) {
            let (from, to) = (parts[0].0 as i32, parts[parts.len() - 1].1 as i32);
            let filled: usize = parts.iter().map(|(from, to)| to - from).sum();
            let dotted = filled as i32 * 10 < (to - from) * 8;
            if to - from >= least && (!dotted || is_dotted(parts)) {
                runs.push(Run {
                    y: y as i32,
                    from,
                    to,
                    dotted,
                });
            }
        }
    }
    let thickest = (dpi / 18).max(4);
    let is_thin = |r: &Ruling| r.thickness <= thickest && stands_alone(ink, r, dpi, origin);
    stack(runs).into_iter().filter(is_thin).collect()
}

/// Runs on neighbouring rows that overlap are one ruling.
fn stack(runs: Vec<Run>) -> Vec<Ruling> {
    struct Open {
        y0: i32,
        y1: i32,
        from: i32,
        to: i32,
        dotted: bool,
    }
    let mut open: Vec<Open> = Vec::new();
    let mut done: Vec<Open> = Vec::new();
    for run in runs {
        let (kept, ended): (Vec<Open>, Vec<Open>) = open.into_iter().partition(|o| o.y1 + 1 >= run.y);
        done.extend(ended);
        open = kept;
        match open.iter_mut().find(|o| o.from < run.to && run.from < o.to) {
            Some(o) => {
                o.y1 = run.y;
                o.from = o.from.min(run.from);
                o.to = o.to.max(run.to);
                o.dotted &= run.dotted;
            }
            None => open.push(Open {
                y0: run.y,
                y1: run.y,
                from: run.from,
                to: run.to,
                dotted: run.dotted,
            }),
        }
    }
    done.extend(open);
    done.iter()
        .map(|o| Ruling {
            at: (o.y0 + o.y1 + 1) / 2,
            thickness: o.y1 - o.y0 + 1,
            from: o.from,
            to: o.to,
            dotted: o.dotted,
        })
        .collect()
}

/// The foot of a row of letters is no ruling: beside a ruling there is paper, or on a drawn page its double. On paper a
/// double runs together with it.
fn stands_alone(ink: &Bitmap, r: &Ruling, dpi: i32, origin: Origin) -> bool {
    let away = r.thickness / 2 + (dpi / 75).max(2);
    let length = r.length().max(1);
    let is_free = |y: i32| {
        let covered = (r.from..r.to).filter(|&x| ink.ink(x, y)).count() as i32 * 100 / length;
        covered < 26 || origin == Origin::Drawn && covered > 85
    };
    is_free(r.at - away) && is_free(r.at + away)
}

/// So far from each other may the pieces of one line lie.
fn sway(dpi: i32) -> i32 {
    (dpi / 60).max(2)
}

/// Pieces of one broken line become one ruling again, where no more than `gap` is missing.
fn linked(mut pieces: Vec<Ruling>, dpi: i32, gap: i32) -> Vec<Ruling> {
    pieces.sort_by_key(|r| (r.at, r.from));
    let mut out: Vec<Ruling> = Vec::new();
    for piece in pieces {
        let near = out.iter_mut().find(|o| {
            (o.at - piece.at).abs() <= sway(dpi) && piece.from <= o.to + gap && o.from <= piece.to + gap
        });
        match near {
            Some(o) => {
                let weigh = |a: i32, b: i32| {
                    let (la, lb) = (i64::from(o.length()), i64::from(piece.length()));
                    ((i64::from(a) * la + i64::from(b) * lb) / (la + lb).max(1)) as i32
                };
                let at = weigh(o.at, piece.at);
                o.thickness = o.thickness.max(piece.thickness);
                (o.from, o.to) = (o.from.min(piece.from), o.to.max(piece.to));
                o.at = at;
                o.dotted &= piece.dotted;
            }
            None => out.push(piece),
        }
    }
    out
}

impl Rulings {
    /// Takes the rulings out of a picture of ink and its grey twin, leaving strokes that cross them. Where a ruling is broken
    /// there may be print; what is left of the ruling there [`Self::is_remnant`] tells.
    pub fn erase(&self, ink: &mut Bitmap, gray: &mut GrayImage, dpi: u32) {
        let margin = margin(dpi);
        let axes = [
            (&self.across, &self.pieces_across, Axis::Down),
            (&self.down, &self.pieces_down, Axis::Across),
        ];
        for (rulings, pieces, axis) in axes {
            for r in rulings {
                let (low, high) = band(r, margin);
                let own = pieces
                    .iter()
                    .filter(|p| (low - sway(dpi as i32)..=high + sway(dpi as i32)).contains(&p.at))
                    .filter(|p| p.from >= r.from && p.to <= r.to);
                for along in own.flat_map(|p| p.from..p.to) {
                    erase_across(ink, gray, along, low, high, r.thickness + margin, axis);
                }
            }
        }
    }

    /// True for ink that is left of a broken ruling: a piece too short to be found that keeps within its line.
    pub fn is_remnant(&self, ink: &Component, dpi: u32) -> bool {
        let b = &ink.bbox;
        let along = |r: &Ruling, from: i32, to: i32, y0: i32, y1: i32| {
            let (low, high) = band(r, margin(dpi));
            from < r.to && r.from < to && y0 >= low && y1 <= high + 1
        };
        self.across.iter().any(|r| along(r, b.x0, b.x1, b.y0, b.y1))
            || self.down.iter().any(|r| along(r, b.y0, b.y1, b.x0, b.x1))
    }
}

/// How far beside a ruling its rim reaches.
fn margin(dpi: u32) -> i32 {
    (dpi as i32 / 100).max(2)
}

/// First and last row (or column) of a ruling with its rim.
fn band(r: &Ruling, margin: i32) -> (i32, i32) {
    (r.at - r.thickness / 2 - margin, r.at + r.thickness / 2 + margin)
}

#[derive(Clone, Copy)]
enum Axis {
    Down,
    Across,
}

/// Erases the ink of one cut through a ruling, unless a stroke of print runs on through it.
fn erase_across(
    ink: &mut Bitmap,
    gray: &mut GrayImage,
    along: i32,
    low: i32,
    high: i32,
    longest: i32,
    axis: Axis,
) {
    let place = |k: i32| match axis {
        Axis::Down => (along, k),
        Axis::Across => (k, along),
    };
    let is_ink = |ink: &Bitmap, k: i32| {
        let (x, y) = place(k);
        ink.ink(x, y)
    };
    let Some(first) = (low..=high).find(|&k| is_ink(ink, k)) else {
        return;
    };
    let (mut start, mut end) = (first, first);
    while is_ink(ink, start - 1) && first - start <= longest {
        start -= 1;
    }
    while is_ink(ink, end + 1) && end - first <= longest * 2 {
        end += 1;
    }
    if end - start + 1 > longest + 2 {
        return;
    }
    // The soft rim of the line goes with it.
    for k in start - 1..=end + 1 {
        let (x, y) = place(k);
        ink.clear(x, y);
        if x >= 0 && y >= 0 && (x as u32) < gray.width() && (y as u32) < gray.height() {
            gray.put_pixel(x as u32, y as u32, image::Luma([255]));
        }
    }
}

#[cfg(test)]
mod tests {
    use image::Luma;

    use super::*;
    use crate::domain::PixelBox;
    use crate::raster::components;

    #[test]
    fn print_in_the_gap_of_a_broken_ruling_stays() {
        let (mut ink, mut gray) = (
            Bitmap::blank(900, 700),
            GrayImage::from_pixel(900, 700, Luma([255])),
        );
        let mut draw = |b: PixelBox| {
            for (y, x) in (b.y0..b.y1).flat_map(|y| (b.x0..b.x1).map(move |x| (y, x))) {
                ink.row_mut(y as usize)[x as usize] = 1;
                gray.put_pixel(x as u32, y as u32, Luma([0]));
            }
        };
        // A table whose second row is one cell over both columns.
        for y in [50, 250, 350, 600] {
            draw(PixelBox::new(50, y, 850, y + 3));
        }
        for x in [50, 847] {
            draw(PixelBox::new(x, 50, x + 3, 603));
        }
        draw(PixelBox::new(400, 50, 403, 250));
        draw(PixelBox::new(400, 350, 403, 603));
        // A letter's stem with its foot where the ruling would run on, and a speck of the ruling.
        let stem = [
            PixelBox::new(399, 270, 404, 310),
            PixelBox::new(390, 306, 414, 310),
        ];
        stem.into_iter().for_each(&mut draw);
        draw(PixelBox::new(400, 333, 403, 337));
        let rulings = find(&ink, 300, Origin::Scanned);
        assert_eq!(rulings.down.len(), 3);
        rulings.erase(&mut ink, &mut gray, 300);
        let left: Vec<(PixelBox, bool)> = components(&ink)
            .iter()
            .map(|c| (c.bbox, rulings.is_remnant(c, 300)))
            .collect();
        let letter = stem[0].union(&stem[1]);
        assert_eq!(left, [(letter, false), (PixelBox::new(400, 333, 403, 337), true)]);
    }
}
