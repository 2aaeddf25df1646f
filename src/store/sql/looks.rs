use time::OffsetDateTime;

use super::SqlStore;
use crate::store::{Answer, LookAgain, Looks, from_millis, to_millis};

impl Looks for SqlStore {
    fn note_looks<'a>(
        &'a self,
        phrase: &'a str,
        documents: &'a [String],
        now: OffsetDateTime,
    ) -> Answer<'a, ()> {
        Box::pin(async move {
            let mut tx = self.begin().await?;
            for document in documents {
                sqlx::query(
                    "INSERT INTO phrase_looks (phrase_id, document_id, noted_at) VALUES ($1, $2, $3) \
                     ON CONFLICT DO NOTHING",
                )
                .bind(phrase)
                .bind(document)
                .bind(to_millis(now))
                .execute(&mut *tx)
                .await?;
            }
            tx.commit().await?;
            Ok(())
        })
    }

    fn looks(&self) -> Answer<'_, Vec<LookAgain>> {
        Box::pin(async move {
            let rows: Vec<(String, String, String, String, i64)> = sqlx::query_as(
                "SELECT p.id, p.phrase, d.id, d.file, l.noted_at FROM phrase_looks l \
                 JOIN phrases p ON p.id = l.phrase_id JOIN documents d ON d.id = l.document_id \
                 WHERE l.seen_at IS NULL ORDER BY l.noted_at DESC, d.id DESC, p.id",
            )
            .fetch_all(&self.pool)
            .await?;
            let looks = rows
                .into_iter()
                .map(|(phrase, phrase_words, document, file, noted)| LookAgain {
                    phrase,
                    phrase_words,
                    document,
                    file,
                    noted_at: from_millis(noted),
                });
            Ok(looks.collect())
        })
    }

    fn looked<'a>(
        &'a self,
        phrase: &'a str,
        document: &'a str,
        by: &'a str,
        now: OffsetDateTime,
    ) -> Answer<'a, bool> {
        Box::pin(async move {
            let seen = sqlx::query(
                "UPDATE phrase_looks SET seen_by = $1, seen_at = $2 \
                 WHERE phrase_id = $3 AND document_id = $4 AND seen_at IS NULL",
            )
            .bind(by)
            .bind(to_millis(now))
            .bind(phrase)
            .bind(document)
            .execute(&self.pool)
            .await?;
            Ok(seen.rows_affected() > 0)
        })
    }
}
