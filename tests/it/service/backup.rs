//! Backups: whole while the service runs, checked, restored into nothing and nowhere else.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::json;
use sohoa::store::backup::{self, BackupError};
use time::OffsetDateTime;

use super::office::{Office, Play, Rules, Script};
use crate::program::{assert_says, end_of, names_in, sohoa};

const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

async fn backed_up(office: &Office) -> (tempfile::TempDir, PathBuf) {
    let shelf = tempfile::tempdir().unwrap();
    let target = shelf.path().join("monday");
    backup::create(office.folder.path(), &target, NOW).await.unwrap();
    assert_eq!(names_in(shelf.path()), ["monday"]);
    (shelf, target)
}

#[tokio::test]
async fn a_service_goes_on_from_its_backup() {
    let office = Office::open(Rules::default()).await;
    let (document, rubric) = office.read_document().await;
    let path = format!("/api/v1/rubrics/{rubric}");
    let edit = |value: &str| json!({"edits": [{"criterion": "I.1", "field": "title", "value": value}]});
    office.patch("hoa", &path, "\"1\"", edit("trước")).await;
    office.get("", "/api/v1/keys").await;
    // Another document is being read at that moment.
    office.script.then(Play::Wait);
    let waiting = office.document(b"%PDF-1.7 two").await;
    let mut events = office.events(&waiting).await;
    while events.next().await.unwrap().1["pages_done"] != 1 {}

    let (_shelf, target) = backed_up(&office).await;
    office.patch("hoa", &path, "\"2\"", edit("sau")).await;
    office.go_on();

    let folder = Arc::new(tempfile::tempdir().unwrap());
    backup::restore(&target, folder.path()).await.unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(folder.path()), mode(&target)), (0o700, 0o700));
    let keys = folder.path().join("keys");
    assert!(names_in(&keys).iter().all(|name| mode(&keys.join(name)) == 0o600));
    let again = Office::open_in(folder, Rules::default(), Arc::new(Script::default())).await;
    let was = again.get("hoa", &path).await;
    assert_eq!(
        (was.header("etag"), &was.json()["rubric"]["criteria"][1]["title"]),
        ("\"2\"", &json!("trước"))
    );
    let image = again
        .get("hoa", &format!("/api/v1/documents/{document}/pages/1/image"))
        .await;
    assert_eq!(image.status, 200);
    let file = again
        .get("hoa", &format!("/api/v1/documents/{document}/file"))
        .await;
    assert_eq!(file.body, b"%PDF-1.7 one");
    assert_eq!(
        again.get("", "/api/v1/keys").await.json(),
        office.get("", "/api/v1/keys").await.json()
    );
    // What was being read is read again.
    assert_eq!(again.follow(&waiting).await.last().unwrap().0, "done");
}

#[tokio::test]
async fn nothing_is_overwritten_and_nothing_half_written_stays() {
    let office = Office::open(Rules::default()).await;
    office.read_document().await;
    let (shelf, target) = backed_up(&office).await;
    let data = office.folder.path();
    assert!(matches!(
        backup::create(data, &target, NOW).await,
        Err(BackupError::Exists { .. })
    ));
    assert!(matches!(
        backup::restore(&target, data).await,
        Err(BackupError::NotEmpty { .. })
    ));
    let nowhere = shelf.path().join("nowhere");
    assert!(matches!(
        backup::create(&nowhere, &shelf.path().join("b"), NOW).await,
        Err(BackupError::NoData { .. })
    ));
    let blob = data.join("blobs").join(&names_in(&data.join("blobs"))[0]);
    fs::write(&blob, "rotten").unwrap();
    let failed = backup::create(data, &shelf.path().join("c"), NOW).await;
    assert!(matches!(failed, Err(BackupError::Damaged { .. })), "{failed:?}");
    fs::remove_file(&blob).unwrap();
    let failed = backup::create(data, &shelf.path().join("c"), NOW).await;
    assert!(matches!(failed, Err(BackupError::Missing { .. })), "{failed:?}");
    assert_eq!(names_in(shelf.path()), ["monday"]);
}

#[tokio::test]
async fn a_damaged_backup_is_told_and_restores_nothing() {
    let office = Office::open(Rules::default()).await;
    office.read_document().await;
    office.get("", "/api/v1/keys").await;
    let check = async |spoil: &dyn Fn(&Path), code: &str| {
        let (shelf, target) = backed_up(&office).await;
        spoil(&target);
        let data = shelf.path().join("data");
        for arguments in [vec!["check"], vec!["restore", "--data", data.to_str().unwrap()]] {
            let output = sohoa()
                .arg("backup")
                .args(&arguments)
                .arg(&target)
                .output()
                .unwrap();
            let (exit, stderr) = end_of(&output);
            assert_eq!(exit, 3, "{stderr}");
            assert_says(&stderr, code);
        }
        assert_eq!(names_in(shelf.path()), ["monday"]);
    };
    let first = |folder: PathBuf| folder.join(&names_in(&folder)[0]);
    check(
        &|b| fs::write(first(b.join("blobs")), "x").unwrap(),
        "backup_damaged",
    )
    .await;
    check(
        &|b| fs::remove_file(first(b.join("blobs"))).unwrap(),
        "backup_incomplete",
    )
    .await;
    check(&|b| fs::write(b.join("sohoa.db"), "x").unwrap(), "backup_damaged").await;
    check(
        &|b| fs::remove_file(b.join("backup.json")).unwrap(),
        "not_a_backup",
    )
    .await;
    check(
        &|b| fs::write(b.join("backup.json"), "{}").unwrap(),
        "not_a_backup",
    )
    .await;
    // A list that leaves the blobs out, or leads elsewhere, is no whole backup however well it fits.
    let listed = |b: &Path, change: &dyn Fn(&mut Vec<serde_json::Value>)| {
        let path = b.join("backup.json");
        let mut list: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        change(list["files"].as_array_mut().unwrap());
        fs::write(&path, list.to_string()).unwrap();
    };
    let without = |b: &Path| {
        listed(b, &|files| {
            files.retain(|f| !f["path"].as_str().unwrap().starts_with("blobs/"))
        })
    };
    check(&without, "backup_incomplete").await;
    let outside = |b: &Path| listed(b, &|files| files[0]["path"] = json!("../monday/sohoa.db"));
    check(&outside, "not_a_backup").await;
    let link = |b: &Path| {
        let blob = first(b.join("blobs"));
        fs::rename(&blob, b.join("moved")).unwrap();
        std::os::unix::fs::symlink(b.join("moved"), &blob).unwrap();
    };
    check(&link, "backup_damaged").await;
}

#[tokio::test]
async fn the_command_makes_checks_and_restores() {
    let office = Office::open(Rules::default()).await;
    office.read_document().await;
    let shelf = tempfile::tempdir().unwrap();
    let (target, data) = (shelf.path().join("thứ hai"), shelf.path().join("data"));
    let run = |arguments: &[&str], folder: &Path, data: Option<&Path>| {
        let mut command = sohoa();
        command.arg("backup").args(arguments).arg(folder);
        if let Some(data) = data {
            command.arg("--data").arg(data);
        }
        let output = command.output().unwrap();
        let (exit, stderr) = end_of(&output);
        assert_eq!((exit, stderr.as_str()), (0, ""));
        String::from_utf8(output.stdout).unwrap()
    };
    let made = run(&["create"], &target, Some(office.folder.path()));
    assert_eq!(run(&["check"], &target, None), made);
    assert_eq!(run(&["restore"], &target, Some(&data)), made);
    assert!(data.join("sohoa.db").is_file());
}
