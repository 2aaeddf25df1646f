use std::error::Error;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreAuthenticationFlow, CoreErrorResponseType, CoreGenderClaim,
    CoreJsonWebKey, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreProviderMetadata,
    CoreRevocableToken, CoreRevocationErrorResponse, CoreTokenIntrospectionResponse, CoreTokenType,
};
use openidconnect::{
    AuthorizationCode, Client, ClientId, CsrfToken, EmptyExtraTokenFields, EndpointMaybeSet, EndpointNotSet,
    EndpointSet, IdTokenFields, IssuerUrl, Nonce, OAuth2TokenResponse, PkceCodeChallenge, RedirectUrl, Scope,
    StandardErrorResponse, StandardTokenResponse, SubjectIdentifier, TokenResponse, UserInfoClaims,
};
use serde_json::Value;
use time::OffsetDateTime;
use tokio::sync::Semaphore;

use super::ask::{AskError, Asker};
use super::claims::{Others, account_name, claim, role};
use super::pending::{PATIENCE, Pending, UnderWay};
use super::settings::{BadOidc, OidcSettings};
use crate::store::{Identity, Role, TokenHash};

/// How long everything may take that is asked of the provider for one step of a sign-in.
const ANSWER: Duration = Duration::from_secs(20);
/// Steps for which the provider is asked at the same time; more wait. Whoever floods this service floods it alone.
const AT_ONCE: usize = 4;
/// How long what the provider says of itself is good for sending people there. To judge a token it is asked anew: it
/// may change its keys at any time.
const FRESH: Duration = Duration::from_secs(30);
/// Signatures that only the provider can make. Not among them: `none`, and HMAC, for which the client's secret is
/// enough.
const SIGNATURES: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// Why nobody was let in at the provider's word.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OidcError {
    #[error("no sign-in of this browser is under way under this state")]
    NotUnderWay,
    #[error("the provider lets nobody in: {0}")]
    Declined(String),
    #[error("asking the provider: {0}")]
    Asking(String),
    #[error("the provider's word does not hold: {0}")]
    Untrue(String),
    #[error("none of the person's roles is known here")]
    NoRole,
    #[error("the account is closed")]
    Closed,
    #[error("the account {name} is not bound to {subject}")]
    NameTaken { name: String, subject: String },
}

type Tokens = StandardTokenResponse<
    IdTokenFields<
        Others,
        EmptyExtraTokenFields,
        CoreGenderClaim,
        CoreJweContentEncryptionAlgorithm,
        CoreJwsSigningAlgorithm,
    >,
    CoreTokenType,
>;

type OurClient = Client<
    Others,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    Tokens,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// Whom the provider vouches for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vouched {
    issuer: String,
    subject: String,
    /// What an account of theirs is called.
    pub name: String,
    /// The highest of their roles that the settings know.
    pub role: Option<Role>,
}

impl Vouched {
    pub fn identity(&self) -> Identity<'_> {
        Identity {
            issuer: &self.issuer,
            subject: &self.subject,
        }
    }
}

/// What the provider sent the browser back with.
#[derive(Debug, Default)]
pub struct Returned {
    pub code: Option<String>,
    /// Why the provider lets nobody in.
    pub error: Option<String>,
    /// Who says so (RFC 9207).
    pub issuer: Option<String>,
}

/// The provider, and who is there at the moment.
pub struct Provider {
    pub(super) settings: OidcSettings,
    pub(super) under_way: UnderWay,
    http: Asker,
    asking: Semaphore,
    known: Mutex<Option<(OffsetDateTime, CoreProviderMetadata)>>,
}

impl Provider {
    /// Refuses settings with which nobody could sign in, or not safely.
    pub fn new(settings: OidcSettings) -> Result<Self, BadOidc> {
        settings.check()?;
        Ok(Self {
            settings,
            under_way: UnderWay::default(),
            http: Asker::new()?,
            asking: Semaphore::new(AT_ONCE),
            known: Mutex::default(),
        })
    }

    /// Begins a sign-in: the address at the provider to send the browser to. `browser` is a secret that it keeps
    /// meanwhile, `next` where it goes afterwards.
    pub async fn begin(&self, browser: &str, next: String, now: OffsetDateTime) -> Result<String, OidcError> {
        let metadata = match self.known_since(now - FRESH) {
            Some(metadata) => metadata,
            None => self.in_turn(self.introduced(now)).await?,
        };
        let client = self.client(metadata)?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let (address, state, nonce) = client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                CsrfToken::new_random,
                Nonce::new_random,
            )
            .add_scopes(self.settings.scopes.iter().cloned().map(Scope::new))
            .set_pkce_challenge(challenge)
            .url();
        let pending = Pending {
            browser: TokenHash::of(browser),
            nonce,
            verifier,
            next,
            until: now + PATIENCE,
        };
        self.under_way.begin(state.secret(), pending, now);
        Ok(address.into())
    }

    /// Ends a sign-in: whom the provider vouches for.
    pub async fn vouched(
        &self,
        pending: Pending,
        returned: Returned,
        now: OffsetDateTime,
    ) -> Result<Vouched, OidcError> {
        if returned
            .issuer
            .is_some_and(|issuer| issuer != self.settings.issuer)
        {
            return Err(OidcError::Untrue(
                "another issuer sent the browser back".to_owned(),
            ));
        }
        if let Some(error) = returned.error {
            return Err(OidcError::Declined(printable(&error)));
        }
        let code = returned.code.ok_or(OidcError::NotUnderWay)?;
        self.in_turn(self.redeemed(code, pending, now)).await
    }

    async fn redeemed(
        &self,
        code: String,
        pending: Pending,
        now: OffsetDateTime,
    ) -> Result<Vouched, OidcError> {
        let client = self.client(self.introduced(now).await?)?;
        let tokens = client
            .exchange_code(AuthorizationCode::new(code))
            .map_err(asking)?
            .set_pkce_verifier(pending.verifier)
            .request_async(&self.http)
            .await
            .map_err(asking)?;
        let missing = || OidcError::Untrue("there is no ID token".to_owned());
        let id = tokens.id_token().ok_or_else(missing)?;
        let verifier = client
            .id_token_verifier()
            .set_allowed_algs(SIGNATURES)
            .set_time_fn(move || SystemTime::from(now).into());
        // Signature, issuer, audience, time and nonce.
        let claims = id.claims(&verifier, &pending.nonce).map_err(untrue)?;
        let mut others = claims.additional_claims().clone();
        let mut called = claims.preferred_username().map(|name| name.to_string());
        // Claims that come with scopes stand in the ID token at some providers, and are to be asked for at others
        // (OpenID Connect Core, 5.4).
        if claim(&others.claims, &self.settings.role_claim).is_none() || called.is_none() {
            let more = self.more(&client, &tokens, claims.subject().clone()).await?;
            if let Some(more) = more {
                called = called.or_else(|| more.preferred_username().map(|name| name.to_string()));
                let told = more.additional_claims().claims.clone();
                told.into_iter().for_each(|(name, value)| {
                    others.claims.entry(name).or_insert(value);
                });
            }
        }
        let subject = claims.subject().to_string();
        let held = claim(&others.claims, &self.settings.role_claim).unwrap_or(&Value::Null);
        Ok(Vouched {
            issuer: self.settings.issuer.clone(),
            name: account_name(
                called
                    .filter(|name| !name.is_empty())
                    .as_ref()
                    .unwrap_or(&subject),
            ),
            role: role(held, &self.settings.roles),
            subject,
        })
    }

    /// What the provider tells of this person besides the ID token; `None` where it tells nothing.
    async fn more(
        &self,
        client: &OurClient,
        tokens: &Tokens,
        subject: SubjectIdentifier,
    ) -> Result<Option<UserInfoClaims<Others, CoreGenderClaim>>, OidcError> {
        let Ok(request) = client.user_info(tokens.access_token().clone(), Some(subject)) else {
            return Ok(None);
        };
        request.request_async(&self.http).await.map(Some).map_err(asking)
    }

    /// What the provider says of itself: where it is to be asked, and its keys.
    async fn introduced(&self, now: OffsetDateTime) -> Result<CoreProviderMetadata, OidcError> {
        let issuer = IssuerUrl::new(self.settings.issuer.clone()).map_err(asking)?;
        let metadata = CoreProviderMetadata::discover_async(issuer, &self.http)
            .await
            .map_err(asking)?;
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, metadata.clone()));
        Ok(metadata)
    }

    fn known_since(&self, since: OffsetDateTime) -> Option<CoreProviderMetadata> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, metadata) = known.as_ref().filter(|(at, _)| *at >= since)?;
        Some(metadata.clone())
    }

    fn client(&self, metadata: CoreProviderMetadata) -> Result<OurClient, OidcError> {
        let back = RedirectUrl::new(self.settings.callback()).map_err(asking)?;
        let secret = self.settings.client_secret.as_ref();
        let secret = secret.map(super::ClientSecret::for_the_provider);
        let id = ClientId::new(self.settings.client_id.clone());
        Ok(OurClient::from_provider_metadata(metadata, id, secret).set_redirect_uri(back))
    }

    /// Does it when there are few others that the provider is asked for, and gives up in time.
    async fn in_turn<T>(&self, step: impl Future<Output = Result<T, OidcError>>) -> Result<T, OidcError> {
        let waiting = tokio::time::timeout(ANSWER, async {
            let _turn = self.asking.acquire().await.map_err(asking)?;
            step.await
        });
        waiting.await.unwrap_or_else(|_| Err(asking(AskError::TooSlow)))
    }
}

fn asking(error: impl Error) -> OidcError {
    OidcError::Asking(reasons(&error))
}

fn untrue(error: impl Error) -> OidcError {
    OidcError::Untrue(reasons(&error))
}

/// An error and what is behind it, for the log.
fn reasons(error: &dyn Error) -> String {
    let mut said = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        said = format!("{said}: {error}");
        cause = error.source();
    }
    said
}

/// The provider's code for why not, as far as it may stand in a log: it came by way of the browser.
fn printable(error: &str) -> String {
    error.chars().filter(char::is_ascii_graphic).take(64).collect()
}
