use crate::domain::{Field, FindingCode};

use super::Doubt;

/// What a doubt rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ground {
    /// Something speaks against the value as it stands: another reading of the same ink, a sum that comes
    /// out otherwise, ink that no letter accounts for.
    Contradicted,
    /// Nothing speaks against it but that it was read or inferred without certainty.
    Unsure,
}

impl Ground {
    /// From the readings to choose from, and the finding that names the value, if one does.
    pub(super) fn of(candidates: &[String], finding: Option<FindingCode>) -> Self {
        let contradicted = matches!(
            finding,
            Some(
                FindingCode::ReadersDisagree
                    | FindingCode::UnreadInk
                    | FindingCode::DigitFixProposed
                    | FindingCode::MissingMaxScore
            )
        );
        match contradicted || candidates.len() > 1 {
            true => Self::Contradicted,
            false => Self::Unsure,
        }
    }
}

/// What a wrong value would do to people, worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Damage {
    /// Points are given or refused wrongly, and nobody who reads the result can see it.
    Points,
    /// How points are reckoned is wrong.
    Reckoning,
    /// A criterion stands in the wrong place, under the wrong sum.
    Place,
    /// A word is misspelt; a reader notices and knows what was meant.
    Words,
}

fn damage(field: Field) -> Damage {
    match field {
        Field::MaxScore | Field::Bonus | Field::Deduction | Field::SelfScore | Field::VerifiedScore => {
            Damage::Points
        }
        Field::Rules => Damage::Reckoning,
        Field::Number => Damage::Place,
        Field::Title | Field::Evidence | Field::DataItems | Field::Period | Field::Method | Field::Notes => {
            Damage::Words
        }
    }
}

/// Puts doubts in the order in which a person should look at them: by the harm to be expected of leaving
/// one unseen, and where that is equal as they come, which is document order.
///
/// Expected harm is what a wrong value would do times how likely it is to be wrong. The kinds of damage lie so far
/// apart that likelihood never outweighs them: a score that is probably right still goes before a title that is
/// probably not. Within a kind, what something speaks against goes before what is merely unsure. The
/// reading's own confidence is not looked at beyond that: between two unsure scores it says too little for
/// people to be sent back and forth over the pages.
pub(super) fn worst_first(doubts: &mut [Doubt]) {
    doubts.sort_by_key(|doubt| (damage(doubt.field), doubt.ground));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Confidence, PageNo, PixelBox};

    fn doubt(name: &str) -> Doubt {
        let (criterion, field, ground) = match name.split(' ').collect::<Vec<_>>()[..] {
            [criterion, field, "!"] => (criterion, field, Ground::Contradicted),
            [criterion, field] => (criterion, field, Ground::Unsure),
            _ => panic!("{name:?} names no doubt"),
        };
        Doubt {
            criterion: Some(criterion.to_owned()),
            field: crate::domain::Named::from_name(field).unwrap(),
            ground,
            page: PageNo::FIRST,
            bbox: PixelBox::default(),
            raw: String::new(),
            value: None,
            confidence: Confidence::NONE,
            candidates: Vec::new(),
            reason_vi: String::new(),
            reason_en: String::new(),
        }
    }

    #[test]
    fn what_would_do_most_harm_comes_first_then_the_document_s_order() {
        let check = |given: &[&str], expect: &[&str]| {
            let mut doubts: Vec<Doubt> = given.iter().map(|name| doubt(name)).collect();
            worst_first(&mut doubts);
            let expect: Vec<Doubt> = expect.iter().map(|name| doubt(name)).collect();
            assert_eq!(doubts, expect, "{given:?}");
        };
        check(&["1 title", "2 max_score"], &["2 max_score", "1 title"]);
        check(&["1 title !", "2 max_score"], &["2 max_score", "1 title !"]);
        check(&["1 evidence", "2 rules"], &["2 rules", "1 evidence"]);
        check(&["1 rules !", "2 bonus"], &["2 bonus", "1 rules !"]);
        check(
            &["1 max_score", "2 max_score !"],
            &["2 max_score !", "1 max_score"],
        );
        check(&["1 title", "2 number"], &["2 number", "1 title"]);
        // Nothing between them: as they come.
        check(&["2 title", "1 evidence"], &["2 title", "1 evidence"]);
        check(
            &["1 title", "1 max_score", "2 title !", "2 rules", "3 deduction !"],
            &["3 deduction !", "1 max_score", "2 rules", "2 title !", "1 title"],
        );
    }

    #[test]
    fn a_doubt_is_contradicted_by_another_reading_or_by_a_finding() {
        let readings = ["15".to_owned(), "1,5".to_owned()];
        let check = |candidates: &[String], finding, expect| {
            assert_eq!(
                Ground::of(candidates, finding),
                expect,
                "{candidates:?} {finding:?}"
            );
        };
        check(&readings, None, Ground::Contradicted);
        check(&readings[..1], None, Ground::Unsure);
        check(&[], Some(FindingCode::LowConfidence), Ground::Unsure);
        check(&[], Some(FindingCode::NumberInferred), Ground::Unsure);
        check(&[], Some(FindingCode::UnreadInk), Ground::Contradicted);
        check(&[], Some(FindingCode::DigitFixProposed), Ground::Contradicted);
    }
}
