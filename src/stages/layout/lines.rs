//! Lines of text from pieces of ink.

use std::collections::HashSet;

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
    /// So many of its members, the first ones, are letters that it was begun with.
    begun: usize,
    /// Top and foot of its letters, a moving average.
    top: f32,
    foot: f32,
}

impl Open {
    fn core(&self) -> (i32, i32) {
        (self.top.round() as i32, self.foot.round() as i32)
    }

    /// True for ink between the top and the foot of the letters beside it.
    fn holds(&self, b: &PixelBox, letters: &[Component], body: i32) -> bool {
        let (x, y) = b.center();
        let begun = self.members.iter().take(self.begun).map(|&i| letters[i].bbox);
        let beside = |m: &PixelBox| (m.center().0 - x).abs();
        let left = begun.clone().filter(|m| m.center().0 <= x).min_by_key(beside);
        let right = begun.filter(|m| m.center().0 > x).min_by_key(beside);
        let near: Vec<PixelBox> = left
            .into_iter()
            .chain(right)
            .filter(|m| beside(m) < body * 4)
            .collect();
        let top = near.iter().map(|m| m.y0).min();
        let foot = near.iter().map(|m| m.y1).min();
        top.zip(foot)
            .is_some_and(|(top, foot)| y >= top && y < foot + body * 3 / 20)
    }

    /// Those of its letters that reach below their neighbours.
    fn tails(&self, letters: &[Component], body: i32) -> Vec<usize> {
        let mut begun = self.members[..self.begun].to_vec();
        begun.sort_by_key(|&i| letters[i].bbox.x0);
        let foot = |at: usize| letters[begun[at]].bbox.y1;
        let is_tail = |&at: &usize| {
            let around = at.saturating_sub(2)..(at + 3).min(begun.len());
            around
                .filter(|n| *n != at)
                .map(foot)
                .min()
                .is_some_and(|base| foot(at) > base + body / 8)
        };
        (0..begun.len()).filter(is_tail).map(|at| begun[at]).collect()
    }

    fn take(&mut self, index: usize, bbox: &PixelBox) {
        self.members.push(index);
        self.bbox = self.bbox.union(bbox);
    }

    fn add(&mut self, index: usize, bbox: &PixelBox) {
        self.take(index, bbox);
        self.begun += 1;
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
                (b.y1.min(foot) - b.y0.max(top), b.height().min(foot - top), line)
            })
            .filter(|(shared, least, _)| shared * 2 >= *least.max(&1))
            // A tall letter shares all of a quotation mark, but more of its own line.
            .max_by_key(|(shared, ..)| *shared);
        match best {
            Some((_, _, line)) => line.add(i, &b),
            None => open.push(Open {
                members: vec![i],
                bbox: b,
                begun: 1,
                top: b.y0 as f32,
                foot: b.y1 as f32,
            }),
        }
    }
    let open = joined(open, widest_gap, usual);
    // A big comma below the line is no letter that begins one, and neither are marks that stand on each other.
    let is_comma = |line: &Open| line.members.len() == 1 && line.bbox.height() * 4 < body * 3;
    let small: Vec<bool> = open
        .iter()
        .map(|line| {
            let is_part = |whole: &Open| {
                is_piece_of(line, whole, letters, body) || is_marks_of(line, whole, letters, body)
            };
            is_comma(line) || open.iter().any(is_part)
        })
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
        .partition(|line| is_stray(&line.bbox, body, dpi, place) || is_stroke(line, letters, body));
    Cut {
        lines: finish(open, letters, body),
        strays: strays.into_iter().map(|s| s.bbox).collect(),
    }
}

/// True when `line` is a scrap of letters of the longer `whole`: half a ring of a percent sign.
fn is_piece_of(line: &Open, whole: &Open, letters: &[Component], body: i32) -> bool {
    let (x, y) = line.bbox.center();
    let (top, foot) = whole.core();
    let within = (whole.bbox.x0..whole.bbox.x1).contains(&x) && (top..foot).contains(&y);
    line.members.len() * 2 <= whole.members.len() && (within || whole.holds(&line.bbox, letters, body))
}

/// True when `line` is nothing but marks of the letters `below` it: a circumflex with a tone on it is as high as a small
/// letter. Lines of text keep more distance.
fn is_marks_of(line: &Open, below: &Open, letters: &[Component], body: i32) -> bool {
    let gap = below.core().0 - line.core().1;
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

/// True when `line` is nothing but long thin strokes: the shadow of the paper's edge, what is left of a ruling.
fn is_stroke(line: &Open, letters: &[Component], body: i32) -> bool {
    line.members.iter().all(|&i| {
        let b = &letters[i].bbox;
        let (long, thin) = (b.width().max(b.height()), b.width().min(b.height()));
        long > body * 2 && thin * 8 <= long
    })
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

/// Pieces of one line that were begun apart become one: a heading letter far left, the halves of a digit that a copy of a
/// copy broke across. The halves are near each other and together no higher than a capital, which two lines never are.
fn joined(mut open: Vec<Open>, widest_gap: i32, usual: i32) -> Vec<Open> {
    open.sort_by_key(|l| l.bbox.x0);
    let mut out: Vec<Open> = Vec::new();
    for line in open {
        let (top, foot) = line.core();
        let home = out.iter_mut().find(|o| {
            let (otop, ofoot) = o.core();
            let shared = foot.min(ofoot) - top.max(otop);
            let gap = line.bbox.x0.max(o.bbox.x0) - line.bbox.x1.min(o.bbox.x1);
            let halves = gap < usual * 2 && foot.max(ofoot) - top.min(otop) <= usual * 2;
            halves || shared * 10 >= (foot - top).min(ofoot - otop) * 6 && gap.max(0) < widest_gap
        });
        match home {
            Some(o) => {
                o.members.extend(&line.members);
                o.begun += line.begun;
                o.bbox = o.bbox.union(&line.bbox);
                o.top = o.top.min(line.top);
                o.foot = o.foot.max(line.foot);
            }
            None => out.push(line),
        }
    }
    out
}

/// Marks, dots, commas, dashes and tall pieces go to the line they stand in, or to that of the ink that is nearest above or
/// below them: a tone mark stands on a circumflex, and that on its letter. What is left goes to the nearest line.
fn attach(open: &mut Vec<Open>, letters: &[Component], rest: Vec<usize>, body: i32) {
    let mut stacked = rest;
    stacked.retain(|&i| {
        let b = letters[i].bbox;
        let home = open.iter_mut().find(|line| line.holds(&b, letters, body));
        home.map(|line| line.take(i, &b)).is_none()
    });
    stack(open, letters, &mut stacked, body);
    let mut alone: Vec<usize> = Vec::new();
    for i in stacked {
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
            Some((_, line)) => line.take(i, &b),
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
            Some(line) => line.take(i, &b),
            None => open.push(Open {
                members: vec![i],
                bbox: b,
                begun: 1,
                top: b.y0 as f32,
                foot: b.y1 as f32,
            }),
        }
    }
}

/// Gives what stands close above or below the ink of a line to that line, the closest first, so that marks on marks
/// follow their letters. A dot alone may stand below. What finds no line stays in `rest`.
fn stack(open: &mut [Open], letters: &[Component], rest: &mut Vec<usize>, body: i32) {
    let close = (body * 9 / 20).max(2);
    let tails: HashSet<usize> = open.iter().flat_map(|line| line.tails(letters, body)).collect();
    let near = |i: usize, member: usize| {
        let (mark, ink) = (&letters[i].bbox, &letters[member].bbox);
        let beside = mark.x0 >= ink.x1 || ink.x0 >= mark.x1;
        let is_dot = mark.width().max(mark.height()) * 5 <= body * 2;
        let below = mark.center().1 > ink.center().1;
        match below {
            _ if beside => None,
            // A letter's tail comes near the marks of the line below.
            true => (is_dot && !tails.contains(&member)).then(|| (mark.y0 - ink.y1).max(0) * 3 / 2),
            false => Some((ink.y0 - mark.y1).max(0)),
        }
    };
    // For each piece without a line: the least gap to ink of one, and that line.
    let mut nearest: Vec<Option<(i32, usize)>> = rest
        .iter()
        .map(|&i| {
            let lines = open.iter().enumerate();
            let gaps =
                lines.flat_map(|(l, line)| line.members.iter().filter_map(move |&m| Some((near(i, m)?, l))));
            gaps.min()
        })
        .collect();
    loop {
        let next = nearest
            .iter()
            .enumerate()
            .filter_map(|(k, n)| n.map(|(gap, line)| (gap, k, line)))
            .filter(|(gap, ..)| *gap <= close)
            .min();
        let Some((_, k, line)) = next else { return };
        let i = rest.swap_remove(k);
        nearest.swap_remove(k);
        open[line].take(i, &letters[i].bbox);
        for (&other, nearest) in rest.iter().zip(&mut nearest) {
            let found = near(other, i).map(|gap| (gap, line));
            *nearest = nearest.iter().copied().chain(found).min();
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
    fn a_quotation_mark_begins_no_line_for_the_tall_letter_after_it() {
        let mut letters: Vec<Component> = (0..6).map(|k| letter(k * 30, 100, 20, 25)).collect();
        letters.push(letter(180, 90, 8, 14));
        letters.push(letter(200, 89, 22, 36));
        letters.extend((0..3).map(|k| letter(230 + k * 30, 100, 20, 25)));
        let lines = cut(&letters, 25, 300, Where::Cell).lines;
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0].bbox, PixelBox::new(0, 89, 310, 125));
    }

    #[test]
    fn a_short_line_of_capitals_with_a_tail_is_no_marks() {
        // The tail of its last letter comes near the capitals below.
        let mut letters: Vec<Component> = (0..4).map(|k| letter(k * 34, 100, 30, 33)).collect();
        letters.push(letter(140, 108, 20, 25));
        letters.push(letter(164, 108, 20, 36));
        letters.extend((0..12).map(|k| letter(k * 34, 155, 30, 33)));
        let lines = cut(&letters, 31, 300, Where::Cell).lines;
        let boxes: Vec<PixelBox> = lines.iter().map(|l| l.bbox).collect();
        assert_eq!(
            boxes,
            [PixelBox::new(0, 100, 184, 144), PixelBox::new(0, 155, 404, 188)]
        );
    }

    #[test]
    fn half_a_letter_is_no_line() {
        let mut letters: Vec<Component> = (0..10).map(|k| letter(k * 30, 100, 20, 25)).collect();
        letters.push(letter(301, 92, 16, 17));
        letters.push(letter(312, 112, 12, 12));
        letters.extend((0..3).map(|k| letter(340 + k * 30, 100, 20, 25)));
        let lines = cut(&letters, 22, 300, Where::Cell).lines;
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0].bbox, PixelBox::new(0, 92, 420, 125));
    }

    #[test]
    fn a_digit_broken_across_is_one_line() {
        // The head and the bowl of a 5 as a copy of a copy leaves them, alone in a cell of a page with letters of 22.
        let halves = [letter(10, 100, 16, 16), letter(10, 114, 20, 20)];
        let lines = cut(&halves, 22, 300, Where::Cell).lines;
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0].bbox, PixelBox::new(10, 100, 30, 134));
        // "5.2": of the 5 its bowl is high enough for a letter, of the 2 its neck.
        let number = [
            (27, 29, 16, 7),
            (19, 44, 20, 18),
            (45, 58, 4, 5),
            (65, 30, 9, 22),
            (55, 55, 20, 8),
        ];
        let number = number.map(|(x, y, w, h)| letter(x, y, w, h));
        let lines = cut(&number, 19, 300, Where::Cell).lines;
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0].bbox, PixelBox::new(19, 29, 75, 63));
    }

    #[test]
    fn a_mark_on_a_mark_goes_with_its_letter() {
        // Tight lines: the tone mark is nearer to the foot of the upper line than to the letters of the lower one.
        let mut letters: Vec<Component> = (0..10).map(|k| letter(k * 30, 100, 20, 25)).collect();
        letters.extend((0..10).map(|k| letter(k * 30, 155, 20, 25)));
        letters.push(letter(60, 144, 18, 8));
        letters.push(letter(68, 134, 8, 7));
        let lines = cut(&letters, 25, 300, Where::Cell).lines;
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0].bbox, PixelBox::new(0, 100, 290, 125));
        assert_eq!(lines[1].bbox, PixelBox::new(0, 134, 290, 180));
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
    fn long_thin_strokes_are_no_line() {
        let mut letters: Vec<Component> = (0..10).map(|k| letter(k * 30, 100, 20, 25)).collect();
        // The edge's shadow, a ruling's rest, and the dots of a form, which are text.
        letters.push(letter(900, 0, 4, 300));
        letters.push(letter(400, 400, 300, 3));
        letters.extend((0..20).map(|k| letter(k * 12, 220, 4, 4)));
        let found = cut(&letters, 25, 300, Where::Page);
        assert_eq!(
            found.strays,
            [PixelBox::new(900, 0, 904, 300), PixelBox::new(400, 400, 700, 403)]
        );
        assert_eq!(found.lines.len(), 2);
    }

    #[test]
    fn a_wide_gap_parts_lines_on_the_page_but_not_in_a_cell() {
        let letters: Vec<Component> = [0, 30, 60, 300, 330, 360].map(|x| letter(x, 0, 20, 25)).to_vec();
        assert_eq!(cut(&letters, 25, 300, Where::Page).lines.len(), 2);
        assert_eq!(cut(&letters, 25, 300, Where::Cell).lines.len(), 1);
    }
}
