//! The one place where errors become responses: RFC 9457 problems with stable codes, in both languages.

mod page;
mod sign_in;
mod words;

use axum::Json;
use axum::extract::multipart::{MultipartError, MultipartRejection};
use axum::extract::rejection::{BytesRejection, JsonRejection, PathRejection, QueryRejection};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::oidc::OidcError;
use crate::exec::ExecError;
use crate::records::{KeyError, RecordError};
use crate::review::ReviewError;
use crate::stages::export::ExportError;
use crate::stages::export::json::JsonError;
use crate::store::{DataError, EraseError, PasswordError, Role, Scope, StoreError};
use words::{Said, title_vi};

pub use page::page;

/// Why a request was not done.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    #[error("no account")]
    NotSignedIn,
    #[error("wrong name or password")]
    WrongPassword,
    #[error("too many tries")]
    TooManyTries { seconds: u64 },
    #[error("{0}")]
    Oidc(#[from] OidcError),
    #[error("no provider to sign in at")]
    NoProvider,
    #[error("the account has no password")]
    NoPassword,
    #[error("{needed:?} needed")]
    Forbidden { needed: Role },
    #[error("the token lacks {scope:?}")]
    ScopeMissing { scope: Scope },
    #[error("{scope:?} is beyond the role")]
    ScopeOverRole { scope: Scope },
    #[error("not with a token")]
    SessionNeeded,
    #[error("not in the demo")]
    NotInDemo,
    #[error("the X-Sohoa header is missing")]
    NoCsrfHeader,
    #[error("host {host:?} is not this machine")]
    WrongHost { host: String },
    #[error("no such {what}")]
    NotFound { what: &'static str },
    #[error("no such method")]
    NoSuchMethod,
    #[error("If-Match is missing")]
    NoIfMatch,
    #[error("at version {current}")]
    Stale { current: u64 },
    #[error("{0}")]
    Review(#[from] ReviewError),
    #[error("{0}")]
    Password(#[from] PasswordError),
    #[error("the name is taken")]
    NameTaken,
    #[error("bad account name")]
    BadName,
    #[error("over {limit} bytes")]
    TooLarge { limit: u64 },
    #[error("empty file")]
    EmptyFile,
    #[error("no file")]
    NoFile,
    #[error("not a document")]
    UnknownType,
    #[error("being read")]
    BeingRead,
    #[error("has a confirmed rubric")]
    HasConfirmed,
    #[error("no reason given")]
    NoReason,
    #[error("not ready")]
    NotReady,
    #[error("not a confirmed rubric of another document")]
    NotAmendable,
    #[error("what it changes is no longer in force")]
    NoLongerInForce,
    #[error("not confirmed")]
    NotConfirmed,
    #[error("no key to sign with: {0}")]
    NoKey(KeyError),
    #[error("what was read of the pages is not kept any more")]
    PagesNotKept,
    #[error("{0}")]
    NotMade(ExecError),
    #[error("the phrase is settled already")]
    PhraseSettled,
    #[error("the phrase is another's")]
    PhraseKnown,
    #[error("no phrase")]
    BadPhrase,
    #[error("a damaged dictionary")]
    DamagedLexicon {
        /// Counted from 1, with a stable code.
        lines: Vec<(usize, &'static str)>,
    },
    #[error("unknown format of a dictionary")]
    UnknownLexiconFormat,
    #[error("not failed")]
    NotFailed,
    #[error("no second reading is ready")]
    NoRereading,
    #[error("a second reading waits for a decision")]
    RereadingWaits,
    #[error("{en}")]
    RereadingBlocked { en: String, vi: String },
    #[error("in other hands: {by:?}")]
    Held { by: Option<String> },
    #[error("a webhook leads nowhere: {why}")]
    Unreachable { why: String },
    #[error("not the holder")]
    NotHolder,
    #[error("last admin")]
    LastAdmin,
    #[error("unknown format {format:?}")]
    UnknownFormat { format: String },
    #[error("{detail}")]
    BadRequest { detail: String },
    #[error("not JSON")]
    NotJson,
    #[error("disk full")]
    DiskFull,
    #[error("{0}")]
    DatabaseAway(String),
    #[error("{waiting} documents wait to be read")]
    QueueFull { waiting: u64 },
    #[error("the client was too slow")]
    TooSlow,
    #[error("over the time limit")]
    TimedOut,
    #[error("{0}")]
    Internal(String),
}

/// An RFC 9457 problem. `title` and `detail` are in English, `*_vi` say the same in Vietnamese.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Problem {
    /// `urn:sohoa:problem:` and the code.
    #[serde(rename = "type")]
    pub kind: String,
    pub title: String,
    pub status: u16,
    /// What happened and what to do next.
    pub detail: String,
    /// Stable, for programs: `same_person`, `too_large`…
    pub code: String,
    pub title_vi: String,
    pub detail_vi: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint_vi: Option<String>,
}

/// When whoever found the queue full, or the server too busy, may ask again.
const QUEUE_RETRY_SECONDS: u64 = 10;
const BUSY_RETRY_SECONDS: u64 = 5;

impl HttpError {
    /// Stable, for programs and the audit list.
    pub fn code(&self) -> &'static str {
        self.said().code
    }

    fn log(&self) {
        match self {
            Self::Internal(error) => tracing::error!(error, "a request failed"),
            Self::DatabaseAway(error) => tracing::warn!(error, "a request has to be asked again"),
            Self::NoKey(error) => tracing::error!(%error, "there is no key to sign with"),
            _ => {}
        }
    }

    fn add_headers(&self, headers: &mut HeaderMap) {
        match self {
            Self::TooManyTries { seconds } => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from(*seconds));
            }
            Self::QueueFull { .. } => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from(QUEUE_RETRY_SECONDS));
            }
            Self::TimedOut | Self::DatabaseAway(_) => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from(BUSY_RETRY_SECONDS));
            }
            Self::NotSignedIn => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            // What is left of the body will not be read.
            Self::TooLarge { .. } | Self::TooSlow => {
                headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
            }
            _ => {}
        }
    }
}

impl IntoResponse for HttpError {
    fn into_response(self) -> Response {
        self.log();
        let Said {
            status,
            code,
            en,
            vi,
            hint,
        } = self.said();
        let problem = Problem {
            kind: format!("urn:sohoa:problem:{code}"),
            title: status.canonical_reason().unwrap_or("Error").to_owned(),
            status: status.as_u16(),
            detail: en,
            code: code.to_owned(),
            title_vi: title_vi(status).to_owned(),
            detail_vi: vi,
            hint: hint.map(|(en, _)| en.to_owned()),
            hint_vi: hint.map(|(_, vi)| vi.to_owned()),
        };
        let mut response = (status, Json(problem)).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        self.add_headers(headers);
        response
    }
}

/// For addresses that lead nowhere.
pub async fn no_such_route() -> HttpError {
    HttpError::NotFound { what: "address" }
}

/// For addresses that lead somewhere, with another method.
pub async fn no_such_method() -> HttpError {
    HttpError::NoSuchMethod
}

impl From<StoreError> for HttpError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Stale { current } => Self::Stale { current },
            StoreError::Missing { what: "rereading" } => Self::NoRereading,
            StoreError::Missing { what } => Self::NotFound { what },
            StoreError::Taken { what: "phrase" } => Self::PhraseKnown,
            StoreError::Taken { .. } => Self::NameTaken,
            StoreError::Reading => Self::BeingRead,
            StoreError::Confirmed => Self::HasConfirmed,
            StoreError::Held { by } => Self::Held { by },
            StoreError::Full => Self::DiskFull,
            StoreError::Away(_) => Self::DatabaseAway(error.to_string()),
            StoreError::NotText => Self::BadRequest {
                detail: error.to_string(),
            },
            error => Self::Internal(error.to_string()),
        }
    }
}

impl From<DataError> for HttpError {
    fn from(error: DataError) -> Self {
        match error {
            DataError::Full => Self::DiskFull,
            error => Self::Internal(error.to_string()),
        }
    }
}

impl From<KeyError> for HttpError {
    fn from(error: KeyError) -> Self {
        Self::NoKey(error)
    }
}

impl From<RecordError> for HttpError {
    fn from(error: RecordError) -> Self {
        Self::Internal(format!("a record of confirmation: {error}"))
    }
}

impl From<EraseError> for HttpError {
    fn from(error: EraseError) -> Self {
        match error {
            EraseError::Store(error) => error.into(),
            EraseError::Data(error) => error.into(),
        }
    }
}

impl From<JsonError> for HttpError {
    fn from(error: JsonError) -> Self {
        Self::Internal(format!("a stored document: {error}"))
    }
}

impl From<ExportError> for HttpError {
    fn from(error: ExportError) -> Self {
        match error {
            ExportError::NotForRubric { format } => Self::UnknownFormat {
                format: format.name().to_owned(),
            },
            error => Self::Internal(format!("exporting: {error}")),
        }
    }
}

impl From<serde_json::Error> for HttpError {
    fn from(error: serde_json::Error) -> Self {
        Self::Internal(format!("JSON of our own: {error}"))
    }
}

impl From<tokio::task::JoinError> for HttpError {
    fn from(error: tokio::task::JoinError) -> Self {
        Self::Internal(error.to_string())
    }
}

impl From<JsonRejection> for HttpError {
    fn from(rejection: JsonRejection) -> Self {
        match rejection {
            JsonRejection::MissingJsonContentType(_) => Self::NotJson,
            rejection if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => Self::TooLarge {
                limit: super::MOST_JSON_BYTES as u64,
            },
            rejection => Self::BadRequest {
                detail: rejection.body_text(),
            },
        }
    }
}

impl From<BytesRejection> for HttpError {
    fn from(rejection: BytesRejection) -> Self {
        if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
            return Self::TooLarge {
                limit: super::MOST_JSON_BYTES as u64,
            };
        }
        Self::BadRequest {
            detail: rejection.body_text(),
        }
    }
}

impl From<PathRejection> for HttpError {
    fn from(_: PathRejection) -> Self {
        Self::NotFound { what: "address" }
    }
}

impl From<QueryRejection> for HttpError {
    fn from(rejection: QueryRejection) -> Self {
        Self::BadRequest {
            detail: rejection.body_text(),
        }
    }
}

impl From<MultipartRejection> for HttpError {
    fn from(rejection: MultipartRejection) -> Self {
        Self::BadRequest {
            detail: rejection.body_text(),
        }
    }
}

impl From<MultipartError> for HttpError {
    fn from(error: MultipartError) -> Self {
        Self::BadRequest {
            detail: error.body_text(),
        }
    }
}
