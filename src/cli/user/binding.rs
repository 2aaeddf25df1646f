//! `sohoa user bind`: an account that was here before the provider was.

use time::OffsetDateTime;

use super::{note, user_failure};
use crate::cli::{Exit, Failure, Said};
use crate::config::Config;
use crate::store::{AuditKind, Identity, Store, StoreError, User};

/// Binds the account to whom the provider of the settings names so.
pub(super) async fn bind(
    name: &str,
    subject: &str,
    settings: &Config,
    store: &dyn Store,
    now: OffsetDateTime,
) -> Result<(), Failure> {
    let issuer = &settings.oidc.issuer;
    if issuer.is_empty() {
        return Err(no_provider());
    }
    let identity = Identity { issuer, subject };
    match store.bind_user(name, identity).await {
        Ok(()) => note(store, AuditKind::AccountChanged, name, Some("provider"), now).await,
        Err(StoreError::Taken { .. }) => Err(bound(name, subject)),
        Err(error) => Err(user_failure(name, error)),
    }
}

/// Refuses a password to who signs in at the provider: it would let them in whatever the provider says of them.
pub(super) fn may_have_password(user: &User) -> Result<(), Failure> {
    if user.password_hash.is_some() {
        return Ok(());
    }
    let name = &user.name;
    Err(Failure::new(
        Exit::BadArguments,
        "no_password",
        Said::new(
            format!("“{name}” đăng nhập qua hệ thống của cơ quan nên không có mật khẩu ở đây"),
            format!("{name:?} signs in at the office's provider and has no password here"),
        ),
    )
    .hint(Said::new(
        "đổi mật khẩu ở hệ thống đó, hoặc `sohoa user disable` để khoá tài khoản",
        "change it there, or close the account with `sohoa user disable`",
    )))
}

fn no_provider() -> Failure {
    Failure::new(
        Exit::BadArguments,
        "no_provider",
        Said::new(
            "cấu hình chưa nêu hệ thống đăng nhập nào",
            "the settings name no provider to sign in at",
        ),
    )
    .hint(Said::new(
        "đặt issuer ở mục [oidc] và nêu tệp cấu hình bằng --config",
        "set the issuer in the section [oidc], and name the file with --config",
    ))
}

fn bound(name: &str, subject: &str) -> Failure {
    Failure::new(
        Exit::BadArguments,
        "already_bound",
        Said::new(
            format!("“{name}” hoặc “{subject}” đã được gắn rồi"),
            format!("{name:?} or {subject:?} is bound already"),
        ),
    )
}
