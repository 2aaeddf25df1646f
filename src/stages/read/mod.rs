//! Lines -> words with boxes, confidence and alternatives.
//!
//! Tesseract reads every line that `layout` cut, and the neural line reader reads it again, knowing nothing of
//! the first reading. They err in different places: what both see is sure, and where they differ both readings
//! are kept. A lone number is the second reader's matter, since Tesseract misreads one in six.

mod neural;
mod tesseract;
mod vote;

use std::path::Path;

use image::{GrayImage, Luma};

use crate::domain::{Block, Line, PixelBox, Reader, Word};

pub use neural::{NeuralReader, model_digests};
pub use tesseract::TesseractReader;

/// Why a line could not be read, or a reader not be started.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    #[error("Tesseract could not start with the model `{model}` from {folder}: {detail}")]
    Tesseract {
        model: String,
        folder: String,
        detail: String,
    },
    #[error("the neural line reader could not be loaded from {folder}: {detail}")]
    Neural { folder: String, detail: String },
    #[error("reading a line failed: {0}")]
    Line(String),
}

/// Reads pictures of single lines.
pub trait LineReader {
    /// Who reads.
    fn reader(&self) -> Reader;
    /// The words of a line, left to right; boxes are pixels of `line`. Empty when nothing was read.
    fn read(&mut self, line: &LinePicture) -> Result<Vec<Word>, ReadError>;
}

/// A line cut out of its page, dark on light, what is not its own painted over.
pub struct LinePicture {
    pub image: GrayImage,
    /// Where the line's ink lies in `image`.
    pub ink: PixelBox,
    /// Pixels an inch.
    pub dpi: u32,
}

/// All the readers there are.
pub struct Readers {
    main: TesseractReader,
    second: Option<NeuralReader>,
}

impl Readers {
    /// Starts Tesseract with the models in `tessdata`, and the neural reader if its folder is given.
    pub fn start(tessdata: &Path, line_reader: Option<&Path>) -> Result<Self, ReadError> {
        let main = TesseractReader::start(tessdata, "vie")?;
        let second = line_reader.map(NeuralReader::load).transpose()?;
        Ok(Self { main, second })
    }

    /// The names of the readers, for the result's face.
    pub fn names(&self) -> Vec<String> {
        let second = self.second.as_ref().map(LineReader::reader);
        std::iter::once(self.main.reader())
            .chain(second)
            .map(|r| r.name().to_owned())
            .collect()
    }

    /// Fills the lines of `blocks` with words. `intruders` holds, for each line in order, the boxes to paint over.
    pub fn page(
        &mut self,
        blocks: &mut [Block],
        intruders: &[Vec<PixelBox>],
        text: &GrayImage,
        dpi: u32,
    ) -> Result<(), ReadError> {
        let none = Vec::new();
        let mut at = 0;
        for block in blocks {
            match block {
                Block::Line(line) => {
                    self.line(line, intruders.get(at).unwrap_or(&none), text, dpi)?;
                    at += 1;
                }
                Block::Grid(grid) => {
                    for line in grid.cells.iter_mut().flat_map(|c| &mut c.lines) {
                        self.line(line, intruders.get(at).unwrap_or(&none), text, dpi)?;
                        at += 1;
                    }
                }
            }
        }
        Ok(())
    }

    /// The mean confidence (0 to 1) with which a line would be read: to tell which way up a page lies.
    pub fn legibility(&mut self, line: &Line, text: &GrayImage, dpi: u32) -> Result<f32, ReadError> {
        let picture = cut(text, line, &[], dpi);
        let words = match &mut self.second {
            Some(reader) => reader.read(&picture)?,
            None => self.main.read(&picture)?,
        };
        let sum: f32 = words.iter().map(|w| w.confidence.get()).sum();
        Ok(if words.is_empty() {
            0.0
        } else {
            sum / words.len() as f32
        })
    }

    fn line(
        &mut self,
        line: &mut Line,
        intruders: &[PixelBox],
        text: &GrayImage,
        dpi: u32,
    ) -> Result<(), ReadError> {
        let picture = cut(text, line, intruders, dpi);
        let mut words = self.main.read(&picture)?;
        if let Some(second) = &mut self.second {
            let letters = second.letters(&picture)?;
            if vote::is_short(&picture) || words.is_empty() {
                words = vote::settle(words, &letters, picture.ink);
            } else {
                vote::compare(&mut words, &letters);
            }
        }
        let (dx, dy) = (line.bbox.x0 - picture.ink.x0, line.bbox.y0 - picture.ink.y0);
        for word in &mut words {
            let b = word.bbox;
            word.bbox = PixelBox::new(b.x0 + dx, b.y0 + dy, b.x1 + dx, b.y1 + dy);
        }
        line.words = words;
        Ok(())
    }
}

/// Cuts a line out with some paper around it and paints over what reaches in from other lines.
fn cut(text: &GrayImage, line: &Line, intruders: &[PixelBox], dpi: u32) -> LinePicture {
    let pad = (dpi / 25).max(6) as i32;
    let b = line.bbox;
    let (width, height) = (
        (b.width() + 2 * pad).max(1) as u32,
        (b.height() + 2 * pad).max(1) as u32,
    );
    let paper = Luma([255]);
    let mut image = GrayImage::from_pixel(width, height, paper);
    let reach = 2;
    for y in b.y0 - reach..b.y1 + reach {
        for x in b.x0 - reach..b.x1 + reach {
            if x < 0 || y < 0 || x as u32 >= text.width() || y as u32 >= text.height() {
                continue;
            }
            let p = *text.get_pixel(x as u32, y as u32);
            image.put_pixel((x - b.x0 + pad) as u32, (y - b.y0 + pad) as u32, p);
        }
    }
    for i in intruders {
        let within = i.grown(
            1,
            1,
            &PixelBox::new(b.x0 - reach, b.y0 - reach, b.x1 + reach, b.y1 + reach),
        );
        for y in within.y0..within.y1 {
            for x in within.x0..within.x1 {
                image.put_pixel((x - b.x0 + pad) as u32, (y - b.y0 + pad) as u32, paper);
            }
        }
    }
    let ink = PixelBox::new(pad, pad, pad + b.width(), pad + b.height());
    LinePicture { image, ink, dpi }
}
