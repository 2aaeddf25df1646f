use sqlx::FromRow;

use super::messages::tell_of_rubric;
use super::{SqlStore, Tx, count, unknown};
use crate::store::{
    Answer, ConfirmedRecord, EventRecord, NewEvent, RubricChange, RubricRecord, RubricState, Rubrics,
    StoreError, Supersedes, from_millis, to_millis,
};

impl Rubrics for SqlStore {
    fn rubric<'a>(&'a self, id: &'a str) -> Answer<'a, Option<RubricRecord>> {
        Box::pin(async move {
            let row: Option<RubricRow> = sqlx::query_as("SELECT * FROM rubrics WHERE id = $1")
                .bind(id)
                .fetch_optional(&self.pool)
                .await?;
            row.map(RubricRow::record).transpose()
        })
    }

    fn change<'a>(&'a self, change: RubricChange<'a>) -> Answer<'a, u64> {
        Box::pin(async move {
            let mut tx = self.begin().await?;
            let Moved { version, .. } = move_on(&mut tx, &change).await?;
            tx.commit().await?;
            Ok(u64::try_from(version).unwrap_or(0))
        })
    }

    fn events<'a>(&'a self, rubric: &'a str) -> Answer<'a, Vec<EventRecord>> {
        Box::pin(async move {
            let rows: Vec<EventRow> =
                sqlx::query_as("SELECT * FROM rubric_events WHERE rubric_id = $1 ORDER BY seq")
                    .bind(rubric)
                    .fetch_all(&self.pool)
                    .await?;
            Ok(rows.into_iter().map(EventRow::record).collect())
        })
    }

    fn confirmed<'a>(&'a self, rubric: &'a str) -> Answer<'a, Option<ConfirmedRecord>> {
        Box::pin(async move {
            let row: Option<ConfirmedRow> =
                sqlx::query_as("SELECT * FROM confirmed_rubrics WHERE rubric_id = $1")
                    .bind(rubric)
                    .fetch_optional(&self.pool)
                    .await?;
            Ok(row.map(ConfirmedRow::record))
        })
    }
}

/// Where a change has brought a rubric.
pub(super) struct Moved {
    pub version: i64,
    /// The place in the history of the change's first event, where it has any.
    pub first: i64,
}

/// Adds the events of a change and moves the rubric on by one version.
pub(super) async fn move_on(tx: &mut Tx, change: &RubricChange<'_>) -> Result<Moved, StoreError> {
    let current = version_of(tx, change.rubric, change.expected).await?;
    let version = current + 1;
    let mut seq = 0;
    for event in &change.events {
        seq = add_event(tx, change.rubric, version, event).await?;
    }
    if let Some(old) = &change.supersedes {
        supersede(tx, old).await?;
    }
    sqlx::query(
        "UPDATE rubrics SET version = $1, state = $2, title = $3, max_score = $4, doubtful = $5, \
         errors = $6, warnings = $7, current_json = $8, submitted_by = $9, comment = $10 WHERE id = $11",
    )
    .bind(version)
    .bind(change.state.name())
    .bind(change.title)
    .bind(&change.max_score)
    .bind(i64::from(change.doubtful))
    .bind(i64::from(change.errors))
    .bind(i64::from(change.warnings))
    .bind(change.current_json)
    .bind(change.submitted_by)
    .bind(change.comment)
    .bind(change.rubric)
    .execute(&mut **tx)
    .await?;
    if let (RubricState::Confirmed, Some(last)) = (change.state, change.events.last()) {
        sqlx::query(
            "INSERT INTO confirmed_rubrics \
             (rubric_id, version, rubric_json, event_seq, confirmed_by, confirmed_at) \
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(change.rubric)
        .bind(version)
        .bind(change.current_json)
        .bind(seq)
        .bind(&last.author)
        .bind(to_millis(last.at))
        .execute(&mut **tx)
        .await?;
    }
    for event in &change.events {
        tell_of_rubric(tx, &event.kind, change.rubric, &event.author, event.at).await?;
    }
    let own = i64::try_from(change.events.len()).unwrap_or(0);
    Ok(Moved {
        version,
        first: seq - own + 1,
    })
}

/// The rubric's version, which has to be the one expected.
pub(super) async fn version_of(tx: &mut Tx, rubric: &str, expected: u64) -> Result<i64, StoreError> {
    let row: Option<(i64,)> = sqlx::query_as("SELECT version FROM rubrics WHERE id = $1")
        .bind(rubric)
        .fetch_optional(&mut **tx)
        .await?;
    let (current,) = row.ok_or(StoreError::Missing { what: "rubric" })?;
    if u64::try_from(current) == Ok(expected) {
        return Ok(current);
    }
    Err(StoreError::Stale {
        current: u64::try_from(current).unwrap_or(0),
    })
}

/// Adds to a rubric's history; gives the event's place in it.
async fn add_event(tx: &mut Tx, rubric: &str, version: i64, event: &NewEvent) -> Result<i64, StoreError> {
    let (seq,): (i64,) = sqlx::query_as(
        "INSERT INTO rubric_events (rubric_id, seq, kind, author, at, data_json, version) \
         VALUES ($1, (SELECT COALESCE(MAX(seq), 0) + 1 FROM rubric_events WHERE rubric_id = $1), $2, $3, $4, $5, $6) \
         RETURNING seq",
    )
    .bind(rubric)
    .bind(&event.kind)
    .bind(&event.author)
    .bind(to_millis(event.at))
    .bind(&event.data_json)
    .bind(version)
    .fetch_one(&mut **tx)
    .await?;
    Ok(seq)
}

/// Ends a confirmed rubric's validity; what was confirmed is not touched.
async fn supersede(tx: &mut Tx, old: &Supersedes<'_>) -> Result<(), StoreError> {
    let version = version_of(tx, old.rubric, old.expected).await? + 1;
    let moved = sqlx::query(
        "UPDATE rubrics SET state = 'superseded', version = $1 WHERE id = $2 AND state = 'confirmed'",
    )
    .bind(version)
    .bind(old.rubric)
    .execute(&mut **tx)
    .await?;
    if moved.rows_affected() == 0 {
        return Err(StoreError::Missing {
            what: "confirmed rubric",
        });
    }
    add_event(tx, old.rubric, version, &old.event).await?;
    Ok(())
}

#[derive(FromRow)]
struct RubricRow {
    id: String,
    document_id: String,
    position: i64,
    state: String,
    version: i64,
    base_json: String,
    current_json: String,
    submitted_by: Option<String>,
    comment: Option<String>,
}

impl RubricRow {
    fn record(self) -> Result<RubricRecord, StoreError> {
        Ok(RubricRecord {
            state: RubricState::from_name(&self.state).ok_or_else(|| unknown("rubric state", &self.state))?,
            id: self.id,
            document: self.document_id,
            position: count(self.position),
            version: u64::try_from(self.version).unwrap_or(0),
            base_json: self.base_json,
            current_json: self.current_json,
            submitted_by: self.submitted_by,
            comment: self.comment,
        })
    }
}

#[derive(FromRow)]
struct EventRow {
    seq: i64,
    version: i64,
    kind: String,
    author: String,
    at: i64,
    data_json: String,
}

impl EventRow {
    fn record(self) -> EventRecord {
        EventRecord {
            seq: u64::try_from(self.seq).unwrap_or(0),
            version: u64::try_from(self.version).unwrap_or(0),
            kind: self.kind,
            author: self.author,
            at: from_millis(self.at),
            data_json: self.data_json,
        }
    }
}

#[derive(FromRow)]
struct ConfirmedRow {
    rubric_id: String,
    version: i64,
    rubric_json: String,
    event_seq: i64,
    confirmed_by: String,
    confirmed_at: i64,
}

impl ConfirmedRow {
    fn record(self) -> ConfirmedRecord {
        ConfirmedRecord {
            rubric: self.rubric_id,
            version: u64::try_from(self.version).unwrap_or(0),
            rubric_json: self.rubric_json,
            event_seq: u64::try_from(self.event_seq).unwrap_or(0),
            confirmed_by: self.confirmed_by,
            confirmed_at: from_millis(self.confirmed_at),
        }
    }
}
