use axum::body::Body;
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
use crate::domain::{Document, PageOutcome};
use crate::exec::{Cancel, Parsed};
use crate::stages::export::{self, Format, Scan, json};
use crate::store::{AuditKind, DocumentRecord, DocumentState};

/// What to export as.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DocumentExportQuery {
    /// json, txt, csv, xlsx, docx, md, pdf, pdfa, hocr, alto or page.
    format: Option<String>,
}

/// The whole document as it was read, as a file. What people changed since is in the rubrics.
#[utoipa::path(
    get, path = "/documents/{id}/export", operation_id = "export_document", tag = "documents",
    params(("id" = String, Path, description = "the document's id"), DocumentExportQuery),
    responses(
        (status = 200, body = Vec<u8>, content_type = "application/octet-stream"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")
    )
)]
pub async fn export(
    State(app): State<App>,
    person: Person,
    address: Address,
    Named(id): Named<String>,
    Asked(query): Asked<DocumentExportQuery>,
) -> Result<Response, HttpError> {
    let name = query.format.unwrap_or_else(|| Format::Json.name().to_owned());
    let format = Format::from_name(&name).ok_or(HttpError::UnknownFormat { format: name })?;
    let record = app.document(&id).await?;
    if record.state != DocumentState::Ready {
        return Err(HttpError::NotReady);
    }
    let result = app.result(&id).await?;
    let headers = [
        (header::CONTENT_TYPE, format.media_type().to_owned()),
        (
            header::CONTENT_DISPOSITION,
            attachment(&file_name(&record.file, format)),
        ),
    ];
    let document = tokio::task::spawn_blocking(move || json::read(result.as_bytes())).await??;
    let body = if format.needs_readings() {
        made(&app, record, &document, format).await?
    } else {
        let bytes = tokio::task::spawn_blocking(move || {
            let nothing = Scan {
                original: &[],
                readings: &[],
                picture: &|_| None,
            };
            export::document(format, &document, &nothing)
        });
        Body::from(bytes.await??)
    };
    Note::of(AuditKind::DocumentExported, &person.name, address)
        .on(&id)
        .saying(format.name())
        .keep(&app)
        .await?;
    Ok((headers, body).into_response())
}

/// A file that is made of the given file and its pages: in a child, since this process parses neither.
async fn made(
    app: &App,
    record: DocumentRecord,
    document: &Document,
    format: Format,
) -> Result<Body, HttpError> {
    let turn = app.exporting.acquire().await;
    let turn = turn.map_err(|closed| HttpError::Internal(closed.to_string()))?;
    let parser = app.engine.parser();
    let input = app.data.blob(&record.sha256);
    let work = app.data.work(&record.sha256, record.reading);
    let cancel = Cancel::default();
    // Whoever asked may be gone before it is done.
    let ends_with_this = CancelOnDrop(cancel.clone());
    let run = move || parser.export(&input, &record.file, &work, format, &cancel);
    let parsed = tokio::task::spawn_blocking(run)
        .await?
        .map_err(HttpError::NotMade)?;
    drop(ends_with_this);
    if lacks_pages(document, &parsed) {
        return Err(HttpError::PagesNotKept);
    }
    let path = parsed.files.into_iter().find(|(of, _)| *of == format);
    let (_, path) = path.ok_or_else(|| HttpError::Internal(format!("no file for {}", format.name())))?;
    let bytes = tokio::fs::read(&path).await;
    drop(turn);
    Ok(Body::from(bytes.map_err(|e| {
        HttpError::Internal(format!("{}: {e}", path.display()))
    })?))
}

/// Stops the child of a request that nobody waits for any more.
struct CancelOnDrop(Cancel);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

/// True when a page that was read is not there any more.
fn lacks_pages(document: &Document, parsed: &Parsed) -> bool {
    let was_read = |page| {
        document
            .pages
            .iter()
            .any(|summary| summary.page == page && !matches!(summary.outcome, PageOutcome::Failed { .. }))
    };
    parsed.failed.iter().any(|(page, _)| was_read(*page))
}

/// The uploaded file's name with the format's ending. What people work on says that it is as it was read.
fn file_name(file: &str, format: Format) -> String {
    let stem = file
        .rsplit_once('.')
        .map_or(file, |(stem, _)| stem)
        .trim_end_matches('.');
    let stem = if stem.is_empty() { "văn bản" } else { stem };
    let draft = if format.needs_readings() || format == Format::Txt {
        ""
    } else {
        " (bản nháp)"
    };
    format!("{stem}{draft}.{}", format.extension())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_named_after_the_one_that_was_uploaded() {
        let check = |file: &str, format, expect: &str| assert_eq!(file_name(file, format), expect);
        check("quyết định 12.pdf", Format::Pdf, "quyết định 12.pdf");
        check("quyết định 12.pdf", Format::PdfA, "quyết định 12.pdfa.pdf");
        check("a.b.tiff", Format::Xlsx, "a.b (bản nháp).xlsx");
        check("scan", Format::Page, "scan.page.zip");
        check(".pdf", Format::Txt, "văn bản.txt");
    }
}
