use std::io::{self, ErrorKind};
use std::path::PathBuf;

use crate::domain::PageNo;

/// Why a document has no result. Each has a stable code and says what to do next in both languages.
#[derive(Debug, thiserror::Error)]
pub enum ExecError {
    /// Not a document, protected, or over a limit.
    #[error("{message_en}")]
    Refused {
        code: String,
        message_vi: String,
        message_en: String,
    },
    #[error("a needed part is missing: {part}")]
    PartMissing { part: String },
    /// Over its time; `page`: the page it was at.
    #[error("over the time limit")]
    TimedOut { page: Option<PageNo> },
    #[error("over the memory limit")]
    OutOfMemory,
    /// The child died; `signal`: of what, when it was a signal.
    #[error("the reading process died (signal {signal:?})")]
    Crashed { signal: Option<i32> },
    #[error("stopped")]
    Cancelled,
    #[error("{path}: {source}")]
    Io { path: PathBuf, source: io::Error },
}

impl ExecError {
    /// Stable, for programs.
    pub fn code(&self) -> &str {
        match self {
            Self::Refused { code, .. } => code,
            Self::PartMissing { .. } => "part_missing",
            Self::TimedOut { .. } => "timed_out",
            Self::OutOfMemory => "out_of_memory",
            Self::Crashed { .. } => "reader_crashed",
            Self::Cancelled => "cancelled",
            Self::Io { source, .. } if is_full(source) => "disk_full",
            Self::Io { .. } => "io_error",
        }
    }

    /// Whether another machine may be able to do what this one was not: a part is missing here, or a disk.
    pub fn is_of_the_machine(&self) -> bool {
        matches!(self, Self::PartMissing { .. } | Self::Io { .. })
    }

    /// What happened and what to do, for a Vietnamese reader.
    pub fn message_vi(&self) -> String {
        match self {
            Self::Refused { message_vi, .. } => message_vi.clone(),
            Self::PartMissing { part } => {
                format!("thiếu thành phần cần thiết: {part}. Hãy chạy `make setup`, rồi `sohoa doctor` để kiểm tra.")
            }
            Self::TimedOut { page: Some(page) } => {
                format!("quá thời gian cho phép ở trang {page}. Hãy kiểm tra trang đó hoặc tăng `page_seconds`/`wall_seconds` trong cấu hình.")
            }
            Self::TimedOut { page: None } => {
                "quá thời gian cho phép. Hãy tách tệp thành nhiều phần hoặc tăng `wall_seconds` trong cấu hình.".into()
            }
            Self::OutOfMemory => {
                "tệp cần nhiều bộ nhớ hơn mức cho phép. Hãy quét lại với độ phân giải thấp hơn (300 dpi) hoặc tăng `memory_mb` trong cấu hình.".into()
            }
            Self::Crashed { .. } => {
                "tiến trình đọc bị dừng đột ngột, có thể do tệp hỏng. Hãy quét lại hoặc lưu lại tệp bằng chương trình khác.".into()
            }
            Self::Cancelled => "đã dừng theo yêu cầu.".into(),
            Self::Io { path, source } if is_full(source) => format!(
                "hết chỗ ghi tại {}. Hãy giải phóng ổ đĩa rồi chạy lại.",
                path.display()
            ),
            Self::Io { path, source } => format!("không đọc hoặc ghi được {}: {source}.", path.display()),
        }
    }

    /// The same in English.
    pub fn message_en(&self) -> String {
        match self {
            Self::Refused { message_en, .. } => message_en.clone(),
            Self::PartMissing { part } => {
                format!("a needed part is missing: {part}. Run `make setup`, then `sohoa doctor` to check.")
            }
            Self::TimedOut { page: Some(page) } => {
                format!("over the time limit at page {page}. Look at that page, or raise `page_seconds`/`wall_seconds` in the configuration.")
            }
            Self::TimedOut { page: None } => {
                "over the time limit. Split the file, or raise `wall_seconds` in the configuration.".into()
            }
            Self::OutOfMemory => {
                "the file needs more memory than allowed. Scan it again at a lower resolution (300 dpi), or raise `memory_mb` in the configuration.".into()
            }
            Self::Crashed { .. } => {
                "the reading process died, perhaps of a broken file. Scan it again, or save it anew with another program.".into()
            }
            Self::Cancelled => "stopped on request.".into(),
            Self::Io { path, source } if is_full(source) => {
                format!("no space left for {}. Free some disk space and run again.", path.display())
            }
            Self::Io { path, source } => format!("cannot read or write {}: {source}.", path.display()),
        }
    }
}

/// The disk, the quota or the file-size limit is used up.
pub(super) fn is_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge
    )
}
