//! Errors of characters, words, marks and numbers.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::LazyLock;

use regex::Regex;
use serde::Serialize;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::canonical_combining_class;

use super::distance::{Pattern, equal_places, levenshtein};
use super::ratio;

/// Figures of the whole text; shares are of the truth and 1 is 100 per cent.
#[derive(Debug, Clone, Serialize)]
pub struct TextFigures {
    pub chars: usize,
    pub words: usize,
    /// Character errors in reading order.
    pub cer: Option<f64>,
    pub wer: Option<f64>,
    /// Character errors of words as a multiset: for readings in another order.
    pub cer_free: Option<f64>,
    pub wer_free: Option<f64>,
    pub bare_wer_free: Option<f64>,
    /// Wrong marks among syllables whose letters are right.
    pub der: Option<f64>,
    pub der_n: usize,
    pub der_free: Option<f64>,
    pub num_p: Option<f64>,
    pub num_r: Option<f64>,
}

/// NFC, runs of white space as one space, none at the ends.
pub fn normal(text: &str) -> String {
    let composed: String = text.nfc().collect();
    composed.split_whitespace().collect::<Vec<_>>().join(" ")
}

pub(super) fn figures(truth: &str, found: &str) -> TextFigures {
    let (truth, found) = (normal(truth), normal(found));
    let characters = |s: &str| s.chars().collect::<Vec<_>>();
    let (true_words, found_words): (Vec<&str>, Vec<&str>) = (
        truth.split_whitespace().collect(),
        found.split_whitespace().collect(),
    );
    let (word_errors, letter_errors) = bag_errors(&true_words, &found_words);
    let (wrong, compared) = mark_errors_in_order(&truth, &found);
    let (wrong_free, compared_free) = mark_errors_free(&truth, &found);
    let bare_words = |words: &[&str]| Bag::new(words.iter().map(|w| bare(w)));
    let (true_bare, found_bare) = (bare_words(&true_words), bare_words(&found_words));
    let bare_shared = true_bare.shared(&found_bare);
    let (true_numbers, found_numbers) = (Bag::new(numbers(&truth)), Bag::new(numbers(&found)));
    let hits = true_numbers.shared(&found_numbers);
    let chars = truth.chars().count();
    TextFigures {
        chars,
        words: true_words.len(),
        cer: ratio(levenshtein(&characters(&truth), &characters(&found)), chars),
        wer: ratio(levenshtein(&true_words, &found_words), true_words.len()),
        cer_free: ratio(letter_errors, truth.chars().filter(|&c| c != ' ').count()),
        wer_free: ratio(word_errors, true_words.len()),
        bare_wer_free: ratio(
            true_words.len().max(found_words.len()) - bare_shared,
            true_words.len(),
        ),
        der: ratio(wrong, compared),
        der_n: compared,
        der_free: ratio(wrong_free, compared_free),
        num_p: ratio(hits, found_numbers.size),
        num_r: ratio(hits, true_numbers.size),
    }
}

/// How often each thing occurs.
struct Bag<T> {
    counts: HashMap<T, usize>,
    size: usize,
}

impl<T: Eq + Hash> Bag<T> {
    fn new(items: impl IntoIterator<Item = T>) -> Self {
        let mut bag = Self {
            counts: HashMap::new(),
            size: 0,
        };
        for item in items {
            *bag.counts.entry(item).or_insert(0) += 1;
            bag.size += 1;
        }
        bag
    }

    /// How many things both hold.
    fn shared(&self, other: &Self) -> usize {
        self.counts
            .iter()
            .map(|(item, &n)| n.min(other.count(item)))
            .sum()
    }

    fn count(&self, item: &T) -> usize {
        self.counts.get(item).copied().unwrap_or(0)
    }
}

/// Word errors and character errors of two bags of words: equal words leave first, then the nearest pairs.
fn bag_errors(truth: &[&str], found: &[&str]) -> (usize, usize) {
    let (truth, found) = (Bag::new(truth.iter().copied()), Bag::new(found.iter().copied()));
    let surplus = |of: &Bag<&str>, over: &Bag<&str>| -> Vec<(Vec<char>, usize)> {
        let mut left: Vec<_> = of
            .counts
            .iter()
            .map(|(w, &n)| (*w, n.saturating_sub(over.count(w))))
            .filter(|(_, n)| *n > 0)
            .collect();
        left.sort_unstable();
        left.into_iter().map(|(w, n)| (w.chars().collect(), n)).collect()
    };
    let (mut missed, mut extra) = (surplus(&truth, &found), surplus(&found, &truth));
    let total = |side: &[(Vec<char>, usize)]| side.iter().map(|(_, n)| n).sum::<usize>();
    let word_errors = total(&missed).max(total(&extra));

    let mut near = Vec::new();
    for (i, (word, _)) in missed.iter().enumerate() {
        let pattern = Pattern::new(word);
        for (j, (other, _)) in extra.iter().enumerate() {
            let distance = pattern.levenshtein(other);
            if distance < word.len().max(other.len()) {
                near.push((distance, i, j));
            }
        }
    }
    near.sort_unstable();
    let mut letter_errors = 0;
    for (distance, i, j) in near {
        let n = missed[i].1.min(extra[j].1);
        letter_errors += n * distance;
        missed[i].1 -= n;
        extra[j].1 -= n;
    }
    let letters = |side: &[(Vec<char>, usize)]| side.iter().map(|(w, n)| w.len() * n).sum::<usize>();
    (word_errors, letter_errors + letters(&missed).max(letters(&extra)))
}

/// Wrong marks on syllables aligned in order by their letters, and how many were compared.
fn mark_errors_in_order(truth: &str, found: &str) -> (usize, usize) {
    let (truth, found) = (syllables(truth), syllables(found));
    let letters = |side: &[&str]| side.iter().map(|s| bare(s)).collect::<Vec<_>>();
    let (true_letters, found_letters) = (letters(&truth), letters(&found));
    let by_ref = |side: &'_ [String]| -> Vec<u32> {
        // Numbers compare faster than texts: each spelling gets one.
        let mut known: HashMap<&str, u32> = HashMap::new();
        for s in true_letters.iter().chain(&found_letters) {
            let next = known.len() as u32;
            known.entry(s).or_insert(next);
        }
        side.iter().map(|s| known[s.as_str()]).collect()
    };
    let places = equal_places(&by_ref(&true_letters), &by_ref(&found_letters));
    let wrong = places
        .iter()
        .filter(|&&(i, j)| canonical(truth[i]) != canonical(found[j]))
        .count();
    (wrong, places.len())
}

fn mark_errors_free(truth: &str, found: &str) -> (usize, usize) {
    let (truth, found) = (syllables(truth), syllables(found));
    let letters = |side: &[&str]| Bag::new(side.iter().map(|s| bare(s)));
    let spelled = |side: &[&str]| Bag::new(side.iter().map(|s| canonical(s)));
    let compared = letters(&truth).shared(&letters(&found));
    let right = spelled(&truth).shared(&spelled(&found));
    (compared - compared.min(right), compared)
}

/// Letters alone: lower case, marks off, đ as d.
fn bare(word: &str) -> String {
    let lower = word.to_lowercase();
    lower
        .nfd()
        .filter(|&c| canonical_combining_class(c) == 0)
        .map(|c| if c == 'đ' { 'd' } else { c })
        .collect()
}

/// The tone marks: grave, acute, tilde, hook above, dot below.
const TONES: [char; 5] = ['\u{300}', '\u{301}', '\u{303}', '\u{309}', '\u{323}'];

/// A syllable as its letters with vowel quality and its tone, wherever the tone mark stands (hòa = hoà).
pub(super) fn canonical(word: &str) -> (String, String) {
    let lower = word.to_lowercase();
    let (tones, letters): (Vec<char>, Vec<char>) = lower.nfd().partition(|c| TONES.contains(c));
    (letters.into_iter().nfc().collect(), tones.into_iter().collect())
}

/// Runs of letters of a text in normal form.
pub(super) fn syllables(text: &str) -> Vec<&str> {
    static LETTERS: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"[\p{L}\p{Nl}\p{No}]+").expect("a valid pattern"));
    LETTERS.find_iter(text).map(|m| m.as_str()).collect()
}

/// Numbers that stand alone or before `;` or `.`: `1`, `1,5`, `10`, with a decimal point.
fn numbers(text: &str) -> Vec<String> {
    static NUMBER: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"^(\d{1,3}(?:[.,]\d{1,2})?)(?:[;.]|$)").expect("a valid pattern"));
    text.split(' ')
        .filter_map(|w| NUMBER.captures(w))
        .map(|c| c[1].replace(',', "."))
        .collect()
}
