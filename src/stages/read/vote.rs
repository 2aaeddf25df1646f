//! What two readings of the same ink make together.

use crate::domain::{Confidence, PixelBox, Reader, Vote, Word};

use super::LinePicture;
use super::neural::Letter;

/// A line this short, in its own heights, is a number or a single word: no context helps its reader.
const SHORT: i32 = 5;

pub(super) fn is_short(picture: &LinePicture) -> bool {
    let height = picture.ink.height().max((picture.dpi / 9) as i32);
    picture.ink.width() <= height * SHORT
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
pub(super) fn settle(mut first: Vec<Word>, letters: &[Letter], ink: PixelBox) -> Vec<Word> {
    let second = super::neural::words(letters, &ink);
    let own = shared_out(&first, letters);
    for (word, own) in first.iter_mut().zip(own) {
        word.ink = own.iter().map(|l| l.ink()).collect();
    }
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

/// The words of a line that the second reader alone has read, each with the letters it was made of.
pub(super) fn alone(letters: &[Letter], ink: PixelBox) -> Vec<Word> {
    let mut words = super::neural::words(letters, &ink);
    let spelled = letters.split(|l| l.text.chars().all(char::is_whitespace) && !l.text.is_empty());
    for (word, own) in words.iter_mut().zip(spelled.filter(|own| !own.is_empty())) {
        word.ink = own.iter().map(Letter::ink).collect();
        word.confidence = Confidence::new(own.iter().map(|l| l.sure).fold(1.0, f32::min));
        word.certainty = word.confidence;
    }
    words
}

/// Holds the words of a longer line against the letters that the second reader saw in the same ink. Where both
/// agree a word is surer; where they do not, the second decides on numbers, the first on words, and both readings
/// stay on record: restoration and the person who looks choose among them.
pub(super) fn compare(words: &mut Vec<Word>, letters: &[Letter]) {
    join_torn_numbers(words, letters);
    let own = shared_out(words, letters);
    for (word, own) in words.iter_mut().zip(own) {
        second_opinion(word, &own);
    }
}

/// The letters that lie in each word's ink, spaces left out.
fn shared_out<'a>(words: &[Word], letters: &'a [Letter]) -> Vec<Vec<&'a Letter>> {
    let borders: Vec<i32> = words
        .windows(2)
        .map(|w| w[0].bbox.x1.midpoint(w[1].bbox.x0))
        .collect();
    let own = |i: usize| {
        let from = i.checked_sub(1).map_or(i32::MIN, |before| borders[before]);
        let to = borders.get(i).copied().unwrap_or(i32::MAX);
        let here = letters
            .iter()
            .filter(|l| (from..to).contains(&l.x) && l.text != " ");
        here.collect()
    };
    (0..words.len()).map(own).collect()
}

/// `0,5` that the first reader tore in two is one number where the second saw no space in it.
fn join_torn_numbers(words: &mut Vec<Word>, letters: &[Letter]) {
    let numeric = |w: &Word| w.text.chars().all(|c| c.is_ascii_digit() || ",.".contains(c));
    let mut at = 0;
    while at + 1 < words.len() {
        let (left, right) = (&words[at], &words[at + 1]);
        let parted = letters
            .iter()
            .any(|l| l.text == " " && (left.bbox.center().0..right.bbox.center().0).contains(&l.x));
        let seen = |w: &Word| letters.iter().any(|l| (w.bbox.x0..w.bbox.x1).contains(&l.x));
        if numeric(left) && numeric(right) && !parted && seen(left) && seen(right) {
            let right = words.remove(at + 1);
            let left = &mut words[at];
            left.bbox = left.bbox.union(&right.bbox);
            left.text.push_str(&right.text);
            left.confidence = left.confidence.min(right.confidence);
            left.alternatives.clear();
        } else {
            at += 1;
        }
    }
}

fn second_opinion(word: &mut Word, letters: &[&Letter]) {
    let text: String = letters.iter().map(|l| l.text.as_str()).collect();
    let sure = letters.iter().map(|l| l.sure).fold(1.0, f32::min);
    if legible(&text).is_empty() {
        return;
    }
    word.ink = letters.iter().map(|l| l.ink()).collect();
    if legible(&word.text) == legible(&text) || is_same_amount(&word.text, &text) {
        // Who saw it half-heartedly saw it as the first did, but adds nothing to it.
        if sure >= SURE {
            word.confidence = Confidence::new(1.0 - (1.0 - word.confidence.get()) * (1.0 - sure));
        }
        word.votes.push(Vote {
            reader: Reader::LineReader,
            text: word.text.clone(),
            confidence: Confidence::new(sure),
        });
        return;
    }
    let second = Vote {
        reader: Reader::LineReader,
        text,
        confidence: Confidence::new(sure),
    };
    match better(&word.text, word.confidence.get(), &second.text, sure) {
        Better::First => {
            word.confidence = Confidence::new(word.confidence.get() * DISPUTED);
            word.votes.push(second);
        }
        Better::Second => {
            word.votes.push(Vote {
                reader: word.reader,
                text: std::mem::take(&mut word.text),
                confidence: word.confidence,
            });
            word.text = second.text;
            word.reader = second.reader;
            word.confidence = Confidence::new(sure * DISPUTED);
        }
    }
}

/// Which of two readings of one word is to be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Better {
    First,
    Second,
}

/// The first reader knows words and signs, the second numbers, but for the sign of percent, which it takes for a digit.
fn better(one: &str, sure: f32, two: &str, as_sure: f32) -> Better {
    // Signs that these documents do not use; the second reader has none of them.
    let strange = |s: &str| s.contains(['~', '¿', '⁄', '»', '«', '©', '®', '¡', '§', '¢', '€', '°']);
    if strange(one) && one.chars().count() <= 2 {
        return Better::Second;
    }
    if !is_amount(two) || one.trim_matches(['[', ']', '(', ')']) == "%" {
        return Better::First;
    }
    if !is_amount(one) {
        // `I,5` and `l` are numbers misread; `lên` is none.
        let words = one
            .chars()
            .filter(|c| c.is_alphabetic() && !"IlOoSBZÌÍĨ".contains(*c))
            .count();
        return if words >= 2 { Better::First } else { Better::Second };
    }
    // A share of more than the whole is rare, a sign of percent read as `9%` is not.
    match (is_over_whole(one), is_over_whole(two)) {
        (true, false) => return Better::Second,
        (false, true) => return Better::First,
        _ => {}
    }
    let has = |c: &[char]| (one.contains(c), two.contains(c));
    match (has(&['%']), has(&[',', '.'])) {
        ((true, false), _) | (_, (true, false)) => Better::First,
        ((false, true), _) | (_, (false, true)) => Better::Second,
        // Decimals are written with a comma, and a comma is easily taken for a dot.
        (_, (true, true)) if one.replace('.', ",") == two => Better::Second,
        (_, (true, true)) if two.replace('.', ",") == one => Better::First,
        _ if as_sure > sure => Better::Second,
        _ => Better::First,
    }
}

/// What is left of the confidence in a word that the other reader saw otherwise.
const DISPUTED: f32 = 0.85;

fn is_over_whole(text: &str) -> bool {
    let digits = text.split('%').next().unwrap_or_default();
    let digits = digits.trim_start_matches(|c: char| !c.is_ascii_digit());
    text.contains('%') && digits.parse::<u32>().is_ok_and(|share| share > 100)
}

/// A number as these documents write them, with the signs around it: `1,5`, `(0,5`, `<100%`, `50%:`, `26/3/2024`.
fn is_amount(text: &str) -> bool {
    let inner = text
        .trim_start_matches(['(', '<', '>', '≤', '≥', '=', '+', '-', '“'])
        .trim_end_matches([')', ';', ':', ',', '.', '”']);
    let inner = inner.strip_suffix('%').unwrap_or(inner);
    let parts: Vec<&str> = inner.split(['/', ',', '.']).collect();
    parts.len() <= 3
        && parts
            .iter()
            .all(|p| !p.is_empty() && p.len() <= 4 && p.bytes().all(|b| b.is_ascii_digit()))
}

/// True where both readings are the same number, but for signs of which one reader is the better judge:
/// the percent sign that the second takes for a digit, the signs that it cannot write.
fn is_same_amount(one: &str, two: &str) -> bool {
    let core = |s: &str| -> Vec<char> {
        let from = s.find(|c: char| c.is_ascii_digit()).unwrap_or(s.len());
        let to = s
            .rfind(|c: char| c.is_ascii_digit() || c == '%')
            .map_or(from, |i| i + 1);
        s.get(from..to).unwrap_or_default().chars().collect()
    };
    let (first, second) = (core(one), core(two));
    let percent = |a: &char, b: &char| a == b || (*a == '%' && b.is_ascii_digit());
    let same = first.len() == second.len() && first.iter().zip(&second).all(|(a, b)| percent(a, b));
    let cut_short = first.last() == Some(&'%') && first[..first.len() - 1] == second[..];
    is_amount(one) && is_amount(two) && !first.is_empty() && (same || cut_short)
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
            &letters(two, 0.9),
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

    fn letters(text: &str, sure: f32) -> Vec<Letter> {
        (0..)
            .zip(text.chars())
            .map(|(i, c)| Letter {
                text: c.to_string(),
                x: i * 10 + 5,
                sure,
                others: Vec::new(),
            })
            .collect()
    }

    /// Words of one line, ten pixels a letter, and what becomes of them beside a second reading.
    fn compared(one: &str, two: &str) -> Vec<(String, bool)> {
        let mut words = Vec::new();
        let mut at = 0;
        for text in one.split(' ') {
            let width = text.chars().count() as i32 * 10;
            let bbox = PixelBox::new(at, 0, at + width, 10);
            words.push(Word::new(text, bbox, Confidence::new(0.9), Reader::Tesseract));
            at += width + 10;
        }
        compare(&mut words, &letters(two, 0.9));
        words.iter().map(|w| (w.text.clone(), w.is_disputed())).collect()
    }

    #[test]
    fn numbers_inside_a_line_are_read_twice() {
        let check = |one: &str, two: &str, expect: &[(&str, bool)]| {
            let expect: Vec<(String, bool)> = expect.iter().map(|(t, d)| ((*t).to_owned(), *d)).collect();
            assert_eq!(compared(one, two), expect, "{one} | {two}");
        };
        check(
            "đến 509%: 1",
            "đến  50%: 1",
            &[("đến", false), ("50%:", true), ("1", false)],
        );
        check(
            "lên: I,5 điểm",
            "lên: 1,5 điểm",
            &[("lên:", false), ("1,5", true), ("điểm", false)],
        );
        check(
            "80%: 0 5 điểm",
            "80%: 0,5 điểm",
            &[("80%:", false), ("0,5", true), ("điểm", false)],
        );
        check(
            "mức 1 2 3",
            "mức 1 2 3",
            &[("mức", false), ("1", false), ("2", false), ("3", false)],
        );
        // Signs that the second reader does not know are no dispute, and are not lost.
        check(
            "từ 100% trở",
            "từ 1006 trở",
            &[("từ", false), ("100%", false), ("trở", false)],
        );
        check(
            "từ <100% trở",
            "từ -1006 trở",
            &[("từ", false), ("<100%", false), ("trở", false)],
        );
        check(
            "~ Từ 80%",
            "- Từ 80%",
            &[("-", true), ("Từ", false), ("80%", false)],
        );
        check(
            "đến 2.0 điểm",
            "đến 2,0 điểm",
            &[("đến", false), ("2,0", true), ("điểm", false)],
        );
        check(
            "lệ % đạt",
            "lệ 6 đạt",
            &[("lệ", false), ("%", true), ("đạt", false)],
        );
        check(
            "từ 80% trở",
            "từ 60% trở",
            &[("từ", false), ("80%", true), ("trở", false)],
        );
        check(
            "là 15 điểm",
            "là1,5 điểm",
            &[("là", false), ("1,5", true), ("điểm", false)],
        );
        check("[50% trở", " 50% trở", &[("[50%", false), ("trở", false)]);
        check(
            "số 1420/KH-UBND ngày",
            "sô 1420/KH-UBNO ngày",
            &[("số", true), ("1420/KH-UBND", true), ("ngày", false)],
        );
    }

    #[test]
    fn agreement_is_surer_than_either() {
        let words = settle(
            word("1", 0.9, Reader::Tesseract),
            &letters("1", 0.8),
            PixelBox::default(),
        );
        assert!(words[0].confidence.get() > 0.97);
        assert!(!words[0].is_disputed());
    }
}
