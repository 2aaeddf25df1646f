use sqlx::FromRow;
use time::OffsetDateTime;

use super::{SqlStore, Tx, unknown};
use crate::store::{
    Answer, Identity, NewUser, NewVouched, People, Role, StoreError, User, from_millis, to_millis,
};

/// In place of a hash. No password fits it.
const NO_PASSWORD: &str = "";

impl People for SqlStore {
    fn add_user<'a>(&'a self, user: NewUser<'a>, now: OffsetDateTime) -> Answer<'a, ()> {
        Box::pin(async move {
            let mut tx = self.begin().await?;
            insert(&mut tx, &user, now).await?;
            tx.commit().await?;
            Ok(())
        })
    }

    fn user<'a>(&'a self, name: &'a str) -> Answer<'a, Option<User>> {
        Box::pin(async move {
            let row: Option<UserRow> = sqlx::query_as("SELECT * FROM users WHERE name = $1")
                .bind(name)
                .fetch_optional(&self.pool)
                .await?;
            row.map(UserRow::user).transpose()
        })
    }

    fn users(&self) -> Answer<'_, Vec<User>> {
        Box::pin(async move {
            let rows: Vec<UserRow> = sqlx::query_as("SELECT * FROM users ORDER BY name")
                .fetch_all(&self.pool)
                .await?;
            rows.into_iter().map(UserRow::user).collect()
        })
    }

    fn add_vouched_user<'a>(&'a self, user: NewVouched<'a>, now: OffsetDateTime) -> Answer<'a, ()> {
        Box::pin(async move {
            let account = NewUser {
                name: user.name,
                role: user.role,
                password_hash: NO_PASSWORD,
            };
            let mut tx = self.begin().await?;
            insert(&mut tx, &account, now).await?;
            bind(&mut tx, user.name, user.identity).await?;
            tx.commit().await?;
            Ok(())
        })
    }

    fn vouched_user<'a>(&'a self, identity: Identity<'a>) -> Answer<'a, Option<User>> {
        Box::pin(async move {
            let row: Option<UserRow> = sqlx::query_as(
                "SELECT users.* FROM identities JOIN users ON users.name = identities.user_name \
                 WHERE issuer = $1 AND subject = $2",
            )
            .bind(identity.issuer)
            .bind(identity.subject)
            .fetch_optional(&self.pool)
            .await?;
            row.map(UserRow::user).transpose()
        })
    }

    fn bind_user<'a>(&'a self, name: &'a str, identity: Identity<'a>) -> Answer<'a, ()> {
        Box::pin(async move {
            let mut tx = self.begin().await?;
            let touched = sqlx::query("UPDATE users SET password_hash = $1 WHERE name = $2")
                .bind(NO_PASSWORD)
                .bind(name)
                .execute(&mut *tx)
                .await?;
            found(touched.rows_affected())?;
            bind(&mut tx, name, identity).await?;
            end_sessions(&mut tx, name).await?;
            tx.commit().await?;
            Ok(())
        })
    }

    fn shut_out<'a>(&'a self, name: &'a str) -> Answer<'a, ()> {
        Box::pin(async move {
            let mut tx = self.begin().await?;
            end_sessions(&mut tx, name).await?;
            end_tokens(&mut tx, name).await?;
            tx.commit().await?;
            Ok(())
        })
    }

    fn set_password<'a>(&'a self, name: &'a str, password_hash: &'a str) -> Answer<'a, ()> {
        Box::pin(async move {
            let mut tx = self.begin().await?;
            let touched = sqlx::query("UPDATE users SET password_hash = $1 WHERE name = $2")
                .bind(password_hash)
                .bind(name)
                .execute(&mut *tx)
                .await?;
            found(touched.rows_affected())?;
            end_sessions(&mut tx, name).await?;
            tx.commit().await?;
            Ok(())
        })
    }

    fn set_role<'a>(&'a self, name: &'a str, role: Role) -> Answer<'a, ()> {
        Box::pin(async move {
            let touched = sqlx::query("UPDATE users SET role = $1 WHERE name = $2")
                .bind(role.name())
                .bind(name)
                .execute(&self.pool)
                .await?;
            found(touched.rows_affected())
        })
    }

    fn disable_user<'a>(&'a self, name: &'a str, now: OffsetDateTime) -> Answer<'a, ()> {
        Box::pin(async move {
            let mut tx = self.begin().await?;
            let touched =
                sqlx::query("UPDATE users SET disabled_at = COALESCE(disabled_at, $1) WHERE name = $2")
                    .bind(to_millis(now))
                    .bind(name)
                    .execute(&mut *tx)
                    .await?;
            found(touched.rows_affected())?;
            end_sessions(&mut tx, name).await?;
            end_tokens(&mut tx, name).await?;
            tx.commit().await?;
            Ok(())
        })
    }

    fn enable_user<'a>(&'a self, name: &'a str) -> Answer<'a, ()> {
        Box::pin(async move {
            let touched = sqlx::query("UPDATE users SET disabled_at = NULL WHERE name = $1")
                .bind(name)
                .execute(&self.pool)
                .await?;
            found(touched.rows_affected())
        })
    }
}

async fn insert(tx: &mut Tx, user: &NewUser<'_>, now: OffsetDateTime) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO users (name, role, password_hash, created_at) VALUES ($1, $2, $3, $4)")
        .bind(user.name)
        .bind(user.role.name())
        .bind(user.password_hash)
        .bind(to_millis(now))
        .execute(&mut **tx)
        .await
        .map_err(|error| taken(error, "user"))?;
    Ok(())
}

async fn bind(tx: &mut Tx, name: &str, identity: Identity<'_>) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO identities (issuer, subject, user_name) VALUES ($1, $2, $3)")
        .bind(identity.issuer)
        .bind(identity.subject)
        .bind(name)
        .execute(&mut **tx)
        .await
        .map_err(|error| taken(error, "identity"))?;
    Ok(())
}

fn taken(error: sqlx::Error, what: &'static str) -> StoreError {
    match error.as_database_error() {
        Some(known) if known.is_unique_violation() => StoreError::Taken { what },
        _ => error.into(),
    }
}

fn found(rows: u64) -> Result<(), StoreError> {
    if rows == 0 {
        Err(StoreError::Missing { what: "user" })
    } else {
        Ok(())
    }
}

async fn end_sessions(tx: &mut Tx, name: &str) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM sessions WHERE user_name = $1")
        .bind(name)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

async fn end_tokens(tx: &mut Tx, name: &str) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM api_tokens WHERE user_name = $1")
        .bind(name)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

#[derive(FromRow)]
pub(super) struct UserRow {
    name: String,
    role: String,
    password_hash: String,
    created_at: i64,
    disabled_at: Option<i64>,
}

impl UserRow {
    pub(super) fn user(self) -> Result<User, StoreError> {
        Ok(User {
            role: Role::from_name(&self.role).ok_or_else(|| unknown("role", &self.role))?,
            name: self.name,
            password_hash: Some(self.password_hash).filter(|hash| hash != NO_PASSWORD),
            created_at: from_millis(self.created_at),
            disabled_at: self.disabled_at.map(from_millis),
        })
    }
}
