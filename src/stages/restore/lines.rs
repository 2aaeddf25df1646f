//! Known phrases that are a whole line of a form. A line that was read too badly for its words to be told one by one is
//! still recognised as a whole, and then what stands in the form is what stood on the paper.

use rustc_hash::FxHashMap;

use super::confusion::{Confusions, LONGEST};
use super::language_model::{BOUNDARY, NUMBER, WordId};
use super::lexer;

/// Known lines that share less of their different words with what was restored are not compared.
const SHARED: f32 = 0.4;
/// So many known lines are compared with a line, letter by letter.
const COMPARED: usize = 6;
/// A sign that was read where the known line has none, or another: dirt, or part of a misread letter.
const SIGN: f32 = 0.5;
/// An item's number that was lost: a lone sign beside the rulings of a table is lost easily, or taken for one of them.
const LOST_ITEM: f32 = 3.0;
/// What a line that stands alone costs for being a known one, beside the choice among all of them.
const ALONE: f32 = 3.0;
/// What a line gains that stands beside a known one as it does in the form, for each side.
const BESIDE: f32 = 2.0;

/// A line that is recognised helps to recognise those beside it, so often.
const ROUNDS: usize = 2;

/// A line of a text, and what was made of it word by word.
pub struct ReadLine<'a> {
    pub raw: &'a str,
    pub words: Vec<WordId>,
    /// Negative logarithm of the probability of the words and of the raw text for them.
    pub cost: f32,
}

/// A known line that a line was recognised as.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Recognised<'a> {
    pub text: &'a str,
    /// By how much it explains the raw text better than its words one by one do, natural logarithm.
    pub gain: f32,
}

/// The known lines, and where each word stands in them.
#[derive(Default)]
pub struct KnownLines {
    lines: Vec<KnownLine>,
    by_word: FxHashMap<WordId, Vec<usize>>,
}

struct KnownLine {
    text: String,
    letters: Vec<Letter>,
    words: Vec<WordId>,
    different: usize,
    /// Where it stands among all, once or more.
    places: Vec<usize>,
}

/// A letter or digit of a known line.
#[derive(Debug, Clone, Copy)]
struct Letter {
    char: char,
    /// What it costs to lose it; `None`: as the table of confusions says.
    lost: Option<f32>,
}

impl KnownLines {
    /// All lines with their words, in the order in which they stand in their forms.
    pub fn new<'a>(lines: impl IntoIterator<Item = (&'a str, &'a [WordId])>) -> Self {
        let mut all = Self::default();
        let mut by_text: FxHashMap<&str, usize> = FxHashMap::default();
        for (place, (text, words)) in lines.into_iter().enumerate() {
            if let Some(line) = by_text.get(text) {
                all.lines[*line].places.push(place);
                continue;
            }
            by_text.insert(text, all.lines.len());
            let different = different(words);
            for word in &different {
                all.by_word.entry(*word).or_default().push(all.lines.len());
            }
            all.lines.push(KnownLine {
                text: text.to_owned(),
                letters: letters(text),
                words: no_boundaries(words),
                different: different.len(),
                places: vec![place],
            });
        }
        all
    }

    /// The lines of a text that are recognised as known ones and were not restored to them by themselves.
    pub fn recognised(&self, table: &Confusions, lines: &[ReadLine]) -> Vec<Option<Recognised<'_>>> {
        let alike: Vec<Vec<&KnownLine>> = lines.iter().map(|line| self.alike(&line.words)).collect();
        // What each line is known to be, by its words alone or recognised.
        let mut known: Vec<Option<&KnownLine>> = lines
            .iter()
            .zip(&alike)
            .map(|(line, alike)| {
                let words = no_boundaries(&line.words);
                alike.iter().copied().find(|known| known.words == words)
            })
            .collect();
        let mut recognised = vec![None; lines.len()];
        for _ in 0..ROUNDS {
            let beside = known.clone();
            for (at, line) in lines.iter().enumerate().filter(|(at, _)| beside[*at].is_none()) {
                let before = at.checked_sub(1).and_then(|before| beside[before]);
                let after = beside.get(at + 1).copied().flatten();
                let best = self.best(table, line, &alike[at], [before, after]);
                known[at] = best.map(|(known, _)| known);
                recognised[at] = best.map(|(known, gain)| Recognised {
                    text: &known.text,
                    gain,
                });
            }
        }
        recognised
    }

    /// The one of some known lines that explains a line best, and better than its words do, with what that gains.
    fn best<'a>(
        &self,
        table: &Confusions,
        line: &ReadLine,
        alike: &[&'a KnownLine],
        [before, after]: [Option<&KnownLine>; 2],
    ) -> Option<(&'a KnownLine, f32)> {
        let read = signs_and_letters(line.raw);
        let gains = alike.iter().filter_map(|known| {
            let follows = before.is_some_and(|before| known.follows(before));
            let precedes = after.is_some_and(|after| after.follows(known));
            let choice = match usize::from(follows) + usize::from(precedes) {
                0 => ALONE + (self.lines.len() as f32).ln(),
                sides => -BESIDE * sides as f32,
            };
            Some((*known, line.cost - cost(table, &known.letters, &read)? - choice))
        });
        gains
            .max_by(|a, b| a.1.total_cmp(&b.1))
            .filter(|(_, gain)| *gain > 0.0)
    }

    /// The known lines with most of these words.
    fn alike(&self, words: &[WordId]) -> Vec<&KnownLine> {
        let words = different(words);
        let mut shared: FxHashMap<usize, usize> = FxHashMap::default();
        for line in words.iter().filter_map(|word| self.by_word.get(word)).flatten() {
            *shared.entry(*line).or_default() += 1;
        }
        let mut alike: Vec<(usize, usize)> = shared
            .into_iter()
            .filter(|(line, count)| *count as f32 >= SHARED * self.lines[*line].different as f32)
            .map(|(line, count)| (self.lines[line].different + words.len() - 2 * count, line))
            .collect();
        alike.sort_unstable();
        let best = alike.into_iter().take(COMPARED);
        best.map(|(_, line)| &self.lines[line]).collect()
    }
}

impl KnownLine {
    fn follows(&self, before: &Self) -> bool {
        self.places
            .iter()
            .any(|place| before.places.iter().any(|before| before + 1 == *place))
    }
}

fn no_boundaries(words: &[WordId]) -> Vec<WordId> {
    words.iter().copied().filter(|word| *word != BOUNDARY).collect()
}

fn different(words: &[WordId]) -> Vec<WordId> {
    let mut words: Vec<WordId> = words.iter().copied().filter(|word| *word > NUMBER).collect();
    words.sort_unstable();
    words.dedup();
    words
}

fn letters(text: &str) -> Vec<Letter> {
    let first = text.split_whitespace().next().unwrap_or_default();
    let number = first.trim_end_matches(['.', ')']);
    let is_item = lexer::is_roman(number) || number.chars().all(|c| c.is_ascii_digit());
    let item = if is_item { number.chars().count() } else { 0 };
    let all = text.chars().filter(|c| c.is_alphanumeric());
    let letter = |(at, char)| Letter {
        char,
        lost: (at < item).then(|| LOST_ITEM / item as f32),
    };
    all.enumerate().map(letter).collect()
}

/// What was read, without white space and with percent signs set right.
fn signs_and_letters(raw: &str) -> Vec<char> {
    let token = |token: &str| lexer::misread_percent(token).unwrap_or_else(|| token.to_owned());
    raw.split_whitespace()
        .map(token)
        .collect::<String>()
        .chars()
        .collect()
}

/// What it costs to read a known line as `raw`; `None` if that would change a number, leave one out, or make one other than
/// an item's. A digit may have been a letter, at the cost of that confusion: `16` for `lệ`.
fn cost(table: &Confusions, known: &[Letter], raw: &[char]) -> Option<f32> {
    let added = |c: char| match c {
        c if c.is_ascii_digit() => f32::INFINITY,
        c if c.is_alphabetic() => table.added(c),
        _ => SIGN,
    };
    // Row by row, the cost of reading the letters so far as each beginning of the raw text.
    let mut row = vec![0.0];
    row.extend(raw.iter().scan(0.0, |sum, c| {
        *sum += added(*c);
        Some(*sum)
    }));
    for letter in known {
        let mut next = vec![f32::INFINITY; raw.len() + 1];
        for end in 0..=raw.len() {
            for start in end.saturating_sub(LONGEST)..=end {
                if let Some(cost) = reading(table, *letter, &raw[start..end]) {
                    next[end] = next[end].min(row[start] + cost);
                }
            }
            if end > 0 {
                next[end] = next[end].min(next[end - 1] + added(raw[end - 1]));
            }
        }
        row = next;
    }
    row.last().copied().filter(|cost| cost.is_finite())
}

fn reading(table: &Confusions, letter: Letter, read: &[char]) -> Option<f32> {
    match read {
        [] if letter.lost.is_some() => letter.lost,
        _ if letter.char.is_ascii_digit() => (read == [letter.char]).then_some(0.0),
        _ => table.cost(letter.char, read),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORM: [&str; 4] = [
        "Tỷ lệ hồ sơ được giải quyết đúng hạn",
        "2 Tỷ lệ văn bản được gửi qua mạng giữa các cơ quan",
        "Từ 80% đến dưới 100%: 5 điểm",
        "Số lượng dịch vụ công của huyện",
    ];

    /// Numbers for words: of the form its places, above them for any other.
    fn ids(text: &str) -> Vec<WordId> {
        let known = FORM.join(" ").to_lowercase();
        let known: Vec<&str> = known.split_whitespace().collect();
        let text = text.to_lowercase();
        let id = |word: &str| match known.iter().position(|k| *k == word) {
            Some(at) => at as WordId + 10,
            None if word.starts_with(|c: char| c.is_ascii_digit()) => NUMBER,
            None => 1_000 + word.bytes().map(WordId::from).sum::<WordId>(),
        };
        text.split_whitespace().map(id).collect()
    }

    /// What lines are recognised as, each given as it was read, as it was restored, and with the cost of that.
    fn recognised(read: &[(&str, &str, f32)]) -> Vec<Option<&'static str>> {
        let words = FORM.map(ids);
        let known = KnownLines::new(FORM.into_iter().zip(words.iter().map(Vec::as_slice)));
        let read: Vec<ReadLine> = read
            .iter()
            .map(|(raw, restored, cost)| ReadLine {
                raw,
                words: ids(restored),
                cost: *cost,
            })
            .collect();
        let found = known.recognised(&Confusions::default(), &read);
        let text = |found: Option<Recognised>| FORM.into_iter().find(|l| found.is_some_and(|f| f.text == *l));
        found.into_iter().map(text).collect()
    }

    #[test]
    fn a_line_too_bad_for_its_words_is_recognised_as_a_whole() {
        let bad = (
            "Ty l¢ van b?n dugc g~i qua mang gitfa cdc c^",
            "tư l văn bản được g qua mạng gitfa các c",
            110.0,
        );
        assert_eq!(recognised(&[bad]), [Some(FORM[1])]);
        // What stands there by itself explains it as well.
        assert_eq!(recognised(&[(bad.0, bad.1, 40.0)]), [None]);
    }

    #[test]
    fn the_lines_beside_it_tell_which_line_it_is() {
        let bad = (
            "T? l¢ van bdn dugc g?i qua m?ng gifa cac co quan",
            "tờ l văn bản được ghi qua mong gia các cơ quan",
            73.0,
        );
        assert_eq!(recognised(&[bad]), [None]);
        let good = |line: &'static str| (line, line, 5.0);
        assert_eq!(
            recognised(&[good(FORM[0]), bad, good(FORM[2])]),
            [None, Some(FORM[1]), None]
        );
        assert_eq!(recognised(&[good(FORM[3]), bad]), [None, None]);
    }

    #[test]
    fn no_number_is_changed_lost_or_made() {
        let check = |raw: &str, expect: Option<&str>| {
            let restored = "từ 80% đến dưới 100%: 5";
            assert_eq!(recognised(&[(raw, restored, 200.0)]), [expect], "{raw}");
        };
        check("Tu 80% den duoi 100%: 5 d?~m", Some(FORM[2]));
        check("Tu 70% den duoi 100%: 5 d?~m", None);
        check("Tu 80% den duoi 100%: 1,5 d?~m", None);
        check("Tu 80% den duoi 100%: d?~m", None);
    }

    #[test]
    fn another_word_is_not_taken_for_a_misread_one() {
        let check =
            |raw: &str, restored: &str| assert_eq!(recognised(&[(raw, restored, 22.0)]), [None], "{raw}");
        check("So luong dich vu cong cua tinh", "số lượng dịch vụ công của tỉnh");
        check(
            "So luong dich vu cong khong cua huyen",
            "số lượng dịch vụ công không của huyện",
        );
    }
}
