//! Bundled scans through the whole program, against what stands on the paper.

use serde_json::Value;

use crate::program::{self, scan};

const TRUTH: &str = include_str!("../../fixtures/truth/an_giang_bang_3.json");

fn converted(name: &str) -> Value {
    program::converted(&scan(name))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Number, parent's number and maximum of each criterion of the truth: a roman number heads a section.
fn expected() -> Vec<(String, String, String)> {
    let truth: Value = serde_json::from_str(TRUTH).unwrap();
    let mut section = String::new();
    let rows = truth["tables"][0]["rows"].as_array().unwrap();
    rows.iter()
        .map(|row| {
            let (number, max) = (text(&row[0]), text(&row[2]).replace(',', "."));
            let head = number.starts_with(['I', 'V', 'X']);
            let parent = if head { String::new() } else { section.clone() };
            if head {
                section.clone_from(&number);
            }
            (number, parent, max)
        })
        .collect()
}

fn criteria(document: &Value) -> &Vec<Value> {
    document["rubrics"][0]["criteria"].as_array().unwrap()
}

fn structure(document: &Value) -> Vec<(String, String, String)> {
    let all = criteria(document);
    let number = |id: &Value| {
        all.iter()
            .find(|c| c["id"] == *id)
            .map_or_else(String::new, |c| text(&c["number"]))
    };
    all.iter()
        .map(|c| (text(&c["number"]), number(&c["parent"]), text(&c["max_score"])))
        .collect()
}

#[test]
fn a_born_digital_table_comes_out_as_it_was_written() {
    let truth: Value = serde_json::from_str(TRUTH).unwrap();
    for name in ["an_giang_bang_3--serif.pdf", "an_giang_bang_3--serifland.pdf"] {
        let document = converted(name);
        assert_eq!(document["pages"][0]["verdict"], "trusted", "{name}");
        assert_eq!(document["tables"].as_array().unwrap().len(), 1, "{name}");
        let (got, want) = (&document["tables"][0], &truth["tables"][0]);
        let plain = |cells: &Value| -> Vec<String> {
            let words = |c: &Value| text(c).split_whitespace().collect::<Vec<_>>().join(" ");
            cells.as_array().unwrap().iter().map(words).collect()
        };
        assert_eq!(plain(&got["header"]), plain(&want["header"]), "{name}");
        let rows = |table: &Value| {
            table["rows"]
                .as_array()
                .unwrap()
                .iter()
                .map(plain)
                .collect::<Vec<_>>()
        };
        assert_eq!(rows(got), rows(want), "{name}");
        assert_eq!(structure(&document), expected(), "{name}");
    }
}

#[test]
fn scans_give_every_number_parent_and_maximum() {
    for (name, verdict) in [
        ("an_giang_bang_3--serif--office200.pdf", "none"),
        ("an_giang_bang_3--serif--turned200.pdf", "none"),
        ("an_giang_bang_3--serif--copy300.pdf", "none"),
        ("an_giang_bang_3--serif--clean300--engtext.pdf", "wrong_language"),
    ] {
        let document = converted(name);
        assert_eq!(document["pages"][0]["verdict"], verdict, "{name}");
        assert_eq!(structure(&document), expected(), "{name}");
    }
}

#[test]
fn on_poor_scans_no_score_is_wrong_without_a_flag() {
    for name in ["fax200", "poor150", "phone"] {
        let document = converted(&format!("an_giang_bang_3--serif--{name}.pdf"));
        let (got, want) = (structure(&document), expected());
        assert_eq!(got.len(), want.len(), "{name}");
        for ((criterion, got), want) in criteria(&document).iter().zip(&got).zip(&want) {
            let sources = criterion["provenance"].as_array().unwrap();
            let flagged = sources
                .iter()
                .any(|p| p["field"] == "max_score" && p["doubtful"] == true);
            assert!(
                got.2 == want.2 || flagged,
                "{name}: {got:?} for {want:?}, and no flag"
            );
        }
    }
}
