//! Rubric files as commands take them: a whole sohoa/1 file, or one rubric of it.

use std::io::Read;
use std::path::Path;

use super::{Exit, Failure, Said};
use crate::domain::{Document, Rubric};
use crate::stages::export::json;

/// The bytes of a file; `-` is stdin.
pub fn bytes(file: &Path) -> Result<Vec<u8>, Failure> {
    if file.as_os_str() == "-" {
        let mut bytes = Vec::new();
        let read = std::io::stdin().lock().read_to_end(&mut bytes);
        return read.map(|_| bytes).map_err(|error| Failure::io("stdin", &error));
    }
    std::fs::read(file).map_err(|error| Failure::io(file.display(), &error))
}

/// A whole file, or a bare rubric, which has no tables and no prose.
pub fn read(file: &Path) -> Result<Document, Failure> {
    let bytes = bytes(file)?;
    let document = json::read(&bytes).or_else(|_| {
        json::read_rubrics(&bytes).map(|rubrics| Document {
            rubrics,
            ..Document::default()
        })
    });
    document.map_err(|error| {
        let name = file.display();
        Failure::new(
            Exit::Refused,
            "not_a_rubric",
            Said::new(
                format!("{name}: không phải tệp rubric của sohoa: {error}"),
                format!("{name}: not a rubric file of sohoa: {error}"),
            ),
        )
        .hint(Said::new(
            "`sohoa convert TỆP -o out` tạo tệp out/….json",
            "`sohoa convert FILE -o out` makes out/….json",
        ))
    })
}

/// The one rubric that is meant: the only one of the file, or the one at `number`, counted from 1.
pub fn one(file: &Path, number: Option<usize>) -> Result<Rubric, Failure> {
    let mut rubrics = read(file)?.rubrics;
    let (name, there) = (file.display(), rubrics.len());
    let refused = |code, vi: String, en: String| Err(Failure::new(Exit::Refused, code, Said::new(vi, en)));
    match number {
        _ if rubrics.is_empty() => refused(
            "no_rubric",
            format!("{name}: tệp không có rubric nào"),
            format!("{name}: there is no rubric in it"),
        ),
        None if there > 1 => {
            let refused: Result<Rubric, Failure> = refused(
                "which_rubric",
                format!("{name}: tệp có {there} rubric"),
                format!("{name}: there are {there} rubrics in it"),
            );
            refused.map_err(|failure| {
                failure.hint(Said::new(
                    "hãy chọn bằng `--rubric SỐ`, tính từ 1",
                    "choose one with `--rubric NUMBER`, counted from 1",
                ))
            })
        }
        Some(number) if number == 0 || number > there => refused(
            "which_rubric",
            format!("{name}: không có rubric số {number}, tệp có {there}"),
            format!("{name}: there is no rubric {number}, the file has {there}"),
        ),
        number => Ok(rubrics.swap_remove(number.unwrap_or(1) - 1)),
    }
}
