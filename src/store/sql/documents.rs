use std::collections::HashMap;

use sqlx::{AssertSqlSafe, Database, FromRow, Row};
use time::OffsetDateTime;

use super::{Db, SqlStore, Tx, count, turns, unknown};
use crate::store::{
    Answer, DocumentFilter, DocumentRecord, DocumentState, Documents, NewDocument, Problem, RubricState,
    RubricSummary, StoreError, Uploaded, WhetherNew, from_millis, to_millis,
};

/// `(document state, rubric state, before, limit)`; an absent one lets everything pass.
const LIST: &str = "SELECT * FROM documents d \
    WHERE ($1 IS NULL OR state = $1) \
      AND ($2 IS NULL OR EXISTS (SELECT 1 FROM rubrics r WHERE r.document_id = d.id AND r.state = $2)) \
      AND ($3 IS NULL OR id < $3) \
    ORDER BY id DESC LIMIT $4";

impl Documents for SqlStore {
    fn upload<'a>(&'a self, new: NewDocument<'a>, now: OffsetDateTime) -> Answer<'a, Uploaded> {
        Box::pin(async move {
            let mut tx = self.begin().await?;
            let known: Option<(String, String)> =
                sqlx::query_as("SELECT id, state FROM documents WHERE sha256 = $1")
                    .bind(new.sha256)
                    .fetch_optional(&mut *tx)
                    .await?;
            let uploaded = match known {
                None => {
                    insert(&mut tx, &new, now).await?;
                    Uploaded {
                        id: new.id.to_owned(),
                        state: DocumentState::Queued,
                        newness: WhetherNew::New,
                    }
                }
                Some((id, state)) => match state_named(&state)? {
                    DocumentState::Failed => {
                        requeue(&mut tx, &id, now).await?;
                        Uploaded {
                            id,
                            state: DocumentState::Queued,
                            newness: WhetherNew::Requeued,
                        }
                    }
                    state => Uploaded {
                        id,
                        state,
                        newness: WhetherNew::Known,
                    },
                },
            };
            tx.commit().await?;
            Ok(uploaded)
        })
    }

    fn requeue<'a>(&'a self, id: &'a str, now: OffsetDateTime) -> Answer<'a, bool> {
        Box::pin(async move {
            let mut tx = self.begin().await?;
            let state: Option<(String,)> = sqlx::query_as("SELECT state FROM documents WHERE id = $1")
                .bind(id)
                .fetch_optional(&mut *tx)
                .await?;
            let (state,) = state.ok_or(StoreError::Missing { what: "document" })?;
            if state_named(&state)? != DocumentState::Failed {
                return Ok(false);
            }
            requeue(&mut tx, id, now).await?;
            tx.commit().await?;
            Ok(true)
        })
    }

    fn document<'a>(&'a self, id: &'a str) -> Answer<'a, Option<DocumentRecord>> {
        Box::pin(async move {
            let row: Option<DocumentRow> = sqlx::query_as("SELECT * FROM documents WHERE id = $1")
                .bind(id)
                .fetch_optional(&self.pool)
                .await?;
            let Some(row) = row else { return Ok(None) };
            let rubrics = sqlx::query_as("SELECT * FROM rubrics WHERE document_id = $1 ORDER BY position")
                .bind(id)
                .fetch_all(&self.pool)
                .await?;
            row.with_rubrics(rubrics).map(Some)
        })
    }

    fn documents<'a>(
        &'a self,
        filter: DocumentFilter,
        before: Option<&'a str>,
        limit: u32,
    ) -> Answer<'a, Vec<DocumentRecord>> {
        Box::pin(async move {
            let (state, rubric) = match filter {
                DocumentFilter::All => (None, None),
                DocumentFilter::State(state) => (Some(state.name()), None),
                DocumentFilter::Rubric(state) => (None, Some(state.name())),
            };
            // One snapshot for both queries: a document is never shown without the rubrics it came with.
            let mut tx = self.look().await?;
            let rows: Vec<DocumentRow> = sqlx::query_as(LIST)
                .bind(state)
                .bind(rubric)
                .bind(before)
                .bind(i64::from(limit))
                .fetch_all(&mut *tx)
                .await?;
            let mut rubrics: HashMap<String, Vec<RubricRow>> = HashMap::new();
            if let (Some(newest), Some(oldest)) = (rows.first(), rows.last()) {
                let all: Vec<RubricRow> = sqlx::query_as(
                    "SELECT * FROM rubrics WHERE document_id BETWEEN $1 AND $2 ORDER BY document_id, position",
                )
                .bind(&oldest.id)
                .bind(&newest.id)
                .fetch_all(&mut *tx)
                .await?;
                for row in all {
                    rubrics.entry(row.document.clone()).or_default().push(row);
                }
            }
            rows.into_iter()
                .map(|row| {
                    let own = rubrics.remove(&row.id).unwrap_or_default();
                    row.with_rubrics(own)
                })
                .collect()
        })
    }

    fn result<'a>(&'a self, id: &'a str) -> Answer<'a, Option<String>> {
        Box::pin(async move {
            let row: Option<(String,)> =
                sqlx::query_as("SELECT result_json FROM results WHERE document_id = $1")
                    .bind(id)
                    .fetch_optional(&self.pool)
                    .await?;
            Ok(row.map(|(json,)| json))
        })
    }

    fn document_counts(&self) -> Answer<'_, Vec<(DocumentState, u64)>> {
        Box::pin(async move {
            let rows: Vec<(String, i64)> =
                sqlx::query_as("SELECT state, COUNT(*) FROM documents GROUP BY state")
                    .fetch_all(&self.pool)
                    .await?;
            let number = |state: DocumentState| {
                let row = rows.iter().find(|(name, _)| name == state.name());
                row.map_or(0, |(_, number)| u64::try_from(*number).unwrap_or(0))
            };
            Ok(DocumentState::ALL.map(|state| (state, number(state))).to_vec())
        })
    }
}

async fn insert(tx: &mut Tx, new: &NewDocument<'_>, now: OffsetDateTime) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO documents (id, sha256, file, bytes, state, uploaded_at, uploaded_by) \
         VALUES ($1, $2, $3, $4, 'queued', $5, $6)",
    )
    .bind(new.id)
    .bind(new.sha256)
    .bind(new.file)
    .bind(i64::try_from(new.bytes).unwrap_or(i64::MAX))
    .bind(to_millis(now))
    .bind(new.by)
    .execute(&mut **tx)
    .await?;
    sqlx::query(AssertSqlSafe(format!(
        "INSERT INTO jobs (document_id, state, run_at, enqueued_at, queued_by, turn) \
         VALUES ($1, 'queued', $2, $3, $4, {})",
        turns::next("$4")
    )))
    .bind(new.id)
    .bind(to_millis(now))
    .bind(to_millis(now))
    .bind(new.by)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

async fn requeue(tx: &mut Tx, id: &str, now: OffsetDateTime) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE documents SET state = 'queued', problem_code = NULL, problem_vi = NULL, problem_en = NULL \
         WHERE id = $1",
    )
    .bind(id)
    .execute(&mut **tx)
    .await?;
    sqlx::query(AssertSqlSafe(format!(
        "UPDATE jobs SET state = 'queued', attempts = 0, failures = 0, run_at = $1, worker = NULL, \
         lease_until = NULL, enqueued_at = $2, finished_at = NULL, turn = {} WHERE document_id = $3",
        turns::next("jobs.queued_by")
    )))
    .bind(to_millis(now))
    .bind(to_millis(now))
    .bind(id)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

fn state_named(name: &str) -> Result<DocumentState, StoreError> {
    DocumentState::from_name(name).ok_or_else(|| unknown("document state", name))
}

#[derive(FromRow)]
pub(super) struct DocumentRow {
    pub(super) id: String,
    sha256: String,
    file: String,
    bytes: i64,
    state: String,
    title: Option<String>,
    number: Option<String>,
    pages: Option<i64>,
    pages_done: i64,
    reading: i64,
    errors: i64,
    warnings: i64,
    problem_code: Option<String>,
    problem_vi: Option<String>,
    problem_en: Option<String>,
    uploaded_at: i64,
    uploaded_by: String,
    assigned_to: Option<String>,
}

impl DocumentRow {
    pub(super) fn with_rubrics(self, rubrics: Vec<RubricRow>) -> Result<DocumentRecord, StoreError> {
        let problem = self.problem_code.map(|code| Problem {
            code,
            message_vi: self.problem_vi.unwrap_or_default(),
            message_en: self.problem_en.unwrap_or_default(),
        });
        Ok(DocumentRecord {
            state: state_named(&self.state)?,
            bytes: u64::try_from(self.bytes).unwrap_or(0),
            pages: self.pages.map(count),
            pages_done: count(self.pages_done),
            reading: count(self.reading),
            errors: count(self.errors) + rubrics.iter().map(|r| r.errors).sum::<u32>(),
            warnings: count(self.warnings) + rubrics.iter().map(|r| r.warnings).sum::<u32>(),
            problem,
            uploaded_at: from_millis(self.uploaded_at),
            uploaded_by: self.uploaded_by,
            assigned_to: self.assigned_to,
            rubrics: rubrics.into_iter().map(|r| r.summary).collect(),
            id: self.id,
            sha256: self.sha256,
            file: self.file,
            title: self.title,
            number: self.number,
        })
    }
}

pub(super) struct RubricRow {
    pub(super) document: String,
    summary: RubricSummary,
    errors: u32,
    warnings: u32,
}

impl FromRow<'_, <Db as Database>::Row> for RubricRow {
    fn from_row(row: &<Db as Database>::Row) -> Result<Self, sqlx::Error> {
        let state: String = row.try_get("state")?;
        Ok(Self {
            document: row.try_get("document_id")?,
            errors: count(row.try_get("errors")?),
            warnings: count(row.try_get("warnings")?),
            summary: RubricSummary {
                id: row.try_get("id")?,
                title: row.try_get("title")?,
                state: RubricState::from_name(&state)
                    .ok_or_else(|| sqlx::Error::Decode(Box::new(unknown("rubric state", &state))))?,
                version: u64::try_from(row.try_get::<i64, _>("version")?).unwrap_or(0),
                max_score: row.try_get("max_score")?,
                doubtful: count(row.try_get("doubtful")?),
            },
        })
    }
}
