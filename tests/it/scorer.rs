//! The project's scorer gives the figures of the shared one.
//!
//! `fixtures/scorer/cases.json` holds readings made by spoiling true documents in many ways
//! (rows lost, columns swapped, digits, marks and numbers wrong, tables split and joined), each
//! with what `score.py` made of it.

use serde::Deserialize;
use serde_json::Value;

use crate::score::{self, Expectation, Flag, Prediction, Structure, Truth};

#[derive(Deserialize)]
struct Cases {
    documents: Vec<DocumentCase>,
    findings: Vec<FindingCase>,
    restoration: Vec<RestorationCase>,
}

#[derive(Deserialize)]
struct DocumentCase {
    name: String,
    truth: Truth,
    prediction: Prediction,
    expected: Value,
}

#[derive(Deserialize)]
struct FindingCase {
    name: String,
    expectation: Expectation,
    prediction: Prediction,
    expected: Value,
}

#[derive(Deserialize)]
struct RestorationCase {
    name: String,
    truth: Vec<String>,
    restored: Vec<String>,
    expected: Value,
}

fn cases() -> Cases {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/scorer/cases.json");
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// Every figure of `expected` is in `ours` and equal to 1e-9, and none is added.
fn check(name: &str, at: &str, ours: &Value, expected: &Value) {
    match (ours, expected) {
        (Value::Object(a), Value::Object(b)) => {
            let keys = |map: &serde_json::Map<String, Value>| {
                let mut keys: Vec<String> = map.keys().cloned().collect();
                keys.sort();
                keys
            };
            assert_eq!(keys(a), keys(b), "{name}: figures of {at}");
            for (key, value) in a {
                check(name, &format!("{at}.{key}"), value, &b[key]);
            }
        }
        (Value::Number(a), Value::Number(b)) => {
            let (a, b) = (a.as_f64().unwrap(), b.as_f64().unwrap());
            assert!((a - b).abs() < 1e-9, "{name}: {at} is {a}, score.py says {b}");
        }
        _ => assert_eq!(ours, expected, "{name}: {at}"),
    }
}

#[test]
fn document_figures_agree() {
    let cases = cases().documents;
    assert!(cases.len() >= 12, "{}", cases.len());
    for case in cases {
        let ours = serde_json::to_value(score::score(&case.truth, &case.prediction)).unwrap();
        check(&case.name, "document", &ours, &case.expected);
    }
}

/// `fixtures/scorer/grits.json`: tables spoiled in many ways, and what the package of GriTS's authors gave each.
#[test]
fn table_similarities_agree() {
    #[derive(Deserialize)]
    struct Case {
        truth: Vec<score::Cells>,
        found: Vec<score::Cells>,
        grits_con: f64,
    }
    let bytes = std::fs::read("fixtures/scorer/grits.json").unwrap();
    let cases: Vec<Case> = serde_json::from_slice(&bytes).unwrap();
    assert!(cases.len() >= 20);
    for (at, case) in cases.iter().enumerate() {
        let ours = score::similar_tables(&case.truth, &case.found).grits();
        assert!(
            (ours - case.grits_con).abs() < 1e-4,
            "case {at}: {ours}, expected {}",
            case.grits_con
        );
    }
}

#[test]
fn finding_figures_agree() {
    for case in cases().findings {
        let ours = serde_json::to_value(score::findings(&case.expectation, &case.prediction)).unwrap();
        check(&case.name, "findings", &ours, &case.expected);
    }
}

#[test]
fn restoration_figures_agree() {
    for case in cases().restoration {
        let lines = |side: &[String]| side.iter().map(String::as_str).collect::<Vec<_>>().join("\n");
        let (truth, restored) = (lines(&case.truth), lines(&case.restored));
        let ours = score::restoration(
            &truth.split('\n').collect::<Vec<_>>(),
            &restored.split('\n').collect::<Vec<_>>(),
        );
        check(
            &case.name,
            "restoration",
            &serde_json::to_value(ours).unwrap(),
            &case.expected,
        );
    }
}

/// The true An Giang table read with criterion 6 of section I as 15 instead of 1,5.
fn misread() -> (Truth, Prediction) {
    let case = cases().documents.swap_remove(0);
    assert_eq!(case.name, "exact");
    let mut prediction = case.prediction;
    let six = prediction.rubrics[0]
        .criteria
        .iter_mut()
        .find(|c| c.number.as_deref() == Some("6"))
        .unwrap();
    six.max_score = Some("15".to_owned());
    (case.truth, prediction)
}

fn flags(truth: &Truth, prediction: &Prediction) -> Vec<(String, Flag)> {
    score::wrong_scores(truth, prediction)
        .into_iter()
        .map(|w| {
            (
                format!("{}: {} read as {}", w.number, w.want, w.got.unwrap_or_default()),
                w.flag,
            )
        })
        .collect()
}

#[test]
fn a_wrong_score_counts_as_flagged_only_where_a_person_is_told() {
    let (truth, mut prediction) = misread();
    let six = |flag| vec![("6: 1,5 read as 15".to_owned(), flag)];
    assert_eq!(flags(&truth, &prediction), six(Flag::Nothing));
    assert_eq!(score::right_rows(&truth, &prediction), (11, 12));

    let finding = |code: &str, criterion: &str, field: Option<&str>| score::PredictedFinding {
        code: code.to_owned(),
        criterion: Some(criterion.to_owned()),
        field: field.map(str::to_owned),
        ..score::PredictedFinding::default()
    };
    let rubric = &mut prediction.rubrics[0];
    let id = rubric
        .criteria
        .iter()
        .find(|c| c.number.as_deref() == Some("6"))
        .unwrap()
        .id
        .clone();
    rubric.findings = vec![finding("low_confidence", &id, Some("title"))];
    assert_eq!(
        flags(&truth, &prediction),
        six(Flag::Nothing),
        "doubt about the title is none about the score"
    );
    prediction.rubrics[0].findings = vec![finding("sum_mismatch", "I", None)];
    assert_eq!(flags(&truth, &prediction), six(Flag::Group));
    prediction.rubrics[0].findings = vec![finding("readers_disagree", &id, Some("max_score"))];
    assert_eq!(flags(&truth, &prediction), six(Flag::Cell));
}

#[test]
fn a_lost_row_is_flagged_by_what_reports_it_missing() {
    let (truth, mut prediction) = misread();
    prediction.rubrics[0]
        .criteria
        .retain(|c| c.number.as_deref() != Some("6"));
    assert_eq!(
        flags(&truth, &prediction),
        vec![("6: 1,5 read as ".to_owned(), Flag::Nothing)]
    );
    prediction.findings = vec![score::PredictedFinding {
        code: "number_skipped".to_owned(),
        ..score::PredictedFinding::default()
    }];
    assert_eq!(
        flags(&truth, &prediction),
        vec![("6: 1,5 read as ".to_owned(), Flag::Group)]
    );
}

#[test]
fn structure_is_exact_only_where_nothing_differs() {
    let check = |name: &str, expect: Structure| {
        let case = cases().documents.into_iter().find(|c| c.name == name).unwrap();
        assert_eq!(score::structure(&case.truth, &case.prediction), expect, "{name}");
    };
    check("exact", Structure::EXACT);
    check(
        "wrong digits",
        Structure {
            max_scores: false,
            ..Structure::EXACT
        },
    );
    check(
        "swapped columns",
        Structure {
            header: false,
            ..Structure::EXACT
        },
    );
    let lost = Structure {
        rows: false,
        numbers: false,
        parents: false,
        max_scores: false,
        ..Structure::EXACT
    };
    check("missing rows", lost);
}
