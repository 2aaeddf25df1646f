use std::time::Duration;

use sqlx::{AssertSqlSafe, FromRow};
use time::OffsetDateTime;

use super::messages::tell_of_document;
use super::{SKIP_LOCKED, SqlStore, Tx, count, rereadings, shares, unknown};
use crate::store::{
    Answer, Attempt, HookKind, Lease, NewRubric, Problem, Purpose, Queue, QueueCounts, ReadDocument,
    SetAside, StoreError, from_millis, to_millis,
};

/// The worker is no longer written down: what follows `UPDATE jobs SET state = …`.
const RELEASED: &str = "worker = NULL, lease_until = NULL";

impl Queue for SqlStore {
    fn claim<'a>(
        &'a self,
        worker: &'a str,
        now: OffsetDateTime,
        lease: Duration,
    ) -> Answer<'a, Option<Attempt>> {
        Box::pin(async move {
            let mut tx = self.begin_beside().await?;
            let claimed: Option<ClaimedRow> = sqlx::query_as(AssertSqlSafe(format!(
                "UPDATE jobs SET state = 'running', worker = $1, lease_until = $2, \
                 attempts = attempts + 1, claims = claims + 1 \
                 WHERE id = (SELECT id FROM jobs WHERE state = 'queued' AND run_at <= $3 \
                             ORDER BY attempts, purpose, turn, id LIMIT 1{SKIP_LOCKED}) \
                 RETURNING id, document_id, claims, failures, purpose"
            )))
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
            let mut tx = self.begin_beside().await?;
            let touched = sqlx::query(
                "UPDATE jobs SET lease_until = $1 \
                 WHERE id = $2 AND state = 'running' AND worker = $3 AND claims = $4",
            )
            .bind(to_millis(now + length))
            .bind(lease.job)
            .bind(&lease.worker)
            .bind(i64::from(lease.claim))
            .execute(&mut *tx)
            .await?;
            if touched.rows_affected() == 0 {
                return Err(StoreError::LeaseLost);
            }
            tx.commit().await?;
            Ok(())
        })
    }

    fn progress<'a>(&'a self, lease: &'a Lease, pages: u32, pages_done: u32) -> Answer<'a, ()> {
        Box::pin(async move {
            let mut tx = self.begin_beside().await?;
            let Held { document, purpose } = held(&mut tx, lease).await?;
            let told = match purpose {
                Purpose::First => {
                    "UPDATE documents SET pages = $1, \
                     pages_done = CASE WHEN pages_done > $2 THEN pages_done ELSE $2 END WHERE id = $3"
                }
                Purpose::Again => {
                    "UPDATE rereadings SET pages = $1, \
                     pages_done = CASE WHEN pages_done > $2 THEN pages_done ELSE $2 END WHERE document_id = $3"
                }
            };
            sqlx::query(told)
                .bind(i64::from(pages))
                .bind(i64::from(pages_done))
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
            sqlx::query(AssertSqlSafe(format!(
                "UPDATE jobs SET state = 'queued', failures = failures + 1, run_at = $1, {RELEASED} WHERE id = $2"
            )))
            .bind(to_millis(run_at))
            .bind(lease.job)
            .execute(&mut *tx)
            .await?;
            shares::forget(&mut tx, lease.job).await?;
            show_queued(&mut tx, &held).await?;
            tx.commit().await?;
            Ok(())
        })
    }

    fn release<'a>(&'a self, lease: &'a Lease, now: OffsetDateTime) -> Answer<'a, ()> {
        Box::pin(async move {
            let mut tx = self.begin().await?;
            let held = held(&mut tx, lease).await?;
            sqlx::query(AssertSqlSafe(format!(
                "UPDATE jobs SET state = 'queued', attempts = attempts - 1, run_at = $1, {RELEASED} WHERE id = $2"
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
                "SELECT MIN(at) FROM ( \
                     SELECT CASE state WHEN 'queued' THEN run_at ELSE lease_until END AS at FROM jobs \
                     WHERE state IN ('queued', 'running') \
                     UNION ALL \
                     SELECT CASE state WHEN 'open' THEN 0 ELSE lease_until END FROM shares \
                     WHERE state <> 'done' \
                         AND EXISTS (SELECT 1 FROM jobs j WHERE j.id = job_id AND j.state = 'running')) AS events",
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

    fn holds_waiting(&self, least: u64) -> Answer<'_, bool> {
        Box::pin(async move {
            let least = i64::try_from(least).unwrap_or(i64::MAX);
            let counted: i64 = sqlx::query_scalar(
                "SELECT COUNT(*) FROM (SELECT 1 AS one FROM jobs WHERE state = 'queued' LIMIT $1) AS waiting",
            )
            .bind(least)
            .fetch_one(&self.pool)
            .await?;
            Ok(counted >= least)
        })
    }
}

impl SqlStore {
    /// Takes back every lease that ends before `until`.
    async fn recover(&self, now: OffsetDateTime, until: i64, limit: &SetAside) -> Result<u64, StoreError> {
        // Nearly always there is none, and then nobody has to stand in line.
        let any: Option<(i64,)> =
            sqlx::query_as("SELECT id FROM jobs WHERE state = 'running' AND lease_until < $1 LIMIT 1")
                .bind(until)
                .fetch_optional(&self.pool)
                .await?;
        if any.is_none() {
            return Ok(0);
        }
        let mut tx = self.begin().await?;
        let orphans: Vec<OrphanRow> = sqlx::query_as(
            "SELECT id, document_id, attempts, purpose FROM jobs WHERE state = 'running' AND lease_until < $1",
        )
        .bind(until)
        .fetch_all(&mut *tx)
        .await?;
        shares::take_back(&mut tx, until).await?;
        for orphan in &orphans {
            let held = Held::new(orphan.document_id.clone(), &orphan.purpose)?;
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
pub(super) struct Held {
    pub(super) document: String,
    pub(super) purpose: Purpose,
}

impl Held {
    pub(super) fn new(document: String, purpose: &str) -> Result<Self, StoreError> {
        Ok(Self {
            document,
            purpose: purpose_named(purpose)?,
        })
    }
}

pub(super) fn purpose_named(name: &str) -> Result<Purpose, StoreError> {
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
            "UPDATE documents SET state = 'reading' WHERE id = $1 RETURNING sha256, file, reading"
        }
        Purpose::Again => {
            "SELECT d.sha256, d.file, r.reading FROM documents d \
             JOIN rereadings r ON r.document_id = d.id WHERE d.id = $1"
        }
    }
}

/// The document of the job that `lease` holds; `LeaseLost` when it holds it no longer.
pub(super) async fn held(tx: &mut Tx, lease: &Lease) -> Result<Held, StoreError> {
    let row: Option<(String, String)> = sqlx::query_as(
        "SELECT document_id, purpose FROM jobs WHERE id = $1 AND state = 'running' AND worker = $2 AND claims = $3",
    )
    .bind(lease.job)
    .bind(&lease.worker)
    .bind(i64::from(lease.claim))
    .fetch_optional(&mut **tx)
    .await?;
    let (document, purpose) = row.ok_or(StoreError::LeaseLost)?;
    Held::new(document, &purpose)
}

/// The first reading of a document.
async fn keep(
    tx: &mut Tx,
    document: &str,
    read: &ReadDocument,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE documents SET state = 'ready', title = $1, number = $2, pages = $3, pages_done = $4, \
         errors = $5, warnings = $6 WHERE id = $7",
    )
    .bind(&read.title)
    .bind(&read.number)
    .bind(i64::from(read.pages))
    .bind(i64::from(read.pages))
    .bind(i64::from(read.errors))
    .bind(i64::from(read.warnings))
    .bind(document)
    .execute(&mut **tx)
    .await?;
    sqlx::query("INSERT INTO results (document_id, result_json, read_at) VALUES ($1, $2, $3)")
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

async fn end(tx: &mut Tx, lease: &Lease, state: &str, now: OffsetDateTime) -> Result<(), StoreError> {
    set_job(tx, lease.job, state, Some(now)).await
}

async fn set_job(
    tx: &mut Tx,
    job: i64,
    state: &str,
    finished: Option<OffsetDateTime>,
) -> Result<(), StoreError> {
    sqlx::query(AssertSqlSafe(format!(
        "UPDATE jobs SET state = $1, finished_at = $2, {RELEASED} WHERE id = $3"
    )))
    .bind(state)
    .bind(finished.map(to_millis))
    .bind(job)
    .execute(&mut **tx)
    .await?;
    if finished.is_some() {
        shares::forget(tx, job).await?;
    }
    Ok(())
}

/// Says why a reading came to nothing. Those outside are told of documents, not of second readings.
async fn give_reason(
    tx: &mut Tx,
    held: &Held,
    problem: &Problem,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    let failed = match held.purpose {
        Purpose::First => {
            "UPDATE documents SET state = 'failed', problem_code = $1, problem_vi = $2, problem_en = $3 WHERE id = $4"
        }
        Purpose::Again => {
            "UPDATE rereadings SET state = 'failed', problem_code = $1, problem_vi = $2, problem_en = $3 \
             WHERE document_id = $4"
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
async fn show_queued(tx: &mut Tx, held: &Held) -> Result<(), StoreError> {
    if held.purpose == Purpose::Again {
        return Ok(());
    }
    sqlx::query("UPDATE documents SET state = 'queued' WHERE id = $1")
        .bind(&held.document)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

pub(super) async fn insert_rubric(
    tx: &mut Tx,
    document: &str,
    position: usize,
    rubric: &NewRubric,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO rubrics (id, document_id, position, state, title, max_score, doubtful, errors, warnings, \
         base_json, current_json) VALUES ($1, $2, $3, 'draft', $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(&rubric.id)
    .bind(document)
    .bind(i64::try_from(position).unwrap_or(i64::MAX))
    .bind(&rubric.title)
    .bind(&rubric.max_score)
    .bind(i64::from(rubric.doubtful))
    .bind(i64::from(rubric.errors))
    .bind(i64::from(rubric.warnings))
    .bind(&rubric.base_json)
    .bind(&rubric.base_json)
    .execute(&mut **tx)
    .await?;
    Ok(())
}
