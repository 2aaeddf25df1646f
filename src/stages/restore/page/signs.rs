//! Signs that the line reader takes for others: a star before a capital reads as an opening quotation mark, of which it has
//! seen far more. Where another reader saw the star, and nothing closes the quotation, the star is taken.

use super::super::syllable;
use crate::domain::{Block, PageReading, Restoration, Word};

const OPENS: [char; 2] = ['“', '"'];
const CLOSES: [char; 2] = ['”', '"'];
/// A quotation is closed within so many words.
const LONGEST: usize = 60;
/// What another reader's sign gains, on the scale of the language model's natural logarithms.
const GAIN: f32 = 4.0;

/// Takes the star where another reader saw one and the mark opens no quotation.
pub(super) fn settle(reading: &mut PageReading) {
    let (mut prose, mut cells) = (Vec::new(), Vec::new());
    for block in &mut reading.blocks {
        match block {
            Block::Line(line) => prose.extend(&mut line.words),
            Block::Grid(grid) => cells.extend(grid.cells.iter_mut().map(|cell| {
                let lines = cell.lines.iter_mut();
                lines.flat_map(|line| &mut line.words).collect::<Vec<_>>()
            })),
        }
    }
    settle_text(&mut prose);
    cells.iter_mut().for_each(|cell| settle_text(cell));
}

/// `words`: those of one cell, or of the page's running text.
fn settle_text(words: &mut [&mut Word]) {
    let mut left = words;
    while let Some((word, after)) = left.split_first_mut() {
        left = after;
        let Some(rest) = word.text.strip_prefix(OPENS) else {
            continue;
        };
        let star = word.votes.iter().find(|vote| starred(&vote.text, rest));
        if let Some(by) = star.map(|vote| vote.reader.name())
            && !closes(rest, left)
        {
            let text = format!("*{rest}");
            let raw = std::mem::replace(&mut word.text, text);
            word.restoration = Some(Restoration {
                candidates: vec![raw.clone()],
                raw,
                gain: GAIN,
                reason: format!("read so by {by}, and no quotation is closed"),
            });
        }
    }
}

/// True for a star before these letters, whatever their marks.
fn starred(seen: &str, letters: &str) -> bool {
    let bare = |text: &str| syllable::bare(text).to_lowercase();
    seen.strip_prefix('*')
        .is_some_and(|seen| bare(seen) == bare(letters))
}

/// True where the quotation that begins with `first` comes to an end.
fn closes(first: &str, after: &[&mut Word]) -> bool {
    let mut rest = after.iter().take(LONGEST).map(|word| word.text.as_str());
    let closing = |text: &str| text.trim_end_matches(['.', ',', ';', ':', ')']).ends_with(CLOSES);
    closing(first)
        || rest
            .by_ref()
            .take_while(|text| !text.starts_with('“'))
            .any(closing)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Confidence, PixelBox, Reader, Vote};

    /// `text`, each word as the line reader read it, a bar before what another reader saw.
    fn settled(text: &str) -> String {
        let mut words: Vec<Word> = text
            .split(' ')
            .map(|word| {
                let (read, seen) = word.split_once('|').unwrap_or((word, word));
                let sure = Confidence::new(0.9);
                let mut word = Word::new(read, PixelBox::default(), sure, Reader::LineReader);
                word.votes.push(Vote {
                    reader: Reader::Tesseract,
                    text: seen.to_owned(),
                    confidence: sure,
                });
                word
            })
            .collect();
        settle_text(&mut words.iter_mut().collect::<Vec<_>>());
        let texts: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
        texts.join(" ")
    }

    #[test]
    fn a_star_that_reads_as_a_quotation_mark_is_a_star_where_nothing_closes_it() {
        let check = |text: &str, expect: &str| assert_eq!(settled(text), expect, "{text}");
        check("a/b “Điểm|*Điếm tối đa", "a/b *Điểm tối đa");
        check("a/b \"Điểm|*Điểm tối đa", "a/b *Điểm tối đa");
        // Nobody saw a star, or saw it before another word.
        check("a/b “Điểm tối đa", "a/b “Điểm tối đa");
        check("a/b “Điểm|*Đến tối đa", "a/b “Điểm tối đa");
        // A quotation.
        check("về “Điểm|*Điểm tối đa” là", "về “Điểm tối đa” là");
        check("về “Điểm|*Điểm tối đa”; là", "về “Điểm tối đa”; là");
        // What is closed further on was opened further on.
        check("a/b “Điểm|*Điểm tối đa “Sổ tay”", "a/b *Điểm tối đa “Sổ tay”");
    }
}
