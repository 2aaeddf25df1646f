use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::IntoParams;

use super::App;
use super::auth::Person;
use super::dto::{Asked, Named};
use super::files::attachment;
use super::problem::{HttpError, Problem};
use super::rubrics::load;
use crate::stages::export::{Format, json};

/// What to export as.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ExportQuery {
    /// json, csv, xlsx or md.
    format: Option<String>,
}

/// The rubric as a file. Unless it is confirmed it says on its face that it is a draft.
#[utoipa::path(
    get, path = "/rubrics/{id}/export", tag = "rubrics",
    params(("id" = String, Path, description = "the rubric's id"), ExportQuery),
    responses(
        (status = 200, body = Vec<u8>, content_type = "application/octet-stream"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")
    )
)]
pub async fn export(
    State(app): State<App>,
    _: Person,
    Named(id): Named<String>,
    Asked(query): Asked<ExportQuery>,
) -> Result<Response, HttpError> {
    let name = query.format.unwrap_or_else(|| Format::Json.name().to_owned());
    let format = Format::from_name(&name).ok_or(HttpError::UnknownFormat { format: name })?;
    let loaded = load(&app, &id).await?;
    let result = app
        .store
        .result(&loaded.record.document)
        .await?
        .ok_or(HttpError::NotReady)?;
    let file = format!("thang-diem.{}", format.name());
    let bytes = tokio::task::spawn_blocking(move || {
        let mut document: json::Document = serde_json::from_str(&result)?;
        document.rubrics = vec![serde_json::from_str(&loaded.record.current_json)?];
        match format {
            Format::Json => Ok(json::to_bytes(&document)?),
            other => Err(HttpError::UnknownFormat {
                format: other.name().to_owned(),
            }),
        }
    })
    .await??;
    let headers = [
        (header::CONTENT_TYPE, "application/json".to_owned()),
        (header::CONTENT_DISPOSITION, attachment(&file)),
    ];
    Ok((headers, bytes).into_response())
}
