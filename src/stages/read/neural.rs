//! The small neural line reader (PyPI `trueocr`, Apache-2.0): a convolutional network with CTC output.
//!
//! Facts of its input and output are its package's: an ink map (0 = paper, 1 = ink) of 96 rows that holds
//! the line in its middle third with a margin of a fifth of its height, one time step each eight columns or
//! less, class 0 is the blank, then `charset` of `meta.json` in order. A line that is longer than the network
//! was made for is read in pieces, cut between its words.

use std::collections::BTreeMap;
use std::path::Path;

use image::GrayImage;
use rten::{Model, NodeId, RunOptions, Value, ValueOrView};
use unicode_normalization::UnicodeNormalization;

use crate::domain::{Confidence, InkLetter, PixelBox, Reader, Word};

use super::{LinePicture, LineReader, ReadError};

/// Rows of the network's input.
const ROWS: usize = 96;
/// Share of those rows that a line with its margins takes.
const WINDOWS: f32 = 3.0;
/// Margin above and below a line, in line heights.
const MARGIN_Y: f32 = 0.2;
/// Margin left and right of a line, in line heights.
const MARGIN_X: f32 = 0.3;
/// Widths are padded to a multiple of this, plus as many empty columns.
const STRIDE: usize = 8;
/// Columns of the widest line that the network was made for.
const WIDEST: usize = 768;

#[derive(serde::Deserialize)]
struct Meta {
    charset: Vec<String>,
}

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
    /// Loads `rec.onnx` and `meta.json` from `folder`.
    pub fn load(folder: &Path) -> Result<Self, ReadError> {
        let failed = |detail: String| ReadError::Neural {
            folder: folder.display().to_string(),
            detail,
        };
        let meta = std::fs::read(folder.join("meta.json")).map_err(|e| failed(format!("meta.json: {e}")))?;
        let meta: Meta = serde_json::from_slice(&meta).map_err(|e| failed(format!("meta.json: {e}")))?;
        let model = std::fs::read(folder.join("rec.onnx")).map_err(|e| failed(format!("rec.onnx: {e}")))?;
        let model = Model::load(model).map_err(|e| failed(format!("rec.onnx: {e}")))?;
        let node = |name: &str| model.node_id(name).map_err(|e| failed(format!("rec.onnx: {e}")));
        let inputs = [node("x")?, node("widths")?];
        let posteriors = node("/LogSoftmax_output_0")?;
        Ok(Self {
            charset: meta.charset,
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
        Ok(words(&self.letters(line)?, &line.ink))
    }
}

/// One word a space-separated piece; boxes share the line by their letters, since CTC places are rough.
pub(super) fn words(letters: &[Letter], ink: &PixelBox) -> Vec<Word> {
    let sure = letters.iter().map(|l| l.sure).fold(1.0, f32::min);
    let text: String = letters.iter().map(|l| l.text.as_str()).collect();
    let count = text.chars().count().max(1) as i32;
    let mut at = 0;
    let mut words = Vec::new();
    for piece in text.split_whitespace() {
        let n = piece.chars().count() as i32;
        let x = |k: i32| ink.x0 + ink.width() * k / count;
        let bbox = PixelBox::new(x(at), ink.y0, x((at + n).min(count)), ink.y1);
        words.push(Word::new(piece, bbox, Confidence::new(sure), Reader::LineReader));
        at += n + 1;
    }
    words
}

/// The height that a line is scaled by: a lone digit or dash is lower than a line with its marks, and keeps the
/// scale of one.
fn scaled_height(ink: &PixelBox, dpi: u32) -> f32 {
    (ink.height() as f32).max(dpi as f32 * 0.125)
}

/// A line as pieces that the network can take, cut at its widest gaps; most lines are one.
fn pieces(line: &LinePicture) -> Vec<(i32, i32)> {
    let height = scaled_height(&line.ink, line.dpi);
    let scale = height * (1.0 + 2.0 * MARGIN_Y) * WINDOWS / ROWS as f32;
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
    let (width, raw) = (line.image.width() as usize, line.image.as_raw());
    let mut inked = vec![false; width];
    for y in line.ink.y0.max(0)..line.ink.y1.min(line.image.height() as i32) {
        let row = &raw[y as usize * width..(y as usize + 1) * width];
        for (column, &p) in inked.iter_mut().zip(row) {
            *column |= p < INK;
        }
    }
    let mut out = Vec::new();
    let mut start = None;
    for (x, inked) in (0..).zip(inked) {
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

/// The network's input: the line in its middle third, `ROWS` high, scaled evenly.
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
        let tall = height * (1.0 + 2.0 * MARGIN_Y) * WINDOWS;
        let scale = tall / ROWS as f32;
        let left = ink.x0 as f32 - MARGIN_X * height;
        let right = ink.x1 as f32 + MARGIN_X * height;
        let width = (((right - left) / scale).round() as usize).clamp(STRIDE, WIDEST);
        let across = (right - left) / width as f32;
        let padded = width.div_ceil(STRIDE) * STRIDE + STRIDE;
        let mut map = vec![0.0; ROWS * padded];
        let top = middle - tall / 2.0;
        for row in 0..ROWS {
            let (y0, y1) = (top + row as f32 * scale, top + (row + 1) as f32 * scale);
            // Above and below the line is paper.
            if y1 <= 0.0 || y0 >= image.height() as f32 {
                continue;
            }
            for column in 0..width {
                let (x0, x1) = (left + column as f32 * across, left + (column + 1) as f32 * across);
                map[row * padded + column] = mean_ink(image, x0, y0, x1, y1);
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

/// Mean ink (0 to 1) of a patch; outside the picture is paper.
fn mean_ink(image: &GrayImage, x0: f32, y0: f32, x1: f32, y1: f32) -> f32 {
    let (width, height) = (image.width() as i32, image.height() as i32);
    let (mut sum, mut weight) = (0.0, 0.0);
    let (from_y, to_y) = (y0.floor() as i32, (y1.ceil() as i32).max(y0.floor() as i32 + 1));
    let (from_x, to_x) = (x0.floor() as i32, (x1.ceil() as i32).max(x0.floor() as i32 + 1));
    for y in from_y..to_y {
        let wy = (y1.min(y as f32 + 1.0) - y0.max(y as f32)).max(0.0);
        for x in from_x..to_x {
            let w = wy * (x1.min(x as f32 + 1.0) - x0.max(x as f32)).max(0.0);
            if x >= 0 && y >= 0 && x < width && y < height {
                sum += w * f32::from(255 - image.as_raw()[(y * width + x) as usize]);
            }
            weight += w;
        }
    }
    if weight > 0.0 { sum / weight / 255.0 } else { 0.0 }
}

/// SHA-256 of the model files by name, for the result's face.
pub fn model_digests(folder: &Path) -> BTreeMap<String, String> {
    use sha2::{Digest, Sha256};
    let mut out = BTreeMap::new();
    if let Ok(bytes) = std::fs::read(folder.join("rec.onnx")) {
        out.insert("trueocr/rec.onnx".to_owned(), hex::encode(Sha256::digest(bytes)));
    }
    out
}
