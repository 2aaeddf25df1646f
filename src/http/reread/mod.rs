//! Reading a document once more with today's models and dictionary, beside what stands; and putting that in its place.

mod preview;
mod prospect;
mod words;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::App;
use super::auth::{Address, Person};
use super::dto::{Named, ReadingProblem, rfc3339};
use super::live::News;
use super::problem::{HttpError, Problem};
use super::rubrics::{announce, conditional, matches};
use crate::jobs::Update;
use crate::review::{ReviewError, State as ReviewState};
use crate::store::{AskedAgain, Outdated, RereadingRecord, RereadingState, Role, StoreError};
use preview::PreviewBody;
use prospect::Prospect;

/// How far a document is with being read once more.
#[derive(Debug, Serialize, ToSchema)]
pub struct RereadingBody {
    /// `none`, `reading`, `ready` or `failed`.
    state: &'static str,
    asked_by: Option<String>,
    asked_at: Option<String>,
    /// `null` until the file has been opened.
    pages: Option<u32>,
    pages_done: u32,
    /// Why it came to nothing.
    problem: Option<ReadingProblem>,
    read_at: Option<String>,
    /// What accepting it would do; only when it is ready.
    preview: Option<PreviewBody>,
}

/// The data of a `reread` event: something happened to a document's being read once more.
#[derive(Debug, Serialize, ToSchema)]
pub struct RereadingNews {
    id: String,
    /// `none`, `reading`, `ready` or `failed`.
    state: &'static str,
    pages: Option<u32>,
    pages_done: u32,
    /// Which of the document's readings stands now; `null` when the document is gone.
    reading: Option<u32>,
}

impl RereadingBody {
    fn new(record: Option<RereadingRecord>) -> Self {
        let Some(record) = record else {
            return Self {
                state: NONE,
                asked_by: None,
                asked_at: None,
                pages: None,
                pages_done: 0,
                problem: None,
                read_at: None,
                preview: None,
            };
        };
        let (read_at, problem) = match &record.state {
            RereadingState::Reading => (None, None),
            RereadingState::Ready { read_at, .. } => (Some(rfc3339(*read_at)), None),
            RereadingState::Failed(problem) => (None, Some(ReadingProblem::from(problem.clone()))),
        };
        Self {
            state: record.state.name(),
            asked_by: Some(record.asked_by),
            asked_at: Some(rfc3339(record.asked_at)),
            pages: record.pages,
            pages_done: record.pages_done,
            problem,
            read_at,
            preview: None,
        }
    }
}

/// The state of a document that is not read once more.
const NONE: &str = "none";

/// How far the document is, by name.
pub async fn state_of(app: &App, document: &str) -> Result<&'static str, HttpError> {
    let record = app.store.rereading(document).await?;
    Ok(record.map_or(NONE, |record| record.state.name()))
}

/// What the stream of everything tells of a second reading.
pub async fn news(app: &App, id: String) -> Result<RereadingNews, HttpError> {
    let document = app.store.document(&id).await?;
    let record = app.store.rereading(&id).await?;
    Ok(RereadingNews {
        id,
        state: record.as_ref().map_or(NONE, |record| record.state.name()),
        pages: record.as_ref().and_then(|record| record.pages),
        pages_done: record.as_ref().map_or(0, |record| record.pages_done),
        reading: document.map(|document| document.reading),
    })
}

/// How far a second reading is and, when it is ready, what accepting it would change. Nothing is changed by asking.
/// The ETag is that of the rubric, or those of all the document's rubrics with dots between: accepting needs it.
#[utoipa::path(
    get, path = "/documents/{id}/reread", operation_id = "get_reread", tag = "documents",
    params(("id" = String, Path, description = "the document's id")),
    responses(
        (status = 200, body = RereadingBody, headers(("ETag" = String, description = "the versions of what it would change"))),
        (status = 404, body = Problem, content_type = "application/problem+json")
    )
)]
pub async fn standing(
    State(app): State<App>,
    person: Person,
    Named(id): Named<String>,
) -> Result<Response, HttpError> {
    app.document(&id).await?;
    let record = app.store.rereading(&id).await?;
    let Some(ready) = record.as_ref().and_then(Ready::of) else {
        return Ok(Json(RereadingBody::new(record)).into_response());
    };
    let prospect = Prospect::of(&app, &id, ready.result_json, person.author()).await?;
    let etag = format!("\"{}\"", prospect.tag());
    let preview = Some(tokio::task::spawn_blocking(move || PreviewBody::of(&prospect)).await?);
    let body = RereadingBody {
        preview,
        ..RereadingBody::new(record)
    };
    Ok(([(header::ETAG, etag)], Json(body)).into_response())
}

/// Have a document read once more. The outcome is kept beside what stands, which it does not change. Asking again while
/// it is under way does nothing more.
#[utoipa::path(
    post, path = "/documents/{id}/reread", operation_id = "reread_document", tag = "documents",
    params(("id" = String, Path, description = "the document's id")),
    responses(
        (status = 202, body = RereadingBody),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json")
    )
)]
pub async fn ask(
    State(app): State<App>,
    person: Person,
    Named(id): Named<String>,
) -> Result<(StatusCode, Json<RereadingBody>), HttpError> {
    person.may(Role::Clerk)?;
    match app.store.ask_again(&id, &person.name, app.now()).await? {
        AskedAgain::Queued => {
            app.engine.wake();
            app.engine.hub().tell(&id, Update::Again);
        }
        AskedAgain::UnderWay => {}
        AskedAgain::Waits => return Err(HttpError::RereadingWaits),
        AskedAgain::NotRead => return Err(HttpError::NotReady),
    }
    let record = app.store.rereading(&id).await?;
    Ok((StatusCode::ACCEPTED, Json(RereadingBody::new(record))))
}

/// Put the new reading in place of the one that stands. Every change that people made is done to it again, and each
/// rubric is a draft then. Refused where a rubric is confirmed, or a change does not fit; nothing is done then.
#[utoipa::path(
    post, path = "/documents/{id}/reread/accept", operation_id = "accept_reread", tag = "documents",
    params(
        ("id" = String, Path, description = "the document's id"),
        ("If-Match" = String, Header, description = "the ETag of the preview: the rubric's own where there is one")
    ),
    responses(
        (status = 204, description = "it stands now"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 412, body = Problem, content_type = "application/problem+json"),
        (status = 428, body = Problem, content_type = "application/problem+json")
    )
)]
pub async fn accept(
    State(app): State<App>,
    person: Person,
    address: Address,
    headers: HeaderMap,
    Named(id): Named<String>,
) -> Result<StatusCode, HttpError> {
    person.may(Role::Clerk)?;
    conditional(&headers)?;
    app.document(&id).await?;
    let record = app.store.rereading(&id).await?;
    let ready = record
        .as_ref()
        .and_then(Ready::of)
        .ok_or(HttpError::NoRereading)?;
    let prospect = Prospect::of(&app, &id, ready.result_json, person.author()).await?;
    if !matches(&headers, &prospect.tag()) {
        return Err(HttpError::Stale {
            current: prospect.newest_version(),
        });
    }
    let taken = prospect.taken(&app)?;
    let address = address.0.to_string();
    let acceptance = taken.acceptance(&id, ready.reading, &person.name, &address)?;
    let outdated = app.store.accept_rereading(acceptance, app.now()).await;
    let outdated = outdated.map_err(|error| match error {
        // Confirmed since it was looked at.
        StoreError::Confirmed => final_now(),
        error => error.into(),
    })?;
    remove(&app, &outdated).await;
    for kept in &taken.kept {
        announce(&app, &kept.record, kept.record.version + 1, &kept.settled.draft);
    }
    tell(&app, id);
    Ok(StatusCode::NO_CONTENT)
}

/// Forget a second reading, however far it is. What stands is as it was.
#[utoipa::path(
    delete, path = "/documents/{id}/reread", operation_id = "discard_reread", tag = "documents",
    params(("id" = String, Path, description = "the document's id")),
    responses(
        (status = 204),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json")
    )
)]
pub async fn discard(
    State(app): State<App>,
    person: Person,
    Named(id): Named<String>,
) -> Result<StatusCode, HttpError> {
    person.may(Role::Clerk)?;
    app.document(&id).await?;
    let discarded = app.store.discard_rereading(&id, &person.name, app.now()).await?;
    let discarded = discarded.ok_or(HttpError::NoRereading)?;
    remove(&app, &discarded).await;
    tell(&app, id);
    Ok(StatusCode::NO_CONTENT)
}

/// A reading that can be looked at.
struct Ready<'a> {
    reading: u32,
    result_json: &'a str,
}

impl<'a> Ready<'a> {
    fn of(record: &'a RereadingRecord) -> Option<Self> {
        match &record.state {
            RereadingState::Ready { result_json, .. } => Some(Self {
                reading: record.reading,
                result_json,
            }),
            RereadingState::Reading | RereadingState::Failed(_) => None,
        }
    }
}

fn final_now() -> HttpError {
    HttpError::Review(ReviewError::WrongState {
        state: ReviewState::Confirmed,
    })
}

/// Removes the pages of a reading that nobody refers to any more.
async fn remove(app: &App, outdated: &Outdated) {
    // What is decided is decided: pages that cannot be removed now are swept at the next start.
    if let Err(error) = app.data.remove_work(&outdated.sha256, outdated.reading).await {
        tracing::warn!(%error, "the pages of an earlier reading are still there");
    }
}

fn tell(app: &App, id: String) {
    app.engine.hub().tell(&id, Update::Again);
    app.bulletin.tell(News::Document(id));
}
