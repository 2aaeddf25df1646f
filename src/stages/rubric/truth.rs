//! The tables of the five decisions in `fixtures/truth`, against the criteria that stand in them.

use std::path::Path;

use serde_json::Value;

use crate::domain::{Rubric, Table, fold, one_line};
use crate::stages::rubric::build;

pub const DOCUMENTS: [&str; 6] = [
    "an_giang_bang_3",
    "nga_nam",
    "ha_giang_1",
    "ha_giang_2",
    "lao_cai_1",
    "lao_cai_2",
];

pub fn load(name: &str) -> (Table, Vec<String>) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/truth")
        .join(format!("{name}.json"));
    let value: Value = serde_json::from_slice(&std::fs::read(path).expect("the fixture")).expect("JSON");
    let texts = |v: &Value| -> Vec<String> {
        v.as_array()
            .map(|a| a.iter().filter_map(Value::as_str).map(str::to_owned).collect())
            .unwrap_or_default()
    };
    let table = &value["tables"][0];
    let rows: Vec<Vec<String>> = table["rows"]
        .as_array()
        .expect("rows")
        .iter()
        .map(texts)
        .collect();
    let mut made = Table::from_texts(&texts(&table["header"]), &rows);
    made.title = texts(&value["title"]);
    (made, rows.concat())
}

/// A criterion as the truth has it.
#[derive(Debug, PartialEq)]
struct Gold {
    number: String,
    parent: Option<String>,
    max_score: Option<String>,
    titles: [String; 2],
}

fn level(number: &str) -> Option<u32> {
    if number.is_empty() {
        return None;
    }
    if number.chars().all(|c| "IVX".contains(c)) {
        return Some(1);
    }
    if number
        .split('.')
        .all(|p| !p.is_empty() && p.chars().all(|c| c.is_ascii_digit()))
    {
        return Some(2 + number.matches('.').count() as u32);
    }
    let mut chars = number.chars();
    match (chars.next(), chars.next()) {
        (Some(c), None) if c.is_ascii_uppercase() || c == 'Đ' => Some(0),
        (Some(c), None) if c.is_ascii_lowercase() || c == 'đ' => Some(9),
        _ => None,
    }
}

/// Rows with a number and a title; a row of one wide cell `II Title` is a section.
fn gold(table: &Table) -> Vec<Gold> {
    let heads: Vec<String> = table.header.iter().map(|h| fold(&h.text)).collect();
    let find = |words: &[&str]| heads.iter().position(|h| words.iter().any(|w| h.contains(w)));
    let score = find(&["toi da"]).or_else(|| {
        heads
            .iter()
            .position(|h| h.contains("diem chuan") || h == "chuan")
    });
    let number = heads
        .iter()
        .position(|h| ["tt", "stt", "so tt"].contains(&h.as_str()))
        .unwrap_or(0);
    let title = find(&["tieu chi", "noi dung"]).unwrap_or(number + 1);
    let mut open: Vec<(u32, String)> = Vec::new();
    let mut all = Vec::new();
    for row in &table.rows {
        let text = |c: usize| row.cells[c].text.as_str();
        let mut n = one_line(text(number)).trim_end_matches(['.', ')']).to_owned();
        let mut titles = [
            one_line(text(title)),
            one_line(text(title).split('\n').next().unwrap_or("")),
        ];
        if titles[0].is_empty() {
            let wide = one_line(text(number));
            let Some((head, rest)) = wide.split_once([' ', '.']) else {
                continue;
            };
            if !head.chars().all(|c| "IVX".contains(c)) {
                continue;
            }
            n = head.to_owned();
            titles = [rest.trim().to_owned(), rest.trim().to_owned()];
        }
        let Some(level) = level(&n) else { continue };
        while open.last().is_some_and(|(l, _)| *l >= level) {
            open.pop();
        }
        let max_score = score
            .and_then(|s| crate::domain::Score::parse_vietnamese(text(s)))
            .map(|s| s.to_string());
        all.push(Gold {
            number: n.clone(),
            parent: open.last().map(|(_, n)| n.clone()),
            max_score,
            titles,
        });
        open.push((level, n));
    }
    all
}

fn the_only(mut rubrics: Vec<Rubric>) -> Rubric {
    assert_eq!(rubrics.len(), 1);
    rubrics.remove(0)
}

#[test]
fn every_criterion_of_the_six_tables_is_found_with_number_parent_and_score() {
    for name in DOCUMENTS {
        let (table, _) = load(name);
        let expected = gold(&table);
        let rubric = the_only(build(&[table]));
        assert!(expected.len() >= 12, "{name}: the truth itself is thin");
        let number_of = |id: &str| rubric.criterion(id).map(|c| c.number.clone());
        let got: Vec<_> = rubric
            .criteria
            .iter()
            .map(|c| {
                (
                    c.number.clone(),
                    c.parent.as_deref().and_then(number_of),
                    c.max_score.map(|s| s.to_string()),
                )
            })
            .collect();
        let want: Vec<_> = expected
            .iter()
            .map(|g| (g.number.clone(), g.parent.clone(), g.max_score.clone()))
            .collect();
        assert_eq!(got, want, "{name}");
        let right = rubric
            .criteria
            .iter()
            .zip(&expected)
            .filter(|(c, g)| g.titles.contains(&c.title))
            .count();
        let wrong: Vec<_> = rubric
            .criteria
            .iter()
            .zip(&expected)
            .filter(|(c, g)| !g.titles.contains(&c.title))
            .map(|(c, _)| &c.title)
            .collect();
        assert!(
            right * 100 >= expected.len() * 97,
            "{name}: {right} of {} titles; {wrong:#?}",
            expected.len()
        );
    }
}

#[test]
fn ids_are_unique_and_name_their_section() {
    let (table, _) = load("lao_cai_2");
    let rubric = the_only(build(&[table]));
    let mut ids: Vec<&str> = rubric.criteria.iter().map(|c| c.id.as_str()).collect();
    for id in ["I.1", "II.1.1", "V.7.2", "V.7.2#2", "VI.3"] {
        assert!(ids.contains(&id), "{id} in {ids:?}");
    }
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), rubric.criteria.len());
}

#[test]
fn no_word_of_a_table_is_dropped() {
    for name in DOCUMENTS {
        let (table, texts) = load(name);
        let rubric = the_only(build(&[table]));
        let mut kept = String::new();
        for c in &rubric.criteria {
            for text in [&c.number, &c.title, &c.evidence, &c.notes] {
                kept.push_str(&format!(" {text} "));
            }
            let more = [
                c.data_items.join(" "),
                c.period.clone().unwrap_or_default(),
                c.method.clone().unwrap_or_default(),
            ];
            kept.push_str(&more.join(" "));
            for rule in &c.rules {
                kept.push_str(&format!(" {} ", rule.text));
            }
        }
        let kept: std::collections::HashSet<String> = kept.split_whitespace().map(plain).collect();
        for word in texts.iter().flat_map(|t| t.split_whitespace()).map(plain) {
            let number = crate::domain::Score::parse_vietnamese(&word).is_some();
            let total = ["TỔNG", "ĐIỂM", "TỐI", "ĐA", "CẤP", "SỞ", "NGÀNH"].contains(&word.as_str());
            assert!(
                word.is_empty() || number || total || kept.contains(&word),
                "{name}: {word:?} is lost"
            );
        }
    }
}

fn plain(word: &str) -> String {
    word.trim_matches(|c: char| !c.is_alphanumeric()).to_owned()
}
