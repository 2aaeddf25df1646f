use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use rand::TryRngCore;
use rand::rngs::OsRng;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use utoipa::ToSchema;

use super::App;
use super::auth::Person;
use super::dto::{Named, rfc3339};
use super::files::attachment;
use super::problem::{HttpError, Problem};
use super::review_dto::{from_store, to_store};
use super::rubrics::{Loaded, load};
use crate::domain::Rubric;
use crate::records::{
    self, Decision, Entry, Evidence, Facts, KeyFolder, KeyList, Keys, MadeBy, Record, SourceFile,
};
use crate::review::Event;
use crate::stages::export::json;
use crate::store::{EventRecord, KeptRecord, NewRecord};

/// The public keys with which this installation signs and has signed, oldest first, each signed by the one before.
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "the shape that is sent is records::KeyList; this describes it"
)]
pub struct KeyListBody {
    /// `sohoa-keys/1`
    schema: String,
    #[schema(value_type = Vec<Object>)]
    keys: Vec<serde_json::Value>,
}

/// The signed record of a confirmation, as a file that `sohoa verify` checks offline.
#[utoipa::path(
    get, path = "/rubrics/{id}/record", operation_id = "get_rubric_record", tag = "rubrics",
    params(("id" = String, Path, description = "the rubric's id")),
    responses(
        (status = 200, body = Object, content_type = "application/json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json")
    )
)]
pub async fn record(
    State(app): State<App>,
    _: Person,
    Named(id): Named<String>,
) -> Result<Response, HttpError> {
    let kept = match app.store.record(&id).await? {
        Some(kept) => kept,
        None => make(&app, &id, &keys(&app)?).await?,
    };
    let record = whole(&kept)?;
    let file = format!("{} (biên bản xác nhận).json", record.statement.source.file);
    let headers = [
        (header::CONTENT_TYPE, "application/json".to_owned()),
        (header::CONTENT_DISPOSITION, attachment(&file)),
    ];
    Ok((headers, records::to_bytes(&record)?).into_response())
}

/// The public keys, for those who verify records: nothing in them is secret, so nobody has to sign in.
#[utoipa::path(
    get, path = "/keys", operation_id = "list_keys", tag = "service", security(()),
    responses((status = 200, body = KeyListBody))
)]
pub async fn key_list(State(app): State<App>) -> Result<Json<KeyList>, HttpError> {
    Ok(Json(keys(&app)?.list))
}

/// The installation's keys; the first are made here where there are none.
pub fn keys(app: &App) -> Result<Keys, HttpError> {
    let mut seed = [0_u8; 32];
    OsRng
        .try_fill_bytes(&mut seed)
        .map_err(|e| HttpError::Internal(format!("no randomness: {e}")))?;
    Ok(KeyFolder::at(&app.data.keys()).open_or_create(&seed, app.now())?)
}

/// Makes and keeps the record of a confirmed rubric. What is kept already stays.
pub async fn make(app: &App, id: &str, keys: &Keys) -> Result<KeptRecord, HttpError> {
    let Loaded {
        record: rubric,
        draft,
    } = load(app, id).await?;
    let confirmed = app.store.confirmed(id).await?;
    let version = confirmed.ok_or(HttpError::NotConfirmed)?.version;
    let document = app
        .store
        .document(&rubric.document)
        .await?
        .ok_or(HttpError::NotReady)?;
    let result = app.result(&rubric.document).await?;
    let result: json::Document = serde_json::from_str(&result)?;
    let facts = Facts {
        source: SourceFile {
            file: document.file,
            sha256: document.sha256,
        },
        pipeline: MadeBy {
            version: result.pipeline.version,
            readers: result.pipeline.readers,
            models: result.pipeline.models,
        },
        decision: Decision {
            kind: result.document.kind,
            number: result.document.number,
            date: result.document.date,
            issuer: result.document.issuer,
            title: result.document.title,
        },
        rubric_id: id.to_owned(),
        version,
    };
    let entries = draft
        .events()
        .iter()
        .enumerate()
        .map(|(at, event)| entry(at as u64 + 1, event))
        .collect::<Result<_, _>>()?;
    let now = app.now();
    let base: &Rubric = draft.base();
    let made = records::make(facts, base, entries, &event_of, keys, now)?;
    let record_json = serde_json::to_string(&Record {
        evidence: None,
        ..made.clone()
    })?;
    let new = NewRecord {
        rubric: id,
        record_json: &record_json,
        evidence_json: &serde_json::to_string(&made.evidence)?,
        key_id: &made.statement.key_id,
        signed_at: now,
    };
    Ok(app.store.keep_record(new).await?)
}

fn whole(kept: &KeptRecord) -> Result<Record, HttpError> {
    let record: Record = serde_json::from_str(&kept.record_json)?;
    let evidence: Option<Evidence> = match &kept.evidence_json {
        Some(evidence) => serde_json::from_str(evidence)?,
        None => None,
    };
    Ok(Record { evidence, ..record })
}

/// An event as a record's history has it.
fn entry(seq: u64, event: &Event) -> Result<Entry, HttpError> {
    let stored = to_store(event)?;
    Ok(Entry {
        seq,
        kind: stored.kind,
        author: stored.author,
        at: rfc3339(stored.at),
        data: serde_json::from_str(&stored.data_json)?,
    })
}

/// The event that an entry of a record's history is; `None` for what this program does not know.
pub fn event_of(entry: &Entry) -> Option<Event> {
    let record = EventRecord {
        seq: entry.seq,
        kind: entry.kind.clone(),
        author: entry.author.clone(),
        at: OffsetDateTime::parse(&entry.at, &Rfc3339).ok()?,
        // Not part of what was done.
        version: 0,
        data_json: entry.data.to_string(),
    };
    from_store(&record).ok()
}
