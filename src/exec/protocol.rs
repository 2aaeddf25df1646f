//! What parent and child say to each other: one JSON request on the child's stdin, one JSON event
//! a line on its stdout.

use std::io;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Caps, EntryFault, ExecError, Request, Unread, Walls};
use crate::domain::{PageNo, PixelBox};
use crate::pipeline::{Options, PageImages, Parts, Profile};
use crate::stages::export::{Format, SampledWord};
use crate::stages::ingest::Limits;
use crate::stages::ingest::archive::EntryKind;

/// The one message to a child.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Order {
    /// Who ordered it: a child whose parent is another by now has been orphaned and ends.
    pub parent: u32,
    pub task: Task,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Task {
    Parse(Box<ParseOrder>),
    /// The same, but for what is made of the pages together: they are read and kept.
    ReadPages(Box<ParseOrder>),
    Unpack(Box<UnpackOrder>),
    /// Try what the sandbox forbids, with this work folder, and tell what went through.
    Probe {
        work: PathBuf,
    },
}

/// Everything a child needs to know to parse a document.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct ParseOrder {
    pub input: PathBuf,
    pub file_name: String,
    pub work: PathBuf,
    pub limit_bytes: u64,
    pub limit_pages: usize,
    pub limit_pixels: u64,
    pub pages: Option<(u32, u32)>,
    pub formats: Vec<String>,
    pub keep_images: bool,
    pub profile: String,
    /// Pages that no earlier run has read stay unread, and the result stays as it is.
    pub leave_unread: bool,
    /// Words to be drawn at most, and the key below which.
    pub draw: Option<(usize, Option<String>)>,
    pub pdfium: PathBuf,
    pub tessdata: PathBuf,
    pub phrases: Option<PathBuf>,
    pub dictionary: String,
    pub memory: u64,
    pub cpu_seconds: u64,
    pub file_bytes: u64,
    /// Pages that killed an earlier child, with the reason.
    pub given_up: Vec<(u32, String)>,
}

/// What a child needs to know to look into an archive.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct UnpackOrder {
    pub archive: PathBuf,
    pub spool: PathBuf,
    pub content: bool,
    pub entry_bytes: u64,
    pub entries: u64,
    pub waiting: usize,
    pub memory: u64,
    pub cpu_seconds: u64,
    pub file_bytes: u64,
}

impl Order {
    pub fn new(task: Task) -> Self {
        Self {
            parent: std::process::id(),
            task,
        }
    }
}

impl ParseOrder {
    pub fn new(request: &Request, caps: &Caps, given_up: &[(PageNo, String)]) -> Self {
        let Request {
            input,
            file_name,
            work,
            options,
            parts,
            unread,
            sample,
        } = request;
        Self {
            input: input.clone(),
            file_name: file_name.clone(),
            work: work.clone(),
            limit_bytes: options.limits.bytes,
            limit_pages: options.limits.pages,
            limit_pixels: options.limits.pixels,
            pages: options.pages.map(|(first, last)| (first.get(), last.get())),
            formats: options.formats.iter().map(|f| f.name().to_owned()).collect(),
            keep_images: options.page_images == PageImages::Keep,
            profile: options.profile.name().to_owned(),
            leave_unread: *unread == Unread::Leave,
            draw: sample.as_ref().map(|draw| (draw.most, draw.below.clone())),
            pdfium: parts.pdfium.clone(),
            tessdata: parts.tessdata.clone(),
            phrases: parts.phrases.clone(),
            dictionary: parts.dictionary.clone(),
            memory: caps.memory,
            cpu_seconds: caps.cpu_seconds,
            file_bytes: caps.file_bytes,
            given_up: given_up
                .iter()
                .map(|(page, why)| (page.get(), why.clone()))
                .collect(),
        }
    }

    pub fn options(&self) -> Options {
        Options {
            limits: Limits {
                bytes: self.limit_bytes,
                pages: self.limit_pages,
                pixels: self.limit_pixels,
            },
            pages: self
                .pages
                .and_then(|(first, last)| Some((PageNo::new(first)?, PageNo::new(last)?))),
            formats: self
                .formats
                .iter()
                .filter_map(|name| Format::from_name(name))
                .collect(),
            page_images: if self.keep_images {
                PageImages::Keep
            } else {
                PageImages::Drop
            },
            profile: Profile::from_name(&self.profile).unwrap_or_default(),
        }
    }

    pub fn parts(&self) -> Parts {
        Parts {
            pdfium: self.pdfium.clone(),
            tessdata: self.tessdata.clone(),
            phrases: self.phrases.clone(),
            dictionary: self.dictionary.clone(),
        }
    }

    /// SHA-256 of the dictionary; `None` without one.
    pub fn dictionary_digest(&self) -> Option<String> {
        (!self.dictionary.is_empty()).then(|| hex::encode(Sha256::digest(self.dictionary.as_bytes())))
    }

    /// Why `page` is given up, if it is.
    pub fn given_up(&self, page: PageNo) -> Option<&str> {
        self.given_up
            .iter()
            .find(|(number, _)| *number == page.get())
            .map(|(_, why)| why.as_str())
    }
}

/// A line from a child.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(super) enum Report {
    /// The sandbox is closed.
    Walls(Walls),
    /// What a probe could do that it should not.
    Leaks {
        leaks: Vec<String>,
    },
    Opened {
        sha256: String,
        pages: usize,
    },
    /// This page is being worked on: if the child dies now, it is to blame.
    Began {
        page: u32,
    },
    Page {
        page: u32,
        outcome: Outcome,
        kept: bool,
    },
    /// An entry of an archive was come by.
    Entry {
        index: u64,
        name: String,
        kind: WireEntryKind,
        bytes: u64,
        /// Seconds since 1970 UTC.
        modified: Option<i64>,
        /// Its content is in the spool.
        unpacked: bool,
        fault: Option<EntryFault>,
    },
    Refused {
        code: String,
        message_vi: String,
        message_en: String,
    },
    PartMissing {
        part: String,
    },
    Io {
        path: PathBuf,
        os_error: Option<i32>,
        message: String,
    },
    Done {
        formats: Vec<String>,
    },
}

impl Report {
    /// Why the child could not do what it was ordered, if that is what it says.
    pub fn failure(self) -> Option<ExecError> {
        match self {
            Self::Refused {
                code,
                message_vi,
                message_en,
            } => Some(ExecError::Refused {
                code,
                message_vi,
                message_en,
            }),
            Self::PartMissing { part } => Some(ExecError::PartMissing { part }),
            Self::Io {
                path,
                os_error,
                message,
            } => {
                let source = os_error.map_or_else(|| io::Error::other(message), io::Error::from_raw_os_error);
                Some(ExecError::Io { path, source })
            }
            _ => None,
        }
    }
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Outcome {
    Ok,
    Blank,
    Failed(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum WireEntryKind {
    File,
    Folder,
    Link,
    Special,
}

impl From<EntryKind> for WireEntryKind {
    fn from(kind: EntryKind) -> Self {
        match kind {
            EntryKind::File => Self::File,
            EntryKind::Folder => Self::Folder,
            EntryKind::Link => Self::Link,
            EntryKind::Special => Self::Special,
        }
    }
}

impl From<WireEntryKind> for EntryKind {
    fn from(kind: WireEntryKind) -> Self {
        match kind {
            WireEntryKind::File => Self::File,
            WireEntryKind::Folder => Self::Folder,
            WireEntryKind::Link => Self::Link,
            WireEntryKind::Special => Self::Special,
        }
    }
}

/// What a child leaves of a sample in the work folder.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct WireDrawn {
    pub words: Vec<WireSampledWord>,
    pub settled: usize,
    pub thumbnail: Option<u32>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct WireSampledWord {
    pub key: String,
    pub page: u32,
    pub bbox: [i32; 4],
    pub text: String,
}

impl From<&SampledWord> for WireSampledWord {
    fn from(word: &SampledWord) -> Self {
        Self {
            key: word.key.clone(),
            page: word.page.get(),
            bbox: word.bbox.corners(),
            text: word.text.clone(),
        }
    }
}

impl WireSampledWord {
    /// `None` for what no child writes: the key becomes the name of a file.
    pub fn word(self) -> Option<SampledWord> {
        let [x0, y0, x1, y1] = self.bbox;
        let plain = self.key.bytes().all(|b| b.is_ascii_hexdigit());
        Some(SampledWord {
            page: PageNo::new(self.page)?,
            bbox: PixelBox::new(x0, y0, x1, y1),
            text: self.text,
            key: plain.then_some(self.key)?,
        })
    }
}
