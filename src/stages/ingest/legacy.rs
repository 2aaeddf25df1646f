//! Signs of the encodings that came before Unicode: TCVN3 (ABC) and VNI. They put Vietnamese letters on the
//! codes of Latin-1 signs, so a Unicode reader sees `Céng hßa x· héi` or `Coäng hoøa xaõ hoäi`.

/// Fonts of TCVN3 are named `.VnTime`, of VNI `VNI-Times`.
pub(super) fn is_legacy_font(name: &str) -> bool {
    let name = name.trim_start_matches('.').to_ascii_lowercase();
    name.starts_with("vntime") || name.starts_with("vnarial") || name.starts_with("vni-") || {
        // `.VnAvant`, `.Vn3DH`, `VnTeknical`…: but not `Vnf…` names that begin an ordinary word.
        name.starts_with("vn") && name.len() > 3 && !name.starts_with("vnu")
    }
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
    fn fonts_of_the_old_encodings_are_known_by_name() {
        let check = |name: &str, expect: bool| assert_eq!(is_legacy_font(name), expect, "{name}");
        check(".VnTime", true);
        check(".VnTimeH", true);
        check(".VnArial-Bold", true);
        check("VnTime", true);
        check(".VnAvant", true);
        check("VNI-Times", true);
        check("VNI-Helve-Condense", true);
        check("TimesNewRomanPSMT", false);
        check("VNU-Times", false);
        check("Verdana", false);
    }

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
