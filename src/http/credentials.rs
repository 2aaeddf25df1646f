//! One's own sessions and tokens.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use time::Duration;
use utoipa::ToSchema;

use super::App;
use super::audit::Note;
use super::auth::{Address, Person, new_token, session};
use super::dto::{Body, Named, rfc3339};
use super::problem::{HttpError, Problem};
use crate::store::{AuditKind, NewToken, Scope, Scopes, SessionRecord, TokenHash, TokenRecord};

/// Characters of a label that are kept.
const LONGEST_LABEL: usize = 100;

/// One of one's sessions.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionLine {
    id: String,
    /// Where it was opened from.
    address: String,
    created_at: String,
    /// The last request, to the minute.
    seen_at: String,
    /// When it ends at the latest.
    expires_at: String,
    /// The one that asks.
    current: bool,
}

/// One's open sessions, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionList {
    sessions: Vec<SessionLine>,
}

/// One of one's tokens. The token itself is shown once, when it is made.
#[derive(Debug, Serialize, ToSchema)]
pub struct TokenLine {
    /// The beginning of the token's SHA-256: who finds a token can tell which one it is.
    id: String,
    label: String,
    /// `read`, `write`, `confirm`, `admin`.
    scopes: Vec<&'static str>,
    created_at: String,
    /// `null`: works until it is revoked.
    expires_at: Option<String>,
    /// The last request, to the minute; `null`: never.
    used_at: Option<String>,
    expired: bool,
}

/// One's tokens, newest first; those that have ended, too.
#[derive(Debug, Serialize, ToSchema)]
pub struct TokenList {
    tokens: Vec<TokenLine>,
}

/// A token to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenOrder {
    /// What it is for.
    label: String,
    /// `read`: ask for what changes nothing; `write`: ask for changes; `confirm`, `admin`: besides, what needs a
    /// maintainer or an admin. None beyond one's role.
    scopes: Vec<String>,
    /// Days until it ends, 1 to 3650; absent: 365.
    days: Option<u32>,
}

/// A token that has just been made.
#[derive(Debug, Serialize, ToSchema)]
pub struct MadeToken {
    /// Shown this once: only its SHA-256 is kept.
    token: String,
    #[serde(flatten)]
    line: TokenLine,
}

impl TokenLine {
    fn of(record: TokenRecord, app: &App) -> Self {
        Self {
            id: record.id,
            label: record.label,
            scopes: record.scopes.iter().map(Scope::name).collect(),
            created_at: rfc3339(record.created_at),
            expired: record.expires_at.is_some_and(|at| at <= app.now()),
            expires_at: record.expires_at.map(rfc3339),
            used_at: record.used_at.map(rfc3339),
        }
    }
}

impl SessionLine {
    fn of(record: SessionRecord, own: Option<&TokenHash>) -> Self {
        Self {
            current: own.is_some_and(|own| own.id() == record.id),
            id: record.id,
            address: record.address,
            created_at: rfc3339(record.created_at),
            seen_at: rfc3339(record.seen_at),
            expires_at: rfc3339(record.expires_at),
        }
    }
}

/// One's open sessions.
#[utoipa::path(
    get, path = "/sessions", operation_id = "list_sessions", tag = "session",
    responses((status = 200, body = SessionList), (status = 403, body = Problem, content_type = "application/problem+json"))
)]
pub async fn sessions(
    State(app): State<App>,
    person: Person,
    headers: HeaderMap,
) -> Result<Json<SessionList>, HttpError> {
    person.in_person()?;
    let records = app
        .store
        .sessions(&person.name, app.now(), app.idle_since())
        .await?;
    let own = session(&app, &headers);
    let sessions = records
        .into_iter()
        .map(|record| SessionLine::of(record, own.as_ref()))
        .collect();
    Ok(Json(SessionList { sessions }))
}

/// End one of one's sessions.
#[utoipa::path(
    delete, path = "/sessions/{id}", operation_id = "end_session", tag = "session", params(("id" = String, Path, description = "the session's id")),
    responses(
        (status = 204),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json")
    )
)]
pub async fn end_session(
    State(app): State<App>,
    person: Person,
    address: Address,
    Named(id): Named<String>,
) -> Result<StatusCode, HttpError> {
    person.in_person()?;
    app.store.end_session(&person.name, &id).await?;
    Note::of(AuditKind::SessionEnded, &person.name, address)
        .on(&id)
        .keep(&app)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// One's tokens.
#[utoipa::path(
    get, path = "/tokens", operation_id = "list_tokens", tag = "session",
    responses((status = 200, body = TokenList), (status = 403, body = Problem, content_type = "application/problem+json"))
)]
pub async fn tokens(State(app): State<App>, person: Person) -> Result<Json<TokenList>, HttpError> {
    person.in_person()?;
    let records = app.store.tokens(&person.name).await?;
    let tokens = records
        .into_iter()
        .map(|record| TokenLine::of(record, &app))
        .collect();
    Ok(Json(TokenList { tokens }))
}

/// Make a token for a program that acts for oneself.
#[utoipa::path(
    post, path = "/tokens", operation_id = "make_token", tag = "session", request_body = TokenOrder,
    responses(
        (status = 201, body = MadeToken),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")
    )
)]
pub async fn make_token(
    State(app): State<App>,
    person: Person,
    address: Address,
    Body(order): Body<TokenOrder>,
) -> Result<(StatusCode, Json<MadeToken>), HttpError> {
    person.in_person()?;
    let scopes = scopes(&order.scopes)?;
    if let Some(scope) = scopes.iter().find(|scope| person.role < scope.least_role()) {
        return Err(HttpError::ScopeOverRole { scope });
    }
    let days = order.days.unwrap_or(TokenRecord::USUAL_DAYS);
    if !(1..=TokenRecord::MOST_DAYS).contains(&days) {
        return Err(HttpError::BadRequest {
            detail: format!("`days` is from 1 to {}", TokenRecord::MOST_DAYS),
        });
    }
    let label: String = order.label.trim().chars().take(LONGEST_LABEL).collect();
    let token = format!("{}{}", TokenHash::PREFIX, new_token()?);
    let hash = TokenHash::of(&token);
    let now = app.now();
    let new = NewToken {
        token: &hash,
        user: &person.name,
        label: &label,
        scopes: &scopes,
        expires: Some(now + Duration::days(i64::from(days))),
    };
    app.store.add_token(new, now).await?;
    Note::of(AuditKind::TokenMade, &person.name, address)
        .on(hash.id())
        .saying(&scopes.names())
        .keep(&app)
        .await?;
    let line = TokenLine {
        id: hash.id().to_owned(),
        label,
        scopes: scopes.iter().map(Scope::name).collect(),
        created_at: rfc3339(now),
        expires_at: Some(rfc3339(now + Duration::days(i64::from(days)))),
        used_at: None,
        expired: false,
    };
    Ok((StatusCode::CREATED, Json(MadeToken { token, line })))
}

/// Revoke one of one's tokens; it is void from now on.
#[utoipa::path(
    delete, path = "/tokens/{id}", operation_id = "revoke_token", tag = "session", params(("id" = String, Path, description = "the token's id")),
    responses(
        (status = 204),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json")
    )
)]
pub async fn revoke_token(
    State(app): State<App>,
    person: Person,
    address: Address,
    Named(id): Named<String>,
) -> Result<StatusCode, HttpError> {
    person.in_person()?;
    app.store.revoke_token(&person.name, &id).await?;
    Note::of(AuditKind::TokenRevoked, &person.name, address)
        .on(&id)
        .keep(&app)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

fn scopes(names: &[String]) -> Result<Scopes, HttpError> {
    let known: Result<Vec<Scope>, HttpError> = names
        .iter()
        .map(|name| {
            Scope::from_name(name).ok_or_else(|| HttpError::BadRequest {
                detail: format!("there is no scope {name:?}: read, write, confirm or admin"),
            })
        })
        .collect();
    Scopes::new(known?).ok_or_else(|| HttpError::BadRequest {
        detail: "a token needs at least one scope: read, write, confirm or admin".to_owned(),
    })
}
