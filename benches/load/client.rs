//! One client: uploads a document, asks for it until it is read, looks at what came out, and begins again.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use reqwest::header::RETRY_AFTER;
use reqwest::multipart::{Form, Part};
use reqwest::{Client, RequestBuilder};
use serde_json::Value;

/// Between two questions.
const PAUSE: Duration = Duration::from_secs(1);
/// How many of them are for the list: one in so many.
const LIST_EVERY: usize = 7;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Upload,
    Document,
    List,
    Page,
    Rubric,
}

impl Kind {
    pub const ALL: [Self; 5] = [Self::Upload, Self::Document, Self::List, Self::Page, Self::Rubric];

    pub fn name(self) -> &'static str {
        match self {
            Self::Upload => "upload of a document",
            Self::Document => "a document's state",
            Self::List => "the list",
            Self::Page => "a page's picture",
            Self::Rubric => "a rubric",
        }
    }
}

/// One request, and what came of it.
pub struct Asked {
    pub kind: Kind,
    /// 0: no answer came.
    pub status: u16,
    pub took: Duration,
    told_when: bool,
    /// The answer is that of a document that has just been read.
    pub ready: bool,
}

impl Asked {
    pub fn is_good(&self) -> bool {
        match self.kind {
            Kind::Upload => self.status == 202,
            _ => self.status == 200,
        }
    }

    pub fn is_put_off(&self) -> bool {
        matches!(self.status, 429 | 503) && self.told_when
    }
}

struct Person {
    client: Client,
    address: String,
    token: String,
    asked: Vec<Asked>,
    /// Seconds to wait that the last answer named.
    told: Option<u64>,
}

/// All requests of one client until the time is over.
pub async fn run(address: String, token: String, number: usize, until: Instant) -> Result<Vec<Asked>> {
    // Not all in the same moment.
    tokio::time::sleep(PAUSE.mul_f64(number as f64 / 20.0)).await;
    let mut person = Person {
        client: Client::new(),
        address,
        token,
        asked: Vec::new(),
        told: None,
    };
    let mut copy = 0;
    while Instant::now() < until {
        let bytes = document(number, copy)?;
        copy += 1;
        let part = Part::bytes(bytes).file_name(format!("van-ban-{number}-{copy}.pdf"));
        let upload = person
            .client
            .post(person.url("/documents"))
            .multipart(Form::new().part("file", part));
        let Some(answer) = person.ask(Kind::Upload, upload).await else {
            // As told, or a while: whoever comes back at once is no help.
            let wait = Duration::from_secs(person.told.take().unwrap_or(5));
            tokio::time::sleep(wait.min(until.saturating_duration_since(Instant::now()))).await;
            continue;
        };
        let id = text(&answer, "id")?;
        person.follow(&id, until).await?;
    }
    Ok(person.asked)
}

impl Person {
    fn url(&self, path: &str) -> String {
        format!("{}/api/v1{path}", self.address)
    }

    async fn get(&mut self, kind: Kind, path: &str) -> Option<Value> {
        let request = self.client.get(self.url(path));
        self.ask(kind, request).await
    }

    /// The answer where it is as meant; null where it is no JSON.
    async fn ask(&mut self, kind: Kind, request: RequestBuilder) -> Option<Value> {
        let began = Instant::now();
        let answered = request.bearer_auth(&self.token).send().await;
        let (mut status, mut told, mut body) = (0, None, Vec::new());
        if let Ok(response) = answered {
            let seconds = response.headers().get(RETRY_AFTER);
            told = seconds.and_then(|s| s.to_str().ok()?.parse().ok());
            let answer = response.status().as_u16();
            if let Ok(bytes) = response.bytes().await {
                (status, body) = (answer, bytes.to_vec());
            }
        }
        let asked = Asked {
            kind,
            status,
            took: began.elapsed(),
            told_when: told.is_some(),
            ready: false,
        };
        self.told = told;
        let good = asked.is_good();
        if !good && !asked.is_put_off() {
            eprintln!("{kind:?}: {status} {}", String::from_utf8_lossy(&body));
        }
        self.asked.push(asked);
        good.then(|| serde_json::from_slice(&body).unwrap_or(Value::Null))
    }

    /// Asks for a document until it is read, then for what a person would look at.
    async fn follow(&mut self, id: &str, until: Instant) -> Result<()> {
        let mut turn = 0;
        while Instant::now() < until {
            tokio::time::sleep(PAUSE).await;
            turn += 1;
            if turn % LIST_EVERY == 0 {
                self.get(Kind::List, "/documents").await;
            }
            let Some(document) = self.get(Kind::Document, &format!("/documents/{id}")).await else {
                continue;
            };
            if document["state"] != "ready" {
                continue;
            }
            if let Some(last) = self.asked.last_mut() {
                last.ready = true;
            }
            self.get(Kind::Page, &format!("/documents/{id}/pages/1/image"))
                .await;
            if let Some(rubric) = document["rubrics"][0]["id"].as_str() {
                self.get(Kind::Rubric, &format!("/rubrics/{rubric}")).await;
            }
            break;
        }
        Ok(())
    }
}

/// A document of its own for each client and turn: every fourth a scan, the others with a text layer. What follows a PDF's
/// last line is a comment to every reader.
fn document(client: usize, copy: usize) -> Result<Vec<u8>> {
    let name = match (client + copy) % 4 {
        0 => "an_giang_bang_3--serif--office200.pdf",
        1 => "an_giang_bang_3--serif.pdf",
        2 => "nga_nam--serif.pdf",
        _ => "lao_cai_decision--serif.pdf",
    };
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/scans")
        .join(name);
    let mut bytes = std::fs::read(&path).with_context(|| path.display().to_string())?;
    bytes.extend_from_slice(format!("\n% {client} {copy}\n").as_bytes());
    Ok(bytes)
}

/// How many documents the server has.
pub async fn documents(address: &str, token: &str) -> Result<usize> {
    let (client, mut count) = (Client::new(), 0);
    let mut before = None::<String>;
    loop {
        let from = before.map(|id| format!("&before={id}")).unwrap_or_default();
        let list: Value = client
            .get(format!("{address}/api/v1/documents?limit=200{from}"))
            .bearer_auth(token)
            .send()
            .await?
            .error_for_status()?
            .json()
            .await?;
        count += list["documents"].as_array().context("no list")?.len();
        match list["next"].as_str() {
            Some(next) => before = Some(next.to_owned()),
            None => return Ok(count),
        }
    }
}

fn text(answer: &Value, name: &str) -> Result<String> {
    let text = answer[name].as_str();
    Ok(text.with_context(|| format!("no {name} in {answer}"))?.to_owned())
}
