//! Abbreviations in capitals with a letter that was lost: `QD` of `248/QD-UBND` is `QĐ`, for nothing else is called so.

use std::collections::{BTreeMap, BTreeSet};

use super::syllable;

/// The abbreviations with Đ that known phrases have, by what is left of them without marks.
#[derive(Debug, Default)]
pub struct Codes {
    marked: BTreeMap<String, String>,
}

impl Codes {
    /// From known phrases; what stands there without marks as well, or for two things, is not restored.
    pub fn of(phrases: &str) -> Self {
        let (mut marked, mut plain) = (BTreeMap::new(), BTreeSet::new());
        let mut twice = BTreeSet::new();
        for run in phrases
            .split(|c: char| !c.is_alphanumeric())
            .filter(|run| is_code(run))
        {
            let bare = bare(run);
            if bare == run {
                plain.insert(bare);
            } else if marked
                .insert(bare.clone(), run.to_owned())
                .is_some_and(|other| other != run)
            {
                twice.insert(bare);
            }
        }
        marked.retain(|bare, _| !plain.contains(bare) && !twice.contains(bare));
        Self { marked }
    }

    /// `text` with its abbreviations as they are written; `None` where nothing changes.
    pub fn restored(&self, text: &str) -> Option<String> {
        let mut out = String::new();
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let end = rest
                .find(|c: char| c.is_alphanumeric() != first.is_alphanumeric())
                .unwrap_or(rest.len());
            let (run, after) = rest.split_at(end);
            out.push_str(self.marked.get(run).map_or(run, String::as_str));
            rest = after;
        }
        (out != text).then_some(out)
    }
}

/// Two capitals or more that are no syllable and have no marks but the bar of Đ.
fn is_code(run: &str) -> bool {
    run.chars().count() >= 2
        && run.chars().all(|c| c.is_ascii_uppercase() || c == 'Đ')
        && !syllable::is_possible(&run.to_lowercase())
}

fn bare(run: &str) -> String {
    run.replace('Đ', "D")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn abbreviations_get_their_letter_back() {
        let codes =
            Codes::of("Quyết định số 12/QĐ-UBND\nNghị định 43/2011/NĐ-CP; HĐND, HD và HĐ\nĐI ĐẾN TTĐT");
        let check =
            |text: &str, expect: Option<&str>| assert_eq!(codes.restored(text).as_deref(), expect, "{text}");
        check("248/QD-UBND", Some("248/QĐ-UBND"));
        check("64/2007/ND-CP", Some("64/2007/NĐ-CP"));
        check("HDND", Some("HĐND"));
        check("TTDT.", Some("TTĐT."));
        // Two things have the same letters; a syllable is none of its business; parts of words neither.
        check("HD", None);
        check("DI", None);
        check("QDX", None);
        check("Qd", None);
        check("", None);
    }
}
