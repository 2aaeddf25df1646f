//! Vietnamese before Unicode. TCVN3 (ABC) and VNI-Windows put its letters on the codes of Western ones, so that a reader
//! who knows only Unicode sees `Céng hßa x· héi` or `Coäng hoøa xaõ hoäi`; VIQR spells the marks with punctuation.
//! Every table here is exact both ways.

mod tcvn3;
/// Text that was taken for TCVN3 when it was Unicode already.
pub mod twice;
mod viqr;
mod vni;

use unicode_normalization::UnicodeNormalization;

use crate::domain::syllable::{is_marked, is_syllable};

/// An encoding of Vietnamese that came before Unicode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// TCVN 5712:1993, as fonts named `.VnTime` have it: one code a letter.
    Tcvn3,
    /// VNI for Windows, as fonts named `VNI-Times` have it: a letter, then a code for its marks.
    Vni,
    /// RFC 1456: `Vie^.t Nam`.
    Viqr,
}

/// How a font shows the letters that a text gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Case {
    AsCoded,
    /// TCVN3 has no codes for most capitals with a tone: fonts named `.VnTimeH` show every letter as a capital.
    Capitals,
}

/// What a font of one of these encodings makes of its codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FontCoding {
    pub encoding: Encoding,
    pub case: Case,
}

impl Encoding {
    /// The name that people know it by.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tcvn3 => "TCVN3 (ABC)",
            Self::Vni => "VNI",
            Self::Viqr => "VIQR",
        }
    }

    /// Text whose codes were read as Windows-1252 -> Unicode, composed. What is no code of the encoding stays.
    pub fn decode(self, text: &str) -> String {
        match self {
            Self::Tcvn3 => tcvn3::decode(text),
            Self::Vni => vni::decode(text),
            Self::Viqr => viqr::decode(text),
        }
    }

    /// The inverse of [`Self::decode`] for composed text; `None` where the encoding has no code for a letter.
    pub fn encode(self, text: &str) -> Option<String> {
        match self {
            Self::Tcvn3 => tcvn3::encode(text),
            Self::Vni => vni::encode(text),
            Self::Viqr => viqr::encode(text),
        }
    }

    /// The encoding that makes Vietnamese of a text that is none as it stands; `None` when none does.
    pub fn of_text(text: &str) -> Option<Self> {
        if is_vietnamese(text) {
            return None;
        }
        [Self::Tcvn3, Self::Vni, Self::Viqr]
            .into_iter()
            // The other two write their marks beyond ASCII.
            .filter(|encoding| *encoding == Self::Viqr || !text.is_ascii())
            .find(|encoding| is_vietnamese(&encoding.decode(text)))
    }
}

/// Fewer words than this tell no language.
const ENOUGH: usize = 6;

/// Nearly every word a syllable, and a good part of them with marks. A foreign sign inside a word speaks against it.
fn is_vietnamese(text: &str) -> bool {
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | ':' | '(' | ')' | '"'))
        .map(|w| w.trim_end_matches(['.', '?', '!']))
        .filter(|w| w.chars().filter(|c| c.is_alphabetic()).count() >= 2)
        .filter(|w| !w.chars().any(|c| c.is_ascii_digit() || c == '/' || c == '@'))
        .collect();
    let share = |count: usize| count as f32 / words.len().max(1) as f32;
    // Marks are soon told; syllables take long.
    let marked = || words.iter().filter(|w| !w.is_ascii() && is_marked(w)).count();
    let possible = || words.iter().filter(|w| is_syllable(w)).count();
    words.len() >= ENOUGH && share(marked()) >= 0.4 && share(possible()) >= 0.8
}

impl FontCoding {
    /// From a font's name without the tag of its subset; `None` for fonts of Unicode.
    pub fn of_font(name: &str) -> Option<Self> {
        let name = name.trim_start_matches('.');
        let small = name.to_ascii_lowercase();
        let encoding = if small.starts_with("vni-") {
            Encoding::Vni
        } else if small.starts_with("vn") && small.len() > 3 && !small.starts_with("vnu") {
            Encoding::Tcvn3
        } else {
            return None;
        };
        let capitals = encoding == Encoding::Tcvn3 && family(name).ends_with('H');
        let case = if capitals { Case::Capitals } else { Case::AsCoded };
        Some(Self { encoding, case })
    }

    /// What the font shows for these codes.
    pub fn decode(self, text: &str) -> String {
        let decoded = self.encoding.decode(text);
        match self.case {
            Case::AsCoded => decoded,
            Case::Capitals => decoded.to_uppercase(),
        }
    }
}

/// A word as its fonts show it: pieces of one coding each, `None` for Unicode; composed.
///
/// The code of `ư` in TCVN3 is the soft hyphen's, and PDF calls that a hyphen: where the word is a syllable with `ư`, it
/// is one.
pub fn word(pieces: &[(Option<FontCoding>, String)]) -> String {
    let hyphens: usize = pieces
        .iter()
        .filter(|(coding, _)| coding.is_some_and(|c| c.encoding == Encoding::Tcvn3))
        .map(|(_, text)| text.matches('-').count())
        .sum();
    let plain = decoded(pieces, 0);
    if hyphens == 0 || hyphens > MOST_HYPHENS || !plain.contains(char::is_alphabetic) {
        return plain;
    }
    let is_words = |text: &String| {
        let mut parts = text
            .split(|c: char| !c.is_alphabetic())
            .filter(|part| !part.is_empty());
        parts.all(is_syllable)
    };
    // The most letters first.
    let mut choices: Vec<u32> = (1..1 << hyphens).collect();
    choices.sort_by_key(|letters| std::cmp::Reverse(letters.count_ones()));
    let mut words = choices.into_iter().map(|letters| decoded(pieces, letters));
    words.find(is_words).unwrap_or(plain)
}

/// More hyphens in a word than this are a line, not letters.
const MOST_HYPHENS: usize = 4;

/// The pieces decoded; the bits of `letters` say which hyphens of TCVN3 are `ư`.
fn decoded(pieces: &[(Option<FontCoding>, String)], letters: u32) -> String {
    let mut hyphen = 0;
    let word: String = pieces
        .iter()
        .map(|(coding, text)| match coding {
            Some(coding) if coding.encoding == Encoding::Tcvn3 => {
                let codes = text.chars().map(|c| {
                    let is_letter = c == '-' && letters >> hyphen & 1 == 1;
                    hyphen += u32::from(c == '-');
                    if is_letter { '\u{ad}' } else { c }
                });
                coding.decode(&codes.collect::<String>())
            }
            Some(coding) => coding.decode(text),
            None => text.clone(),
        })
        .collect();
    capitals(word.nfc().collect())
}

/// `CHíNH`, `NộI`: small letters among capitals are what TCVN3 has for capitals with a tone, in a font that shows them so.
fn capitals(word: String) -> String {
    let large = word.chars().filter(|c| c.is_uppercase()).count();
    let plain_small = word.chars().any(|c| c.is_ascii_lowercase());
    let small = word.chars().any(char::is_lowercase);
    let small_first = word
        .chars()
        .zip(word.chars().skip(1))
        .any(|(a, b)| a.is_lowercase() && b.is_uppercase());
    if small && !plain_small && (large >= 2 || small_first) {
        word.to_uppercase()
    } else {
        word
    }
}

/// A font's name without its style: `VnTimeH` of `VnTimeH,BoldItalic` and of `VnTimeHBold`.
fn family(name: &str) -> &str {
    let mut family = name.split([',', '-']).next().unwrap_or(name);
    while let Some(shorter) = ["Bold", "Italic", "Oblique", "Regular"]
        .iter()
        .find_map(|style| family.strip_suffix(style))
    {
        family = shorter;
    }
    family
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Every letter of Vietnamese, composed, both cases.
    fn letters() -> Vec<char> {
        let vowels = "aàáảãạăằắẳẵặâầấẩẫậeèéẻẽẹêềếểễệiìíỉĩịoòóỏõọôồốổỗộơờớởỡợuùúủũụưừứửữựyỳýỷỹỵđ";
        vowels.chars().chain(vowels.to_uppercase().chars()).collect()
    }

    fn text() -> impl Strategy<Value = String> {
        let any = prop_oneof![
            6 => proptest::sample::select(letters()),
            3 => proptest::char::range('!', '~'),
            1 => Just(' '),
        ];
        proptest::collection::vec(any, 0..60).prop_map(|chars| chars.into_iter().collect())
    }

    proptest! {
        #[test]
        fn what_is_encoded_is_decoded_again(text in text()) {
            for encoding in [Encoding::Tcvn3, Encoding::Vni, Encoding::Viqr] {
                if let Some(coded) = encoding.encode(&text) {
                    prop_assert_eq!(encoding.decode(&coded), text.clone(), "{:?} {}", encoding, coded);
                }
            }
        }
    }

    #[test]
    fn every_letter_has_its_code() {
        for letter in letters() {
            let text = letter.to_string();
            for encoding in [Encoding::Vni, Encoding::Viqr] {
                let coded = encoding.encode(&text).unwrap();
                assert_eq!(encoding.decode(&coded), text, "{encoding:?} {coded}");
            }
            // Small letters and the plain capitals have codes of their own in TCVN3, the rest a font.
            let coded = Encoding::Tcvn3.encode(&text);
            assert!(coded.is_some() || letter.is_uppercase(), "{letter}");
        }
        assert_eq!(Encoding::Vni.encode("ø"), None);
        assert_eq!(Encoding::Tcvn3.encode("Ạ"), None);
    }

    #[test]
    fn known_lines_are_decoded() {
        let check = |encoding: Encoding, coded: &str, expect: &str| {
            assert_eq!(encoding.decode(coded), expect);
        };
        check(
            Encoding::Tcvn3,
            "Céng hßa x· héi chñ nghÜa ViÖt Nam",
            "Cộng hòa xã hội chủ nghĩa Việt Nam",
        );
        check(
            Encoding::Tcvn3,
            "QuyÕt ®Þnh cña Thñ t\u{2212}íng sè 115/2004/Q§-TTg",
            "Quyết định của Thủ tướng số 115/2004/QĐ-TTg",
        );
        check(
            Encoding::Vni,
            "COÄNG HOØA XAÕ HOÄI CHUÛ NGHÓA VIEÄT NAM, Ñoäc laäp, ñöôïc, nguyeân, yeáu, kyõ",
            "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM, Độc lập, được, nguyên, yếu, kỹ",
        );
        check(
            Encoding::Viqr,
            "Co^.ng ho`a xa~ ho^.i chu? nghi~a Vie^.t Nam ddu+o+.c DDa.t",
            "Cộng hòa xã hội chủ nghĩa Việt Nam được Đạt",
        );
        check(Encoding::Viqr, "the\\^ a\\. b. 5.", "the^ a. b. 5.");
    }

    #[test]
    fn fonts_tell_their_encoding_and_case() {
        let check = |name: &str, expect: Option<(Encoding, Case)>| {
            let coding = FontCoding::of_font(name).map(|c| (c.encoding, c.case));
            assert_eq!(coding, expect, "{name}");
        };
        check(".VnTime", Some((Encoding::Tcvn3, Case::AsCoded)));
        check(".VnTimeH", Some((Encoding::Tcvn3, Case::Capitals)));
        check(".VnTimeH,BoldItalic", Some((Encoding::Tcvn3, Case::Capitals)));
        check("VnTimeHBold", Some((Encoding::Tcvn3, Case::Capitals)));
        check(".VnArial-Bold", Some((Encoding::Tcvn3, Case::AsCoded)));
        check(".Vn3DH", Some((Encoding::Tcvn3, Case::Capitals)));
        check("VNI-Times", Some((Encoding::Vni, Case::AsCoded)));
        check("VNI-Helve-Condense", Some((Encoding::Vni, Case::AsCoded)));
        check("TimesNewRomanPSMT", None);
        check("VNU-Times", None);
        check("Verdana", None);
        assert_eq!(
            FontCoding::of_font(".VnTimeH").unwrap().decode("chñ nghÜa"),
            "CHỦ NGHĨA"
        );
    }

    #[test]
    fn a_hyphen_in_a_syllable_of_tcvn3_is_a_letter() {
        let coding = FontCoding::of_font(".VnTime");
        let check = |codes: &str, expect: &str| {
            assert_eq!(word(&[(coding, codes.to_owned())]), expect);
        };
        check("ph-êng", "phường");
        check("t-", "tư");
        check("(nh-", "(như");
        check("-u", "ưu");
        check("70%-d-íi", "70%-dưới");
        check("Q§-TTg", "QĐ-TTg");
        check("-", "-");
        check("19-20", "19-20");
        check("-Cã", "-Có");
        check("CHÝNH", "CHÍNH");
        let large = FontCoding::of_font(".VnTimeH");
        assert_eq!(
            word(&[
                (coding, "Ch".to_owned()),
                (large, "ñ".to_owned()),
                (None, ".".to_owned())
            ]),
            "ChỦ."
        );
    }

    #[test]
    fn a_text_tells_its_encoding() {
        let vietnamese =
            "Căn cứ Luật Tổ chức chính quyền địa phương ngày 19 tháng 6 năm 2015, xét đề nghị của Sở";
        let check = |text: &str, expect: Option<Encoding>| {
            assert_eq!(Encoding::of_text(text), expect, "{text}");
        };
        for encoding in [Encoding::Tcvn3, Encoding::Vni, Encoding::Viqr] {
            check(&encoding.encode(vietnamese).unwrap(), Some(encoding));
        }
        check(vietnamese, None);
        check(
            "The quick brown fox jumps over the lazy dog, and that is all there is to say.",
            None,
        );
        check(
            "Can cu Luat To chuc chinh quyen dia phuong ngay 19 thang 6 nam 2015",
            None,
        );
    }
}
