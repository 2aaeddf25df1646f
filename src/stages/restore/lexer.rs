//! Lines -> atoms: the pieces of text that are restored or kept. The model builder cuts its training
//! text with the same rules.

use std::sync::LazyLock;

use regex::Regex;

/// What a piece of text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AtomKind {
    /// Letters, perhaps with digits among them: what can be restored.
    Word,
    /// Digits with their separators and signs, and nothing else: `1,5`, `26/3/2024`, `100%`.
    Number,
    /// A code, address or date with letters: `1420/KH-UBND`, `a@b.vn`. Never changed.
    Code,
    /// Anything else.
    Mark,
}

/// A piece of a line, by byte offsets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Atom {
    pub kind: AtomKind,
    pub start: usize,
    pub end: usize,
    /// True when white space, or the line's end, stands before it.
    pub after_space: bool,
}

static ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)@|://|^www\.|\w\.(vn|com|net|org|gov|edu|info|pdf|docx?|xlsx?|aspx?|html?)\b|^#")
        .expect("a fixed pattern")
});
/// Digits and letters joined by a slash or a dash: `1420/KH-UBND`, `26/3/2024`, `06-NQ/TW`, `QĐ-2024`.
static CODE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"^(?:[\p{L}]{0,6}\d+[\p{L}]{0,3}[/\-–.:]+[\p{L}\d&/\-–.:]*|[\p{L}&\-]+[/\-]+\d[\p{L}\d&/\-–.:]*)$",
    )
    .expect("a fixed pattern")
});
/// Percent as an OCR without the sign's shape writes it: `95A/o`, `80°/o`, `30o/o`.
static PERCENT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(\d{1,3}(?:[.,]\d{1,2})?)(?:[A°oOº0]/|°)[oO0](\W*)$").expect("a fixed pattern")
});

/// `95A/o` gives `95%`; `None` for anything but a misread percentage.
pub fn misread_percent(token: &str) -> Option<String> {
    PERCENT.captures(token).map(|c| format!("{}%{}", &c[1], &c[2]))
}

/// The atoms of a line, in order.
pub fn atoms(line: &str) -> Vec<Atom> {
    let mut atoms = Vec::new();
    let mut at = 0;
    for token in line.split(char::is_whitespace) {
        if !token.is_empty() {
            token_atoms(token, at, &mut atoms);
        }
        // Every white-space character that ends a token has its own length.
        at += token.len() + line[at + token.len()..].chars().next().map_or(0, char::len_utf8);
    }
    atoms
}

fn token_atoms(token: &str, offset: usize, atoms: &mut Vec<Atom>) {
    let first = atoms.len();
    let whole = |kind| Atom {
        kind,
        start: offset,
        end: offset + token.len(),
        after_space: true,
    };
    if ADDRESS.is_match(token) || misread_percent(token).is_some() {
        atoms.push(whole(AtomKind::Code));
        return;
    }
    let has_letter = token.chars().any(char::is_alphabetic);
    let has_digit = token.chars().any(|c| c.is_ascii_digit());
    if has_digit && !has_letter && !token.chars().any(is_odd) {
        atoms.push(whole(AtomKind::Number));
        return;
    }
    let lead = token.find(char::is_alphanumeric).unwrap_or(0);
    let tail = token.rfind(char::is_alphanumeric).map_or(token.len(), |i| {
        i + token[i..].chars().next().map_or(1, char::len_utf8)
    });
    if has_digit && has_letter && CODE.is_match(&token[lead..tail]) {
        push_runs(&token[..lead], offset, atoms);
        atoms.push(Atom {
            kind: AtomKind::Code,
            start: offset + lead,
            end: offset + tail,
            after_space: lead == 0,
        });
        push_runs(&token[tail..], offset + tail, atoms);
    } else {
        push_runs(token, offset, atoms);
    }
    if let Some(atom) = atoms.get_mut(first) {
        atom.after_space = true;
    }
}

/// Runs of letters and digits, and single other characters.
fn push_runs(text: &str, offset: usize, atoms: &mut Vec<Atom>) {
    let mut chars = text.char_indices().peekable();
    while let Some((start, c)) = chars.next() {
        let mut end = start + c.len_utf8();
        let mut kind = AtomKind::Mark;
        if is_word_char(c) {
            let mut letters = c.is_alphabetic();
            while let Some(&(next, d)) = chars.peek() {
                if !is_word_char(d) {
                    break;
                }
                letters |= d.is_alphabetic();
                end = next + d.len_utf8();
                chars.next();
            }
            kind = if letters { AtomKind::Word } else { AtomKind::Number };
        }
        atoms.push(Atom {
            kind,
            start: offset + start,
            end: offset + end,
            after_space: false,
        });
    }
}

/// True for signs that hardly stand in these texts: one beside a letter is a misread letter.
pub fn is_odd(c: char) -> bool {
    matches!(c, '€' | '¢' | '£' | '¥' | '§' | '©' | '®' | '$' | '¡' | '¿')
}

/// True for a mark that joins the parts of a formula: no letter was ever read as one of these.
pub fn is_operator(mark: &str) -> bool {
    matches!(
        mark,
        "*" | "=" | "<" | ">" | "≥" | "≤" | "+" | "/" | "%" | "×" | "÷" | "^"
    )
}

fn is_word_char(c: char) -> bool {
    c.is_alphanumeric() || unicode_normalization::char::is_combining_mark(c)
}

/// True for a mark that ends a sentence or opens an item: words on its two sides are hardly bound.
pub fn is_boundary(mark: &str) -> bool {
    matches!(
        mark,
        "." | ";" | ":" | "!" | "?" | "…" | "-" | "–" | "+" | "•" | "*" | "|"
    )
}

/// True for a Roman numeral up to 39, in capitals.
pub fn is_roman(word: &str) -> bool {
    !word.is_empty() && word.len() <= 7 && word.bytes().all(|b| matches!(b, b'I' | b'V' | b'X'))
}

/// True for an abbreviation in capitals without a vowel, which no syllable could be: `CNTT`, `HĐND`, `TTTT`.
pub fn is_abbreviation(word: &str) -> bool {
    let letters = word.chars().filter(|c| c.is_alphabetic()).count();
    letters >= 2
        && word.chars().all(|c| c.is_uppercase() || c.is_ascii_digit())
        && !super::syllable::bare(word).chars().any(|c| "AEIOUY".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(line: &str) -> Vec<(AtomKind, &str)> {
        atoms(line)
            .iter()
            .map(|a| (a.kind, &line[a.start..a.end]))
            .collect()
    }

    #[test]
    fn numbers_codes_and_addresses_are_whole() {
        use AtomKind::{Code, Mark, Number, Word};
        let check = |line: &str, expect: &[(AtomKind, &str)]| assert_eq!(kinds(line), expect, "{line}");
        check(
            "1,5 (0,5 diém)",
            &[(Number, "1,5"), (Number, "(0,5"), (Word, "diém"), (Mark, ")")],
        );
        check(
            "sé: 1420/KH-UBND, ngay",
            &[
                (Word, "sé"),
                (Mark, ":"),
                (Code, "1420/KH-UBND"),
                (Mark, ","),
                (Word, "ngay"),
            ],
        );
        check(
            "mail @angiang.gov.vn",
            &[(Word, "mail"), (Code, "@angiang.gov.vn")],
        );
        check(
            "26/3/2024 40% - <100%",
            &[
                (Number, "26/3/2024"),
                (Number, "40%"),
                (Mark, "-"),
                (Number, "<100%"),
            ],
        );
        check("c4o d6i s6", &[(Word, "c4o"), (Word, "d6i"), (Word, "s6")]);
        check(
            "VH&TT f:ac",
            &[
                (Word, "VH"),
                (Mark, "&"),
                (Word, "TT"),
                (Word, "f"),
                (Mark, ":"),
                (Word, "ac"),
            ],
        );
        check(
            "06-NQ/TW 249/2025/NĐ-CP",
            &[(Code, "06-NQ/TW"), (Code, "249/2025/NĐ-CP")],
        );
        check(
            "(ty 1€ du",
            &[
                (Mark, "("),
                (Word, "ty"),
                (Number, "1"),
                (Mark, "€"),
                (Word, "du"),
            ],
        );
        check("  ", &[]);
    }

    #[test]
    fn offsets_hold_with_wide_spaces() {
        let line = "a\u{a0}\u{3000}bệ\tc ";
        let words: Vec<&str> = atoms(line).iter().map(|a| &line[a.start..a.end]).collect();
        assert_eq!(words, ["a", "bệ", "c"]);
    }

    #[test]
    fn a_misread_percent_sign_is_known() {
        assert_eq!(misread_percent("95A/o").as_deref(), Some("95%"));
        assert_eq!(misread_percent("80°/o,").as_deref(), Some("80%,"));
        assert_eq!(misread_percent("100°o").as_deref(), Some("100%"));
        assert_eq!(misread_percent("a/b"), None);
        assert_eq!(misread_percent("1420/KH"), None);
    }

    #[test]
    fn roman_numerals_and_abbreviations() {
        assert!(is_roman("VIII") && !is_roman("vi") && !is_roman("ĐI") && !is_roman(""));
        assert!(is_abbreviation("CNTT") && is_abbreviation("TTTT") && is_abbreviation("HĐND"));
        assert!(!is_abbreviation("PUA") && !is_abbreviation("Tr") && !is_abbreviation("T"));
    }
}
