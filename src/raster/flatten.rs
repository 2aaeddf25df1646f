use image::{DynamicImage, GrayImage};

/// Colour distance (largest minus smallest channel) from which a pixel is coloured ink: a seal, a blue signature.
const COLOURED: u8 = 55;
/// Below this in its brightest channel even a coloured pixel is kept: black print under the seal.
const BLACK: u8 = 105;

/// Paper is not taken to be darker than this, so that a black picture stays black.
const DARKEST_PAPER: f32 = 48.0;

/// The picture in grey with coloured ink (seals, signatures) turned to paper, black print under it kept.
pub fn without_colour(image: &DynamicImage) -> GrayImage {
    if !image.color().has_color() {
        return image.to_luma8();
    }
    let rgb = image.to_rgb8();
    let (width, height) = rgb.dimensions();
    let pixels = rgb
        .pixels()
        .map(|p| {
            let [r, g, b] = p.0;
            let (low, high) = (r.min(g).min(b), r.max(g).max(b));
            if high - low < COLOURED {
                ((u32::from(r) * 299 + u32::from(g) * 587 + u32::from(b) * 114) / 1000) as u8
            } else if high < BLACK {
                high
            } else {
                255
            }
        })
        .collect();
    GrayImage::from_raw(width, height, pixels).unwrap_or_else(|| GrayImage::new(1, 1))
}

/// Evens out the light: every pixel is divided by the paper's brightness around it,
/// so that paper is near 255 wherever it lies. `dpi` sets how wide "around" is.
pub fn flatten(gray: &GrayImage, dpi: u32) -> GrayImage {
    let block = (dpi / 10).clamp(8, 64) as usize;
    let (width, height) = (gray.width() as usize, gray.height() as usize);
    let (across, down) = (width.div_ceil(block), height.div_ceil(block));
    let mut paper = vec![0u8; across * down];
    for by in 0..down {
        for bx in 0..across {
            paper[by * across + bx] = bright(gray, bx * block, by * block, block);
        }
    }
    let paper = widened(&paper, across, down);
    let mut out = gray.clone();
    let mut light = vec![0.0f32; across];
    for (y, row) in out.chunks_exact_mut(width).enumerate() {
        let fy = ((y as f32 + 0.5) / block as f32 - 0.5).clamp(0.0, (down - 1) as f32);
        let (y0, ty) = (fy as usize, fy.fract());
        let y1 = (y0 + 1).min(down - 1);
        for (bx, light) in light.iter_mut().enumerate() {
            let (upper, lower) = (
                f32::from(paper[y0 * across + bx]),
                f32::from(paper[y1 * across + bx]),
            );
            *light = (upper + (lower - upper) * ty).max(DARKEST_PAPER);
        }
        even_out(row, &light, block);
    }
    out
}

/// Divides a row by the paper's brightness, given at the middle of each block; between two middles it runs straight.
fn even_out(row: &mut [u8], light: &[f32], block: usize) {
    let mut lit = |from: usize, to: usize, a: f32, b: f32| {
        let (from, to) = (from.min(row.len()), to.min(row.len()));
        let step = (b - a) / block as f32;
        for (k, p) in row[from..to].iter_mut().enumerate() {
            let light = a + step * (k as f32 + 0.5);
            *p = (f32::from(*p) * 250.0 / light).min(255.0) as u8;
        }
    };
    let (first, last) = (light[0], light[light.len() - 1]);
    let middle = |bx: usize| bx * block + block / 2;
    lit(0, middle(0), first, first);
    for (bx, pair) in light.windows(2).enumerate() {
        lit(middle(bx), middle(bx + 1), pair[0], pair[1]);
    }
    lit(middle(light.len() - 1), usize::MAX, last, last);
}

/// The brightness that 85% of a block's pixels stay under: its paper.
fn bright(gray: &GrayImage, x0: usize, y0: usize, block: usize) -> u8 {
    let (width, height) = (gray.width() as usize, gray.height() as usize);
    let raw = gray.as_raw();
    let (x1, y1) = ((x0 + block).min(width), (y0 + block).min(height));
    let mut histogram = [0u32; 256];
    for y in (y0..y1).step_by(2) {
        for &p in &raw[y * width + x0..y * width + x1] {
            histogram[p as usize] += 1;
        }
    }
    let total: u32 = histogram.iter().sum();
    let mut seen = 0;
    for (v, n) in histogram.iter().enumerate() {
        seen += n;
        if seen * 100 >= total * 85 {
            return v as u8;
        }
    }
    255
}

/// Each block takes the second brightest of its neighbourhood: print does not darken the paper.
fn widened(paper: &[u8], across: usize, down: usize) -> Vec<u8> {
    let mut out = vec![0; paper.len()];
    for y in 0..down {
        for x in 0..across {
            let (mut first, mut second) = (0, 0);
            for ny in y.saturating_sub(1)..=(y + 1).min(down - 1) {
                for nx in x.saturating_sub(1)..=(x + 1).min(across - 1) {
                    let p = paper[ny * across + nx];
                    if p >= first {
                        second = first;
                        first = p;
                    } else if p > second {
                        second = p;
                    }
                }
            }
            out[y * across + x] = second.max(paper[y * across + x]);
        }
    }
    out
}
