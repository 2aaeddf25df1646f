use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use serde::Deserialize;
use utoipa::IntoParams;

use super::App;
use super::auth::Person;
use super::dto::{Asked, DocumentBody, DocumentList, DocumentSummary, Named};
use super::live::News;
use super::problem::{HttpError, Problem};
use crate::stages::export::json;
use crate::store::{DocumentFilter, DocumentState, RubricState};

/// Documents in one list; more come with `before`.
const MOST_LISTED: u32 = 500;

/// Which documents to list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// queued, reading, ready, failed; or a rubric's state: draft, submitted, returned, confirmed.
    state: Option<String>,
    /// Only documents older than this id.
    before: Option<String>,
    /// At most so many, 1 to 500.
    limit: Option<u32>,
}

/// The documents, newest first.
#[utoipa::path(
    get, path = "/documents", operation_id = "list_documents", tag = "documents", params(ListQuery),
    responses((status = 200, body = DocumentList), (status = 400, body = Problem, content_type = "application/problem+json"))
)]
pub async fn list(
    State(app): State<App>,
    _: Person,
    Asked(query): Asked<ListQuery>,
) -> Result<Json<DocumentList>, HttpError> {
    let filter = match query.state.as_deref() {
        None | Some("") => DocumentFilter::All,
        Some(name) => DocumentState::from_name(name)
            .map(DocumentFilter::State)
            .or_else(|| RubricState::from_name(name).map(DocumentFilter::Rubric))
            .ok_or_else(|| HttpError::BadRequest {
                detail: format!("there is no state {name:?}"),
            })?,
    };
    let limit = query.limit.unwrap_or(MOST_LISTED).clamp(1, MOST_LISTED);
    let records = app
        .store
        .documents(filter, query.before.as_deref(), limit)
        .await?;
    let full = u32::try_from(records.len()).is_ok_and(|n| n == limit);
    let documents: Vec<DocumentSummary> = records.into_iter().map(DocumentSummary::from).collect();
    let next = documents.last().filter(|_| full).map(|d| d.id.clone());
    Ok(Json(DocumentList { documents, next }))
}

/// One document with its pages and findings.
#[utoipa::path(
    get, path = "/documents/{id}", operation_id = "get_document", tag = "documents", params(("id" = String, Path, description = "the document's id")),
    responses((status = 200, body = DocumentBody), (status = 404, body = Problem, content_type = "application/problem+json"))
)]
pub async fn one(
    State(app): State<App>,
    _: Person,
    Named(id): Named<String>,
) -> Result<Json<DocumentBody>, HttpError> {
    let record = app
        .store
        .document(&id)
        .await?
        .ok_or(HttpError::NotFound { what: "document" })?;
    let result = app.store.result(&id).await?;
    let result: Option<json::Document> = result.map(|text| serde_json::from_str(&text)).transpose()?;
    Ok(Json(DocumentBody::new(record, result)))
}

/// Have a failed document read again.
#[utoipa::path(
    post, path = "/documents/{id}/retry", operation_id = "retry_document", tag = "documents", params(("id" = String, Path, description = "the document's id")),
    responses(
        (status = 202, body = DocumentSummary),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json")
    )
)]
pub async fn retry(
    State(app): State<App>,
    _: Person,
    Named(id): Named<String>,
) -> Result<(StatusCode, Json<DocumentSummary>), HttpError> {
    if !app.store.requeue(&id, app.now()).await? {
        return Err(HttpError::NotFailed);
    }
    app.engine.wake();
    app.bulletin.tell(News::Document(id.clone()));
    let record = app
        .store
        .document(&id)
        .await?
        .ok_or(HttpError::NotFound { what: "document" })?;
    Ok((StatusCode::ACCEPTED, Json(DocumentSummary::from(record))))
}

/// The whole result as it was read: a `sohoa/1` file. What people changed since is in the rubrics.
#[utoipa::path(
    get, path = "/documents/{id}/result", operation_id = "get_document_result", tag = "documents", params(("id" = String, Path, description = "the document's id")),
    responses(
        (status = 200, body = Object),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json")
    )
)]
pub async fn result(
    State(app): State<App>,
    _: Person,
    Named(id): Named<String>,
) -> Result<impl IntoResponse, HttpError> {
    app.store
        .document(&id)
        .await?
        .ok_or(HttpError::NotFound { what: "document" })?;
    let json = app.store.result(&id).await?.ok_or(HttpError::NotReady)?;
    Ok(([(header::CONTENT_TYPE, "application/json")], json))
}
