use std::collections::HashMap;
use std::io::Write;
use std::sync::{LazyLock, Mutex, PoisonError};

use axum::body::Bytes;
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
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

/// The dictionary.
pub async fn lexicon(headers: HeaderMap) -> Result<Response, HttpError> {
    file("lexicon.html", &headers)
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
    let kind = content_type(path);
    let packed = is_text(kind) && takes_gzip(headers);
    // Each form has a tag of its own: a cache between must not mix them up.
    let form = if packed { "-gz" } else { "" };
    let etag = format!("\"{}{form}\"", hex::encode(&file.metadata.sha256_hash()[..16]));
    let known = headers.get(header::IF_NONE_MATCH).and_then(|v| v.to_str().ok());
    let caching = [
        (header::ETAG, etag.clone()),
        (header::CACHE_CONTROL, "no-cache".to_owned()),
        (header::VARY, "accept-encoding".to_owned()),
    ];
    if known.is_some_and(|tags| {
        tags.split(',')
            .any(|tag| tag.trim().trim_start_matches("W/") == etag)
    }) {
        return Ok((StatusCode::NOT_MODIFIED, caching).into_response());
    }
    let kind = [(header::CONTENT_TYPE, kind)];
    if !packed {
        return Ok((caching, kind, file.data).into_response());
    }
    let encoding = [(header::CONTENT_ENCODING, "gzip")];
    let bytes = packed_once(file.metadata.sha256_hash(), &file.data)?;
    Ok((caching, kind, encoding, bytes).into_response())
}

/// Fonts and pictures are packed already.
fn is_text(kind: &str) -> bool {
    kind.contains("text/") || kind.contains("svg") || kind.contains("json")
}

/// RFC 9110 12.5.3, as far as it matters here: `gzip` is named, and not with a weight of nothing.
fn takes_gzip(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(header::ACCEPT_ENCODING) else {
        return false;
    };
    value.to_str().is_ok_and(|codings| {
        codings.split(',').any(|coding| {
            let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
            let refused = weight.trim().trim_start_matches("q=").parse() == Ok(0.0_f32);
            name.trim().eq_ignore_ascii_case("gzip") && !refused
        })
    })
}

/// A file's packed form, made when it is first asked for. By digest: a development build reads files that change.
fn packed_once(digest: [u8; 32], bytes: &[u8]) -> Result<Bytes, HttpError> {
    static PACKED: LazyLock<Mutex<HashMap<[u8; 32], Bytes>>> = LazyLock::new(Mutex::default);
    let lock = || PACKED.lock().unwrap_or_else(PoisonError::into_inner);
    let known = lock().get(&digest).cloned();
    if let Some(packed) = known {
        return Ok(packed);
    }
    // Packed outside the lock: that two do it at once does no harm.
    let packed = Bytes::from(gzip(bytes)?);
    lock().insert(digest, packed.clone());
    Ok(packed)
}

fn gzip(bytes: &[u8]) -> Result<Vec<u8>, HttpError> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder
        .write_all(bytes)
        .and_then(|()| encoder.finish())
        .map_err(|e| HttpError::Internal(format!("packing a page: {e}")))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_packed_for_who_can_unpack_it() {
        let check = |accepts: Option<&str>, path: &str, expect: &str| {
            let mut headers = HeaderMap::new();
            if let Some(accepts) = accepts {
                headers.insert(header::ACCEPT_ENCODING, accepts.parse().unwrap());
            }
            let answer = file(path, &headers).unwrap();
            let packed = answer.headers().get(header::CONTENT_ENCODING);
            let packed = packed.map_or("", |value| value.to_str().unwrap());
            assert_eq!(packed, expect, "{accepts:?} {path}");
        };
        let font = "font/be-vietnam-pro-latin-400-normal.woff2";
        check(Some("gzip, deflate, br"), "desk.js", "gzip");
        check(Some("br;q=1.0, gzip;q=0.8"), "desk.html", "gzip");
        check(Some("gzip;q=0"), "desk.js", "");
        check(Some("br"), "desk.js", "");
        check(None, "desk.js", "");
        check(Some("gzip"), font, "");
    }
}
