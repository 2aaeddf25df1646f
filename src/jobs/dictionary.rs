//! The office's dictionary as the file that a document is read with.

use crate::stages::restore::dictionary::{Approval, Dictionary, Entry, Origin};
use crate::store::UsedPhrase;

/// The file of what is used; empty for none, so that a result tells whether there was a dictionary.
/// The same phrases always give the same bytes: a result names their digest.
pub fn dictionary_text(used: &[UsedPhrase]) -> String {
    if used.is_empty() {
        return String::new();
    }
    let entry = |used: &UsedPhrase| Entry {
        phrase: used.phrase.clone(),
        origin: Origin {
            source: used.source.clone(),
            approval: Some(Approval {
                by: used.by.clone(),
                on: used.at.date().to_string(),
            }),
        },
        line: 0,
    };
    Dictionary {
        entries: used.iter().map(entry).collect(),
    }
    .to_text()
}

#[cfg(test)]
mod tests {
    use time::OffsetDateTime;

    use super::*;

    #[test]
    fn phrases_stand_under_their_source_and_who_accepted_them() {
        let used = [UsedPhrase {
            phrase: "Tỷ lệ hồ sơ".into(),
            source: "7/QĐ".into(),
            by: "lan".into(),
            at: OffsetDateTime::UNIX_EPOCH,
        }];
        let text = dictionary_text(&used);
        assert!(
            text.ends_with("# from 7/QĐ\n# approved by lan on 1970-01-01\nTỷ lệ hồ sơ\n"),
            "{text}"
        );
        assert_eq!(dictionary_text(&[]), "");
    }
}
