use std::io;
use std::path::PathBuf;

use crate::domain::{Said, harmless};
use crate::review::ReviewError;

/// Why a key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error("not an Ed25519 key: {why}")]
    NotAKey { why: String },
    #[error("not a list of keys: {why}")]
    NotAList { why: String },
    #[error("entry {entry} of the list of keys is not signed by the key before it")]
    Unproved { entry: usize },
    #[error("there are no keys yet")]
    NoKeys,
    #[error("the secret key {key_id} is missing or is another: {path}")]
    Lost { key_id: String, path: PathBuf },
    #[error("the secret key is there")]
    NotLost,
    #[error("{path}: {source}")]
    Io { path: PathBuf, source: io::Error },
}

impl KeyError {
    /// A stable name for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotAKey { .. } => "not_a_key",
            Self::NotAList { .. } | Self::Unproved { .. } => "not_a_key_list",
            Self::NoKeys => "no_keys",
            Self::Lost { .. } => "key_lost",
            Self::NotLost => "key_not_lost",
            Self::Io { .. } => "io",
        }
    }

    /// What happened and what to do next.
    pub fn said(&self) -> Said {
        match self {
            Self::NotAKey { why } => Said::new(
                format!("không phải khoá Ed25519: {}", harmless(why)),
                format!("not an Ed25519 key: {}", harmless(why)),
            ),
            Self::NotAList { why } => Said::new(
                format!("không phải danh sách khoá: {}", harmless(why)),
                format!("not a list of keys: {}", harmless(why)),
            ),
            Self::Unproved { entry } => Said::new(
                format!("khoá thứ {entry} trong danh sách không được khoá trước ký"),
                format!("key {entry} of the list is not signed by the key before it"),
            ),
            Self::NoKeys => Said::new(
                "chưa có khoá nào: `sohoa serve` tạo khoá đầu tiên",
                "there is no key yet: `sohoa serve` makes the first one",
            ),
            Self::Lost { key_id, path } => Said::new(
                format!(
                    "mất khoá bí mật {}: khôi phục {} từ bản sao lưu, hoặc tạo khoá mới bằng `sohoa key rotate --lost`",
                    harmless(key_id),
                    path.display()
                ),
                format!(
                    "the secret key {} is lost: restore {} from a backup, or begin with a new key by `sohoa key rotate --lost`",
                    harmless(key_id),
                    path.display()
                ),
            ),
            Self::NotLost => Said::new(
                "khoá bí mật vẫn còn: hãy dùng `sohoa key rotate`",
                "the secret key is there: use `sohoa key rotate`",
            ),
            Self::Io { path, source } => Said::same(format!("{}: {source}", path.display())),
        }
    }
}

/// Why a record proves nothing. The messages name what does not fit.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    #[error("not a record of confirmation: {why}")]
    NotARecord { why: String },
    #[error("schema {found:?} is not known")]
    OtherSchema { found: String },
    #[error("the keys in the record: {0}")]
    Keys(#[from] KeyError),
    #[error("the signature is not that of the statement")]
    WrongSignature,
    #[error("signed by {key_id}, for which the given key does not vouch")]
    ForeignKey { key_id: String },
    #[error("{part} is not what was signed")]
    WrongDigest { part: Part },
    #[error("entry {entry} of the history does not follow from those before it")]
    BrokenChain { entry: usize },
    #[error("entry {entry} of the history is none that this program knows")]
    UnknownEntry { entry: usize },
    #[error("entry {entry} of the history breaks the rules: {error}")]
    AgainstRules { entry: usize, error: ReviewError },
    #[error("the history does not end in a confirmation")]
    NotConfirmed,
    #[error("the history does not lead to the confirmed rubric")]
    OtherRubric,
    #[error("{what} in the statement is not that of the history")]
    DoesNotFit { what: Part },
    #[error("{person} submitted and confirmed")]
    SamePerson { person: String },
    #[error("the file has SHA-256 {found}, the record is of {stated}")]
    OtherFile { found: String, stated: String },
}

/// A part of a record, for messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Rubric,
    AsRead,
    History,
    Submitter,
    Confirmer,
    Counts,
    Title,
}

impl Part {
    fn said(self) -> Said {
        let (vi, en) = match self {
            Self::Rubric => ("thang điểm đã duyệt", "the confirmed rubric"),
            Self::AsRead => ("thang điểm lúc mới đọc", "the rubric as it was read"),
            Self::History => ("lịch sử", "the history"),
            Self::Submitter => (
                "người trình hoặc lúc trình",
                "the submitter or the time of submission",
            ),
            Self::Confirmer => (
                "người duyệt hoặc lúc duyệt",
                "the confirmer or the time of confirmation",
            ),
            Self::Counts => ("số giá trị sửa tay", "the count of values changed by hand"),
            Self::Title => ("tên thang điểm", "the rubric's title"),
        };
        Said::new(vi, en)
    }
}

impl std::fmt::Display for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.said().en)
    }
}

impl From<serde_json::Error> for RecordError {
    fn from(error: serde_json::Error) -> Self {
        Self::NotARecord {
            why: error.to_string(),
        }
    }
}

impl RecordError {
    /// A stable name for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotARecord { .. } => "not_a_record",
            Self::OtherSchema { .. } => "record_schema",
            Self::Keys(_) => "record_keys",
            Self::WrongSignature => "record_signature",
            Self::ForeignKey { .. } => "record_foreign_key",
            Self::WrongDigest { .. } => "record_digest",
            Self::BrokenChain { .. }
            | Self::UnknownEntry { .. }
            | Self::AgainstRules { .. }
            | Self::NotConfirmed
            | Self::OtherRubric => "record_history",
            Self::DoesNotFit { .. } => "record_statement",
            Self::SamePerson { .. } => "record_same_person",
            Self::OtherFile { .. } => "record_file",
        }
    }

    /// What does not fit, with nothing from the record that a terminal would obey.
    pub fn said(&self) -> Said {
        match self {
            Self::NotARecord { why } => Said::new(
                format!("không phải biên bản xác nhận của sohoa: {}", harmless(why)),
                format!("not a record of confirmation of sohoa: {}", harmless(why)),
            ),
            Self::OtherSchema { found } => Said::new(
                format!("không biết dạng “{}”: cần phiên bản sohoa khác", short(found)),
                format!(
                    "the schema “{}” is not known: it takes another version of sohoa",
                    short(found)
                ),
            ),
            Self::Keys(error) => {
                let Said { vi, en } = error.said();
                Said::new(
                    format!("khoá trong biên bản: {vi}"),
                    format!("the keys in the record: {en}"),
                )
            }
            Self::WrongSignature => Said::new(
                "chữ ký không khớp với nội dung: biên bản đã bị sửa hoặc hỏng",
                "the signature does not fit what is stated: the record was changed or damaged",
            ),
            Self::ForeignKey { key_id } => Said::new(
                format!(
                    "biên bản được ký bằng khoá {}, khoá đã cho không bảo đảm cho khoá ấy",
                    short(key_id)
                ),
                format!(
                    "the record was signed with the key {}, for which the given key does not vouch",
                    short(key_id)
                ),
            ),
            Self::WrongDigest { part } => Said::new(
                format!("{} không phải là điều đã được ký", part.said().vi),
                format!("{part} is not what was signed"),
            ),
            Self::BrokenChain { entry } => Said::new(
                format!("việc số {entry} trong lịch sử không nối tiếp các việc trước"),
                format!("entry {entry} of the history does not follow from those before it"),
            ),
            Self::UnknownEntry { entry } => Said::new(
                format!(
                    "không hiểu việc số {entry} trong lịch sử: cần phiên bản sohoa mới hơn, hoặc biên bản đã hỏng"
                ),
                format!(
                    "entry {entry} of the history is not understood: it takes a newer sohoa, or the record is damaged"
                ),
            ),
            Self::AgainstRules { entry, error } => Said::new(
                format!(
                    "việc số {entry} trong lịch sử trái quy tắc: {}",
                    harmless(&error.message_vi())
                ),
                format!(
                    "entry {entry} of the history breaks the rules: {}",
                    harmless(&error.message_en())
                ),
            ),
            Self::NotConfirmed => Said::new(
                "lịch sử không kết thúc bằng việc duyệt",
                "the history does not end in a confirmation",
            ),
            Self::OtherRubric => Said::new(
                "làm lại lịch sử không ra thang điểm đã duyệt trong biên bản",
                "the history does not lead to the confirmed rubric in the record",
            ),
            Self::DoesNotFit { what } => Said::new(
                format!("{} trong biên bản không khớp với lịch sử", what.said().vi),
                format!("{what} in the statement is not that of the history"),
            ),
            Self::SamePerson { person } => Said::new(
                format!("“{}” vừa trình vừa duyệt", short(person)),
                format!("“{}” both submitted and confirmed", short(person)),
            ),
            Self::OtherFile { found, stated } => Said::new(
                format!(
                    "tệp không phải bản quét của biên bản: SHA-256 của tệp là {found}, biên bản ghi {}",
                    short(stated)
                ),
                format!(
                    "the file is not the scan of the record: its SHA-256 is {found}, the record states {}",
                    short(stated)
                ),
            ),
        }
    }
}

/// The beginning of a text from a record.
fn short(text: &str) -> String {
    const MOST: usize = 80;
    let shown: String = text.chars().take(MOST).collect();
    let more = if shown.len() < text.len() { "…" } else { "" };
    format!("{}{more}", harmless(&shown))
}
