//! A whole service in this process, with a parser that does as the test says.

use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use axum::{Router, response::Response};
use futures::StreamExt;
use serde_json::Value;
use sohoa::http::{Access, AllowedHosts, App, AppParts, Cookies, Demo, Provider, Settings, router};
use sohoa::jobs::{Engine, Neighbours, Parts, Policy, Running};
use sohoa::store::{DataFolder, NewToken, NewUser, Password, Role, Scopes, Store, TokenHash};
use tempfile::TempDir;
use time::OffsetDateTime;
use tokio::sync::watch;
use tower::ServiceExt;

pub use super::script::{Play, Script, decision};

/// Longer than anything here takes; only a broken program waits so long.
const DEADLINE: Duration = Duration::from_secs(60);

/// The office's rules, where they differ from the usual.
pub struct Rules {
    pub access: Access,
    pub most_bytes: u64,
    pub least_free: u64,
    pub most_waiting: u64,
    pub policy: Policy,
    pub cookies: Cookies,
    /// Whose `X-Forwarded-For` is believed.
    pub proxies: Vec<IpAddr>,
    /// Where people sign in besides.
    pub provider: Option<Provider>,
    /// The address of a PostgreSQL database; without one, SQLite.
    pub database: Option<String>,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            access: Access::Accounts,
            most_bytes: 1 << 20,
            least_free: 0,
            most_waiting: u64::MAX,
            policy: Policy {
                workers: 1,
                back_off: Duration::ZERO,
                ..Policy::default()
            },
            cookies: Cookies::Plain,
            proxies: Vec::new(),
            provider: None,
            database: None,
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
    app: App,
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
        let store = sohoa::store::open(folder.path(), rules.database.as_deref())
            .await
            .unwrap();
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
        let time = Arc::new(Mutex::new(now));
        let clock: sohoa::jobs::Clock = {
            let time = time.clone();
            Arc::new(move || *time.lock().unwrap())
        };
        let ids: sohoa::jobs::Ids = Arc::new(|| uuid::Uuid::now_v7().to_string());
        let engine = Engine::new(Parts {
            name: "office".to_owned(),
            neighbours: match rules.database {
                Some(_) => Neighbours::Possible,
                None => Neighbours::None,
            },
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
                proxies: rules.proxies,
                most_bytes: rules.most_bytes,
                least_free: rules.least_free,
                most_waiting: rules.most_waiting,
                session: Duration::from_secs(3600),
                session_idle: Duration::from_secs(1800),
                webhooks: AllowedHosts::new(["127.0.0.1".to_owned()]),
                parts: sohoa::pipeline::Parts {
                    pdfium: folder.path().join("libpdfium.so"),
                    tessdata: folder.path().to_owned(),
                    phrases: None,
                    dictionary: String::new(),
                },
            },
            provider: rules.provider,
            clock,
            ids,
            stopping: is_stopping,
        });
        app.recall().await.unwrap();
        let sender = app.sender(Arc::new(|| 0.5)).unwrap();
        tokio::spawn(sender.run(stopping.subscribe()));
        let running = engine.start().await.unwrap();
        Self {
            folder,
            store,
            data,
            script,
            clock: time,
            stopping,
            router: router(app.clone()),
            app,
            running,
        }
    }

    /// Stops in order, as on a signal, and leaves the folder.
    pub async fn close(self) -> (Arc<TempDir>, Arc<Script>) {
        self.running.stop().await;
        self.store.close().await;
        (self.folder, self.script)
    }

    /// Has the outbox of webhooks looked at now.
    pub fn wake_sender(&self) {
        self.app.wake_sender();
    }

    pub fn go_on(&self) {
        self.script.go_on();
    }

    /// The same service on a port of this machine; gives its address.
    pub async fn listen_on_a_port(&self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        self.listen_on(listener);
        address
    }

    pub fn listen_on(&self, listener: tokio::net::TcpListener) {
        let router = self.router.clone();
        tokio::spawn(async move { axum::serve(listener, router).await });
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
