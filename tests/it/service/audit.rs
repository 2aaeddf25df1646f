//! The list of security events.

use std::net::Ipv4Addr;

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::accounts::{Seat, sign_in};
use super::office::{Office, Rules, request};

/// `(kind, who, subject, detail)` of all entries, oldest first.
async fn entries(office: &Office) -> Vec<(String, String, String, String)> {
    let list = office.get("sep", "/api/v1/audit").await.json();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let entries = list["entries"].as_array().unwrap().iter().rev();
    entries
        .map(|e| {
            (
                text(&e["kind"]),
                text(&e["who"]),
                text(&e["subject"]),
                text(&e["detail"]),
            )
        })
        .collect()
}

#[tokio::test]
async fn what_may_be_asked_about_later_is_on_the_list_and_no_secret_is() {
    let office = Office::open(Rules::default()).await;
    let (document, rubric) = office.read_document().await;
    sign_in(&office, "lan", "sai rồi nhé").await;
    sign_in(&office, "mật khẩu gõ nhầm ô", "x").await;
    let lan = Seat::take(&office, "lan").await;
    let made = lan
        .ask(
            "POST",
            "/api/v1/tokens",
            json!({"label": "máy quét", "scopes": ["read"]}),
        )
        .await
        .json();
    let token = made["id"].as_str().unwrap();
    lan.ask("DELETE", &format!("/api/v1/tokens/{token}"), Value::Null)
        .await;
    let path = format!("/api/v1/rubrics/{rubric}");
    lan.ask("POST", &format!("{path}/submit"), Value::Null).await;
    office
        .ask("minh", "POST", &format!("{path}/confirm"), Value::Null)
        .await;
    lan.get(&format!("{path}/export?format=csv")).await;
    lan.get(&format!("/api/v1/documents/{document}/export?format=md"))
        .await;
    let new = json!({"name": "tu", "role": "clerk", "password": "một mật khẩu dài"});
    office.ask("sep", "POST", "/api/v1/users", new).await;
    let change = json!({"role": "maintainer", "password": "một mật khẩu mới", "disabled": true});
    office.ask("sep", "PATCH", "/api/v1/users/tu", change).await;
    office
        .ask("sep", "PATCH", "/api/v1/users/tu", json!({"disabled": false}))
        .await;
    let password = json!({"old": "đủ dài để dùng", "new": "trâu ăn cỏ non"});
    lan.ask("PUT", "/api/v1/session/password", password).await;
    let delete = format!("/api/v1/documents/{document}?confirmed=true&reason=nh%E1%BA%A7m");
    office.ask("sep", "DELETE", &delete, Value::Null).await;

    let seen = entries(&office).await;
    let expect = [
        ("sign_in_failed", "lan", "", ""),
        ("sign_in_failed", "(unknown)", "", ""),
        ("signed_in", "lan", "", ""),
        ("token_made", "lan", token, "read"),
        ("token_revoked", "lan", token, ""),
        ("rubric_confirmed", "minh", &rubric, ""),
        ("rubric_exported", "lan", &rubric, "csv"),
        ("document_exported", "lan", &document, "md"),
        ("account_made", "sep", "tu", "clerk"),
        ("password_changed", "sep", "tu", ""),
        ("account_changed", "sep", "tu", "maintainer"),
        ("account_closed", "sep", "tu", ""),
        ("account_opened", "sep", "tu", ""),
        ("password_changed", "lan", "lan", ""),
        ("document_deleted", "sep", &document, "nhầm"),
    ];
    let expect: Vec<_> = expect
        .into_iter()
        .map(|(kind, who, on, detail)| (kind.to_owned(), who.to_owned(), on.to_owned(), detail.to_owned()))
        .collect();
    assert_eq!(seen, expect);
    let list = office.get("sep", "/api/v1/audit").await;
    let text = String::from_utf8_lossy(&list.body);
    let first = &list.json()["entries"][0];
    assert_eq!(
        (&first["address"], &first["at"]),
        (&json!("0.0.0.0"), &json!("2024-03-26T00:00:00Z"))
    );
    for secret in [
        made["token"].as_str().unwrap(),
        "sai rồi nhé",
        "mật khẩu gõ nhầm ô",
        "trâu ăn cỏ non",
        "một mật khẩu",
        "argon2",
    ] {
        assert!(!text.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn a_lock_out_is_on_the_list() {
    let office = Office::open(Rules::default()).await;
    for _ in 0..6 {
        sign_in(&office, "lan", "đoán mò thôi").await;
    }
    let seen = entries(&office).await;
    assert_eq!(seen.last().unwrap().0, "locked_out");
    assert_eq!(seen.iter().filter(|e| e.0 == "sign_in_failed").count(), 5);
}

#[tokio::test]
async fn behind_a_proxy_the_list_has_whom_it_heard() {
    // Without a connection the other end is the address of nobody: here that is the proxy.
    let office = Office::open(Rules {
        proxies: vec![Ipv4Addr::UNSPECIFIED.into()],
        ..Rules::default()
    })
    .await;
    let (_, rubric) = office.read_document().await;
    let path = format!("/api/v1/rubrics/{rubric}/export?format=csv");
    let heard = [("x-forwarded-for", "10.9.8.7, 203.0.113.9")];
    office
        .send(request("lan", "GET", &path, &heard, Value::Null))
        .await;
    let list = office.get("sep", "/api/v1/audit").await.json();
    assert_eq!(list["entries"][0]["address"], "203.0.113.9");
}

#[tokio::test]
async fn the_list_comes_in_pages_and_to_admins_alone() {
    let office = Office::open(Rules::default()).await;
    for _ in 0..3 {
        sign_in(&office, "minh", "đủ dài để dùng").await;
    }
    let page = async |query: &str| office.get("sep", &format!("/api/v1/audit?{query}")).await.json();
    let seqs = |page: &Value| {
        let entries = page["entries"].as_array().unwrap().iter();
        entries.map(|e| e["seq"].as_u64().unwrap()).collect::<Vec<_>>()
    };
    let first = page("limit=2").await;
    assert_eq!((seqs(&first), &first["next"]), (vec![3, 2], &json!(2)));
    let second = page("limit=2&before=2").await;
    assert_eq!((seqs(&second), &second["next"]), (vec![1], &Value::Null));
    for who in ["hoa", "lan"] {
        let refused = office.get(who, "/api/v1/audit").await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{who}");
    }
}
