//! One's own account: sessions, tokens, the password.

use std::time::Duration;

use axum::http::StatusCode;
use serde_json::{Value, json};
use sohoa::http::Cookies;

use super::office::{Answer, Office, Rules, request};

/// The password of everybody in the office.
const PASSWORD: &str = "đủ dài để dùng";

pub async fn sign_in(office: &Office, user: &str, password: &str) -> Answer {
    let body = json!({"user": user, "password": password});
    office
        .send(request("", "POST", "/api/v1/session", &[("x-sohoa", "1")], body))
        .await
}

/// Somebody at a browser, signed in with a password.
pub struct Seat<'a> {
    office: &'a Office,
    cookie: String,
}

impl<'a> Seat<'a> {
    pub async fn take(office: &'a Office, user: &str) -> Self {
        let answer = sign_in(office, user, PASSWORD).await;
        assert_eq!(answer.status, StatusCode::OK);
        let set = answer.header("set-cookie");
        Self {
            office,
            cookie: set.split(';').next().unwrap().to_owned(),
        }
    }

    pub async fn ask(&self, method: &str, path: &str, body: Value) -> Answer {
        let headers = [("cookie", self.cookie.as_str()), ("x-sohoa", "1")];
        self.office.send(request("", method, path, &headers, body)).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, Value::Null).await
    }
}

/// A request with a token that the office did not make itself.
async fn by_token(office: &Office, token: &str, method: &str, path: &str, body: Value) -> Answer {
    let bearer = format!("Bearer {token}");
    office
        .send(request("", method, path, &[("authorization", &bearer)], body))
        .await
}

#[tokio::test]
async fn a_token_does_what_its_scopes_say_until_it_ends_or_is_revoked() {
    let office = Office::open(Rules::default()).await;
    let (_, rubric) = office.read_document().await;
    let sep = Seat::take(&office, "sep").await;
    let made = sep
        .ask(
            "POST",
            "/api/v1/tokens",
            json!({"label": " máy quét ", "scopes": ["write"], "days": 30}),
        )
        .await;
    assert_eq!(made.status, StatusCode::CREATED);
    let made = made.json();
    let (token, id) = (made["token"].as_str().unwrap(), made["id"].as_str().unwrap());
    assert!(token.starts_with("sohoa_"), "{token}");
    assert_eq!(
        (&made["label"], &made["scopes"]),
        (&json!("máy quét"), &json!(["write"]))
    );
    assert_eq!(made["expires_at"], "2024-04-25T00:00:00Z");

    let submit = format!("/api/v1/rubrics/{rubric}/submit");
    let confirm = format!("/api/v1/rubrics/{rubric}/confirm");
    let ask = async |method: &str, path: &str, body| by_token(&office, token, method, path, body).await;
    assert_eq!(
        ask("GET", "/api/v1/documents", Value::Null).await.problem(),
        (403, "scope_missing".into())
    );
    assert_eq!(ask("POST", &submit, Value::Null).await.status, StatusCode::OK);
    assert_eq!(
        ask("POST", &confirm, Value::Null).await.problem(),
        (403, "scope_missing".into())
    );
    // A token makes no tokens, changes no password, and shows none of either.
    let more = json!({"label": "", "scopes": ["admin"]});
    for (method, path, body) in [
        ("POST", "/api/v1/tokens", more),
        ("GET", "/api/v1/tokens", Value::Null),
        (
            "PUT",
            "/api/v1/session/password",
            json!({"old": PASSWORD, "new": "một mật khẩu khác"}),
        ),
    ] {
        let refused = ask(method, path, body).await.problem().1;
        let expect = match method {
            "GET" => "scope_missing",
            _ => "session_needed",
        };
        assert_eq!(refused, expect, "{method} {path}");
    }

    let listed = sep.get("/api/v1/tokens").await;
    assert!(
        !String::from_utf8_lossy(&listed.body).contains(token),
        "shown once"
    );
    let listed = listed.json();
    let mut lines = listed["tokens"].as_array().unwrap().iter();
    let line = lines.find(|line| line["id"] == id).unwrap();
    assert_eq!(line["expired"], json!(false));
    assert_eq!(line["used_at"], "2024-03-26T00:00:00Z");

    let other = Seat::take(&office, "minh").await;
    let path = format!("/api/v1/tokens/{id}");
    assert_eq!(
        other.ask("DELETE", &path, Value::Null).await.problem(),
        (404, "not_found".into())
    );
    assert_eq!(
        sep.ask("DELETE", &path, Value::Null).await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        ask("POST", &submit, Value::Null).await.problem(),
        (401, "not_signed_in".into())
    );
}

#[tokio::test]
async fn a_token_is_never_more_than_its_owner() {
    let office = Office::open(Rules::default()).await;
    let lan = Seat::take(&office, "lan").await;
    let make = async |scopes: Value, days: Value| {
        let order = json!({"label": "", "scopes": scopes, "days": days});
        lan.ask("POST", "/api/v1/tokens", order).await
    };
    assert_eq!(
        make(json!(["read", "admin"]), json!(1)).await.problem(),
        (403, "scope_over_role".into())
    );
    for (scopes, days) in [
        (json!([]), json!(1)),
        (json!(["everything"]), json!(1)),
        (json!(["read"]), json!(0)),
        (json!(["read"]), json!(3651)),
    ] {
        assert_eq!(make(scopes, days).await.problem(), (400, "bad_request".into()));
    }
    let made = make(json!(["read", "write", "confirm"]), Value::Null)
        .await
        .json();
    let token = made["token"].as_str().unwrap();
    // What lan may no more, her token may no more.
    office
        .ask("sep", "PATCH", "/api/v1/users/lan", json!({"role": "clerk"}))
        .await;
    let confirm = by_token(&office, token, "POST", "/api/v1/rubrics/x/confirm", Value::Null).await;
    assert_eq!(confirm.problem(), (403, "forbidden".into()));
    *office.clock.lock().unwrap() += Duration::from_secs(366 * 24 * 3600);
    let ended = by_token(&office, token, "GET", "/api/v1/documents", Value::Null).await;
    assert_eq!(ended.problem(), (401, "not_signed_in".into()));
}

#[tokio::test]
async fn a_token_ends_with_its_owners_account() {
    let office = Office::open(Rules::default()).await;
    let minh = Seat::take(&office, "minh").await;
    let made = minh
        .ask("POST", "/api/v1/tokens", json!({"label": "", "scopes": ["read"]}))
        .await
        .json();
    let token = made["token"].as_str().unwrap();
    let look = async || by_token(&office, token, "GET", "/api/v1/documents", Value::Null).await;
    assert_eq!(look().await.status, StatusCode::OK);
    for disabled in [true, false] {
        let change = json!({"disabled": disabled});
        office.ask("sep", "PATCH", "/api/v1/users/minh", change).await;
        assert_eq!(look().await.problem(), (401, "not_signed_in".into()));
    }
}

#[tokio::test]
async fn a_session_that_nobody_uses_ends_before_one_that_is_used() {
    let office = Office::open(Rules::default()).await;
    let lan = Seat::take(&office, "lan").await;
    let after = async |seconds| {
        *office.clock.lock().unwrap() += Duration::from_secs(seconds);
        lan.get("/api/v1/session").await.status
    };
    assert_eq!(after(1700).await, StatusCode::OK);
    assert_eq!(after(1700).await, StatusCode::OK);
    // An hour is the end of it, used or not.
    assert_eq!(after(300).await, StatusCode::UNAUTHORIZED);
    let again = Seat::take(&office, "lan").await;
    *office.clock.lock().unwrap() += Duration::from_secs(1801);
    assert_eq!(
        again.get("/api/v1/session").await.problem(),
        (401, "not_signed_in".into())
    );
}

#[tokio::test]
async fn people_see_where_they_are_signed_in_and_end_it() {
    let office = Office::open(Rules::default()).await;
    let here = Seat::take(&office, "lan").await;
    *office.clock.lock().unwrap() += Duration::from_secs(60);
    let there = Seat::take(&office, "lan").await;
    Seat::take(&office, "minh").await;
    let listed = here.get("/api/v1/sessions").await.json();
    let sessions = listed["sessions"].as_array().unwrap();
    let current: Vec<bool> = sessions.iter().map(|s| s["current"].as_bool().unwrap()).collect();
    assert_eq!(
        current,
        [false, true],
        "newest first, and minh's is not among them"
    );
    let path = format!("/api/v1/sessions/{}", sessions[0]["id"].as_str().unwrap());
    let ended = here.ask("DELETE", &path, Value::Null).await;
    assert_eq!(ended.status, StatusCode::NO_CONTENT);
    assert_eq!(
        there.get("/api/v1/session").await.status,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(here.get("/api/v1/session").await.status, StatusCode::OK);
    assert_eq!(
        here.ask("DELETE", &path, Value::Null).await.problem(),
        (404, "not_found".into())
    );
}

#[tokio::test]
async fn a_new_password_needs_the_old_one_and_ends_all_sessions() {
    let office = Office::open(Rules::default()).await;
    let here = Seat::take(&office, "lan").await;
    let there = Seat::take(&office, "lan").await;
    let change = async |old: &str, new: &str| {
        let body = json!({"old": old, "new": new});
        here.ask("PUT", "/api/v1/session/password", body).await
    };
    assert_eq!(
        change("không phải thế", "trâu ăn cỏ non").await.problem(),
        (401, "wrong_password".into())
    );
    for (new, code) in [
        ("ngắn", "password_too_short"),
        ("Matkhau@123", "password_too_common"),
        ("1234567890", "password_too_common"),
        ("lan-lan-1980", "password_holds_name"),
    ] {
        assert_eq!(change(PASSWORD, new).await.problem(), (422, code.into()), "{new}");
    }
    // Nothing is asked but length and not being guessed: no digits, no signs, spaces are welcome.
    assert_eq!(
        change(PASSWORD, "trâu ăn cỏ non").await.status,
        StatusCode::NO_CONTENT
    );
    for seat in [&here, &there] {
        assert_eq!(seat.get("/api/v1/session").await.status, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(
        sign_in(&office, "lan", PASSWORD).await.problem(),
        (401, "wrong_password".into())
    );
    assert_eq!(
        sign_in(&office, "lan", "trâu ăn cỏ non").await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn over_https_the_cookie_is_bound_to_this_very_host() {
    let rules = Rules {
        cookies: Cookies::Secure,
        ..Rules::default()
    };
    let office = Office::open(rules).await;
    let answer = sign_in(&office, "lan", PASSWORD).await;
    let set = answer.header("set-cookie").to_owned();
    assert!(set.starts_with("__Host-sohoa_session="), "{set}");
    assert!(set.contains("; Path=/;") && set.ends_with("; Secure"), "{set}");
    assert!(!set.contains("Domain"), "{set}");
    let lan = Seat::take(&office, "lan").await;
    assert_eq!(lan.get("/api/v1/session").await.json()["user"], "lan");
    // What a plain connection may have planted counts for nothing.
    let planted = lan.cookie.replace("__Host-", "");
    let who = request("", "GET", "/api/v1/session", &[("cookie", &planted)], Value::Null);
    assert_eq!(office.send(who).await.problem(), (401, "not_signed_in".into()));
}

#[tokio::test]
async fn a_lock_out_outlives_a_restart() {
    let office = Office::open(Rules::default()).await;
    for _ in 0..5 {
        sign_in(&office, "lan", "đoán mò thôi").await;
    }
    assert_eq!(
        sign_in(&office, "lan", PASSWORD).await.problem(),
        (429, "too_many_tries".into())
    );
    let (folder, script) = office.close().await;
    let office = Office::open_in(folder, Rules::default(), script).await;
    assert_eq!(
        sign_in(&office, "lan", PASSWORD).await.problem(),
        (429, "too_many_tries".into())
    );
    assert_eq!(sign_in(&office, "minh", PASSWORD).await.status, StatusCode::OK);
}
