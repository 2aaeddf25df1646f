use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::auth::{Address, DEMO_COOKIE, Person, SESSION_COOKIE, cookie, new_token, set_cookie};
use super::dto::Body;
use super::problem::{HttpError, Problem};
use super::{Access, App};
use crate::store::{Password, TokenHash};

/// Who is signed in.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionBody {
    user: String,
    /// `clerk`, `maintainer` or `admin`.
    role: &'static str,
    /// True when nobody needs an account.
    demo: bool,
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
    Address(address): Address,
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
            let person = Person {
                name: name.to_owned(),
                role,
            };
            (
                person,
                set_cookie(
                    DEMO_COOKIE,
                    name,
                    app.settings.session.as_secs(),
                    app.settings.cookies,
                ),
            )
        }
        Access::Accounts => {
            app.guard
                .admit(&given.user, address, app.now())
                .map_err(|wait| HttpError::TooManyTries {
                    seconds: whole_seconds(wait),
                })?;
            let Some(person) = known_person(&app, &given).await? else {
                app.guard.failed(&given.user, address, app.now());
                return Err(HttpError::WrongPassword);
            };
            app.guard.succeeded(&given.user, address);
            let token = new_token()?;
            let now = app.now();
            app.store
                .open_session(
                    &TokenHash::of(&token),
                    &person.name,
                    now,
                    now + app.settings.session,
                )
                .await?;
            let seconds = app.settings.session.as_secs();
            (
                person,
                set_cookie(SESSION_COOKIE, &token, seconds, app.settings.cookies),
            )
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
    _: Person,
    headers: HeaderMap,
) -> Result<impl IntoResponse, HttpError> {
    if let Some(token) = cookie(&headers, SESSION_COOKIE) {
        app.store.close_session(&TokenHash::of(token)).await?;
    }
    let name = match app.settings.access {
        Access::Accounts => SESSION_COOKIE,
        Access::Demo(_) => DEMO_COOKIE,
    };
    let cleared = set_cookie(name, "", 0, app.settings.cookies);
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cleared)]))
}

/// Change one's own password; all one's sessions end.
#[utoipa::path(
    put, path = "/session/password", operation_id = "change_password", tag = "session", request_body = PasswordChange,
    responses((status = 204), (status = 401, body = Problem, content_type = "application/problem+json"))
)]
pub async fn change_password(
    State(app): State<App>,
    person: Person,
    Address(address): Address,
    Body(change): Body<PasswordChange>,
) -> Result<StatusCode, HttpError> {
    app.guard
        .admit(&person.name, address, app.now())
        .map_err(|wait| HttpError::TooManyTries {
            seconds: whole_seconds(wait),
        })?;
    let given = SignIn {
        user: person.name.clone(),
        password: change.old,
    };
    if known_person(&app, &given).await?.is_none() {
        app.guard.failed(&person.name, address, app.now());
        return Err(HttpError::WrongPassword);
    }
    let hash = hashed(&app, change.new).await?;
    app.store.set_password(&person.name, &hash).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The open account whose password this is. Takes as long whether or not there is one.
async fn known_person(app: &App, given: &SignIn) -> Result<Option<Person>, HttpError> {
    let user = app
        .store
        .user(&given.user)
        .await?
        .filter(|u| u.disabled_at.is_none());
    let password = Password::new(&given.password);
    let hash = user.as_ref().map(|u| u.password_hash.clone());
    let _turn = app
        .hashing
        .acquire()
        .await
        .map_err(|e| HttpError::Internal(e.to_string()))?;
    let right = tokio::task::spawn_blocking(move || password.matches(hash.as_deref())).await?;
    Ok(user.filter(|_| right).map(|u| Person {
        name: u.name,
        role: u.role,
    }))
}

/// The hash to keep of a new password.
pub async fn hashed(app: &App, password: String) -> Result<String, HttpError> {
    let password = Password::new(password);
    let _turn = app
        .hashing
        .acquire()
        .await
        .map_err(|e| HttpError::Internal(e.to_string()))?;
    Ok(tokio::task::spawn_blocking(move || password.hash()).await??)
}

fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}
