use sqlx::FromRow;
use time::OffsetDateTime;

use super::{SqlStore, Tx, count, unknown};
use crate::store::{
    Answer, Decision, Imported, ImportedPhrase, Lexicon, LexiconVersion, NewPhrase, PhraseEvent, PhrasePlace,
    PhraseRecord, PhraseSource, PhraseState, StoreError, UsedPhrase, from_millis, to_millis,
};

/// What is used at a version: phrases whose last event until then is one of these.
const USED_AT: &str = "SELECT e.phrase AS phrase, p.source AS source, e.author AS author, e.at AS at \
    FROM phrase_events e JOIN phrases p ON p.id = e.phrase_id \
    WHERE e.kind IN ('accepted', 'edited', 'imported') AND e.version <= $1 \
      AND e.seq = (SELECT MAX(seq) FROM phrase_events l WHERE l.phrase_id = e.phrase_id AND l.version <= $1) \
    ORDER BY p.source, e.at, e.author, e.phrase";

impl Lexicon for SqlStore {
    fn not_gathered(&self) -> Answer<'_, Vec<String>> {
        Box::pin(async move {
            let rows: Vec<(String,)> = sqlx::query_as(
                "SELECT rubric_id FROM confirmed_rubrics \
                 WHERE rubric_id NOT IN (SELECT rubric_id FROM gathered_rubrics) ORDER BY confirmed_at, rubric_id",
            )
            .fetch_all(&self.pool)
            .await?;
            Ok(rows.into_iter().map(|(id,)| id).collect())
        })
    }

    fn propose<'a>(
        &'a self,
        source: PhraseSource<'a>,
        phrases: Vec<NewPhrase>,
        by: &'a str,
        now: OffsetDateTime,
    ) -> Answer<'a, u32> {
        Box::pin(async move {
            let mut tx = self.begin().await?;
            sqlx::query("INSERT INTO gathered_rubrics (rubric_id, gathered_at) VALUES ($1, $2) ON CONFLICT DO NOTHING")
                .bind(source.rubric)
                .bind(to_millis(now))
                .execute(&mut *tx)
                .await?;
            let version = version(&mut tx).await?;
            let mut new = 0;
            for phrase in &phrases {
                if insert(&mut tx, &source, phrase, now).await? {
                    let said = (phrase.id.as_str(), phrase.phrase.as_str());
                    add_event(&mut tx, said, "proposed", by, now, version).await?;
                    new += 1;
                }
            }
            tx.commit().await?;
            Ok(new)
        })
    }

    fn phrases(&self, state: Option<PhraseState>) -> Answer<'_, Vec<PhraseRecord>> {
        Box::pin(async move {
            let rows: Vec<PhraseRow> =
                sqlx::query_as("SELECT * FROM phrases WHERE ($1 IS NULL OR state = $1) ORDER BY id DESC")
                    .bind(state.map(PhraseState::name))
                    .fetch_all(&self.pool)
                    .await?;
            rows.into_iter().map(PhraseRow::record).collect()
        })
    }

    fn phrase<'a>(&'a self, id: &'a str) -> Answer<'a, Option<PhraseRecord>> {
        Box::pin(async move {
            let row: Option<PhraseRow> = sqlx::query_as("SELECT * FROM phrases WHERE id = $1")
                .bind(id)
                .fetch_optional(&self.pool)
                .await?;
            row.map(PhraseRow::record).transpose()
        })
    }

    fn decide<'a>(
        &'a self,
        id: &'a str,
        decision: Decision<'a>,
        by: &'a str,
        now: OffsetDateTime,
    ) -> Answer<'a, Option<PhraseRecord>> {
        Box::pin(async move {
            let mut tx = self.begin().await?;
            let row: Option<PhraseRow> = sqlx::query_as("SELECT * FROM phrases WHERE id = $1")
                .bind(id)
                .fetch_optional(&mut *tx)
                .await?;
            let mut phrase = row.ok_or(StoreError::Missing { what: "phrase" })?.record()?;
            let Some(state) = next(phrase.state, decision) else {
                return Ok(None);
            };
            if let Decision::Edit {
                phrase: words,
                normal,
            } = decision
            {
                let other: Option<(String,)> =
                    sqlx::query_as("SELECT id FROM phrases WHERE normal = $1 AND id <> $2")
                        .bind(normal)
                        .bind(id)
                        .fetch_optional(&mut *tx)
                        .await?;
                if other.is_some() {
                    return Err(StoreError::Taken { what: "phrase" });
                }
                words.clone_into(&mut phrase.phrase);
                normal.clone_into(&mut phrase.normal);
            }
            let changes_what_is_used = phrase.state.is_used() || state.is_used();
            let version = version(&mut tx).await? + i64::from(changes_what_is_used);
            add_event(&mut tx, (id, &phrase.phrase), state.name(), by, now, version).await?;
            set(&mut tx, id, &phrase, state, (by, now)).await?;
            tx.commit().await?;
            Ok(Some(PhraseRecord {
                state,
                decided_by: Some(by.to_owned()),
                decided_at: Some(from_millis(to_millis(now))),
                ..phrase
            }))
        })
    }

    fn phrase_events<'a>(&'a self, id: &'a str) -> Answer<'a, Vec<PhraseEvent>> {
        Box::pin(async move {
            let rows: Vec<PhraseEventRow> =
                sqlx::query_as("SELECT * FROM phrase_events WHERE phrase_id = $1 ORDER BY seq")
                    .bind(id)
                    .fetch_all(&self.pool)
                    .await?;
            Ok(rows.into_iter().map(PhraseEventRow::record).collect())
        })
    }

    fn lexicon_version(&self) -> Answer<'_, u64> {
        Box::pin(async move {
            let (version,): (i64,) = sqlx::query_as("SELECT COALESCE(MAX(version), 0) FROM phrase_events")
                .fetch_one(&self.pool)
                .await?;
            Ok(u64::try_from(version).unwrap_or(0))
        })
    }

    fn used_phrases(&self, version: u64) -> Answer<'_, Vec<UsedPhrase>> {
        Box::pin(async move {
            let rows: Vec<(String, String, String, i64)> = sqlx::query_as(USED_AT)
                .bind(i64::try_from(version).unwrap_or(i64::MAX))
                .fetch_all(&self.pool)
                .await?;
            let used = rows.into_iter().map(|(phrase, source, by, at)| UsedPhrase {
                phrase,
                source,
                by,
                at: from_millis(at),
            });
            Ok(used.collect())
        })
    }

    fn import_phrases<'a>(
        &'a self,
        phrases: Vec<ImportedPhrase>,
        by: &'a str,
        now: OffsetDateTime,
    ) -> Answer<'a, Imported> {
        Box::pin(async move {
            let mut tx = self.begin().await?;
            let before = version(&mut tx).await?;
            let mut imported = Imported {
                added: 0,
                known: 0,
                version: u64::try_from(before).unwrap_or(0),
            };
            for phrase in &phrases {
                if import(&mut tx, phrase, (by, now), before + 1).await? {
                    imported.added += 1;
                } else {
                    imported.known += 1;
                }
            }
            if imported.added > 0 {
                imported.version += 1;
            }
            tx.commit().await?;
            Ok(imported)
        })
    }

    fn lexicon_versions(&self, limit: u32) -> Answer<'_, Vec<LexiconVersion>> {
        Box::pin(async move {
            let rows: Vec<(i64, i64, String, String, i64)> = sqlx::query_as(
                "SELECT version, MIN(at), MIN(author), MIN(kind), COUNT(*) FROM phrase_events e \
                 WHERE kind IN ('accepted', 'edited', 'retired', 'imported') \
                 GROUP BY version ORDER BY version DESC LIMIT $1",
            )
            .bind(i64::from(limit))
            .fetch_all(&self.pool)
            .await?;
            let versions = rows
                .into_iter()
                .map(|(version, at, by, kind, phrases)| LexiconVersion {
                    version: u64::try_from(version).unwrap_or(0),
                    at: from_millis(at),
                    by,
                    kind,
                    phrases: count(phrases),
                });
            Ok(versions.collect())
        })
    }
}

/// The state after a decision, where it is allowed.
fn next(state: PhraseState, decision: Decision<'_>) -> Option<PhraseState> {
    match (state, decision) {
        (PhraseState::Proposed, Decision::Reject) => Some(PhraseState::Rejected),
        (PhraseState::Accepted | PhraseState::Edited, Decision::Retire) => Some(PhraseState::Retired),
        (PhraseState::Proposed | PhraseState::Rejected | PhraseState::Retired, Decision::Accept) => {
            Some(PhraseState::Accepted)
        }
        (_, Decision::Edit { .. }) => Some(PhraseState::Edited),
        _ => None,
    }
}

async fn version(tx: &mut Tx) -> Result<i64, StoreError> {
    let (version,): (i64,) = sqlx::query_as("SELECT COALESCE(MAX(version), 0) FROM phrase_events")
        .fetch_one(&mut **tx)
        .await?;
    Ok(version)
}

/// False when it is known already.
async fn insert(
    tx: &mut Tx,
    source: &PhraseSource<'_>,
    phrase: &NewPhrase,
    now: OffsetDateTime,
) -> Result<bool, StoreError> {
    let [x0, y0, x1, y1] = phrase.place.map(|p| p.bbox.map(i64::from)).unwrap_or_default();
    let inserted = sqlx::query(
        "INSERT INTO phrases (id, phrase, normal, state, source, document_id, rubric_id, criterion, field, \
         page, x0, y0, x1, y1, proposed_at) VALUES ($1, $2, $3, 'proposed', $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) \
         ON CONFLICT (normal) DO NOTHING",
    )
    .bind(&phrase.id)
    .bind(&phrase.phrase)
    .bind(&phrase.normal)
    .bind(source.name)
    .bind(source.document)
    .bind(source.rubric)
    .bind(&phrase.criterion)
    .bind(&phrase.field)
    .bind(phrase.place.map(|p| i64::from(p.page)))
    .bind(x0)
    .bind(y0)
    .bind(x1)
    .bind(y1)
    .bind(to_millis(now))
    .execute(&mut **tx)
    .await?;
    Ok(inserted.rows_affected() > 0)
}

/// True when the phrase is used now and was not before.
async fn import(
    tx: &mut Tx,
    new: &ImportedPhrase,
    (by, now): (&str, OffsetDateTime),
    version: i64,
) -> Result<bool, StoreError> {
    let known: Option<PhraseRow> = sqlx::query_as("SELECT * FROM phrases WHERE normal = $1")
        .bind(&new.normal)
        .fetch_optional(&mut **tx)
        .await?;
    let known = known.map(PhraseRow::record).transpose()?;
    let id = match known {
        Some(known) if known.state.is_used() => return Ok(false),
        Some(known) => {
            let phrase = PhraseRecord {
                phrase: new.phrase.clone(),
                ..known
            };
            set(tx, &phrase.id, &phrase, PhraseState::Accepted, (by, now)).await?;
            phrase.id
        }
        None => {
            sqlx::query(
                "INSERT INTO phrases (id, phrase, normal, state, source, proposed_at, decided_by, decided_at) \
                 VALUES ($1, $2, $3, 'accepted', $4, $5, $6, $7)",
            )
            .bind(&new.id)
            .bind(&new.phrase)
            .bind(&new.normal)
            .bind(&new.source)
            .bind(to_millis(now))
            .bind(by)
            .bind(to_millis(now))
            .execute(&mut **tx)
            .await?;
            new.id.clone()
        }
    };
    add_event(tx, (&id, &new.phrase), "imported", by, now, version).await?;
    Ok(true)
}

async fn set(
    tx: &mut Tx,
    id: &str,
    phrase: &PhraseRecord,
    state: PhraseState,
    (by, now): (&str, OffsetDateTime),
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE phrases SET phrase = $1, normal = $2, state = $3, decided_by = $4, decided_at = $5 WHERE id = $6",
    )
    .bind(&phrase.phrase)
    .bind(&phrase.normal)
    .bind(state.name())
    .bind(by)
    .bind(to_millis(now))
    .bind(id)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

async fn add_event(
    tx: &mut Tx,
    (id, phrase): (&str, &str),
    kind: &str,
    by: &str,
    now: OffsetDateTime,
    version: i64,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO phrase_events (phrase_id, seq, kind, author, at, phrase, version) \
         VALUES ($1, (SELECT COALESCE(MAX(seq), 0) + 1 FROM phrase_events WHERE phrase_id = $1), $2, $3, $4, $5, $6)",
    )
    .bind(id)
    .bind(kind)
    .bind(by)
    .bind(to_millis(now))
    .bind(phrase)
    .bind(version)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

#[derive(FromRow)]
struct PhraseRow {
    id: String,
    phrase: String,
    normal: String,
    state: String,
    source: String,
    document_id: Option<String>,
    rubric_id: Option<String>,
    criterion: Option<String>,
    field: Option<String>,
    page: Option<i64>,
    x0: Option<i64>,
    y0: Option<i64>,
    x1: Option<i64>,
    y1: Option<i64>,
    proposed_at: i64,
    decided_by: Option<String>,
    decided_at: Option<i64>,
}

impl PhraseRow {
    fn record(self) -> Result<PhraseRecord, StoreError> {
        let side = |value: Option<i64>| value.and_then(|side| i32::try_from(side).ok()).unwrap_or(0);
        Ok(PhraseRecord {
            state: PhraseState::from_name(&self.state).ok_or_else(|| unknown("phrase state", &self.state))?,
            place: self.page.map(|page| PhrasePlace {
                page: count(page),
                bbox: [side(self.x0), side(self.y0), side(self.x1), side(self.y1)],
            }),
            id: self.id,
            phrase: self.phrase,
            normal: self.normal,
            source: self.source,
            document: self.document_id,
            rubric: self.rubric_id,
            criterion: self.criterion,
            field: self.field,
            proposed_at: from_millis(self.proposed_at),
            decided_by: self.decided_by,
            decided_at: self.decided_at.map(from_millis),
        })
    }
}

#[derive(FromRow)]
struct PhraseEventRow {
    seq: i64,
    kind: String,
    author: String,
    at: i64,
    phrase: String,
    version: i64,
}

impl PhraseEventRow {
    fn record(self) -> PhraseEvent {
        PhraseEvent {
            seq: u64::try_from(self.seq).unwrap_or(0),
            kind: self.kind,
            author: self.author,
            at: from_millis(self.at),
            phrase: self.phrase,
            version: u64::try_from(self.version).unwrap_or(0),
        }
    }
}
