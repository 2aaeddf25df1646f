use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use time::OffsetDateTime;
use utoipa::ToSchema;

use super::bulletin::{News, PersonHere, PresenceNews};
use crate::http::App;
use crate::http::auth::Person;
use crate::http::dto::{Body, Named, rfc3339};
use crate::http::problem::{HttpError, Problem};

/// Who has said nothing for so long has gone: a browser that crashed does not say goodbye.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(30);
/// Characters of a place that are told to others.
const LONGEST_PLACE: usize = 200;

/// Who has which rubric open. In memory: after a restart every page says again that it is there.
#[derive(Debug, Default)]
pub struct Presence(Mutex<BTreeMap<String, BTreeMap<String, Seen>>>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Seen {
    place: Option<String>,
    since: OffsetDateTime,
    last: OffsetDateTime,
}

/// Whether others have to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    Same,
    Changed,
}

impl Presence {
    /// Notes that `name` has the rubric open, and where; gives who is there, and whether that is news.
    fn here(
        &self,
        rubric: &str,
        name: &str,
        place: Option<String>,
        now: OffsetDateTime,
    ) -> (PresenceNews, Change) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let people = all.entry(rubric.to_owned()).or_default();
        let known = people.get(name);
        let change = if known.is_some_and(|seen| seen.place == place) {
            Change::Same
        } else {
            Change::Changed
        };
        let since = known.map_or(now, |seen| seen.since);
        let last = now;
        people.insert(name.to_owned(), Seen { place, since, last });
        (news(rubric, people), change)
    }

    fn gone(&self, rubric: &str, name: &str) -> Option<PresenceNews> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let people = all.get_mut(rubric)?;
        people.remove(name)?;
        let left = news(rubric, people);
        if people.is_empty() {
            all.remove(rubric);
        }
        Some(left)
    }

    fn knows(&self, rubric: &str) -> bool {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.contains_key(rubric)
    }

    /// Forgets who has been silent too long; gives the rubrics that somebody has left by that.
    pub fn sweep(&self, now: OffsetDateTime) -> Vec<PresenceNews> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut told = Vec::new();
        all.retain(|rubric, people| {
            let before = people.len();
            people.retain(|_, seen| now - seen.last < FORGOTTEN_AFTER);
            if people.len() < before {
                told.push(news(rubric, people));
            }
            !people.is_empty()
        });
        told
    }

    /// Everybody who is anywhere.
    pub fn all(&self) -> Vec<PresenceNews> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.iter().map(|(rubric, people)| news(rubric, people)).collect()
    }
}

fn news(rubric: &str, people: &BTreeMap<String, Seen>) -> PresenceNews {
    PresenceNews {
        rubric: rubric.to_owned(),
        people: people
            .iter()
            .map(|(name, seen)| PersonHere {
                name: name.clone(),
                place: seen.place.clone(),
                since: rfc3339(seen.since),
            })
            .collect(),
    }
}

/// Where somebody is in a rubric.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HereBody {
    /// A cell or whatever else the page names so, at most 200 characters; `null`: the whole rubric.
    #[serde(default)]
    place: Option<String>,
}

/// Say that you have the rubric open, and where you are in it. Say it again every few seconds: who is silent
/// for 30 seconds is taken to have left.
#[utoipa::path(
    post, path = "/rubrics/{id}/presence", operation_id = "be_present", tag = "rubrics", request_body = HereBody,
    params(("id" = String, Path, description = "the rubric's id")),
    responses(
        (status = 200, body = PresenceNews, description = "who has it open"),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json")
    )
)]
pub async fn here(
    State(app): State<App>,
    person: Person,
    Named(id): Named<String>,
    Body(body): Body<HereBody>,
) -> Result<Json<PresenceNews>, HttpError> {
    let place = body.place.filter(|place| !place.is_empty());
    if place
        .as_ref()
        .is_some_and(|place| place.chars().count() > LONGEST_PLACE)
    {
        return Err(HttpError::BadRequest {
            detail: format!("a place has {LONGEST_PLACE} characters at most"),
        });
    }
    if !app.presence.knows(&id) {
        app.rubric(&id).await?;
    }
    forget_the_silent(&app);
    let (news, change) = app.presence.here(&id, &person.name, place, app.now());
    if change == Change::Changed {
        app.bulletin.tell(News::Presence(news.clone()));
    }
    Ok(Json(news))
}

/// Say that you have closed the rubric.
#[utoipa::path(
    delete, path = "/rubrics/{id}/presence", operation_id = "leave", tag = "rubrics",
    params(("id" = String, Path, description = "the rubric's id")),
    responses((status = 204, description = "you are not there"))
)]
pub async fn gone(State(app): State<App>, person: Person, Named(id): Named<String>) -> StatusCode {
    if let Some(news) = app.presence.gone(&id, &person.name) {
        app.bulletin.tell(News::Presence(news));
    }
    StatusCode::NO_CONTENT
}

/// Tells who has been silent too long.
pub(super) fn forget_the_silent(app: &App) {
    for news in app.presence.sweep(app.now()) {
        app.bulletin.tell(News::Presence(news));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> OffsetDateTime {
        OffsetDateTime::UNIX_EPOCH + Duration::from_secs(seconds.unsigned_abs())
    }

    fn names(news: &PresenceNews) -> Vec<&str> {
        news.people.iter().map(|p| p.name.as_str()).collect()
    }

    #[test]
    fn only_what_changes_is_news() {
        let presence = Presence::default();
        let cell = || Some("I.2|max_score".to_owned());
        assert_eq!(presence.here("r", "lan", None, at(0)).1, Change::Changed);
        assert_eq!(presence.here("r", "lan", None, at(10)).1, Change::Same);
        let (news, change) = presence.here("r", "lan", cell(), at(20));
        assert_eq!((change, &news.people[0].place), (Change::Changed, &cell()));
        assert_eq!(news.people[0].since, "1970-01-01T00:00:00Z");
    }

    #[test]
    fn who_is_silent_or_says_goodbye_is_forgotten() {
        let presence = Presence::default();
        presence.here("r", "lan", None, at(0));
        presence.here("r", "minh", None, at(20));
        presence.here("s", "lan", None, at(20));
        assert!(presence.sweep(at(29)).is_empty());
        let left = presence.sweep(at(30));
        assert_eq!((left.len(), names(&left[0])), (1, vec!["minh"]));
        assert!(names(&presence.gone("r", "minh").unwrap()).is_empty());
        assert_eq!(presence.gone("r", "minh"), None);
        assert!(!presence.knows("r"));
        assert_eq!(presence.all().len(), 1);
    }
}
