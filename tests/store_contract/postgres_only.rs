//! What is PostgreSQL's own: the database itself guards the history, others write at the same time, the server goes
//! and comes back.

use sohoa::store::{
    Audit as _, Documents as _, Erasures as _, Extent, NewDocument, People as _, PostgresStore, Queue as _,
    Records as _, RubricState, Rubrics as _, Store as _, StoreError,
};
use sqlx::postgres::PgPool;

use super::erasure::erasure;
use super::server::{self, Server};
use super::{LEASE, at, change, new, on_postgres, read, signed_in, with_rubric};

/// A store, and a way around it.
async fn with_a_back_door() -> (PostgresStore, PgPool) {
    let address = server::shared().database().await;
    let store = PostgresStore::open(&address).await.unwrap();
    (store, PgPool::connect(&address).await.unwrap())
}

#[tokio::test]
async fn the_database_itself_guards_the_history() {
    let (store, back_door) = with_a_back_door().await;
    super::lexicon::propose(&store, &[("p1", "Hồ sơ năm")]).await;
    with_rubric(&store).await;
    store
        .change(change("r1", 1, "edited", RubricState::Draft))
        .await
        .unwrap();
    super::rereadings::accept_one_and_ask_for_another(&store).await;
    store
        .keep_record(super::records::record("r1", "{}"))
        .await
        .unwrap();
    store.note(signed_in()).await.unwrap();
    store.upload(new("d2", "bb"), at(6)).await.unwrap();
    store
        .erase_rows(erasure("d2", Extent::Unconfirmed), at(7))
        .await
        .unwrap();
    let kept = [
        ("rubric_events", "author"),
        ("rubric_readings", "base_json"),
        ("phrase_events", "author"),
        ("confirmation_records", "key_id"),
        ("audit", "who"),
        ("erasures", "sha256"),
    ];
    let mut forbidden = vec![
        "INSERT INTO audit_prunings (until, who, at) VALUES (2, 'x', 1)".to_owned(),
        "INSERT INTO jobs (document_id, state, run_at, enqueued_at) VALUES ('nobody', 'queued', 0, 0)"
            .to_owned(),
        "UPDATE confirmation_evidence SET evidence_json = 'x'".to_owned(),
        "TRUNCATE confirmed_rubrics, rubric_events CASCADE".to_owned(),
    ];
    for (table, column) in kept {
        forbidden.push(format!("UPDATE {table} SET {column} = 'x'"));
        forbidden.push(format!("DELETE FROM {table}"));
        forbidden.push(format!("TRUNCATE {table} CASCADE"));
    }
    for forbidden in forbidden {
        let query = sqlx::query(sqlx::AssertSqlSafe(forbidden.clone()));
        assert!(query.execute(&back_door).await.is_err(), "{forbidden}");
    }
}

/// As of SQLite: what a new table keeps of a document has to go with it.
#[tokio::test]
async fn every_table_that_hangs_on_a_document_goes_with_it() {
    let (_store, back_door) = with_a_back_door().await;
    let held: Vec<String> = sqlx::query_scalar(
        "SELECT DISTINCT conrelid::regclass::TEXT FROM pg_constraint WHERE contype = 'f' AND confdeltype <> 'c' \
         AND confrelid IN ('documents'::regclass, 'rubrics'::regclass) ORDER BY 1",
    )
    .fetch_all(&back_door)
    .await
    .unwrap();
    let erased = [
        "confirmed_rubrics",
        "jobs",
        "results",
        "rubric_events",
        "rubric_readings",
        "rubrics",
    ];
    assert_eq!(
        held, erased,
        "erasure.rs deletes these one by one; others need ON DELETE CASCADE"
    );
}

/// Rows of each table but those that outlive a document.
async fn rows(back_door: &PgPool) -> Vec<(String, i64)> {
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT tablename::TEXT FROM pg_tables WHERE schemaname = 'public' \
         AND tablename NOT IN ('audit', 'erasures') ORDER BY 1",
    )
    .fetch_all(back_door)
    .await
    .unwrap();
    let mut rows = Vec::new();
    for table in tables {
        let count = sqlx::AssertSqlSafe(format!("SELECT COUNT(*) FROM \"{table}\""));
        let count: i64 = sqlx::query_scalar(count).fetch_one(back_door).await.unwrap();
        rows.push((table, count));
    }
    rows
}

#[tokio::test]
async fn after_a_deletion_no_table_holds_more_than_before_the_upload() {
    let (store, back_door) = with_a_back_door().await;
    let before = rows(&back_door).await;
    with_rubric(&store).await;
    store
        .change(change("r1", 1, "edited", RubricState::Draft))
        .await
        .unwrap();
    super::rereadings::accept_one_and_ask_for_another(&store).await;
    assert_ne!(rows(&back_door).await, before);
    store
        .erase_rows(erasure("d1", Extent::Unconfirmed), at(9))
        .await
        .unwrap();
    assert_eq!(rows(&back_door).await, before);
}

/// Two services on one database, four workers each, and somebody who edits meanwhile: no job is given twice.
#[tokio::test(flavor = "multi_thread")]
async fn two_stores_claim_each_job_once() {
    let address = server::shared().database().await;
    // Both bring the tables up to date at the same time, too.
    let (first, second) = tokio::join!(PostgresStore::open(&address), PostgresStore::open(&address));
    let stores = [first.unwrap(), second.unwrap()];
    with_rubric(&stores[0]).await;
    for n in 0..40 {
        let (id, sha256) = (format!("e{n:02}"), format!("s{n}"));
        stores[0].upload(new(&id, &sha256), at(0)).await.unwrap();
    }
    let mut workers = tokio::task::JoinSet::new();
    for n in 0..8 {
        let store = stores[n % 2].clone();
        workers.spawn(async move {
            let mut mine = Vec::new();
            while let Some(attempt) = store.claim(&format!("w{n}"), at(1), LEASE).await.unwrap() {
                store.renew(&attempt.lease, at(2), LEASE).await.unwrap();
                store.progress(&attempt.lease, 2, 1).await.unwrap();
                store.finish(&attempt.lease, read(&[]), at(2)).await.unwrap();
                mine.push(attempt.document);
            }
            mine
        });
    }
    for version in 1..20 {
        let edit = change("r1", version, "edited", RubricState::Draft);
        stores[1].change(edit).await.unwrap();
    }
    let mut all: Vec<String> = workers.join_all().await.into_iter().flatten().collect();
    all.sort();
    let expect: Vec<String> = (0..40).map(|n| format!("e{n:02}")).collect();
    assert_eq!(all, expect);
}

/// Of two who change a rubric at the same time one is told that it has moved on, as in SQLite.
#[tokio::test(flavor = "multi_thread")]
async fn of_changes_at_the_same_time_one_stands() {
    let store = on_postgres().await;
    with_rubric(&store).await;
    let mut people = tokio::task::JoinSet::new();
    for _ in 0..6 {
        let store = store.clone();
        people.spawn(async move {
            let change = change("r1", 1, "edited", RubricState::Draft);
            store.change(change).await.is_ok()
        });
    }
    let stood = people.join_all().await.into_iter().filter(|stood| *stood).count();
    assert_eq!(stood, 1);
    assert_eq!(store.events("r1").await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_server_that_goes_and_comes_back_is_an_error_and_then_none() {
    let server = Server::start();
    let store = PostgresStore::open(&server.database().await).await.unwrap();
    with_rubric(&store).await;
    server.stop();
    let gone = store.users().await;
    assert!(matches!(gone, Err(StoreError::Away(_))), "{gone:?}");
    server.go_on();
    store.probe().await.unwrap();
    assert_eq!(store.document("d1").await.unwrap().unwrap().rubrics.len(), 1);
    // What it was cut off from in the middle of is as if it had never begun.
    store.upload(new("d2", "bb"), at(9)).await.unwrap();
    store.claim("w", at(10), LEASE).await.unwrap().unwrap();
}

/// PostgreSQL has no NUL in its texts; JSON that people never see may name one.
#[tokio::test]
async fn a_nul_is_refused_and_one_in_json_is_passed_over() {
    let store = on_postgres().await;
    let upload = NewDocument {
        file: "a\0b.pdf",
        ..new("d1", "aa")
    };
    let refused = store.upload(upload, at(0)).await;
    assert!(matches!(refused, Err(StoreError::NotText)), "{refused:?}");
    let text = "thang\0điểm \\u0000 thi đua";
    super::inbox::keep(&store, "d1", text, &[("tiêu\0chí", "một")]).await;
    for typed in ["thang diem", "u0000 thi dua", "tiêu chí"] {
        super::inbox::finds(&store, typed, &["d1"]).await;
    }
    let kept = store.result("d1").await.unwrap().unwrap();
    assert_eq!(kept, serde_json::json!({ "text": text }).to_string());
}

/// What no index takes: a word of a megabyte, and more words than any dictionary has.
#[tokio::test]
async fn hostile_words_are_kept_and_found() {
    let store = on_postgres().await;
    let many: Vec<String> = (0..60_000).map(|n| format!("w{n}")).collect();
    let text = format!("đầu {} {} cuối đây", "dài".repeat(300_000), many.join(" "));
    super::inbox::keep(&store, "d1", &text, &[]).await;
    for typed in ["dau", "w59999", "cuối đây", &"dài".repeat(200)] {
        super::inbox::finds(&store, typed, &["d1"]).await;
    }
}

/// Whatever language the database was made for, ids come in the order of their bytes.
#[tokio::test]
async fn the_order_of_ids_does_not_depend_on_the_database() {
    let server = server::shared();
    server
        .obey("CREATE DATABASE vietnamese TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'vi' LOCALE 'C.UTF-8'")
        .await;
    let store = PostgresStore::open(&server.address("postgres", "vietnamese"))
        .await
        .unwrap();
    for (at_second, id) in ["a-1", "B", "a1", "A2"].into_iter().enumerate() {
        let sha256 = format!("s{at_second}");
        store.upload(new(id, &sha256), at(0)).await.unwrap();
    }
    let all = store
        .documents(sohoa::store::DocumentFilter::All, None, 10)
        .await
        .unwrap();
    let ids: Vec<&str> = all.iter().map(|d| d.id.as_str()).collect();
    assert_eq!(ids, ["a1", "a-1", "B", "A2"]);
}
