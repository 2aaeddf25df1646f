//! The dictionary of known phrases as a file that people keep: phrases, where each is from, who approved it.
//!
//! One phrase a line. `# from SOURCE` says where the phrases below it are from, `# approved by NAME on 2026-01-31` who
//! approved them; other lines that begin with `# ` are comments.

use std::collections::{HashMap, HashSet};

use unicode_normalization::{UnicodeNormalization, is_nfc};

use super::lexer::{self, AtomKind};
use super::syllable;
use crate::domain::syllable::is_syllable;

const FROM: &str = "# from ";
const APPROVED: &str = "# approved by ";
const ON: &str = " on ";
/// Letters of the longest phrase: a cell of a table, not a page.
pub(super) const LONGEST: usize = 600;

/// Who approved phrases, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    pub by: String,
    /// ISO 8601: `2026-01-31`
    pub on: String,
}

/// Where phrases come from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Origin {
    /// The document, as people name it; empty when nothing says so.
    pub source: String,
    pub approval: Option<Approval>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub phrase: String,
    pub origin: Origin,
    /// In the file, counted from 1.
    pub line: usize,
}

/// A file of phrases.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Dictionary {
    pub entries: Vec<Entry>,
}

/// How bad a fault is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// The phrase does harm, or is never used: it must be mended.
    Error,
    /// A person should look.
    Warning,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FaultKind {
    /// The same phrase stands above, on this line.
    Repeated(usize),
    /// No word that restoration could use.
    NoWord,
    /// Longer than any cell.
    TooLong,
    /// Not composed (NFC).
    NotComposed,
    /// These words are no syllables, codes or abbreviations: misread, perhaps.
    Unlikely(Vec<String>),
    /// The same letters under other marks stand above, on this line: one of the two may be misread.
    Rival(usize),
    NoSource,
    NotApproved,
}

impl FaultKind {
    pub fn weight(&self) -> Weight {
        match self {
            Self::Repeated(_) | Self::NoWord | Self::TooLong | Self::NotComposed => Weight::Error,
            _ => Weight::Warning,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub line: usize,
    pub phrase: String,
    pub kind: FaultKind,
}

impl Dictionary {
    /// Any text is a dictionary; [`Self::faults`] says what is wrong with it.
    pub fn parse(text: &str) -> Self {
        let mut origin = Origin::default();
        let mut entries = Vec::new();
        for (at, line) in text.lines().enumerate() {
            if let Some(source) = line.strip_prefix(FROM) {
                origin = Origin {
                    source: source.trim().to_owned(),
                    approval: None,
                };
            } else if let Some((by, on)) = line.strip_prefix(APPROVED).and_then(|rest| rest.rsplit_once(ON)) {
                origin.approval = Some(Approval {
                    by: by.trim().to_owned(),
                    on: on.trim().to_owned(),
                });
            } else if !line.trim().is_empty() && !line.starts_with("# ") {
                entries.push(Entry {
                    phrase: line.to_owned(),
                    origin: origin.clone(),
                    line: at + 1,
                });
            }
        }
        Self { entries }
    }

    /// Takes in lines of a document, each once and whole: single words are left out. How many were new.
    pub fn add<'a>(&mut self, origin: &Origin, lines: impl IntoIterator<Item = &'a str>) -> usize {
        let mut known: HashSet<String> = self.entries.iter().map(|e| e.phrase.clone()).collect();
        let before = self.entries.len();
        for line in lines {
            let phrase: String = line
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ")
                .nfc()
                .collect();
            if words(&phrase).len() >= 2 && known.insert(phrase.clone()) {
                self.entries.push(Entry {
                    phrase,
                    origin: origin.clone(),
                    line: 0,
                });
            }
        }
        self.entries.len() - before
    }

    /// The file, phrases of one origin together.
    pub fn to_text(&self) -> String {
        let mut out =
            String::from("# Known phrases of scoring decisions, one a line; kept by `sohoa lexicon`.\n");
        let mut last = Origin::default();
        for entry in &self.entries {
            if entry.origin != last {
                out += &format!("{FROM}{}\n", entry.origin.source);
                if let Some(Approval { by, on }) = &entry.origin.approval {
                    out += &format!("{APPROVED}{by}{ON}{on}\n");
                }
                last = entry.origin.clone();
            }
            out += &entry.phrase;
            out.push('\n');
        }
        out
    }

    /// What a person should mend, in the order of the lines.
    pub fn faults(&self) -> Vec<Fault> {
        let mut first: HashMap<&str, usize> = HashMap::new();
        let mut letters: HashMap<String, (usize, &str)> = HashMap::new();
        let mut faults = Vec::new();
        for entry in &self.entries {
            let mut fault = |kind| {
                faults.push(Fault {
                    line: entry.line,
                    phrase: entry.phrase.clone(),
                    kind,
                });
            };
            let phrase = entry.phrase.as_str();
            let words = words(phrase);
            if let Some(line) = first.get(phrase) {
                fault(FaultKind::Repeated(*line));
            }
            if words.is_empty() {
                fault(FaultKind::NoWord);
            }
            if phrase.chars().count() > LONGEST {
                fault(FaultKind::TooLong);
            }
            if !is_nfc(phrase) {
                fault(FaultKind::NotComposed);
            }
            let unlikely: Vec<String> = words
                .iter()
                .filter(|w| is_unlikely(w))
                .map(|w| (*w).to_owned())
                .collect();
            if !unlikely.is_empty() {
                fault(FaultKind::Unlikely(unlikely));
            }
            let bare = syllable::bare(phrase).to_lowercase();
            match letters.get(&bare) {
                Some((line, other)) if other.to_lowercase() != phrase.to_lowercase() => {
                    fault(FaultKind::Rival(*line));
                }
                _ => {}
            }
            if entry.origin.source.is_empty() {
                fault(FaultKind::NoSource);
            }
            if entry.origin.approval.is_none() {
                fault(FaultKind::NotApproved);
            }
            first.entry(phrase).or_insert(entry.line);
            letters.entry(bare).or_insert((entry.line, phrase));
        }
        faults
    }
}

/// The words that restoration could use.
pub(super) fn words(phrase: &str) -> Vec<&str> {
    let atoms = lexer::atoms(phrase);
    let words = atoms.iter().filter(|a| a.kind == AtomKind::Word);
    words.map(|a| &phrase[a.start..a.end]).collect()
}

/// A word in small letters with marks of Vietnamese that is no syllable: `phưong`, `ngiêm`.
fn is_unlikely(word: &str) -> bool {
    let marked = word.chars().any(syllable::is_vietnamese_only) || syllable::marks(word).tone.is_some();
    let abbreviation = word.chars().all(char::is_uppercase);
    marked && !abbreviation && !is_syllable(word) && word.chars().all(char::is_alphabetic)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FILE: &str = "# Known phrases\n\
                        # from 1420/KH-UBND\n\
                        # approved by lan on 2026-01-31\n\
                        Điểm tối đa\n\
                        Cách tính điểm\n\
                        # from 99/QĐ\n\
                        Điểm tối da\n\
                        Điểm tối đa\n\
                        Phưong án\n\
                        12,5\n";

    #[test]
    fn faults_are_told_with_their_lines() {
        let faults = Dictionary::parse(FILE).faults();
        let told: Vec<(usize, FaultKind)> = faults
            .into_iter()
            .filter(|f| f.kind != FaultKind::NotApproved)
            .map(|f| (f.line, f.kind))
            .collect();
        assert_eq!(
            told,
            [
                (7, FaultKind::Rival(4)),
                (8, FaultKind::Repeated(4)),
                (9, FaultKind::Unlikely(vec!["Phưong".to_owned()])),
                (10, FaultKind::NoWord),
            ]
        );
    }

    #[test]
    fn a_phrase_is_taken_once_with_its_origin() {
        let mut dictionary = Dictionary::parse(FILE);
        let origin = Origin {
            source: "7/QĐ".to_owned(),
            approval: None,
        };
        let added = dictionary.add(
            &origin,
            ["Điểm  tối đa", "Đơn vị tự chấm", "STT", "Đơn vị tự chấm"],
        );
        assert_eq!(added, 1);
        assert!(dictionary.to_text().ends_with("# from 7/QĐ\nĐơn vị tự chấm\n"));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(
            phrases in proptest::collection::vec("[a-zđêơA-Z][a-zđêơ ]{3,20}", 0..20),
            origins in proptest::collection::vec(("[a-z0-9/]{1,8}", proptest::option::of("[a-z]{1,6}")), 1..4),
        ) {
            let mut dictionary = Dictionary::default();
            for (at, phrase) in phrases.iter().enumerate() {
                let (source, by) = &origins[at % origins.len()];
                let origin = Origin {
                    source: source.clone(),
                    approval: by.clone().map(|by| Approval { by, on: "2026-01-31".to_owned() }),
                };
                dictionary.add(&origin, [phrase.as_str()]);
            }
            let again = Dictionary::parse(&dictionary.to_text());
            let plain = |d: &Dictionary| -> Vec<(String, Origin)> {
                d.entries.iter().map(|e| (e.phrase.clone(), e.origin.clone())).collect()
            };
            prop_assert_eq!(plain(&again), plain(&dictionary));
        }
    }
}
