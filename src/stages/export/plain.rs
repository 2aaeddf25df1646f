//! Text of a document on its way into a file that people open: nothing in it acts, and nothing in it hides.

use std::borrow::Cow;

/// Stands where a sign stood that no reader of a scan can have seen.
const SHOWN_INSTEAD: char = '\u{fffd}';

/// `text` with every control character, and every mark that turns the direction of writing, made visible. A line can
/// look like another with them (Unicode Technical Report 36, 2.5); no Vietnamese document needs one.
pub(super) fn plain(text: &str) -> Cow<'_, str> {
    if !text.contains(acts) {
        return text.into();
    }
    let signs = text.chars().filter(|c| *c != '\r');
    signs
        .map(|c| if acts(c) { SHOWN_INSTEAD } else { c })
        .collect::<String>()
        .into()
}

fn acts(c: char) -> bool {
    let turns =
        matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    // XML 1.0 cannot hold the last two at all.
    turns || c.is_control() && !matches!(c, '\n' | '\t') || matches!(c, '\u{fffe}' | '\u{ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_is_shown_and_what_is_text_stays() {
        let check = |text: &str, expect: &str| assert_eq!(plain(text), expect, "{text:?}");
        check("Thang điểm\tthi đua\n", "Thang điểm\tthi đua\n");
        check("a\r\nb", "a\nb");
        check("\u{202e}01\u{202c} điểm", "\u{fffd}01\u{fffd} điểm");
        check("a\0b\u{1b}[31m\u{ffff}", "a\u{fffd}b\u{fffd}[31m\u{fffd}");
        check("<script>=1+1", "<script>=1+1");
    }
}
