use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;

use super::App;
use super::auth::Person;
use super::dto::{DocumentBody, DocumentSummary, Named};
use super::live::News;
use super::problem::{HttpError, Problem};
use super::reread;
use crate::stages::export::json;

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
    let record = app.document(&id).await?;
    let result = app.store.result(&id).await?;
    let result: Option<json::Document> = result.map(|text| serde_json::from_str(&text)).transpose()?;
    let reread = reread::state_of(&app, &id).await?;
    Ok(Json(DocumentBody::new(record, result, reread)))
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
    let record = app.document(&id).await?;
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
    app.document(&id).await?;
    let json = app.result(&id).await?;
    Ok(([(header::CONTENT_TYPE, "application/json")], json))
}
