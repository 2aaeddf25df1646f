//! `sohoa check`: a rubric file in, its findings out as data.

use assert_cmd::Command;
use serde_json::{Value, json};

fn sohoa() -> Command {
    Command::cargo_bin("sohoa").unwrap()
}

fn criterion(id: &str, parent: Option<&str>, max: &str) -> Value {
    json!({
        "id": id, "parent": parent, "number": id.rsplit('.').next().unwrap(), "kind": "criterion", "title": "Tiêu chí",
        "max_score": max, "rules": [], "evidence": "", "data_items": [], "period": null, "method": null, "notes": "", "provenance": []
    })
}

#[test]
fn a_rubric_whose_sum_is_wrong_is_told_so_with_the_digit_that_would_heal_it() {
    let rubric = json!({
        "title": "Thang điểm", "applies_to": null, "max_score": "10", "bonus_max": null, "columns": [],
        "criteria": [criterion("I", None, "10"), criterion("I.1", Some("I"), "8.5"), criterion("I.2", Some("I"), "15")],
        "findings": []
    });
    let out = sohoa()
        .args(["check", "-"])
        .write_stdin(rubric.to_string())
        .assert()
        .success();
    let report: Value = serde_json::from_slice(&out.get_output().stdout).unwrap();
    let found: Vec<(&str, &str)> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| (f["code"].as_str().unwrap(), f["criterion"].as_str().unwrap_or("")))
        .collect();
    assert_eq!(found, [("sum_mismatch", "I"), ("digit_fix_proposed", "I.2")]);
    assert!(report["findings"][1]["message"].as_str().unwrap().contains("1,5"));
}

#[test]
fn what_is_no_rubric_is_refused_with_nothing_on_stdout() {
    let out = sohoa()
        .args(["check", "-"])
        .write_stdin("not a rubric")
        .assert()
        .code(3);
    assert!(out.get_output().stdout.is_empty());
    assert!(String::from_utf8_lossy(&out.get_output().stderr).contains("not_a_rubric"));
}
