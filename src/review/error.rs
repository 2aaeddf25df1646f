use crate::domain::Field;

use super::value::{field_label_en, field_label_vi};
use super::{Author, State};

/// Why something cannot be done to a draft. `code` is stable; the messages say what to do next.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ReviewError {
    #[error("there is no criterion {criterion:?}: reload the rubric")]
    UnknownCriterion { criterion: String },
    #[error("{} cannot be edited here", field_label_en(*.field))]
    NotEditable { field: Field },
    #[error(
        "{value:?} is no number for {}: write at most four digits and three decimals, like 1,5 or 10",
        field_label_en(*.field)
    )]
    NotANumber { field: Field, value: String },
    #[error("the text for {} is longer than {limit} characters: shorten it", field_label_en(*.field))]
    TooLong { field: Field, limit: usize },
    #[error("the text for {} holds control characters: type it anew", field_label_en(*.field))]
    ControlCharacters { field: Field },
    #[error("there is nothing to undo")]
    NothingToUndo,
    #[error("the history names event {event}, which cannot be undone")]
    NotUndoable { event: usize },
    #[error("this rubric is {}: {}", .state.name_en(), .state.next_en())]
    WrongState { state: State },
    #[error("{person} submitted this rubric, so somebody else must confirm it")]
    SamePerson { person: Author },
    #[error("say in a few words what is to be put right")]
    EmptyComment,
    #[error("there are rows below {criterion:?}: move or merge them first")]
    HasRowsBelow { criterion: String },
    #[error("{criterion:?} cannot go below itself: choose another place")]
    UnderItself { criterion: String },
    #[error("{criterion:?} does not stand under the same row: reload the rubric and choose the place again")]
    NotASibling { criterion: String },
    #[error("both parts of {criterion:?} need words: put the cut inside the title")]
    NothingToSplit { criterion: String },
    #[error("the rows have different values for {}: make them the same before merging", field_label_en(*.field))]
    TwoScores { field: Field },
    #[error("there is a row {criterion:?} already: reload the rubric")]
    IdTaken { criterion: String },
    #[error("column {column} cannot be made that: reload the rubric, and choose another role")]
    UnknownColumn { column: usize },
    #[error("nobody asked for this rubric's scores to be typed twice: switch it on first")]
    KeyingNotAsked,
    #[error("{person} has worked on this value, so somebody else must type it again")]
    NotUnseen { person: Author },
    #[error("{left} scores are still to be typed again or to be compared: finish that before submitting")]
    KeyingLeft { left: usize },
}

impl ReviewError {
    /// A stable name for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownCriterion { .. } => "unknown_criterion",
            Self::NotEditable { .. } => "not_editable",
            Self::NotANumber { .. } => "not_a_number",
            Self::TooLong { .. } => "too_long",
            Self::ControlCharacters { .. } => "control_characters",
            Self::NothingToUndo => "nothing_to_undo",
            Self::NotUndoable { .. } => "not_undoable",
            Self::WrongState { .. } => "wrong_state",
            Self::SamePerson { .. } => "same_person",
            Self::EmptyComment => "empty_comment",
            Self::HasRowsBelow { .. } => "has_rows_below",
            Self::UnderItself { .. } => "under_itself",
            Self::NotASibling { .. } => "not_a_sibling",
            Self::NothingToSplit { .. } => "nothing_to_split",
            Self::TwoScores { .. } => "two_scores",
            Self::IdTaken { .. } => "id_taken",
            Self::UnknownColumn { .. } => "unknown_column",
            Self::KeyingNotAsked => "keying_not_asked",
            Self::NotUnseen { .. } => "not_unseen",
            Self::KeyingLeft { .. } => "keying_left",
        }
    }

    pub fn message_en(&self) -> String {
        self.to_string()
    }

    pub fn message_vi(&self) -> String {
        match self {
            Self::UnknownCriterion { criterion } => {
                format!("Không có tiêu chí “{criterion}”: hãy tải lại thang điểm.")
            }
            Self::NotEditable { field } => format!("Không sửa được {} ở đây.", field_label_vi(*field)),
            Self::NotANumber { field, value } => format!(
                "“{value}” không phải là số cho {}: viết nhiều nhất bốn chữ số và ba số lẻ, ví dụ 1,5 hoặc 10.",
                field_label_vi(*field)
            ),
            Self::TooLong { field, limit } => {
                format!(
                    "Nội dung của {} dài quá {limit} ký tự: hãy viết ngắn lại.",
                    field_label_vi(*field)
                )
            }
            Self::ControlCharacters { field } => {
                format!(
                    "Nội dung của {} có ký tự điều khiển: hãy gõ lại.",
                    field_label_vi(*field)
                )
            }
            Self::NothingToUndo => "Không còn gì để hoàn tác.".to_owned(),
            Self::NotUndoable { event } => format!("Lịch sử nêu việc số {event} không hoàn tác được."),
            Self::WrongState { state } => format!("Thang điểm {}: {}", state.name_vi(), state.next_vi()),
            Self::SamePerson { person } => {
                format!("{person} đã trình thang điểm này, nên phải do người khác duyệt.")
            }
            Self::EmptyComment => "Hãy ghi vài chữ về điều cần sửa.".to_owned(),
            Self::HasRowsBelow { criterion } => {
                format!("Dưới “{criterion}” còn có mục con: hãy chuyển hoặc gộp các mục đó trước.")
            }
            Self::UnderItself { criterion } => {
                format!("Không đặt “{criterion}” dưới chính nó được: hãy chọn chỗ khác.")
            }
            Self::NotASibling { criterion } => {
                format!("“{criterion}” không cùng mục cha: hãy tải lại thang điểm rồi chọn lại chỗ.")
            }
            Self::NothingToSplit { criterion } => {
                format!("Hai phần của “{criterion}” đều phải có chữ: hãy đặt chỗ tách ở giữa nội dung.")
            }
            Self::TwoScores { field } => format!(
                "Hai hàng có {} khác nhau: hãy sửa cho giống nhau rồi mới gộp.",
                field_label_vi(*field)
            ),
            Self::IdTaken { criterion } => {
                format!("Đã có hàng “{criterion}”: hãy tải lại thang điểm.")
            }
            Self::UnknownColumn { column } => {
                format!(
                    "Không đổi được loại của cột {column} như vậy: hãy tải lại thang điểm rồi chọn loại khác."
                )
            }
            Self::KeyingNotAsked => {
                "Thang điểm này chưa bật nhập hai lần: hãy bật trước khi nhập lại.".to_owned()
            }
            Self::NotUnseen { person } => {
                format!("{person} đã làm việc với giá trị này, nên phải do người khác nhập lại.")
            }
            Self::KeyingLeft { left } => format!(
                "Còn {left} điểm chưa nhập lại hoặc chưa đối chiếu: hãy làm xong rồi mới trình duyệt."
            ),
        }
    }
}
