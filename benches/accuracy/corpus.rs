//! The scans to read, and where their truth is.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// A file `DOCUMENT--STYLE[--PROFILE][--engtext].pdf`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Scan {
    pub document: String,
    pub style: String,
    /// What was done to the page images; `None`: born digital.
    pub profile: Option<String>,
    pub layer: Layer,
    pub path: PathBuf,
}

/// The text layer that a scan was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layer {
    AsIs,
    /// Made by an OCR without Vietnamese.
    English,
}

impl Scan {
    fn from_path(path: &Path) -> Option<Self> {
        let stem = path.file_name()?.to_str()?.strip_suffix(".pdf")?;
        let mut parts = stem.split("--").map(str::to_owned);
        let (document, style) = (parts.next()?, parts.next()?);
        let mut profile = None;
        let mut layer = Layer::AsIs;
        for part in parts {
            if part == "engtext" {
                layer = Layer::English
            } else {
                profile = Some(part)
            }
        }
        Some(Self {
            document,
            style,
            profile,
            layer,
            path: path.to_owned(),
        })
    }

    /// The name without its extension.
    pub fn stem(&self) -> String {
        self.path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned()
    }

    pub fn is_born_digital(&self) -> bool {
        self.profile.is_none()
    }

    /// The profile for people.
    pub fn profile_name(&self) -> String {
        let profile = self.profile.as_deref().unwrap_or("born digital");
        match self.layer {
            Layer::AsIs => profile.to_owned(),
            Layer::English => format!("{profile}, wrong layer"),
        }
    }
}

/// Where scans and truth lie.
pub struct Corpus {
    pub scans: Vec<Scan>,
    pub truth: PathBuf,
    /// For people: which set this is.
    pub name: &'static str,
    /// The file that the figures go into, from the repository's root.
    pub report: &'static str,
    /// The shared folder, where it is what is read.
    pub shared: Option<PathBuf>,
}

/// The bundled fixtures, or with `ALL=1` the shared scans beside the repository (`SOHOA_SHARED` names another place).
pub fn choose() -> Result<Corpus> {
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    let all = std::env::var_os("ALL").is_some_and(|v| v == "1");
    let (folder, name, report, shared) = if all {
        let shared = std::env::var_os("SOHOA_SHARED").map_or_else(|| home.join("../shared"), PathBuf::from);
        (
            shared.clone(),
            "the shared scans",
            "docs/accuracy-shared.md",
            Some(shared),
        )
    } else {
        (
            home.join("fixtures"),
            "the bundled fixtures",
            "docs/accuracy.md",
            None,
        )
    };
    let scans = folder.join("scans");
    let files = std::fs::read_dir(&scans).with_context(|| format!("no scans in {}", scans.display()))?;
    let mut scans: Vec<Scan> = files
        .flatten()
        .filter_map(|f| Scan::from_path(&f.path()))
        .collect();
    scans.sort();
    Ok(Corpus {
        scans,
        truth: folder.join("truth"),
        name,
        report,
        shared,
    })
}

/// True for scans that the repository bundles: the ones that peers read too.
pub fn is_bundled(scan: &Scan) -> bool {
    let bundled = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/scans");
    scan.path
        .file_name()
        .is_some_and(|name| bundled.join(name).exists())
}
