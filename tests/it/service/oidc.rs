//! Signing in at the office's own provider, which is a real one: node's `oidc-provider`.

mod forged;
mod place;
mod program;

use std::time::Duration;

use axum::http::StatusCode;
use serde_json::{Value, json};
use sohoa::store::{AuditRange, Identity, NewToken, Role, Scopes, TokenHash};

use super::office::{Office, Rules, request};
use place::{Browser, Place, Terms, cookies, destination, refused};

const THU: &str = "248289761001";

fn thu(roles: &[&str]) -> Value {
    json!({THU: {"preferred_username": "thu", "roles": roles}})
}

fn code(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

/// Who is signed in, at the office of this browser's session.
async fn session(place: &Place, browser: &Browser) -> (u16, Value) {
    browser.json(&format!("{}/api/v1/session", place.address)).await
}

/// The latest events: kind, who, subject, detail.
async fn latest(office: &Office, count: u32) -> Vec<(String, String, String, String)> {
    let mut records = office.store.audit(AuditRange::Before(None), count).await.unwrap();
    records.reverse();
    let told = records.into_iter().map(|record| {
        let text = |text: Option<String>| text.unwrap_or_default();
        (
            record.kind.name().to_owned(),
            record.who,
            text(record.subject),
            text(record.detail),
        )
    });
    told.collect()
}

fn event(kind: &str, who: &str, subject: &str, detail: &str) -> (String, String, String, String) {
    (kind.into(), who.into(), subject.into(), detail.into())
}

#[tokio::test]
async fn a_person_signs_in_at_the_provider_and_is_known_again() {
    let Some(place) = Place::open(Terms::default()).await else {
        return;
    };
    place.people(thu(&["so-duyet", "khac"]));
    let browser = Browser::new();
    let (_, ways) = browser
        .json(&format!("{}/api/v1/session/ways", place.address))
        .await;
    assert_eq!(
        ways["provider"],
        json!({
            "address": "/signin/provider",
            "label_vi": "Đăng nhập bằng tài khoản Sở",
            "label_en": "Sign in with your department account"
        })
    );

    let begin = format!("{}/signin/provider?next=/documents/x%3Fa%3Db", place.address);
    let begun = browser.get(&begin).await;
    assert_eq!(begun.status(), 303);
    assert_eq!(begun.headers()["cache-control"], "no-store");
    let [tied] = &cookies(&begun)[..] else {
        panic!("one cookie")
    };
    assert!(tied.contains("; HttpOnly; SameSite=Lax; Max-Age=600"), "{tied}");
    let there = destination(&begun).unwrap();
    assert!(there.as_str().starts_with(&place.provider.issuer), "{there}");
    let asked = |name: &str| {
        let value = there.query_pairs().find(|(key, _)| key == name);
        value.map(|(_, value)| value.into_owned()).unwrap_or_default()
    };
    assert_eq!(asked("response_type"), "code");
    assert_eq!(asked("code_challenge_method"), "S256");
    assert_eq!(asked("scope"), "openid profile");
    assert_eq!(
        asked("redirect_uri"),
        format!("{}/signin/provider/callback", place.address)
    );
    for secret in ["state", "nonce", "code_challenge"] {
        assert!(asked(secret).len() >= 22, "{secret} {:?}", asked(secret));
    }

    let callback = browser.through_the_provider(begun, THU).await;
    let back = browser.get(&callback).await;
    assert_eq!(back.status(), 303, "{}", back.text().await.unwrap());
    assert_eq!(back.headers()["cache-control"], "no-store");
    assert_eq!(back.headers()["location"], "/documents/x?a=b");
    let set = cookies(&back);
    assert!(
        set[0].starts_with("sohoa_session=") && set[0].contains("; HttpOnly; SameSite=Strict"),
        "{set:?}"
    );
    assert!(
        set[1].starts_with("sohoa_signin=;") && set[1].contains("Max-Age=0"),
        "{set:?}"
    );
    assert_eq!(
        session(&place, &browser).await,
        (
            200,
            json!({"user": "thu", "role": "maintainer", "demo": false, "vouched": true})
        )
    );
    assert_eq!(
        latest(&place.office, 3).await,
        [
            event("account_made", "(provider)", "thu", "maintainer"),
            event("signed_in", "thu", "", "provider"),
        ]
    );

    // A name that the provider changes changes no account, and there is one only.
    place.people(json!({THU: {"preferred_username": "thu.moi", "roles": "so-duyet"}}));
    let (again, _) = place.sign_in(THU).await;
    assert_eq!(session(&place, &again).await.1["user"], "thu");
    let names = place.office.store.users().await.unwrap();
    let names: Vec<&str> = names.iter().map(|user| user.name.as_str()).collect();
    assert_eq!(names, ["hoa", "lan", "minh", "sep", "thu"]);
}

#[tokio::test]
async fn no_password_lets_in_whom_the_provider_vouches_for() {
    let Some(place) = Place::open(Terms::default()).await else {
        return;
    };
    place.people(thu(&["so-nhap"]));
    let (browser, _) = place.sign_in(THU).await;
    for guess in ["", "đủ dài để dùng"] {
        let body = json!({"user": "thu", "password": guess});
        let sign_in = request("", "POST", "/api/v1/session", &[("x-sohoa", "1")], body);
        assert_eq!(
            place.office.send(sign_in).await.problem(),
            code(401, "wrong_password")
        );
    }
    let (_, session) = browser.json(&format!("{}/api/v1/session", place.address)).await;
    assert_eq!(session["vouched"], true);
    let own = json!({"old": "", "new": "một mật khẩu dài"});
    let (status, problem) = browser
        .put(&format!("{}/api/v1/session/password", place.address), own)
        .await;
    assert_eq!((status, problem["code"].as_str()), (409, Some("no_password")));
    let given = json!({"password": "một mật khẩu dài"});
    let by_an_admin = place.office.ask("sep", "PATCH", "/api/v1/users/thu", given).await;
    assert_eq!(by_an_admin.problem(), code(409, "no_password"));
}

#[tokio::test]
async fn a_sign_in_ends_once_in_the_browser_that_began_it_and_in_time() {
    let Some(place) = Place::open(Terms::default()).await else {
        return;
    };
    place.people(thu(&["so-nhap"]));
    let browser = Browser::new();
    let callback = place.come_back(&browser, THU).await;
    let not_under_way = code(400, "sign_in_not_under_way");

    // Another browser, with no sign-in of its own and with one.
    let other = Browser::new();
    assert_eq!(refused(other.get(&callback).await).await, not_under_way);
    other.get(&format!("{}/signin/provider", place.address)).await;
    assert_eq!(refused(other.get(&callback).await).await, not_under_way);
    // Another state, none, and one with no code.
    let bare = callback.split_once('?').unwrap().0;
    let guessed = format!("{bare}?state=AAAAAAAAAAAAAAAAAAAAAA&code=x");
    assert_eq!(refused(browser.get(&guessed).await).await, not_under_way);
    assert_eq!(refused(browser.get(bare).await).await, not_under_way);

    // None of that has spoiled it, and it works once.
    let back = browser.get(&callback).await;
    assert_eq!(back.status(), 303, "{}", back.text().await.unwrap());
    assert_eq!(refused(browser.get(&callback).await).await, not_under_way);
    assert_eq!(session(&place, &browser).await.0, 200);

    let late = Browser::new();
    let callback = place.come_back(&late, THU).await;
    *place.office.clock.lock().unwrap() += Duration::from_secs(10 * 60);
    assert_eq!(refused(late.get(&callback).await).await, not_under_way);
}

#[tokio::test]
async fn a_code_is_worth_nothing_in_another_sign_in() {
    let Some(place) = Place::open(Terms::default()).await else {
        return;
    };
    place.people(thu(&["so-nhap"]));
    // Somebody's code, brought back in a sign-in of one's own: neither the verifier nor the nonce is right.
    let stolen = place.come_back(&Browser::new(), THU).await;
    let browser = Browser::new();
    let own = place.come_back(&browser, THU).await;
    let part = |url: &str, name: &str| {
        let url = reqwest::Url::parse(url).unwrap();
        let found = url.query_pairs().find(|(key, _)| key == name).unwrap();
        found.1.into_owned()
    };
    let mixed = own.replace(&part(&own, "code"), &part(&stolen, "code"));
    assert_ne!(mixed, own);
    assert_eq!(
        refused(browser.get(&mixed).await).await,
        code(502, "provider_unreachable")
    );
    assert_eq!(session(&place, &browser).await.0, 401);
}

#[tokio::test]
async fn roles_are_the_providers_at_each_sign_in() {
    let Some(place) = Place::open(Terms::default()).await else {
        return;
    };
    let no_role = code(403, "no_role");
    for roles in [
        json!([]),
        json!(["khac", "SO-DUYET", ""]),
        json!(null),
        json!({"so-truong": 1}),
    ] {
        place.people(json!({THU: {"preferred_username": "thu", "roles": roles}}));
        assert_eq!(refused(place.sign_in(THU).await.1).await, no_role, "{roles}");
    }
    place.people(json!({THU: {"preferred_username": "thu"}}));
    assert_eq!(refused(place.sign_in(THU).await.1).await, no_role);
    assert_eq!(place.office.store.user("thu").await.unwrap(), None);
    assert_eq!(
        latest(&place.office, 1).await,
        [event("sign_in_failed", "(unknown)", "", "no_role")]
    );

    place.people(thu(&["so-nhap"]));
    let (first, _) = place.sign_in(THU).await;
    assert_eq!(session(&place, &first).await.1["role"], "clerk");
    place.people(thu(&["so-nhap", "so-truong"]));
    let (second, _) = place.sign_in(THU).await;
    assert_eq!(session(&place, &second).await.1["role"], "admin");
    // The role is the person's: it counts in the older session too.
    assert_eq!(session(&place, &first).await.1["role"], "admin");
    assert_eq!(
        latest(&place.office, 2).await[0],
        event("account_changed", "(provider)", "thu", "admin")
    );
    place.people(thu(&["so-nhap"]));
    place.sign_in(THU).await;
    assert_eq!(session(&place, &second).await.1["role"], "clerk");

    // Who has none any more is out, everywhere.
    let secret = TokenHash::of("token-of-thu");
    let token = NewToken {
        token: &secret,
        user: "thu",
        label: "test",
        scopes: &Scopes::of_role(Role::Clerk),
        expires: None,
    };
    let now = *place.office.clock.lock().unwrap();
    place.office.store.add_token(token, now).await.unwrap();
    assert_eq!(
        place.office.get("thu", "/api/v1/session").await.status,
        StatusCode::OK
    );
    place.people(thu(&["khac"]));
    assert_eq!(refused(place.sign_in(THU).await.1).await, no_role);
    assert_eq!(session(&place, &first).await.0, 401);
    assert_eq!(session(&place, &second).await.0, 401);
    assert_eq!(
        place.office.get("thu", "/api/v1/session").await.status,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        latest(&place.office, 1).await,
        [event("sign_in_failed", "thu", "", "no_role")]
    );
}

#[tokio::test]
async fn who_is_disabled_or_locked_out_here_does_not_come_in_at_the_providers_word() {
    let Some(place) = Place::open(Terms::default()).await else {
        return;
    };
    place.people(thu(&["so-truong"]));
    let (browser, _) = place.sign_in(THU).await;
    let users = "/api/v1/users/thu";
    let disabled = |disabled: bool| {
        place
            .office
            .ask("sep", "PATCH", users, json!({"disabled": disabled}))
    };
    assert_eq!(disabled(true).await.status, StatusCode::OK);
    assert_eq!(session(&place, &browser).await.0, 401);
    assert_eq!(
        refused(place.sign_in(THU).await.1).await,
        code(403, "account_closed")
    );
    assert_eq!(
        latest(&place.office, 1).await,
        [event("sign_in_failed", "thu", "", "account_closed")]
    );
    assert_eq!(disabled(false).await.status, StatusCode::OK);
    assert_eq!(place.sign_in(THU).await.1.status(), 303);

    for _ in 0..5 {
        let body = json!({"user": "thu", "password": "đoán mò thôi"});
        let guess = request("", "POST", "/api/v1/session", &[("x-sohoa", "1")], body);
        assert_eq!(
            place.office.send(guess).await.problem(),
            code(401, "wrong_password")
        );
    }
    let (_, waits) = place.sign_in(THU).await;
    assert_eq!(waits.headers()["retry-after"], "1");
    assert_eq!(refused(waits).await, code(429, "too_many_tries"));
    assert_eq!(
        latest(&place.office, 1).await,
        [event("locked_out", "thu", "", "")]
    );
    *place.office.clock.lock().unwrap() += Duration::from_secs(2);
    assert_eq!(place.sign_in(THU).await.1.status(), 303);
}

#[tokio::test]
async fn an_account_with_a_password_is_nobodys_by_its_name() {
    let Some(place) = Place::open(Terms::default()).await else {
        return;
    };
    for called in ["lan", "LAN"] {
        place.people(json!({THU: {"preferred_username": called, "roles": ["so-truong"]}}));
        let (_, answer) = place.sign_in(THU).await;
        assert_eq!(
            refused(answer).await,
            code(409, "provider_name_taken"),
            "{called}"
        );
    }
    let lan = place.office.store.user("lan").await.unwrap().unwrap();
    assert_eq!((lan.role, lan.password_hash.is_some()), (Role::Maintainer, true));
    // An admin binds it to the person's own identity, and then it is theirs, and its password is void.
    let identity = Identity {
        issuer: &place.provider.issuer,
        subject: THU,
    };
    place.office.store.bind_user("lan", identity).await.unwrap();
    let (browser, _) = place.sign_in(THU).await;
    let who = session(&place, &browser).await.1;
    assert_eq!((&who["user"], &who["role"]), (&json!("lan"), &json!("admin")));
    let body = json!({"user": "lan", "password": "đủ dài để dùng"});
    let sign_in = request("", "POST", "/api/v1/session", &[("x-sohoa", "1")], body);
    assert_eq!(
        place.office.send(sign_in).await.problem(),
        code(401, "wrong_password")
    );
}

#[tokio::test]
async fn a_provider_that_does_not_answer_is_said_so() {
    let Some(mut place) = Place::open(Terms::default()).await else {
        return;
    };
    place.people(thu(&["so-nhap"]));
    let unreachable = code(502, "provider_unreachable");
    let browser = Browser::new();
    let callback = place.come_back(&browser, THU).await;
    place.provider.end();
    assert_eq!(refused(browser.get(&callback).await).await, unreachable);
    // What was known of it a minute ago is not believed any more.
    *place.office.clock.lock().unwrap() += Duration::from_secs(60);
    let begin = format!("{}/signin/provider", place.address);
    assert_eq!(refused(browser.get(&begin).await).await, unreachable);
    // Passwords work meanwhile.
    let body = json!({"user": "lan", "password": "đủ dài để dùng"});
    let sign_in = request("", "POST", "/api/v1/session", &[("x-sohoa", "1")], body);
    assert_eq!(place.office.send(sign_in).await.status, StatusCode::OK);
}

#[tokio::test]
async fn who_gives_up_at_the_provider_is_told_how_to_begin_again() {
    let Some(place) = Place::open(Terms::default()).await else {
        return;
    };
    let browser = Browser::new();
    let begun = browser.get(&format!("{}/signin/provider", place.address)).await;
    let form = browser.get(destination(&begun).unwrap().as_str()).await;
    let abort = format!("{}/abort", destination(&form).unwrap());
    let mut answer = browser.get(&abort).await;
    while let Some(next) = destination(&answer) {
        answer = browser.get(next.as_str()).await;
    }
    assert_eq!(refused(answer).await, code(403, "provider_declined"));
}

#[tokio::test]
async fn a_client_without_a_secret_and_claims_in_the_id_token_do_as_well() {
    let terms = Terms {
        id_token: true,
        public: true,
        role_claim: Some("realm_access.roles"),
    };
    let Some(place) = Place::open(terms).await else {
        return;
    };
    place.people(json!({THU: {
        "preferred_username": "thu@so.gov.vn",
        "roles": ["so-truong"],
        "realm_access": {"roles": ["so-nhap"]},
    }}));
    let (browser, answer) = place.sign_in(THU).await;
    assert_eq!(answer.status(), 303);
    let who = session(&place, &browser).await.1;
    assert_eq!(
        (&who["user"], &who["role"]),
        (&json!("thu-so.gov.vn"), &json!("clerk"))
    );
}

#[tokio::test]
async fn nobody_is_sent_on_to_another_site() {
    let Some(place) = Place::open(Terms::default()).await else {
        return;
    };
    place.people(thu(&["so-nhap"]));
    for next in [
        "//evil.example/",
        "https://evil.example/",
        "/%5Cevil.example",
        "/%09/evil.example",
    ] {
        let browser = Browser::new();
        let begin = format!("{}/signin/provider?next={next}", place.address);
        let begun = browser.get(&begin).await;
        let callback = browser.through_the_provider(begun, THU).await;
        let back = browser.get(&callback).await;
        assert_eq!(
            (back.status().as_u16(), &back.headers()["location"]),
            (303, &"/".parse().unwrap()),
            "{next}"
        );
    }
}

#[tokio::test]
async fn where_no_provider_is_set_there_is_no_button_and_no_such_address() {
    for rules in [Rules::default(), Rules::demo()] {
        let office = Office::open(rules).await;
        let get = |path: &str| request("", "GET", path, &[("host", "127.0.0.1:8080")], Value::Null);
        let ways = office.send(get("/api/v1/session/ways")).await;
        assert_eq!(ways.json(), json!({"provider": null}));
        for path in ["/signin/provider", "/signin/provider/callback?state=a&code=b"] {
            assert_eq!(office.send(get(path)).await.problem(), code(404, "no_provider"));
        }
    }
}
