//! Deleting a document with all that was made of it, and what stays on record.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::App;
use super::auth::{Address, Person};
use super::dto::{Asked, Named, rfc3339};
use super::live::News;
use super::problem::{HttpError, Problem};
use crate::store::{ErasedRubric, Erasure, ErasureRecord, Extent, Role, erase};

/// Records in one list; more come with `before`.
const MOST_LISTED: u32 = 200;

/// How a document is to be deleted.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DeleteQuery {
    /// Why; needed where a confirmed rubric goes, too.
    reason: Option<String>,
    /// `true`: confirmed rubrics too (admin).
    #[serde(default)]
    confirmed: bool,
}

/// Delete a document: the upload, its pages, what was read, its rubrics and their histories. The uploader may,
/// as long as nothing of it is confirmed; an admin may. Digests of what was there stay.
#[utoipa::path(
    delete, path = "/documents/{id}", operation_id = "delete_document", tag = "documents",
    params(("id" = String, Path, description = "the document's id"), DeleteQuery),
    responses(
        (status = 204),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")
    )
)]
pub async fn delete(
    State(app): State<App>,
    person: Person,
    address: Address,
    Named(id): Named<String>,
    Asked(query): Asked<DeleteQuery>,
) -> Result<StatusCode, HttpError> {
    let document = app.document(&id).await?;
    if document.uploaded_by != person.name {
        person.may(Role::Admin)?;
    }
    let reason = query.reason.as_deref().map(str::trim).filter(|r| !r.is_empty());
    let extent = match query.confirmed {
        true => {
            person.may(Role::Admin)?;
            reason.ok_or(HttpError::NoReason)?;
            Extent::Everything
        }
        false => Extent::Unconfirmed,
    };
    let from = address.0.to_string();
    let erasure = Erasure {
        document: &id,
        by: &person.name,
        address: Some(&from),
        reason,
        extent,
    };
    erase(app.store.as_ref(), &app.data, erasure, app.now()).await?;
    app.bulletin.tell(News::Document(id));
    Ok(StatusCode::NO_CONTENT)
}

/// A confirmed rubric that was deleted.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErasedRubricBody {
    id: String,
    version: u64,
    /// Of the confirmed rubric's JSON, hex.
    sha256: String,
    confirmed_by: String,
    confirmed_at: String,
}

/// What stays of a document that was deleted.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErasureBody {
    document_id: String,
    /// Of the upload, hex.
    sha256: String,
    deleted_by: String,
    deleted_at: String,
    reason: Option<String>,
    /// Its confirmed rubrics.
    rubrics: Vec<ErasedRubricBody>,
}

/// Deleted documents, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErasureList {
    erasures: Vec<ErasureBody>,
    /// Give it as `before` to go on; `null` at the end.
    next: Option<String>,
}

/// Which records to list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ErasureQuery {
    /// Only what was deleted before this document.
    before: Option<String>,
}

impl From<ErasedRubric> for ErasedRubricBody {
    fn from(rubric: ErasedRubric) -> Self {
        Self {
            id: rubric.rubric,
            version: rubric.version,
            sha256: rubric.sha256,
            confirmed_by: rubric.confirmed_by,
            confirmed_at: rfc3339(rubric.confirmed_at),
        }
    }
}

impl From<ErasureRecord> for ErasureBody {
    fn from(record: ErasureRecord) -> Self {
        Self {
            document_id: record.document,
            sha256: record.sha256,
            deleted_by: record.by,
            deleted_at: rfc3339(record.at),
            reason: record.reason,
            rubrics: record.rubrics.into_iter().map(ErasedRubricBody::from).collect(),
        }
    }
}

/// What is left of deleted documents (admin).
#[utoipa::path(
    get, path = "/erasures", operation_id = "list_erasures", tag = "documents", params(ErasureQuery),
    responses((status = 200, body = ErasureList), (status = 403, body = Problem, content_type = "application/problem+json"))
)]
pub async fn erasures(
    State(app): State<App>,
    person: Person,
    Asked(query): Asked<ErasureQuery>,
) -> Result<Json<ErasureList>, HttpError> {
    person.may(Role::Admin)?;
    let records = app.store.erasures(query.before.as_deref(), MOST_LISTED).await?;
    let full = u32::try_from(records.len()).is_ok_and(|n| n == MOST_LISTED);
    let next = records
        .last()
        .filter(|_| full)
        .map(|record| record.document.clone());
    let erasures = records.into_iter().map(ErasureBody::from).collect();
    Ok(Json(ErasureList { erasures, next }))
}
