//! The service and the program on the PostgreSQL database that the settings name.

use std::path::Path;
use std::sync::Arc;

use axum::http::StatusCode;
use serde_json::json;

use super::office::{Office, Rules, Script};
use crate::postgres;
use crate::program::{assert_says, end_of, names_in, sohoa};

#[tokio::test]
async fn a_document_is_read_edited_and_found_and_is_there_after_a_restart() {
    let server = postgres::Server::start();
    let database = server.database().await;
    let rules = || Rules {
        database: Some(database.clone()),
        ..Rules::default()
    };
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let office = Office::open_in(folder, rules(), Arc::new(Script::default())).await;
    let (document, rubric) = office.read_document().await;
    let path = format!("/api/v1/rubrics/{rubric}");
    let first = office.get("hoa", &path).await;
    assert_eq!((first.status, first.header("etag")), (StatusCode::OK, "\"1\""));
    let edit = json!({"edits": [{"criterion": "I.1", "field": "title", "value": "Họp giao ban đúng giờ"}]});
    let edited = office.patch("hoa", &path, "\"1\"", edit).await;
    assert_eq!(edited.status, StatusCode::OK, "{:?}", edited.json());

    let (folder, script) = office.close().await;
    assert!(!folder.path().join("sohoa.db").exists());
    let office = Office::open_in(folder, rules(), script).await;
    let again = office.get("hoa", &path).await;
    assert_eq!(again.header("etag"), "\"2\"");
    let found = office
        .get("hoa", "/api/v1/documents?q=hop%20giao%20ban")
        .await
        .json();
    assert_eq!(found["documents"][0]["id"], json!(document), "{found}");

    let database_is_there = async || {
        let ready = office.get("", "/readyz").await.json();
        let check = ready["checks"][0].clone();
        assert_eq!(check["name"], "database");
        check["ok"] == true
    };
    assert!(database_is_there().await);
    server.stop();
    assert!(!database_is_there().await);
    let gone = office.get("hoa", &path).await;
    assert_eq!(
        (gone.problem(), gone.header("retry-after")),
        ((503, "database_away".into()), "5")
    );
    server.go_on();
    assert!(database_is_there().await);
    assert_eq!(office.get("hoa", &path).await.header("etag"), "\"2\"");
    office.close().await;
}

/// Runs `sohoa …` with settings that name a database; exit code, stdout, stderr.
fn run(folder: &Path, database: &str, arguments: &[&str], stdin: &str) -> (i32, String, String) {
    let settings = folder.join("sohoa.toml");
    let data = folder.join("data");
    let text = format!("[server]\ndata = {data:?}\n[store]\ndatabase = {database:?}\n");
    std::fs::write(&settings, text).unwrap();
    let output = sohoa()
        .arg("--config")
        .arg(&settings)
        .args(arguments)
        .write_stdin(stdin)
        .output()
        .unwrap();
    let (exit, stderr) = end_of(&output);
    (exit, String::from_utf8(output.stdout).unwrap(), stderr)
}

#[tokio::test]
async fn commands_use_the_database_that_the_settings_name() {
    let database = postgres::shared().database().await;
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let add = ["user", "add", "lan", "--role", "admin", "--password-stdin"];
    let (exit, _, said) = run(folder, &database, &add, "trời xanh mây trắng\n");
    assert_eq!(exit, 0, "{said}");
    let (_, listed, _) = run(folder, &database, &["user", "list"], "");
    assert_eq!(listed, "lan\tadmin\topen\n");
    let (_, events, _) = run(folder, &database, &["audit"], "");
    assert!(events.contains("account_made"), "{events}");
    assert_eq!(names_in(&folder.join("data")), ["postgres"]);

    // Half of it would be no backup.
    let target = folder.join("monday");
    for order in ["create", "restore"] {
        let (exit, _, said) = run(
            folder,
            &database,
            &["backup", order, target.to_str().unwrap()],
            "",
        );
        assert_eq!(exit, 3, "{said}");
        assert_says(&said, "backup_of_postgres");
        assert!(said.contains("pg_dump"), "{said}");
    }
    assert!(!target.exists());

    let refused = |database: &str, code: &str| {
        let (exit, _, said) = run(folder, database, &["user", "list"], "");
        assert_eq!(exit, 1, "{said}");
        assert_says(&said, code);
        assert!(!said.contains("s3cret"), "{said}");
    };
    refused(
        "postgres://sohoa:s3cret@127.0.0.1:1/sohoa",
        "database_unreachable",
    );
    refused("mysql://sohoa:s3cret@127.0.0.1/sohoa", "bad_database_address");
    refused("", "others_folder");
    let server = postgres::shared();
    server.obey("CREATE ROLE keyed LOGIN PASSWORD 'right'").await;
    refused(&server.address("keyed:s3cret", "postgres"), "database_not_let_in");
    refused(&server.address("postgres", "nowhere"), "no_database");
}

#[tokio::test]
async fn a_database_moves_to_postgres_and_back() {
    let database = postgres::shared().database().await;
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let add = ["user", "add", "lan", "--role", "admin", "--password-stdin"];
    assert_eq!(run(folder, "", &add, "trời xanh mây trắng\n").0, 0);
    let names = || names_in(&folder.join("data"));
    let listed = |database: &str| run(folder, database, &["user", "list"], "").1;
    let to = |place: &str, database: &str| run(folder, database, &["migrate", "--to", place], "");

    let (exit, _, said) = to("postgres", "");
    assert_eq!(exit, 2, "{said}");
    assert_says(&said, "no_database_address");
    let (exit, told, said) = to("postgres", &database);
    assert_eq!(exit, 0, "{said}");
    assert!(told.lines().any(|line| line.starts_with("users\t1\t")), "{told}");
    assert!(names().contains(&"sohoa.db.moved".to_owned()), "{:?}", names());
    assert_eq!(listed(&database), "lan\tadmin\topen\n");
    let (exit, _, said) = to("postgres", &database);
    assert_eq!(exit, 3, "{said}");
    assert_says(&said, "already_there");

    // The same rows come back, told by the same digests.
    let (exit, again, said) = to("sqlite", &database);
    assert_eq!(exit, 0, "{said}");
    assert_eq!(again, told);
    assert_eq!(listed(""), "lan\tadmin\topen\n");
}
