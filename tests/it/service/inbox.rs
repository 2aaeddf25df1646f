//! The list of documents: what is looked for, what is to be done, who has it.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::office::{Office, Play, Rules};

const DOCUMENTS: &str = "/api/v1/documents";

/// What a list of these parameters gives.
async fn list(office: &Office, who: &str, asked: &str) -> Value {
    let answer = office.get(who, &format!("{DOCUMENTS}?{asked}")).await;
    assert_eq!(answer.status, StatusCode::OK, "{asked}: {:?}", answer.json());
    answer.json()
}

fn ids(list: &Value) -> Vec<&str> {
    let documents = list["documents"].as_array().unwrap().iter();
    documents.map(|d| d["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_document_is_found_by_any_of_its_words_and_the_find_leads_to_its_place() {
    let office = Office::open(Rules::default()).await;
    let (document, rubric) = office.read_document().await;
    for typed in [
        "thang+diem+thi+dua",
        "Thang%20%C4%91i%E1%BB%83m",
        "1420%2FKH",
        "quyet+dinh.pdf",
    ] {
        assert_eq!(
            ids(&list(&office, "hoa", &format!("q={typed}")).await),
            [document.as_str()],
            "{typed}"
        );
    }
    let found = list(&office, "hoa", "q=bao+cao").await["documents"][0]["found"].clone();
    assert_eq!(
        found,
        json!({
            "rubric": rubric, "criterion": "I.2", "page": 1,
            "snippet": [{"text": "2 ", "hit": false}, {"text": "Báo", "hit": true}, {"text": " ", "hit": false},
                {"text": "cáo", "hit": true}],
        })
    );
    for typed in ["khong+co+dau", "%22%2A%28", "diem+thang+bao"] {
        let none = list(&office, "hoa", &format!("q={typed}")).await;
        assert_eq!(
            (&none["documents"], &none["total"]),
            (&json!([]), &json!(0)),
            "{typed}"
        );
    }

    // What an edit brings is found at once, and what it took away is not.
    let edit = json!({"edits": [{"criterion": "I.2", "field": "title", "value": "Hội nghị tổng kết"}]});
    office
        .patch("hoa", &format!("/api/v1/rubrics/{rubric}"), "\"1\"", edit)
        .await;
    assert_eq!(list(&office, "hoa", "q=tong+ket").await["total"], 1);
    assert_eq!(list(&office, "hoa", "q=bao+cao").await["total"], 0);
}

#[tokio::test]
async fn lists_say_what_is_to_be_done_and_go_on_where_they_stopped() {
    let office = Office::open(Rules::default()).await;
    let (first, rubric) = office.read_document().await;
    office.script.then(Play::Refuse);
    let second = office.document(b"%PDF-1.7 two").await;
    office.follow(&second).await;
    office
        .ask(
            "hoa",
            "POST",
            &format!("/api/v1/rubrics/{rubric}/submit"),
            Value::Null,
        )
        .await;
    let all = list(&office, "hoa", "limit=1").await;
    assert_eq!(ids(&all), [second.as_str()]);
    assert_eq!(
        all["counts"],
        json!({"all": 2, "todo": 0, "reading": 0, "submitted": 1, "confirmed": 0, "failed": 1})
    );
    let next = all["next"].as_str().unwrap();
    assert_eq!(
        ids(&list(&office, "hoa", &format!("before={next}")).await),
        [first.as_str()]
    );
    let oldest = list(&office, "hoa", "sort=oldest&limit=1").await;
    assert_eq!(ids(&oldest), [first.as_str()]);
    let next = oldest["next"].as_str().unwrap();
    let rest = list(&office, "hoa", &format!("sort=oldest&limit=1&before={next}")).await;
    assert_eq!((ids(&rest), &rest["total"]), (vec![second.as_str()], &json!(2)));
    assert_eq!(ids(&list(&office, "hoa", "work=failed").await), [second.as_str()]);
    assert_eq!(
        ids(&list(&office, "hoa", "state=submitted").await),
        [first.as_str()]
    );
    assert_eq!(
        list(&office, "hoa", "since=2030-01-01T00:00:00Z").await["total"],
        0
    );

    for bad in [
        "work=none",
        "state=none",
        "holder=hoa",
        "findings=some",
        "sort=up",
        "since=today",
        "before=skip-x",
        "colour=red",
        "sort=title&before=0190",
    ] {
        let answer = office.get("hoa", &format!("{DOCUMENTS}?{bad}")).await;
        assert_eq!(answer.problem(), (400, "bad_request".into()), "{bad}");
    }
}

#[tokio::test]
async fn a_document_goes_from_hand_to_hand() {
    let office = Office::open(Rules::default()).await;
    let (id, _) = office.read_document().await;
    let give = async |who: &str, to: Value| {
        let path = format!("{DOCUMENTS}/{id}/assignee");
        office.ask(who, "PUT", &path, json!({ "assignee": to })).await
    };
    let people = office.get("hoa", "/api/v1/people").await.json();
    assert_eq!(people["people"][0], json!({"name": "hoa", "role": "clerk"}));
    // A clerk takes what nobody has, and cannot give it to somebody else without having it.
    assert_eq!(
        give("hoa", json!("lan")).await.problem(),
        (403, "not_holder".into())
    );
    assert_eq!(give("hoa", json!("hoa")).await.json()["assigned_to"], "hoa");
    assert_eq!(ids(&list(&office, "hoa", "holder=me").await), [id.as_str()]);
    assert_eq!(ids(&list(&office, "lan", "holder=@hoa").await), [id.as_str()]);
    assert_eq!(list(&office, "lan", "holder=me").await["total"], 0);
    assert_eq!(list(&office, "lan", "holder=nobody").await["total"], 0);

    assert_eq!(
        give("hoa", json!("ai đó")).await.problem(),
        (404, "not_found".into())
    );
    // Who has it hands it on; then it is no longer theirs to give.
    assert_eq!(give("hoa", json!("minh")).await.json()["assigned_to"], "minh");
    assert_eq!(give("hoa", json!("hoa")).await.problem(), (409, "held".into()));
    assert_eq!(
        give("hoa", Value::Null).await.problem(),
        (403, "not_holder".into())
    );
    // A maintainer decides, whoever has it.
    assert_eq!(give("lan", json!("HOA")).await.json()["assigned_to"], "hoa");
    assert_eq!(give("hoa", Value::Null).await.json()["assigned_to"], Value::Null);
    assert_eq!(list(&office, "lan", "holder=nobody").await["total"], 1);
}
