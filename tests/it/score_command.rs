//! A rubric that runs: points as a person reckons them from the decision's words, or a refusal that says why.

use std::path::Path;
use std::process::Output;

use sohoa::domain::{
    Award, Bound, Criterion, CriterionKind, Interval, Rubric, Rule, RuleKind, Score as Points,
};
use sohoa::scoring::{Answer, Answers, Exact, Outcome, Question, Refusal, questions, reach, score};
use sohoa::stages::export::json;

use proptest::prelude::*;

use crate::program::sohoa;

fn known(name: &str) -> Rubric {
    let file = Path::new("rubrics/known").join(format!("{name}.json"));
    let bytes = std::fs::read(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    json::read_rubrics(&bytes).unwrap().remove(0)
}

#[test]
fn points_are_those_that_a_person_reckons() {
    let cases = std::fs::read_to_string("fixtures/score-truth/cases.tsv").unwrap();
    let cases: Vec<&str> = cases
        .lines()
        .filter(|l| !l.is_empty() && !l.starts_with('#'))
        .collect();
    assert!(cases.len() >= 60, "{} cases", cases.len());
    let mut wrong = Vec::new();
    for case in cases {
        let [name, id, answer, expect] = case.split('\t').collect::<Vec<_>>()[..] else {
            panic!("four columns: {case}");
        };
        let answers = json::read_answers(format!("{{\"{id}\": {answer}}}").as_bytes()).unwrap();
        let scored = score(&known(name), &answers);
        let line = scored.lines.iter().find(|line| line.id == id).unwrap();
        let got = match &line.outcome {
            Outcome::Unanswered => "-".to_owned(),
            Outcome::Refused(why) => why.code().to_owned(),
            Outcome::Scored { points, .. } => points.to_string(),
        };
        if got != expect {
            wrong.push(format!("{case}: got {got}, {:?}", line.outcome));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is asked for is what scoring takes: nothing of it is refused as not asked, and nothing is missing.
#[test]
fn whoever_answers_what_is_asked_is_scored() {
    let mut asked = 0;
    let mut wrong = Vec::new();
    for file in std::fs::read_dir("rubrics/known").unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        let name = name.trim_end_matches(".json").to_owned();
        let rubric = known(&name);
        for criterion in &rubric.criteria {
            if rubric.children(Some(&criterion.id)).next().is_some() {
                continue;
            }
            let answers = Answers::from([(criterion.id.clone(), plausible(criterion))]);
            let scored = score(&rubric, &answers);
            let line = scored.lines.iter().find(|line| line.id == criterion.id).unwrap();
            asked += 1;
            if let Outcome::Refused(
                why @ (Refusal::NotAsked { .. }
                | Refusal::Missing { .. }
                | Refusal::PersonScores
                | Refusal::WhichUnit { .. }
                | Refusal::UnknownChoice { .. }
                | Refusal::Components { .. }),
            ) = &line.outcome
            {
                wrong.push(format!(
                    "{name} {}: {why} ({:?})",
                    criterion.id,
                    questions(criterion)
                ));
            }
        }
    }
    assert!(asked > 150, "{asked} criteria");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn plausible(criterion: &Criterion) -> Answer {
    let mut answer = Answer::default();
    let number = |text: &str| -> Option<Exact> { text.parse().ok() };
    for question in questions(criterion) {
        match question {
            Question::Value { .. } => answer.value = number("85"),
            Question::Variable { name, .. } => {
                answer.variables.insert(name, number("1").unwrap());
            }
            Question::Choice { labels } => answer.choice = labels.first().cloned(),
            Question::Count { .. } => answer.count = number("1"),
            Question::Counts { unit } => {
                answer.counts.insert(unit, number("1").unwrap());
            }
            Question::Components { labels } => answer.components = Some(vec![true; labels.len()]),
            Question::Points => answer.points = number("0"),
        }
    }
    answer
}

/// Every criterion of a whole decision, with deductions: by hand 3 + 2.55 + … as in the comments.
#[test]
fn sections_and_the_total_add_up() {
    let answers = r#"{
        "I.1": {"value": "100"}, "I.2": {"value": "85"}, "II.3": {"value": "1"},
        "IV.2.1": {"choice": "Ban hành không kịp thời (trong tháng 01 năm kế hoạch)"},
        "V.1": {"count": "2"}, "V.3": {"count": "1"}, "I.5": {"value": "65"}
    }"#;
    let scored = score(
        &known("lao_cai_1"),
        &json::read_answers(answers.as_bytes()).unwrap(),
    );
    let points = |id: &str| match &scored.lines.iter().find(|l| l.id == id).unwrap().outcome {
        Outcome::Scored { points, .. } => points.to_string(),
        other => format!("{other:?}"),
    };
    // 3 and 85 % of 3; the refused I.5 adds nothing.
    assert_eq!(points("I"), "5.55");
    assert_eq!(points("II"), "1");
    assert_eq!(points("IV.2"), "2");
    // Two days late at 0.5, and 2 for the mail box.
    assert_eq!(points("V"), "-3");
    assert_eq!(scored.total.to_string(), "5.55");
    assert_eq!(
        scored
            .refused()
            .map(|(id, why)| (id, why.code()))
            .collect::<Vec<_>>(),
        [("I.5", "no_band")]
    );
}

#[test]
fn the_total_stops_at_zero() {
    let answers = json::read_answers(br#"{"V.3": {"count": "4"}}"#).unwrap();
    assert_eq!(score(&known("lao_cai_1"), &answers).total, Exact::zero());
}

fn run(rubric: &str, answers: &str) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("answers.json");
    std::fs::write(&file, answers).unwrap();
    let output = sohoa().args(["score", rubric]).arg(&file).output();
    output.unwrap()
}

#[test]
fn the_command_prints_points_with_their_trace() {
    let output = run(
        "rubrics/known/an_giang_bang_3.json",
        r#"{"I.6": {"value": "85"}, "I.1": {"components": [true, false]}, "9": {"points": "1"}}"#,
    );
    assert_eq!(output.status.code(), Some(0));
    let printed: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&printed["total"], &printed["max"]),
        (&"1.5".into(), &"10".into())
    );
    let criteria = printed["criteria"].as_array().unwrap();
    let line = |id: &str| criteria.iter().find(|c| c["id"] == id).unwrap();
    assert_eq!(
        (&line("I.6")["points"], &line("I.6")["rule"]),
        (&"1".into(), &1.into())
    );
    assert!(
        line("I.6")["trace"]
            .as_str()
            .unwrap()
            .contains("Từ 80% đến dưới 100%")
    );
    assert!(line("I.2")["points"].is_null());
    assert_eq!(line("9")["refused"]["code"], "unknown_criterion");
    assert!(String::from_utf8_lossy(&output.stderr).contains("9: không có tiêu chí"));
}

#[test]
fn broken_answers_are_refused_with_their_place() {
    let check = |answers: &str, place: &str| {
        let output = run("rubrics/known/an_giang_bang_3.json", answers);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(3), "{answers}: {said}");
        assert!(said.contains(place), "{answers}: {said}");
        assert!(output.stdout.is_empty());
    };
    check("", "EOF");
    check("[]", "answers by the id");
    check(r#"{"I.6": "85"}"#, "I.6");
    check(r#"{"I.6": {"value": "85%"}}"#, "85%");
    check(r#"{"I.6": {"value": 85.5}}"#, "as text");
    check(r#"{"I.6": {"value": "1,000"}}"#, "thousand");
    check(r#"{"I.6": {"value": null}}"#, "value");
    check(r#"{"I.1": {"components": ["yes"]}}"#, "components");
    check(r#"{"I.6": {"value": "85"}, "I.6": {"value": "90"}}"#, "twice");
}

#[test]
fn a_rubric_edited_by_hand_is_refused_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let check = |change: &dyn Fn(&mut serde_json::Value), place: &str| {
        let bytes = std::fs::read("rubrics/known/an_giang_bang_3.json").unwrap();
        let mut rubric: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        change(&mut rubric);
        let file = folder.path().join("rubric.json");
        std::fs::write(&file, rubric.to_string()).unwrap();
        let output = run(file.to_str().unwrap(), "{}");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(3), "{said}");
        assert!(said.contains(place), "{said}");
    };
    check(
        &|r| r["criteria"][1]["parent"] = "II.2".into(),
        "criteria[1].parent",
    );
    check(&|r| r["criteria"][1]["max_score"] = "many".into(), "max_score");
    check(
        &|r| r["criteria"][1]["max_score"] = "-5".into(),
        "criteria[1].max_score",
    );
    check(
        &|r| r["criteria"][1]["max_score"] = "1000001".into(),
        "more than any decision",
    );
    check(&|r| r["criteria"][1]["kind"] = 7.into(), "line 1 column");
    check(&|r| r["criteria"][2]["id"] = "I.1".into(), "criteria[2].id");
}

/// An expression that hands edited is refused where it is used, and the rest is scored.
#[test]
fn an_expression_that_is_none_is_refused_alone() {
    let mut rubric = known("ha_giang_1");
    let criterion = rubric.criteria.iter_mut().find(|c| c.id == "1.3").unwrap();
    let RuleKind::Formula { expression, .. } = &mut criterion.rules[0].kind else {
        panic!("a formula");
    };
    *expression = "a / / b".to_owned();
    let answers = br#"{"1.3": {"points": "7"}, "1.1": {"choice": "C\u00f3 nhi\u1ec7m v\u1ee5 chuy\u1ec3n \u0111\u1ed5i s\u1ed1"}}"#;
    let scored = score(&rubric, &json::read_answers(answers).unwrap());
    assert_eq!(scored.total.to_string(), "12");
    let answers = json::read_answers(br#"{"1.3": {"a": "1", "b": "2"}}"#).unwrap();
    let scored = score(&rubric, &answers);
    assert_eq!(scored.refused().count(), 1);
}

#[test]
fn what_the_rules_can_give_is_known_beforehand() {
    let check = |name: &str, id: &str, least: &str, most: &str| {
        let all = reach(&known(name));
        let (_, found) = all.criteria.iter().find(|(known, _)| known == id).unwrap();
        let shown = |n: &Option<Exact>| n.as_ref().map_or("-".to_owned(), Exact::to_string);
        assert_eq!(
            (shown(&found.least), shown(&found.most)),
            (least.to_owned(), most.to_owned()),
            "{name} {id}"
        );
    };
    check("an_giang_bang_3", "I.6", "0.5", "1.5");
    check("an_giang_bang_3", "I.1", "0", "1");
    check("lao_cai_1", "II.4.1", "0", "0");
    check("lao_cai_1", "II.5.3", "0", "3");
    check("lao_cai_2", "II.7", "0", "1");
    check("ha_giang_1", "3.14", "0", "2");
    check("ha_giang_2", "1.2", "0", "1");
    check("nga_nam", "II.1", "0", "8");
    check("lao_cai_1", "V.1", "-", "0");
    let whole = reach(&known("ha_giang_1")).total;
    assert_eq!(whole.most.unwrap().to_string(), "100");
    let nearly = reach(&known("lao_cai_2"));
    let (_, found) = nearly.criteria.iter().find(|(id, _)| id == "V.4").unwrap();
    assert!(
        found.only_nearly,
        "70 % and more has no award, below it comes near 1: {found:?}"
    );
}

fn criterion(max: i64, rules: Vec<RuleKind>) -> Criterion {
    let mut criterion = known("an_giang_bang_3").criteria.remove(2);
    criterion.id = "1".to_owned();
    criterion.parent = None;
    criterion.kind = CriterionKind::Criterion;
    criterion.max_score = Some(Points(max.into()));
    criterion.rules = rules
        .into_iter()
        .map(|kind| Rule {
            kind,
            text: "bậc".to_owned(),
        })
        .collect();
    criterion
}

fn points_at(criterion: &Criterion, value: &str) -> Option<Exact> {
    let rubric = Rubric {
        criteria: vec![criterion.clone()],
        ..Rubric::default()
    };
    let answer = Answer {
        value: value.parse().ok(),
        ..Answer::default()
    };
    match score(&rubric, &Answers::from([("1".to_owned(), answer)]))
        .lines
        .remove(0)
        .outcome
    {
        Outcome::Scored { points, .. } => Some(points),
        _ => None,
    }
}

/// "Tổng điểm trừ của mục a1 không quá 1,5 điểm", "được cộng nhưng không vượt quá 2 điểm": caps over what stands below.
#[test]
fn caps_hold_for_a_section_and_for_a_criterion() {
    let rubric = json::read_rubrics(
        r#"{"criteria": [
            {"id": "a1", "kind": "section", "max_score": "10", "rules": [{"type": "cap", "of": "penalty", "points": "1.5", "text": ""}]},
            {"id": "a1.1", "parent": "a1", "kind": "criterion", "max_score": "5", "rules": [
                {"type": "penalty", "unit": "tháng", "points": "1", "floor": null, "from": "criterion", "text": ""}]},
            {"id": "a1.2", "parent": "a1", "kind": "criterion", "max_score": "5", "rules": [
                {"type": "penalty", "unit": "tháng", "points": "1", "floor": "2", "from": "criterion", "text": ""}]},
            {"id": "b", "kind": "bonus", "rules": [{"type": "cap", "of": "bonus", "points": "2", "text": ""}]},
            {"id": "b.1", "parent": "b", "kind": "bonus", "rules": [
                {"type": "per_unit", "unit": "lần", "points": "1", "cap": null, "text": ""}]},
            {"id": "c", "kind": "deduction", "deduction": "3", "rules": [
                {"type": "penalty", "unit": "lần", "points": "2", "floor": null, "from": "total", "text": ""}]}
        ]}"#
        .as_bytes(),
    )
    .unwrap()
    .remove(0);
    let check = |answers: &str, id: &str, expect: &str| {
        let scored = score(&rubric, &json::read_answers(answers.as_bytes()).unwrap());
        let line = scored.lines.iter().find(|line| line.id == id).unwrap();
        let Outcome::Scored { points, .. } = &line.outcome else {
            panic!("{id}: {:?}", line.outcome);
        };
        assert_eq!(points.to_string(), expect, "{answers} {id}");
    };
    check(r#"{"a1.1": {"count": "1"}, "a1.2": {"count": "0"}}"#, "a1", "9");
    // One point each is two in all, of which 1.5 are taken.
    check(r#"{"a1.1": {"count": "1"}, "a1.2": {"count": "1"}}"#, "a1", "8.5");
    check(r#"{"a1.2": {"count": "9"}}"#, "a1.2", "2");
    check(r#"{"b.1": {"count": "5"}}"#, "b.1", "5");
    check(r#"{"b.1": {"count": "5"}}"#, "b", "2");
    check(r#"{"c": {"count": "1"}}"#, "c", "-2");
    check(r#"{"c": {"count": "5"}}"#, "c", "-3");
}

proptest! {
    /// Bands that leave no gap and no overlap give exactly one award to every input in range, and never more points than
    /// the reach says.
    #[test]
    fn whole_scales_give_one_award_each(
        cuts in proptest::collection::btree_set(1u32..1000, 1..6),
        upper_ends in proptest::collection::vec(any::<bool>(), 6),
        values in proptest::collection::vec(0u32..=1000, 20),
    ) {
        let ends: Vec<rust_decimal::Decimal> = cuts.iter().map(|c| rust_decimal::Decimal::new((*c).into(), 1)).collect();
        let mut rules = Vec::new();
        for i in 0..=ends.len() {
            let lower = i.checked_sub(1).map(|j| Bound { value: ends[j], closed: !upper_ends[j] });
            let upper = ends.get(i).map(|end| Bound { value: *end, closed: upper_ends[i] });
            rules.push(RuleKind::Band {
                variable: "%".to_owned(),
                unit: Some("%".to_owned()),
                interval: Interval { lower, upper },
                award: Some(Award::Points(Points((i as i64).into()))),
            });
        }
        let one = criterion(4, rules);
        let rubric = Rubric { criteria: vec![one.clone()], ..Rubric::default() };
        let most = reach(&rubric).total.most.unwrap();
        for value in values {
            let value = rust_decimal::Decimal::new(value.into(), 1);
            let expect = ends.iter().zip(&upper_ends).filter(|(end, closed)| {
                if **closed { value > **end } else { value >= **end }
            }).count();
            let got = points_at(&one, &value.to_string()).unwrap();
            prop_assert_eq!(&got, &Exact::from(u32::try_from(expect).unwrap()).min(Exact::from(4)));
            prop_assert!(got <= most);
        }
    }

    /// No answer brings more or less than the rules can give.
    #[test]
    fn the_reach_holds_every_score(
        which in 0usize..6,
        value in 0u32..=1000,
        count in 0u32..30,
        a in 0u32..200,
        b in 1u32..200,
    ) {
        let name = ["an_giang_bang_3", "nga_nam", "lao_cai_1", "lao_cai_2", "ha_giang_1", "ha_giang_2"][which];
        let rubric = known(name);
        let number = |n: u32| Some(Exact::from(n));
        let value = Exact::from(value).checked_div(&Exact::from(10));
        for (id, reach) in reach(&rubric).criteria {
            let letters = [("a", a), ("b", b), ("c", b)];
            let variables = letters.map(|(name, n)| (name.to_owned(), Exact::from(n)));
            let tries = [
                Answer { value: value.clone(), ..Answer::default() },
                Answer { count: number(count), ..Answer::default() },
                Answer { variables: variables[..2].iter().cloned().collect(), ..Answer::default() },
                Answer { variables: variables.into_iter().collect(), ..Answer::default() },
            ];
            for answer in tries {
                let scored = score(&rubric, &Answers::from([(id.clone(), answer.clone())]));
                let line = scored.lines.iter().find(|l| l.id == id).unwrap();
                if let Outcome::Scored { points, .. } = &line.outcome {
                    prop_assert!(reach.most.as_ref().is_none_or(|most| points <= most), "{} {:?}", id, answer);
                    prop_assert!(reach.least.as_ref().is_none_or(|least| points >= least), "{} {:?}", id, answer);
                }
            }
        }
    }
}
