//! Readings of one number that differ in signs which look the same on paper: `0O` and `0`, `L,0` and `1,0`.

use crate::domain::{Word, fold_aligned};

/// True where another reader saw another number in this ink, or none.
pub fn is_disputed(word: &Word) -> bool {
    let read = word.raw();
    word.votes
        .iter()
        .any(|vote| vote.text != read && !is_same_number(&vote.text, read))
}

fn is_same_number(seen: &str, read: &str) -> bool {
    parts(read).is_some_and(|read| parts(seen) == Some(read))
}

/// The whole of a number, its decimals as they are written, and whether it is a percentage.
fn parts(text: &str) -> Option<(u32, String, bool)> {
    let bare = text.trim_end_matches(['.', ':', ';', ')']);
    let digits = as_digits(bare.trim_end_matches('%'));
    let (whole, decimals) = digits.split_once([',', '.']).unwrap_or((&digits, ""));
    let all_digits = decimals.bytes().all(|b| b.is_ascii_digit());
    let whole = whole.parse().ok()?;
    all_digits.then(|| (whole, decimals.to_owned(), bare.ends_with('%')))
}

/// Letters and strokes as the digits that they look like. A stroke is a `1` alone and before a comma: beside another
/// digit it may be a ruling.
fn as_digits(text: &str) -> String {
    let signs: Vec<char> = fold_aligned(text).chars().collect();
    let alone = |at: usize| {
        let next = signs.get(at + 1);
        at == 0 && next.is_none_or(|c| matches!(c, ',' | '.'))
    };
    let digit = |(at, sign): (usize, &char)| match sign {
        'o' => '0',
        'l' | 'i' | '|' | '!' | '[' | ']' | '†' if alone(at) => '1',
        sign => *sign,
    };
    signs.iter().enumerate().map(digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_alike_is_the_same_number_and_nothing_else_is() {
        let same = |seen: &str, read: &str| assert!(is_same_number(seen, read), "{seen} {read}");
        same("0O", "0");
        same("O0", "0");
        same("Ö", "0");
        same("L,0", "1,0");
        same("I,5", "1,5");
        same("1.5", "1,5");
        same("]", "1");
        same("Ì", "1");
        same("†", "1");
        same("60%;", "60%:");
        let other = |seen: &str, read: &str| assert!(!is_same_number(seen, read), "{seen} {read}");
        other("15", "1,5");
        other("1.500", "1,5");
        other("40", "4,0");
        other("l5", "1,5");
        other("1|", "11");
        other("|1", "11");
        other("509%:", "50%:");
        other("50", "50%");
        other("Đ", "2");
        other("", "5");
        other("Điểm", "1");
        other("Điểm", "điểm");
    }
}
