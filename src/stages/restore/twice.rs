//! Words that a second conversion spoilt (`encoding::twice`): each may have been a few spellings, and the language
//! model chooses among those alone. Every change is kept with the word as it stood.

use super::language_model::{BOUNDARY, NUMBER, UNKNOWN, WordId};
use super::lexer::{self, AtomKind};
use super::lexicon::Lexicon;
use super::search::{self, Beam, Edge, Lattice, Scorer};
use super::syllable;
use crate::domain::Restoration;
use crate::encoding::twice;

/// How much the language model counts: nothing else tells one spelling from another.
const WEIGHT: f32 = 1.0;
/// Spellings of one word at most.
const MOST: usize = 64;
/// What each letter costs that is taken for itself where it may have been another: the letters that were hit are the
/// commoner ones, and texts that a language model is made from have a few such words (`xột đề nghị`) themselves.
const KEPT: f32 = 2.0;
/// What a spelling costs that the language model never saw: it counts all such words as one.
const NO_WORD: f32 = 8.0;
/// What spelling a word so that no syllable is like it costs.
const NO_SYLLABLE: f32 = 12.0;

/// For each word: the word as it was before it was spoilt, where that is another one.
pub(super) fn heal(lexicon: &Lexicon, words: &[&str]) -> Vec<Option<(String, Restoration)>> {
    let scorer = Scorer {
        language_model: &lexicon.language_model,
        phrases: &lexicon.phrases,
        own: None,
        weight: WEIGHT,
    };
    let lattice: Lattice = words
        .iter()
        .enumerate()
        .map(|(at, word)| {
            let spellings = twice::spellings(word, MOST).into_iter();
            spellings
                .map(|spelling| edge(lexicon, at, word, spelling))
                .collect()
        })
        .collect();
    let steps = search::best(&lattice, &scorer, Beam::WIDE);
    let mut history = scorer.start();
    let mut healed = Vec::with_capacity(words.len());
    for step in steps {
        let all = &lattice[step.at];
        let raw = words[step.at];
        let cost = |e: &Edge| e.cost + scorer.cost(&history, &e.words);
        let chosen = &all[step.edge];
        let spelling = chosen.output.as_deref().unwrap_or_default().to_owned();
        let mut others: Vec<(f32, &Edge)> = all
            .iter()
            .enumerate()
            .filter(|(at, _)| *at != step.edge)
            .map(|(_, e)| (cost(e), e))
            .collect();
        others.sort_by(|a, b| a.0.total_cmp(&b.0));
        let margin = others
            .first()
            .map_or(NO_SYLLABLE, |(other, _)| other - cost(chosen));
        let candidates = others
            .iter()
            .take(4)
            .filter_map(|(_, e)| e.output.as_deref().map(str::to_owned))
            .collect();
        healed.push((spelling != raw).then(|| {
            let restoration = Restoration {
                raw: raw.to_owned(),
                candidates,
                gain: margin,
                reason: "converted from TCVN3 twice".to_owned(),
            };
            (spelling, restoration)
        }));
        history = scorer.after(history, &chosen.words);
    }
    healed
}

fn edge(lexicon: &Lexicon, at: usize, raw: &str, spelling: String) -> Edge {
    let kept = raw.chars().zip(spelling.chars());
    let kept = kept
        .filter(|(a, b)| a == b && twice::origins(*a).len() > 1)
        .count();
    let mut cost = KEPT * kept as f32;
    let words: Vec<WordId> = lexer::atoms(&spelling)
        .iter()
        .filter_map(|atom| {
            let piece = &spelling[atom.start..atom.end];
            match atom.kind {
                AtomKind::Number | AtomKind::Code => Some(NUMBER),
                AtomKind::Word => {
                    let id = lexicon.id(piece);
                    cost += match id {
                        Some(_) => 0.0,
                        None if syllable::is_possible(piece) => NO_WORD,
                        None => NO_SYLLABLE,
                    };
                    Some(id.unwrap_or(UNKNOWN))
                }
                AtomKind::Mark => lexer::is_boundary(piece).then_some(BOUNDARY),
            }
        })
        .collect();
    Edge {
        to: at + 1,
        words,
        output: Some(spelling.into()),
        cost,
    }
}

#[cfg(test)]
mod tests {
    use super::super::Restorer;
    use super::*;

    #[test]
    fn a_spoilt_text_is_healed_and_says_so() {
        let text = "Căn cứ Luật Tổ chức chính quyền địa phương; xét đề nghị của Giám đốc Sở Nội vụ tại Tờ trình về việc ban hành \
                    quy định đánh giá kết quả thực hiện nhiệm vụ, thái độ phục vụ nhân dân, phòng chống tham nhũng từ năm 2015 trở lên";
        let spoilt = twice::convert(text);
        let words: Vec<&str> = spoilt.split_whitespace().collect();
        let healed = heal(&Restorer::built_in().lexicon, &words);
        let now: Vec<&str> = words
            .iter()
            .zip(&healed)
            .map(|(word, healed)| healed.as_ref().map_or(*word, |(text, _)| text))
            .collect();
        assert_eq!(
            now.join(" "),
            text.split_whitespace().collect::<Vec<_>>().join(" ")
        );
        let (_, restoration) = healed.iter().flatten().next().unwrap();
        assert_eq!(restoration.raw, "chớnh");
    }
}
