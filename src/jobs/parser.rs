use std::path::Path;

use crate::exec::{self, Cancel, Caps, Event, ExecError, Parsed, Request};
use crate::pipeline;

/// Turns a stored file into a work folder with `document.json` and page images. Blocks; called on a
/// thread that may.
pub trait Parser: Send + Sync + 'static {
    fn parse(
        &self,
        input: &Path,
        file_name: &str,
        work: &Path,
        on_event: &mut dyn FnMut(Event),
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

impl Parser for ExecParser {
    fn parse(
        &self,
        input: &Path,
        file_name: &str,
        work: &Path,
        on_event: &mut dyn FnMut(Event),
        cancel: &Cancel,
    ) -> Result<Parsed, ExecError> {
        let request = Request {
            input: input.to_owned(),
            file_name: file_name.to_owned(),
            work: work.to_owned(),
            options: self.options.clone(),
            parts: self.parts.clone(),
        };
        exec::parse(&request, &self.caps, on_event, cancel)
    }
}
