use super::SqlStore;
use crate::store::{Answer, KeptRecord, NewRecord, Records, StoreError, to_millis};

const SELECT: &str = "SELECT record_json, evidence_json FROM confirmation_records \
                      LEFT JOIN confirmation_evidence USING (rubric_id) WHERE rubric_id = $1";

impl Records for SqlStore {
    fn keep_record<'a>(&'a self, record: NewRecord<'a>) -> Answer<'a, KeptRecord> {
        Box::pin(async move {
            let mut tx = self.begin().await?;
            let row: Option<Row> = sqlx::query_as(SELECT)
                .bind(record.rubric)
                .fetch_optional(&mut *tx)
                .await?;
            if let Some(row) = row {
                return Ok(kept(row));
            }
            sqlx::query(
                "INSERT INTO confirmation_records (rubric_id, record_json, key_id, signed_at) VALUES ($1, $2, $3, $4)",
            )
            .bind(record.rubric)
            .bind(record.record_json)
            .bind(record.key_id)
            .bind(to_millis(record.signed_at))
            .execute(&mut *tx)
            .await?;
            let evidence =
                sqlx::query("INSERT INTO confirmation_evidence (rubric_id, evidence_json) VALUES ($1, $2)")
                    .bind(record.rubric)
                    .bind(record.evidence_json)
                    .execute(&mut *tx)
                    .await;
            match evidence {
                Err(sqlx::Error::Database(error)) if error.is_foreign_key_violation() => {
                    return Err(StoreError::Missing { what: "rubric" });
                }
                other => other?,
            };
            tx.commit().await?;
            Ok(KeptRecord {
                record_json: record.record_json.to_owned(),
                evidence_json: Some(record.evidence_json.to_owned()),
            })
        })
    }

    fn record<'a>(&'a self, rubric: &'a str) -> Answer<'a, Option<KeptRecord>> {
        Box::pin(async move {
            let row: Option<Row> = sqlx::query_as(SELECT)
                .bind(rubric)
                .fetch_optional(&self.pool)
                .await?;
            Ok(row.map(kept))
        })
    }
}

type Row = (String, Option<String>);

fn kept((record_json, evidence_json): Row) -> KeptRecord {
    KeptRecord {
        record_json,
        evidence_json,
    }
}
