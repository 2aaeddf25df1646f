//! Tesseract as a line reader.
//!
//! `OMP_THREAD_LIMIT=1` belongs to the environment of the process that reads: Tesseract's own threads
//! make a page slower, not faster.

use std::path::Path;

use tesseract_rs::{ResultIterator, TessPageIteratorLevel, TessPageSegMode, TesseractAPI};
use unicode_normalization::UnicodeNormalization;

use crate::domain::{Alternative, Confidence, PixelBox, Reader, Word};

use super::{LinePicture, LineReader, ReadError};

/// Neural engine only (`OEM_LSTM_ONLY`).
const LSTM: i32 = 1;

/// One Tesseract with one model.
pub struct TesseractReader {
    api: TesseractAPI,
    reader: Reader,
}

impl TesseractReader {
    /// Loads `model` (`vie`, or `Vietnamese` for the script model) from the folder `tessdata`.
    pub fn start(tessdata: &Path, model: &str) -> Result<Self, ReadError> {
        let folder = tessdata.display().to_string();
        let failed = |e: tesseract_rs::TesseractError| ReadError::Tesseract {
            model: model.to_owned(),
            folder: folder.clone(),
            detail: e.to_string(),
        };
        let api = TesseractAPI::new();
        api.init_2(&folder, model, LSTM).map_err(failed)?;
        // Alternatives a symbol; costs next to nothing.
        api.set_variable("lstm_choice_mode", "2").map_err(failed)?;
        api.set_page_seg_mode(TessPageSegMode::PSM_SINGLE_LINE)
            .map_err(failed)?;
        let reader = if model == "vie" {
            Reader::Tesseract
        } else {
            Reader::TesseractScript
        };
        Ok(Self { api, reader })
    }
}

impl LineReader for TesseractReader {
    fn reader(&self) -> Reader {
        self.reader
    }

    fn read(&mut self, line: &LinePicture) -> Result<Vec<Word>, ReadError> {
        let failed = |e: tesseract_rs::TesseractError| ReadError::Line(e.to_string());
        let (width, height) = (line.image.width() as i32, line.image.height() as i32);
        self.api
            .set_image(line.image.as_raw(), width, height, 1, width)
            .map_err(failed)?;
        self.api.set_source_resolution(line.dpi as i32).map_err(failed)?;
        self.api.recognize().map_err(failed)?;
        let Ok(results) = self.api.get_iterator() else {
            return Ok(Vec::new());
        };
        words(&results, self.reader)
    }
}

/// Walks the symbols; a new word begins where the word's box changes.
fn words(results: &ResultIterator, reader: Reader) -> Result<Vec<Word>, ReadError> {
    let mut words: Vec<Word> = Vec::new();
    let mut symbols: Vec<Vec<(String, f32)>> = Vec::new();
    let mut current: Option<(i32, i32, i32, i32)> = None;
    while let Ok(bbox) = results.get_bounding_box(TessPageIteratorLevel::RIL_WORD) {
        if current != Some(bbox) {
            finish(&mut words, &mut symbols);
            if let Ok(text) = results.get_utf8_text(TessPageIteratorLevel::RIL_WORD) {
                let text: String = text.trim().nfc().collect();
                let confidence = results.confidence(TessPageIteratorLevel::RIL_WORD).unwrap_or(0.0);
                let (x0, y0, x1, y1) = bbox;
                let bbox = PixelBox::new(x0, y0, x1, y1);
                words.push(Word::new(
                    text,
                    bbox,
                    Confidence::from_percent(confidence),
                    reader,
                ));
            }
            current = Some(bbox);
        }
        symbols.push(choices(results));
        match results.next(TessPageIteratorLevel::RIL_SYMBOL) {
            Ok(true) => {}
            _ => break,
        }
    }
    finish(&mut words, &mut symbols);
    words.retain(|w| !w.text.is_empty());
    Ok(words)
}

/// What a symbol may be, best first. The order is what counts: all but the first mostly have confidence 0.
fn choices(results: &ResultIterator) -> Vec<(String, f32)> {
    let mut out: Vec<(String, f32)> = Vec::new();
    if let Ok(choices) = results.get_choice_iterator() {
        loop {
            if let (Ok(text), Ok(confidence)) = (choices.get_utf8_text(), choices.confidence()) {
                let text: String = text.nfc().collect();
                if !text.is_empty() && out.iter().all(|(t, _)| *t != text) {
                    out.push((text, confidence));
                }
            }
            if out.len() >= 5 || !matches!(choices.next(), Ok(true)) {
                break;
            }
        }
    }
    out
}

/// Gives the last word its alternatives: one symbol changed at a time, the least sure symbols first.
fn finish(words: &mut [Word], symbols: &mut Vec<Vec<(String, f32)>>) {
    let symbols = std::mem::take(symbols);
    let Some(word) = words.last_mut() else {
        return;
    };
    let best: Vec<&str> = symbols
        .iter()
        .map(|s| s.first().map_or("", |c| c.0.as_str()))
        .collect();
    if best.concat() != word.text {
        return;
    }
    let mut variants: Vec<(f32, String, f32)> = Vec::new();
    for (i, choices) in symbols.iter().enumerate() {
        let sure = choices.first().map_or(0.0, |c| c.1);
        for (rank, (text, confidence)) in choices.iter().enumerate().skip(1) {
            let mut spelled = best.clone();
            spelled[i] = text;
            variants.push((sure + rank as f32 * 10.0, spelled.concat(), *confidence));
        }
    }
    variants.sort_by(|a, b| a.0.total_cmp(&b.0));
    word.alternatives = variants
        .into_iter()
        .take(12)
        .map(|(_, text, confidence)| Alternative {
            text,
            confidence: Confidence::from_percent(confidence),
        })
        .collect();
}
