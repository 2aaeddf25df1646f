//! What free tools make of the same files, in the same run.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::tesseract;

/// The text of all pages by whole-page Tesseract.
pub fn tesseract_text(pdf: &Path, folder: &Path) -> Result<String> {
    let mut text = String::new();
    for image in tesseract::page_images(pdf, folder)? {
        let output = tesseract::command(&image)
            .stderr(Stdio::null())
            .output()
            .context("tesseract")?;
        ensure!(output.status.success(), "tesseract failed on {}", image.display());
        text += &String::from_utf8_lossy(&output.stdout);
    }
    Ok(text)
}

/// The PDF's own text.
pub fn own_text(pdf: &Path) -> Result<String> {
    let output = Command::new("pdftotext")
        .arg(pdf)
        .arg("-")
        .output()
        .context("pdftotext (Debian: poppler-utils)")?;
    ensure!(output.status.success(), "pdftotext failed on {}", pdf.display());
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
