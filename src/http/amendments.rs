use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::App;
use super::auth::Person;
use super::dto::{Body, Named};
use super::live::RubricNews;
use super::problem::{HttpError, Problem};
use super::review_dto::{AmendsBody, RubricBody, to_store};
use super::rubrics::{Loaded, conditional, load, rubric, step};
use crate::compare::amendment::{self, Decision, Reason};
use crate::domain::Document;
use crate::review::{Amends, Draft, State as ReviewState};
use crate::stages::export::json;
use crate::store::{InForce, NewEvent, Role, RubricState};

/// Rubrics in force that are looked at closely; the others share neither number nor title with the new one.
const MOST_LOOKED_AT: usize = 20;
/// Candidates that a person is shown.
const MOST_SHOWN: usize = 8;

/// What a rubric changes, and what it may change.
#[derive(Debug, Serialize, ToSchema)]
pub struct AmendsAnswer {
    #[serde(flatten)]
    settled: AmendsBody,
    /// Most probable first; nothing follows from them by itself.
    candidates: Vec<Candidate>,
}

/// A rubric in force that this one may change.
#[derive(Debug, Serialize, ToSchema)]
pub struct Candidate {
    rubric: String,
    document_id: String,
    title: String,
    number: Option<String>,
    document_title: Option<String>,
    /// 0 to 1; orders the candidates.
    score: f64,
    reasons: Vec<ReasonBody>,
}

/// Something that speaks for a candidate.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReasonBody {
    /// `named_as_changed`, `cited`, `same_issuer`, `title` or `criteria`.
    code: &'static str,
    vi: String,
    en: String,
}

/// What a person settles. It has to be given, if as `null`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SettleBody {
    /// The confirmed rubric that this one changes; `null`: none.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(required = true)]
    rubric: Option<String>,
}

/// Which confirmed rubric this one changes, and which it may change.
#[utoipa::path(
    get, path = "/rubrics/{id}/amends", operation_id = "get_amends", tag = "rubrics", params(("id" = String, Path, description = "the rubric's id")),
    responses((status = 200, body = AmendsAnswer), (status = 404, body = Problem, content_type = "application/problem+json"))
)]
pub async fn candidates(
    State(app): State<App>,
    _: Person,
    Named(id): Named<String>,
) -> Result<Json<AmendsAnswer>, HttpError> {
    let Loaded { record, draft } = load(&app, &id).await?;
    let settled = AmendsBody::of(&draft);
    if !matches!(
        record.state,
        RubricState::Draft | RubricState::Returned | RubricState::Submitted
    ) {
        return Ok(Json(AmendsAnswer {
            settled,
            candidates: Vec::new(),
        }));
    }
    let result = app.result(&record.document).await?;
    let mut in_force = app.store.in_force().await?;
    in_force.retain(|other| other.document != record.document);
    let new = New {
        document: json::read(result.as_bytes())?,
        rubric: draft.current(),
    };
    let looked_at = new.nearest(in_force);
    let mut others = Vec::with_capacity(looked_at.len());
    for listed in looked_at {
        let result = app.store.result(&listed.document).await?;
        let confirmed = app.store.confirmed(&listed.rubric).await?;
        if let (Some(result), Some(confirmed)) = (result, confirmed) {
            others.push((listed, result, confirmed.rubric_json));
        }
    }
    let candidates = tokio::task::spawn_blocking(move || new.candidates(others)).await??;
    Ok(Json(AmendsAnswer { settled, candidates }))
}

/// Settle which confirmed rubric this one changes; when it is confirmed, that one is superseded.
#[utoipa::path(
    put, path = "/rubrics/{id}/amends", operation_id = "settle_amends", tag = "rubrics", request_body = SettleBody,
    params(
        ("id" = String, Path, description = "the rubric's id"),
        ("If-Match" = String, Header, description = "the ETag of the rubric")
    ),
    responses(
        (status = 200, body = RubricBody, headers(("ETag" = String, description = "the new version"))),
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 412, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
        (status = 428, body = Problem, content_type = "application/problem+json")
    )
)]
pub async fn settle(
    State(app): State<App>,
    person: Person,
    headers: HeaderMap,
    Named(id): Named<String>,
    Body(body): Body<SettleBody>,
) -> Result<Response, HttpError> {
    person.may(Role::Clerk)?;
    conditional(&headers)?;
    if let Some(other) = &body.rubric {
        let own = app.rubric(&id).await?;
        let other = app.store.rubric(other).await?.ok_or(HttpError::NotAmendable)?;
        if other.state != RubricState::Confirmed || other.document == own.document {
            return Err(HttpError::NotAmendable);
        }
    }
    step(&app, &id, &headers, |draft| {
        Ok(draft.amend(body.rubric, person.author(), app.now())?)
    })
    .await
}

/// The end of another rubric's validity, as the store takes it.
pub struct Ending {
    pub rubric: String,
    document: String,
    pub expected: u64,
    pub event: NewEvent,
}

impl Ending {
    /// For the pages that show the rubric that was superseded.
    pub fn news(self) -> RubricNews {
        RubricNews {
            id: self.rubric,
            document: self.document,
            version: self.expected + 1,
            state: ReviewState::Superseded.name(),
            by: self.event.author,
        }
    }
}

/// What is superseded by `draft`, which has just been confirmed as `id`; `None` where it changes nothing.
pub async fn ending(app: &App, id: &str, draft: &Draft) -> Result<Option<Ending>, HttpError> {
    let (Amends::Rubric(old), ReviewState::Confirmed) = (draft.amends(), draft.state()) else {
        return Ok(None);
    };
    let Some(confirmed) = draft.confirmed() else {
        return Ok(None);
    };
    let gone = |error: HttpError| match error {
        HttpError::NotFound { .. } => HttpError::NoLongerInForce,
        error => error,
    };
    let Loaded {
        record,
        draft: mut amended,
    } = load(app, &old).await.map_err(gone)?;
    amended
        .supersede(
            id.to_owned(),
            confirmed.confirmed_by().clone(),
            confirmed.confirmed_at(),
        )
        .map_err(|_| HttpError::NoLongerInForce)?;
    let event = amended.events().last().map(to_store).transpose()?;
    Ok(event.map(|event| Ending {
        rubric: record.id,
        document: record.document,
        expected: record.version,
        event,
    }))
}

/// The new decision.
struct New {
    document: Document,
    rubric: crate::domain::Rubric,
}

impl New {
    fn decision(&self) -> Decision<'_> {
        Decision {
            metadata: &self.document.metadata,
            rubric: &self.rubric,
            text: &self.document.text,
        }
    }

    /// Those that a quick look finds nearest.
    fn nearest(&self, mut all: Vec<InForce>) -> Vec<InForce> {
        if all.len() > MOST_LOOKED_AT {
            all.sort_by_cached_key(|other| {
                let near = amendment::glance(self.decision(), other.number.as_deref(), &other.title);
                // Nearest first, in thousandths.
                std::cmp::Reverse((near * 1000.0) as u64)
            });
            all.truncate(MOST_LOOKED_AT);
        }
        all
    }

    /// The candidates among `others`, each with its document's result and the rubric as it was confirmed.
    fn candidates(&self, others: Vec<(InForce, String, String)>) -> Result<Vec<Candidate>, HttpError> {
        let mut found = Vec::new();
        for (listed, result, confirmed) in others {
            let document = json::read(result.as_bytes())?;
            let old = rubric(&confirmed)?;
            let old = Decision {
                metadata: &document.metadata,
                rubric: &old,
                text: "",
            };
            if let Some(matched) = amendment::amends(self.decision(), old) {
                found.push(Candidate {
                    rubric: listed.rubric,
                    document_id: listed.document,
                    title: listed.title,
                    number: listed.number,
                    document_title: listed.document_title,
                    score: (matched.score * 1000.0).round() / 1000.0,
                    reasons: matched.reasons.iter().map(ReasonBody::from).collect(),
                });
            }
        }
        found.sort_by(|a, b| b.score.total_cmp(&a.score));
        found.truncate(MOST_SHOWN);
        Ok(found)
    }
}

impl From<&Reason> for ReasonBody {
    fn from(reason: &Reason) -> Self {
        let percent = |likeness: f64| (likeness * 100.0).round();
        let (code, vi, en) = match reason {
            Reason::NamedAsChanged { number } => (
                "named_as_changed",
                format!("Văn bản mới nêu việc sửa đổi, bổ sung hoặc thay thế số {number}."),
                format!("The new text says that it changes or replaces number {number}."),
            ),
            Reason::Cited { number } => (
                "cited",
                format!("Văn bản mới có dẫn số {number}."),
                format!("The new text names number {number}."),
            ),
            Reason::SameIssuer { issuer } => (
                "same_issuer",
                format!("Cùng cơ quan ban hành: {issuer}."),
                format!("The same issuer: {issuer}."),
            ),
            Reason::Title { likeness } => (
                "title",
                format!("Tên giống nhau {}%.", percent(*likeness)),
                format!("The titles are {}% alike.", percent(*likeness)),
            ),
            Reason::Criteria { likeness } => (
                "criteria",
                format!("{}% tiêu chí giống nhau.", percent(*likeness)),
                format!("{}% of the criteria are the same.", percent(*likeness)),
            ),
        };
        Self { code, vi, en }
    }
}
