//! Long documents are read by all workers that have time, in one process or in several.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use sohoa::domain::Stretch;
use sohoa::jobs::{Engine, Neighbours, Parts, Policy, Running};
use sohoa::store::{DataFolder, PostgresStore};
use time::OffsetDateTime;

use super::office::{Office, Play, Rules, Script};
use crate::postgres;

const LENGTH: u32 = 7;
const STRETCH: NonZeroU32 = NonZeroU32::new(2).unwrap();

fn policy(workers: usize) -> Policy {
    Policy {
        workers,
        stretch: STRETCH,
        back_off: Duration::ZERO,
        ..Policy::default()
    }
}

/// Reads documents of [`LENGTH`] pages.
fn long_script() -> Arc<Script> {
    let script = Script::default();
    *script.length.lock().unwrap() = LENGTH;
    Arc::new(script)
}

async fn office(workers: usize, database: Option<String>, script: Arc<Script>) -> Office {
    let rules = Rules {
        policy: policy(workers),
        database,
        ..Rules::default()
    };
    Office::open_in(Arc::new(tempfile::tempdir().unwrap()), rules, script).await
}

fn shares(script: &Script) -> Vec<Stretch> {
    let mut shares = script.shares.lock().unwrap().clone();
    shares.sort_by_key(|share| share.first);
    shares
}

#[tokio::test]
async fn a_long_document_is_read_in_shares_each_once() {
    let office = office(2, None, long_script()).await;
    let id = office.document(b"%PDF-1.7 long").await;
    let events = office.follow(&id).await;
    assert_eq!(events.last().unwrap().0, "done", "{events:?}");
    assert_eq!(shares(&office.script), Stretch::all(LENGTH, STRETCH));
    let reading = events.iter().filter(|(_, data)| data["state"] == "reading");
    let done: Vec<_> = reading
        .filter_map(|(_, data)| data["pages_done"].as_u64())
        .collect();
    assert!(done.is_sorted(), "{done:?}");
    // Whoever ended it found each page kept.
    let counted = office.get("sep", "/metrics").await;
    let counted = String::from_utf8(counted.body).unwrap();
    assert!(
        counted.contains("sohoa_pages_total{outcome=\"read\"} 7"),
        "{counted}"
    );
    office.close().await;
}

#[tokio::test]
async fn with_one_worker_it_is_read_as_ever() {
    let script = long_script();
    script.go_on();
    let office = office(1, None, script).await;
    let id = office.document(b"%PDF-1.7 long").await;
    assert_eq!(office.follow(&id).await.last().unwrap().0, "done");
    assert_eq!(shares(&office.script), []);
    office.close().await;
}

#[tokio::test]
async fn a_share_that_cannot_be_read_is_left_to_the_end() {
    let script = long_script();
    script
        .share_plays
        .lock()
        .unwrap()
        .extend([Play::Read, Play::Crash]);
    let office = office(2, None, script).await;
    let id = office.document(b"%PDF-1.7 long").await;
    assert_eq!(office.follow(&id).await.last().unwrap().0, "done");
    assert_eq!(shares(&office.script).len(), 3);
    office.close().await;
}

#[tokio::test]
async fn an_orderly_stop_gives_shares_back() {
    let script = long_script();
    script
        .share_plays
        .lock()
        .unwrap()
        .extend([Play::Read, Play::Wait, Play::Wait]);
    let office = office(2, None, script.clone()).await;
    let id = office.document(b"%PDF-1.7 long").await;
    let mut events = office.events(&id).await;
    while events.next().await.unwrap().1["pages_done"] != 2 {}
    while !script.share_plays.lock().unwrap().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    drop(events);
    let (folder, script) = office.close().await;
    assert_eq!(shares(&script).len(), 1);
    *script.was_shared.lock().unwrap() = false;
    let rules = Rules {
        policy: policy(2),
        ..Rules::default()
    };
    let office = Office::open_in(folder, rules, script).await;
    assert_eq!(office.follow(&id).await.last().unwrap().0, "done");
    assert_eq!(shares(&office.script), Stretch::all(LENGTH, STRETCH));
    office.close().await;
}

/// Workers of another process on the same database and folder.
async fn worker(name: &str, office: &Office, database: &str, script: Arc<Script>) -> Running {
    let clock = office.clock.clone();
    let engine = Engine::new(Parts {
        name: name.to_owned(),
        neighbours: Neighbours::Possible,
        store: Arc::new(PostgresStore::open(database).await.unwrap()),
        data: Arc::new(DataFolder::join(office.folder.path()).unwrap().unwrap()),
        parser: script,
        policy: policy(1),
        clock: Arc::new(move || -> OffsetDateTime { *clock.lock().unwrap() }),
        ids: Arc::new(|| uuid::Uuid::now_v7().to_string()),
    });
    engine.start().await.unwrap()
}

#[tokio::test]
async fn other_processes_read_what_a_service_takes_in_and_it_tells_as_it_happens() {
    let database = postgres::shared().database().await;
    // The service itself reads nothing.
    let office = office(0, Some(database.clone()), Arc::new(Script::default())).await;
    let script = long_script();
    let one = worker("one", &office, &database, script.clone()).await;
    let two = worker("two", &office, &database, script.clone()).await;
    let mut all = office.listen("hoa", "/api/v1/events").await;
    let id = office.document(b"%PDF-1.7 long").await;
    let events = office.follow(&id).await;
    assert_eq!(events.last().unwrap().0, "done", "{events:?}");
    assert_eq!(shares(&script), Stretch::all(LENGTH, STRETCH));
    while all.next().await.unwrap().1["state"] != "ready" {}
    one.stop().await;
    two.stop().await;
    office.close().await;
}

#[tokio::test]
async fn a_worker_that_lacks_a_part_leaves_shares_to_others() {
    let database = postgres::shared().database().await;
    let office = office(0, Some(database.clone()), Arc::new(Script::default())).await;
    let (able, unable) = (long_script(), long_script());
    able.share_plays.lock().unwrap().push_back(Play::Wait);
    let one = worker("able", &office, &database, able.clone()).await;
    let id = office.document(b"%PDF-1.7 long").await;
    let mut events = office.events(&id).await;
    while events.next().await.unwrap().1["state"] != "reading" {}
    unable.share_plays.lock().unwrap().push_back(Play::Refuse);
    let two = worker("unable", &office, &database, unable.clone()).await;
    while !unable.share_plays.lock().unwrap().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    able.go_on();
    assert_eq!(office.follow(&id).await.last().unwrap().0, "done");
    // It has not tried again at once: all shares are the other's.
    assert_eq!(shares(&able), Stretch::all(LENGTH, STRETCH));
    assert_eq!(shares(&unable), []);
    one.stop().await;
    two.stop().await;
    office.close().await;
}
