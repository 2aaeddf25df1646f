use std::time::Duration;

use sqlx::{FromRow, Sqlite, Transaction};
use time::OffsetDateTime;

use super::webhooks::tell_of_document;
use super::{SqliteStore, count};
use crate::store::{
    Answer, Attempt, HookKind, Lease, NewRubric, Problem, Queue, QueueCounts, ReadDocument, SetAside,
    StoreError, from_millis, to_millis,
};

/// The worker is no longer written down: what follows `UPDATE jobs SET state = …`.
const RELEASED: &str = "worker = NULL, lease_until = NULL";

impl Queue for SqliteStore {
    fn claim<'a>(
        &'a self,
        worker: &'a str,
        now: OffsetDateTime,
        lease: Duration,
    ) -> Answer<'a, Option<Attempt>> {
        Box::pin(async move {
            let mut tx = self.begin().await?;
            let claimed: Option<ClaimedRow> = sqlx::query_as(
                "UPDATE jobs SET state = 'running', worker = ?1, lease_until = ?2, \
                 attempts = attempts + 1, claims = claims + 1 \
                 WHERE id = (SELECT id FROM jobs WHERE state = 'queued' AND run_at <= ?3 \
                             ORDER BY attempts, id LIMIT 1) \
                 RETURNING id, document_id, claims, failures",
            )
            .bind(worker)
            .bind(to_millis(now + lease))
            .bind(to_millis(now))
            .fetch_optional(&mut *tx)
            .await?;
            let Some(row) = claimed else { return Ok(None) };
            let (sha256, file): (String, String) =
                sqlx::query_as("UPDATE documents SET state = 'reading' WHERE id = ? RETURNING sha256, file")
                    .bind(&row.document_id)
                    .fetch_one(&mut *tx)
                    .await?;
            tx.commit().await?;
            Ok(Some(Attempt {
                lease: Lease {
                    job: row.id,
                    worker: worker.to_owned(),
                    claim: count(row.claims),
                },
                document: row.document_id,
                sha256,
                file,
                failures: count(row.failures),
            }))
        })
    }

    fn renew<'a>(&'a self, lease: &'a Lease, now: OffsetDateTime, length: Duration) -> Answer<'a, ()> {
        Box::pin(async move {
            let touched = sqlx::query(
                "UPDATE jobs SET lease_until = ? \
                 WHERE id = ? AND state = 'running' AND worker = ? AND claims = ?",
            )
            .bind(to_millis(now + length))
            .bind(lease.job)
            .bind(&lease.worker)
            .bind(lease.claim)
            .execute(&self.pool)
            .await?;
            if touched.rows_affected() == 0 {
                Err(StoreError::LeaseLost)
            } else {
                Ok(())
            }
        })
    }

    fn progress<'a>(&'a self, lease: &'a Lease, pages: u32, pages_done: u32) -> Answer<'a, ()> {
        Box::pin(async move {
            let mut tx = self.begin().await?;
            let document = held(&mut tx, lease).await?;
            sqlx::query("UPDATE documents SET pages = ?, pages_done = MAX(pages_done, ?) WHERE id = ?")
                .bind(pages)
                .bind(pages_done)
                .bind(document)
                .execute(&mut *tx)
                .await?;
            tx.commit().await?;
            Ok(())
        })
    }

    fn finish<'a>(&'a self, lease: &'a Lease, read: ReadDocument, now: OffsetDateTime) -> Answer<'a, ()> {
        Box::pin(async move {
            let mut tx = self.begin().await?;
            let document = held(&mut tx, lease).await?;
            sqlx::query(
                "UPDATE documents SET state = 'ready', title = ?, number = ?, pages = ?, pages_done = ?, \
                 errors = ?, warnings = ? WHERE id = ?",
            )
            .bind(&read.title)
            .bind(&read.number)
            .bind(read.pages)
            .bind(read.pages)
            .bind(read.errors)
            .bind(read.warnings)
            .bind(&document)
            .execute(&mut *tx)
            .await?;
            sqlx::query("INSERT INTO results (document_id, result_json, read_at) VALUES (?, ?, ?)")
                .bind(&document)
                .bind(&read.result_json)
                .bind(to_millis(now))
                .execute(&mut *tx)
                .await?;
            for (position, rubric) in read.rubrics.iter().enumerate() {
                insert_rubric(&mut tx, &document, position, rubric).await?;
            }
            tell_of_document(&mut tx, HookKind::DocumentReady, &document, now).await?;
            end(&mut tx, lease, "done", now).await?;
            tx.commit().await?;
            Ok(())
        })
    }

    fn fail<'a>(&'a self, lease: &'a Lease, problem: &'a Problem, now: OffsetDateTime) -> Answer<'a, ()> {
        Box::pin(async move {
            let mut tx = self.begin().await?;
            let document = held(&mut tx, lease).await?;
            give_reason(&mut tx, &document, problem).await?;
            tell_of_document(&mut tx, HookKind::DocumentFailed, &document, now).await?;
            end(&mut tx, lease, "failed", now).await?;
            tx.commit().await?;
            Ok(())
        })
    }

    fn retry<'a>(&'a self, lease: &'a Lease, run_at: OffsetDateTime) -> Answer<'a, ()> {
        Box::pin(async move {
            let mut tx = self.begin().await?;
            let document = held(&mut tx, lease).await?;
            sqlx::query(sqlx::AssertSqlSafe(format!(
                "UPDATE jobs SET state = 'queued', failures = failures + 1, run_at = ?, {RELEASED} WHERE id = ?"
            )))
            .bind(to_millis(run_at))
            .bind(lease.job)
            .execute(&mut *tx)
            .await?;
            show_queued(&mut tx, &document).await?;
            tx.commit().await?;
            Ok(())
        })
    }

    fn release<'a>(&'a self, lease: &'a Lease, now: OffsetDateTime) -> Answer<'a, ()> {
        Box::pin(async move {
            let mut tx = self.begin().await?;
            let document = held(&mut tx, lease).await?;
            sqlx::query(sqlx::AssertSqlSafe(format!(
                "UPDATE jobs SET state = 'queued', attempts = attempts - 1, run_at = ?, {RELEASED} WHERE id = ?"
            )))
            .bind(to_millis(now))
            .bind(lease.job)
            .execute(&mut *tx)
            .await?;
            show_queued(&mut tx, &document).await?;
            tx.commit().await?;
            Ok(())
        })
    }

    fn recover_expired<'a>(&'a self, now: OffsetDateTime, limit: &'a SetAside) -> Answer<'a, u64> {
        Box::pin(self.recover(now, to_millis(now), limit))
    }

    fn recover_all<'a>(&'a self, now: OffsetDateTime, limit: &'a SetAside) -> Answer<'a, u64> {
        Box::pin(self.recover(now, i64::MAX, limit))
    }

    fn next_event(&self) -> Answer<'_, Option<OffsetDateTime>> {
        Box::pin(async move {
            let (next,): (Option<i64>,) = sqlx::query_as(
                "SELECT MIN(CASE state WHEN 'queued' THEN run_at ELSE lease_until END) FROM jobs \
                 WHERE state IN ('queued', 'running')",
            )
            .fetch_one(&self.pool)
            .await?;
            Ok(next.map(from_millis))
        })
    }

    fn queue_counts(&self) -> Answer<'_, QueueCounts> {
        Box::pin(async move {
            let rows: Vec<(String, i64)> = sqlx::query_as("SELECT state, COUNT(*) FROM jobs GROUP BY state")
                .fetch_all(&self.pool)
                .await?;
            let mut counts = QueueCounts::default();
            for (state, number) in rows {
                let number = u64::try_from(number).unwrap_or(0);
                match state.as_str() {
                    "queued" => counts.queued = number,
                    "running" => counts.running = number,
                    "done" => counts.done = number,
                    _ => counts.failed = number,
                }
            }
            Ok(counts)
        })
    }
}

impl SqliteStore {
    /// Takes back every lease that ends before `until`.
    async fn recover(&self, now: OffsetDateTime, until: i64, limit: &SetAside) -> Result<u64, StoreError> {
        let mut tx = self.begin().await?;
        let orphans: Vec<OrphanRow> = sqlx::query_as(
            "SELECT id, document_id, attempts FROM jobs WHERE state = 'running' AND lease_until < ?",
        )
        .bind(until)
        .fetch_all(&mut *tx)
        .await?;
        for orphan in &orphans {
            if count(orphan.attempts) >= limit.after_attempts {
                give_reason(&mut tx, &orphan.document_id, &limit.problem).await?;
                tell_of_document(&mut tx, HookKind::DocumentFailed, &orphan.document_id, now).await?;
                set_job(&mut tx, orphan.id, "failed", Some(now)).await?;
            } else {
                show_queued(&mut tx, &orphan.document_id).await?;
                set_job(&mut tx, orphan.id, "queued", None).await?;
            }
        }
        tx.commit().await?;
        Ok(orphans.len() as u64)
    }
}

#[derive(FromRow)]
struct ClaimedRow {
    id: i64,
    document_id: String,
    claims: i64,
    failures: i64,
}

#[derive(FromRow)]
struct OrphanRow {
    id: i64,
    document_id: String,
    attempts: i64,
}

/// The document of the job that `lease` holds; `LeaseLost` when it holds it no longer.
async fn held(tx: &mut Transaction<'static, Sqlite>, lease: &Lease) -> Result<String, StoreError> {
    let row: Option<(String,)> = sqlx::query_as(
        "SELECT document_id FROM jobs WHERE id = ? AND state = 'running' AND worker = ? AND claims = ?",
    )
    .bind(lease.job)
    .bind(&lease.worker)
    .bind(lease.claim)
    .fetch_optional(&mut **tx)
    .await?;
    row.map(|(document,)| document).ok_or(StoreError::LeaseLost)
}

async fn end(
    tx: &mut Transaction<'static, Sqlite>,
    lease: &Lease,
    state: &str,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    set_job(tx, lease.job, state, Some(now)).await
}

async fn set_job(
    tx: &mut Transaction<'static, Sqlite>,
    job: i64,
    state: &str,
    finished: Option<OffsetDateTime>,
) -> Result<(), StoreError> {
    sqlx::query(sqlx::AssertSqlSafe(format!(
        "UPDATE jobs SET state = ?, finished_at = ?, {RELEASED} WHERE id = ?"
    )))
    .bind(state)
    .bind(finished.map(to_millis))
    .bind(job)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

async fn give_reason(
    tx: &mut Transaction<'static, Sqlite>,
    document: &str,
    problem: &Problem,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE documents SET state = 'failed', problem_code = ?, problem_vi = ?, problem_en = ? WHERE id = ?",
    )
    .bind(&problem.code)
    .bind(&problem.message_vi)
    .bind(&problem.message_en)
    .bind(document)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

async fn show_queued(tx: &mut Transaction<'static, Sqlite>, document: &str) -> Result<(), StoreError> {
    sqlx::query("UPDATE documents SET state = 'queued' WHERE id = ?")
        .bind(document)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

async fn insert_rubric(
    tx: &mut Transaction<'static, Sqlite>,
    document: &str,
    position: usize,
    rubric: &NewRubric,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO rubrics (id, document_id, position, state, title, max_score, doubtful, errors, warnings, \
         base_json, current_json) VALUES (?, ?, ?, 'draft', ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(&rubric.id)
    .bind(document)
    .bind(i64::try_from(position).unwrap_or(i64::MAX))
    .bind(&rubric.title)
    .bind(&rubric.max_score)
    .bind(rubric.doubtful)
    .bind(rubric.errors)
    .bind(rubric.warnings)
    .bind(&rubric.base_json)
    .bind(&rubric.base_json)
    .execute(&mut **tx)
    .await?;
    Ok(())
}
