//! A beam search for the likeliest way through a lattice: what was read, and the words it may have been.

use std::rc::Rc;

use rustc_hash::FxHashSet;

use super::language_model::{BOUNDARY, Context, LanguageModel, WordId};
use super::phrases::{GoingOn, Match, Phrases};

/// How much of the search is kept at each place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Beam {
    /// How many ways.
    pub ways: usize,
    /// Ways worse than the best by more than this are dropped.
    pub width: f32,
}

impl Beam {
    /// Where letters were mistaken, or readers disagree.
    pub const WIDE: Self = Self {
        ways: 28,
        width: 16.0,
    };
    /// Where marks alone are in question.
    pub const NARROW: Self = Self { ways: 10, width: 9.0 };
}

/// Sums of costs in another order differ by less.
const ROUNDING: f32 = 0.1;

/// One way to read the atoms from a place up to `to`.
#[derive(Debug, Clone, PartialEq)]
pub struct Edge {
    pub to: usize,
    /// What the language model sees; empty for marks that it does not.
    pub words: Vec<WordId>,
    /// What stands in the text; `None`: what was read.
    pub output: Option<Rc<str>>,
    /// Cost of reading the words as these atoms.
    pub cost: f32,
}

/// From each place, the edges that begin there. Edges only lead forward, and some edge leads on from every place.
pub type Lattice = Vec<Vec<Edge>>;

/// What words cost, one after the other.
pub struct Scorer<'a> {
    pub language_model: &'a LanguageModel,
    pub phrases: &'a Phrases,
    /// What the text itself says elsewhere, where that is known.
    pub own: Option<&'a Phrases>,
    /// How much the language model counts against the ink.
    pub weight: f32,
}

/// What the words before a place are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct History {
    last: [WordId; 2],
    context: Context,
    matched: Match,
    going_on: GoingOn,
    /// The same in the text itself.
    own: Option<(Match, GoingOn)>,
}

impl Scorer<'_> {
    pub fn start(&self) -> History {
        let first = |phrases: &Phrases| phrases.read(&phrases.start(), BOUNDARY);
        self.history([BOUNDARY; 2], first(self.phrases), self.own.map(first))
    }

    /// So much at most is gained by so many words.
    fn most(&self, words: usize) -> f32 {
        (self.language_model.most() + ROUNDING) * words as f32 * self.weight + ROUNDING
    }

    /// The cost of `words` after `history`.
    pub fn cost<'w>(&self, history: &History, words: impl IntoIterator<Item = &'w WordId>) -> f32 {
        self.add(0.0, history, words) * self.weight
    }

    /// `cost`, not weighted yet, with that of `words` after `history`.
    fn add<'w>(&self, mut cost: f32, history: &History, words: impl IntoIterator<Item = &'w WordId>) -> f32 {
        let mut words = words.into_iter().peekable();
        let mut after;
        let mut history = history;
        while let Some(&word) = words.next() {
            cost -= self.log_probability(history, word);
            if words.peek().is_some() {
                after = self.after(*history, &[word]);
                history = &after;
            }
        }
        cost
    }

    /// Like [`Self::cost`]. Edges that begin with the same word often follow each other: `first` holds the first word of the
    /// last one, its cost, and the history after it.
    fn cost_beside(
        &self,
        history: &History,
        words: &[WordId],
        first: &mut Option<(WordId, f32, History)>,
    ) -> f32 {
        let [word, rest @ ..] = words else { return 0.0 };
        if rest.is_empty() {
            return self.cost(history, words);
        }
        let (_, cost, after) = match first {
            Some(known) if known.0 == *word => known,
            _ => first.insert((
                *word,
                self.add(0.0, history, [word]),
                self.after(*history, &[*word]),
            )),
        };
        self.add(*cost, after, rest) * self.weight
    }

    /// The logarithm of the probability of `word` after `history`; 0 where it says nothing.
    fn log_probability(&self, history: &History, word: WordId) -> f32 {
        if !history.takes(word) {
            return 0.0;
        }
        let mut plain = self.language_model.log_probability(&history.context, word);
        if history.going_on.name_ended {
            plain = plain.max(self.language_model.log_unigram(word));
        }
        if let Some((own, (matched, going_on))) = self.own.zip(history.own.as_ref()) {
            plain = own.log_probability(matched, going_on, word, plain);
        }
        self.phrases
            .log_probability(&history.matched, &history.going_on, word, plain)
    }

    /// The history once `words` are read too.
    pub fn after(&self, mut history: History, words: &[WordId]) -> History {
        for &word in words {
            if history.takes(word) {
                let matched = self.phrases.read(&history.matched, word);
                let own = self.own.zip(history.own);
                let own = own.map(|(own, (matched, _))| own.read(&matched, word));
                history = self.history([history.last[1], word], matched, own);
            }
        }
        history
    }

    fn history(&self, last: [WordId; 2], matched: Match, own: Option<Match>) -> History {
        History {
            last,
            context: self.language_model.context(last),
            going_on: self.phrases.going_on(&matched),
            matched,
            own: self
                .own
                .zip(own)
                .map(|(own, matched)| (matched, own.going_on(&matched))),
        }
    }
}

impl History {
    /// A boundary after a boundary is none.
    fn takes(&self, word: WordId) -> bool {
        word != BOUNDARY || self.last[1] != BOUNDARY
    }

    /// How the last words stand in known phrases.
    pub fn matched(&self) -> &Match {
        &self.matched
    }
}

/// A way that made it into the beam.
struct Way {
    cost: f32,
    history: History,
    /// The way before it, by index; the first way is its own.
    back: usize,
    at: usize,
    edge: usize,
}

/// A way to a place that may or may not make it.
struct Try {
    cost: f32,
    back: usize,
    at: usize,
    edge: usize,
}

/// A step of the best way: the edge taken at a place, and how long a known phrase it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    pub at: usize,
    pub edge: usize,
    pub matched: usize,
}

/// The cheapest way through.
pub fn best(lattice: &Lattice, scorer: &Scorer, beam: Beam) -> Vec<Step> {
    let mut ways = vec![Way {
        cost: 0.0,
        history: scorer.start(),
        back: 0,
        at: 0,
        edge: 0,
    }];
    let mut open: Vec<Vec<Try>> = Vec::new();
    open.resize_with(lattice.len() + 1, Vec::new);
    // The least cost of a way to each place so far. What cannot come near it is not scored.
    let mut least = vec![f32::INFINITY; lattice.len() + 1];
    let mut here = 0..1;
    for at in 0..lattice.len() {
        if at > 0 {
            here = keep(&mut ways, std::mem::take(&mut open[at]), lattice, scorer, beam);
        }
        for back in here.clone() {
            let way = &ways[back];
            let mut first = None;
            for (edge, e) in lattice[at].iter().enumerate() {
                let bearable = least[e.to] + beam.width + scorer.most(e.words.len());
                if way.cost + e.cost > bearable {
                    continue;
                }
                let cost = way.cost + e.cost + scorer.cost_beside(&way.history, &e.words, &mut first);
                least[e.to] = least[e.to].min(cost);
                open[e.to].push(Try { cost, back, at, edge });
            }
        }
    }
    if !lattice.is_empty() {
        here = keep(&mut ways, open.pop().unwrap_or_default(), lattice, scorer, beam);
    }
    let mut steps = Vec::new();
    let mut way = here.start;
    while way != 0 && way < ways.len() {
        steps.push(Step {
            at: ways[way].at,
            edge: ways[way].edge,
            matched: ways[way].history.matched().length(),
        });
        way = ways[way].back;
    }
    steps.reverse();
    steps
}

/// Takes over the best of `tries`: of those that look the same from here on only the cheapest, and of all only the beam.
fn keep(
    ways: &mut Vec<Way>,
    mut tries: Vec<Try>,
    lattice: &Lattice,
    scorer: &Scorer,
    beam: Beam,
) -> std::ops::Range<usize> {
    let start = ways.len();
    let least = tries.iter().map(|t| t.cost).min_by(f32::total_cmp);
    let limit = least.map_or(0.0, |least| least + beam.width);
    tries.retain(|t| t.cost <= limit);
    tries.sort_by(|a, b| a.cost.total_cmp(&b.cost));
    let mut seen = FxHashSet::with_capacity_and_hasher(beam.ways, rustc_hash::FxBuildHasher);
    for Try { cost, back, at, edge } in tries {
        if ways.len() - start == beam.ways {
            break;
        }
        let history = scorer.after(ways[back].history, &lattice[at][edge].words);
        if seen.insert((history.last, history.matched.longest())) {
            ways.push(Way {
                cost,
                history,
                back,
                at,
                edge,
            });
        }
    }
    start..ways.len()
}
