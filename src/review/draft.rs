use std::collections::HashSet;

use time::OffsetDateTime;

use crate::domain::{Field, Provenance, Reader, Rubric, Rule};

use super::value::{EDITABLE, accept, cleaned, put, put_rules, text_of};
use super::{
    Action, Author, ConfirmedRubric, Doubt, Event, Place, ReviewError, columns, doubt, keying, structure,
};

/// Where a rubric stands on its way to being official.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    Draft,
    Submitted,
    /// Sent back by a reviewer; edited and submitted again like a draft.
    Returned,
    Confirmed,
    /// It was confirmed, and a confirmed rubric that changes it has taken its place.
    Superseded,
}

impl State {
    /// The name in every interface.
    pub fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Submitted => "submitted",
            Self::Returned => "returned",
            Self::Confirmed => "confirmed",
            Self::Superseded => "superseded",
        }
    }

    pub(super) fn name_en(self) -> &'static str {
        match self {
            Self::Draft => "a draft",
            Self::Submitted => "waiting for confirmation",
            Self::Returned => "returned",
            Self::Confirmed => "confirmed",
            Self::Superseded => "superseded by another",
        }
    }

    pub(super) fn next_en(self) -> &'static str {
        match self {
            Self::Draft | Self::Returned => "submit it first",
            Self::Submitted => "have it returned before changing it",
            Self::Confirmed => "it stays as it is; a change is made in a new rubric",
            Self::Superseded => "it stays as it was; look at the rubric that took its place",
        }
    }

    pub(super) fn name_vi(self) -> &'static str {
        match self {
            Self::Draft => "còn là bản nháp",
            Self::Submitted => "đang chờ duyệt",
            Self::Returned => "đã bị trả lại",
            Self::Confirmed => "đã được duyệt",
            Self::Superseded => "đã được thay thế",
        }
    }

    pub(super) fn next_vi(self) -> &'static str {
        match self {
            Self::Draft | Self::Returned => "hãy trình duyệt trước.",
            Self::Submitted => "hãy trả lại trước khi sửa.",
            Self::Confirmed => "giữ nguyên; muốn đổi thì lập thang điểm mới.",
            Self::Superseded => "giữ nguyên; hãy xem thang điểm thay thế nó.",
        }
    }
}

/// What was read, and everything that people did to it since.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    pub(super) base: Rubric,
    pub(super) events: Vec<Event>,
    /// `base` with everything that stands applied, so that a long history replays in one pass.
    pub(super) now: Rubric,
    /// Changes that were taken back and that `base`, read since, has no place for: they stand in the history alone.
    idle: HashSet<usize>,
}

impl Draft {
    /// A draft that nobody has touched.
    pub fn new(base: Rubric) -> Self {
        Self {
            now: base.clone(),
            base,
            events: Vec::new(),
            idle: HashSet::new(),
        }
    }

    /// The draft with a history from the store. Every event passes the rules again; the first that
    /// breaks one is the error.
    pub fn replay(base: Rubric, events: Vec<Event>) -> Result<Self, ReviewError> {
        Self::replayed(base, events).map_err(|(_, error)| error)
    }

    /// The same; the error comes with the place of the event. A change that was taken back later breaks no rule where
    /// it finds nothing to change: another reading stands below it by now, and nothing rests on it.
    pub(super) fn replayed(base: Rubric, events: Vec<Event>) -> Result<Self, (usize, ReviewError)> {
        let taken_back: HashSet<usize> = events.iter().filter_map(undone_by).collect();
        let mut draft = Self::new(base);
        for (at, event) in events.into_iter().enumerate() {
            if let Err(error) = draft.admit(&event) {
                let is_idle = is_change(&event.action) && taken_back.contains(&at);
                if !is_idle || draft.editable().is_err() {
                    return Err((at, error));
                }
                draft.idle.insert(at);
            }
            draft.events.push(event);
        }
        Ok(draft)
    }

    /// As it was read.
    pub fn base(&self) -> &Rubric {
        &self.base
    }

    /// The history, oldest first.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// Grows by one with each event, from 1: what a writer must have seen.
    pub fn version(&self) -> u64 {
        self.events.len() as u64 + 1
    }

    pub fn state(&self) -> State {
        self.events
            .iter()
            .rev()
            .find_map(|e| state_after(&e.action))
            .unwrap_or(State::Draft)
    }

    /// Who submitted what now waits for confirmation or was confirmed; `None` in the other states.
    pub fn submitted_by(&self) -> Option<&Author> {
        match self.state() {
            State::Submitted | State::Confirmed | State::Superseded => {}
            State::Draft | State::Returned => return None,
        }
        self.events
            .iter()
            .rev()
            .find(|e| e.action == Action::Submitted)
            .map(|e| &e.by)
    }

    /// What the reviewer wrote when returning it; `None` unless it stands returned.
    pub fn return_comment(&self) -> Option<&str> {
        if self.state() != State::Returned {
            return None;
        }
        self.events.iter().rev().find_map(|e| match &e.action {
            Action::Returned { comment } => Some(comment.as_str()),
            _ => None,
        })
    }

    /// The rubric as it stands: every change that was not taken back, applied in order.
    /// Its findings are those of the reading; whoever shows it runs the checks again.
    pub fn current(&self) -> Rubric {
        let mut rubric = self.now.clone();
        self.add_up(&mut rubric);
        rubric
    }

    /// A total that the document does not declare is the sum of its parts, and stays so when a part is edited.
    fn add_up(&self, rubric: &mut Rubric) {
        let declared = |field| rubric.provenance.iter().any(|p| p.field == field);
        let (max_declared, bonus_declared) = (declared(Field::MaxScore), declared(Field::Bonus));
        if !max_declared && self.base.max_score == self.base.base_total() {
            rubric.max_score = rubric.base_total();
        }
        if !bonus_declared && self.base.bonus_max == self.base.bonus_total() {
            rubric.bonus_max = rubric.bonus_total();
        }
    }

    /// The values that a person should still look at, what would do most harm first.
    pub fn doubtful(&self) -> Vec<Doubt> {
        let current = self.current();
        keying::with_differences(doubt::left(&current), &current, self.differences())
    }

    /// True when [`Self::undo`] would do something.
    pub fn can_undo(&self) -> bool {
        self.editable().is_ok() && self.last_undoable().is_some()
    }

    /// Changes a value. `typed` is what the person wrote: `1,5`; `None` or nothing empties it.
    /// Typing what stands there already accepts it, if it was doubtful, and otherwise does nothing.
    pub fn edit(
        &mut self,
        place: Place,
        typed: Option<&str>,
        by: Author,
        at: OffsetDateTime,
    ) -> Result<(), ReviewError> {
        let before = self.text_at(&place)?;
        let after = cleaned(place.field, typed)?;
        if before != after {
            return self.act(Action::Edited { place, before, after }, by, at);
        }
        match self.is_doubtful(&place) {
            true => self.accept(place, by, at),
            false => self.editable(),
        }
    }

    /// Settles a doubtful value as it stands.
    pub fn accept(&mut self, place: Place, by: Author, at: OffsetDateTime) -> Result<(), ReviewError> {
        let value = match EDITABLE.contains(&place.field) {
            true => self.text_at(&place)?,
            false => None,
        };
        self.act(Action::Accepted { place, value }, by, at)
    }

    /// Gives a criterion other rules; the same rules accept them, if they were doubtful.
    pub fn edit_rules(
        &mut self,
        criterion: &str,
        rules: Vec<Rule>,
        by: Author,
        at: OffsetDateTime,
    ) -> Result<(), ReviewError> {
        let known = self.now.criterion(criterion);
        let before = known.ok_or_else(|| unknown(criterion))?.rules.clone();
        if before == rules {
            let place = Place::of(criterion, Field::Rules);
            return match self.is_doubtful(&place) {
                true => self.accept(place, by, at),
                false => self.editable(),
            };
        }
        self.act(
            Action::RulesEdited {
                criterion: criterion.to_owned(),
                before,
                after: rules,
            },
            by,
            at,
        )
    }

    /// Takes back the last change that still stands.
    pub fn undo(&mut self, by: Author, at: OffsetDateTime) -> Result<(), ReviewError> {
        self.editable()?;
        let event = self.last_undoable().ok_or(ReviewError::NothingToUndo)?;
        self.act(Action::Undone { event }, by, at)
    }

    /// Hands the draft to somebody else for confirmation.
    pub fn submit(&mut self, by: Author, at: OffsetDateTime) -> Result<(), ReviewError> {
        self.act(Action::Submitted, by, at)
    }

    /// Sends a submitted rubric back with what is to be put right.
    pub fn return_(&mut self, by: Author, comment: &str, at: OffsetDateTime) -> Result<(), ReviewError> {
        self.act(
            Action::Returned {
                comment: comment.trim().to_owned(),
            },
            by,
            at,
        )
    }

    /// Makes the rubric official. Refused to the person who submitted it.
    /// Doubtful values left unseen do not prevent it: see [`ConfirmedRubric::unseen`].
    pub fn confirm(&mut self, by: Author, at: OffsetDateTime) -> Result<ConfirmedRubric, ReviewError> {
        let submitted_by = self.submitted_by().cloned();
        self.act(Action::Confirmed, by.clone(), at)?;
        let submitted_by = submitted_by.ok_or(ReviewError::WrongState { state: State::Draft })?;
        Ok(ConfirmedRubric::new(self.current(), submitted_by, by, at, None))
    }

    /// The confirmed rubric, once it is.
    pub fn confirmed(&self) -> Option<ConfirmedRubric> {
        let last = self.events.iter().rev().find(|e| e.action == Action::Confirmed)?;
        let submitted_by = self.submitted_by()?.clone();
        Some(ConfirmedRubric::new(
            self.current(),
            submitted_by,
            last.by.clone(),
            last.at,
            self.superseded(),
        ))
    }

    /// Does `action` as an event of its own, or nothing.
    pub(super) fn act(&mut self, action: Action, by: Author, at: OffsetDateTime) -> Result<(), ReviewError> {
        self.push(Event { by, at, action })
    }

    /// Checks `event` and adds it, or changes nothing.
    pub(super) fn push(&mut self, event: Event) -> Result<(), ReviewError> {
        self.admit(&event)?;
        self.events.push(event);
        Ok(())
    }

    /// Checks `event` and does it, or changes nothing.
    fn admit(&mut self, event: &Event) -> Result<(), ReviewError> {
        self.check(event)?;
        match &event.action {
            Action::Undone { event: undone } => self.now = self.without(*undone)?,
            action => apply(&mut self.now, action)?,
        }
        Ok(())
    }

    /// The rules, for new events and for those from the store alike.
    fn check(&self, event: &Event) -> Result<(), ReviewError> {
        let state = self.state();
        match &event.action {
            Action::Edited { place, after, .. } => {
                self.editable()?;
                text_of(&self.now, place)?;
                cleaned(place.field, after.as_deref()).map(|_| ())
            }
            Action::Accepted { place, value } => {
                self.editable()?;
                self.acceptable(place)?;
                match EDITABLE.contains(&place.field) {
                    true => cleaned(place.field, value.as_deref()).map(|_| ()),
                    false => Ok(()),
                }
            }
            Action::RulesEdited { .. }
            | Action::ColumnRecast(_)
            | Action::Restructured(_)
            | Action::KeyingSet(_) => self.editable(),
            Action::Keyed { place, value } => {
                self.editable()?;
                self.keyable(place, value.as_deref(), &event.by)
            }
            Action::Undone { event } => {
                self.editable()?;
                match self.undoable().any(|i| i == *event) {
                    true => Ok(()),
                    false => Err(ReviewError::NotUndoable { event: *event }),
                }
            }
            Action::Submitted => self.editable().and_then(|()| self.all_keyed()),
            Action::Returned { comment } => match state {
                State::Submitted if comment.trim().is_empty() => Err(ReviewError::EmptyComment),
                State::Submitted => Ok(()),
                _ => Err(ReviewError::WrongState { state }),
            },
            Action::Confirmed => match self.submitted_by() {
                Some(submitter) if state == State::Submitted && *submitter == event.by => {
                    Err(ReviewError::SamePerson {
                        person: event.by.clone(),
                    })
                }
                Some(_) if state == State::Submitted => Ok(()),
                _ => Err(ReviewError::WrongState { state }),
            },
            Action::Amends { .. } => self.editable(),
            Action::Superseded { .. } => match state {
                State::Confirmed => Ok(()),
                _ => Err(ReviewError::WrongState { state }),
            },
            Action::Reread => match state {
                State::Confirmed | State::Superseded => Err(ReviewError::WrongState { state }),
                _ => Ok(()),
            },
        }
    }

    pub(super) fn editable(&self) -> Result<(), ReviewError> {
        match self.state() {
            State::Draft | State::Returned => Ok(()),
            state => Err(ReviewError::WrongState { state }),
        }
    }

    /// Rules can be doubtful too, and accepted, though they are no single value.
    fn acceptable(&self, place: &Place) -> Result<(), ReviewError> {
        let Some(id) = &place.criterion else {
            return text_of(&self.now, place).map(|_| ());
        };
        self.now.criterion(id).map(|_| ()).ok_or_else(|| unknown(id))
    }

    /// The text at `place` as it stands.
    pub(super) fn text_at(&self, place: &Place) -> Result<Option<String>, ReviewError> {
        match &place.criterion {
            Some(_) => text_of(&self.now, place),
            // A total may be the sum of what changed.
            None => text_of(&self.current(), place),
        }
    }

    fn is_doubtful(&self, place: &Place) -> bool {
        self.doubtful()
            .iter()
            .any(|d| d.criterion == place.criterion && d.field == place.field)
    }

    /// Positions of the changes that stand.
    pub(super) fn undoable(&self) -> impl Iterator<Item = usize> {
        let undone: Vec<usize> = self.events.iter().filter_map(undone_by).collect();
        self.events
            .iter()
            .enumerate()
            .filter(|(_, e)| is_change(&e.action))
            .map(|(i, _)| i)
            .filter(move |i| !undone.contains(i))
    }

    /// What people changed and accepted. A score that was typed a second time is neither: it is a second look.
    pub fn by_hand(&self) -> ByHand {
        let (mut edited, mut accepted, mut other) = (HashSet::new(), HashSet::new(), 0);
        for index in self.undoable() {
            match &self.events[index].action {
                Action::Edited { place, .. } => {
                    edited.insert(place);
                }
                Action::Accepted { place, .. } => {
                    accepted.insert(place);
                }
                Action::RulesEdited { .. } | Action::ColumnRecast(_) | Action::Restructured(_) => other += 1,
                // No change of what stands; named, so that a new kind of action is thought of here.
                Action::Keyed { .. }
                | Action::KeyingSet(_)
                | Action::Undone { .. }
                | Action::Submitted
                | Action::Returned { .. }
                | Action::Confirmed
                | Action::Amends { .. }
                | Action::Superseded { .. }
                | Action::Reread => {}
            }
        }
        ByHand {
            changed: edited.len() + other,
            accepted: accepted.len(),
        }
    }

    /// The rubric as it would stand had `undone` not been done; refused where a later change rests on it.
    fn without(&self, undone: usize) -> Result<Rubric, ReviewError> {
        let mut rubric = self.base.clone();
        let standing = |i: &usize| *i != undone && !self.idle.contains(i);
        for index in self.undoable().filter(standing) {
            apply(&mut rubric, &self.events[index].action)
                .map_err(|_| ReviewError::NotUndoable { event: undone })?;
        }
        Ok(rubric)
    }

    fn last_undoable(&self) -> Option<usize> {
        self.undoable().last()
    }
}

/// Does what a person did to `rubric`, or is refused before anything changed; what is no change of values leaves it as it is.
fn apply(rubric: &mut Rubric, action: &Action) -> Result<(), ReviewError> {
    match action {
        Action::Edited { place, after, .. } => put(rubric, place, after.as_deref()),
        Action::Accepted { place, value } => accept(rubric, place, value.as_deref()),
        Action::RulesEdited { criterion, after, .. } => put_rules(rubric, criterion, after),
        Action::ColumnRecast(change) => columns::apply(rubric, change),
        Action::Restructured(change) => structure::apply(rubric, change),
        Action::Keyed { place, value } => keying::apply(rubric, place, value.as_deref()),
        Action::KeyingSet(_)
        | Action::Undone { .. }
        | Action::Submitted
        | Action::Returned { .. }
        | Action::Confirmed
        | Action::Amends { .. }
        | Action::Superseded { .. }
        | Action::Reread => Ok(()),
    }
}

/// What people did to a draft, as far as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ByHand {
    /// Values, each once however often it was changed, and changes of rules, rows and columns.
    pub changed: usize,
    /// Values that were looked at and found right.
    pub accepted: usize,
}

/// Which change an event takes back.
fn undone_by(event: &Event) -> Option<usize> {
    match event.action {
        Action::Undone { event } => Some(event),
        _ => None,
    }
}

/// True for what [`Draft::undo`] takes back.
fn is_change(action: &Action) -> bool {
    matches!(
        action,
        Action::Edited { .. }
            | Action::Accepted { .. }
            | Action::RulesEdited { .. }
            | Action::ColumnRecast(_)
            | Action::Restructured(_)
            | Action::Keyed { .. }
    )
}

pub(super) fn unknown(criterion: &str) -> ReviewError {
    ReviewError::UnknownCriterion {
        criterion: criterion.to_owned(),
    }
}

fn state_after(action: &Action) -> Option<State> {
    match action {
        Action::Submitted => Some(State::Submitted),
        Action::Returned { .. } => Some(State::Returned),
        Action::Confirmed => Some(State::Confirmed),
        // What was submitted is no longer what is there.
        Action::Reread => Some(State::Draft),
        Action::Superseded { .. } => Some(State::Superseded),
        Action::Edited { .. }
        | Action::Accepted { .. }
        | Action::RulesEdited { .. }
        | Action::ColumnRecast(_)
        | Action::Restructured(_)
        | Action::Keyed { .. }
        | Action::KeyingSet(_)
        | Action::Amends { .. }
        | Action::Undone { .. } => None,
    }
}

/// True when a person wrote or accepted it.
pub(super) fn settled_by_person(origin: &Provenance) -> bool {
    origin.readers.contains(&Reader::Person)
}
