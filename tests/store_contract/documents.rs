use sohoa::store::{DocumentFilter, DocumentState, RubricState, Store, StoreError, WhetherNew};

use super::{LEASE, at, new, problem, with_rubric};

contract!(
    the_same_bytes_are_one_document,
    an_upload_is_queued_with_its_document,
    lists_are_newest_first_and_filtered,
    a_failed_document_can_be_queued_again,
    progress_never_goes_back,
);

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
    let mut known = store.known_readings().await.unwrap();
    known.sort();
    assert_eq!(known, [("aa".to_owned(), 1), ("bb".to_owned(), 1)]);
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
