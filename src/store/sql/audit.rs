use sqlx::FromRow;
use time::OffsetDateTime;

use super::{SqlStore, Tx, unknown};
use crate::store::{
    Answer, Audit, AuditEntry, AuditKind, AuditRange, AuditRecord, StoreError, from_millis, to_millis,
};

impl Audit for SqlStore {
    fn note<'a>(&'a self, entry: AuditEntry<'a>) -> Answer<'a, ()> {
        Box::pin(async move {
            let mut tx = self.begin().await?;
            note(&mut tx, &entry).await?;
            tx.commit().await?;
            Ok(())
        })
    }

    fn audit(&self, range: AuditRange, limit: u32) -> Answer<'_, Vec<AuditRecord>> {
        Box::pin(async move {
            let query = match range {
                AuditRange::Before(_) => "SELECT * FROM audit WHERE seq < $1 ORDER BY seq DESC LIMIT $2",
                AuditRange::After(_) => "SELECT * FROM audit WHERE seq > $1 ORDER BY seq LIMIT $2",
            };
            let bound = match range {
                AuditRange::Before(None) => i64::MAX,
                AuditRange::Before(Some(seq)) | AuditRange::After(seq) => {
                    i64::try_from(seq).unwrap_or(i64::MAX)
                }
            };
            let rows: Vec<AuditRow> = sqlx::query_as(query)
                .bind(bound)
                .bind(i64::from(limit))
                .fetch_all(&self.pool)
                .await?;
            rows.into_iter().map(AuditRow::record).collect()
        })
    }

    fn prune_audit<'a>(
        &'a self,
        until: OffsetDateTime,
        who: &'a str,
        now: OffsetDateTime,
    ) -> Answer<'a, u64> {
        Box::pin(async move {
            let mut tx = self.begin().await?;
            let (old,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM audit WHERE at < $1")
                .bind(to_millis(until))
                .fetch_one(&mut *tx)
                .await?;
            if old == 0 {
                return Ok(0);
            }
            // The database lets entries go only under a pruning that is on record.
            sqlx::query("INSERT INTO audit_prunings (until, who, at) VALUES ($1, $2, $3)")
                .bind(to_millis(until))
                .bind(who)
                .bind(to_millis(now))
                .execute(&mut *tx)
                .await?;
            sqlx::query("DELETE FROM audit WHERE at < $1")
                .bind(to_millis(until))
                .execute(&mut *tx)
                .await?;
            let detail = old.to_string();
            let entry = AuditEntry {
                at: now,
                kind: AuditKind::AuditPruned,
                who,
                address: None,
                subject: None,
                detail: Some(&detail),
            };
            note(&mut tx, &entry).await?;
            tx.commit().await?;
            Ok(u64::try_from(old).unwrap_or(0))
        })
    }
}

/// Adds an entry in the transaction of what it tells of.
pub(super) async fn note(tx: &mut Tx, entry: &AuditEntry<'_>) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO audit (at, kind, who, address, subject, detail) VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(to_millis(entry.at))
    .bind(entry.kind.name())
    .bind(entry.who)
    .bind(entry.address)
    .bind(entry.subject)
    .bind(entry.detail)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

#[derive(FromRow)]
struct AuditRow {
    seq: i64,
    at: i64,
    kind: String,
    who: String,
    address: Option<String>,
    subject: Option<String>,
    detail: Option<String>,
}

impl AuditRow {
    fn record(self) -> Result<AuditRecord, StoreError> {
        Ok(AuditRecord {
            seq: u64::try_from(self.seq).unwrap_or(0),
            at: from_millis(self.at),
            kind: AuditKind::from_name(&self.kind).ok_or_else(|| unknown("audit kind", &self.kind))?,
            who: self.who,
            address: self.address,
            subject: self.subject,
            detail: self.detail,
        })
    }
}
