//! Who asks: a bearer token, a session cookie, or in the demo whoever they say they are.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, Uri, header};
use rand::TryRngCore;
use rand::rngs::OsRng;

use super::problem::HttpError;
use super::{Access, App, Cookies, forwarded};
use crate::review::Author;
use crate::store::{Role, Scope, Scopes, TokenHash, User};

/// The cookie of a session where it may travel without TLS.
pub const SESSION_COOKIE: &str = "sohoa_session";
/// Over https alone. Browsers take this prefix only with `Secure`, for this very host and for all of it, so that
/// no neighbouring host and no plain connection can plant a session (RFC 6265bis, 4.1.3.2).
const SECURE_SESSION_COOKIE: &str = "__Host-sohoa_session";
/// In the demo, the person chosen.
pub const DEMO_COOKIE: &str = "sohoa_person";
/// Chooses the demo person for one request.
const DEMO_HEADER: &str = "x-sohoa-person";
/// No other site's form or script can set it without asking first, and nobody grants that here.
const CSRF_HEADER: &str = "x-sohoa";

/// Somebody who is signed in. Having one is proof: it can only be extracted from a request.
#[derive(Debug, Clone)]
pub struct Person {
    pub name: String,
    pub role: Role,
    /// The office's own provider vouches for them: they have no password here.
    pub vouched: bool,
    means: Means,
}

/// By what somebody is known.
#[derive(Debug, Clone)]
enum Means {
    /// A session that a password opened, or the provider's word.
    Session,
    /// A token that was made for a program.
    Token(Scopes),
    /// Their own word.
    Demo,
}

impl Person {
    /// Somebody who has just shown who they are.
    pub fn signed_in(user: User) -> Self {
        Self {
            vouched: user.password_hash.is_none(),
            name: user.name,
            role: user.role,
            means: Means::Session,
        }
    }

    /// One of the demo's people.
    pub fn of_demo(name: &str, role: Role) -> Self {
        Self {
            name: name.to_owned(),
            role,
            vouched: false,
            means: Means::Demo,
        }
    }

    /// `Forbidden` below `needed`; `ScopeMissing` for a token that was not made for this.
    pub fn may(&self, needed: Role) -> Result<(), HttpError> {
        if self.role < needed {
            return Err(HttpError::Forbidden { needed });
        }
        match needed {
            Role::Clerk => Ok(()),
            Role::Maintainer => self.has(Scope::Confirm),
            Role::Admin => self.has(Scope::Admin),
        }
    }

    /// Refuses tokens: one that leaked must not make itself others, nor keep its owner out.
    pub fn in_person(&self) -> Result<(), HttpError> {
        match self.means {
            Means::Session => Ok(()),
            Means::Token(_) => Err(HttpError::SessionNeeded),
            Means::Demo => Err(HttpError::NotInDemo),
        }
    }

    fn has(&self, scope: Scope) -> Result<(), HttpError> {
        match &self.means {
            Means::Token(scopes) if !scopes.has(scope) => Err(HttpError::ScopeMissing { scope }),
            Means::Token(_) | Means::Session | Means::Demo => Ok(()),
        }
    }

    pub fn author(&self) -> Author {
        Author::new(&self.name)
    }

    /// What `token` lets its holder do with a request of this method.
    async fn of_token(app: &App, token: &str, method: &Method) -> Result<Self, HttpError> {
        let known = app.store.token_user(&TokenHash::of(token), app.now()).await?;
        let (user, scopes) = known.ok_or(HttpError::NotSignedIn)?;
        let person = Self {
            means: Means::Token(scopes),
            ..Self::signed_in(user)
        };
        person.has(match reads(method) {
            true => Scope::Read,
            false => Scope::Write,
        })?;
        Ok(person)
    }
}

impl FromRequestParts<App> for Person {
    type Rejection = HttpError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, HttpError> {
        if let Access::Demo(demo) = &app.settings.access {
            only_from_pages(parts)?;
            let header = parts.headers.get(DEMO_HEADER).and_then(|v| v.to_str().ok());
            let (name, role) = demo.person(header.or(cookie(&parts.headers, DEMO_COOKIE)));
            return Ok(Self::of_demo(name, role));
        }
        if let Some(token) = bearer(&parts.headers) {
            return Self::of_token(app, token, &parts.method).await;
        }
        let token = session(app, &parts.headers).ok_or(HttpError::NotSignedIn)?;
        let user = app
            .store
            .session_user(&token, app.now(), app.idle_since())
            .await?;
        let person = user.map(Self::signed_in).ok_or(HttpError::NotSignedIn)?;
        only_from_pages(parts)?;
        Ok(person)
    }
}

/// Refuses a change that another site may have made this browser send.
pub fn only_from_pages(parts: &Parts) -> Result<(), HttpError> {
    if reads(&parts.method) || parts.headers.contains_key(CSRF_HEADER) {
        Ok(())
    } else {
        Err(HttpError::NoCsrfHeader)
    }
}

fn reads(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}

/// The session that a request names, if it names one.
pub fn session(app: &App, headers: &HeaderMap) -> Option<TokenHash> {
    cookie(headers, session_cookie(app.settings.cookies)).map(TokenHash::of)
}

/// What the cookie of a session is called.
pub fn session_cookie(cookies: Cookies) -> &'static str {
    match cookies {
        Cookies::Secure => SECURE_SESSION_COOKIE,
        Cookies::Plain => SESSION_COOKIE,
    }
}

/// Where a request came from: the other end of the connection, or whom a trusted proxy heard.
#[derive(Debug, Clone, Copy)]
pub struct Address(pub IpAddr);

impl FromRequestParts<App> for Address {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        let connected = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let peer = connected.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |c| c.0.ip());
        Ok(Self(forwarded::client(
            peer,
            &app.settings.proxies,
            &parts.headers,
        )))
    }
}

/// A new token: 256 random bits of the system's, in hex.
pub fn new_token() -> Result<String, HttpError> {
    let mut bytes = [0_u8; 32];
    OsRng
        .try_fill_bytes(&mut bytes)
        .map_err(|e| HttpError::Internal(format!("no randomness: {e}")))?;
    Ok(hex::encode(bytes))
}

/// A `Set-Cookie` value that no script can read and no other site can use.
pub fn set_cookie(name: &str, value: &str, seconds: u64, cookies: Cookies) -> String {
    let secure = match cookies {
        Cookies::Secure => "; Secure",
        Cookies::Plain => "",
    };
    format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}")
}

/// The cookie of that name.
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Refuses requests to the demo under a name that is not this machine's: another site's name may have been
/// made to point here, and its scripts would be at home in the demo.
pub fn check_host(app: &App, headers: &HeaderMap, uri: &Uri) -> Result<(), HttpError> {
    let Access::Demo(_) = &app.settings.access else {
        return Ok(());
    };
    let host = uri
        .authority()
        .map(|a| a.as_str())
        .or_else(|| headers.get(header::HOST).and_then(|v| v.to_str().ok()))
        .unwrap_or_default();
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    };
    let own = name.eq_ignore_ascii_case("localhost")
        || name
            .trim_matches(['[', ']'])
            .parse::<IpAddr>()
            .is_ok_and(|ip| ip.is_loopback());
    if own {
        Ok(())
    } else {
        Err(HttpError::WrongHost {
            host: host.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_are_found_among_others() {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, "a=1; sohoa_session=xyz;b=2".parse().unwrap());
        assert_eq!(cookie(&headers, "sohoa_session"), Some("xyz"));
        assert_eq!(cookie(&headers, "session"), None);
    }

    #[test]
    fn session_cookies_are_out_of_reach_of_scripts_and_other_sites() {
        assert_eq!(
            set_cookie("n", "v", 60, Cookies::Secure),
            "n=v; Path=/; HttpOnly; SameSite=Strict; Max-Age=60; Secure"
        );
        assert!(!set_cookie("n", "v", 60, Cookies::Plain).contains("Secure"));
    }
}
