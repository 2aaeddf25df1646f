//! What an amendment changed, for people: lines for a terminal, a page for a browser.

mod html;
mod text;

pub use html::write as html;
pub use text::write as text;

use crate::compare::Of;
use crate::domain::{Criterion, one_line};
use crate::review::{field_label_en, field_label_vi};

/// What a changed thing is called.
fn called_vi(of: Of) -> &'static str {
    match of {
        Of::Field(field) => field_label_vi(field),
        Of::Kind => "loại",
        Of::AppliesTo => "đối tượng áp dụng",
        Of::BonusMax => "điểm thưởng tối đa",
    }
}

fn called_en(of: Of) -> &'static str {
    match of {
        Of::Field(field) => field_label_en(field),
        Of::Kind => "the kind",
        Of::AppliesTo => "whom it applies to",
        Of::BonusMax => "the most bonus",
    }
}

/// A criterion in a line: its id, its title.
fn named(criterion: &Criterion) -> String {
    let title = one_line(&criterion.title);
    if criterion.number.is_empty() {
        title
    } else {
        format!("{} {title}", criterion.id)
    }
}

/// `1,5 điểm`; `None` where the document gives no maximum.
fn points(criterion: &Criterion) -> Option<String> {
    let max = criterion.max_score?;
    Some(format!("{} điểm", max.to_vietnamese()))
}
