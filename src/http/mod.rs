//! Routes, sign-in, pages, problem responses.
//!
//! Handlers are thin: they find out who asks ([`auth`]), call the store or [`crate::review`], and turn
//! the outcome into a shape of [`dto`]. Every error becomes a response in [`problem`] and nowhere else.
//!
//! Invariants:
//! - No handler parses an uploaded file; it is stored, and a sandboxed child reads it.
//! - An uploaded file goes out only as an attachment that no browser will run.
//! - Roles and the two-person rule are enforced here, whatever the page shows.

mod accounts;
mod amendments;
mod app;
mod assignment;
mod audit;
mod auth;
mod comparison;
mod credentials;
mod deletion;
mod documents;
mod dto;
mod export;
mod export_document;
mod files;
mod forwarded;
mod guard;
mod health;
mod inbox;
mod layers;
mod lexicon;
mod live;
mod metrics;
mod oidc;
mod openapi;
mod pages;
mod past;
mod problem;
mod progress;
mod record;
mod reread;
mod review_dto;
mod rubrics;
mod session;
mod settled;
mod tls;
mod trial;
mod upload;
mod webhooks;

pub use webhooks::{AllowedHosts, Chance, Sender};

pub use app::{Access, App, AppParts, Cookies, Demo, NotLoopback, Settings};
pub use audit::AuditLine;
pub use oidc::{BadOidc, ButtonLabel, ClientSecret, OidcSettings, Provider};
pub use record::event_of;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::get;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Edits are small; a rubric's longest cell has a few kilobytes.
const MOST_JSON_BYTES: usize = 1 << 20;

/// Every route of the service.
pub fn router(app: App) -> Router {
    let (api, description) = api().split_for_parts();
    let description = serde_json::to_value(&description).and_then(openapi::completed);
    let description = description.map_err(|error| format!("the description: {error}"));
    let around = ServiceBuilder::new()
        .layer(SetRequestIdLayer::x_request_id(MakeRequestUuid))
        .layer(PropagateRequestIdLayer::x_request_id())
        .layer(axum::middleware::from_fn_with_state(app.clone(), layers::around))
        .layer(CatchPanicLayer::custom(layers::panicked));
    Router::new()
        .merge(api)
        .route(
            "/openapi.json",
            get(|| async move { description.map(axum::Json).map_err(problem::HttpError::Internal) }),
        )
        .route("/", get(pages::inbox))
        .route("/documents/{id}", get(pages::desk))
        .route("/rubrics/{id}/compare", get(pages::compare))
        .route("/account", get(pages::account))
        .route("/lexicon", get(pages::lexicon))
        .route("/login", get(pages::login))
        .route(oidc::BEGIN, get(oidc::begin))
        .route(oidc::CALLBACK, get(oidc::end))
        .route("/assets/{*path}", get(pages::asset))
        .fallback(problem::no_such_route)
        .method_not_allowed_fallback(problem::no_such_method)
        .layer(around)
        .with_state(app)
}

/// The described routes: those under `/api/v1` and those for the people who run the service.
fn api() -> OpenApiRouter<App> {
    let quick = OpenApiRouter::new()
        .routes(routes!(session::who, session::sign_in, session::sign_out))
        .routes(routes!(session::change_password))
        .routes(routes!(oidc::ways))
        .routes(routes!(credentials::sessions))
        .routes(routes!(credentials::end_session))
        .routes(routes!(credentials::tokens, credentials::make_token))
        .routes(routes!(credentials::revoke_token))
        .routes(routes!(audit::list))
        .routes(routes!(deletion::erasures))
        .routes(routes!(accounts::list, accounts::add))
        .routes(routes!(accounts::change))
        .routes(routes!(inbox::list))
        .routes(routes!(documents::one, deletion::delete))
        .routes(routes!(documents::retry))
        .routes(routes!(reread::standing, reread::ask, reread::discard))
        .routes(routes!(reread::accept))
        .routes(routes!(assignment::assign))
        .routes(routes!(assignment::people))
        .routes(routes!(documents::result))
        .routes(routes!(files::original))
        .routes(routes!(files::page_image))
        .routes(routes!(rubrics::one, rubrics::change))
        .routes(routes!(rubrics::submit))
        .routes(routes!(rubrics::confirm))
        .routes(routes!(rubrics::send_back))
        .routes(routes!(rubrics::history))
        .routes(routes!(live::presence::here, live::presence::gone))
        .routes(routes!(trial::rules))
        .routes(routes!(trial::questions))
        .routes(routes!(trial::score))
        .routes(routes!(trial::keying))
        .routes(routes!(export::export))
        .routes(routes!(webhooks::list, webhooks::add))
        .routes(routes!(webhooks::change, webhooks::remove))
        .routes(routes!(webhooks::deliveries))
        .routes(routes!(webhooks::redeliver))
        .routes(routes!(amendments::candidates, amendments::settle))
        .routes(routes!(comparison::diff))
        .routes(routes!(comparison::version))
        .routes(routes!(record::record))
        .routes(routes!(record::key_list))
        .routes(routes!(lexicon::proposals))
        .routes(routes!(lexicon::decide))
        .routes(routes!(lexicon::history))
        .routes(routes!(lexicon::lexicon))
        .routes(routes!(lexicon::import))
        .routes(routes!(lexicon::versions))
        .routes(routes!(lexicon::looks, lexicon::looked))
        .layer(axum::middleware::from_fn(layers::in_time))
        .layer(DefaultBodyLimit::max(MOST_JSON_BYTES));
    // These take as long as the file or the reading takes; they have clocks of their own.
    let slow = OpenApiRouter::new()
        .routes(routes!(progress::events))
        .routes(routes!(export_document::export))
        .routes(routes!(live::events))
        .routes(routes!(upload::upload))
        .layer(DefaultBodyLimit::disable());
    let around = OpenApiRouter::new()
        .routes(routes!(health::alive))
        .routes(routes!(health::ready))
        .routes(routes!(metrics::metrics))
        .layer(axum::middleware::from_fn(layers::in_time));
    OpenApiRouter::with_openapi(openapi::document())
        .nest("/api/v1", quick.merge(slow))
        .merge(around)
}
