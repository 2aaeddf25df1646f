//! The peer that every clerk has: Tesseract with its Vietnamese model, on whole pages.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

/// The page images of a scan as they stand in the file, in page order.
pub fn page_images(pdf: &Path, folder: &Path) -> Result<Vec<PathBuf>> {
    std::fs::create_dir_all(folder)?;
    let status = Command::new("pdfimages")
        .arg("-png")
        .arg(pdf)
        .arg(folder.join("page"))
        .status()
        .context("pdfimages (Debian: poppler-utils)")?;
    ensure!(status.success(), "pdfimages failed on {}", pdf.display());
    let mut images: Vec<PathBuf> = std::fs::read_dir(folder)?.flatten().map(|f| f.path()).collect();
    images.sort();
    Ok(images)
}

/// `tesseract -l vie` with its usual page segmentation, one thread.
pub fn command(image: &Path) -> Command {
    let mut command = Command::new("tesseract");
    command
        .arg(image)
        .args(["stdout", "-l", "vie", "--psm", "3"])
        .env("OMP_THREAD_LIMIT", "1");
    command
}
