use std::borrow::Cow;

/// `text` from outside as a terminal or a log may show it: control characters, marks that turn the direction of the text
/// round and characters without width are written out (`\u{202e}`), so that nothing moves the cursor, forges a line or hides.
pub fn harmless(text: &str) -> Cow<'_, str> {
    match text.chars().any(is_harmful) {
        true => Cow::Owned(text.chars().map(Shown).map(|c| c.to_string()).collect()),
        false => Cow::Borrowed(text),
    }
}

/// The same of several lines: what breaks lines is kept.
pub fn harmless_lines(text: &str) -> Cow<'_, str> {
    match text.contains('\n') {
        true => Cow::Owned(text.split('\n').map(harmless).collect::<Vec<_>>().join("\n")),
        false => harmless(text),
    }
}

struct Shown(char);

impl std::fmt::Display for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            c if is_harmful(c) => write!(f, "{}", c.escape_unicode()),
            c => write!(f, "{c}"),
        }
    }
}

fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{061c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_moves_the_cursor_turns_the_text_or_hides_is_written_out() {
        let check = |text: &str, expect: &str| assert_eq!(harmless(text), expect);
        check("Bảng số 3 – “Điểm”", "Bảng số 3 – “Điểm”");
        check("a\u{1b}[2Jb", "a\\u{1b}[2Jb");
        check("a\nerror: b\r", "a\\u{a}error: b\\u{d}");
        check("gpj.\u{202e}exe", "gpj.\\u{202e}exe");
        check("a\u{200b}b\u{feff}", "a\\u{200b}b\\u{feff}");
        check("\u{9b}31m", "\\u{9b}31m");
        assert_eq!(harmless_lines("a\u{7}\nb"), "a\\u{7}\nb");
    }
}
