//! Where each value was read: page, box, raw text, confidence, readers, and whether to doubt it.

use super::lookalike;
use crate::domain::{Confidence, Field, PageNo, PixelBox, Provenance, Reader, TableCell, Word};

/// Below this a number or a score is for a person to look at.
const SURE_NUMBER: f32 = 0.85;
/// Below this a text is: where one such word in three is wrong.
const SURE_TEXT: f32 = 0.667;

/// Which words of a cell a value was taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    Whole,
    /// From this word (from 0) to before that one.
    Words(usize, usize),
}

impl Extent {
    /// The words from `from` to before `to`; the whole cell where its words are not those of its text.
    pub fn words(cell: &TableCell, from: usize, to: usize) -> Self {
        let told = cell.words.is_empty() || cell.words.len() == cell.text.split_whitespace().count();
        if told { Self::Words(from, to) } else { Self::Whole }
    }
}

/// One entry a page that the words stand on; one at least, so that even an empty cell says where to look.
pub fn of(field: Field, cell: &TableCell, extent: Extent, fallback: PageNo) -> Vec<Provenance> {
    let words: Vec<&Word> = match extent {
        Extent::Whole => cell.words.iter().collect(),
        Extent::Words(from, to) => cell.words.iter().take(to).skip(from).collect(),
    };
    let places: Vec<(PageNo, PixelBox)> = if cell.places.is_empty() {
        vec![(fallback, PixelBox::default())]
    } else {
        cell.places.clone()
    };
    if words.is_empty() {
        let raw = match extent {
            Extent::Whole => cell.text.clone(),
            Extent::Words(from, to) => cell
                .text
                .split_whitespace()
                .take(to)
                .skip(from)
                .collect::<Vec<_>>()
                .join(" "),
        };
        return vec![Provenance {
            field,
            page: places[0].0,
            bbox: places[0].1,
            raw,
            confidence: Confidence::CERTAIN,
            readers: Vec::new(),
            candidates: Vec::new(),
            restored_by: None,
            doubtful: false,
        }];
    }
    let mut by_place: Vec<Vec<&Word>> = vec![Vec::new(); places.len()];
    let mut at = 0;
    for word in words {
        let (x, y) = word.bbox.center();
        if let Some(found) = (at..places.len()).find(|i| places[*i].1.contains_point(x, y)) {
            at = found;
        }
        by_place[at].push(word);
    }
    places
        .iter()
        .zip(by_place)
        .filter(|(_, words)| !words.is_empty())
        .map(|((page, bbox), words)| {
            let bbox = if extent == Extent::Whole {
                *bbox
            } else {
                words.iter().map(|w| w.bbox).collect()
            };
            of_words(field, *page, bbox, &words)
        })
        .collect()
}

fn of_words(field: Field, page: PageNo, bbox: PixelBox, words: &[&Word]) -> Provenance {
    let confidence = least_certainty(words.iter());
    let mut readers: Vec<Reader> = words
        .iter()
        .flat_map(|w| std::iter::once(w.reader).chain(w.votes.iter().map(|v| v.reader)))
        .collect();
    readers.sort_unstable();
    readers.dedup();
    let mut reasons: Vec<&str> = words
        .iter()
        .filter_map(|w| w.restoration.as_ref())
        .map(|r| r.reason.as_str())
        .collect();
    reasons.dedup();
    let has_digit = |w: &&Word| w.text.chars().any(|c| c.is_ascii_digit());
    let unsure = |w: &&Word| {
        let read_once = w.is_read_once() && has_digit(w);
        lookalike::is_disputed(w) || read_once || w.certainty.get() < SURE_NUMBER
    };
    let doubtful = if is_exact(field) {
        words.iter().any(unsure)
    } else {
        // A bound or an award is as exact as a score, wherever it stands.
        let numbers = words.iter().filter(|w| field == Field::Rules && has_digit(w));
        let told = least_certainty(words.iter().filter(|w| !is_leader(&w.text)));
        told.get() < SURE_TEXT || numbers.into_iter().any(unsure)
    };
    Provenance {
        field,
        page,
        bbox,
        raw: words.iter().map(|w| w.raw()).collect::<Vec<_>>().join(" "),
        confidence,
        readers: readers.clone(),
        candidates: candidates(field, words, &readers),
        restored_by: (!reasons.is_empty()).then(|| reasons.join("; ")),
        doubtful,
    }
}

fn least_certainty<'w>(words: impl Iterator<Item = &'w &'w Word>) -> Confidence {
    words
        .map(|w| w.certainty)
        .fold(Confidence::CERTAIN, Confidence::min)
}

/// A row of dots, `b,....,`: how many there are is hard to read, and nothing that a person need settle.
fn is_leader(text: &str) -> bool {
    let dots = text.contains("...") || text.contains('…');
    dots && text.chars().filter(|c| c.is_alphanumeric()).count() <= 1
}

/// Fields where one sign changes the meaning.
pub fn is_exact(field: Field) -> bool {
    matches!(
        field,
        Field::Number
            | Field::MaxScore
            | Field::Bonus
            | Field::Deduction
            | Field::SelfScore
            | Field::VerifiedScore
    )
}

/// What each reader made of the whole value, where it differs; for a lone number also what a reader
/// thought second.
fn candidates(field: Field, words: &[&Word], readers: &[Reader]) -> Vec<String> {
    let value = words
        .iter()
        .map(|w| w.text.as_str())
        .collect::<Vec<_>>()
        .join(" ");
    let mut found: Vec<String> = Vec::new();
    if words.iter().any(|w| w.is_disputed()) {
        for reader in readers {
            let theirs = |w: &&Word| {
                w.votes
                    .iter()
                    .find(|v| v.reader == *reader)
                    .map_or_else(|| w.text.clone(), |v| v.text.clone())
            };
            found.push(words.iter().map(theirs).collect::<Vec<_>>().join(" "));
        }
    }
    if is_exact(field)
        && let [word] = words
    {
        let second = word.alternatives.iter().filter(|a| a.confidence.get() >= 0.02);
        found.extend(second.take(4).map(|a| a.text.clone()));
    }
    let mut unique: Vec<String> = Vec::new();
    for text in found {
        if text != value && !text.is_empty() && !unique.contains(&text) {
            unique.push(text);
        }
    }
    unique
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Alternative, Vote};

    fn word(text: &str, x: i32, confidence: f32) -> Word {
        Word::new(
            text,
            PixelBox::new(x, 10, x + 20, 30),
            Confidence::new(confidence),
            Reader::Tesseract,
        )
    }

    fn cell(words: Vec<Word>) -> TableCell {
        let text = words
            .iter()
            .map(|w| w.text.as_str())
            .collect::<Vec<_>>()
            .join(" ");
        TableCell {
            words,
            places: vec![(PageNo::FIRST, PixelBox::new(0, 0, 200, 40))],
            ..TableCell::from_text(text)
        }
    }

    #[test]
    fn a_disputed_score_is_doubtful_and_offers_both_readings() {
        let mut read = word("15", 10, 0.95);
        read.votes.push(Vote {
            reader: Reader::LineReader,
            text: "1,5".into(),
            confidence: Confidence::new(0.9),
        });
        read.alternatives.push(Alternative {
            text: "13".into(),
            confidence: Confidence::new(0.1),
        });
        let got = of(Field::MaxScore, &cell(vec![read]), Extent::Whole, PageNo::FIRST);
        assert_eq!(got.len(), 1);
        assert!(got[0].doubtful);
        assert_eq!(got[0].candidates, ["1,5", "13"]);
        assert_eq!(got[0].readers, [Reader::Tesseract, Reader::LineReader]);
        assert_eq!(got[0].bbox, PixelBox::new(0, 0, 200, 40));
    }

    #[test]
    fn the_least_sure_word_decides() {
        let sure = of(
            Field::MaxScore,
            &cell(vec![word("10", 10, 0.97)]),
            Extent::Whole,
            PageNo::FIRST,
        );
        assert!(!sure[0].doubtful);
        let words = || {
            cell(vec![
                word("Có", 10, 0.99),
                word("kế", 40, 0.7),
                word("hoạch", 70, 0.9),
            ])
        };
        let title = of(Field::Title, &words(), Extent::Whole, PageNo::FIRST);
        assert_eq!(title[0].confidence, Confidence::new(0.7));
        assert!(!title[0].doubtful);
        let number = of(Field::Number, &words(), Extent::Whole, PageNo::FIRST);
        assert!(number[0].doubtful);
    }

    #[test]
    fn how_many_dots_a_row_has_is_not_asked() {
        let doubt = |text: &str| {
            let words = vec![word("Điểm", 10, 0.99), word(text, 40, 0.1)];
            of(Field::Rules, &cell(words), Extent::Whole, PageNo::FIRST)[0].doubtful
        };
        assert!(!doubt("b,....,") && !doubt("……..") && !doubt("..."));
        assert!(doubt("thu…") && doubt("a/b") && doubt("..") && doubt("b,"));
    }

    #[test]
    fn a_number_in_a_rule_is_as_exact_as_a_score() {
        let mut bound = word("509%:", 40, 0.8);
        let doubt = |field, bound: &Word| {
            let words = vec![word("Dưới", 10, 0.99), bound.clone()];
            of(field, &cell(words), Extent::Whole, PageNo::FIRST)[0].doubtful
        };
        assert!(doubt(Field::Rules, &bound));
        assert!(!doubt(Field::Notes, &bound));
        bound.certainty = Confidence::new(0.95);
        assert!(!doubt(Field::Rules, &bound));
        bound.votes.push(Vote {
            reader: Reader::LineReader,
            text: "50%:".into(),
            confidence: Confidence::new(0.9),
        });
        assert!(doubt(Field::Rules, &bound));
        // What nobody read again is not sure, however sure its reader was.
        bound.votes.clear();
        bound.reader = Reader::LineReader;
        assert!(doubt(Field::Rules, &bound) && !doubt(Field::Notes, &bound));
    }

    #[test]
    fn a_part_of_a_cell_has_a_box_of_its_own() {
        let cell = cell(vec![
            word("Có", 10, 0.99),
            word("báo", 40, 0.9),
            word("cáo", 70, 0.9),
        ]);
        let got = of(Field::Title, &cell, Extent::Words(0, 2), PageNo::FIRST);
        assert_eq!(
            (got[0].raw.as_str(), got[0].bbox),
            ("Có báo", PixelBox::new(10, 10, 60, 30))
        );
        let rest = of(Field::Rules, &cell, Extent::Words(2, usize::MAX), PageNo::FIRST);
        assert_eq!(
            (rest[0].raw.as_str(), rest[0].bbox),
            ("cáo", PixelBox::new(70, 10, 90, 30))
        );
    }

    #[test]
    fn a_cell_cut_by_the_page_has_an_entry_on_each() {
        let mut both = cell(vec![word("Có", 10, 0.9), word("báo", 510, 0.9)]);
        let second = PageNo::from_index(1);
        both.places.push((second, PixelBox::new(500, 0, 700, 40)));
        let got = of(Field::Evidence, &both, Extent::Whole, PageNo::FIRST);
        assert_eq!(
            got.iter().map(|p| (p.page, p.raw.as_str())).collect::<Vec<_>>(),
            [(PageNo::FIRST, "Có"), (second, "báo")]
        );
    }
}
