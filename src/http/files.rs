use axum::body::Body;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use super::App;
use super::auth::Person;
use super::dto::Named;
use super::problem::{HttpError, Problem};
use crate::domain::PageNo;

/// A browser that is shown this runs nothing and loads nothing.
const INERT: &str = "default-src 'none'; sandbox; frame-ancestors 'none'";

/// The upright image of a page; there from the moment the page is read.
#[utoipa::path(
    get, path = "/documents/{id}/pages/{n}/image", operation_id = "get_page_image", tag = "documents",
    params(("id" = String, Path, description = "the document's id"), ("n" = u32, Path, description = "from 1")),
    responses(
        (status = 200, content_type = "image/jpeg", body = Vec<u8>),
        (status = 404, body = Problem, content_type = "application/problem+json")
    )
)]
pub async fn page_image(
    State(app): State<App>,
    _: Person,
    Named((id, number)): Named<(String, u32)>,
) -> Result<Response, HttpError> {
    let document = app.document(&id).await?;
    let page = PageNo::new(number).ok_or(HttpError::NotFound { what: "page" })?;
    let path = app.data.page_image(&document.sha256, document.reading, page);
    let bytes = match tokio::fs::read(&path).await {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            return Err(HttpError::NotFound { what: "page" });
        }
        Err(e) => return Err(HttpError::Internal(format!("{}: {e}", path.display()))),
    };
    let headers = [
        (header::CONTENT_TYPE, "image/jpeg"),
        // The id is a digest's: what it names does not change.
        (header::CACHE_CONTROL, "private, max-age=86400"),
        (header::CONTENT_SECURITY_POLICY, INERT),
    ];
    Ok((headers, bytes).into_response())
}

/// The file as it was uploaded, only ever as a download.
#[utoipa::path(
    get, path = "/documents/{id}/file", operation_id = "download_original", tag = "documents", params(("id" = String, Path, description = "the document's id")),
    responses(
        (status = 200, content_type = "application/octet-stream", body = Vec<u8>),
        (status = 404, body = Problem, content_type = "application/problem+json")
    )
)]
pub async fn original(
    State(app): State<App>,
    _: Person,
    Named(id): Named<String>,
) -> Result<Response, HttpError> {
    let document = app.document(&id).await?;
    let path = app.data.blob(&document.sha256);
    let file = tokio::fs::File::open(&path)
        .await
        .map_err(|e| HttpError::Internal(format!("{}: {e}", path.display())))?;
    let pieces = futures::stream::try_unfold(file, |mut file| async move {
        use tokio::io::AsyncReadExt;
        let mut piece = vec![0; 64 << 10];
        let read = file.read(&mut piece).await?;
        piece.truncate(read);
        Ok::<_, std::io::Error>((read > 0).then_some((piece, file)))
    });
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (header::CONTENT_LENGTH, document.bytes.to_string()),
        (header::CONTENT_DISPOSITION, attachment(&document.file)),
        (header::CONTENT_SECURITY_POLICY, INERT.to_owned()),
    ];
    Ok((headers, Body::from_stream(pieces)).into_response())
}

/// `Content-Disposition` that offers a file for saving under its Vietnamese name (RFC 6266, RFC 8187).
pub fn attachment(file: &str) -> String {
    let plain: String = file
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || ".-_ ".contains(c) {
                c
            } else {
                '_'
            }
        })
        .collect();
    let encoded: String = file
        .bytes()
        .map(|b| match b {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' => char::from(b).to_string(),
            b => format!("%{b:02X}"),
        })
        .collect();
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vietnamese_names_are_offered_and_nothing_breaks_out() {
        assert_eq!(
            attachment("Bảng \"3\".pdf"),
            "attachment; filename=\"B_ng _3_.pdf\"; filename*=UTF-8''B%E1%BA%A3ng%20%223%22.pdf"
        );
    }
}
