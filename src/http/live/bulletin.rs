use serde::Serialize;
use tokio::sync::broadcast;
use utoipa::ToSchema;

/// News that a slow listener may fall behind by before it is told to look for itself.
const KEPT: usize = 1024;

/// The data of a `rubric` event: a rubric has moved on by a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RubricNews {
    pub id: String,
    pub document: String,
    /// The version it is at now.
    pub version: u64,
    /// `draft`, `submitted`, `returned`, `confirmed` or `superseded`.
    pub state: &'static str,
    /// Who changed it.
    pub by: String,
}

/// Somebody who has a rubric open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PersonHere {
    pub name: String,
    /// Where they are, as their page names it; `null`: looking at the whole.
    pub place: Option<String>,
    /// When they came to the rubric, as RFC 3339 has it.
    pub since: String,
}

/// The data of a `presence` event: who has a rubric open, everybody in it named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PresenceNews {
    pub rubric: String,
    pub people: Vec<PersonHere>,
}

/// Something that others want to hear of at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    Rubric(RubricNews),
    Presence(PresenceNews),
    /// What lists show of this document has changed, by no reading: who has it, or that it is gone.
    Document(String),
}

/// Tells whoever listens what people do. Nothing is kept here: who comes late, or cannot keep up, asks the
/// store. What workers do to documents is told by [`crate::jobs::Hub`].
#[derive(Debug, Clone)]
pub struct Bulletin(broadcast::Sender<News>);

impl Default for Bulletin {
    fn default() -> Self {
        Self(broadcast::Sender::new(KEPT))
    }
}

impl Bulletin {
    pub fn tell(&self, news: News) {
        // Nobody listening is no error.
        let _ = self.0.send(news);
    }

    /// All news from now on.
    pub fn listen(&self) -> broadcast::Receiver<News> {
        self.0.subscribe()
    }
}
