//! What is deleted, what stays of it, and what cannot be deleted.

use std::time::Duration;

use sohoa::store::{
    AuditKind, AuditRange, Erasure, Extent, RubricState, SqliteStore, Stale, Store, StoreError,
};

use super::{at, change, new, problem, with_rubric};

contract!(
    a_document_goes_with_all_that_was_made_of_it,
    a_confirmed_rubric_is_erased_only_where_it_is_said_and_its_digest_stays,
    what_is_stale_is_listed_by_its_rule,
);

pub fn erasure(document: &str, extent: Extent) -> Erasure<'_> {
    Erasure {
        document,
        by: "sep",
        address: Some("10.0.0.1"),
        reason: Some("nhầm tệp"),
        extent,
    }
}

async fn a_document_goes_with_all_that_was_made_of_it(store: &dyn Store) {
    with_rubric(store).await;
    store
        .change(change("r1", 1, "edited", RubricState::Draft))
        .await
        .unwrap();
    let record = store
        .erase_rows(erasure("d1", Extent::Unconfirmed), at(9))
        .await
        .unwrap();
    assert_eq!(
        (record.by.as_str(), record.at, record.rubrics.len()),
        ("sep", at(9), 0)
    );
    assert!(store.document("d1").await.unwrap().is_none());
    assert!(store.result("d1").await.unwrap().is_none());
    assert!(store.rubric("r1").await.unwrap().is_none());
    assert!(store.events("r1").await.unwrap().is_empty());
    assert!(store.known_readings().await.unwrap().is_empty());
    let counts = store.queue_counts().await.unwrap();
    assert_eq!((counts.queued, counts.done), (0, 0));
    assert_eq!(store.erasures(None, 9).await.unwrap(), [record]);
    assert!(store.erasures(Some("d1"), 9).await.unwrap().is_empty());
    let noted = store.audit(AuditRange::Before(None), 1).await.unwrap();
    assert_eq!(
        (noted[0].kind, noted[0].who.as_str()),
        (AuditKind::DocumentDeleted, "sep")
    );
    assert_eq!(
        (noted[0].subject.as_deref(), noted[0].detail.as_deref()),
        (Some("d1"), Some("nhầm tệp"))
    );
    assert!(matches!(
        store.erase_rows(erasure("d1", Extent::Everything), at(9)).await,
        Err(StoreError::Missing { .. })
    ));
    // The same bytes are a new document then.
    store.upload(new("d2", "aa"), at(10)).await.unwrap();
    store
        .claim("w", at(10), Duration::from_secs(60))
        .await
        .unwrap()
        .unwrap();
    assert!(matches!(
        store.erase_rows(erasure("d2", Extent::Everything), at(11)).await,
        Err(StoreError::Reading)
    ));
}

async fn a_confirmed_rubric_is_erased_only_where_it_is_said_and_its_digest_stays(store: &dyn Store) {
    with_rubric(store).await;
    store
        .change(change("r1", 1, "submitted", RubricState::Submitted))
        .await
        .unwrap();
    store
        .change(change("r1", 2, "confirmed", RubricState::Confirmed))
        .await
        .unwrap();
    assert!(matches!(
        store.erase_rows(erasure("d1", Extent::Unconfirmed), at(9)).await,
        Err(StoreError::Confirmed)
    ));
    assert_eq!(store.events("r1").await.unwrap().len(), 2);
    assert!(store.erasures(None, 9).await.unwrap().is_empty());
    let record = store
        .erase_rows(erasure("d1", Extent::Everything), at(9))
        .await
        .unwrap();
    let rubric = &record.rubrics[0];
    assert_eq!(
        (
            rubric.rubric.as_str(),
            rubric.version,
            rubric.confirmed_by.as_str()
        ),
        ("r1", 3, "lan")
    );
    // SHA-256 of {"title":"now"}
    assert_eq!(
        rubric.sha256,
        "3e245bf325bca230d19c6e394f7dad017b4d3098f4b67f65440791e205194969"
    );
    assert!(store.confirmed("r1").await.unwrap().is_none());
    assert_eq!(store.erasures(None, 9).await.unwrap(), [record]);
}

async fn what_is_stale_is_listed_by_its_rule(store: &dyn Store) {
    // d1 is read, and was edited at 5; d2 has failed.
    with_rubric(store).await;
    store
        .change(change("r1", 1, "edited", RubricState::Draft))
        .await
        .unwrap();
    store.upload(new("d2", "bb"), at(1)).await.unwrap();
    let claimed = store
        .claim("w", at(1), Duration::from_secs(60))
        .await
        .unwrap()
        .unwrap();
    store
        .fail(&claimed.lease, &problem("encrypted"), at(2))
        .await
        .unwrap();
    let stale = async |failed: Option<i64>, untouched: Option<i64>| {
        let rule = Stale {
            failed_before: failed.map(at),
            untouched_since: untouched.map(at),
        };
        store.stale_documents(rule, 9).await.unwrap()
    };
    assert!(stale(None, None).await.is_empty());
    assert!(stale(Some(1), Some(5)).await.is_empty());
    assert_eq!(stale(Some(2), None).await, ["d2"]);
    assert_eq!(stale(None, Some(6)).await, ["d1"]);
    assert_eq!(stale(Some(9), Some(9)).await, ["d1", "d2"]);
    store
        .change(change("r1", 2, "submitted", RubricState::Submitted))
        .await
        .unwrap();
    store
        .change(change("r1", 3, "confirmed", RubricState::Confirmed))
        .await
        .unwrap();
    assert_eq!(stale(Some(9), Some(9)).await, ["d2"]);
}

/// What a new table keeps of a document has to go with it: by a cascade, or by a line in the erasure.
#[tokio::test]
async fn every_table_that_hangs_on_a_document_goes_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sohoa.db");
    SqliteStore::open(&path).await.unwrap().close().await;
    let connection = sqlx::SqlitePool::connect(&format!("sqlite://{}", path.display()))
        .await
        .unwrap();
    let held: Vec<(String, String)> = sqlx::query_as(
        "SELECT t.name, f.\"table\" FROM sqlite_schema t, pragma_foreign_key_list(t.name) f \
         WHERE t.type = 'table' AND f.\"table\" IN ('documents', 'rubrics') AND f.on_delete <> 'CASCADE' \
         ORDER BY t.name",
    )
    .fetch_all(&connection)
    .await
    .unwrap();
    let tables: Vec<&str> = held.iter().map(|(table, _)| table.as_str()).collect();
    let erased = [
        "confirmed_rubrics",
        "jobs",
        "results",
        "rubric_events",
        "rubric_readings",
        "rubrics",
    ];
    assert_eq!(
        tables, erased,
        "erasure.rs deletes these one by one; others need ON DELETE CASCADE"
    );
}

/// Rows of each table but those that outlive a document; what full-text search keeps is counted by its words.
async fn rows(path: &std::path::Path) -> Vec<(String, i64)> {
    let connection = sqlx::SqlitePool::connect(&format!("sqlite://{}", path.display()))
        .await
        .unwrap();
    let tables: Vec<(String,)> = sqlx::query_as(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' \
         AND name NOT LIKE 'search_marked_%' AND name NOT LIKE 'search_plain_%' \
         AND name NOT IN ('audit', 'erasures') ORDER BY name",
    )
    .fetch_all(&connection)
    .await
    .unwrap();
    let mut rows = Vec::new();
    for (table,) in tables {
        let count = sqlx::AssertSqlSafe(format!("SELECT COUNT(*) FROM \"{table}\""));
        let (count,): (i64,) = sqlx::query_as(count).fetch_one(&connection).await.unwrap();
        rows.push((table, count));
    }
    connection.close().await;
    rows
}

#[tokio::test]
async fn after_a_deletion_no_table_holds_more_than_before_the_upload() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sohoa.db");
    let store = SqliteStore::open(&path).await.unwrap();
    let store: &dyn Store = &store;
    let before = rows(&path).await;
    with_rubric(store).await;
    store
        .change(change("r1", 1, "edited", RubricState::Draft))
        .await
        .unwrap();
    super::rereadings::accept_one_and_ask_for_another(store).await;
    assert_ne!(rows(&path).await, before);
    store
        .erase_rows(erasure("d1", Extent::Unconfirmed), at(9))
        .await
        .unwrap();
    assert_eq!(rows(&path).await, before);
}
