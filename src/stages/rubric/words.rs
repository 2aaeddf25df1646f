//! A person's words for the rules of one criterion -> rules.

use crate::domain::{Criterion, CriterionKind, PenaltyBase, Rule, one_line};

use super::grammar::{self, Definition};

/// The rules that `words` state, a paragraph a line. A line that says word for word what a rule of `criterion` came from
/// keeps that rule, whatever reading it anew would make of it; one that no grammar fits is kept as text.
pub fn rules_in_words(words: &str, criterion: &Criterion) -> Vec<Rule> {
    let base = match criterion.kind {
        CriterionKind::Deduction => PenaltyBase::Total,
        _ => PenaltyBase::Criterion,
    };
    let mut anew = false;
    let mut rules: Vec<Rule> = Vec::new();
    for line in words.lines().map(one_line).filter(|l| !l.is_empty()) {
        let known: Vec<&Rule> = criterion
            .rules
            .iter()
            .filter(|r| one_line(&r.text) == line)
            .collect();
        if known.is_empty() {
            let parts = grammar::split_inline(&line);
            rules.extend(parts.iter().flat_map(|part| grammar::paragraph(part, base)));
            anew = true;
        } else if !rules.contains(known[0]) {
            rules.extend(known.into_iter().cloned());
        }
    }
    let definitions: Vec<Definition> = criterion
        .data_items
        .iter()
        .chain(rules.iter().map(|r| &r.text))
        .filter_map(|text| Definition::parse(text))
        .collect();
    if anew {
        grammar::settle(&mut rules, &definitions, criterion.max_score);
    }
    rules
}

/// The words of the rules, a line for each paragraph that they came from: what [`rules_in_words`] reads back.
pub fn words_of(rules: &[Rule]) -> String {
    let mut lines: Vec<String> = Vec::new();
    for rule in rules {
        let line = one_line(&rule.text);
        if !line.is_empty() && lines.last() != Some(&line) {
            lines.push(line);
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Award, RuleKind, Score};

    fn criterion(rules: Vec<Rule>) -> Criterion {
        Criterion {
            number: "1".to_owned(),
            title: "Tỷ lệ hồ sơ đúng hạn".to_owned(),
            max_score: Score::parse_vietnamese("2"),
            rules,
            ..Criterion::empty("I.1", CriterionKind::Criterion)
        }
    }

    fn kinds(words: &str) -> Vec<&'static str> {
        rules_in_words(words, &criterion(Vec::new()))
            .iter()
            .map(|r| match &r.kind {
                RuleKind::Band { .. } => "band",
                RuleKind::Choice { .. } => "choice",
                RuleKind::PerUnit { .. } => "per_unit",
                RuleKind::Text => "text",
                _ => "other",
            })
            .collect()
    }

    #[test]
    fn each_line_is_read_by_the_grammar_and_none_is_lost() {
        assert_eq!(
            kinds("Từ 80% đến dưới 100%: 1 điểm\n- Dưới 80%: 0 điểm"),
            ["band", "band"]
        );
        assert_eq!(kinds("Mỗi cuộc họp 0,2 điểm"), ["per_unit"]);
        assert_eq!(kinds("Do hội đồng xem xét\n\n  "), ["text"]);
        assert_eq!(kinds(""), [""; 0]);
    }

    #[test]
    fn a_line_that_was_not_touched_keeps_its_rule() {
        let own = Rule {
            kind: RuleKind::Choice {
                label: "đã đặt bằng tay".to_owned(),
                award: Some(Award::Max),
            },
            text: "Từ 80% trở lên: 2 điểm".to_owned(),
        };
        let criterion = criterion(vec![own.clone()]);
        let rules = rules_in_words("Từ 80% trở lên: 2 điểm", &criterion);
        assert_eq!(rules, std::slice::from_ref(&own));
        let more = rules_in_words("Từ 80% trở lên: 2 điểm\nDưới 80%: 0 điểm", &criterion);
        assert_eq!((more.len(), &more[0]), (2, &own));
        assert_eq!(words_of(&more), "Từ 80% trở lên: 2 điểm\nDưới 80%: 0 điểm");
    }
}
