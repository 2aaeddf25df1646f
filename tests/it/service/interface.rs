use std::collections::BTreeSet;

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::office::{Office, Rules, request};

/// Every route of the interface: what the contract names, and what was added.
const ROUTES: &[(&str, &str)] = &[
    ("get", "/api/v1/session"),
    ("post", "/api/v1/session"),
    ("delete", "/api/v1/session"),
    ("put", "/api/v1/session/password"),
    ("get", "/api/v1/session/ways"),
    ("get", "/api/v1/sessions"),
    ("delete", "/api/v1/sessions/{id}"),
    ("get", "/api/v1/tokens"),
    ("post", "/api/v1/tokens"),
    ("delete", "/api/v1/tokens/{id}"),
    ("get", "/api/v1/audit"),
    ("get", "/api/v1/erasures"),
    ("delete", "/api/v1/documents/{id}"),
    ("get", "/api/v1/users"),
    ("post", "/api/v1/users"),
    ("patch", "/api/v1/users/{name}"),
    ("get", "/api/v1/events"),
    ("get", "/api/v1/people"),
    ("get", "/api/v1/documents"),
    ("post", "/api/v1/documents"),
    ("get", "/api/v1/documents/{id}"),
    ("post", "/api/v1/documents/{id}/retry"),
    ("get", "/api/v1/documents/{id}/reread"),
    ("post", "/api/v1/documents/{id}/reread"),
    ("delete", "/api/v1/documents/{id}/reread"),
    ("post", "/api/v1/documents/{id}/reread/accept"),
    ("put", "/api/v1/documents/{id}/assignee"),
    ("get", "/api/v1/documents/{id}/result"),
    ("get", "/api/v1/documents/{id}/file"),
    ("get", "/api/v1/documents/{id}/events"),
    ("get", "/api/v1/documents/{id}/pages/{n}/image"),
    ("get", "/api/v1/documents/{id}/export"),
    ("get", "/api/v1/rubrics/{id}"),
    ("patch", "/api/v1/rubrics/{id}"),
    ("post", "/api/v1/rubrics/{id}/submit"),
    ("post", "/api/v1/rubrics/{id}/confirm"),
    ("post", "/api/v1/rubrics/{id}/return"),
    ("get", "/api/v1/keys"),
    ("get", "/api/v1/rubrics/{id}/history"),
    ("get", "/api/v1/rubrics/{id}/record"),
    ("post", "/api/v1/rubrics/{id}/rules"),
    ("get", "/api/v1/rubrics/{id}/questions"),
    ("post", "/api/v1/rubrics/{id}/score"),
    ("get", "/api/v1/rubrics/{id}/keying"),
    ("get", "/api/v1/rubrics/{id}/export"),
    ("post", "/api/v1/rubrics/{id}/presence"),
    ("delete", "/api/v1/rubrics/{id}/presence"),
    ("get", "/api/v1/rubrics/{id}/amends"),
    ("put", "/api/v1/rubrics/{id}/amends"),
    ("get", "/api/v1/rubrics/{id}/diff"),
    ("get", "/api/v1/rubrics/{id}/versions/{n}"),
    ("get", "/api/v1/lexicon"),
    ("get", "/api/v1/lexicon/proposals"),
    ("post", "/api/v1/lexicon/proposals/{id}"),
    ("get", "/api/v1/lexicon/proposals/{id}/history"),
    ("post", "/api/v1/lexicon/import"),
    ("get", "/api/v1/lexicon/versions"),
    ("get", "/api/v1/lexicon/looks"),
    ("post", "/api/v1/lexicon/looks"),
    ("get", "/api/v1/webhooks"),
    ("post", "/api/v1/webhooks"),
    ("patch", "/api/v1/webhooks/{id}"),
    ("delete", "/api/v1/webhooks/{id}"),
    ("get", "/api/v1/webhooks/{id}/deliveries"),
    ("post", "/api/v1/webhooks/{id}/deliveries/{delivery}/redeliver"),
    ("get", "/healthz"),
    ("get", "/readyz"),
    ("get", "/metrics"),
];

#[tokio::test]
async fn the_description_names_every_route_and_all_its_references_lead_somewhere() {
    let office = Office::open(Rules::default()).await;
    let answer = office.get("", "/openapi.json").await;
    assert_eq!(answer.status, StatusCode::OK);
    let description = answer.json();
    assert!(description["openapi"].as_str().unwrap().starts_with("3.1"));
    assert_eq!(description["info"]["title"], "sohoa");
    let mut described = BTreeSet::new();
    let mut operations = BTreeSet::new();
    for (path, methods) in description["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            described.insert((method.as_str(), path.as_str()));
            assert!(
                operations.insert(operation["operationId"].clone().to_string()),
                "{operation}"
            );
            assert!(operation["summary"].is_string(), "{method} {path}");
            assert!(
                !operation["responses"].as_object().unwrap().is_empty(),
                "{method} {path}"
            );
            let named = operation["parameters"].as_array().cloned().unwrap_or_default();
            for name in path
                .split('{')
                .skip(1)
                .map(|rest| rest.split('}').next().unwrap())
            {
                assert!(
                    named.iter().any(|p| p["name"] == name && p["in"] == "path"),
                    "{name} of {path}"
                );
            }
        }
    }
    assert_eq!(described, ROUTES.iter().copied().collect());
    check_references(&description, &description);
    for &(method, path) in ROUTES {
        let path = path
            .replace("{n}", "1")
            .replace("{delivery}", "1")
            .replace("{id}", "x")
            .replace("{name}", "x");
        let answer = office.ask("", &method.to_uppercase(), &path, Value::Null).await;
        assert!(
            ![404, 405].contains(&answer.status.as_u16()),
            "{method} {path}: {}",
            answer.status
        );
    }
}

fn check_references(part: &Value, whole: &Value) {
    match part {
        Value::Object(fields) => {
            if let Some(reference) = fields.get("$ref").and_then(Value::as_str) {
                assert!(
                    whole.pointer(reference.trim_start_matches('#')).is_some(),
                    "{reference}"
                );
            }
            fields.values().for_each(|v| check_references(v, whole));
        }
        Value::Array(items) => items.iter().for_each(|v| check_references(v, whole)),
        _ => {}
    }
}

#[tokio::test]
async fn every_answer_carries_the_headers_that_keep_pages_safe() {
    let office = Office::open(Rules::default()).await;
    for path in [
        "/",
        "/login",
        "/documents/x",
        "/api/v1/documents",
        "/nowhere",
        "/healthz",
    ] {
        let answer = office.get("", path).await;
        let policy = answer.header("content-security-policy");
        assert!(
            policy.contains("default-src 'self'") && policy.contains("frame-ancestors 'none'"),
            "{path}: {policy}"
        );
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{path}");
        assert_eq!(answer.header("x-request-id").len(), 36, "{path}");
    }
    let page = office.get("", "/").await;
    assert!(page.header("content-type").starts_with("text/html"));
    let html = String::from_utf8(page.body.clone()).unwrap();
    assert!(
        !html.contains("<style") && !html.contains("onclick="),
        "nothing inline"
    );
    let again = request(
        "",
        "GET",
        "/",
        &[("if-none-match", page.header("etag"))],
        Value::Null,
    );
    assert_eq!(office.send(again).await.status, StatusCode::NOT_MODIFIED);
}

#[tokio::test]
async fn errors_are_problems_wherever_they_come_from() {
    let office = Office::open(Rules::default()).await;
    let check = async |method: &str, path: &str, body: Value, status: u16, code: &str| {
        let answer = office.ask("hoa", method, path, body).await;
        assert_eq!(answer.problem(), (status, code.to_owned()), "{method} {path}");
    };
    check("GET", "/nowhere", Value::Null, 404, "not_found").await;
    check("GET", "/assets/../mod.rs", Value::Null, 404, "not_found").await;
    check("GET", "/api/v1/nowhere", Value::Null, 404, "not_found").await;
    check(
        "DELETE",
        "/api/v1/documents",
        Value::Null,
        405,
        "method_not_allowed",
    )
    .await;
    check("GET", "/api/v1/documents/none", Value::Null, 404, "not_found").await;
    check(
        "GET",
        "/api/v1/documents/none/events",
        Value::Null,
        404,
        "not_found",
    )
    .await;
    check(
        "GET",
        "/api/v1/documents/x/pages/first/image",
        Value::Null,
        404,
        "not_found",
    )
    .await;
    check(
        "GET",
        "/api/v1/documents?limit=many",
        Value::Null,
        400,
        "bad_request",
    )
    .await;
    check(
        "POST",
        "/api/v1/rubrics/x/return",
        json!({"comment": 7}),
        400,
        "bad_request",
    )
    .await;
    check("POST", "/api/v1/rubrics/x/return", Value::Null, 415, "not_json").await;
    check(
        "POST",
        "/api/v1/rubrics/x/return",
        json!({"comment": "x".repeat(2 << 20)}),
        413,
        "too_large",
    )
    .await;
}
