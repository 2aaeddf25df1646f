use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use super::App;
use super::amendments;
use super::audit::Note;
use super::auth::{Address, Person};
use super::dto::{Body, Named, rfc3339};
use super::live::{News, RubricNews};
use super::past::Past;
use super::problem::{HttpError, Problem};
use super::record;
use super::review_dto::{
    AmendsBody, ChangeBody, DoubtBody, History, HistoryEntry, ReturnBody, RubricBody, SupersededBody,
};
use super::settled::Settled;
use crate::domain::{Rubric, Table};
use crate::review::{Draft, Event, Keying};
use crate::stages::check;
use crate::stages::export::json;
use crate::store::{AuditKind, Role, RubricRecord, Supersedes};

/// A rubric from the store, its history replayed through the rules of review.
pub struct Loaded {
    pub record: RubricRecord,
    pub draft: Draft,
}

/// One rubric as it stands. The ETag is its version.
#[utoipa::path(
    get, path = "/rubrics/{id}", operation_id = "get_rubric", tag = "rubrics", params(("id" = String, Path, description = "the rubric's id")),
    responses(
        (status = 200, body = RubricBody, headers(("ETag" = String, description = "the version"))),
        (status = 404, body = Problem, content_type = "application/problem+json")
    )
)]
pub async fn one(State(app): State<App>, _: Person, Named(id): Named<String>) -> Result<Response, HttpError> {
    let Loaded { record, draft } = load(&app, &id).await?;
    let current = serde_json::from_str(&record.current_json)?;
    Ok(shown(
        &record.id,
        &record.document,
        record.version,
        current,
        &draft,
    ))
}

/// Edit values and rules, settle doubtful ones, change the rows, say what a column holds, type scores again, or take the last change back.
#[utoipa::path(
    patch, path = "/rubrics/{id}", operation_id = "change_rubric", tag = "rubrics", request_body = ChangeBody,
    params(
        ("id" = String, Path, description = "the rubric's id"),
        ("If-Match" = String, Header, description = "the ETag of what was changed")
    ),
    responses(
        (status = 200, body = RubricBody, headers(("ETag" = String, description = "the new version"))),
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 412, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
        (status = 428, body = Problem, content_type = "application/problem+json")
    )
)]
pub async fn change(
    State(app): State<App>,
    person: Person,
    headers: HeaderMap,
    Named(id): Named<String>,
    Body(body): Body<ChangeBody>,
) -> Result<Response, HttpError> {
    person.may(Role::Clerk)?;
    conditional(&headers)?;
    let author = person.author();
    let at = app.now();
    let tables = match body.reads_tables() {
        true => tables_of(&app, &id).await?,
        false => Vec::new(),
    };
    step(&app, &id, &headers, |draft| {
        body.apply(draft, &tables, &author, at)
    })
    .await
}

/// Hand the draft in for confirmation by somebody else.
#[utoipa::path(
    post, path = "/rubrics/{id}/submit", operation_id = "submit_rubric", tag = "rubrics", params(
        ("id" = String, Path, description = "the rubric's id"),
        ("If-Match" = Option<String>, Header, description = "the ETag of what was seen; without it, what stands there now")
    ),
    responses((status = 200, body = RubricBody), (status = 409, body = Problem, content_type = "application/problem+json"))
)]
pub async fn submit(
    State(app): State<App>,
    person: Person,
    headers: HeaderMap,
    Named(id): Named<String>,
) -> Result<Response, HttpError> {
    person.may(Role::Clerk)?;
    step(&app, &id, &headers, |draft| {
        Ok(draft.submit(person.author(), app.now())?)
    })
    .await
}

/// Make it official; refused to the person who submitted it. The rubric that it changes is superseded, and a signed
/// record of the confirmation is kept.
#[utoipa::path(
    post, path = "/rubrics/{id}/confirm", operation_id = "confirm_rubric", tag = "rubrics", params(
        ("id" = String, Path, description = "the rubric's id"),
        ("If-Match" = Option<String>, Header, description = "the ETag of what was seen; without it, what stands there now")
    ),
    responses(
        (status = 200, body = RubricBody),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json")
    )
)]
pub async fn confirm(
    State(app): State<App>,
    person: Person,
    address: Address,
    headers: HeaderMap,
    Named(id): Named<String>,
) -> Result<Response, HttpError> {
    person.may(Role::Maintainer)?;
    // Without a key nothing is confirmed: a confirmation that cannot be proven is none.
    let keys = record::keys(&app)?;
    let response = step(&app, &id, &headers, |draft| {
        Ok(draft.confirm(person.author(), app.now()).map(|_| ())?)
    })
    .await?;
    Note::of(AuditKind::RubricConfirmed, &person.name, address)
        .on(&id)
        .keep(&app)
        .await?;
    // Should the server end before this, the record is made when it is first asked for.
    record::make(&app, &id, &keys).await?;
    Ok(response)
}

/// Send it back with what is to be put right.
#[utoipa::path(
    post, path = "/rubrics/{id}/return", operation_id = "return_rubric", tag = "rubrics", request_body = ReturnBody,
    params(
        ("id" = String, Path, description = "the rubric's id"),
        ("If-Match" = Option<String>, Header, description = "the ETag of what was seen; without it, what stands there now")
    ),
    responses(
        (status = 200, body = RubricBody),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json")
    )
)]
pub async fn send_back(
    State(app): State<App>,
    person: Person,
    headers: HeaderMap,
    Named(id): Named<String>,
    Body(body): Body<ReturnBody>,
) -> Result<Response, HttpError> {
    person.may(Role::Maintainer)?;
    step(&app, &id, &headers, |draft| {
        Ok(draft.return_(person.author(), &body.comment, app.now())?)
    })
    .await
}

/// Who did what, and when.
#[utoipa::path(
    get, path = "/rubrics/{id}/history", operation_id = "get_rubric_history", tag = "rubrics", params(("id" = String, Path, description = "the rubric's id")),
    responses((status = 200, body = History), (status = 404, body = Problem, content_type = "application/problem+json"))
)]
pub async fn history(
    State(app): State<App>,
    _: Person,
    Named(id): Named<String>,
) -> Result<Json<History>, HttpError> {
    app.rubric(&id).await?;
    let records = app.store.events(&id).await?;
    let events = records
        .into_iter()
        .map(HistoryEntry::of)
        .collect::<Result<_, _>>()?;
    Ok(Json(History { events }))
}

/// The tables of the document that a rubric is from.
async fn tables_of(app: &App, id: &str) -> Result<Vec<Table>, HttpError> {
    let record = app.rubric(id).await?;
    let result = app.result(&record.document).await?;
    tokio::task::spawn_blocking(move || Ok(json::read(result.as_bytes())?.tables)).await?
}

/// The rubric and its history, with the findings as they were checked last.
pub async fn load(app: &App, id: &str) -> Result<Loaded, HttpError> {
    let (mut past, mut record) = (Past::of(app, id).await?, app.rubric(id).await?);
    if past.version() != record.version {
        // Somebody changed it between the two.
        (past, record) = (Past::of(app, id).await?, app.rubric(id).await?);
    }
    let base = Rubric {
        findings: rubric(&record.current_json)?.findings,
        ..rubric(&record.base_json)?
    };
    Ok(Loaded {
        draft: replayed(id, base, past.events()?)?,
        record,
    })
}

/// The history over `base`; one that breaks the rules of review is damaged.
pub(super) fn replayed(id: &str, base: Rubric, events: Vec<Event>) -> Result<Draft, HttpError> {
    Draft::replay(base, events).map_err(|e| HttpError::Internal(format!("the history of rubric {id}: {e}")))
}

/// Does `act` to the draft and keeps what it did, on the version that the client saw.
pub async fn step(
    app: &App,
    id: &str,
    headers: &HeaderMap,
    act: impl FnOnce(&mut Draft) -> Result<(), HttpError>,
) -> Result<Response, HttpError> {
    let Loaded { record, mut draft } = load(app, id).await?;
    if !matches(headers, &record.version.to_string()) {
        return Err(HttpError::Stale {
            current: record.version,
        });
    }
    let before = draft.events().len();
    act(&mut draft)?;
    if draft.events().len() == before {
        let current = serde_json::from_str(&record.current_json)?;
        return Ok(shown(
            &record.id,
            &record.document,
            record.version,
            current,
            &draft,
        ));
    }
    let current = checked(app, &record, draft.current()).await?;
    let settled = Settled::of(id, &draft, current)?;
    let ending = amendments::ending(app, id, &settled.draft).await?;
    let supersedes = ending.as_ref().map(|ending| Supersedes {
        rubric: &ending.rubric,
        expected: ending.expected,
        event: ending.event.clone(),
    });
    let change = settled.change(id, record.version, before, supersedes)?;
    let version = app.store.change(change).await?;
    let Settled { draft, shape, .. } = settled;
    announce(app, &record, version, &draft);
    if let Some(ending) = ending {
        app.wake_sender();
        app.bulletin.tell(News::Rubric(ending.news()));
    }
    let current = serde_json::to_value(&shape)?;
    Ok(shown(&record.id, &record.document, version, current, &draft))
}

/// Tells the pages that show this rubric that it has moved on.
pub(super) fn announce(app: &App, record: &RubricRecord, version: u64, draft: &Draft) {
    app.bulletin.tell(News::Rubric(RubricNews {
        id: record.id.clone(),
        document: record.document.clone(),
        version,
        state: draft.state().name(),
        by: draft
            .events()
            .last()
            .map_or_else(String::new, |e| e.by.name().to_owned()),
    }));
}

/// The rubric with its findings as they are after the edits. The document's other rubrics take part,
/// since a declared total may be theirs together.
pub async fn checked(app: &App, record: &RubricRecord, current: Rubric) -> Result<Rubric, HttpError> {
    let result = app.result(&record.document).await?;
    let document = app
        .store
        .document(&record.document)
        .await?
        .ok_or(HttpError::NotReady)?;
    let mut rubrics = Vec::with_capacity(document.rubrics.len());
    for summary in &document.rubrics {
        if summary.id == record.id {
            rubrics.push(current.clone());
        } else if let Some(other) = app.store.rubric(&summary.id).await? {
            rubrics.push(rubric(&other.current_json)?);
        }
    }
    let position = record.position as usize;
    tokio::task::spawn_blocking(move || {
        let document = json::read(result.as_bytes())?;
        check::rubrics(
            &mut rubrics,
            &document.tables,
            &document.text,
            json::known_rubrics(),
        );
        Ok(rubrics.into_iter().nth(position).unwrap_or(current))
    })
    .await?
}

/// A rubric as the store keeps it.
pub fn rubric(json: &str) -> Result<Rubric, HttpError> {
    let shape: json::Rubric = serde_json::from_str(json)?;
    Ok(Rubric::try_from(shape)?)
}

fn shown(id: &str, document: &str, version: u64, current: Value, draft: &Draft) -> Response {
    let confirmed = draft.confirmed();
    let body = RubricBody {
        id: id.to_owned(),
        document_id: document.to_owned(),
        state: draft.state().name(),
        version,
        rubric: current,
        doubtful: draft.doubtful().into_iter().map(DoubtBody::from).collect(),
        can_undo: draft.can_undo(),
        keying: draft.keying() == Keying::Asked,
        submitted_by: draft.submitted_by().map(|a| a.name().to_owned()),
        comment: draft.return_comment().map(str::to_owned),
        confirmed_by: confirmed.as_ref().map(|c| c.confirmed_by().name().to_owned()),
        confirmed_at: confirmed.as_ref().map(|c| rfc3339(c.confirmed_at())),
        amends: AmendsBody::of(draft),
        superseded: draft.superseded().map(SupersededBody::from),
    };
    ([(header::ETAG, format!("\"{version}\""))], Json(body)).into_response()
}

/// Refuses a change that does not say which version it was made on.
pub fn conditional(headers: &HeaderMap) -> Result<(), HttpError> {
    match headers.contains_key(header::IF_MATCH) {
        true => Ok(()),
        false => Err(HttpError::NoIfMatch),
    }
}

/// RFC 9110 13.1.1: strong comparison; no condition always holds. `tag` is what stands between the quotes.
pub fn matches(headers: &HeaderMap, tag: &str) -> bool {
    let Some(value) = headers.get(header::IF_MATCH) else {
        return true;
    };
    let own = format!("\"{tag}\"");
    value
        .to_str()
        .is_ok_and(|tags| tags.split(',').map(str::trim).any(|tag| tag == "*" || tag == own))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn if_match_is_a_strong_comparison() {
        let check = |value: Option<&str>, expect: bool| {
            let mut headers = HeaderMap::new();
            if let Some(value) = value {
                headers.insert(header::IF_MATCH, value.parse().unwrap());
            }
            assert_eq!(matches(&headers, "7"), expect, "{value:?}");
        };
        check(None, true);
        check(Some("\"7\""), true);
        check(Some("\"6\", \"7\""), true);
        check(Some("*"), true);
        check(Some("\"6\""), false);
        check(Some("W/\"7\""), false);
        check(Some("7"), false);
    }
}
