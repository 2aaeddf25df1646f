//! Image -> ruling lines, grids, cells and text lines to be read.
//!
//! Everything is cut from the page's own rulings and connected pieces of ink, so reading order and
//! cells never depend on a reader's guess. The result holds lines without words: `read` fills them.

mod grid;
mod lines;
mod open;
mod order;
mod rulings;

use image::GrayImage;

use crate::domain::{Block, Grid, InkKind, InkRegion, Line, PixelBox, Word};
use crate::raster::{Bitmap, Component, components};

use rulings::{Origin, Rulings};

/// What is darker on a cleaned page, where paper is 250, may be of a pale ruling.
const PALE: u8 = 200;

/// A page cut up. Boxes are pixels of the straightened image.
pub struct Layout {
    /// Lines and grids in reading order; the lines have no words yet.
    pub blocks: Vec<Block>,
    /// For each line, in the order of the blocks' lines: pieces of other lines that reach into its box,
    /// to be painted over before it is read.
    pub intruders: Vec<Vec<PixelBox>>,
    /// The image with its ruling lines taken away: what is read.
    pub text: GrayImage,
    /// Ink that is no print and no ruling: drawings, remains of seals, torn edges, scraps of strokes.
    pub other_ink: Vec<InkRegion>,
}

/// A line on its way to becoming a block: its box and what reaches into it.
#[derive(Debug, Clone)]
struct LineCut {
    bbox: PixelBox,
    intruders: Vec<PixelBox>,
}

/// Cuts up a straightened page. `dpi` is the density of `clean`.
pub fn page(clean: &GrayImage, ink: &Bitmap, dpi: u32) -> Layout {
    let rulings = rulings::find(ink, dpi, Origin::Scanned);
    let mut grids = grid::find(&rulings, ink, dpi);
    // Dotted and pale rulings are no ink beside black print: where black ones make no table, they may.
    let pale = Bitmap::from_gray(clean, PALE);
    let faint = rulings::find(&pale, dpi, Origin::Scanned);
    let is_new = |grid: &Grid| grids.iter().all(|g| g.bbox.intersection(&grid.bbox).is_empty());
    let of_faint: Vec<Grid> = grid::find(&faint, &pale, dpi)
        .into_iter()
        .filter(is_new)
        .collect();
    let mut print = ink.clone();
    let mut text = clean.clone();
    let mut used = vec![&rulings];
    if !of_faint.is_empty() {
        used.push(&faint);
        grids.extend(of_faint);
    }
    for rulings in &used {
        rulings.erase(&mut print, &mut text, dpi);
    }
    let (remnants, pieces): (Vec<Component>, Vec<Component>) = components(&print)
        .into_iter()
        .partition(|c| used.iter().any(|rulings| rulings.is_remnant(c, dpi)));
    for remnant in &remnants {
        paint_over(&mut text, &remnant.bbox);
    }
    let (letters, large) = sorted_out(pieces, &grids, dpi);

    let usual = lines::body_height(&letters, dpi).unwrap_or((dpi / 12) as i32);
    // Leaders and specks, of which a form may have more than letters, say nothing about the size of the print.
    let least = (dpi / 25) as i32;
    let mut print: Vec<PixelBox> = letters
        .iter()
        .map(|l| l.bbox)
        .filter(|b| b.height() >= least)
        .collect();
    let height = middle_height(&print).unwrap_or(usual);
    print.retain(|b| b.height() * 20 >= height * 11);
    let half_ruled = grid::find_half_ruled(&rulings, ink, dpi);
    let grids = with_open_tables(grids, half_ruled, &print, &rulings, height * 2);
    let mut inside: Vec<Vec<Component>> = Vec::new();
    let slots: Vec<(usize, usize)> = grids
        .iter()
        .enumerate()
        .flat_map(|(g, grid)| (0..grid.cells.len()).map(move |c| (g, c)))
        .collect();
    inside.resize_with(slots.len(), Vec::new);
    let mut outside = Vec::new();
    let mut beside_cells: Vec<PixelBox> = Vec::new();
    for letter in letters {
        let (x, y) = letter.bbox.center();
        let home = grids
            .iter()
            .enumerate()
            .find(|(_, g)| g.bbox.contains_point(x, y))
            .and_then(|(g, grid)| {
                grid.cells
                    .iter()
                    .position(|c| c.bbox.contains_point(x, y))
                    .map(|c| (g, c))
            });
        match home.and_then(|h| slots.iter().position(|s| *s == h)) {
            Some(slot) => inside[slot].push(letter),
            None if grids.iter().any(|g| g.bbox.contains_point(x, y)) => beside_cells.push(letter.bbox),
            None => outside.push(letter),
        }
    }

    let lines::Cut {
        lines: free,
        mut strays,
    } = lines::cut(&outside, usual, dpi, lines::Where::Page);
    let mut grids = grids;
    let mut cell_cuts: Vec<Vec<Vec<LineCut>>> =
        grids.iter().map(|g| vec![Vec::new(); g.cells.len()]).collect();
    for ((g, c), letters) in slots.into_iter().zip(inside) {
        let found = lines::cut(&letters, usual, dpi, lines::Where::Cell);
        cell_cuts[g][c] = found.lines;
        strays.extend(found.strays);
    }

    let mut blocks = Vec::new();
    let mut intruders = Vec::new();
    for piece in order::reading_order(&free, &grids.iter().map(|g| g.bbox).collect::<Vec<_>>()) {
        match piece {
            order::Piece::Line(i) => {
                intruders.push(free[i].intruders.clone());
                blocks.push(Block::Line(Line {
                    bbox: free[i].bbox,
                    words: Vec::new(),
                }));
            }
            order::Piece::Grid(g) => {
                let mut grid = std::mem::take(&mut grids[g]);
                for (cell, cuts) in grid.cells.iter_mut().zip(&cell_cuts[g]) {
                    for cut in cuts {
                        intruders.push(cut.intruders.clone());
                        cell.lines.push(Line {
                            bbox: cut.bbox,
                            words: Vec::new(),
                        });
                    }
                }
                blocks.push(Block::Grid(grid));
            }
        }
    }
    let other_ink = large
        .into_iter()
        .chain(strays)
        .chain(beside_cells)
        .map(|bbox| InkRegion {
            bbox,
            kind: InkKind::Unread,
            text: String::new(),
        })
        .collect();
    Layout {
        blocks,
        intruders,
        text,
        other_ink,
    }
}

/// Half of the boxes are higher, half lower.
fn middle_height(boxes: &[PixelBox]) -> Option<i32> {
    let mut heights: Vec<i32> = boxes.iter().map(PixelBox::height).collect();
    heights.sort_unstable();
    heights.get(heights.len() / 2).copied()
}

/// The ruled grids and the tables without upright rulings among the print outside them. `size` is that of the print: the
/// height of a line set solid.
fn with_open_tables(
    mut grids: Vec<Grid>,
    half_ruled: Vec<Grid>,
    print: &[PixelBox],
    rulings: &Rulings,
    size: i32,
) -> Vec<Grid> {
    let in_a_grid = |b: &PixelBox| {
        let (x, y) = b.center();
        grids.iter().any(|g| g.bbox.contains_point(x, y))
    };
    let free: Vec<PixelBox> = print.iter().filter(|b| !in_a_grid(b)).copied().collect();
    let open = open::find(&free, rulings, &grids, size);
    grids.extend(open);
    // What the print alone makes no table of may still be ruled enough for one.
    for half in half_ruled {
        if grids.iter().all(|g| g.bbox.intersection(&half.bbox).is_empty()) {
            grids.push(half);
        }
    }
    grids.sort_by_key(|g| (g.bbox.y0, g.bbox.x0));
    grids
}

fn paint_over(picture: &mut GrayImage, part: &PixelBox) {
    for (y, x) in (part.y0..part.y1).flat_map(|y| (part.x0..part.x1).map(move |x| (y, x))) {
        picture.put_pixel(x as u32, y as u32, image::Luma([255]));
    }
}

/// Sets the words of a text layer into the page's grids and lines. Boxes are pixels of `ink`.
pub fn with_words(ink: &Bitmap, dpi: u32, words: Vec<Word>) -> Vec<Block> {
    let ink = &without_print(ink, &words);
    let rulings = rulings::find(ink, dpi, Origin::Drawn);
    let print: Vec<PixelBox> = words.iter().map(|w| w.bbox).collect();
    let half_ruled = grid::find_half_ruled(&rulings, ink, dpi);
    let ruled = grid::find(&rulings, ink, dpi);
    let size = middle_height(&print).unwrap_or(1);
    let mut grids = with_open_tables(ruled, half_ruled, &print, &rulings, size);
    let mut outside = Vec::new();
    let mut inside: Vec<Vec<Vec<Word>>> = grids.iter().map(|g| vec![Vec::new(); g.cells.len()]).collect();
    for word in words {
        let (x, y) = word.bbox.center();
        let home = grids.iter().enumerate().find_map(|(g, grid)| {
            grid.cells
                .iter()
                .position(|c| c.bbox.contains_point(x, y))
                .map(|c| (g, c))
        });
        match home {
            Some((g, c)) => inside[g][c].push(word),
            None => outside.push(word),
        }
    }
    let free = lines::of_words(outside, lines::Where::Page);
    for (grid, cells) in grids.iter_mut().zip(inside) {
        for (cell, words) in grid.cells.iter_mut().zip(cells) {
            cell.lines = lines::of_words(words, lines::Where::Cell);
        }
    }
    let cuts: Vec<LineCut> = free
        .iter()
        .map(|l| LineCut {
            bbox: l.bbox,
            intruders: Vec::new(),
        })
        .collect();
    let mut free: Vec<Option<Line>> = free.into_iter().map(Some).collect();
    let boxes: Vec<PixelBox> = grids.iter().map(|g| g.bbox).collect();
    let mut blocks = Vec::new();
    for piece in order::reading_order(&cuts, &boxes) {
        match piece {
            order::Piece::Line(i) => blocks.extend(free[i].take().map(Block::Line)),
            order::Piece::Grid(g) => blocks.push(Block::Grid(std::mem::take(&mut grids[g]))),
        }
    }
    blocks
}

/// A drawing without what its words drew: stems and brackets one below the other look like a ruling. A ruling close
/// under a word stays.
fn without_print(ink: &Bitmap, words: &[Word]) -> Bitmap {
    let mut ink = ink.clone();
    let (width, height) = (ink.width() as i32, ink.height() as i32);
    for word in words {
        let b = &word.bbox;
        let rim = b.height() / 6;
        let (x0, x1) = (b.x0.clamp(0, width), b.x1.clamp(0, width));
        for y in (b.y0 + rim).clamp(0, height)..(b.y1 - rim).clamp(0, height) {
            if x0 < x1 {
                ink.row_mut(y as usize)[x0 as usize..x1 as usize].fill(0);
            }
        }
    }
    ink
}

/// Print on one side, pieces too large for it on the other; specks are dropped.
fn sorted_out(
    pieces: Vec<Component>,
    grids: &[crate::domain::Grid],
    dpi: u32,
) -> (Vec<Component>, Vec<PixelBox>) {
    let speck = (dpi / 90).max(1) as i32;
    let tallest = (dpi as i32 * 2) / 3;
    let mut letters = Vec::with_capacity(pieces.len());
    let mut large = Vec::new();
    for piece in pieces {
        let (w, h) = (piece.bbox.width(), piece.bbox.height());
        if w <= speck && h <= speck {
            continue;
        }
        let thin = w.min(h) <= speck && w.max(h) > dpi as i32 / 6;
        if h > tallest || (w > dpi as i32 * 2 && h > dpi as i32 / 3) {
            large.push(piece.bbox);
        } else if thin && on_a_ruling(&piece.bbox, grids, dpi) {
            // What is left of a ruling after it was taken away.
        } else {
            letters.push(piece);
        }
    }
    (letters, large)
}

fn on_a_ruling(piece: &PixelBox, grids: &[crate::domain::Grid], dpi: u32) -> bool {
    let near = (dpi / 40) as i32;
    grids.iter().flat_map(|g| &g.cells).any(|cell| {
        let b = &cell.bbox;
        let (x, y) = piece.center();
        let along_x = x >= b.x0 - near && x <= b.x1 + near;
        let along_y = y >= b.y0 - near && y <= b.y1 + near;
        (along_y && ((x - b.x0).abs() <= near || (x - b.x1).abs() <= near) && piece.height() > piece.width())
            || (along_x
                && ((y - b.y0).abs() <= near || (y - b.y1).abs() <= near)
                && piece.width() > piece.height())
    })
}
