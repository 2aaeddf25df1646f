use image::GrayImage;

/// A picture of ink: one byte a pixel, 1 = ink, 0 = paper.
#[derive(Clone)]
pub struct Bitmap {
    width: usize,
    height: usize,
    bits: Vec<u8>,
}

impl Bitmap {
    /// All paper.
    pub fn blank(width: usize, height: usize) -> Self {
        Self {
            width,
            height,
            bits: vec![0; width * height],
        }
    }

    /// Ink is what is darker than `threshold`.
    pub fn from_gray(gray: &GrayImage, threshold: u8) -> Self {
        Self {
            width: gray.width() as usize,
            height: gray.height() as usize,
            bits: gray.as_raw().iter().map(|&p| u8::from(p < threshold)).collect(),
        }
    }

    pub fn width(&self) -> usize {
        self.width
    }

    pub fn height(&self) -> usize {
        self.height
    }

    pub fn row(&self, y: usize) -> &[u8] {
        &self.bits[y * self.width..(y + 1) * self.width]
    }

    pub fn row_mut(&mut self, y: usize) -> &mut [u8] {
        &mut self.bits[y * self.width..(y + 1) * self.width]
    }

    /// Outside the picture there is no ink.
    pub fn ink(&self, x: i32, y: i32) -> bool {
        x >= 0
            && y >= 0
            && (x as usize) < self.width
            && (y as usize) < self.height
            && self.bits[y as usize * self.width + x as usize] != 0
    }

    pub fn clear(&mut self, x: i32, y: i32) {
        if x >= 0 && y >= 0 && (x as usize) < self.width && (y as usize) < self.height {
            self.bits[y as usize * self.width + x as usize] = 0;
        }
    }

    /// Columns become rows.
    pub fn transposed(&self) -> Self {
        /// Rows that are read together: a column of them is written in one piece.
        const ROWS: usize = 16;
        let mut out = Self::blank(self.height, self.width);
        for y0 in (0..self.height).step_by(ROWS) {
            let y1 = (y0 + ROWS).min(self.height);
            if self.bits[y0 * self.width..y1 * self.width]
                .iter()
                .all(|&bit| bit == 0)
            {
                continue;
            }
            for x in 0..self.width {
                let column = &mut out.bits[x * self.height + y0..x * self.height + y1];
                for (k, bit) in column.iter_mut().enumerate() {
                    *bit = self.bits[(y0 + k) * self.width + x];
                }
            }
        }
        out
    }

    /// How many pixels of ink.
    pub fn count(&self) -> usize {
        self.bits.iter().map(|&b| b as usize).sum()
    }
}

/// The threshold that best parts dark from light (Otsu, 1979), kept between 90 and 200
/// so that an almost empty page does not turn its noise into ink.
pub fn otsu(gray: &GrayImage) -> u8 {
    let mut histogram = [0u64; 256];
    for &p in gray.as_raw() {
        histogram[p as usize] += 1;
    }
    let total: u64 = histogram.iter().sum();
    let sum: f64 = histogram
        .iter()
        .enumerate()
        .map(|(v, &n)| v as f64 * n as f64)
        .sum();
    let (mut below, mut sum_below, mut best, mut threshold) = (0u64, 0f64, -1f64, 150usize);
    for (v, &n) in histogram.iter().enumerate() {
        below += n;
        sum_below += v as f64 * n as f64;
        if below == 0 || below == total {
            continue;
        }
        let (dark, light) = (below as f64, (total - below) as f64);
        let apart = sum_below / dark - (sum - sum_below) / light;
        let between = dark * light * apart * apart;
        if between > best {
            (best, threshold) = (between, v + 1);
        }
    }
    threshold.clamp(90, 200) as u8
}
