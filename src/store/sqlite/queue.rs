use std::time::Duration;

use sqlx::{FromRow, Sqlite, Transaction};
use time::OffsetDateTime;

use super::webhooks::tell_of_document;
use super::{SqliteStore, count, rereadings, unknown};
use crate::store::{
    Answer, Attempt, HookKind, Lease, NewRubric, Problem, Purpose, Queue, QueueCounts, ReadDocument,
    SetAside, StoreError, from_millis, to_millis,
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
                             ORDER BY attempts, purpose = 'reread', id LIMIT 1) \
                 RETURNING id, document_id, claims, failures, purpose",
            )
            .bind(worker)
            .bind(to_millis(now + lease))
            .bind(to_millis(now))
            .fetch_optional(&mut *tx)
            .await?;
            let Some(row) = claimed else { return Ok(None) };
            let purpose = purpose_named(&row.purpose)?;
            let (sha256, file, reading): (String, String, i64) = sqlx::query_as(taken(purpose))
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
                purpose,
                reading: count(reading),
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
            let Held { document, purpose } = held(&mut tx, lease).await?;
            let told = match purpose {
                Purpose::First => {
                    "UPDATE documents SET pages = ?, pages_done = MAX(pages_done, ?) WHERE id = ?"
                }
                Purpose::Again => {
                    "UPDATE rereadings SET pages = ?, pages_done = MAX(pages_done, ?) WHERE document_id = ?"
                }
            };
            sqlx::query(told)
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
            let Held { document, purpose } = held(&mut tx, lease).await?;
            match purpose {
                Purpose::First => keep(&mut tx, &document, &read, now).await?,
                Purpose::Again => rereadings::keep(&mut tx, &document, &read, now).await?,
            }
            end(&mut tx, lease, "done", now).await?;
            tx.commit().await?;
            Ok(())
        })
    }

    fn fail<'a>(&'a self, lease: &'a Lease, problem: &'a Problem, now: OffsetDateTime) -> Answer<'a, ()> {
        Box::pin(async move {
            let mut tx = self.begin().await?;
            let held = held(&mut tx, lease).await?;
            give_reason(&mut tx, &held, problem, now).await?;
            end(&mut tx, lease, "failed", now).await?;
            tx.commit().await?;
            Ok(())
        })
    }

    fn retry<'a>(&'a self, lease: &'a Lease, run_at: OffsetDateTime) -> Answer<'a, ()> {
        Box::pin(async move {
            let mut tx = self.begin().await?;
            let held = held(&mut tx, lease).await?;
            sqlx::query(sqlx::AssertSqlSafe(format!(
                "UPDATE jobs SET state = 'queued', failures = failures + 1, run_at = ?, {RELEASED} WHERE id = ?"
            )))
            .bind(to_millis(run_at))
            .bind(lease.job)
            .execute(&mut *tx)
            .await?;
            show_queued(&mut tx, &held).await?;
            tx.commit().await?;
            Ok(())
        })
    }

    fn release<'a>(&'a self, lease: &'a Lease, now: OffsetDateTime) -> Answer<'a, ()> {
        Box::pin(async move {
            let mut tx = self.begin().await?;
            let held = held(&mut tx, lease).await?;
            sqlx::query(sqlx::AssertSqlSafe(format!(
                "UPDATE jobs SET state = 'queued', attempts = attempts - 1, run_at = ?, {RELEASED} WHERE id = ?"
            )))
            .bind(to_millis(now))
            .bind(lease.job)
            .execute(&mut *tx)
            .await?;
            show_queued(&mut tx, &held).await?;
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
            "SELECT id, document_id, attempts, purpose FROM jobs WHERE state = 'running' AND lease_until < ?",
        )
        .bind(until)
        .fetch_all(&mut *tx)
        .await?;
        for orphan in &orphans {
            let held = Held {
                document: orphan.document_id.clone(),
                purpose: purpose_named(&orphan.purpose)?,
            };
            if count(orphan.attempts) >= limit.after_attempts {
                give_reason(&mut tx, &held, &limit.problem, now).await?;
                set_job(&mut tx, orphan.id, "failed", Some(now)).await?;
            } else {
                show_queued(&mut tx, &held).await?;
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
    purpose: String,
}

#[derive(FromRow)]
struct OrphanRow {
    id: i64,
    document_id: String,
    attempts: i64,
    purpose: String,
}

/// What a job is about.
struct Held {
    document: String,
    purpose: Purpose,
}

fn purpose_named(name: &str) -> Result<Purpose, StoreError> {
    match name {
        "read" => Ok(Purpose::First),
        "reread" => Ok(Purpose::Again),
        name => Err(unknown("purpose of a job", name)),
    }
}

/// Shows that a document is in a worker's hands, and asks what the worker has to know of it.
fn taken(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::First => {
            "UPDATE documents SET state = 'reading' WHERE id = ? RETURNING sha256, file, reading"
        }
        Purpose::Again => {
            "SELECT d.sha256, d.file, r.reading FROM documents d \
             JOIN rereadings r ON r.document_id = d.id WHERE d.id = ?"
        }
    }
}

/// The document of the job that `lease` holds; `LeaseLost` when it holds it no longer.
async fn held(tx: &mut Transaction<'static, Sqlite>, lease: &Lease) -> Result<Held, StoreError> {
    let row: Option<(String, String)> = sqlx::query_as(
        "SELECT document_id, purpose FROM jobs WHERE id = ? AND state = 'running' AND worker = ? AND claims = ?",
    )
    .bind(lease.job)
    .bind(&lease.worker)
    .bind(lease.claim)
    .fetch_optional(&mut **tx)
    .await?;
    let (document, purpose) = row.ok_or(StoreError::LeaseLost)?;
    Ok(Held {
        document,
        purpose: purpose_named(&purpose)?,
    })
}

/// The first reading of a document.
async fn keep(
    tx: &mut Transaction<'static, Sqlite>,
    document: &str,
    read: &ReadDocument,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
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
    .bind(document)
    .execute(&mut **tx)
    .await?;
    sqlx::query("INSERT INTO results (document_id, result_json, read_at) VALUES (?, ?, ?)")
        .bind(document)
        .bind(&read.result_json)
        .bind(to_millis(now))
        .execute(&mut **tx)
        .await?;
    for (position, rubric) in read.rubrics.iter().enumerate() {
        insert_rubric(tx, document, position, rubric).await?;
    }
    tell_of_document(tx, HookKind::DocumentReady, document, now).await
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

/// Says why a reading came to nothing. Those outside are told of documents, not of second readings.
async fn give_reason(
    tx: &mut Transaction<'static, Sqlite>,
    held: &Held,
    problem: &Problem,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    let failed = match held.purpose {
        Purpose::First => {
            "UPDATE documents SET state = 'failed', problem_code = ?, problem_vi = ?, problem_en = ? WHERE id = ?"
        }
        Purpose::Again => {
            "UPDATE rereadings SET state = 'failed', problem_code = ?, problem_vi = ?, problem_en = ? \
             WHERE document_id = ?"
        }
    };
    sqlx::query(failed)
        .bind(&problem.code)
        .bind(&problem.message_vi)
        .bind(&problem.message_en)
        .bind(&held.document)
        .execute(&mut **tx)
        .await?;
    match held.purpose {
        Purpose::First => tell_of_document(tx, HookKind::DocumentFailed, &held.document, now).await,
        Purpose::Again => Ok(()),
    }
}

/// A document waits again for its first reading; one that is read once more is shown as it stands.
async fn show_queued(tx: &mut Transaction<'static, Sqlite>, held: &Held) -> Result<(), StoreError> {
    if held.purpose == Purpose::Again {
        return Ok(());
    }
    sqlx::query("UPDATE documents SET state = 'queued' WHERE id = ?")
        .bind(&held.document)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

pub(super) async fn insert_rubric(
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
