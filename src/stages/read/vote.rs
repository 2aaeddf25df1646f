//! What two readings of the same ink make together.
//!
//! The line reader leads: it errs less (`make accuracy`, table of the profiles). Tesseract's reading is laid beside it letter
//! by letter; where both say the same a word is surer than by either alone, and where they do not both stay on record.

use crate::domain::{Alternative, Confidence, PixelBox, Reader, Vote, Word};

use super::neural::Letter;

/// Doubt below which the leading reader's word gives way to one that the other is surer of.
const UNSURE: f32 = 0.5;
/// What is left of the confidence in a word that the other reader saw otherwise.
const DISPUTED: f32 = 0.85;
/// A word that only the second reader saw counts from this confidence on.
const SEEN: f32 = 0.5;

/// Spellings less likely than this are not told, and no more than so many of a word.
const LEAST_TOLD: f32 = 0.02;
const MOST_TOLD: usize = 6;

/// The words of a line as the line reader alone reads it, each with the letters it was made of.
pub(super) fn alone(letters: &[Letter], ink: PixelBox) -> Vec<Word> {
    let spelled = letters.split(|l| l.text == " ").filter(|own| !own.is_empty());
    let half = (ink.height() / 4).max(1);
    spelled
        .map(|own| {
            let text: String = own.iter().map(|l| l.text.as_str()).collect();
            let sure = own.iter().map(|l| l.sure).fold(1.0, f32::min);
            let (from, to) = (
                own.first().map_or(ink.x0, |l| l.x),
                own.last().map_or(ink.x1, |l| l.x),
            );
            let bbox = PixelBox::new(
                (from - half).clamp(ink.x0, ink.x1),
                ink.y0,
                (to + half).clamp(ink.x0, ink.x1),
                ink.y1,
            );
            let mut word = Word::new(text, bbox, Confidence::new(sure), Reader::LineReader);
            word.ink = own.iter().map(Letter::ink).collect();
            word.alternatives = alternatives(own);
            word
        })
        .collect()
}

/// The likeliest spellings that differ in one letter.
fn alternatives(letters: &[Letter]) -> Vec<Alternative> {
    let mut found: Vec<Alternative> = Vec::new();
    for (at, letter) in letters.iter().enumerate() {
        let worth_telling = letter.others.iter().filter(|(_, p)| *p >= LEAST_TOLD);
        found.extend(worth_telling.map(|(other, p)| {
            let spelled = letters.iter().enumerate();
            Alternative {
                text: spelled
                    .map(|(k, l)| if k == at { other.as_str() } else { &l.text })
                    .collect(),
                confidence: Confidence::new(*p),
            }
        }));
    }
    found.retain(|a| !a.text.is_empty());
    found.sort_by(|a, b| b.confidence.get().total_cmp(&a.confidence.get()));
    found.truncate(MOST_TOLD);
    found
}

/// The leading reading with each word held against the second one. Words that only the second reader saw are kept, as
/// disputed, where it was sure of them.
pub(super) fn merge(lead: Vec<Word>, second: Vec<Word>) -> Vec<Word> {
    if lead.is_empty() {
        return second.into_iter().map(unconfirmed).collect();
    }
    let beside = Beside::of(&lead, &second);
    let mut words: Vec<Word> = lead
        .into_iter()
        .zip(&beside.views)
        .map(|(word, view)| settled(word, view, &second, &beside.owners))
        .collect();
    for (at, word) in second.into_iter().enumerate() {
        let middle = word.bbox.center().0;
        let unseen = beside.owners[at].is_empty() && word.confidence.get() >= SEEN;
        if unseen && words.iter().all(|w| !(w.bbox.x0..w.bbox.x1).contains(&middle)) {
            words.push(unconfirmed(word));
        }
    }
    words.sort_by_key(|w| w.bbox.x0);
    words
}

/// A word that the other reader saw nothing of.
fn unconfirmed(mut word: Word) -> Word {
    word.votes.push(Vote {
        reader: match word.reader {
            Reader::LineReader => Reader::Tesseract,
            _ => Reader::LineReader,
        },
        text: String::new(),
        confidence: Confidence::NONE,
    });
    word.confidence = Confidence::new(word.confidence.get() * DISPUTED);
    word
}

/// A word of the leading reading together with what the second reader made of its ink.
fn settled(mut word: Word, view: &View, second: &[Word], owners: &[Vec<usize>]) -> Word {
    let seen = || view.words.iter().map(|&at| &second[at]);
    let Some(sure) = seen().map(|w| w.confidence).reduce(Confidence::min) else {
        return unconfirmed(word);
    };
    let reader = seen().next().map_or(Reader::Tesseract, |w| w.reader);
    // The second reader's boxes are those of the ink; the first one's are rough.
    let alone = view.words.iter().all(|&at| owners[at].len() == 1);
    if alone {
        word.bbox = seen().map(|w| w.bbox).collect();
    }
    if same_signs(&word.text) == same_signs(&view.text) {
        let both = 1.0 - (1.0 - word.confidence.get()) * (1.0 - sure.get());
        word.confidence = Confidence::new(both);
        word.votes.push(Vote {
            reader,
            text: word.text.clone(),
            confidence: sure,
        });
        return word;
    }
    let (text, first) = (view.text.clone(), word.confidence);
    if gives_way(&word, sure) {
        word.votes.push(Vote {
            reader: word.reader,
            text: std::mem::replace(&mut word.text, text),
            confidence: first,
        });
        word.reader = reader;
        word.confidence = Confidence::new(sure.get() * DISPUTED);
    } else {
        word.votes.push(Vote {
            reader,
            text,
            confidence: sure,
        });
        word.confidence = Confidence::new(first.get() * DISPUTED);
    }
    word
}

/// True where the leading reader doubts its word more than the second its own. Numbers it reads better even then.
fn gives_way(word: &Word, sure: Confidence) -> bool {
    let numeric = word.text.chars().any(|c| c.is_ascii_digit());
    !numeric && word.confidence.get() < UNSURE && sure.get() > word.confidence.get()
}

/// One way of writing the signs that look alike.
fn same_signs(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '“' | '”' | '„' | '«' | '»' => out.push('"'),
            '‘' | '’' | '`' | '´' => out.push('\''),
            '–' | '—' | '−' => out.push('-'),
            '…' => out.push_str("..."),
            _ => out.push(c),
        }
    }
    out
}

/// What the second reader made of the ink of one leading word.
#[derive(Debug, Default, Clone, PartialEq)]
struct View {
    text: String,
    /// Its words there, by index.
    words: Vec<usize>,
}

/// Two readings of a line, laid beside each other.
struct Beside {
    /// A view for each leading word.
    views: Vec<View>,
    /// For each word of the second reading the leading words that hold letters of it.
    owners: Vec<Vec<usize>>,
}

/// A letter of a reading, or a space, and the word it belongs to.
type Placed = (char, usize);

impl Beside {
    fn of(lead: &[Word], second: &[Word]) -> Self {
        let (one, two) = (placed(lead), placed(second));
        let mut views = vec![View::default(); lead.len()];
        let mut owners = vec![Vec::new(); second.len()];
        let columns = align(&one, &two);
        for (at, (_, other)) in columns.iter().enumerate() {
            let Some(&(c, word)) = other.map(|j| &two[j]).filter(|(c, _)| *c != ' ') else {
                continue;
            };
            let Some(own) = owner(&columns, at, &one, &two) else {
                continue;
            };
            let view = &mut views[own];
            if view.words.last().is_some_and(|last| *last != word) {
                view.text.push(' ');
            }
            view.text.push(c);
            if view.words.last() != Some(&word) {
                view.words.push(word);
            }
            if !owners[word].contains(&own) {
                owners[word].push(own);
            }
        }
        Self { views, owners }
    }
}

fn placed(words: &[Word]) -> Vec<Placed> {
    let mut out: Vec<Placed> = Vec::new();
    for (at, word) in words.iter().enumerate() {
        if at > 0 {
            out.push((' ', at));
        }
        out.extend(word.text.chars().map(|c| (c, at)));
    }
    out
}

/// One column of an alignment: an index into each reading, `None` where it has nothing.
type Column = (Option<usize>, Option<usize>);

/// The leading word that the second reading's letter in column `at` belongs to: the one it is laid beside, or else that of
/// the letters it hangs together with.
fn owner(columns: &[Column], at: usize, one: &[Placed], two: &[Placed]) -> Option<usize> {
    let beside = |column: &Column| {
        column
            .0
            .map(|i| &one[i])
            .filter(|(c, _)| *c != ' ')
            .map(|(_, w)| *w)
    };
    let goes_on = |column: &&Column| column.1.is_none_or(|j| two[j].0 != ' ');
    let before = columns[..=at].iter().rev().take_while(goes_on).find_map(beside);
    before.or_else(|| columns[at..].iter().take_while(goes_on).find_map(beside))
}

/// What it costs to take one letter for another: less for those that differ in marks or case, most for a space.
fn cost(a: char, b: char) -> u32 {
    use unicode_normalization::UnicodeNormalization;
    let bare = |c: char| std::iter::once(c).nfd().next().map(|c| c.to_ascii_lowercase());
    match (a == ' ', b == ' ') {
        _ if a == b => 0,
        (true, _) | (_, true) => 6,
        _ if bare(a) == bare(b) => 1,
        _ => 3,
    }
}

/// What a letter costs that only one of the readings has.
const GAP: u32 = 2;

/// The cheapest way to lay two readings beside each other.
fn align(one: &[Placed], two: &[Placed]) -> Vec<Column> {
    let width = two.len() + 1;
    let mut table = vec![0u32; (one.len() + 1) * width];
    for i in 0..=one.len() {
        for j in 0..=two.len() {
            let at = i * width + j;
            table[at] = match (i, j) {
                (0, j) => GAP * j as u32,
                (i, 0) => GAP * i as u32,
                (i, j) => {
                    let both = table[at - width - 1] + cost(one[i - 1].0, two[j - 1].0);
                    both.min(table[at - width] + GAP).min(table[at - 1] + GAP)
                }
            };
        }
    }
    let mut columns = Vec::new();
    let (mut i, mut j) = (one.len(), two.len());
    while i > 0 || j > 0 {
        let at = i * width + j;
        if i > 0 && j > 0 && table[at] == table[at - width - 1] + cost(one[i - 1].0, two[j - 1].0) {
            (i, j) = (i - 1, j - 1);
            columns.push((Some(i), Some(j)));
        } else if i > 0 && table[at] == table[at - width] + GAP {
            i -= 1;
            columns.push((Some(i), None));
        } else {
            j -= 1;
            columns.push((None, Some(j)));
        }
    }
    columns.reverse();
    columns
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Words of one line, ten pixels a letter.
    fn words(text: &str, confidence: f32, reader: Reader) -> Vec<Word> {
        let mut at = 0;
        text.split(' ')
            .filter(|t| !t.is_empty())
            .map(|text| {
                let width = text.chars().count() as i32 * 10;
                let bbox = PixelBox::new(at, 0, at + width, 10);
                at += width + 10;
                Word::new(text, bbox, Confidence::new(confidence), reader)
            })
            .collect()
    }

    /// Each word with what the other reader saw there, where that is something else.
    fn merged(lead: (&str, f32), second: (&str, f32)) -> Vec<String> {
        let words = merge(
            words(lead.0, lead.1, Reader::LineReader),
            words(second.0, second.1, Reader::Tesseract),
        );
        let shown = words.iter().map(|w| match w.is_disputed() {
            true => format!("{}|{}", w.text, w.votes[0].text),
            false => w.text.clone(),
        });
        shown.collect()
    }

    #[test]
    fn every_word_is_held_against_the_other_reading() {
        let check = |lead: &str, second: &str, expect: &[&str]| {
            assert_eq!(merged((lead, 0.9), (second, 0.9)), expect, "{lead} | {second}");
        };
        check("1,5", "15", &["1,5|15"]);
        check("5", "S", &["5|S"]);
        check("1", "", &["1|"]);
        check("", "1", &["1|"]);
        check("= 1 điểm", "= 1 điểm", &["=", "1", "điểm"]);
        check("đến 50%: 1", "đến 509%: 1", &["đến", "50%:|509%:", "1"]);
        check("là 1,5 điểm", "là 15 điểm", &["là", "1,5|15", "điểm"]);
        check("80%: 0,5 điểm", "80%: 0 5 điểm", &["80%:", "0,5|0 5", "điểm"]);
        check("mức 1 2 3", "mức 1 2 3", &["mức", "1", "2", "3"]);
        check("- Có: 2", "- G2", &["-", "Có:|G", "2"]);
        check("(3) (4) (5)", "(3) (4 @®)", &["(3)", "(4)|(4", "(5)|@®)"]);
        check(
            "số 248/QĐ-UBND ngày",
            "sô 246/QĐ-UBND ngày",
            &["số|sô", "248/QĐ-UBND|246/QĐ-UBND", "ngày"],
        );
        // Signs that look alike are no dispute.
        check("“Số” – …", "\"Số\" - ...", &["“Số”", "–", "…"]);
    }

    #[test]
    fn words_that_one_reader_alone_saw_are_kept_and_disputed() {
        assert_eq!(merged(("từ 5", 0.9), ("từ 5 điểm", 0.9)), ["từ", "5", "điểm|"]);
        assert_eq!(merged(("từ 5 điểm", 0.9), ("từ điểm", 0.9)), ["từ", "5|", "điểm"]);
        // What the second reader hardly saw is no word.
        assert_eq!(merged(("từ 5", 0.9), ("từ 5 ;", 0.2)), ["từ", "5"]);
    }

    #[test]
    fn doubt_gives_way_but_not_in_numbers() {
        assert_eq!(merged(("cưc", 0.4), ("cục", 0.9)), ["cục|cưc"]);
        assert_eq!(merged(("cực", 0.9), ("cục", 0.95)), ["cực|cục"]);
        assert_eq!(merged(("0,5", 0.4), ("05", 0.9)), ["0,5|05"]);
    }

    #[test]
    fn a_word_tells_what_else_it_may_be_likeliest_first() {
        let letter = |text: &str, others: &[(&str, f32)]| Letter {
            text: text.into(),
            x: 0,
            sure: 0.8,
            others: others.iter().map(|(t, p)| ((*t).into(), *p)).collect(),
        };
        let one = letter("1", &[("I", 0.1), ("l", 0.001)]);
        let letters = [one, letter(",", &[("", 0.03), (".", 0.15)]), letter("5", &[])];
        let words = alone(&letters, PixelBox::new(0, 0, 30, 10));
        let told: Vec<&str> = words[0].alternatives.iter().map(|a| a.text.as_str()).collect();
        assert_eq!(told, ["1.5", "I,5", "15"]);
    }

    #[test]
    fn agreement_is_surer_than_either() {
        let words = merge(
            words("1", 0.8, Reader::LineReader),
            words("1", 0.9, Reader::Tesseract),
        );
        assert!(words[0].confidence.get() > 0.97);
        assert!(!words[0].is_disputed());
    }
}
