//! Every operation that the service describes, asked by everybody who might ask. The operations, their
//! addresses and their bodies come from `/openapi.json`; who may what comes from [`RULES`]. An operation
//! without a rule fails here, and so does a rule without an operation.

mod call;

use std::collections::BTreeSet;

use axum::http::StatusCode;
use serde_json::Value;
use sohoa::store::{NewSession, NewToken, NewUser, Password, Role, Scopes, TokenHash};
use time::{Duration, OffsetDateTime};

use super::office::{Answer, Office, Rules};
use call::{Call, Places};

/// Who may ask for an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rule {
    /// Anybody, signed in or not.
    Open,
    /// From this role on. All who are signed in see every document: it is one office's store.
    From(Role),
    /// From this role on, and only with a session: a token that leaked must not get at more.
    InPerson(Role),
    /// From this role on, and whoever uploaded the document that is named.
    UploaderOr(Role),
}

use Role::{Admin, Clerk, Maintainer};
use Rule::{From, InPerson, Open, UploaderOr};

/// One line an operation, as `/openapi.json` names it.
const RULES: &[(&str, Rule)] = &[
    ("get_session", From(Clerk)),
    ("sign_in", Open),
    ("sign_out", From(Clerk)),
    ("change_password", InPerson(Clerk)),
    // The sign-in page asks before anybody is signed in.
    ("list_sign_in_ways", Open),
    ("list_sessions", InPerson(Clerk)),
    ("end_session", InPerson(Clerk)),
    ("list_tokens", InPerson(Clerk)),
    ("make_token", InPerson(Clerk)),
    ("revoke_token", InPerson(Clerk)),
    ("list_audit", From(Admin)),
    ("list_users", From(Admin)),
    ("add_user", From(Admin)),
    ("change_user", From(Admin)),
    ("list_documents", From(Clerk)),
    ("upload_document", From(Clerk)),
    ("get_document", From(Clerk)),
    ("retry_document", From(Clerk)),
    // As an edit: whoever may change a draft may see what a new reading would change, and take it.
    ("get_reread", From(Clerk)),
    ("reread_document", From(Clerk)),
    ("accept_reread", From(Clerk)),
    ("discard_reread", From(Clerk)),
    // Who has it or a maintainer; by whoever else it is refused for another reason than their role.
    ("assign_document", From(Clerk)),
    ("list_people", From(Clerk)),
    ("get_document_result", From(Clerk)),
    ("export_document", From(Clerk)),
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
    ("try_rules", From(Clerk)),
    ("get_questions", From(Clerk)),
    ("score_rubric", From(Clerk)),
    ("get_keying", From(Clerk)),
    ("export_rubric", From(Clerk)),
    ("get_amends", From(Clerk)),
    ("settle_amends", From(Clerk)),
    ("compare_rubric", From(Clerk)),
    ("get_rubric_version", From(Clerk)),
    ("get_rubric_record", From(Clerk)),
    // Public keys: who verifies a record may have no account.
    ("list_keys", Open),
    ("list_proposals", From(Clerk)),
    ("decide_proposal", From(Maintainer)),
    ("get_phrase_history", From(Clerk)),
    ("get_lexicon", From(Clerk)),
    ("import_lexicon", From(Maintainer)),
    ("list_lexicon_versions", From(Clerk)),
    ("list_looks", From(Clerk)),
    ("look_again", From(Clerk)),
    ("be_present", From(Clerk)),
    ("leave", From(Clerk)),
    ("delete_document", UploaderOr(Admin)),
    ("list_erasures", From(Admin)),
    ("list_webhooks", From(Admin)),
    ("add_webhook", From(Admin)),
    ("change_webhook", From(Admin)),
    ("remove_webhook", From(Admin)),
    ("list_webhook_deliveries", From(Admin)),
    ("redeliver", From(Admin)),
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
    /// With somebody's token of these scopes.
    Program(&'static str, Role, &'static str),
}

const CALLERS: [Caller; 15] = [
    Caller::Nobody,
    Caller::Expired,
    Caller::Closed,
    Caller::Program("sep", Admin, "read"),
    Caller::Program("sep", Admin, "write"),
    Caller::Program("sep", Admin, "confirm"),
    Caller::Program("sep", Admin, "admin"),
    Caller::Program("sep", Admin, "read admin"),
    Caller::Program("sep", Admin, "read write confirm"),
    Caller::Program("sep", Admin, "read write confirm admin"),
    // Made when lan was more than she is now: a scope adds nothing to a role.
    Caller::Program("lan", Maintainer, "read write confirm admin"),
    Caller::Person("hoa", Clerk),
    Caller::Person("thu", Clerk),
    Caller::Person("lan", Maintainer),
    Caller::Person("sep", Admin),
];

/// Who uploaded the document that is asked for.
const UPLOADER: &str = "hoa";

/// What the rule makes of the caller.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Allowed,
    NotSignedIn,
    Forbidden,
}

fn expected(rule: Rule, call: &Call, caller: Caller) -> Verdict {
    let (name, role, scopes) = match caller {
        _ if rule == Open => return Verdict::Allowed,
        Caller::Nobody | Caller::Expired | Caller::Closed => return Verdict::NotSignedIn,
        Caller::Person(name, role) => (name, role, None),
        Caller::Program(name, role, scopes) => (name, role, Some(scopes)),
    };
    let least = match rule {
        Open => return Verdict::Allowed,
        From(least) => least,
        InPerson(_) if scopes.is_some() => return Verdict::Forbidden,
        InPerson(least) => least,
        UploaderOr(_) if name == UPLOADER => Clerk,
        UploaderOr(least) => least,
    };
    let has = |scope| scopes.is_none_or(|scopes| scopes.split(' ').any(|s| s == scope));
    let may = role >= least
        && has(if call.only_looks() { "read" } else { "write" })
        && (least < Maintainer || has(if least == Admin { "admin" } else { "confirm" }));
    match may {
        true => Verdict::Allowed,
        false => Verdict::Forbidden,
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
        "forbidden" | "scope_missing" | "session_needed" => Verdict::Forbidden,
        // Known, and refused for another reason than who they are.
        "wrong_password" | "same_person" | "scope_over_role" | "not_holder" => Verdict::Allowed,
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
                let expect = expected(rule, call, caller);
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
    keep_token(office, "token-of-cu", "cu", "read write").await;
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
            let began = *office.clock.lock().unwrap() - Duration::hours(2);
            keep_session(office, &session, "sep", began).await;
            put("cookie", format!("sohoa_session={session}"));
        }
        Caller::Person(name, _) => {
            let session = format!("session-{turn}");
            let began = *office.clock.lock().unwrap();
            keep_session(office, &session, name, began).await;
            put("cookie", format!("sohoa_session={session}"));
        }
        Caller::Program(name, _, scopes) => {
            let token = format!("token-{turn}");
            keep_token(office, &token, name, scopes).await;
            put("authorization", format!("Bearer {token}"));
        }
    }
    office.head_of(request).await
}

/// A session of an hour.
async fn keep_session(office: &Office, token: &str, user: &str, began: OffsetDateTime) {
    let session = NewSession {
        token: &TokenHash::of(token),
        user,
        address: "10.0.0.1",
        expires: began + Duration::hours(1),
    };
    office.store.open_session(session, began).await.unwrap();
}

async fn keep_token(office: &Office, token: &str, user: &str, scopes: &str) {
    let token = NewToken {
        token: &TokenHash::of(token),
        user,
        label: "",
        scopes: &Scopes::from_names(scopes).unwrap(),
        expires: None,
    };
    let now = *office.clock.lock().unwrap();
    office.store.add_token(token, now).await.unwrap();
}
