use std::path::Path;

use crate::domain::Stretch;
use crate::exec::{self, Cancel, Caps, Event, ExecError, Parsed, Request, Unread};
use crate::pipeline;
use crate::stages::export::Format;

/// A document to be read.
#[derive(Debug, Clone, Copy)]
pub struct Task<'a> {
    /// The stored file.
    pub input: &'a Path,
    pub file_name: &'a str,
    pub work: &'a Path,
    /// The office's dictionary, as [`super::dictionary_text`] writes it; empty: none.
    pub dictionary: &'a str,
}

/// Turns a stored file into a work folder with `document.json` and page images. Blocks; called on a
/// thread that may.
pub trait Parser: Send + Sync + 'static {
    fn parse(
        &self,
        task: &Task<'_>,
        on_event: &mut dyn FnMut(Event),
        cancel: &Cancel,
    ) -> Result<Parsed, ExecError>;

    /// Reads some pages into the work folder, where a later [`Parser::parse`] finds them. Blocks as that does.
    fn read_pages(
        &self,
        task: &Task<'_>,
        pages: Stretch,
        on_event: &mut dyn FnMut(Event),
        cancel: &Cancel,
    ) -> Result<(), ExecError>;

    /// Makes a file of what [`Parser::parse`] left in `work`. Nothing is read again: a page that is not there any
    /// more is among the failed ones.
    fn export(
        &self,
        input: &Path,
        file_name: &str,
        work: &Path,
        format: Format,
        cancel: &Cancel,
    ) -> Result<Parsed, ExecError>;
}

/// The real one: a sandboxed child a document.
#[derive(Debug, Clone)]
pub struct ExecParser {
    pub parts: pipeline::Parts,
    pub options: pipeline::Options,
    pub caps: Caps,
}

impl ExecParser {
    fn reading(&self, task: &Task<'_>) -> Request {
        let mut request = self.request(task.input, task.file_name, task.work);
        request.parts.dictionary = task.dictionary.to_owned();
        request
    }

    fn request(&self, input: &Path, file_name: &str, work: &Path) -> Request {
        Request {
            input: input.to_owned(),
            file_name: file_name.to_owned(),
            work: work.to_owned(),
            options: self.options.clone(),
            parts: self.parts.clone(),
            unread: Unread::Read,
            sample: None,
        }
    }
}

impl Parser for ExecParser {
    fn parse(
        &self,
        task: &Task<'_>,
        on_event: &mut dyn FnMut(Event),
        cancel: &Cancel,
    ) -> Result<Parsed, ExecError> {
        exec::parse(&self.reading(task), &self.caps, on_event, cancel)
    }

    fn read_pages(
        &self,
        task: &Task<'_>,
        pages: Stretch,
        on_event: &mut dyn FnMut(Event),
        cancel: &Cancel,
    ) -> Result<(), ExecError> {
        let mut request = self.reading(task);
        request.options.pages = Some((pages.first, pages.last));
        exec::read_pages(&request, &self.caps, on_event, cancel)
    }

    fn export(
        &self,
        input: &Path,
        file_name: &str,
        work: &Path,
        format: Format,
        cancel: &Cancel,
    ) -> Result<Parsed, ExecError> {
        let mut request = self.request(input, file_name, work);
        request.options.formats = vec![format];
        request.unread = Unread::Leave;
        exec::parse(&request, &self.caps, &mut |_| {}, cancel)
    }
}
