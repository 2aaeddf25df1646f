//! The tokens of programs that act for somebody.

use clap::Args;
use rand::TryRngCore;
use rand::rngs::OsRng;
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use super::{note, user_failure};
use crate::cli::opening::store_failure;
use crate::cli::{Exit, Failure, Said, message, output};
use crate::store::{AuditKind, NewToken, Scope, Scopes, Store, StoreError, TokenHash, TokenRecord};

/// `sohoa user token`
#[derive(Args)]
pub struct Order {
    name: String,
    /// What the token is for
    #[arg(long, default_value = "")]
    label: String,
    /// read: ask for what changes nothing; write: ask for changes; confirm, admin: besides, what needs a maintainer
    /// or an admin. Several with commas; without: all that the person's role allows
    #[arg(long = "scope", value_name = "SCOPE", value_parser = scope, value_delimiter = ',')]
    scopes: Vec<Scope>,
    /// Days until it ends
    #[arg(long, default_value_t = TokenRecord::USUAL_DAYS, value_parser = clap::value_parser!(u32).range(1..=i64::from(TokenRecord::MOST_DAYS)))]
    days: u32,
}

/// Makes a token and prints it, this once.
pub(super) async fn make(order: &Order, store: &dyn Store, now: OffsetDateTime) -> Result<(), Failure> {
    let user = store.user(&order.name).await.map_err(store_failure)?;
    let user = user.ok_or_else(|| user_failure(&order.name, StoreError::Missing { what: "user" }))?;
    let over = order.scopes.iter().find(|scope| user.role < scope.least_role());
    if let Some(scope) = over {
        return Err(over_role(*scope));
    }
    let scopes = Scopes::new(order.scopes.iter().copied()).unwrap_or_else(|| Scopes::of_role(user.role));
    let mut bytes = [0_u8; 32];
    OsRng
        .try_fill_bytes(&mut bytes)
        .map_err(|error| Failure::from(anyhow::anyhow!("no randomness: {error}")))?;
    let token = format!("{}{}", TokenHash::PREFIX, hex::encode(bytes));
    let hash = TokenHash::of(&token);
    let expires = now + Duration::days(i64::from(order.days));
    let new = NewToken {
        token: &hash,
        user: &user.name,
        label: &order.label,
        scopes: &scopes,
        expires: Some(expires),
    };
    store
        .add_token(new, now)
        .await
        .map_err(|error| user_failure(&user.name, error))?;
    note(
        store,
        AuditKind::TokenMade,
        hash.id(),
        Some(&format!("{}: {}", user.name, scopes.names())),
        now,
    )
    .await?;
    let (names, day) = (scopes.names(), expires.date());
    message::note(&Said::new(
        format!(
            "mã truy cập của {} có quyền {names}, dùng đến {day}; chỉ hiện một lần",
            user.name
        ),
        format!(
            "this token of {} may {names}, until {day}; it is shown once",
            user.name
        ),
    ));
    output::print(&format!("{token}\n"))
}

/// Prints a person's tokens: id, label, scopes, end, last use.
pub(super) async fn list(name: &str, store: &dyn Store) -> Result<(), Failure> {
    for token in store.tokens(name).await.map_err(store_failure)? {
        let day = |time: Option<OffsetDateTime>| {
            time.and_then(|time| time.format(&Rfc3339).ok())
                .unwrap_or_else(|| "-".to_owned())
        };
        output::print(&format!(
            "{}\t{}\t{}\t{}\t{}\n",
            token.id,
            token.label,
            token.scopes.names(),
            day(token.expires_at),
            day(token.used_at)
        ))?;
    }
    Ok(())
}

/// Makes a token void.
pub(super) async fn revoke(
    name: &str,
    id: &str,
    store: &dyn Store,
    now: OffsetDateTime,
) -> Result<(), Failure> {
    match store.revoke_token(name, id).await {
        Ok(()) => note(store, AuditKind::TokenRevoked, id, Some(name), now).await,
        Err(StoreError::Missing { .. }) => Err(no_such_token(name, id)),
        Err(error) => Err(store_failure(error)),
    }
}

fn scope(name: &str) -> Result<Scope, String> {
    Scope::from_name(name).ok_or_else(|| "read, write, confirm or admin".to_owned())
}

fn over_role(scope: Scope) -> Failure {
    let (scope, role) = (scope.name(), scope.least_role().name());
    Failure::new(
        Exit::BadArguments,
        "scope_over_role",
        Said::new(
            format!("quyền {scope} của mã truy cập cần vai trò {role}"),
            format!("the scope {scope} needs the role {role}"),
        ),
    )
    .hint(Said::new(
        "bỏ quyền này, hoặc đổi vai trò bằng `sohoa user role`",
        "leave it out, or change the role with `sohoa user role`",
    ))
}

fn no_such_token(name: &str, id: &str) -> Failure {
    Failure::new(
        Exit::BadArguments,
        "no_such_token",
        Said::new(
            format!("{name} không có mã truy cập “{id}”"),
            format!("{name} has no token {id:?}"),
        ),
    )
    .hint(Said::new(
        "`sohoa user tokens TÊN` liệt kê mã truy cập",
        "`sohoa user tokens NAME` lists them",
    ))
}
