//! VIQR (RFC 1456): the marks are written after their letter, `dd` is đ, a backslash takes a sign for what it is.

use unicode_normalization::UnicodeNormalization;

const BREVE: char = '\u{306}';
const CIRCUMFLEX: char = '\u{302}';
const HORN: char = '\u{31b}';
/// Each tone's sign.
const TONES: [(char, char); 5] = [
    ('\'', '\u{301}'),
    ('`', '\u{300}'),
    ('?', '\u{309}'),
    ('~', '\u{303}'),
    ('.', '\u{323}'),
];

/// Which mark of quality a sign is on a letter.
fn quality(letter: char, sign: char) -> Option<char> {
    match (letter.to_ascii_lowercase(), sign) {
        ('a', '(') => Some(BREVE),
        ('a' | 'e' | 'o', '^') => Some(CIRCUMFLEX),
        ('o' | 'u', '+') => Some(HORN),
        _ => None,
    }
}

fn is_vowel(c: char) -> bool {
    matches!(c.to_ascii_lowercase(), 'a' | 'e' | 'i' | 'o' | 'u' | 'y')
}

pub fn decode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '\\' {
            // Only before a sign that would mean a mark, or before itself.
            match chars.next_if(|next| is_sign(*next) || matches!(next, '\\' | 'd' | 'D')) {
                Some(sign) => out.push(sign),
                None => out.push(c),
            }
            continue;
        }
        if matches!(c, 'd' | 'D') && chars.next_if(|next| next.eq_ignore_ascii_case(&'d')).is_some() {
            out.push(if c == 'D' { 'Đ' } else { 'đ' });
            continue;
        }
        out.push(c);
        if !is_vowel(c) {
            continue;
        }
        if let Some(mark) = chars.peek().and_then(|sign| quality(c, *sign)) {
            chars.next();
            out.push(mark);
        }
        if let Some((_, mark)) = chars
            .peek()
            .and_then(|sign| TONES.iter().find(|(s, _)| s == sign))
        {
            chars.next();
            out.push(*mark);
        }
    }
    out.nfc().collect()
}

fn is_sign(c: char) -> bool {
    "(^+'`?~.".contains(c)
}

pub fn encode(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            'đ' => out.push_str("dd"),
            'Đ' => out.push_str("DD"),
            '\\' => out.push_str("\\\\"),
            // A sign after a vowel, or a d before another, would be taken for a mark.
            c if is_sign(c) && out.chars().last().is_some_and(|l| is_vowel(l) || is_sign(l)) => {
                out.extend(['\\', c]);
            }
            'd' | 'D' if chars.peek().is_some_and(|next| "dDđĐ".contains(*next)) => out.extend(['\\', c]),
            c if c.is_ascii() => out.push(c),
            c => {
                let mut parts = std::iter::once(c).nfd();
                let letter = parts.next().filter(|l| is_vowel(*l))?;
                out.push(letter);
                let (mut mark, mut tone) = (None, None);
                for part in parts {
                    match TONES.iter().find(|(_, m)| *m == part) {
                        Some((sign, _)) => tone = Some(*sign),
                        None => {
                            mark = ['(', '^', '+']
                                .into_iter()
                                .find(|sign| quality(letter, *sign) == Some(part));
                            mark?;
                        }
                    }
                }
                out.extend(mark.into_iter().chain(tone));
            }
        }
    }
    Some(out)
}
