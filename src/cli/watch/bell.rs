use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

use inotify::{Inotify, WatchMask};

/// How long nothing may be heard before the folder is looked at anyway.
const ROUND: Duration = Duration::from_secs(60);
/// The same where nothing can be heard: network folders tell nobody what others put there.
const DEAF_ROUND: Duration = Duration::from_secs(2);

/// Rings when something happens in a folder.
pub struct Bell {
    rung: Receiver<()>,
    round: Duration,
}

/// Rings a bell from elsewhere.
#[derive(Clone)]
pub struct Rope(SyncSender<()>);

impl Rope {
    /// One ring that nobody has answered yet is enough.
    pub fn pull(&self) {
        let _ = self.0.try_send(());
    }
}

impl Bell {
    /// A bell for `folder`, and a rope. Where the system cannot tell what happens in it, the folder is looked at every
    /// two seconds instead.
    pub fn over(folder: &Path) -> (Self, Rope) {
        let (send, rung) = sync_channel(1);
        let rope = Rope(send);
        let round = match listen(folder, rope.clone()) {
            Ok(()) => ROUND,
            Err(error) => {
                tracing::info!(%error, "the folder is polled");
                DEAF_ROUND
            }
        };
        (Self { rung, round }, rope)
    }

    /// Until it rings, `at_most` has passed or it is time to look anyway.
    pub fn wait(&self, at_most: Option<Duration>) {
        let at_most = at_most.unwrap_or(self.round).min(self.round);
        match self.rung.recv_timeout(at_most) {
            Ok(()) | Err(RecvTimeoutError::Timeout) => {}
            // Nobody can ring any more; then the time is what is left.
            Err(RecvTimeoutError::Disconnected) => std::thread::sleep(at_most),
        }
    }
}

fn listen(folder: &Path, rope: Rope) -> std::io::Result<()> {
    let mut inotify = Inotify::init()?;
    let changes = WatchMask::CREATE | WatchMask::CLOSE_WRITE | WatchMask::MOVED_TO | WatchMask::ATTRIB;
    inotify.watches().add(folder, changes)?;
    std::thread::spawn(move || {
        let mut buffer = [0; 4096];
        // An error ends the hearing; the rounds go on.
        while inotify.read_events_blocking(&mut buffer).is_ok() {
            rope.pull();
        }
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_comes_in_is_heard() {
        let folder = tempfile::tempdir().unwrap();
        let (bell, rope) = Bell::over(folder.path());
        std::fs::write(folder.path().join("a.pdf"), "a").unwrap();
        // Only a deaf bell would let the whole round pass; the test runner's patience is shorter.
        bell.wait(None);
        rope.pull();
        rope.pull();
        bell.wait(None);
    }
}
