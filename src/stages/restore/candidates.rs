//! Raw text -> the syllables it may have been, by a walk through a trie of all syllables with the cost of
//! reading each letter as what stands there.

use std::iter;

use rustc_hash::FxHashMap;

use super::confusion::{Confusions, LONGEST, unlisted};
use super::language_model::WordId;
use super::syllable::CasePattern;

/// Longer raw texts are not tried.
pub const LONGEST_RAW: usize = 14;
const INFINITE: f32 = 1e9;

/// One place for each beginning of a raw text, the empty one too, as many for every text: so the walk adds and compares
/// a whole row at once.
const LANES: usize = LONGEST_RAW + 2;
type Row = [f32; LANES];
/// The costs of reading some letters as each beginning of the raw text, after what stands for beginnings shorter than none.
type PaddedRow = [f32; LONGEST + LANES];

/// A syllable that a raw text may stand for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidate {
    pub word: WordId,
    /// Negative logarithm of the probability of reading it as the raw text.
    pub cost: f32,
}

/// Every syllable of the vocabulary, letter by letter.
pub struct Trie {
    nodes: Vec<Node>,
    letters: Vec<char>,
}

#[derive(Default)]
struct Node {
    word: Option<WordId>,
    /// Each by its letter, an index into the trie's letters.
    children: Vec<(usize, usize)>,
}

/// What the walk needs to know of one raw text.
struct Walk<'a> {
    trie: &'a Trie,
    confusions: &'a Confusions,
    raw: &'a [char],
    /// Every letter of the trie as it is written in the raw text's case.
    written: Vec<char>,
    /// True for letters that are read as one character together with one after them.
    pairs: Vec<bool>,
    /// Cost of reading letter k as the `l` characters that end before `j`, at `[k][l][j]`.
    reading: Vec<[Row; LONGEST + 1]>,
    added: Vec<f32>,
    bound: f32,
    rows: Vec<PaddedRow>,
    path: Vec<usize>,
}

impl Trie {
    /// Words must be lower case and NFC.
    pub fn new<'a>(words: impl IntoIterator<Item = (WordId, &'a str)>) -> Self {
        let mut trie = Self {
            nodes: vec![Node::default()],
            letters: Vec::new(),
        };
        let mut index = FxHashMap::default();
        for (word, text) in words {
            let mut at = 0;
            for c in text.chars() {
                let letter = *index.entry(c).or_insert_with(|| {
                    trie.letters.push(c);
                    trie.letters.len() - 1
                });
                let mut children = trie.nodes[at].children.iter();
                let next = children.find(|(l, _)| *l == letter).map(|(_, child)| *child);
                at = next.unwrap_or_else(|| {
                    trie.nodes.push(Node::default());
                    let new = trie.nodes.len() - 1;
                    trie.nodes[at].children.push((letter, new));
                    new
                });
            }
            trie.nodes[at].word = Some(word);
        }
        trie
    }

    /// The syllables that the whole of `raw` may stand for at no more than `bound`.
    pub fn search(&self, confusions: &Confusions, raw: &[char], bound: f32) -> Vec<Candidate> {
        let mut found = Vec::new();
        self.walk(confusions, raw, bound, |word, row| {
            if let Some(&cost) = row.last().filter(|c| **c <= bound) {
                found.push(Candidate { word, cost });
            }
        });
        found
    }

    /// For each length of a beginning of `raw`, the syllables that it may stand for.
    pub fn search_beginnings(
        &self,
        confusions: &Confusions,
        raw: &[char],
        bound: f32,
    ) -> Vec<Vec<Candidate>> {
        let mut found = vec![Vec::new(); raw.len() + 1];
        self.walk(confusions, raw, bound, |word, row| {
            for (length, &cost) in row.iter().enumerate().filter(|(_, c)| **c <= bound) {
                found[length].push(Candidate { word, cost });
            }
        });
        found
    }

    fn walk(&self, confusions: &Confusions, raw: &[char], bound: f32, mut each: impl FnMut(WordId, &[f32])) {
        if raw.is_empty() || raw.len() > LONGEST_RAW {
            return;
        }
        let text: String = raw.iter().collect();
        match CasePattern::of(&text) {
            CasePattern::Lower => self.walk_case(confusions, raw, bound, [false, false], &mut each),
            CasePattern::Upper => self.walk_case(confusions, raw, bound, [true, true], &mut each),
            CasePattern::Title => self.walk_case(confusions, raw, bound, [true, false], &mut each),
        }
    }

    fn walk_case(
        &self,
        confusions: &Confusions,
        raw: &[char],
        bound: f32,
        [first_upper, rest_upper]: [bool; 2],
        each: &mut impl FnMut(WordId, &[f32]),
    ) {
        // The first letter may be written otherwise than the rest, so each letter has two places.
        let write = |upper: bool| {
            self.letters.iter().map(move |&c| {
                if upper {
                    c.to_uppercase().next().unwrap_or(c)
                } else {
                    c
                }
            })
        };
        let written: Vec<char> = write(first_upper).chain(write(rest_upper)).collect();
        let width = raw.len() + 1;
        let mut reading = vec![[[INFINITE; LANES]; LONGEST + 1]; written.len()];
        let places: FxHashMap<char, Vec<usize>> =
            written
                .iter()
                .enumerate()
                .fold(FxHashMap::default(), |mut m, (k, c)| {
                    m.entry(*c).or_insert_with(Vec::new).push(k);
                    m
                });
        for (k, &letter) in written.iter().enumerate() {
            let lost = confusions.lost(letter);
            for j in 0..width {
                reading[k][0][j] = lost;
                if let Some(&c) = raw.get(j) {
                    reading[k][1][j + 1] = unlisted(letter, c);
                }
            }
        }
        for j in 0..raw.len() {
            for length in 1..=LONGEST.min(raw.len() - j) {
                for (letter, cost) in confusions.behind(&raw[j..j + length]) {
                    for k in places.get(letter).into_iter().flatten() {
                        reading[*k][length][j + length] = *cost;
                    }
                }
            }
        }
        let added: Vec<f32> = raw.iter().map(|c| confusions.added(*c)).collect();
        let mut first = [INFINITE; LONGEST + LANES];
        first[LONGEST] = 0.0;
        for (j, added) in added.iter().enumerate() {
            first[LONGEST + j + 1] = first[LONGEST + j] + added;
        }
        let rows = vec![first];
        let mut walk = Walk {
            trie: self,
            confusions,
            raw,
            pairs: written.iter().map(|c| confusions.begins_pair(*c)).collect(),
            written,
            reading,
            added,
            bound,
            rows,
            path: Vec::new(),
        };
        walk.descend(0, each);
    }
}

impl Walk<'_> {
    fn descend(&mut self, node: usize, each: &mut impl FnMut(WordId, &[f32])) {
        let trie = self.trie;
        for &(letter, child) in &trie.nodes[node].children {
            let place = if self.path.is_empty() {
                letter
            } else {
                self.trie.letters.len() + letter
            };
            self.path.push(place);
            if let Some(row) = self.row() {
                if let Some(word) = self.trie.nodes[child].word {
                    each(word, &row[LONGEST..=LONGEST + self.raw.len()]);
                }
                self.rows.push(row);
                self.descend(child, each);
                self.rows.pop();
            }
            self.path.pop();
        }
    }

    /// The costs of reading the letters of the path as each beginning of the raw text; `None` if all are beyond the bound.
    fn row(&self) -> Option<PaddedRow> {
        let above = &self.rows[self.rows.len() - 1];
        let mut row = [INFINITE; LANES];
        for (length, reading) in self.reading[self.path[self.path.len() - 1]].iter().enumerate() {
            take_cheaper(&mut row, &above[LONGEST - length..][..LANES], reading);
        }
        if let [.., before, last] = self.path.as_slice()
            && self.pairs[*before]
        {
            let letters = [self.written[*before], self.written[*last]];
            if self.confusions.has_pair(letters) {
                let above = &self.rows[self.rows.len() - 2][LONGEST..];
                for j in 0..self.raw.len() {
                    if let Some(cost) = self.confusions.pair(letters, self.raw[j]) {
                        row[j + 1] = row[j + 1].min(above[j] + cost);
                    }
                }
            }
        }
        // Nothing that is added makes it cheaper, and most rows end here.
        let least = row
            .iter()
            .fold(INFINITE, |least, cost| if *cost < least { *cost } else { least });
        (least <= self.bound).then(|| {
            let mut padded = [INFINITE; LONGEST + LANES];
            let mut before = INFINITE;
            let costs = row.iter().zip(iter::once(&0.0).chain(&self.added));
            for (place, (cost, added)) in padded[LONGEST..].iter_mut().zip(costs) {
                let with = before + added;
                before = if with < *cost { with } else { *cost };
                *place = before;
            }
            padded
        })
    }
}

/// Where reading one more letter costs less than the row says, the row takes it. Inlined and unrolled, the compiler no longer
/// sees that it can do some lanes at once.
#[inline(never)]
fn take_cheaper(row: &mut Row, above: &[f32], reading: &Row) {
    for (least, (above, reading)) in row.iter_mut().zip(above.iter().zip(reading)) {
        let cost = above + reading;
        *least = if cost < *least { cost } else { *least };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS: [&str; 8] = ["cáo", "báo", "của", "đổi", "từ", "số", "trừ", "cao"];

    fn found(raw: &str) -> Vec<&'static str> {
        let trie = Trie::new((0..).zip(WORDS));
        let table = "á\t4\t1\nộ\t6\t1\nổ\t6\t1\nố\t6\t1\nừ\tir\t1\nủ\tii\t1.5\n∅\t:\t2\nđ\td\t0.5\ná\ta\t1\nc\tf\t3\n";
        let confusions = Confusions::parse(table).unwrap();
        let raw: Vec<char> = raw.chars().collect();
        let mut all = trie.search(&confusions, &raw, 6.0);
        all.sort_by(|a, b| a.cost.total_cmp(&b.cost));
        all.iter().map(|c| WORDS[usize::from(c.word)]).collect()
    }

    #[test]
    fn the_likely_syllables_come_first() {
        let check = |raw: &str, expect: &str| assert_eq!(found(raw).first(), Some(&expect), "{raw}");
        check("c4o", "cáo");
        check("d6i", "đổi");
        check("tir", "từ");
        check("ciia", "của");
        check("s6", "số");
        check("cáo", "cáo");
        check("f:áo", "cáo");
    }

    #[test]
    fn nothing_beyond_the_bound_is_invented() {
        assert!(found("xyzw").is_empty());
        assert!(found("").is_empty());
        assert!(found(&"a".repeat(40)).is_empty());
    }

    #[test]
    fn case_does_not_matter_to_the_search() {
        assert_eq!(found("CÁO").first(), Some(&"cáo"));
        assert_eq!(found("Từ").first(), Some(&"từ"));
    }
}
