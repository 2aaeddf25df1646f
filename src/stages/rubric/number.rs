//! Numbering as Vietnamese decisions write it: `A`, `I`, `1`, `1.1`, `a)`, `I.1`.

/// One part between two dots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Part {
    Capital(char),
    Roman(u16),
    Arabic(u16),
    Small(char),
}

/// A number of a criterion. Its level says what may stand above it: letters over Roman numbers
/// over Arabic ones over small letters.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Numbering {
    parts: Vec<Part>,
    /// A letter with its number behind it, and no dot between: `a1.2`, as forms of conduct count.
    glued: bool,
    /// As written, without closing dot or bracket.
    pub text: String,
}

/// Letters that a number may follow without a dot. Others are too like digits: a misread `11` is no `l1`.
const HEADS_A_LIST: [char; 14] = [
    'a', 'b', 'c', 'd', 'đ', 'e', 'A', 'B', 'C', 'D', 'Đ', 'E', 'F', 'H',
];
/// The small letters in the order that lists use; `đ` and `f` may each be left out.
const SMALL: &str = "abcdđeghiklmnopqrstuvxy";

impl Part {
    fn parse(text: &str) -> Option<Self> {
        if let Some(value) = roman_value(text) {
            return Some(Self::Roman(value));
        }
        if !text.is_empty() && text.len() <= 3 && text.bytes().all(|b| b.is_ascii_digit()) {
            return text.parse().ok().filter(|n| *n <= 200).map(Self::Arabic);
        }
        let mut chars = text.chars();
        match (chars.next(), chars.next()) {
            (Some(c), None) if c.is_ascii_uppercase() || c == 'Đ' => Some(Self::Capital(c)),
            (Some(c), None) if c.is_ascii_lowercase() || c == 'đ' => Some(Self::Small(c)),
            _ => None,
        }
    }

    fn text(self) -> String {
        match self {
            Self::Capital(c) | Self::Small(c) => c.to_string(),
            Self::Roman(n) => roman_text(n),
            Self::Arabic(n) => n.to_string(),
        }
    }

    /// What may come next in a list: after `d` both `đ` and `e` are usual.
    fn next(self) -> Vec<Self> {
        match self {
            Self::Roman(n) => vec![Self::Roman(n + 1)],
            Self::Arabic(n) => vec![Self::Arabic(n + 1)],
            Self::Capital(c) => letter_after(c.to_lowercase().next().unwrap_or(c))
                .into_iter()
                .filter_map(|c| c.to_uppercase().next())
                .map(Self::Capital)
                .collect(),
            Self::Small(c) => letter_after(c).into_iter().map(Self::Small).collect(),
        }
    }

    /// Its place in its list, from 1.
    fn ordinal(self) -> u16 {
        match self {
            Self::Roman(n) | Self::Arabic(n) => n,
            Self::Capital(c) | Self::Small(c) => {
                let small = c.to_lowercase().next().unwrap_or(c);
                SMALL
                    .chars()
                    .position(|s| s == small)
                    .map_or(1, |at| at as u16 + 1)
            }
        }
    }
}

fn letter_after(c: char) -> Vec<char> {
    let mut next: Vec<char> = SMALL.chars().skip_while(|s| *s != c).skip(1).take(1).collect();
    match c {
        'd' => next.push('e'),
        'e' => next.push('f'),
        'f' => next.push('g'),
        'i' => next.push('j'),
        _ => {}
    }
    next
}

impl Numbering {
    /// Reads `1.`, `(2)`, `I`, `a)`, `1.1.`, `Mục II`; `None` for anything that is no number of a list.
    pub fn parse(text: &str) -> Option<Self> {
        let text = strip_lead(text.trim());
        let text = text.trim_matches(|c: char| matches!(c, '.' | ')' | '(' | ':' | '/') || c.is_whitespace());
        if text.is_empty() || text.chars().count() > 12 {
            return None;
        }
        let (glued, dotted) = match text.char_indices().nth(1) {
            Some((at, digit)) if digit.is_ascii_digit() && text.starts_with(HEADS_A_LIST) => {
                (true, format!("{}.{}", &text[..at], &text[at..]))
            }
            _ => (false, text.to_owned()),
        };
        let parts: Vec<Part> = dotted
            .split('.')
            .map(|part| Part::parse(part.trim()))
            .collect::<Option<_>>()?;
        let ordered = parts
            .iter()
            .skip(1)
            .all(|p| matches!(p, Part::Arabic(_) | Part::Small(_)))
            || matches!(parts.as_slice(), [Part::Capital(_), Part::Roman(_), rest @ ..] if rest.iter().all(|p| matches!(p, Part::Arabic(_))));
        ordered.then(|| Self::of(parts, glued))
    }

    fn of(parts: Vec<Part>, glued: bool) -> Self {
        let mut text = parts.iter().map(|p| p.text()).collect::<Vec<_>>().join(".");
        if glued {
            text = text.replacen('.', "", 1);
        }
        Self { parts, glued, text }
    }

    /// What stands above what: 0 letters, 1 Roman, 2 `1`, 3 `1.1`, … 9 small letters.
    pub fn level(&self) -> u8 {
        match (self.parts.first(), self.parts.last()) {
            (_, Some(Part::Small(_))) => 9,
            (_, Some(Part::Roman(_))) => 1,
            (_, Some(Part::Capital(_))) | (None, _) | (_, None) => 0,
            (_, Some(Part::Arabic(_))) => {
                let depth = self.parts.iter().filter(|p| matches!(p, Part::Arabic(_))).count();
                2 + u8::try_from(depth - 1).unwrap_or(6).min(6)
            }
        }
    }

    /// The place in its own list, from 1.
    pub fn ordinal(&self) -> u16 {
        self.parts.last().map_or(0, |p| p.ordinal())
    }

    /// True for a Roman number or a capital letter.
    pub fn heads_a_section(&self) -> bool {
        matches!(self.parts.as_slice(), [Part::Roman(_) | Part::Capital(_)])
    }

    /// True when both count in the same list: `1.2` and `1.5`, `II` and `IV`.
    pub fn is_in_list_of(&self, other: &Self) -> bool {
        let kind = |n: &Self| n.parts.last().map(std::mem::discriminant);
        self.parts.len() == other.parts.len()
            && kind(self) == kind(other)
            && self.parts[..self.parts.len() - 1] == other.parts[..other.parts.len() - 1]
    }

    /// True when the number itself names `parent` as what it stands under: `1.2` under `1`.
    pub fn extends(&self, parent: &Self) -> bool {
        self.parts.len() > parent.parts.len() && self.parts.starts_with(&parent.parts)
    }

    /// True when it is one part only, so that it says nothing of what it stands under.
    pub fn is_plain(&self) -> bool {
        self.parts.len() == 1
    }

    /// The numbers that may follow in the same list.
    pub fn next(&self) -> Vec<Self> {
        let Some((last, head)) = self.parts.split_last() else {
            return Vec::new();
        };
        last.next()
            .into_iter()
            .map(|part| Self::of(head.iter().copied().chain([part]).collect(), self.glued))
            .collect()
    }

    /// The numbers that may open a list under this one.
    pub fn first_below(&self) -> Vec<Self> {
        let dotted = Self::of(
            self.parts.iter().copied().chain([Part::Arabic(1)]).collect(),
            self.glued,
        );
        let plain = |part| Self::of(vec![part], false);
        match self.parts.last() {
            Some(Part::Capital(_)) => vec![plain(Part::Roman(1)), plain(Part::Arabic(1)), dotted],
            Some(Part::Roman(_)) => vec![plain(Part::Arabic(1)), dotted],
            Some(Part::Arabic(_)) => vec![dotted, plain(Part::Small('a'))],
            Some(Part::Small(_)) | None => Vec::new(),
        }
    }

    /// The numbers that may open a table.
    pub fn first_of_all() -> Vec<Self> {
        [Part::Capital('A'), Part::Roman(1), Part::Arabic(1)]
            .map(|p| Self::of(vec![p], false))
            .to_vec()
    }
}

/// Leaves out a word before the number: `Mục II`, `Phần A`, `Tiêu chí 3`.
fn strip_lead(text: &str) -> &str {
    let words = ["phan", "muc", "nhom", "tieu chi", "dieu", "cau", "tc", "bang"];
    let folded = crate::domain::fold_aligned(text);
    words
        .iter()
        .find_map(|word| {
            let rest = folded.strip_prefix(word)?;
            rest.starts_with([' ', '.']).then_some(())?;
            let at = text.char_indices().nth(word.chars().count())?.0;
            Some(text[at..].trim_start_matches(['.', ' ']))
        })
        .unwrap_or(text)
}

fn roman_value(text: &str) -> Option<u16> {
    let value = |c| match c {
        'I' => Some(1),
        'V' => Some(5),
        'X' => Some(10),
        _ => None,
    };
    let digits: Vec<u16> = text.chars().map(value).collect::<Option<_>>()?;
    let total = digits.iter().enumerate().fold(0i32, |sum, (i, d)| {
        let smaller = digits.get(i + 1).is_some_and(|next| next > d);
        if smaller {
            sum - i32::from(*d)
        } else {
            sum + i32::from(*d)
        }
    });
    let total = u16::try_from(total).ok().filter(|n| (1..40).contains(n))?;
    (roman_text(total) == text).then_some(total)
}

fn roman_text(mut n: u16) -> String {
    let steps = [(10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")];
    let mut text = String::new();
    for (value, sign) in steps {
        while n >= value {
            text.push_str(sign);
            n -= value;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_lists_are_read_with_their_level() {
        let check = |text: &str, expect: Option<(&str, u8)>| {
            let got = Numbering::parse(text);
            assert_eq!(
                got.as_ref().map(|n| (n.text.as_str(), n.level())),
                expect,
                "{text:?}"
            );
        };
        check("A", Some(("A", 0)));
        check("I", Some(("I", 1)));
        check("XIV.", Some(("XIV", 1)));
        check("1", Some(("1", 2)));
        check("1.", Some(("1", 2)));
        check("(12)", Some(("12", 2)));
        check("1.1", Some(("1.1", 3)));
        check("3.10.", Some(("3.10", 3)));
        check("1.1.2", Some(("1.1.2", 4)));
        check("a)", Some(("a", 9)));
        check("đ)", Some(("đ", 9)));
        check("I.1", Some(("I.1", 2)));
        check("A.II", Some(("A.II", 1)));
        check("Mục II", Some(("II", 1)));
        check("IIII", None);
        check("-", None);
        check("", None);
        check("2024", None);
        check("1,5 điểm", None);
        check("Có", None);
    }

    #[test]
    fn lists_go_on_and_open_below() {
        let check = |text: &str, next: &[&str], below: &[&str]| {
            let n = Numbering::parse(text).expect("a number");
            let texts = |all: Vec<Numbering>| all.into_iter().map(|n| n.text).collect::<Vec<_>>();
            assert_eq!(texts(n.next()), next, "after {text}");
            assert_eq!(texts(n.first_below()), below, "under {text}");
        };
        check("I", &["II"], &["1", "I.1"]);
        check("9", &["10"], &["9.1", "a"]);
        check("1.9", &["1.10"], &["1.9.1", "a"]);
        check("d", &["đ", "e"], &[]);
        check("A", &["B"], &["I", "1", "A.1"]);
    }

    #[test]
    fn a_dotted_number_names_its_parent() {
        let n = |text| Numbering::parse(text).expect("a number");
        assert!(n("1.2").extends(&n("1")));
        assert!(!n("1.2").extends(&n("2")));
        assert!(n("1.2").is_in_list_of(&n("1.5")));
        assert!(!n("1.2").is_in_list_of(&n("2.5")));
    }
}
