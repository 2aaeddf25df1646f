//! How a page lies crooked, measured on its own long rulings, or on its lines of text where it has none.

use crate::raster::{Bitmap, Component, components};

/// Slopes as [`crate::raster::Warp`] takes them.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Slopes {
    pub across: (f64, f64),
    pub down: (f64, f64),
}

/// A straight stroke: where its middle lies and how it runs.
#[derive(Debug, Clone, Copy)]
struct Stroke {
    /// Position across its run, at the middle of the picture.
    at: f64,
    slope: f64,
    length: f64,
}

/// The steepest slope that is taken for crookedness; beyond it is a picture, not a page.
const STEEPEST: f64 = 0.12;

pub(super) fn measure(ink: &Bitmap, dpi: u32) -> Slopes {
    let across = strokes(ink, dpi);
    let turned = ink.transposed();
    let down = strokes(&turned, dpi);
    let (width, height) = (ink.width() as f64, ink.height() as f64);
    let horizontal = fit(&across, height, width);
    let vertical = fit(&down, width, height);
    match (horizontal, vertical) {
        (Some(across), Some(down)) => Slopes { across, down },
        // A page that is only turned: verticals lean as far as horizontals rise.
        (Some(across), None) => Slopes {
            across,
            down: (-across.0, 0.0),
        },
        (None, Some(down)) => Slopes {
            across: (-down.0, 0.0),
            down,
        },
        (None, None) => {
            let slope = text_slope(ink, dpi);
            Slopes {
                across: (slope, 0.0),
                down: (-slope, 0.0),
            }
        }
    }
}

/// The slope of strokes as a straight function of where they lie: at the middle, and a pixel on.
/// `None` when there are too few to tell.
fn fit(strokes: &[Stroke], extent: f64, run: f64) -> Option<(f64, f64)> {
    let total: f64 = strokes.iter().map(|s| s.length).sum();
    if strokes.is_empty() || total < run * 0.6 {
        return None;
    }
    let middle = extent / 2.0;
    let mut change = median_of(pairs(strokes, extent)).unwrap_or_default();
    let levels = strokes
        .iter()
        .map(|s| (s.slope - change * (s.at - middle), s.length));
    let mut level = median_of(levels.collect()).unwrap_or_default();
    // Three rounds of least squares, strokes far off the line left out.
    for tolerance in [0.02, 0.012, 0.006] {
        let near: Vec<&Stroke> = strokes
            .iter()
            .filter(|s| (s.slope - level - change * (s.at - middle)).abs() < tolerance)
            .collect();
        let weight: f64 = near.iter().map(|s| s.length).sum();
        if weight <= 0.0 {
            break;
        }
        let mean_at = near.iter().map(|s| s.length * (s.at - middle)).sum::<f64>() / weight;
        let mean_slope = near.iter().map(|s| s.length * s.slope).sum::<f64>() / weight;
        let spread = near
            .iter()
            .map(|s| s.length * (s.at - middle - mean_at).powi(2))
            .sum::<f64>();
        let joint = near
            .iter()
            .map(|s| s.length * (s.at - middle - mean_at) * (s.slope - mean_slope))
            .sum::<f64>();
        // The change of slope is only believed from several strokes spread over a quarter of the page.
        let places = || near.iter().map(|s| s.at);
        let reach = places().fold(f64::MIN, f64::max) - places().fold(f64::MAX, f64::min);
        change = if near.len() >= 3 && reach > extent * 0.25 {
            joint / spread
        } else {
            0.0
        };
        level = mean_slope - change * mean_at;
    }
    Some((level, change))
}

/// So many of the longest strokes tell how slopes change over a page.
const TELLING: usize = 60;

/// How the slope changes from one stroke to another, a pixel on, with the weight of the pair.
fn pairs(strokes: &[Stroke], extent: f64) -> Vec<(f64, f64)> {
    let mut longest: Vec<&Stroke> = strokes.iter().collect();
    longest.sort_by(|a, b| b.length.total_cmp(&a.length));
    longest.truncate(TELLING);
    let mut changes = Vec::new();
    for (i, a) in longest.iter().enumerate() {
        for b in &longest[i + 1..] {
            let away = a.at - b.at;
            if away.abs() > extent * 0.05 {
                changes.push(((a.slope - b.slope) / away, a.length * b.length * away.abs()));
            }
        }
    }
    changes
}

/// The median of weighted values.
fn median_of(mut weighted: Vec<(f64, f64)>) -> Option<f64> {
    weighted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut half = weighted.iter().map(|w| w.1).sum::<f64>() / 2.0;
    let middle = weighted.iter().find(|(_, weight)| {
        half -= weight;
        half <= 0.0
    });
    middle.map(|w| w.0)
}

/// Long thin strokes that run left to right, found strip by strip and linked.
fn strokes(ink: &Bitmap, dpi: u32) -> Vec<Stroke> {
    let strip = (dpi as usize / 12).max(8);
    let thickest = (dpi as usize / 20).max(4);
    let reach = (dpi / 80).max(2) as i32;
    let strips = ink.width() / strip;
    let crossings = crossings(ink, strip, strips, thickest);
    let mut open: Vec<Vec<(usize, f64)>> = Vec::new();
    let mut done: Vec<Vec<(usize, f64)>> = Vec::new();
    for (s, pieces) in crossings.into_iter().enumerate() {
        let mut taken = vec![false; open.len()];
        for y in pieces {
            let near = open
                .iter()
                .enumerate()
                .filter(|(k, _)| !taken[*k])
                .map(|(k, chain)| (k, (expected(chain, s) - y).abs()))
                .filter(|(_, away)| *away <= f64::from(reach))
                .min_by(|a, b| a.1.total_cmp(&b.1));
            match near {
                Some((k, _)) => {
                    open[k].push((s, y));
                    taken[k] = true;
                }
                None => {
                    open.push(vec![(s, y)]);
                    taken.push(true);
                }
            }
        }
        // A stroke may be broken for two strips.
        let (kept, ended) = open.into_iter().partition(|chain| last(chain).0 + 3 > s);
        open = kept;
        done.extend::<Vec<_>>(ended);
    }
    done.extend(open);
    let least = (dpi as f64 * 0.8 / strip as f64).ceil() as usize;
    let middle = ink.width() as f64 / 2.0;
    done.iter()
        .filter(|chain| chain.len() >= least.max(6))
        .filter_map(|chain| straight(chain, strip, middle))
        .collect()
}

fn last(chain: &[(usize, f64)]) -> (usize, f64) {
    chain.last().copied().unwrap_or((0, 0.0))
}

/// Where a chain should go on in strip `s`.
fn expected(chain: &[(usize, f64)], s: usize) -> f64 {
    let (end, y) = last(chain);
    match chain.len() {
        0..=3 => y,
        n => {
            let (start, y0) = chain[n.saturating_sub(8)];
            y + (y - y0) / (end - start) as f64 * (s - end) as f64
        }
    }
}

/// For each strip of `strip` columns, the heights (middles) at which a thin stroke crosses it from side to side.
fn crossings(ink: &Bitmap, strip: usize, strips: usize, thickest: usize) -> Vec<Vec<f64>> {
    let needed = strip * 17 / 20;
    let rows = ink.height();
    let mut pieces = vec![Vec::new(); strips];
    let mut start: Vec<Option<usize>> = vec![None; strips];
    // A stroke may step by a pixel inside the strip: three rows count together.
    let mut together = vec![0u8; ink.width()];
    for y in 0..rows {
        let (above, below) = (ink.row(y.saturating_sub(1)), ink.row((y + 1).min(rows - 1)));
        for (((bit, a), b), c) in together.iter_mut().zip(above).zip(ink.row(y)).zip(below) {
            *bit = a | b | c;
        }
        for (s, columns) in together.chunks_exact(strip).take(strips).enumerate() {
            let covered: usize = columns.iter().map(|&bit| usize::from(bit)).sum();
            match (covered >= needed, start[s]) {
                (true, None) => start[s] = Some(y),
                (false, Some(from)) => {
                    if y - from <= thickest {
                        pieces[s].push((from + y - 1) as f64 / 2.0);
                    }
                    start[s] = None;
                }
                _ => {}
            }
        }
    }
    pieces
}

/// The straight line through a chain, if it is straight.
fn straight(chain: &[(usize, f64)], strip: usize, middle: f64) -> Option<Stroke> {
    let n = chain.len() as f64;
    let x = |s: usize| (s as f64 + 0.5) * strip as f64;
    let mean_x = chain.iter().map(|&(s, _)| x(s)).sum::<f64>() / n;
    let mean_y = chain.iter().map(|&(_, y)| y).sum::<f64>() / n;
    let spread = chain.iter().map(|&(s, _)| (x(s) - mean_x).powi(2)).sum::<f64>();
    let slope = chain
        .iter()
        .map(|&(s, y)| (x(s) - mean_x) * (y - mean_y))
        .sum::<f64>()
        / spread;
    let off = chain
        .iter()
        .map(|&(s, y)| (y - mean_y - slope * (x(s) - mean_x)).powi(2))
        .sum::<f64>()
        / n;
    if off.sqrt() > strip as f64 * 0.12 || slope.abs() > STEEPEST {
        return None;
    }
    Some(Stroke {
        at: mean_y + slope * (middle - mean_x),
        slope,
        length: (chain.len() * strip) as f64,
    })
}

/// The slope at which the feet of the letters line up best, by tenths of a degree within three degrees.
fn text_slope(ink: &Bitmap, dpi: u32) -> f64 {
    let tall = (dpi / 25) as i32..(dpi / 4) as i32;
    let feet: Vec<(f64, f64)> = components(ink)
        .iter()
        .filter(|c: &&Component| tall.contains(&c.bbox.height()) && c.bbox.width() < dpi as i32 / 3)
        .map(|c| (f64::from(c.bbox.center().0), f64::from(c.bbox.y1)))
        .collect();
    if feet.len() < 20 {
        return 0.0;
    }
    let sharpness = |slope: f64| {
        let bin = f64::from(dpi) / 75.0;
        let mut bins = std::collections::HashMap::<i64, f64>::new();
        for (x, y) in &feet {
            *bins.entry(((y - slope * x) / bin).floor() as i64).or_default() += 1.0;
        }
        bins.values().map(|n| n * n).sum::<f64>()
    };
    let level = sharpness(0.0);
    let best = (-30..=30)
        .map(|tenths| (f64::from(tenths) / 10.0).to_radians().tan())
        .map(|slope| (slope, sharpness(slope)))
        .max_by(|a, b| a.1.total_cmp(&b.1));
    // A level page stays level unless another slope is clearly better.
    best.filter(|(_, score)| *score > level * 1.04)
        .map_or(0.0, |(slope, _)| slope)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rulings every 100 pixels, rising by `slope`.
    fn ruled(slope: f64) -> Bitmap {
        let mut ink = Bitmap::blank(1600, 1200);
        for k in 1..11 {
            for x in 100..1500usize {
                let y = (f64::from(k) * 100.0 + slope * (x as f64 - 800.0)).round() as usize;
                ink.row_mut(y)[x] = 1;
                ink.row_mut(y + 1)[x] = 1;
            }
        }
        ink
    }

    #[test]
    fn the_slope_of_rulings_is_found() {
        for slope in [-0.03, -0.005, 0.0, 0.012, 0.05] {
            let found = measure(&ruled(slope), 200);
            assert!((found.across.0 - slope).abs() < 0.0008, "{slope}: {found:?}");
            assert!(found.across.1.abs() < 1e-5, "{slope}: {found:?}");
        }
    }

    #[test]
    fn the_perspective_of_a_photograph_is_found_though_most_rulings_stand_on_one_side() {
        // A landscape page held close: narrow columns on the right, one wide one on the left.
        let strokes: Vec<Stroke> = [230.0, 300.0, 1710.0, 1830.0, 1980.0, 2150.0, 2330.0, 2450.0]
            .map(|at| Stroke {
                at,
                slope: -0.022 + 0.00002 * at,
                length: 1400.0,
            })
            .to_vec();
        let (level, change) = fit(&strokes, 2631.0, 1859.0).expect("enough strokes");
        assert!((change - 0.00002).abs() < 1e-7, "{change}");
        assert!((level - (-0.022 + 0.00002 * 1315.5)).abs() < 1e-5, "{level}");
        // Pieces of two rulings alone tell how the page leans, and no more.
        let (_, change) = fit(&strokes[2..4], 2631.0, 1859.0).expect("enough strokes");
        assert_eq!(change, 0.0);
    }

    #[test]
    fn an_empty_page_is_level() {
        assert_eq!(
            measure(&Bitmap::blank(800, 1000), 100),
            Slopes {
                across: (0.0, 0.0),
                down: (-0.0, 0.0)
            }
        );
    }
}
