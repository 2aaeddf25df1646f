use sohoa::store::{DocumentState, Documents as _, NewDocument, Queue as _, SqliteStore, Store, StoreError};

use super::{LEASE, at, limit, new, problem, read};

contract!(
    a_job_is_claimed_once,
    a_lost_lease_writes_nothing,
    a_lease_ends_by_time_and_its_attempt_counts,
    renewing_keeps_a_lease,
    a_job_whose_workers_keep_dying_is_set_aside,
    jobs_with_fewer_attempts_go_first,
    a_retry_waits_and_a_release_does_not_count,
    finishing_is_all_or_nothing,
    a_restart_takes_back_every_lease,
    only_what_waits_fills_the_queue,
    nobody_waits_behind_anothers_archive,
    who_was_away_has_saved_nothing_up,
);

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

async fn a_restart_takes_back_every_lease(store: &dyn Store) {
    store.upload(new("d1", "aa"), at(0)).await.unwrap();
    store.upload(new("d2", "bb"), at(0)).await.unwrap();
    store.claim("w1", at(1), LEASE).await.unwrap().unwrap();
    store.claim("w2", at(1), LEASE).await.unwrap().unwrap();
    assert_eq!(store.recover_all(at(2), &limit(9)).await.unwrap(), 2);
    assert_eq!(store.queue_counts().await.unwrap().queued, 2);
    assert!(store.claim("w1", at(2), LEASE).await.unwrap().is_some());
}

async fn only_what_waits_fills_the_queue(store: &dyn Store) {
    store.upload(new("d1", "aa"), at(0)).await.unwrap();
    store.upload(new("d2", "bb"), at(0)).await.unwrap();
    assert!(store.holds_waiting(2).await.unwrap());
    assert!(!store.holds_waiting(3).await.unwrap());
    assert!(!store.holds_waiting(u64::MAX).await.unwrap());
    store.claim("w1", at(1), LEASE).await.unwrap().unwrap();
    assert!(!store.holds_waiting(2).await.unwrap());
}

fn of<'a>(by: &'a str, id: &'a str) -> NewDocument<'a> {
    NewDocument { by, ..new(id, id) }
}

/// What workers would read one after the other.
async fn order(store: &dyn Store, number: usize) -> Vec<String> {
    let mut order = Vec::new();
    for _ in 0..number {
        order.push(store.claim("w", at(100), LEASE).await.unwrap().unwrap().document);
    }
    order
}

async fn nobody_waits_behind_anothers_archive(store: &dyn Store) {
    for id in ["l1", "l2", "l3", "l4"] {
        store.upload(of("lan", id), at(0)).await.unwrap();
    }
    assert_eq!(order(store, 1).await, ["l1"]);
    for id in ["m1", "m2"] {
        store.upload(of("minh", id), at(1)).await.unwrap();
    }
    assert_eq!(order(store, 5).await, ["l2", "m1", "l3", "m2", "l4"]);
}

async fn who_was_away_has_saved_nothing_up(store: &dyn Store) {
    for id in ["l1", "l2", "l3", "l4", "l5"] {
        store.upload(of("lan", id), at(0)).await.unwrap();
    }
    assert_eq!(order(store, 3).await, ["l1", "l2", "l3"]);
    for id in ["m1", "m2", "m3"] {
        store.upload(of("minh", id), at(1)).await.unwrap();
    }
    assert_eq!(order(store, 5).await, ["l4", "m1", "l5", "m2", "m3"]);
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
