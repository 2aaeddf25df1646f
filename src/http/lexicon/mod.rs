//! The office's dictionary: what confirmed rubrics propose, what a maintainer accepts, what documents are read with.

mod dto;
mod file;
mod gather;
mod near;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::App;
use super::auth::Person;
use super::dto::{Asked, Body, Named};
use super::problem::{HttpError, Problem};
use crate::jobs::dictionary_text;
use crate::stages::restore::harvest;
use crate::store::{Decision, Role};
use dto::{
    DecidedBody, DecisionBody, ImportBody, LexiconBody, LexiconQuery, LookBody, LookedBody, Looks,
    PhraseBody, PhraseEventBody, PhraseHistory, ProposalQuery, Proposals, UsedBody, VersionStep,
    VersionSteps, has_words,
};

pub use gather::gather;

/// Steps of the dictionary's life that are listed.
const MOST_STEPS: u32 = 200;

/// What confirmed rubrics propose and what became of it, the newest first.
#[utoipa::path(
    get, path = "/lexicon/proposals", operation_id = "list_proposals", tag = "lexicon", params(ProposalQuery),
    responses(
        (status = 200, body = Proposals),
        (status = 400, body = Problem, content_type = "application/problem+json")
    )
)]
pub async fn proposals(
    State(app): State<App>,
    _: Person,
    Asked(query): Asked<ProposalQuery>,
) -> Result<Json<Proposals>, HttpError> {
    let state = query.state()?;
    gather(&app).await?;
    let wanted = query.q.unwrap_or_default();
    let found = app.store.phrases(state).await?;
    let proposals = found
        .into_iter()
        .filter(|p| has_words(&format!("{} {}", p.phrase, p.source), &wanted))
        .map(PhraseBody::from)
        .collect();
    Ok(Json(Proposals { proposals }))
}

/// Accept, edit, reject or retire a phrase.
#[utoipa::path(
    post, path = "/lexicon/proposals/{id}", operation_id = "decide_proposal", tag = "lexicon", request_body = DecisionBody,
    params(("id" = String, Path, description = "the phrase's id")),
    responses(
        (status = 200, body = DecidedBody),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")
    )
)]
pub async fn decide(
    State(app): State<App>,
    person: Person,
    Named(id): Named<String>,
    Body(body): Body<DecisionBody>,
) -> Result<Json<DecidedBody>, HttpError> {
    person.may(Role::Maintainer)?;
    let words = body.phrase.as_deref().map(file::checked_phrase).transpose()?;
    let normal = words.as_deref().map(harvest::normal).unwrap_or_default();
    let decision = match (body.decision.as_str(), &words) {
        ("accept", None) => Decision::Accept,
        ("edit", Some(phrase)) => Decision::Edit {
            phrase,
            normal: &normal,
        },
        ("reject", None) => Decision::Reject,
        ("retire", None) => Decision::Retire,
        _ => {
            return Err(HttpError::BadRequest {
                detail: "decision is accept, reject, retire, or edit with a phrase".to_owned(),
            });
        }
    };
    let decided = app.store.decide(&id, decision, &person.name, app.now()).await?;
    let decided = decided.ok_or(HttpError::PhraseSettled)?;
    let affected = match decided.state.is_used() {
        true => near::affected(&app, &decided.id, &decided.phrase).await?,
        false => Vec::new(),
    };
    Ok(Json(DecidedBody {
        phrase: decided.into(),
        affected,
    }))
}

/// Who did what to a phrase, and when.
#[utoipa::path(
    get, path = "/lexicon/proposals/{id}/history", operation_id = "get_phrase_history", tag = "lexicon",
    params(("id" = String, Path, description = "the phrase's id")),
    responses((status = 200, body = PhraseHistory), (status = 404, body = Problem, content_type = "application/problem+json"))
)]
pub async fn history(
    State(app): State<App>,
    _: Person,
    Named(id): Named<String>,
) -> Result<Json<PhraseHistory>, HttpError> {
    let phrase = app.store.phrase(&id).await?;
    phrase.ok_or(HttpError::NotFound { what: "phrase" })?;
    let events = app.store.phrase_events(&id).await?;
    Ok(Json(PhraseHistory {
        events: events.into_iter().map(PhraseEventBody::from).collect(),
    }))
}

/// The phrases that documents are read with, besides those built into the program. The ETag is their digest.
#[utoipa::path(
    get, path = "/lexicon", operation_id = "get_lexicon", tag = "lexicon", params(LexiconQuery),
    responses(
        (status = 200, body = LexiconBody, headers(("ETag" = String, description = "SHA-256 of the file"))),
        (status = 304, description = "it is what the ETag names"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")
    )
)]
pub async fn lexicon(
    State(app): State<App>,
    _: Person,
    headers: HeaderMap,
    Asked(query): Asked<LexiconQuery>,
) -> Result<Response, HttpError> {
    let newest = app.store.lexicon_version().await?;
    let version = query.version.unwrap_or(newest);
    if version > newest {
        return Err(HttpError::NotFound { what: "version" });
    }
    let used = app.store.used_phrases(version).await?;
    let text = dictionary_text(&used);
    let sha256 = file::digest(&text);
    let etag = format!("\"{sha256}\"");
    let caching = [
        (header::ETAG, etag.clone()),
        (header::CACHE_CONTROL, "no-cache".to_owned()),
    ];
    let known = headers.get(header::IF_NONE_MATCH).and_then(|v| v.to_str().ok());
    if known.is_some_and(|tags| {
        tags.split(',')
            .any(|tag| tag.trim().trim_start_matches("W/") == etag)
    }) {
        return Ok((StatusCode::NOT_MODIFIED, caching).into_response());
    }
    match query.format.as_deref() {
        None | Some("json") => {
            let phrases = used.into_iter().map(UsedBody::from).collect();
            let body = LexiconBody {
                version,
                sha256,
                phrases,
            };
            Ok((caching, Json(body)).into_response())
        }
        Some("txt") => {
            let kind = [
                (header::CONTENT_TYPE, "text/plain; charset=utf-8".to_owned()),
                (
                    header::CONTENT_DISPOSITION,
                    super::files::attachment(&format!("từ điển bản {version}.txt")),
                ),
            ];
            Ok((caching, kind, text).into_response())
        }
        Some(_) => Err(HttpError::UnknownLexiconFormat),
    }
}

/// Take in a file of phrases, as `format=txt` gives it and `sohoa lexicon` keeps it; all of it or nothing.
#[utoipa::path(
    post, path = "/lexicon/import", operation_id = "import_lexicon", tag = "lexicon",
    request_body(content = Vec<u8>, content_type = "application/octet-stream", description = "the text, UTF-8"),
    responses(
        (status = 200, body = ImportBody),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 413, body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "the detail names the lines", body = Problem, content_type = "application/problem+json")
    )
)]
pub async fn import(
    State(app): State<App>,
    person: Person,
    body: Result<axum::body::Bytes, axum::extract::rejection::BytesRejection>,
) -> Result<Json<ImportBody>, HttpError> {
    person.may(Role::Maintainer)?;
    let phrases = file::read(&body?)?;
    let (phrases, built_in) = tokio::task::spawn_blocking(move || file::without_built_in(phrases)).await?;
    let phrases = phrases.into_iter().map(|p| p.with_id((app.ids)())).collect();
    let imported = app.store.import_phrases(phrases, &person.name, app.now()).await?;
    Ok(Json(ImportBody::new(imported, built_in)))
}

/// Documents that may read differently since a phrase was accepted, and that nobody has looked at again.
#[utoipa::path(
    get, path = "/lexicon/looks", operation_id = "list_looks", tag = "lexicon",
    responses((status = 200, body = Looks))
)]
pub async fn looks(State(app): State<App>, _: Person) -> Result<Json<Looks>, HttpError> {
    let looks = app.store.looks().await?;
    Ok(Json(Looks {
        looks: looks.into_iter().map(LookBody::from).collect(),
    }))
}

/// A document was looked at again.
#[utoipa::path(
    post, path = "/lexicon/looks", operation_id = "look_again", tag = "lexicon", request_body = LookedBody,
    responses(
        (status = 204, description = "noted"),
        (status = 404, body = Problem, content_type = "application/problem+json")
    )
)]
pub async fn looked(
    State(app): State<App>,
    person: Person,
    Body(body): Body<LookedBody>,
) -> Result<StatusCode, HttpError> {
    person.may(Role::Clerk)?;
    let LookedBody {
        phrase_id,
        document_id,
    } = body;
    let seen = app
        .store
        .looked(&phrase_id, &document_id, &person.name, app.now())
        .await?;
    match seen {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(HttpError::NotFound { what: "phrase" }),
    }
}

/// How the dictionary came to be what it is.
#[utoipa::path(
    get, path = "/lexicon/versions", operation_id = "list_lexicon_versions", tag = "lexicon",
    responses((status = 200, body = VersionSteps))
)]
pub async fn versions(State(app): State<App>, _: Person) -> Result<Json<VersionSteps>, HttpError> {
    let steps = app.store.lexicon_versions(MOST_STEPS).await?;
    Ok(Json(VersionSteps {
        versions: steps.into_iter().map(VersionStep::from).collect(),
    }))
}
