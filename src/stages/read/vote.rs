//! When a line deserves a second reading, and what two readings of it make together.

use crate::domain::{Confidence, PixelBox, Vote, Word};

use super::LinePicture;

/// A line this short, in its own heights, is a number or a single word: no context helps its reader.
const SHORT: i32 = 5;

/// Numbers alone, and what Tesseract could not read or was unsure of in so short a line.
pub(super) fn is_worth_a_second_reading(words: &[Word], picture: &LinePicture) -> bool {
    let height = picture.ink.height().max((picture.dpi / 9) as i32);
    picture.ink.width() <= height * SHORT || words.is_empty()
}

/// Confidence from which the first reader's words stand against the second's.
const SURE: f32 = 0.8;

/// Words, not a number or a mark alone: the first reader has a language, the second has none.
fn is_prose(text: &str) -> bool {
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    letters >= 3 && letters * 2 > text.chars().count()
}

/// Joins the first reading of a short line with the second. Where they agree the word is surer than either
/// alone; where they do not, the second reads lone numbers far better (96 of 96 against 81 of 96, see
/// BASELINES.md of the project's measurements) and the first reads words better. Both stay on record.
pub(super) fn settle(first: Vec<Word>, second: Vec<Word>, ink: PixelBox) -> Vec<Word> {
    let text = |words: &[Word]| {
        words
            .iter()
            .map(|w| w.text.as_str())
            .collect::<Vec<_>>()
            .join(" ")
    };
    let sure = |words: &[Word]| {
        words
            .iter()
            .map(|w| w.confidence)
            .reduce(Confidence::min)
            .unwrap_or_default()
    };
    let (one, two) = (text(&first), text(&second));
    if two.is_empty() || (is_prose(&one) && sure(&first).get() >= SURE) {
        return first;
    }
    let vote = |words: &[Word], text: &str| {
        words.first().map(|w| Vote {
            reader: w.reader,
            text: text.to_owned(),
            confidence: sure(words),
        })
    };
    if legible(&one) == legible(&two) {
        // Two witnesses that err independently.
        let both = 1.0 - (1.0 - sure(&first).get()) * (1.0 - sure(&second).get());
        let mut words = first;
        let second = second.first().map(|w| w.reader);
        for word in &mut words {
            word.confidence = Confidence::new(both);
            if let Some(reader) = second {
                word.votes.push(Vote {
                    reader,
                    text: word.text.clone(),
                    confidence: Confidence::new(both),
                });
            }
        }
        return words;
    }
    let numeric = |s: &str| {
        !s.is_empty()
            && s.chars().all(|c| c.is_ascii_digit() || ",.-/".contains(c))
            && s.contains(|c: char| c.is_ascii_digit())
    };
    let prefers_second = one.is_empty() || numeric(&two) || (!numeric(&one) && is_roman(&two));
    let (mut chosen, other) = if prefers_second {
        (second, vote(&first, &one))
    } else {
        (first, vote(&second, &two))
    };
    if prefers_second && chosen.len() == 1 {
        chosen[0].bbox = ink;
    }
    let readings = chosen.len();
    for word in &mut chosen {
        match &other {
            Some(other) => word.votes.push(other.clone()),
            // The first reader saw nothing here at all: that is a disagreement too.
            None => word.votes.push(Vote {
                reader: crate::domain::Reader::Tesseract,
                text: String::new(),
                confidence: Confidence::NONE,
            }),
        }
        word.confidence = Confidence::new(word.confidence.get() * if readings == 1 { 0.85 } else { 0.7 });
    }
    chosen
}

/// What both readers can write: the second has no `=`, no brackets of the square kind and few other signs.
fn legible(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_alphanumeric() || ",./-%()".contains(*c))
        .collect()
}

fn is_roman(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| "IVX".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Reader;

    fn word(text: &str, confidence: f32, reader: Reader) -> Vec<Word> {
        text.split(' ')
            .filter(|t| !t.is_empty())
            .map(|t| {
                Word::new(
                    t,
                    PixelBox::new(0, 0, 10, 10),
                    Confidence::new(confidence),
                    reader,
                )
            })
            .collect()
    }

    fn settled(one: &str, two: &str) -> (String, bool) {
        let words = settle(
            word(one, 0.9, Reader::Tesseract),
            word(two, 0.9, Reader::LineReader),
            PixelBox::new(0, 0, 10, 10),
        );
        let text: Vec<&str> = words.iter().map(|w| w.text.as_str()).collect();
        (text.join(" "), words.iter().any(Word::is_disputed))
    }

    #[test]
    fn the_second_reader_decides_on_numbers_and_the_dispute_stays_on_record() {
        assert_eq!(settled("15", "1,5"), ("1,5".into(), true));
        assert_eq!(settled("S", "5"), ("5".into(), true));
        assert_eq!(settled("", "1"), ("1".into(), true));
        // Words that the first reader was sure of are not disputed by a reader without a language.
        assert_eq!(settled("STT", "ST"), ("STT".into(), false));
        // The second reader has no sign for `=`.
        assert_eq!(settled("= 1 điểm", "1 điểm"), ("= 1 điểm".into(), false));
        assert_eq!(settled("l", "I"), ("I".into(), true));
    }

    #[test]
    fn agreement_is_surer_than_either() {
        let words = settle(
            word("1", 0.9, Reader::Tesseract),
            word("1", 0.8, Reader::LineReader),
            PixelBox::default(),
        );
        assert!(words[0].confidence.get() > 0.97);
        assert!(!words[0].is_disputed());
    }
}
