//! Reading a document once more, beside what stands.

use sohoa::store::{
    Acceptance, AskedAgain, AuditKind, AuditRange, DocumentState, Erasure, Extent, InboxQuery, Lease,
    NewEvent, NewPhrase, NewRubric, Outdated, PhraseSource, Purpose, ReadDocument, RereadingState,
    RubricChange, RubricState, SqliteStore, Stale, Store, StoreError, Successor, Vanished, Words,
};

use super::{LEASE, at, change, limit, new, problem, read, with_rubric};

contract!(
    asking_queues_it_and_leaves_the_document_as_it_is,
    asking_twice_queues_it_once,
    first_readings_go_before_second_ones,
    a_second_reading_that_fails_says_why_and_can_be_asked_for_again,
    a_restart_takes_it_up_again,
    accepting_replaces_all_of_it_at_once,
    accepting_is_refused_on_another_version_and_then_nothing_is_done,
    what_is_confirmed_is_never_replaced,
    only_the_reading_that_was_looked_at_is_accepted,
    an_untouched_rubric_goes_with_its_reading_and_a_touched_one_does_not,
    discarding_forgets_it_however_far_it_is,
    deciding_settles_the_looks_that_were_noted_before,
    a_deletion_takes_it_along,
    a_document_that_is_read_once_more_is_not_stale,
);

fn fresh(rubrics: &[&str]) -> ReadDocument {
    ReadDocument {
        title: Some("Thang điểm mới".into()),
        result_json: "{\"text\":\"chợ phiên vùng cao\"}".into(),
        ..read(rubrics)
    }
}

fn new_rubric(id: &str) -> NewRubric {
    fresh(&[id]).rubrics.remove(0)
}

/// A change as accepting makes one: the new reading, and an event that follows from it.
fn reread(rubric: &str, expected: u64) -> RubricChange<'static> {
    let event = |kind: &str| NewEvent {
        kind: kind.into(),
        author: "hoa".into(),
        at: at(9),
        data_json: "{}".into(),
    };
    RubricChange {
        events: vec![event("reread"), event("undone")],
        current_json: "{\"title\":\"then\"}",
        ..change(rubric, expected, "reread", RubricState::Draft)
    }
}

fn acceptance<'a>(reading: u32, rubrics: Vec<Successor<'a>>) -> Acceptance<'a> {
    Acceptance {
        document: "d1",
        reading,
        by: "hoa",
        address: "10.0.0.1",
        title: Some("Thang điểm mới"),
        number: None,
        pages: 3,
        errors: 0,
        warnings: 4,
        rubrics,
        vanished: Vec::new(),
    }
}

fn kept(rubric: &str, expected: u64) -> Successor<'static> {
    Successor::Kept {
        change: Box::new(reread(rubric, expected)),
        base_json: "{\"title\":\"fresh\"}",
        ids_json: "{\"I.1\":\"I.2\"}",
        event: 0,
    }
}

async fn ask(store: &dyn Store, seconds: i64) -> Lease {
    let asked = store.ask_again("d1", "hoa", at(seconds)).await.unwrap();
    assert_eq!(asked, AskedAgain::Queued);
    let attempt = store.claim("w", at(seconds), LEASE).await.unwrap().unwrap();
    assert_eq!(
        (attempt.document.as_str(), attempt.purpose),
        ("d1", Purpose::Again)
    );
    attempt.lease
}

/// A document with a rubric, read a second time.
async fn read_twice(store: &dyn Store) {
    with_rubric(store).await;
    let lease = ask(store, 3).await;
    store.finish(&lease, fresh(&["r9"]), at(4)).await.unwrap();
}

/// Leaves a row in every table that second readings have.
pub async fn accept_one_and_ask_for_another(store: &dyn Store) {
    let lease = ask(store, 3).await;
    store.finish(&lease, fresh(&[]), at(4)).await.unwrap();
    store
        .accept_rereading(acceptance(2, vec![kept("r1", 2)]), at(6))
        .await
        .unwrap();
    store.ask_again("d1", "hoa", at(7)).await.unwrap();
}

async fn state(store: &dyn Store) -> Option<&'static str> {
    let record = store.rereading("d1").await.unwrap();
    record.map(|record| record.state.name())
}

async fn asking_queues_it_and_leaves_the_document_as_it_is(store: &dyn Store) {
    assert!(matches!(
        store.ask_again("d1", "hoa", at(1)).await,
        Err(StoreError::Missing { .. })
    ));
    store.upload(new("d1", "aa"), at(0)).await.unwrap();
    assert_eq!(
        store.ask_again("d1", "hoa", at(1)).await.unwrap(),
        AskedAgain::NotRead
    );
    let attempt = store.claim("w", at(1), LEASE).await.unwrap().unwrap();
    assert_eq!((attempt.purpose, attempt.reading), (Purpose::First, 1));
    store.finish(&attempt.lease, read(&["r1"]), at(2)).await.unwrap();
    let document = store.document("d1").await.unwrap();
    let (result, rubric) = (
        store.result("d1").await.unwrap(),
        store.rubric("r1").await.unwrap(),
    );

    assert_eq!(state(store).await, None);
    assert_eq!(
        store.ask_again("d1", "hoa", at(3)).await.unwrap(),
        AskedAgain::Queued
    );
    assert_eq!(store.queue_counts().await.unwrap().queued, 1);
    let attempt = store.claim("w", at(3), LEASE).await.unwrap().unwrap();
    assert_eq!((attempt.purpose, attempt.reading), (Purpose::Again, 2));
    assert_eq!(
        (attempt.sha256.as_str(), attempt.file.as_str(), attempt.failures),
        ("aa", "quyết định.pdf", 0)
    );
    store.progress(&attempt.lease, 5, 2).await.unwrap();
    store.progress(&attempt.lease, 5, 1).await.unwrap();
    let record = store.rereading("d1").await.unwrap().unwrap();
    assert_eq!((record.pages, record.pages_done), (Some(5), 2));
    assert_eq!((record.asked_by.as_str(), record.asked_at), ("hoa", at(3)));
    assert_eq!(store.document("d1").await.unwrap(), document);
    store.finish(&attempt.lease, fresh(&["r9"]), at(4)).await.unwrap();

    let record = store.rereading("d1").await.unwrap().unwrap();
    assert_eq!((record.reading, record.pages_done), (2, 2));
    assert_eq!(
        record.state,
        RereadingState::Ready {
            read_at: at(4),
            result_json: fresh(&[]).result_json
        }
    );
    assert_eq!(store.document("d1").await.unwrap(), document);
    assert_eq!(store.result("d1").await.unwrap(), result);
    assert_eq!(store.rubric("r1").await.unwrap(), rubric);
    assert!(store.rubric("r9").await.unwrap().is_none());
    let mut known = store.known_readings().await.unwrap();
    known.sort();
    assert_eq!(known, [("aa".to_owned(), 1), ("aa".to_owned(), 2)]);
}

async fn asking_twice_queues_it_once(store: &dyn Store) {
    with_rubric(store).await;
    let lease = ask(store, 3).await;
    let asked = async || store.ask_again("d1", "lan", at(4)).await.unwrap();
    assert_eq!(asked().await, AskedAgain::UnderWay);
    assert_eq!(store.claim("w2", at(4), LEASE).await.unwrap(), None);
    store.finish(&lease, fresh(&[]), at(5)).await.unwrap();
    assert_eq!(asked().await, AskedAgain::Waits);
    assert_eq!(store.rereading("d1").await.unwrap().unwrap().asked_by, "hoa");
}

async fn first_readings_go_before_second_ones(store: &dyn Store) {
    with_rubric(store).await;
    store.ask_again("d1", "hoa", at(3)).await.unwrap();
    store.upload(new("d2", "bb"), at(4)).await.unwrap();
    let first = store.claim("w", at(5), LEASE).await.unwrap().unwrap();
    let second = store.claim("w", at(5), LEASE).await.unwrap().unwrap();
    assert_eq!((first.document.as_str(), second.document.as_str()), ("d2", "d1"));
}

async fn a_second_reading_that_fails_says_why_and_can_be_asked_for_again(store: &dyn Store) {
    with_rubric(store).await;
    let document = store.document("d1").await.unwrap();
    let lease = ask(store, 3).await;
    store.retry(&lease, at(4)).await.unwrap();
    assert_eq!(state(store).await, Some("reading"));
    let attempt = store.claim("w", at(5), LEASE).await.unwrap().unwrap();
    assert_eq!((attempt.failures, attempt.reading), (1, 2));
    store
        .fail(&attempt.lease, &problem("timed_out"), at(6))
        .await
        .unwrap();
    let record = store.rereading("d1").await.unwrap().unwrap();
    assert_eq!(record.state, RereadingState::Failed(problem("timed_out")));
    assert_eq!(store.document("d1").await.unwrap(), document);
    // Under a number of its own: what the earlier try left is in nobody's way.
    ask(store, 7).await;
    assert_eq!(store.rereading("d1").await.unwrap().unwrap().reading, 3);
    assert_eq!(state(store).await, Some("reading"));
}

async fn a_restart_takes_it_up_again(store: &dyn Store) {
    with_rubric(store).await;
    let lease = ask(store, 3).await;
    store.release(&lease, at(4)).await.unwrap();
    store.claim("w", at(4), LEASE).await.unwrap().unwrap();
    assert_eq!(store.recover_all(at(5), &limit(9)).await.unwrap(), 1);
    assert_eq!(
        store.document("d1").await.unwrap().unwrap().state,
        DocumentState::Ready
    );
    let attempt = store.claim("w", at(6), LEASE).await.unwrap().unwrap();
    assert_eq!((attempt.purpose, attempt.reading), (Purpose::Again, 2));
    // And it is set aside as any other when its workers keep dying.
    assert_eq!(store.recover_all(at(7), &limit(1)).await.unwrap(), 1);
    assert_eq!(state(store).await, Some("failed"));
    assert_eq!(
        store.document("d1").await.unwrap().unwrap().state,
        DocumentState::Ready
    );
}

async fn accepting_replaces_all_of_it_at_once(store: &dyn Store) {
    with_rubric(store).await;
    store
        .change(change("r1", 1, "edited", RubricState::Submitted))
        .await
        .unwrap();
    let lease = ask(store, 6).await;
    store.finish(&lease, fresh(&[]), at(7)).await.unwrap();
    let other = new_rubric("r2");
    let rubrics = vec![Successor::New(&other), kept("r1", 2)];
    let outdated = store
        .accept_rereading(acceptance(2, rubrics), at(9))
        .await
        .unwrap();
    assert_eq!(
        outdated,
        Outdated {
            sha256: "aa".into(),
            reading: 1
        }
    );

    assert_eq!(state(store).await, None);
    assert_eq!(store.result("d1").await.unwrap(), Some(fresh(&[]).result_json));
    let document = store.document("d1").await.unwrap().unwrap();
    assert_eq!((document.reading, document.pages), (2, Some(3)));
    assert_eq!(
        (document.title.as_deref(), document.number),
        (Some("Thang điểm mới"), None)
    );
    let order: Vec<&str> = document.rubrics.iter().map(|r| r.id.as_str()).collect();
    assert_eq!(order, ["r2", "r1"]);
    let rubric = store.rubric("r1").await.unwrap().unwrap();
    assert_eq!(
        (rubric.version, rubric.state, rubric.position),
        (3, RubricState::Draft, 1)
    );
    assert_eq!(
        (rubric.base_json.as_str(), rubric.current_json.as_str()),
        ("{\"title\":\"fresh\"}", "{\"title\":\"then\"}")
    );
    let events = store.events("r1").await.unwrap();
    let seen: Vec<(u64, u64, &str)> = events
        .iter()
        .map(|e| (e.seq, e.version, e.kind.as_str()))
        .collect();
    assert_eq!(seen, [(1, 2, "edited"), (2, 3, "reread"), (3, 3, "undone")]);
    let earlier = store.earlier_readings("r1").await.unwrap();
    assert_eq!(earlier.len(), 1);
    assert_eq!(
        (
            earlier[0].seq,
            earlier[0].base_json.as_str(),
            earlier[0].ids_json.as_str()
        ),
        (2, "{\"title\":\"base\"}", "{\"I.1\":\"I.2\"}")
    );
    assert!(store.earlier_readings("r2").await.unwrap().is_empty());
    // Its words are found, and the queue has nothing left to do.
    let words = Words::of("cho phien").unwrap();
    let query = InboxQuery {
        words: Some(&words),
        limit: 9,
        ..InboxQuery::default()
    };
    assert_eq!(store.inbox(query).await.unwrap().total(None), 1);
    assert_eq!(store.next_event().await.unwrap(), None);
    let noted = store.audit(AuditRange::Before(None), 1).await.unwrap();
    assert_eq!(
        (noted[0].kind, noted[0].who.as_str(), noted[0].subject.as_deref()),
        (AuditKind::RereadingAccepted, "hoa", Some("d1"))
    );
    // And it can be done again.
    ask(store, 20).await;
    assert_eq!(store.rereading("d1").await.unwrap().unwrap().reading, 3);
}

async fn accepting_is_refused_on_another_version_and_then_nothing_is_done(store: &dyn Store) {
    read_twice(store).await;
    store
        .change(change("r1", 1, "edited", RubricState::Draft))
        .await
        .unwrap();
    let before = (
        store.document("d1").await.unwrap(),
        store.rubric("r1").await.unwrap(),
        store.result("d1").await.unwrap(),
    );
    let other = new_rubric("r2");
    for rubrics in [
        vec![Successor::New(&other), kept("r1", 1)],
        // The rubric that stands is forgotten.
        vec![Successor::New(&other)],
    ] {
        assert!(matches!(
            store.accept_rereading(acceptance(2, rubrics), at(9)).await,
            Err(StoreError::Stale { current: 2 })
        ));
        let now = (
            store.document("d1").await.unwrap(),
            store.rubric("r1").await.unwrap(),
            store.result("d1").await.unwrap(),
        );
        assert_eq!(now, before);
        assert!(store.rubric("r2").await.unwrap().is_none());
        assert_eq!(state(store).await, Some("ready"));
    }
}

async fn what_is_confirmed_is_never_replaced(store: &dyn Store) {
    read_twice(store).await;
    for (version, kind, state) in [
        (1, "submitted", RubricState::Submitted),
        (2, "confirmed", RubricState::Confirmed),
    ] {
        store.change(change("r1", version, kind, state)).await.unwrap();
    }
    let before = store.rubric("r1").await.unwrap();
    assert!(matches!(
        store
            .accept_rereading(acceptance(2, vec![kept("r1", 3)]), at(9))
            .await,
        Err(StoreError::Confirmed)
    ));
    assert_eq!(store.rubric("r1").await.unwrap(), before);
    assert_eq!(store.result("d1").await.unwrap().as_deref(), Some("{}"));
}

async fn only_the_reading_that_was_looked_at_is_accepted(store: &dyn Store) {
    read_twice(store).await;
    let missing = async |reading| {
        let outcome = store
            .accept_rereading(acceptance(reading, vec![kept("r1", 1)]), at(9))
            .await;
        assert!(matches!(outcome, Err(StoreError::Missing { what: "rereading" })));
    };
    missing(3).await;
    // Somebody discarded it and asked for another.
    store
        .discard_rereading("d1", "lan", at(5))
        .await
        .unwrap()
        .unwrap();
    missing(2).await;
    let lease = ask(store, 6).await;
    missing(3).await;
    store.finish(&lease, fresh(&[]), at(7)).await.unwrap();
    missing(2).await;
    store
        .accept_rereading(acceptance(3, vec![kept("r1", 1)]), at(9))
        .await
        .unwrap();
}

async fn an_untouched_rubric_goes_with_its_reading_and_a_touched_one_does_not(store: &dyn Store) {
    store.upload(new("d1", "aa"), at(0)).await.unwrap();
    let attempt = store.claim("w", at(1), LEASE).await.unwrap().unwrap();
    store
        .finish(&attempt.lease, read(&["r1", "r2", "r3"]), at(2))
        .await
        .unwrap();
    store
        .change(change("r2", 1, "edited", RubricState::Draft))
        .await
        .unwrap();
    let lease = ask(store, 6).await;
    store.finish(&lease, fresh(&[]), at(7)).await.unwrap();
    let without = |rubric, expected| Acceptance {
        vanished: vec![Vanished { rubric, expected }],
        ..acceptance(2, vec![kept("r3", 1), kept("r2", 2)])
    };
    let touched = Acceptance {
        rubrics: vec![kept("r3", 1), kept("r1", 1)],
        ..without("r2", 2)
    };
    assert!(matches!(
        store.accept_rereading(touched, at(9)).await,
        Err(StoreError::Stale { .. })
    ));
    store.accept_rereading(without("r1", 1), at(9)).await.unwrap();
    let document = store.document("d1").await.unwrap().unwrap();
    let order: Vec<&str> = document.rubrics.iter().map(|r| r.id.as_str()).collect();
    assert_eq!(order, ["r3", "r2"]);
    assert!(store.rubric("r1").await.unwrap().is_none());
}

async fn discarding_forgets_it_however_far_it_is(store: &dyn Store) {
    with_rubric(store).await;
    let discard = async |seconds| store.discard_rereading("d1", "hoa", at(seconds)).await.unwrap();
    assert_eq!(discard(3).await, None);
    // In a worker's hands: its lease is lost.
    let lease = ask(store, 4).await;
    let outdated = discard(5).await.unwrap();
    assert_eq!((outdated.sha256.as_str(), outdated.reading), ("aa", 2));
    for outcome in [
        store.progress(&lease, 2, 1).await,
        store.renew(&lease, at(6), LEASE).await,
        store.finish(&lease, fresh(&[]), at(6)).await,
        store.fail(&lease, &problem("x"), at(6)).await,
    ] {
        assert!(matches!(outcome, Err(StoreError::LeaseLost)));
    }
    assert_eq!(state(store).await, None);
    assert_eq!(store.next_event().await.unwrap(), None);
    // Waiting in the queue, failed, and ready.
    store.ask_again("d1", "hoa", at(7)).await.unwrap();
    assert_eq!(discard(8).await.unwrap().reading, 3);
    assert_eq!(store.claim("w", at(9), LEASE).await.unwrap(), None);
    let lease = ask(store, 10).await;
    store.fail(&lease, &problem("x"), at(11)).await.unwrap();
    discard(12).await.unwrap();
    assert_eq!(store.queue_counts().await.unwrap().failed, 0);
    let lease = ask(store, 13).await;
    store.finish(&lease, fresh(&[]), at(14)).await.unwrap();
    discard(15).await.unwrap();
    assert_eq!(state(store).await, None);
    assert_eq!(store.result("d1").await.unwrap().as_deref(), Some("{}"));
    assert_eq!(store.known_readings().await.unwrap(), [("aa".to_owned(), 1)]);
}

async fn deciding_settles_the_looks_that_were_noted_before(store: &dyn Store) {
    with_rubric(store).await;
    let source = PhraseSource {
        rubric: "rx",
        document: "dx",
        name: "1/QĐ",
    };
    let phrase = |id: &str| NewPhrase {
        id: id.into(),
        phrase: id.into(),
        normal: id.into(),
        criterion: None,
        field: None,
        place: None,
    };
    store
        .propose(source, vec![phrase("p1"), phrase("p2")], "minh", at(1))
        .await
        .unwrap();
    let document = ["d1".to_owned()];
    let waiting = async || {
        let looks = store.looks().await.unwrap();
        looks.into_iter().map(|look| look.phrase).collect::<Vec<_>>()
    };
    store.note_looks("p1", &document, at(3)).await.unwrap();
    // Discarded before there was anything to look at.
    ask(store, 4).await;
    store.discard_rereading("d1", "hoa", at(5)).await.unwrap();
    assert_eq!(waiting().await, ["p1"]);
    let lease = ask(store, 6).await;
    // The second phrase may have come too late to be read with.
    store.note_looks("p2", &document, at(7)).await.unwrap();
    store.finish(&lease, fresh(&[]), at(8)).await.unwrap();
    store
        .accept_rereading(acceptance(3, vec![kept("r1", 1)]), at(9))
        .await
        .unwrap();
    assert_eq!(waiting().await, ["p2"]);
    let lease = ask(store, 10).await;
    store.finish(&lease, fresh(&[]), at(11)).await.unwrap();
    store.discard_rereading("d1", "hoa", at(12)).await.unwrap();
    assert!(waiting().await.is_empty());
}

fn erasure() -> Erasure<'static> {
    Erasure {
        document: "d1",
        by: "sep",
        address: None,
        reason: None,
        extent: Extent::Unconfirmed,
    }
}

async fn a_deletion_takes_it_along(store: &dyn Store) {
    with_rubric(store).await;
    let lease = ask(store, 3).await;
    assert!(matches!(
        store.erase_rows(erasure(), at(4)).await,
        Err(StoreError::Reading)
    ));
    store.finish(&lease, fresh(&[]), at(5)).await.unwrap();
    store
        .accept_rereading(acceptance(2, vec![kept("r1", 1)]), at(6))
        .await
        .unwrap();
    let lease = ask(store, 7).await;
    store.finish(&lease, fresh(&[]), at(8)).await.unwrap();
    store.erase_rows(erasure(), at(9)).await.unwrap();
    assert_eq!(state(store).await, None);
    assert!(store.earlier_readings("r1").await.unwrap().is_empty());
    assert!(store.known_readings().await.unwrap().is_empty());
}

async fn a_document_that_is_read_once_more_is_not_stale(store: &dyn Store) {
    with_rubric(store).await;
    let stale = async || {
        let rule = Stale {
            failed_before: None,
            untouched_since: Some(at(10)),
        };
        store.stale_documents(rule, 9).await.unwrap()
    };
    assert_eq!(stale().await, ["d1"]);
    store.ask_again("d1", "hoa", at(11)).await.unwrap();
    assert!(stale().await.is_empty());
}

/// What was read before stays as it was, whatever writes to the database.
#[tokio::test]
async fn earlier_readings_are_guarded_by_the_database_itself() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sohoa.db");
    let store = SqliteStore::open(&path).await.unwrap();
    let store: &dyn Store = &store;
    read_twice(store).await;
    store
        .accept_rereading(acceptance(2, vec![kept("r1", 1)]), at(9))
        .await
        .unwrap();
    let connection = sqlx::SqlitePool::connect(&format!("sqlite://{}", path.display()))
        .await
        .unwrap();
    for forbidden in [
        "UPDATE rubric_readings SET base_json = 'x'",
        "DELETE FROM rubric_readings",
    ] {
        assert!(
            sqlx::query(forbidden).execute(&connection).await.is_err(),
            "{forbidden}"
        );
    }
}
