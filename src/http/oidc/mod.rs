//! Signing in at the office's own provider: OpenID Connect, authorization code with PKCE.
//!
//! The browser is sent to the provider with a state, a nonce and a challenge ([`pending`]), and comes back with a
//! code, which is worth an ID token only to who holds the verifier ([`provider`]). What the token says is believed
//! when its signature, issuer, audience, time and nonce hold, and when the browser that comes back is the one that was
//! sent. The account is found by issuer and subject, never by name, and gets the role that the provider's claim is
//! mapped to ([`account`]).

mod account;
mod ask;
mod claims;
mod pending;
mod provider;
mod routes;
mod settings;

pub use provider::{OidcError, Provider};
pub use routes::{__path_ways, begin, end, ways};
pub use settings::{BadOidc, ButtonLabel, ClientSecret, OidcSettings};

/// Where the browser goes to sign in at the provider.
pub const BEGIN: &str = "/signin/provider";
/// Where the provider sends it back to.
pub const CALLBACK: &str = "/signin/provider/callback";
