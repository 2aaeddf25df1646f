//! Text that was Unicode, was taken for TCVN3, and was "converted" once more: `thái độ` became `thỏi độ`, `trở lên`
//! `trở lờn`, `phòng chống` `phũng chống`. Only letters that Latin-1 has were hit, so the damage shows as letters that
//! are missing altogether: no text of any length does without `á`, `à`, `â`, `ê`, `ô`.

use super::tcvn3;

/// The small letters of Vietnamese that Latin-1 has.
const LATIN_1: &str = "àáâãèéêìíòóôõùúý";
/// A text with fewer letters that were hit proves nothing.
const ENOUGH: usize = 6;
/// So many of the letters hit may have come in later, unconverted (names typed anew), one in so many.
const STRAYS: usize = 25;

/// What a second conversion makes of a letter; itself where it makes nothing else of it.
fn converted(letter: char) -> char {
    Some(tcvn3::letter(letter))
        .filter(|c| c.is_lowercase())
        .unwrap_or(letter)
}

/// True for a text that a second conversion went over.
pub fn was_converted(text: &str) -> bool {
    let (mut missing, mut made) = (0, 0);
    // Capitals were left alone.
    for c in text.chars() {
        missing += usize::from("áâêô".contains(c));
        made += usize::from("ỏõờụ".contains(c));
    }
    made >= ENOUGH && missing * STRAYS <= made
}

/// What a letter of such a text may have been, itself first where it may have been itself.
pub fn origins(letter: char) -> Vec<char> {
    let hit = LATIN_1.contains(letter) && converted(letter) != letter;
    let from = LATIN_1
        .chars()
        .filter(|c| *c != letter && converted(*c) == letter);
    let itself = (!hit).then_some(letter);
    let mut origins: Vec<char> = itself.into_iter().chain(from).collect();
    if origins.is_empty() {
        origins.push(letter);
    }
    origins
}

/// What a word of such a text may have been, at most `most` spellings.
pub fn spellings(word: &str, most: usize) -> Vec<String> {
    let mut all = vec![String::new()];
    for c in word.chars() {
        let origins = origins(c);
        all = all
            .iter()
            .flat_map(|so_far| origins.iter().map(move |o| format!("{so_far}{o}")))
            .take(most)
            .collect();
    }
    all
}

/// A text with the second conversion gone over it: for tests, and to show what happened.
pub fn convert(text: &str) -> String {
    text.chars()
        .map(|c| if LATIN_1.contains(c) { converted(c) } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_known_damage_is_this_damage() {
        let check = |text: &str, expect: &str| {
            assert_eq!(convert(text), expect);
            for (word, damaged) in text.split(' ').zip(expect.split(' ')) {
                assert!(spellings(damaged, 64).iter().any(|s| s == word), "{damaged}");
            }
        };
        check("thái độ", "thỏi độ");
        check("trở lên", "trở lờn");
        check("phòng chống", "phũng chống");
        check("nước ngoài", "nước ngoài");
    }

    #[test]
    fn a_converted_text_is_told_from_a_sound_one() {
        let text = "Căn cứ Luật Tổ chức chính quyền địa phương ngày 19 tháng 6 năm 2015; xét đề nghị của Giám đốc Sở Nội vụ tại \
                    Tờ trình số 120 về việc ban hành quy định đánh giá kết quả thực hiện nhiệm vụ của các cơ quan, đơn vị";
        assert!(!was_converted(text));
        assert!(was_converted(&convert(text)));
        assert!(!was_converted("Tỏ rõ thái độ"));
        assert!(!was_converted("The quick brown fox"));
    }
}
