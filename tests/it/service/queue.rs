use axum::http::StatusCode;
use serde_json::{Value, json};

use super::office::{Office, Play, Rules};

#[tokio::test]
async fn a_refused_document_fails_with_its_reason_and_can_be_tried_again() {
    let office = Office::open(Rules::default()).await;
    office.script.then(Play::Refuse);
    let id = office.document(b"%PDF-1.7 one").await;
    let events = office.follow(&id).await;
    let (name, last) = events.last().unwrap();
    assert_eq!((name.as_str(), &last["state"]), ("failed", &json!("failed")));
    assert_eq!(last["problem"]["code"], "encrypted");
    assert_eq!(last["problem"]["message_vi"], "tệp có mật khẩu");
    assert_eq!(last["problem"]["message_en"], "the file has a password");
    let path = format!("/api/v1/documents/{id}/retry");
    assert_eq!(office.ask("hoa", "POST", &path, Value::Null).await.status, 202);
    assert_eq!(office.follow(&id).await.last().unwrap().0, "done");
    assert_eq!(
        office.ask("hoa", "POST", &path, Value::Null).await.problem(),
        (409, "not_failed".into())
    );
}

#[tokio::test]
async fn a_crash_is_tried_again_and_a_poison_document_is_set_aside() {
    let office = Office::open(Rules::default()).await;
    office.script.then(Play::Crash);
    let lucky = office.document(b"%PDF-1.7 lucky").await;
    assert_eq!(office.follow(&lucky).await.last().unwrap().0, "done");
    for _ in 0..3 {
        office.script.then(Play::Crash);
    }
    let poison = office.document(b"%PDF-1.7 poison").await;
    let events = office.follow(&poison).await;
    let (name, last) = events.last().unwrap();
    assert_eq!(
        (name.as_str(), &last["problem"]["code"]),
        ("failed", &json!("reader_crashed"))
    );
    // The queue goes on behind it.
    let next = office.document(b"%PDF-1.7 next").await;
    assert_eq!(office.follow(&next).await.last().unwrap().0, "done");
    let metrics = String::from_utf8(office.get("", "/metrics").await.body).unwrap();
    for line in [
        "sohoa_documents{state=\"ready\"} 2",
        "sohoa_documents{state=\"failed\"} 1",
        "sohoa_jobs{state=\"done\"} 2",
        "sohoa_pages_total{outcome=\"read\"} 4",
        "sohoa_retries_total 3",
        "sohoa_http_requests_total{method=\"POST\",route=\"/api/v1/documents\",status=\"202\"} 3",
    ] {
        assert!(metrics.lines().any(|l| l == line), "{line} in\n{metrics}");
    }
}

#[tokio::test]
async fn an_orderly_stop_hands_the_job_back_and_the_next_start_goes_on() {
    let office = Office::open(Rules::default()).await;
    office.script.then(Play::Wait);
    let id = office.document(b"%PDF-1.7 one").await;
    let mut events = office.events(&id).await;
    while events.next().await.unwrap().1["pages_done"] != 1 {}
    // Streams end with the server, so that it can.
    office.stopping.send_replace(true);
    while events.next().await.is_some() {}
    drop(events);
    let (folder, script) = office.close().await;

    let office = Office::open_in(folder, Rules::default(), script).await;
    let events = office.follow(&id).await;
    assert_eq!(events.last().unwrap().0, "done");
    let metrics = String::from_utf8(office.get("", "/metrics").await.body).unwrap();
    assert!(
        metrics.contains("sohoa_pages_total{outcome=\"kept\"} 1"),
        "{metrics}"
    );
    let document = office.get("hoa", &format!("/api/v1/documents/{id}")).await.json();
    assert_eq!(document["rubrics"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_full_queue_takes_no_more_and_says_when_to_come_back() {
    let office = Office::open(Rules {
        most_waiting: 1,
        ..Rules::default()
    })
    .await;
    office.script.then(Play::Wait);
    let read = office.document(b"%PDF-1.7 one").await;
    let mut events = office.events(&read).await;
    while events.next().await.unwrap().1["pages_done"] != 1 {}
    // The one that is being read waits no longer.
    office.document(b"%PDF-1.7 two").await;

    let answer = office.upload("hoa", "ba.pdf", b"%PDF-1.7 three").await;
    assert_eq!(
        (answer.problem(), answer.header("retry-after")),
        ((503, "queue_full".into()), "10")
    );
    let list = office.get("hoa", "/api/v1/documents").await.json();
    assert_eq!(list["documents"].as_array().unwrap().len(), 2);

    office.script.go_on();
    while events.next().await.is_some() {}
    let second = list["documents"]
        .as_array()
        .unwrap()
        .iter()
        .find(|d| d["id"] != read.as_str());
    office.follow(second.unwrap()["id"].as_str().unwrap()).await;
    let answer = office.upload("hoa", "ba.pdf", b"%PDF-1.7 three").await;
    assert_eq!(answer.status, StatusCode::ACCEPTED);
}
