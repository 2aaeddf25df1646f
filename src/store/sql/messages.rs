//! What webhooks are told, written in the transaction of what it tells of.

use serde::Serialize;
use sqlx::FromRow;
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

use super::{Tx, unknown};
use crate::store::{HookKind, StoreError, to_millis};

/// UTC, to the millisecond.
const TIMESTAMP: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");

/// Writes a message about a document, for each webhook that wants to hear of this kind.
pub(super) async fn tell_of_document(
    tx: &mut Tx,
    kind: HookKind,
    document: &str,
    at: OffsetDateTime,
) -> Result<(), StoreError> {
    let about: Option<Document> = sqlx::query_as(
        "SELECT id, sha256, file, number, title, state, problem_code AS problem FROM documents \
         WHERE id = $1 AND EXISTS (SELECT 1 FROM webhooks \
                                   WHERE disabled_at IS NULL AND kinds LIKE '% ' || $2 || ' %')",
    )
    .bind(document)
    .bind(kind.name())
    .fetch_optional(&mut **tx)
    .await?;
    let Some(about) = about else { return Ok(()) };
    let id = format!("{document}_{}", to_millis(at));
    say(tx, kind, document, &id, OfDocument { document: about }, at).await
}

/// Writes a message about a rubric that was just changed, for each webhook that wants to hear of what was done.
pub(super) async fn tell_of_rubric(
    tx: &mut Tx,
    done: &str,
    rubric: &str,
    by: &str,
    at: OffsetDateTime,
) -> Result<(), StoreError> {
    let Some(kind) = HookKind::from_name(&format!("rubric.{done}")) else {
        return Ok(());
    };
    let about: Option<RubricRow> = sqlx::query_as(
        "SELECT r.id, r.title, r.state, r.version, r.comment, d.id AS document_id, d.sha256, d.file, d.number, \
         d.title AS document_title FROM rubrics r JOIN documents d ON d.id = r.document_id \
         WHERE r.id = $1 AND EXISTS (SELECT 1 FROM webhooks \
                                     WHERE disabled_at IS NULL AND kinds LIKE '% ' || $2 || ' %')",
    )
    .bind(rubric)
    .bind(kind.name())
    .fetch_optional(&mut **tx)
    .await?;
    let Some(about) = about else { return Ok(()) };
    let document = about.document_id.clone();
    let id = format!("{rubric}_{}", about.version);
    say(tx, kind, &document, &id, about.said(by), at).await
}

/// Writes one message for each webhook that listens; `id` tells it from others of its kind.
async fn say<Data: Serialize>(
    tx: &mut Tx,
    kind: HookKind,
    document: &str,
    id: &str,
    data: Data,
    at: OffsetDateTime,
) -> Result<(), StoreError> {
    let timestamp = at
        .to_offset(time::UtcOffset::UTC)
        .format(TIMESTAMP)
        .map_err(|error| unknown("time", &error.to_string()))?;
    let message = Message {
        kind: kind.name(),
        timestamp,
        data,
    };
    let body = serde_json::to_string(&message).map_err(|error| unknown("message", &error.to_string()))?;
    sqlx::query(
        "INSERT INTO webhook_deliveries (webhook_id, document_id, message_id, kind, body, created_at, run_at) \
         SELECT id, $1, $2, $3, $4, $5, $5 FROM webhooks \
         WHERE disabled_at IS NULL AND kinds LIKE '% ' || $3 || ' %' ORDER BY created_at, id",
    )
    .bind(document)
    .bind(format!("{}_{id}", kind.name().replace('.', "-")))
    .bind(kind.name())
    .bind(body)
    .bind(to_millis(at))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The shape of every message; `docs/api.md` promises it.
#[derive(Serialize)]
struct Message<Data> {
    #[serde(rename = "type")]
    kind: &'static str,
    timestamp: String,
    data: Data,
}

#[derive(Serialize)]
struct OfDocument {
    document: Document,
}

#[derive(FromRow, Serialize)]
struct Document {
    id: String,
    sha256: String,
    file: String,
    number: Option<String>,
    title: Option<String>,
    state: String,
    problem: Option<String>,
}

#[derive(Serialize)]
struct OfRubric<'a> {
    rubric: Rubric<'a>,
    document: RubricDocument,
}

#[derive(Serialize)]
struct Rubric<'a> {
    id: String,
    title: String,
    state: String,
    version: i64,
    by: &'a str,
    comment: Option<String>,
}

#[derive(Serialize)]
struct RubricDocument {
    id: String,
    sha256: String,
    file: String,
    number: Option<String>,
    title: Option<String>,
}

#[derive(FromRow)]
struct RubricRow {
    id: String,
    title: String,
    state: String,
    version: i64,
    comment: Option<String>,
    document_id: String,
    sha256: String,
    file: String,
    number: Option<String>,
    document_title: Option<String>,
}

impl RubricRow {
    fn said(self, by: &str) -> OfRubric<'_> {
        OfRubric {
            rubric: Rubric {
                id: self.id,
                title: self.title,
                state: self.state,
                version: self.version,
                by,
                comment: self.comment,
            },
            document: RubricDocument {
                id: self.document_id,
                sha256: self.sha256,
                file: self.file,
                number: self.number,
                title: self.document_title,
            },
        }
    }
}
