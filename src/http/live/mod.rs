//! What happens anywhere, as it happens: one stream for pages and programs that would otherwise ask again and again.

mod bulletin;
pub mod presence;

pub use bulletin::{Bulletin, News, RubricNews};
pub use presence::Presence;

use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures::Stream;
use serde::Serialize;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;
use tokio::time::{Instant, Interval};
use utoipa::ToSchema;

use super::App;
use super::auth::Person;
use super::progress::json_event;
use super::reread;
use crate::jobs::Update;
use crate::store::{DocumentState, StoreError};

/// How often a stream looks for people who have left without a word.
const LOOK_AROUND: Duration = Duration::from_secs(5);
/// A stream ends after so long; the client comes back by itself and shows again who it is, so an account
/// that was closed hears nothing more.
const LONGEST: Duration = Duration::from_secs(600);

/// The data of a `document` event.
#[derive(Debug, Serialize, ToSchema)]
pub struct DocumentNews {
    id: String,
    /// `queued`, `reading`, `ready` or `failed`; `null` when the document is gone.
    state: Option<&'static str>,
    /// `null` until the file has been opened.
    pages: Option<u32>,
    pages_done: u32,
}

/// Everything that happens: `document` when a document is read or given to somebody, `rubric` when one moves
/// on by a version, `reread` when a document is read once more or that is decided about, `presence` when somebody
/// opens or leaves a rubric. `again` says that news were lost: load anew what you show. The stream ends after some
/// minutes; connect again.
#[utoipa::path(
    get, path = "/events", operation_id = "follow_everything", tag = "documents",
    responses(
        (status = 200, content_type = "text/event-stream", body = DocumentNews),
        (status = 401, body = super::problem::Problem, content_type = "application/problem+json")
    )
)]
pub async fn events(State(app): State<App>, _: Person) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let mut look_around = tokio::time::interval(LOOK_AROUND);
    look_around.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    // First listen, then say who is there: nobody can come unseen in between.
    let follower = Follower {
        updates: app.engine.hub().listen(),
        news: app.bulletin.listen(),
        stopping: app.stopping.clone(),
        look_around,
        end: Instant::now() + LONGEST,
        waiting: app
            .presence
            .all()
            .iter()
            .map(|who| json_event("presence", who))
            .collect(),
        app,
    };
    let stream = futures::stream::unfold(follower, |mut follower| async move {
        let event = follower.next_event().await?;
        Some((Ok(event), follower))
    });
    Sse::new(stream).keep_alive(KeepAlive::new().interval(Duration::from_secs(15)))
}

/// Follows everything for one client.
struct Follower {
    app: App,
    updates: Receiver<(String, Update)>,
    news: Receiver<News>,
    stopping: watch::Receiver<bool>,
    look_around: Interval,
    end: Instant,
    waiting: VecDeque<Event>,
}

/// What a follower waits for.
enum Heard {
    Update(String, Update),
    News(News),
    /// More happened than could be kept for this client.
    TooMuch,
    TimeToLookAround,
    End,
}

impl Follower {
    async fn next_event(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.waiting.pop_front() {
                return Some(event);
            }
            match self.hear().await {
                Heard::Update(id, update) => return self.updated(id, update).await,
                Heard::News(News::Rubric(news)) => return Some(json_event("rubric", &news)),
                Heard::News(News::Presence(news)) => return Some(json_event("presence", &news)),
                Heard::News(News::Document(id)) => return self.standing(id).await,
                Heard::TooMuch => return Some(json_event("again", &serde_json::Map::new())),
                Heard::TimeToLookAround => presence::forget_the_silent(&self.app),
                Heard::End => return None,
            }
        }
    }

    async fn hear(&mut self) -> Heard {
        tokio::select! {
            update = self.updates.recv() => match update {
                Ok((_, Update::Missed)) => Heard::TooMuch,
                Ok((id, update)) => Heard::Update(id, update),
                Err(RecvError::Lagged(_)) => Heard::TooMuch,
                Err(RecvError::Closed) => Heard::End,
            },
            news = self.news.recv() => match news {
                Ok(news) => Heard::News(news),
                Err(RecvError::Lagged(_)) => Heard::TooMuch,
                Err(RecvError::Closed) => Heard::End,
            },
            _ = self.look_around.tick() => Heard::TimeToLookAround,
            () = tokio::time::sleep_until(self.end) => Heard::End,
            _ = self.stopping.wait_for(|stopping| *stopping) => Heard::End,
        }
    }

    async fn updated(&self, id: String, update: Update) -> Option<Event> {
        match update {
            Update::Page {
                pages, pages_done, ..
            } => Some(json_event(
                "document",
                &DocumentNews {
                    id,
                    state: Some(DocumentState::Reading.name()),
                    pages: Some(pages),
                    pages_done,
                },
            )),
            Update::Changed | Update::Ended | Update::Missed => self.standing(id).await,
            Update::Again => self.read_once_more(id).await,
        }
    }

    /// How far a second reading is; the stream ends when that cannot be told.
    async fn read_once_more(&self, id: String) -> Option<Event> {
        match reread::news(&self.app, id).await {
            Ok(news) => Some(json_event("reread", &news)),
            Err(error) => {
                tracing::error!(%error, "following everything");
                None
            }
        }
    }

    /// Where the document stands; the stream ends when that cannot be told.
    async fn standing(&self, id: String) -> Option<Event> {
        match self.app.store.document(&id).await {
            Ok(Some(document)) => Some(json_event(
                "document",
                &DocumentNews {
                    id,
                    state: Some(document.state.name()),
                    pages: document.pages,
                    pages_done: document.pages_done,
                },
            )),
            Ok(None) | Err(StoreError::Missing { .. }) => Some(json_event(
                "document",
                &DocumentNews {
                    id,
                    state: None,
                    pages: None,
                    pages_done: 0,
                },
            )),
            Err(error) => {
                tracing::error!(%error, "following everything");
                None
            }
        }
    }
}
