use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::auth::Person;
use super::dto::{Body, DocumentSummary, Named};
use super::live::News;
use super::problem::{HttpError, Problem};
use super::{Access, App};
use crate::store::{Holder, Role};

/// Into whose hands a document goes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssignBody {
    /// A person's name; `null` gives it back.
    assignee: Option<String>,
}

/// Take a document, give it back, or hand it to somebody. Anybody takes what nobody has; who has it, or a
/// maintainer, decides about the rest.
#[utoipa::path(
    put, path = "/documents/{id}/assignee", operation_id = "assign_document", tag = "documents", request_body = AssignBody,
    params(("id" = String, Path, description = "the document's id")),
    responses(
        (status = 200, body = DocumentSummary),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json")
    )
)]
pub async fn assign(
    State(app): State<App>,
    person: Person,
    Named(id): Named<String>,
    Body(body): Body<AssignBody>,
) -> Result<Json<DocumentSummary>, HttpError> {
    person.may(Role::Clerk)?;
    let document = app.document(&id).await?;
    let to = match body.assignee.as_deref() {
        Some(name) => Some(person_named(&app, name).await?),
        None => None,
    };
    let holder = document.assigned_to.as_deref();
    if !may_give(&person, holder, to.as_deref()) {
        return Err(match (holder, to.as_deref()) {
            (Some(holder), Some(to)) if to == person.name => HttpError::Held {
                by: Some(holder.to_owned()),
            },
            _ => HttpError::NotHolder,
        });
    }
    // Who had it when this was allowed still has it: of two who take it at once, one is told who was faster.
    let expected = holder.map_or(Holder::Nobody, Holder::Person);
    app.store.assign(&id, expected, to.as_deref()).await?;
    app.bulletin.tell(News::Document(id.clone()));
    let document = app.document(&id).await?;
    Ok(Json(DocumentSummary::from(document)))
}

fn may_give(person: &Person, holder: Option<&str>, to: Option<&str>) -> bool {
    let own = |name: &str| name == person.name;
    person.role >= Role::Maintainer || holder.map_or_else(|| to.is_none_or(own), own)
}

/// The name as the account has it.
async fn person_named(app: &App, name: &str) -> Result<String, HttpError> {
    if let Access::Demo(demo) = &app.settings.access {
        let known = demo.people.iter().find(|(n, _)| *n == name);
        return known
            .map(|(n, _)| (*n).to_owned())
            .ok_or(HttpError::NotFound { what: "user" });
    }
    let user = app
        .store
        .user(name)
        .await?
        .filter(|user| user.disabled_at.is_none());
    user.map(|user| user.name)
        .ok_or(HttpError::NotFound { what: "user" })
}

/// Somebody who works here.
#[derive(Debug, Serialize, ToSchema)]
pub struct ColleagueBody {
    name: String,
    /// `clerk`, `maintainer` or `admin`.
    role: &'static str,
}

/// The people who work here.
#[derive(Debug, Serialize, ToSchema)]
pub struct ColleagueList {
    people: Vec<ColleagueBody>,
}

/// Whom a document can be given to: everybody whose account is open.
#[utoipa::path(
    get, path = "/people", operation_id = "list_people", tag = "documents",
    responses((status = 200, body = ColleagueList))
)]
pub async fn people(State(app): State<App>, _: Person) -> Result<Json<ColleagueList>, HttpError> {
    let colleague = |name: &str, role: Role| ColleagueBody {
        name: name.to_owned(),
        role: role.name(),
    };
    let people = match &app.settings.access {
        Access::Demo(demo) => demo
            .people
            .iter()
            .map(|(name, role)| colleague(name, *role))
            .collect(),
        Access::Accounts => {
            let users = app.store.users().await?;
            let open = users.iter().filter(|user| user.disabled_at.is_none());
            open.map(|user| colleague(&user.name, user.role)).collect()
        }
    };
    Ok(Json(ColleagueList { people }))
}
