use sqlx::{FromRow, Sqlite, Transaction};
use time::OffsetDateTime;

use super::{SqliteStore, unknown};
use crate::store::{Answer, NewUser, People, Role, StoreError, User, from_millis, to_millis};

impl People for SqliteStore {
    fn add_user<'a>(&'a self, user: NewUser<'a>, now: OffsetDateTime) -> Answer<'a, ()> {
        Box::pin(async move {
            let outcome =
                sqlx::query("INSERT INTO users (name, role, password_hash, created_at) VALUES (?, ?, ?, ?)")
                    .bind(user.name)
                    .bind(user.role.name())
                    .bind(user.password_hash)
                    .bind(to_millis(now))
                    .execute(&self.pool)
                    .await;
            match outcome {
                Ok(_) => Ok(()),
                Err(e) if e.as_database_error().is_some_and(|e| e.is_unique_violation()) => {
                    Err(StoreError::Taken { what: "user" })
                }
                Err(e) => Err(e.into()),
            }
        })
    }

    fn user<'a>(&'a self, name: &'a str) -> Answer<'a, Option<User>> {
        Box::pin(async move {
            let row: Option<UserRow> = sqlx::query_as("SELECT * FROM users WHERE name = ?")
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

    fn set_password<'a>(&'a self, name: &'a str, password_hash: &'a str) -> Answer<'a, ()> {
        Box::pin(async move {
            let mut tx = self.begin().await?;
            let touched = sqlx::query("UPDATE users SET password_hash = ? WHERE name = ?")
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
            let touched = sqlx::query("UPDATE users SET role = ? WHERE name = ?")
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
                sqlx::query("UPDATE users SET disabled_at = COALESCE(disabled_at, ?) WHERE name = ?")
                    .bind(to_millis(now))
                    .bind(name)
                    .execute(&mut *tx)
                    .await?;
            found(touched.rows_affected())?;
            end_sessions(&mut tx, name).await?;
            sqlx::query("DELETE FROM api_tokens WHERE user_name = ?")
                .bind(name)
                .execute(&mut *tx)
                .await?;
            tx.commit().await?;
            Ok(())
        })
    }

    fn enable_user<'a>(&'a self, name: &'a str) -> Answer<'a, ()> {
        Box::pin(async move {
            let touched = sqlx::query("UPDATE users SET disabled_at = NULL WHERE name = ?")
                .bind(name)
                .execute(&self.pool)
                .await?;
            found(touched.rows_affected())
        })
    }
}

fn found(rows: u64) -> Result<(), StoreError> {
    if rows == 0 {
        Err(StoreError::Missing { what: "user" })
    } else {
        Ok(())
    }
}

async fn end_sessions(tx: &mut Transaction<'static, Sqlite>, name: &str) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM sessions WHERE user_name = ?")
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
            password_hash: self.password_hash,
            created_at: from_millis(self.created_at),
            disabled_at: self.disabled_at.map(from_millis),
        })
    }
}
