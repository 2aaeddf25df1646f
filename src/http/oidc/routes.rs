use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::pending::{PATIENCE, Pending};
use super::provider::{OidcError, Provider, Returned};
use super::{BEGIN, account};
use crate::http::audit::Note;
use crate::http::auth::{Address, cookie, new_token};
use crate::http::dto::Asked;
use crate::http::problem::{HttpError, page};
use crate::http::session::open_session;
use crate::http::{Access, App, Cookies};
use crate::store::AuditKind;

/// Ties a sign-in under way to the browser that began it.
const COOKIE: &str = "sohoa_signin";
/// Over https alone, as [`crate::http::auth`] has it for sessions.
const SECURE_COOKIE: &str = "__Host-sohoa_signin";
/// Longer than any address of a page.
const LONGEST_PATH: usize = 1024;

/// How one can sign in here besides a name and a password.
#[derive(Debug, Serialize, ToSchema)]
pub struct SignInWays {
    /// `null`: at no provider.
    provider: Option<ProviderWay>,
}

/// The office's own provider.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProviderWay {
    /// Where a browser goes to sign in there; `next` is the path to come back to.
    address: &'static str,
    /// What the button says in Vietnamese.
    label_vi: String,
    /// What the button says in English.
    label_en: String,
}

/// Where to go afterwards.
#[derive(Deserialize)]
pub struct BeginQuery {
    /// A path of this service.
    next: Option<String>,
}

/// What the provider sends the browser back with.
#[derive(Deserialize)]
pub struct EndQuery {
    state: Option<String>,
    code: Option<String>,
    error: Option<String>,
    iss: Option<String>,
}

/// How one can sign in besides a name and a password.
#[utoipa::path(
    get, path = "/session/ways", operation_id = "list_sign_in_ways", tag = "session", security(()),
    responses((status = 200, body = SignInWays))
)]
pub async fn ways(State(app): State<App>) -> Json<SignInWays> {
    let provider = provider(&app).ok().map(|provider| ProviderWay {
        address: BEGIN,
        label_vi: provider.settings.label.vi.clone(),
        label_en: provider.settings.label.en.clone(),
    });
    Json(SignInWays { provider })
}

/// Sends a browser to the provider.
pub async fn begin(State(app): State<App>, Asked(query): Asked<BeginQuery>) -> Result<Response, HttpError> {
    let provider = provider(&app)?;
    let browser = new_token()?;
    let next = query.next.filter(|path| is_own_path(path));
    let next = next.unwrap_or_else(|| "/".to_owned());
    match provider.begin(&browser, next, app.now()).await {
        Ok(address) => {
            let tied = tying(&browser, PATIENCE.as_secs(), app.settings.cookies);
            Ok(([(header::SET_COOKIE, tied), no_store()], Redirect::to(&address)).into_response())
        }
        Err(error) => {
            tracing::warn!(%error, "a sign-in at the provider could not begin");
            Ok(page(&error.into()))
        }
    }
}

/// Takes a browser back from the provider, and opens a session for whom it vouches for.
pub async fn end(
    State(app): State<App>,
    address: Address,
    headers: HeaderMap,
    Asked(query): Asked<EndQuery>,
) -> Result<Response, HttpError> {
    let provider = provider(&app)?;
    let browser = cookie(&headers, cookie_name(app.settings.cookies)).unwrap_or_default();
    let state = query.state.unwrap_or_default();
    let Some(mut pending) = provider.under_way.end(&state, browser, app.now()) else {
        return Ok(page(&OidcError::NotUnderWay.into()));
    };
    let next = std::mem::take(&mut pending.next);
    let returned = Returned {
        code: query.code,
        error: query.error,
        issuer: query.iss,
    };
    let mut response = match come_in(&app, provider, pending, returned, address).await {
        Ok(session) => ([(header::SET_COOKIE, session), no_store()], Redirect::to(&next)).into_response(),
        Err(error) => page(&error),
    };
    let untied = HeaderValue::try_from(tying("", 0, app.settings.cookies));
    let untied = untied.map_err(|error| HttpError::Internal(error.to_string()))?;
    response.headers_mut().append(header::SET_COOKIE, untied);
    Ok(response)
}

/// The cookie of a new session.
async fn come_in(
    app: &App,
    provider: &Provider,
    pending: Pending,
    returned: Returned,
    address: Address,
) -> Result<String, HttpError> {
    let vouched = match provider.vouched(pending, returned, app.now()).await {
        Ok(vouched) => vouched,
        Err(error) => {
            tracing::warn!(%error, "a sign-in at the provider did not end well");
            return Err(match error {
                OidcError::Untrue(_) => account::refusal(app, "(unknown)", address, error).await,
                error => error.into(),
            });
        }
    };
    let user = account::of(app, &vouched, address).await?;
    Note::of(AuditKind::SignedIn, &user.name, address)
        .saying("provider")
        .keep(app)
        .await?;
    open_session(app, &user, address).await
}

/// `NoProvider` where the settings name none, and in the demo, which has no accounts.
fn provider(app: &App) -> Result<&Provider, HttpError> {
    match app.settings.access {
        Access::Accounts => app.provider.as_ref().ok_or(HttpError::NoProvider),
        Access::Demo(_) => Err(HttpError::NoProvider),
    }
}

/// Never to another site: browsers take `//evil.example` and `/\evil.example` for one.
fn is_own_path(path: &str) -> bool {
    let plain = path.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    plain && path.len() <= LONGEST_PATH && path.starts_with('/') && !path.starts_with("//")
}

fn no_store() -> (header::HeaderName, String) {
    (header::CACHE_CONTROL, "no-store".to_owned())
}

fn cookie_name(cookies: Cookies) -> &'static str {
    match cookies {
        Cookies::Secure => SECURE_COOKIE,
        Cookies::Plain => COOKIE,
    }
}

/// `Lax`, unlike a session's: it has to come along when the provider sends the browser back.
fn tying(value: &str, seconds: u64, cookies: Cookies) -> String {
    let secure = match cookies {
        Cookies::Secure => "; Secure",
        Cookies::Plain => "",
    };
    let name = cookie_name(cookies);
    format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_to_another_site() {
        let check = |path: &str, own: bool| assert_eq!(is_own_path(path), own, "{path:?}");
        check("/", true);
        check("/documents/x?a=b&c=%2F#d", true);
        check("/a//b", true);
        check("//evil.example", false);
        check("/\\evil.example", false);
        check("/\t/evil.example", false);
        check("https://evil.example", false);
        check("javascript:alert(1)", false);
        check("documents", false);
        check("", false);
        check("/a\r\nSet-Cookie: x", false);
        check("/thang điểm", false);
        check(&format!("/{}", "a".repeat(LONGEST_PATH)), false);
    }

    #[test]
    fn the_cookie_of_a_sign_in_is_out_of_reach_of_scripts_and_other_hosts() {
        assert_eq!(
            tying("v", 60, Cookies::Secure),
            "__Host-sohoa_signin=v; Path=/; HttpOnly; SameSite=Lax; Max-Age=60; Secure"
        );
        assert!(!tying("v", 60, Cookies::Plain).contains("Secure"));
    }
}
