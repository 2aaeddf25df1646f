//! The description of the interface for machines, at `/openapi.json`.

mod complete;

pub use complete::completed;

use utoipa::openapi::OpenApi as Description;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};
use utoipa::{Modify, OpenApi};

use super::auth::SESSION_COOKIE;
use super::problem::Problem;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "sohoa",
        description = "Scanned Vietnamese scoring decisions to rubrics that people can check, confirm and defend. \
            Errors are RFC 9457 problems with stable codes. A change made with the session cookie needs the header `X-Sohoa: 1`."
    ),
    tags(
        (name = "session", description = "Signing in and out"),
        (name = "accounts", description = "The people (admin)"),
        (name = "documents", description = "Uploads and what was read from them"),
        (name = "rubrics", description = "Review, confirmation, export"),
        (name = "lexicon", description = "The dictionary of known phrases"),
        (name = "webhooks", description = "Telling others outside what happens (admin)"),
        (name = "service", description = "For those who run it")
    ),
    components(schemas(Problem)),
    security(("session" = []), ("bearer" = [])),
    modifiers(&Schemes)
)]
struct Service;

struct Schemes;

impl Modify for Schemes {
    fn modify(&self, description: &mut Description) {
        let components = description.components.get_or_insert_default();
        let cookie = ApiKey::Cookie(ApiKeyValue::new(SESSION_COOKIE));
        components.add_security_scheme("session", SecurityScheme::ApiKey(cookie));
        components.add_security_scheme("bearer", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
    }
}

/// The description without its paths, which the routes bring themselves.
pub fn document() -> Description {
    Service::openapi()
}
