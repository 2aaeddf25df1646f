//! Deleting documents: by hand and by the rules about how long things are kept.

use std::time::Duration;

use axum::http::StatusCode;
use serde_json::{Value, json};
use sohoa::jobs::{Removed, Retention};

use super::office::{Office, Play, Rules};

const DAY: Duration = Duration::from_secs(24 * 3600);

/// Has a rubric confirmed by two people.
async fn confirm(office: &Office, rubric: &str) {
    for (who, step) in [("hoa", "submit"), ("minh", "confirm")] {
        let path = format!("/api/v1/rubrics/{rubric}/{step}");
        let answer = office.ask(who, "POST", &path, Value::Null).await;
        assert_eq!(answer.status, StatusCode::OK, "{step}");
    }
}

async fn delete(office: &Office, who: &str, id: &str, query: &str) -> super::office::Answer {
    let path = format!("/api/v1/documents/{id}{query}");
    office.ask(who, "DELETE", &path, Value::Null).await
}

#[tokio::test]
async fn the_uploader_deletes_what_is_not_confirmed_with_all_that_was_made_of_it() {
    let office = Office::open(Rules::default()).await;
    let (id, rubric) = office.read_document().await;
    let sha256 = office.get("hoa", &format!("/api/v1/documents/{id}")).await.json()["sha256"]
        .as_str()
        .unwrap()
        .to_owned();
    let (blob, work) = (office.data.blob(&sha256), office.data.work(&sha256, 1));
    assert!(blob.exists() && work.exists());
    for who in ["lan", "minh"] {
        assert_eq!(
            delete(&office, who, &id, "").await.problem(),
            (403, "forbidden".into()),
            "{who} is no admin and did not upload it"
        );
    }
    assert_eq!(
        delete(&office, "hoa", &id, "").await.status,
        StatusCode::NO_CONTENT
    );
    assert!(!blob.exists() && !work.exists());
    for path in [
        format!("/api/v1/documents/{id}"),
        format!("/api/v1/documents/{id}/file"),
        format!("/api/v1/documents/{id}/pages/1/image"),
        format!("/api/v1/rubrics/{rubric}"),
        format!("/api/v1/rubrics/{rubric}/history"),
    ] {
        assert_eq!(
            office.get("sep", &path).await.problem(),
            (404, "not_found".into()),
            "{path}"
        );
    }
    let left = office.get("sep", "/api/v1/erasures").await.json();
    let record = &left["erasures"][0];
    assert_eq!(
        (&record["document_id"], &record["sha256"], &record["deleted_by"]),
        (&json!(id), &json!(sha256), &json!("hoa"))
    );
    assert_eq!(record["rubrics"], json!([]));
    // The same bytes are a new document, read anew.
    let (again, _) = office.read_document().await;
    assert_ne!(again, id);
    assert!(blob.exists() && work.exists());
}

#[tokio::test]
async fn what_is_confirmed_is_deleted_by_an_admin_who_says_so_and_why() {
    let office = Office::open(Rules::default()).await;
    let (id, rubric) = office.read_document().await;
    confirm(&office, &rubric).await;
    let kept = office.store.confirmed(&rubric).await.unwrap().unwrap();
    for who in ["hoa", "sep"] {
        assert_eq!(
            delete(&office, who, &id, "").await.problem(),
            (409, "has_confirmed".into())
        );
    }
    assert_eq!(
        delete(&office, "hoa", &id, "?confirmed=true&reason=x")
            .await
            .problem(),
        (403, "forbidden".into())
    );
    for query in ["?confirmed=true", "?confirmed=true&reason=%20"] {
        assert_eq!(
            delete(&office, "sep", &id, query).await.problem(),
            (422, "no_reason".into())
        );
    }
    let gone = delete(&office, "sep", &id, "?confirmed=true&reason=ban%20nham").await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
    let left = office.get("sep", "/api/v1/erasures").await;
    let text = String::from_utf8_lossy(&left.body);
    assert!(
        !text.contains("Bảng số 3") && !text.contains("quyết định"),
        "digests alone"
    );
    let record = &left.json()["erasures"][0];
    assert_eq!(record["reason"], "ban nham");
    let digest = {
        use sha2::Digest;
        hex::encode(sha2::Sha256::digest(kept.rubric_json.as_bytes()))
    };
    let expect = json!([{
        "id": rubric,
        "version": kept.version,
        "sha256": digest,
        "confirmed_by": "minh",
        "confirmed_at": "2024-03-26T00:00:00Z",
    }]);
    assert_eq!(record["rubrics"], expect);
    // The signed record still says that it was confirmed, and of what, without the words.
    let signed = office
        .get("sep", &format!("/api/v1/rubrics/{rubric}/record"))
        .await;
    assert_eq!(
        (signed.status, &signed.json()["evidence"]),
        (StatusCode::OK, &Value::Null)
    );
}

#[tokio::test]
async fn what_is_being_read_is_not_deleted() {
    let office = Office::open(Rules::default()).await;
    office.script.then(Play::Wait);
    let id = office.document(b"%PDF-1.7 one").await;
    let mut events = office.events(&id).await;
    // The first page is read; the parser waits.
    while let Some((name, data)) = events.next().await {
        if name == "progress" && data["pages_done"] == 1 {
            break;
        }
    }
    assert_eq!(
        delete(&office, "hoa", &id, "").await.problem(),
        (409, "being_read".into())
    );
    office.go_on();
    while events.next().await.is_some() {}
    assert_eq!(
        delete(&office, "hoa", &id, "").await.status,
        StatusCode::NO_CONTENT
    );
}

#[tokio::test]
async fn rules_about_how_long_things_are_kept_delete_that_and_nothing_else() {
    let office = Office::open(Rules::default()).await;
    let (confirmed, rubric) = office.read_document().await;
    confirm(&office, &rubric).await;
    office.script.then(Play::Refuse);
    let failed = office.document(b"%PDF-1.7 two").await;
    office.follow(&failed).await;
    let draft = office.document(b"%PDF-1.7 three").await;
    office.follow(&draft).await;

    let start = *office.clock.lock().unwrap();
    let left = async || {
        let list = office.get("hoa", "/api/v1/documents").await.json();
        let mut ids: Vec<String> = list["documents"]
            .as_array()
            .unwrap()
            .iter()
            .map(|d| d["id"].as_str().unwrap().to_owned())
            .collect();
        ids.sort();
        ids
    };
    let apply = async |rules: Retention, days: u32| {
        let now = start + DAY * days;
        rules
            .apply(office.store.as_ref(), &office.data, now)
            .await
            .unwrap()
    };
    // Off unless somebody sets them.
    assert_eq!(apply(Retention::default(), 9999).await, Removed::default());
    let rules = Retention {
        failed: Some(DAY * 30),
        drafts: Some(DAY * 365),
        audit: Some(DAY * 1000),
    };
    assert_eq!(apply(rules, 29).await, Removed::default());
    assert_eq!(apply(rules, 31).await.documents, 1);
    assert_eq!(left().await, [confirmed.clone(), draft.clone()]);
    assert_eq!(apply(rules, 366).await.documents, 1);
    assert_eq!(left().await, std::slice::from_ref(&confirmed));
    // The confirmation is the one entry of its day.
    let pruned = apply(rules, 1001).await;
    assert_eq!((pruned.documents, pruned.entries), (0, 1));
    assert_eq!(left().await, [confirmed]);
    let records = office.store.erasures(None, 9).await.unwrap();
    assert!(records.iter().all(|r| r.by == "(retention)"));
    assert_eq!(records.len(), 2);
}
