//! The findings on the six tables of `fixtures/truth`: what must be found, what must not, and no
//! error of the decision beyond what is known.

use std::path::Path;

use serde_json::Value;
use sohoa::domain::{About, Finding, Named, Rubric, Severity, Table};
use sohoa::stages::{check, rubric};

fn truth(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/truth")
        .join(format!("{name}.json"));
    serde_json::from_slice(&std::fs::read(path).expect("the fixture")).expect("JSON")
}

fn texts(value: &Value) -> Vec<String> {
    value
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}

fn checked(name: &str) -> Rubric {
    let document = truth(name);
    let table = &document["tables"][0];
    let rows: Vec<Vec<String>> = table["rows"]
        .as_array()
        .into_iter()
        .flatten()
        .map(texts)
        .collect();
    let mut table = Table::from_texts(&texts(&table["header"]), &rows);
    table.title = texts(&document["title"]);
    let tables = [table];
    let mut rubrics = rubric::build(&tables);
    assert_eq!(rubrics.len(), 1, "{name}");
    check::rubrics(&mut rubrics, &tables, "", &[]);
    rubrics.remove(0)
}

/// `[code, where]`: anywhere, at a number, or at a number under another.
fn hits(spec: &Value, finding: &Finding, rubric: &Rubric) -> bool {
    let (code, place) = (
        spec[0].as_str().expect("a code"),
        spec[1].as_str().expect("a place"),
    );
    let mut path = Vec::new();
    let mut at = finding.criterion.as_deref().and_then(|id| rubric.criterion(id));
    while let Some(criterion) = at {
        path.push(criterion.number.as_str());
        at = criterion.parent.as_deref().and_then(|id| rubric.criterion(id));
    }
    let wanted: Vec<&str> = place.split('>').rev().collect();
    finding.code.name() == code
        && (place.is_empty()
            || path.first() == wanted.first()
                && wanted
                    .iter()
                    .skip(1)
                    .all(|up| path.iter().skip(1).any(|p| p == up)))
}

#[test]
fn findings_are_those_of_the_truth_and_no_error_more() {
    let expected = truth("findings");
    let list = |name: &str, key: &str| expected[name][key].as_array().cloned().unwrap_or_default();
    let names: Vec<&String> = expected.as_object().expect("documents").keys().collect();
    assert_eq!(names.len(), 6);
    for name in names {
        let rubric = checked(name);
        let found = |spec: &Value| rubric.findings.iter().any(|f| hits(spec, f, &rubric));
        for spec in list(name, "must") {
            assert!(found(&spec), "{name}: {spec} is not found");
        }
        for spec in list(name, "must_not") {
            assert!(!found(&spec), "{name}: {spec} is found");
        }
        let known: Vec<Value> = list(name, "must").into_iter().chain(list(name, "also")).collect();
        for finding in &rubric.findings {
            let serious = finding.about == About::Decision && finding.severity == Severity::Error;
            let expected = known.iter().any(|spec| hits(spec, finding, &rubric));
            assert!(
                !serious || expected,
                "{name}: {:?} {}",
                finding.criterion,
                finding.message
            );
        }
    }
}

#[test]
fn what_may_be_found_is_found_too() {
    let check = |name: &str, code: &str, id: &str| {
        let rubric = checked(name);
        let found = rubric
            .findings
            .iter()
            .any(|f| f.code.name() == code && f.criterion.as_deref() == Some(id));
        assert!(found, "{name}: no {code} at {id} in {:#?}", rubric.findings);
    };
    check("nga_nam", "self_score_mismatch", "II.12");
    check("lao_cai_1", "award_over_max", "I.5");
    check("lao_cai_1", "award_over_max", "II.2.5");
    check("lao_cai_1", "max_unreachable", "II.4.1");
    check("lao_cai_2", "max_unreachable", "II.7");
    check("ha_giang_1", "band_gap", "3.10");
    check("ha_giang_2", "band_gap", "4.6");
    check("ha_giang_2", "max_unreachable", "1.2");
}

#[test]
fn a_scoring_table_without_fault_has_no_finding_at_all() {
    assert_eq!(checked("an_giang_bang_3").findings, []);
}

#[test]
fn totals_and_kinds_are_those_of_the_tables() {
    let check = |name: &str, max: &str, bonus: Option<&str>| {
        let rubric = checked(name);
        let shown = |s: Option<sohoa::domain::Score>| s.map(|s| s.to_string());
        assert_eq!(shown(rubric.max_score).as_deref(), Some(max), "{name}");
        assert_eq!(shown(rubric.bonus_max).as_deref(), bonus, "{name}");
    };
    check("an_giang_bang_3", "10", Some("2"));
    check("ha_giang_1", "100", None);
    check("ha_giang_2", "100", None);
    check("lao_cai_1", "100", None);
    check("lao_cai_2", "100", None);
}
