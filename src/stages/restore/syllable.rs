//! What a Vietnamese syllable can be: onset, rime and tone, and how its letters carry them.

use std::collections::HashSet;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The five written tones, as combining marks: grave, acute, tilde, hook above, dot below.
const TONES: [char; 5] = ['\u{300}', '\u{301}', '\u{303}', '\u{309}', '\u{323}'];

const ONSETS: [&str; 28] = [
    "ngh", "ng", "nh", "gh", "gi", "ch", "kh", "ph", "qu", "th", "tr", "b", "c", "d", "đ", "g", "h", "k",
    "l", "m", "n", "p", "r", "s", "t", "v", "x", "",
];

/// Every rime of the standard spelling, without its tone.
const RIMES: &str = "a ai ao au ay ac ach am an ang anh ap at ăc ăm ăn ăng ăp ăt âc âm ân âng âp ât âu ây \
e ec em en eng eo ep et ê êch êm ên ênh êp êt êu i ia ich im in inh ip it iu iêc iêm iên iêng iêp iêt iêu \
y yêm yên yêt yêu o oa oac oach oai oam oan oang oanh oao oap oat oay oăc oăm oăn oăng oăt oe oen oeo oet \
oc oi om on ong ooc oong op ot ô ôc ôi ôm ôn ông ôp ôt ơ ơi ơm ơn ơp ơt u ua uc ui um un ung up ut \
uân uâng uât uây uê uêch uênh uôc uôi uôm uôn uông uôt uơ uy uya uych uyn uynh uyp uyt uyu uyên uyêt \
ư ưa ưc ưi ưng ưt ưu ươc ươi ươm ươn ương ươp ươt ươu";

/// Rimes that stand after `qu`.
const RIMES_AFTER_QU: &str = "a ai ao au ay ac ach an ang anh at ăc ăn ăng ăp ăt ân âng ât ây e en eo et ê ên ênh êt \
êch i it ich inh y ych yt ynh yên yêt ơ ôc";

static RIME_SET: LazyLock<HashSet<&str>> = LazyLock::new(|| RIMES.split_whitespace().collect());
static BARE_RIMES: LazyLock<HashSet<String>> = LazyLock::new(|| {
    RIMES
        .split_whitespace()
        .chain(RIMES_AFTER_QU.split_whitespace())
        .map(bare)
        .collect()
});
static QU_SET: LazyLock<HashSet<&str>> = LazyLock::new(|| RIMES_AFTER_QU.split_whitespace().collect());

/// A word taken apart: lower-case letters without tone mark (but with ă â ê ô ơ ư đ), and the tone.
fn split_tone(word: &str) -> (String, Option<char>) {
    if word.is_ascii() {
        return (word.to_ascii_lowercase(), None);
    }
    let mut tone = None;
    let letters: String = word
        .to_lowercase()
        .nfd()
        .filter(|c| {
            let is_tone = TONES.contains(c);
            if is_tone {
                tone = Some(*c);
            }
            !is_tone
        })
        .nfc()
        .collect();
    (letters, tone)
}

/// The marks of a word: its letters in lower case with ă â ê ô ơ ư đ but no tone, and the tone's combining mark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marks {
    pub letters: String,
    pub tone: Option<char>,
}

/// Takes a word's marks apart.
pub fn marks(word: &str) -> Marks {
    let (letters, tone) = split_tone(word);
    Marks { letters, tone }
}

/// True for letters that some marks make a possible syllable: `PIEM`, `thuong`; not `UBND`, `iOffice`.
pub fn is_possible_bare(word: &str) -> bool {
    let word = bare(word).to_lowercase();
    ONSETS.iter().any(|onset| {
        let onset = bare(onset);
        word.strip_prefix(&onset)
            .is_some_and(|rime| BARE_RIMES.contains(rime))
    })
}

/// True for a possible syllable of Vietnamese, in any case: `nghiêng`, `ĐIỂM`, `của`; not `nghêng`, `cộg`, `email`.
pub fn is_possible(word: &str) -> bool {
    let tones = word.nfd().filter(|c| TONES.contains(c)).count();
    if tones > 1 {
        return false;
    }
    let (letters, tone) = split_tone(word);
    ONSETS.iter().any(|onset| {
        letters
            .strip_prefix(onset)
            .is_some_and(|rime| fits(onset, rime) && tone_fits(rime, tone))
    })
}

fn fits(onset: &str, rime: &str) -> bool {
    let front = rime.starts_with(['e', 'ê', 'i', 'y']);
    match onset {
        "qu" => return QU_SET.contains(rime),
        // `gi` gives its i to the rime: gì, gìn, giếng.
        "gi" => return RIME_SET.contains(rime) && !rime.starts_with(['i', 'y']),
        "g" if rime.starts_with('i') => return matches!(rime, "i" | "in" | "iêng" | "iêt"),
        "g" | "ng" | "c" if front => return false,
        "gh" | "ngh" | "k" if !front => return false,
        // A rime with yê begins its syllable.
        "" => return RIME_SET.contains(rime) && !rime.starts_with("iê"),
        _ => {}
    }
    RIME_SET.contains(rime) && (onset.is_empty() || !rime.starts_with("yê"))
}

/// A rime closed by a stop has the sharp or the heavy tone.
fn tone_fits(rime: &str, tone: Option<char>) -> bool {
    let stopped = rime.ends_with(['c', 'p', 't']) || rime.ends_with("ch");
    !stopped || matches!(tone, Some('\u{301}' | '\u{323}'))
}

/// The one lower-case spelling that a syllable is looked up by: NFC, tone mark where official writing puts it
/// (`hòa`, `thủy`, not `hoà`, `thuỷ`). Anything that is no syllable only becomes lower case and NFC.
pub fn canonical(word: &str) -> String {
    let (letters, tone) = split_tone(word);
    let Some(tone) = tone else { return letters };
    let tones = word.nfd().filter(|c| TONES.contains(c)).count();
    let Some(place) = tone_place(&letters).filter(|_| tones == 1) else {
        return word.to_lowercase().nfc().collect();
    };
    let mut marked = String::with_capacity(letters.len() + 4);
    for (i, c) in letters.chars().enumerate() {
        marked.push(c);
        if i == place {
            marked.push(tone);
        }
    }
    marked.nfc().collect()
}

/// Which letter of a toneless syllable carries the tone, counted in characters.
fn tone_place(letters: &str) -> Option<usize> {
    let chars: Vec<char> = letters.chars().collect();
    let mut first = chars.iter().position(|&c| is_vowel(c))?;
    let last = chars.iter().rposition(|&c| is_vowel(c))?;
    let glide = first > 0 && matches!((chars[first - 1], chars[first]), ('q', 'u') | ('g', 'i'));
    if glide && first < last {
        first += 1;
    }
    if let Some(marked) = (first..=last).rev().find(|&i| "ăâêôơư".contains(chars[i])) {
        return Some(marked);
    }
    let closed = last + 1 < chars.len();
    Some(match (last - first, closed) {
        (0, _) => first,
        (_, true) => last,
        (1, false) => first,
        _ => first + 1,
    })
}

fn is_vowel(c: char) -> bool {
    "aăâeêioôơuưy".contains(c)
}

/// The letters without any mark: `Điểm` gives `Diem`. Case is kept.
pub fn bare(word: &str) -> String {
    word.chars().map(bare_char).collect()
}

/// Where the letters of Latin scripts end.
const LATIN_END: u32 = 0x1f00;

/// Every letter of Latin scripts without its marks, by its number.
static BARE: LazyLock<Vec<char>> = LazyLock::new(|| {
    let letters = (0..LATIN_END).map(|code| char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
    letters.map(unmarked).collect()
});

/// A letter without its marks; `đ` gives `d`. Other characters are kept.
pub fn bare_char(c: char) -> char {
    match c {
        c if c.is_ascii() => c,
        c => BARE.get(c as usize).copied().unwrap_or_else(|| unmarked(c)),
    }
}

fn unmarked(c: char) -> char {
    match c {
        'đ' => 'd',
        'Đ' => 'D',
        c => std::iter::once(c)
            .nfd()
            .find(|c| !is_combining_mark(*c))
            .unwrap_or(c),
    }
}

/// True for letters that only Vietnamese has among the languages an office OCR knows: ă ơ ư đ and every letter with two marks,
/// a hook above or a dot below. One of them shows that whoever wrote the text knew Vietnamese.
pub fn is_vietnamese_only(c: char) -> bool {
    matches!(
        c.to_lowercase().next().unwrap_or(c),
        'ă' | 'đ' | 'ơ' | 'ư' | '\u{1ea0}'..='\u{1ef9}'
    )
}

/// How a word uses capitals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CasePattern {
    Lower,
    /// `Điểm`
    Title,
    /// `ĐIỂM`
    Upper,
}

impl CasePattern {
    /// The pattern that a word, perhaps misread, was most likely written in.
    pub fn of(word: &str) -> Self {
        let letters: Vec<char> = word.chars().filter(|c| c.is_alphabetic()).collect();
        let upper = letters.iter().filter(|c| c.is_uppercase()).count();
        match letters.first() {
            Some(_) if upper >= 2 && upper * 3 >= letters.len() * 2 => Self::Upper,
            Some(first) if first.is_uppercase() => Self::Title,
            _ => Self::Lower,
        }
    }

    /// `word`, given in lower case, written in this pattern.
    pub fn apply(self, word: &str) -> String {
        match self {
            Self::Lower => word.to_owned(),
            Self::Upper => word.to_uppercase(),
            Self::Title => {
                let mut chars = word.chars();
                chars
                    .next()
                    .map_or_else(String::new, |c| c.to_uppercase().chain(chars).collect())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grammar_knows_syllables() {
        let yes = "của nghiêng ĐIỂM Thưởng quyển quốc giếng gì giữa yêu huỳnh khuya thuở ươm nghỉ kế quý xoong ý a ơ";
        for word in yes.split(' ') {
            assert!(is_possible(word), "{word}");
        }
        let no = "nghêng cộg email iOffice thr ciia ngê kó cê phưong các̃ mat hoc thuoc x 2024 điêm̉̉";
        for word in no.split(' ') {
            assert!(!is_possible(word), "{word}");
        }
    }

    #[test]
    fn one_spelling_a_syllable() {
        let check = |word: &str, expect: &str| assert_eq!(canonical(word), expect, "{word}");
        check("hoà", "hòa");
        check("Hóa", "hóa");
        check("thuỷ", "thủy");
        check("hoàn", "hoàn");
        check("quý", "quý");
        check("qúy", "quý");
        check("già", "già");
        check("gìn", "gìn");
        check("gì", "gì");
        check("ngoài", "ngoài");
        check("đường", "đường");
        check("nghĩa", "nghĩa");
        check("KHUYẾN", "khuyến");
        check("Email", "email");
        check("te\u{302}\u{309}", "tể");
    }

    #[test]
    fn marks_come_off() {
        assert_eq!(bare("Đường Lối ưu"), "Duong Loi uu");
        assert_eq!(bare("ắẵậ"), "aaa");
    }

    #[test]
    fn case_goes_and_comes_back() {
        for word in ["điểm", "Điểm", "ĐIỂM"] {
            assert_eq!(CasePattern::of(word).apply(&word.to_lowercase()), word);
        }
        assert_eq!(CasePattern::of("PDIEM"), CasePattern::Upper);
        assert_eq!(CasePattern::of("(Ing"), CasePattern::Title);
        assert_eq!(CasePattern::of("chUc"), CasePattern::Lower);
    }
}
