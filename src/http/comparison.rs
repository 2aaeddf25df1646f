use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::App;
use super::auth::Person;
use super::dto::{Asked, Named, rfc3339};
use super::past::Past;
use super::problem::{HttpError, Problem};
use super::rubrics::{Loaded, load, replayed, rubric};
use crate::compare;
use crate::domain::Rubric;
use crate::review::Draft;
use crate::stages::export::json;

/// What to compare with.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Against {
    /// `base` (as it was read), `version:N` (an earlier version), or the id of another rubric.
    against: String,
}

/// A rubric as it was.
#[derive(Debug, Serialize, ToSchema)]
pub struct VersionBody {
    id: String,
    document_id: String,
    version: u64,
    /// Who made this version; `null`: the reading.
    by: Option<String>,
    at: Option<String>,
    /// A `sohoa/1` rubric object, with the findings of today.
    #[schema(value_type = Object)]
    rubric: Value,
}

/// A rubric as it was at a version: 1 is as it was read.
#[utoipa::path(
    get, path = "/rubrics/{id}/versions/{n}", operation_id = "get_rubric_version", tag = "rubrics",
    params(("id" = String, Path, description = "the rubric's id"), ("n" = u64, Path, description = "from 1")),
    responses((status = 200, body = VersionBody), (status = 404, body = Problem, content_type = "application/problem+json"))
)]
pub async fn version(
    State(app): State<App>,
    _: Person,
    Named((id, number)): Named<(String, u64)>,
) -> Result<Json<VersionBody>, HttpError> {
    let loaded = load(&app, &id).await?;
    let was = at_version(&app, &loaded, number).await?;
    let last = was.events().last();
    Ok(Json(VersionBody {
        version: number,
        by: last.map(|e| e.by.name().to_owned()),
        at: last.map(|e| rfc3339(e.at)),
        rubric: serde_json::to_value(json::Rubric::from(&was.current()))?,
        id: loaded.record.id,
        document_id: loaded.record.document,
    }))
}

/// What changed, criterion by criterion: the shape that `sohoa diff --format json` prints.
#[utoipa::path(
    get, path = "/rubrics/{id}/diff", operation_id = "compare_rubric", tag = "rubrics",
    params(("id" = String, Path, description = "the rubric's id"), Against),
    responses(
        (status = 200, description = "`sohoa-diff/1`: old is what was compared with", body = Object),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json")
    )
)]
pub async fn diff(
    State(app): State<App>,
    _: Person,
    Named(id): Named<String>,
    Asked(query): Asked<Against>,
) -> Result<Json<json::Comparison>, HttpError> {
    let loaded = load(&app, &id).await?;
    let (whose, old) = other_side(&app, &loaded, &query.against).await?;
    let new = loaded.draft.current();
    let shape = tokio::task::spawn_blocking(move || {
        let one_rubric = compare::Side::Both(match whose {
            Whose::Own => compare::versions(&old, &new),
            Whose::Another => compare::rubrics(&old, &new),
        });
        json::Comparison::from(&[one_rubric][..])
    });
    Ok(Json(shape.await?))
}

/// Whose rubric stands on the other side of a comparison.
#[derive(Debug, Clone, Copy)]
enum Whose {
    /// The same rubric, at another version.
    Own,
    Another,
}

/// What stands on the other side of a comparison.
async fn other_side(app: &App, loaded: &Loaded, against: &str) -> Result<(Whose, Rubric), HttpError> {
    if against == "base" {
        return Ok((Whose::Own, loaded.draft.base().clone()));
    }
    if let Some(number) = against.strip_prefix("version:") {
        let number = number.parse().map_err(|_| HttpError::BadRequest {
            detail: "a version is a number, as in against=version:3".to_owned(),
        })?;
        return Ok((Whose::Own, at_version(app, loaded, number).await?.current()));
    }
    // What was confirmed is compared as it was confirmed.
    if let Some(confirmed) = app.store.confirmed(against).await? {
        return Ok((Whose::Another, rubric(&confirmed.rubric_json)?));
    }
    Ok((Whose::Another, rubric(&app.rubric(against).await?.current_json)?))
}

/// The history up to a version, over what was read.
async fn at_version(app: &App, loaded: &Loaded, number: u64) -> Result<Draft, HttpError> {
    let Loaded { record, draft } = loaded;
    if number == 0 || number > record.version {
        return Err(HttpError::NotFound { what: "version" });
    }
    let (base, events) = Past::of(app, &record.id).await?.until(number)?;
    let base = base.unwrap_or_else(|| draft.base().clone());
    replayed(&record.id, base, events)
}
