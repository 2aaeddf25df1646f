//! What a person types to find documents, and where it stands in a text.

use unicode_normalization::UnicodeNormalization;

use crate::domain::syllable::is_marked;
use crate::domain::{fold_aligned, fold_char};

/// Words of a search that are looked at; more narrow nothing down.
const MOST_WORDS: usize = 16;
/// Characters of a snippet, about two lines on a page.
const SNIPPET: usize = 160;
/// Characters before the first hit.
const BEFORE: usize = 40;

/// The words that a person looks for. Whatever they typed is words here and nothing else: no sign of it means
/// anything to the index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words(Vec<Word>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Word {
    /// In lower case.
    typed: String,
    /// Without marks.
    plain: String,
    marks: Marks,
}

/// Whether a word was typed with marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Marks {
    With,
    Without,
}

/// A piece of a snippet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Around,
    Hit,
}

/// Some words of a text around what was found: its pieces, in order.
pub type Snippet = Vec<(Part, String)>;

/// How well a text fits; more is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fit {
    /// Marked words of the search that stand there with their marks.
    marked: usize,
    /// Words of the search that stand there.
    words: usize,
    /// Words of the search that follow each other there.
    together: usize,
}

/// Where words stand in a text.
#[derive(Debug)]
pub struct Hits {
    pub fit: Fit,
    /// Byte places of the words.
    places: Vec<(usize, usize)>,
    /// Where the most words follow each other, else the first.
    start: usize,
}

impl Words {
    /// The words of `text`; `None` when there are none.
    pub fn of(text: &str) -> Option<Self> {
        let text: String = text.nfc().flat_map(char::to_lowercase).collect();
        let words: Vec<Word> = text
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .take(MOST_WORDS)
            .map(|word| Word {
                typed: word.to_owned(),
                plain: fold_aligned(word),
                marks: if is_marked(word) {
                    Marks::With
                } else {
                    Marks::Without
                },
            })
            .collect();
        (!words.is_empty()).then_some(Self(words))
    }

    /// The words without marks, in the order in which they were typed.
    pub(super) fn plain(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|word| word.plain.as_str())
    }

    /// For each word, the word with its marks if it has any.
    pub(super) fn marked(&self) -> impl Iterator<Item = Option<&str>> {
        let marked = |word: &Word| word.marks == Marks::With;
        self.0
            .iter()
            .map(move |word| marked(word).then_some(word.typed.as_str()))
    }

    /// The fit that no text passes.
    pub fn perfect(&self) -> Fit {
        Fit {
            marked: self.0.iter().filter(|word| word.marks == Marks::With).count(),
            words: self.0.len(),
            together: self.0.len(),
        }
    }

    /// Where the words stand in `text`, which is gone through once; `None` when none of them does.
    pub fn look(&self, text: &str) -> Option<Hits> {
        let mut places = Vec::new();
        let mut stands = [false; MOST_WORDS];
        let mut marked = [false; MOST_WORDS];
        let (mut run, mut run_from) = (0, 0);
        let (mut together, mut start) = (0, 0);
        let mut plain = String::new();
        let mut rest = text;
        while let Some(skip) = rest.find(char::is_alphanumeric) {
            let from = text.len() - rest.len() + skip;
            plain.clear();
            let end = text[from..].find(|c: char| !c.is_alphanumeric());
            let to = end.map_or(text.len(), |length| from + length);
            rest = &text[to..];
            plain.extend(text[from..to].chars().map(|c| match c.is_ascii() {
                true => c.to_ascii_lowercase(),
                false => fold_char(c),
            }));
            let mut is_hit = false;
            for (at, word) in self.0.iter().enumerate().filter(|(at, _)| self.is(&plain, *at)) {
                is_hit = true;
                stands[at] = true;
                if word.marks == Marks::With && !marked[at] {
                    let letters = text[from..to].chars().flat_map(char::to_lowercase);
                    marked[at] = letters.eq(word.typed.chars());
                }
            }
            if !is_hit {
                run = 0;
                continue;
            }
            places.push((from, to));
            // A run that breaks off may begin anew with this very word.
            if run == self.0.len() || !self.is(&plain, run) {
                run = 0;
            }
            if run == 0 {
                run_from = from;
            }
            if self.is(&plain, run) {
                run += 1;
            }
            if run.max(1) > together {
                (together, start) = (run.max(1), run_from);
            }
        }
        let count = |which: &[bool]| which.iter().filter(|is| **is).count();
        (!places.is_empty()).then(|| Hits {
            fit: Fit {
                marked: count(&marked),
                words: count(&stands),
                together,
            },
            places,
            start,
        })
    }

    /// True when a word of a text is the one of the search at `at`; the last may be its beginning.
    fn is(&self, plain: &str, at: usize) -> bool {
        let word = &self.0[at].plain;
        plain == word || at + 1 == self.0.len() && plain.starts_with(word.as_str())
    }
}

impl Hits {
    /// Some words of `text`, which was looked through for these, from a little before the best of them; cut at
    /// words, with the hits told apart.
    pub fn snippet(&self, text: &str) -> Snippet {
        let back = text[..self.start].char_indices().rev().take(BEFORE);
        let mut from = back.last().map_or(self.start, |(at, _)| at);
        if from > 0 {
            let gap = text[from..self.start].find(char::is_whitespace);
            from = gap.map_or(self.start, |gap| from + gap + 1);
        }
        let end = text[from..].char_indices().nth(SNIPPET);
        let mut to = end.map_or(text.len(), |(at, _)| from + at);
        if to < text.len() {
            let gap = text[from..to].rfind(char::is_whitespace).map(|gap| from + gap);
            to = gap.filter(|gap| *gap > self.start).unwrap_or(to);
        }
        let line = |from: usize, to: usize| -> String {
            let letters = text[from..to].chars();
            letters.map(|c| if c.is_whitespace() { ' ' } else { c }).collect()
        };
        let mut parts = Vec::new();
        let mut put = |part: Part, words: String| {
            if !words.is_empty() {
                parts.push((part, words));
            }
        };
        if from > 0 {
            put(Part::Around, "… ".to_owned());
        }
        let mut at = from;
        for (begin, end) in self
            .places
            .iter()
            .filter(|(begin, end)| *begin >= from && *end <= to)
        {
            put(Part::Around, line(at, *begin));
            put(Part::Hit, line(*begin, *end));
            at = *end;
        }
        put(Part::Around, line(at, to));
        if to < text.len() {
            put(Part::Around, " …".to_owned());
        }
        parts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Words {
        Words::of(text).unwrap()
    }

    #[test]
    fn whatever_is_typed_is_words() {
        assert_eq!(Words::of("  \"*()-- "), None);
        assert_eq!(Words::of(""), None);
    }

    fn shown(typed: &str, text: &str) -> String {
        let hits = words(typed).look(text).unwrap();
        hits.snippet(text)
            .into_iter()
            .map(|(part, words)| match part {
                Part::Around => words,
                Part::Hit => format!("[{words}]"),
            })
            .collect()
    }

    #[test]
    fn snippets_show_the_hits_among_the_words_around() {
        let check =
            |typed: &str, text: &str, expect: &str| assert_eq!(shown(typed, text), expect, "{typed:?}");
        check("thang diem", "Thang điểm thi đua", "[Thang] [điểm] thi đua");
        check("ke ho", "Có kế hoạch\nnăm", "Có [kế] [hoạch] năm");
        let long = format!("{} báo cáo quý {}", "từ ".repeat(100), "chữ ".repeat(100));
        let shown = shown("bao cao quy", &long);
        assert!(shown.starts_with("… từ ") && shown.ends_with(" chữ …"), "{shown}");
        assert!(shown.contains("[báo] [cáo] [quý]"), "{shown}");
        assert!(shown.chars().count() < SNIPPET + 20, "{shown}");
        assert!(words("không").look("có").is_none());
    }

    #[test]
    fn marks_then_words_then_closeness_decide() {
        let fit = |typed: &str, text: &str| words(typed).look(text).unwrap().fit;
        assert!(fit("điểm", "điểm") > fit("điểm", "diem"));
        assert!(fit("thang diem", "thang điểm") > fit("thang diem", "điểm thang"));
        assert!(fit("thi đua", "thi đua") > fit("thi đua", "đua"));
        assert_eq!(fit("báo cáo", "báo báo cáo quý"), words("báo cáo").perfect());
    }
}
