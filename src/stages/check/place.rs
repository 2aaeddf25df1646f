//! A finding with its place: the page and box of the field it is about.

use crate::domain::{About, Criterion, Field, Finding, FindingCode, Rubric, Severity};

pub use crate::domain::Said;

/// A finding on a criterion's field.
pub fn on(
    criterion: &Criterion,
    field: Field,
    code: FindingCode,
    about: About,
    severity: Severity,
    said: Said,
) -> Finding {
    let fallback = [Field::Title, Field::Number];
    let place = std::iter::once(field)
        .chain(fallback)
        .find_map(|f| criterion.sources(f).next());
    Finding {
        code,
        about,
        severity,
        criterion: Some(criterion.id.clone()),
        field: Some(field),
        page: place.map(|p| p.page),
        bbox: place.map(|p| p.bbox).filter(|b| !b.is_empty()),
        message: said.vi,
        message_en: said.en,
    }
}

/// A finding on the rubric as a whole.
pub fn on_rubric(
    rubric: &Rubric,
    code: FindingCode,
    about: About,
    severity: Severity,
    said: Said,
) -> Finding {
    let place = rubric
        .provenance
        .iter()
        .find(|p| p.field == Field::MaxScore && !p.bbox.is_empty());
    Finding {
        code,
        about,
        severity,
        criterion: None,
        field: Some(Field::MaxScore),
        page: place.map(|p| p.page),
        bbox: place.map(|p| p.bbox),
        message: said.vi,
        message_en: said.en,
    }
}

/// How people know a criterion: its id and the start of its title.
pub fn called(criterion: &Criterion) -> String {
    let mut title: String = criterion.title.chars().take(60).collect();
    if criterion.title.chars().count() > 60 {
        title.push('…');
    }
    format!("{} “{title}”", criterion.id)
}

/// Whose matter it is when these criteria's `field` does not fit: ours while one of them is doubtful.
pub fn about<'a>(criteria: impl IntoIterator<Item = &'a Criterion>, field: Field) -> About {
    let doubtful = criteria.into_iter().any(|c| c.sources(field).any(|p| p.doubtful));
    if doubtful { About::Reading } else { About::Decision }
}
