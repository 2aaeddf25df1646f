//! Garbled text without layout -> restored text, line by line.

use std::collections::HashMap;

use unicode_normalization::UnicodeNormalization;

use super::candidates::{Candidate, LONGEST_RAW};
use super::channel::Channel;
use super::language_model::{BOUNDARY, NUMBER, UNKNOWN, WordId};
use super::lexer::{self, Atom, AtomKind};
use super::lexicon::Lexicon;
use super::search::{self, Edge, Lattice, Scorer, Step};
use super::syllable::{self, CasePattern};

/// How much the language model counts against the ink.
const WEIGHT: f32 = 0.9;
/// The most candidates for one piece of raw text.
const MOST: usize = 24;
/// A mark inside a word that is kept as a mark.
const INNER_MARK: f32 = 3.5;
/// A misread percent sign that is set right.
const PERCENT: f32 = 1.0;
/// Two words read without the space between them, where the table does not say.
const NO_SPACE: f32 = 6.0;

/// A change made to a line.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// Counted from 0.
    pub line: usize,
    pub raw: String,
    pub restored: String,
    /// What else was weighed, best first.
    pub candidates: Vec<String>,
    /// Log-probability gained over leaving it, natural logarithm.
    pub gain: f32,
    pub reason: String,
}

/// As many lines as were given, and what was changed in them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RestoredText {
    pub lines: Vec<String>,
    pub changes: Vec<Change>,
}

/// A piece of some line.
struct Place<'a> {
    line: usize,
    text: &'a str,
    atom: Atom,
}

/// Everything that is known while some lines are restored together.
struct Job<'a> {
    lexicon: &'a Lexicon,
    lines: &'a [String],
    places: Vec<Place<'a>>,
    found: HashMap<String, Vec<Candidate>>,
}

/// Restores `lines`, which follow each other, so that each gives its words to the next as context.
pub fn restore(lexicon: &Lexicon, lines: &[&str]) -> RestoredText {
    let lines: Vec<String> = lines.iter().map(|l| l.nfc().collect()).collect();
    let places = lines
        .iter()
        .enumerate()
        .flat_map(|(line, text)| {
            lexer::atoms(text).into_iter().map(move |atom| Place {
                line,
                text: &text[atom.start..atom.end],
                atom,
            })
        })
        .collect();
    let mut job = Job {
        lexicon,
        lines: &lines,
        places,
        found: HashMap::new(),
    };
    let channel = job.channel();
    let lattice: Lattice = (0..job.places.len()).map(|at| job.edges(at, &channel)).collect();
    let scorer = Scorer {
        language_model: &lexicon.language_model,
        phrases: &lexicon.phrases,
        weight: WEIGHT,
    };
    let steps = search::best(&lattice, &scorer);
    job.write(&lattice, &steps, &scorer)
}

impl Job<'_> {
    /// Which kinds of text these lines are a mixture of.
    fn channel(&mut self) -> Channel {
        let words: Vec<&str> = self
            .places
            .iter()
            .filter(|p| p.atom.kind == AtomKind::Word && p.text.chars().count() > 1)
            .map(|p| p.text)
            .collect();
        let mut observed = Vec::new();
        for word in words {
            let all = self.search(word);
            observed.push((word.to_owned(), all));
        }
        Channel::estimate(self.lexicon, &observed)
    }

    fn search(&mut self, raw: &str) -> Vec<Candidate> {
        if let Some(found) = self.found.get(raw) {
            return found.clone();
        }
        let chars: Vec<char> = raw.chars().collect();
        let found = best_of(
            self.lexicon,
            self.lexicon
                .trie
                .search(&self.lexicon.confusions, &chars, bound(chars.len())),
        );
        self.found.insert(raw.to_owned(), found.clone());
        found
    }

    /// Every way to read what begins at a place.
    fn edges(&mut self, at: usize, channel: &Channel) -> Vec<Edge> {
        let mut edges = vec![self.kept(at, channel)];
        let place = &self.places[at];
        match place.atom.kind {
            AtomKind::Code => {
                if let Some(percent) = lexer::misread_percent(place.text) {
                    edges.push(Edge {
                        to: at + 1,
                        words: vec![NUMBER],
                        output: Some(percent),
                        cost: PERCENT - 3.0,
                    });
                }
            }
            AtomKind::Number => {}
            AtomKind::Word | AtomKind::Mark => {
                for (to, raw) in self.spans(at) {
                    self.restored(at, to, &raw, channel, &mut edges);
                }
            }
        }
        if self.begins_sentence(at) {
            for edge in &mut edges {
                edge.words.insert(0, BOUNDARY);
            }
        }
        edges
    }

    /// Leaves a piece as it is.
    fn kept(&self, at: usize, channel: &Channel) -> Edge {
        let place = &self.places[at];
        let (words, cost) = match place.atom.kind {
            AtomKind::Number | AtomKind::Code => (vec![NUMBER], 0.0),
            AtomKind::Mark => {
                let word_after = self
                    .places
                    .get(at + 1)
                    .is_some_and(|p| !p.atom.after_space && p.atom.kind == AtomKind::Word);
                let inner = !place.atom.after_space
                    && word_after
                    && !matches!(place.text, "-" | "/" | "–" | "&" | "(" | ",");
                let boundary = lexer::is_boundary(place.text) && !inner;
                (
                    if boundary { vec![BOUNDARY] } else { Vec::new() },
                    if inner { INNER_MARK } else { 0.0 },
                )
            }
            AtomKind::Word => {
                let digits = place.text.chars().any(|c| c.is_ascii_digit());
                let word = if digits {
                    NUMBER
                } else {
                    self.lexicon.id(place.text).unwrap_or(UNKNOWN)
                };
                (vec![word], channel.kept(self.lexicon, place.text))
            }
        };
        Edge {
            to: at + 1,
            words,
            output: None,
            cost,
        }
    }

    /// Pieces from a place on that may be one misread word: where they end, and their text.
    fn spans(&self, at: usize) -> Vec<(usize, String)> {
        let first = &self.places[at];
        let mut spans = Vec::new();
        let mut raw = String::new();
        let mut letters = false;
        for (i, place) in self.places.iter().enumerate().skip(at).take(6) {
            if i > at && (place.atom.after_space || place.line != first.line) {
                break;
            }
            if matches!(place.atom.kind, AtomKind::Number | AtomKind::Code) && i == at {
                break;
            }
            raw.push_str(place.text);
            letters |= place.atom.kind == AtomKind::Word;
            if raw.chars().count() > LONGEST_RAW {
                break;
            }
            let last = self
                .places
                .get(i + 1)
                .is_none_or(|p| p.atom.after_space || p.line != first.line);
            let closes = last
                && place.atom.kind == AtomKind::Mark
                && !matches!(place.text, "'" | "’" | "‘" | "`" | "?");
            if letters && !closes {
                spans.push((i + 1, raw.clone()));
            }
        }
        if let (AtomKind::Word, Some(next)) = (first.atom.kind, self.places.get(at + 1)) {
            let torn = next.atom.kind == AtomKind::Word && next.atom.after_space && next.line == first.line;
            let short = first.text.chars().count() + next.text.chars().count() <= 7;
            let odd = |text: &str| self.lexicon.id(text).is_none() && !lexer::is_abbreviation(text);
            if torn && short && (odd(first.text) || odd(next.text)) {
                spans.push((at + 2, format!("{} {}", first.text, next.text)));
            }
        }
        spans
    }

    /// The words that `raw` may have been.
    fn restored(&mut self, at: usize, to: usize, raw: &str, channel: &Channel, edges: &mut Vec<Edge>) {
        if to == at + 1 && (lexer::is_abbreviation(raw) || channel.trusts(self.lexicon, raw)) {
            return;
        }
        let case = self.case_at(at, raw);
        let found = self.search(raw);
        let roman = if lexer::is_roman(raw) { 4.0 } else { 0.0 };
        let best = found.iter().map(|c| c.cost).fold(f32::MAX, f32::min);
        for candidate in &found {
            let word = self.lexicon.word(candidate.word);
            let cost = channel.cost(raw, word, candidate.cost) + roman;
            let output = Some(case.apply(word))
                .filter(|w| syllable::canonical(raw) != syllable::canonical(w) || to > at + 1);
            if output.is_some() {
                edges.push(Edge {
                    to,
                    words: vec![candidate.word],
                    output,
                    cost,
                });
            }
        }
        if to == at + 1 && raw.chars().count() >= 4 && best > 5.0 {
            self.split(to, raw, case, channel, edges);
        }
    }

    /// Two words that were read without the space between them.
    fn split(&self, to: usize, raw: &str, case: CasePattern, channel: &Channel, edges: &mut Vec<Edge>) {
        let chars: Vec<char> = raw.chars().collect();
        let (trie, confusions) = (&self.lexicon.trie, &self.lexicon.confusions);
        let space = confusions.lost(' ').min(NO_SPACE);
        let firsts = trie.search_beginnings(confusions, &chars, bound(chars.len()) * 0.6);
        for (middle, first) in firsts.into_iter().enumerate().take(chars.len()).skip(1) {
            if first.is_empty() {
                continue;
            }
            let rest = trie.search(confusions, &chars[middle..], bound(chars.len() - middle) * 0.8);
            let (first, rest) = (few(self.lexicon, first), few(self.lexicon, rest));
            for a in &first {
                for b in &rest {
                    let second = if case == CasePattern::Upper {
                        CasePattern::Upper
                    } else {
                        CasePattern::Lower
                    };
                    let (one, two) = (self.lexicon.word(a.word), self.lexicon.word(b.word));
                    let output = format!("{} {}", case.apply(one), second.apply(two));
                    let cost = channel.garbled(a.cost + b.cost + space);
                    edges.push(Edge {
                        to,
                        words: vec![a.word, b.word],
                        output: Some(output),
                        cost,
                    });
                }
            }
        }
    }

    /// The case that the word here was written in: a lone capital among capitals is one of them.
    fn case_at(&self, at: usize, raw: &str) -> CasePattern {
        let case = CasePattern::of(raw);
        let capitals = |i: usize| {
            self.places.get(i).is_some_and(|p| {
                p.line == self.places[at].line
                    && CasePattern::of(p.text) == CasePattern::Upper
                    && self.lexicon.id(p.text).is_some()
            })
        };
        let lone = case == CasePattern::Title && raw.chars().filter(|c| c.is_alphabetic()).count() == 1;
        let among = at > 0 && capitals(at - 1) || capitals(at + 1);
        if lone && among { CasePattern::Upper } else { case }
    }

    /// A line that begins with a capital begins a sentence; one that does not goes on from the line before.
    fn begins_sentence(&self, at: usize) -> bool {
        let place = &self.places[at];
        let first = at == 0 || self.places[at - 1].line != place.line;
        first
            && self.places[at..]
                .iter()
                .take_while(|p| p.line == place.line)
                .find(|p| p.atom.kind != AtomKind::Mark)
                .is_none_or(|p| p.text.chars().next().is_some_and(char::is_uppercase))
    }

    /// The lines with the steps' words in them.
    fn write(&self, lattice: &Lattice, steps: &[Step], scorer: &Scorer) -> RestoredText {
        let mut out = RestoredText {
            lines: vec![String::new(); self.lines.len()],
            changes: Vec::new(),
        };
        let mut done = vec![0usize; self.lines.len()];
        let mut history = scorer.start();
        for (i, step) in steps.iter().enumerate() {
            let edge = &lattice[step.at][step.edge];
            let (first, last) = (&self.places[step.at], &self.places[edge.to - 1]);
            if let Some(output) = &edge.output {
                let (line, text) = (first.line, &self.lines[first.line]);
                out.lines[line].push_str(&text[done[line]..first.atom.start]);
                out.lines[line].push_str(output);
                done[line] = last.atom.end;
                let raw = &text[first.atom.start..last.atom.end];
                let next: Vec<WordId> = steps[i + 1..]
                    .iter()
                    .take(2)
                    .flat_map(|s| &lattice[s.at][s.edge].words)
                    .copied()
                    .collect();
                let weigh =
                    |edge: &Edge| edge.cost + scorer.cost(history, &[edge.words.as_slice(), &next].concat());
                let chosen = weigh(edge);
                let mut others: Vec<(f32, &str)> = lattice[step.at]
                    .iter()
                    .filter(|e| e.to == edge.to && e.output.is_some() && e.output != edge.output)
                    .filter_map(|e| e.output.as_deref().map(|o| (weigh(e), o)))
                    .collect();
                others.sort_by(|a, b| a.0.total_cmp(&b.0));
                let gain = lattice[step.at]
                    .iter()
                    .find(|e| e.output.is_none())
                    .map_or(0.0, |kept| weigh(kept) - chosen);
                out.changes.push(Change {
                    line,
                    raw: raw.to_owned(),
                    restored: output.clone(),
                    candidates: others.into_iter().take(4).map(|(_, o)| o.to_owned()).collect(),
                    gain,
                    reason: reason(raw, output, step.matched),
                });
            }
            history = scorer.after(history, &edge.words);
        }
        for (line, text) in self.lines.iter().enumerate() {
            out.lines[line].push_str(&text[done[line]..]);
        }
        out
    }
}

/// How dear a candidate for a raw text of so many characters may be.
fn bound(length: usize) -> f32 {
    5.0 + 2.0 * length as f32
}

/// The likeliest candidates, ink and frequency together.
fn best_of(lexicon: &Lexicon, mut found: Vec<Candidate>) -> Vec<Candidate> {
    let rank = |c: &Candidate| c.cost - 0.6 * lexicon.language_model.log_unigram(c.word);
    found.sort_by(|a, b| rank(a).total_cmp(&rank(b)));
    found.truncate(MOST);
    found
}

fn few(lexicon: &Lexicon, found: Vec<Candidate>) -> Vec<Candidate> {
    let mut found = best_of(lexicon, found);
    found.truncate(5);
    found
}

/// One short reason: the known phrase it ends, its marks, or the letters that were mistaken.
pub fn reason(raw: &str, restored: &str, matched: usize) -> String {
    if matched >= 4 {
        return format!("phrase: {matched} words of a known one");
    }
    if syllable::bare(raw).eq_ignore_ascii_case(&syllable::bare(restored)) {
        return "language model".to_owned();
    }
    let (a, b): (Vec<char>, Vec<char>) = (raw.chars().collect(), restored.chars().collect());
    let head = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let tail = a[head..]
        .iter()
        .rev()
        .zip(b[head..].iter().rev())
        .take_while(|(x, y)| x == y)
        .count();
    let part = |chars: &[char]| chars[head..chars.len() - tail].iter().collect::<String>();
    format!("confusion {}/{}", part(&a), part(&b))
}
