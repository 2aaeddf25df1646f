//! How a page's reading is kept on disk between runs. Not a public format: another version of the
//! program reads the page again.

use serde::{Deserialize, Serialize};

use crate::domain::{
    Alternative, Block, Cell, Confidence, Edge, Grid, InkKind, InkRegion, Line, PageNo, PageReading,
    PixelBox, Reader, Restoration, Rotation, Verdict, VerdictEvidence, Vote, Word,
};

/// A kept page, with what it was read from and by.
#[derive(Serialize, Deserialize)]
pub(super) struct KeptPage {
    version: String,
    sha256: String,
    /// SHA-256 of the dictionary that it was read with.
    #[serde(default)]
    dictionary: Option<String>,
    reading: WireReading,
}

impl KeptPage {
    pub fn new(sha256: &str, dictionary: Option<String>, reading: &PageReading) -> Self {
        Self {
            version: version(),
            sha256: sha256.to_owned(),
            dictionary,
            reading: reading.into(),
        }
    }

    /// Whether it was read with this dictionary: another may have read it otherwise.
    pub fn is_read_with(&self, dictionary: Option<&str>) -> bool {
        self.dictionary.as_deref() == dictionary
    }

    /// The reading, if it is of this very file by this very version.
    pub fn reading_of(self, sha256: &str) -> Option<PageReading> {
        (self.version == version() && self.sha256 == sha256).then(|| self.reading.into())
    }
}

fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}

#[derive(Serialize, Deserialize)]
struct WireReading {
    page: std::num::NonZeroU32,
    verdict: WireVerdict,
    evidence: WireEvidence,
    width: u32,
    height: u32,
    dpi: u32,
    rotation: u16,
    blocks: Vec<WireBlock>,
    other_ink: Vec<WireInk>,
    notes: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct WireEvidence {
    words: usize,
    valid_syllables: f32,
    marked: f32,
    fonts: Vec<String>,
    reason: String,
}

#[derive(Serialize, Deserialize)]
enum WireBlock {
    Line(WireLine),
    Grid(WireGrid),
}

#[derive(Serialize, Deserialize)]
struct WireLine {
    bbox: WireBox,
    words: Vec<WireWord>,
}

#[derive(Serialize, Deserialize)]
struct WireWord {
    text: String,
    bbox: WireBox,
    confidence: f32,
    certainty: f32,
    reader: WireReader,
    alternatives: Vec<(String, f32)>,
    votes: Vec<(WireReader, String, f32)>,
    restoration: Option<WireRestoration>,
}

#[derive(Serialize, Deserialize)]
struct WireRestoration {
    raw: String,
    candidates: Vec<String>,
    gain: f32,
    reason: String,
}

#[derive(Serialize, Deserialize)]
struct WireGrid {
    bbox: WireBox,
    rows: usize,
    columns: usize,
    column_edges: Vec<i32>,
    cells: Vec<WireCell>,
    top: WireEdge,
    foot: WireEdge,
}

#[derive(Serialize, Deserialize)]
struct WireCell {
    row: usize,
    column: usize,
    row_span: usize,
    column_span: usize,
    bbox: WireBox,
    lines: Vec<WireLine>,
}

#[derive(Serialize, Deserialize)]
struct WireInk {
    bbox: WireBox,
    kind: WireInkKind,
    text: String,
}

#[derive(Serialize, Deserialize)]
struct WireBox(i32, i32, i32, i32);

/// A wire twin of a plain enum, with both conversions.
macro_rules! twin {
    ($wire:ident = $domain:ident { $($variant:ident),+ $(,)? }) => {
        #[derive(Serialize, Deserialize)]
        enum $wire { $($variant),+ }

        impl From<$domain> for $wire {
            fn from(value: $domain) -> Self {
                match value { $($domain::$variant => Self::$variant),+ }
            }
        }

        impl From<$wire> for $domain {
            fn from(value: $wire) -> Self {
                match value { $($wire::$variant => Self::$variant),+ }
            }
        }
    };
}

twin!(
    WireVerdict = Verdict {
        Trusted,
        WrongLanguage,
        LegacyEncoding,
        Damaged,
        StampOnly,
        None
    }
);
twin!(
    WireReader = Reader {
        TextLayer,
        Tesseract,
        TesseractScript,
        LineReader,
        Person
    }
);
twin!(WireEdge = Edge { Ruled, Open });
twin!(
    WireInkKind = InkKind {
        Stamp,
        Running,
        Unread
    }
);

fn all<A, B: From<A>>(items: impl IntoIterator<Item = A>) -> Vec<B> {
    items.into_iter().map(B::from).collect()
}

impl From<PixelBox> for WireBox {
    fn from(b: PixelBox) -> Self {
        Self(b.x0, b.y0, b.x1, b.y1)
    }
}

impl From<WireBox> for PixelBox {
    fn from(b: WireBox) -> Self {
        Self::new(b.0, b.1, b.2, b.3)
    }
}

impl From<&PageReading> for WireReading {
    fn from(reading: &PageReading) -> Self {
        let evidence = reading.evidence.clone();
        Self {
            page: std::num::NonZeroU32::MIN.saturating_add(reading.page.get() - 1),
            verdict: reading.verdict.into(),
            evidence: WireEvidence {
                words: evidence.words,
                valid_syllables: evidence.valid_syllables,
                marked: evidence.marked,
                fonts: evidence.fonts,
                reason: evidence.reason,
            },
            width: reading.width,
            height: reading.height,
            dpi: reading.dpi,
            rotation: reading.rotation.degrees(),
            blocks: all(&reading.blocks),
            other_ink: all(&reading.other_ink),
            notes: reading.notes.clone(),
        }
    }
}

impl From<WireReading> for PageReading {
    fn from(wire: WireReading) -> Self {
        Self {
            page: PageNo::from_index(wire.page.get() as usize - 1),
            verdict: wire.verdict.into(),
            evidence: VerdictEvidence {
                words: wire.evidence.words,
                valid_syllables: wire.evidence.valid_syllables,
                marked: wire.evidence.marked,
                fonts: wire.evidence.fonts,
                reason: wire.evidence.reason,
            },
            width: wire.width,
            height: wire.height,
            dpi: wire.dpi,
            rotation: Rotation::from_degrees(wire.rotation).unwrap_or_default(),
            blocks: all(wire.blocks),
            other_ink: all(wire.other_ink),
            notes: wire.notes,
        }
    }
}

impl From<&Block> for WireBlock {
    fn from(block: &Block) -> Self {
        match block {
            Block::Line(line) => Self::Line(line.into()),
            Block::Grid(grid) => Self::Grid(grid.into()),
        }
    }
}

impl From<WireBlock> for Block {
    fn from(block: WireBlock) -> Self {
        match block {
            WireBlock::Line(line) => Self::Line(line.into()),
            WireBlock::Grid(grid) => Self::Grid(grid.into()),
        }
    }
}

impl From<&Line> for WireLine {
    fn from(line: &Line) -> Self {
        Self {
            bbox: line.bbox.into(),
            words: all(&line.words),
        }
    }
}

impl From<WireLine> for Line {
    fn from(line: WireLine) -> Self {
        Self {
            bbox: line.bbox.into(),
            words: all(line.words),
        }
    }
}

impl From<&Word> for WireWord {
    fn from(word: &Word) -> Self {
        Self {
            text: word.text.clone(),
            bbox: word.bbox.into(),
            confidence: word.confidence.get(),
            certainty: word.certainty.get(),
            reader: word.reader.into(),
            alternatives: word
                .alternatives
                .iter()
                .map(|a| (a.text.clone(), a.confidence.get()))
                .collect(),
            votes: word
                .votes
                .iter()
                .map(|v| (v.reader.into(), v.text.clone(), v.confidence.get()))
                .collect(),
            restoration: word.restoration.as_ref().map(|r| WireRestoration {
                raw: r.raw.clone(),
                candidates: r.candidates.clone(),
                gain: r.gain,
                reason: r.reason.clone(),
            }),
        }
    }
}

impl From<WireWord> for Word {
    fn from(word: WireWord) -> Self {
        let alternative = |(text, confidence)| Alternative {
            text,
            confidence: Confidence::new(confidence),
        };
        let vote = |(reader, text, confidence): (WireReader, String, f32)| Vote {
            reader: reader.into(),
            text,
            confidence: Confidence::new(confidence),
        };
        Self {
            text: word.text,
            bbox: word.bbox.into(),
            confidence: Confidence::new(word.confidence),
            certainty: Confidence::new(word.certainty),
            reader: word.reader.into(),
            alternatives: word.alternatives.into_iter().map(alternative).collect(),
            votes: word.votes.into_iter().map(vote).collect(),
            // A kept page is restored already.
            ink: Vec::new(),
            restoration: word.restoration.map(|r| Restoration {
                raw: r.raw,
                candidates: r.candidates,
                gain: r.gain,
                reason: r.reason,
            }),
        }
    }
}

impl From<&Grid> for WireGrid {
    fn from(grid: &Grid) -> Self {
        Self {
            bbox: grid.bbox.into(),
            rows: grid.rows,
            columns: grid.columns,
            column_edges: grid.column_edges.clone(),
            cells: all(&grid.cells),
            top: grid.top.into(),
            foot: grid.foot.into(),
        }
    }
}

impl From<WireGrid> for Grid {
    fn from(grid: WireGrid) -> Self {
        Self {
            bbox: grid.bbox.into(),
            rows: grid.rows,
            columns: grid.columns,
            column_edges: grid.column_edges,
            cells: all(grid.cells),
            top: grid.top.into(),
            foot: grid.foot.into(),
        }
    }
}

impl From<&Cell> for WireCell {
    fn from(cell: &Cell) -> Self {
        Self {
            row: cell.row,
            column: cell.column,
            row_span: cell.row_span,
            column_span: cell.column_span,
            bbox: cell.bbox.into(),
            lines: all(&cell.lines),
        }
    }
}

impl From<WireCell> for Cell {
    fn from(cell: WireCell) -> Self {
        Self {
            row: cell.row,
            column: cell.column,
            row_span: cell.row_span,
            column_span: cell.column_span,
            bbox: cell.bbox.into(),
            lines: all(cell.lines),
        }
    }
}

impl From<&InkRegion> for WireInk {
    fn from(ink: &InkRegion) -> Self {
        Self {
            bbox: ink.bbox.into(),
            kind: ink.kind.into(),
            text: ink.text.clone(),
        }
    }
}

impl From<WireInk> for InkRegion {
    fn from(ink: WireInk) -> Self {
        Self {
            bbox: ink.bbox.into(),
            kind: ink.kind.into(),
            text: ink.text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading() -> PageReading {
        let bbox = PixelBox::new(1, 2, 30, 40);
        let word = Word {
            alternatives: vec![Alternative {
                text: "diem".into(),
                confidence: Confidence::new(0.3),
            }],
            votes: vec![Vote {
                reader: Reader::LineReader,
                text: "điềm".into(),
                confidence: Confidence::new(0.7),
            }],
            ink: Vec::new(),
            restoration: Some(Restoration {
                raw: "diêm".into(),
                candidates: vec!["điểm".into(), "diễm".into()],
                gain: 3.25,
                reason: "language model".into(),
            }),
            ..Word::new("điểm", bbox, Confidence::new(0.123_456_7), Reader::Tesseract)
        };
        let line = Line {
            bbox,
            words: vec![word],
        };
        let cell = Cell {
            row: 1,
            column: 2,
            row_span: 3,
            column_span: 1,
            bbox,
            lines: vec![line.clone()],
        };
        let grid = Grid {
            bbox,
            rows: 4,
            columns: 2,
            column_edges: vec![1, 15, 30],
            cells: vec![cell],
            top: Edge::Open,
            foot: Edge::Ruled,
        };
        PageReading {
            page: PageNo::from_index(6),
            verdict: Verdict::WrongLanguage,
            evidence: VerdictEvidence {
                words: 9,
                valid_syllables: 0.1,
                marked: 0.2,
                fonts: vec![".VnTime".into()],
                reason: "không dấu".into(),
            },
            width: 2480,
            height: 3508,
            dpi: 300,
            rotation: Rotation::ThreeQuarters,
            blocks: vec![Block::Line(line), Block::Grid(grid)],
            other_ink: vec![InkRegion {
                bbox,
                kind: InkKind::Stamp,
                text: "UBND".into(),
            }],
            notes: vec!["200 dpi".into()],
        }
    }

    #[test]
    fn a_kept_page_comes_back_whole_for_its_own_file_only() {
        let kept = serde_json::to_vec(&KeptPage::new("abc", None, &reading())).unwrap();
        let back = || serde_json::from_slice::<KeptPage>(&kept).unwrap();
        assert_eq!(back().reading_of("abc"), Some(reading()));
        assert_eq!(back().reading_of("abd"), None);
    }
}
