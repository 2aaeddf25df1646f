use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rust_embed::Embed;

use super::problem::HttpError;

/// The pages and all that they load, built into the program.
#[derive(Embed)]
#[folder = "src/http/assets"]
struct Assets;

/// The list of documents.
pub async fn inbox(headers: HeaderMap) -> Result<Response, HttpError> {
    file("inbox.html", &headers)
}

/// One document beside its scan.
pub async fn desk(headers: HeaderMap) -> Result<Response, HttpError> {
    file("desk.html", &headers)
}

/// A rubric beside what it changes.
pub async fn compare(headers: HeaderMap) -> Result<Response, HttpError> {
    file("compare.html", &headers)
}

/// One's own account; for admins all accounts and what happened.
pub async fn account(headers: HeaderMap) -> Result<Response, HttpError> {
    file("account.html", &headers)
}

/// Signing in.
pub async fn login(headers: HeaderMap) -> Result<Response, HttpError> {
    file("login.html", &headers)
}

/// Scripts, styles, fonts, pictures.
pub async fn asset(Path(path): Path<String>, headers: HeaderMap) -> Result<Response, HttpError> {
    file(&path, &headers)
}

fn file(path: &str, headers: &HeaderMap) -> Result<Response, HttpError> {
    let file = Assets::get(path).ok_or(HttpError::NotFound { what: "address" })?;
    let etag = format!("\"{}\"", hex::encode(&file.metadata.sha256_hash()[..16]));
    let known = headers.get(header::IF_NONE_MATCH).and_then(|v| v.to_str().ok());
    let caching = [
        (header::ETAG, etag.clone()),
        (header::CACHE_CONTROL, "no-cache".to_owned()),
    ];
    if known.is_some_and(|tags| {
        tags.split(',')
            .any(|tag| tag.trim().trim_start_matches("W/") == etag)
    }) {
        return Ok((StatusCode::NOT_MODIFIED, caching).into_response());
    }
    let kind = [(header::CONTENT_TYPE, content_type(path))];
    Ok((caching, kind, file.data).into_response())
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("woff2") => "font/woff2",
        Some("json") => "application/json",
        _ => "application/octet-stream",
    }
}
