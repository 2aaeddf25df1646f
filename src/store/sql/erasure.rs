use sha2::{Digest, Sha256};
use sqlx::FromRow;
use time::OffsetDateTime;

use super::{SqlStore, Tx, audit};
use crate::store::{
    Answer, AuditEntry, AuditKind, ErasedRubric, Erasure, ErasureRecord, Erasures, Extent, Stale, StoreError,
    from_millis, to_millis,
};

/// What hangs on a document, in the order in which it goes. Other tables cascade.
const PARTS: [&str; 10] = [
    "DELETE FROM phrase_looks WHERE document_id = $1",
    // What was proposed from it; what a maintainer accepted is the office's own by now.
    "DELETE FROM phrase_events WHERE phrase_id IN \
     (SELECT id FROM phrases WHERE document_id = $1 AND state IN ('proposed', 'rejected'))",
    "DELETE FROM phrases WHERE document_id = $1 AND state IN ('proposed', 'rejected')",
    "DELETE FROM confirmed_rubrics WHERE rubric_id IN (SELECT id FROM rubrics WHERE document_id = $1)",
    "DELETE FROM rubric_readings WHERE rubric_id IN (SELECT id FROM rubrics WHERE document_id = $1)",
    "DELETE FROM rubric_events WHERE rubric_id IN (SELECT id FROM rubrics WHERE document_id = $1)",
    "DELETE FROM rubrics WHERE document_id = $1",
    "DELETE FROM results WHERE document_id = $1",
    "DELETE FROM jobs WHERE document_id = $1",
    "DELETE FROM documents WHERE id = $1",
];

const STALE: &str = "SELECT d.id FROM documents d \
    WHERE (d.state = 'failed' AND d.uploaded_at < $1) \
       OR (d.state = 'ready' AND d.uploaded_at < $2 \
           AND NOT EXISTS (SELECT 1 FROM results WHERE document_id = d.id AND read_at >= $2) \
           AND NOT EXISTS (SELECT 1 FROM rereadings WHERE document_id = d.id AND asked_at >= $2) \
           AND NOT EXISTS (SELECT 1 FROM rubrics r JOIN confirmed_rubrics c ON c.rubric_id = r.id \
                           WHERE r.document_id = d.id) \
           AND NOT EXISTS (SELECT 1 FROM rubrics r JOIN rubric_events e ON e.rubric_id = r.id \
                           WHERE r.document_id = d.id AND e.at >= $2)) \
    ORDER BY d.id LIMIT $3";

impl Erasures for SqlStore {
    fn erase_rows<'a>(&'a self, erasure: Erasure<'a>, now: OffsetDateTime) -> Answer<'a, ErasureRecord> {
        Box::pin(async move {
            let mut tx = self.begin().await?;
            let known: Option<(String, bool)> = sqlx::query_as(
                "SELECT d.sha256, EXISTS (SELECT 1 FROM jobs WHERE document_id = d.id AND state = 'running') \
                 FROM documents d WHERE d.id = $1",
            )
            .bind(erasure.document)
            .fetch_optional(&mut *tx)
            .await?;
            let (sha256, being_read) = known.ok_or(StoreError::Missing { what: "document" })?;
            if being_read {
                return Err(StoreError::Reading);
            }
            let rubrics = confirmed(&mut tx, erasure.document).await?;
            if !rubrics.is_empty() && erasure.extent == Extent::Unconfirmed {
                return Err(StoreError::Confirmed);
            }
            let record = ErasureRecord {
                document: erasure.document.to_owned(),
                sha256,
                by: erasure.by.to_owned(),
                at: now,
                reason: erasure.reason.map(str::to_owned),
                rubrics,
            };
            // The record first: the database lets history go only where its erasure is on record.
            keep(&mut tx, &record).await?;
            for part in PARTS {
                sqlx::query(part).bind(erasure.document).execute(&mut *tx).await?;
            }
            let entry = AuditEntry {
                at: now,
                kind: AuditKind::DocumentDeleted,
                who: erasure.by,
                address: erasure.address,
                subject: Some(erasure.document),
                detail: erasure.reason,
            };
            audit::note(&mut tx, &entry).await?;
            tx.commit().await?;
            Ok(record)
        })
    }

    fn erasures<'a>(&'a self, before: Option<&'a str>, limit: u32) -> Answer<'a, Vec<ErasureRecord>> {
        Box::pin(async move {
            let mut tx = self.look().await?;
            let rows: Vec<ErasureRow> = sqlx::query_as(
                "SELECT * FROM erasures WHERE ($1 IS NULL OR (erased_at, document_id) < \
                 (SELECT erased_at, document_id FROM erasures WHERE document_id = $1)) \
                 ORDER BY erased_at DESC, document_id DESC LIMIT $2",
            )
            .bind(before)
            .bind(i64::from(limit))
            .fetch_all(&mut *tx)
            .await?;
            let mut records = Vec::with_capacity(rows.len());
            for row in rows {
                let rubrics: Vec<ErasedRow> =
                    sqlx::query_as("SELECT * FROM erased_rubrics WHERE document_id = $1 ORDER BY rubric_id")
                        .bind(&row.document_id)
                        .fetch_all(&mut *tx)
                        .await?;
                records.push(row.with(rubrics.into_iter().map(ErasedRow::rubric).collect()));
            }
            Ok(records)
        })
    }

    fn stale_documents(&self, stale: Stale, limit: u32) -> Answer<'_, Vec<String>> {
        Box::pin(async move {
            // An absent bound is NULL, and nothing is before it.
            let rows: Vec<(String,)> = sqlx::query_as(STALE)
                .bind(stale.failed_before.map(to_millis))
                .bind(stale.untouched_since.map(to_millis))
                .bind(i64::from(limit))
                .fetch_all(&self.pool)
                .await?;
            Ok(rows.into_iter().map(|(id,)| id).collect())
        })
    }
}

async fn confirmed(tx: &mut Tx, document: &str) -> Result<Vec<ErasedRubric>, StoreError> {
    let rows: Vec<(String, i64, String, String, i64)> = sqlx::query_as(
        "SELECT c.rubric_id, c.version, c.rubric_json, c.confirmed_by, c.confirmed_at \
         FROM confirmed_rubrics c JOIN rubrics r ON r.id = c.rubric_id WHERE r.document_id = $1 ORDER BY r.id",
    )
    .bind(document)
    .fetch_all(&mut **tx)
    .await?;
    Ok(rows
        .into_iter()
        .map(|(rubric, version, json, confirmed_by, at)| ErasedRubric {
            rubric,
            version: u64::try_from(version).unwrap_or(0),
            sha256: hex::encode(Sha256::digest(json.as_bytes())),
            confirmed_by,
            confirmed_at: from_millis(at),
        })
        .collect())
}

async fn keep(tx: &mut Tx, record: &ErasureRecord) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO erasures (document_id, sha256, erased_by, erased_at, reason) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(&record.document)
    .bind(&record.sha256)
    .bind(&record.by)
    .bind(to_millis(record.at))
    .bind(&record.reason)
    .execute(&mut **tx)
    .await?;
    for rubric in &record.rubrics {
        sqlx::query(
            "INSERT INTO erased_rubrics (rubric_id, document_id, version, sha256, confirmed_by, confirmed_at) \
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(&rubric.rubric)
        .bind(&record.document)
        .bind(i64::try_from(rubric.version).unwrap_or(i64::MAX))
        .bind(&rubric.sha256)
        .bind(&rubric.confirmed_by)
        .bind(to_millis(rubric.confirmed_at))
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}

#[derive(FromRow)]
struct ErasureRow {
    document_id: String,
    sha256: String,
    erased_by: String,
    erased_at: i64,
    reason: Option<String>,
}

impl ErasureRow {
    fn with(self, rubrics: Vec<ErasedRubric>) -> ErasureRecord {
        ErasureRecord {
            document: self.document_id,
            sha256: self.sha256,
            by: self.erased_by,
            at: from_millis(self.erased_at),
            reason: self.reason,
            rubrics,
        }
    }
}

#[derive(FromRow)]
struct ErasedRow {
    rubric_id: String,
    version: i64,
    sha256: String,
    confirmed_by: String,
    confirmed_at: i64,
}

impl ErasedRow {
    fn rubric(self) -> ErasedRubric {
        ErasedRubric {
            rubric: self.rubric_id,
            version: u64::try_from(self.version).unwrap_or(0),
            sha256: self.sha256,
            confirmed_by: self.confirmed_by,
            confirmed_at: from_millis(self.confirmed_at),
        }
    }
}
