//! The dictionary of known phrases as an index of all their beginnings: how do known phrases go on after these words?

use super::language_model::{BOUNDARY, WordId};

/// The longest run of words that is looked back on.
pub const LOOK_BACK: usize = 6;
/// Suffixes are told apart by this many words.
const SORTED_BY: usize = LOOK_BACK + 1;

/// So many words that end a phrase are the end of a name.
const NAME: usize = 3;

/// How much a phrase is believed after 0, 1, 2… words of it.
const BELIEF: [f32; LOOK_BACK + 1] = [0.0, 0.06, 0.4, 0.65, 0.82, 0.92, 0.96];

/// Stands between runs of words that do not follow each other; no word has this number.
pub const GAP: WordId = WordId::MAX;

/// How much less a text's own words are believed than known phrases: they were read, and read wrong at times.
const OWN: f32 = 0.8;

/// Phrases, one after the other with a boundary between, and where each run of words stands.
#[derive(Default)]
pub struct Phrases {
    row: Vec<WordId>,
    /// Places in `row`, sorted by the words from there on.
    suffixes: Vec<u32>,
    /// For each word the part of the sorted places where it stands.
    by_word: Vec<(u32, u32)>,
    /// How much they are believed after 0, 1, 2… words.
    belief: [f32; LOOK_BACK + 1],
}

/// How phrases go on after the last words: what is asked of them again for every word that may follow.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GoingOn {
    /// Length of the run of words that is looked at, 0 where phrases say nothing.
    length: usize,
    range: (u32, u32),
    /// The belief in one of the places of the range.
    each: f32,
    /// What is left to the language model.
    rest: f32,
    /// The last words are mostly the end of a name: what follows may be any word.
    pub name_ended: bool,
}

/// The places in the dictionary that the last words read so far match: for each number of last words, a part of the sorted places.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Match {
    ranges: [(u32, u32); LOOK_BACK + 1],
}

impl Match {
    /// How many of the last words stand together in a known phrase.
    pub fn length(&self) -> usize {
        (1..=LOOK_BACK)
            .rev()
            .find(|&k| self.ranges[k].0 < self.ranges[k].1)
            .unwrap_or(0)
    }

    /// Which known words the last ones are: equal for histories after which phrases go on alike.
    pub fn longest(&self) -> (u32, u32) {
        self.ranges[self.length()]
    }
}

impl Phrases {
    pub fn new(phrases: impl IntoIterator<Item = Vec<WordId>>) -> Self {
        let mut row = vec![BOUNDARY];
        for phrase in phrases {
            row.extend(phrase);
            row.push(BOUNDARY);
        }
        Self::of(row, BELIEF)
    }

    /// The words of a text as far as they are sure, with a [`GAP`] for each that is not: what a text says once it says again.
    pub fn of_text(words: Vec<WordId>) -> Self {
        Self::of(words, BELIEF.map(|belief| belief * OWN))
    }

    fn of(row: Vec<WordId>, belief: [f32; LOOK_BACK + 1]) -> Self {
        let mut suffixes: Vec<u32> = (0..row.len() as u32).collect();
        let key = |s: u32| &row[s as usize..row.len().min(s as usize + SORTED_BY)];
        suffixes.sort_by(|a, b| key(*a).cmp(key(*b)));
        let words = row.iter().filter(|word| **word != GAP).max();
        let mut by_word = vec![(0, 0); words.map_or(0, |most| usize::from(*most) + 1)];
        for (at, place) in (0..).zip(&suffixes) {
            let Some(range) = by_word.get_mut(usize::from(row[*place as usize])) else {
                continue;
            };
            *range = (if range.1 == 0 { at } else { range.0 }, at + 1);
        }
        Self {
            row,
            suffixes,
            by_word,
            belief,
        }
    }

    /// Nothing read yet.
    pub fn start(&self) -> Match {
        let mut start = Match::default();
        start.ranges[0] = (0, self.suffixes.len() as u32);
        start
    }

    /// The part of `range`, places that share `depth` words, where `word` follows.
    fn narrow(&self, range: (u32, u32), depth: usize, word: WordId) -> (u32, u32) {
        let places = &self.suffixes[range.0 as usize..range.1 as usize];
        // A place too near the end sorts first, as if a word below all others followed.
        let at = |place: &u32| self.row.get(*place as usize + depth).copied();
        let low = places.partition_point(|p| at(p) < Some(word));
        let high = low + places[low..].partition_point(|p| at(p) == Some(word));
        (range.0 + low as u32, range.0 + high as u32)
    }

    /// What is matched once `word` is read too.
    pub fn read(&self, matched: &Match, word: WordId) -> Match {
        let mut next = self.start();
        next.ranges[1] = self.by_word.get(usize::from(word)).copied().unwrap_or_default();
        for k in 1..LOOK_BACK {
            let range = matched.ranges[k];
            if range.0 < range.1 {
                next.ranges[k + 1] = self.narrow(range, k, word);
            }
        }
        next
    }

    /// What phrases say of the next word, unless it is the end of one.
    pub fn going_on(&self, matched: &Match) -> GoingOn {
        // The longest run of words that phrases go on after tells all that shorter ones could.
        let runs = (1..=matched.length()).rev();
        let found = runs.map(|k| (k, matched.ranges[k])).find_map(|(length, range)| {
            // A phrase that ends here says nothing of what follows: a name stands in any sentence.
            let ended = self.narrow(range, length, BOUNDARY);
            // Neither does a word that nobody is sure of.
            let unsure = self.narrow(range, length, GAP);
            let all = (range.1 - range.0 - (unsure.1 - unsure.0)) as f32;
            let ends = (ended.1 - ended.0) as f32;
            let on = all - ends;
            (on > 0.0 || (length >= NAME && all > 0.0)).then(|| GoingOn {
                length,
                range,
                each: self.belief[length] / all,
                rest: 1.0 - self.belief[length] * on / all,
                name_ended: length >= NAME && ends * 2.0 >= all,
            })
        });
        found.unwrap_or(GoingOn {
            length: 0,
            range: (0, 0),
            each: 0.0,
            rest: 1.0,
            name_ended: false,
        })
    }

    /// The logarithm of the probability of `word`, from that of the language model and from how phrases go on.
    pub fn log_probability(
        &self,
        matched: &Match,
        going_on: &GoingOn,
        word: WordId,
        language_model: f32,
    ) -> f32 {
        let GoingOn {
            mut length,
            mut range,
            mut each,
            mut rest,
            ..
        } = *going_on;
        if word == BOUNDARY {
            length = matched.length();
            range = matched.ranges[length];
            each = self.belief[length] / (range.1 - range.0).max(1) as f32;
            rest = 1.0 - self.belief[length];
        }
        if length == 0 {
            return language_model;
        }
        let going = self.narrow(range, length, word);
        let probability = each * (going.1 - going.0) as f32 + rest * language_model.exp();
        probability.max(1e-30).ln()
    }

    /// The words that known phrases go on with, when at least the `least` last words stand in one.
    pub fn following(&self, matched: &Match, least: usize) -> Vec<WordId> {
        let length = matched.length();
        if length < least {
            return Vec::new();
        }
        let range = matched.ranges[length];
        let places = &self.suffixes[range.0 as usize..range.1 as usize];
        let mut words: Vec<WordId> = places
            .iter()
            .filter_map(|p| self.row.get(*p as usize + length).copied())
            .collect();
        words.dedup();
        words
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Phrases {
        Phrases::new([vec![10, 11, 12, 13], vec![10, 11, 14], vec![20, 11, 12]])
    }

    fn read(phrases: &Phrases, words: &[WordId]) -> Match {
        words.iter().fold(phrases.start(), |m, w| phrases.read(&m, *w))
    }

    #[test]
    fn known_runs_are_followed() {
        let phrases = known();
        assert_eq!(read(&phrases, &[10, 11]).length(), 2);
        assert_eq!(read(&phrases, &[99, 11]).length(), 1);
        assert_eq!(read(&phrases, &[99]).length(), 0);
        assert_eq!(phrases.following(&read(&phrases, &[10, 11]), 2), [12, 14]);
        assert_eq!(phrases.following(&read(&phrases, &[11]), 2), [] as [WordId; 0]);
    }

    #[test]
    fn a_phrase_makes_its_next_word_likelier_and_others_less() {
        let phrases = known();
        let log_probability = |words: &[WordId], word| {
            let matched = read(&phrases, words);
            phrases.log_probability(&matched, &phrases.going_on(&matched), word, -8.0)
        };
        assert!(log_probability(&[10, 11, 12], 13) > -1.0);
        assert!(log_probability(&[10, 11, 12], 15) < -8.0);
        assert!(log_probability(&[10, 11, 12, 13], BOUNDARY) > -1.0);
        assert_eq!(log_probability(&[99], 15), -8.0);
    }

    #[test]
    fn a_text_goes_on_as_it_did_and_a_gap_says_nothing() {
        let own = Phrases::of_text(vec![10, 11, 12, 13, GAP, 20, 21, GAP]);
        let log_probability = |words: &[WordId], word| {
            let matched = read(&own, words);
            own.log_probability(&matched, &own.going_on(&matched), word, -8.0)
        };
        assert!(log_probability(&[10, 11, 12], 13) > -1.0);
        assert!(log_probability(&[10, 11, 12], 14) < -8.0);
        assert_eq!(log_probability(&[10, 11, 12, 13], 14), -8.0);
        assert_eq!(log_probability(&[20, 21], 13), -8.0);
    }

    #[test]
    fn an_empty_dictionary_says_nothing() {
        let phrases = Phrases::default();
        let matched = read(&phrases, &[1, 2]);
        assert_eq!(
            phrases.log_probability(&matched, &phrases.going_on(&matched), 3, -4.0),
            -4.0
        );
    }
}
