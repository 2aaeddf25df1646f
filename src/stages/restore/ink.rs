//! The second reader's view of each letter, as the cost of a spelling.

use crate::domain::InkLetter;

/// No letter is less likely than this, whatever its reader says.
const LEAST: f32 = 0.001;
/// The cost of a letter that the reader did not see at all.
const UNSEEN: f32 = 4.0;
/// Of each letter so many of its likeliest options are spelled out.
const OPTIONS: usize = 3;
/// Options less likely than this are not spelled out.
const LEAST_SPELLED: f32 = 0.02;
/// So many spellings at most.
const SPELLINGS: usize = 24;

/// Minus the logarithm of the probability that the ink spells `text`, whatever its case; 0 where no ink is known.
/// Letters are matched in order, at the least cost; one may be missing or too many.
pub(super) fn cost(ink: &[InkLetter], text: &str) -> f32 {
    if ink.is_empty() {
        return 0.0;
    }
    let text: Vec<String> = text.chars().map(|c| c.to_lowercase().collect()).collect();
    let mut row: Vec<f32> = (0..=text.len()).map(|n| UNSEEN * n as f32).collect();
    for letter in ink {
        let absent = -probability(letter, "").ln();
        let mut above = row[0];
        row[0] += absent;
        for (j, c) in text.iter().enumerate() {
            let read = above - probability(letter, c).ln();
            above = row[j + 1];
            row[j + 1] = read.min(above + absent).min(row[j] + UNSEEN);
        }
    }
    row[text.len()]
}

fn probability(letter: &InkLetter, text: &str) -> f32 {
    let same = letter
        .options
        .iter()
        .filter(|(option, _)| option == text || option.to_lowercase() == text);
    same.map(|(_, p)| p).sum::<f32>().max(LEAST)
}

/// The likeliest spellings of the ink in lower case, the likeliest first.
pub(super) fn spellings(ink: &[InkLetter]) -> Vec<String> {
    let mut all: Vec<(f32, String)> = vec![(1.0, String::new())];
    for letter in ink {
        let options = letter
            .options
            .iter()
            .take(OPTIONS)
            .enumerate()
            .filter(|(rank, (_, p))| *rank == 0 || *p >= LEAST_SPELLED)
            .map(|(_, (text, p))| (text.to_lowercase(), *p));
        let options: Vec<(String, f32)> = options.collect();
        all = all
            .iter()
            .flat_map(|(so_far, text)| {
                options
                    .iter()
                    .map(move |(more, p)| (so_far * p, format!("{text}{more}")))
            })
            .collect();
        all.sort_by(|a, b| b.0.total_cmp(&a.0));
        all.truncate(SPELLINGS);
    }
    all.into_iter().map(|(_, text)| text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ink(letters: &[&[(&str, f32)]]) -> Vec<InkLetter> {
        let letter = |options: &&[(&str, f32)]| InkLetter {
            options: options.iter().map(|(t, p)| ((*t).to_owned(), *p)).collect(),
        };
        letters.iter().map(letter).collect()
    }

    #[test]
    fn a_spelling_costs_what_its_letters_cost() {
        let ink = ink(&[
            &[("đ", 0.9), ("d", 0.1)],
            &[("ố", 0.3), ("ổ", 0.25)],
            &[("i", 1.0)],
        ]);
        let check = |text: &str, expect: f32| {
            let got = cost(&ink, text);
            assert!((got - expect).abs() < 0.01, "{text}: {got}");
        };
        check("đối", 0.105 + 1.204);
        check("Đổi", 0.105 + 1.386);
        check("đô", 0.105 + 6.908 + 6.908);
        check("đối!", 0.105 + 1.204 + UNSEEN);
        assert_eq!(cost(&[], "gì cũng được"), 0.0);
    }

    #[test]
    fn the_likeliest_spellings_come_first() {
        let ink = ink(&[
            &[("Đ", 0.9), ("D", 0.1)],
            &[("ố", 0.6), ("ổ", 0.4)],
            &[("i", 0.99), ("l", 0.01)],
        ]);
        assert_eq!(spellings(&ink), ["đối", "đổi", "dối", "dổi"]);
        assert_eq!(spellings(&[]), [""]);
    }
}
