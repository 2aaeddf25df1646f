use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::decompose_canonical;

/// One letter without its marks, in lower case: `Ậ` -> `a`, `Đ` -> `d`. Dashes, quotes, the
/// multiplication sign and odd spaces become their plain forms.
pub fn fold_char(c: char) -> char {
    match c {
        'đ' | 'Đ' | 'ð' | 'Ð' => return 'd',
        '\u{2010}'..='\u{2015}' | '\u{2212}' => return '-',
        '\u{201c}' | '\u{201d}' | '\u{201e}' => return '"',
        '\u{2018}' | '\u{2019}' => return '\'',
        '×' => return 'x',
        '\u{a0}' | '\u{2009}' | '\u{202f}' => return ' ',
        _ => {}
    }
    let mut base = None;
    decompose_canonical(c, |part| base = base.or(Some(part)));
    let base = base.unwrap_or(c);
    base.to_lowercase().next().unwrap_or(base)
}

/// `text` (NFC) without marks and case, one character for each of its characters, so that
/// places found in the folded text are places of the original.
pub fn fold_aligned(text: &str) -> String {
    text.chars().map(fold_char).collect()
}

/// `text` without marks and case, runs of white space as one space: for comparing words.
pub fn fold(text: &str) -> String {
    let folded: String = text.nfc().map(fold_char).collect();
    one_line(&folded)
}

/// `text` with runs of white space, line breaks too, as one space and none at its ends.
pub fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_and_case_are_folded_away() {
        let check = |text: &str, expect: &str| assert_eq!(fold(text), expect, "{text:?}");
        check("HỒ SƠ  MINH\nCHỨNG", "ho so minh chung");
        check("Điểm thưởng", "diem thuong");
        check("40% – <100%", "40% - <100%");
        check("Đie\u{302}\u{309}m", "diem");
    }

    #[test]
    fn aligned_folding_keeps_every_place() {
        let text = "Từ 80% đến dưới 100%: “điểm”";
        assert_eq!(fold_aligned(text).chars().count(), text.chars().count());
    }
}
