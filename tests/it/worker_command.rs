//! `sohoa worker`: other processes read for a service that reads nothing itself.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::postgres;
use crate::program::{assert_says, end_of, scan, sohoa};
use crate::survival::Server;

/// Only broken workers need so long.
const DEADLINE: Duration = Duration::from_secs(300);

/// Settings with this database, for a service that leaves all reading to others.
fn settings(folder: &Path, database: &str) -> PathBuf {
    let settings = folder.join("sohoa.toml");
    let data = folder.join("data");
    let text = format!("[server]\ndata = {data:?}\nworkers = 0\n[store]\ndatabase = {database:?}\n");
    std::fs::write(&settings, text).unwrap();
    settings
}

/// A running `sohoa worker`; killed when dropped.
struct Worker(Child);

impl Worker {
    fn start(settings: &Path, metrics: &Path) -> Self {
        let worker = Command::new(env!("CARGO_BIN_EXE_sohoa"))
            .args(["worker", "--workers", "1", "--config"])
            .arg(settings)
            .arg("--metrics")
            .arg(metrics)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        Self(worker.unwrap())
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A PDF of so many pages: those of the bundled documents, again and again.
fn long_document(path: &Path, pages: usize) {
    let documents = [
        "an_giang_bang_3--serif.pdf",
        "an_giang_bang_3--serif--office200.pdf",
    ];
    let mut qpdf = Command::new("qpdf");
    qpdf.args(["--empty", "--pages"]);
    for number in 0..pages {
        // One scan among born-digital pages.
        qpdf.arg(scan(documents[usize::from(number == 5)])).arg("1");
    }
    assert!(qpdf.arg("--").arg(path).status().unwrap().success());
}

/// Uploads a file; gives the document's id.
async fn upload(client: &reqwest::Client, server: &str, name: &'static str, bytes: Vec<u8>) -> String {
    let part = reqwest::multipart::Part::bytes(bytes).file_name(name);
    let uploaded = client
        .post(format!("{server}/api/v1/documents"))
        .header("X-Sohoa", "1")
        .multipart(reqwest::multipart::Form::new().part("file", part))
        .send()
        .await
        .unwrap();
    let answer: Value = uploaded.json().await.unwrap();
    answer["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn two_workers_read_a_long_document_and_one_of_them_is_killed() {
    let database = postgres::shared().database().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("dài.pdf");
    long_document(&path, 20);
    let settings = settings(folder.path(), &database);
    let server = Server::start_by(&folder.path().join("data"), Some(&settings));
    let client = reqwest::Client::new();
    let id = upload(&client, &server.address, "dài.pdf", std::fs::read(&path).unwrap()).await;
    let document = format!("{}/api/v1/documents/{id}", server.address);
    let look = async || {
        client
            .get(&document)
            .send()
            .await
            .unwrap()
            .json::<Value>()
            .await
            .unwrap()
    };

    let metrics = folder.path().join("sohoa.prom");
    let mut first = Worker::start(&settings, &folder.path().join("other.prom"));
    let mut second = Worker::start(&settings, &metrics);
    let until = Instant::now() + DEADLINE;
    while look().await["pages_done"].as_u64().unwrap() < 3 {
        assert!(Instant::now() < until, "{:?}", look().await);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    first.0.kill().unwrap();
    let read = loop {
        let read = look().await;
        assert!(Instant::now() < until, "{read}");
        if read["state"] == "ready" {
            break read;
        }
        assert_ne!(read["state"], "failed", "{read}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    assert_eq!((&read["pages"], &read["pages_done"]), (&20.into(), &20.into()));

    let end = Command::new("kill").arg(second.0.id().to_string()).status();
    assert!(end.unwrap().success());
    assert!(second.0.wait().unwrap().success());
    let told = std::fs::read_to_string(&metrics).unwrap();
    assert!(
        told.contains("sohoa_documents_ended_total{outcome=\"ready\"} 1\n"),
        "{told}"
    );

    // To the byte what one process makes of it.
    let alone = folder.path().join("alone");
    let convert = sohoa()
        .arg("convert")
        .arg(&path)
        .arg("-o")
        .arg(&alone)
        .output()
        .unwrap();
    assert_eq!(end_of(&convert).0, 0, "{convert:?}");
    let expect: Value = serde_json::from_slice(&std::fs::read(alone.join("dài.json")).unwrap()).unwrap();
    let together = client.get(format!("{document}/result")).send().await.unwrap();
    let found: Value = serde_json::from_slice(&together.bytes().await.unwrap()).unwrap();
    assert!(found == expect, "{found}\n{expect}");
}

#[tokio::test]
async fn a_database_that_goes_and_comes_back_costs_time_and_nothing_else() {
    let database = postgres::Server::start();
    let address = database.database().await;
    let folder = tempfile::tempdir().unwrap();
    let settings = settings(folder.path(), &address);
    let server = Server::start_by(&folder.path().join("data"), Some(&settings));
    let client = reqwest::Client::new();
    let mut documents = Vec::new();
    for number in 0..4 {
        // The same pages in other bytes: what follows the end of a PDF is no part of it.
        let mut bytes = std::fs::read(scan("an_giang_bang_3--serif--office200.pdf")).unwrap();
        bytes.extend_from_slice(format!("\n% {number}\n").as_bytes());
        documents.push(upload(&client, &server.address, "a.pdf", bytes).await);
    }
    let states = async || {
        let mut states = Vec::new();
        for id in &documents {
            let answer = client
                .get(format!("{}/api/v1/documents/{id}", server.address))
                .send()
                .await;
            let answer: Value = answer.unwrap().json().await.unwrap();
            states.push(answer["state"].as_str().unwrap_or("no answer").to_owned());
        }
        states
    };
    let _workers = ["one.prom", "two.prom"].map(|name| Worker::start(&settings, &folder.path().join(name)));
    let until = Instant::now() + DEADLINE;
    while !states().await.iter().any(|state| state == "reading") {
        assert!(Instant::now() < until, "{:?}", states().await);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    database.stop();
    tokio::time::sleep(Duration::from_secs(2)).await;
    database.go_on();
    while states().await.iter().any(|state| state != "ready") {
        assert!(Instant::now() < until, "{:?}", states().await);
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    for id in &documents {
        let answer = client
            .get(format!("{}/api/v1/documents/{id}/result", server.address))
            .send()
            .await;
        assert!(answer.unwrap().status().is_success());
    }
}

#[tokio::test]
async fn a_worker_says_what_it_lacks() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |database: &str, exit: i32, code: &str| {
        let settings = settings(folder.path(), database);
        let output = sohoa()
            .arg("worker")
            .arg("--config")
            .arg(settings)
            .output()
            .unwrap();
        let (ended, said) = end_of(&output);
        assert_eq!(ended, exit, "{said}");
        assert_says(&said, code);
    };
    refused("", 2, "worker_needs_postgres");
    let database = postgres::shared().database().await;
    refused(&database, 1, "no_service_yet");
    let server = Server::start_by(
        &folder.path().join("data"),
        Some(&settings(folder.path(), &database)),
    );
    drop(server);
    let another = postgres::shared().database().await;
    refused(&another, 1, "others_folder");
}
