//! What every store promises. Each promise is one function; each implementation runs them all.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops here")]

use std::time::Duration;

use sohoa::store::{
    DocumentFilter, DocumentState, Documents as _, NewDocument, NewEvent, NewRubric, NewUser, Problem,
    Queue as _, ReadDocument, Role, RubricChange, RubricState, Rubrics as _, SetAside, SqliteStore, Store,
    StoreError, TokenHash, WhetherNew,
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
    };
}

contract!(
    the_same_bytes_are_one_document,
    an_upload_is_queued_with_its_document,
    lists_are_newest_first_and_filtered,
    a_job_is_claimed_once,
    a_lost_lease_writes_nothing,
    a_lease_ends_by_time_and_its_attempt_counts,
    renewing_keeps_a_lease,
    a_job_whose_workers_keep_dying_is_set_aside,
    jobs_with_fewer_attempts_go_first,
    a_retry_waits_and_a_release_does_not_count,
    finishing_is_all_or_nothing,
    a_failed_document_can_be_queued_again,
    progress_never_goes_back,
    a_restart_takes_back_every_lease,
    a_change_needs_the_version_it_was_made_on,
    history_only_grows,
    confirming_keeps_the_rubric_with_its_event,
    sessions_end_by_time_and_with_their_account,
    names_are_taken_once_whatever_their_case,
    tokens_work_until_the_account_is_closed,
    the_probe_leaves_nothing,
);

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
    }
}

async fn with_rubric(store: &dyn Store) {
    store.upload(new("d1", "aa"), at(0)).await.unwrap();
    let attempt = store.claim("w", at(1), LEASE).await.unwrap().unwrap();
    store.finish(&attempt.lease, read(&["r1"]), at(2)).await.unwrap();
}

async fn the_same_bytes_are_one_document(store: &dyn Store) {
    let first = store.upload(new("d1", "aa"), at(0)).await.unwrap();
    assert_eq!((first.id.as_str(), first.newness), ("d1", WhetherNew::New));
    let again = store.upload(new("d2", "aa"), at(1)).await.unwrap();
    assert_eq!((again.id.as_str(), again.newness), ("d1", WhetherNew::Known));
    let other = store.upload(new("d3", "bb"), at(2)).await.unwrap();
    assert_eq!((other.id.as_str(), other.newness), ("d3", WhetherNew::New));
    assert_eq!(
        store
            .documents(DocumentFilter::All, None, 10)
            .await
            .unwrap()
            .len(),
        2
    );
    assert_eq!(store.queue_counts().await.unwrap().queued, 2);
    assert!(store.document("d2").await.unwrap().is_none());
    let mut digests = store.known_digests().await.unwrap();
    digests.sort();
    assert_eq!(digests, ["aa", "bb"]);
}

async fn an_upload_is_queued_with_its_document(store: &dyn Store) {
    assert_eq!(store.next_event().await.unwrap(), None);
    store.upload(new("d1", "aa"), at(0)).await.unwrap();
    assert_eq!(store.next_event().await.unwrap(), Some(at(0)));
    let document = store.document("d1").await.unwrap().unwrap();
    assert_eq!(document.state, DocumentState::Queued);
    assert_eq!(document.file, "quyết định.pdf");
    assert_eq!(
        (
            document.bytes,
            document.uploaded_at,
            document.uploaded_by.as_str()
        ),
        (7, at(0), "lan")
    );
    let counts = store.document_counts().await.unwrap();
    assert!(counts.contains(&(DocumentState::Queued, 1)) && counts.contains(&(DocumentState::Failed, 0)));
}

async fn lists_are_newest_first_and_filtered(store: &dyn Store) {
    with_rubric(store).await;
    store.upload(new("d2", "bb"), at(3)).await.unwrap();
    store.upload(new("d3", "cc"), at(4)).await.unwrap();
    let ids = async |filter, before, limit| {
        let all = store.documents(filter, before, limit).await.unwrap();
        all.into_iter().map(|d| d.id).collect::<Vec<_>>()
    };
    assert_eq!(ids(DocumentFilter::All, None, 10).await, ["d3", "d2", "d1"]);
    assert_eq!(ids(DocumentFilter::All, None, 2).await, ["d3", "d2"]);
    assert_eq!(ids(DocumentFilter::All, Some("d2"), 2).await, ["d1"]);
    assert_eq!(
        ids(DocumentFilter::State(DocumentState::Ready), None, 10).await,
        ["d1"]
    );
    assert_eq!(
        ids(DocumentFilter::Rubric(RubricState::Draft), None, 10).await,
        ["d1"]
    );
    assert!(
        ids(DocumentFilter::Rubric(RubricState::Confirmed), None, 10)
            .await
            .is_empty()
    );
    let ready = &store.documents(DocumentFilter::All, Some("d2"), 1).await.unwrap()[0];
    assert_eq!(
        (ready.errors, ready.warnings, ready.rubrics[0].doubtful),
        (3, 1, 3)
    );
}

async fn a_job_is_claimed_once(store: &dyn Store) {
    store.upload(new("d1", "aa"), at(0)).await.unwrap();
    let attempt = store.claim("w1", at(1), LEASE).await.unwrap().unwrap();
    assert_eq!((attempt.document.as_str(), attempt.sha256.as_str()), ("d1", "aa"));
    assert_eq!(store.claim("w2", at(1), LEASE).await.unwrap(), None);
    assert_eq!(
        store.document("d1").await.unwrap().unwrap().state,
        DocumentState::Reading
    );
    assert_eq!(store.next_event().await.unwrap(), Some(at(61)));
}

async fn a_lost_lease_writes_nothing(store: &dyn Store) {
    store.upload(new("d1", "aa"), at(0)).await.unwrap();
    let old = store.claim("w", at(1), LEASE).await.unwrap().unwrap().lease;
    assert_eq!(store.recover_expired(at(62), &limit(9)).await.unwrap(), 1);
    // The same worker's name: only the claim tells the two apart.
    let current = store.claim("w", at(62), LEASE).await.unwrap().unwrap().lease;
    let lost = |outcome: Result<(), StoreError>| assert!(matches!(outcome, Err(StoreError::LeaseLost)));
    lost(store.finish(&old, read(&["r1"]), at(63)).await);
    lost(store.fail(&old, &problem("x"), at(63)).await);
    lost(store.retry(&old, at(63)).await);
    lost(store.release(&old, at(63)).await);
    lost(store.renew(&old, at(63), LEASE).await);
    lost(store.progress(&old, 2, 1).await);
    assert!(store.rubric("r1").await.unwrap().is_none());
    store.finish(&current, read(&["r2"]), at(64)).await.unwrap();
    lost(store.finish(&current, read(&["r3"]), at(65)).await);
    assert_eq!(store.document("d1").await.unwrap().unwrap().rubrics.len(), 1);
}

async fn a_lease_ends_by_time_and_its_attempt_counts(store: &dyn Store) {
    store.upload(new("d1", "aa"), at(0)).await.unwrap();
    store.claim("w1", at(1), LEASE).await.unwrap().unwrap();
    assert_eq!(store.recover_expired(at(60), &limit(9)).await.unwrap(), 0);
    assert_eq!(store.claim("w2", at(60), LEASE).await.unwrap(), None);
    assert_eq!(store.recover_expired(at(62), &limit(9)).await.unwrap(), 1);
    assert_eq!(
        store.document("d1").await.unwrap().unwrap().state,
        DocumentState::Queued
    );
    let second = store.claim("w2", at(62), LEASE).await.unwrap().unwrap();
    assert_eq!((second.lease.claim, second.failures), (2, 0));
}

async fn renewing_keeps_a_lease(store: &dyn Store) {
    store.upload(new("d1", "aa"), at(0)).await.unwrap();
    let lease = store.claim("w1", at(1), LEASE).await.unwrap().unwrap().lease;
    store.renew(&lease, at(50), LEASE).await.unwrap();
    assert_eq!(store.recover_expired(at(100), &limit(9)).await.unwrap(), 0);
    assert_eq!(store.recover_expired(at(111), &limit(9)).await.unwrap(), 1);
}

async fn a_job_whose_workers_keep_dying_is_set_aside(store: &dyn Store) {
    store.upload(new("d1", "aa"), at(0)).await.unwrap();
    for attempt in 1..=3 {
        let claimed = store.claim("w", at(100 * attempt), LEASE).await.unwrap();
        assert!(claimed.is_some(), "attempt {attempt}");
        store
            .recover_expired(at(100 * attempt + 99), &limit(3))
            .await
            .unwrap();
    }
    assert_eq!(store.claim("w", at(1000), LEASE).await.unwrap(), None);
    let document = store.document("d1").await.unwrap().unwrap();
    assert_eq!(
        (document.state, document.problem),
        (DocumentState::Failed, Some(problem("set_aside")))
    );
    assert_eq!(store.queue_counts().await.unwrap().failed, 1);
}

async fn jobs_with_fewer_attempts_go_first(store: &dyn Store) {
    store.upload(new("d1", "aa"), at(0)).await.unwrap();
    store.upload(new("d2", "bb"), at(0)).await.unwrap();
    assert_eq!(
        store.claim("w", at(1), LEASE).await.unwrap().unwrap().document,
        "d1"
    );
    store.recover_expired(at(90), &limit(9)).await.unwrap();
    assert_eq!(
        store.claim("w", at(91), LEASE).await.unwrap().unwrap().document,
        "d2"
    );
    assert_eq!(
        store.claim("w", at(91), LEASE).await.unwrap().unwrap().document,
        "d1"
    );
}

async fn a_retry_waits_and_a_release_does_not_count(store: &dyn Store) {
    store.upload(new("d1", "aa"), at(0)).await.unwrap();
    let lease = store.claim("w", at(1), LEASE).await.unwrap().unwrap().lease;
    store.retry(&lease, at(30)).await.unwrap();
    assert_eq!(
        store.document("d1").await.unwrap().unwrap().state,
        DocumentState::Queued
    );
    assert_eq!(store.claim("w", at(29), LEASE).await.unwrap(), None);
    assert_eq!(store.next_event().await.unwrap(), Some(at(30)));
    let second = store.claim("w", at(30), LEASE).await.unwrap().unwrap();
    assert_eq!(second.failures, 1);
    store.release(&second.lease, at(31)).await.unwrap();
    // Two attempts were begun, one was handed back: one more may die before the limit of two is reached.
    store.claim("w", at(32), LEASE).await.unwrap().unwrap();
    store.recover_all(at(33), &limit(3)).await.unwrap();
    assert!(store.claim("w", at(34), LEASE).await.unwrap().is_some());
    store.recover_all(at(35), &limit(3)).await.unwrap();
    assert_eq!(store.claim("w", at(36), LEASE).await.unwrap(), None);
}

async fn finishing_is_all_or_nothing(store: &dyn Store) {
    store.upload(new("d1", "aa"), at(0)).await.unwrap();
    let lease = store.claim("w", at(1), LEASE).await.unwrap().unwrap().lease;
    // The second rubric cannot be kept: its id is the first one's.
    assert!(store.finish(&lease, read(&["r1", "r1"]), at(2)).await.is_err());
    let document = store.document("d1").await.unwrap().unwrap();
    assert_eq!(
        (document.state, document.rubrics.len()),
        (DocumentState::Reading, 0)
    );
    assert_eq!(store.result("d1").await.unwrap(), None);
    store.finish(&lease, read(&["r1", "r2"]), at(3)).await.unwrap();
    let document = store.document("d1").await.unwrap().unwrap();
    assert_eq!(
        (document.state, document.pages, document.pages_done),
        (DocumentState::Ready, Some(2), 2)
    );
    let ids: Vec<&str> = document.rubrics.iter().map(|r| r.id.as_str()).collect();
    assert_eq!(ids, ["r1", "r2"]);
    assert_eq!(store.result("d1").await.unwrap().as_deref(), Some("{}"));
    assert_eq!(store.queue_counts().await.unwrap().done, 1);
    assert_eq!(store.next_event().await.unwrap(), None);
}

async fn a_failed_document_can_be_queued_again(store: &dyn Store) {
    store.upload(new("d1", "aa"), at(0)).await.unwrap();
    assert!(!store.requeue("d1", at(1)).await.unwrap());
    assert!(matches!(
        store.requeue("d9", at(1)).await,
        Err(StoreError::Missing { .. })
    ));
    for round in 0..2 {
        let lease = store
            .claim("w", at(10 + 15 * round), LEASE)
            .await
            .unwrap()
            .unwrap()
            .lease;
        store
            .fail(&lease, &problem("encrypted"), at(10 + 15 * round))
            .await
            .unwrap();
        let document = store.document("d1").await.unwrap().unwrap();
        assert_eq!(
            (document.state, document.problem),
            (DocumentState::Failed, Some(problem("encrypted")))
        );
        if round == 0 {
            assert!(store.requeue("d1", at(20)).await.unwrap());
        } else {
            let again = store.upload(new("d2", "aa"), at(30)).await.unwrap();
            assert_eq!((again.id.as_str(), again.newness), ("d1", WhetherNew::Requeued));
        }
        let document = store.document("d1").await.unwrap().unwrap();
        assert_eq!((document.state, document.problem), (DocumentState::Queued, None));
    }
    let attempt = store.claim("w", at(40), LEASE).await.unwrap().unwrap();
    assert_eq!((attempt.failures, attempt.lease.claim), (0, 3));
}

async fn progress_never_goes_back(store: &dyn Store) {
    store.upload(new("d1", "aa"), at(0)).await.unwrap();
    let lease = store.claim("w", at(1), LEASE).await.unwrap().unwrap().lease;
    store.progress(&lease, 14, 0).await.unwrap();
    store.progress(&lease, 14, 5).await.unwrap();
    store.progress(&lease, 14, 1).await.unwrap();
    let document = store.document("d1").await.unwrap().unwrap();
    assert_eq!((document.pages, document.pages_done), (Some(14), 5));
}

async fn a_restart_takes_back_every_lease(store: &dyn Store) {
    store.upload(new("d1", "aa"), at(0)).await.unwrap();
    store.upload(new("d2", "bb"), at(0)).await.unwrap();
    store.claim("w1", at(1), LEASE).await.unwrap().unwrap();
    store.claim("w2", at(1), LEASE).await.unwrap().unwrap();
    assert_eq!(store.recover_all(at(2), &limit(9)).await.unwrap(), 2);
    assert_eq!(store.queue_counts().await.unwrap().queued, 2);
    assert!(store.claim("w1", at(2), LEASE).await.unwrap().is_some());
}

async fn a_change_needs_the_version_it_was_made_on(store: &dyn Store) {
    with_rubric(store).await;
    assert_eq!(store.rubric("r1").await.unwrap().unwrap().version, 1);
    assert_eq!(
        store
            .change(change("r1", 1, "edited", RubricState::Draft))
            .await
            .unwrap(),
        2
    );
    let stale = store.change(change("r1", 1, "edited", RubricState::Draft)).await;
    assert!(
        matches!(stale, Err(StoreError::Stale { current: 2 })),
        "{stale:?}"
    );
    let missing = store.change(change("r9", 1, "edited", RubricState::Draft)).await;
    assert!(matches!(missing, Err(StoreError::Missing { .. })), "{missing:?}");
    assert_eq!(store.events("r1").await.unwrap().len(), 1);
    let rubric = store.rubric("r1").await.unwrap().unwrap();
    assert_eq!(rubric.base_json, "{\"title\":\"base\"}");
    assert_eq!(rubric.current_json, "{\"title\":\"now\"}");
    let document = store.document("d1").await.unwrap().unwrap();
    assert_eq!((document.rubrics[0].doubtful, document.errors), (0, 1));
}

async fn history_only_grows(store: &dyn Store) {
    with_rubric(store).await;
    for (version, kind) in [(1, "edited"), (2, "undone"), (3, "submitted")] {
        store
            .change(change("r1", version, kind, RubricState::Draft))
            .await
            .unwrap();
    }
    let events = store.events("r1").await.unwrap();
    let seen: Vec<(u64, &str)> = events.iter().map(|e| (e.seq, e.kind.as_str())).collect();
    assert_eq!(seen, [(1, "edited"), (2, "undone"), (3, "submitted")]);
    assert_eq!((events[0].author.as_str(), events[0].at), ("lan", at(5)));
}

async fn confirming_keeps_the_rubric_with_its_event(store: &dyn Store) {
    with_rubric(store).await;
    store
        .change(change("r1", 1, "submitted", RubricState::Submitted))
        .await
        .unwrap();
    assert!(store.confirmed("r1").await.unwrap().is_none());
    store
        .change(change("r1", 2, "confirmed", RubricState::Confirmed))
        .await
        .unwrap();
    let confirmed = store.confirmed("r1").await.unwrap().unwrap();
    assert_eq!((confirmed.version, confirmed.event_seq), (3, 2));
    assert_eq!(
        (confirmed.confirmed_by.as_str(), confirmed.confirmed_at),
        ("lan", at(5))
    );
    assert_eq!(confirmed.rubric_json, "{\"title\":\"now\"}");
    // Final: nothing confirms it a second time, and the attempt leaves no trace.
    assert!(
        store
            .change(change("r1", 3, "confirmed", RubricState::Confirmed))
            .await
            .is_err()
    );
    assert_eq!(store.events("r1").await.unwrap().len(), 2);
}

async fn add(store: &dyn Store, name: &str) -> Result<(), StoreError> {
    store
        .add_user(
            NewUser {
                name,
                role: Role::Clerk,
                password_hash: "$argon2id$",
            },
            at(0),
        )
        .await
}

async fn sessions_end_by_time_and_with_their_account(store: &dyn Store) {
    add(store, "lan").await.unwrap();
    let (one, two) = (TokenHash::of("one"), TokenHash::of("two"));
    store.open_session(&one, "lan", at(0), at(100)).await.unwrap();
    let who = async |token, now| store.session_user(token, at(now)).await.unwrap().map(|u| u.name);
    assert_eq!(who(&one, 99).await.as_deref(), Some("lan"));
    assert_eq!(who(&one, 100).await, None);
    assert_eq!(who(&two, 1).await, None);
    store.open_session(&two, "lan", at(1), at(100)).await.unwrap();
    store.close_session(&two).await.unwrap();
    assert_eq!(who(&two, 2).await, None);
    store.set_password("lan", "$argon2id$new").await.unwrap();
    assert_eq!(who(&one, 3).await, None);
    store.open_session(&one, "lan", at(4), at(100)).await.unwrap();
    store.disable_user("lan", at(5)).await.unwrap();
    assert_eq!(who(&one, 6).await, None);
    store.enable_user("lan").await.unwrap();
    assert_eq!(who(&one, 7).await, None);
}

async fn names_are_taken_once_whatever_their_case(store: &dyn Store) {
    add(store, "lan").await.unwrap();
    assert!(matches!(add(store, "Lan").await, Err(StoreError::Taken { .. })));
    add(store, "minh").await.unwrap();
    assert_eq!(store.user("LAN").await.unwrap().unwrap().name, "lan");
    store.set_role("Lan", Role::Admin).await.unwrap();
    let users = store.users().await.unwrap();
    let seen: Vec<(&str, Role)> = users.iter().map(|u| (u.name.as_str(), u.role)).collect();
    assert_eq!(seen, [("lan", Role::Admin), ("minh", Role::Clerk)]);
    assert!(matches!(
        store.set_role("x", Role::Admin).await,
        Err(StoreError::Missing { .. })
    ));
}

async fn tokens_work_until_the_account_is_closed(store: &dyn Store) {
    let token = TokenHash::of("secret");
    assert!(matches!(
        store.add_token(&token, "lan", "scan", at(0)).await,
        Err(StoreError::Missing { .. })
    ));
    add(store, "lan").await.unwrap();
    store.add_token(&token, "lan", "scan", at(0)).await.unwrap();
    assert_eq!(store.token_user(&token).await.unwrap().unwrap().name, "lan");
    assert!(store.token_user(&TokenHash::of("guess")).await.unwrap().is_none());
    store.disable_user("lan", at(1)).await.unwrap();
    assert!(store.token_user(&token).await.unwrap().is_none());
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
        "INSERT INTO jobs (document_id, state, run_at, enqueued_at) VALUES ('nobody', 'queued', 0, 0)",
    ] {
        assert!(
            sqlx::query(forbidden).execute(&connection).await.is_err(),
            "{forbidden}"
        );
    }
}

/// Workers that claim at the same time share the jobs without a double.
#[tokio::test(flavor = "multi_thread")]
async fn many_workers_claim_each_job_once() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join("sohoa.db")).await.unwrap();
    for n in 0..20 {
        store
            .upload(new(&format!("d{n:02}"), &format!("s{n}")), at(0))
            .await
            .unwrap();
    }
    let mut workers = tokio::task::JoinSet::new();
    for n in 0..4 {
        let store = store.clone();
        workers.spawn(async move {
            let mut mine = Vec::new();
            while let Some(attempt) = store.claim(&format!("w{n}"), at(1), LEASE).await.unwrap() {
                store.finish(&attempt.lease, read(&[]), at(2)).await.unwrap();
                mine.push(attempt.document);
            }
            mine
        });
    }
    let mut all: Vec<String> = workers.join_all().await.into_iter().flatten().collect();
    all.sort();
    let expect: Vec<String> = (0..20).map(|n| format!("d{n:02}")).collect();
    assert_eq!(all, expect);
}
