//! A Word document with the rubric as a table, in the fewest parts that ECMA-376 asks for.
//!
//! Written with the XML and ZIP libraries that are here anyway: the crates for DOCX bring their own versions of both,
//! and have no header row that repeats on every page.

mod body;
mod parts;

use std::io::{self, Cursor, Write};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::{ExportError, Subject};
use crate::domain::Document;

/// The rubrics as tables, or the document's tables where there is no rubric.
pub(super) fn write(document: &Document, subjects: &[Subject]) -> Result<Vec<u8>, ExportError> {
    let status = subjects.first().map(|s| s.status_vi()).unwrap_or_default();
    let parts: [(&str, Vec<u8>); 7] = [
        ("[Content_Types].xml", parts::CONTENT_TYPES.into()),
        ("_rels/.rels", parts::RELATIONS.into()),
        ("docProps/core.xml", parts::properties(document)?),
        ("word/_rels/document.xml.rels", parts::DOCUMENT_RELATIONS.into()),
        ("word/styles.xml", parts::STYLES.into()),
        ("word/header1.xml", parts::header(&status)?),
        ("word/document.xml", body::write(document, subjects)?),
    ];
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let footer = ("word/footer1.xml", parts::footer()?);
    for (name, bytes) in parts.into_iter().chain([footer]) {
        zip.start_file(name, SimpleFileOptions::default())
            .map_err(io::Error::from)?;
        zip.write_all(&bytes)?;
    }
    Ok(zip.finish().map_err(io::Error::from)?.into_inner())
}
