//! Which earlier decision a new one changes, as far as its words tell: a proposal for a person, never a decision.

use super::likeness::{likeness, words};
use crate::domain::{Metadata, Rubric, fold};

/// Words that say of the decision named behind them that it is changed, without marks.
const CHANGES: [&str; 5] = ["sua doi", "bo sung", "thay the", "bai bo", "dieu chinh"];
/// Characters before a number in which such words are looked for: a line or two.
const BEFORE: usize = 160;
/// What each fact counts; together 1.
const NAMED_AS_CHANGED: f64 = 0.4;
const CITED: f64 = 0.15;
const SAME_ISSUER: f64 = 0.15;
const TITLE: f64 = 0.15;
const CRITERIA: f64 = 0.3;
/// Less is chance: every two decisions share an issuer and some words.
const LEAST: f64 = 0.25;

/// A decision as matching sees it.
#[derive(Debug, Clone, Copy)]
pub struct Decision<'a> {
    pub metadata: &'a Metadata,
    pub rubric: &'a Rubric,
    /// The whole text; only the new decision's is looked at.
    pub text: &'a str,
}

/// Something that speaks for it.
#[derive(Debug, Clone, PartialEq)]
pub enum Reason {
    /// The new text says that it changes the decision of this number.
    NamedAsChanged {
        number: String,
    },
    /// The new text names this number.
    Cited {
        number: String,
    },
    SameIssuer {
        issuer: String,
    },
    /// How alike the titles are, from 0 to 1.
    Title {
        likeness: f64,
    },
    /// The share of criteria that both have, from 0 to 1.
    Criteria {
        likeness: f64,
    },
}

/// How probably one decision changes another.
#[derive(Debug, Clone, PartialEq)]
pub struct Match {
    /// From 0 to 1; no probability, but what orders the candidates.
    pub score: f64,
    pub reasons: Vec<Reason>,
}

/// What speaks for `new` changing `old`; `None` where it is no more than chance.
pub fn amends(new: Decision<'_>, old: Decision<'_>) -> Option<Match> {
    let mut found = Match {
        score: 0.0,
        reasons: Vec::new(),
    };
    let mut speaks = |weight: f64, reason: Reason| {
        found.score += weight;
        found.reasons.push(reason);
    };
    let number = old.metadata.number.as_deref().unwrap_or_default();
    match mention(new.text, number) {
        Some(Mention::AsChanged) => speaks(
            NAMED_AS_CHANGED,
            Reason::NamedAsChanged {
                number: number.to_owned(),
            },
        ),
        Some(Mention::Cited) => speaks(
            CITED,
            Reason::Cited {
                number: number.to_owned(),
            },
        ),
        None => {}
    }
    if let (Some(ours), Some(theirs)) = (&new.metadata.issuer, &old.metadata.issuer)
        && fold(ours) == fold(theirs)
    {
        speaks(
            SAME_ISSUER,
            Reason::SameIssuer {
                issuer: theirs.clone(),
            },
        );
    }
    let title = titles(new, old);
    if title >= 0.5 {
        speaks(TITLE * title, Reason::Title { likeness: title });
    }
    let criteria = likeness(new.rubric, old.rubric);
    if criteria >= 0.1 {
        speaks(CRITERIA * criteria, Reason::Criteria { likeness: criteria });
    }
    (found.score >= LEAST).then_some(found)
}

/// A quick look that costs no criteria: only good for leaving out those that cannot be meant.
pub fn glance(new: Decision<'_>, number: Option<&str>, title: &str) -> f64 {
    let named = match mention(new.text, number.unwrap_or_default()) {
        Some(Mention::AsChanged) => 1.0,
        Some(Mention::Cited) => 0.5,
        None => 0.0,
    };
    named + words(&new.rubric.title, title)
}

fn titles(new: Decision<'_>, old: Decision<'_>) -> f64 {
    let of_rubrics = words(&new.rubric.title, &old.rubric.title);
    let of_documents = match (&new.metadata.title, &old.metadata.title) {
        (Some(ours), Some(theirs)) => words(ours, theirs),
        _ => 0.0,
    };
    of_rubrics.max(of_documents)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd)]
enum Mention {
    Cited,
    AsChanged,
}

/// Whether `text` names the decision of this number, and as what.
fn mention(text: &str, number: &str) -> Option<Mention> {
    // Scans part a number with spaces: `1420 /KH-UBND`.
    let wanted: String = fold(number).split_whitespace().collect();
    if !wanted.chars().any(|c| c.is_ascii_digit()) || !wanted.contains('/') {
        return None;
    }
    let text = fold(text);
    let letters: Vec<char> = text.chars().collect();
    let wanted: Vec<char> = wanted.chars().collect();
    let mut found = None;
    for start in 0..letters.len() {
        let inside_another = start > 0 && letters[start - 1].is_ascii_digit();
        if letters[start] != wanted[0] || inside_another || !names_here(&letters[start..], &wanted) {
            continue;
        }
        let before: String = letters[start.saturating_sub(BEFORE)..start].iter().collect();
        // What a sentence before said is of another decision.
        let before = before.rsplit(['.', ';']).next().unwrap_or_default();
        let mention = match CHANGES.iter().any(|w| before.contains(w)) {
            true => Mention::AsChanged,
            false => Mention::Cited,
        };
        if found.is_none_or(|f| mention > f) {
            found = Some(mention);
        }
    }
    found
}

/// `wanted` stands here, whatever spaces are in between, and ends where a word ends.
fn names_here(letters: &[char], wanted: &[char]) -> bool {
    let mut at = 0;
    for (place, expected) in wanted.iter().enumerate() {
        while place > 0 && letters.get(at) == Some(&' ') {
            at += 1;
        }
        if letters.get(at) != Some(expected) {
            return false;
        }
        at += 1;
    }
    letters.get(at).is_none_or(|c| !c.is_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Criterion, CriterionKind};

    fn rubric(title: &str, criteria: &[&str]) -> Rubric {
        let criterion = |(i, title): (usize, &&str)| Criterion {
            number: i.to_string(),
            title: (*title).to_owned(),
            ..Criterion::empty(i.to_string(), CriterionKind::Criterion)
        };
        Rubric {
            title: title.to_owned(),
            criteria: criteria.iter().enumerate().map(criterion).collect(),
            ..Rubric::default()
        }
    }

    #[test]
    fn a_number_is_found_where_the_decision_is_named_and_as_what() {
        let check = |text: &str, number: &str, expect| assert_eq!(mention(text, number), expect, "{text:?}");
        let changed = Some(Mention::AsChanged);
        check(
            "Sửa đổi, bổ sung một số điều của Quyết định số 12/2023/QĐ-UBND",
            "12/2023/QĐ-UBND",
            changed,
        );
        check(
            "THAY THẾ Kế hoạch số 1420 /KH - UBND ngày",
            "1420/KH-UBND",
            changed,
        );
        check(
            "Căn cứ Kế hoạch số 1420/KH-UBND",
            "1420/KH-UBND",
            Some(Mention::Cited),
        );
        check(
            "Sửa đổi Quyết định số 5/QĐ-UBND. Căn cứ Kế hoạch số 1420/KH-UBND",
            "1420/KH-UBND",
            Some(Mention::Cited),
        );
        check("Kế hoạch số 11420/KH-UBND", "1420/KH-UBND", None);
        check("Kế hoạch số 1420/KH-UBNDX", "1420/KH-UBND", None);
        check("năm 2024 và 2025", "2024", None);
        check("", "1420/KH-UBND", None);
        check("bất kỳ", "", None);
    }

    #[test]
    fn the_decision_that_is_named_and_alike_comes_first_and_chance_is_none() {
        let metadata = |number: &str, issuer: &str| Metadata {
            number: Some(number.to_owned()),
            issuer: Some(issuer.to_owned()),
            ..Metadata::default()
        };
        let titles = ["Kế hoạch", "Báo cáo", "Chuyển đổi số", "Kiểm tra"];
        let (new, old) = (rubric("Bảng số 3", &titles), rubric("Bảng số 3", &titles[..3]));
        let other = rubric("Tiêu chí khen thưởng", &["Gia đình văn hoá"]);
        let (ours, theirs, foreign) = (
            metadata("7/QĐ-UBND", "UBND tỉnh An Giang"),
            metadata("1420/KH-UBND", "UBND TỈNH AN GIANG"),
            metadata("3/QĐ-BNV", "Bộ Nội vụ"),
        );
        let text = "Sửa đổi, bổ sung Kế hoạch số 1420/KH-UBND";
        let of = |metadata, rubric| Decision {
            metadata,
            rubric,
            text,
        };
        let found = amends(of(&ours, &new), of(&theirs, &old)).unwrap();
        assert!(found.score > 0.85, "{found:?}");
        assert!(matches!(found.reasons[0], Reason::NamedAsChanged { .. }));
        assert!(matches!(found.reasons[1], Reason::SameIssuer { .. }));
        assert_eq!(amends(of(&ours, &new), of(&foreign, &other)), None);
        assert!(glance(of(&ours, &new), Some("1420/KH-UBND"), "Bảng số 3") > 1.9);
    }
}
