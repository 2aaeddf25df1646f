use image::{DynamicImage, GrayImage};

/// Colour distance (largest minus smallest channel) from which a pixel is coloured ink: a seal, a blue signature.
const COLOURED: u8 = 55;
/// Below this in its brightest channel even a coloured pixel is kept: black print under the seal.
const BLACK: u8 = 105;

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
    for (y, row) in out.chunks_exact_mut(width).enumerate() {
        let fy = ((y as f32 + 0.5) / block as f32 - 0.5).clamp(0.0, (down - 1) as f32);
        let (y0, ty) = (fy as usize, fy.fract());
        let y1 = (y0 + 1).min(down - 1);
        for bx in 0..across {
            // Between two block centres the paper's brightness runs straight.
            let (from, to) = (bx * block, ((bx + 1) * block).min(width));
            for (x, p) in row[from..to].iter_mut().enumerate() {
                let fx = ((from + x) as f32 + 0.5) / block as f32 - 0.5;
                let fx = fx.clamp(0.0, (across - 1) as f32);
                let (x0, tx) = (fx as usize, fx.fract());
                let x1 = (x0 + 1).min(across - 1);
                let at = |x: usize, y: usize| f32::from(paper[y * across + x]);
                let upper = at(x0, y0) + (at(x1, y0) - at(x0, y0)) * tx;
                let lower = at(x0, y1) + (at(x1, y1) - at(x0, y1)) * tx;
                let light = (upper + (lower - upper) * ty).max(48.0);
                *p = (f32::from(*p) * 250.0 / light).min(255.0) as u8;
            }
        }
    }
    out
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
