use sha2::{Digest, Sha256};
use time::OffsetDateTime;

use super::Answer;

/// What a person may do; each role may do what the one before may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Upload, edit, submit.
    Clerk,
    /// Confirm and return, too.
    Maintainer,
    /// Keep accounts, too.
    Admin,
}

impl Role {
    pub const ALL: [Self; 3] = [Self::Clerk, Self::Maintainer, Self::Admin];

    /// The name in the database, on the command line and in every response.
    pub fn name(self) -> &'static str {
        match self {
            Self::Clerk => "clerk",
            Self::Maintainer => "maintainer",
            Self::Admin => "admin",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|r| r.name() == name)
    }
}

/// SHA-256 of a session or bearer token, hex: all that is kept of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenHash(String);

impl TokenHash {
    /// The tokens are 256 random bits, so one round without salt is enough: there is nothing to guess.
    pub fn of(token: &str) -> Self {
        Self(hex::encode(Sha256::digest(token.as_bytes())))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An account to be made.
#[derive(Debug, Clone)]
pub struct NewUser<'a> {
    pub name: &'a str,
    pub role: Role,
    pub password_hash: &'a str,
}

/// An account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    pub name: String,
    pub role: Role,
    pub password_hash: String,
    pub created_at: OffsetDateTime,
    /// Since when the account is closed; `None`: open.
    pub disabled_at: Option<OffsetDateTime>,
}

impl User {
    /// Whether an account can be called so: 1 to 64 letters, digits, dots, hyphens or underscores.
    pub fn is_name(name: &str) -> bool {
        (1..=64).contains(&name.chars().count())
            && name
                .chars()
                .all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_'))
    }
}

/// Accounts, sessions and bearer tokens. Names are compared without regard to ASCII case.
pub trait People {
    /// `Taken` when the name is in use.
    fn add_user<'a>(&'a self, user: NewUser<'a>, now: OffsetDateTime) -> Answer<'a, ()>;

    fn user<'a>(&'a self, name: &'a str) -> Answer<'a, Option<User>>;

    /// By name.
    fn users(&self) -> Answer<'_, Vec<User>>;

    /// Sets a new password and ends the person's sessions.
    fn set_password<'a>(&'a self, name: &'a str, password_hash: &'a str) -> Answer<'a, ()>;

    fn set_role<'a>(&'a self, name: &'a str, role: Role) -> Answer<'a, ()>;

    /// Closes an account and ends its sessions and tokens. The account stays: history names it.
    fn disable_user<'a>(&'a self, name: &'a str, now: OffsetDateTime) -> Answer<'a, ()>;

    /// Opens a closed account again.
    fn enable_user<'a>(&'a self, name: &'a str) -> Answer<'a, ()>;

    /// Keeps a session until `expires`; sweeps those that have ended.
    fn open_session<'a>(
        &'a self,
        token: &'a TokenHash,
        user: &'a str,
        now: OffsetDateTime,
        expires: OffsetDateTime,
    ) -> Answer<'a, ()>;

    /// Whose session this is; `None` when it has ended or the account is closed.
    fn session_user<'a>(&'a self, token: &'a TokenHash, now: OffsetDateTime) -> Answer<'a, Option<User>>;

    fn close_session<'a>(&'a self, token: &'a TokenHash) -> Answer<'a, ()>;

    /// Keeps a bearer token for programs; it works until the account is closed.
    fn add_token<'a>(
        &'a self,
        token: &'a TokenHash,
        user: &'a str,
        label: &'a str,
        now: OffsetDateTime,
    ) -> Answer<'a, ()>;

    fn token_user<'a>(&'a self, token: &'a TokenHash) -> Answer<'a, Option<User>>;
}
