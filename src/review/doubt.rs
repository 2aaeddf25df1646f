use crate::domain::{
    About, Confidence, Criterion, Field, Finding, FindingCode, PageNo, PixelBox, Provenance, Reader, Rubric,
    Severity,
};

use super::draft::settled_by_person;
use super::harm::worst_first;
use super::value::{criterion_text, text_of};
use super::{Draft, Event, Ground, Place, ReviewError};

/// A value that a person should look at, with what is needed to settle it.
#[derive(Debug, Clone, PartialEq)]
pub struct Doubt {
    /// `None`: a value of the rubric itself.
    pub criterion: Option<String>,
    pub field: Field,
    pub ground: Ground,
    pub page: PageNo,
    pub bbox: PixelBox,
    /// As read.
    pub raw: String,
    /// As it stands; `None` where there is no value or the field is not a single value.
    pub value: Option<String>,
    pub confidence: Confidence,
    /// Readings to choose from, best first.
    pub candidates: Vec<String>,
    /// Why it is doubted, in Vietnamese.
    pub reason_vi: String,
    /// The same in English.
    pub reason_en: String,
}

/// What is left to look at after `events` were done to `base`, what would do most harm first.
pub fn doubtful(base: &Rubric, events: &[Event]) -> Result<Vec<Doubt>, ReviewError> {
    Ok(Draft::replay(base.clone(), events.to_vec())?.doubtful())
}

/// What is left to look at in a rubric as it stands, in the order of [`worst_first`]; equals in document order:
/// first the rubric's own values, then its criteria.
pub(super) fn left(rubric: &Rubric) -> Vec<Doubt> {
    let mut doubts = in_one(rubric, None, &rubric.provenance);
    for criterion in &rubric.criteria {
        doubts.extend(in_one(rubric, Some(criterion), &criterion.provenance));
    }
    worst_first(&mut doubts);
    doubts
}

/// The doubtful fields of a criterion, or of the rubric itself; each once, however many places it has.
fn in_one(rubric: &Rubric, criterion: Option<&Criterion>, entries: &[Provenance]) -> Vec<Doubt> {
    let id = criterion.map(|c| &c.id);
    let about: Vec<&Finding> = rubric
        .findings
        .iter()
        .filter(|f| f.criterion.as_ref() == id && f.about == About::Reading && is_call_to_look(f))
        .collect();
    let mut doubts: Vec<Doubt> = Vec::new();
    for entry in entries.iter().filter(|p| !settled_by_person(p)) {
        let finding = about.iter().find(|f| f.field == Some(entry.field)).copied();
        let seen = doubts.iter().any(|d| d.field == entry.field);
        if !seen && (entry.doubtful || finding.is_some()) {
            doubts.push(doubt(rubric, criterion, entry, finding));
        }
    }
    // A value that should be there and that nothing was read for.
    for finding in about {
        let unread = finding
            .field
            .filter(|field| !entries.iter().any(|p| p.field == *field));
        if let (Some(field), Some(page), Some(criterion)) = (unread, finding.page, criterion) {
            doubts.push(unread_value(criterion, field, page, finding));
        }
    }
    doubts
}

/// True for findings that doubt one value. Those that doubt how values fit together (sums, gaps) are
/// settled by looking at the values that are doubtful themselves.
fn is_call_to_look(finding: &Finding) -> bool {
    finding.severity >= Severity::Warning
        && matches!(
            finding.code,
            FindingCode::ReadersDisagree
                | FindingCode::LowConfidence
                | FindingCode::UnreadInk
                | FindingCode::DigitFixProposed
                | FindingCode::MissingMaxScore
                | FindingCode::NumberInferred
        )
}

fn doubt(
    rubric: &Rubric,
    criterion: Option<&Criterion>,
    origin: &Provenance,
    finding: Option<&Finding>,
) -> Doubt {
    let place = Place {
        criterion: criterion.map(|c| c.id.clone()),
        field: origin.field,
    };
    let (reason_vi, reason_en) = reason(origin, finding);
    Doubt {
        value: text_of(rubric, &place).ok().flatten(),
        criterion: place.criterion,
        field: origin.field,
        ground: Ground::of(&origin.candidates, finding.map(|f| f.code)),
        page: origin.page,
        bbox: origin.bbox,
        raw: origin.raw.clone(),
        confidence: origin.confidence,
        candidates: origin.candidates.clone(),
        reason_vi,
        reason_en,
    }
}

fn unread_value(criterion: &Criterion, field: Field, page: PageNo, finding: &Finding) -> Doubt {
    Doubt {
        criterion: Some(criterion.id.clone()),
        field,
        ground: Ground::of(&[], Some(finding.code)),
        page,
        bbox: finding.bbox.unwrap_or_default(),
        raw: String::new(),
        value: criterion_text(criterion, field).flatten(),
        confidence: Confidence::NONE,
        candidates: Vec::new(),
        reason_vi: finding.message.clone(),
        reason_en: finding.message_en.clone(),
    }
}

fn reason(origin: &Provenance, finding: Option<&Finding>) -> (String, String) {
    if let Some(finding) = finding.filter(|f| f.code != FindingCode::LowConfidence) {
        return (finding.message.clone(), finding.message_en.clone());
    }
    if origin.candidates.len() > 1 {
        let readings = origin.candidates.join(" · ");
        return (
            format!("Các lần đọc không khớp: {readings}. Hãy chọn theo nét mực."),
            format!("The readings do not agree: {readings}. Choose what the ink says."),
        );
    }
    if let Some(why) = &origin.restored_by {
        return (
            format!(
                "Đọc được “{}”, đã suy ra giá trị khác ({why}). Hãy đối chiếu nét mực.",
                origin.raw
            ),
            format!(
                "Read as “{}”, then changed by inference ({why}). Compare with the ink.",
                origin.raw
            ),
        );
    }
    let percent = (origin.confidence.get() * 100.0).round();
    let readers = reader_names(&origin.readers);
    (
        format!("Đọc chưa chắc ({percent}%{readers}). Hãy đối chiếu nét mực."),
        format!("Read without certainty ({percent}%{readers}). Compare with the ink."),
    )
}

fn reader_names(readers: &[Reader]) -> String {
    readers.iter().map(|r| format!(", {}", r.name())).collect()
}
