//! A whole service in this process, with a parser that does as the test says.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use axum::{Router, response::Response};
use futures::StreamExt;
use serde_json::Value;
use sohoa::domain::{
    Confidence, Criterion, CriterionKind, Document, Field, Metadata, PageNo, PageOutcome, PageSummary,
    PixelBox, Provenance, Reader, Rotation, Rubric, Score, Source, Table, Verdict,
};
use sohoa::exec::{Cancel, Event, ExecError, Parsed};
use sohoa::http::{Access, App, AppParts, Cookies, Demo, Settings, router};
use sohoa::jobs::{Engine, Parser, Parts, Policy, Running};
use sohoa::stages::export::json;
use sohoa::store::{
    Credentials, DataFolder, NewToken, NewUser, Password, People, Role, Scopes, SqliteStore, Store, TokenHash,
};
use tempfile::TempDir;
use time::OffsetDateTime;
use tokio::sync::watch;
use tower::ServiceExt;

/// Longer than anything here takes; only a broken program waits so long.
const DEADLINE: Duration = Duration::from_secs(60);

/// What the parser does with the next document.
pub enum Play {
    Read,
    /// Reads page 1, then waits for [`Office::go_on`] or for being stopped.
    Wait,
    Refuse,
    Crash,
    /// Reads this.
    Give(Box<Document>),
}

/// The office's rules, where they differ from the usual.
pub struct Rules {
    pub access: Access,
    pub most_bytes: u64,
    pub least_free: u64,
    pub policy: Policy,
    pub cookies: Cookies,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            access: Access::Accounts,
            most_bytes: 1 << 20,
            least_free: 0,
            policy: Policy {
                workers: 1,
                back_off: Duration::ZERO,
                ..Policy::default()
            },
            cookies: Cookies::Plain,
        }
    }
}

impl Rules {
    pub fn demo() -> Self {
        let demo = Demo::at("127.0.0.1:8080".parse().unwrap()).unwrap();
        Self {
            access: Access::Demo(demo),
            ..Self::default()
        }
    }
}

pub struct Office {
    pub folder: Arc<TempDir>,
    pub store: Arc<dyn Store>,
    pub data: Arc<DataFolder>,
    pub script: Arc<Script>,
    pub clock: Arc<Mutex<OffsetDateTime>>,
    pub stopping: watch::Sender<bool>,
    router: Router,
    running: Running,
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|e| panic!("{} {e}: {:?}", self.status, String::from_utf8_lossy(&self.body)))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |v| v.to_str().unwrap())
    }

    /// The code of a problem response, whose shape is checked in passing.
    pub fn problem(&self) -> (u16, String) {
        assert_eq!(
            self.header("content-type"),
            "application/problem+json",
            "{:?}",
            self.json()
        );
        let problem = self.json();
        for field in ["type", "title", "detail", "code", "title_vi", "detail_vi"] {
            assert!(
                problem[field].as_str().is_some_and(|s| !s.is_empty()),
                "{field} in {problem}"
            );
        }
        assert_eq!(problem["status"], self.status.as_u16());
        assert_eq!(
            problem["type"],
            format!("urn:sohoa:problem:{}", problem["code"].as_str().unwrap())
        );
        (self.status.as_u16(), problem["code"].as_str().unwrap().to_owned())
    }
}

impl Office {
    pub async fn open(rules: Rules) -> Self {
        Self::open_in(
            Arc::new(tempfile::tempdir().unwrap()),
            rules,
            Arc::new(Script::default()),
        )
        .await
    }

    /// Opens on a folder that an earlier office may have left.
    pub async fn open_in(folder: Arc<TempDir>, rules: Rules, script: Arc<Script>) -> Self {
        let data = Arc::new(DataFolder::open(folder.path()).unwrap());
        let store = SqliteStore::open(&data.database()).await.unwrap();
        let now = OffsetDateTime::from_unix_timestamp(1_711_411_200).unwrap();
        let hash = Password::new("đủ dài để dùng").hash().unwrap();
        for (name, role) in [
            ("hoa", Role::Clerk),
            ("lan", Role::Maintainer),
            ("minh", Role::Maintainer),
            ("sep", Role::Admin),
        ] {
            if store.user(name).await.unwrap().is_none() {
                let user = NewUser {
                    name,
                    role,
                    password_hash: &hash,
                };
                store.add_user(user, now).await.unwrap();
                store
                    .add_token(
                        NewToken {
                            token: &TokenHash::of(&token(name)),
                            user: name,
                            label: "test",
                            scopes: &Scopes::of_role(role),
                            expires: None,
                        },
                        now,
                    )
                    .await
                    .unwrap();
            }
        }
        let store: Arc<dyn Store> = Arc::new(store);
        let time = Arc::new(Mutex::new(now));
        let clock: sohoa::jobs::Clock = {
            let time = time.clone();
            Arc::new(move || *time.lock().unwrap())
        };
        let ids: sohoa::jobs::Ids = Arc::new(|| uuid::Uuid::now_v7().to_string());
        let engine = Engine::new(Parts {
            store: store.clone(),
            data: data.clone(),
            parser: script.clone(),
            policy: rules.policy,
            clock: clock.clone(),
            ids: ids.clone(),
        });
        let (stopping, is_stopping) = watch::channel(false);
        let app = App::new(AppParts {
            store: store.clone(),
            data: data.clone(),
            engine: engine.clone(),
            settings: Settings {
                access: rules.access,
                cookies: rules.cookies,
                most_bytes: rules.most_bytes,
                least_free: rules.least_free,
                session: Duration::from_secs(3600),
                session_idle: Duration::from_secs(1800),
                parts: sohoa::pipeline::Parts {
                    pdfium: folder.path().join("libpdfium.so"),
                    tessdata: folder.path().to_owned(),
                    phrases: None,
                },
            },
            clock,
            ids,
            stopping: is_stopping,
        });
        app.recall().await.unwrap();
        let running = engine.start().await.unwrap();
        Self {
            folder,
            store,
            data,
            script,
            clock: time,
            stopping,
            router: router(app),
            running,
        }
    }

    /// Stops in order, as on a signal, and leaves the folder.
    pub async fn close(self) -> (Arc<TempDir>, Arc<Script>) {
        self.running.stop().await;
        self.store.close().await;
        (self.folder, self.script)
    }

    pub fn go_on(&self) {
        self.script.go_on();
    }

    pub async fn response(&self, request: Request<Body>) -> Response {
        self.router.clone().oneshot(request).await.unwrap()
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.response(request).await;
        let (parts, body) = response.into_parts();
        let body = tokio::time::timeout(DEADLINE, axum::body::to_bytes(body, 64 << 20))
            .await
            .unwrap()
            .unwrap();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: body.to_vec(),
        }
    }

    /// The answer to a request, without the body where it is no problem: some bodies go on for as long as one listens.
    pub async fn head_of(&self, request: Request<Body>) -> Answer {
        let response = self.response(request).await;
        let is_problem = response
            .headers()
            .get(header::CONTENT_TYPE)
            .is_some_and(|kind| kind == "application/problem+json");
        let (parts, body) = response.into_parts();
        let body = match is_problem {
            true => axum::body::to_bytes(body, 64 << 10).await.unwrap().to_vec(),
            false => Vec::new(),
        };
        Answer {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }

    /// A request in the name of somebody with a token; `body` is JSON unless it is null.
    pub async fn ask(&self, who: &str, method: &str, path: &str, body: Value) -> Answer {
        self.send(request(who, method, path, &[], body)).await
    }

    pub async fn get(&self, who: &str, path: &str) -> Answer {
        self.ask(who, "GET", path, Value::Null).await
    }

    /// PATCH with `If-Match`.
    pub async fn patch(&self, who: &str, path: &str, etag: &str, body: Value) -> Answer {
        self.send(request(who, "PATCH", path, &[("if-match", etag)], body))
            .await
    }

    pub async fn upload(&self, who: &str, file: &str, bytes: &[u8]) -> Answer {
        self.send(upload_request(who, file, bytes)).await
    }

    /// Uploads a new document and gives its id.
    pub async fn document(&self, bytes: &[u8]) -> String {
        let answer = self.upload("hoa", "quyết định.pdf", bytes).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{:?}", answer.json());
        answer.json()["id"].as_str().unwrap().to_owned()
    }

    /// Follows a document to its end; all events, each with its name and data.
    pub async fn follow(&self, id: &str) -> Vec<(String, Value)> {
        let mut events = self.events(id).await;
        let mut all = Vec::new();
        while let Some(event) = events.next().await {
            all.push(event);
        }
        all
    }

    /// The stream of a document's events, open until the server ends it.
    pub async fn events(&self, id: &str) -> Events {
        self.listen("hoa", &format!("/api/v1/documents/{id}/events"))
            .await
    }

    /// A stream of events, open until the server ends it.
    pub async fn listen(&self, who: &str, path: &str) -> Events {
        let response = self.response(request(who, "GET", path, &[], Value::Null)).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()[header::CONTENT_TYPE], "text/event-stream");
        Events {
            body: response.into_body().into_data_stream().boxed(),
            text: String::new(),
        }
    }

    /// A document that has been read, and its first rubric's id.
    pub async fn read_document(&self) -> (String, String) {
        let id = self.document(b"%PDF-1.7 one").await;
        let events = self.follow(&id).await;
        let (name, last) = events.last().unwrap();
        assert_eq!(name, "done", "{last}");
        let rubric = last["rubrics"][0]["id"].as_str().unwrap().to_owned();
        (id, rubric)
    }
}

/// Server-sent events, one after the other.
pub struct Events {
    body: futures::stream::BoxStream<'static, Result<axum::body::Bytes, axum::Error>>,
    text: String,
}

impl Events {
    /// The next event; `None` when the server has ended the stream.
    pub async fn next(&mut self) -> Option<(String, Value)> {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let field = |name: &str| {
                    let line = event.lines().find_map(|l| l.strip_prefix(name));
                    line.map(|l| l.trim_start_matches(':').trim().to_owned())
                };
                let parsed = field("event").zip(field("data"));
                self.text = rest.to_owned();
                if let Some((name, data)) = parsed {
                    return Some((name, serde_json::from_str(&data).unwrap()));
                }
                continue;
            }
            let piece = tokio::time::timeout(DEADLINE, self.body.next()).await.unwrap()?;
            self.text.push_str(std::str::from_utf8(&piece.unwrap()).unwrap());
        }
    }
}

pub fn token(name: &str) -> String {
    format!("token-of-{name}")
}

/// `who` is a person with a token; empty: nobody.
pub fn request(who: &str, method: &str, path: &str, headers: &[(&str, &str)], body: Value) -> Request<Body> {
    let mut request = Request::builder()
        .method(Method::from_bytes(method.as_bytes()).unwrap())
        .uri(path);
    if !who.is_empty() {
        request = request.header(header::AUTHORIZATION, format!("Bearer {}", token(who)));
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    if body.is_null() {
        return request.body(Body::empty()).unwrap();
    }
    request
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(body.to_string()))
        .unwrap()
}

pub fn upload_request(who: &str, file: &str, bytes: &[u8]) -> Request<Body> {
    let mut form = format!(
        "--frontier\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nfirst\r\n--frontier\r\n\
         Content-Disposition: form-data; name=\"file\"; filename=\"{file}\"\r\nContent-Type: text/html\r\n\r\n"
    )
    .into_bytes();
    form.extend_from_slice(bytes);
    form.extend_from_slice(b"\r\n--frontier--\r\n");
    let mut request = request(who, "POST", "/api/v1/documents", &[("x-sohoa", "1")], Value::Null);
    let kind = "multipart/form-data; boundary=frontier".parse().unwrap();
    request.headers_mut().insert(header::CONTENT_TYPE, kind);
    *request.body_mut() = Body::from(form);
    request
}

/// The scripted parser.
#[derive(Default)]
pub struct Script {
    plays: Mutex<VecDeque<Play>>,
    gate: Mutex<Gate>,
    change: Condvar,
}

#[derive(Default, PartialEq)]
enum Gate {
    #[default]
    Shut,
    Open,
}

impl Script {
    pub fn then(&self, play: Play) {
        self.plays.lock().unwrap().push_back(play);
    }

    fn go_on(&self) {
        *self.gate.lock().unwrap() = Gate::Open;
        self.change.notify_all();
    }

    /// Until the gate opens, or somebody throws the switch.
    fn wait(&self, cancel: &Cancel) -> Result<(), ExecError> {
        let mut gate = self.gate.lock().unwrap();
        while *gate == Gate::Shut {
            if cancel.is_cancelled() {
                return Err(ExecError::Cancelled);
            }
            gate = self
                .change
                .wait_timeout(gate, Duration::from_millis(10))
                .unwrap()
                .0;
        }
        Ok(())
    }
}

impl Parser for Script {
    fn parse(
        &self,
        input: &Path,
        file_name: &str,
        work: &Path,
        on_event: &mut dyn FnMut(Event),
        cancel: &Cancel,
    ) -> Result<Parsed, ExecError> {
        let mut play = self.plays.lock().unwrap().pop_front().unwrap_or(Play::Read);
        match &mut play {
            Play::Refuse => {
                return Err(ExecError::Refused {
                    code: "encrypted".into(),
                    message_vi: "tệp có mật khẩu".into(),
                    message_en: "the file has a password".into(),
                });
            }
            Play::Crash => return Err(ExecError::Crashed { signal: Some(11) }),
            Play::Read | Play::Wait | Play::Give(_) => {}
        }
        assert!(input.is_file(), "the upload is there before its job");
        on_event(Event::Opened {
            sha256: String::new(),
            pages: 2,
        });
        let pages = work.join("pages");
        std::fs::create_dir_all(&pages).unwrap();
        for number in 1..=2 {
            let kept = pages.join(format!("{number:04}.jpg")).exists();
            std::fs::write(pages.join(format!("{number:04}.jpg")), b"\xff\xd8\xff\xe0 page").unwrap();
            let page = PageNo::new(number).unwrap();
            on_event(Event::PageDone {
                page,
                outcome: PageOutcome::Ok,
                kept,
            });
            if number == 1 && matches!(play, Play::Wait) {
                self.wait(cancel)?;
            }
        }
        let document: PathBuf = work.join("document.json");
        let read = match play {
            Play::Give(document) => *document,
            _ => decision(file_name),
        };
        std::fs::write(&document, json::write(&read).unwrap()).unwrap();
        Ok(Parsed {
            document,
            files: Vec::new(),
            images: Vec::new(),
            failed: Vec::new(),
            peak_memory: 0,
        })
    }
}

/// A decision of two pages with one table: a section of 5 points over criteria of 2 and 3, the 3 doubtful.
pub fn decision(file: &str) -> Document {
    let page = |number| PageSummary {
        page: PageNo::new(number).unwrap(),
        verdict: Verdict::None,
        reason: "không có lớp chữ".into(),
        width: 2480,
        height: 3508,
        rotation: Rotation::None,
        outcome: PageOutcome::Ok,
        notes: Vec::new(),
    };
    let header = ["STT", "NỘI DUNG", "ĐIỂM"].map(String::from);
    let rows = [
        ["I", "Công tác chỉ đạo", "5"],
        ["1", "Kế hoạch", "2"],
        ["2", "Báo cáo", "3"],
    ];
    let rows: Vec<Vec<String>> = rows
        .iter()
        .map(|r| r.iter().map(|c| (*c).to_owned()).collect())
        .collect();
    Document {
        source: Source {
            file: file.into(),
            sha256: "ab".into(),
            pages: 2,
        },
        metadata: Metadata {
            number: Some("1420/KH-UBND".into()),
            title: Some("Thang điểm thi đua".into()),
            ..Metadata::default()
        },
        text: "Thang điểm thi đua".into(),
        pages: vec![page(1), page(2)],
        tables: vec![Table::from_texts(&header, &rows)],
        rubrics: vec![Rubric {
            title: "Bảng số 3".into(),
            max_score: Some(score("5")),
            criteria: vec![
                criterion("I", None, CriterionKind::Section, "Công tác chỉ đạo", "5"),
                criterion("I.1", Some("I"), CriterionKind::Criterion, "Kế hoạch", "2"),
                criterion("I.2", Some("I"), CriterionKind::Criterion, "Báo cáo", "3"),
            ],
            ..Rubric::default()
        }],
        ..Document::default()
    }
}

pub fn criterion(id: &str, parent: Option<&str>, kind: CriterionKind, title: &str, max: &str) -> Criterion {
    let doubtful = id == "I.2";
    Criterion {
        id: id.into(),
        parent: parent.map(Into::into),
        number: id.rsplit('.').next().unwrap().into(),
        kind,
        title: title.into(),
        max_score: Some(score(max)),
        bonus: None,
        deduction: None,
        rules: Vec::new(),
        evidence: String::new(),
        data_items: Vec::new(),
        period: None,
        method: None,
        notes: String::new(),
        self_score: None,
        verified_score: None,
        provenance: vec![Provenance {
            field: Field::MaxScore,
            page: PageNo::FIRST,
            bbox: PixelBox::new(1700, 900, 1760, 940),
            raw: max.into(),
            confidence: Confidence::new(if doubtful { 0.5 } else { 0.99 }),
            readers: vec![Reader::Tesseract, Reader::LineReader],
            candidates: if doubtful {
                vec!["3".into(), "8".into()]
            } else {
                Vec::new()
            },
            restored_by: None,
            doubtful,
        }],
    }
}

fn score(text: &str) -> Score {
    Score::parse_vietnamese(text).unwrap()
}
