//! Lines -> words with boxes, confidence and alternatives.
//!
//! The neural line reader reads every line that `layout` cut: it is cheap. Tesseract reads again, knowing nothing of
//! the first reading, what is not settled by that. They err in different places: what both see is sure, and where they
//! differ both readings are kept. A number is always read by both.

/// Ink that no letter accounts for.
mod coverage;
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
    #[error("the neural line reader could not be loaded: {detail}")]
    Neural { detail: String },
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

impl LinePicture {
    /// For each column of the picture whether the line has a pixel there that is darker than `paper`.
    fn inked_columns(&self, paper: u8) -> Vec<bool> {
        let (width, raw) = (self.image.width() as usize, self.image.as_raw());
        let mut inked = vec![false; width];
        for y in self.ink.y0.max(0)..self.ink.y1.min(self.image.height() as i32) {
            let row = &raw[y as usize * width..(y as usize + 1) * width];
            for (column, &p) in inked.iter_mut().zip(row) {
                *column |= p < paper;
            }
        }
        inked
    }
}

/// All the readers there are.
pub struct Readers {
    lines: NeuralReader,
    tesseract: TesseractReader,
}

/// The names of the readers, for the result's face.
pub fn reader_names() -> Vec<String> {
    [Reader::Tesseract, Reader::LineReader]
        .map(|reader| reader.name().to_owned())
        .to_vec()
}

impl Readers {
    /// Loads the line reader and starts Tesseract with the models in `tessdata`.
    pub fn start(tessdata: &Path) -> Result<Self, ReadError> {
        Ok(Self {
            lines: NeuralReader::load()?,
            tesseract: TesseractReader::start(tessdata, "vie")?,
        })
    }

    /// Fills the lines of `blocks` with words. `intruders` holds, for each line in order, the boxes to paint over;
    /// `settled` tells of a line of words that the line reader read alone whether nobody needs to read it again.
    pub fn page(
        &mut self,
        blocks: &mut [Block],
        intruders: &[Vec<PixelBox>],
        text: &GrayImage,
        dpi: u32,
        settled: &dyn Fn(&[Word]) -> bool,
    ) -> Result<(), ReadError> {
        let none = Vec::new();
        let lines = blocks
            .iter_mut()
            .flat_map(|block| -> Box<dyn Iterator<Item = &mut Line>> {
                match block {
                    Block::Line(line) => Box::new(std::iter::once(line)),
                    Block::Grid(grid) => Box::new(grid.cells.iter_mut().flat_map(|c| &mut c.lines)),
                }
            });
        for (at, line) in lines.enumerate() {
            let picture = cut(text, line, intruders.get(at).unwrap_or(&none), dpi);
            line.words = self.line(&picture, settled)?;
            let (dx, dy) = (line.bbox.x0 - picture.ink.x0, line.bbox.y0 - picture.ink.y0);
            for word in &mut line.words {
                let b = word.bbox;
                word.bbox = PixelBox::new(b.x0 + dx, b.y0 + dy, b.x1 + dx, b.y1 + dy);
            }
        }
        Ok(())
    }

    /// What the line reader makes of a line at a glance: to tell which way up a page lies.
    pub fn glance(&mut self, line: &Line, text: &GrayImage, dpi: u32) -> Result<Vec<Word>, ReadError> {
        self.lines.read(&cut(text, line, &[], dpi))
    }

    fn line(
        &mut self,
        picture: &LinePicture,
        settled: &dyn Fn(&[Word]) -> bool,
    ) -> Result<Vec<Word>, ReadError> {
        let letters = self.lines.letters(picture)?;
        let alone = vote::alone(&letters, picture.ink);
        let whole = !alone.is_empty() && coverage::is_whole(&letters, picture);
        if whole && settled(&alone) {
            return Ok(alone);
        }
        Ok(vote::merge(alone, self.tesseract.read(picture)?))
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
