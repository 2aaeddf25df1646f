//! The server is killed at random moments while people upload; nothing is lost, nothing is doubled.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use reqwest::multipart::{Form, Part};
use serde_json::Value;

const UPLOADS: usize = 10;
const KILLS: usize = 20;
/// The longest life of a server before it is killed: starting and reading a document take about as long.
const LONGEST_LIFE: Duration = Duration::from_millis(1_500);
/// Only a broken server needs so long.
const DEADLINE: Duration = Duration::from_secs(900);

/// A running `sohoa serve --demo`; killed with SIGKILL when dropped.
pub struct Server {
    child: Child,
    pub address: String,
    log: Receiver<String>,
}

impl Server {
    fn start(data: &Path) -> Self {
        Self::start_by(data, None)
    }

    pub fn start_by(data: &Path, settings: Option<&Path>) -> Self {
        let mut serve = Command::new(env!("CARGO_BIN_EXE_sohoa"));
        if let Some(settings) = settings {
            serve.arg("--config").arg(settings);
        }
        let mut child = serve
            .args(["serve", "--demo", "--listen", "127.0.0.1:0", "--data"])
            .arg(data)
            .stderr(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let (send, log) = channel();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        std::thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                // Nobody listens any more once the server is to be killed.
                let _ = send.send(line);
            }
        });
        let mut server = Self {
            child,
            address: String::new(),
            log,
        };
        let mut said = Vec::new();
        let until = Instant::now() + DEADLINE;
        while server.address.is_empty() {
            let left = until.saturating_duration_since(Instant::now());
            let line = server
                .log
                .recv_timeout(left)
                .unwrap_or_else(|e| panic!("no start ({e}): {said:#?}"));
            if let Some(address) = line.strip_prefix("sohoa: ") {
                server.address = address.trim_end_matches('/').to_owned();
            }
            said.push(line);
        }
        server
    }

    /// Lets the server live until `life` is over, and kills it.
    fn kill_after(mut self, life: Duration) {
        let until = Instant::now() + life;
        loop {
            match self
                .log
                .recv_timeout(until.saturating_duration_since(Instant::now()))
            {
                Ok(_) => {}
                Err(RecvTimeoutError::Timeout) => break,
                Err(RecvTimeoutError::Disconnected) => {
                    panic!("the server ended by itself: {:?}", self.child.wait())
                }
            }
        }
        self.kill();
    }

    fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Already dead is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Ten files with bytes of their own: a scan, the others with a text layer. What follows a PDF's last line
/// is a comment to every reader.
fn files() -> Vec<Vec<u8>> {
    let scans = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/scans");
    (0..UPLOADS)
        .map(|number| {
            let name = match number {
                2 => "an_giang_bang_3--serif--fax200.pdf",
                _ => "lao_cai_decision--serif.pdf",
            };
            let mut bytes = std::fs::read(scans.join(name)).unwrap();
            bytes.extend_from_slice(format!("\n% copy {number}\n").as_bytes());
            bytes
        })
        .collect()
}

/// Uploads one file; `None` when the server died over it, so that nothing is known.
async fn upload(client: &reqwest::Client, address: &str, number: usize, bytes: &[u8]) -> Option<Value> {
    let part = Part::bytes(bytes.to_vec()).file_name(format!("van-ban-{number}.pdf"));
    let request = client
        .post(format!("{address}/api/v1/documents"))
        .header("X-Sohoa", "1");
    let response = request
        .multipart(Form::new().part("file", part))
        .send()
        .await
        .ok()?;
    assert_eq!(response.status(), 202);
    response.json().await.ok()
}

async fn documents(client: &reqwest::Client, address: &str) -> Vec<Value> {
    let list: Value = client
        .get(format!("{address}/api/v1/documents"))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    list["documents"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_kills_during_ten_uploads_lose_and_double_nothing() {
    let seed = std::env::var("SOHOA_SEED").map_or(20_240_326, |seed| seed.parse().unwrap());
    println!("SOHOA_SEED={seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let folder = tempfile::tempdir().unwrap();
    let client = reqwest::Client::new();
    let files = files();
    let mut waiting: Vec<usize> = (0..UPLOADS).collect();
    let mut promised: Vec<(usize, String)> = Vec::new();
    for kill in 0..KILLS {
        let server = Server::start(folder.path());
        let address = server.address.clone();
        let life = LONGEST_LIFE.mul_f64(random.random());
        let killing = tokio::task::spawn_blocking(move || server.kill_after(life));
        // By now half as many files as kills should be there; what was not answered is sent again.
        while promised.len() <= kill / 2 {
            let Some(&number) = waiting.first() else { break };
            let Some(answer) = upload(&client, &address, number, &files[number]).await else {
                break;
            };
            promised.push((number, answer["id"].as_str().unwrap().to_owned()));
            waiting.remove(0);
        }
        killing.await.unwrap();
    }

    let server = Server::start(folder.path());
    for number in waiting {
        let answer = upload(&client, &server.address, number, &files[number])
            .await
            .unwrap();
        promised.push((number, answer["id"].as_str().unwrap().to_owned()));
    }
    for (_, id) in &promised {
        // The stream ends with the document; it says at once where a finished one stands.
        let events = client
            .get(format!("{}/api/v1/documents/{id}/events", server.address))
            .send();
        let text = tokio::time::timeout(DEADLINE, async { events.await.unwrap().text().await.unwrap() });
        let text = text.await.unwrap();
        assert!(text.contains("event: done"), "{id}: {text}");
    }

    let documents = documents(&client, &server.address).await;
    assert_eq!(documents.len(), UPLOADS, "{documents:#?}");
    let digests: BTreeSet<&str> = documents.iter().map(|d| d["sha256"].as_str().unwrap()).collect();
    assert_eq!(digests.len(), UPLOADS);
    for (number, id) in &promised {
        let document = documents.iter().find(|d| d["id"] == id.as_str()).unwrap();
        assert_eq!(document["file"], format!("van-ban-{number}.pdf"));
        assert_eq!(
            (document["state"].as_str(), &document["pages_done"]),
            (Some("ready"), &document["pages"])
        );
        let result = client
            .get(format!("{}/api/v1/documents/{id}/result", server.address))
            .send()
            .await
            .unwrap();
        let result: Value = result.json().await.unwrap();
        assert_eq!(result["schema"], "sohoa/1");
        let pages = result["pages"].as_array().unwrap();
        assert_eq!(pages.len() as u64, document["pages"].as_u64().unwrap());
        assert!(pages.iter().all(|p| p["outcome"] == "ok"), "{pages:#?}");
        assert_eq!(
            document["rubrics"].as_array().unwrap().len(),
            result["rubrics"].as_array().unwrap().len(),
            "a rubric for each that was read, once"
        );
        let image = format!(
            "{}/api/v1/documents/{id}/pages/{}/image",
            server.address,
            pages.len()
        );
        assert_eq!(client.get(image).send().await.unwrap().status(), 200);
    }
    let metrics = client
        .get(format!("{}/metrics", server.address))
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(
        metrics.contains(&format!("sohoa_jobs{{state=\"done\"}} {UPLOADS}\n")),
        "{metrics}"
    );
    let stored = std::fs::read_dir(folder.path().join("blobs")).unwrap().count();
    assert_eq!(
        (
            stored,
            std::fs::read_dir(folder.path().join("tmp")).unwrap().count()
        ),
        (UPLOADS, 0)
    );
}

#[test]
fn two_servers_do_not_share_a_data_folder() {
    let folder = tempfile::tempdir().unwrap();
    let first = Server::start(folder.path());
    let second = Command::new(env!("CARGO_BIN_EXE_sohoa"))
        .args(["serve", "--demo", "--listen", "127.0.0.1:0", "--data"])
        .arg(folder.path())
        .output()
        .unwrap();
    assert_eq!(second.status.code(), Some(1));
    let said = String::from_utf8(second.stderr).unwrap();
    assert!(
        said.contains("in use by another sohoa server [data_in_use]"),
        "{said}"
    );
    // However the first one ends, its folder is free at once.
    first.kill_after(Duration::ZERO);
    Server::start(folder.path());
}

#[test]
fn a_demo_that_others_could_reach_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let refused = Command::new(env!("CARGO_BIN_EXE_sohoa"))
        .args(["serve", "--demo", "--listen", "0.0.0.0:0", "--data"])
        .arg(folder.path())
        .output()
        .unwrap();
    assert_eq!(refused.status.code(), Some(2));
    assert!(
        String::from_utf8(refused.stderr)
            .unwrap()
            .contains("[demo_not_loopback]")
    );
}
