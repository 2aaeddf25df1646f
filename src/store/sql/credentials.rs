use sqlx::FromRow;
use time::{Duration, OffsetDateTime};

use super::people::UserRow;
use super::{SqlStore, unknown};
use crate::store::{
    Answer, Credentials, NewSession, NewToken, Scopes, SessionRecord, StoreError, TokenHash, TokenRecord,
    User, from_millis, to_millis,
};

/// How exactly the last use is known: writing it at every request would cost more than the requests.
const USE_NOTED: Duration = Duration::minutes(1);

impl Credentials for SqlStore {
    fn open_session<'a>(&'a self, session: NewSession<'a>, now: OffsetDateTime) -> Answer<'a, ()> {
        Box::pin(async move {
            let mut tx = self.begin().await?;
            sqlx::query("DELETE FROM sessions WHERE expires_at <= $1")
                .bind(to_millis(now))
                .execute(&mut *tx)
                .await?;
            sqlx::query(
                "INSERT INTO sessions (token_sha256, user_name, created_at, expires_at, seen_at, address) \
                 VALUES ($1, $2, $3, $4, $5, $6)",
            )
            .bind(session.token.as_str())
            .bind(session.user)
            .bind(to_millis(now))
            .bind(to_millis(session.expires))
            .bind(to_millis(now))
            .bind(session.address)
            .execute(&mut *tx)
            .await?;
            tx.commit().await?;
            Ok(())
        })
    }

    fn session_user<'a>(
        &'a self,
        token: &'a TokenHash,
        now: OffsetDateTime,
        idle_since: OffsetDateTime,
    ) -> Answer<'a, Option<User>> {
        Box::pin(async move {
            let row: Option<SeenUserRow> = sqlx::query_as(
                "SELECT users.*, seen_at AS last FROM sessions JOIN users ON users.name = sessions.user_name \
                 WHERE token_sha256 = $1 AND expires_at > $2 AND seen_at >= $3 AND disabled_at IS NULL",
            )
            .bind(token.as_str())
            .bind(to_millis(now))
            .bind(to_millis(idle_since))
            .fetch_optional(&self.pool)
            .await?;
            let Some(row) = row else { return Ok(None) };
            if is_worth_noting(row.last, now) {
                sqlx::query("UPDATE sessions SET seen_at = $1 WHERE token_sha256 = $2 AND seen_at < $1")
                    .bind(to_millis(now))
                    .bind(token.as_str())
                    .execute(&self.pool)
                    .await?;
            }
            row.user.user().map(Some)
        })
    }

    fn sessions<'a>(
        &'a self,
        user: &'a str,
        now: OffsetDateTime,
        idle_since: OffsetDateTime,
    ) -> Answer<'a, Vec<SessionRecord>> {
        Box::pin(async move {
            let rows: Vec<SessionRow> = sqlx::query_as(
                "SELECT * FROM sessions WHERE user_name = $1 AND expires_at > $2 AND seen_at >= $3 \
                 ORDER BY created_at DESC, token_sha256",
            )
            .bind(user)
            .bind(to_millis(now))
            .bind(to_millis(idle_since))
            .fetch_all(&self.pool)
            .await?;
            Ok(rows.into_iter().map(SessionRow::record).collect())
        })
    }

    fn close_session<'a>(&'a self, token: &'a TokenHash) -> Answer<'a, ()> {
        Box::pin(async move {
            sqlx::query("DELETE FROM sessions WHERE token_sha256 = $1")
                .bind(token.as_str())
                .execute(&self.pool)
                .await?;
            Ok(())
        })
    }

    fn end_session<'a>(&'a self, user: &'a str, id: &'a str) -> Answer<'a, ()> {
        Box::pin(async move {
            let touched =
                sqlx::query("DELETE FROM sessions WHERE user_name = $1 AND substr(token_sha256, 1, 16) = $2")
                    .bind(user)
                    .bind(id)
                    .execute(&self.pool)
                    .await?;
            found(touched.rows_affected(), "session")
        })
    }

    fn add_token<'a>(&'a self, token: NewToken<'a>, now: OffsetDateTime) -> Answer<'a, ()> {
        Box::pin(async move {
            let outcome = sqlx::query(
                "INSERT INTO api_tokens (token_sha256, user_name, label, scopes, created_at, expires_at) \
                 VALUES ($1, $2, $3, $4, $5, $6)",
            )
            .bind(token.token.as_str())
            .bind(token.user)
            .bind(token.label)
            .bind(token.scopes.names())
            .bind(to_millis(now))
            .bind(token.expires.map(to_millis))
            .execute(&self.pool)
            .await;
            match outcome {
                Ok(_) => Ok(()),
                Err(e)
                    if e.as_database_error()
                        .is_some_and(|e| e.is_foreign_key_violation()) =>
                {
                    Err(StoreError::Missing { what: "user" })
                }
                Err(e) => Err(e.into()),
            }
        })
    }

    fn token_user<'a>(
        &'a self,
        token: &'a TokenHash,
        now: OffsetDateTime,
    ) -> Answer<'a, Option<(User, Scopes)>> {
        Box::pin(async move {
            let row: Option<TokenUserRow> = sqlx::query_as(
                "SELECT users.*, used_at AS last, scopes FROM api_tokens \
                 JOIN users ON users.name = api_tokens.user_name \
                 WHERE token_sha256 = $1 AND disabled_at IS NULL AND (expires_at IS NULL OR expires_at > $2)",
            )
            .bind(token.as_str())
            .bind(to_millis(now))
            .fetch_optional(&self.pool)
            .await?;
            let Some(row) = row else { return Ok(None) };
            if row.last.is_none_or(|last| is_worth_noting(last, now)) {
                sqlx::query("UPDATE api_tokens SET used_at = $1 WHERE token_sha256 = $2")
                    .bind(to_millis(now))
                    .bind(token.as_str())
                    .execute(&self.pool)
                    .await?;
            }
            Ok(Some((row.user.user()?, scopes(&row.scopes)?)))
        })
    }

    fn tokens<'a>(&'a self, user: &'a str) -> Answer<'a, Vec<TokenRecord>> {
        Box::pin(async move {
            let rows: Vec<TokenRow> = sqlx::query_as(
                "SELECT * FROM api_tokens WHERE user_name = $1 ORDER BY created_at DESC, token_sha256",
            )
            .bind(user)
            .fetch_all(&self.pool)
            .await?;
            rows.into_iter().map(TokenRow::record).collect()
        })
    }

    fn revoke_token<'a>(&'a self, user: &'a str, id: &'a str) -> Answer<'a, ()> {
        Box::pin(async move {
            let touched = sqlx::query(
                "DELETE FROM api_tokens WHERE user_name = $1 AND substr(token_sha256, 1, 16) = $2",
            )
            .bind(user)
            .bind(id)
            .execute(&self.pool)
            .await?;
            found(touched.rows_affected(), "token")
        })
    }
}

fn is_worth_noting(last: i64, now: OffsetDateTime) -> bool {
    last < to_millis(now - USE_NOTED)
}

fn found(rows: u64, what: &'static str) -> Result<(), StoreError> {
    if rows == 0 {
        Err(StoreError::Missing { what })
    } else {
        Ok(())
    }
}

fn scopes(names: &str) -> Result<Scopes, StoreError> {
    Scopes::from_names(names).ok_or_else(|| unknown("scopes", names))
}

/// What people see of a session's or token's hash.
fn id_of(sha256: &str) -> String {
    sha256.chars().take(16).collect()
}

#[derive(FromRow)]
struct SeenUserRow {
    #[sqlx(flatten)]
    user: UserRow,
    last: i64,
}

#[derive(FromRow)]
struct TokenUserRow {
    #[sqlx(flatten)]
    user: UserRow,
    last: Option<i64>,
    scopes: String,
}

#[derive(FromRow)]
struct SessionRow {
    token_sha256: String,
    created_at: i64,
    expires_at: i64,
    seen_at: i64,
    address: String,
}

impl SessionRow {
    fn record(self) -> SessionRecord {
        SessionRecord {
            id: id_of(&self.token_sha256),
            address: self.address,
            created_at: from_millis(self.created_at),
            seen_at: from_millis(self.seen_at),
            expires_at: from_millis(self.expires_at),
        }
    }
}

#[derive(FromRow)]
struct TokenRow {
    token_sha256: String,
    user_name: String,
    label: String,
    scopes: String,
    created_at: i64,
    expires_at: Option<i64>,
    used_at: Option<i64>,
}

impl TokenRow {
    fn record(self) -> Result<TokenRecord, StoreError> {
        Ok(TokenRecord {
            id: id_of(&self.token_sha256),
            user: self.user_name,
            label: self.label,
            scopes: scopes(&self.scopes)?,
            created_at: from_millis(self.created_at),
            expires_at: self.expires_at.map(from_millis),
            used_at: self.used_at.map(from_millis),
        })
    }
}
