use sohoa::store::{
    Decision, Erasure, Extent, Imported, ImportedPhrase, NewPhrase, PhrasePlace, PhraseSource, PhraseState,
    RubricState, SqliteStore, Store, StoreError,
};

use super::{at, change, with_rubric};

contract!(
    a_confirmed_rubric_is_gathered_once,
    a_phrase_is_known_once_whatever_became_of_it,
    decisions_follow_the_states,
    each_change_of_what_is_used_is_a_version,
    an_import_is_one_step,
    a_look_is_noted_once_and_seen_once,
    what_was_only_proposed_goes_with_its_document,
);

const SOURCE: PhraseSource<'static> = PhraseSource {
    rubric: "r1",
    document: "d1",
    name: "1420/KH-UBND",
};

fn phrase(id: &str, words: &str) -> NewPhrase {
    NewPhrase {
        id: id.into(),
        phrase: words.into(),
        normal: words.to_lowercase(),
        criterion: Some("I.1".into()),
        field: Some("title".into()),
        place: Some(PhrasePlace {
            page: 1,
            bbox: [1, 2, 3, 4],
        }),
    }
}

pub async fn propose(store: &dyn Store, phrases: &[(&str, &str)]) -> u32 {
    let phrases = phrases.iter().map(|(id, words)| phrase(id, words)).collect();
    store.propose(SOURCE, phrases, "minh", at(1)).await.unwrap()
}

async fn a_confirmed_rubric_is_gathered_once(store: &dyn Store) {
    with_rubric(store).await;
    assert!(store.not_gathered().await.unwrap().is_empty());
    for (version, kind, state) in [
        (1, "submitted", RubricState::Submitted),
        (2, "confirmed", RubricState::Confirmed),
    ] {
        store.change(change("r1", version, kind, state)).await.unwrap();
    }
    assert_eq!(store.not_gathered().await.unwrap(), ["r1"]);
    // Nothing worth knowing in it: it was asked all the same.
    assert_eq!(propose(store, &[]).await, 0);
    assert!(store.not_gathered().await.unwrap().is_empty());
}

async fn a_phrase_is_known_once_whatever_became_of_it(store: &dyn Store) {
    assert_eq!(
        propose(store, &[("p1", "Hồ sơ năm"), ("p2", "Báo cáo quý")]).await,
        2
    );
    assert_eq!(propose(store, &[("p3", "HỒ SƠ NĂM")]).await, 0);
    store.decide("p1", Decision::Reject, "lan", at(2)).await.unwrap();
    assert_eq!(propose(store, &[("p4", "hồ sơ năm")]).await, 0);
    let all = store.phrases(None).await.unwrap();
    let seen: Vec<(&str, PhraseState)> = all.iter().map(|p| (p.phrase.as_str(), p.state)).collect();
    assert_eq!(
        seen,
        [
            ("Báo cáo quý", PhraseState::Proposed),
            ("Hồ sơ năm", PhraseState::Rejected)
        ]
    );
    let first = store.phrase("p1").await.unwrap().unwrap();
    assert_eq!(
        (first.place.unwrap().bbox, first.source.as_str()),
        ([1, 2, 3, 4], "1420/KH-UBND")
    );
    assert_eq!(
        (first.decided_by.as_deref(), first.decided_at),
        (Some("lan"), Some(at(2)))
    );
    let waiting = store.phrases(Some(PhraseState::Proposed)).await.unwrap();
    assert_eq!(waiting.len(), 1);
}

async fn decisions_follow_the_states(store: &dyn Store) {
    propose(store, &[("p1", "Hồ sơ năm"), ("p2", "Báo cáo quý")]).await;
    let decide = async |id: &'static str, decision| {
        let decided = store.decide(id, decision, "lan", at(2)).await.unwrap();
        decided.map(|p| p.state)
    };
    assert_eq!(decide("p1", Decision::Retire).await, None);
    assert_eq!(decide("p1", Decision::Accept).await, Some(PhraseState::Accepted));
    assert_eq!(decide("p1", Decision::Accept).await, None);
    assert_eq!(decide("p1", Decision::Reject).await, None);
    assert_eq!(decide("p1", Decision::Retire).await, Some(PhraseState::Retired));
    assert_eq!(decide("p1", Decision::Accept).await, Some(PhraseState::Accepted));
    let edit = Decision::Edit {
        phrase: "Hồ sơ quý",
        normal: "hồ sơ quý",
    };
    assert_eq!(decide("p1", edit).await, Some(PhraseState::Edited));
    let taken = Decision::Edit {
        phrase: "BÁO CÁO QUÝ",
        normal: "báo cáo quý",
    };
    let refused = store.decide("p1", taken, "lan", at(3)).await;
    assert!(matches!(refused, Err(StoreError::Taken { .. })), "{refused:?}");
    let missing = store.decide("p9", Decision::Accept, "lan", at(3)).await;
    assert!(matches!(missing, Err(StoreError::Missing { .. })), "{missing:?}");
    let events = store.phrase_events("p1").await.unwrap();
    let kinds: Vec<&str> = events.iter().map(|e| e.kind.as_str()).collect();
    assert_eq!(kinds, ["proposed", "accepted", "retired", "accepted", "edited"]);
    assert_eq!(events.last().unwrap().phrase, "Hồ sơ quý");
}

async fn each_change_of_what_is_used_is_a_version(store: &dyn Store) {
    propose(
        store,
        &[("p1", "Hồ sơ năm"), ("p2", "Báo cáo quý"), ("p3", "Biên bản họp")],
    )
    .await;
    assert_eq!(store.lexicon_version().await.unwrap(), 0);
    for (id, decision) in [
        ("p1", Decision::Accept),
        ("p3", Decision::Reject),
        ("p2", Decision::Accept),
        ("p1", Decision::Retire),
    ] {
        store.decide(id, decision, "lan", at(2)).await.unwrap();
    }
    assert_eq!(store.lexicon_version().await.unwrap(), 3);
    let used = async |version| {
        let all = store.used_phrases(version).await.unwrap();
        all.into_iter().map(|u| u.phrase).collect::<Vec<_>>()
    };
    assert!(used(0).await.is_empty());
    assert_eq!(used(1).await, ["Hồ sơ năm"]);
    assert_eq!(used(2).await, ["Báo cáo quý", "Hồ sơ năm"]);
    assert_eq!(used(3).await, ["Báo cáo quý"]);
    let steps = store.lexicon_versions(2).await.unwrap();
    let seen: Vec<(u64, &str, u32)> = steps
        .iter()
        .map(|s| (s.version, s.kind.as_str(), s.phrases))
        .collect();
    assert_eq!(seen, [(3, "retired", 1), (2, "accepted", 1)]);
}

async fn an_import_is_one_step(store: &dyn Store) {
    propose(store, &[("p1", "Hồ sơ năm"), ("p2", "Báo cáo quý")]).await;
    store.decide("p2", Decision::Accept, "lan", at(2)).await.unwrap();
    let imported = |id: &str, words: &str| ImportedPhrase {
        id: id.into(),
        phrase: words.into(),
        normal: words.to_lowercase(),
        source: "7/QĐ".into(),
    };
    let file = vec![
        imported("i1", "Hồ sơ năm"),
        imported("i2", "Báo cáo quý"),
        imported("i3", "Phiên chợ"),
    ];
    let expect = |added, known, version| Imported {
        added,
        known,
        version,
    };
    assert_eq!(
        store.import_phrases(file.clone(), "minh", at(3)).await.unwrap(),
        expect(2, 1, 2)
    );
    assert_eq!(
        store.import_phrases(file, "minh", at(4)).await.unwrap(),
        expect(0, 3, 2)
    );
    assert_eq!(store.used_phrases(2).await.unwrap().len(), 3);
    // All or nothing: the second has the first one's id.
    let clash = vec![imported("i4", "Một dòng"), imported("i4", "Dòng khác")];
    assert!(store.import_phrases(clash, "minh", at(5)).await.is_err());
    assert_eq!(store.lexicon_version().await.unwrap(), 2);
    assert_eq!(store.used_phrases(9).await.unwrap().len(), 3);
}

async fn a_look_is_noted_once_and_seen_once(store: &dyn Store) {
    with_rubric(store).await;
    propose(store, &[("p1", "Hồ sơ năm")]).await;
    let documents = ["d1".to_owned(), "gone".to_owned()];
    for second in [2, 3] {
        store.note_looks("p1", &documents, at(second)).await.unwrap();
    }
    let looks = store.looks().await.unwrap();
    // A document that is not there is nothing to look at.
    assert_eq!(looks.len(), 1);
    assert_eq!((looks[0].document.as_str(), looks[0].noted_at), ("d1", at(2)));
    assert_eq!(looks[0].phrase_words, "Hồ sơ năm");
    assert!(store.looked("p1", "d1", "hoa", at(4)).await.unwrap());
    assert!(!store.looked("p1", "d1", "hoa", at(5)).await.unwrap());
    assert!(store.looks().await.unwrap().is_empty());
    // Seen is seen: noting it again does not bring it back.
    store.note_looks("p1", &documents, at(6)).await.unwrap();
    assert!(store.looks().await.unwrap().is_empty());
}

async fn what_was_only_proposed_goes_with_its_document(store: &dyn Store) {
    with_rubric(store).await;
    propose(store, &[("p1", "Hồ sơ năm"), ("p2", "Báo cáo quý")]).await;
    store.decide("p1", Decision::Accept, "lan", at(2)).await.unwrap();
    store.note_looks("p1", &["d1".to_owned()], at(2)).await.unwrap();
    let erasure = Erasure {
        document: "d1",
        extent: Extent::Everything,
        by: "sep",
        reason: None,
        address: None,
    };
    store.erase_rows(erasure, at(3)).await.unwrap();
    let left = store.phrases(None).await.unwrap();
    let seen: Vec<&str> = left.iter().map(|p| p.phrase.as_str()).collect();
    assert_eq!(seen, ["Hồ sơ năm"]);
    assert!(store.phrase_events("p2").await.unwrap().is_empty());
    assert_eq!(store.phrase_events("p1").await.unwrap().len(), 2);
    assert!(store.looks().await.unwrap().is_empty());
}

/// The database itself guards the history.
#[tokio::test]
async fn the_history_of_phrases_only_grows() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sohoa.db");
    let store = SqliteStore::open(&path).await.unwrap();
    propose(&store, &[("p1", "Hồ sơ năm")]).await;
    let connection = sqlx::SqlitePool::connect(&format!("sqlite://{}", path.display()))
        .await
        .unwrap();
    for forbidden in [
        "UPDATE phrase_events SET author = 'x'",
        "DELETE FROM phrase_events",
    ] {
        assert!(
            sqlx::query(forbidden).execute(&connection).await.is_err(),
            "{forbidden}"
        );
    }
}
