use std::time::Duration;

use sqlx::FromRow;
use time::OffsetDateTime;

use super::{SqlStore, count, unknown};
use crate::store::{
    Answer, DeliveryRecord, DeliveryState, DueDelivery, HookKind, HookRecord, NewHook, StoreError, Switch,
    Tried, Webhooks, from_millis, to_millis,
};

/// What waits for a webhook that is switched off is given up.
const GIVE_UP: &str = "UPDATE webhook_deliveries SET state = 'failed', error = $1 \
                       WHERE webhook_id = $2 AND state = 'pending'";

impl Webhooks for SqlStore {
    fn add_hook<'a>(&'a self, hook: NewHook<'a>, now: OffsetDateTime) -> Answer<'a, ()> {
        Box::pin(async move {
            let names: Vec<&str> = hook.kinds.iter().map(|kind| kind.name()).collect();
            sqlx::query(
                "INSERT INTO webhooks (id, url, secret, kinds, created_at, created_by) VALUES ($1, $2, $3, $4, $5, $6)",
            )
            .bind(hook.id)
            .bind(hook.url)
            .bind(hook.secret)
            .bind(format!(" {} ", names.join(" ")))
            .bind(to_millis(now))
            .bind(hook.by)
            .execute(&self.pool)
            .await?;
            Ok(())
        })
    }

    fn hooks(&self) -> Answer<'_, Vec<HookRecord>> {
        Box::pin(async move {
            let rows: Vec<HookRow> = sqlx::query_as("SELECT * FROM webhooks ORDER BY created_at, id")
                .fetch_all(&self.pool)
                .await?;
            rows.into_iter().map(HookRow::record).collect()
        })
    }

    fn remove_hook<'a>(&'a self, id: &'a str) -> Answer<'a, ()> {
        Box::pin(async move {
            let mut tx = self.begin().await?;
            let removed = sqlx::query("DELETE FROM webhooks WHERE id = $1")
                .bind(id)
                .execute(&mut *tx)
                .await?;
            found(removed.rows_affected(), "webhook")?;
            tx.commit().await?;
            Ok(())
        })
    }

    fn switch_hook<'a>(&'a self, id: &'a str, switch: Switch<'a>, now: OffsetDateTime) -> Answer<'a, ()> {
        Box::pin(async move {
            let mut tx = self.begin().await?;
            let (at, why) = match switch {
                Switch::On => (None, None),
                Switch::Off(why) => (Some(to_millis(now)), Some(why)),
            };
            let touched = sqlx::query(
                "UPDATE webhooks SET disabled_at = $1, disabled_why = $2, failing_since = NULL WHERE id = $3",
            )
            .bind(at)
            .bind(why)
            .bind(id)
            .execute(&mut *tx)
            .await?;
            found(touched.rows_affected(), "webhook")?;
            if let Some(why) = why {
                sqlx::query(GIVE_UP).bind(why).bind(id).execute(&mut *tx).await?;
            }
            tx.commit().await?;
            Ok(())
        })
    }

    fn deliveries<'a>(
        &'a self,
        hook: &'a str,
        before: Option<i64>,
        limit: u32,
    ) -> Answer<'a, Vec<DeliveryRecord>> {
        Box::pin(async move {
            let known: Option<(String,)> = sqlx::query_as("SELECT id FROM webhooks WHERE id = $1")
                .bind(hook)
                .fetch_optional(&self.pool)
                .await?;
            known.ok_or(StoreError::Missing { what: "webhook" })?;
            let rows: Vec<DeliveryRow> = sqlx::query_as(
                "SELECT * FROM webhook_deliveries WHERE webhook_id = $1 AND ($2 IS NULL OR id < $2) \
                 ORDER BY id DESC LIMIT $3",
            )
            .bind(hook)
            .bind(before)
            .bind(i64::from(limit))
            .fetch_all(&self.pool)
            .await?;
            rows.into_iter().map(DeliveryRow::record).collect()
        })
    }

    fn redeliver<'a>(&'a self, hook: &'a str, delivery: i64, now: OffsetDateTime) -> Answer<'a, ()> {
        Box::pin(async move {
            let touched = sqlx::query(
                "UPDATE webhook_deliveries SET state = 'pending', attempts = 0, run_at = $1 \
                 WHERE id = $2 AND webhook_id = $3",
            )
            .bind(to_millis(now))
            .bind(delivery)
            .bind(hook)
            .execute(&self.pool)
            .await?;
            found(touched.rows_affected(), "delivery")
        })
    }

    fn due_deliveries(
        &self,
        now: OffsetDateTime,
        lease: Duration,
        limit: u32,
    ) -> Answer<'_, Vec<DueDelivery>> {
        Box::pin(async move {
            let mut tx = self.begin().await?;
            let rows: Vec<DueRow> = sqlx::query_as(
                "SELECT d.id, d.webhook_id, d.message_id, d.body, d.attempts + 1 AS attempts, h.url, h.secret, \
                 h.failing_since FROM webhook_deliveries d JOIN webhooks h ON h.id = d.webhook_id \
                 WHERE d.state = 'pending' AND d.run_at <= $1 ORDER BY d.run_at, d.id LIMIT $2",
            )
            .bind(to_millis(now))
            .bind(i64::from(limit))
            .fetch_all(&mut *tx)
            .await?;
            for row in &rows {
                sqlx::query(
                    "UPDATE webhook_deliveries SET attempts = attempts + 1, run_at = $1 WHERE id = $2",
                )
                .bind(to_millis(now + lease))
                .bind(row.id)
                .execute(&mut *tx)
                .await?;
            }
            tx.commit().await?;
            Ok(rows.into_iter().map(DueRow::delivery).collect())
        })
    }

    fn next_delivery(&self) -> Answer<'_, Option<OffsetDateTime>> {
        Box::pin(async move {
            let (next,): (Option<i64>,) =
                sqlx::query_as("SELECT MIN(run_at) FROM webhook_deliveries WHERE state = 'pending'")
                    .fetch_one(&self.pool)
                    .await?;
            Ok(next.map(from_millis))
        })
    }

    fn tried<'a>(&'a self, tried: Tried<'a>) -> Answer<'a, ()> {
        Box::pin(async move {
            let mut tx = self.begin().await?;
            let state = match (tried.error, tried.again) {
                (None, _) => DeliveryState::Delivered,
                (Some(_), Some(_)) => DeliveryState::Pending,
                (Some(_), None) => DeliveryState::Failed,
            };
            let hook: Option<(String,)> = sqlx::query_as(
                "UPDATE webhook_deliveries SET state = $1, tried_at = $2, status = $3, error = $4, run_at = $5 \
                 WHERE id = $6 RETURNING webhook_id",
            )
            .bind(state.name())
            .bind(to_millis(tried.at))
            .bind(tried.status.map(i64::from))
            .bind(tried.error)
            .bind(to_millis(tried.again.unwrap_or(tried.at)))
            .bind(tried.delivery)
            .fetch_optional(&mut *tx)
            .await?;
            // A webhook that was removed meanwhile took its messages with it.
            if let Some((hook,)) = hook {
                let failing = match tried.error {
                    None => "UPDATE webhooks SET failing_since = NULL WHERE id = $2",
                    Some(_) => {
                        "UPDATE webhooks SET failing_since = COALESCE(failing_since, $1) WHERE id = $2"
                    }
                };
                sqlx::query(failing)
                    .bind(to_millis(tried.at))
                    .bind(hook)
                    .execute(&mut *tx)
                    .await?;
            }
            tx.commit().await?;
            Ok(())
        })
    }
}

fn found(rows: u64, what: &'static str) -> Result<(), StoreError> {
    if rows == 0 {
        Err(StoreError::Missing { what })
    } else {
        Ok(())
    }
}

fn kind_named(name: &str) -> Result<HookKind, StoreError> {
    HookKind::from_name(name).ok_or_else(|| unknown("kind of message", name))
}

#[derive(FromRow)]
struct HookRow {
    id: String,
    url: String,
    kinds: String,
    created_at: i64,
    created_by: String,
    failing_since: Option<i64>,
    disabled_at: Option<i64>,
    disabled_why: Option<String>,
}

impl HookRow {
    fn record(self) -> Result<HookRecord, StoreError> {
        Ok(HookRecord {
            kinds: self
                .kinds
                .split_whitespace()
                .map(kind_named)
                .collect::<Result<_, _>>()?,
            id: self.id,
            url: self.url,
            created_at: from_millis(self.created_at),
            created_by: self.created_by,
            failing_since: self.failing_since.map(from_millis),
            disabled_at: self.disabled_at.map(from_millis),
            disabled_why: self.disabled_why,
        })
    }
}

#[derive(FromRow)]
struct DeliveryRow {
    id: i64,
    message_id: String,
    kind: String,
    body: String,
    created_at: i64,
    state: String,
    attempts: i64,
    run_at: i64,
    tried_at: Option<i64>,
    status: Option<i64>,
    error: Option<String>,
}

impl DeliveryRow {
    fn record(self) -> Result<DeliveryRecord, StoreError> {
        Ok(DeliveryRecord {
            id: self.id,
            kind: kind_named(&self.kind)?,
            state: DeliveryState::from_name(&self.state)
                .ok_or_else(|| unknown("delivery state", &self.state))?,
            message: self.message_id,
            body: self.body,
            attempts: count(self.attempts),
            created_at: from_millis(self.created_at),
            run_at: from_millis(self.run_at),
            tried_at: self.tried_at.map(from_millis),
            status: self.status.and_then(|status| u16::try_from(status).ok()),
            error: self.error,
        })
    }
}

#[derive(FromRow)]
struct DueRow {
    id: i64,
    webhook_id: String,
    message_id: String,
    body: String,
    attempts: i64,
    url: String,
    secret: String,
    failing_since: Option<i64>,
}

impl DueRow {
    fn delivery(self) -> DueDelivery {
        DueDelivery {
            id: self.id,
            hook: self.webhook_id,
            url: self.url,
            secret: self.secret,
            message: self.message_id,
            body: self.body,
            attempts: count(self.attempts),
            failing_since: self.failing_since.map(from_millis),
        }
    }
}
