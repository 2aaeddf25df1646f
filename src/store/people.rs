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

/// An account to be made.
#[derive(Debug, Clone)]
pub struct NewUser<'a> {
    pub name: &'a str,
    pub role: Role,
    pub password_hash: &'a str,
}

/// How the office's provider of sign-ins names a person: never changed, and never given to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity<'a> {
    /// The provider's address.
    pub issuer: &'a str,
    pub subject: &'a str,
}

/// An account to be made of somebody whom the provider vouches for; it has no password.
#[derive(Debug, Clone)]
pub struct NewVouched<'a> {
    pub name: &'a str,
    pub role: Role,
    pub identity: Identity<'a>,
}

/// An account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    pub name: String,
    pub role: Role,
    /// `None`: the provider vouches for this person, and no password lets them in.
    pub password_hash: Option<String>,
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

/// Accounts. Names are compared without regard to case: of ASCII in SQLite, of any letter in PostgreSQL.
pub trait People {
    /// `Taken` when the name is in use.
    fn add_user<'a>(&'a self, user: NewUser<'a>, now: OffsetDateTime) -> Answer<'a, ()>;

    fn user<'a>(&'a self, name: &'a str) -> Answer<'a, Option<User>>;

    /// By name.
    fn users(&self) -> Answer<'_, Vec<User>>;

    /// `Taken` when the name is in use, or the identity has an account.
    fn add_vouched_user<'a>(&'a self, user: NewVouched<'a>, now: OffsetDateTime) -> Answer<'a, ()>;

    /// The account of whom the provider names so.
    fn vouched_user<'a>(&'a self, identity: Identity<'a>) -> Answer<'a, Option<User>>;

    /// From now on the provider vouches for this account: its password is void and its sessions end.
    /// `Taken` when the identity or the account has another already.
    fn bind_user<'a>(&'a self, name: &'a str, identity: Identity<'a>) -> Answer<'a, ()>;

    /// Ends a person's sessions and tokens; the account stays open.
    fn shut_out<'a>(&'a self, name: &'a str) -> Answer<'a, ()>;

    /// Sets a new password and ends the person's sessions.
    fn set_password<'a>(&'a self, name: &'a str, password_hash: &'a str) -> Answer<'a, ()>;

    fn set_role<'a>(&'a self, name: &'a str, role: Role) -> Answer<'a, ()>;

    /// Closes an account and ends its sessions and tokens. The account stays: history names it.
    fn disable_user<'a>(&'a self, name: &'a str, now: OffsetDateTime) -> Answer<'a, ()>;

    /// Opens a closed account again.
    fn enable_user<'a>(&'a self, name: &'a str) -> Answer<'a, ()>;
}
