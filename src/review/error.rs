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
        }
    }
}
