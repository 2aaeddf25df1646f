//! What a person should know about a page before trusting what was read on it.

use crate::domain::{InkKind, PageNo, PageReading, Reader, Rubric, Table, Word};
use crate::stages::restore::syllable;

/// Below this a scan is too coarse for its digits to be trusted (Nghị định 30/2020 asks for 200).
const COARSE_DPI: u32 = 190;
/// Fewer words say nothing about a page's language.
const TELLING: usize = 12;
/// At least this share of a Vietnamese page's words are syllables of Vietnamese; of English about a quarter are.
const VIETNAMESE: f32 = 0.6;
/// Words less probable than this were guessed at.
const GUESSED: f32 = 0.9;
/// From this share of guessed words on a page was not read.
const ILLEGIBLE: f32 = 0.4;

/// For each page on which a table begins that is no rubric, why; and for the first page of a document without tables, that.
pub(super) fn without_rubric(
    tables: &[Table],
    rubrics: &[Rubric],
    first: Option<PageNo>,
) -> Vec<(PageNo, String)> {
    if tables.is_empty() {
        let note = "không thấy bảng nào trong văn bản / no table was found in this document";
        return first.map(|page| (page, note.to_owned())).into_iter().collect();
    }
    let is_plain = |index: &usize| rubrics.iter().all(|r| r.table != *index);
    let mut out: Vec<(PageNo, String)> = Vec::new();
    for page in (0..tables.len())
        .filter(is_plain)
        .filter_map(|i| tables[i].pages.first())
    {
        let note = "có bảng không có cột điểm hay cột tiêu chí nhận ra được, nên không lập tiêu chí từ bảng đó / \
             a table has no column of scores or criteria that could be told, so no criteria are made of it";
        if out.iter().all(|(noted, _)| noted != page) {
            out.push((*page, note.to_owned()));
        }
    }
    out
}

/// The notes on a page that is restored already.
pub(super) fn of(reading: &PageReading) -> Vec<String> {
    let words: Vec<&Word> = reading.lines().flat_map(|l| &l.words).collect();
    let is_scan = words.iter().all(|w| w.reader != Reader::TextLayer);
    let unread = reading.other_ink.iter().any(|ink| ink.kind == InkKind::Unread);
    let spelled: Vec<&str> = words
        .iter()
        .map(|w| w.text.trim_matches(|c: char| !c.is_alphabetic()))
        .filter(|w| w.chars().count() > 1 && w.chars().all(char::is_alphabetic))
        .collect();
    let share = |part: usize, whole: usize| part as f32 / whole.max(1) as f32;
    let syllables = spelled.iter().filter(|w| syllable::is_possible(w)).count();
    let guessed = words.iter().filter(|w| w.certainty.get() < GUESSED).count();
    let mut notes = Vec::new();
    if is_scan && reading.dpi < COARSE_DPI {
        notes.push(format!(
            "quét ở {0} dpi, dưới mức 200 dpi của Nghị định 30/2020/NĐ-CP / scanned at {0} dpi, below the 200 dpi that the decree asks for",
            reading.dpi
        ));
    }
    if words.is_empty() && unread {
        notes
            .push("có mực nhưng không đọc được chữ nào / there is ink, but no word could be read".to_owned());
    } else if is_scan && words.len() >= TELLING && share(guessed, words.len()) >= ILLEGIBLE {
        notes.push(
            "phần lớn không đọc chắc được (chữ viết tay, chữ nước ngoài hay ảnh hỏng?): hãy xem bản quét / most of it could not be read with certainty (handwriting, another script, a spoilt image?): look at the scan"
                .to_owned(),
        );
    } else if spelled.len() >= TELLING && share(syllables, spelled.len()) < VIETNAMESE {
        notes.push("không phải tiếng Việt / not in Vietnamese".to_owned());
    }
    notes
}
