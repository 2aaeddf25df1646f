//! Garbled text without layout -> restored text, line by line.

use std::rc::Rc;

use rustc_hash::FxHashMap;
use unicode_normalization::UnicodeNormalization;

use super::candidates::Candidate;
use super::change::{Change, RestoredText, Wanted, reason};
use super::channel::{Channel, Possible, Seen};
use super::context::{Letters, Likely};
use super::language_model::{BOUNDARY, NUMBER, UNKNOWN, WordId};
use super::lexer::{self, AtomKind};
use super::lexicon::Lexicon;
use super::lines::{ReadLine, Recognised};
use super::phrases::{GAP, Phrases};
use super::places::{Place, Places};
use super::search::{self, Beam, Edge, History, Lattice, Scorer, Step};
use super::syllable::{self, CasePattern};

// The figures below were chosen on printed, degraded and misread lines of texts that no model had seen
// (`models/make_pairs.py`), and on such texts stripped of their marks.

/// How much the language model counts against the ink.
const WEIGHT: f32 = 1.1;
/// How much the words around count beside the language model, which sees the nearest of them too.
const CONTEXT: f32 = 0.6;
/// The words around make no word dearer than by so much, times [`CONTEXT`].
const MOST_AGAINST: f32 = 6.0;
/// A word that the words around make so much less likely than another with the same letters is not weighed where the
/// letters are certain.
const UNLIKELY: f32 = 12.0;
/// The most candidates for one piece of raw text that are always weighed.
const MOST: usize = 24;
/// The most candidates that are remembered, in case a known phrase asks for one of them.
const REMEMBERED: usize = 240;
/// How much a word's frequency counts against the ink where nothing else is known.
const FREQUENCY: f32 = 0.7;
/// The cost of mistakes in a word that is taken to have none.
const NEVER_MISTAKEN: f32 = 40.0;
/// A word this dear to read as what stands there is near it.
const NEAR: f32 = 8.0;
/// What costs so much more than the best can be, ink and frequency together, is not weighed.
const HOPELESS: f32 = 9.0;
/// So many words of a known phrase ask for its next word.
const ASKING: usize = 2;
/// A word is sure that is so much cheaper than any other in its place.
const SURE: f32 = 3.0;
/// What setting right a misread percent sign gains.
const PERCENT_GAIN: f32 = 2.0;
/// What giving a code its lost letter back gains.
const CODE_GAIN: f32 = 2.0;
/// Two words read without the space between them, where the table of confusions makes it dearer.
const NO_SPACE: f32 = 6.0;

/// Everything that is known while some lines are restored together.
struct Job<'a> {
    lexicon: &'a Lexicon,
    lines: &'a [String],
    places: Places<'a>,
    scorer: Scorer<'a>,
    channel: Channel,
    memory: &'a mut Memory,
    /// What raw texts may have been in this kind of text, in lower case, with a first capital and in capitals.
    weighed: [FxHashMap<String, Rc<[Weighed]>>; 3],
}

/// What a raw text may have been, as it is written.
struct Weighed {
    possible: Possible,
    output: Rc<str>,
    cost: f32,
}

/// What was found of raw texts: the same few thousand come again and again.
#[derive(Default)]
pub struct Memory {
    /// What few mistakes make of them.
    near: FxHashMap<String, Rc<Seen>>,
    /// What many mistakes make of them: sought only in a text that has them.
    far: FxHashMap<String, Rc<Seen>>,
}

/// No more raw texts are remembered.
const MEMORY: usize = 50_000;

/// Restores `lines`, which follow each other, so that each gives its words to the next as context.
pub fn restore(lexicon: &Lexicon, lines: &[&str], memory: &mut Memory, wanted: Wanted) -> RestoredText {
    for seen in [&mut memory.near, &mut memory.far] {
        if seen.len() > MEMORY {
            seen.clear();
        }
    }
    let lines: Vec<String> = lines.iter().map(|l| composed(l)).collect();
    let scorer = Scorer {
        language_model: &lexicon.language_model,
        phrases: &lexicon.phrases,
        own: None,
        weight: WEIGHT,
    };
    let places = Places::new(lexicon, &lines);
    let mut job = Job {
        lexicon,
        lines: &lines,
        places,
        scorer,
        channel: Channel::default(),
        memory,
        weighed: Default::default(),
    };
    job.channel = job.estimate();
    let mut lattice: Lattice = (0..job.places.all().len()).map(|at| job.edges(at)).collect();
    let beam = if job.channel.is_garbled() {
        Beam::WIDE
    } else {
        Beam::NARROW
    };
    // Letters that were mistaken say nothing of the words around: what is best without them says more.
    let mut steps = Vec::new();
    if job.channel.is_garbled() {
        steps = search::best(&lattice, &job.scorer, beam);
    }
    job.weigh(&mut lattice, &steps);
    steps = search::best(&lattice, &job.scorer, beam);
    if job.ask_phrases(&mut lattice, &steps) > 0 {
        steps = search::best(&lattice, &job.scorer, beam);
    }
    // What was misread in one line is right in another: forms say the same again and again.
    let own;
    if job.channel.is_garbled() {
        own = Phrases::of_text(job.sure_words(&lattice, &steps));
        job.scorer.own = Some(&own);
        steps = search::best(&lattice, &job.scorer, beam);
    }
    let mut restored = job.write(&lattice, &steps, wanted);
    if job.channel.is_garbled() {
        job.take_known_lines(&lattice, &steps, &mut restored);
    }
    restored
}

impl Job<'_> {
    /// Which kinds of text these lines are a mixture of.
    fn estimate(&mut self) -> Channel {
        let words: Vec<&str> = self
            .places
            .all()
            .iter()
            .filter(|p| is_telling(p))
            .map(|p| p.text)
            .collect();
        let near: Vec<Rc<Seen>> = words.iter().map(|word| self.near(word)).collect();
        let channel = Channel::estimate(near.iter().map(Rc::as_ref));
        if !channel.is_garbled() {
            return channel;
        }
        let far: Vec<Rc<Seen>> = words.iter().map(|word| self.far(word)).collect();
        Channel::estimate(far.iter().map(Rc::as_ref))
    }

    fn search(&mut self, raw: &str) -> Rc<Seen> {
        if self.channel.is_garbled() {
            self.far(raw)
        } else {
            self.near(raw)
        }
    }

    fn far(&mut self, raw: &str) -> Rc<Seen> {
        if let Some(seen) = self.memory.far.get(raw) {
            return Rc::clone(seen);
        }
        let seen = Rc::new(self.seen(raw, f32::MAX));
        self.memory.far.insert(raw.to_owned(), Rc::clone(&seen));
        seen
    }

    fn near(&mut self, raw: &str) -> Rc<Seen> {
        if let Some(seen) = self.memory.near.get(raw) {
            return Rc::clone(seen);
        }
        let seen = Rc::new(self.plain(raw).unwrap_or_else(|| self.seen(raw, NEAR)));
        self.memory.near.insert(raw.to_owned(), Rc::clone(&seen));
        seen
    }

    /// A word that needs no search: it is known and has marks of Vietnamese, or it is known without its marks.
    fn plain(&self, raw: &str) -> Option<Seen> {
        let lexicon = self.lexicon;
        if raw.chars().any(syllable::is_vietnamese_only) {
            return lexicon.id(raw).map(|_| Seen::new(lexicon, raw, &[], MOST));
        }
        if !raw.is_ascii() {
            return None;
        }
        let words = lexicon.same_letters(&raw.to_ascii_lowercase());
        let found = words.iter().map(|&word| Candidate {
            word,
            cost: NEVER_MISTAKEN,
        });
        let found = likeliest(lexicon, found.collect(), REMEMBERED);
        (!found.is_empty()).then(|| Seen::new(lexicon, raw, &found, MOST))
    }

    fn seen(&self, raw: &str, most: f32) -> Seen {
        let lexicon = self.lexicon;
        let chars: Vec<char> = raw.chars().collect();
        let bound = bound(chars.len()).min(most);
        let found = lexicon.trie.search(&lexicon.confusions, &chars, bound);
        Seen::new(lexicon, raw, &likeliest(lexicon, found, REMEMBERED), MOST)
    }

    /// The letters at each place, as the context model is to see them: those that stand there, or those of `steps` where
    /// there are some. `None` for what is no word.
    fn letters(&mut self, lattice: &Lattice, steps: &[Step]) -> Vec<Option<Letters>> {
        let context = &self.lexicon.context;
        let mut letters = vec![None; lattice.len()];
        if steps.is_empty() {
            for (at, seen) in letters.iter_mut().enumerate() {
                // The first edge keeps what stands there.
                let place = &self.places.all()[at];
                *seen = match (place.atom.kind, lattice[at][0].words.last()) {
                    (AtomKind::Word, Some(&UNKNOWN)) => Some(self.near(place.text).letters),
                    (_, word) => word.map(|w| context.letters(*w)),
                };
            }
        }
        for step in steps {
            let words = &lattice[step.at][step.edge].words;
            letters[step.at] = words.last().map(|w| context.letters(*w));
        }
        letters
    }

    /// Makes the words dearer or cheaper that the words around, `steps` or else what stands there, make unlikely or likely.
    fn weigh(&mut self, lattice: &mut Lattice, steps: &[Step]) {
        if lattice.iter().all(|edges| edges.len() < 2) {
            return;
        }
        let at_places = self.letters(lattice, steps);
        let mut row: Vec<Letters> = Vec::with_capacity(at_places.len());
        let mut places = Vec::with_capacity(at_places.len());
        for (at, letters) in at_places.iter().enumerate() {
            let begins = self.places.begins_sentence(at).then_some(BOUNDARY);
            for letters in begins.into_iter().chain(*letters) {
                // A boundary after a boundary is none.
                if letters != BOUNDARY || row.last() != Some(&BOUNDARY) {
                    row.push(letters);
                }
            }
            places.push(row.len().saturating_sub(1));
        }
        let unlikely = if self.channel.is_garbled() {
            f32::MAX
        } else {
            UNLIKELY
        };
        for (at, edges) in lattice
            .iter_mut()
            .enumerate()
            .filter(|(at, edges)| edges.len() > 1 && at_places[*at].is_some())
        {
            // The words with the same letters, and how likely the likeliest of them is.
            let mut groups: Vec<(Letters, Vec<Likely>, f32)> = Vec::new();
            let mut is_first = true;
            edges.retain_mut(|edge| {
                // The first edge always leads on.
                let stays = std::mem::take(&mut is_first);
                let Some(&word) = edge.words.last() else {
                    return true;
                };
                let more = edge.words.iter().filter(|w| **w != BOUNDARY).count() > 1;
                if word <= NUMBER || more {
                    return true;
                }
                let letters = self.lexicon.context.letters(word);
                let known = groups.iter().position(|(l, ..)| *l == letters);
                let known = known.unwrap_or_else(|| {
                    let likely = self.lexicon.context.likely(&row, places[at], letters);
                    let best = likely.iter().map(|l| l.log_probability).fold(f32::MIN, f32::max);
                    groups.push((letters, likely, best));
                    groups.len() - 1
                });
                let (_, likely, best) = &groups[known];
                let Some(here) = likely.iter().find(|l| l.word == word) else {
                    return true;
                };
                edge.cost -= CONTEXT * here.gain.max(-MOST_AGAINST);
                stays || here.log_probability >= best - unlikely
            });
        }
    }

    /// Every way to read what begins at a place.
    fn edges(&mut self, at: usize) -> Vec<Edge> {
        let mut edges = vec![self.kept(at)];
        let place = &self.places.all()[at];
        let percent = lexer::misread_percent(place.text).filter(|_| place.atom.kind == AtomKind::Code);
        edges.extend(percent.map(|percent| Edge {
            to: at + 1,
            words: vec![NUMBER],
            output: Some(percent.into()),
            cost: -PERCENT_GAIN,
        }));
        let code =
            matches!(place.atom.kind, AtomKind::Code | AtomKind::Word) && self.channel.has_lost_marks();
        let code = code.then(|| self.lexicon.codes.restored(place.text)).flatten();
        edges.extend(code.map(|code| Edge {
            output: Some(code.into()),
            cost: -CODE_GAIN,
            ..edges[0].clone()
        }));
        let end = if self.channel.is_garbled() {
            usize::MAX
        } else {
            at + 1
        };
        for (to, raw) in self.places.spans(at, end) {
            let near = self.near(&raw);
            if to == at + 1 && (lexer::is_abbreviation(&raw) || self.channel.trusts(&near)) {
                continue;
            }
            let seen = self.search(&raw);
            let found = &seen.possible[..seen.possible.len().min(MOST)];
            let weighed = self.weighed(at, &raw, found);
            let restored = weighed.iter().filter_map(|weighed| restored(at, to, weighed));
            edges.extend(restored);
            let best = found.iter().map(|c| c.garbled).fold(f32::MAX, f32::min);
            if self.channel.is_garbled() && to == at + 1 && raw.chars().count() >= 4 && best > 5.0 {
                self.split(at, &raw, &mut edges);
            }
        }
        if self.places.begins_sentence(at) {
            edges.iter_mut().for_each(|edge| edge.words.insert(0, BOUNDARY));
        }
        edges
    }

    /// Those of what a raw text may have been that a language could still choose.
    fn weighed(&mut self, at: usize, raw: &str, found: &[Possible]) -> Rc<[Weighed]> {
        let case = self.places.case(at, raw);
        if let Some(weighed) = self.weighed[case as usize].get(raw) {
            return Rc::clone(weighed);
        }
        let rank =
            |p: &Possible| self.channel.cost(p) - FREQUENCY * self.lexicon.language_model.log_unigram(p.word);
        let best = found.iter().map(rank).fold(f32::MAX, f32::min);
        let worth_weighing = found.iter().filter(|p| rank(p) <= best + HOPELESS);
        let weighed: Rc<[Weighed]> = worth_weighing.map(|p| self.weigh_one(raw, case, p)).collect();
        self.weighed[case as usize].insert(raw.to_owned(), Rc::clone(&weighed));
        weighed
    }

    fn weigh_one(&self, raw: &str, case: CasePattern, possible: &Possible) -> Weighed {
        let roman = if lexer::is_roman(raw) { 4.0 } else { 0.0 };
        Weighed {
            possible: *possible,
            output: case.apply(self.lexicon.word(possible.word)).into(),
            cost: self.channel.cost(possible) + roman,
        }
    }

    /// Leaves a piece as it is.
    fn kept(&mut self, at: usize) -> Edge {
        let place = &self.places.all()[at];
        let (kind, text) = (place.atom.kind, place.text);
        let (words, cost) = match kind {
            AtomKind::Number | AtomKind::Code => (vec![NUMBER], 0.0),
            AtomKind::Mark => self.places.kept_mark(at),
            AtomKind::Word => {
                let seen = self.near(text);
                let digits = text.chars().any(|c| c.is_ascii_digit());
                let word = if digits {
                    NUMBER
                } else {
                    seen.id.unwrap_or(UNKNOWN)
                };
                (vec![word], self.channel.kept(&seen, text))
            }
        };
        Edge {
            to: at + 1,
            words,
            output: None,
            cost,
        }
    }

    /// Two words that were read without the space between them.
    fn split(&self, at: usize, raw: &str, edges: &mut Vec<Edge>) {
        let chars: Vec<char> = raw.chars().collect();
        let case = self.places.case(at, raw);
        let second = if case == CasePattern::Upper {
            case
        } else {
            CasePattern::Lower
        };
        let (trie, confusions) = (&self.lexicon.trie, &self.lexicon.confusions);
        let space = confusions.lost(' ').min(NO_SPACE);
        let beginnings = trie.search_beginnings(confusions, &chars, bound(chars.len()) * 0.6);
        for (middle, firsts) in beginnings.into_iter().enumerate().take(chars.len()).skip(1) {
            if firsts.is_empty() {
                continue;
            }
            let rests = trie.search(confusions, &chars[middle..], bound(chars.len() - middle) * 0.8);
            let rests = likeliest(self.lexicon, rests, 5);
            for a in likeliest(self.lexicon, firsts, 5) {
                edges.extend(rests.iter().map(|b| {
                    let (one, two) = (self.lexicon.word(a.word), self.lexicon.word(b.word));
                    Edge {
                        to: at + 1,
                        words: vec![a.word, b.word],
                        output: Some(format!("{} {}", case.apply(one), second.apply(two)).into()),
                        cost: self.channel.garbled(a.cost + b.cost + space),
                    }
                }));
            }
        }
    }

    /// Adds the words that known phrases go on with, where the ink allows them and they were too unlikely to be
    /// weighed. Returns how many.
    fn ask_phrases(&mut self, lattice: &mut Lattice, steps: &[Step]) -> usize {
        let mut added = 0;
        let mut history = self.scorer.start();
        for step in steps {
            let asked = self.lexicon.phrases.following(history.matched(), ASKING);
            for (to, raw) in if asked.is_empty() {
                Vec::new()
            } else {
                self.places.spans(step.at, usize::MAX)
            } {
                let seen = self.search(&raw);
                let unlikely = seen.possible.iter().skip(MOST);
                for possible in unlikely.filter(|p| asked.contains(&p.word)) {
                    let case = self.places.case(step.at, &raw);
                    let edge = restored(step.at, to, &self.weigh_one(&raw, case, possible));
                    added += usize::from(edge.is_some());
                    lattice[step.at].extend(edge);
                }
            }
            history = self.scorer.after(history, &lattice[step.at][step.edge].words);
        }
        added
    }

    /// The words of the steps, with a gap for each that another could nearly stand for.
    fn sure_words(&self, lattice: &Lattice, steps: &[Step]) -> Vec<WordId> {
        let mut words = Vec::new();
        let mut history = self.scorer.start();
        for (i, step) in steps.iter().enumerate() {
            let edges = &lattice[step.at];
            let taken = &edges[step.edge];
            let next = words_after(lattice, &steps[i + 1..]);
            let cost = |edge: &Edge| self.cost(edge, history, &next);
            let others = edges.iter().enumerate();
            let others = others.filter(|(at, edge)| *at != step.edge && edge.to == taken.to);
            let sure = cost(taken) + SURE;
            if others.map(|(_, edge)| cost(edge)).all(|other| other >= sure) {
                words.extend(&taken.words);
            } else {
                words.push(GAP);
            }
            history = self.scorer.after(history, &taken.words);
        }
        words
    }

    /// What an edge costs between the words before it and those after it.
    fn cost(&self, edge: &Edge, history: History, next: &[WordId]) -> f32 {
        edge.cost + self.scorer.cost(&history, edge.words.iter().chain(next))
    }

    /// Writes known lines where one explains what was read better than the steps do.
    fn take_known_lines(&self, lattice: &Lattice, steps: &[Step], restored: &mut RestoredText) {
        let mut history = self.scorer.start();
        let line_of = |step: &Step| self.places.all()[step.at].line;
        let read = steps.chunk_by(|a, b| line_of(a) == line_of(b)).map(|steps| {
            let (mut cost, mut words) = (0.0, Vec::new());
            for step in steps {
                let edge = &lattice[step.at][step.edge];
                cost += self.cost(edge, history, &[]);
                history = self.scorer.after(history, &edge.words);
                words.extend(&edge.words);
            }
            let raw = &self.lines[line_of(&steps[0])];
            (line_of(&steps[0]), ReadLine { raw, words, cost })
        });
        let (numbers, read): (Vec<usize>, Vec<ReadLine>) = read.unzip();
        let known = self.lexicon.lines.recognised(&self.lexicon.confusions, &read);
        for ((line, read), known) in numbers.into_iter().zip(read).zip(known) {
            let Some(Recognised { text, gain }) = known else {
                continue;
            };
            let by_words = std::mem::replace(&mut restored.lines[line], text.to_owned());
            restored.changes.retain(|change| change.line != line);
            restored.changes.push(Change {
                line,
                raw: read.raw.to_owned(),
                restored: text.to_owned(),
                candidates: vec![by_words],
                gain,
                reason: "phrase: a whole line of a known form".to_owned(),
            });
        }
        restored.changes.sort_by_key(|change| change.line);
    }

    /// The lines with the steps' words in them.
    fn write(&self, lattice: &Lattice, steps: &[Step], wanted: Wanted) -> RestoredText {
        let mut out = RestoredText {
            lines: vec![String::new(); self.lines.len()],
            changes: Vec::new(),
        };
        let mut done = vec![0usize; self.lines.len()];
        let mut history = self.scorer.start();
        for (i, step) in steps.iter().enumerate() {
            let edge = &lattice[step.at][step.edge];
            if let Some(output) = &edge.output {
                let (first, last) = (&self.places.all()[step.at], &self.places.all()[edge.to - 1]);
                let (line, text) = (first.line, &self.lines[first.line]);
                out.lines[line].push_str(&text[done[line]..first.atom.start]);
                out.lines[line].push_str(output);
                done[line] = last.atom.end;
                if wanted == Wanted::Changes {
                    let next = words_after(lattice, &steps[i + 1..]);
                    let weigh = |e: &Edge| self.cost(e, history, &next);
                    let mut others: Vec<(f32, &str)> = lattice[step.at]
                        .iter()
                        .filter(|e| e.to == edge.to && e.output != edge.output)
                        .filter_map(|e| e.output.as_deref().map(|o| (weigh(e), o)))
                        .collect();
                    others.sort_by(|a, b| a.0.total_cmp(&b.0));
                    out.changes.push(Change {
                        line,
                        raw: text[first.atom.start..last.atom.end].to_owned(),
                        restored: output.to_string(),
                        candidates: others.into_iter().take(4).map(|(_, o)| o.to_owned()).collect(),
                        gain: weigh(&lattice[step.at][0]) - weigh(edge),
                        reason: reason(&text[first.atom.start..last.atom.end], output, step.matched),
                    });
                }
            }
            if wanted == Wanted::Changes {
                history = self.scorer.after(history, &edge.words);
            }
        }
        for (line, text) in self.lines.iter().enumerate() {
            out.lines[line].push_str(&text[done[line]..]);
        }
        out
    }
}

/// Reads the pieces up to `to` as a word; `None` where that is what stands there anyway.
fn restored(at: usize, to: usize, weighed: &Weighed) -> Option<Edge> {
    let stands_there = to == at + 1 && weighed.possible.is_word;
    (!stands_there).then(|| Edge {
        to,
        words: vec![weighed.possible.word],
        output: Some(Rc::clone(&weighed.output)),
        cost: weighed.cost,
    })
}

/// The words of the next two steps: what a trigram sees.
fn words_after(lattice: &Lattice, steps: &[Step]) -> Vec<WordId> {
    let next = steps.iter().take(2);
    next.flat_map(|step| &lattice[step.at][step.edge].words)
        .copied()
        .collect()
}

fn composed(line: &str) -> String {
    if line.is_ascii() {
        line.to_owned()
    } else {
        line.nfc().collect()
    }
}

/// Words of one letter say nothing about what happened to a text.
fn is_telling(place: &Place) -> bool {
    place.atom.kind == AtomKind::Word && place.text.chars().count() > 1
}

/// How dear a candidate for a raw text of so many characters may be.
pub fn bound(length: usize) -> f32 {
    5.0 + 2.0 * length as f32
}

/// The likeliest candidates, ink and frequency together.
fn likeliest(lexicon: &Lexicon, mut found: Vec<Candidate>, most: usize) -> Vec<Candidate> {
    let rank = |c: &Candidate| c.cost - FREQUENCY * lexicon.language_model.log_unigram(c.word);
    found.sort_by(|a, b| rank(a).total_cmp(&rank(b)));
    found.truncate(most);
    found
}
