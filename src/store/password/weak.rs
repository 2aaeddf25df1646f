//! Passwords that guessers try first. No rule about kinds of characters (NIST SP 800-63B-4, 3.1.1.2): such rules
//! make `Matkhau@123` of `matkhau`, which every guesser knows.

use std::collections::HashSet;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

static WORDS: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    include_str!("weak.txt")
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect()
});

/// Runs of keys that hands know, forwards; backwards they are no better.
const RUNS: [&str; 6] = [
    "01234567890123456789",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiopasdfghjklzxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
    "1q2w3e4r5t6y7u8i9o0p",
    "q1w2e3r4t5y6u7i8o9p0",
];

/// A repeated unit up to this long is no more than the unit.
const LONGEST_UNIT: usize = 4;
/// Letters that a password needs besides its account's name.
const LETTERS_BESIDES_NAME: usize = 6;

/// Whether this is among the first guesses: a known word with digits and signs around it, a run of keys, or a
/// short piece over and over.
pub(super) fn is_common(password: &str) -> bool {
    let plain = without_marks(password);
    let tight: String = plain.chars().filter(|c| !c.is_whitespace()).collect();
    is_repeated(&tight) || is_run(&tight) || is_word(&tight)
}

/// Whether the password is hardly more than the account's name: the name, with at most a few characters around it.
pub(super) fn holds_name(password: &str, name: &str) -> bool {
    let (password, name) = (without_marks(password), without_marks(name));
    let rest = password.replace(&name, "");
    rest.len() < password.len() && rest.chars().filter(|c| c.is_alphabetic()).count() < LETTERS_BESIDES_NAME
}

/// Lower case, without marks; `đ` is `d`.
fn without_marks(text: &str) -> String {
    text.nfd()
        .filter(|c| !is_combining_mark(*c))
        .flat_map(char::to_lowercase)
        .map(|c| if c == 'đ' { 'd' } else { c })
        .collect()
}

/// A word of the list, as it stands or with signs for letters (`p@ssw0rd`), whatever is around and between.
fn is_word(text: &str) -> bool {
    let around = |c: char| !c.is_alphabetic();
    let letters: String = text.chars().filter(|c| c.is_alphabetic()).collect();
    let meant: String = text
        .trim_matches(around)
        .chars()
        .map(|c| match c {
            '@' | '4' => 'a',
            '0' => 'o',
            '1' | '!' => 'i',
            '3' => 'e',
            '5' | '$' => 's',
            '7' => 't',
            c => c,
        })
        .filter(|c| c.is_alphabetic())
        .collect();
    WORDS.contains(letters.as_str())
        || WORDS.contains(meant.as_str())
        || is_repeated(&letters) && !letters.is_empty()
}

fn is_repeated(text: &str) -> bool {
    let letters: Vec<char> = text.chars().collect();
    (1..=LONGEST_UNIT.min(letters.len())).any(|unit| {
        letters.len() >= 2 * unit && letters.iter().enumerate().all(|(at, c)| *c == letters[at % unit])
    })
}

/// Pieces of runs alone, each of three keys or more.
fn is_run(text: &str) -> bool {
    let mut rest = text;
    while !rest.is_empty() {
        let longest = rest
            .char_indices()
            .map(|(at, c)| &rest[..at + c.len_utf8()])
            .take_while(|piece| in_run(piece))
            .last();
        match longest {
            Some(piece) if piece.chars().count() >= 3 => rest = &rest[piece.len()..],
            _ => return false,
        }
    }
    !text.is_empty()
}

fn in_run(piece: &str) -> bool {
    let back: String = piece.chars().rev().collect();
    RUNS.iter().any(|run| run.contains(piece) || run.contains(&back))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_guesses_are_known_in_both_languages() {
        let check = |password: &str, expect: bool| assert_eq!(is_common(password), expect, "{password:?}");
        for weak in [
            "password123",
            "P@ssw0rd2024",
            "Matkhau@123",
            "mật khẩu 12345",
            "Admin@123456",
            "anhyeuem1102",
            "Việt Nam 2025!",
            "1234567890",
            "0987654321",
            "qwertyuiop",
            "1qaz2wsx3edc",
            "abcdef123456",
            "aaaaaaaaaaaa",
            "abababababab",
            "11111aaaaa11",
            "123123123123",
            "quantri2026",
            "Sohoa@2026",
        ] {
            check(weak, true);
        }
        for strong in [
            "đủ dài để dùng",
            "một mật khẩu dài",
            "con trâu gặm cỏ chiều thu",
            "correct horse battery staple",
            "7Kq!v92_bXz4",
            "hanoi saigon 1975",
        ] {
            check(strong, false);
        }
    }

    #[test]
    fn a_password_is_not_made_of_its_name() {
        let check = |password: &str, name: &str, expect: bool| {
            assert_eq!(holds_name(password, name), expect, "{password:?} of {name}");
        };
        check("Nguyễn.Lan.1980", "nguyen.lan", true);
        check("lanlanlan-xyz", "lan", true);
        check("một mật khẩu dài", "lan", false);
        check("oán giận vô cớ", "an", false);
        check("khoa học máy tính", "hoa", false);
        check("anh mai 112233", "mai", true);
    }
}
