//! The pieces of some lines in a row, and which of them may be one misread word.

use super::candidates::LONGEST_RAW;
use super::language_model::{BOUNDARY, WordId};
use super::lexer::{self, Atom, AtomKind};
use super::lexicon::Lexicon;
use super::syllable::CasePattern;

/// A mark that stands where a letter should and is kept.
const INNER_MARK: f32 = 3.5;

/// A piece of some line.
pub struct Place<'a> {
    /// Counted from 0.
    pub line: usize,
    pub text: &'a str,
    pub atom: Atom,
}

/// All pieces, line after line.
pub struct Places<'a> {
    lexicon: &'a Lexicon,
    all: Vec<Place<'a>>,
}

impl<'a> Places<'a> {
    pub fn new(lexicon: &'a Lexicon, lines: &'a [String]) -> Self {
        let all = lines.iter().enumerate().flat_map(|(line, text)| {
            let place = move |atom: Atom| Place {
                line,
                text: &text[atom.start..atom.end],
                atom,
            };
            lexer::atoms(text).into_iter().map(place)
        });
        Self {
            lexicon,
            all: all.collect(),
        }
    }

    pub fn all(&self) -> &[Place<'a>] {
        &self.all
    }

    /// True when a place stands directly after the one before it.
    fn joined(&self, at: usize) -> bool {
        at > 0
            && self
                .all
                .get(at)
                .is_some_and(|p| !p.atom.after_space && p.line == self.all[at - 1].line)
    }

    /// What a mark means to the language model, and what it costs to keep it. A mark is what it is, unless it
    /// stands where a letter should: inside a word, or a sign that nobody writes.
    pub fn kept_mark(&self, at: usize) -> (Vec<WordId>, f32) {
        let text = self.all[at].text;
        let after_word = self.joined(at) && self.all[at - 1].atom.kind == AtomKind::Word;
        let before_word = self.joined(at + 1) && self.all[at + 1].atom.kind == AtomKind::Word;
        let odd = text.chars().all(lexer::is_odd);
        let strange = odd || is_apostrophe(text) || text == "&";
        let usual = lexer::is_operator(text) || matches!(text, "-" | "–" | "&" | "(" | "," | "“" | "\"");
        let inner = after_word && before_word && !usual;
        if inner
            || (after_word && !before_word && strange)
            || (odd && (self.joined(at) || self.joined(at + 1)))
        {
            return (Vec::new(), INNER_MARK);
        }
        let boundary = lexer::is_boundary(text);
        (if boundary { vec![BOUNDARY] } else { Vec::new() }, 0.0)
    }

    /// Pieces from a place on, and before `end`, that may be one misread word: where they end, and their text.
    pub fn spans(&self, at: usize, end: usize) -> Vec<(usize, String)> {
        if self.is_variable(at) {
            return Vec::new();
        }
        let mut spans = Vec::new();
        let mut raw = String::new();
        let (mut letters, mut digits) = (false, false);
        let most = end.saturating_sub(at).min(6);
        for (i, place) in self.all.iter().enumerate().skip(at).take(most) {
            let operator = place.atom.kind == AtomKind::Mark && lexer::is_operator(place.text);
            if (i > at && !self.joined(i)) || operator || place.atom.kind == AtomKind::Code {
                break;
            }
            raw.push_str(place.text);
            let strange = place.text.chars().all(lexer::is_odd);
            digits |= place.atom.kind == AtomKind::Number;
            letters |= place.atom.kind == AtomKind::Word || strange;
            let length = raw.chars().count();
            if length > LONGEST_RAW || (digits && length > 3) {
                break;
            }
            let mark = place.atom.kind == AtomKind::Mark;
            let inky = strange || is_apostrophe(place.text) || matches!(place.text, "?" | "&");
            let closes = mark && !inky && !self.joined(i + 1);
            if letters && !closes {
                spans.push((i + 1, raw.clone()));
            }
        }
        if end > at + 1 {
            spans.extend(self.torn(at));
        }
        spans
    }

    /// Two short pieces that may be one word torn apart.
    fn torn(&self, at: usize) -> Option<(usize, String)> {
        let (first, next) = (&self.all[at], self.all.get(at + 1)?);
        let words = first.atom.kind == AtomKind::Word && next.atom.kind == AtomKind::Word;
        if !words || !next.atom.after_space || next.line != first.line {
            return None;
        }
        let lengths = [first, next].map(|p| p.text.chars().count());
        let odd = |p: &Place| self.lexicon.id(p.text).is_none() && !lexer::is_abbreviation(p.text);
        let likely = lengths.iter().all(|n| *n > 1) && lengths.iter().sum::<usize>() <= 7;
        (likely && (odd(first) || odd(next))).then(|| (at + 2, format!("{} {}", first.text, next.text)))
    }

    /// A lone letter that names an item or a variable: `a)`, `b.`, `x`, the letters of `a/b`.
    fn is_variable(&self, at: usize) -> bool {
        let place = &self.all[at];
        let mut chars = place.text.chars();
        let (AtomKind::Word, Some(letter), None) = (place.atom.kind, chars.next(), chars.next()) else {
            return false;
        };
        let text = |i: usize| self.all.get(i).map_or("", |p| p.text);
        let closed = self.joined(at + 1)
            && (matches!(text(at + 1), ")" | "." | ";") || lexer::is_operator(text(at + 1)));
        let opened = self.joined(at) && (text(at - 1) == "(" || lexer::is_operator(text(at - 1)));
        let alone = !self.joined(at) && !self.joined(at + 1);
        closed || opened || (alone && matches!(letter, 'x' | 'X'))
    }

    /// The case that the word here was written in: a lone capital beside capitals is one of them, as is a short word among
    /// capitals whose last letters were mistaken for small ones, and a capital I after a small word is a small l.
    pub fn case(&self, at: usize, raw: &str) -> CasePattern {
        let case = CasePattern::of(raw);
        let neighbour = |i: usize| self.all.get(i).filter(|p| p.line == self.all[at].line);
        if case != CasePattern::Title {
            return case;
        }
        let capitals = |p: &Place| {
            CasePattern::of(p.text) == CasePattern::Upper
                && (self.lexicon.id(p.text).is_some() || p.text.chars().count() > 4)
        };
        let before = at.checked_sub(1).and_then(neighbour);
        let beside: Vec<&Place> = [before, neighbour(at + 1)].into_iter().flatten().collect();
        // Abbreviations stand between small words too.
        let in_capitals = |p: &&Place| {
            p.text.chars().count() > 1
                && CasePattern::of(p.text) == CasePattern::Upper
                && !lexer::is_abbreviation(p.text)
        };
        let among = match raw.chars().filter(|c| c.is_alphabetic()).count() {
            1 => beside.iter().any(|p| capitals(p)),
            2..=3 => !beside.is_empty() && beside.iter().all(in_capitals),
            _ => false,
        };
        if among {
            return CasePattern::Upper;
        }
        let small =
            |p: &Place| p.atom.kind == AtomKind::Word && CasePattern::of(p.text) == CasePattern::Lower;
        if raw.starts_with('I') && before.is_some_and(small) {
            CasePattern::Lower
        } else {
            case
        }
    }

    /// A line that begins with a capital begins a sentence; one that does not goes on from the line before.
    pub fn begins_sentence(&self, at: usize) -> bool {
        let line = self.all[at].line;
        let first = at == 0 || self.all[at - 1].line != line;
        let mut rest = self.all[at..].iter().take_while(|p| p.line == line);
        first
            && rest
                .find(|p| p.atom.kind != AtomKind::Mark)
                .is_none_or(|p| p.text.chars().next().is_some_and(char::is_uppercase))
    }
}

fn is_apostrophe(text: &str) -> bool {
    matches!(text, "'" | "’" | "‘" | "`")
}
