use std::collections::HashSet;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;

/// Onsets as written; none is the empty one.
const ONSETS: &[&str] = &[
    "", "b", "c", "ch", "d", "đ", "g", "gh", "gi", "h", "k", "kh", "l", "m", "n", "ng", "ngh", "nh", "p",
    "ph", "qu", "r", "s", "t", "th", "tr", "v", "x",
];

/// Rimes without their tone, by vowel.
const RIMES: &str = "\
    a ac ach ai am an ang anh ao ap at au ay ăc ăm ăn ăng ăp ăt âc âm ân âng âp ât âu ây \
    e ec em en eng eo ep et ê êch êm ên ênh êp êt êu \
    i ia ich im in inh ip it iu iêc iêm iên iêng iêp iêt iêu \
    o oc oi om on ong op ot oa oac oach oai oam oan oang oanh oao oap oat oay oăc oăm oăn oăng oăt oe oem oen oeo \
    oet oong ooc ô ôc ôi ôm ôn ông ôp ôt ơ ơi ơm ơn ơp ơt \
    u ua uc ui um un ung up ut uân uâng uât uây uê uêch uên uênh uêt uơ ui uôc uôi uôm uôn uông uôt \
    uy uya uych uyn uynh uyt uyp uyu uyên uyêt \
    ư ưa ưc ưi ưm ưn ưng ưt ưu ươc ươi ươm ươn ương ươp ươt ươu \
    y yêm yên yêng yêt yêu";

/// Rimes that stand only after `qu`, written as after `q` + `u`.
const AFTER_QU: &str = "y ynh ych yt yên yêt yêu ên";

static KNOWN_RIMES: LazyLock<HashSet<&str>> = LazyLock::new(|| RIMES.split_whitespace().collect());
static KNOWN_AFTER_QU: LazyLock<HashSet<&str>> = LazyLock::new(|| AFTER_QU.split_whitespace().collect());

/// A tone of Vietnamese; level has no mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tone {
    Level,
    /// Sắc and nặng: the only two that a rime closed by c, ch, p or t can bear.
    Checked,
    Open,
}

/// True when `word` (any case, NFC or NFD) is a syllable that Vietnamese spelling allows, said or not:
/// onset + rime + tone. `nghiêng`, `Quyết`, `hoà` and `hòa` are; `vvith`, `phưong`, `ngiêng`, `hạch̃` are not.
pub fn is_syllable(word: &str) -> bool {
    let Some((plain, tone)) = without_tone(word) else {
        return false;
    };
    ONSETS
        .iter()
        .filter_map(|onset| Some((*onset, plain.strip_prefix(onset)?)))
        .any(|(onset, rime)| {
            let stopped = ["c", "ch", "p", "t"].iter().any(|end| rime.ends_with(end));
            fits(onset, rime) && (!stopped || tone == Tone::Checked)
        })
}

/// Like [`is_syllable`], for words that may have lost their marks: `nghieng`, `Quyet`, `dia`.
pub fn is_bare_syllable(word: &str) -> bool {
    static BARE_RIMES: LazyLock<HashSet<String>> = LazyLock::new(|| {
        RIMES
            .split_whitespace()
            .chain(AFTER_QU.split_whitespace())
            .map(bare)
            .collect()
    });
    let plain = bare(word);
    ONSETS
        .iter()
        .filter_map(|onset| plain.strip_prefix(onset))
        .any(|rime| BARE_RIMES.contains(rime))
        || (plain.starts_with("gi") && (plain == "gi" || BARE_RIMES.contains(&plain[1..])))
}

/// True when the word carries a letter or a tone that only Vietnamese marks: ă â đ ê ô ơ ư or one of the five tones.
pub fn is_marked(word: &str) -> bool {
    word.chars().flat_map(char::to_lowercase).any(|c| {
        matches!(c, 'đ' | 'ă' | 'â' | 'ê' | 'ô' | 'ơ' | 'ư')
            || !c.is_ascii() && bare_letter(c).is_some_and(|b| b != c)
    })
}

/// Lower case, without any mark, đ as d.
fn bare(word: &str) -> String {
    word.nfd()
        .flat_map(char::to_lowercase)
        .filter(|c| !unicode_normalization::char::is_combining_mark(*c))
        .map(|c| if c == 'đ' || c == 'ð' { 'd' } else { c })
        .collect()
}

/// The letter under a Vietnamese mark; `None` when the mark is none of Vietnamese.
fn bare_letter(c: char) -> Option<char> {
    let mut parts = std::iter::once(c).nfd();
    let letter = parts.next()?;
    let vietnamese = |m: char| {
        matches!(
            m,
            '\u{300}' | '\u{301}' | '\u{302}' | '\u{303}' | '\u{306}' | '\u{309}' | '\u{31b}' | '\u{323}'
        )
    };
    (matches!(letter.to_ascii_lowercase(), 'a' | 'e' | 'i' | 'o' | 'u' | 'y') && parts.all(vietnamese))
        .then_some(letter)
}

/// Lower case, vowels with their own marks but no tone; `None` with two tones or a sign that is no letter.
fn without_tone(word: &str) -> Option<(String, Tone)> {
    let mut tone = Tone::Level;
    let mut plain = String::with_capacity(word.len());
    for c in word.nfd() {
        let found = match c {
            '\u{301}' | '\u{323}' => Tone::Checked,
            '\u{300}' | '\u{303}' | '\u{309}' => Tone::Open,
            c if c.is_alphabetic() || matches!(c, '\u{302}' | '\u{306}' | '\u{31b}') => {
                plain.extend(c.to_lowercase());
                continue;
            }
            _ => return None,
        };
        if tone != Tone::Level {
            return None;
        }
        tone = found;
    }
    Some((plain.nfc().collect(), tone))
}

fn fits(onset: &str, rime: &str) -> bool {
    // `gì`, `gìn`, `giêng`: the i of the onset is the rime's own.
    if onset == "gi" && (rime.is_empty() || rime == "n" || rime.starts_with('ê')) {
        return rime.is_empty() || rime == "n" || KNOWN_RIMES.contains(format!("i{rime}").as_str());
    }
    if onset == "qu" {
        return KNOWN_AFTER_QU.contains(rime)
            || (KNOWN_RIMES.contains(rime) && !rime.starts_with(['o', 'u', 'ư', 'ô']))
            || rime == "ôc";
    }
    let front = rime.starts_with(['e', 'ê', 'i', 'y']);
    let spelled = match onset {
        "c" | "g" | "ng" => !front,
        "k" | "gh" | "ngh" => front,
        _ => true,
    };
    // `yê` opens a syllable, `iê` follows an onset.
    let opening = if onset.is_empty() {
        !rime.starts_with("iê")
    } else {
        !rime.starts_with("yê")
    };
    spelled && opening && KNOWN_RIMES.contains(rime)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn syllables_are_told_from_what_vietnamese_cannot_spell() {
        let check = |words: &str, expect: bool| {
            for word in words.split_whitespace() {
                assert_eq!(is_syllable(word), expect, "{word}");
            }
        };
        check(
            "cộng hòa hoà xã hội chủ nghĩa Việt Nam độc lập tự do hạnh phúc",
            true,
        );
        check(
            "QUYẾT ĐỊNH quy quýt quỳnh quốc quần quen quên quy uỷ ủy khuỷu nguyên thuở",
            true,
        );
        check(
            "gì gìn giếng giữ giêng già giết ghi nghiêng nghề ý yêu yên yếu ước ương kỳ ký kĩ",
            true,
        );
        check(
            "huyện tuyên truyền khuyết xoong loạt oái ăn âm êm ơn thưởng khen khích rượu",
            true,
        );
        check(
            "vvith phưong duong chuc nghành ngiệm ka cê ngiêng iêu of with and",
            false,
        );
        check("học̃ hoc tât cach thưc Wien đêf jazz", false);
    }

    #[test]
    fn bare_syllables_are_what_is_left_when_marks_are_lost() {
        let check = |words: &str, expect: bool| {
            for word in words.split_whitespace() {
                assert_eq!(is_bare_syllable(word), expect, "{word}");
            }
        };
        check(
            "cong hoa xa hoi chu nghia quyet dinh quoc duong khuyu giua gin yeu",
            true,
        );
        check("company service with world string", false);
    }

    #[test]
    fn marks_of_other_languages_are_not_vietnamese() {
        assert!(is_marked("Điều") && is_marked("tổng") && is_marked("ư") && is_marked("à"));
        assert!(
            !is_marked("dieu") && !is_marked("ñ") && !is_marked("ü") && !is_marked("ç") && !is_marked("1420")
        );
    }
}
