use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::TextLayer;
use crate::domain::{Confidence, PixelBox, Reader, Word};
use crate::encoding::{self, FontCoding};

/// Which way a letter's line runs on the upright page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Heading {
    Right,
    Down,
    Left,
    Up,
}

impl Heading {
    /// From a direction on the upright page, `y` downwards.
    pub(super) fn of(x: f64, y: f64) -> Self {
        match (x.abs() >= y.abs(), x >= 0.0, y >= 0.0) {
            (true, true, _) => Self::Right,
            (true, false, _) => Self::Left,
            (false, _, true) => Self::Down,
            (false, _, false) => Self::Up,
        }
    }

    /// Start and end of a box along the line.
    fn along(self, b: &PixelBox) -> (f64, f64) {
        let (from, to) = match self {
            Self::Right => (b.x0, b.x1),
            Self::Left => (-b.x1, -b.x0),
            Self::Down => (b.y0, b.y1),
            Self::Up => (-b.y1, -b.y0),
        };
        (f64::from(from), f64::from(to))
    }

    /// Extent of a box across the line.
    pub(super) fn height(self, b: &PixelBox) -> i32 {
        match self {
            Self::Right | Self::Left => b.height(),
            Self::Down | Self::Up => b.width(),
        }
    }

    /// How far below the first line a point's baseline lies.
    fn across(self, (x, y): (f64, f64)) -> f64 {
        match self {
            Self::Right => y,
            Self::Left => -y,
            Self::Down => -x,
            Self::Up => x,
        }
    }
}

/// One character of a page's text as PDFium gives it; boxes and points in 1/100 point of the upright page.
#[derive(Debug, Clone)]
pub(super) struct Glyph {
    pub(super) code: u32,
    /// Put in by PDFium where it saw a gap or a line's end.
    pub(super) generated: bool,
    /// From its origin over its advance, ascent and descent; `None` or empty for what has no extent.
    pub(super) bbox: Option<PixelBox>,
    pub(super) origin: Option<(f64, f64)>,
    pub(super) heading: Heading,
    /// Font size in 1/100 point, as painted.
    pub(super) size: f64,
    pub(super) font: String,
    pub(super) hidden: bool,
}

/// A gap wider than this part of the font's size parts two words, as in poppler.
const WORD_GAP: f64 = 0.1;

/// A step back or down by more than this part of the font's size begins a new line.
const LINE_STEP: f64 = 0.5;

/// Fewer gaps than this do not tell how loosely a line is set.
const LETTERS_TO_TELL: usize = 8;

/// Wider gaps, in sizes of the font, are no tracking.
const WIDEST_TRACKING: f64 = 0.3;

#[derive(Default)]
struct Assembler {
    words: Vec<Word>,
    legacy: Vec<(usize, String)>,
    /// The word so far, in pieces of one coding; `None` is Unicode.
    pieces: Vec<(Option<FontCoding>, String)>,
    bbox: Option<PixelBox>,
}

impl Assembler {
    fn close(&mut self) {
        let pieces = std::mem::take(&mut self.pieces);
        let bbox = self.bbox.take();
        if pieces.is_empty() {
            return;
        }
        let raw: String = pieces.iter().map(|(_, text)| text.as_str()).collect();
        if pieces.iter().any(|(coding, _)| coding.is_some()) {
            self.legacy.push((self.words.len(), encoding::word(&pieces)));
        }
        self.words.push(Word::new(
            raw.nfc().collect::<String>(),
            bbox.unwrap_or_default(),
            Confidence::CERTAIN,
            Reader::TextLayer,
        ));
    }

    fn push(&mut self, text: &str, coding: Option<FontCoding>, bbox: Option<PixelBox>) {
        match self.pieces.last_mut() {
            Some((last, so_far)) if *last == coding => so_far.push_str(text),
            _ => self.pieces.push((coding, text.to_owned())),
        }
        self.bbox = match (self.bbox, bbox.filter(|b| !b.is_empty())) {
            (Some(a), Some(b)) => Some(a.union(&b)),
            (a, b) => a.or(b),
        };
    }
}

/// Words from characters: parted at spaces, at gaps and where the line changes.
pub(super) fn assemble(glyphs: &[Glyph]) -> TextLayer {
    let mut assembler = Assembler::default();
    let mut fonts: Vec<String> = Vec::new();
    let (mut letters, mut hidden, mut legacy) = (0usize, 0usize, 0usize);
    let mut last: Option<&Glyph> = None;
    // The mark on the last letter: in some fonts it stands behind it and takes up room of its own.
    let mut mark_on_last: Option<&Glyph> = None;
    let tracking = tracking(glyphs);
    for (glyph, tracking) in glyphs.iter().zip(tracking) {
        let font = base_name(&glyph.font);
        let coding = FontCoding::of_font(font);
        let text = match spelling(glyph, coding) {
            Spelling::Nothing => continue,
            Spelling::Space => {
                // PDFium also puts spaces inside words that are set loosely: the gap itself decides.
                if !glyph.generated {
                    assembler.close();
                    last = None;
                }
                continue;
            }
            Spelling::Text(text) => text,
        };
        let mark = text.chars().all(is_combining_mark);
        let apart = |from: Option<&Glyph>| from.map(|from| parted(from, glyph, tracking));
        if !mark && apart(last) == Some(true) && apart(mark_on_last) != Some(false) {
            assembler.close();
        }
        assembler.push(&text, coding, glyph.bbox);
        letters += 1;
        hidden += usize::from(glyph.hidden);
        legacy += usize::from(coding.is_some());
        if !font.is_empty() && !fonts.iter().any(|f| f == font) {
            fonts.push(font.to_owned());
        }
        match mark {
            true => mark_on_last = Some(glyph),
            false => (last, mark_on_last) = (Some(glyph), None),
        }
    }
    assembler.close();
    let share = |count: usize| {
        if letters == 0 {
            0.0
        } else {
            count as f32 / letters as f32
        }
    };
    TextLayer {
        words: assembler.words,
        fonts,
        hidden: share(hidden),
        legacy_fonts: share(legacy),
        legacy: assembler.legacy,
        ..TextLayer::default()
    }
}

/// True when a new word begins between two letters; `tracking` is the space that stands between any two of the line.
fn parted(last: &Glyph, next: &Glyph, tracking: f64) -> bool {
    if is_new_line(last, next) {
        return true;
    }
    let size = last.size.max(next.size).max(1.0);
    let Some(gap) = gap(last, next) else {
        return false;
    };
    let back = -size * LINE_STEP - last_extent(last);
    gap > last.size.min(next.size).max(1.0) * WORD_GAP + tracking || gap < back
}

fn is_new_line(last: &Glyph, next: &Glyph) -> bool {
    let size = last.size.max(next.size).max(1.0);
    let apart = |a, b| (last.heading.across(b) - last.heading.across(a)).abs() > size * LINE_STEP;
    last.heading != next.heading || matches!((last.origin, next.origin), (Some(a), Some(b)) if apart(a, b))
}

/// From the end of one letter to the start of the next, in 1/100 point.
fn gap(last: &Glyph, next: &Glyph) -> Option<f64> {
    let (a, b) = (last.heading.along(&last.bbox?), last.heading.along(&next.bbox?));
    // Boxes are rounded outwards, by up to a hundredth of a point at each end.
    Some(b.0 - a.1 + 2.0)
}

fn last_extent(last: &Glyph) -> f64 {
    last.bbox.map_or(0.0, |b| {
        let (from, to) = last.heading.along(&b);
        to - from
    })
}

/// For each letter the space that its line is set with between letters: of a line that has spaces of its own, the gap
/// in the middle of all.
fn tracking(glyphs: &[Glyph]) -> Vec<f64> {
    let mut tracking = Vec::with_capacity(glyphs.len());
    let mut from = 0;
    while from < glyphs.len() {
        let next = &glyphs[from + 1..];
        let same = next
            .iter()
            .zip(&glyphs[from..])
            .take_while(|(b, a)| !is_new_line(a, b));
        let line = &glyphs[from..=from + same.count()];
        let is_space = |g: &Glyph| !g.generated && char::from_u32(g.code).is_some_and(char::is_whitespace);
        let letters =
            |g: &Glyph| char::from_u32(g.code).is_some_and(|c| !c.is_whitespace() && !is_combining_mark(c));
        let pairs = line.iter().zip(&line[1..]);
        let mut gaps: Vec<f64> = pairs
            .filter(|(a, b)| letters(a) && letters(b))
            .filter_map(|(a, b)| gap(a, b))
            .collect();
        gaps.sort_by(f64::total_cmp);
        let size = line.iter().map(|g| g.size).fold(1.0, f64::max);
        let middle = gaps.get(gaps.len() / 2).copied().unwrap_or(0.0);
        let is_tracked =
            line.iter().any(is_space) && gaps.len() >= LETTERS_TO_TELL && middle < size * WIDEST_TRACKING;
        let all = if is_tracked { middle.max(0.0) } else { 0.0 };
        tracking.extend(std::iter::repeat_n(all, line.len()));
        from += line.len();
    }
    tracking
}

enum Spelling {
    Nothing,
    Space,
    Text(String),
}

fn spelling(glyph: &Glyph, coding: Option<FontCoding>) -> Spelling {
    let Some(char) = char::from_u32(glyph.code) else {
        return Spelling::Text('\u{fffd}'.to_string());
    };
    match char {
        // In TCVN3 the code of the soft hyphen is `ư`; decoding will want it.
        '\u{ad}' if coding.is_some() => Spelling::Text(char.to_string()),
        // A hyphen at a line's end, as PDFium marks it.
        '\u{2}' | '\u{ad}' | '\u{fffe}' => Spelling::Text("-".to_owned()),
        // A letter that the file gives no Unicode for.
        '\0' => Spelling::Text('\u{fffd}'.to_string()),
        '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' => Spelling::Nothing,
        c if c.is_whitespace() || c.is_control() => Spelling::Space,
        '\u{fb00}' => Spelling::Text("ff".to_owned()),
        '\u{fb01}' => Spelling::Text("fi".to_owned()),
        '\u{fb02}' => Spelling::Text("fl".to_owned()),
        '\u{fb03}' => Spelling::Text("ffi".to_owned()),
        '\u{fb04}' => Spelling::Text("ffl".to_owned()),
        c => Spelling::Text(c.to_string()),
    }
}

/// A font's name without the tag of its subset: `ABCDEF+TimesNewRoman`.
fn base_name(font: &str) -> &str {
    match font.split_once('+') {
        Some((tag, name)) if tag.len() == 6 && tag.bytes().all(|b| b.is_ascii_uppercase()) => name,
        _ => font,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Letters of 1 000 wide at size 1 200, each at `x`, on baseline `y`.
    fn glyphs(letters: &[(char, i32, i32)]) -> Vec<Glyph> {
        letters
            .iter()
            .map(|&(c, x, y)| Glyph {
                code: c.into(),
                generated: false,
                bbox: Some(PixelBox::new(x, y - 900, x + 1000, y + 300)),
                origin: Some((x.into(), y.into())),
                heading: Heading::Right,
                size: 1200.0,
                font: "ABCDEF+TimesNewRoman".to_owned(),
                hidden: false,
            })
            .collect()
    }

    fn texts(glyphs: &[Glyph]) -> Vec<String> {
        assemble(glyphs).words.into_iter().map(|w| w.text).collect()
    }

    #[test]
    fn words_part_at_spaces_gaps_and_line_ends() {
        let check =
            |letters: &[(char, i32, i32)], expect: &[&str]| assert_eq!(texts(&glyphs(letters)), expect);
        check(&[('a', 0, 0), ('b', 1000, 0)], &["ab"]);
        check(&[('a', 0, 0), (' ', 1000, 0), ('b', 1300, 0)], &["a", "b"]);
        check(&[('a', 0, 0), ('\u{a0}', 1000, 0), ('b', 1300, 0)], &["a", "b"]);
        check(&[('a', 0, 0), ('b', 1100, 0)], &["ab"]);
        check(&[('a', 0, 0), ('b', 1200, 0)], &["a", "b"]);
        check(&[('a', 5000, 0), ('b', 0, 1400)], &["a", "b"]);
        check(
            &[('K', 0, 0), ('H', 1000, 0), ('\u{2}', 2000, 0), ('U', 0, 1400)],
            &["KH-", "U"],
        );
    }

    #[test]
    fn a_space_that_pdfium_made_up_counts_only_where_there_is_a_gap() {
        let mut letters = glyphs(&[('a', 0, 0), (' ', 1000, 0), ('b', 1050, 0)]);
        letters[1].generated = true;
        assert_eq!(texts(&letters), ["ab"]);
        letters[1].generated = false;
        assert_eq!(texts(&letters), ["a", "b"]);
    }

    #[test]
    fn letters_set_apart_are_one_word_where_the_line_has_spaces() {
        let set = |spaced: bool| {
            let mut letters: Vec<(char, i32, i32)> = Vec::new();
            let mut x = 0;
            for c in "quyet dinh cua".chars() {
                if c != ' ' || spaced {
                    letters.push((c, x, 0));
                }
                x += 1150;
            }
            texts(&glyphs(&letters))
        };
        assert_eq!(set(true), ["quyet", "dinh", "cua"]);
        // Without spaces of its own they may be the cells of a row.
        assert_eq!(set(false).len(), 12);
    }

    #[test]
    fn marks_join_their_letter_and_ligatures_fall_apart() {
        assert_eq!(
            texts(&glyphs(&[('e', 0, 0), ('\u{302}', 900, 0), ('\u{301}', 900, 0)])),
            ["ế"]
        );
        // A mark that is set behind its letter, as wide as a letter.
        assert_eq!(
            texts(&glyphs(&[
                ('ê', 0, 0),
                ('\u{301}', 1000, 0),
                ('n', 2000, 0),
                ('x', 4000, 0)
            ])),
            ["ến", "x"]
        );
        assert_eq!(texts(&glyphs(&[('\u{fb01}', 0, 0), ('n', 1000, 0)])), ["fin"]);
        assert_eq!(texts(&glyphs(&[('a', 0, 0), ('\0', 1000, 0)])), ["a\u{fffd}"]);
    }

    #[test]
    fn text_that_runs_upwards_is_not_cut_into_letters() {
        let mut letters = glyphs(&[('a', 0, 0), ('b', 0, -1000), ('c', 0, -2300)]);
        for glyph in &mut letters {
            glyph.heading = Heading::Up;
            let (x, y) = glyph.origin.unwrap();
            glyph.bbox = Some(PixelBox::new(
                x as i32 - 900,
                y as i32 - 1000,
                x as i32 + 300,
                y as i32,
            ));
        }
        assert_eq!(texts(&letters), ["ab", "c"]);
    }

    #[test]
    fn a_layer_names_each_font_once_and_counts_what_is_hidden() {
        let mut letters = glyphs(&[('a', 0, 0), ('b', 1000, 0), ('c', 2000, 0), ('d', 3000, 0)]);
        letters[0].hidden = true;
        letters[1].font = ".VnTime".to_owned();
        let layer = assemble(&letters);
        assert_eq!(layer.fonts, ["TimesNewRoman", ".VnTime"]);
        assert_eq!((layer.hidden, layer.legacy_fonts), (0.25, 0.25));
        assert_eq!(layer.words[0].bbox, PixelBox::new(0, -900, 4000, 300));
    }
}
