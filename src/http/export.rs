use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::IntoParams;

use super::App;
use super::audit::Note;
use super::auth::{Address, Person};
use super::dto::{Asked, Named};
use super::files::attachment;
use super::problem::{HttpError, Problem};
use super::rubrics::{Loaded, load};
use crate::stages::export::{self, Format, Subject, json};
use crate::store::{AuditKind, RubricState};

/// What to export as.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ExportQuery {
    /// json, csv, xlsx, docx or md.
    format: Option<String>,
}

/// The rubric as a file. Unless it is confirmed it says on its face that it is a draft.
#[utoipa::path(
    get, path = "/rubrics/{id}/export", operation_id = "export_rubric", tag = "rubrics",
    params(("id" = String, Path, description = "the rubric's id"), ExportQuery),
    responses(
        (status = 200, body = Vec<u8>, content_type = "application/octet-stream"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")
    )
)]
pub async fn export(
    State(app): State<App>,
    person: Person,
    address: Address,
    Named(id): Named<String>,
    Asked(query): Asked<ExportQuery>,
) -> Result<Response, HttpError> {
    let name = query.format.unwrap_or_else(|| Format::Json.name().to_owned());
    let format = Format::from_name(&name).ok_or(HttpError::UnknownFormat { format: name })?;
    let Loaded { record, draft } = load(&app, &id).await?;
    let result = app.result(&record.document).await?;
    let file = file_name(&draft.current().title, record.state, format);
    let bytes = tokio::task::spawn_blocking(move || {
        let document = json::read(result.as_bytes())?;
        let current = draft.current();
        let confirmed = draft.confirmed();
        let subject = match &confirmed {
            Some(confirmed) => Subject::Confirmed(confirmed),
            None => Subject::Draft(&current),
        };
        Ok::<_, HttpError>(export::rubric(format, &document, subject)?)
    })
    .await??;
    Note::of(AuditKind::RubricExported, &person.name, address)
        .on(&id)
        .saying(format.name())
        .keep(&app)
        .await?;
    let headers = [
        (header::CONTENT_TYPE, format.media_type().to_owned()),
        (header::CONTENT_DISPOSITION, attachment(&file)),
    ];
    Ok((headers, bytes).into_response())
}

/// A name that tells a draft from what is official before the file is opened.
fn file_name(title: &str, state: RubricState, format: Format) -> String {
    let title: String = title
        .chars()
        .map(|c| if c.is_alphanumeric() { c } else { ' ' })
        .take(80)
        .collect();
    let words: Vec<&str> = title.split_whitespace().collect();
    let title = if words.is_empty() {
        "thang điểm".to_owned()
    } else {
        words.join(" ")
    };
    let draft = match state {
        RubricState::Confirmed => "",
        RubricState::Superseded => " (đã được thay thế)",
        RubricState::Draft | RubricState::Submitted | RubricState::Returned => " (bản nháp)",
    };
    format!("{title}{draft}.{}", format.extension())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_says_so_in_its_name() {
        let check =
            |title: &str, state, expect: &str| assert_eq!(file_name(title, state, Format::Csv), expect);
        check("Bảng số 3", RubricState::Draft, "Bảng số 3 (bản nháp).csv");
        check("Bảng / số: 3", RubricState::Confirmed, "Bảng số 3.csv");
        check(
            "Bảng số 3",
            RubricState::Superseded,
            "Bảng số 3 (đã được thay thế).csv",
        );
        check("", RubricState::Submitted, "thang điểm (bản nháp).csv");
    }
}
