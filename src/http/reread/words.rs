//! Why a second reading cannot be accepted, in words: which change does not fit, and whose it is.

use crate::domain::{ColumnRole, Field};
use crate::http::problem::HttpError;
use crate::review::{Action, Event, RereadError, Restructure, Unfit, field_label_en, field_label_vi};

use super::prospect::{Kept, Prospect};

/// Something in the way.
pub struct Block {
    pub rubric: String,
    /// The place in the rubric's history, from 1; `None`: the rubric as a whole.
    pub seq: Option<u64>,
    pub by: Option<String>,
    pub code: &'static str,
    pub vi: String,
    pub en: String,
}

/// All that is in the way of a second reading, but for a rubric that is confirmed.
pub fn blocks(prospect: &Prospect) -> Vec<Block> {
    let unfit = prospect.kept().flat_map(|kept| match &kept.outcome {
        Err(RereadError::Unfit(all)) => all.iter().map(|unfit| unfit_block(kept, unfit)).collect(),
        _ => Vec::new(),
    });
    let gone = prospect
        .vanished
        .iter()
        .filter(|gone| !gone.draft.events().is_empty());
    let gone = gone.map(|gone| Block {
        rubric: gone.record.id.clone(),
        seq: None,
        by: None,
        code: "rubric_gone",
        vi: format!(
            "Bản đọc lại không còn bảng “{}” mà đã có người làm việc trên đó. Hãy bỏ bản đọc lại.",
            gone.draft.current().title
        ),
        en: format!(
            "The new reading lacks the table {:?}, on which people have worked. Discard the new reading.",
            gone.draft.current().title
        ),
    });
    unfit.chain(gone).collect()
}

/// The problem that says all of it.
pub fn blocked(blocks: &[Block]) -> HttpError {
    let all = |words: fn(&Block) -> &str| blocks.iter().map(words).collect::<Vec<_>>().join(" ");
    HttpError::RereadingBlocked {
        en: all(|block| &block.en),
        vi: all(|block| &block.vi),
    }
}

fn unfit_block(kept: &Kept, unfit: &Unfit) -> Block {
    let event = &kept.loaded.draft.events()[unfit.event];
    let (vi, en) = deed(event);
    let by = event.by.name();
    Block {
        rubric: kept.loaded.record.id.clone(),
        seq: Some(unfit.event as u64 + 1),
        by: Some(by.to_owned()),
        code: unfit.why.code(),
        vi: format!(
            "Việc số {} của {by} ({vi}) không làm lại được trên bản đọc lại: {} Hãy hoàn tác việc đó trước, rồi làm lại sau.",
            unfit.event + 1,
            unfit.why.message_vi()
        ),
        en: format!(
            "Change {} by {by} ({en}) cannot be done to the new reading: {}. Undo that change first, and make it again \
             afterwards.",
            unfit.event + 1,
            unfit.why.message_en()
        ),
    }
}

/// What somebody did, in a few words.
fn deed(event: &Event) -> (String, String) {
    let value = |done: (&str, &str), criterion: Option<&str>, field: Field| {
        let (vi, en) = (field_label_vi(field), field_label_en(field));
        match criterion {
            Some(id) => (
                format!("{} {vi} của “{id}”", done.0),
                format!("{} {en} of {id:?}", done.1),
            ),
            None => (
                format!("{} {vi} của bảng", done.0),
                format!("{} {en} of the rubric", done.1),
            ),
        }
    };
    match &event.action {
        Action::Edited { place, .. } => value(("sửa", "edited"), place.criterion.as_deref(), place.field),
        Action::Accepted { place, .. } => {
            value(("chấp nhận", "accepted"), place.criterion.as_deref(), place.field)
        }
        Action::Keyed { place, .. } => value(
            ("nhập lại", "typed again"),
            place.criterion.as_deref(),
            place.field,
        ),
        Action::RulesEdited { criterion, .. } => value(("sửa", "edited"), Some(criterion), Field::Rules),
        Action::ColumnRecast(change) => column(change.column, change.after),
        Action::Restructured(change) => row(change),
        Action::KeyingSet(_)
        | Action::Undone { .. }
        | Action::Submitted
        | Action::Returned { .. }
        | Action::Confirmed
        | Action::Amends { .. }
        | Action::Superseded { .. }
        | Action::Reread => (
            "bước trong lịch sử".to_owned(),
            "a step of the history".to_owned(),
        ),
    }
}

fn column(column: usize, role: ColumnRole) -> (String, String) {
    use crate::domain::Named;
    (
        format!("đổi loại cột {} thành {}", column + 1, role.name()),
        format!("made column {} {}", column + 1, role.name()),
    )
}

fn row(change: &Restructure) -> (String, String) {
    let said = |vi: &str, en: &str, id: &str| (format!("{vi} “{id}”"), format!("{en} {id:?}"));
    match change {
        Restructure::Added { id, .. } => said("thêm hàng", "added the row", id),
        Restructure::Moved { criterion, .. } => said("chuyển hàng", "moved the row", criterion),
        Restructure::Removed { criterion, .. } => said("xoá hàng", "removed the row", criterion),
        Restructure::Split { criterion, .. } => said("tách hàng", "split the row", criterion),
        Restructure::Merged { criterion, .. } => said("gộp hàng", "merged the row", criterion),
        Restructure::Recast { criterion, .. } => said("đổi loại hàng", "recast the row", criterion),
    }
}
