use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::audit::Note;
use super::auth::{Address, DEMO_COOKIE, Person, new_token, session, session_cookie, set_cookie};
use super::dto::Body;
use super::problem::{HttpError, Problem};
use super::{Access, App};
use crate::store::{AuditKind, NewSession, Password, TokenHash, User};

/// Who is signed in.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionBody {
    user: String,
    /// `clerk`, `maintainer` or `admin`.
    role: &'static str,
    /// True when nobody needs an account.
    demo: bool,
    /// True of a person whom the office's own provider vouches for: they have no password here.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    vouched: bool,
    /// In the demo: who one can be.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    people: Vec<&'static str>,
}

impl SessionBody {
    fn of(app: &App, person: &Person) -> Self {
        let people = match &app.settings.access {
            Access::Accounts => Vec::new(),
            Access::Demo(demo) => demo.people.iter().map(|(name, _)| *name).collect(),
        };
        Self {
            user: person.name.clone(),
            role: person.role.name(),
            demo: !people.is_empty(),
            vouched: person.vouched,
            people,
        }
    }
}

/// A name and its password; the demo needs no password.
#[derive(Deserialize, ToSchema)]
pub struct SignIn {
    user: String,
    #[serde(default)]
    password: String,
}

/// A password change of one's own.
#[derive(Deserialize, ToSchema)]
pub struct PasswordChange {
    old: String,
    new: String,
}

/// Who is signed in.
#[utoipa::path(
    get, path = "/session", operation_id = "get_session", tag = "session",
    responses((status = 200, body = SessionBody), (status = 401, body = Problem, content_type = "application/problem+json"))
)]
pub async fn who(State(app): State<App>, person: Person) -> Json<SessionBody> {
    Json(SessionBody::of(&app, &person))
}

/// Sign in; the answer sets the session cookie. In the demo: become one of its people.
#[utoipa::path(
    post, path = "/session", operation_id = "sign_in", tag = "session", request_body = SignIn,
    responses(
        (status = 200, body = SessionBody),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 429, body = Problem, content_type = "application/problem+json")
    )
)]
pub async fn sign_in(
    State(app): State<App>,
    address: Address,
    headers: HeaderMap,
    Body(given): Body<SignIn>,
) -> Result<impl IntoResponse, HttpError> {
    // A cookie set by another site's form would sign a person in as somebody else.
    if !headers.contains_key("x-sohoa") {
        return Err(HttpError::NoCsrfHeader);
    }
    let (person, cookie) = match &app.settings.access {
        Access::Demo(demo) => {
            let (name, role) = demo.person(Some(&given.user));
            (
                Person::of_demo(name, role),
                set_cookie(
                    DEMO_COOKIE,
                    name,
                    app.settings.session.as_secs(),
                    app.settings.cookies,
                ),
            )
        }
        Access::Accounts => {
            let user = recognise(&app, &given, address).await?;
            app.guard.succeeded(&given.user, address.0);
            Note::of(AuditKind::SignedIn, &user.name, address)
                .keep(&app)
                .await?;
            let cookie = open_session(&app, &user, address).await?;
            (Person::signed_in(user), cookie)
        }
    };
    Ok((
        [(header::SET_COOKIE, cookie)],
        Json(SessionBody::of(&app, &person)),
    ))
}

/// Sign out; the session is void from now on.
#[utoipa::path(delete, path = "/session", operation_id = "sign_out", tag = "session", responses((status = 204)))]
pub async fn sign_out(
    State(app): State<App>,
    person: Person,
    address: Address,
    headers: HeaderMap,
) -> Result<impl IntoResponse, HttpError> {
    if let Some(token) = session(&app, &headers) {
        app.store.close_session(&token).await?;
        Note::of(AuditKind::SignedOut, &person.name, address)
            .keep(&app)
            .await?;
    }
    let name = match app.settings.access {
        Access::Accounts => session_cookie(app.settings.cookies),
        Access::Demo(_) => DEMO_COOKIE,
    };
    let cleared = set_cookie(name, "", 0, app.settings.cookies);
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cleared)]))
}

/// Change one's own password; all one's sessions end.
#[utoipa::path(
    put, path = "/session/password", operation_id = "change_password", tag = "session", request_body = PasswordChange,
    responses(
        (status = 204),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json")
    )
)]
pub async fn change_password(
    State(app): State<App>,
    person: Person,
    address: Address,
    Body(change): Body<PasswordChange>,
) -> Result<StatusCode, HttpError> {
    person.in_person()?;
    if person.vouched {
        return Err(HttpError::NoPassword);
    }
    let given = SignIn {
        user: person.name.clone(),
        password: change.old,
    };
    recognise(&app, &given, address).await?;
    let hash = hashed(&app, &person.name, change.new).await?;
    app.store.set_password(&person.name, &hash).await?;
    Note::of(AuditKind::PasswordChanged, &person.name, address)
        .on(&person.name)
        .keep(&app)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The account whose password this is, unless there were too many wrong ones. A wrong one is counted and noted.
async fn recognise(app: &App, given: &SignIn, address: Address) -> Result<User, HttpError> {
    if let Err(wait) = app.guard.admit(&given.user, address.0, app.now()) {
        note_failure(app, AuditKind::LockedOut, &given.user, address).await?;
        return Err(HttpError::TooManyTries {
            seconds: whole_seconds(wait),
        });
    }
    match known_person(app, given).await? {
        Some(user) => Ok(user),
        None => {
            app.guard.failed(&given.user, address.0, app.now());
            note_failure(app, AuditKind::SignInFailed, &given.user, address).await?;
            Err(HttpError::WrongPassword)
        }
    }
}

/// Only names of accounts are noted: what else stands in that field may be somebody's password.
async fn note_failure(app: &App, kind: AuditKind, name: &str, address: Address) -> Result<(), HttpError> {
    let user = app.store.user(name).await?;
    let who = user.as_ref().map_or("(unknown)", |user| &user.name);
    Note::of(kind, who, address).keep(app).await
}

/// Opens a session and gives the cookie that names it.
pub async fn open_session(app: &App, user: &User, address: Address) -> Result<String, HttpError> {
    let token = new_token()?;
    let now = app.now();
    let session = NewSession {
        token: &TokenHash::of(&token),
        user: &user.name,
        address: &address.0.to_string(),
        expires: now + app.settings.session,
    };
    app.store.open_session(session, now).await?;
    let cookies = app.settings.cookies;
    let seconds = app.settings.session.as_secs();
    Ok(set_cookie(session_cookie(cookies), &token, seconds, cookies))
}

/// The open account whose password this is. Takes as long whether or not there is one.
async fn known_person(app: &App, given: &SignIn) -> Result<Option<User>, HttpError> {
    let user = app
        .store
        .user(&given.user)
        .await?
        .filter(|u| u.disabled_at.is_none());
    let password = Password::new(&given.password);
    let hash = user.as_ref().and_then(|u| u.password_hash.clone());
    let _turn = app
        .hashing
        .acquire()
        .await
        .map_err(|e| HttpError::Internal(e.to_string()))?;
    let right = tokio::task::spawn_blocking(move || password.matches(hash.as_deref())).await?;
    Ok(user.filter(|_| right))
}

/// The hash to keep of a new password for the account of this name.
pub async fn hashed(app: &App, name: &str, password: String) -> Result<String, HttpError> {
    let password = Password::new(password);
    let name = name.to_owned();
    let _turn = app
        .hashing
        .acquire()
        .await
        .map_err(|e| HttpError::Internal(e.to_string()))?;
    Ok(tokio::task::spawn_blocking(move || password.hash_for(&name)).await??)
}

pub fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}
