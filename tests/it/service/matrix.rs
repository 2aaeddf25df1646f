//! Every operation that the service describes, asked by everybody who might ask. The operations, their
//! addresses and their bodies come from `/openapi.json`; who may what comes from [`RULES`]. An operation
//! without a rule fails here, and so does a rule without an operation.

mod call;

use std::collections::BTreeSet;

use axum::http::StatusCode;
use serde_json::Value;
use sohoa::store::{NewUser, Password, Role, TokenHash};
use time::Duration;

use super::office::{Answer, Office, Rules};
use call::{Call, Places};

/// Who may ask for an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rule {
    /// Anybody, signed in or not.
    Open,
    /// From this role on. All who are signed in see every document: it is one office's store.
    From(Role),
}

use Role::{Admin, Clerk, Maintainer};
use Rule::{From, Open};

/// One line an operation, as `/openapi.json` names it.
const RULES: &[(&str, Rule)] = &[
    ("get_session", From(Clerk)),
    ("sign_in", Open),
    ("sign_out", From(Clerk)),
    ("change_password", From(Clerk)),
    ("list_users", From(Admin)),
    ("add_user", From(Admin)),
    ("change_user", From(Admin)),
    ("list_documents", From(Clerk)),
    ("upload_document", From(Clerk)),
    ("get_document", From(Clerk)),
    ("retry_document", From(Clerk)),
    ("get_document_result", From(Clerk)),
    ("download_original", From(Clerk)),
    ("follow_document", From(Clerk)),
    ("follow_everything", From(Clerk)),
    ("get_page_image", From(Clerk)),
    ("get_rubric", From(Clerk)),
    ("change_rubric", From(Clerk)),
    ("submit_rubric", From(Clerk)),
    ("confirm_rubric", From(Maintainer)),
    ("return_rubric", From(Maintainer)),
    ("get_rubric_history", From(Clerk)),
    ("export_rubric", From(Clerk)),
    ("get_amends", From(Clerk)),
    ("settle_amends", From(Clerk)),
    ("compare_rubric", From(Clerk)),
    ("get_rubric_version", From(Clerk)),
    ("get_rubric_record", From(Clerk)),
    // Public keys: who verifies a record may have no account.
    ("list_keys", Open),
    ("be_present", From(Clerk)),
    ("leave", From(Clerk)),
    ("get_health", Open),
    ("get_readiness", Open),
    ("get_metrics", Open),
];

/// Somebody who asks; those who may least come first, so that whoever is refused asks before anything changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Caller {
    Nobody,
    /// With the cookie of a session that has ended.
    Expired,
    /// With the token of an account that is closed.
    Closed,
    Person(&'static str, Role),
}

const CALLERS: [Caller; 7] = [
    Caller::Nobody,
    Caller::Expired,
    Caller::Closed,
    // The document that is asked for is hoa's; thu is another clerk.
    Caller::Person("hoa", Clerk),
    Caller::Person("thu", Clerk),
    Caller::Person("lan", Maintainer),
    Caller::Person("sep", Admin),
];

/// What the rule makes of the caller.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Allowed,
    NotSignedIn,
    Forbidden,
}

fn expected(rule: Rule, caller: Caller) -> Verdict {
    match (rule, caller) {
        (Open, _) => Verdict::Allowed,
        (From(_), Caller::Nobody | Caller::Expired | Caller::Closed) => Verdict::NotSignedIn,
        (From(least), Caller::Person(_, role)) if role < least => Verdict::Forbidden,
        (From(_), Caller::Person(..)) => Verdict::Allowed,
    }
}

/// What the service made of the caller. Whether what was asked for could be done is other tests' matter.
fn met(answer: &Answer) -> Verdict {
    assert!(!answer.status.is_server_error() || answer.status == StatusCode::SERVICE_UNAVAILABLE);
    if !matches!(answer.status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
        return Verdict::Allowed;
    }
    match answer.problem().1.as_str() {
        "not_signed_in" => Verdict::NotSignedIn,
        "forbidden" => Verdict::Forbidden,
        // Known, and refused for another reason than who they are.
        "wrong_password" | "same_person" => Verdict::Allowed,
        code => panic!("a refusal that no rule knows: {code}"),
    }
}

#[tokio::test]
async fn every_operation_lets_in_whom_its_rule_names_and_nobody_else() {
    let office = Office::open(Rules::default()).await;
    let places = furnish(&office).await;
    let description = office.get("", "/openapi.json").await.json();
    let calls = call::described(&description);

    let described: BTreeSet<&str> = calls.iter().map(|call| call.operation.as_str()).collect();
    let ruled: BTreeSet<&str> = RULES.iter().map(|(operation, _)| *operation).collect();
    assert_eq!(described, ruled, "each operation has one rule in RULES");

    let before = everything(&office).await;
    let mut wrong = Vec::new();
    let mut count = 0;
    for refused in [true, false] {
        for &(operation, rule) in RULES {
            let call = calls.iter().find(|call| call.operation == operation).unwrap();
            for caller in CALLERS {
                let expect = expected(rule, caller);
                if (expect != Verdict::Allowed) != refused {
                    continue;
                }
                let answer = ask(&office, call, &places, caller, count).await;
                count += 1;
                let met = met(&answer);
                if met != expect {
                    wrong.push(format!("{operation} by {caller:?}: {met:?}, not {expect:?}"));
                }
            }
        }
        if refused {
            assert_eq!(
                everything(&office).await,
                before,
                "a refused request changes nothing"
            );
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert_eq!(count, RULES.len() * CALLERS.len());
}

/// A read document with a rubric, and accounts besides the office's own.
async fn furnish(office: &Office) -> Places {
    let (document, rubric) = office.read_document().await;
    let now = *office.clock.lock().unwrap();
    let password_hash = Password::new("đủ dài để dùng").hash().unwrap();
    for (name, role) in [("thu", Clerk), ("cu", Admin), ("khach", Clerk)] {
        let user = NewUser {
            name,
            role,
            password_hash: &password_hash,
        };
        office.store.add_user(user, now).await.unwrap();
    }
    let token = TokenHash::of("token-of-cu");
    office.store.add_token(&token, "cu", "", now).await.unwrap();
    office.store.disable_user("cu", now).await.unwrap();
    Places {
        document,
        rubric,
        user: "khach".to_owned(),
    }
}

/// What a refused request must not touch, as an admin sees it.
async fn everything(office: &Office) -> Vec<Value> {
    let mut seen = Vec::new();
    for path in ["/api/v1/documents", "/api/v1/users"] {
        seen.push(office.get("sep", path).await.json());
    }
    seen
}

async fn ask(office: &Office, call: &Call, places: &Places, caller: Caller, turn: usize) -> Answer {
    let mut request = call.request(places);
    let mut put = |name: &'static str, value: String| {
        request.headers_mut().insert(name, value.parse().unwrap());
    };
    match caller {
        Caller::Nobody => {}
        Caller::Closed => put("authorization", "Bearer token-of-cu".to_owned()),
        // A session for each request, since one of them signs out and another changes the password.
        Caller::Expired => {
            let session = format!("ended-{turn}");
            let now = *office.clock.lock().unwrap();
            let token = TokenHash::of(&session);
            let began = now - Duration::hours(2);
            let ended = now - Duration::seconds(1);
            office
                .store
                .open_session(&token, "sep", began, ended)
                .await
                .unwrap();
            put("cookie", format!("sohoa_session={session}"));
        }
        Caller::Person(name, _) => {
            let session = format!("session-{turn}");
            let now = *office.clock.lock().unwrap();
            let token = TokenHash::of(&session);
            office
                .store
                .open_session(&token, name, now, now + Duration::hours(1))
                .await
                .unwrap();
            put("cookie", format!("sohoa_session={session}"));
        }
    }
    office.head_of(request).await
}
