//! Records of confirmation: what the service signs, and what `sohoa verify` makes of it and of forgeries.

use std::path::{Path, PathBuf};

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};
use sohoa::http::event_of;
use sohoa::records::{
    Asked, Authenticity, FileCheck, KeyFolder, KeyList, Keys, PublicKey, Record, RecordError, Replayed,
    Verified, to_bytes, verify,
};
use sohoa::store::{NewEvent, RubricChange, RubricState};
use tempfile::TempDir;
use time::OffsetDateTime;

use super::office::{Office, Rules};
use crate::program::{assert_says, end_of, sohoa};

/// SHA-256 of the bytes that [`Office::read_document`] uploads.
const SCAN: &[u8] = b"%PDF-1.7 one";

/// Edits, settles, takes back, returns, submits and confirms; the rubric's id.
async fn confirmed(office: &Office) -> String {
    let (_, rubric) = office.read_document().await;
    let path = format!("/api/v1/rubrics/{rubric}");
    let edit =
        |id: &str, value: &str| json!({"edits": [{"criterion": id, "field": "max_score", "value": value}]});
    office.patch("hoa", &path, "\"1\"", edit("I.1", "1,5")).await;
    office.patch("hoa", &path, "\"2\"", edit("I.1", "1")).await;
    office.patch("hoa", &path, "\"3\"", edit("I.2", "8")).await;
    office.patch("hoa", &path, "\"4\"", json!({"undo": true})).await;
    let accept = json!({"accept": [{"criterion": "I.2", "field": "max_score"}]});
    office.patch("hoa", &path, "\"5\"", accept).await;
    for (who, step, body) in [
        ("hoa", "submit", Value::Null),
        ("lan", "return", json!({"comment": "xem lại\u{202e} mục 2"})),
        ("lan", "submit", Value::Null),
        ("minh", "confirm", Value::Null),
    ] {
        let answer = office.ask(who, "POST", &format!("{path}/{step}"), body).await;
        assert_eq!(answer.status, 200, "{step}: {:?}", answer.json());
    }
    rubric
}

async fn record_of(office: &Office, rubric: &str) -> Vec<u8> {
    let answer = office
        .get("hoa", &format!("/api/v1/rubrics/{rubric}/record"))
        .await;
    assert_eq!(answer.status, 200, "{:?}", answer.json());
    answer.body
}

fn keys_of(folder: &Path) -> Keys {
    KeyFolder::at(&folder.join("keys"))
        .open_or_create(&[0; 32], OffsetDateTime::UNIX_EPOCH)
        .unwrap()
}

fn checked(bytes: &[u8], trusted: Option<&[PublicKey]>) -> Result<Verified, RecordError> {
    let asked = Asked {
        trusted,
        file_sha256: None,
    };
    verify(bytes, &event_of, asked)
}

#[tokio::test]
async fn a_confirmation_leaves_a_record_that_proves_itself() {
    let office = Office::open(Rules::default()).await;
    let (_, draft) = office.read_document().await;
    let path = format!("/api/v1/rubrics/{draft}/record");
    assert_eq!(
        office.get("hoa", &path).await.problem(),
        (409, "not_confirmed".into())
    );
    assert_eq!(
        office.get("hoa", "/api/v1/rubrics/none/record").await.problem(),
        (404, "not_found".into())
    );
    assert_eq!(
        office.get("", &path).await.problem(),
        (401, "not_signed_in".into())
    );

    let rubric = confirmed(&office).await;
    let answer = office
        .get("hoa", &format!("/api/v1/rubrics/{rubric}/record"))
        .await;
    assert!(answer.header("content-disposition").starts_with("attachment; "));
    let bytes = answer.body;
    let list = office.get("", "/api/v1/keys").await;
    let list = KeyList::read(&list.body).unwrap();
    let keys = list.check().unwrap();
    assert_eq!(keys, [keys_of(office.folder.path()).secret.public()]);
    let verified = checked(&bytes, Some(&keys)).unwrap();
    assert_eq!(
        (verified.authenticity, verified.replayed, verified.file),
        (Authenticity::Proven, Replayed::Yes, FileCheck::NotGiven)
    );
    let said = verified.statement;
    assert_eq!(
        (said.submitted.by.as_str(), said.confirmed.by.as_str()),
        ("lan", "minh")
    );
    assert_eq!(said.confirmed.at, "2024-03-26T00:00:00Z");
    assert_eq!((said.rubric.id, said.rubric.version), (rubric.clone(), 10));
    assert_eq!((said.counts.changed, said.counts.accepted), (1, 1));
    assert_eq!(said.history.entries, 9);
    assert_eq!(said.decision.number.as_deref(), Some("1420/KH-UBND"));
    // The same record at every asking, and what it holds is what is exported.
    assert_eq!(record_of(&office, &rubric).await, bytes);
    let export = office
        .get("hoa", &format!("/api/v1/rubrics/{rubric}/export?format=json"))
        .await;
    let held: Value = serde_json::from_slice(&bytes).unwrap();
    let (held, exported) = (&held["evidence"]["rubric"], &export.json()["rubrics"][0]);
    let canonical = |value: &Value| serde_json_canonicalizer::to_string(value).unwrap();
    assert_eq!(canonical(held), canonical(exported));
    assert_eq!(held["criteria"][1]["max_score"], "1");
}

#[tokio::test]
async fn a_record_that_was_not_made_in_time_is_made_when_it_is_asked_for() {
    let office = Office::open(Rules::default()).await;
    let (_, rubric) = office.read_document().await;
    let kept = office.store.rubric(&rubric).await.unwrap().unwrap();
    let at = *office.clock.lock().unwrap();
    let event = |kind: &str, author: &str| NewEvent {
        kind: kind.to_owned(),
        author: author.to_owned(),
        at,
        data_json: "{}".to_owned(),
    };
    let change = RubricChange {
        rubric: &rubric,
        expected: 1,
        events: vec![event("submitted", "lan"), event("confirmed", "minh")],
        state: RubricState::Confirmed,
        title: "Bảng số 3",
        max_score: None,
        doubtful: 1,
        errors: 0,
        warnings: 0,
        current_json: &kept.current_json,
        submitted_by: Some("lan"),
        comment: None,
        supersedes: None,
    };
    office.store.change(change).await.unwrap();
    let verified = checked(&record_of(&office, &rubric).await, None).unwrap();
    assert_eq!(verified.authenticity, Authenticity::KeyNotGiven);
    assert_eq!(verified.statement.counts.left_doubtful, 1);
}

#[tokio::test]
async fn without_its_key_the_service_confirms_nothing() {
    let office = Office::open(Rules::default()).await;
    let (_, rubric) = office.read_document().await;
    let path = format!("/api/v1/rubrics/{rubric}");
    let keys = keys_of(office.folder.path());
    let secret = office
        .folder
        .path()
        .join("keys")
        .join(format!("{}.pem", keys.secret.public().id()));
    std::fs::remove_file(secret).unwrap();
    office
        .ask("lan", "POST", &format!("{path}/submit"), Value::Null)
        .await;
    let refused = office
        .ask("minh", "POST", &format!("{path}/confirm"), Value::Null)
        .await;
    assert_eq!(refused.problem(), (503, "no_signing_key".into()));
    assert_eq!(office.get("hoa", &path).await.json()["state"], "submitted");
}

#[tokio::test]
async fn who_knows_an_older_key_knows_the_newer_ones_but_no_strangers() {
    let office = Office::open(Rules::default()).await;
    let rubric = confirmed(&office).await;
    let folder = KeyFolder::at(&office.folder.path().join("keys"));
    let first = keys_of(office.folder.path());
    let early = record_of(&office, &rubric).await;
    let second = folder.rotate(&[7; 32], OffsetDateTime::UNIX_EPOCH).unwrap();
    // A record keeps the signature that it was given.
    assert_eq!(record_of(&office, &rubric).await, early);
    let late = resigned(&early, &second, |_| {});
    let check = |bytes: &[u8], keys: &[PublicKey], proven: bool| {
        match checked(bytes, Some(keys)) {
            Ok(verified) => assert!(proven && verified.authenticity == Authenticity::Proven),
            Err(RecordError::ForeignKey { .. }) => assert!(!proven),
            Err(error) => panic!("{error}"),
        };
    };
    let (old, new) = (first.secret.public(), second.secret.public());
    check(&early, std::slice::from_ref(&old), true);
    check(&late, std::slice::from_ref(&old), true);
    check(&late, std::slice::from_ref(&new), true);
    // The new key alone says nothing of the old one; the list does.
    check(&early, std::slice::from_ref(&new), false);
    check(&early, &second.list.check().unwrap(), true);
    let stranger = sohoa::records::SecretKey::from_seed(&[9; 32]).public();
    check(&early, &[stranger], false);
}

/// The record with another statement or evidence, signed anew by whoever holds the key.
fn resigned(bytes: &[u8], keys: &Keys, forge: impl FnOnce(&mut Record)) -> Vec<u8> {
    let mut record: Record = serde_json::from_slice(bytes).unwrap();
    forge(&mut record);
    record.keys.clone_from(&keys.list.keys);
    record.statement.key_id = keys.secret.public().id();
    let signed = serde_json_canonicalizer::to_vec(&record.statement).unwrap();
    record.signature = keys.secret.sign(&signed);
    to_bytes(&record).unwrap()
}

/// Even who holds the key cannot make a record of what did not happen by the rules.
#[tokio::test]
async fn a_forged_history_is_refused_though_it_is_signed() {
    let office = Office::open(Rules::default()).await;
    let rubric = confirmed(&office).await;
    let (bytes, keys) = (record_of(&office, &rubric).await, keys_of(office.folder.path()));
    assert!(checked(&resigned(&bytes, &keys, |_| {}), None).is_ok());
    let check = |code: &str, forge: &dyn Fn(&mut Record)| {
        let refused = checked(&resigned(&bytes, &keys, forge), None).map(|v| v.statement.rubric.version);
        assert_eq!(refused.map_err(|e| e.code()), Err(code));
    };
    check("record_same_person", &|r| r.statement.confirmed.by = "Lan".into());
    check("record_statement", &|r| r.statement.confirmed.by = "sep".into());
    check("record_statement", &|r| {
        r.statement.confirmed.at = "2024-03-25T00:00:00Z".into()
    });
    check("record_statement", &|r| r.statement.submitted.by = "hoa".into());
    check("record_statement", &|r| r.statement.counts.changed = 0);
    check("record_statement", &|r| {
        r.statement.rubric.title = "Bảng số 4".into()
    });
    check("record_history", &|r| r.statement.source.sha256 = "0".repeat(64));
    let evidence = |forge: &dyn Fn(&mut sohoa::records::Evidence)| {
        let mut record: Record = serde_json::from_slice(&bytes).unwrap();
        forge(record.evidence.as_mut().unwrap());
        rechained(&mut record);
        record
    };
    let check_evidence = |code: &str, forge: &dyn Fn(&mut sohoa::records::Evidence)| {
        check(code, &|r| *r = evidence(forge));
    };
    // With every digest made again the forger still meets the rules.
    check_evidence("record_history", &|e| e.history[1].data["after"] = json!("5"));
    check_evidence("record_history", &|e| {
        e.rubric["criteria"][1]["max_score"] = json!("5")
    });
    check_evidence("record_history", &|e| {
        e.as_read["criteria"][2]["max_score"] = json!("5")
    });
    check_evidence("record_history", &|e| {
        e.history.last_mut().unwrap().author = "lan".into()
    });
    check_evidence("record_history", &|e| drop(e.history.remove(7)));
    check_evidence("record_history", &|e| drop(e.history.pop()));
    check_evidence("record_history", &|e| e.history[1].kind = "blessed".into());
    check_evidence("not_a_record", &|e| e.rubric["criteria"] = json!(1));
    check("record_digest", &|r| {
        r.evidence.as_mut().unwrap().rubric["title"] = json!("x")
    });
    check("record_digest", &|r| {
        r.evidence.as_mut().unwrap().as_read["title"] = json!("x")
    });
    check("record_history", &|r| {
        r.evidence.as_mut().unwrap().history[0].author = "x".into()
    });
}

/// Makes every digest in the record fit what it is the digest of.
fn rechained(record: &mut Record) {
    use sha2::{Digest, Sha256};
    let digest =
        |value: &Value| hex::encode(Sha256::digest(serde_json_canonicalizer::to_vec(value).unwrap()));
    let evidence = record.evidence.as_mut().unwrap();
    record.statement.as_read_sha256 = digest(&evidence.as_read);
    record.statement.rubric.sha256 = digest(&evidence.rubric);
    let mut previous = digest(&json!({
        "source_sha256": record.statement.source.sha256,
        "rubric_id": record.statement.rubric.id,
        "as_read_sha256": record.statement.as_read_sha256,
    }));
    for (at, entry) in evidence.history.iter_mut().enumerate() {
        entry.seq = at as u64 + 1;
        previous = digest(&json!({
            "previous": previous, "seq": entry.seq, "kind": entry.kind, "author": entry.author,
            "at": entry.at, "data": entry.data,
        }));
        entry.digest.clone_from(&previous);
    }
    record.statement.history.entries = evidence.history.len();
    record.statement.history.digest = previous;
}

#[tokio::test]
async fn any_byte_that_is_changed_is_noticed_or_says_nothing() {
    let office = Office::open(Rules::default()).await;
    let rubric = confirmed(&office).await;
    let bytes = record_of(&office, &rubric).await;
    let value: Value = serde_json::from_slice(&bytes).unwrap();
    let keys = [keys_of(office.folder.path()).secret.public()];
    let unnoticed = |changed: &[u8], trusted: Option<&[PublicKey]>| match checked(changed, trusted) {
        // What is accepted says the very same.
        Ok(_) => serde_json::from_slice::<Value>(changed).unwrap() != value,
        Err(_) => false,
    };
    let mut runner = TestRunner::new(Config::with_cases(600));
    runner
        .run(
            &(0..bytes.len(), any::<u8>(), any::<bool>()),
            |(at, byte, with_key)| {
                let mut changed = bytes.clone();
                changed[at] = byte;
                let trusted = with_key.then_some(keys.as_slice());
                prop_assert!(!unnoticed(&changed, trusted), "byte {at} made {byte:#x}");
                let mut shorter = bytes.clone();
                shorter.remove(at);
                prop_assert!(!unnoticed(&shorter, trusted), "byte {at} removed");
                Ok(())
            },
        )
        .unwrap();
    // Written over several lines it is the same record.
    let pretty = serde_json::to_vec_pretty(&value).unwrap();
    assert!(checked(&pretty, Some(&keys)).is_ok());
    let twice = String::from_utf8(bytes)
        .unwrap()
        .replacen('{', "{\"signature\":\"\",", 1);
    assert_eq!(
        checked(twice.as_bytes(), None).unwrap_err().code(),
        "not_a_record"
    );
}

/// What the command needs, as files.
struct Desk {
    folder: TempDir,
}

impl Desk {
    fn with(files: &[(&str, &[u8])]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in files {
            std::fs::write(folder.path().join(name), bytes).unwrap();
        }
        Self { folder }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// `sohoa verify`: exit code, stdout, stderr.
    fn verify(&self, record: &str, more: &[(&str, &str)]) -> (i32, String, String) {
        let mut command = sohoa();
        command.arg("verify").arg(self.at(record));
        for (flag, file) in more {
            command.arg(flag).arg(self.at(file));
        }
        let output = command.output().unwrap();
        let (exit, stderr) = end_of(&output);
        (exit, String::from_utf8(output.stdout).unwrap(), stderr)
    }
}

#[tokio::test]
async fn the_command_says_what_is_proven_and_what_is_not() {
    let office = Office::open(Rules::default()).await;
    let rubric = confirmed(&office).await;
    let record = record_of(&office, &rubric).await;
    let keys = keys_of(office.folder.path());
    let reduced = {
        let mut record: Record = serde_json::from_slice(&record).unwrap();
        record.evidence = None;
        to_bytes(&record).unwrap()
    };
    let desk = Desk::with(&[
        ("record.json", &record),
        ("reduced.json", &reduced),
        ("public.pem", keys.secret.public().to_pem().unwrap().as_bytes()),
        ("keys.json", &serde_json::to_vec(&keys.list).unwrap()),
        (
            "other.pem",
            sohoa::records::SecretKey::from_seed(&[9; 32])
                .public()
                .to_pem()
                .unwrap()
                .as_bytes(),
        ),
        ("scan.pdf", SCAN),
        ("other.pdf", b"%PDF-1.7 two"),
    ]);
    let (exit, stdout, stderr) = desk.verify("record.json", &[]);
    assert_eq!((exit, stderr.as_str()), (0, ""), "{stdout}");
    assert!(
        stdout.contains("chưa chứng minh khoá ấy của ai") && stdout.contains("add --key"),
        "{stdout}"
    );
    assert!(stdout.contains("lan 2024-03-26T00:00:00Z") && stdout.contains("minh 2024-03-26T00:00:00Z"));
    for key in ["public.pem", "keys.json"] {
        let (exit, stdout, stderr) = desk.verify("record.json", &[("--key", key), ("--file", "scan.pdf")]);
        assert_eq!((exit, stderr.as_str()), (0, ""), "{stdout}");
        assert!(
            !stdout.contains("[chưa]") && stdout.matches("[ok]").count() == 4,
            "{stdout}"
        );
    }
    let (exit, stdout, _) = desk.verify("reduced.json", &[("--key", "public.pem")]);
    assert!(exit == 0 && stdout.contains("digests only"), "{stdout}");
    let check = |more: &[(&str, &str)], code: &str| {
        let (exit, stdout, stderr) = desk.verify("record.json", more);
        assert_eq!((exit, stdout.as_str()), (3, ""), "{stderr}");
        assert_says(&stderr, code);
    };
    check(&[("--key", "other.pem")], "record_foreign_key");
    check(&[("--key", "scan.pdf")], "not_a_key");
    check(&[("--key", "record.json")], "not_a_key_list");
    check(&[("--file", "other.pdf")], "record_file");
    assert_eq!(desk.verify("missing.json", &[]).0, 1);
}

#[tokio::test]
async fn a_foreign_or_damaged_record_is_shown_harmlessly() {
    let office = Office::open(Rules::default()).await;
    let rubric = confirmed(&office).await;
    let (record, keys) = (record_of(&office, &rubric).await, keys_of(office.folder.path()));
    let evil = "\u{1b}]0;x\u{7}\u{202e}tên\r\nerror: ok";
    let mut foreign: Value = serde_json::from_slice(&record).unwrap();
    foreign["schema"] = json!(format!("sohoa-record/{evil}"));
    let shown = resigned(&record, &keys, |r| {
        r.statement.source.file = evil.into();
        r.statement.pipeline.version = evil.into();
        r.evidence = None;
    });
    let same = resigned(&record, &keys, |r| {
        r.statement.confirmed.by = evil.into();
        r.statement.submitted.by = evil.into();
    });
    let desk = Desk::with(&[
        ("shown.json", &shown),
        ("schema.json", foreign.to_string().as_bytes()),
        ("same.json", &same),
        ("field.json", json!({ evil: 1 }).to_string().as_bytes()),
        ("binary.json", b"\x1b[2J\x00\xff"),
        ("empty.json", b""),
        ("deep.json", "[".repeat(100_000).as_bytes()),
        ("rubric.json", br#"{"schema": "sohoa/1", "rubrics": []}"#),
        ("cut.json", &record[..record.len() / 2]),
    ]);
    let harmless = |text: &str| {
        let bad = text
            .chars()
            .find(|c| (c.is_control() && *c != '\n') || ('\u{202a}'..='\u{202e}').contains(c));
        assert_eq!(bad, None, "{text:?}");
        assert!(!text.contains("\nerror: ok"), "{text:?}");
    };
    let (exit, stdout, _) = desk.verify("shown.json", &[]);
    assert_eq!(exit, 0);
    harmless(&stdout);
    for (name, code) in [
        ("schema.json", "record_schema"),
        ("same.json", "record_same_person"),
        ("field.json", "not_a_record"),
        ("binary.json", "not_a_record"),
        ("empty.json", "not_a_record"),
        ("deep.json", "not_a_record"),
        ("rubric.json", "not_a_record"),
        ("cut.json", "not_a_record"),
    ] {
        let (exit, stdout, stderr) = desk.verify(name, &[]);
        assert_eq!((exit, stdout.as_str()), (3, ""), "{name}: {stderr}");
        harmless(&stderr);
        assert_says(&stderr, code);
    }
}

#[test]
fn keys_are_shown_exported_and_rotated_on_the_command_line() {
    let data = tempfile::tempdir().unwrap();
    let key = |arguments: &[&str]| {
        let output = sohoa()
            .arg("key")
            .args(arguments)
            .arg("--data")
            .arg(data.path())
            .output()
            .unwrap();
        let (exit, stderr) = end_of(&output);
        (exit, String::from_utf8(output.stdout).unwrap(), stderr)
    };
    let (exit, _, stderr) = key(&["show"]);
    assert_eq!(exit, 1);
    assert_says(&stderr, "no_keys");
    let first = keys_of(data.path());
    assert_eq!(key(&["export"]).1, first.secret.public().to_pem().unwrap());
    let (exit, shown, _) = key(&["rotate"]);
    assert_eq!((exit, shown.lines().count()), (0, 2));
    assert!(shown.lines().next().unwrap().contains("retired") && shown.contains(&first.secret.public().id()));
    let list = KeyList::read(key(&["export", "--form", "list"]).1.as_bytes()).unwrap();
    assert_eq!(list.keys.len(), 2);
    assert_says(&key(&["rotate", "--lost"]).2, "key_not_lost");
    assert_eq!(key(&["show"]).1, shown);
}
