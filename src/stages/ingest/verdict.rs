use std::sync::LazyLock;

use regex::Regex;

use super::legacy::{self, looks_tcvn3, looks_vni};
use super::{Judgement, LayerText, TextLayer};
use crate::domain::syllable::{is_bare_syllable, is_marked, is_syllable};
use crate::domain::{Verdict, VerdictEvidence, fold};
use crate::encoding::twice;

/// Judges a page's text layer.
pub fn judge(layer: &TextLayer) -> Judgement {
    let facts = Facts::of(layer);
    let (verdict, reason) = facts.verdict(layer);
    let mut judgement = Judgement {
        verdict,
        evidence: VerdictEvidence {
            words: layer.words.len(),
            valid_syllables: facts.share(facts.possible),
            marked: facts.share(facts.marked),
            fonts: layer.fonts.clone(),
            reason,
        },
        text: LayerText::Useless,
    };
    let may_be_old =
        matches!(verdict, Verdict::LegacyEncoding | Verdict::Damaged) || !layer.legacy.is_empty();
    if let Some((decoded, encoding)) = legacy::decode(layer).filter(|_| may_be_old) {
        let again = Facts::of(&decoded);
        if again.verdict(&decoded).0 == Verdict::Trusted {
            judgement.verdict = Verdict::LegacyEncoding;
            judgement.evidence.reason = format!(
                "Chữ ở bảng mã cũ {encoding}, đã giải mã đúng từng chữ: {}% là âm tiết tiếng Việt.",
                (again.share(again.possible) * 100.0).round()
            );
            judgement.text = LayerText::Decoded(decoded.words);
        }
    } else if verdict == Verdict::Trusted {
        let all: Vec<&str> = layer.words.iter().map(|w| w.text.as_str()).collect();
        judgement.text = if twice::was_converted(&all.join(" ")) {
            judgement.verdict = Verdict::Damaged;
            judgement.evidence.reason =
                "Chữ bị chuyển mã hai lần (thái độ thành thỏi độ): không có á, â, ê, ô nào.".to_owned();
            LayerText::ConvertedTwice
        } else {
            LayerText::AsIs
        };
    }
    judgement
}

/// Words that every page of English has and Vietnamese has not.
const ENGLISH: &[&str] = &[
    "the", "of", "and", "is", "for", "that", "with", "by", "are", "this", "be", "or", "as", "from", "not",
    "which", "was", "have", "has", "will",
];

/// What the words of a layer are like, counted.
#[derive(Debug, Default, PartialEq)]
struct Facts {
    /// Pieces of two letters and more; abbreviations in capitals, numbers and codes are left out.
    judged: usize,
    /// Of these: possible Vietnamese syllables.
    possible: usize,
    /// Possible syllables if their marks were lost.
    bare: usize,
    /// With a mark of Vietnamese.
    marked: usize,
    /// With a sign that stands for a lost letter inside: `?`, U+FFFD, private use.
    lost: usize,
    /// In TCVN3 or VNI read as Latin-1.
    legacy: usize,
    /// The commonest words of English.
    english: usize,
    /// Words of three letters and more, and those of them that can be spoken in some language.
    long: usize,
    spoken: usize,
    /// The words stand in a signature's or an office register's stamp, and nothing else does.
    stamp: bool,
}

/// Fewer pieces than this prove nothing about a language.
const ENOUGH: usize = 8;

/// From this share of the page on, a picture is what the page is made of.
const SCAN: f32 = 0.9;

impl Facts {
    fn of(layer: &TextLayer) -> Self {
        let mut facts = Self::default();
        for word in &layer.words {
            let text = word.text.as_str();
            facts.lost += usize::from(has_lost_letter(text));
            facts.legacy += usize::from(looks_tcvn3(text) || looks_vni(text));
            for piece in text
                .split(|c: char| !c.is_alphabetic())
                .filter(|p| p.chars().count() >= 2)
            {
                let capitals = piece.chars().all(char::is_uppercase);
                if capitals && !is_syllable(piece) && !is_marked(piece) && piece.len() <= 6 {
                    continue;
                }
                facts.judged += 1;
                facts.possible += usize::from(is_syllable(piece));
                facts.bare += usize::from(is_bare_syllable(piece));
                facts.marked += usize::from(is_marked(piece));
                facts.english += usize::from(ENGLISH.contains(&piece.to_lowercase().as_str()));
                if piece.chars().count() >= 3 {
                    facts.long += 1;
                    facts.spoken += usize::from(can_be_spoken(piece));
                }
            }
        }
        facts.stamp = is_stamp(layer);
        facts
    }

    fn share(&self, count: usize) -> f32 {
        if self.judged == 0 {
            0.0
        } else {
            count as f32 / self.judged as f32
        }
    }

    /// The verdict and one sentence for people, most telling fact first.
    fn verdict(&self, layer: &TextLayer) -> (Verdict, String) {
        let words = layer.words.len();
        if words == 0 {
            return if layer.stamps.is_empty() {
                (Verdict::None, "Trang không có lớp chữ.".to_owned())
            } else {
                (
                    Verdict::StampOnly,
                    "Lớp chữ chỉ có khối chữ ký số trên ảnh quét.".to_owned(),
                )
            };
        }
        let percent = |share: f32| (share * 100.0).round() as u32;
        let (possible, marked) = (self.share(self.possible), self.share(self.marked));
        let scan = layer.picture >= SCAN;
        if self.stamp && (scan || self.judged < 40) {
            return (
                Verdict::StampOnly,
                "Lớp chữ chỉ có khối chữ ký số hoặc dấu văn thư.".to_owned(),
            );
        }
        let looks_legacy = self.legacy * 5 >= self.judged.max(1);
        if possible < 0.75 && (looks_legacy || layer.legacy_fonts >= 0.5) {
            let fonts: Vec<&str> = layer.fonts.iter().take(3).map(String::as_str).collect();
            let reason = format!(
                "Chữ ở bảng mã cũ (TCVN3 hoặc VNI): phông {}, {} trong {} từ chỉ có ở bảng mã đó.",
                fonts.join(", "),
                self.legacy,
                self.judged
            );
            return (Verdict::LegacyEncoding, reason);
        }
        if self.lost * 10 >= words && self.lost >= 3 {
            let reason = format!(
                "{} trong {words} từ mất chữ cái (dấu ? hoặc ký tự lạ trong từ).",
                self.lost
            );
            return (Verdict::Damaged, reason);
        }
        if layer.hidden >= 0.5 {
            return if self.judged >= ENOUGH && (possible < 0.8 || marked < 0.5) {
                let reason = format!(
                    "Lớp chữ ẩn do máy nhận dạng không biết tiếng Việt: chỉ {}% là âm tiết tiếng Việt, {}% có dấu.",
                    percent(possible),
                    percent(marked)
                );
                (Verdict::WrongLanguage, reason)
            } else {
                let reason = "Lớp chữ ẩn do máy nhận dạng tạo trên ảnh quét: số trong đó có thể sai, nên đọc lại từ ảnh.";
                (Verdict::None, reason.to_owned())
            };
        }
        if layer.picture >= 0.5 && self.judged < 100 && (scan || self.judged < ENOUGH) {
            return (
                Verdict::None,
                format!("Trang là ảnh, chỉ có {words} từ bên trên.",),
            );
        }
        if self.judged < ENOUGH {
            return (
                Verdict::Trusted,
                format!("Trang chỉ có {words} từ, không thấy dấu hiệu hỏng."),
            );
        }
        if possible >= 0.75 && marked >= 0.3 {
            return (
                Verdict::Trusted,
                format!(
                    "{}% là âm tiết tiếng Việt, {}% có dấu.",
                    percent(possible),
                    percent(marked)
                ),
            );
        }
        if self.english * 10 >= self.judged {
            return (
                Verdict::Trusted,
                "Chữ tiếng Anh, không thấy dấu hiệu hỏng.".to_owned(),
            );
        }
        // Names and terms of another language, printed by a program: no mark is missing, and no scan lies under them.
        let foreign = self.spoken * 100 >= self.long * 85 && marked < 0.02 && self.share(self.bare) < 0.5;
        if foreign && layer.picture < 0.5 {
            return (
                Verdict::Trusted,
                "Chữ của ngôn ngữ khác, không thấy dấu hiệu hỏng.".to_owned(),
            );
        }
        let reason = if self.share(self.bare) >= 0.75 && marked < 0.3 {
            format!(
                "Chữ mất dấu: {}% là âm tiết tiếng Việt khi bỏ dấu, chỉ {}% có dấu.",
                percent(self.share(self.bare)),
                percent(marked)
            )
        } else {
            format!(
                "Phông chữ ánh xạ sai: chỉ {}% là âm tiết tiếng Việt.",
                percent(possible)
            )
        };
        (Verdict::Damaged, reason)
    }
}

/// Vowels and consonants take turns: letters that a font maps to others make words that nobody can speak.
fn can_be_spoken(word: &str) -> bool {
    let sounds: Vec<bool> = fold(word)
        .chars()
        .map(|c| matches!(c, 'a' | 'e' | 'i' | 'o' | 'u' | 'y'))
        .collect();
    let vowels = sounds.iter().filter(|vowel| **vowel).count();
    let longest = sounds
        .chunk_by(|a, b| a == b)
        .map(<[bool]>::len)
        .max()
        .unwrap_or(0);
    let letters = word.chars().count();
    vowels > 0 && vowels < letters && longest <= 3 && vowels * 5 >= letters
}

/// `qu?n`, `h?`, `\u{fffd}`: a letter was there and is none now. A `?` at the end of a word may be a question.
fn has_lost_letter(word: &str) -> bool {
    static QUESTION: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"\p{L}\?+\p{L}|^\?+\p{L}|\?\?").expect("a fixed pattern"));
    word.chars()
        .any(|c| c == '\u{fffd}' || ('\u{e000}'..='\u{f8ff}').contains(&c))
        || QUESTION.is_match(word)
}

/// Words that only stamps have.
fn is_stamp(layer: &TextLayer) -> bool {
    static STAMP: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?i)ký bởi|người ký|thời gian ký|ngày ký|cơ quan:|email:|signature|digitally signed|giờ ký|ngày:|số:")
            .expect("a fixed pattern")
    });
    let text: Vec<&str> = layer.words.iter().map(|w| w.text.as_str()).collect();
    layer.words.len() <= 60 && STAMP.is_match(&text.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Confidence, PixelBox, Reader, Word};

    const VIETNAMESE: &str = "Điều 1. Ban hành kèm theo Quyết định này bộ tiêu chí đánh giá, xếp hạng mức độ hoàn thành \
        nhiệm vụ của các cơ quan chuyên môn thuộc Ủy ban nhân dân tỉnh";

    fn layer(text: &str) -> TextLayer {
        let word = |t: &str| {
            Word::new(
                t,
                PixelBox::new(0, 0, 9, 9),
                Confidence::CERTAIN,
                Reader::TextLayer,
            )
        };
        TextLayer {
            words: text.split_whitespace().map(word).collect(),
            fonts: vec!["TimesNewRomanPSMT".to_owned()],
            ..TextLayer::default()
        }
    }

    fn check(layer: &TextLayer, expect: Verdict) {
        let judgement = judge(layer);
        assert_eq!(judgement.verdict, expect, "{:?}", judgement.evidence);
        assert!(
            judgement.evidence.reason.ends_with('.'),
            "{}",
            judgement.evidence.reason
        );
    }

    #[test]
    fn sound_text_is_trusted() {
        check(&layer(VIETNAMESE), Verdict::Trusted);
        check(&layer("STT 1 2 3 10 20"), Verdict::Trusted);
        check(
            &layer(
                "The score of each unit is the sum of all points which have been given by the council for this year",
            ),
            Verdict::Trusted,
        );
    }

    #[test]
    fn names_of_another_language_are_no_damage_and_jumbled_letters_are() {
        let names = "Anthracene Benzene Ethylene oxide Naphthalene Nonylphenol Octylphenols Fluoranthene Toluene Xylenes \
            Phenols Belgium Bulgaria Denmark Germany Hungary Lithuania Portugal Romania";
        check(&layer(names), Verdict::Trusted);
        // The same words under a font whose letters are each mapped to the next one.
        let next = |c: char| match c {
            'a'..='y' | 'A'..='Y' => char::from_u32(c as u32 + 1).unwrap_or(c),
            'z' => 'a',
            other => other,
        };
        let jumbled: String = names.chars().map(next).collect();
        check(&layer(&jumbled), Verdict::Damaged);
        // And over a scan nobody knows what the words are worth.
        let over_a_scan = TextLayer {
            picture: 0.8,
            ..layer(names)
        };
        check(&over_a_scan, Verdict::Damaged);
    }

    #[test]
    fn an_ocr_layer_is_judged_by_its_language_and_never_trusted() {
        let mut hidden = layer(
            "THANG DIEM THI DUA Bang sé 3 Tham muu ban hanh van ban chi dao dieu hanh cua Uy ban nhan dan tinh",
        );
        (hidden.hidden, hidden.picture) = (1.0, 1.0);
        check(&hidden, Verdict::WrongLanguage);
        let mut hidden = layer(VIETNAMESE);
        (hidden.hidden, hidden.picture) = (1.0, 1.0);
        check(&hidden, Verdict::None);
    }

    #[test]
    fn lost_letters_and_lost_marks_are_damage() {
        check(
            &layer("B? GIÁO D?C VÀ ?ÀO T?O C?NG HÒA XÃ H?I CH? NGH?A VI?T NAM ??c l?p T? do H?nh phúc"),
            Verdict::Damaged,
        );
        check(
            &layer("UY BAN NHAN DAN TINH HA GIANG cong hoa xa hoi chu nghia doc lap tu do hanh phuc"),
            Verdict::Damaged,
        );
        check(
            &layer("Xq9 brtl wkkp zzuf grmn vvlo prtk mnbg tlkq ssdf hjkl"),
            Verdict::Damaged,
        );
        // A question mark at a word's end is a question.
        check(
            &layer(&format!("{VIETNAMESE}? {VIETNAMESE}? Có? Không? Bao nhiêu?")),
            Verdict::Trusted,
        );
    }

    #[test]
    fn old_encodings_are_recognised_by_font_or_by_letters() {
        let tcvn3 = "QuyÕt ®Þnh cña Thñ t−íng ChÝnh phñ vÒ viÖc söa ®æi, bæ sung mét sè ®iÒu cña quy chÕ";
        check(&layer(tcvn3), Verdict::LegacyEncoding);
        let mut named = layer("ChÝnh phñ sè céng hoµ x· héi chñ nghÜa ViÖt Nam ®éc lËp");
        (named.legacy_fonts, named.fonts) = (1.0, vec![".VnTime".to_owned()]);
        check(&named, Verdict::LegacyEncoding);
        check(
            &layer(
                "COÄNG HOØA XAÕ HOÄI CHUÛ NGHÓA VIEÄT NAM Ñoäc laäp Töï do Haïnh phuùc UÛy ban nhaân daân",
            ),
            Verdict::LegacyEncoding,
        );
        // Sound text in a font that only bears an old name.
        let mut renamed = layer(VIETNAMESE);
        renamed.legacy_fonts = 1.0;
        check(&renamed, Verdict::Trusted);
    }

    #[test]
    fn a_stamp_over_a_scan_is_no_text() {
        let mut stamp = layer(
            "Ký bởi: Ủy ban nhân dân tỉnh Quảng Ngãi Cơ quan: Tỉnh Quảng Ngãi Thời gian ký: 07/01/2025 10:09:57",
        );
        stamp.picture = 1.0;
        check(&stamp, Verdict::StampOnly);
        let stamps = TextLayer {
            stamps: std::mem::take(&mut stamp.words),
            picture: 1.0,
            ..TextLayer::default()
        };
        check(&stamps, Verdict::StampOnly);
        let mut number = layer("2");
        number.picture = 1.0;
        check(&number, Verdict::None);
        check(&TextLayer::default(), Verdict::None);
    }
}
