//! A provider whose word is not to be believed. It is made here, since a real one says nothing wrong; its tokens are
//! signed by the key that it shows, unless a test says otherwise.

use std::sync::{Arc, Mutex};

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;
use ring::signature::{Ed25519KeyPair, KeyPair};
use serde_json::{Value, json};
use sohoa::http::Provider;
use time::OffsetDateTime;
use tokio::net::TcpListener;

use super::super::office::{Office, Rules};
use super::place::{Browser, Terms, destination, refused, settings};

/// What the provider answers, by path.
#[derive(Default)]
struct Answers {
    configuration: Value,
    keys: Value,
    tokens: Value,
    /// In place of its configuration.
    odd: Option<Response>,
    /// Requests so far.
    asked: Vec<&'static str>,
}

type Shared = Arc<Mutex<Answers>>;

struct Forger {
    address: String,
    answers: Shared,
    key: Ed25519KeyPair,
}

impl Forger {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let key = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap();
        let configuration = json!({
            "issuer": address,
            "authorization_endpoint": format!("{address}/authorize"),
            "token_endpoint": format!("{address}/token"),
            "jwks_uri": format!("{address}/keys"),
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["EdDSA", "HS256", "none"],
        });
        let public = URL_SAFE_NO_PAD.encode(key.public_key());
        let answers = Shared::new(Mutex::new(Answers {
            configuration,
            keys: json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "x": public, "kid": "1", "use": "sig"}]}),
            ..Answers::default()
        }));
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(configuration_or_odd))
            .route("/keys", get(keys))
            .route("/token", post(tokens))
            .with_state(answers.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self {
            address,
            answers,
            key,
        }
    }

    fn signed(&self, header: &Value, claims: &Value) -> String {
        let body = unsigned(header, claims);
        let signature = self.key.sign(body.as_bytes());
        format!("{body}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

async fn configuration_or_odd(State(shared): State<Shared>) -> Response {
    let mut answers = shared.lock().unwrap();
    answers.asked.push("configuration");
    let odd = answers.odd.take();
    odd.unwrap_or_else(|| Json(answers.configuration.clone()).into_response())
}

async fn keys(State(shared): State<Shared>) -> Json<Value> {
    let mut answers = shared.lock().unwrap();
    answers.asked.push("keys");
    Json(answers.keys.clone())
}

async fn tokens(State(shared): State<Shared>) -> Json<Value> {
    let mut answers = shared.lock().unwrap();
    answers.asked.push("tokens");
    Json(answers.tokens.clone())
}

fn unsigned(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}", part(header), part(claims))
}

/// An office that trusts the forger, on a port.
async fn office(forger: &Forger) -> (Office, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let settings = settings(&forger.address, &address, &Terms::default());
    let office = Office::open(Rules {
        provider: Some(Provider::new(settings).unwrap()),
        ..Rules::default()
    })
    .await;
    office.listen_on(listener);
    (office, address)
}

/// Begins a sign-in, has the forger answer what `token` makes of the right claims, and comes back.
async fn outcome(
    forger: &Forger,
    (address, now): (&str, OffsetDateTime),
    token: impl Fn(&Forger, Value) -> Value,
    more: &str,
) -> (u16, String) {
    let browser = Browser::new();
    let begun = browser.get(&format!("{address}/signin/provider")).await;
    let there = destination(&begun).unwrap();
    let asked = |name: &str| {
        let found = there.query_pairs().find(|(key, _)| key == name).unwrap();
        found.1.into_owned()
    };
    let claims = json!({
        "iss": forger.address,
        "sub": "1",
        "aud": "sohoa",
        "iat": now.unix_timestamp(),
        "exp": now.unix_timestamp() + 300,
        "nonce": asked("nonce"),
        "preferred_username": "thu",
        "roles": ["so-nhap"],
    });
    let mut tokens = json!({"access_token": "x", "token_type": "Bearer"});
    tokens["id_token"] = token(forger, claims);
    if tokens["id_token"].is_null() {
        tokens.as_object_mut().unwrap().remove("id_token");
    }
    forger.answers.lock().unwrap().tokens = tokens;
    let callback = format!(
        "{address}/signin/provider/callback?code=x&state={}{more}",
        asked("state")
    );
    let back = browser.get(&callback).await;
    match back.status().as_u16() {
        303 => (303, String::new()),
        _ => refused(back).await,
    }
}

fn eddsa() -> Value {
    json!({"alg": "EdDSA", "kid": "1"})
}

#[tokio::test]
async fn a_token_that_does_not_hold_lets_nobody_in() {
    let forger = Forger::start().await;
    let (office, address) = office(&forger).await;
    let now = *office.clock.lock().unwrap();
    let place = (address.as_str(), now);
    let right = |forger: &Forger, claims: Value| forger.signed(&eddsa(), &claims).into();
    let in_it_came = (303, String::new());
    assert_eq!(outcome(&forger, place, right, "").await, in_it_came);
    let own = format!("&iss={}", forger.address);
    assert_eq!(outcome(&forger, place, right, &own).await, in_it_came);

    let not_believed = (502, "provider_not_believed".to_owned());
    let other = "&iss=https://evil.example";
    assert_eq!(outcome(&forger, place, right, other).await, not_believed);
    let time = now.unix_timestamp();
    for (name, value) in [
        ("iss", json!("https://evil.example")),
        ("aud", json!("another")),
        ("aud", json!(["sohoa", "another"])),
        ("exp", json!(time)),
        ("nonce", json!("another")),
        ("nonce", Value::Null),
    ] {
        let changed = |forger: &Forger, mut claims: Value| {
            claims[name] = value.clone();
            forger.signed(&eddsa(), &claims).into()
        };
        assert_eq!(
            outcome(&forger, place, changed, "").await,
            not_believed,
            "{name} {value}"
        );
    }
    let by_another = |_: &Forger, claims: Value| {
        let body = unsigned(&eddsa(), &claims);
        let key = Ed25519KeyPair::from_seed_unchecked(&[8; 32]).unwrap();
        format!("{body}.{}", URL_SAFE_NO_PAD.encode(key.sign(body.as_bytes()))).into()
    };
    assert_eq!(outcome(&forger, place, by_another, "").await, not_believed);
    let altered = |forger: &Forger, claims: Value| {
        let token = forger.signed(&eddsa(), &claims);
        let signature = token.rsplit_once('.').unwrap().1;
        let mut more = claims;
        more["roles"] = json!(["so-truong"]);
        format!("{}.{signature}", unsigned(&eddsa(), &more)).into()
    };
    assert_eq!(outcome(&forger, place, altered, "").await, not_believed);
    // Who knows the client's secret is not yet the provider.
    let by_the_secret = |_: &Forger, claims: Value| {
        let body = unsigned(&json!({"alg": "HS256"}), &claims);
        let key = hmac::Key::new(hmac::HMAC_SHA256, "100% bi mat: a+b/c=d".as_bytes());
        format!(
            "{body}.{}",
            URL_SAFE_NO_PAD.encode(hmac::sign(&key, body.as_bytes()))
        )
        .into()
    };
    assert_eq!(outcome(&forger, place, by_the_secret, "").await, not_believed);
    let by_nobody =
        |_: &Forger, claims: Value| format!("{}.", unsigned(&json!({"alg": "none"}), &claims)).into();
    assert_eq!(outcome(&forger, place, by_nobody, "").await.0, 502);
    let none = |_: &Forger, _: Value| Value::Null;
    assert_eq!(outcome(&forger, place, none, "").await, not_believed);
    let names = office.store.users().await.unwrap();
    assert_eq!(
        names.iter().filter(|user| user.password_hash.is_none()).count(),
        1
    );
}

#[tokio::test]
async fn a_provider_is_not_followed_elsewhere_and_not_listened_to_for_ever() {
    let forger = Forger::start().await;
    let elsewhere = Forger::start().await;
    let (_office, address) = office(&forger).await;
    let begin = format!("{address}/signin/provider");
    let unreachable = (502, "provider_unreachable".to_owned());
    let there = format!("{}/.well-known/openid-configuration", elsewhere.address);
    let foreign = json!({"issuer": "https://evil.example"});
    let long = format!("{{\"issuer\": \"{}\"}}", "x".repeat(2 << 20));
    for odd in [
        (StatusCode::FOUND, [(header::LOCATION, there)]).into_response(),
        ([(header::CONTENT_TYPE, "application/json")], long).into_response(),
        Json(foreign).into_response(),
        "<html>".into_response(),
        StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    ] {
        let words = format!("{odd:?}");
        forger.answers.lock().unwrap().odd = Some(odd);
        let answer = Browser::new().get(&begin).await;
        assert_eq!(refused(answer).await, unreachable, "{words}");
    }
    assert_eq!(elsewhere.answers.lock().unwrap().asked, [""; 0]);
}

#[tokio::test]
async fn a_code_is_not_sent_in_clear_to_another_machine() {
    let forger = Forger::start().await;
    let (office, address) = office(&forger).await;
    let now = *office.clock.lock().unwrap();
    forger.answers.lock().unwrap().configuration["token_endpoint"] = json!("http://192.0.2.1/token");
    let right = |forger: &Forger, claims: Value| forger.signed(&eddsa(), &claims).into();
    assert_eq!(
        outcome(&forger, (&address, now), right, "").await,
        (502, "provider_unreachable".to_owned())
    );
}
