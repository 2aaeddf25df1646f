use std::io;
use std::path::{Path, PathBuf};

use super::ledger::Settings;
use crate::domain::Said;
use crate::exec::ExecError;

/// Why a batch cannot begin or go on. What happens to one input is a record, not an error.
#[derive(Debug, thiserror::Error)]
pub enum BatchError {
    /// There is nothing at the path that was named.
    #[error("{}: {source}", .path.display())]
    Io { path: PathBuf, source: io::Error },
    /// Another batch has the folder.
    #[error("{}: another batch has it", .folder.display())]
    Taken { folder: PathBuf },
    /// The results would lie among the inputs.
    #[error("{}: it is the source", .folder.display())]
    AmongInputs { folder: PathBuf },
    /// The folder was begun otherwise.
    #[error("{}: begun with other settings", .folder.display())]
    OtherSettings {
        folder: PathBuf,
        then: Box<Settings>,
        now: Box<Settings>,
    },
    #[error("{}: of a newer version ({version})", .path.display())]
    LedgerNewer { path: PathBuf, version: u64 },
    /// `line` counts from 1.
    #[error("{}: line {line} is damaged", .path.display())]
    LedgerDamaged { path: PathBuf, line: usize },
    /// A part that every document needs is missing, or the disk is full.
    #[error(transparent)]
    Exec(#[from] ExecError),
}

impl BatchError {
    pub(super) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }

    /// Stable, for programs.
    pub fn code(&self) -> &str {
        match self {
            Self::Io { .. } => "io_error",
            Self::Taken { .. } => "folder_in_use",
            Self::AmongInputs { .. } => "output_among_inputs",
            Self::OtherSettings { .. } => "other_settings",
            Self::LedgerNewer { .. } => "ledger_newer",
            Self::LedgerDamaged { .. } => "ledger_damaged",
            Self::Exec(error) => error.code(),
        }
    }

    pub fn said(&self) -> Said {
        match self {
            Self::Io { path, source } => {
                let error = ExecError::Io {
                    path: path.clone(),
                    source: io::Error::new(source.kind(), source.to_string()),
                };
                Said::new(error.message_vi(), error.message_en())
            }
            Self::Taken { folder } => Said::new(
                format!(
                    "{}: đang có một `sohoa batch` khác ghi vào thư mục này",
                    folder.display()
                ),
                format!(
                    "{}: another `sohoa batch` writes into this folder",
                    folder.display()
                ),
            ),
            Self::AmongInputs { folder } => Said::new(
                format!("{}: kết quả sẽ nằm lẫn với tệp đầu vào", folder.display()),
                format!("{}: the results would lie among the inputs", folder.display()),
            ),
            Self::OtherSettings { folder, then, now } => {
                let (then, now) = differing(then, now);
                Said::new(
                    format!(
                        "{}: thư mục này được bắt đầu với {then}, lần này là {now}",
                        folder.display()
                    ),
                    format!(
                        "{}: this folder was begun with {then}, and now it is {now}",
                        folder.display()
                    ),
                )
            }
            Self::LedgerNewer { path, version } => Said::new(
                format!(
                    "{}: sổ ghi của một phiên bản sohoa mới hơn (dạng {version})",
                    path.display()
                ),
                format!(
                    "{}: the ledger is of a newer sohoa (format {version})",
                    path.display()
                ),
            ),
            Self::LedgerDamaged { path, line } => Said::new(
                format!("{}: dòng {line} bị hỏng", path.display()),
                format!("{}: line {line} is damaged", path.display()),
            ),
            Self::Exec(error) => Said::new(error.message_vi(), error.message_en()),
        }
    }

    /// The next step, where there is one to name.
    pub fn hint(&self) -> Option<Said> {
        match self {
            Self::Taken { .. } => Some(Said::new(
                "chờ lần kia xong, hoặc dùng thư mục khác",
                "wait for it, or name another folder",
            )),
            Self::AmongInputs { .. } => Some(Said::new(
                "chọn một thư mục khác cho `-o`",
                "name another folder with `-o`",
            )),
            Self::OtherSettings { .. } => Some(Said::new(
                "dùng lại thiết lập cũ để đọc tiếp, hoặc chọn thư mục khác để đọc lại từ đầu",
                "use the former settings to go on, or name another folder to read everything anew",
            )),
            Self::LedgerNewer { .. } => Some(Said::new(
                "dùng phiên bản sohoa đó, hoặc chọn thư mục khác",
                "use that sohoa, or name another folder",
            )),
            Self::LedgerDamaged { .. } => Some(Said::new(
                "xóa dòng đó để đọc lại những tệp nó ghi, hoặc chọn thư mục khác",
                "remove the line to read again what it spoke of, or name another folder",
            )),
            Self::Io { .. } | Self::Exec(_) => None,
        }
    }
}

/// The first setting that differs, then and now.
fn differing(then: &Settings, now: &Settings) -> (String, String) {
    let phrases = |settings: &Settings| settings.phrases.clone().unwrap_or_else(|| "built in".to_owned());
    let pairs = [
        ("version", then.version.clone(), now.version.clone()),
        ("--profile", then.profile.clone(), now.profile.clone()),
        ("--formats", then.formats.join(","), now.formats.join(",")),
        ("--phrases", phrases(then), phrases(now)),
    ];
    let (name, then, now) = pairs
        .into_iter()
        .find(|(_, then, now)| then != now)
        .unwrap_or_default();
    (format!("{name} {then}"), format!("{name} {now}"))
}
