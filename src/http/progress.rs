use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures::Stream;
use serde::Serialize;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;
use utoipa::ToSchema;

use super::App;
use super::auth::Person;
use super::dto::{DocumentSummary, Named, is_final};
use super::problem::{HttpError, Problem};
use crate::domain::{PageNo, PageOutcome};
use crate::jobs::Update;
use crate::store::{DocumentRecord, DocumentState};

/// The data of a `progress` event.
#[derive(Debug, Serialize, ToSchema)]
pub struct Progress {
    state: &'static str,
    /// `null` until the file has been opened.
    pages: Option<u32>,
    pages_done: u32,
    /// The page just read; `null` when something else happened.
    page: Option<u32>,
    /// `ok`, `blank` or `failed`.
    outcome: Option<&'static str>,
}

/// What happens to a document, as it happens: `progress` events, then `done` or `failed` with the document.
#[utoipa::path(
    get, path = "/documents/{id}/events", operation_id = "follow_document", tag = "documents", params(("id" = String, Path, description = "the document's id")),
    responses(
        (status = 200, content_type = "text/event-stream", body = Progress),
        (status = 404, body = Problem, content_type = "application/problem+json")
    )
)]
pub async fn events(
    State(app): State<App>,
    _: Person,
    Named(id): Named<String>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, HttpError> {
    // First listen, then look: nothing can happen unseen in between.
    let updates = app.engine.hub().listen();
    let document = app.document(&id).await?;
    let stopping = app.stopping.clone();
    let watcher = Watcher {
        app,
        id,
        updates,
        stopping,
        next: Next::Say(document),
    };
    let stream = futures::stream::unfold(watcher, |mut watcher| async move {
        let event = watcher.next_event().await?;
        Some((Ok(event), watcher))
    });
    Ok(Sse::new(stream).keep_alive(KeepAlive::new().interval(Duration::from_secs(15))))
}

/// Follows one document for one client.
struct Watcher {
    app: App,
    id: String,
    updates: Receiver<(String, Update)>,
    stopping: watch::Receiver<bool>,
    next: Next,
}

enum Next {
    /// Say where the document stands.
    Say(DocumentRecord),
    /// Say that it is over, then end.
    Close(DocumentRecord),
    Listen,
    End,
}

impl Watcher {
    async fn next_event(&mut self) -> Option<Event> {
        loop {
            match std::mem::replace(&mut self.next, Next::Listen) {
                Next::Say(document) => {
                    let event = standing(&document);
                    if is_final(document.state) {
                        self.next = Next::Close(document);
                    }
                    return Some(event);
                }
                Next::Close(document) => {
                    self.next = Next::End;
                    return Some(ending(document));
                }
                Next::End => return None,
                Next::Listen => {}
            }
            let update = tokio::select! {
                update = self.updates.recv() => update,
                _ = self.stopping.wait_for(|stopping| *stopping) => return None,
            };
            match update {
                Ok((id, update)) if id != self.id && update != Update::Missed => {}
                // What is read once more stands as it did.
                Ok((_, Update::Again)) => {}
                Ok((
                    _,
                    Update::Page {
                        page,
                        outcome,
                        pages,
                        pages_done,
                    },
                )) => {
                    return Some(page_event(page, &outcome, pages, pages_done));
                }
                Ok((_, Update::Changed | Update::Ended | Update::Missed)) | Err(RecvError::Lagged(_)) => {
                    self.next = match self.app.store.document(&self.id).await {
                        Ok(Some(document)) => Next::Say(document),
                        Ok(None) => Next::End,
                        Err(error) => {
                            // The client comes back by itself and is told where things stand.
                            tracing::error!(%error, "following a document");
                            Next::End
                        }
                    };
                }
                Err(RecvError::Closed) => return None,
            }
        }
    }
}

fn standing(document: &DocumentRecord) -> Event {
    progress(&Progress {
        state: document.state.name(),
        pages: document.pages,
        pages_done: document.pages_done,
        page: None,
        outcome: None,
    })
}

fn page_event(page: PageNo, outcome: &PageOutcome, pages: u32, pages_done: u32) -> Event {
    progress(&Progress {
        state: DocumentState::Reading.name(),
        pages: Some(pages),
        pages_done,
        page: Some(page.get()),
        outcome: Some(outcome_name(outcome)),
    })
}

fn progress(data: &Progress) -> Event {
    json_event("progress", data)
}

fn ending(document: DocumentRecord) -> Event {
    let name = if document.state == DocumentState::Ready {
        "done"
    } else {
        "failed"
    };
    json_event(name, &DocumentSummary::from(document))
}

/// An event of this name with `data` as JSON.
pub(super) fn json_event(name: &str, data: &impl Serialize) -> Event {
    let event = Event::default().event(name);
    // These shapes have string keys and no newlines of their own: they can always be written.
    event
        .json_data(data)
        .unwrap_or_else(|_| Event::default().event(name))
}

fn outcome_name(outcome: &PageOutcome) -> &'static str {
    match outcome {
        PageOutcome::Ok => "ok",
        PageOutcome::Blank => "blank",
        PageOutcome::Failed { .. } => "failed",
    }
}
