//! Blind double keying: a second person types the scores without seeing them; what differs is doubtful.

use time::OffsetDateTime;

use crate::domain::{Confidence, Field, PageNo, PixelBox, Rubric};

use super::harm::worst_first;
use super::value::{accept, cleaned, is_score, text_of};
use super::{Action, Author, Doubt, Draft, Ground, Keying, Place, ReviewError};

/// The scores that are typed twice: those that the decision itself sets.
const KEYED: [Field; 3] = [Field::MaxScore, Field::Bonus, Field::Deduction];

/// A score to be typed from the ink alone: what it is read as stays out.
#[derive(Debug, Clone, PartialEq)]
pub struct ToKey {
    pub place: Place,
    pub page: PageNo,
    pub bbox: PixelBox,
}

impl Draft {
    /// Whether the scores are to be typed twice.
    pub fn keying(&self) -> Keying {
        self.events
            .iter()
            .rev()
            .find_map(|e| match e.action {
                Action::KeyingSet(keying) => Some(keying),
                _ => None,
            })
            .unwrap_or_default()
    }

    /// Asks for double keying, or does without it again.
    pub fn set_keying(&mut self, keying: Keying, by: Author, at: OffsetDateTime) -> Result<(), ReviewError> {
        if self.keying() == keying {
            return self.editable();
        }
        self.act(Action::KeyingSet(keying), by, at)
    }

    /// A score as somebody typed it who did not see it. The same as what stands there settles it;
    /// another is a difference that goes back to the queue. Refused to whoever wrote or accepted the value.
    pub fn key(
        &mut self,
        place: Place,
        typed: Option<&str>,
        by: Author,
        at: OffsetDateTime,
    ) -> Result<(), ReviewError> {
        let value = cleaned(place.field, typed)?;
        self.act(Action::Keyed { place, value }, by, at)
    }

    /// What `person` has still to type, in document order; nothing unless it was asked for.
    pub fn to_key(&self, person: &Author) -> Vec<ToKey> {
        self.unkeyed()
            .into_iter()
            .filter(|to| !self.has_worked_on(&to.place, person))
            .collect()
    }

    /// The scores that nobody has typed a second time.
    pub(super) fn unkeyed(&self) -> Vec<ToKey> {
        if self.keying() == Keying::NotAsked {
            return Vec::new();
        }
        let current = self.current();
        let keyed: Vec<&Place> = self.keyed().collect();
        let scored = current.criteria.iter().flat_map(|c| {
            KEYED
                .into_iter()
                .map(|field| Place::of(&c.id, field))
                .filter(|place| matches!(text_of(&current, place), Ok(Some(_))))
        });
        let fresh = scored.filter(|place| !keyed.contains(&place));
        fresh.filter_map(|place| to_key(&current, place)).collect()
    }

    /// Scores typed otherwise the second time, that nobody has settled since: what was typed, by whom.
    pub(super) fn differences(&self) -> Vec<(Place, Option<String>, Author)> {
        let standing: Vec<usize> = self.undoable().collect();
        let mut found = Vec::new();
        for (at, index) in standing.iter().enumerate() {
            let Action::Keyed { place, value } = &self.events[*index].action else {
                continue;
            };
            let settled = standing[at + 1..].iter().any(|i| match &self.events[*i].action {
                Action::Edited { place: p, .. }
                | Action::Accepted { place: p, .. }
                | Action::Keyed { place: p, .. } => p == place,
                _ => false,
            });
            if !settled && self.text_at(place).is_ok_and(|now| now != *value) {
                found.push((place.clone(), value.clone(), self.events[*index].by.clone()));
            }
        }
        found
    }

    /// Whether everything was typed twice and compared, where that was asked for.
    pub(super) fn all_keyed(&self) -> Result<(), ReviewError> {
        if self.keying() == Keying::NotAsked {
            return Ok(());
        }
        match self.unkeyed().len() + self.differences().len() {
            0 => Ok(()),
            left => Err(ReviewError::KeyingLeft { left }),
        }
    }

    pub(super) fn keyable(&self, place: &Place, value: Option<&str>, by: &Author) -> Result<(), ReviewError> {
        if self.keying() == Keying::NotAsked {
            return Err(ReviewError::KeyingNotAsked);
        }
        if !KEYED.contains(&place.field) || place.criterion.is_none() {
            return Err(ReviewError::NotEditable { field: place.field });
        }
        self.text_at(place)?;
        cleaned(place.field, value)?;
        match self.has_worked_on(place, by) {
            true => Err(ReviewError::NotUnseen { person: by.clone() }),
            false => Ok(()),
        }
    }

    /// True when `person` wrote or accepted the value, so has seen it.
    fn has_worked_on(&self, place: &Place, person: &Author) -> bool {
        self.undoable().any(|i| {
            let event = &self.events[i];
            match &event.action {
                Action::Edited { place: p, .. } | Action::Accepted { place: p, .. } => {
                    p == place && event.by == *person
                }
                _ => false,
            }
        })
    }

    /// Where somebody typed a second time, as far as it stands.
    fn keyed(&self) -> impl Iterator<Item = &Place> {
        self.undoable().filter_map(|i| match &self.events[i].action {
            Action::Keyed { place, .. } => Some(place),
            _ => None,
        })
    }
}

/// A second person's typing that says the same settles the value.
pub(super) fn apply(rubric: &mut Rubric, place: &Place, value: Option<&str>) -> Result<(), ReviewError> {
    if text_of(rubric, place)?.as_deref() == value {
        accept(rubric, place, value)
    } else {
        Ok(())
    }
}

/// The doubts with those that double keying raised, in the order of [`worst_first`]; a place is doubted once.
pub(super) fn with_differences(
    mut doubts: Vec<Doubt>,
    rubric: &Rubric,
    differences: Vec<(Place, Option<String>, Author)>,
) -> Vec<Doubt> {
    if differences.is_empty() {
        return doubts;
    }
    for (place, typed, by) in differences {
        doubts.retain(|d| d.criterion != place.criterion || d.field != place.field);
        doubts.push(difference(rubric, &place, typed, &by));
    }
    let order = |d: &Doubt| {
        let id = d.criterion.as_deref();
        id.map(|id| rubric.criteria.iter().position(|c| c.id == id))
    };
    // Stable: what does equal harm keeps the document's order.
    doubts.sort_by_key(order);
    worst_first(&mut doubts);
    doubts
}

fn difference(rubric: &Rubric, place: &Place, typed: Option<String>, by: &Author) -> Doubt {
    let value = text_of(rubric, place).ok().flatten();
    let spot = to_key(rubric, place.clone());
    let said = |text: &Option<String>| text.clone().unwrap_or_else(|| "–".to_owned()).replace('.', ",");
    Doubt {
        criterion: place.criterion.clone(),
        field: place.field,
        ground: Ground::Contradicted,
        page: spot.as_ref().map_or(PageNo::FIRST, |s| s.page),
        bbox: spot.map(|s| s.bbox).unwrap_or_default(),
        raw: String::new(),
        confidence: Confidence::NONE,
        candidates: value.iter().chain(&typed).cloned().collect(),
        reason_vi: format!(
            "{by} nhập lại là {}, đang ghi {}. Hãy chọn theo nét mực.",
            said(&typed),
            said(&value)
        ),
        reason_en: format!(
            "{by} typed {} where {} stands. Choose what the ink says.",
            typed.as_deref().unwrap_or("–"),
            value.as_deref().unwrap_or("–")
        ),
        value,
    }
}

/// Where the ink of `place` is; without ink of its own, the criterion's.
fn to_key(rubric: &Rubric, place: Place) -> Option<ToKey> {
    debug_assert!(is_score(place.field));
    let criterion = rubric.criterion(place.criterion.as_deref()?)?;
    let own = criterion.sources(place.field).find(|p| !p.bbox.is_empty());
    let spot = own.or_else(|| criterion.provenance.iter().find(|p| !p.bbox.is_empty()));
    Some(ToKey {
        page: spot.map_or(PageNo::FIRST, |p| p.page),
        bbox: spot.map(|p| p.bbox).unwrap_or_default(),
        place,
    })
}
