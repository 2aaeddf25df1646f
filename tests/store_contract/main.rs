//! What every store promises. Each promise is one function; each implementation runs them all.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops here")]

use std::time::Duration;

use sohoa::store::{
    Audit as _, AuditEntry, AuditKind, DocumentFilter, Documents as _, Erasures as _, Extent, NewDocument,
    NewEvent, NewRubric, PostgresStore, Problem, ReadDocument, RubricChange, RubricState, Rubrics as _,
    SetAside, SqliteStore, Store,
};
use time::OffsetDateTime;

const LEASE: Duration = Duration::from_secs(60);

/// Runs every promise on a store of its own.
macro_rules! contract {
    ($($promise:ident),+ $(,)?) => {
        mod sqlite {
            $(
                #[tokio::test]
                async fn $promise() {
                    let folder = tempfile::tempdir().unwrap();
                    let store = sohoa::store::SqliteStore::open(&folder.path().join("sohoa.db")).await.unwrap();
                    super::$promise(&store).await;
                }
            )+
        }

        mod postgres {
            $(
                #[tokio::test]
                async fn $promise() {
                    let store = crate::on_postgres().await;
                    super::$promise(&store).await;
                    sohoa::store::Store::close(&store).await;
                }
            )+
        }
    };
}

#[path = "../postgres/mod.rs"]
mod server;

mod documents;
mod erasure;
mod inbox;
mod lexicon;
mod moving;
mod opening;
mod people;
mod postgres_only;
mod queue;
mod records;
mod rereadings;
mod rubrics;
mod same;
mod shares;
mod webhooks;

contract!(the_probe_leaves_nothing);

fn at(seconds: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(1_711_411_200 + seconds).unwrap()
}

fn limit(after_attempts: u32) -> SetAside {
    SetAside {
        after_attempts,
        problem: problem("set_aside"),
    }
}

fn problem(code: &str) -> Problem {
    Problem {
        code: code.into(),
        message_vi: "vì sao".into(),
        message_en: "why".into(),
    }
}

fn new<'a>(id: &'a str, sha256: &'a str) -> NewDocument<'a> {
    NewDocument {
        id,
        sha256,
        file: "quyết định.pdf",
        bytes: 7,
        by: "lan",
    }
}

fn read(rubrics: &[&str]) -> ReadDocument {
    ReadDocument {
        title: Some("Thang điểm".into()),
        number: Some("1420/KH-UBND".into()),
        pages: 2,
        errors: 1,
        warnings: 0,
        result_json: "{}".into(),
        rubrics: rubrics
            .iter()
            .map(|id| NewRubric {
                id: (*id).into(),
                title: "Bảng số 3".into(),
                max_score: Some("10".into()),
                doubtful: 3,
                errors: 2,
                warnings: 1,
                base_json: "{\"title\":\"base\"}".into(),
            })
            .collect(),
    }
}

fn change(rubric: &str, expected: u64, kind: &str, state: RubricState) -> RubricChange<'static> {
    RubricChange {
        rubric: Box::leak(rubric.to_owned().into_boxed_str()),
        expected,
        events: vec![NewEvent {
            kind: kind.into(),
            author: "lan".into(),
            at: at(5),
            data_json: "{}".into(),
        }],
        state,
        title: "Bảng số 3",
        max_score: Some("11".into()),
        doubtful: 0,
        errors: 0,
        warnings: 0,
        current_json: "{\"title\":\"now\"}",
        submitted_by: None,
        comment: None,
        supersedes: None,
    }
}

/// A store in a database of its own.
async fn on_postgres() -> PostgresStore {
    let address = server::shared().database().await;
    PostgresStore::open(&address).await.unwrap()
}

async fn with_rubric(store: &dyn Store) {
    store.upload(new("d1", "aa"), at(0)).await.unwrap();
    let attempt = store.claim("w", at(1), LEASE).await.unwrap().unwrap();
    store.finish(&attempt.lease, read(&["r1"]), at(2)).await.unwrap();
}

async fn the_probe_leaves_nothing(store: &dyn Store) {
    store.probe().await.unwrap();
    store.probe().await.unwrap();
}

/// What is SQLite's own: the file outlives the process, and the database itself guards the history.
#[tokio::test]
async fn a_database_is_opened_again_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sohoa.db");
    let store = SqliteStore::open(&path).await.unwrap();
    with_rubric(&store).await;
    store
        .change(change("r1", 1, "edited", RubricState::Draft))
        .await
        .unwrap();
    store.note(signed_in()).await.unwrap();
    store.upload(new("d2", "bb"), at(6)).await.unwrap();
    store
        .erase_rows(erasure::erasure("d2", Extent::Unconfirmed), at(7))
        .await
        .unwrap();
    let before = store.documents(DocumentFilter::All, None, 10).await.unwrap();
    store.close().await;
    let store = SqliteStore::open(&path).await.unwrap();
    assert_eq!(
        store.documents(DocumentFilter::All, None, 10).await.unwrap(),
        before
    );
    let connection = sqlx::SqlitePool::connect(&format!("sqlite://{}", path.display()))
        .await
        .unwrap();
    for forbidden in [
        "UPDATE rubric_events SET author = 'x'",
        "DELETE FROM rubric_events",
        "UPDATE audit SET who = 'x'",
        "DELETE FROM audit",
        "INSERT INTO audit_prunings (until, who, at) VALUES (2, 'x', 1)",
        "UPDATE erasures SET sha256 = 'x'",
        "DELETE FROM erasures",
        "INSERT INTO jobs (document_id, state, run_at, enqueued_at) VALUES ('nobody', 'queued', 0, 0)",
    ] {
        assert!(
            sqlx::query(forbidden).execute(&connection).await.is_err(),
            "{forbidden}"
        );
    }
}

fn signed_in() -> AuditEntry<'static> {
    AuditEntry {
        at: at(5),
        kind: AuditKind::SignedIn,
        who: "lan",
        address: None,
        subject: None,
        detail: None,
    }
}
