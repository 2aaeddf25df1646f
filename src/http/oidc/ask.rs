//! Asks the provider: over TLS, for so long, so many bytes. Redirects are answers like any other: where they lead
//! nobody has looked at, and it could be into the house's own network.

use std::time::Duration;

use axum::body::Bytes;
use axum::http::{HeaderValue, Uri, header};
use futures::future::BoxFuture;
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;

use super::settings::travels_unseen;
use crate::http::tls;

/// From looking up the host to the answer's last byte.
const PATIENCE: Duration = Duration::from_secs(10);
/// Bytes of an answer: keys and tokens are small.
const MOST_BYTES: usize = 1 << 20;

/// Why a request got no answer.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    #[error("{0} is not an https address")]
    Unsafe(Uri),
    #[error("no connection")]
    Io(#[from] std::io::Error),
    #[error("no answer")]
    Http(#[from] hyper::Error),
    #[error("the host's name is no header")]
    Host(#[from] header::InvalidHeaderValue),
    #[error("the answer cannot be read (at most {MOST_BYTES} bytes)")]
    Answer(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("no answer within {} seconds", PATIENCE.as_secs())]
    TooSlow,
}

/// What asks.
pub struct Asker(TlsConnector);

impl Asker {
    pub fn new() -> Result<Self, tokio_rustls::rustls::Error> {
        tls::connector().map(Self)
    }
}

impl<'c> AsyncHttpClient<'c> for Asker {
    type Error = AskError;
    type Future = BoxFuture<'c, Result<HttpResponse, AskError>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        let asking = tokio::time::timeout(PATIENCE, over_a_connection(request, &self.0));
        Box::pin(async { asking.await.unwrap_or(Err(AskError::TooSlow)) })
    }
}

async fn over_a_connection(mut request: HttpRequest, tls: &TlsConnector) -> Result<HttpResponse, AskError> {
    let uri = request.uri().clone();
    let authority = uri.authority().filter(|_| travels_unseen(&uri));
    let authority = authority.ok_or_else(|| AskError::Unsafe(uri.clone()))?;
    let secret = uri.scheme_str() == Some("https");
    let name = authority.host().trim_matches(['[', ']']);
    let port = authority.port_u16().unwrap_or(if secret { 443 } else { 80 });
    request
        .headers_mut()
        .insert(header::HOST, HeaderValue::from_str(authority.as_str())?);
    *request.uri_mut() = uri.path_and_query().cloned().map(Uri::from).unwrap_or_default();
    let stream = TcpStream::connect((name, port)).await?;
    match secret {
        false => exchange(stream, request).await,
        true => {
            let name = ServerName::try_from(name.to_owned()).map_err(std::io::Error::other)?;
            exchange(tls.connect(name, stream).await?, request).await
        }
    }
}

async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    request: HttpRequest,
) -> Result<HttpResponse, AskError> {
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let driver = Ended(tokio::spawn(connection));
    let response = sender
        .send_request(request.map(|body| Full::new(Bytes::from(body))))
        .await?;
    let (head, body) = response.into_parts();
    let body = Limited::new(body, MOST_BYTES)
        .collect()
        .await
        .map_err(AskError::Answer)?;
    drop(driver);
    Ok(HttpResponse::from_parts(head, body.to_bytes().to_vec()))
}

/// A connection that ends with what it was for, even where nobody waits for that any more.
struct Ended<T>(tokio::task::JoinHandle<T>);

impl<T> Drop for Ended<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
