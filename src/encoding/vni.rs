//! VNI for Windows: a letter, then one code for all marks on it; a few letters have codes of their own.

/// Codes that are letters by themselves.
const ALONE: [(char, char); 9] = [
    ('ô', 'ơ'),
    ('ö', 'ư'),
    ('ñ', 'đ'),
    ('ì', 'ì'),
    ('í', 'í'),
    ('æ', 'ỉ'),
    ('ó', 'ĩ'),
    ('ò', 'ị'),
    ('î', 'ỵ'),
];
/// For each mark code: the letters that it may follow, and what they become, in the same order.
const MARKS: [(char, &str, &str); 17] = [
    ('ø', "aeouyôö", "àèòùỳờừ"),
    ('ù', "aeouyôö", "áéóúýớứ"),
    ('û', "aeouyôö", "ảẻỏủỷởử"),
    ('õ', "aeouyôö", "ãẽõũỹỡữ"),
    ('ï', "aeouôö", "ạẹọụợự"),
    ('â', "aeo", "âêô"),
    ('à', "aeo", "ầềồ"),
    ('á', "aeo", "ấếố"),
    ('å', "aeo", "ẩểổ"),
    ('ã', "aeo", "ẫễỗ"),
    ('ä', "aeo", "ậệộ"),
    ('ê', "a", "ă"),
    ('è', "a", "ằ"),
    ('é', "a", "ắ"),
    ('ú', "a", "ẳ"),
    ('ü', "a", "ẵ"),
    ('ë', "a", "ặ"),
];

pub fn decode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let marked = chars.peek().and_then(|mark| marked(small(c), small(*mark)));
        let letter = match marked {
            Some(letter) => {
                chars.next();
                letter
            }
            None => alone(small(c)).unwrap_or(small(c)),
        };
        // What is no letter of the encoding keeps the form it had.
        if marked.is_none() && alone(small(c)).is_none() {
            out.push(c);
        } else {
            out.extend(cased(letter, c));
        }
    }
    out
}

pub fn encode(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii() {
            out.push(c);
            continue;
        }
        let letter = small(c);
        if let Some((code, _)) = ALONE.iter().find(|(_, l)| *l == letter) {
            out.extend(cased(*code, c));
            continue;
        }
        let (mark, base) = MARKS.iter().find_map(|(mark, bases, letters)| {
            let at = letters.chars().position(|l| l == letter)?;
            Some((*mark, bases.chars().nth(at)?))
        })?;
        out.extend(cased(base, c).into_iter().chain(cased(mark, c)));
    }
    Some(out)
}

fn marked(base: char, mark: char) -> Option<char> {
    let (_, bases, letters) = MARKS.iter().find(|(m, ..)| *m == mark)?;
    let at = bases.chars().position(|b| b == base)?;
    letters.chars().nth(at)
}

fn alone(code: char) -> Option<char> {
    ALONE.iter().find(|(c, _)| *c == code).map(|(_, letter)| *letter)
}

fn small(c: char) -> char {
    c.to_lowercase().next().unwrap_or(c)
}

/// `letter` in the case of `like`.
fn cased(letter: char, like: char) -> Option<char> {
    if like.is_uppercase() {
        letter.to_uppercase().next()
    } else {
        Some(letter)
    }
}
