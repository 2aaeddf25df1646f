//! Document -> files.

/// `sohoa/1`, in both directions.
pub mod json;

/// A file format that `convert` can write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Format {
    Json,
    Txt,
    Csv,
    Xlsx,
    Md,
    Pdf,
}

impl Format {
    pub const ALL: [Self; 6] = [Self::Json, Self::Txt, Self::Csv, Self::Xlsx, Self::Md, Self::Pdf];

    /// The name on the command line, which is the file's extension too.
    pub fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Txt => "txt",
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
            Self::Md => "md",
            Self::Pdf => "pdf",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|f| f.name() == name)
    }
}
