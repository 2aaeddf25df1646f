//! What other processes on the same database do, told on as if it happened here.

use super::Update;
use super::engine::Engine;
use super::worker::STORE_TROUBLE;
use crate::store::{Ended, Heard};

impl Engine {
    /// Listens for as long as it runs; ends at once where there are no others.
    pub(super) async fn follow_others(&self) {
        loop {
            match self.parts.store.listen().await {
                Ok(None) => return,
                Ok(Some(mut ear)) => {
                    // Between two ears nobody heard anything.
                    self.pass_on(Heard::Missed);
                    let error = loop {
                        match ear.hear().await {
                            Ok(heard) => self.pass_on(heard),
                            Err(error) => break error,
                        }
                    };
                    tracing::warn!(%error, "news of other processes are lost for a moment");
                }
                Err(error) => tracing::warn!(%error, "other processes cannot be heard"),
            }
            tokio::time::sleep(STORE_TROUBLE).await;
        }
    }

    fn pass_on(&self, heard: Heard) {
        match heard {
            Heard::Work => self.wake(),
            Heard::Document { id, end: Ended::Yes } => self.hub.tell(&id, Update::Ended),
            Heard::Document {
                id,
                end: Ended::NotYet,
            } => self.hub.tell(&id, Update::Changed),
            Heard::Rereading { document } => self.hub.tell(&document, Update::Again),
            Heard::Missed => {
                self.wake();
                self.hub.tell("", Update::Missed);
            }
        }
    }
}
