//! What changes nothing: rules tried before they are kept, answers scored, scores to be typed a second time.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::App;
use super::auth::Person;
use super::dto::{Body, Named};
use super::problem::{HttpError, Problem};
use super::review_dto::RulesBody;
use super::rubrics::{Loaded, checked, load};
use crate::domain::Named as _;
use crate::review::{Keying, ToKey};
use crate::scoring::{self, Question};
use crate::stages::export::json;
use crate::stages::rubric::words_of;

/// What would become of the rules.
#[derive(Debug, Serialize, ToSchema)]
pub struct TriedRules {
    /// `sohoa/1` rules.
    #[schema(value_type = Vec<Object>)]
    rules: Vec<json::Rule>,
    /// The words that they came from, a paragraph a line.
    words: String,
    /// Findings about the criterion as it would be.
    #[schema(value_type = Vec<Object>)]
    findings: Vec<json::Finding>,
    /// The least and the most points that the rules can give; `null`: no end.
    least: Option<String>,
    most: Option<String>,
}

/// One thing that a criterion asks a unit.
#[derive(Debug, Serialize, ToSchema)]
pub struct QuestionBody {
    /// `value`, `variable`, `choice`, `count`, `counts`, `components` or `points`: where the answer has it.
    kind: &'static str,
    /// The variable's name, or the unit that is counted.
    name: String,
    /// What it is about, in the document's words.
    about: String,
    /// To choose from, or to tick.
    labels: Vec<String>,
}

/// What one criterion asks.
#[derive(Debug, Serialize, ToSchema)]
pub struct Asked {
    id: String,
    questions: Vec<QuestionBody>,
}

/// What a rubric asks, criterion by criterion; those that are scored by what is below them are left out.
#[derive(Debug, Serialize, ToSchema)]
pub struct Questions {
    criteria: Vec<Asked>,
}

impl From<Question> for QuestionBody {
    fn from(question: Question) -> Self {
        let of = |kind| Self {
            kind,
            name: String::new(),
            about: String::new(),
            labels: Vec::new(),
        };
        match question {
            Question::Value { about, unit } => Self {
                name: unit.unwrap_or_default(),
                about,
                ..of("value")
            },
            Question::Variable { name, about } => Self {
                name,
                about,
                ..of("variable")
            },
            Question::Choice { labels } => Self {
                labels,
                ..of("choice")
            },
            Question::Count { unit } => Self {
                name: unit,
                ..of("count")
            },
            Question::Counts { unit } => Self {
                name: unit,
                ..of("counts")
            },
            Question::Components { labels } => Self {
                labels,
                ..of("components")
            },
            Question::Points => of("points"),
        }
    }
}

/// A score to be typed from the ink; what it is read as is not told.
#[derive(Debug, Serialize, ToSchema)]
pub struct ToKeyBody {
    criterion: Option<String>,
    field: &'static str,
    page: u32,
    /// x0, y0, x1, y1 in pixels of the page image; all 0 where nothing was read for it.
    #[serde(rename = "box")]
    bbox: [i32; 4],
}

/// What is left to type a second time, for whoever asks.
#[derive(Debug, Serialize, ToSchema)]
pub struct KeyingBody {
    asked: bool,
    left: Vec<ToKeyBody>,
}

impl From<ToKey> for ToKeyBody {
    fn from(to: ToKey) -> Self {
        let b = to.bbox;
        Self {
            criterion: to.place.criterion,
            field: to.place.field.name(),
            page: to.page.get(),
            bbox: [b.x0, b.y0, b.x1, b.y1],
        }
    }
}

/// How a criterion's rules would be read and what the checks would say of them. Nothing is kept.
#[utoipa::path(
    post, path = "/rubrics/{id}/rules", operation_id = "try_rules", tag = "rubrics", request_body = RulesBody,
    params(("id" = String, Path, description = "the rubric's id")),
    responses(
        (status = 200, body = TriedRules),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")
    )
)]
pub async fn rules(
    State(app): State<App>,
    _: Person,
    Named(id): Named<String>,
    Body(body): Body<RulesBody>,
) -> Result<Json<TriedRules>, HttpError> {
    let Loaded { record, draft } = load(&app, &id).await?;
    let rules = body.read(&draft)?;
    let mut rubric = draft.current();
    for criterion in rubric.criteria.iter_mut().filter(|c| c.id == body.criterion) {
        criterion.rules.clone_from(&rules);
    }
    let reached = tokio::task::spawn_blocking({
        let rubric = rubric.clone();
        move || json::Reached::new(&rubric, &scoring::reach(&rubric))
    })
    .await?;
    let own = reached.criteria.into_iter().find(|c| c.id == body.criterion);
    let (least, most) = own.map_or((None, None), |line| (line.least, line.most));
    let rubric = checked(&app, &record, rubric).await?;
    let findings = json::Rubric::from(&rubric)
        .findings
        .into_iter()
        .filter(|f| f.criterion.as_deref() == Some(&body.criterion))
        .collect();
    Ok(Json(TriedRules {
        words: words_of(&rules),
        rules: rules.iter().map(json::Rule::from).collect(),
        findings,
        least,
        most,
    }))
}

/// What the rubric as it stands asks a unit, for `POST …/score`.
#[utoipa::path(
    get, path = "/rubrics/{id}/questions", operation_id = "get_questions", tag = "rubrics",
    params(("id" = String, Path, description = "the rubric's id")),
    responses(
        (status = 200, body = Questions),
        (status = 404, body = Problem, content_type = "application/problem+json")
    )
)]
pub async fn questions(
    State(app): State<App>,
    _: Person,
    Named(id): Named<String>,
) -> Result<Json<Questions>, HttpError> {
    let rubric = load(&app, &id).await?.draft.current();
    let leaves = rubric
        .criteria
        .iter()
        .filter(|c| rubric.children(Some(&c.id)).next().is_none());
    let criteria = leaves
        .map(|criterion| Asked {
            id: criterion.id.clone(),
            questions: scoring::questions(criterion)
                .into_iter()
                .map(QuestionBody::from)
                .collect(),
        })
        .collect();
    Ok(Json(Questions { criteria }))
}

/// The points that answers bring by the rubric as it stands, each with its trace. Nothing is kept.
#[utoipa::path(
    post, path = "/rubrics/{id}/score", operation_id = "score_rubric", tag = "rubrics",
    request_body(content = Object, description = "answers by the criterion's id, as for `sohoa score`: {\"I.6\": {\"value\": \"85\"}}"),
    params(("id" = String, Path, description = "the rubric's id")),
    responses(
        (status = 200, body = Object, description = "what `sohoa score` prints"),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json")
    )
)]
pub async fn score(
    State(app): State<App>,
    _: Person,
    Named(id): Named<String>,
    Body(answers): Body<Value>,
) -> Result<Json<json::Scored>, HttpError> {
    let answers = json::read_answers(answers.to_string().as_bytes()).map_err(|e| HttpError::BadRequest {
        detail: format!("answers: {e}"),
    })?;
    let Loaded { draft, .. } = load(&app, &id).await?;
    let scored =
        tokio::task::spawn_blocking(move || json::Scored::from(&scoring::score(&draft.current(), &answers)))
            .await?;
    Ok(Json(scored))
}

/// The scores that whoever asks has still to type without seeing them: places and ink, no values.
#[utoipa::path(
    get, path = "/rubrics/{id}/keying", operation_id = "get_keying", tag = "rubrics",
    params(("id" = String, Path, description = "the rubric's id")),
    responses(
        (status = 200, body = KeyingBody),
        (status = 404, body = Problem, content_type = "application/problem+json")
    )
)]
pub async fn keying(
    State(app): State<App>,
    person: Person,
    Named(id): Named<String>,
) -> Result<Json<KeyingBody>, HttpError> {
    let Loaded { draft, .. } = load(&app, &id).await?;
    Ok(Json(KeyingBody {
        asked: draft.keying() == Keying::Asked,
        left: draft
            .to_key(&person.author())
            .into_iter()
            .map(ToKeyBody::from)
            .collect(),
    }))
}
