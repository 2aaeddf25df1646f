//! An error as a page, where a person came by following a link and no script is there to say it.

use axum::http::{HeaderValue, header};
use axum::response::{Html, IntoResponse, Response};

use super::HttpError;
use super::words::title_vi;

/// Vietnamese first, then English, and the way back to the sign-in page.
pub fn page(error: &HttpError) -> Response {
    error.log();
    let said = error.said();
    let hint = said.hint.map(|(en, vi)| (paragraph(en), paragraph(vi)));
    let (hint_en, hint_vi) = hint.unwrap_or_default();
    let html = format!(
        r#"<!doctype html>
<html lang="vi">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="light">
  <title>{title_vi} – sohoa</title>
  <link rel="icon" href="/assets/icon.svg" type="image/svg+xml">
  <link rel="stylesheet" href="/assets/base.css">
  <link rel="stylesheet" href="/assets/login.css">
</head>
<body>
  <main id="page">
    <div class="sign-in refused" data-code="{code}">
      <h1>{title_vi}</h1>
      {vi}{hint_vi}
      <p><a class="button" href="/login">Về trang đăng nhập</a></p>
      <div lang="en">
        <h2>{title}</h2>
        {en}{hint_en}
        <p><a href="/login">Back to the sign-in page</a></p>
      </div>
    </div>
  </main>
</body>
</html>
"#,
        title_vi = escaped(title_vi(said.status)),
        title = escaped(said.status.canonical_reason().unwrap_or("Error")),
        code = said.code,
        vi = paragraph(&said.vi),
        en = paragraph(&said.en),
    );
    let mut response = (said.status, Html(html)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    error.add_headers(headers);
    response
}

fn paragraph(text: &str) -> String {
    format!("<p>{}</p>", escaped(text))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn nothing_that_is_said_becomes_markup() {
        let detail = "<script>&\"</script>".to_owned();
        let response = page(&HttpError::BadRequest { detail });
        let body = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
        let text = String::from_utf8(body.to_vec()).unwrap();
        assert!(!text.contains("<script"), "{text}");
        assert!(
            text.contains("&lt;script&gt;&amp;&quot;&lt;/script&gt;"),
            "{text}"
        );
    }
}
