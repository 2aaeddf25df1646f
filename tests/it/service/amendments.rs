use axum::http::StatusCode;
use serde_json::{Value, json};
use sohoa::domain::{Document, Metadata};

use super::office::{Office, Play, Rules, decision, request};

const FIRST: &[u8] = b"%PDF-1.7 first";
const SECOND: &[u8] = b"%PDF-1.7 second";
const THIRD: &[u8] = b"%PDF-1.7 third";

/// A later decision of the same table, one criterion worth more, that says which one it changes.
fn amendment(number: &str) -> Document {
    let mut document = decision("sửa đổi.pdf");
    document.metadata = Metadata {
        number: Some(number.into()),
        title: Some("Sửa đổi, bổ sung thang điểm thi đua".into()),
        ..Metadata::default()
    };
    document.text = "Sửa đổi, bổ sung một số điều của Kế hoạch số 1420/KH-UBND ngày 26/3/2024".into();
    let rubric = &mut document.rubrics[0];
    rubric.criteria[1].max_score = sohoa::domain::Score::parse_vietnamese("2,5");
    document
}

impl Office {
    /// Has `document` read from `bytes`; its first rubric's id.
    async fn rubric_of(&self, bytes: &[u8], document: Document) -> String {
        self.script.then(Play::Give(Box::new(document)));
        let id = self.document(bytes).await;
        let events = self.follow(&id).await;
        let (name, last) = events.last().unwrap();
        assert_eq!(name, "done", "{last}");
        last["rubrics"][0]["id"].as_str().unwrap().to_owned()
    }

    async fn confirm(&self, rubric: &str) {
        for (who, step) in [("hoa", "submit"), ("minh", "confirm")] {
            let path = format!("/api/v1/rubrics/{rubric}/{step}");
            let answer = self.ask(who, "POST", &path, Value::Null).await;
            assert_eq!(answer.status, StatusCode::OK, "{}", answer.json());
        }
    }

    async fn settle(&self, who: &str, rubric: &str, etag: &str, other: Value) -> super::office::Answer {
        let path = format!("/api/v1/rubrics/{rubric}/amends");
        let body = json!({ "rubric": other });
        self.send(request(who, "PUT", &path, &[("if-match", etag)], body))
            .await
    }
}

#[tokio::test]
async fn a_new_decision_finds_what_it_changes_and_confirming_it_supersedes() {
    let office = Office::open(Rules::default()).await;
    let old = office.rubric_of(FIRST, decision("cũ.pdf")).await;
    let new = office.rubric_of(SECOND, amendment("7/QĐ-UBND")).await;
    let amends = format!("/api/v1/rubrics/{new}/amends");
    // What is not confirmed is changed by editing it: it is no candidate.
    let none = office.get("hoa", &amends).await.json();
    assert_eq!(
        (&none["settled"], &none["candidates"]),
        (&json!(false), &json!([]))
    );
    assert_eq!(
        office.settle("hoa", &new, "\"1\"", json!(old)).await.problem(),
        (422, "not_amendable".into())
    );
    office.confirm(&old).await;
    let official = office
        .get("hoa", &format!("/api/v1/rubrics/{old}/export?format=json"))
        .await;

    let found = office.get("hoa", &amends).await.json();
    let first = &found["candidates"][0];
    assert_eq!(
        (&first["rubric"], &first["number"]),
        (&json!(old), &json!("1420/KH-UBND"))
    );
    let codes: Vec<&str> = first["reasons"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["code"].as_str().unwrap())
        .collect();
    assert_eq!(codes, ["named_as_changed", "title", "criteria"], "{first}");
    assert_eq!(found["settled"], false, "nothing is settled by itself");

    // A person settles it, and only on the version seen.
    assert_eq!(
        office
            .ask("hoa", "PUT", &amends, json!({"rubric": old}))
            .await
            .problem(),
        (428, "if_match_required".into())
    );
    assert_eq!(
        office.settle("hoa", &new, "\"9\"", json!(old)).await.problem(),
        (412, "stale".into())
    );
    let nothing_said = request("hoa", "PUT", &amends, &[("if-match", "\"1\"")], json!({}));
    assert_eq!(office.send(nothing_said).await.problem().0, 400);
    assert_eq!(
        office.settle("hoa", &new, "\"1\"", json!(new)).await.problem(),
        (422, "not_amendable".into())
    );
    let settled = office.settle("hoa", &new, "\"1\"", json!(old)).await;
    assert_eq!(settled.status, StatusCode::OK);
    assert_eq!(settled.json()["amends"], json!({"settled": true, "rubric": old}));

    office.confirm(&new).await;
    let superseded = office.get("hoa", &format!("/api/v1/rubrics/{old}")).await.json();
    assert_eq!(superseded["state"], "superseded");
    assert_eq!(
        (
            &superseded["superseded"]["rubric"],
            &superseded["superseded"]["by"]
        ),
        (&json!(new), &json!("minh"))
    );
    assert_eq!(superseded["confirmed_by"], "minh");
    assert!(
        office
            .store
            .in_force()
            .await
            .unwrap()
            .iter()
            .all(|r| r.rubric == new)
    );

    // What was confirmed stays as it was, and says what became of it.
    let mut before = official.json();
    let exported = office
        .get("hoa", &format!("/api/v1/rubrics/{old}/export?format=json"))
        .await;
    let after = exported.json();
    assert_eq!(after["confirmation"]["superseded"]["rubric"], json!(new));
    before["confirmation"]["superseded"] = after["confirmation"]["superseded"].clone();
    assert_eq!(after, before);
    assert!(
        exported
            .header("content-disposition")
            .contains("%C4%91%C6%B0%E1%BB%A3c%20thay%20th")
    );
    let markdown = office
        .get("hoa", &format!("/api/v1/rubrics/{old}/export?format=md"))
        .await;
    assert!(String::from_utf8_lossy(&markdown.body).contains("HẾT HIỆU LỰC"));
    let edit = json!({"edits": [{"criterion": "I.1", "field": "max_score", "value": "9"}]});
    let path = format!("/api/v1/rubrics/{old}");
    assert_eq!(
        office.patch("hoa", &path, "*", edit).await.problem(),
        (409, "wrong_state".into())
    );
    let history = office.get("hoa", &format!("{path}/history")).await.json();
    let last = history["events"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(
        (&last["kind"], &last["rubric"]),
        (&json!("superseded"), &json!(new))
    );
    let listed = office
        .get("hoa", "/api/v1/documents?state=superseded")
        .await
        .json();
    assert_eq!(listed["documents"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn what_two_decisions_change_is_superseded_once() {
    let office = Office::open(Rules::default()).await;
    let old = office.rubric_of(FIRST, decision("cũ.pdf")).await;
    office.confirm(&old).await;
    let one = office.rubric_of(SECOND, amendment("7/QĐ-UBND")).await;
    let two = office.rubric_of(THIRD, amendment("8/QĐ-UBND")).await;
    for rubric in [&one, &two] {
        assert_eq!(
            office.settle("hoa", rubric, "\"1\"", json!(old)).await.status,
            StatusCode::OK
        );
    }
    office.confirm(&one).await;
    let path = format!("/api/v1/rubrics/{two}");
    office
        .ask("hoa", "POST", &format!("{path}/submit"), Value::Null)
        .await;
    let refused = office
        .ask("minh", "POST", &format!("{path}/confirm"), Value::Null)
        .await;
    assert_eq!(refused.problem(), (409, "no_longer_in_force".into()));
    // Nothing was half done: it waits, is returned, and settled anew.
    assert_eq!(office.get("hoa", &path).await.json()["state"], "submitted");
    let back = json!({"comment": "chọn lại"});
    office.ask("minh", "POST", &format!("{path}/return"), back).await;
    let found = office.get("hoa", &format!("{path}/amends")).await.json();
    assert_eq!(found["candidates"][0]["rubric"], json!(one));
    assert_eq!(
        office.settle("hoa", &two, "*", json!(one)).await.status,
        StatusCode::OK
    );
    office.confirm(&two).await;
    assert_eq!(
        office.get("hoa", &format!("/api/v1/rubrics/{one}")).await.json()["superseded"]["rubric"],
        json!(two)
    );
}

#[tokio::test]
async fn a_rubric_that_stands_by_itself_supersedes_nothing() {
    let office = Office::open(Rules::default()).await;
    let old = office.rubric_of(FIRST, decision("cũ.pdf")).await;
    office.confirm(&old).await;
    let new = office.rubric_of(SECOND, amendment("7/QĐ-UBND")).await;
    let settled = office.settle("hoa", &new, "\"1\"", Value::Null).await.json();
    assert_eq!(settled["amends"], json!({"settled": true, "rubric": null}));
    office.confirm(&new).await;
    let state = office.get("hoa", &format!("/api/v1/rubrics/{old}")).await.json()["state"].clone();
    assert_eq!(state, "confirmed");
}

#[tokio::test]
async fn two_rubrics_are_compared_as_the_command_compares_files() {
    let office = Office::open(Rules::default()).await;
    let old = office.rubric_of(FIRST, decision("cũ.pdf")).await;
    let new = office.rubric_of(SECOND, amendment("7/QĐ-UBND")).await;
    let diff = office
        .get("hoa", &format!("/api/v1/rubrics/{new}/diff?against={old}"))
        .await
        .json();
    assert_eq!(diff["schema"], "sohoa-diff/1");
    assert_eq!(
        diff["rubrics"][0]["criteria"],
        json!([{
            "fate": "changed", "old": "I.1", "new": "I.1", "title": "Kế hoạch", "moved": false,
            "changes": [{"field": "max_score", "old": "2", "new": "2.5"}]
        }])
    );
    for (against, expect) in [
        ("nowhere", 404),
        ("version:0", 404),
        ("version:7", 404),
        ("version:x", 400),
    ] {
        let path = format!("/api/v1/rubrics/{new}/diff?against={against}");
        assert_eq!(office.get("hoa", &path).await.problem().0, expect, "{against}");
    }
}

#[tokio::test]
async fn any_version_can_be_looked_at_and_compared_with() {
    let office = Office::open(Rules::default()).await;
    let (_, rubric) = office.read_document().await;
    let path = format!("/api/v1/rubrics/{rubric}");
    // Two edits in one change are one version.
    let edits = json!({"edits": [
        {"criterion": "I.1", "field": "max_score", "value": "1,5"},
        {"criterion": "I.2", "field": "title", "value": "Báo cáo quý"}
    ]});
    office.patch("hoa", &path, "\"1\"", edits).await;
    let edit = json!({"edits": [{"criterion": "I.1", "field": "max_score", "value": "1"}]});
    office.patch("lan", &path, "\"2\"", edit).await;

    let maximum = async |version: u64| {
        let body = office
            .get("hoa", &format!("{path}/versions/{version}"))
            .await
            .json();
        (
            body["rubric"]["criteria"][1]["max_score"].clone(),
            body["by"].clone(),
        )
    };
    assert_eq!(maximum(1).await, (json!("2"), Value::Null));
    assert_eq!(maximum(2).await, (json!("1.5"), json!("hoa")));
    assert_eq!(maximum(3).await, (json!("1"), json!("lan")));
    assert_eq!(
        office.get("hoa", &format!("{path}/versions/4")).await.problem().0,
        404
    );

    let changed = async |against: &str| {
        let diff = office
            .get("hoa", &format!("{path}/diff?against={against}"))
            .await
            .json();
        let criteria = diff["rubrics"][0]["criteria"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        criteria
            .iter()
            .map(|c| c["new"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(changed("base").await, ["I.1", "I.2"]);
    assert_eq!(changed("version:1").await, ["I.1", "I.2"]);
    assert_eq!(changed("version:2").await, ["I.1"]);
    assert!(changed("version:3").await.is_empty());
}
