//! Words that no language knows (abbreviations, addresses, names of programs), settled by the second witness: where two
//! readers differ, the reading that stands undisputed elsewhere on the page is taken, or the one that is spelled with
//! letters of this country's.

use std::collections::HashSet;

use super::super::lexicon::Lexicon;
use super::item::{is_abbreviation, is_like_syllable};
use crate::domain::{PageReading, Restoration, Word};

/// Fewer letters and digits than this are settled by nobody.
const SHORTEST: usize = 3;
/// What stands elsewhere gains this much, on the scale of the language model's natural logarithms.
const GAIN: f32 = 4.0;

/// Takes the second reader's word where the first one's is none.
pub(super) fn settle(lexicon: &Lexicon, reading: &mut PageReading) {
    let known: HashSet<String> = reading
        .lines()
        .flat_map(|line| &line.words)
        .filter(|word| !word.votes.is_empty() && !word.is_disputed())
        .map(|word| inner(&word.text).to_owned())
        .collect();
    let is_known = |text: &str| known.contains(text) || (is_abbreviation(text) && lexicon.id(text).is_some());
    for word in reading.lines_mut().flat_map(|line| &mut line.words) {
        if let Some((text, reason)) = better(word, &is_known) {
            let raw = std::mem::replace(&mut word.text, text);
            word.restoration = Some(Restoration {
                candidates: vec![raw.clone()],
                raw,
                gain: GAIN,
                reason,
            });
        }
    }
}

/// The word as another reader saw it, and why that is better; `None` where nothing tells.
fn better(word: &Word, is_known: &dyn Fn(&str) -> bool) -> Option<(String, String)> {
    let raw = inner(&word.text);
    let nobody_knows = !is_known(raw) && !is_like_syllable(raw);
    word.votes.iter().find_map(|vote| {
        let seen = inner(&vote.text);
        if seen == raw || digits(seen) != digits(raw) || seen.chars().count() < SHORTEST {
            return None;
        }
        let by = vote.reader.name();
        let reason = if nobody_knows && is_known(seen) {
            format!("read so by {by}, and elsewhere on the page")
        } else if raw.chars().any(is_foreign) && !seen.chars().any(is_foreign) {
            format!("read so by {by}, without a foreign letter")
        } else {
            return None;
        };
        Some((word.text.replacen(raw, seen, 1), reason))
    })
}

/// A word without the punctuation around it.
fn inner(text: &str) -> &str {
    text.trim_matches(|c: char| !c.is_alphanumeric())
}

fn digits(text: &str) -> impl PartialEq + use<> {
    text.chars().filter(char::is_ascii_digit).collect::<String>()
}

/// A letter that neither Vietnamese nor English writes.
fn is_foreign(c: char) -> bool {
    let small = c.to_lowercase().next().unwrap_or(c);
    let vietnamese = matches!(small, '\u{1ea0}'..='\u{1ef9}') || "àáâãăđèéêìíĩòóôõơùúũưý".contains(small);
    c.is_alphabetic() && !c.is_ascii() && !vietnamese
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Confidence, PixelBox, Reader, Vote};

    fn read_twice(first: &str, second: &str) -> Word {
        let mut word = Word::new(
            first,
            PixelBox::default(),
            Confidence::new(0.7),
            Reader::Tesseract,
        );
        word.votes.push(Vote {
            reader: Reader::LineReader,
            text: second.to_owned(),
            confidence: Confidence::new(0.7),
        });
        word
    }

    #[test]
    fn what_stands_elsewhere_is_believed_and_digits_never() {
        let is_known = |text: &str| ["CNTT", "248/QĐ-UBND", "điểm"].contains(&text);
        let check = |first: &str, second: &str, expect: Option<&str>| {
            let got = better(&read_twice(first, second), &is_known).map(|(text, _)| text);
            assert_eq!(got.as_deref(), expect, "{first} {second}");
        };
        check("CNTTT,", "CNTT", Some("CNTT,"));
        check("VNÑeID", "VNeID", Some("VNeID"));
        check("@angiang.gøov.vn", "@angiang.gov.vn", Some("@angiang.gov.vn"));
        // Nobody knows either.
        check("BCCTI", "BCCI", None);
        // Another number is never taken for this one.
        check("246/QĐ-UBND", "248/QĐ-UBND", None);
        // A syllable is the language model's to judge.
        check("diểm", "điểm", None);
        check("CNTT", "CNTT", None);
    }
}
