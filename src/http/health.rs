use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use super::App;

/// The process answers.
#[derive(Debug, Serialize, ToSchema)]
pub struct Alive {
    status: &'static str,
    version: &'static str,
}

/// Whether uploads would be taken and read.
#[derive(Debug, Serialize, ToSchema)]
pub struct Ready {
    ready: bool,
    checks: Vec<Check>,
}

/// One thing that the service needs.
#[derive(Debug, Serialize, ToSchema)]
pub struct Check {
    /// `database`, `disk`, `pdfium` or `tessdata`.
    name: &'static str,
    ok: bool,
    /// Without it the service works, but less well.
    optional: bool,
    /// What was found, and what mends it.
    detail: String,
}

/// Whether the process is alive.
#[utoipa::path(get, path = "/healthz", operation_id = "get_health", tag = "service", security(()), responses((status = 200, body = Alive)))]
pub async fn alive() -> Json<Alive> {
    Json(Alive {
        status: "ok",
        version: env!("CARGO_PKG_VERSION"),
    })
}

/// Whether the service can do its work: database writable, disk not full, parts present.
#[utoipa::path(
    get, path = "/readyz", operation_id = "get_readiness", tag = "service", security(()),
    responses((status = 200, body = Ready), (status = 503, body = Ready))
)]
pub async fn ready(State(app): State<App>) -> (StatusCode, Json<Ready>) {
    let database = match app.store.probe().await {
        Ok(()) => Ok("writable".to_owned()),
        Err(error) => Err(error.to_string()),
    };
    let inner = app.clone();
    let files = tokio::task::spawn_blocking(move || files(&inner)).await;
    let mut checks = vec![check("database", database)];
    match files {
        Ok(files) => checks.extend(files),
        Err(error) => checks.push(check("disk", Err(error.to_string()))),
    }
    let ready = checks.iter().all(|c| c.ok || c.optional);
    let status = if ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, Json(Ready { ready, checks }))
}

fn files(app: &App) -> Vec<Check> {
    let parts = &app.settings.parts;
    let disk = match app.data.free_bytes() {
        Ok(free) if free > app.settings.least_free => Ok(format!("{} MB free", free >> 20)),
        Ok(free) => Err(format!("only {} MB free: make room", free >> 20)),
        Err(error) => Err(error.to_string()),
    };
    let there = |there: bool, what: &str| {
        if there {
            Ok(what.to_owned())
        } else {
            Err(format!("{what} is not there: `sohoa doctor` says what mends it"))
        }
    };
    let vie = parts.tessdata.join("vie.traineddata");
    vec![
        check("disk", disk),
        check("pdfium", there(parts.pdfium.is_file(), "libpdfium.so")),
        check("tessdata", there(vie.is_file(), "vie.traineddata")),
    ]
}

fn check(name: &'static str, outcome: Result<String, String>) -> Check {
    let ok = outcome.is_ok();
    let (Ok(detail) | Err(detail)) = outcome;
    Check {
        name,
        ok,
        optional: false,
        detail,
    }
}
