//! What a settled rubric teaches: texts that the next decision of its kind will have too.

use std::collections::{BTreeMap, HashSet};

use unicode_normalization::UnicodeNormalization;

use super::dictionary::{LONGEST, words};
use crate::domain::{Field, Rubric, RuleKind, one_line};

/// The family names that nine Vietnamese in ten bear, in small letters.
const FAMILY_NAMES: [&str; 24] = [
    "nguyễn", "trần", "lê", "phạm", "hoàng", "huỳnh", "phan", "vũ", "võ", "đặng", "bùi", "đỗ", "hồ", "ngô",
    "dương", "lý", "đinh", "đoàn", "trịnh", "mai", "tô", "lâm", "trương", "lương",
];
/// Middle names that make a family name before them a person's, also where all is in capitals.
const MIDDLE_NAMES: [&str; 10] = [
    "văn", "thị", "hữu", "đức", "quốc", "minh", "ngọc", "xuân", "thanh", "công",
];

/// A text of a rubric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Text<'a> {
    /// `None`: of the rubric itself.
    pub criterion: Option<&'a str>,
    /// `None`: a column's header.
    pub field: Option<Field>,
    pub text: &'a str,
}

/// The texts of a rubric that the next one of its kind may have too, in the order of the table.
pub fn texts(rubric: &Rubric) -> Vec<Text<'_>> {
    let mut found = vec![Text {
        criterion: None,
        field: Some(Field::Title),
        text: &rubric.title,
    }];
    found.extend(rubric.columns.iter().map(|column| Text {
        criterion: None,
        field: None,
        text: &column.header,
    }));
    for criterion in &rubric.criteria {
        let mut take = |field, text| {
            found.push(Text {
                criterion: Some(&criterion.id),
                field: Some(field),
                text,
            });
        };
        take(Field::Title, criterion.title.as_str());
        for rule in &criterion.rules {
            take(Field::Rules, &rule.text);
        }
        take(Field::Evidence, &criterion.evidence);
        for item in &criterion.data_items {
            take(Field::DataItems, item);
        }
    }
    found
}

/// A phrase that a rubric proposes, with the place that it is first found in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    pub phrase: String,
    pub criterion: Option<String>,
    pub field: Option<Field>,
}

/// A phrase by its words alone: two phrases with one normal form are one phrase.
pub fn normal(phrase: &str) -> String {
    let composed: String = one_line(phrase).nfc().collect();
    let without_bullet = composed.trim_start_matches(['-', '+', '•', '*', ' ']);
    without_bullet
        .trim_end_matches(['.', ';', ':', ',', ' '])
        .to_lowercase()
}

/// The lines of titles, headers, evidence and data items, and the units that come again: those of two words at least that
/// are not in `known` (normal forms), hold no person's name and are more than numbers.
pub fn proposals(rubric: &Rubric, known: &HashSet<String>) -> Vec<Proposal> {
    let mut seen = HashSet::new();
    let mut found = Vec::new();
    let mut propose = |text: &str, criterion: Option<&str>, field: Option<Field>| {
        for line in text.lines() {
            let phrase: String = one_line(line).nfc().collect();
            let form = normal(&phrase);
            if is_worth_knowing(&phrase) && !known.contains(&form) && seen.insert(form) {
                found.push(Proposal {
                    phrase,
                    criterion: criterion.map(str::to_owned),
                    field,
                });
            }
        }
    };
    for text in texts(rubric)
        .into_iter()
        .filter(|t| t.field != Some(Field::Rules))
    {
        propose(text.text, text.criterion, text.field);
    }
    for (unit, criterion) in recurring_units(rubric) {
        propose(unit, Some(criterion), Some(Field::Rules));
    }
    found
}

/// The units that two rules at least count by, each with the first criterion that does.
fn recurring_units(rubric: &Rubric) -> Vec<(&str, &str)> {
    let mut counted: BTreeMap<&str, (usize, &str)> = BTreeMap::new();
    for criterion in &rubric.criteria {
        for rule in &criterion.rules {
            let unit = match &rule.kind {
                RuleKind::PerUnit { unit, .. } => Some(unit),
                RuleKind::Penalty { unit, .. } => unit.as_ref(),
                _ => None,
            };
            if let Some(unit) = unit {
                counted.entry(unit).or_insert((0, &criterion.id)).0 += 1;
            }
        }
    }
    let again = counted.into_iter().filter(|(_, (count, _))| *count >= 2);
    again.map(|(unit, (_, criterion))| (unit, criterion)).collect()
}

fn is_worth_knowing(phrase: &str) -> bool {
    let words = words(phrase);
    let spelled = words
        .iter()
        .filter(|w| w.chars().all(char::is_alphabetic))
        .count();
    spelled >= 2 && phrase.chars().count() <= LONGEST && !names_a_person(&words)
}

/// A family name before two to four more words in capitals, or before a usual middle name where all is in capitals.
fn names_a_person(words: &[&str]) -> bool {
    let all_capital = words.iter().all(|w| w.chars().all(char::is_uppercase));
    let is = |list: &[&str], word: &str| list.contains(&word.to_lowercase().as_str());
    let capital = |word: &&str| word.chars().next().is_some_and(char::is_uppercase);
    words.windows(3).any(|three| {
        is(&FAMILY_NAMES, three[0])
            && three.iter().all(&capital)
            && (is(&MIDDLE_NAMES, three[1]) || !all_capital)
    }) || (words.len() == 2 && !all_capital && is(&FAMILY_NAMES, words[0]) && words.iter().all(capital))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Criterion, CriterionKind, Rule, Score};

    fn criterion(title: &str, evidence: &str, units: &[&str]) -> Criterion {
        let rule = |unit: &&str| Rule {
            kind: RuleKind::PerUnit {
                unit: (*unit).to_owned(),
                points: Score::parse_vietnamese("1").unwrap(),
                cap: None,
            },
            text: format!("Mỗi {unit} 1 điểm"),
        };
        Criterion {
            number: "1".into(),
            title: title.into(),
            rules: units.iter().map(rule).collect(),
            evidence: evidence.into(),
            ..Criterion::empty("1", CriterionKind::Criterion)
        }
    }

    fn proposed(rubric: &Rubric, known: &[&str]) -> Vec<String> {
        let known = known.iter().map(|k| normal(k)).collect();
        proposals(rubric, &known).into_iter().map(|p| p.phrase).collect()
    }

    #[test]
    fn lines_and_recurring_units_are_proposed_once_and_rules_are_not() {
        let rubric = Rubric {
            title: "Bảng tiêu chí".into(),
            criteria: vec![criterion(
                "Tỷ lệ hồ sơ  trực tuyến",
                "- Báo cáo năm\n- Kế hoạch năm\n- Báo cáo năm.",
                &["tin bài", "cuộc họp", "tin bài"],
            )],
            ..Rubric::default()
        };
        assert_eq!(
            proposed(&rubric, &["BẢNG TIÊU CHÍ"]),
            [
                "Tỷ lệ hồ sơ trực tuyến",
                "- Báo cáo năm",
                "- Kế hoạch năm",
                "tin bài"
            ]
        );
    }

    #[test]
    fn names_of_people_and_numbers_are_not_proposed() {
        let check = |text: &str, expect: bool| {
            let rubric = Rubric {
                criteria: vec![criterion(text, "", &[])],
                ..Rubric::default()
            };
            assert_eq!(!proposed(&rubric, &[]).is_empty(), expect, "{text}");
        };
        check("Nguyễn Văn An", false);
        check("NGUYỄN VĂN AN", false);
        check("Trần Hưng", false);
        check("Đồng chí Lê Thị Hoa, Phó Chủ tịch", false);
        check("12,5 20%", false);
        check("STT", false);
        check("1420/KH-UBND", false);
        check("HỒ SƠ MINH CHỨNG", true);
        check("Hồ sơ minh chứng", true);
        check("Mai táng phí", true);
    }
}
