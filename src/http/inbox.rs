use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use utoipa::{IntoParams, ToSchema};

use super::App;
use super::auth::Person;
use super::dto::{Asked, DocumentSummary};
use super::problem::{HttpError, Problem};
use crate::store::{
    Cursor, DocumentFilter, DocumentState, Faults, Found, Holder, InboxPage, InboxQuery, Listed, Order, Part,
    RubricState, Words, Work,
};

/// Documents in one list; more come with `before`.
const MOST_LISTED: u32 = 500;
/// Documents in one list that words were looked for in: each is looked through for the place.
const MOST_FOUND: u32 = 100;
/// What a list that is not newest first goes on with.
const SKIP: &str = "skip-";

/// Which documents to list, and in which order.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    /// Words of the text, the title, the number, the file name or the criteria, with marks or without. All have
    /// to be there; the last may be the beginning of one. Words typed with marks find those with marks first.
    q: Option<String>,
    /// queued, reading, ready, failed; or a rubric's state: draft, submitted, returned, confirmed.
    state: Option<String>,
    /// What is to be done: todo, reading, submitted, confirmed, failed.
    work: Option<String>,
    /// Who has it: `me`, `nobody`, or a name after `@`.
    holder: Option<String>,
    /// `errors`: only documents with findings of severity error.
    findings: Option<String>,
    /// Uploaded at this time or later, as RFC 3339 has it.
    since: Option<String>,
    /// Uploaded before this time, as RFC 3339 has it.
    until: Option<String>,
    /// newest, oldest, best (fits the words), doubtful, findings, title, holder. Without: best where there are
    /// words, else newest.
    sort: Option<String>,
    /// What the list before this one gave as `next`; with newest first also a document's id.
    before: Option<String>,
    /// At most so many, 1 to 500; 1 to 100 where there are words.
    limit: Option<u32>,
}

/// Some words around what was found.
#[derive(Debug, Serialize, ToSchema)]
pub struct SnippetPart {
    text: String,
    /// True for a word that was looked for.
    hit: bool,
}

/// Where the words were found.
#[derive(Debug, Serialize, ToSchema)]
pub struct FoundBody {
    /// `null`: in the document's own text.
    rubric: Option<String>,
    criterion: Option<String>,
    /// `null` where that is not known.
    page: Option<u32>,
    snippet: Vec<SnippetPart>,
}

/// A document in the list, with what was found in it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ListedBody {
    #[serde(flatten)]
    document: DocumentSummary,
    /// `null` when nothing was looked for, or the words are in its name alone.
    found: Option<FoundBody>,
}

/// How many documents there are of each kind of work.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct WorkCounts {
    all: u64,
    todo: u64,
    reading: u64,
    submitted: u64,
    confirmed: u64,
    failed: u64,
}

/// A list of documents.
#[derive(Debug, Serialize, ToSchema)]
pub struct DocumentList {
    documents: Vec<ListedBody>,
    /// Give it as `before` to go on; `null` at the end.
    next: Option<String>,
    /// How many fit, on all pages together.
    total: u64,
    /// How many fit everything but `work`.
    counts: WorkCounts,
}

/// The documents that fit; the newest first unless asked otherwise.
#[utoipa::path(
    get, path = "/documents", operation_id = "list_documents", tag = "documents", params(ListQuery),
    responses((status = 200, body = DocumentList), (status = 400, body = Problem, content_type = "application/problem+json"))
)]
pub async fn list(
    State(app): State<App>,
    person: Person,
    Asked(asked): Asked<ListQuery>,
) -> Result<Json<DocumentList>, HttpError> {
    let words = asked.q.as_deref().filter(|q| !q.trim().is_empty());
    let words = match words.map(Words::of) {
        // Signs alone are in no text.
        Some(None) => {
            return Ok(Json(DocumentList::of(
                InboxPage::default(),
                &InboxQuery::default(),
            )));
        }
        words => words.flatten(),
    };
    let query = asked.query(words.as_ref(), &person.name)?;
    let page = app.store.inbox(query.clone()).await?;
    Ok(Json(DocumentList::of(page, &query)))
}

impl ListQuery {
    fn query<'a>(&'a self, words: Option<&'a Words>, me: &'a str) -> Result<InboxQuery<'a>, HttpError> {
        let most = if words.is_some() { MOST_FOUND } else { MOST_LISTED };
        let order = match named("order", self.sort.as_deref(), Order::from_name)? {
            Some(order) => order,
            None if words.is_some() => Order::Best,
            None => Order::Newest,
        };
        let from = match self.before.as_deref() {
            None | Some("") => Cursor::Start,
            Some(next) => match next.strip_prefix(SKIP).map(str::parse) {
                Some(Ok(number)) => Cursor::Skip(number),
                None if order == Order::Newest => Cursor::Before(next),
                _ => {
                    return Err(HttpError::BadRequest {
                        detail: "`before` is what the list before this one gave as `next`".to_owned(),
                    });
                }
            },
        };
        Ok(InboxQuery {
            words,
            filter: named("state", self.state.as_deref(), |name| {
                let document = DocumentState::from_name(name).map(DocumentFilter::State);
                document.or_else(|| RubricState::from_name(name).map(DocumentFilter::Rubric))
            })?
            .unwrap_or_default(),
            work: named("kind of work", self.work.as_deref(), Work::from_name)?,
            holder: named("holder", self.holder.as_deref(), |name| match name {
                "me" => Some(Holder::Person(me)),
                "nobody" => Some(Holder::Nobody),
                name => name.strip_prefix('@').map(Holder::Person),
            })?
            .unwrap_or_default(),
            faults: named("choice of findings", self.findings.as_deref(), |name| {
                (name == "errors").then_some(Faults::Errors)
            })?
            .unwrap_or_default(),
            since: named("time", self.since.as_deref(), time)?,
            until: named("time", self.until.as_deref(), time)?,
            order,
            from,
            limit: self.limit.unwrap_or(most).clamp(1, most),
        })
    }
}

/// What a name stands for; nothing for none.
fn named<'a, T>(
    what: &str,
    name: Option<&'a str>,
    find: impl FnOnce(&'a str) -> Option<T>,
) -> Result<Option<T>, HttpError> {
    let Some(name) = name.filter(|name| !name.is_empty()) else {
        return Ok(None);
    };
    find(name).map(Some).ok_or_else(|| HttpError::BadRequest {
        detail: format!("there is no {what} {name:?}"),
    })
}

fn time(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text, &Rfc3339).ok()
}

impl DocumentList {
    fn of(page: InboxPage, query: &InboxQuery<'_>) -> Self {
        let mut counts = WorkCounts {
            all: page.total(None),
            ..WorkCounts::default()
        };
        for (work, number) in &page.counts {
            match work {
                Work::ToDo => counts.todo = *number,
                Work::Reading => counts.reading = *number,
                Work::Submitted => counts.submitted = *number,
                Work::Confirmed => counts.confirmed = *number,
                Work::Failed => counts.failed = *number,
            }
        }
        let total = page.total(query.work);
        let number = u32::try_from(page.documents.len()).unwrap_or(u32::MAX);
        let last = page.documents.last().filter(|_| number == query.limit);
        let next = last.map(|last| match (query.order, query.from) {
            (Order::Newest, Cursor::Start | Cursor::Before(_)) => last.document.id.clone(),
            (_, Cursor::Skip(skipped)) => format!("{SKIP}{}", skipped + number),
            _ => format!("{SKIP}{number}"),
        });
        Self {
            documents: page.documents.into_iter().map(ListedBody::from).collect(),
            next,
            total,
            counts,
        }
    }
}

impl From<Listed> for ListedBody {
    fn from(listed: Listed) -> Self {
        Self {
            document: DocumentSummary::from(listed.document),
            found: listed.found.map(FoundBody::from),
        }
    }
}

impl From<Found> for FoundBody {
    fn from(found: Found) -> Self {
        let parts = found.snippet.into_iter();
        Self {
            rubric: found.rubric,
            criterion: found.criterion,
            page: found.page,
            snippet: parts
                .map(|(part, text)| SnippetPart {
                    text,
                    hit: part == Part::Hit,
                })
                .collect(),
        }
    }
}
