//! The way to the server, and what it means when there is none.

use std::str::FromStr;
use std::time::Duration;

use sqlx::migrate::MigrateError;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sqlx::{ConnectOptions, Connection};

use crate::store::StoreError;

const SCHEMES: [&str; 2] = ["postgres://", "postgresql://"];
/// Longer than any transaction here takes, shorter than a person waits.
const WAIT: Duration = Duration::from_secs(10);
/// What the server ends by itself: waiting for somebody else's lock, and a transaction whose program is gone.
const LIMITS: [(&str, &str); 2] = [
    ("lock_timeout", "10s"),
    ("idle_in_transaction_session_timeout", "60s"),
];

/// A server that did not let somebody in says so with these.
const WRONG_PASSWORD: [&str; 2] = ["28P01", "28000"];
const NO_DATABASE: &str = "3D000";
const NO_RIGHT: &str = "42501";

/// The connections of a store, which the server shows under this name.
pub async fn connect(address: &str, name: &str) -> Result<PgPool, StoreError> {
    if !SCHEMES.iter().any(|scheme| address.starts_with(scheme)) {
        return Err(StoreError::Address);
    }
    let options = PgConnectOptions::from_str(address)
        // The address may hold a password, so that nothing of it is repeated.
        .map_err(|_| StoreError::Address)?
        .application_name(name)
        .options(LIMITS);
    // A pool tries again and again, and then says only that it has waited.
    let first = tokio::time::timeout(WAIT, options.connect()).await;
    let first = first.unwrap_or(Err(sqlx::Error::PoolTimedOut));
    let mut first = first.map_err(|error| refused(error, &options))?;
    let encoding = encoding(&mut first).await;
    first.close().await?;
    match encoding?.as_str() {
        "UTF8" => {}
        encoding => {
            return Err(StoreError::NotUtf8 {
                server: server(&options),
                encoding: encoding.to_owned(),
            });
        }
    }
    let pool = PgPoolOptions::new().max_connections(8).acquire_timeout(WAIT);
    Ok(pool.connect_lazy_with(options))
}

async fn encoding(connection: &mut PgConnection) -> Result<String, sqlx::Error> {
    sqlx::query_scalar("SHOW server_encoding")
        .fetch_one(connection)
        .await
}

fn refused(error: sqlx::Error, options: &PgConnectOptions) -> StoreError {
    let server = server(options);
    let code = error.as_database_error().and_then(|e| e.code());
    match code.as_deref() {
        Some(code) if WRONG_PASSWORD.contains(&code) => StoreError::NotLetIn {
            server,
            user: options.get_username().to_owned(),
        },
        Some(NO_DATABASE) => StoreError::NoDatabase { server },
        _ => StoreError::Unreachable {
            server,
            source: Box::new(error),
        },
    }
}

/// Since version 15 only the owner of a database may make tables there.
pub fn not_upgraded(error: MigrateError, pool: &PgPool) -> StoreError {
    let cause = match &error {
        MigrateError::Execute(cause) | MigrateError::ExecuteMigration(cause, _) => cause.as_database_error(),
        _ => None,
    };
    match cause.and_then(|cause| cause.code()).as_deref() {
        Some(NO_RIGHT) => {
            let options = pool.connect_options();
            StoreError::NotOwner {
                server: server(&options),
                user: options.get_username().to_owned(),
            }
        }
        _ => error.into(),
    }
}

/// Where it is, for people: nothing secret.
fn server(options: &PgConnectOptions) -> String {
    let place = match options.get_socket() {
        Some(socket) => socket.display().to_string(),
        None => format!("{}:{}", options.get_host(), options.get_port()),
    };
    let database = options.get_database().unwrap_or(options.get_username());
    format!("{place}/{database}")
}
