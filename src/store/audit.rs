use time::OffsetDateTime;

use super::Answer;

/// What the list of security events tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AuditKind {
    SignedIn,
    SignInFailed,
    /// A further try was refused because of those before it.
    LockedOut,
    SignedOut,
    PasswordChanged,
    SessionEnded,
    AccountMade,
    AccountChanged,
    AccountClosed,
    AccountOpened,
    TokenMade,
    TokenRevoked,
    DocumentDeleted,
    /// A new reading of a document took the place of the one before.
    RereadingAccepted,
    RubricConfirmed,
    RubricExported,
    DocumentExported,
    AuditPruned,
}

impl AuditKind {
    pub const ALL: [Self; 18] = [
        Self::SignedIn,
        Self::SignInFailed,
        Self::LockedOut,
        Self::SignedOut,
        Self::PasswordChanged,
        Self::SessionEnded,
        Self::AccountMade,
        Self::AccountChanged,
        Self::AccountClosed,
        Self::AccountOpened,
        Self::TokenMade,
        Self::TokenRevoked,
        Self::DocumentDeleted,
        Self::RereadingAccepted,
        Self::RubricConfirmed,
        Self::RubricExported,
        Self::DocumentExported,
        Self::AuditPruned,
    ];

    /// The name in the database, in every response and in every export.
    pub fn name(self) -> &'static str {
        match self {
            Self::SignedIn => "signed_in",
            Self::SignInFailed => "sign_in_failed",
            Self::LockedOut => "locked_out",
            Self::SignedOut => "signed_out",
            Self::PasswordChanged => "password_changed",
            Self::SessionEnded => "session_ended",
            Self::AccountMade => "account_made",
            Self::AccountChanged => "account_changed",
            Self::AccountClosed => "account_closed",
            Self::AccountOpened => "account_opened",
            Self::TokenMade => "token_made",
            Self::TokenRevoked => "token_revoked",
            Self::DocumentDeleted => "document_deleted",
            Self::RereadingAccepted => "rereading_accepted",
            Self::RubricConfirmed => "rubric_confirmed",
            Self::RubricExported => "rubric_exported",
            Self::DocumentExported => "document_exported",
            Self::AuditPruned => "audit_pruned",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// Something that happened. No password, no token, no words of a document: people who may read this list
/// need not be allowed to read those.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry<'a> {
    pub at: OffsetDateTime,
    pub kind: AuditKind,
    /// Who did it, as they were signed in or said they were; of the service's own doings, what did it.
    pub who: &'a str,
    /// Where the request came from; `None`: not over the network.
    pub address: Option<&'a str>,
    /// The account, document, rubric or token that it was done to.
    pub subject: Option<&'a str>,
    /// What is to be known besides: a role, a scope, a format, a reason.
    pub detail: Option<&'a str>,
}

/// An entry of the list; `seq` grows with time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRecord {
    pub seq: u64,
    pub at: OffsetDateTime,
    pub kind: AuditKind,
    pub who: String,
    pub address: Option<String>,
    pub subject: Option<String>,
    pub detail: Option<String>,
}

/// Which entries to give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditRange {
    /// Newest first, older than this entry if one is named.
    Before(Option<u64>),
    /// Oldest first, newer than this entry; 0: from the beginning.
    After(u64),
}

/// The list of security events. It only grows, but for [`Audit::prune_audit`], which leaves an entry itself.
pub trait Audit {
    fn note<'a>(&'a self, entry: AuditEntry<'a>) -> Answer<'a, ()>;

    /// At most `limit` entries.
    fn audit(&self, range: AuditRange, limit: u32) -> Answer<'_, Vec<AuditRecord>>;

    /// Removes the entries from before `until`, notes who had it done and gives how many there were.
    /// Where there are none, nothing is noted.
    fn prune_audit<'a>(&'a self, until: OffsetDateTime, who: &'a str, now: OffsetDateTime)
    -> Answer<'a, u64>;
}
