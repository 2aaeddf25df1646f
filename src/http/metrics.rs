use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;

use super::App;
use super::problem::HttpError;
use crate::exposition::{self, Text};
use crate::store::QueueCounts;

/// Requests by method, route and status, with the time they took.
#[derive(Debug, Default)]
pub struct Requests(Mutex<BTreeMap<(String, String, u16), Taken>>);

#[derive(Debug, Default, Clone, Copy)]
struct Taken {
    count: u64,
    time: Duration,
}

impl Requests {
    pub fn count(&self, method: &str, route: &str, status: u16, time: Duration) {
        // A made-up method must not become a time series of its own.
        let method = match method {
            "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS" => method,
            _ => "other",
        };
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = all
            .entry((method.to_owned(), route.to_owned(), status))
            .or_default();
        taken.count += 1;
        taken.time += time;
    }
}

/// Counters and gauges in Prometheus' text format.
#[utoipa::path(
    get, path = "/metrics", operation_id = "get_metrics", tag = "service", security(()),
    responses((status = 200, content_type = "text/plain; version=0.0.4", body = String))
)]
pub async fn metrics(State(app): State<App>) -> Result<impl IntoResponse, HttpError> {
    let documents = app.store.document_counts().await?;
    let queue = app.store.queue_counts().await?;
    let mut text = Text::default();
    text.family("sohoa_documents", "gauge", "Documents by state.");
    for (state, number) in documents {
        text.sample("sohoa_documents", &[("state", state.name())], number);
    }
    jobs(&mut text, &queue);
    app.engine.counters().counted().expose(&mut text);
    answered(&mut text, &app.requests);
    Ok(([(header::CONTENT_TYPE, exposition::MEDIA_TYPE)], text.into_text()))
}

fn jobs(text: &mut Text, queue: &QueueCounts) {
    text.family("sohoa_jobs", "gauge", "Jobs by state.");
    let states = [
        ("queued", queue.queued),
        ("running", queue.running),
        ("done", queue.done),
        ("failed", queue.failed),
    ];
    for (state, number) in states {
        text.sample("sohoa_jobs", &[("state", state)], number);
    }
}

fn answered(text: &mut Text, requests: &Requests) {
    let all = requests.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
    text.family(
        "sohoa_http_requests_total",
        "counter",
        "Requests by method, route and status.",
    );
    for ((method, route, status), taken) in &all {
        let status = status.to_string();
        let labels = [
            ("method", method.as_str()),
            ("route", route.as_str()),
            ("status", status.as_str()),
        ];
        text.sample("sohoa_http_requests_total", &labels, taken.count);
    }
    text.family(
        "sohoa_http_request_seconds_total",
        "counter",
        "Time until the answers began.",
    );
    for ((method, route, status), taken) in &all {
        let status = status.to_string();
        let labels = [
            ("method", method.as_str()),
            ("route", route.as_str()),
            ("status", status.as_str()),
        ];
        text.sample(
            "sohoa_http_request_seconds_total",
            &labels,
            taken.time.as_secs_f64(),
        );
    }
}
