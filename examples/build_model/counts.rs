//! Text -> distinct sentences as word ids -> counts.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

use sohoa::encoding::twice;
use sohoa::stages::restore::language_model::{BOUNDARY, NUMBER, UNKNOWN, WordId};
use sohoa::stages::restore::lexer::{self, AtomKind};
use sohoa::stages::restore::syllable;
use unicode_normalization::UnicodeNormalization;

/// A repeated line (menus, running heads, forms) counts this often at most.
const REPEATS: u8 = 3;

/// What a line of text is made of, before words have ids.
enum Piece {
    Word(String),
    Number,
    Boundary,
}

/// Calls `each` for every distinct line of a text, and says whether it goes on from the line before.
fn lines(path: &Path, seen: &mut HashMap<u64, u8>, mut each: impl FnMut(&str, bool)) -> std::io::Result<()> {
    let text = std::fs::read_to_string(path)?;
    for raw in text.lines() {
        let line: String = raw.trim().nfc().collect();
        // Some collections hold texts that a conversion from an old encoding spoilt: `xột đề nghị`.
        if line.is_empty() || line.starts_with("##DOC") || twice::was_converted(&line) {
            continue;
        }
        let mut hasher = DefaultHasher::new();
        line.hash(&mut hasher);
        let times = seen.entry(hasher.finish()).or_default();
        if *times < REPEATS {
            *times += 1;
            let goes_on = line.chars().next().is_some_and(char::is_lowercase) && !is_item(&line);
            each(&line, goes_on);
        }
    }
    Ok(())
}

/// `a) …`, `đ. …`: an item, not the rest of a sentence.
fn is_item(line: &str) -> bool {
    let mut chars = line.chars();
    chars.next().is_some_and(char::is_alphabetic) && matches!(chars.next(), Some(')' | '.'))
}

fn pieces(line: &str, mut each: impl FnMut(Piece)) {
    for atom in lexer::atoms(line) {
        let text = &line[atom.start..atom.end];
        match atom.kind {
            AtomKind::Word if text.chars().any(|c| c.is_ascii_digit()) => each(Piece::Number),
            AtomKind::Word => each(Piece::Word(syllable::canonical(text))),
            AtomKind::Number | AtomKind::Code => each(Piece::Number),
            AtomKind::Mark if lexer::is_boundary(text) => each(Piece::Boundary),
            AtomKind::Mark => {}
        }
        let ends = atom.kind == AtomKind::Number && text.ends_with(['.', ';', ':']);
        if ends {
            each(Piece::Boundary);
        }
    }
}

/// Words by falling frequency: possible syllables seen `syllable_min` times, other words `other_min` times.
pub fn vocabulary(
    texts: &[std::path::PathBuf],
    syllable_min: u32,
    other_min: u32,
) -> std::io::Result<Vec<String>> {
    let mut counts: HashMap<String, u32> = HashMap::new();
    let mut seen = HashMap::new();
    for path in texts {
        lines(path, &mut seen, |line, _| {
            pieces(line, |piece| {
                if let Piece::Word(word) = piece {
                    *counts.entry(word).or_default() += 1;
                }
            });
        })?;
    }
    let mut words: Vec<(String, u32)> = counts
        .into_iter()
        .filter(|(w, n)| {
            *n >= if syllable::is_possible(w) {
                syllable_min
            } else {
                other_min
            }
        })
        .collect();
    words.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let classes = ["<unknown>", "<boundary>", "<number>"].map(str::to_owned);
    Ok(classes
        .into_iter()
        .chain(words.into_iter().map(|(w, _)| w))
        .collect())
}

/// The whole text as one row of ids; boundaries never follow each other.
pub fn ids(texts: &[std::path::PathBuf], vocabulary: &[String]) -> std::io::Result<Vec<WordId>> {
    let index: HashMap<&str, WordId> = (0..).zip(vocabulary).map(|(id, w)| (w.as_str(), id)).collect();
    let mut row = vec![BOUNDARY];
    let mut seen = HashMap::new();
    for path in texts {
        lines(path, &mut seen, |line, goes_on| {
            let mut push = |id| {
                if id != BOUNDARY || row.last() != Some(&BOUNDARY) {
                    row.push(id);
                }
            };
            if !goes_on {
                push(BOUNDARY);
            }
            pieces(line, |piece| {
                push(match piece {
                    Piece::Word(word) => index.get(word.as_str()).copied().unwrap_or(UNKNOWN),
                    Piece::Number => NUMBER,
                    Piece::Boundary => BOUNDARY,
                });
            });
        })?;
    }
    Ok(row)
}

/// N-grams as keys (16 bits a word, the last word lowest) with how often they stand in `row`, sorted by key.
pub fn ngrams(row: &[WordId], order: usize) -> Vec<(u64, u32)> {
    let mut keys: Vec<u64> = row
        .windows(order)
        .map(|w| w.iter().fold(0, |key, &id| key << 16 | u64::from(id)))
        .collect();
    keys.sort_unstable();
    let mut counts: Vec<(u64, u32)> = Vec::new();
    for key in keys {
        match counts.last_mut() {
            Some((last, n)) if *last == key => *n += 1,
            _ => counts.push((key, 1)),
        }
    }
    counts
}
