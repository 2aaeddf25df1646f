use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::TextLayer;
use super::legacy::is_legacy_font;
use crate::domain::{Confidence, PixelBox, Reader, Word};

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

#[derive(Default)]
struct Assembler {
    words: Vec<Word>,
    text: String,
    bbox: Option<PixelBox>,
}

impl Assembler {
    fn close(&mut self) {
        let text: String = std::mem::take(&mut self.text).nfc().collect();
        let bbox = self.bbox.take();
        if text.is_empty() {
            return;
        }
        self.words.push(Word::new(
            text,
            bbox.unwrap_or_default(),
            Confidence::CERTAIN,
            Reader::TextLayer,
        ));
    }

    fn push(&mut self, text: &str, bbox: Option<PixelBox>) {
        self.text.push_str(text);
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
    for glyph in glyphs {
        let text = match spelling(glyph) {
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
        if !mark && last.is_some_and(|last| parted(last, glyph)) {
            assembler.close();
        }
        assembler.push(&text, glyph.bbox);
        letters += 1;
        hidden += usize::from(glyph.hidden);
        let font = base_name(&glyph.font);
        legacy += usize::from(is_legacy_font(font));
        if !font.is_empty() && !fonts.iter().any(|f| f == font) {
            fonts.push(font.to_owned());
        }
        if !mark {
            last = Some(glyph);
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
        ..TextLayer::default()
    }
}

/// True when a new word begins between two letters.
fn parted(last: &Glyph, next: &Glyph) -> bool {
    if last.heading != next.heading {
        return true;
    }
    let size = last.size.max(next.size).max(1.0);
    if let (Some(a), Some(b)) = (last.origin, next.origin)
        && (last.heading.across(b) - last.heading.across(a)).abs() > size * LINE_STEP
    {
        return true;
    }
    let (Some(a), Some(b)) = (last.bbox, next.bbox) else {
        return false;
    };
    let (a, b) = (last.heading.along(&a), last.heading.along(&b));
    // Boxes are rounded outwards, by up to a hundredth of a point at each end.
    let gap = b.0 - a.1 + 2.0;
    gap > last.size.min(next.size).max(1.0) * WORD_GAP || b.0 < a.0 - size * LINE_STEP
}

enum Spelling {
    Nothing,
    Space,
    Text(String),
}

fn spelling(glyph: &Glyph) -> Spelling {
    let Some(char) = char::from_u32(glyph.code) else {
        return Spelling::Text('\u{fffd}'.to_string());
    };
    match char {
        // In TCVN3 this code is `ư`; its own decoding will want it.
        '\u{ad}' if is_legacy_font(base_name(&glyph.font)) => Spelling::Text(char.to_string()),
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
    fn marks_join_their_letter_and_ligatures_fall_apart() {
        assert_eq!(
            texts(&glyphs(&[('e', 0, 0), ('\u{302}', 900, 0), ('\u{301}', 900, 0)])),
            ["ế"]
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
