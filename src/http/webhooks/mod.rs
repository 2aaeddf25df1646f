//! Telling others outside: who is told, what became of each message. [`Sender`] sends them.

mod reach;
mod sender;
mod sign;

pub use reach::AllowedHosts;
pub use sender::{Chance, Sender};

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use rand::TryRngCore;
use rand::rngs::OsRng;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::{IntoParams, ToSchema};

use super::App;
use super::auth::Person;
use super::dto::{Asked, Body, Named, rfc3339};
use super::problem::{HttpError, Problem};
use crate::store::{DeliveryRecord, HookKind, HookRecord, NewHook, Role, Switch};
use reach::Target;

/// Messages in one list.
const MOST_LISTED: u32 = 200;
const LONGEST_URL: usize = 2000;

/// Somebody outside who is to be told.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewHookBody {
    /// Where messages are posted: https, or http to a host that the configuration allows.
    url: String,
    /// document.ready, document.failed, rubric.submitted, rubric.returned, rubric.confirmed; at least one.
    kinds: Vec<String>,
}

/// A webhook that was just made, with the secret that its messages are signed with.
#[derive(Debug, Serialize, ToSchema)]
pub struct MadeHookBody {
    #[serde(flatten)]
    hook: HookBody,
    /// Shown this once.
    secret: String,
}

/// A webhook.
#[derive(Debug, Serialize, ToSchema)]
pub struct HookBody {
    id: String,
    url: String,
    kinds: Vec<&'static str>,
    created_at: String,
    created_by: String,
    /// Since when nothing has been taken; `null` when the last message was.
    failing_since: Option<String>,
    /// `null` while messages are sent.
    disabled_at: Option<String>,
    disabled_why: Option<String>,
}

/// The webhooks, the oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct HookList {
    webhooks: Vec<HookBody>,
}

/// Switches a webhook on or off.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SwitchBody {
    /// False: nothing is sent, and what waits is given up.
    enabled: bool,
}

/// A message and what became of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeliveryBody {
    id: i64,
    /// The header `webhook-id`: the same for every try.
    message: String,
    kind: &'static str,
    /// `pending`, `delivered` or `failed`.
    state: &'static str,
    attempts: u32,
    created_at: String,
    tried_at: Option<String>,
    /// When it is sent next; `null` once it is delivered or given up.
    next_at: Option<String>,
    /// What the last try was answered with.
    status: Option<u16>,
    error: Option<String>,
    /// As it is sent.
    body: String,
}

/// Messages, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeliveryList {
    deliveries: Vec<DeliveryBody>,
    /// Give it as `before` to go on; `null` at the end.
    next: Option<i64>,
}

/// Which messages to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct DeliveryQuery {
    /// Only messages older than this one.
    before: Option<i64>,
    /// At most so many, 1 to 200.
    limit: Option<u32>,
}

/// Have somebody outside told of what happens. Messages are signed as Standard Webhooks has it.
#[utoipa::path(
    post, path = "/webhooks", operation_id = "add_webhook", tag = "webhooks", request_body = NewHookBody,
    responses(
        (status = 201, body = MadeHookBody),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")
    )
)]
pub async fn add(
    State(app): State<App>,
    person: Person,
    Body(body): Body<NewHookBody>,
) -> Result<(StatusCode, Json<MadeHookBody>), HttpError> {
    person.may(Role::Admin)?;
    let kinds: Option<Vec<HookKind>> = body.kinds.iter().map(|name| HookKind::from_name(name)).collect();
    let kinds = kinds.filter(|kinds| !kinds.is_empty()).ok_or_else(|| {
        let known = HookKind::ALL.map(HookKind::name).join(", ");
        HttpError::BadRequest {
            detail: format!("`kinds` names at least one of {known}"),
        }
    })?;
    let unreachable = |why: String| HttpError::Unreachable { why };
    if body.url.len() > LONGEST_URL {
        return Err(unreachable(format!("a URL has {LONGEST_URL} bytes at most")));
    }
    let target = Target::of(&body.url, &app.settings.webhooks);
    let target = target.map_err(|error| unreachable(error.to_string()))?;
    // Looked up again at each sending, since names change; here so that a mistake shows at once.
    target
        .resolve()
        .await
        .map_err(|error| unreachable(error.to_string()))?;
    let mut secret = [0_u8; 32];
    OsRng
        .try_fill_bytes(&mut secret)
        .map_err(|e| HttpError::Internal(format!("no randomness: {e}")))?;
    let (id, secret, now) = ((app.ids)(), sign::written(&secret), app.now());
    let hook = NewHook {
        id: &id,
        url: &body.url,
        secret: &secret,
        kinds: &kinds,
        by: &person.name,
    };
    app.store.add_hook(hook, now).await?;
    let hook = one(&app, &id).await?;
    Ok((StatusCode::CREATED, Json(MadeHookBody { hook, secret })))
}

/// The webhooks, without their secrets.
#[utoipa::path(
    get, path = "/webhooks", operation_id = "list_webhooks", tag = "webhooks",
    responses((status = 200, body = HookList), (status = 403, body = Problem, content_type = "application/problem+json"))
)]
pub async fn list(State(app): State<App>, person: Person) -> Result<Json<HookList>, HttpError> {
    person.may(Role::Admin)?;
    let hooks = app.store.hooks().await?;
    let webhooks = hooks.into_iter().map(HookBody::from).collect();
    Ok(Json(HookList { webhooks }))
}

/// Switch a webhook off, or on again after it was switched off for failing too long.
#[utoipa::path(
    patch, path = "/webhooks/{id}", operation_id = "change_webhook", tag = "webhooks", request_body = SwitchBody,
    params(("id" = String, Path, description = "the webhook's id")),
    responses(
        (status = 200, body = HookBody),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json")
    )
)]
pub async fn change(
    State(app): State<App>,
    person: Person,
    Named(id): Named<String>,
    Body(body): Body<SwitchBody>,
) -> Result<Json<HookBody>, HttpError> {
    person.may(Role::Admin)?;
    let off = format!("switched off by {}", person.name);
    let switch = match body.enabled {
        true => Switch::On,
        false => Switch::Off(&off),
    };
    app.store.switch_hook(&id, switch, app.now()).await?;
    Ok(Json(one(&app, &id).await?))
}

/// Remove a webhook with the log of its messages.
#[utoipa::path(
    delete, path = "/webhooks/{id}", operation_id = "remove_webhook", tag = "webhooks",
    params(("id" = String, Path, description = "the webhook's id")),
    responses(
        (status = 204, description = "removed"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json")
    )
)]
pub async fn remove(
    State(app): State<App>,
    person: Person,
    Named(id): Named<String>,
) -> Result<StatusCode, HttpError> {
    person.may(Role::Admin)?;
    app.store.remove_hook(&id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The messages of a webhook and what became of them.
#[utoipa::path(
    get, path = "/webhooks/{id}/deliveries", operation_id = "list_webhook_deliveries", tag = "webhooks",
    params(("id" = String, Path, description = "the webhook's id"), DeliveryQuery),
    responses(
        (status = 200, body = DeliveryList),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json")
    )
)]
pub async fn deliveries(
    State(app): State<App>,
    person: Person,
    Named(id): Named<String>,
    Asked(asked): Asked<DeliveryQuery>,
) -> Result<Json<DeliveryList>, HttpError> {
    person.may(Role::Admin)?;
    let limit = asked.limit.unwrap_or(MOST_LISTED).clamp(1, MOST_LISTED);
    let records = app.store.deliveries(&id, asked.before, limit).await?;
    let full = u32::try_from(records.len()).is_ok_and(|n| n == limit);
    let next = records.last().filter(|_| full).map(|last| last.id);
    let deliveries = records.into_iter().map(DeliveryBody::from).collect();
    Ok(Json(DeliveryList { deliveries, next }))
}

/// Send a message once more, whatever became of it.
#[utoipa::path(
    post, path = "/webhooks/{id}/deliveries/{delivery}/redeliver", operation_id = "redeliver", tag = "webhooks",
    params(
        ("id" = String, Path, description = "the webhook's id"),
        ("delivery" = i64, Path, description = "the message's number in the log")
    ),
    responses(
        (status = 202, description = "it is sent now"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json")
    )
)]
pub async fn redeliver(
    State(app): State<App>,
    person: Person,
    Named((id, delivery)): Named<(String, i64)>,
) -> Result<StatusCode, HttpError> {
    person.may(Role::Admin)?;
    app.store.redeliver(&id, delivery, app.now()).await?;
    app.wake_sender();
    Ok(StatusCode::ACCEPTED)
}

async fn one(app: &App, id: &str) -> Result<HookBody, HttpError> {
    let hooks = app.store.hooks().await?;
    let hook = hooks.into_iter().find(|hook| hook.id == id);
    hook.map(HookBody::from)
        .ok_or(HttpError::NotFound { what: "webhook" })
}

impl From<HookRecord> for HookBody {
    fn from(hook: HookRecord) -> Self {
        Self {
            id: hook.id,
            url: hook.url,
            kinds: hook.kinds.into_iter().map(HookKind::name).collect(),
            created_at: rfc3339(hook.created_at),
            created_by: hook.created_by,
            failing_since: hook.failing_since.map(rfc3339),
            disabled_at: hook.disabled_at.map(rfc3339),
            disabled_why: hook.disabled_why,
        }
    }
}

impl From<DeliveryRecord> for DeliveryBody {
    fn from(delivery: DeliveryRecord) -> Self {
        let pending = delivery.state == crate::store::DeliveryState::Pending;
        let next_at: Option<OffsetDateTime> = pending.then_some(delivery.run_at);
        Self {
            id: delivery.id,
            message: delivery.message,
            kind: delivery.kind.name(),
            state: delivery.state.name(),
            attempts: delivery.attempts,
            created_at: rfc3339(delivery.created_at),
            tried_at: delivery.tried_at.map(rfc3339),
            next_at: next_at.map(rfc3339),
            status: delivery.status,
            error: delivery.error,
            body: delivery.body,
        }
    }
}
