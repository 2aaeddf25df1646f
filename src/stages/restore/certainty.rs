//! How probable it is that a word of a page is right: what its readers, its letters, the language model and the
//! lexicon say, weighed by a logistic regression over pages whose truth is known (`models/README.md`).

use super::elsewhere::{self, Company};
use super::lexer::{self, AtomKind};
use super::lexicon::Lexicon;
use super::syllable;
use super::{ink, language_model};
use crate::domain::{Confidence, Word};

/// What is looked at, by name, in the order of [`Evidence`].
pub const NAMES: [&str; 21] = [
    "always",
    "reader_doubt",
    "letters_doubt",
    "letters_unknown",
    "agreed",
    "marks_disputed",
    "letters_disputed",
    "margin",
    "cost",
    "ink_cost",
    "restored",
    "small_gain",
    "no_word",
    "unknown_word",
    "number",
    "code",
    "capital_inside",
    "mixed_case",
    "single_letter",
    "odd_sign",
    "capitals",
];

/// A number that nobody read again is never more probable than this: a person is to look at it.
const READ_ONCE: f32 = 0.9;

/// The facts about one word, each a number of about the size of 1.
pub type Evidence = [f32; NAMES.len()];

/// How a word stood against the others that its ink may have been.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Standing {
    /// What the next best reading costs more, natural logarithm; [`UNRIVALLED`] where there is none.
    pub margin: f32,
    /// What the word and those after it cost the language model, natural logarithm.
    pub cost: f32,
    /// A capital here begins a sentence.
    pub begins_sentence: bool,
}

/// The margin of a word that nothing else was thought of for.
pub(super) const UNRIVALLED: f32 = 12.0;
const COST: f32 = 16.0;
const INK_COST: f32 = 8.0;
/// No reader is doubted less than this.
const DOUBT: f32 = 0.002;
/// No probability is further from 0 and from 1 before company is weighed.
const LEAST: f32 = 1e-6;

/// `0` for full doubt, `1` for almost none, even steps for each halving of the doubt.
fn faith(sure: f32) -> f32 {
    (1.0 - sure + DOUBT).ln() / DOUBT.ln()
}

fn flag(is: bool) -> f32 {
    f32::from(u8::from(is))
}

/// Everything that bears on `word`, which is restored already where it was to be.
pub(super) fn evidence(lexicon: &Lexicon, word: &Word, standing: &Standing) -> Evidence {
    let text = word.text.as_str();
    let atoms = lexer::atoms(text);
    let words: Vec<&str> = atoms
        .iter()
        .filter(|a| a.kind == AtomKind::Word)
        .map(|a| &text[a.start..a.end])
        .collect();
    let has = |kind| atoms.iter().any(|a| a.kind == kind);
    let unknown = |w: &&str| lexicon.id(w).is_none_or(|id| id == language_model::UNKNOWN);
    let like = |w: &&str| syllable::is_possible(w) || syllable::is_possible_bare(w);
    let least = word.ink.iter().filter_map(|l| l.options.first()).map(|o| o.1);
    let letters = least.reduce(f32::min);
    let bare = |s: &str| syllable::bare(s).to_lowercase();
    // What restoration took from another reader is no dispute over letters any more.
    let taken = word.restoration.is_some() && word.votes.iter().any(|v| bare(&v.text) == bare(text));
    let other_letters = !taken && word.votes.iter().any(|v| bare(&v.text) != bare(word.raw()));
    let upper = |w: &&str| w.chars().filter(|c| c.is_alphabetic()).all(char::is_uppercase);
    let title = |w: &&str| w.chars().next().is_some_and(char::is_uppercase);
    let mixed = |w: &&str| !upper(w) && w.chars().skip(1).any(char::is_uppercase);
    let gain = word.restoration.as_ref().map(|r| r.gain);
    [
        1.0,
        1.0 - faith(word.confidence.get()),
        letters.map_or(0.0, |l| 1.0 - faith(l)),
        flag(letters.is_none()),
        flag(!word.votes.is_empty() && !word.is_disputed()),
        flag(word.is_disputed() && !other_letters),
        flag(other_letters),
        standing.margin.clamp(0.0, UNRIVALLED) / UNRIVALLED,
        standing.cost.clamp(0.0, COST) / COST,
        ink::cost(&word.ink, text).min(INK_COST) / INK_COST,
        flag(gain.is_some()),
        gain.map_or(0.0, |g| 1.0 / g.max(1.0)),
        flag(words.iter().any(|w| unknown(w) && like(w))),
        flag(words.iter().any(|w| unknown(w) && !like(w))),
        flag(has(AtomKind::Number)),
        flag(has(AtomKind::Code)),
        flag(!standing.begins_sentence && words.iter().any(|w| title(w) && !upper(w))),
        flag(words.iter().any(mixed)),
        flag(text.chars().filter(|c| c.is_alphanumeric()).count() <= 1),
        flag(text.chars().any(lexer::is_odd)),
        flag(words.iter().any(|w| upper(w) && w.chars().count() > 1)),
    ]
}

/// The weights of the regression: for words of several readings, and for those that the line reader read alone.
#[derive(Debug, Clone, PartialEq)]
pub struct Weights {
    several: Row,
    alone: Row,
}

/// Of what is known once a page is read, and of what is known once all pages are.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Row {
    page: [f32; NAMES.len()],
    document: [f32; elsewhere::NAMES.len()],
}

impl Row {
    const UNKNOWN: Self = Self {
        page: [f32::NAN; NAMES.len()],
        document: [f32::NAN; elsewhere::NAMES.len()],
    };

    fn of(&mut self, name: &str) -> Option<&mut f32> {
        let named = NAMES.iter().zip(&mut self.page);
        let later = elsewhere::NAMES.iter().zip(&mut self.document);
        named
            .chain(later)
            .find(|(n, _)| **n == name)
            .map(|(_, weight)| weight)
    }

    fn of_word<'w>(weights: &'w Weights, word: &Word) -> &'w Self {
        match word.is_read_once() {
            true => &weights.alone,
            false => &weights.several,
        }
    }
}

fn sum(weights: &[f32], facts: &[f32]) -> f32 {
    weights.iter().zip(facts).map(|(w, x)| w * x).sum()
}

fn probability(log_odds: f32) -> f32 {
    1.0 / (1.0 + (-log_odds).exp())
}

impl Weights {
    /// One line a fact: name, its weight for words of several readings, its weight for words read alone; tabs between.
    pub fn parse(table: &str) -> Result<Self, String> {
        let mut rows = [Row::UNKNOWN; 2];
        for line in table.lines().filter(|l| !l.is_empty() && !l.starts_with('#')) {
            let [name, several, alone] = line.split('\t').collect::<Vec<_>>()[..] else {
                return Err(format!("not a name and two weights: {line:?}"));
            };
            for (row, weight) in rows.iter_mut().zip([several, alone]) {
                let place = row.of(name).ok_or_else(|| format!("no fact is named {name:?}"))?;
                *place = weight.parse().map_err(|_| format!("{weight:?} is no number"))?;
            }
        }
        let missing = NAMES.iter().chain(&elsewhere::NAMES).find(|name| {
            let known = |row: &mut Row| row.of(name).is_some_and(|weight| weight.is_finite());
            !rows.iter_mut().all(known)
        });
        match missing {
            Some(name) => Err(format!("no weight for {name}")),
            None => Ok(Self {
                several: rows[0],
                alone: rows[1],
            }),
        }
    }

    /// The probability that a word is right.
    pub fn certainty(&self, evidence: &Evidence, word: &Word) -> Confidence {
        let probable = probability(sum(&Row::of_word(self, word).page, evidence));
        let number_read_once = word.is_read_once() && word.text.contains(|c: char| c.is_ascii_digit());
        let most = if number_read_once { READ_ONCE } else { 1.0 };
        Confidence::new(probable.min(most))
    }

    /// The same once the rest of the document is known, from the probability without it.
    pub fn in_company(&self, certainty: Confidence, company: Company, word: &Word) -> Confidence {
        let before = certainty.get().clamp(LEAST, 1.0 - LEAST);
        let log_odds = (before / (1.0 - before)).ln();
        let weights = &Row::of_word(self, word).document;
        Confidence::new(probability(log_odds + sum(weights, &company.facts())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{PixelBox, Reader};

    #[test]
    fn a_table_of_weights_is_whole_or_refused() {
        let names = NAMES.iter().chain(&elsewhere::NAMES);
        let whole: String = names.map(|n| format!("{n}\t0.5\t1\n")).collect();
        let weights = Weights::parse(&format!("# comment\n{whole}")).unwrap();
        assert_eq!((weights.several.page[0], weights.alone.document[1]), (0.5, 1.0));
        let refused = |table: &str, expect: &str| {
            let error = Weights::parse(table).unwrap_err();
            assert!(error.contains(expect), "{error}");
        };
        refused("", "no weight for always");
        refused("always 1\n", "two weights");
        refused("sometimes\t1\t1\n", "sometimes");
        refused("always\t1\tmuch\n", "much");
    }

    fn even(weight: f32) -> Weights {
        let row = Row {
            page: [weight; NAMES.len()],
            document: [weight; elsewhere::NAMES.len()],
        };
        Weights {
            several: row,
            alone: row,
        }
    }

    #[test]
    fn company_moves_certainty_either_way_and_none_leaves_it() {
        let mut weights = even(0.0);
        weights.several.document = [1.0, -2.0];
        let word = Word::new("đổi", PixelBox::default(), Confidence::CERTAIN, Reader::Tesseract);
        let of = |certainty: f32, alike, otherwise| {
            let company = Company { alike, otherwise };
            weights
                .in_company(Confidence::new(certainty), company, &word)
                .get()
        };
        assert!((of(0.8, 0, 0) - 0.8).abs() < 1e-4);
        assert!(of(0.8, 3, 0) > 0.8 && of(0.8, 40, 1) > of(0.8, 3, 0));
        assert!(of(0.8, 0, 1) < 0.8 && of(0.8, 0, 40) < of(0.8, 0, 1));
        assert!(of(1.0, 0, 40) < 1.0 && of(0.0, 40, 0) > 0.0);
    }

    #[test]
    fn the_more_doubt_the_less_certain() {
        let mut weights = even(0.0);
        weights.several.page[..2].copy_from_slice(&[6.0, -4.0]);
        let certainty = |doubt: f32, reader: Reader| {
            let word = Word::new("điểm", PixelBox::default(), Confidence::CERTAIN, reader);
            let mut evidence = [0.0; NAMES.len()];
            (evidence[0], evidence[1]) = (1.0, doubt);
            weights.certainty(&evidence, &word).get()
        };
        assert!(certainty(0.0, Reader::Tesseract) > 0.99 && certainty(1.0, Reader::Tesseract) < 0.9);
        assert!(certainty(0.2, Reader::Tesseract) > certainty(0.3, Reader::Tesseract));
        assert!((certainty(0.2, Reader::LineReader) - 0.5).abs() < 0.001);
    }

    #[test]
    fn a_number_that_was_read_once_is_never_certain() {
        let weights = even(9.0);
        let certainty = |text: &str, reader: Reader| {
            let word = Word::new(text, PixelBox::default(), Confidence::CERTAIN, reader);
            weights.certainty(&[1.0; NAMES.len()], &word).get()
        };
        assert!(certainty("1,5", Reader::LineReader) <= READ_ONCE);
        assert!(certainty("điểm", Reader::LineReader) > 0.99);
        assert!(certainty("1,5", Reader::Tesseract) > 0.99);
    }

    #[test]
    fn faith_runs_from_nothing_to_almost_all() {
        assert!(faith(0.0).abs() < 0.001);
        assert!((faith(1.0) - 1.0).abs() < 0.001);
        assert!(faith(0.99) > faith(0.9));
    }
}
