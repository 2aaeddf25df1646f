use axum::http::Uri;

use super::CALLBACK;
use crate::store::Role;

/// The provider and how the house knows people by it.
#[derive(Debug, Clone)]
pub struct OidcSettings {
    /// `https://login.example.gov.vn`; its configuration is asked for below it.
    pub issuer: String,
    pub client_id: String,
    /// `None`: a public client, which PKCE alone protects.
    pub client_secret: Option<ClientSecret>,
    /// Where people reach this service: `https://sohoa.example.gov.vn`.
    pub public: String,
    /// What is asked for besides `openid`.
    pub scopes: Vec<String>,
    /// The claim that holds a person's roles: a text or a list of texts, with dots where it lies inside another.
    pub role_claim: String,
    /// What each of them is here; empty ones name nobody.
    pub roles: Vec<(String, Role)>,
    pub label: ButtonLabel,
}

/// The words on the button of the sign-in page.
#[derive(Debug, Clone)]
pub struct ButtonLabel {
    pub vi: String,
    pub en: String,
}

/// What the provider knows this service by; never printed.
#[derive(Clone)]
pub struct ClientSecret(String);

impl ClientSecret {
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub(super) fn for_the_provider(&self) -> openidconnect::ClientSecret {
        openidconnect::ClientSecret::new(self.0.clone())
    }
}

impl std::fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ClientSecret(…)")
    }
}

/// Why nobody can sign in with these settings.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum BadOidc {
    #[error("the issuer has to be an https address (http is for this machine only)")]
    Issuer,
    #[error("there is no client_id")]
    NoClient,
    #[error("public_url has to be this service's https address (http is for this machine only)")]
    Public,
    #[error("no role is named, so that nobody could come in")]
    NoRole,
    #[error("TLS: {0}")]
    Tls(#[from] tokio_rustls::rustls::Error),
}

impl OidcSettings {
    /// Refuses what would send codes and tokens in clear, and what would let nobody in.
    pub(super) fn check(&self) -> Result<(), BadOidc> {
        if !is_safe(&self.issuer) {
            return Err(BadOidc::Issuer);
        }
        if self.client_id.is_empty() {
            return Err(BadOidc::NoClient);
        }
        if !is_safe(&self.public) {
            return Err(BadOidc::Public);
        }
        if self.roles.iter().all(|(name, _)| name.is_empty()) {
            return Err(BadOidc::NoRole);
        }
        Ok(())
    }

    /// Where the provider sends people back to; to be registered there.
    pub fn callback(&self) -> String {
        format!("{}{CALLBACK}", self.public.trim_end_matches('/'))
    }
}

fn is_safe(address: &str) -> bool {
    address.parse().is_ok_and(|uri| travels_unseen(&uri))
}

/// Whether nobody between here and there can read along: over https, or without leaving this machine.
pub(super) fn travels_unseen(uri: &Uri) -> bool {
    let Some(authority) = uri.authority() else {
        return false;
    };
    let host = authority.host();
    let nameless = host.is_empty() || authority.as_str().contains('@');
    match uri.scheme_str() {
        Some("https") => !nameless,
        Some("http") => !nameless && is_this_machine(host),
        _ => false,
    }
}

fn is_this_machine(host: &str) -> bool {
    let address = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
    host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_travel_in_clear_on_this_machine_only() {
        let check = |address: &str, safe: bool| assert_eq!(is_safe(address), safe, "{address}");
        check("https://login.example.gov.vn", true);
        check("https://login.example.gov.vn:8443/realms/a", true);
        check("http://127.0.0.1:9400", true);
        check("http://localhost:9400/realms/a", true);
        check("http://[::1]:9400", true);
        check("http://login.example.gov.vn", false);
        check("http://127.0.0.1.evil.example", false);
        check("http://127.0.0.1@evil.example", false);
        check("http://10.0.0.1", false);
        check("ftp://127.0.0.1", false);
        check("login.example.gov.vn", false);
        check("/realms/a", false);
        check("", false);
    }

    #[test]
    fn settings_with_which_nobody_could_sign_in_are_refused() {
        let good = OidcSettings {
            issuer: "https://login.example.gov.vn".to_owned(),
            client_id: "sohoa".to_owned(),
            client_secret: Some(ClientSecret::new("open sesame")),
            public: "https://sohoa.example.gov.vn/".to_owned(),
            scopes: Vec::new(),
            role_claim: "roles".to_owned(),
            roles: vec![("sohoa-clerk".to_owned(), Role::Clerk)],
            label: ButtonLabel {
                vi: "Đăng nhập".to_owned(),
                en: "Sign in".to_owned(),
            },
        };
        assert_eq!(good.check(), Ok(()));
        assert_eq!(
            good.callback(),
            "https://sohoa.example.gov.vn/signin/provider/callback"
        );
        assert!(!format!("{good:?}").contains("sesame"));
        let check = |change: fn(&mut OidcSettings), why: BadOidc| {
            let mut bad = good.clone();
            change(&mut bad);
            assert_eq!(bad.check(), Err(why));
        };
        check(
            |s| s.issuer = "http://login.example.gov.vn".to_owned(),
            BadOidc::Issuer,
        );
        check(|s| s.client_id.clear(), BadOidc::NoClient);
        check(|s| s.public.clear(), BadOidc::Public);
        check(|s| s.roles.clear(), BadOidc::NoRole);
        check(|s| s.roles[0].0.clear(), BadOidc::NoRole);
    }
}
