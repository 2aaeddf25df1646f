//! A paragraph with its folded twin: patterns look at the twin, words are taken from the original.

use std::ops::Range;

use rust_decimal::Decimal;

use crate::domain::{fold_aligned, one_line};

/// `folded` has one character for each of the original's.
#[derive(Debug, Clone, PartialEq)]
pub struct Phrase {
    chars: Vec<char>,
    pub folded: String,
}

impl Phrase {
    /// Runs of white space become one space; a closing mark at the end is left out.
    pub fn new(text: &str) -> Self {
        let text = one_line(text);
        let text = text.trim_end_matches([';', '.', ',', ' ']);
        Self {
            chars: text.chars().collect(),
            folded: fold_aligned(text),
        }
    }

    /// The original words at a byte range of `folded`.
    pub fn words(&self, range: Range<usize>) -> String {
        let from = self.folded[..range.start].chars().count();
        let count = self.folded[range].chars().count();
        let text: String = self.chars[from..from + count].iter().collect();
        one_line(&text)
    }
}

/// `1,5` or `02` as a number.
pub fn decimal(text: &str) -> Option<Decimal> {
    text.replace(',', ".")
        .parse::<Decimal>()
        .ok()
        .map(|d| d.normalize())
}

/// Takes glue words and marks off both ends of a label.
pub fn trimmed(text: &str) -> String {
    let mut text = text.trim_matches(|c: char| c.is_whitespace() || ":;,.-–+=•*".contains(c));
    loop {
        let before = text;
        for word in [
            "thì",
            "Thì",
            "được",
            "là",
            "đạt",
            "và",
            "có",
            "Nếu",
            "nếu",
            "Trường hợp",
            "trường hợp",
            "Tỷ lệ đạt",
            "Đạt",
            "Với",
        ] {
            let opens = matches!(
                word,
                "Nếu" | "nếu" | "Trường hợp" | "trường hợp" | "Đạt" | "Với" | "thì" | "Thì"
            );
            let closes = matches!(word, "thì" | "Thì" | "được" | "là" | "đạt" | "và" | "có" | "Đạt");
            if closes && (text == word || text.ends_with(&format!(" {word}"))) {
                text = &text[..text.len() - word.len()];
            }
            if opens && text.starts_with(&format!("{word} ")) {
                text = &text[word.len()..];
            }
            text = text.trim_matches(|c: char| c.is_whitespace() || ":;,.-–+=•*".contains(c));
        }
        if text == before {
            break;
        }
    }
    let unclosed = text.matches('(').count().abs_diff(text.matches(')').count());
    let text = if unclosed == 1 {
        text.trim_matches(['(', ')', ' '])
    } else {
        text
    };
    text.to_owned()
}
