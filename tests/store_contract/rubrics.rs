use sohoa::store::{RubricChange, RubricState, Store, StoreError, Supersedes};

use super::{LEASE, at, change, new, read, with_rubric};

contract!(
    a_change_needs_the_version_it_was_made_on,
    history_only_grows,
    confirming_keeps_the_rubric_with_its_event,
    events_know_the_version_they_led_to,
    superseding_is_part_of_confirming,
    a_successor_is_confirmed_only_with_the_end_of_what_it_changes,
);

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

async fn events_know_the_version_they_led_to(store: &dyn Store) {
    with_rubric(store).await;
    let mut two = change("r1", 1, "edited", RubricState::Draft);
    two.events.extend(two.events.clone());
    store.change(two).await.unwrap();
    store
        .change(change("r1", 2, "undone", RubricState::Draft))
        .await
        .unwrap();
    let events = store.events("r1").await.unwrap();
    let seen: Vec<(u64, u64)> = events.iter().map(|e| (e.seq, e.version)).collect();
    assert_eq!(seen, [(1, 2), (2, 2), (3, 3)]);
}

/// A confirmed rubric `r1` at version 3, and `r2` of another document, submitted, at version 2.
async fn with_successor(store: &dyn Store) {
    with_rubric(store).await;
    store.upload(new("d2", "bb"), at(3)).await.unwrap();
    let attempt = store.claim("w", at(4), LEASE).await.unwrap().unwrap();
    store.finish(&attempt.lease, read(&["r2"]), at(4)).await.unwrap();
    for (rubric, version, kind, state) in [
        ("r1", 1, "submitted", RubricState::Submitted),
        ("r1", 2, "confirmed", RubricState::Confirmed),
        ("r2", 1, "submitted", RubricState::Submitted),
    ] {
        store.change(change(rubric, version, kind, state)).await.unwrap();
    }
}

/// Confirms `r2`, which ends what `r1` at this version is in force for.
fn successor(expected: u64) -> RubricChange<'static> {
    let confirmed = change("r2", 2, "confirmed", RubricState::Confirmed);
    let mut event = confirmed.events[0].clone();
    event.kind = "superseded".into();
    RubricChange {
        supersedes: Some(Supersedes {
            rubric: "r1",
            expected,
            event,
        }),
        ..confirmed
    }
}

async fn superseding_is_part_of_confirming(store: &dyn Store) {
    with_successor(store).await;
    let before = store.confirmed("r1").await.unwrap();
    let in_force = async || {
        let all = store.in_force().await.unwrap();
        all.into_iter()
            .map(|r| (r.rubric, r.document))
            .collect::<Vec<_>>()
    };
    assert_eq!(in_force().await, [("r1".to_owned(), "d1".to_owned())]);
    store.change(successor(3)).await.unwrap();
    assert_eq!(in_force().await, [("r2".to_owned(), "d2".to_owned())]);
    let old = store.rubric("r1").await.unwrap().unwrap();
    assert_eq!((old.state, old.version), (RubricState::Superseded, 4));
    let last = store.events("r1").await.unwrap().pop().unwrap();
    assert_eq!((last.kind.as_str(), last.seq, last.version), ("superseded", 3, 4));
    // What was confirmed is what it was.
    assert_eq!(store.confirmed("r1").await.unwrap(), before);
    let listed = store.document("d1").await.unwrap().unwrap();
    assert_eq!(listed.rubrics[0].state, RubricState::Superseded);
}

async fn a_successor_is_confirmed_only_with_the_end_of_what_it_changes(store: &dyn Store) {
    with_successor(store).await;
    let stale = store.change(successor(2)).await;
    assert!(
        matches!(stale, Err(StoreError::Stale { current: 3 })),
        "{stale:?}"
    );
    // Nothing was done to either.
    assert_eq!(store.rubric("r2").await.unwrap().unwrap().version, 2);
    assert!(store.confirmed("r2").await.unwrap().is_none());
    assert_eq!(store.events("r1").await.unwrap().len(), 2);
    store.change(successor(3)).await.unwrap();
    // Superseded once; a second successor finds nothing in force.
    let mut again = change("r2", 3, "edited", RubricState::Draft);
    again.supersedes = successor(4).supersedes;
    assert!(store.change(again).await.is_err());
    assert_eq!(store.events("r2").await.unwrap().len(), 2);
}
