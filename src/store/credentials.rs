use sha2::{Digest, Sha256};
use time::OffsetDateTime;

use super::{Answer, Role, User};

/// What a program may do in its owner's name. Scopes take away and never add: what a scope lets through still
/// needs the owner's role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Ask for what does not change anything.
    Read,
    /// Ask for changes.
    Write,
    /// Ask for what needs a maintainer, too.
    Confirm,
    /// Ask for what needs an admin, too.
    Admin,
}

impl Scope {
    pub const ALL: [Self; 4] = [Self::Read, Self::Write, Self::Confirm, Self::Admin];

    /// The name in the database, on the command line and in every response.
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Confirm => "confirm",
            Self::Admin => "admin",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.name() == name)
    }

    /// The role below which a token of this scope is of no use, and is not made.
    pub fn least_role(self) -> Role {
        match self {
            Self::Read | Self::Write => Role::Clerk,
            Self::Confirm => Role::Maintainer,
            Self::Admin => Role::Admin,
        }
    }
}

/// The scopes of a token: each once, at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scopes(Vec<Scope>);

impl Scopes {
    /// `None` when there is none.
    pub fn new(scopes: impl IntoIterator<Item = Scope>) -> Option<Self> {
        let mut scopes: Vec<Scope> = scopes.into_iter().collect();
        scopes.sort_unstable();
        scopes.dedup();
        (!scopes.is_empty()).then_some(Self(scopes))
    }

    /// Everything that somebody of this role may do.
    pub fn of_role(role: Role) -> Self {
        Self(
            Scope::ALL
                .into_iter()
                .filter(|scope| role >= scope.least_role())
                .collect(),
        )
    }

    pub fn has(&self, scope: Scope) -> bool {
        self.0.contains(&scope)
    }

    pub fn iter(&self) -> impl Iterator<Item = Scope> + '_ {
        self.0.iter().copied()
    }

    /// The names with a space between them, as OAuth 2.0 writes scopes (RFC 6749, 3.3).
    pub fn names(&self) -> String {
        let names: Vec<&str> = self.iter().map(Scope::name).collect();
        names.join(" ")
    }

    /// The inverse of [`Scopes::names`]; `None` at a name that is no scope.
    pub fn from_names(names: &str) -> Option<Self> {
        let scopes: Option<Vec<Scope>> = names.split_whitespace().map(Scope::from_name).collect();
        Self::new(scopes?)
    }
}

/// SHA-256 of a session or bearer token, hex: all that is kept of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenHash(String);

/// Hex digits of a hash that name a session or token: enough to tell one from all others.
const ID_DIGITS: usize = 16;

impl TokenHash {
    /// What the tokens of programs begin with, so that scanners for leaked secrets can find them.
    pub const PREFIX: &str = "sohoa_";

    /// The tokens are 256 random bits, so one round without salt is enough: there is nothing to guess.
    pub fn of(token: &str) -> Self {
        Self(hex::encode(Sha256::digest(token.as_bytes())))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What a session or token is called where people see it. Who finds a token can tell by it which one it is.
    pub fn id(&self) -> &str {
        &self.0[..ID_DIGITS]
    }
}

/// A session to be kept.
#[derive(Debug, Clone)]
pub struct NewSession<'a> {
    pub token: &'a TokenHash,
    pub user: &'a str,
    /// Where the person signed in from.
    pub address: &'a str,
    /// When it ends whatever happens.
    pub expires: OffsetDateTime,
}

/// A session as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRecord {
    pub id: String,
    pub address: String,
    pub created_at: OffsetDateTime,
    pub seen_at: OffsetDateTime,
    pub expires_at: OffsetDateTime,
}

/// A bearer token to be kept.
#[derive(Debug, Clone)]
pub struct NewToken<'a> {
    pub token: &'a TokenHash,
    pub user: &'a str,
    pub label: &'a str,
    pub scopes: &'a Scopes,
    /// `None`: works until it is revoked.
    pub expires: Option<OffsetDateTime>,
}

/// A bearer token as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRecord {
    pub id: String,
    pub user: String,
    pub label: String,
    pub scopes: Scopes,
    pub created_at: OffsetDateTime,
    pub expires_at: Option<OffsetDateTime>,
    /// To the minute.
    pub used_at: Option<OffsetDateTime>,
}

impl TokenRecord {
    /// Days that a token works unless another number is asked for.
    pub const USUAL_DAYS: u32 = 365;
    /// The most days that can be asked for.
    pub const MOST_DAYS: u32 = 3650;
}

/// Sessions and bearer tokens: who holds one is taken for its owner, as long as the owner's account is open.
pub trait Credentials {
    /// Keeps a session; sweeps those that have ended.
    fn open_session<'a>(&'a self, session: NewSession<'a>, now: OffsetDateTime) -> Answer<'a, ()>;

    /// Whose session this is, unless it has ended, was not used since `idle_since`, or the account is closed.
    /// Being asked is being used.
    fn session_user<'a>(
        &'a self,
        token: &'a TokenHash,
        now: OffsetDateTime,
        idle_since: OffsetDateTime,
    ) -> Answer<'a, Option<User>>;

    /// A person's open sessions, newest first.
    fn sessions<'a>(
        &'a self,
        user: &'a str,
        now: OffsetDateTime,
        idle_since: OffsetDateTime,
    ) -> Answer<'a, Vec<SessionRecord>>;

    fn close_session<'a>(&'a self, token: &'a TokenHash) -> Answer<'a, ()>;

    /// Ends a session by its id; `Missing` unless it is this person's.
    fn end_session<'a>(&'a self, user: &'a str, id: &'a str) -> Answer<'a, ()>;

    /// `Missing` when there is no such account.
    fn add_token<'a>(&'a self, token: NewToken<'a>, now: OffsetDateTime) -> Answer<'a, ()>;

    /// Whose token this is and what it is for, unless it has ended or the account is closed.
    /// Being asked is being used.
    fn token_user<'a>(
        &'a self,
        token: &'a TokenHash,
        now: OffsetDateTime,
    ) -> Answer<'a, Option<(User, Scopes)>>;

    /// A person's tokens, newest first; those that have ended, too.
    fn tokens<'a>(&'a self, user: &'a str) -> Answer<'a, Vec<TokenRecord>>;

    /// `Missing` unless it is this person's.
    fn revoke_token<'a>(&'a self, user: &'a str, id: &'a str) -> Answer<'a, ()>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_written_as_they_are_read() {
        let check = |names: &str, expect: Option<&str>| {
            let scopes = Scopes::from_names(names).map(|s| s.names());
            assert_eq!(scopes.as_deref(), expect, "{names:?}");
        };
        check("read", Some("read"));
        check("write  read read", Some("read write"));
        check("admin confirm", Some("confirm admin"));
        check("", None);
        check("read everything", None);
    }

    #[test]
    fn a_role_has_the_scopes_that_are_of_use_to_it() {
        let check = |role, expect: &str| assert_eq!(Scopes::of_role(role).names(), expect);
        check(Role::Clerk, "read write");
        check(Role::Maintainer, "read write confirm");
        check(Role::Admin, "read write confirm admin");
    }
}
