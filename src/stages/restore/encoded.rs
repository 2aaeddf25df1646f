//! Text in an encoding that came before Unicode -> Unicode, word by word: nothing is guessed where the encoding tells,
//! and each change says which it was.

use super::change::{Change, RestoredText};
use super::lexicon::Lexicon;
use super::twice;
use crate::domain::Restoration;
use crate::encoding::{self, Case, Encoding, FontCoding, twice as spoilt};

/// What decoding gains: it leaves no doubt.
const CERTAIN_GAIN: f32 = 12.0;

/// The text in Unicode; `None` where it is in no old encoding, and was spoilt by none.
pub(super) fn decode(lexicon: &Lexicon, text: &str) -> Option<RestoredText> {
    if let Some(encoding) = Encoding::of_text(text) {
        return Some(each_word(text, |words| {
            words.iter().map(|word| decoded(encoding, word)).collect()
        }));
    }
    spoilt::was_converted(text).then(|| each_word(text, |words| twice::heal(lexicon, words)))
}

fn decoded(encoding: Encoding, word: &str) -> Option<(String, Restoration)> {
    let coding = FontCoding {
        encoding,
        case: Case::AsCoded,
    };
    let text = encoding::word(&[(Some(coding), word.to_owned())]);
    (text != word).then(|| {
        let restoration = Restoration {
            raw: word.to_owned(),
            candidates: Vec::new(),
            gain: CERTAIN_GAIN,
            reason: format!("decoded from {}", encoding.name()),
        };
        (text, restoration)
    })
}

/// Respells the words of a text; the space between them stays as it is.
fn each_word(
    text: &str,
    respell: impl FnOnce(&[&str]) -> Vec<Option<(String, Restoration)>>,
) -> RestoredText {
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut respelled = respell(&words).into_iter();
    let mut all = RestoredText::default();
    for (at, line) in text.split_terminator('\n').enumerate() {
        let mut out = String::with_capacity(line.len());
        let mut rest = line;
        for word in line.split_whitespace() {
            let start = rest.find(word).unwrap_or(0);
            out.push_str(&rest[..start]);
            rest = &rest[start + word.len()..];
            match respelled.next().flatten() {
                Some((text, why)) => {
                    out.push_str(&text);
                    all.changes.push(Change {
                        line: at,
                        raw: why.raw,
                        restored: text,
                        candidates: why.candidates,
                        gain: why.gain,
                        reason: why.reason,
                    });
                }
                None => out.push_str(word),
            }
        }
        out.push_str(rest);
        all.lines.push(out);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::super::Restorer;
    use super::*;

    const TEXT: &str = "Căn cứ Luật Tổ chức chính quyền địa phương ngày 19 tháng 6 năm 2015;\n\n  xét đề nghị của Giám đốc Sở Nội vụ\n\
                        quy định thang điểm thi đua, phòng chống tham nhũng, thái độ phục vụ từ 80% trở lên";

    #[test]
    fn text_of_every_old_encoding_is_decoded_to_the_letter() {
        for encoding in [Encoding::Tcvn3, Encoding::Vni, Encoding::Viqr] {
            let coded = encoding.encode(TEXT).unwrap();
            let restored = Restorer::built_in().text(&coded);
            assert_eq!(restored.lines.join("\n"), TEXT, "{encoding:?}");
            assert!(
                restored
                    .changes
                    .iter()
                    .all(|c| c.reason.contains(encoding.name()))
            );
        }
        let restored = Restorer::built_in().text(&spoilt::convert(TEXT));
        assert_eq!(restored.lines.join("\n"), TEXT);
    }

    #[test]
    fn unicode_is_no_old_encoding() {
        let lexicon = &Restorer::built_in().lexicon;
        for text in [TEXT, "The cafe's menu: crème brûlée, naïve façade, 5^2 + 3", ""] {
            assert_eq!(decode(lexicon, text), None, "{text}");
        }
    }
}
