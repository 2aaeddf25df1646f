//! Tesseract as a line reader.
//!
//! `OMP_THREAD_LIMIT=1` belongs to the environment of the process that reads: Tesseract's own threads
//! make a page slower, not faster.

use std::path::Path;

use tesseract_rs::{ResultIterator, TessPageIteratorLevel, TessPageSegMode, TesseractAPI};
use unicode_normalization::UnicodeNormalization;

use crate::domain::{Confidence, PixelBox, Reader, Word};

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

fn words(results: &ResultIterator, reader: Reader) -> Result<Vec<Word>, ReadError> {
    const WORD: TessPageIteratorLevel = TessPageIteratorLevel::RIL_WORD;
    let mut words: Vec<Word> = Vec::new();
    while let Ok((x0, y0, x1, y1)) = results.get_bounding_box(WORD) {
        if let Ok(text) = results.get_utf8_text(WORD) {
            let text: String = text.trim().nfc().collect();
            let confidence = Confidence::from_percent(results.confidence(WORD).unwrap_or(0.0));
            words.push(Word::new(text, PixelBox::new(x0, y0, x1, y1), confidence, reader));
        }
        if !matches!(results.next(WORD), Ok(true)) {
            break;
        }
    }
    // A stroke is no word.
    words.retain(|w| w.text.chars().any(|c| c != '_'));
    Ok(words)
}
