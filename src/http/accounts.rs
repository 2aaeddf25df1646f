use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::App;
use super::audit::Note;
use super::auth::{Address, Person};
use super::dto::{Body, Named, rfc3339};
use super::problem::{HttpError, Problem};
use super::session::hashed;
use crate::store::{AuditKind, NewUser, Role, User};

/// An account.
#[derive(Debug, Serialize, ToSchema)]
pub struct Account {
    name: String,
    /// `clerk`, `maintainer` or `admin`.
    role: &'static str,
    created_at: String,
    disabled: bool,
}

/// All accounts, by name.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccountList {
    users: Vec<Account>,
}

/// An account to be made.
#[derive(Deserialize, ToSchema)]
pub struct NewAccount {
    name: String,
    role: String,
    password: String,
}

/// What to change of an account; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountChange {
    role: Option<String>,
    password: Option<String>,
    disabled: Option<bool>,
}

impl From<User> for Account {
    fn from(user: User) -> Self {
        Self {
            name: user.name,
            role: user.role.name(),
            created_at: rfc3339(user.created_at),
            disabled: user.disabled_at.is_some(),
        }
    }
}

/// The accounts (admin).
#[utoipa::path(
    get, path = "/users", operation_id = "list_users", tag = "accounts",
    responses((status = 200, body = AccountList), (status = 403, body = Problem, content_type = "application/problem+json"))
)]
pub async fn list(State(app): State<App>, person: Person) -> Result<Json<AccountList>, HttpError> {
    person.may(Role::Admin)?;
    let users = app.store.users().await?.into_iter().map(Account::from).collect();
    Ok(Json(AccountList { users }))
}

/// Make an account (admin).
#[utoipa::path(
    post, path = "/users", operation_id = "add_user", tag = "accounts", request_body = NewAccount,
    responses(
        (status = 201, body = Account),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")
    )
)]
pub async fn add(
    State(app): State<App>,
    person: Person,
    address: Address,
    Body(new): Body<NewAccount>,
) -> Result<(StatusCode, Json<Account>), HttpError> {
    person.may(Role::Admin)?;
    if !User::is_name(&new.name) {
        return Err(HttpError::BadName);
    }
    let role = role(&new.role)?;
    let password_hash = hashed(&app, &new.name, new.password).await?;
    let user = NewUser {
        name: &new.name,
        role,
        password_hash: &password_hash,
    };
    app.store.add_user(user, app.now()).await?;
    Note::of(AuditKind::AccountMade, &person.name, address)
        .on(&new.name)
        .saying(role.name())
        .keep(&app)
        .await?;
    Ok((StatusCode::CREATED, Json(account(&app, &new.name).await?)))
}

/// Change an account's role or password, close it or open it again (admin).
#[utoipa::path(
    patch, path = "/users/{name}", operation_id = "change_user", tag = "accounts", request_body = AccountChange,
    params(("name" = String, Path, description = "the account's name")),
    responses(
        (status = 200, body = Account),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json")
    )
)]
pub async fn change(
    State(app): State<App>,
    person: Person,
    address: Address,
    Named(name): Named<String>,
    Body(change): Body<AccountChange>,
) -> Result<Json<Account>, HttpError> {
    person.may(Role::Admin)?;
    let user = app.store.user(&name).await?;
    let user = user.ok_or(HttpError::NotFound { what: "user" })?;
    // A password would let somebody in whatever the provider says of them.
    if change.password.is_some() && user.password_hash.is_none() {
        return Err(HttpError::NoPassword);
    }
    let name = user.name;
    let note = |kind| Note::of(kind, &person.name, address).on(&name);
    let new_role = change.role.as_deref().map(role).transpose()?;
    let loses_admin = change.disabled == Some(true) || new_role.is_some_and(|r| r != Role::Admin);
    if loses_admin && is_last_admin(&app, &name).await? {
        return Err(HttpError::LastAdmin);
    }
    if let Some(password) = change.password {
        let hash = hashed(&app, &name, password).await?;
        app.store.set_password(&name, &hash).await?;
        note(AuditKind::PasswordChanged).keep(&app).await?;
    }
    if let Some(role) = new_role {
        app.store.set_role(&name, role).await?;
        note(AuditKind::AccountChanged)
            .saying(role.name())
            .keep(&app)
            .await?;
    }
    match change.disabled {
        Some(true) => {
            app.store.disable_user(&name, app.now()).await?;
            note(AuditKind::AccountClosed).keep(&app).await?;
        }
        Some(false) => {
            app.store.enable_user(&name).await?;
            note(AuditKind::AccountOpened).keep(&app).await?;
        }
        None => {}
    }
    Ok(Json(account(&app, &name).await?))
}

async fn account(app: &App, name: &str) -> Result<Account, HttpError> {
    let user = app.store.user(name).await?;
    user.map(Account::from)
        .ok_or(HttpError::NotFound { what: "user" })
}

async fn is_last_admin(app: &App, name: &str) -> Result<bool, HttpError> {
    let users = app.store.users().await?;
    let mut open = users
        .iter()
        .filter(|u| u.role == Role::Admin && u.disabled_at.is_none());
    Ok(open.all(|u| u.name.eq_ignore_ascii_case(name)))
}

fn role(name: &str) -> Result<Role, HttpError> {
    Role::from_name(name).ok_or_else(|| HttpError::BadRequest {
        detail: format!("there is no role {name:?}: clerk, maintainer or admin"),
    })
}
