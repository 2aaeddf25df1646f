use std::time::Duration;

use time::OffsetDateTime;

use super::Answer;

/// What others can be told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HookKind {
    DocumentReady,
    DocumentFailed,
    RubricSubmitted,
    RubricReturned,
    RubricConfirmed,
}

impl HookKind {
    pub const ALL: [Self; 5] = [
        Self::DocumentReady,
        Self::DocumentFailed,
        Self::RubricSubmitted,
        Self::RubricReturned,
        Self::RubricConfirmed,
    ];

    /// The name in the database, in every message and every response.
    pub fn name(self) -> &'static str {
        match self {
            Self::DocumentReady => "document.ready",
            Self::DocumentFailed => "document.failed",
            Self::RubricSubmitted => "rubric.submitted",
            Self::RubricReturned => "rubric.returned",
            Self::RubricConfirmed => "rubric.confirmed",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// Somebody outside who is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewHook<'a> {
    pub id: &'a str,
    pub url: &'a str,
    /// `whsec_` and base64.
    pub secret: &'a str,
    pub kinds: &'a [HookKind],
    pub by: &'a str,
}

/// A webhook without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookRecord {
    pub id: String,
    pub url: String,
    pub kinds: Vec<HookKind>,
    pub created_at: OffsetDateTime,
    pub created_by: String,
    pub failing_since: Option<OffsetDateTime>,
    pub disabled_at: Option<OffsetDateTime>,
    pub disabled_why: Option<String>,
}

/// Whether a webhook is sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Switch<'a> {
    On,
    /// With the reason.
    Off(&'a str),
}

/// Where a message stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryState {
    Pending,
    Delivered,
    Failed,
}

impl DeliveryState {
    pub const ALL: [Self; 3] = [Self::Pending, Self::Delivered, Self::Failed];

    /// The name in the database and in every response.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// A message and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryRecord {
    pub id: i64,
    pub message: String,
    pub kind: HookKind,
    pub body: String,
    pub state: DeliveryState,
    pub attempts: u32,
    pub created_at: OffsetDateTime,
    /// When it is sent next; past once it is delivered or given up.
    pub run_at: OffsetDateTime,
    pub tried_at: Option<OffsetDateTime>,
    /// What the last try was answered with.
    pub status: Option<u16>,
    pub error: Option<String>,
}

/// A message to be sent now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueDelivery {
    pub id: i64,
    pub hook: String,
    pub url: String,
    pub secret: String,
    pub message: String,
    pub body: String,
    /// Tries with this one.
    pub attempts: u32,
    pub failing_since: Option<OffsetDateTime>,
}

/// What became of a try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried<'a> {
    pub delivery: i64,
    pub at: OffsetDateTime,
    pub status: Option<u16>,
    /// `None`: it was taken.
    pub error: Option<&'a str>,
    /// When to try again; `None` after an error: never.
    pub again: Option<OffsetDateTime>,
}

/// Who outside is told what happens here. The messages themselves are written by [`super::Queue`] and
/// [`super::Rubrics`], in the transaction that makes what they tell of.
pub trait Webhooks {
    fn add_hook<'a>(&'a self, hook: NewHook<'a>, now: OffsetDateTime) -> Answer<'a, ()>;

    /// The oldest first.
    fn hooks(&self) -> Answer<'_, Vec<HookRecord>>;

    /// `Missing` when there is none.
    fn remove_hook<'a>(&'a self, id: &'a str) -> Answer<'a, ()>;

    /// Off, what waits for it is given up; on, it starts with a clean slate. `Missing` when there is none.
    fn switch_hook<'a>(&'a self, id: &'a str, switch: Switch<'a>, now: OffsetDateTime) -> Answer<'a, ()>;

    /// The newest first, older than the delivery `before`. `Missing` when there is no such webhook.
    fn deliveries<'a>(
        &'a self,
        hook: &'a str,
        before: Option<i64>,
        limit: u32,
    ) -> Answer<'a, Vec<DeliveryRecord>>;

    /// Has a message sent once more, whatever became of it. `Missing` when the webhook has no such message.
    fn redeliver<'a>(&'a self, hook: &'a str, delivery: i64, now: OffsetDateTime) -> Answer<'a, ()>;

    /// Messages to be sent at `now`, each counted as tried and put off by `lease`: a sender that dies has counted
    /// it already, and it is sent again.
    fn due_deliveries(
        &self,
        now: OffsetDateTime,
        lease: Duration,
        limit: u32,
    ) -> Answer<'_, Vec<DueDelivery>>;

    /// When the next message is to be sent.
    fn next_delivery(&self) -> Answer<'_, Option<OffsetDateTime>>;

    /// Writes down what became of a try, and since when its webhook fails.
    fn tried<'a>(&'a self, tried: Tried<'a>) -> Answer<'a, ()>;
}
