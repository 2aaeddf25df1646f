//! The small neural line reader (PyPI `trueocr`, Apache-2.0): a convolutional network with CTC output.
//!
//! Facts of its input and output are its package's: an ink map (0 = paper, 1 = ink) of 96 rows that holds
//! the line in its middle third with a margin of a fifth of its height, one time step each eight columns or
//! less, class 0 is the blank, then `charset` of `meta.json` in order.

use std::collections::BTreeMap;
use std::path::Path;

use image::GrayImage;
use rten::{Model, NodeId, RunOptions, Value, ValueOrView};
use unicode_normalization::UnicodeNormalization;

use crate::domain::{Confidence, PixelBox, Reader, Word};

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
    outputs: [NodeId; 3],
}

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
        let outputs = [node("ids")?, node("conf")?, node("lengths")?];
        Ok(Self {
            charset: meta.charset,
            inputs,
            outputs,
            model,
        })
    }

    fn run(&self, map: Vec<f32>, width: usize, padded: usize) -> Result<(String, f32), ReadError> {
        let failed = |e: String| ReadError::Line(format!("neural line reader: {e}"));
        let x = Value::from_shape(&[1, 1, ROWS, padded], map).map_err(|e| failed(e.to_string()))?;
        let widths = Value::from_shape(&[1], vec![width as i32]).map_err(|e| failed(e.to_string()))?;
        let inputs: Vec<(NodeId, ValueOrView)> =
            vec![(self.inputs[0], x.into()), (self.inputs[1], widths.into())];
        let options = RunOptions::default();
        let outputs = self
            .model
            .run_n(inputs, self.outputs, Some(options))
            .map_err(|e| failed(e.to_string()))?;
        let [ids, sure, lengths] = outputs;
        let (_, ids) = ids
            .into_shape_vec::<i32, 2>()
            .map_err(|e| failed(e.to_string()))?;
        let (_, sure) = sure
            .into_shape_vec::<f32, 2>()
            .map_err(|e| failed(e.to_string()))?;
        let (_, lengths) = lengths
            .into_shape_vec::<i32, 1>()
            .map_err(|e| failed(e.to_string()))?;
        let steps = lengths.first().map_or(0, |&n| n.max(0) as usize).min(ids.len());
        let (mut text, mut lowest, mut before) = (String::new(), 1.0f32, 0);
        for (&id, &p) in ids[..steps].iter().zip(&sure) {
            if id != 0 && id != before {
                text.push_str(self.charset.get(id as usize - 1).map_or("", String::as_str));
                lowest = lowest.min(p);
            }
            before = id;
        }
        let text: String = text
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
            .nfc()
            .collect();
        Ok(if text.is_empty() {
            (text, 0.0)
        } else {
            (text, lowest)
        })
    }
}

impl LineReader for NeuralReader {
    fn reader(&self) -> Reader {
        Reader::LineReader
    }

    /// One word a space-separated piece; boxes share the line by their letters, since CTC places are rough.
    fn read(&mut self, line: &LinePicture) -> Result<Vec<Word>, ReadError> {
        let (map, width, padded) = ink_map(&line.image, &line.ink, line.dpi);
        let (text, sure) = self.run(map, width, padded)?;
        let letters = text.chars().count().max(1) as i32;
        let mut at = 0;
        let mut words = Vec::new();
        for piece in text.split(' ').filter(|p| !p.is_empty()) {
            let n = piece.chars().count() as i32;
            let x = |k: i32| line.ink.x0 + line.ink.width() * k / letters;
            let bbox = PixelBox::new(x(at), line.ink.y0, x((at + n).min(letters)), line.ink.y1);
            words.push(Word::new(piece, bbox, Confidence::new(sure), Reader::LineReader));
            at += n + 1;
        }
        Ok(words)
    }
}

/// The network's input: the line in its middle third, `ROWS` high, scaled evenly.
/// Returns the map, the width that counts, and the padded width.
fn ink_map(image: &GrayImage, ink: &PixelBox, dpi: u32) -> (Vec<f32>, usize, usize) {
    // A lone digit or dash is lower than a line with its marks: it keeps the scale of one.
    let least = dpi as f32 * 0.125;
    let height = (ink.height() as f32).max(least);
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
        for column in 0..width {
            let (x0, x1) = (left + column as f32 * across, left + (column + 1) as f32 * across);
            map[row * padded + column] = mean_ink(image, x0, y0, x1, y1);
        }
    }
    (map, width, padded)
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
