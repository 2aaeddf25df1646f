//! What an amendment changed, for people: lines for a terminal, a page for a browser.

mod html;
mod text;

pub use html::write as html;
pub use text::write as text;

use crate::compare::Change;
use crate::domain::Criterion;
use crate::review::{field_label_en, field_label_vi};

/// What a changed thing is called.
fn called_vi(change: &Change) -> &'static str {
    match (change.field, change.name) {
        (Some(field), _) => field_label_vi(field),
        (None, "kind") => "loại",
        (None, "applies_to") => "đối tượng áp dụng",
        _ => "điểm thưởng tối đa",
    }
}

fn called_en(change: &Change) -> &'static str {
    match (change.field, change.name) {
        (Some(field), _) => field_label_en(field),
        (None, "kind") => "the kind",
        (None, "applies_to") => "whom it applies to",
        _ => "the most bonus",
    }
}

/// A criterion in a line: its id, its title.
fn named(criterion: &Criterion) -> String {
    let title = criterion.title.split_whitespace().collect::<Vec<_>>().join(" ");
    if criterion.number.is_empty() {
        title
    } else {
        format!("{} {title}", criterion.id)
    }
}
