use sqlx::FromRow;

use super::SqlStore;
use crate::store::{Amendments, Answer, InForce};

impl Amendments for SqlStore {
    fn in_force(&self) -> Answer<'_, Vec<InForce>> {
        Box::pin(async move {
            let rows: Vec<InForceRow> = sqlx::query_as(
                "SELECT r.id AS rubric, r.document_id AS document, r.title AS title, d.number AS number, \
                 d.title AS document_title FROM rubrics r JOIN documents d ON d.id = r.document_id \
                 WHERE r.state = 'confirmed' ORDER BY d.id DESC, r.position",
            )
            .fetch_all(&self.pool)
            .await?;
            Ok(rows.into_iter().map(InForceRow::record).collect())
        })
    }
}

#[derive(FromRow)]
struct InForceRow {
    rubric: String,
    document: String,
    title: String,
    number: Option<String>,
    document_title: Option<String>,
}

impl InForceRow {
    fn record(self) -> InForce {
        InForce {
            rubric: self.rubric,
            document: self.document,
            title: self.title,
            number: self.number,
            document_title: self.document_title,
        }
    }
}
