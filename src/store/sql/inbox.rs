use std::collections::HashMap;

use sqlx::{AssertSqlSafe, FromRow};

use super::documents::{DocumentRow, RubricRow};
use super::search::{self, Query};
use super::{EACH_OF_FIRST, SqlStore, Tx, count, unknown};
use crate::store::search::Hits;
use crate::store::{
    Answer, Cursor, DocumentFilter, Faults, Found, Holder, Inbox, InboxPage, InboxQuery, Listed, Order,
    StoreError, Words, Work, to_millis,
};

/// What is to be done about each document, with what lists sort by. `(state, rubric state, whose, person,
/// faults, since, until)` are $1 to $7; an absent one lets everything pass.
const LISTED: &str = "sums AS ( \
        SELECT document_id, SUM(doubtful) AS doubtful, SUM(errors) AS errors, SUM(warnings) AS warnings, \
            MAX(CASE WHEN state IN ('draft', 'returned') THEN 1 ELSE 0 END) AS open, \
            MAX(CASE WHEN state = 'submitted' THEN 1 ELSE 0 END) AS submitted \
        FROM rubrics GROUP BY document_id), \
    listed AS ( \
        SELECT d.id, d.file, d.title, d.assigned_to, COALESCE(r.doubtful, 0) AS doubtful, \
            d.errors + COALESCE(r.errors, 0) AS errors, d.warnings + COALESCE(r.warnings, 0) AS warnings, \
            CASE WHEN d.state = 'failed' THEN 'failed' WHEN d.state <> 'ready' THEN 'reading' \
                WHEN COALESCE(r.open, 1) = 1 THEN 'todo' WHEN r.submitted = 1 THEN 'submitted' ELSE 'confirmed' END AS work \
        FROM documents d LEFT JOIN sums r ON r.document_id = d.id \
        WHERE ($1 IS NULL OR d.state = $1) \
            AND ($2 IS NULL OR EXISTS (SELECT 1 FROM rubrics o WHERE o.document_id = d.id AND o.state = $2)) \
            AND ($3 = 'anybody' OR ($3 = 'nobody' AND d.assigned_to IS NULL) \
                OR ($3 = 'person' AND d.assigned_to = $4 COLLATE NOCASE)) \
            AND ($5 = 'whatever' OR d.errors + COALESCE(r.errors, 0) > 0) \
            AND ($6 IS NULL OR d.uploaded_at >= $6) AND ($7 IS NULL OR d.uploaded_at < $7))";

impl Inbox for SqlStore {
    fn inbox<'a>(&'a self, query: InboxQuery<'a>) -> Answer<'a, InboxPage> {
        Box::pin(async move {
            let (found, ranked, joined) = match query.words {
                Some(_) => (
                    format!("{LISTED}, {}", search::found()),
                    format!("{LISTED}, {}", search::ranked()),
                    "listed JOIN hits ON document_id = id",
                ),
                None => (LISTED.to_owned(), LISTED.to_owned(), "listed"),
            };
            // One snapshot: the counts are those of the documents that are shown.
            let mut tx = self.look().await?;
            let counts = format!("WITH {found} SELECT work, COUNT(*) FROM {joined} GROUP BY work");
            let counted: Vec<(String, i64)> = bound(sqlx::query_as(AssertSqlSafe(counts)), &query)
                .fetch_all(&mut *tx)
                .await?;
            let (before, skip) = match query.from {
                Cursor::Start => (None, 0),
                Cursor::Before(id) => (Some(id), 0),
                Cursor::Skip(number) => (None, number),
            };
            let ids = format!(
                "WITH {ranked} SELECT id FROM {joined} \
                 WHERE ($11 IS NULL OR work = $11) AND ($12 IS NULL OR id < $12) \
                 ORDER BY {} LIMIT $13 OFFSET $14",
                order(query.order, query.words)
            );
            let ids: Vec<(String,)> = bound(sqlx::query_as(AssertSqlSafe(ids)), &query)
                .bind(query.work.map(Work::name))
                .bind(before)
                .bind(i64::from(query.limit))
                .bind(i64::from(skip))
                .fetch_all(&mut *tx)
                .await?;
            let ids: Vec<String> = ids.into_iter().map(|(id,)| id).collect();
            let documents = listed(&mut tx, &ids, query.words).await?;
            Ok(InboxPage {
                documents,
                counts: every_work(&counted)?,
            })
        })
    }

    fn assign<'a>(&'a self, document: &'a str, expected: Holder<'a>, to: Option<&'a str>) -> Answer<'a, ()> {
        Box::pin(async move {
            let mut tx = self.begin().await?;
            let holder: Option<(Option<String>,)> =
                sqlx::query_as("SELECT assigned_to FROM documents WHERE id = $1")
                    .bind(document)
                    .fetch_optional(&mut *tx)
                    .await?;
            let (holder,) = holder.ok_or(StoreError::Missing { what: "document" })?;
            let as_expected = match expected {
                Holder::Anybody => true,
                Holder::Nobody => holder.is_none(),
                Holder::Person(name) => holder.as_deref().is_some_and(|h| h.eq_ignore_ascii_case(name)),
            };
            if !as_expected {
                return Err(StoreError::Held { by: holder });
            }
            sqlx::query("UPDATE documents SET assigned_to = $1 WHERE id = $2")
                .bind(to)
                .bind(document)
                .execute(&mut *tx)
                .await?;
            tx.commit().await?;
            Ok(())
        })
    }
}

/// Binds $1 to $10.
fn bound<'q, Row>(sql: Query<'q, Row>, query: &InboxQuery<'q>) -> Query<'q, Row> {
    let (state, rubric) = match query.filter {
        DocumentFilter::All => (None, None),
        DocumentFilter::State(state) => (Some(state.name()), None),
        DocumentFilter::Rubric(state) => (None, Some(state.name())),
    };
    let (whose, person) = match query.holder {
        Holder::Anybody => ("anybody", None),
        Holder::Nobody => ("nobody", None),
        Holder::Person(name) => ("person", Some(name)),
    };
    let faults = match query.faults {
        Faults::Whatever => "whatever",
        Faults::Errors => "errors",
    };
    let sql = sql
        .bind(state)
        .bind(rubric)
        .bind(whose)
        .bind(person)
        .bind(faults)
        .bind(query.since.map(to_millis))
        .bind(query.until.map(to_millis));
    search::bound(sql, query.words)
}

fn order(order: Order, words: Option<&Words>) -> &'static str {
    match order {
        Order::Best if words.is_some() => "marked DESC, together DESC, score, id DESC",
        Order::Newest | Order::Best => "id DESC",
        Order::Oldest => "id",
        Order::Doubtful => "doubtful DESC, id DESC",
        Order::Findings => "errors DESC, warnings DESC, id DESC",
        Order::Title => "COALESCE(title, file) COLLATE NOCASE, file, id DESC",
        Order::Holder => "assigned_to IS NULL, assigned_to COLLATE NOCASE, id DESC",
    }
}

/// The documents of these ids, in this order.
async fn listed(tx: &mut Tx, ids: &[String], words: Option<&Words>) -> Result<Vec<Listed>, StoreError> {
    let wanted = serde_json::Value::from(ids).to_string();
    let rows: Vec<DocumentRow> = sqlx::query_as(AssertSqlSafe(format!(
        "SELECT * FROM documents WHERE id IN ({EACH_OF_FIRST})"
    )))
    .bind(&wanted)
    .fetch_all(&mut **tx)
    .await?;
    let rubrics: Vec<RubricRow> = sqlx::query_as(AssertSqlSafe(format!(
        "SELECT id, document_id, title, state, version, max_score, doubtful, errors, warnings FROM rubrics \
         WHERE document_id IN ({EACH_OF_FIRST}) ORDER BY document_id, position"
    )))
    .bind(&wanted)
    .fetch_all(&mut **tx)
    .await?;
    let mut rubrics_of: HashMap<String, Vec<RubricRow>> = HashMap::new();
    for row in rubrics {
        rubrics_of.entry(row.document.clone()).or_default().push(row);
    }
    let mut rows: HashMap<String, DocumentRow> = rows.into_iter().map(|row| (row.id.clone(), row)).collect();
    let mut documents = Vec::with_capacity(ids.len());
    for id in ids {
        let Some(row) = rows.remove(id) else { continue };
        let found = match words {
            Some(words) => place(tx, id, words).await?,
            None => None,
        };
        documents.push(Listed {
            document: row.with_rubrics(rubrics_of.remove(id).unwrap_or_default())?,
            found,
        });
    }
    Ok(documents)
}

#[derive(FromRow)]
struct PlaceRow {
    rubric_id: Option<String>,
    criterion: Option<String>,
    page: Option<i64>,
    text: String,
}

/// The place in a document that fits the words best; a criterion goes before the text that it stands in.
async fn place(tx: &mut Tx, document: &str, words: &Words) -> Result<Option<Found>, StoreError> {
    let rows: Vec<PlaceRow> = sqlx::query_as(
        "SELECT p.rubric_id, s.criterion, s.page, s.text FROM search_pieces p JOIN search_places s ON s.piece = p.id \
         WHERE p.document_id = $1 ORDER BY p.rubric_id IS NULL, s.id",
    )
    .bind(document)
    .fetch_all(&mut **tx)
    .await?;
    let mut best: Option<(Hits, PlaceRow)> = None;
    for row in rows {
        let Some(hits) = words.look(&row.text) else {
            continue;
        };
        let fit = hits.fit;
        if best.as_ref().is_none_or(|(known, _)| fit > known.fit) {
            best = Some((hits, row));
        }
        if fit == words.perfect() {
            break;
        }
    }
    Ok(best.map(|(hits, row)| Found {
        snippet: hits.snippet(&row.text),
        rubric: row.rubric_id,
        criterion: row.criterion,
        page: row.page.map(count),
    }))
}

fn every_work(counted: &[(String, i64)]) -> Result<Vec<(Work, u64)>, StoreError> {
    let mut counts = Work::ALL.map(|work| (work, 0)).to_vec();
    for (name, number) in counted {
        let work = Work::from_name(name).ok_or_else(|| unknown("work", name))?;
        if let Some(at) = counts.iter_mut().find(|(w, _)| *w == work) {
            at.1 = u64::try_from(*number).unwrap_or(0);
        }
    }
    Ok(counts)
}
