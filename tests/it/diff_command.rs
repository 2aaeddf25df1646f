//! What an amendment changed: criteria matched by meaning, each change named.

use std::path::{Path, PathBuf};

use serde_json::Value;

use sohoa::compare::{self, Fate, Side, Wording};
use sohoa::domain::Rubric;
use sohoa::stages::export::{comparison, json};

use crate::program::sohoa;

fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(Path::new("rubrics/known").join(format!("{name}.json"))).unwrap()
}

fn known(name: &str) -> Rubric {
    json::read_rubrics(&bytes(name)).unwrap().remove(0)
}

/// A known rubric, amended.
fn amended(name: &str, change: impl Fn(&mut Value)) -> Rubric {
    let mut value: Value = serde_json::from_slice(&bytes(name)).unwrap();
    change(&mut value);
    json::read_rubrics(value.to_string().as_bytes())
        .unwrap()
        .remove(0)
}

/// One line a touched criterion: its fate, its ids, the fields that changed.
fn touched(old: &Rubric, new: &Rubric) -> Vec<String> {
    let comparison = compare::rubrics(old, new);
    comparison
        .touched()
        .map(|fate| match fate {
            Fate::Added(new) => format!("+ {}", new.id),
            Fate::Removed(old) => format!("- {}", old.id),
            Fate::Kept {
                old,
                new,
                moved,
                changes,
            } => {
                let sign = if *moved { '>' } else { '~' };
                let names = changes.iter().map(|c| match c.only_words {
                    true => format!("{} in words", c.of.name()),
                    false => c.of.name().to_owned(),
                });
                let names: Vec<String> = names.collect();
                format!("{sign} {} {} {}", old.id, new.id, names.join(", "))
                    .trim_end()
                    .to_owned()
            }
        })
        .collect()
}

fn check(name: &str, change: impl Fn(&mut Value), expect: &[&str]) {
    assert_eq!(touched(&known(name), &amended(name, change)), expect);
}

fn index(value: &Value, id: &str) -> usize {
    let all = value["criteria"].as_array().unwrap();
    all.iter().position(|c| c["id"] == id).unwrap()
}

#[test]
fn a_rubric_is_its_own_amendment_without_changes() {
    for name in [
        "an_giang_bang_3",
        "nga_nam",
        "lao_cai_1",
        "lao_cai_2",
        "ha_giang_1",
        "ha_giang_2",
    ] {
        let rubric = known(name);
        assert!(compare::rubrics(&rubric, &rubric).is_same(), "{name}");
        check(name, |_| {}, &[]);
    }
}

#[test]
fn a_changed_maximum_and_band_are_named_and_nothing_else() {
    check(
        "an_giang_bang_3",
        |r| {
            let i = index(r, "I.6");
            r["criteria"][i]["max_score"] = "2".into();
            r["criteria"][i]["rules"][0]["award"]["points"] = "2".into();
            r["criteria"][i]["rules"][0]["text"] = "100%: 2 điểm".into();
            r["criteria"][i]["rules"][1]["text"] = "Từ 80% đến dưới 100%: 1 điểm".into();
        },
        &["~ I.6 I.6 max_score, rules, rules in words"],
    );
}

#[test]
fn a_new_wording_under_another_number_is_the_same_criterion() {
    check(
        "lao_cai_1",
        |r| {
            let i = index(r, "III.1");
            r["criteria"][i]["title"] = "Cán bộ chuyên trách hoặc phụ trách CNTT của đơn vị".into();
        },
        &["~ III.1 III.1 title"],
    );
}

#[test]
fn a_criterion_put_in_between_renumbers_the_rest_and_is_the_only_one_added() {
    check(
        "ha_giang_1",
        |r| {
            let at = index(r, "2.1");
            let mut new = r["criteria"][at].clone();
            new["id"] = "2.0".into();
            new["number"] = "2.0".into();
            new["title"] = "Ban hành quy chế bảo vệ dữ liệu cá nhân của đơn vị".into();
            new["rules"] = Value::Array(Vec::new());
            r["criteria"].as_array_mut().unwrap().insert(at, new);
            for (id, number) in [("2.3", "2.4"), ("2.2", "2.3"), ("2.1", "2.2"), ("2.0", "2.1")] {
                let i = index(r, id);
                r["criteria"][i]["id"] = number.into();
                r["criteria"][i]["number"] = number.into();
            }
        },
        &[
            "+ 2.1",
            "~ 2.1 2.2 number",
            "~ 2.2 2.3 number",
            "~ 2.3 2.4 number",
        ],
    );
}

#[test]
fn a_removed_criterion_stands_where_it_stood() {
    check(
        "nga_nam",
        |r| {
            let i = index(r, "II.3");
            r["criteria"].as_array_mut().unwrap().remove(i);
        },
        &["- II.3"],
    );
}

#[test]
fn a_criterion_under_another_section_has_moved_and_its_neighbours_have_not() {
    check(
        "an_giang_bang_3",
        |r| {
            let from = index(r, "I.3");
            let moved = r["criteria"].as_array_mut().unwrap().remove(from);
            let to = index(r, "II.1");
            r["criteria"].as_array_mut().unwrap().insert(to, moved);
            r["criteria"][to]["parent"] = "II".into();
        },
        &["> I.3 I.3"],
    );
    check(
        "an_giang_bang_3",
        |r| {
            let from = index(r, "I.1");
            let moved = r["criteria"].as_array_mut().unwrap().remove(from);
            let to = index(r, "I.5");
            r["criteria"].as_array_mut().unwrap().insert(to, moved);
        },
        &["> I.1 I.1"],
    );
}

/// Lào Cai's two annexes share whole criteria word for word; each stays with its own.
#[test]
fn several_rubrics_are_compared_each_with_its_own() {
    let old = [known("lao_cai_1"), known("lao_cai_2")];
    let new = [known("lao_cai_2"), known("lao_cai_1"), known("nga_nam")];
    let sides = compare::files(&old, &new);
    let fates: Vec<String> = sides
        .iter()
        .map(|side| match side {
            Side::Added(rubric) => format!("+ {}", rubric.criteria.len()),
            Side::Removed(rubric) => format!("- {}", rubric.criteria.len()),
            Side::Both(both) => format!("= {} {}", both.new.criteria.len(), both.is_same()),
        })
        .collect();
    assert_eq!(fates, ["= 75 true", "= 53 true", "+ 15"]);
}

#[test]
fn pieces_of_a_wording_joined_are_both_wordings() {
    let (old, new) = ("Từ 80% đến dưới 100%: 1 điểm", "Từ 85% đến dưới 100%: 1,5 điểm");
    let join = |leave: fn(&Wording) -> bool| -> String {
        let pieces = compare::wording(old, new).into_iter().filter(|p| !leave(p));
        let texts = pieces.map(|piece| match piece {
            Wording::Same(t) | Wording::Removed(t) | Wording::Added(t) => t,
        });
        texts.collect()
    };
    assert_eq!(join(|p| matches!(p, Wording::Added(_))), old);
    assert_eq!(join(|p| matches!(p, Wording::Removed(_))), new);
}

fn written(folder: &Path, name: &str, rubric: &Value) -> PathBuf {
    let file = folder.join(name);
    std::fs::write(&file, rubric.to_string()).unwrap();
    file
}

#[test]
fn the_command_says_it_as_text_json_and_a_page() {
    let folder = tempfile::tempdir().unwrap();
    let mut value: Value = serde_json::from_slice(&bytes("an_giang_bang_3")).unwrap();
    let i = index(&value, "I.6");
    value["criteria"][i]["max_score"] = "2".into();
    value["criteria"][i]["title"] = "Tỉ lệ hồ sơ giải quyết <b>đúng hạn</b>".into();
    let new = written(folder.path(), "new.json", &value);
    let run = |format: &str| {
        let old = "rubrics/known/an_giang_bang_3.json";
        let output = sohoa()
            .args(["diff", old])
            .arg(&new)
            .args(["--format", format])
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(0));
        String::from_utf8(output.stdout).unwrap()
    };
    let text = run("text");
    assert!(
        text.contains("~ I.6") && text.contains("điểm tối đa: 1.5 → 2"),
        "{text}"
    );
    let shape: Value = serde_json::from_str(&run("json")).unwrap();
    let criterion = &shape["rubrics"][0]["criteria"][0];
    assert_eq!(
        (&criterion["old"], &criterion["fate"]),
        (&"I.6".into(), &"changed".into())
    );
    let maximum = serde_json::json!({"field": "max_score", "old": "1.5", "new": "2"});
    assert!(
        criterion["changes"].as_array().unwrap().contains(&maximum),
        "{criterion}"
    );
    let page = run("html");
    assert!(page.contains("<del>1.5</del> → <ins>2</ins>"), "{page}");
    assert!(!page.contains("<b>đúng") && page.contains("&lt;b&gt;"), "{page}");
    assert!(!page.contains("<script") && !page.contains("http"), "{page}");
}

#[test]
fn a_file_that_is_no_rubric_is_refused() {
    let output = sohoa()
        .args(["diff", "rubrics/known/nga_nam.json", "Cargo.toml"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert!(output.stdout.is_empty());
}

#[test]
fn nothing_changed_is_said() {
    let rubric = [known("nga_nam")];
    let text = comparison::text(&compare::files(&rubric, &rubric));
    assert!(text.contains("không có gì thay đổi"), "{text}");
}
