//! Print as blocks of lines, from top to bottom.

use crate::domain::PixelBox;

/// Pieces of a text line that keep this far apart (in hundredths of the print's size) may be in different columns.
const APART: i32 = 80;

/// Print side by side: one line of a table whose cells are level, or all lines of a row whose cells are not.
#[derive(Debug, Clone)]
pub(super) struct Block {
    pub bbox: PixelBox,
    /// Lines of text, or parts of them where the print leaves wide gaps.
    pub pieces: Vec<PixelBox>,
}

impl Block {
    /// True where pieces stand beside each other.
    pub fn is_parted(&self) -> bool {
        let mut sorted = self.pieces.clone();
        sorted.sort_by_key(|p| p.x0);
        sorted.windows(2).any(|pair| pair[1].x0 >= pair[0].x1)
    }
}

/// Blocks from top to bottom.
pub(super) fn blocks(print: &[PixelBox], size: i32) -> Vec<Block> {
    let mut pieces = pieces(print, size);
    pieces.sort_by_key(|p| (p.y0, p.x0));
    let mut out: Vec<Block> = Vec::new();
    for piece in pieces {
        match out.last_mut() {
            // Tails and marks reach into the next line.
            Some(block) if (block.bbox.y1 - piece.y0) * 4 > piece.height() => {
                block.bbox = block.bbox.union(&piece);
                block.pieces.push(piece);
            }
            _ => out.push(Block {
                bbox: piece,
                pieces: vec![piece],
            }),
        }
    }
    out
}

/// Parts of text lines: print on one height, without wide gaps.
fn pieces(print: &[PixelBox], size: i32) -> Vec<PixelBox> {
    let mut boxes: Vec<PixelBox> = print.to_vec();
    boxes.sort_by_key(|b| (b.x0, b.y0));
    let mut out: Vec<PixelBox> = Vec::new();
    // The last letter of each piece: a long line may rise or fall.
    let mut ends: Vec<PixelBox> = Vec::new();
    for b in boxes {
        let near = ends.iter().enumerate().find(|(_, end)| {
            let shared = b.y1.min(end.y1) - b.y0.max(end.y0);
            (b.x0 - end.x1) * 100 < size * APART && shared * 2 > b.height().min(end.height())
        });
        match near.map(|(i, _)| i) {
            Some(i) => {
                out[i] = out[i].union(&b);
                ends[i] = PixelBox::new(ends[i].x0, b.y0, ends[i].x1.max(b.x1), b.y1);
            }
            None => {
                out.push(b);
                ends.push(b);
            }
        }
    }
    out
}

/// What the pieces cover from left to right.
pub(super) fn reaches(pieces: &[PixelBox]) -> Vec<(i32, i32)> {
    let mut sorted: Vec<(i32, i32)> = pieces.iter().map(|p| (p.x0, p.x1)).collect();
    sorted.sort_unstable();
    let mut out: Vec<(i32, i32)> = Vec::new();
    for (from, to) in sorted {
        match out.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(to),
            _ => out.push((from, to)),
        }
    }
    out
}
