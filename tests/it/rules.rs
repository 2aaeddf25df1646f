//! The rules of the six known tables, against a key that was written by hand from the words of the decisions.

use std::path::Path;

use crate::score::{self, PredictedRubric, Prediction};

/// (lines of the key that are rules, of the right type, right in all, found where there is none)
const TABLES: [(&str, [usize; 4]); 6] = [
    ("an_giang_bang_3", [16, 16, 16, 0]),
    ("nga_nam", [22, 22, 22, 0]),
    ("lao_cai_1", [107, 107, 107, 0]),
    ("lao_cai_2", [154, 154, 154, 0]),
    ("ha_giang_1", [46, 46, 46, 0]),
    ("ha_giang_2", [66, 66, 66, 0]),
];

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

fn judged(table: &str) -> score::RuleFigures {
    let key = score::rule_key(&read(&format!("fixtures/rules-truth/{table}.tsv"))).unwrap();
    let rubric: PredictedRubric =
        serde_json::from_str(&read(&format!("rubrics/known/{table}.json"))).unwrap();
    let prediction = Prediction {
        rubrics: vec![rubric],
        ..Prediction::default()
    };
    score::judge_rules(&key, &prediction)
}

#[test]
fn the_rules_of_the_known_tables_say_what_their_words_say() {
    let figures: Vec<(&str, score::RuleFigures)> =
        TABLES.iter().map(|(table, _)| (*table, judged(table))).collect();
    let got: Vec<(&str, [usize; 4])> = figures
        .iter()
        .map(|(table, f)| (*table, [f.lines, f.typed, f.right, f.false_rules]))
        .collect();
    let faults: Vec<&String> = figures.iter().flat_map(|(_, f)| &f.faults).collect();
    assert_eq!(got, TABLES, "{faults:#?}");
}
