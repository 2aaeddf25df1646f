//! TCVN 5712:1993: one code a letter. Codes from 0xA1 on; those below are capitals with tones that no Windows font has.

/// The letters of the codes 0xA1 to 0xFF; `.` where there is none (0xB0 to 0xB4 are tones that stand alone).
const LETTERS: &str =
    "ĂÂÊÔƠƯĐăâêôơưđẰ.....àảãáạẲằẳẵắẴẮẦẨẪẤỀặầẩẫấậèỂẻẽéẹềểễếệìỉỄẾỒĩíịòỔỏõóọồổỗốộờởỡớợùỖủũúụừửữứựỳỷỹýỵỐ";
const FIRST: u32 = 0xa1;

pub fn decode(text: &str) -> String {
    text.chars().map(letter).collect()
}

/// The letter of a code; what is none stays.
pub fn letter(code: char) -> char {
    let code = as_code(code);
    let letter = u32::from(code)
        .checked_sub(FIRST)
        .and_then(|at| LETTERS.chars().nth(at as usize));
    letter.filter(|l| *l != '.').unwrap_or(code)
}

/// Some fonts name a code by a sign that only looks like it.
fn as_code(c: char) -> char {
    match c {
        // Soft hyphen: a hyphen, a minus.
        '\u{2010}' | '\u{2011}' | '\u{2212}' => '\u{ad}',
        '\u{2219}' => '\u{b7}',
        '\u{3bc}' => '\u{b5}',
        c => c,
    }
}

pub fn encode(text: &str) -> Option<String> {
    text.chars().map(code).collect()
}

/// The code of a letter, as a character of Latin-1; `None` for what has none.
fn code(letter: char) -> Option<char> {
    if letter.is_ascii() {
        return Some(letter);
    }
    let at = LETTERS.chars().position(|l| l == letter)?;
    char::from_u32(FIRST + at as u32)
}
