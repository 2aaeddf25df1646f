//! Whose account it is that the provider vouches for, and whether they may come in.

use super::OidcError;
use super::provider::Vouched;
use crate::http::App;
use crate::http::audit::Note;
use crate::http::auth::Address;
use crate::http::problem::HttpError;
use crate::http::session::whole_seconds;
use crate::store::{AuditKind, NewVouched, Role, StoreError, User};

/// Who is on the audit list for what the provider's word changes.
const WHO: &str = "(provider)";

/// The open account of this person, made at their first sign-in, with the role that the provider gives them now.
pub async fn of(app: &App, vouched: &Vouched, address: Address) -> Result<User, HttpError> {
    match app.store.vouched_user(vouched.identity()).await? {
        Some(user) => known(app, user, vouched, address).await,
        None => new(app, vouched, address).await,
    }
}

async fn known(app: &App, user: User, vouched: &Vouched, address: Address) -> Result<User, HttpError> {
    if user.disabled_at.is_some() {
        return Err(refusal(app, &user.name, address, OidcError::Closed).await);
    }
    let Some(role) = vouched.role else {
        app.store.shut_out(&user.name).await?;
        return Err(refusal(app, &user.name, address, OidcError::NoRole).await);
    };
    if user.role != role {
        app.store.set_role(&user.name, role).await?;
        tell(app, AuditKind::AccountChanged, &user.name, role, address).await?;
    }
    if let Err(wait) = app.guard.admit(&user.name, address.0, app.now()) {
        Note::of(AuditKind::LockedOut, &user.name, address)
            .keep(app)
            .await?;
        let seconds = whole_seconds(wait);
        return Err(HttpError::TooManyTries { seconds });
    }
    app.guard.succeeded(&user.name, address.0);
    Ok(User { role, ..user })
}

async fn new(app: &App, vouched: &Vouched, address: Address) -> Result<User, HttpError> {
    let Some(role) = vouched.role else {
        return Err(refusal(app, "(unknown)", address, OidcError::NoRole).await);
    };
    let account = NewVouched {
        name: &vouched.name,
        role,
        identity: vouched.identity(),
    };
    match app.store.add_vouched_user(account, app.now()).await {
        Ok(()) => tell(app, AuditKind::AccountMade, &vouched.name, role, address).await?,
        // The name is somebody else's, unless this person came in by two doors at once.
        Err(StoreError::Taken { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    match app.store.vouched_user(vouched.identity()).await? {
        Some(user) => Ok(user),
        None => {
            let taken = OidcError::NameTaken {
                name: vouched.name.clone(),
                subject: vouched.identity().subject.to_owned(),
            };
            Err(refusal(app, "(unknown)", address, taken).await)
        }
    }
}

/// What the provider's word makes of an account is on the audit list.
async fn tell(app: &App, kind: AuditKind, name: &str, role: Role, address: Address) -> Result<(), HttpError> {
    let note = Note::of(kind, WHO, address).on(name).saying(role.name());
    note.keep(app).await
}

/// Notes who was not let in, and why.
pub async fn refusal(app: &App, who: &str, address: Address, why: OidcError) -> HttpError {
    let error = HttpError::from(why);
    let note = Note::of(AuditKind::SignInFailed, who, address);
    match note.saying(error.code()).keep(app).await {
        Ok(()) => error,
        Err(failed) => failed,
    }
}
