use std::collections::{BTreeMap, BTreeSet};

use time::OffsetDateTime;

use crate::domain::{Criterion, PixelBox, Rubric};

use super::{Action, Author, Draft, EDITABLE, Event, ReviewError, State};

/// A draft over a new reading, and how it came to be.
#[derive(Debug, Clone, PartialEq)]
pub struct Reread {
    pub draft: Draft,
    /// What the criteria that people touched are called in the new reading.
    pub renamed: Renamed,
    /// Criteria that the new reading misses and people had touched, by their ids there.
    pub carried: Vec<String>,
}

/// Ids of an earlier reading, each with what the criterion is called in the reading after it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Renamed(pub BTreeMap<String, String>);

impl Renamed {
    /// The event as it stands over the later reading.
    pub fn apply(&self, event: &mut Event) {
        rename(&mut event.action, &self.0);
    }
}

/// Something that people did and that does not fit a new reading.
#[derive(Debug, Clone, PartialEq)]
pub struct Unfit {
    /// Its place in the history, from 0.
    pub event: usize,
    pub why: ReviewError,
}

/// Why a new reading cannot take the place of the one that people worked on.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum RereadError {
    #[error("{0}")]
    State(ReviewError),
    /// At least one, in the order of the history.
    #[error("{} of the changes do not fit the new reading", .0.len())]
    Unfit(Vec<Unfit>),
}

impl From<ReviewError> for RereadError {
    fn from(error: ReviewError) -> Self {
        Self::State(error)
    }
}

impl Draft {
    /// The same history over a new reading of the document, as a draft to be submitted anew.
    ///
    /// No edit is lost: a criterion that people touched is found again by its place on the page, its
    /// id or its words; one that the new reading misses is carried over from the old reading, at its place.
    /// What cannot be done to the new reading at all is named, and nothing is done.
    pub fn reread(&self, fresh: Rubric, by: Author, at: OffsetDateTime) -> Result<Reread, RereadError> {
        let state = self.state();
        if matches!(state, State::Confirmed | State::Superseded) {
            return Err(ReviewError::WrongState { state }.into());
        }
        let mut base = fresh;
        let touched: BTreeSet<&str> = self.events.iter().flat_map(|e| ids_of(&e.action)).collect();
        let made: BTreeSet<&str> = self.events.iter().filter_map(|e| made_by(&e.action)).collect();
        let found = matches(&self.base, &base, &touched);
        let mut ids = BTreeMap::new();
        let mut carried = Vec::new();
        for id in touched {
            let Some(old) = self.base.criterion(id) else {
                continue;
            };
            let new = match found.get(id) {
                Some(new) => new.clone(),
                None => {
                    let new = carry_over(&self.base, &mut base, old, &found);
                    carried.push(new.clone());
                    new
                }
            };
            ids.insert(id.to_owned(), new);
        }
        // Rows that people made keep their ids, unless the new reading gave one to a row of its own.
        for id in made {
            ids.insert(id.to_owned(), unused(&base, id));
        }
        let renamed = Renamed(ids);
        let mut events = self.events.clone();
        events.iter_mut().for_each(|event| renamed.apply(event));
        let mut draft = fitted(base, events)?;
        draft.read_anew(&by, at)?;
        Ok(Reread {
            draft,
            renamed,
            carried,
        })
    }

    /// Puts the new reading on record.
    fn read_anew(&mut self, by: &Author, at: OffsetDateTime) -> Result<(), ReviewError> {
        self.push(Event {
            by: by.clone(),
            at,
            action: Action::Reread,
        })?;
        // What was accepted but is no single value (rules) was accepted of the old reading only.
        let of_old_reading: Vec<usize> = self
            .undoable()
            .filter(|i| match &self.events[*i].action {
                Action::Accepted { place, .. } => !EDITABLE.contains(&place.field),
                _ => false,
            })
            .collect();
        for event in of_old_reading {
            self.push(Event {
                by: by.clone(),
                at,
                action: Action::Undone { event },
            })?;
        }
        Ok(())
    }
}

/// The history over a new reading, or all that does not fit it: each refused change is left out to see whether what comes
/// after would do without it.
fn fitted(base: Rubric, events: Vec<Event>) -> Result<Draft, RereadError> {
    let mut left: Vec<(usize, Event)> = events.into_iter().enumerate().collect();
    let mut unfit = Vec::new();
    loop {
        let history = left.iter().map(|(_, event)| event.clone()).collect();
        let (at, why) = match Draft::replayed(base.clone(), history) {
            Err(refused) => refused,
            Ok(draft) if unfit.is_empty() => return Ok(draft),
            Ok(_) => return Err(RereadError::Unfit(unfit)),
        };
        let event = left[at].0;
        unfit.push(Unfit { event, why });
        leave_out(&mut left, at);
    }
}

/// Removes an event; what takes back a later one names it by its new place, and what took back this one goes along.
fn leave_out(left: &mut Vec<(usize, Event)>, at: usize) {
    left.remove(at);
    left.retain(|(_, e)| !matches!(e.action, Action::Undone { event } if event == at));
    for (_, event) in left.iter_mut() {
        if let Action::Undone { event } = &mut event.action
            && *event > at
        {
            *event -= 1;
        }
    }
}

/// The criteria that an action names, those that it makes left out.
fn ids_of(action: &Action) -> Vec<&str> {
    match action {
        Action::Edited { place, .. } | Action::Accepted { place, .. } | Action::Keyed { place, .. } => {
            place.criterion.as_deref().into_iter().collect()
        }
        Action::RulesEdited { criterion, .. } => vec![criterion],
        Action::ColumnRecast(change) => change.cells.iter().map(|c| c.criterion.as_str()).collect(),
        Action::Restructured(change) => change.names(),
        _ => Vec::new(),
    }
}

fn made_by(action: &Action) -> Option<&str> {
    match action {
        Action::Restructured(change) => change.made(),
        _ => None,
    }
}

fn rename(action: &mut Action, ids: &BTreeMap<String, String>) {
    let to_new = |id: &mut String| {
        if let Some(new) = ids.get(id) {
            id.clone_from(new);
        }
    };
    match action {
        Action::Edited { place, .. } | Action::Accepted { place, .. } | Action::Keyed { place, .. } => {
            place.criterion.iter_mut().for_each(to_new);
        }
        Action::RulesEdited { criterion, .. } => to_new(criterion),
        Action::ColumnRecast(change) => change.cells.iter_mut().for_each(|c| to_new(&mut c.criterion)),
        Action::Restructured(change) => change.renamed(to_new),
        _ => {}
    }
}

/// Old id to new id for the touched criteria that the new reading has too; each new one is taken once.
fn matches(old: &Rubric, new: &Rubric, touched: &BTreeSet<&str>) -> BTreeMap<String, String> {
    let mut taken = BTreeSet::new();
    let mut found = BTreeMap::new();
    let tests: [fn(&Criterion, &Criterion) -> bool; 3] = [
        same_place,
        |a, b| a.id == b.id && !apart(a, b),
        |a, b| a.title == b.title && a.number == b.number,
    ];
    for test in tests {
        for criterion in old.criteria.iter().filter(|c| touched.contains(c.id.as_str())) {
            if found.contains_key(&criterion.id) {
                continue;
            }
            let twin = new
                .criteria
                .iter()
                .find(|n| !taken.contains(&n.id) && test(criterion, n));
            if let Some(twin) = twin {
                taken.insert(twin.id.clone());
                found.insert(criterion.id.clone(), twin.id.clone());
            }
        }
    }
    found
}

/// The same field was read from boxes that share more than half of the smaller one.
fn same_place(a: &Criterion, b: &Criterion) -> bool {
    pairs(a, b).any(|(x, y)| x.intersection(&y).area() * 2 > x.area().min(y.area()))
}

/// Both have boxes for a field, and none of them meet: another row that happens to bear the id.
fn apart(a: &Criterion, b: &Criterion) -> bool {
    let mut any = false;
    for (x, y) in pairs(a, b) {
        any = true;
        if !x.intersection(&y).is_empty() {
            return false;
        }
    }
    any
}

fn pairs<'a>(a: &'a Criterion, b: &'a Criterion) -> impl Iterator<Item = (PixelBox, PixelBox)> + 'a {
    a.provenance.iter().flat_map(move |p| {
        b.provenance
            .iter()
            .filter(move |q| p.field == q.field && p.page == q.page)
            .map(move |q| (p.bbox, q.bbox))
            .filter(|(x, y)| !x.is_empty() && !y.is_empty())
    })
}

/// Puts `criterion` into the new reading behind the criterion it followed, and returns its id there.
fn carry_over(
    old: &Rubric,
    new: &mut Rubric,
    criterion: &Criterion,
    renamed: &BTreeMap<String, String>,
) -> String {
    let here = |id: &str| renamed.get(id).cloned().unwrap_or_else(|| id.to_owned());
    let mut copy = criterion.clone();
    copy.id = unused(new, &criterion.id);
    copy.parent = criterion
        .parent
        .as_deref()
        .map(here)
        .filter(|p| new.criterion(p).is_some());
    for origin in &mut copy.provenance {
        origin.doubtful = true;
    }
    let before: Vec<&str> = old
        .criteria
        .iter()
        .take_while(|c| c.id != criterion.id)
        .map(|c| c.id.as_str())
        .collect();
    let behind = before.iter().rev().find_map(|id| {
        let id = here(id);
        new.criteria.iter().position(|c| c.id == id)
    });
    let id = copy.id.clone();
    new.criteria.insert(behind.map_or(0, |i| i + 1), copy);
    id
}

fn unused(rubric: &Rubric, id: &str) -> String {
    if rubric.criterion(id).is_none() {
        return id.to_owned();
    }
    let mut n = 2_usize;
    loop {
        let candidate = format!("{id}#{n}");
        if rubric.criterion(&candidate).is_none() {
            return candidate;
        }
        n += 1;
    }
}
