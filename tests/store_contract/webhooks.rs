//! The outbox of messages for those outside.

use sohoa::store::{
    DeliveryState, DueDelivery, HookKind, NewHook, RubricState, Store, StoreError, Switch, Tried,
};

use super::{LEASE, at, change, new, problem, with_rubric};

contract!(
    a_message_is_written_with_what_it_tells_of,
    what_is_refused_tells_nobody,
    a_message_is_tried_until_it_is_taken_or_given_up,
    a_webhook_that_is_off_is_told_nothing,
);

async fn hook(store: &dyn Store, id: &str, kinds: &[HookKind]) {
    let hook = NewHook {
        id,
        url: "https://example.org/",
        secret: "whsec_",
        kinds,
        by: "sep",
    };
    store.add_hook(hook, at(0)).await.unwrap();
}

async fn due(store: &dyn Store, seconds: i64) -> Vec<DueDelivery> {
    store.due_deliveries(at(seconds), LEASE, 10).await.unwrap()
}

fn tried(delivery: i64, seconds: i64, error: Option<&str>, again: Option<i64>) -> Tried<'_> {
    Tried {
        delivery,
        at: at(seconds),
        status: Some(500),
        error,
        again: again.map(at),
    }
}

async fn a_message_is_written_with_what_it_tells_of(store: &dyn Store) {
    hook(store, "h1", &HookKind::ALL).await;
    hook(store, "h2", &[HookKind::RubricSubmitted]).await;
    with_rubric(store).await;
    store
        .change(change("r1", 1, "edited", RubricState::Draft))
        .await
        .unwrap();
    store
        .change(change("r1", 2, "submitted", RubricState::Submitted))
        .await
        .unwrap();
    let kinds = async |hook: &str| -> Vec<&'static str> {
        let log = store.deliveries(hook, None, 10).await.unwrap();
        log.iter().map(|delivery| delivery.kind.name()).collect()
    };
    assert_eq!(kinds("h1").await, ["rubric.submitted", "document.ready"]);
    assert_eq!(kinds("h2").await, ["rubric.submitted"]);
    // One thing has one id, whoever is told.
    let first = &store.deliveries("h1", None, 1).await.unwrap()[0];
    let second = &store.deliveries("h2", None, 1).await.unwrap()[0];
    assert_eq!((&first.message, &first.body), (&second.message, &second.body));
    assert!(!first.message.contains('.'), "{}", first.message);
    let body: serde_json::Value = serde_json::from_str(&first.body).unwrap();
    assert_eq!(body["timestamp"], "2024-03-26T00:00:05.000Z");
    assert_eq!(
        (&body["data"]["rubric"]["version"], &body["data"]["rubric"]["by"]),
        (&serde_json::json!(3), &serde_json::json!("lan"))
    );

    store.upload(new("d2", "bb"), at(3)).await.unwrap();
    let lease = store.claim("w", at(4), LEASE).await.unwrap().unwrap().lease;
    store.fail(&lease, &problem("encrypted"), at(5)).await.unwrap();
    let log = store.deliveries("h1", None, 1).await.unwrap();
    let body: serde_json::Value = serde_json::from_str(&log[0].body).unwrap();
    assert_eq!(
        (&body["type"], &body["data"]["document"]["problem"]),
        (
            &serde_json::json!("document.failed"),
            &serde_json::json!("encrypted")
        )
    );
}

async fn what_is_refused_tells_nobody(store: &dyn Store) {
    with_rubric(store).await;
    hook(store, "h1", &HookKind::ALL).await;
    let stale = store
        .change(change("r1", 9, "submitted", RubricState::Submitted))
        .await;
    assert!(matches!(stale, Err(StoreError::Stale { .. })));
    assert!(store.deliveries("h1", None, 10).await.unwrap().is_empty());
    assert_eq!(store.next_delivery().await.unwrap(), None);
}

async fn a_message_is_tried_until_it_is_taken_or_given_up(store: &dyn Store) {
    hook(store, "h1", &[HookKind::DocumentReady]).await;
    with_rubric(store).await;
    assert_eq!(store.next_delivery().await.unwrap(), Some(at(2)));
    let first = due(store, 2).await.remove(0);
    assert_eq!((first.attempts, first.failing_since), (1, None));
    // It is under way: nobody else sends it, until whoever does has died.
    assert!(due(store, 3).await.is_empty());
    assert_eq!(due(store, 63).await.remove(0).attempts, 2);
    store
        .tried(tried(first.id, 64, Some("no"), Some(90)))
        .await
        .unwrap();
    assert!(due(store, 89).await.is_empty());
    let again = due(store, 90).await.remove(0);
    assert_eq!((again.attempts, again.failing_since), (3, Some(at(64))));
    store.tried(tried(first.id, 91, Some("no"), None)).await.unwrap();
    let state = async || store.deliveries("h1", None, 1).await.unwrap()[0].state;
    assert_eq!(state().await, DeliveryState::Failed);
    assert!(due(store, 9999).await.is_empty());

    store.redeliver("h1", first.id, at(100)).await.unwrap();
    assert_eq!(due(store, 100).await.remove(0).attempts, 1);
    store.tried(tried(first.id, 101, None, None)).await.unwrap();
    assert_eq!(state().await, DeliveryState::Delivered);
    assert_eq!(store.hooks().await.unwrap()[0].failing_since, None);
    let missing = store.redeliver("h1", 99, at(100)).await;
    assert!(matches!(missing, Err(StoreError::Missing { .. })));
}

async fn a_webhook_that_is_off_is_told_nothing(store: &dyn Store) {
    hook(store, "h1", &HookKind::ALL).await;
    with_rubric(store).await;
    store
        .switch_hook("h1", Switch::Off("enough"), at(3))
        .await
        .unwrap();
    assert!(due(store, 10).await.is_empty());
    let log = store.deliveries("h1", None, 10).await.unwrap();
    assert_eq!(
        (log[0].state, log[0].error.as_deref()),
        (DeliveryState::Failed, Some("enough"))
    );
    store
        .change(change("r1", 1, "submitted", RubricState::Submitted))
        .await
        .unwrap();
    assert_eq!(store.deliveries("h1", None, 10).await.unwrap().len(), 1);
    store.switch_hook("h1", Switch::On, at(20)).await.unwrap();
    assert_eq!(store.hooks().await.unwrap()[0].disabled_at, None);
    store.remove_hook("h1").await.unwrap();
    assert!(matches!(
        store.deliveries("h1", None, 10).await,
        Err(StoreError::Missing { .. })
    ));
    assert!(matches!(
        store.remove_hook("h1").await,
        Err(StoreError::Missing { .. })
    ));
}
