use std::fmt;

/// A limit that a file can break.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitKind {
    Bytes,
    Pages,
    /// Width x height of one page image.
    Pixels,
    /// The longer side of one page image, in pixels.
    Side,
}

impl LimitKind {
    fn english(self) -> &'static str {
        match self {
            Self::Bytes => "the file's size in bytes",
            Self::Pages => "the number of pages",
            Self::Pixels => "the number of pixels of one page",
            Self::Side => "the longer side of a page in pixels",
        }
    }

    fn vietnamese(self) -> &'static str {
        match self {
            Self::Bytes => "dung lượng tệp (byte)",
            Self::Pages => "số trang",
            Self::Pixels => "số điểm ảnh của một trang",
            Self::Side => "cạnh dài của một trang (điểm ảnh)",
        }
    }
}

impl fmt::Display for LimitKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.english())
    }
}

/// Why a file is refused. Each has a stable code and a message with the next step, in Vietnamese and English.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum IngestError {
    #[error("the file is empty")]
    Empty,
    #[error("not a PDF, PNG, JPEG, TIFF or WebP file")]
    UnknownType,
    #[error("the PDF is protected by a password")]
    Encrypted,
    #[error("the file is broken or cut short: {detail}")]
    Broken { detail: String },
    #[error("the document has no pages")]
    NoPages,
    #[error("{what} is {actual}, the limit is {limit}")]
    OverLimit {
        what: LimitKind,
        actual: u64,
        limit: u64,
    },
    #[error("a needed part is missing: {part}")]
    PartMissing { part: String },
}

impl IngestError {
    pub(super) fn over(what: LimitKind, actual: u64, limit: u64) -> Self {
        Self::OverLimit { what, actual, limit }
    }

    pub(super) fn broken(detail: impl fmt::Display) -> Self {
        Self::Broken {
            detail: detail.to_string(),
        }
    }

    /// Stable: in reports, problem responses and the database.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "empty_file",
            Self::UnknownType => "not_a_document",
            Self::Encrypted => "encrypted",
            Self::Broken { .. } => "broken_file",
            Self::NoPages => "no_pages",
            Self::OverLimit {
                what: LimitKind::Bytes,
                ..
            } => "too_many_bytes",
            Self::OverLimit {
                what: LimitKind::Pages,
                ..
            } => "too_many_pages",
            Self::OverLimit {
                what: LimitKind::Pixels | LimitKind::Side,
                ..
            } => "page_too_large",
            Self::PartMissing { .. } => "part_missing",
        }
    }

    /// What is wrong and what to do next, in English.
    pub fn message_en(&self) -> String {
        let next = match self {
            Self::Empty => "Scan or copy the document again.",
            Self::UnknownType => "Save the document as PDF, TIFF, PNG, JPEG or WebP.",
            Self::Encrypted => "Save it without a password, then upload it again.",
            Self::Broken { .. } => "Open it in a PDF or picture viewer, save it anew, or scan it again.",
            Self::NoPages => "Make the PDF again from its source.",
            Self::OverLimit {
                what: LimitKind::Bytes,
                ..
            } => "Split the file or scan at 300 dpi, or raise limits.file_mb in the configuration.",
            Self::OverLimit {
                what: LimitKind::Pages,
                ..
            } => "Split the file, or raise limits.pages in the configuration.",
            Self::OverLimit { .. } => {
                "Scan at 300 dpi, or raise limits.page_megapixels in the configuration."
            }
            Self::PartMissing { .. } => "Run `make setup`; `sohoa doctor` says which parts are there.",
        };
        format!("{self}. {next}")
    }

    /// What is wrong and what to do next, in Vietnamese.
    pub fn message_vi(&self) -> String {
        match self {
            Self::Empty => "tệp rỗng. Hãy quét hoặc sao chép lại văn bản.".to_owned(),
            Self::UnknownType => {
                "không phải tệp PDF, PNG, JPEG, TIFF hay WebP. Hãy lưu văn bản ở một trong các định dạng đó."
                    .to_owned()
            }
            Self::Encrypted => {
                "tệp PDF được bảo vệ bằng mật khẩu. Hãy lưu lại tệp không có mật khẩu rồi tải lên.".to_owned()
            }
            Self::Broken { detail } => format!(
                "tệp bị hỏng hoặc bị cắt cụt ({detail}). Hãy mở bằng trình xem, lưu lại, hoặc quét lại."
            ),
            Self::NoPages => "văn bản không có trang nào. Hãy xuất lại tệp PDF từ bản gốc.".to_owned(),
            Self::OverLimit { what, actual, limit } => format!(
                "vượt giới hạn: {} là {actual}, tối đa {limit}. {}",
                what.vietnamese(),
                match what {
                    LimitKind::Bytes | LimitKind::Pages => "Hãy tách tệp, hoặc nâng giới hạn trong cấu hình.",
                    LimitKind::Pixels | LimitKind::Side =>
                        "Hãy quét ở 300 dpi, hoặc nâng limits.page_megapixels trong cấu hình.",
                }
            ),
            Self::PartMissing { part } => {
                format!(
                    "thiếu thành phần cần thiết: {part}. Hãy chạy `make setup`, rồi `sohoa doctor` để kiểm tra."
                )
            }
        }
    }
}

/// Why one page cannot be had; the others still can.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PageError {
    #[error("there is no page {}", .index + 1)]
    NoSuchPage { index: usize },
    #[error("the page is broken: {detail}")]
    Broken { detail: String },
    #[error("{what} is {actual}, the limit is {limit}")]
    OverLimit {
        what: LimitKind,
        actual: u64,
        limit: u64,
    },
}

impl PageError {
    pub(super) fn broken(detail: impl fmt::Display) -> Self {
        Self::Broken {
            detail: detail.to_string(),
        }
    }

    /// Stable: in reports and the database.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoSuchPage { .. } => "no_such_page",
            Self::Broken { .. } => "broken_page",
            Self::OverLimit { .. } => "page_too_large",
        }
    }

    pub fn message_vi(&self) -> String {
        match self {
            Self::NoSuchPage { index } => format!("không có trang {}.", index + 1),
            Self::Broken { detail } => format!("trang bị hỏng ({detail}). Hãy quét lại trang này."),
            Self::OverLimit { what, actual, limit } => format!(
                "vượt giới hạn: {} là {actual}, tối đa {limit}. Hãy quét lại trang này ở 300 dpi.",
                what.vietnamese()
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_says_what_and_what_next_in_both_languages() {
        let check = |error: IngestError, code: &str, vi: &str, en: &str| {
            assert_eq!(error.code(), code);
            assert!(error.message_vi().contains(vi), "{}", error.message_vi());
            assert!(error.message_en().contains(en), "{}", error.message_en());
            assert!(
                error.message_en().matches(". ").count() >= 1,
                "no next step: {}",
                error.message_en()
            );
        };
        check(IngestError::Empty, "empty_file", "rỗng", "empty");
        check(
            IngestError::UnknownType,
            "not_a_document",
            "PDF, PNG",
            "Save the document as PDF",
        );
        check(
            IngestError::Encrypted,
            "encrypted",
            "mật khẩu",
            "without a password",
        );
        check(
            IngestError::broken("no trailer"),
            "broken_file",
            "no trailer",
            "no trailer",
        );
        check(IngestError::NoPages, "no_pages", "không có trang", "no pages");
        check(
            IngestError::over(LimitKind::Pages, 10_000, 2_000),
            "too_many_pages",
            "10000, tối đa 2000",
            "limits.pages",
        );
        check(
            IngestError::over(LimitKind::Side, 60_000, 30_000),
            "page_too_large",
            "60000",
            "300 dpi",
        );
    }
}
