//! Whole documents, from the file to the rubric, against what stands on the paper.
//!
//! Each scan is converted once, by the program itself in its sandbox, and shared by the tests.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, LazyLock, Mutex, OnceLock};

use serde_json::{Value, json};

use crate::score::{self, Flag, Prediction, Structure, Truth};

const HOME: &str = env!("CARGO_MANIFEST_DIR");

/// A document as the program wrote it, and the same as the scorer sees it.
struct Read {
    json: Value,
    prediction: Prediction,
    truth: Truth,
}

/// `fixtures/scans/STEM.pdf` through `sohoa convert`.
fn read(stem: &str) -> Arc<OnceLock<Read>> {
    type Shared = BTreeMap<String, Arc<OnceLock<Read>>>;
    static DONE: LazyLock<Mutex<Shared>> = LazyLock::new(Mutex::default);
    let slot = Arc::clone(DONE.lock().unwrap().entry(stem.to_owned()).or_default());
    slot.get_or_init(|| {
        let out = tempfile::tempdir().unwrap();
        let run = Command::new(env!("CARGO_BIN_EXE_sohoa"))
            .current_dir(HOME)
            .arg("convert")
            .arg(Path::new(HOME).join(format!("fixtures/scans/{stem}.pdf")))
            .arg("-o")
            .arg(out.path())
            .args(["--formats", "json", "--jobs", "1"])
            .output()
            .unwrap();
        assert!(
            run.status.success(),
            "{stem}: {}",
            String::from_utf8_lossy(&run.stderr)
        );
        let bytes = std::fs::read(out.path().join(format!("{stem}.json"))).unwrap();
        let document = stem.split("--").next().unwrap();
        let truth = std::fs::read(Path::new(HOME).join(format!("fixtures/truth/{document}.json"))).unwrap();
        Read {
            json: serde_json::from_slice(&bytes).unwrap(),
            prediction: serde_json::from_slice(&bytes).unwrap(),
            truth: serde_json::from_slice(&truth).unwrap(),
        }
    });
    slot
}

fn verdicts(read: &Read) -> Vec<&str> {
    read.prediction.pages.iter().map(|p| p.verdict.as_str()).collect()
}

/// Number, parent and maximum score of every criterion.
fn skeleton(read: &Read) -> Vec<Value> {
    let criteria = read.json["rubrics"]
        .as_array()
        .into_iter()
        .flatten()
        .flat_map(|r| r["criteria"].as_array());
    criteria
        .flatten()
        .map(|c| json!([c["number"], c["parent"], c["max_score"]]))
        .collect()
}

/// The document without what differs from build to build or machine to machine.
fn steady(read: &Read) -> Value {
    let mut json = read.json.clone();
    json["pipeline"] = Value::Null;
    for rubric in json["rubrics"].as_array_mut().into_iter().flatten() {
        for criterion in rubric["criteria"].as_array_mut().into_iter().flatten() {
            criterion.as_object_mut().unwrap().remove("provenance");
        }
        rubric.as_object_mut().unwrap().remove("provenance");
    }
    for table in json["tables"].as_array_mut().into_iter().flatten() {
        table.as_object_mut().unwrap().remove("places");
    }
    json
}

#[test]
fn born_digital_documents_come_out_letter_by_letter() {
    let check = |stem: &str| {
        let slot = read(stem);
        let read = slot.get().unwrap();
        let figures = score::score(&read.truth, &read.prediction);
        assert!(
            verdicts(read).iter().all(|v| *v == "trusted"),
            "{stem}: {:?}",
            verdicts(read)
        );
        assert_eq!(figures.text.cer, Some(0.0), "{stem}: {}", read.prediction.text);
        assert!(
            figures.table.is_none_or(|t| t.exact),
            "{stem}: the table is not exact"
        );
        assert_eq!(
            score::structure(&read.truth, &read.prediction),
            Structure::EXACT,
            "{stem}"
        );
    };
    check("an_giang_bang_3--serif");
    check("an_giang_bang_3--serifland");
    check("nga_nam--serif");
    check("ha_giang_1--serifland");
    check("ha_giang_decision--serif");
    check("lao_cai_decision--serif");
}

#[test]
fn a_whole_born_digital_document() {
    insta::assert_json_snapshot!(steady(read("an_giang_bang_3--serif").get().unwrap()));
}

#[test]
fn the_findings_of_a_decision_with_known_defects() {
    let slot = read("nga_nam--serif");
    let read = slot.get().unwrap();
    let all = std::fs::read(Path::new(HOME).join("fixtures/truth/findings.json")).unwrap();
    let mut all: BTreeMap<String, score::Expectation> = serde_json::from_slice(&all).unwrap();
    let figures = score::findings(&all.remove("nga_nam").unwrap(), &read.prediction);
    assert_eq!(figures.missing, [], "not found");
    assert_eq!(figures.wrong, [], "must not be there");
    assert_eq!(figures.unexpected_errors, [], "nobody knows of these");
}

#[test]
fn fair_scans_keep_header_rows_numbers_parents_and_scores() {
    let check = |stem: &str, most_errors: f64| {
        let slot = read(stem);
        let read = slot.get().unwrap();
        assert_eq!(
            score::structure(&read.truth, &read.prediction),
            Structure::EXACT,
            "{stem}"
        );
        let cer = score::score(&read.truth, &read.prediction).text.cer.unwrap();
        assert!(cer <= most_errors, "{stem}: CER {cer}");
    };
    check("an_giang_bang_3--serif--clean300", 0.015);
    check("an_giang_bang_3--serif--office200", 0.015);
    check("an_giang_bang_3--serif--turned200", 0.015);
    check("an_giang_bang_3--serif--copy300", 0.035);
}

#[test]
fn poor_scans_never_hide_a_wrong_score() {
    let check = |stem: &str| {
        let slot = read(stem);
        let read = slot.get().unwrap();
        let wrong = score::wrong_scores(&read.truth, &read.prediction);
        let silent: Vec<_> = wrong.iter().filter(|w| w.flag == Flag::Nothing).collect();
        assert!(silent.is_empty(), "{stem}: {silent:?}");
        let (right, of) = score::right_rows(&read.truth, &read.prediction);
        assert!(right >= 10, "{stem}: {right} of {of} rows right");
    };
    check("an_giang_bang_3--serif--fax200");
    check("an_giang_bang_3--serif--poor150");
    check("an_giang_bang_3--serif--phone");
}

#[test]
fn a_layer_made_without_vietnamese_is_seen_through() {
    let check = |stem: &str| {
        let slot = read(stem);
        let read = slot.get().unwrap();
        assert!(
            verdicts(read).iter().all(|v| *v == "wrong_language"),
            "{stem}: {:?}",
            verdicts(read)
        );
        assert_eq!(
            score::structure(&read.truth, &read.prediction),
            Structure::EXACT,
            "{stem}"
        );
    };
    check("an_giang_bang_3--serif--clean300--engtext");
    check("an_giang_bang_3--serifland--office200--engtext");
    let (twin, own) = (
        read("an_giang_bang_3--serif--clean300--engtext"),
        read("an_giang_bang_3--serif--clean300"),
    );
    assert_eq!(skeleton(twin.get().unwrap()), skeleton(own.get().unwrap()));
}

#[test]
fn pages_fed_sideways_are_turned_upright() {
    let slot = read("an_giang_bang_3--serif--turned200");
    let pages = slot.get().unwrap().json["pages"].as_array().unwrap();
    for page in pages {
        assert!([90, 270].contains(&page["rotation"].as_u64().unwrap()), "{page}");
        assert!(
            page["height"].as_u64() > page["width"].as_u64(),
            "{page}: portrait when upright"
        );
    }
}
