//! `sohoa watch`: a hot folder. What is put in is read or uploaded, and put away with what became of it.

mod bell;
mod folder;
mod settling;
mod taker;
mod upload;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Args;

use self::bell::Bell;
use self::folder::{CannotWatch, Fate, HotFolder};
use self::settling::Settling;
use self::taker::{Converter, Taken, Taker};
use self::upload::Uploader;
use super::convert::format;
use super::{Exit, Failure, Said, interrupt, message};
use crate::config::Config;
use crate::exec::Cancel;
use crate::stages::export::Format;

/// How long a file has to stay as it is to be whole.
const QUIET: Duration = Duration::from_secs(2);
/// Readings that end badly for a reason that may pass; then the file is refused.
const MOST_TRIES: u32 = 3;

#[derive(Args)]
pub struct Arguments {
    /// The hot folder; done/ and refused/ are made in it
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
    /// Folder for the results
    #[arg(
        short,
        long,
        value_name = "DIR",
        required_unless_present = "server",
        conflicts_with = "server"
    )]
    output: Option<PathBuf>,
    /// Formats to write; json and txt always come too
    #[arg(long, value_delimiter = ',', value_name = "LIST", value_parser = format, conflicts_with = "server")]
    formats: Vec<Format>,
    /// Hand the files to the service on this machine instead, such as http://127.0.0.1:8080
    #[arg(long, value_name = "URL", requires = "token_file")]
    server: Option<String>,
    /// A file with the bearer token that `sohoa user token` made
    #[arg(long, value_name = "FILE", requires = "server")]
    token_file: Option<PathBuf>,
    /// Take what is there now, and end
    #[arg(long)]
    once: bool,
}

/// `sohoa watch`
pub fn run(arguments: &Arguments, settings: &Config) -> Result<Exit, Failure> {
    let cancel = Cancel::default();
    interrupt::cancels(&cancel).map_err(|error| Failure::io("Ctrl-C", &error))?;
    let taker: Box<dyn Taker + '_> = match (&arguments.server, &arguments.token_file) {
        (Some(server), Some(token)) => Box::new(Uploader::new(server, token)?),
        _ => {
            let output = arguments.output.clone().unwrap_or_default();
            Box::new(Converter::new(settings, output, &arguments.formats, &cancel)?)
        }
    };
    let folder = HotFolder::open(&arguments.folder).map_err(|error| cannot_watch(arguments, error))?;
    let quiet = if arguments.once { Duration::ZERO } else { QUIET };
    let mut watch = Watch {
        folder,
        taker,
        settling: Settling::new(quiet),
        worst: Exit::Done,
    };
    let (bell, rope) = Bell::over(&arguments.folder);
    let _waker = cancel.on_cancel(move || rope.pull());
    loop {
        watch.round(Instant::now(), &cancel)?;
        match (cancel.is_cancelled(), arguments.once) {
            (true, _) => return Ok(Exit::Interrupted),
            (false, true) => return Ok(watch.worst),
            (false, false) => bell.wait(watch.settling.next_look(Instant::now())),
        }
    }
}

struct Watch<'a> {
    folder: HotFolder,
    taker: Box<dyn Taker + 'a>,
    settling: Settling,
    worst: Exit,
}

impl Watch<'_> {
    /// Takes every file that is whole at `now`. An error is one after which nothing can be taken any more.
    fn round(&mut self, now: Instant, cancel: &Cancel) -> Result<(), Failure> {
        let there = self
            .folder
            .files()
            .map_err(|error| Failure::io("watch", &error))?;
        for file in self.settling.look(there, now) {
            if cancel.is_cancelled() {
                break;
            }
            let (fate, note) = match self.taker.take(&file) {
                Taken::Done(note) => (Fate::Done, note),
                Taken::Refused(failure) => (Fate::Refused, Some(self.told(&failure))),
                Taken::Interrupted => break,
                Taken::Failed(failure) => {
                    let said = self.told(&failure);
                    if self.settling.again(&file, now) < MOST_TRIES {
                        continue;
                    }
                    (Fate::Refused, Some(said))
                }
                Taken::NotNow(failure) => {
                    self.told(&failure);
                    self.settling.again(&file, now);
                    continue;
                }
                Taken::Never(failure) => return Err(failure),
            };
            self.folder
                .put_away(&file, fate, note.as_ref())
                .map_err(|error| Failure::io(file.display(), &error))?;
        }
        Ok(())
    }

    /// On stderr now, and beside the file if it is put away.
    fn told(&mut self, failure: &Failure) -> Said {
        failure.print();
        self.worst = self.worst.max(failure.exit);
        failure.with_hint()
    }
}

fn cannot_watch(arguments: &Arguments, error: CannotWatch) -> Failure {
    let path = arguments.folder.display();
    match error {
        CannotWatch::Taken => Failure::new(
            Exit::Error,
            "folder_in_use",
            Said::new(
                format!("{path}: đang có một `sohoa watch` khác trông thư mục này"),
                format!("{path}: another `sohoa watch` has this folder"),
            ),
        ),
        CannotWatch::Io { path, source } => Failure::io(path.display(), &source),
    }
}

/// Pages that could not be read, for the note beside a file that was taken.
fn pages_failed(pages: &[(crate::domain::PageNo, String)]) -> Option<Said> {
    let (first, _) = pages.first()?;
    let count = pages.len();
    let lines: Vec<String> = pages.iter().map(|(page, why)| format!("{page}: {why}")).collect();
    let lines = lines.join("\n");
    let said = Said::new(
        format!("{count} trang không đọc được, từ trang {first}:\n{lines}"),
        format!("{count} pages could not be read, from page {first} on:\n{lines}"),
    );
    message::warn(&said);
    Some(said)
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::path::Path;

    use super::*;

    /// Does what each file's content says.
    #[derive(Default)]
    struct Scripted(RefCell<Vec<String>>);

    impl Taker for &'static Scripted {
        fn take(&self, file: &Path) -> Taken {
            let content = std::fs::read_to_string(file).unwrap();
            self.0.borrow_mut().push(content.clone());
            let failure = |exit| Failure::new(exit, "why", Said::new("vì sao", "why"));
            match content.as_str() {
                "good" => Taken::Done(None),
                "bad" => Taken::Refused(failure(Exit::Refused)),
                "crash" => Taken::Failed(failure(Exit::Error)),
                "full" => Taken::NotNow(failure(Exit::Error)),
                _ => Taken::Never(failure(Exit::PartMissing)),
            }
        }
    }

    #[test]
    fn each_file_is_put_where_it_belongs() {
        let root = tempfile::tempdir().unwrap();
        let script: &'static Scripted = Box::leak(Box::default());
        let start = Instant::now();
        let mut watch = Watch {
            folder: HotFolder::open(root.path()).unwrap(),
            taker: Box::new(script),
            settling: Settling::new(QUIET),
            worst: Exit::Done,
        };
        for name in ["good", "bad", "crash", "full"] {
            std::fs::write(root.path().join(format!("{name}.pdf")), name).unwrap();
        }
        let mut round = |seconds| watch.round(start + Duration::from_secs(seconds), &Cancel::default());
        round(0).unwrap();
        assert!(script.0.borrow().is_empty());
        round(2).unwrap();
        assert_eq!(*script.0.borrow(), ["bad", "crash", "full", "good"]);
        let is = |path: &str| root.path().join(path).is_file();
        assert!(is("done/good.pdf") && is("refused/bad.pdf") && is("refused/bad.pdf.txt"));
        assert!(is("crash.pdf") && is("full.pdf"));
        // What crashes is refused after some tries; what cannot be done now waits for as long as it takes.
        for seconds in [10, 30, 60, 120, 300] {
            round(seconds).unwrap();
        }
        assert!(is("refused/crash.pdf.txt") && is("full.pdf") && !is("crash.pdf"));
        std::fs::write(root.path().join("never.pdf"), "never").unwrap();
        round(400).unwrap();
        assert_eq!(round(402).map_err(|f| f.exit), Err(Exit::PartMissing));
        assert!(is("never.pdf"));
    }
}
