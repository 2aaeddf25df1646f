use super::{Confidence, PageNo, PixelBox};

/// What a page's own text layer is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Sound: used as the text, no reading of the image.
    Trusted,
    /// Made by an OCR that did not know Vietnamese: not used.
    WrongLanguage,
    /// Text in a pre-Unicode encoding (TCVN3, VNI).
    LegacyEncoding,
    /// Letters lost or mapped to others: not used.
    Damaged,
    /// Only an electronic signature's stamp stands over a scan.
    StampOnly,
    /// No text layer.
    None,
}

/// The facts a verdict rests on.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct VerdictEvidence {
    /// Words looked at.
    pub words: usize,
    /// Share of words that are possible Vietnamese syllables, numbers or codes, 0 to 1.
    pub valid_syllables: f32,
    /// Share of words that carry a Vietnamese mark or đ, 0 to 1.
    pub marked: f32,
    /// Fonts of the layer, as named in the file.
    pub fonts: Vec<String>,
    /// One sentence for people.
    pub reason: String,
}

/// Who read a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reader {
    /// The PDF's own text layer.
    TextLayer,
    /// Tesseract with the model `vie`.
    Tesseract,
    /// Tesseract with the model `script/Vietnamese`.
    TesseractScript,
    /// The small neural line reader that is built in.
    LineReader,
    /// A person.
    Person,
}

impl Reader {
    /// The name in every output file.
    pub fn name(self) -> &'static str {
        match self {
            Self::TextLayer => "text-layer",
            Self::Tesseract => "tesseract-vie",
            Self::TesseractScript => "tesseract-script-vietnamese",
            Self::LineReader => "sohoa-line",
            Self::Person => "person",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        // What the line reader was called while it was another project's.
        if name == "trueocr" {
            return Some(Self::LineReader);
        }
        [
            Self::TextLayer,
            Self::Tesseract,
            Self::TesseractScript,
            Self::LineReader,
            Self::Person,
        ]
        .into_iter()
        .find(|r| r.name() == name)
    }
}

/// Another spelling that a reader thought possible, best first.
#[derive(Debug, Clone, PartialEq)]
pub struct Alternative {
    pub text: String,
    pub confidence: Confidence,
}

/// What one reader made of the same ink.
#[derive(Debug, Clone, PartialEq)]
pub struct Vote {
    pub reader: Reader,
    pub text: String,
    pub confidence: Confidence,
}

/// One letter's ink: what it may be, each with its probability (0 to 1), the likeliest first. The empty text:
/// no letter at all.
#[derive(Debug, Clone, PartialEq)]
pub struct InkLetter {
    pub options: Vec<(String, f32)>,
}

/// A change that restoration made, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Restoration {
    /// As read, before the change.
    pub raw: String,
    /// What else was weighed, best first.
    pub candidates: Vec<String>,
    /// Log-probability gained over `raw`, natural logarithm.
    pub gain: f32,
    /// One short reason: `phrase: …`, `language model`, `confusion i/¡`.
    pub reason: String,
}

/// A word at least this certain is offered as settled: 92 % of the words of the pages that the weights of certainty were
/// fitted to are (`models/README.md`).
pub const SETTLED: f32 = 0.9977;

/// A word: ink between two spaces.
#[derive(Debug, Clone, PartialEq)]
pub struct Word {
    pub text: String,
    pub bbox: PixelBox,
    /// The reader's own; readers flatter themselves.
    pub confidence: Confidence,
    /// How probable it is that `text` is right, calibrated on pages whose truth is known.
    pub certainty: Confidence,
    pub reader: Reader,
    pub alternatives: Vec<Alternative>,
    /// Second and further readings of the same ink; empty when it was read once.
    pub votes: Vec<Vote>,
    /// The second reader's view of each letter, for restoration to choose by; empty when it was read once.
    pub ink: Vec<InkLetter>,
    pub restoration: Option<Restoration>,
}

impl Word {
    /// A plain word by one reader.
    pub fn new(text: impl Into<String>, bbox: PixelBox, confidence: Confidence, reader: Reader) -> Self {
        Self {
            text: text.into(),
            bbox,
            confidence,
            certainty: confidence,
            reader,
            alternatives: Vec::new(),
            votes: Vec::new(),
            ink: Vec::new(),
            restoration: None,
        }
    }

    /// The text before restoration.
    pub fn raw(&self) -> &str {
        self.restoration.as_ref().map_or(&self.text, |r| &r.raw)
    }

    /// True for a word that the line reader read and nobody else.
    pub fn is_read_once(&self) -> bool {
        self.reader == Reader::LineReader && self.votes.is_empty()
    }

    /// True when another reader saw something else in this ink.
    pub fn is_disputed(&self) -> bool {
        self.votes.iter().any(|v| v.text != self.raw())
    }
}

/// Words on one baseline, left to right.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Line {
    pub bbox: PixelBox,
    pub words: Vec<Word>,
}

impl Line {
    /// The words with single spaces between them.
    pub fn text(&self) -> String {
        let words: Vec<&str> = self.words.iter().map(|w| w.text.as_str()).collect();
        words.join(" ")
    }
}

/// A cell of a page's grid. Rows and columns count from 0; a merged cell spans several.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Cell {
    pub row: usize,
    pub column: usize,
    pub row_span: usize,
    pub column_span: usize,
    pub bbox: PixelBox,
    pub lines: Vec<Line>,
}

/// How a grid ends at the top or foot of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Edge {
    /// A ruling line closes it.
    #[default]
    Ruled,
    /// The vertical rulings run on without a closing line: the row may go on over the page.
    Open,
}

/// One table as it stands on one page.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Grid {
    pub bbox: PixelBox,
    pub rows: usize,
    pub columns: usize,
    /// Left edge of each column and the right edge of the last: `columns + 1` values in pixels.
    pub column_edges: Vec<i32>,
    pub cells: Vec<Cell>,
    pub top: Edge,
    pub foot: Edge,
}

/// A piece of a page, in reading order.
#[derive(Debug, Clone, PartialEq)]
pub enum Block {
    Line(Line),
    Grid(Grid),
}

impl Block {
    /// Its lines in reading order: itself, or those of its cells.
    pub fn lines(&self) -> Box<dyn Iterator<Item = &Line> + '_> {
        match self {
            Self::Line(line) => Box::new(std::iter::once(line)),
            Self::Grid(grid) => Box::new(grid.cells.iter().flat_map(|c| &c.lines)),
        }
    }
}

/// What a patch of ink is when it is no text and no ruling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InkKind {
    /// A seal or a signature, by its colour.
    Stamp,
    /// A page number or a running head.
    Running,
    /// Ink that no reader read.
    Unread,
}

/// A patch of ink that is not part of the text.
#[derive(Debug, Clone, PartialEq)]
pub struct InkRegion {
    pub bbox: PixelBox,
    pub kind: InkKind,
    /// What was read there, if anything.
    pub text: String,
}

/// Quarter turns clockwise that made the page upright.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum Rotation {
    #[default]
    None,
    Quarter,
    Half,
    ThreeQuarters,
}

impl Rotation {
    pub fn degrees(self) -> u16 {
        match self {
            Self::None => 0,
            Self::Quarter => 90,
            Self::Half => 180,
            Self::ThreeQuarters => 270,
        }
    }

    /// `None` unless 0, 90, 180 or 270.
    pub fn from_degrees(degrees: u16) -> Option<Self> {
        [Self::None, Self::Quarter, Self::Half, Self::ThreeQuarters]
            .into_iter()
            .find(|r| r.degrees() == degrees)
    }
}

/// Everything that was read on one page.
#[derive(Debug, Clone, PartialEq)]
pub struct PageReading {
    pub page: PageNo,
    pub verdict: Verdict,
    pub evidence: VerdictEvidence,
    /// Size of the upright page image in pixels: every box is within it.
    pub width: u32,
    pub height: u32,
    /// Pixels an inch of the page image.
    pub dpi: u32,
    pub rotation: Rotation,
    pub blocks: Vec<Block>,
    pub other_ink: Vec<InkRegion>,
    /// What a person should know about this page: a missing model, a low resolution.
    pub notes: Vec<String>,
}

impl PageReading {
    /// Every line, those inside cells too, in reading order.
    pub fn lines(&self) -> impl Iterator<Item = &Line> {
        self.blocks.iter().flat_map(Block::lines)
    }

    /// Like [`Self::lines`], to be changed in place.
    pub fn lines_mut(&mut self) -> impl Iterator<Item = &mut Line> {
        self.blocks
            .iter_mut()
            .flat_map(|block| -> Box<dyn Iterator<Item = &mut Line>> {
                match block {
                    Block::Line(line) => Box::new(std::iter::once(line)),
                    Block::Grid(grid) => Box::new(grid.cells.iter_mut().flat_map(|c| &mut c.lines)),
                }
            })
    }
}
