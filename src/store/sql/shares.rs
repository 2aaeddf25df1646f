use std::time::Duration;

use sqlx::{AssertSqlSafe, FromRow};
use time::OffsetDateTime;

use super::queue::{Held, held, purpose_named};
use super::{SKIP_LOCKED, SqlStore, Tx, count, unknown};
use crate::domain::{PageNo, Stretch};
use crate::store::{Answer, Lease, Purpose, Share, ShareLease, ShareOf, Shares, StoreError, to_millis};

/// What can be taken at $1. The job is somebody's: a document without a holder is claimed first.
const FREE: &str = "(state = 'open' OR (state = 'taken' AND lease_until < $1)) \
    AND EXISTS (SELECT 1 FROM jobs j WHERE j.id = job_id AND j.state = 'running')";

impl Shares for SqlStore {
    fn offer<'a>(&'a self, lease: &'a Lease, pages: &'a [Stretch]) -> Answer<'a, ()> {
        Box::pin(async move {
            let mut tx = self.begin_beside().await?;
            held(&mut tx, lease).await?;
            for stretch in pages {
                sqlx::query(
                    "INSERT INTO shares (job_id, first_page, last_page) VALUES ($1, $2, $3) \
                     ON CONFLICT (job_id, first_page) DO NOTHING",
                )
                .bind(lease.job)
                .bind(i64::from(stretch.first.get()))
                .bind(i64::from(stretch.last.get()))
                .execute(&mut *tx)
                .await?;
            }
            tx.commit().await?;
            Ok(())
        })
    }

    fn claim_share<'a>(
        &'a self,
        of: ShareOf,
        worker: &'a str,
        now: OffsetDateTime,
        lease: Duration,
    ) -> Answer<'a, Option<Share>> {
        Box::pin(async move {
            let jobs = match of {
                ShareOf::Job(job) => vec![(job,)],
                ShareOf::Any => self.jobs_with_shares(now).await?,
            };
            for (job,) in jobs {
                if let Some(share) = self.claim_share_of(job, worker, now, lease).await? {
                    return Ok(Some(share));
                }
            }
            Ok(None)
        })
    }

    fn renew_share<'a>(
        &'a self,
        lease: &'a ShareLease,
        pages_done: u32,
        now: OffsetDateTime,
        length: Duration,
    ) -> Answer<'a, ()> {
        Box::pin(self.set_share(lease, "taken", Some(now + length), pages_done))
    }

    fn end_share<'a>(&'a self, lease: &'a ShareLease) -> Answer<'a, ()> {
        Box::pin(self.set_share(lease, "done", None, 0))
    }

    fn give_share_back<'a>(&'a self, lease: &'a ShareLease) -> Answer<'a, ()> {
        Box::pin(self.set_share(lease, "open", None, 0))
    }

    fn shares_left<'a>(&'a self, lease: &'a Lease) -> Answer<'a, u32> {
        Box::pin(async move {
            let (left,): (i64,) =
                sqlx::query_as("SELECT COUNT(*) FROM shares WHERE job_id = $1 AND state <> 'done'")
                    .bind(lease.job)
                    .fetch_one(&self.pool)
                    .await?;
            Ok(count(left))
        })
    }
}

impl SqlStore {
    /// The jobs of which something can be taken, those with the fewest workers first.
    async fn jobs_with_shares(&self, now: OffsetDateTime) -> Result<Vec<(i64,)>, StoreError> {
        let jobs = sqlx::query_as(AssertSqlSafe(format!(
            "SELECT f.job_id FROM (SELECT DISTINCT job_id FROM shares WHERE {FREE}) f \
             ORDER BY (SELECT COUNT(*) FROM shares s WHERE s.job_id = f.job_id AND s.state = 'taken'), f.job_id"
        )))
        .bind(to_millis(now))
        .fetch_all(&self.pool)
        .await?;
        Ok(jobs)
    }

    async fn claim_share_of(
        &self,
        job: i64,
        worker: &str,
        now: OffsetDateTime,
        lease: Duration,
    ) -> Result<Option<Share>, StoreError> {
        let mut tx = self.begin_beside().await?;
        let claimed: Option<ClaimedRow> = sqlx::query_as(AssertSqlSafe(format!(
            "UPDATE shares SET state = 'taken', worker = $2, lease_until = $3, claims = claims + 1, pages_done = 0 \
             WHERE id = (SELECT id FROM shares WHERE job_id = $4 AND {FREE} ORDER BY first_page LIMIT 1{SKIP_LOCKED}) \
             RETURNING id, claims, first_page, last_page"
        )))
        .bind(to_millis(now))
        .bind(worker)
        .bind(to_millis(now + lease))
        .bind(job)
        .fetch_optional(&mut *tx)
        .await?;
        let Some(row) = claimed else { return Ok(None) };
        let about: AboutRow = sqlx::query_as(
            "SELECT d.id AS document, d.sha256, d.file, j.purpose, COALESCE(r.reading, d.reading) AS reading \
             FROM jobs j JOIN documents d ON d.id = j.document_id \
             LEFT JOIN rereadings r ON r.document_id = d.id AND j.purpose = 'reread' WHERE j.id = $1",
        )
        .bind(job)
        .fetch_one(&mut *tx)
        .await?;
        let share = Share {
            lease: ShareLease {
                share: row.id,
                worker: worker.to_owned(),
                claim: count(row.claims),
            },
            job,
            purpose: purpose_named(&about.purpose)?,
            document: about.document,
            sha256: about.sha256,
            file: about.file,
            reading: count(about.reading),
            pages: Stretch {
                first: page(row.first_page)?,
                last: page(row.last_page)?,
            },
        };
        tx.commit().await?;
        Ok(Some(share))
    }

    /// Writes what the holder of a share says of it; of one that is done, all pages are.
    async fn set_share(
        &self,
        lease: &ShareLease,
        state: &'static str,
        until: Option<OffsetDateTime>,
        pages_done: u32,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin_beside().await?;
        let job: Option<(i64,)> = sqlx::query_as(
            "UPDATE shares SET state = $1, lease_until = $2, worker = CASE $1 WHEN 'taken' THEN worker END, \
                 pages_done = CASE $1 WHEN 'done' THEN last_page - first_page + 1 ELSE $3 END \
             WHERE id = $4 AND state = 'taken' AND worker = $5 AND claims = $6 RETURNING job_id",
        )
        .bind(state)
        .bind(until.map(to_millis))
        .bind(i64::from(pages_done))
        .bind(lease.share)
        .bind(&lease.worker)
        .bind(i64::from(lease.claim))
        .fetch_optional(&mut *tx)
        .await?;
        let (job,) = job.ok_or(StoreError::LeaseLost)?;
        show_progress(&mut tx, job).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// The pages of all shares, where the document's progress stands. It never goes back.
async fn show_progress(tx: &mut Tx, job: i64) -> Result<(), StoreError> {
    let about: Option<(String, String, i64)> = sqlx::query_as(
        "SELECT document_id, purpose, \
             (SELECT CAST(COALESCE(SUM(pages_done), 0) AS BIGINT) FROM shares WHERE job_id = jobs.id) \
         FROM jobs WHERE id = $1",
    )
    .bind(job)
    .fetch_optional(&mut **tx)
    .await?;
    let Some((document, purpose, done)) = about else {
        return Ok(());
    };
    let held = Held::new(document, &purpose)?;
    let told = match held.purpose {
        Purpose::First => "UPDATE documents SET pages_done = $1 WHERE id = $2 AND pages_done < $1",
        Purpose::Again => "UPDATE rereadings SET pages_done = $1 WHERE document_id = $2 AND pages_done < $1",
    };
    sqlx::query(told)
        .bind(done)
        .bind(held.document)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Opens every share whose lease ends before `until`.
pub(super) async fn take_back(tx: &mut Tx, until: i64) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE shares SET state = 'open', pages_done = 0, worker = NULL, lease_until = NULL \
         WHERE state = 'taken' AND lease_until < $1",
    )
    .bind(until)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The job has ended, or begins anew.
pub(super) async fn forget(tx: &mut Tx, job: i64) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM shares WHERE job_id = $1")
        .bind(job)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

fn page(number: i64) -> Result<PageNo, StoreError> {
    u32::try_from(number)
        .ok()
        .and_then(PageNo::new)
        .ok_or_else(|| unknown("page", &number.to_string()))
}

#[derive(FromRow)]
struct ClaimedRow {
    id: i64,
    claims: i64,
    first_page: i64,
    last_page: i64,
}

#[derive(FromRow)]
struct AboutRow {
    document: String,
    sha256: String,
    file: String,
    purpose: String,
    reading: i64,
}
