//! What is kept of a second reading, for how long, and what becomes of it when things go wrong.

use std::sync::Arc;

use axum::http::StatusCode;
use serde_json::{Value, json};
use sohoa::jobs::Retention;
use sohoa::store::backup;

use super::super::office::{Office, Play, Rules};
use super::{Case, better, edit, ended, fair};

#[tokio::test]
async fn asking_twice_is_one_reading_and_one_that_waits_is_decided_about_first() {
    let case = Case::open(fair("")).await;
    let office = &case.office;
    assert_eq!(
        office
            .ask("hoa", "POST", "/api/v1/documents/x/reread", Value::Null)
            .await
            .problem(),
        (404, "not_found".into())
    );
    assert_eq!(case.discard("hoa").await.problem(), (409, "no_reread".into()));
    let mut events = office.listen("lan", "/api/v1/events").await;
    office.script.then(Play::Wait);
    assert_eq!(case.ask("hoa").await.json()["state"], "reading");
    // The first page is read.
    let page = loop {
        let (name, news) = events.next().await.unwrap();
        assert_ne!(name, "document", "{news}: the document itself stands as it did");
        if news["pages_done"] == 1 {
            break news;
        }
    };
    assert_eq!((&page["state"], &page["pages"]), (&json!("reading"), &json!(2)));
    let twice = case.ask("lan").await;
    assert_eq!(
        (twice.status, &twice.json()["asked_by"]),
        (StatusCode::ACCEPTED, &json!("hoa"))
    );
    let document = format!("/api/v1/documents/{}", case.document);
    let shown = office.get("hoa", &document).await.json();
    assert_eq!(
        (
            &shown["state"],
            &shown["reread"],
            &shown["pages_done"],
            &shown["reading"]
        ),
        (&json!("ready"), &json!("reading"), &json!(2), &json!(1))
    );
    office.go_on();
    ended(&mut events).await;
    assert_eq!(
        office.script.dictionaries.lock().unwrap().len(),
        2,
        "read twice in all"
    );
    assert_eq!(case.ask("hoa").await.problem(), (409, "reread_waits".into()));
    let metrics = String::from_utf8(office.get("", "/metrics").await.body).unwrap();
    assert!(
        metrics
            .lines()
            .any(|line| line == "sohoa_documents{state=\"ready\"} 1")
    );
}

#[tokio::test]
async fn a_second_reading_that_fails_says_why_and_the_document_stands() {
    let case = Case::open(fair("")).await;
    let failed = case.again(Play::Refuse).await.json();
    assert_eq!(
        (&failed["state"], &failed["problem"]["code"], &failed["preview"]),
        (&json!("failed"), &json!("encrypted"), &Value::Null)
    );
    let shown = case
        .office
        .get("hoa", &format!("/api/v1/documents/{}", case.document))
        .await
        .json();
    assert_eq!(
        (&shown["state"], &shown["problem"]),
        (&json!("ready"), &Value::Null)
    );
    assert_eq!(case.accept("hoa", "*").await.problem(), (409, "no_reread".into()));
    // A crash is tried again, as any.
    let ready = case.again(Play::Crash).await.json();
    assert_eq!(ready["state"], "ready");
}

#[tokio::test]
async fn a_restart_takes_up_a_second_reading_where_it_was() {
    let case = Case::open(fair("")).await;
    let mut events = case.office.listen("lan", "/api/v1/events").await;
    case.office.script.then(Play::Wait);
    case.ask("hoa").await;
    while events.next().await.unwrap().1["pages_done"] != 1 {}
    // Whoever listens holds the house open.
    drop(events);
    let Case {
        office,
        document,
        rubric,
    } = case;
    let (folder, script) = office.close().await;
    script.then(Play::Give(Box::new(better())));
    let office = Office::open_in(folder, Rules::default(), script).await;
    let case = Case {
        office,
        document,
        rubric,
    };
    let mut events = case.office.listen("lan", "/api/v1/events").await;
    let ready = loop {
        let look = case.look().await;
        if look.json()["state"] == "ready" {
            break look;
        }
        events.next().await.unwrap();
    };
    assert_eq!(ready.json()["asked_by"], "hoa");
    let metrics = String::from_utf8(case.office.get("", "/metrics").await.body).unwrap();
    // The first page was in its work folder.
    assert!(
        metrics
            .lines()
            .any(|line| line == "sohoa_pages_total{outcome=\"kept\"} 1"),
        "{metrics}"
    );
}

#[tokio::test]
async fn each_reading_has_its_pages_and_only_the_one_that_stands_keeps_them() {
    let case = Case::open(fair("")).await;
    let office = &case.office;
    let shown = office
        .get("hoa", &format!("/api/v1/documents/{}", case.document))
        .await
        .json();
    let sha256 = shown["sha256"].as_str().unwrap();
    let works = || {
        let entries = std::fs::read_dir(office.folder.path().join("work")).unwrap();
        let mut names: Vec<String> = entries
            .map(|e| e.unwrap().file_name().into_string().unwrap().replace(sha256, "W"))
            .collect();
        names.sort();
        names
    };
    let image = async || {
        let path = format!("/api/v1/documents/{}/pages/1/image", case.document);
        office.get("hoa", &path).await.status
    };
    case.again(Play::Give(Box::new(better()))).await;
    assert_eq!(works(), ["W", "W.2"]);
    case.discard("lan").await;
    assert_eq!(works(), ["W"]);
    case.again(Play::Give(Box::new(better()))).await;
    assert_eq!(works(), ["W", "W.3"]);
    assert_eq!(case.accept("hoa", "*").await.status, StatusCode::NO_CONTENT);
    assert_eq!((works(), image().await), (vec!["W.3".to_owned()], StatusCode::OK));

    // Discarded while it is read: what the child writes afterwards goes, too.
    let mut events = office.listen("lan", "/api/v1/events").await;
    office.script.then(Play::Wait);
    case.ask("hoa").await;
    while events.next().await.unwrap().1["pages_done"] != 1 {}
    assert_eq!(case.discard("hoa").await.status, StatusCode::NO_CONTENT);
    office.go_on();
    // The queue has one worker: the next document is read after it.
    let next = office.document(b"%PDF-1.7 next").await;
    office.follow(&next).await;
    assert_eq!(works().iter().filter(|name| name.starts_with('W')).count(), 1);
    assert_eq!(case.look().await.json()["state"], "none");
}

#[tokio::test]
async fn a_deletion_and_the_rules_about_keeping_take_a_second_reading_along() {
    let case = Case::open(fair("")).await;
    let office = &case.office;
    let delete = async || {
        let path = format!("/api/v1/documents/{}", case.document);
        office.ask("hoa", "DELETE", &path, Value::Null).await
    };
    let works = || {
        std::fs::read_dir(office.folder.path().join("work"))
            .unwrap()
            .count()
    };
    let mut events = office.listen("lan", "/api/v1/events").await;
    office.script.then(Play::Wait);
    case.ask("hoa").await;
    while events.next().await.unwrap().1["pages_done"] != 1 {}
    assert_eq!(delete().await.problem(), (409, "being_read".into()));
    office.go_on();
    ended(&mut events).await;
    assert_eq!(works(), 2);
    assert_eq!(delete().await.status, StatusCode::NO_CONTENT);
    assert_eq!(works(), 0);
    assert_eq!(case.look().await.problem(), (404, "not_found".into()));

    let other = Case::open(fair("")).await;
    other.again(Play::Give(Box::new(better()))).await;
    let day = std::time::Duration::from_secs(24 * 3600);
    let rules = Retention {
        drafts: Some(day * 30),
        ..Retention::default()
    };
    let later = *other.office.clock.lock().unwrap() + day * 31;
    let removed = rules
        .apply(other.office.store.as_ref(), &other.office.data, later)
        .await
        .unwrap();
    assert_eq!(removed.documents, 1);
    let left = std::fs::read_dir(other.office.folder.path().join("work")).unwrap();
    assert_eq!(left.count(), 0);
    assert_eq!(other.look().await.problem(), (404, "not_found".into()));
}

#[tokio::test]
async fn tables_come_and_go_with_the_reading_unless_people_worked_on_them() {
    let two = || {
        let mut document = better();
        let mut second = document.rubrics[0].clone();
        second.title = "Bảng số 4 về cải cách hành chính".into();
        for (at, row) in second.criteria.iter_mut().enumerate() {
            row.title = ["Cải cách", "Dịch vụ công trực tuyến", "Một cửa điện tử"][at].into();
        }
        document.rubrics.push(second);
        document
    };
    let case = Case::open(two()).await;
    let preview = case.again(Play::Give(Box::new(better()))).await;
    assert_eq!(preview.header("etag"), "\"1.1\"");
    let preview = preview.json()["preview"].clone();
    assert_eq!(preview["rubrics"][1]["fate"], "vanished");
    assert_eq!(preview["acceptable"], true);
    assert_eq!(case.accept("hoa", "\"1.1\"").await.status, StatusCode::NO_CONTENT);
    let path = format!("/api/v1/documents/{}", case.document);
    let rubrics = async || {
        case.office.get("hoa", &path).await.json()["rubrics"]
            .as_array()
            .unwrap()
            .clone()
    };
    assert_eq!(rubrics().await.len(), 1);
    assert_eq!(rubrics().await[0]["id"], json!(case.rubric));

    let mut document = two();
    document.rubrics.reverse();
    let preview = case.again(Play::Give(Box::new(document))).await.json()["preview"].clone();
    assert_eq!(preview["rubrics"][0]["fate"], "new");
    assert_eq!(case.accept("hoa", "\"2\"").await.status, StatusCode::NO_CONTENT);
    let list = rubrics().await;
    assert_eq!((list.len(), &list[1]["id"]), (2, &json!(case.rubric)));

    // Somebody works on the new one; a reading without it is not accepted.
    let new = format!("/api/v1/rubrics/{}", list[0]["id"].as_str().unwrap());
    let answer = case
        .office
        .patch("hoa", &new, "\"1\"", edit("I.1", "max_score", "1"))
        .await;
    assert_eq!(answer.status, StatusCode::OK);
    let preview = case.again(Play::Give(Box::new(better()))).await;
    assert_eq!(preview.json()["preview"]["blocks"][0]["code"], "rubric_gone");
    assert_eq!(
        case.accept("hoa", preview.header("etag")).await.problem(),
        (409, "reread_blocked".into())
    );
}

#[tokio::test]
async fn a_backup_has_the_reading_that_stands_and_the_one_that_waits() {
    let case = Case::open(fair("")).await;
    case.again(Play::Give(Box::new(better()))).await;
    assert_eq!(case.accept("hoa", "*").await.status, StatusCode::NO_CONTENT);
    case.again(Play::Give(Box::new(better()))).await;
    let shelf = tempfile::tempdir().unwrap();
    let target = shelf.path().join("monday");
    let now = *case.office.clock.lock().unwrap();
    backup::create(case.office.folder.path(), &target, now)
        .await
        .unwrap();
    let folder = Arc::new(tempfile::tempdir().unwrap());
    backup::restore(&target, folder.path()).await.unwrap();

    let office = Office::open_in(folder, Rules::default(), Arc::default()).await;
    let again = Case { office, ..case };
    assert_eq!(again.look().await.json()["state"], "ready");
    let image = format!("/api/v1/documents/{}/pages/1/image", again.document);
    assert_eq!(again.office.get("hoa", &image).await.status, StatusCode::OK);
    assert_eq!(again.accept("hoa", "\"2\"").await.status, StatusCode::NO_CONTENT);
    assert_eq!(again.office.get("hoa", &image).await.status, StatusCode::OK);
    assert_eq!(again.rubric().await["version"], 3);
}
