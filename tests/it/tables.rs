//! Tables as offices draw them: ruled all around, across alone, dotted, or not at all; with their columns in another
//! order, their header in English, several criteria in a cell, or two tables side by side.

use std::path::Path;

use serde_json::Value;

use crate::program::converted;
use crate::score;

fn layout(name: &str) -> Value {
    converted(&Path::new("fixtures/layouts").join(format!("{name}.pdf")))
}

/// Id, parent, maximum, and how many rules.
fn criteria(rubric: &Value) -> Vec<(String, String, String, usize)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let all = rubric["criteria"].as_array().unwrap().iter();
    all.map(|c| {
        let rules = c["rules"].as_array().unwrap().len();
        (text(&c["id"]), text(&c["parent"]), text(&c["max_score"]), rules)
    })
    .collect()
}

fn own(criteria: &[(&str, &str, &str, usize)]) -> Vec<(String, String, String, usize)> {
    criteria
        .iter()
        .map(|(id, parent, max, rules)| ((*id).to_owned(), (*parent).to_owned(), (*max).to_owned(), *rules))
        .collect()
}

const RUBRIC: [(&str, &str, &str, usize); 7] = [
    ("I", "", "30", 0),
    ("I.1", "I", "10", 1),
    ("I.2", "I", "5", 2),
    ("I.3", "I", "15", 3),
    ("II", "", "70", 0),
    ("II.1", "II", "50", 3),
    ("II.2", "II", "20", 1),
];

fn check(name: &str, expect: &[(&str, &str, &str, usize)]) {
    let document = layout(name);
    let rubrics = document["rubrics"].as_array().unwrap();
    assert_eq!(rubrics.len(), 1, "{name}");
    assert_eq!(criteria(&rubrics[0]), own(expect), "{name}");
    let errors: Vec<&Value> = rubrics[0]["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|f| f["severity"] == "error")
        .collect();
    assert!(errors.is_empty(), "{name}: {errors:?}");
}

#[test]
fn a_table_is_the_same_however_it_is_ruled() {
    for name in ["ruled", "across", "dotted", "open"] {
        check(name, &RUBRIC);
    }
}

#[test]
fn columns_in_another_order_and_an_english_header_are_understood() {
    for name in ["columns-reordered", "english-header"] {
        check(name, &RUBRIC);
    }
}

#[test]
fn several_criteria_in_one_cell_are_each_a_row() {
    let without_rules: Vec<_> = RUBRIC
        .iter()
        .map(|(id, parent, max, _)| (*id, *parent, *max, 0))
        .collect();
    check("several-in-one-cell", &without_rules);
}

#[test]
fn numbers_of_letters_nest_and_a_note_is_a_cap() {
    let document = layout("conduct");
    let found = criteria(&document["rubrics"][0]);
    let expect = own(&[
        ("a", "", "20", 0),
        ("a1", "a", "8", 1),
        ("a1.1", "a1", "", 1),
        ("a1.2", "a1", "", 1),
        ("a2", "a", "12", 0),
        ("a2.1", "a2", "", 2),
    ]);
    assert_eq!(found, expect);
    assert_eq!(document["rubrics"][0]["max_score"], "20");
    let said = |at: usize, rule: usize| {
        let criterion = &document["rubrics"][0]["criteria"][at];
        let rule = &criterion["rules"][rule];
        ["type", "of", "label", "unit", "points"].map(|key| rule[key].as_str().unwrap_or_default().to_owned())
    };
    // A remark that caps belongs to the criterion it names.
    assert_eq!(said(1, 0), ["cap", "penalty", "", "", "1.5"]);
    // What is taken each time is no limit.
    assert_eq!(said(2, 0), ["penalty", "", "", "lần", "0.5"]);
    assert_eq!(said(3, 0), ["penalty", "", "", "buổi", "1"]);
    // Levels beside one number exclude each other, and the best of them is the limit.
    assert_eq!(said(5, 0)[..3], ["choice", "", "Cấp khoa"]);
    assert_eq!(said(5, 1)[..3], ["choice", "", "Cấp trường"]);
    assert_eq!(document["rubrics"][0]["criteria"][5]["bonus"], "2");
}

#[test]
fn levels_in_any_score_column_are_choices_and_a_range_is_summed() {
    let document = layout("conduct-levels");
    let rubric = &document["rubrics"][0];
    let criterion = |id: &str| {
        let mut all = rubric["criteria"].as_array().unwrap().iter();
        all.find(|c| c["id"] == id).unwrap()
    };
    let rules = |id: &str| -> Vec<String> {
        let said = criterion(id)["rules"].as_array().unwrap().iter().map(|rule| {
            let text = |key: &str| rule[key].as_str().unwrap_or_default();
            let points = rule["award"]["points"].as_str().unwrap_or(text("points"));
            format!("{} {}{} {points}", text("type"), text("label"), text("unit"))
        });
        said.collect()
    };
    assert_eq!(rules("a1.1"), ["penalty lần 5"]);
    assert_eq!(
        rules("a2.1"),
        ["choice Xuất sắc 12", "choice Giỏi 10", "choice Khá 8"]
    );
    assert_eq!(criterion("a2.1")["max_score"], "12");
    assert_eq!(rules("a3.1"), ["choice Cấp khoa 1", "choice Cấp trường 2"]);
    assert_eq!(criterion("a3.1")["title"], "Cấp khoa / Cấp trường");
    assert_eq!(rules("b2"), ["choice Khiển trách 2", "choice Cảnh cáo 5"]);
    assert_eq!(
        (&criterion("b2")["title"], &criterion("b2")["deduction"]),
        (&"Vi phạm quy chế thi".into(), &"5".into())
    );
    // Without a number of their own, but one of them is all that the criterion brings.
    assert_eq!(rules("b3"), ["choice Đủ buổi 15", "choice Thiếu 1 buổi 10"]);
    // "Từ mục a1 đến a3 có tổng điểm chuẩn 30 điểm", and they have 28.
    let findings = rubric["findings"].as_array().unwrap().iter();
    let sums: Vec<&str> = findings
        .filter(|f| f["code"] == "sum_mismatch")
        .map(|f| f["criterion"].as_str().unwrap())
        .collect();
    assert_eq!(sums, ["a", "a1"]);
}

#[test]
fn a_row_under_which_the_numbers_begin_again_heads_a_group_and_an_unknown_column_is_told() {
    let document = layout("bold-groups");
    let rubric = &document["rubrics"][0];
    let expect = own(&[
        ("x1", "", "", 0),
        ("x1.1", "x1", "10", 0),
        ("x1.2", "x1", "20", 1),
        ("x2", "", "", 0),
        ("x2.1", "x2", "30", 0),
        ("x2.2", "x2", "40", 0),
    ]);
    assert_eq!(criteria(rubric), expect);
    let titles = ["Công tác tổ chức", "Công tác tuyên truyền"];
    assert_eq!(
        [&rubric["criteria"][0]["title"], &rubric["criteria"][3]["title"]],
        titles
    );
    assert_eq!(rubric["columns"][3]["role"], "other");
    assert_eq!(rubric["criteria"][1]["notes"], "Đầu mối: Ban tổ chức");
    let codes: Vec<_> = rubric["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| &f["code"])
        .collect();
    assert_eq!(codes, ["unknown_column"]);
}

#[test]
fn a_heading_over_several_columns_names_each_of_them() {
    let document = layout("grouped-header");
    let columns = document["rubrics"][0]["columns"].as_array().unwrap().iter();
    let roles: Vec<&str> = columns.map(|c| c["role"].as_str().unwrap()).collect();
    assert_eq!(
        roles,
        ["number", "title", "max_score", "self_score", "verified_score"]
    );
}

#[test]
fn tables_side_by_side_are_two() {
    let document = layout("side-by-side");
    let rubrics = document["rubrics"].as_array().unwrap();
    let maxima: Vec<&str> = rubrics.iter().map(|r| r["max_score"].as_str().unwrap()).collect();
    assert_eq!(maxima, ["30", "70"]);
}

#[test]
fn where_no_criteria_can_be_made_the_page_says_why() {
    for (name, tables, why) in [
        ("no-scores", 1, "không có cột điểm"),
        ("no-table", 0, "không thấy bảng nào"),
    ] {
        let document = layout(name);
        assert_eq!(document["rubrics"].as_array().unwrap().len(), 0, "{name}");
        assert_eq!(document["tables"].as_array().unwrap().len(), tables, "{name}");
        let notes = document["pages"][0]["notes"].to_string();
        assert!(notes.contains(why), "{name}: {notes}");
    }
}

/// Born-digital legal tables without merged cells: every cell.
#[test]
fn legal_tables_come_out_cell_by_cell() {
    let folder = Path::new("fixtures/tables");
    for name in [
        "doc_000003--across",
        "doc_000568--across",
        "doc_000929--across",
        "doc_000066--open",
        "doc_000347--open",
        "doc_000255--dotted",
    ] {
        let truth: Value =
            serde_json::from_slice(&std::fs::read(folder.join(format!("{name}.json"))).unwrap()).unwrap();
        let document = converted(&folder.join(format!("{name}.pdf")));
        let table = &document["tables"][0];
        let cells = |row: &Value| -> Vec<String> {
            let texts = row.as_array().unwrap().iter().map(|c| c.as_str().unwrap());
            texts.map(score::normal).collect()
        };
        let header = cells(&table["header"]);
        let mut rows: Vec<Vec<String>> = header
            .iter()
            .any(|h| !h.is_empty())
            .then_some(header)
            .into_iter()
            .collect();
        rows.extend(table["rows"].as_array().unwrap().iter().map(cells));
        let expect: Vec<Vec<String>> = truth["tables"][0].as_array().unwrap().iter().map(cells).collect();
        assert_eq!(rows, expect, "{name}");
    }
}
