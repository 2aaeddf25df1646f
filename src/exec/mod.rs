//! The only place that starts programs: sandboxed children with limits.
//!
//! Every document is parsed in a short-lived child (`sohoa __worker`) that may read its input and
//! the runtime parts, write its own work folder, and nothing else. The parent never parses the
//! file; it holds the clock, kills what runs over, and starts a new child without the page that
//! killed the last one, so that the other pages still come out.
//!
//! The work folder holds `pages/NNNN.json` (what was read, so that an interrupted run goes on
//! where it was), `pages/NNNN.jpg` (the upright page, for showing), `document.json` and `out/`.

mod cancel;
mod caps;
mod deliver;
mod digest;
mod error;
mod folder;
mod parent;
mod probe;
mod process;
mod program;
mod protocol;
mod sandbox;
mod unpack;
mod unpacker;
mod wire;
mod worker;

pub use cancel::Cancel;
pub use caps::Caps;
pub use deliver::{DeliverError, named, sweep, write_file};
pub use digest::file_digest;
pub use error::ExecError;
pub use parent::{parse, read_pages};
pub use probe::{Probe, probe};
pub use program::this_is_the_program;
pub use sandbox::{Wall, Walls};
pub use unpack::{Content, Entry, EntryFault, Unpack, unpack};
pub use worker::run as run_worker;

use std::path::PathBuf;

use crate::domain::{PageNo, PageOutcome};
use crate::pipeline::{Options, Parts};
use crate::stages::export::{Format, SampledWord};

/// A document to be parsed.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// The file itself.
    pub input: PathBuf,
    /// Its name as its owner knows it, for the result; `input` may be called anything.
    pub file_name: String,
    /// The work folder; made when it is not there. Pages that an earlier run left in it are kept.
    pub work: PathBuf,
    pub options: Options,
    pub parts: Parts,
    pub unread: Unread,
    /// Words to be drawn for a person to check; `None`: none.
    pub sample: Option<Draw>,
}

/// How words are drawn for a sample over many documents: those of the lowest keys, so that every settled word of all
/// documents is as likely as any other. Needs [`crate::pipeline::PageImages::Keep`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draw {
    /// Words with this key or a higher one have no chance any more.
    pub below: Option<String>,
    pub most: usize,
}

/// What was drawn from a document.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Drawn {
    /// Each with its ink, where it could be cut out.
    pub words: Vec<(SampledWord, Option<PathBuf>)>,
    /// Of how many.
    pub settled: usize,
    /// The page with the most doubtful words, small; `None` where there are none.
    pub thumbnail: Option<(PageNo, PathBuf)>,
}

/// What to do with a page that no earlier run has read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unread {
    /// Read it, and write the result anew.
    Read,
    /// Leave it: only files of other formats are made, of what is there.
    Leave,
}

/// What happens while a document is parsed.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The file is open and within its limits. Comes once.
    Opened { sha256: String, pages: usize },
    /// A page has its result; `kept`: from an earlier run. Comes once a page.
    PageDone {
        page: PageNo,
        outcome: PageOutcome,
        kept: bool,
    },
}

/// What a parse left in its work folder.
#[derive(Debug, Clone, PartialEq)]
pub struct Parsed {
    /// `document.json`, schema `sohoa/1`.
    pub document: PathBuf,
    /// One file a requested format.
    pub files: Vec<(Format, PathBuf)>,
    /// The upright page images (JPEG), in page order.
    pub images: Vec<(PageNo, PathBuf)>,
    /// Pages without a result, each with the reason.
    pub failed: Vec<(PageNo, String)>,
    /// Of what was asked for with [`Request::sample`].
    pub drawn: Drawn,
    /// The most memory (resident set) any child used, in bytes.
    pub peak_memory: u64,
}
