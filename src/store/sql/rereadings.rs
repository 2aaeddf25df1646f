use sqlx::FromRow;
use time::OffsetDateTime;

use super::queue::insert_rubric;
use super::rubrics::{Moved, move_on, version_of};
use super::{SqlStore, Tx, audit, count, unknown};
use crate::store::{
    Acceptance, Answer, AskedAgain, AuditEntry, AuditKind, EarlierReading, Outdated, Problem, ReadDocument,
    RereadingRecord, RereadingState, Rereadings, RubricChange, StoreError, Successor, Vanished, from_millis,
    to_millis,
};

/// What accepting or discarding settles: who decided about a reading has looked at what was noted before it was asked for.
const LOOKED: &str = "UPDATE phrase_looks SET seen_by = $1, seen_at = $2 \
    WHERE document_id = $3 AND seen_at IS NULL \
      AND noted_at <= (SELECT asked_at FROM rereadings WHERE document_id = $3 AND state = 'ready')";

impl Rereadings for SqlStore {
    fn ask_again<'a>(
        &'a self,
        document: &'a str,
        by: &'a str,
        now: OffsetDateTime,
    ) -> Answer<'a, AskedAgain> {
        Box::pin(async move {
            let mut tx = self.begin().await?;
            let known: Option<(String, Option<String>)> = sqlx::query_as(
                "SELECT d.state, r.state FROM documents d \
                 LEFT JOIN rereadings r ON r.document_id = d.id WHERE d.id = $1",
            )
            .bind(document)
            .fetch_optional(&mut *tx)
            .await?;
            let (state, rereading) = known.ok_or(StoreError::Missing { what: "document" })?;
            match rereading.as_deref() {
                _ if state != "ready" => return Ok(AskedAgain::NotRead),
                Some("reading") => return Ok(AskedAgain::UnderWay),
                Some("ready") => return Ok(AskedAgain::Waits),
                _ => {}
            }
            forget(&mut tx, document).await?;
            begin(&mut tx, document, by, now).await?;
            tx.commit().await?;
            Ok(AskedAgain::Queued)
        })
    }

    fn rereading<'a>(&'a self, document: &'a str) -> Answer<'a, Option<RereadingRecord>> {
        Box::pin(async move {
            let row: Option<RereadingRow> = sqlx::query_as("SELECT * FROM rereadings WHERE document_id = $1")
                .bind(document)
                .fetch_optional(&self.pool)
                .await?;
            row.map(RereadingRow::record).transpose()
        })
    }

    fn accept_rereading<'a>(
        &'a self,
        acceptance: Acceptance<'a>,
        now: OffsetDateTime,
    ) -> Answer<'a, Outdated> {
        Box::pin(async move {
            let mut tx = self.begin().await?;
            nothing_final(&mut tx, acceptance.document).await?;
            let outdated = replace_result(&mut tx, &acceptance, now).await?;
            // Out of the way: each rubric is given its place in the new reading.
            sqlx::query("UPDATE rubrics SET position = -1 - position WHERE document_id = $1")
                .bind(acceptance.document)
                .execute(&mut *tx)
                .await?;
            for vanished in &acceptance.vanished {
                remove_untouched(&mut tx, *vanished).await?;
            }
            for (position, successor) in acceptance.rubrics.iter().enumerate() {
                match successor {
                    Successor::New(rubric) => {
                        insert_rubric(&mut tx, acceptance.document, position, rubric).await?;
                    }
                    Successor::Kept {
                        change,
                        base_json,
                        ids_json,
                        event,
                    } => {
                        let Moved { first, .. } = move_on(&mut tx, change).await?;
                        let seq = first + i64::try_from(*event).unwrap_or(0);
                        keep_earlier(&mut tx, change, seq, ids_json).await?;
                        put_base(&mut tx, change, base_json, position).await?;
                    }
                }
            }
            all_placed(&mut tx, acceptance.document).await?;
            looked(&mut tx, acceptance.document, acceptance.by, now).await?;
            forget(&mut tx, acceptance.document).await?;
            let entry = AuditEntry {
                at: now,
                kind: AuditKind::RereadingAccepted,
                who: acceptance.by,
                address: Some(acceptance.address),
                subject: Some(acceptance.document),
                detail: None,
            };
            audit::note(&mut tx, &entry).await?;
            tx.commit().await?;
            Ok(outdated)
        })
    }

    fn discard_rereading<'a>(
        &'a self,
        document: &'a str,
        by: &'a str,
        now: OffsetDateTime,
    ) -> Answer<'a, Option<Outdated>> {
        Box::pin(async move {
            let mut tx = self.begin().await?;
            let known: Option<(String, i64)> = sqlx::query_as(
                "SELECT d.sha256, r.reading FROM rereadings r JOIN documents d ON d.id = r.document_id \
                 WHERE d.id = $1",
            )
            .bind(document)
            .fetch_optional(&mut *tx)
            .await?;
            let Some((sha256, reading)) = known else {
                return Ok(None);
            };
            looked(&mut tx, document, by, now).await?;
            forget(&mut tx, document).await?;
            tx.commit().await?;
            Ok(Some(Outdated {
                sha256,
                reading: count(reading),
            }))
        })
    }

    fn earlier_readings<'a>(&'a self, rubric: &'a str) -> Answer<'a, Vec<EarlierReading>> {
        Box::pin(async move {
            let rows: Vec<(i64, String, String)> = sqlx::query_as(
                "SELECT seq, base_json, ids_json FROM rubric_readings WHERE rubric_id = $1 ORDER BY seq",
            )
            .bind(rubric)
            .fetch_all(&self.pool)
            .await?;
            let reading = |(seq, base_json, ids_json)| EarlierReading {
                seq: u64::try_from(seq).unwrap_or(0),
                base_json,
                ids_json,
            };
            Ok(rows.into_iter().map(reading).collect())
        })
    }

    fn known_readings(&self) -> Answer<'_, Vec<(String, u32)>> {
        Box::pin(async move {
            let rows: Vec<(String, i64)> = sqlx::query_as(
                "SELECT sha256, reading FROM documents UNION ALL \
                 SELECT d.sha256, r.reading FROM rereadings r JOIN documents d ON d.id = r.document_id",
            )
            .fetch_all(&self.pool)
            .await?;
            Ok(rows.into_iter().map(|(sha256, n)| (sha256, count(n))).collect())
        })
    }
}

/// What a worker read, beside what stands.
pub(super) async fn keep(
    tx: &mut Tx,
    document: &str,
    read: &ReadDocument,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE rereadings SET state = 'ready', result_json = $1, read_at = $2, pages = $3, pages_done = $4 \
         WHERE document_id = $5",
    )
    .bind(&read.result_json)
    .bind(to_millis(now))
    .bind(i64::from(read.pages))
    .bind(i64::from(read.pages))
    .bind(document)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Notes the re-reading under a number of its own, and queues it.
async fn begin(tx: &mut Tx, document: &str, by: &str, now: OffsetDateTime) -> Result<(), StoreError> {
    let (reading,): (i64,) =
        sqlx::query_as("UPDATE documents SET readings = readings + 1 WHERE id = $1 RETURNING readings")
            .bind(document)
            .fetch_one(&mut **tx)
            .await?;
    sqlx::query(
        "INSERT INTO rereadings (document_id, reading, state, asked_by, asked_at) VALUES ($1, $2, 'reading', $3, $4)",
    )
    .bind(document)
    .bind(reading)
    .bind(by)
    .bind(to_millis(now))
    .execute(&mut **tx)
    .await?;
    sqlx::query(
        "UPDATE jobs SET purpose = 'reread', state = 'queued', attempts = 0, failures = 0, run_at = $1, turn = 0, \
         enqueued_at = $2, finished_at = NULL WHERE document_id = $3",
    )
    .bind(to_millis(now))
    .bind(to_millis(now))
    .bind(document)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Takes a re-reading off the queue and off the record; a worker that has it finds its lease lost.
async fn forget(tx: &mut Tx, document: &str) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM rereadings WHERE document_id = $1")
        .bind(document)
        .execute(&mut **tx)
        .await?;
    sqlx::query(
        "DELETE FROM shares WHERE job_id IN (SELECT id FROM jobs WHERE document_id = $1 AND purpose = 'reread')",
    )
    .bind(document)
    .execute(&mut **tx)
    .await?;
    sqlx::query(
        "UPDATE jobs SET purpose = 'read', state = 'done', worker = NULL, lease_until = NULL \
         WHERE document_id = $1 AND purpose = 'reread'",
    )
    .bind(document)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

async fn looked(tx: &mut Tx, document: &str, by: &str, now: OffsetDateTime) -> Result<(), StoreError> {
    sqlx::query(LOOKED)
        .bind(by)
        .bind(to_millis(now))
        .bind(document)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// What was confirmed was confirmed beside the pages that it was read from: they stay.
async fn nothing_final(tx: &mut Tx, document: &str) -> Result<(), StoreError> {
    let (held,): (bool,) = sqlx::query_as(
        "SELECT EXISTS (SELECT 1 FROM rubrics WHERE document_id = $1 AND state IN ('confirmed', 'superseded'))",
    )
    .bind(document)
    .fetch_one(&mut **tx)
    .await?;
    match held {
        true => Err(StoreError::Confirmed),
        false => Ok(()),
    }
}

/// Puts the result of the reading that was looked at in place; gives the reading that stood there.
async fn replace_result(
    tx: &mut Tx,
    acceptance: &Acceptance<'_>,
    now: OffsetDateTime,
) -> Result<Outdated, StoreError> {
    let before: Option<(String, i64, String)> = sqlx::query_as(
        "SELECT d.sha256, d.reading, r.result_json FROM rereadings r JOIN documents d ON d.id = r.document_id \
         WHERE d.id = $1 AND r.reading = $2 AND r.state = 'ready'",
    )
    .bind(acceptance.document)
    .bind(i64::from(acceptance.reading))
    .fetch_optional(&mut **tx)
    .await?;
    let (sha256, reading, result_json) = before.ok_or(StoreError::Missing { what: "rereading" })?;
    sqlx::query("UPDATE results SET result_json = $1, read_at = $2 WHERE document_id = $3")
        .bind(result_json)
        .bind(to_millis(now))
        .bind(acceptance.document)
        .execute(&mut **tx)
        .await?;
    sqlx::query(
        "UPDATE documents SET reading = $1, title = $2, number = $3, pages = $4, pages_done = $5, errors = $6, \
         warnings = $7 WHERE id = $8",
    )
    .bind(i64::from(acceptance.reading))
    .bind(acceptance.title)
    .bind(acceptance.number)
    .bind(i64::from(acceptance.pages))
    .bind(i64::from(acceptance.pages))
    .bind(i64::from(acceptance.errors))
    .bind(i64::from(acceptance.warnings))
    .bind(acceptance.document)
    .execute(&mut **tx)
    .await?;
    Ok(Outdated {
        sha256,
        reading: count(reading),
    })
}

/// A rubric without a history goes with the reading that it is from; history stays, so one with any is refused.
async fn remove_untouched(tx: &mut Tx, vanished: Vanished<'_>) -> Result<(), StoreError> {
    let current = version_of(tx, vanished.rubric, vanished.expected).await?;
    let removed = sqlx::query(
        "DELETE FROM rubrics WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM rubric_events WHERE rubric_id = $1)",
    )
    .bind(vanished.rubric)
    .execute(&mut **tx)
    .await?;
    match removed.rows_affected() {
        0 => Err(StoreError::Stale {
            current: u64::try_from(current).unwrap_or(0),
        }),
        _ => Ok(()),
    }
}

async fn keep_earlier(
    tx: &mut Tx,
    change: &RubricChange<'_>,
    seq: i64,
    ids_json: &str,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO rubric_readings (rubric_id, seq, base_json, ids_json) \
         SELECT id, $1, base_json, $2 FROM rubrics WHERE id = $3",
    )
    .bind(seq)
    .bind(ids_json)
    .bind(change.rubric)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

async fn put_base(
    tx: &mut Tx,
    change: &RubricChange<'_>,
    base_json: &str,
    position: usize,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE rubrics SET base_json = $1, position = $2 WHERE id = $3")
        .bind(base_json)
        .bind(i64::try_from(position).unwrap_or(i64::MAX))
        .bind(change.rubric)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// A rubric that came in since the acceptance was made up has no place in it.
async fn all_placed(tx: &mut Tx, document: &str) -> Result<(), StoreError> {
    let left: Option<(i64,)> =
        sqlx::query_as("SELECT version FROM rubrics WHERE document_id = $1 AND position < 0")
            .bind(document)
            .fetch_optional(&mut **tx)
            .await?;
    match left {
        Some((version,)) => Err(StoreError::Stale {
            current: u64::try_from(version).unwrap_or(0),
        }),
        None => Ok(()),
    }
}

#[derive(FromRow)]
struct RereadingRow {
    document_id: String,
    reading: i64,
    state: String,
    asked_by: String,
    asked_at: i64,
    pages: Option<i64>,
    pages_done: i64,
    read_at: Option<i64>,
    result_json: Option<String>,
    problem_code: Option<String>,
    problem_vi: Option<String>,
    problem_en: Option<String>,
}

impl RereadingRow {
    fn record(self) -> Result<RereadingRecord, StoreError> {
        let state = match self.state.as_str() {
            "reading" => RereadingState::Reading,
            "ready" => RereadingState::Ready {
                read_at: from_millis(self.read_at.unwrap_or(0)),
                result_json: self.result_json.unwrap_or_default(),
            },
            "failed" => RereadingState::Failed(Problem {
                code: self.problem_code.unwrap_or_default(),
                message_vi: self.problem_vi.unwrap_or_default(),
                message_en: self.problem_en.unwrap_or_default(),
            }),
            state => return Err(unknown("state of a re-reading", state)),
        };
        Ok(RereadingRecord {
            document: self.document_id,
            reading: count(self.reading),
            asked_by: self.asked_by,
            asked_at: from_millis(self.asked_at),
            pages: self.pages.map(count),
            pages_done: count(self.pages_done),
            state,
        })
    }
}
