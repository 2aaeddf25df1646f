//! News of other processes, which the database's triggers tell by `NOTIFY`: see the migration.

use std::io;
use std::time::Duration;

use sqlx::postgres::{PgListener, PgPool};
use tokio::time::timeout;

use crate::store::{Answer, DocumentState, Ear, Ended, Heard, StoreError};

const CHANNEL: &str = "sohoa";
/// After so long a silence the server is asked whether it is there, and given so long to answer.
const QUIET: Duration = Duration::from_secs(60);
const ANSWER: Duration = Duration::from_secs(10);

/// Listens on a connection of its own.
pub struct PostgresEar {
    listener: PgListener,
    /// The name of this process's connections: its own news are no news to it.
    own: String,
}

impl PostgresEar {
    pub async fn open(pool: &PgPool, own: String) -> Result<Self, StoreError> {
        let mut listener = PgListener::connect_with(pool).await?;
        listener.listen(CHANNEL).await?;
        Ok(Self { listener, own })
    }
}

impl PostgresEar {
    /// A line that was cut without a word is silent like one on which nothing happens.
    async fn is_there(&mut self) -> Result<(), StoreError> {
        match timeout(ANSWER, sqlx::query("SELECT 1").execute(&mut self.listener)).await {
            Ok(answer) => answer.map(drop).map_err(StoreError::from),
            Err(_) => Err(sqlx::Error::Io(io::ErrorKind::TimedOut.into()).into()),
        }
    }
}

impl Ear for PostgresEar {
    fn hear(&mut self) -> Answer<'_, Heard> {
        Box::pin(async move {
            loop {
                let Ok(told) = timeout(QUIET, self.listener.try_recv()).await else {
                    self.is_there().await?;
                    continue;
                };
                let Some(notification) = told? else {
                    return Ok(Heard::Missed);
                };
                if let Some(heard) = understood(notification.payload(), &self.own) {
                    return Ok(heard);
                }
            }
        })
    }
}

/// `NAME WHAT [DOCUMENT]`; `None` for our own and for what a newer version says.
fn understood(payload: &str, own: &str) -> Option<Heard> {
    let mut words = payload.split(' ');
    if words.next() == Some(own) {
        return None;
    }
    match (words.next()?, words.next()) {
        ("work", None) => Some(Heard::Work),
        ("reread", Some(document)) => Some(Heard::Rereading {
            document: document.to_owned(),
        }),
        (state, Some(id)) => Some(Heard::Document {
            id: id.to_owned(),
            end: match DocumentState::from_name(state)? {
                DocumentState::Ready | DocumentState::Failed => Ended::Yes,
                DocumentState::Queued | DocumentState::Reading => Ended::NotYet,
            },
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_say_is_understood_and_our_own_words_are_not_heard() {
        let check = |payload, expect| assert_eq!(understood(payload, "sohoa-1"), expect, "{payload}");
        let document = |end| {
            Some(Heard::Document {
                id: "d1".to_owned(),
                end,
            })
        };
        check("sohoa-2 work", Some(Heard::Work));
        check("sohoa-2 reading d1", document(Ended::NotYet));
        check("sohoa-2 ready d1", document(Ended::Yes));
        check("sohoa-2 failed d1", document(Ended::Yes));
        let again = Heard::Rereading {
            document: "d1".to_owned(),
        };
        check("sohoa-2 reread d1", Some(again));
        check("sohoa-1 work", None);
        check("sohoa-2 a_later_version d1", None);
        check("psql", None);
    }
}
