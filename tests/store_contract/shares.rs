use std::num::NonZeroU32;

use sohoa::domain::Stretch;
use sohoa::store::{Lease, Share, ShareOf, Store, StoreError};

use super::{LEASE, at, limit, new, problem, read};

contract!(
    a_share_is_claimed_once_and_ends_once,
    only_shares_of_documents_in_somebodys_hands_are_given_out,
    a_silent_workers_share_is_given_to_another,
    the_document_with_the_fewest_workers_goes_first,
    progress_is_that_of_all_shares_and_never_goes_back,
    shares_go_with_the_end_of_their_job,
    what_is_offered_twice_is_there_once,
    a_restart_opens_every_share,
);

fn stretches(pages: u32) -> Vec<Stretch> {
    Stretch::all(pages, NonZeroU32::new(4).unwrap())
}

/// A document of `pages` pages in the hands of `lead`, its pages offered.
async fn long(store: &dyn Store, id: &str, pages: u32) -> Lease {
    store.upload(new(id, id), at(0)).await.unwrap();
    let attempt = store.claim("lead", at(1), LEASE).await.unwrap().unwrap();
    assert_eq!(attempt.document, id);
    store.progress(&attempt.lease, pages, 0).await.unwrap();
    store.offer(&attempt.lease, &stretches(pages)).await.unwrap();
    attempt.lease
}

async fn take(store: &dyn Store, of: ShareOf, worker: &str, seconds: i64) -> Option<Share> {
    store.claim_share(of, worker, at(seconds), LEASE).await.unwrap()
}

async fn any(store: &dyn Store, worker: &str, seconds: i64) -> Share {
    take(store, ShareOf::Any, worker, seconds).await.unwrap()
}

fn lost(outcome: Result<(), StoreError>) {
    assert!(matches!(outcome, Err(StoreError::LeaseLost)), "{outcome:?}");
}

async fn a_share_is_claimed_once_and_ends_once(store: &dyn Store) {
    let lease = long(store, "d1", 10).await;
    let own = ShareOf::Job(lease.job);
    let mut taken = Vec::new();
    for (of, worker) in [(own, "lead"), (ShareOf::Any, "w1"), (ShareOf::Any, "w2")] {
        taken.push(take(store, of, worker, 2).await.unwrap());
    }
    let pages: Vec<_> = taken.iter().map(|share| share.pages).collect();
    assert_eq!(pages, stretches(10));
    assert!(
        taken
            .iter()
            .all(|share| share.document == "d1" && share.reading == 1 && share.job == lease.job)
    );
    assert_eq!(take(store, own, "lead", 3).await, None);
    assert_eq!(take(store, ShareOf::Any, "w3", 3).await, None);
    for (left, share) in [2, 1, 0].into_iter().zip(&taken) {
        store.end_share(&share.lease).await.unwrap();
        assert_eq!(store.shares_left(&lease).await.unwrap(), left);
        lost(store.end_share(&share.lease).await);
    }
    assert_eq!(take(store, own, "lead", 100).await, None);
}

async fn only_shares_of_documents_in_somebodys_hands_are_given_out(store: &dyn Store) {
    let lease = long(store, "d1", 10).await;
    store.release(&lease, at(2)).await.unwrap();
    assert_eq!(take(store, ShareOf::Any, "w1", 3).await, None);
    lost(store.offer(&lease, &stretches(10)).await);
    // Whoever has it next goes on with what is left.
    let again = store.claim("other", at(4), LEASE).await.unwrap().unwrap();
    assert_eq!(again.document, "d1");
    assert_eq!(store.shares_left(&again.lease).await.unwrap(), 3);
    assert_eq!(store.next_event().await.unwrap(), Some(at(-1_711_411_200)));
    any(store, "w1", 5).await;
}

async fn a_silent_workers_share_is_given_to_another(store: &dyn Store) {
    let lease = long(store, "d1", 4).await;
    let first = any(store, "w1", 2).await;
    assert_eq!(store.next_event().await.unwrap(), Some(at(61)));
    store.renew(&lease, at(50), LEASE).await.unwrap();
    store.renew_share(&first.lease, 1, at(30), LEASE).await.unwrap();
    assert_eq!(store.next_event().await.unwrap(), Some(at(90)));
    assert_eq!(take(store, ShareOf::Any, "w1", 90).await, None);
    // The same name: only the claim tells the two apart.
    let second = any(store, "w1", 91).await;
    assert_eq!((second.lease.share, second.lease.claim), (first.lease.share, 2));
    lost(store.renew_share(&first.lease, 2, at(92), LEASE).await);
    lost(store.end_share(&first.lease).await);
    lost(store.give_share_back(&first.lease).await);
    store.give_share_back(&second.lease).await.unwrap();
    let third = any(store, "w2", 92).await;
    store.end_share(&third.lease).await.unwrap();
    assert_eq!(store.shares_left(&lease).await.unwrap(), 0);
}

async fn the_document_with_the_fewest_workers_goes_first(store: &dyn Store) {
    long(store, "d1", 40).await;
    long(store, "d2", 8).await;
    let mut order = Vec::new();
    for number in 0..5 {
        order.push(any(store, &format!("w{number}"), 2).await.document);
    }
    assert_eq!(order, ["d1", "d2", "d1", "d2", "d1"]);
}

async fn progress_is_that_of_all_shares_and_never_goes_back(store: &dyn Store) {
    let lease = long(store, "d1", 10).await;
    let done = async || store.document("d1").await.unwrap().unwrap().pages_done;
    let first = any(store, "w1", 2).await;
    let second = any(store, "w2", 2).await;
    store.renew_share(&first.lease, 2, at(3), LEASE).await.unwrap();
    store.renew_share(&second.lease, 3, at(3), LEASE).await.unwrap();
    assert_eq!(done().await, 5);
    store.give_share_back(&second.lease).await.unwrap();
    assert_eq!(done().await, 5);
    store.end_share(&first.lease).await.unwrap();
    let second = any(store, "w3", 4).await;
    store.end_share(&second.lease).await.unwrap();
    assert_eq!(done().await, 8);
    store.progress(&lease, 10, 1).await.unwrap();
    assert_eq!(done().await, 8);
}

async fn shares_go_with_the_end_of_their_job(store: &dyn Store) {
    let lease = long(store, "d1", 10).await;
    let share = any(store, "w1", 2).await;
    store.finish(&lease, read(&["r1"]), at(3)).await.unwrap();
    lost(store.renew_share(&share.lease, 1, at(3), LEASE).await);
    assert_eq!(take(store, ShareOf::Any, "w2", 3).await, None);
    assert_eq!(store.next_event().await.unwrap(), None);

    // Read once more, and that is discarded.
    store.ask_again("d1", "lan", at(4)).await.unwrap();
    let again = store.claim("lead", at(5), LEASE).await.unwrap().unwrap();
    store.offer(&again.lease, &stretches(10)).await.unwrap();
    let share = any(store, "w1", 6).await;
    assert_eq!((share.reading, share.purpose), (2, again.purpose));
    store.discard_rereading("d1", "lan", at(7)).await.unwrap();
    lost(store.end_share(&share.lease).await);

    let lease = long(store, "d2", 10).await;
    let share = any(store, "w1", 8).await;
    store.retry(&lease, at(9)).await.unwrap();
    lost(store.end_share(&share.lease).await);
    let lease = store.claim("lead", at(9), LEASE).await.unwrap().unwrap().lease;
    assert_eq!(store.shares_left(&lease).await.unwrap(), 0);
    store.offer(&lease, &stretches(10)).await.unwrap();
    store.fail(&lease, &problem("x"), at(10)).await.unwrap();
    assert_eq!(store.shares_left(&lease).await.unwrap(), 0);

    // Whoever holds it dies once too often.
    let lease = long(store, "d3", 10).await;
    assert_eq!(store.recover_expired(at(100), &limit(1)).await.unwrap(), 1);
    assert_eq!(store.shares_left(&lease).await.unwrap(), 0);
}

async fn what_is_offered_twice_is_there_once(store: &dyn Store) {
    let lease = long(store, "d1", 10).await;
    let share = any(store, "w1", 2).await;
    store.end_share(&share.lease).await.unwrap();
    store.offer(&lease, &stretches(10)).await.unwrap();
    assert_eq!(store.shares_left(&lease).await.unwrap(), 2);
}

async fn a_restart_opens_every_share(store: &dyn Store) {
    long(store, "d1", 10).await;
    let dead = any(store, "w1", 2).await;
    assert_eq!(store.recover_all(at(3), &limit(9)).await.unwrap(), 1);
    let again = store.claim("lead", at(4), LEASE).await.unwrap().unwrap();
    let share = take(store, ShareOf::Job(again.lease.job), "lead", 4)
        .await
        .unwrap();
    assert_eq!(share.pages, dead.pages);
    lost(store.end_share(&dead.lease).await);
}
