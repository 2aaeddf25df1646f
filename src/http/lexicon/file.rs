//! The dictionary as a file: read from what is imported, told by its digest.

use sha2::{Digest, Sha256};
use unicode_normalization::UnicodeNormalization;

use super::gather;
use crate::domain::one_line;
use crate::http::problem::HttpError;
use crate::stages::restore::dictionary::{Dictionary, Entry, Fault, FaultKind, Origin, Weight};
use crate::stages::restore::harvest;
use crate::store::ImportedPhrase;

/// Faults that an answer names; a file with more is not a dictionary.
const MOST_FAULTS: usize = 20;

/// SHA-256, hex.
pub fn digest(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}

/// A phrase of a file that is to be imported.
pub struct Found {
    phrase: String,
    normal: String,
    source: String,
}

impl Found {
    pub fn with_id(self, id: String) -> ImportedPhrase {
        ImportedPhrase {
            id,
            phrase: self.phrase,
            normal: self.normal,
            source: self.source,
        }
    }
}

/// The phrases of a file; a damaged one is refused with the lines that are.
pub fn read(bytes: &[u8]) -> Result<Vec<Found>, HttpError> {
    let text = std::str::from_utf8(bytes).map_err(|e| {
        let line = bytes[..e.valid_up_to()].iter().filter(|b| **b == b'\n').count() + 1;
        HttpError::DamagedLexicon {
            lines: vec![(line, "not_utf8")],
        }
    })?;
    let dictionary = Dictionary::parse(text.trim_start_matches('\u{feff}'));
    let mut lines: Vec<(usize, &'static str)> = dictionary
        .faults()
        .iter()
        .filter(|f| f.kind.weight() == Weight::Error)
        .map(|f: &Fault| (f.line, code(&f.kind)))
        .collect();
    let hidden = dictionary.entries.iter().filter(|e| has_hidden(&e.phrase));
    lines.extend(hidden.map(|e| (e.line, "hidden_characters")));
    if dictionary.entries.is_empty() {
        lines.push((1, "no_phrase"));
    }
    if !lines.is_empty() {
        lines.sort_unstable();
        lines.truncate(MOST_FAULTS);
        return Err(HttpError::DamagedLexicon { lines });
    }
    let found = dictionary.entries.into_iter().map(|entry| Found {
        normal: harvest::normal(&entry.phrase),
        phrase: one_line(&entry.phrase),
        source: entry.origin.source,
    });
    Ok(found.collect())
}

/// Those that the program lacks, and how many it has.
pub fn without_built_in(all: Vec<Found>) -> (Vec<Found>, u32) {
    let known = gather::built_in();
    let before = all.len();
    let new: Vec<Found> = all.into_iter().filter(|p| !known.contains(&p.normal)).collect();
    let left_out = u32::try_from(before - new.len()).unwrap_or(u32::MAX);
    (new, left_out)
}

/// A phrase as a person typed it, in the form that is kept; refused for what makes an import damaged.
pub fn checked_phrase(typed: &str) -> Result<String, HttpError> {
    let phrase: String = one_line(typed).nfc().collect();
    let dictionary = Dictionary {
        entries: vec![Entry {
            phrase: phrase.clone(),
            origin: Origin::default(),
            line: 1,
        }],
    };
    let bad = dictionary
        .faults()
        .iter()
        .any(|f| f.kind.weight() == Weight::Error);
    // What begins like a remark would be read as one.
    if bad || has_hidden(&phrase) || phrase.starts_with("# ") {
        return Err(HttpError::BadPhrase);
    }
    Ok(phrase)
}

/// Characters that do not show, or turn what is beside them around.
fn has_hidden(phrase: &str) -> bool {
    phrase.chars().any(|c| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    })
}

fn code(kind: &FaultKind) -> &'static str {
    match kind {
        FaultKind::Repeated(_) => "repeated",
        FaultKind::NoWord => "no_word",
        FaultKind::TooLong => "too_long",
        FaultKind::NotComposed => "not_nfc",
        FaultKind::Unlikely(_) => "unlikely_word",
        FaultKind::Rival(_) => "same_letters_other_marks",
        FaultKind::NoSource => "no_source",
        FaultKind::NotApproved => "not_approved",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_file_is_refused_with_its_lines() {
        let check = |bytes: &[u8], expect: &[(usize, &str)]| match read(bytes) {
            Err(HttpError::DamagedLexicon { lines }) => assert_eq!(lines, expect),
            Ok(found) => assert!(expect.is_empty(), "{} phrases", found.len()),
            Err(error) => panic!("{error}"),
        };
        check("# from 7/QĐ\nĐiểm tối đa\nHồ sơ năm\n".as_bytes(), &[]);
        check(
            "Điểm tối đa\n12,5\nĐiểm tối đa\n".as_bytes(),
            &[(2, "no_word"), (3, "repeated")],
        );
        check("Điểm\nHồ\u{202e}sơ\n".as_bytes(), &[(2, "hidden_characters")]);
        check(b"a b\n\xff\xfe\n", &[(2, "not_utf8")]);
        check(b"", &[(1, "no_phrase")]);
    }

    #[test]
    fn a_typed_phrase_is_composed_or_refused() {
        assert_eq!(checked_phrase("  ti\u{0309}  lệ ").unwrap(), "tỉ lệ");
        for bad in ["", "12,5", "# nhận xét gì", "a\u{202e}b"] {
            assert!(checked_phrase(bad).is_err(), "{bad:?}");
        }
    }
}
