//! One stream tells everybody what happens anywhere.

use std::time::Duration;

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::office::{Events, Office, Rules};

const EVENTS: &str = "/api/v1/events";

/// The next event of this name; what comes before it is passed over.
async fn next(events: &mut Events, name: &str) -> Value {
    loop {
        let (found, data) = events.next().await.unwrap();
        if found == name {
            return data;
        }
    }
}

#[tokio::test]
async fn a_document_is_heard_of_from_its_upload_to_its_end() {
    let office = Office::open(Rules::default()).await;
    let mut events = office.listen("lan", EVENTS).await;
    let id = office.document(b"%PDF-1.7 one").await;
    let mut states = Vec::new();
    while states.last() != Some(&json!("ready")) {
        let news = next(&mut events, "document").await;
        assert_eq!(news["id"], json!(id));
        states.push(news["state"].clone());
        assert!(news["pages_done"].as_u64().unwrap() <= 2);
    }
    assert!(states.contains(&json!("reading")), "{states:?}");
}

#[tokio::test]
async fn a_desk_learns_of_a_change_made_by_somebody_else() {
    let office = Office::open(Rules::default()).await;
    let (document, rubric) = office.read_document().await;
    let mut events = office.listen("minh", EVENTS).await;
    let path = format!("/api/v1/rubrics/{rubric}");
    let edit = json!({"edits": [{"criterion": "I.1", "field": "max_score", "value": "1,5"}]});
    assert_eq!(
        office.patch("hoa", &path, "\"1\"", edit.clone()).await.status,
        StatusCode::OK
    );
    assert_eq!(
        next(&mut events, "rubric").await,
        json!({"id": rubric, "document": document, "version": 2, "state": "draft", "by": "hoa"})
    );
    // What is refused is no news: the next event is the next real change.
    assert_eq!(
        office.patch("lan", &path, "\"1\"", edit).await.problem(),
        (412, "stale".into())
    );
    office
        .ask("lan", "POST", &format!("{path}/submit"), Value::Null)
        .await;
    let news = next(&mut events, "rubric").await;
    assert_eq!(
        (&news["version"], &news["state"], &news["by"]),
        (&json!(3), &json!("submitted"), &json!("lan"))
    );
}

#[tokio::test]
async fn people_see_who_else_has_the_rubric_open_and_where() {
    let office = Office::open(Rules::default()).await;
    let (_, rubric) = office.read_document().await;
    let path = format!("/api/v1/rubrics/{rubric}/presence");
    let here = async |who: &str, place: Value| {
        let answer = office.ask(who, "POST", &path, json!({ "place": place })).await;
        assert_eq!(answer.status, StatusCode::OK, "{:?}", answer.json());
        answer.json()
    };
    let people = |news: &Value| -> Vec<(String, Value)> {
        let people = news["people"].as_array().unwrap().iter();
        people
            .map(|p| (p["name"].as_str().unwrap().to_owned(), p["place"].clone()))
            .collect()
    };
    let first = here("lan", Value::Null).await;
    assert_eq!(people(&first), [("lan".to_owned(), Value::Null)]);

    // Who comes later is told who is there already.
    let mut events = office.listen("minh", EVENTS).await;
    assert_eq!(next(&mut events, "presence").await, first);

    here("minh", json!("I.2|max_score")).await;
    let both = [
        ("lan".to_owned(), Value::Null),
        ("minh".to_owned(), json!("I.2|max_score")),
    ];
    assert_eq!(people(&next(&mut events, "presence").await), both);

    // Saying the same again is no news, but keeps one from being forgotten.
    *office.clock.lock().unwrap() += Duration::from_secs(20);
    here("minh", json!("I.2|max_score")).await;
    *office.clock.lock().unwrap() += Duration::from_secs(20);
    assert_eq!(people(&here("minh", json!("I.2|max_score")).await), both[1..]);
    assert_eq!(people(&next(&mut events, "presence").await), both[1..]);

    assert_eq!(
        office.ask("minh", "DELETE", &path, Value::Null).await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(people(&next(&mut events, "presence").await), []);
}

#[tokio::test]
async fn presence_is_of_rubrics_that_are_there_and_in_few_words() {
    let office = Office::open(Rules::default()).await;
    let (_, rubric) = office.read_document().await;
    let nowhere = office
        .ask("lan", "POST", "/api/v1/rubrics/none/presence", json!({}))
        .await;
    assert_eq!(nowhere.problem(), (404, "not_found".into()));
    let long = json!({"place": "ô".repeat(201)});
    let answer = office
        .ask("lan", "POST", &format!("/api/v1/rubrics/{rubric}/presence"), long)
        .await;
    assert_eq!(answer.problem(), (400, "bad_request".into()));
}

#[tokio::test]
async fn the_stream_ends_when_the_server_stops() {
    let office = Office::open(Rules::default()).await;
    let mut events = office.listen("lan", EVENTS).await;
    office.stopping.send(true).unwrap();
    assert_eq!(events.next().await, None);
}
