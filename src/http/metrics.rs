use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;

use super::App;
use super::problem::HttpError;
use crate::jobs::Counted;
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
    reading(&mut text, &app.engine.counters().counted());
    text.requests(&app.requests);
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text.0))
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

fn reading(text: &mut Text, counted: &Counted) {
    text.family(
        "sohoa_pages_total",
        "counter",
        "Pages since the start, by what became of them.",
    );
    let pages = [
        ("read", counted.pages_read),
        ("failed", counted.pages_failed),
        ("kept", counted.pages_kept),
    ];
    for (outcome, number) in pages {
        text.sample("sohoa_pages_total", &[("outcome", outcome)], number);
    }
    text.family(
        "sohoa_documents_ended_total",
        "counter",
        "Documents since the start, by how they ended.",
    );
    text.sample(
        "sohoa_documents_ended_total",
        &[("outcome", "ready")],
        counted.documents_done,
    );
    text.sample(
        "sohoa_documents_ended_total",
        &[("outcome", "failed")],
        counted.documents_failed,
    );
    text.family(
        "sohoa_retries_total",
        "counter",
        "Readings that failed and were queued again.",
    );
    text.sample("sohoa_retries_total", &[], counted.retries);
    text.family(
        "sohoa_reading_seconds_total",
        "counter",
        "Time spent reading, all workers together.",
    );
    text.sample("sohoa_reading_seconds_total", &[], counted.reading.as_secs_f64());
}

/// Text in the exposition format.
#[derive(Default)]
struct Text(String);

impl Text {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        self.line(format_args!("# HELP {name} {help}\n# TYPE {name} {kind}"));
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl std::fmt::Display) {
        let labels: Vec<String> = labels
            .iter()
            .map(|(key, value)| format!("{key}=\"{}\"", escaped(value)))
            .collect();
        match labels.is_empty() {
            true => self.line(format_args!("{name} {value}")),
            false => self.line(format_args!("{name}{{{}}} {value}", labels.join(","))),
        }
    }

    fn requests(&mut self, requests: &Requests) {
        let all = requests.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        self.family(
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
            self.sample("sohoa_http_requests_total", &labels, taken.count);
        }
        self.family(
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
            self.sample(
                "sohoa_http_request_seconds_total",
                &labels,
                taken.time.as_secs_f64(),
            );
        }
    }

    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        // Writing to a String does not fail.
        let _ = writeln!(self.0, "{line}");
    }
}

fn escaped(value: &str) -> String {
    value
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}
