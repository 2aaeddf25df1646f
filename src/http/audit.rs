//! The list of security events: adding to it, and showing it to admins.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::App;
use super::auth::{Address, Person};
use super::dto::{Asked, rfc3339};
use super::problem::{HttpError, Problem};
use crate::store::{AuditEntry, AuditKind, AuditRange, AuditRecord, Role};

/// Entries in one list; more come with `before`.
const MOST_LISTED: u32 = 200;

/// An entry to be added once what it tells of has been done.
#[derive(Debug)]
pub struct Note<'a> {
    kind: AuditKind,
    who: &'a str,
    address: Address,
    subject: Option<&'a str>,
    detail: Option<&'a str>,
}

impl<'a> Note<'a> {
    /// `who` did this, from `address`.
    pub fn of(kind: AuditKind, who: &'a str, address: Address) -> Self {
        Self {
            kind,
            who,
            address,
            subject: None,
            detail: None,
        }
    }

    /// The account, document, rubric or token that it was done to.
    pub fn on(self, subject: &'a str) -> Self {
        Self {
            subject: Some(subject),
            ..self
        }
    }

    /// What is to be known besides; nothing secret.
    pub fn saying(self, detail: &'a str) -> Self {
        Self {
            detail: Some(detail),
            ..self
        }
    }

    pub async fn keep(self, app: &App) -> Result<(), HttpError> {
        let address = self.address.0.to_string();
        let entry = AuditEntry {
            at: app.now(),
            kind: self.kind,
            who: self.who,
            address: Some(&address),
            subject: self.subject,
            detail: self.detail,
        };
        Ok(app.store.note(entry).await?)
    }
}

/// A security event.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditLine {
    /// Grows with time.
    seq: u64,
    at: String,
    /// `signed_in`, `sign_in_failed`, `locked_out`, `token_made`, `document_deleted`…
    kind: &'static str,
    /// An account; `(…)`: the service itself, the command line, or a name that no account has.
    who: String,
    /// Where the request came from; `null`: not over the network.
    address: Option<String>,
    /// The account, document, rubric or token that it was done to.
    subject: Option<String>,
    detail: Option<String>,
}

impl From<AuditRecord> for AuditLine {
    fn from(record: AuditRecord) -> Self {
        Self {
            seq: record.seq,
            at: rfc3339(record.at),
            kind: record.kind.name(),
            who: record.who,
            address: record.address,
            subject: record.subject,
            detail: record.detail,
        }
    }
}

/// Security events, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditList {
    entries: Vec<AuditLine>,
    /// Give it as `before` to go on; `null` at the end.
    next: Option<u64>,
}

/// Which entries to list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AuditQuery {
    /// Only entries older than this one.
    before: Option<u64>,
    /// At most so many, 1 to 200.
    limit: Option<u32>,
}

/// Who did what that may be asked about later (admin).
#[utoipa::path(
    get, path = "/audit", operation_id = "list_audit", tag = "accounts", params(AuditQuery),
    responses((status = 200, body = AuditList), (status = 403, body = Problem, content_type = "application/problem+json"))
)]
pub async fn list(
    State(app): State<App>,
    person: Person,
    Asked(query): Asked<AuditQuery>,
) -> Result<Json<AuditList>, HttpError> {
    person.may(Role::Admin)?;
    let limit = query.limit.unwrap_or(MOST_LISTED).clamp(1, MOST_LISTED);
    let records = app.store.audit(AuditRange::Before(query.before), limit).await?;
    let full = u32::try_from(records.len()).is_ok_and(|n| n == limit);
    let next = records.last().filter(|_| full).map(|record| record.seq);
    let entries = records.into_iter().map(AuditLine::from).collect();
    Ok(Json(AuditList { entries, next }))
}
