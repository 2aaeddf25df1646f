use std::time::Duration;

use axum::Json;
use axum::extract::multipart::Field;
use axum::extract::{FromRequest, Multipart, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use futures::TryStreamExt;
use unicode_normalization::UnicodeNormalization;

use super::App;
use super::auth::Person;
use super::dto::UploadBody;
use super::live::News;
use super::problem::{HttpError, Problem};
use crate::stages::ingest::FileKind;
use crate::store::{Blob, IncomingBlob, NewDocument, Role, WhetherNew};

/// A client that sends nothing for so long is given up.
const PATIENCE: Duration = Duration::from_secs(60);
/// What the form itself may add to the file.
const FORM_BYTES: u64 = 64 << 10;
/// So much of a file tells what kind it is.
const HEAD_BYTES: usize = 1024;
/// Bytes of a refused body that are read, and forgotten.
const MOST_DRAINED: usize = 32 << 20;
/// Characters of a file name that are kept.
const LONGEST_NAME: usize = 200;

/// A document to be read.
#[derive(utoipa::ToSchema)]
#[expect(
    dead_code,
    reason = "describes the form; the fields are read one by one as they come in"
)]
struct UploadForm {
    /// PDF, PNG, JPEG, TIFF or WebP.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// Upload a document; the answer comes before it is read. The same bytes twice are one document.
#[utoipa::path(
    post, path = "/documents", operation_id = "upload_document", tag = "documents",
    request_body(content = UploadForm, content_type = "multipart/form-data"),
    responses(
        (status = 202, body = UploadBody, headers(("Location" = String, description = "the document"))),
        (status = 413, body = Problem, content_type = "application/problem+json"),
        (status = 415, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
        (status = 507, body = Problem, content_type = "application/problem+json")
    )
)]
pub async fn upload(
    State(app): State<App>,
    person: Person,
    request: Request,
) -> Result<impl IntoResponse, HttpError> {
    person.may(Role::Clerk)?;
    let announced = content_length(request.headers());
    if let Err(refused) = check_room(&app, announced).await {
        drain(request).await;
        return Err(refused);
    }
    let mut form = Multipart::from_request(request, &app).await?;
    while let Some(field) = in_time(form.next_field()).await? {
        if field.name() == Some("file") {
            let file = file_name(field.file_name().unwrap_or_default());
            let incoming = take_in(&app, field).await?;
            // Until the document is on record nobody deletes these bytes, which may be known already.
            let _open = app.data.keep_open().await;
            let blob = incoming.keep().await?;
            return keep(&app, &person, &file, &blob).await;
        }
    }
    Err(HttpError::NoFile)
}

/// Reads a refused body to its end: whoever is still sending would hear of a connection that broke, not why.
async fn drain(request: Request) {
    let mut body = request.into_body().into_data_stream();
    let mut read = 0;
    // Whatever ends it, the answer is the same.
    while let Ok(Ok(Some(piece))) = tokio::time::timeout(PATIENCE, body.try_next()).await {
        read += piece.len();
        if read > MOST_DRAINED {
            return;
        }
    }
}

/// Refuses early what cannot be taken in anyway.
async fn check_room(app: &App, announced: u64) -> Result<(), HttpError> {
    let limit = app.settings.most_bytes;
    if announced > limit.saturating_add(FORM_BYTES) {
        return Err(HttpError::TooLarge { limit });
    }
    let waiting = app.settings.most_waiting;
    if app.store.holds_waiting(waiting).await? {
        return Err(HttpError::QueueFull { waiting });
    }
    let data = app.data.clone();
    let free = tokio::task::spawn_blocking(move || data.free_bytes()).await??;
    if free < announced.saturating_add(app.settings.least_free) {
        return Err(HttpError::DiskFull);
    }
    Ok(())
}

/// Writes the file to disk as it comes. On any error what was written is removed.
async fn take_in(app: &App, mut field: Field<'_>) -> Result<IncomingBlob, HttpError> {
    let limit = app.settings.most_bytes;
    let mut incoming = app.data.incoming()?;
    let mut head = Vec::with_capacity(HEAD_BYTES);
    let mut kind = None;
    while let Some(piece) = in_time(field.chunk()).await? {
        if incoming.bytes() + piece.len() as u64 > limit {
            return Err(HttpError::TooLarge { limit });
        }
        if head.len() < HEAD_BYTES {
            head.extend_from_slice(&piece[..piece.len().min(HEAD_BYTES - head.len())]);
            kind = FileKind::of(&head);
            if kind.is_none() && head.len() == HEAD_BYTES {
                return Err(HttpError::UnknownType);
            }
        }
        incoming.write(&piece).await?;
    }
    if incoming.bytes() == 0 {
        return Err(HttpError::EmptyFile);
    }
    kind.ok_or(HttpError::UnknownType)?;
    Ok(incoming)
}

/// Makes the document and its job, and tells the workers.
async fn keep(
    app: &App,
    person: &Person,
    file: &str,
    blob: &Blob,
) -> Result<impl IntoResponse + use<>, HttpError> {
    let id = (app.ids)();
    let new = NewDocument {
        id: &id,
        sha256: &blob.sha256,
        file,
        bytes: blob.bytes,
        by: &person.name,
    };
    let uploaded = app.store.upload(new, app.now()).await?;
    app.engine.wake();
    app.bulletin.tell(News::Document(uploaded.id.clone()));
    let location = format!("/api/v1/documents/{}", uploaded.id);
    let body = UploadBody {
        sha256: blob.sha256.clone(),
        state: uploaded.state.name(),
        duplicate: uploaded.newness != WhetherNew::New,
        id: uploaded.id,
    };
    Ok((StatusCode::ACCEPTED, [(header::LOCATION, location)], Json(body)))
}

async fn in_time<T, E>(next: impl Future<Output = Result<T, E>>) -> Result<T, HttpError>
where
    HttpError: From<E>,
{
    match tokio::time::timeout(PATIENCE, next).await {
        Ok(result) => Ok(result?),
        Err(_) => Err(HttpError::TooSlow),
    }
}

fn content_length(headers: &HeaderMap) -> u64 {
    let value = headers.get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok());
    value.and_then(|v| v.parse().ok()).unwrap_or(0)
}

/// The last part of the name that the client gave, for showing: no path, no control characters.
fn file_name(given: &str) -> String {
    let last = given.rsplit(['/', '\\']).next().unwrap_or_default();
    // Some systems name files with the marks apart; nobody would find them by what they type.
    let clean: String = last
        .nfc()
        .filter(|c| !c.is_control())
        .take(LONGEST_NAME)
        .collect();
    let clean = clean.trim();
    if clean.is_empty() {
        "van-ban".to_owned()
    } else {
        clean.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_lose_their_path_and_keep_their_marks() {
        let check = |given: &str, expect: &str| assert_eq!(file_name(given), expect, "{given:?}");
        check("Bảng số 3.pdf", "Bảng số 3.pdf");
        check("Ba\u{309}ng 3.pdf", "Bảng 3.pdf");
        check("../../etc/passwd", "passwd");
        check("C:\\Users\\lan\\quét.tif", "quét.tif");
        check("a\r\nSet-Cookie: x", "aSet-Cookie: x");
        check("", "van-ban");
        check("/", "van-ban");
    }
}
