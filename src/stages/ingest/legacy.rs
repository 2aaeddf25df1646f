//! Layers in the encodings that came before Unicode: their signs, and the layer decoded.

use super::TextLayer;
use crate::domain::Word;
use crate::domain::syllable::is_syllable;
use crate::encoding::{self, Case, Encoding, FontCoding};

/// Decoded words must be syllables in this share to be believed.
const SYLLABLES: f32 = 0.75;

/// A layer in Unicode, made of one that is in an old encoding as a whole or in some of its fonts, and the name of that
/// encoding; `None` where decoding makes no better Vietnamese of it.
pub(super) fn decode(layer: &TextLayer) -> Option<(TextLayer, &'static str)> {
    by_fonts(layer).or_else(|| by_text(layer))
}

/// Each word as its fonts show it.
fn by_fonts(layer: &TextLayer) -> Option<(TextLayer, &'static str)> {
    let texts = |text: fn(&TextLayer, &(usize, String)) -> String| -> Vec<String> {
        layer.legacy.iter().map(|word| text(layer, word)).collect()
    };
    let raw = syllables(&texts(|layer, (at, _)| layer.words[*at].text.clone()))?;
    let decoded = syllables(&texts(|_, (_, text)| text.clone()))?;
    if decoded < SYLLABLES || decoded <= raw {
        return None;
    }
    let mut words = layer.words.clone();
    for (at, text) in &layer.legacy {
        words[*at].text.clone_from(text);
    }
    let vni = layer
        .fonts
        .iter()
        .any(|f| f.to_ascii_lowercase().starts_with("vni"));
    let encoding = if vni { Encoding::Vni } else { Encoding::Tcvn3 };
    Some((with_words(layer, words), encoding.name()))
}

/// All words in the encoding that makes Vietnamese of them.
fn by_text(layer: &TextLayer) -> Option<(TextLayer, &'static str)> {
    let all: Vec<&str> = layer.words.iter().map(|w| w.text.as_str()).collect();
    let encoding = Encoding::of_text(&all.join(" "))?;
    let coding = FontCoding {
        encoding,
        case: Case::AsCoded,
    };
    let mut words = layer.words.clone();
    for word in &mut words {
        word.text = encoding::word(&[(Some(coding), std::mem::take(&mut word.text))]);
    }
    Some((with_words(layer, words), encoding.name()))
}

fn with_words(layer: &TextLayer, words: Vec<Word>) -> TextLayer {
    TextLayer {
        words,
        stamps: layer.stamps.clone(),
        fonts: layer.fonts.clone(),
        legacy: Vec::new(),
        ..*layer
    }
}

/// The share of syllables among words of letters only; `None` when there are none.
fn syllables(texts: &[String]) -> Option<f32> {
    let words = texts
        .iter()
        .flat_map(|text| text.split(|c: char| !c.is_alphabetic()))
        .filter(|word| word.chars().count() >= 2);
    let (mut all, mut possible) = (0, 0);
    for word in words {
        all += 1;
        possible += usize::from(is_syllable(word));
    }
    (all > 0).then(|| possible as f32 / all as f32)
}

/// Signs of Latin-1 that TCVN3 uses as letters and nobody else sets inside a word.
const TCVN3_SIGNS: &str = "¸¹¶·µ¨»¾¼½©®ª«¬\u{ad}§¡¢£¤¥¦×÷";

/// Letters of Latin-1 that Vietnamese has not, but both old encodings use.
const FOREIGN_LETTERS: &str = "ñåæçëîïøöüþßäûÿ";

/// Letters after which VNI writes a mark as a letter of its own.
const VNI_MARKS: &str = "ùøûõïâáàåãäêéèúüëöñòó";

/// True for a word in TCVN3 read as Latin-1: a sign among letters, or a capital after a small letter (`QuyÕt`).
pub(super) fn looks_tcvn3(word: &str) -> bool {
    let letters = word.chars().any(|c| c.is_ascii_alphabetic());
    let sign = word
        .chars()
        .any(|c| TCVN3_SIGNS.contains(c) || FOREIGN_LETTERS.contains(c));
    let pairs = word.chars().zip(word.chars().skip(1));
    let capital = pairs
        .into_iter()
        .any(|(a, b)| a.is_lowercase() && b.is_uppercase() && ('À'..='Þ').contains(&b));
    letters && (sign || capital)
}

/// True for a word in VNI read as Latin-1: a vowel followed by a marked one that no Vietnamese word has there.
pub(super) fn looks_vni(word: &str) -> bool {
    let chars: Vec<char> = word.chars().collect();
    chars.windows(2).any(|pair| {
        let vowel = "aeouAEOUôöÔÖ".contains(pair[0]);
        let mark = pair[1]
            .to_lowercase()
            .next()
            .is_some_and(|c| VNI_MARKS.contains(c));
        // `oà`, `uý`, `eo`: the pairs that Vietnamese does write.
        let natural = matches!(
            (pair[0].to_ascii_lowercase(), pair[1].to_lowercase().next()),
            ('o', Some('à' | 'á' | 'ã' | 'è' | 'é'))
                | ('u', Some('à' | 'á' | 'ã' | 'â' | 'ê' | 'è' | 'é' | 'ò' | 'ó'))
                | ('e', Some('ò' | 'ó' | 'ù' | 'ú'))
                | ('a', Some('ò' | 'ó' | 'ù' | 'ú'))
        );
        vowel && mark && !natural
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_the_old_encodings_are_told_from_vietnamese() {
        let check =
            |word: &str, expect: bool| assert_eq!(looks_tcvn3(word) || looks_vni(word), expect, "{word}");
        check("§éc", true);
        check("hµnh", true);
        check("®Þnh", true);
        check("Coäng", true);
        check("hoøa", true);
        check("QuyÕt", true);
        check("phñ", true);
        check("nghóa", false);
        check("hòa", false);
        check("hoà", false);
        check("quả", false);
        check("Đường", false);
        check("®", false);
        check("2009", false);
    }
}
