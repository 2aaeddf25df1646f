//! Records of confirmation: kept once, never changed, and there when the rubric is gone.

use sohoa::store::{KeptRecord, NewRecord, Store, StoreError};

use super::{at, with_rubric};

contract!(
    a_record_is_kept_once_and_stays,
    a_record_needs_its_rubric_when_it_is_kept,
);

pub fn record<'a>(rubric: &'a str, json: &'a str) -> NewRecord<'a> {
    NewRecord {
        rubric,
        record_json: json,
        evidence_json: "{\"history\":[]}",
        key_id: "aa",
        signed_at: at(7),
    }
}

async fn a_record_is_kept_once_and_stays(store: &dyn Store) {
    with_rubric(store).await;
    assert_eq!(store.record("r1").await.unwrap(), None);
    let kept = KeptRecord {
        record_json: "{\"n\":1}".into(),
        evidence_json: Some("{\"history\":[]}".into()),
    };
    assert_eq!(store.keep_record(record("r1", "{\"n\":1}")).await.unwrap(), kept);
    assert_eq!(store.keep_record(record("r1", "{\"n\":2}")).await.unwrap(), kept);
    assert_eq!(store.record("r1").await.unwrap(), Some(kept));
}

async fn a_record_needs_its_rubric_when_it_is_kept(store: &dyn Store) {
    let refused = store.keep_record(record("r9", "{}")).await;
    assert!(
        matches!(refused, Err(StoreError::Missing { what: "rubric" })),
        "{refused:?}"
    );
    assert_eq!(store.record("r9").await.unwrap(), None);
}
