use std::time::Duration;

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::office::{Office, Rules, request, upload_request};

async fn sign_in(office: &Office, user: &str, password: &str) -> super::office::Answer {
    let body = json!({"user": user, "password": password});
    office
        .send(request("", "POST", "/api/v1/session", &[("x-sohoa", "1")], body))
        .await
}

/// `name=value` of the cookie that an answer sets.
fn cookie(answer: &super::office::Answer) -> String {
    answer.header("set-cookie").split(';').next().unwrap().to_owned()
}

#[tokio::test]
async fn people_sign_in_with_a_cookie_that_scripts_and_other_sites_cannot_use() {
    let office = Office::open(Rules::default()).await;
    assert_eq!(
        office.get("", "/api/v1/session").await.problem(),
        (401, "not_signed_in".into())
    );
    let answer = sign_in(&office, "lan", "đủ dài để dùng").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(
        answer.json(),
        json!({"user": "lan", "role": "maintainer", "demo": false})
    );
    let set = answer.header("set-cookie");
    assert!(
        set.contains("HttpOnly") && set.contains("SameSite=Strict"),
        "{set}"
    );
    let cookie = cookie(&answer);
    let with = |method: &str, headers: &[(&str, &str)]| {
        let headers: Vec<(&str, &str)> = [("cookie", cookie.as_str())]
            .iter()
            .chain(headers)
            .copied()
            .collect();
        request("", method, "/api/v1/session", &headers, Value::Null)
    };
    assert_eq!(office.send(with("GET", &[])).await.json()["user"], "lan");
    // A change without the header may come from another site's page.
    assert_eq!(
        office.send(with("DELETE", &[])).await.problem(),
        (403, "csrf".into())
    );
    assert_eq!(
        office.send(with("DELETE", &[("x-sohoa", "1")])).await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        office.send(with("GET", &[])).await.problem(),
        (401, "not_signed_in".into())
    );
}

#[tokio::test]
async fn a_session_ends_by_time() {
    let office = Office::open(Rules::default()).await;
    let cookie = cookie(&sign_in(&office, "lan", "đủ dài để dùng").await);
    let who = || request("", "GET", "/api/v1/session", &[("cookie", &cookie)], Value::Null);
    assert_eq!(office.send(who()).await.status, StatusCode::OK);
    *office.clock.lock().unwrap() += Duration::from_secs(3601);
    assert_eq!(office.send(who()).await.problem(), (401, "not_signed_in".into()));
}

#[tokio::test]
async fn guessing_passwords_is_slowed_down() {
    let office = Office::open(Rules::default()).await;
    for _ in 0..5 {
        assert_eq!(
            sign_in(&office, "lan", "đoán mò thôi").await.problem(),
            (401, "wrong_password".into())
        );
        assert_eq!(
            sign_in(&office, "ai đó", "đoán mò thôi").await.problem(),
            (401, "wrong_password".into())
        );
    }
    let waits = sign_in(&office, "lan", "đủ dài để dùng").await;
    assert_eq!(
        (waits.problem(), waits.header("retry-after")),
        ((429, "too_many_tries".into()), "1")
    );
    assert_eq!(
        sign_in(&office, "minh", "đủ dài để dùng").await.status,
        StatusCode::OK
    );
    *office.clock.lock().unwrap() += Duration::from_secs(2);
    assert_eq!(
        sign_in(&office, "lan", "đủ dài để dùng").await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn without_an_account_there_is_nothing_to_see() {
    let office = Office::open(Rules::default()).await;
    for path in [
        "/documents",
        "/documents/x",
        "/documents/x/events",
        "/documents/x/pages/1/image",
        "/documents/x/file",
        "/documents/x/result",
        "/rubrics/x",
        "/rubrics/x/history",
        "/rubrics/x/export",
        "/users",
        "/events",
    ] {
        let answer = office.get("", &format!("/api/v1{path}")).await;
        assert_eq!(answer.problem(), (401, "not_signed_in".into()), "{path}");
    }
    assert_eq!(
        office.send(upload_request("", "a.pdf", b"%PDF-")).await.problem(),
        (401, "not_signed_in".into())
    );
    for path in ["/", "/documents/x", "/login", "/healthz"] {
        assert_eq!(office.get("", path).await.status, StatusCode::OK, "{path}");
    }
}

#[tokio::test]
async fn only_admins_keep_accounts() {
    let office = Office::open(Rules::default()).await;
    for who in ["hoa", "lan"] {
        assert_eq!(
            office.get(who, "/api/v1/users").await.problem(),
            (403, "forbidden".into())
        );
    }
    let new = json!({"name": "tu", "role": "clerk", "password": "một mật khẩu dài"});
    assert_eq!(
        office
            .ask("lan", "POST", "/api/v1/users", new.clone())
            .await
            .problem(),
        (403, "forbidden".into())
    );
    assert_eq!(
        office
            .ask("sep", "POST", "/api/v1/users", new.clone())
            .await
            .status,
        StatusCode::CREATED
    );
    assert_eq!(
        office.ask("sep", "POST", "/api/v1/users", new).await.problem(),
        (409, "name_taken".into())
    );
    let short = json!({"name": "an", "role": "clerk", "password": "ngắn"});
    assert_eq!(
        office.ask("sep", "POST", "/api/v1/users", short).await.problem(),
        (422, "password_too_short".into())
    );
    let odd = json!({"name": "a b", "role": "clerk", "password": "một mật khẩu dài"});
    assert_eq!(
        office.ask("sep", "POST", "/api/v1/users", odd).await.problem(),
        (422, "bad_name".into())
    );
    assert_eq!(
        sign_in(&office, "tu", "một mật khẩu dài").await.status,
        StatusCode::OK
    );
    let closed = office
        .ask("sep", "PATCH", "/api/v1/users/tu", json!({"disabled": true}))
        .await;
    assert_eq!(closed.json()["disabled"], true);
    assert_eq!(
        sign_in(&office, "tu", "một mật khẩu dài").await.problem(),
        (401, "wrong_password".into())
    );
    let last = office
        .ask("sep", "PATCH", "/api/v1/users/sep", json!({"role": "clerk"}))
        .await;
    assert_eq!(last.problem(), (409, "last_admin".into()));
    let users = office.get("sep", "/api/v1/users").await;
    assert!(!String::from_utf8_lossy(&users.body).contains("argon2"));
}

#[tokio::test]
async fn the_demo_needs_no_account_and_still_two_people() {
    let office = Office::open(Rules::demo()).await;
    let ask = |method: &str, path: &str, headers: &[(&str, &str)], body: Value| {
        let headers: Vec<(&str, &str)> = [("host", "127.0.0.1:8080")]
            .iter()
            .chain(headers)
            .copied()
            .collect();
        request("", method, path, &headers, body)
    };
    let who = office
        .send(ask("GET", "/api/v1/session", &[], Value::Null))
        .await
        .json();
    assert_eq!(
        who,
        json!({"user": "lan", "role": "maintainer", "demo": true, "people": ["lan", "minh"]})
    );
    let become_minh = ask(
        "POST",
        "/api/v1/session",
        &[("x-sohoa", "1")],
        json!({"user": "minh"}),
    );
    let answer = office.send(become_minh).await;
    let minh = cookie(&answer);
    let who = office
        .send(ask("GET", "/api/v1/session", &[("cookie", &minh)], Value::Null))
        .await
        .json();
    assert_eq!(who["user"], "minh");

    let mut upload = upload_request("", "a.pdf", b"%PDF-1.7 one");
    upload
        .headers_mut()
        .insert("host", "localhost:8080".parse().unwrap());
    let id = office.send(upload).await.json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let rubric = loop {
        // The clerk's page would follow the events; here each request is the demo's own.
        let document = office
            .send(ask("GET", &format!("/api/v1/documents/{id}"), &[], Value::Null))
            .await
            .json();
        match document["rubrics"][0]["id"].as_str() {
            Some(rubric) => break rubric.to_owned(),
            None => tokio::task::yield_now().await,
        }
    };
    let step = |step: &str, person: &str| {
        let headers = [("x-sohoa", "1"), ("x-sohoa-person", person)];
        ask(
            "POST",
            &format!("/api/v1/rubrics/{rubric}/{step}"),
            &headers,
            Value::Null,
        )
    };
    assert_eq!(
        office.send(step("submit", "lan")).await.json()["submitted_by"],
        "lan"
    );
    assert_eq!(
        office.send(step("confirm", "lan")).await.problem(),
        (403, "same_person".into())
    );
    assert_eq!(
        office.send(step("confirm", "minh")).await.json()["state"],
        "confirmed"
    );
    // Neither another site's page nor another site's name gets in.
    let forged = ask("POST", "/api/v1/documents", &[], Value::Null);
    assert_eq!(office.send(forged).await.problem(), (403, "csrf".into()));
    let rebound = request(
        "",
        "GET",
        "/api/v1/documents",
        &[("host", "evil.example:8080")],
        Value::Null,
    );
    assert_eq!(office.send(rebound).await.problem(), (421, "wrong_host".into()));
}
