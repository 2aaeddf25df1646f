//! The small neural line reader: a convolutional network with CTC output, fitted by `models/line_reader/` to printed
//! and scanned Vietnamese.
//!
//! Its input is an ink map (0 = paper, 1 = ink) of [`ROWS`] rows that holds a line with a margin of a fifth of its height
//! above and below, one time step each [`STRIDE`] columns; class 0 is the blank, then the letters of `line_reader.txt` in
//! order. A line that is longer than the network was made for is read in pieces, cut between its words.

use std::collections::BTreeMap;

use image::GrayImage;
use rten::{Model, NodeId, RunOptions, Value, ValueOrView};
use unicode_normalization::UnicodeNormalization;

use crate::domain::{InkLetter, PixelBox, Reader, Word};

use super::{LinePicture, LineReader, ReadError};

const MODEL: &[u8] = include_bytes!("../../../models/line_reader.onnx");
const LETTERS: &str = include_str!("../../../models/line_reader.txt");

/// Rows of the network's input.
const ROWS: usize = 64;
/// Margin above and below a line, in line heights.
const MARGIN_Y: f32 = 0.2;
/// Margin left and right of a line, in line heights.
const MARGIN_X: f32 = 0.3;
/// Columns a time step. Widths are padded to a multiple of this, plus [`PADDING`] empty columns.
const STRIDE: usize = 8;
const PADDING: usize = 16;
/// Columns of the widest line that the network was made for.
const WIDEST: usize = 1536;

/// Ink (0 to 1) that is fainter than this everywhere is paper.
const LEAST_INK: f32 = 0.08;

/// The network, loaded once.
pub struct NeuralReader {
    model: Model,
    charset: Vec<String>,
    inputs: [NodeId; 2],
    /// The logarithm of each class's probability at each time step.
    posteriors: NodeId,
}

/// A letter (or a space) as the network saw it.
#[derive(Debug, Clone, PartialEq)]
pub struct Letter {
    pub text: String,
    /// Where it lies, in pixels of the line's picture.
    pub x: i32,
    /// Its probability, 0 to 1.
    pub sure: f32,
    /// What else it may be, the likeliest first; the empty text: no letter at all.
    pub others: Vec<(String, f32)>,
}

impl Letter {
    /// All that it may be.
    pub fn ink(&self) -> InkLetter {
        let best = (self.text.clone(), self.sure);
        InkLetter {
            options: std::iter::once(best).chain(self.others.iter().cloned()).collect(),
        }
    }
}

/// Other letters less likely than this are not told.
const LEAST_LIKELY: f32 = 0.001;

impl NeuralReader {
    /// Loads the network that is built in.
    pub fn load() -> Result<Self, ReadError> {
        let failed = |detail: String| ReadError::Neural { detail };
        let model = Model::load_static_slice(MODEL).map_err(|e| failed(e.to_string()))?;
        let node = |name: &str| model.node_id(name).map_err(|e| failed(e.to_string()));
        let inputs = [node("x")?, node("widths")?];
        let posteriors = node("letters")?;
        let letters = LETTERS.trim_end_matches('\n').chars();
        Ok(Self {
            charset: letters.map(String::from).collect(),
            inputs,
            posteriors,
            model,
        })
    }

    /// The letters of a line, left to right, spaces among them.
    pub fn letters(&self, line: &LinePicture) -> Result<Vec<Letter>, ReadError> {
        let mut letters: Vec<Letter> = Vec::new();
        for (from, to) in pieces(line) {
            let part = self.piece(line, from, to)?;
            if !letters.is_empty() && !part.is_empty() {
                letters.push(Letter {
                    text: " ".to_owned(),
                    x: from,
                    sure: 1.0,
                    others: Vec::new(),
                });
            }
            letters.extend(part);
        }
        Ok(letters)
    }

    /// The letters between two columns of a line.
    fn piece(&self, line: &LinePicture, from: i32, to: i32) -> Result<Vec<Letter>, ReadError> {
        let failed = |e: String| ReadError::Line(format!("neural line reader: {e}"));
        let ink = PixelBox::new(from, line.ink.y0, to, line.ink.y1);
        let map = InkMap::of(&line.image, &ink, line.dpi);
        // The network was never shown bare paper.
        if map.ink.iter().all(|ink| *ink < LEAST_INK) {
            return Ok(Vec::new());
        }
        let padded = map.padded;
        let x = Value::from_shape(&[1, 1, ROWS, padded], map.ink).map_err(|e| failed(e.to_string()))?;
        let widths = Value::from_shape(&[1], vec![map.width as i32]).map_err(|e| failed(e.to_string()))?;
        let inputs: Vec<(NodeId, ValueOrView)> =
            vec![(self.inputs[0], x.into()), (self.inputs[1], widths.into())];
        let [posteriors] = self
            .model
            .run_n(inputs, [self.posteriors], Some(RunOptions::default()))
            .map_err(|e| failed(e.to_string()))?;
        let ([_, steps, classes], posteriors) = posteriors
            .into_shape_vec::<f32, 3>()
            .map_err(|e| failed(e.to_string()))?;
        if steps == 0 || classes != self.charset.len() + 1 {
            return Err(failed("its output does not fit its alphabet".to_owned()));
        }
        let across = padded as f32 / steps as f32;
        let counted = ((map.width as f32 / across).ceil() as usize).min(steps);
        let at = |step: usize| (map.left + (step as f32 + 0.5) * across * map.scale).round() as i32;
        Ok(self.collapsed(&posteriors[..counted * classes], classes, at))
    }

    /// The likeliest class of each step, runs of the same one taken together, blanks left out.
    fn collapsed(&self, posteriors: &[f32], classes: usize, at: impl Fn(usize) -> i32) -> Vec<Letter> {
        let best = |step: &[f32]| {
            (0..classes)
                .max_by(|a, b| step[*a].total_cmp(&step[*b]))
                .unwrap_or(0)
        };
        let steps: Vec<&[f32]> = posteriors.chunks_exact(classes).collect();
        let path: Vec<usize> = steps.iter().map(|s| best(s)).collect();
        let mut letters = Vec::new();
        let mut start = 0;
        while start < path.len() {
            let class = path[start];
            let end = (start..path.len())
                .find(|&k| path[k] != class)
                .unwrap_or(path.len());
            if class != 0 {
                let peak = (start..end)
                    .max_by(|a, b| steps[*a][class].total_cmp(&steps[*b][class]))
                    .unwrap_or(start);
                letters.push(self.letter(steps[peak], class, at(peak)));
            }
            start = end;
        }
        letters
    }

    fn letter(&self, step: &[f32], class: usize, x: i32) -> Letter {
        let text = |class: usize| match class.checked_sub(1) {
            Some(at) => self.charset.get(at).map_or("", String::as_str).nfc().collect(),
            None => String::new(),
        };
        let mut others: Vec<(String, f32)> = step
            .iter()
            .enumerate()
            .filter(|(other, p)| *other != class && **p > LEAST_LIKELY.ln())
            .map(|(other, p)| (text(other), p.exp()))
            .collect();
        others.sort_by(|a, b| b.1.total_cmp(&a.1));
        Letter {
            text: text(class),
            x,
            sure: step[class].exp(),
            others,
        }
    }
}

impl LineReader for NeuralReader {
    fn reader(&self) -> Reader {
        Reader::LineReader
    }

    fn read(&mut self, line: &LinePicture) -> Result<Vec<Word>, ReadError> {
        Ok(super::vote::alone(&self.letters(line)?, line.ink))
    }
}

/// The height that a line is scaled by: a lone digit or dash is lower than a line with its marks, and keeps the
/// scale of one.
fn scaled_height(ink: &PixelBox, dpi: u32) -> f32 {
    (ink.height() as f32).max(dpi as f32 * 0.125)
}

/// A line as pieces that the network can take, cut at its widest gaps; most lines are one.
fn pieces(line: &LinePicture) -> Vec<(i32, i32)> {
    let height = scaled_height(&line.ink, line.dpi);
    let scale = height * (1.0 + 2.0 * MARGIN_Y) / ROWS as f32;
    let longest = (WIDEST as f32 * scale - 2.0 * MARGIN_X * height) as i32;
    if line.ink.width() <= longest {
        return vec![(line.ink.x0, line.ink.x1)];
    }
    let gaps = gaps(line, (height / 6.0) as i32);
    let mut out = Vec::new();
    let mut from = line.ink.x0;
    while line.ink.x1 - from > longest {
        // The widest gap in the last third that still fits.
        let within = gaps
            .iter()
            .filter(|(a, b)| *a > from + longest * 2 / 3 && *b <= from + longest);
        let Some(&(a, b)) = within.max_by_key(|(a, b)| b - a) else {
            out.push((from, from + longest));
            from += longest;
            continue;
        };
        out.push((from, a));
        from = b;
    }
    out.push((from, line.ink.x1));
    out
}

/// Runs of columns without ink, as wide as `least` or wider.
fn gaps(line: &LinePicture, least: i32) -> Vec<(i32, i32)> {
    const INK: u8 = 160;
    let mut out = Vec::new();
    let mut start = None;
    for (x, inked) in (0..).zip(line.inked_columns(INK)) {
        match (inked, start) {
            (false, None) => start = Some(x),
            (true, Some(from)) => {
                if x - from >= least.max(1) && from > line.ink.x0 {
                    out.push((from, x));
                }
                start = None;
            }
            _ => {}
        }
    }
    out
}

/// The network's input: the line with its margins, `ROWS` high, scaled evenly.
struct InkMap {
    ink: Vec<f32>,
    /// Columns that count, and those with the padding.
    width: usize,
    padded: usize,
    /// Where the first column lies in the line's picture, and pixels of the picture a column.
    left: f32,
    scale: f32,
}

impl InkMap {
    fn of(image: &GrayImage, ink: &PixelBox, dpi: u32) -> Self {
        let height = scaled_height(ink, dpi);
        let middle = (ink.y0 + ink.y1) as f32 / 2.0;
        let tall = height * (1.0 + 2.0 * MARGIN_Y);
        let scale = tall / ROWS as f32;
        let left = ink.x0 as f32 - MARGIN_X * height;
        let right = ink.x1 as f32 + MARGIN_X * height;
        let width = (((right - left) / scale).round() as usize).clamp(STRIDE, WIDEST);
        let across = (right - left) / width as f32;
        let padded = width.div_ceil(STRIDE) * STRIDE + PADDING;
        let mut map = vec![0.0; ROWS * padded];
        let top = middle - tall / 2.0;
        let mut sums = Vec::new();
        for (row, out) in map.chunks_exact_mut(padded).enumerate() {
            // Above and below the line is paper.
            let (y0, y1) = (top + row as f32 * scale, top + (row + 1) as f32 * scale);
            running_ink(image, y0, y1, &mut sums);
            let until = |column: usize| {
                let x = (left + column as f32 * across).clamp(0.0, image.width() as f32);
                let before = x as usize;
                let after = (before + 1).min(sums.len() - 1);
                sums[before] + (sums[after] - sums[before]) * (x - before as f32)
            };
            let mut so_far = until(0);
            for (column, ink) in out[..width].iter_mut().enumerate() {
                let sum = until(column + 1);
                *ink = (sum - so_far) / across;
                so_far = sum;
            }
        }
        Self {
            ink: map,
            width,
            padded,
            left,
            scale: across,
        }
    }
}

/// The mean ink (0 to 1) of each column between two heights, added up from the left: before the first column, before the
/// second, …; outside the picture is paper.
fn running_ink(image: &GrayImage, y0: f32, y1: f32, sums: &mut Vec<f32>) {
    let width = image.width() as usize;
    sums.clear();
    sums.resize(width + 1, 0.0);
    let rows = y0.floor().max(0.0) as usize..(y1.ceil().max(0.0) as usize).min(image.height() as usize);
    for y in rows {
        let share = (y1.min(y as f32 + 1.0) - y0.max(y as f32)).max(0.0) / (y1 - y0) / 255.0;
        let row = &image.as_raw()[y * width..][..width];
        for (sum, p) in sums[1..].iter_mut().zip(row) {
            *sum += share * f32::from(255 - p);
        }
    }
    let mut so_far = 0.0;
    for sum in sums {
        so_far += *sum;
        *sum = so_far;
    }
}

/// SHA-256 of the built-in files by name, for the result's face.
pub fn model_digests() -> BTreeMap<String, String> {
    use sha2::{Digest, Sha256};
    let files = [
        ("line_reader.onnx", MODEL),
        ("line_reader.txt", LETTERS.as_bytes()),
    ];
    let digest = |(name, bytes): (&str, &[u8])| (name.to_owned(), hex::encode(Sha256::digest(bytes)));
    files.into_iter().map(digest).collect()
}

#[cfg(test)]
mod tests {
    use image::Luma;

    use super::*;

    /// A white picture with black boxes in it.
    fn picture(width: u32, boxes: &[PixelBox]) -> LinePicture {
        let mut image = GrayImage::from_pixel(width, 80, Luma([255]));
        for b in boxes {
            for (y, x) in (b.y0..b.y1).flat_map(|y| (b.x0..b.x1).map(move |x| (y, x))) {
                image.put_pixel(x as u32, y as u32, Luma([0]));
            }
        }
        let ink = PixelBox::new(20, 20, width as i32 - 20, 60);
        LinePicture { image, ink, dpi: 300 }
    }

    #[test]
    fn what_ships_is_what_the_manifest_says() {
        let manifest = include_str!("../../../models/manifest.json");
        for (name, digest) in model_digests() {
            assert!(manifest.contains(&digest), "{name}: {digest}");
        }
    }

    #[test]
    fn the_map_holds_the_mean_ink_of_each_patch() {
        let line = picture(400, &[PixelBox::new(40, 25, 52, 55)]);
        let map = InkMap::of(&line.image, &line.ink, line.dpi);
        let scale = 40.0 * (1.0 + 2.0 * MARGIN_Y) / ROWS as f32;
        let total: f32 = map.ink.iter().sum();
        // As much ink as the box has, in cells of the map.
        assert!((total * scale * map.scale - 12.0 * 30.0).abs() < 1.0, "{total}");
        let at = |x: f32, y: f32| {
            let (column, row) = ((x - map.left) / map.scale, (y - (40.0 - 28.0)) / scale);
            map.ink[row as usize * map.padded + column as usize]
        };
        assert!((at(46.0, 40.0) - 1.0).abs() < 0.001);
        assert!(at(60.0, 40.0).abs() < 0.001 && at(46.0, 15.0).abs() < 0.001);
    }

    #[test]
    fn paper_has_no_letters() {
        let reader = NeuralReader::load().expect("the built-in network");
        for width in [60, 400, 9_000] {
            assert_eq!(
                reader.letters(&picture(width, &[])).expect("a reading"),
                [],
                "{width} pixels"
            );
        }
    }

    #[test]
    fn a_long_line_is_cut_in_its_gaps_and_loses_nothing() {
        let words: Vec<PixelBox> = (0..60)
            .map(|k| PixelBox::new(20 + k * 150, 20, 140 + k * 150, 60))
            .collect();
        let line = picture(9_000, &words);
        let pieces = pieces(&line);
        assert!(pieces.len() > 1);
        for word in words {
            let whole = pieces
                .iter()
                .any(|&(from, to)| from <= word.x0 && word.x1.min(line.ink.x1) <= to);
            assert!(whole, "{word:?} of {pieces:?}");
        }
    }
}
