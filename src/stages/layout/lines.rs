//! Lines of text from pieces of ink.

use crate::domain::{Line, PixelBox, Word};
use crate::raster::Component;

use super::LineCut;

/// Where lines are sought: on the open page a wide gap parts two lines, in a cell it does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Where {
    Page,
    Cell,
}

/// A line while letters are still joining it.
struct Open {
    members: Vec<usize>,
    bbox: PixelBox,
    /// Top and foot of its letters, a moving average.
    top: f32,
    foot: f32,
}

impl Open {
    fn core(&self) -> (i32, i32) {
        (self.top.round() as i32, self.foot.round() as i32)
    }

    fn add(&mut self, index: usize, bbox: &PixelBox) {
        self.members.push(index);
        self.bbox = self.bbox.union(bbox);
        self.top += (bbox.y0 as f32 - self.top) * 0.3;
        self.foot += (bbox.y1 as f32 - self.foot) * 0.3;
    }
}

/// Lines, and the ink that is none: specks and scraps of strokes, left for a person to look at.
#[derive(Debug, Default)]
pub(super) struct Cut {
    pub lines: Vec<LineCut>,
    pub strays: Vec<PixelBox>,
}

/// Cuts the letters of a cell, or of the page outside its tables, into lines from top to bottom.
/// `usual` is the height of a letter on this page, see [`body_height`].
pub(super) fn cut(letters: &[Component], usual: i32, dpi: u32, place: Where) -> Cut {
    if letters.is_empty() {
        return Cut::default();
    }
    // Print may be smaller than usual, but not by half.
    let body = body_height(letters, dpi)
        .filter(|h| h * 20 >= usual * 11)
        .unwrap_or(usual);
    let widest_gap = match place {
        Where::Page => body * 3,
        Where::Cell => body * 12,
    };
    let mut order: Vec<usize> = (0..letters.len()).collect();
    order.sort_by_key(|&i| (letters[i].bbox.x0, letters[i].bbox.y0));
    let is_body = |b: &PixelBox| b.height() * 20 >= body * 11 && b.height() <= body * 5 / 2;

    let mut open: Vec<Open> = Vec::new();
    for &i in order.iter().filter(|&&i| is_body(&letters[i].bbox)) {
        let b = letters[i].bbox;
        let best = open
            .iter_mut()
            .filter(|line| b.x0 - line.bbox.x1 < widest_gap)
            .map(|line| {
                let (top, foot) = line.core();
                let shared = (b.y1.min(foot) - b.y0.max(top)) as f32;
                (shared / (b.height().min(foot - top).max(1)) as f32, line)
            })
            .filter(|(share, _)| *share >= 0.5)
            .max_by(|a, b| a.0.total_cmp(&b.0));
        match best {
            Some((_, line)) => line.add(i, &b),
            None => open.push(Open {
                members: vec![i],
                bbox: b,
                top: b.y0 as f32,
                foot: b.y1 as f32,
            }),
        }
    }
    let open = joined(open, widest_gap);
    // A big comma below the line is no letter that begins one, and neither are marks that stand on each other.
    let is_comma = |line: &Open| line.members.len() == 1 && line.bbox.height() * 4 < body * 3;
    let small: Vec<bool> = open
        .iter()
        .map(|line| is_comma(line) || open.iter().any(|below| is_marks_of(line, below, letters, body)))
        .collect();
    let mut small = small.into_iter();
    let (small, mut open): (Vec<Open>, Vec<Open>) =
        open.into_iter().partition(|_| small.next().unwrap_or_default());
    let rest: Vec<usize> = order
        .into_iter()
        .filter(|&i| !is_body(&letters[i].bbox))
        .chain(small.iter().flat_map(|line| line.members.iter().copied()))
        .collect();
    attach(&mut open, letters, rest, body);
    open.sort_by_key(|line| (line.bbox.y0 + line.bbox.y1, line.bbox.x0));
    let (strays, open): (Vec<Open>, Vec<Open>) = open
        .into_iter()
        .partition(|line| is_stray(&line.bbox, body, dpi, place));
    Cut {
        lines: finish(open, letters, body),
        strays: strays.into_iter().map(|s| s.bbox).collect(),
    }
}

/// True when `line` is nothing but marks of the letters `below` it: a circumflex with a tone on it is as high as a small
/// letter. Lines of text keep more distance.
fn is_marks_of(line: &Open, below: &Open, letters: &[Component], body: i32) -> bool {
    let gap = below.core().0 - line.bbox.y1;
    let near = gap * 5 <= body * 2 && line.bbox.y0 < below.core().0 && line.core().1 < below.core().1;
    let over_a_letter = |mark: &PixelBox| {
        below.members.iter().any(|&i| {
            let letter = letters[i].bbox;
            letter.x0 < mark.x1 && mark.x0 < letter.x1
        })
    };
    near && below.members.len() > line.members.len()
        && line.members.iter().all(|&i| {
            let mark = &letters[i].bbox;
            mark.height() * 10 <= body * 11 && over_a_letter(mark)
        })
}

/// Too little ink for a letter. A dash alone in a cell is a value ("none"), on the open page it is not.
fn is_stray(b: &PixelBox, body: i32, dpi: u32, place: Where) -> bool {
    let dash = b.width() >= b.height() * 2 && b.width() >= (dpi / 30) as i32;
    b.height() * 2 < body && (!dash || place == Where::Page) && b.width() < body * 2
}

/// Words of a text layer as lines: words share a line where they overlap by half their height,
/// and on the open page are not far apart.
pub(super) fn of_words(mut words: Vec<Word>, place: Where) -> Vec<Line> {
    words.sort_by_key(|w| (w.bbox.x0, w.bbox.y0));
    let mut lines: Vec<Line> = Vec::new();
    for word in words {
        let b = word.bbox;
        let home = lines.iter_mut().find(|line| {
            // The last word of the line is what this one would follow.
            let last = line.words.last().map_or(line.bbox, |w| w.bbox);
            let shared = b.y1.min(last.y1) - b.y0.max(last.y0);
            let near = place == Where::Cell || b.x0 - last.x1 < b.height() * 3;
            shared * 2 > b.height().min(last.height()) && near
        });
        match home {
            Some(line) => {
                line.bbox = line.bbox.union(&b);
                line.words.push(word);
            }
            None => lines.push(Line {
                bbox: b,
                words: vec![word],
            }),
        }
    }
    lines.sort_by_key(|l| (l.bbox.y0, l.bbox.x0));
    lines
}

/// The usual height of a letter; `None` when there is no ink that could be one.
pub(super) fn body_height(letters: &[Component], dpi: u32) -> Option<i32> {
    let least = (dpi / 36).max(4) as i32;
    let mut heights: Vec<i32> = letters
        .iter()
        .map(|c| c.bbox.height())
        .filter(|h| *h >= least && *h <= dpi as i32 / 3)
        .collect();
    heights.sort_unstable();
    let middle = heights.len() / 2;
    heights.get(middle).copied()
}

/// Pieces of one line that were begun apart (a heading letter far left) become one.
fn joined(mut open: Vec<Open>, widest_gap: i32) -> Vec<Open> {
    open.sort_by_key(|l| l.bbox.x0);
    let mut out: Vec<Open> = Vec::new();
    for line in open {
        let (top, foot) = line.core();
        let home = out.iter_mut().find(|o| {
            let (otop, ofoot) = o.core();
            let shared = foot.min(ofoot) - top.max(otop);
            let gap = (line.bbox.x0.max(o.bbox.x0) - line.bbox.x1.min(o.bbox.x1)).max(0);
            shared * 10 >= (foot - top).min(ofoot - otop) * 6 && gap < widest_gap
        });
        match home {
            Some(o) => {
                o.members.extend(&line.members);
                o.bbox = o.bbox.union(&line.bbox);
                o.top = o.top.min(line.top);
                o.foot = o.foot.max(line.foot);
            }
            None => out.push(line),
        }
    }
    out
}

/// Marks, dots, commas, dashes and tall pieces go to the line they are nearest to.
fn attach(open: &mut Vec<Open>, letters: &[Component], rest: Vec<usize>, body: i32) {
    let mut alone: Vec<usize> = Vec::new();
    for i in rest {
        let b = letters[i].bbox;
        let (_, y) = b.center();
        let nearest = open
            .iter_mut()
            .filter(|l| b.x1 > l.bbox.x0 - body * 3 && b.x0 < l.bbox.x1 + body * 3)
            .map(|l| {
                let (top, foot) = l.core();
                let away = if y < top { top - y } else { (y - foot).max(0) };
                // A mark above letters belongs to them sooner than to the line above it.
                let above = if y < top { away * 3 / 4 } else { away };
                (above, l)
            })
            .filter(|(away, _)| *away <= body * 4 / 5)
            .min_by_key(|(away, _)| *away);
        match nearest {
            Some((_, line)) => {
                line.members.push(i);
                line.bbox = line.bbox.union(&b);
            }
            None => alone.push(i),
        }
    }
    for i in alone {
        let b = letters[i].bbox;
        let home = open.iter_mut().find(|l| {
            let (top, foot) = l.core();
            b.center().1 >= top
                && b.center().1 < foot
                && b.x0 - l.bbox.x1 < body * 3
                && l.bbox.x0 - b.x1 < body * 3
        });
        match home {
            Some(line) => {
                line.members.push(i);
                line.bbox = line.bbox.union(&b);
            }
            None => open.push(Open {
                members: vec![i],
                bbox: b,
                top: b.y0 as f32,
                foot: b.y1 as f32,
            }),
        }
    }
}

/// Boxes, and for each what of the others reaches into it.
fn finish(open: Vec<Open>, letters: &[Component], body: i32) -> Vec<LineCut> {
    let pad = body / 3;
    let all: Vec<(usize, usize)> = open
        .iter()
        .enumerate()
        .flat_map(|(l, line)| line.members.iter().map(move |&i| (l, i)))
        .collect();
    open.iter()
        .enumerate()
        .map(|(l, line)| {
            let reach = PixelBox::new(
                line.bbox.x0 - pad,
                line.bbox.y0 - pad,
                line.bbox.x1 + pad,
                line.bbox.y1 + pad,
            );
            let intruders = all
                .iter()
                .filter(|(other, _)| *other != l)
                .map(|(_, i)| letters[*i].bbox)
                .filter(|b| !b.intersection(&reach).is_empty())
                .collect();
            LineCut {
                bbox: line.bbox,
                intruders,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(x: i32, y: i32, w: i32, h: i32) -> Component {
        Component {
            bbox: PixelBox::new(x, y, x + w, y + h),
            area: (w * h) as u32,
        }
    }

    #[test]
    fn marks_go_to_their_own_line() {
        let mut letters: Vec<Component> = (0..10).map(|k| letter(k * 30, 100, 20, 25)).collect();
        letters.extend((0..10).map(|k| letter(k * 30, 150, 20, 25)));
        // A tone mark over the second line and a dot under the first.
        letters.push(letter(60, 138, 8, 8));
        letters.push(letter(90, 128, 6, 6));
        let lines = cut(&letters, 25, 300, Where::Cell).lines;
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0].bbox, PixelBox::new(0, 100, 290, 134));
        assert_eq!(lines[1].bbox, PixelBox::new(0, 138, 290, 175));
    }

    #[test]
    fn marks_as_high_as_letters_are_no_line() {
        let mut letters: Vec<Component> = (0..10).map(|k| letter(k * 30, 100, 20, 25)).collect();
        letters.extend((0..10).map(|k| letter(k * 30, 160, 20, 25)));
        // Circumflex and tone in one piece, over three letters of the second line.
        letters.extend([1, 4, 5].map(|k| letter(k * 30 + 2, 134, 18, 22)));
        let lines = cut(&letters, 25, 300, Where::Page).lines;
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[1].bbox, PixelBox::new(0, 134, 290, 185));
    }

    #[test]
    fn a_comma_as_high_as_a_small_letter_stays_in_its_line() {
        let mut letters: Vec<Component> = (0..10).map(|k| letter(k * 30, 100, 20, 25)).collect();
        letters.push(letter(142, 120, 7, 14));
        let lines = cut(&letters, 25, 300, Where::Cell).lines;
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0].bbox, PixelBox::new(0, 100, 290, 134));
    }

    #[test]
    fn specks_are_no_line_but_are_not_lost() {
        let speck = PixelBox::new(40, 60, 46, 67);
        let letters = [letter(0, 100, 20, 25), letter(40, 60, 6, 7)];
        let found = cut(&letters, 25, 300, Where::Cell);
        assert_eq!(found.lines.len(), 1);
        assert_eq!(found.strays, vec![speck]);
        // A dash alone in a cell says "none".
        let dash = [letter(40, 60, 16, 4)];
        assert_eq!(cut(&dash, 25, 300, Where::Cell).lines.len(), 1);
    }

    #[test]
    fn a_wide_gap_parts_lines_on_the_page_but_not_in_a_cell() {
        let letters: Vec<Component> = [0, 30, 60, 300, 330, 360].map(|x| letter(x, 0, 20, 25)).to_vec();
        assert_eq!(cut(&letters, 25, 300, Where::Page).lines.len(), 2);
        assert_eq!(cut(&letters, 25, 300, Where::Cell).lines.len(), 1);
    }
}
