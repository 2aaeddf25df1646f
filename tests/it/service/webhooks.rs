//! Others outside are told, signed, again and again until they take it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ring::hmac;
use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;
use tokio::sync::Notify;

use super::office::{Office, Play, Rules};

const HOOKS: &str = "/api/v1/webhooks";

/// A receiver on a port of this machine, which answers as it is told.
struct Receiver {
    url: String,
    heard: Arc<Heard>,
}

#[derive(Default)]
struct Heard {
    messages: Mutex<Vec<(HeaderMap, String)>>,
    answers: Mutex<Vec<u16>>,
    news: Notify,
}

impl Receiver {
    /// The answers are given in turn, after them 204.
    async fn open(answers: &[u16]) -> Self {
        let heard = Arc::new(Heard {
            answers: Mutex::new(answers.to_vec()),
            ..Heard::default()
        });
        let router = axum::Router::new().fallback(take).with_state(heard.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!(
            "http://127.0.0.1:{}/hooks?for=sohoa",
            listener.local_addr().unwrap().port()
        );
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, heard }
    }

    /// Waits until so many messages have come.
    async fn messages(&self, count: usize) -> Vec<(HeaderMap, String)> {
        let come = async {
            loop {
                let messages = self.heard.messages.lock().unwrap().clone();
                if messages.len() >= count {
                    return messages;
                }
                self.heard.news.notified().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), come).await.unwrap()
    }
}

async fn take(State(heard): State<Arc<Heard>>, headers: HeaderMap, body: String) -> impl IntoResponse {
    let mut answers = heard.answers.lock().unwrap();
    let status = if answers.is_empty() {
        204
    } else {
        answers.remove(0)
    };
    heard.messages.lock().unwrap().push((headers, body));
    heard.news.notify_one();
    (
        StatusCode::from_u16(status).unwrap(),
        [("location", "/elsewhere")],
    )
}

async fn hook(office: &Office, url: &str, kinds: &[&str]) -> (String, String) {
    let answer = office
        .ask("sep", "POST", HOOKS, json!({"url": url, "kinds": kinds}))
        .await;
    assert_eq!(answer.status, StatusCode::CREATED, "{:?}", answer.json());
    let made = answer.json();
    (
        made["id"].as_str().unwrap().to_owned(),
        made["secret"].as_str().unwrap().to_owned(),
    )
}

/// The log of a webhook, once its newest message has been tried so often, the last time just now.
async fn tried(office: &Office, hook: &str, attempts: u32) -> Value {
    let path = format!("{HOOKS}/{hook}/deliveries");
    let now = office.clock.lock().unwrap().format(&Rfc3339).unwrap();
    let there = async {
        loop {
            let log = office.get("sep", &path).await.json();
            let newest = &log["deliveries"][0];
            if newest["attempts"] == attempts && newest["tried_at"] == now.as_str() {
                return log["deliveries"].clone();
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), there)
        .await
        .unwrap()
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers[name].to_str().unwrap()
}

#[tokio::test]
async fn messages_are_signed_as_the_standard_has_it_and_tell_who_did_what() {
    let office = Office::open(Rules::default()).await;
    let receiver = Receiver::open(&[]).await;
    let kinds = [
        "document.ready",
        "rubric.submitted",
        "rubric.returned",
        "rubric.confirmed",
    ];
    let (_, secret) = hook(&office, &receiver.url, &kinds).await;
    let (document, rubric) = office.read_document().await;
    let (headers, body) = receiver.messages(1).await.remove(0);
    let message: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(message["type"], "document.ready");
    assert_eq!(message["timestamp"], "2024-03-26T00:00:00.000Z");
    assert_eq!(
        (
            &message["data"]["document"]["id"],
            &message["data"]["document"]["number"]
        ),
        (&json!(document), &json!("1420/KH-UBND"))
    );
    assert_eq!(header(&headers, "content-type"), "application/json");
    assert_eq!(header(&headers, "webhook-timestamp"), "1711411200");
    let key = BASE64_STANDARD
        .decode(secret.strip_prefix("whsec_").unwrap())
        .unwrap();
    let signed = format!("{}.1711411200.{body}", header(&headers, "webhook-id"));
    let signature = header(&headers, "webhook-signature").strip_prefix("v1,").unwrap();
    let signature = BASE64_STANDARD.decode(signature).unwrap();
    let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
    hmac::verify(&key, signed.as_bytes(), &signature).unwrap();

    // An edit is no news outside; what comes of the rubric is.
    let path = format!("/api/v1/rubrics/{rubric}");
    let edit = json!({"edits": [{"criterion": "I.1", "field": "max_score", "value": "1,5"}]});
    office.patch("hoa", &path, "\"1\"", edit).await;
    for (who, step, body) in [
        ("hoa", "submit", Value::Null),
        ("lan", "return", json!({"comment": "xem lại"})),
        ("hoa", "submit", Value::Null),
        ("lan", "confirm", Value::Null),
    ] {
        let answer = office.ask(who, "POST", &format!("{path}/{step}"), body).await;
        assert_eq!(answer.status, StatusCode::OK, "{:?}", answer.json());
    }
    let told: Vec<(String, String, u64)> = receiver.messages(5).await[1..]
        .iter()
        .map(|(_, body)| {
            let message: Value = serde_json::from_str(body).unwrap();
            let rubric = &message["data"]["rubric"];
            (
                message["type"].as_str().unwrap().to_owned(),
                rubric["by"].as_str().unwrap().to_owned(),
                rubric["version"].as_u64().unwrap(),
            )
        })
        .collect();
    let mut told = told;
    told.sort_by_key(|(_, _, version)| *version);
    let expect = [
        ("rubric.submitted", "hoa", 3),
        ("rubric.returned", "lan", 4),
        ("rubric.submitted", "hoa", 5),
        ("rubric.confirmed", "lan", 6),
    ];
    assert_eq!(
        told,
        expect.map(|(kind, by, version)| (kind.to_owned(), by.to_owned(), version))
    );
}

#[tokio::test]
async fn what_is_not_taken_is_sent_again_with_the_same_id_and_redirects_are_not_followed() {
    let office = Office::open(Rules::default()).await;
    let receiver = Receiver::open(&[500, 302]).await;
    let (hook, _) = hook(&office, &receiver.url, &["document.failed"]).await;
    office.script.then(Play::Refuse);
    let document = office.document(b"%PDF-1.7 one").await;
    office.follow(&document).await;
    // At once; after 5 seconds and a fifth at the most; then after 5 minutes.
    let mut log = Value::Null;
    for (seconds, attempts, status, state) in [
        (0, 1, 500, "pending"),
        (6, 2, 302, "pending"),
        (360, 3, 204, "delivered"),
    ] {
        *office.clock.lock().unwrap() += Duration::from_secs(seconds);
        office.wake_sender();
        log = tried(&office, &hook, attempts).await;
        let found = (&log[0]["kind"], &log[0]["status"], &log[0]["state"]);
        assert_eq!(found, (&json!("document.failed"), &json!(status), &json!(state)));
    }
    assert_eq!(log.as_array().unwrap().len(), 1);
    let messages = receiver.messages(3).await;
    let ids: Vec<&str> = messages
        .iter()
        .map(|(headers, _)| header(headers, "webhook-id"))
        .collect();
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");

    // By hand it goes once more.
    let number = log[0]["id"].as_i64().unwrap();
    let again = office
        .ask(
            "sep",
            "POST",
            &format!("{HOOKS}/{hook}/deliveries/{number}/redeliver"),
            Value::Null,
        )
        .await;
    assert_eq!(again.status, StatusCode::ACCEPTED);
    assert_eq!(receiver.messages(4).await.len(), 4);
}

#[tokio::test]
async fn who_takes_nothing_for_days_or_is_gone_is_told_no_more() {
    let office = Office::open(Rules::default()).await;
    let gone = Receiver::open(&[410]).await;
    let (gone_hook, _) = hook(&office, &gone.url, &["document.ready"]).await;
    let failing = Receiver::open(&[500; 20]).await;
    let (failing_hook, _) = hook(&office, &failing.url, &["document.ready"]).await;
    office.read_document().await;
    let log = tried(&office, &gone_hook, 1).await;
    assert_eq!(log[0]["status"], 410);
    for attempts in 1..=6 {
        tried(&office, &failing_hook, attempts).await;
        if attempts < 6 {
            *office.clock.lock().unwrap() += Duration::from_secs(86_400);
            office.wake_sender();
        }
    }
    let state = async |id: &str| {
        let list = office.get("sep", HOOKS).await.json();
        let hooks = list["webhooks"].as_array().unwrap().clone();
        hooks.into_iter().find(|hook| hook["id"] == id).unwrap()
    };
    // The switch comes right after the try that it comes of.
    let off = async |id: &str| {
        while state(id).await["disabled_at"].is_null() {
            tokio::task::yield_now().await;
        }
        state(id).await["disabled_why"].clone()
    };
    let why = off(&failing_hook).await;
    assert!(why.as_str().unwrap().contains("5 days"), "{why}");
    let why = off(&gone_hook).await;
    assert!(why.as_str().unwrap().contains("410"), "{why}");

    // Nothing more is written for them, until they are switched on.
    office.document(b"%PDF-1.7 two").await;
    let log = office
        .get("sep", &format!("{HOOKS}/{gone_hook}/deliveries"))
        .await
        .json();
    assert_eq!(log["deliveries"].as_array().unwrap().len(), 1);
    let on = office
        .ask(
            "sep",
            "PATCH",
            &format!("{HOOKS}/{gone_hook}"),
            json!({"enabled": true}),
        )
        .await;
    assert_eq!(on.json()["disabled_at"], Value::Null);
    let removed = office
        .ask("sep", "DELETE", &format!("{HOOKS}/{failing_hook}"), Value::Null)
        .await;
    assert_eq!(removed.status, StatusCode::NO_CONTENT);
    assert_eq!(
        office
            .get("sep", &format!("{HOOKS}/{failing_hook}/deliveries"))
            .await
            .problem(),
        (404, "not_found".into())
    );
}

#[tokio::test]
async fn a_webhook_leads_outside_or_where_the_configuration_says() {
    let office = Office::open(Rules::default()).await;
    let add = async |who: &str, url: &str, kinds: Value| {
        let answer = office
            .ask(who, "POST", HOOKS, json!({"url": url, "kinds": kinds}))
            .await;
        answer.problem()
    };
    // Only 127.0.0.1 is allowed here by name.
    for url in [
        "https://localhost/",
        "https://[::1]/",
        "https://169.254.169.254/latest/meta-data",
        "https://10.0.0.1/",
        "https://0x7f.1/",
        "http://example.org/",
        "file:///etc/passwd",
        "https://name:word@example.org/",
        "",
    ] {
        assert_eq!(
            add("sep", url, json!(["document.ready"])).await,
            (422, "unreachable".into()),
            "{url}"
        );
    }
    assert_eq!(
        add("sep", "http://127.0.0.1/", json!([])).await,
        (400, "bad_request".into())
    );
    assert_eq!(
        add("sep", "http://127.0.0.1/", json!(["all"])).await,
        (400, "bad_request".into())
    );
    assert_eq!(
        add("lan", "http://127.0.0.1/", json!(["document.ready"])).await,
        (403, "forbidden".into())
    );
    // A list never shows a secret.
    let (_, secret) = hook(&office, "http://127.0.0.1:1/", &["document.ready"]).await;
    let list = office.get("sep", HOOKS).await;
    assert!(!String::from_utf8_lossy(&list.body).contains(&secret));
}
