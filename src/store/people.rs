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

/// Accounts. Names are compared without regard to ASCII case.
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
}
