//! What a document would be with its second reading in place.

use crate::compare;
use crate::domain::{Document, Rubric, Severity};
use crate::http::App;
use crate::http::problem::HttpError;
use crate::http::rubrics::{self, Loaded, load};
use crate::http::settled::Settled;
use crate::jobs::{how_many, new_rubric};
use crate::review::{Author, Reread, RereadError, ReviewError, State};
use crate::stages::check;
use crate::stages::export::json;
use crate::store::{Acceptance, NewRubric, RubricRecord, Successor, Vanished};

use super::words;

/// Both readings, and every rubric of either.
pub struct Prospect {
    /// What made the result that stands.
    pub made_by: json::Pipeline,
    pub fresh: Document,
    /// In the order of the new reading.
    pub rubrics: Vec<Part>,
    /// Those that the new reading does not have.
    pub vanished: Vec<Loaded>,
}

/// A rubric of the new reading.
pub enum Part {
    Kept(Box<Kept>),
    New(Rubric),
}

/// A rubric that stands, and what it would be.
pub struct Kept {
    pub loaded: Loaded,
    /// As it stands, findings and all.
    pub before: Rubric,
    pub outcome: Result<Reread, RereadError>,
    /// As it would be, findings of the new reading; where changes do not fit, as it was read.
    pub after: Rubric,
}

impl Prospect {
    /// What `by` would do by accepting.
    pub async fn of(app: &App, document: &str, fresh: &str, by: Author) -> Result<Self, HttpError> {
        let standing = app.result(document).await?;
        let mut loaded = Vec::new();
        for rubric in app.document(document).await?.rubrics {
            loaded.push(load(app, &rubric.id).await?);
        }
        let (fresh, at) = (fresh.to_owned(), app.now());
        tokio::task::spawn_blocking(move || {
            let standing: json::Document = serde_json::from_str(&standing)?;
            let mut fresh = json::read(fresh.as_bytes())?;
            let (rubrics, vanished) = matched(loaded, &mut fresh, &by, at)?;
            let mut prospect = Self {
                made_by: standing.pipeline,
                fresh,
                rubrics,
                vanished,
            };
            prospect.check();
            Ok(prospect)
        })
        .await?
    }

    /// Runs the checks over all rubrics together, as after an edit: a declared total may be theirs together.
    fn check(&mut self) {
        let mut all: Vec<Rubric> = self.rubrics.iter().map(|part| part.after().clone()).collect();
        check::rubrics(
            &mut all,
            &self.fresh.tables,
            &self.fresh.text,
            json::known_rubrics(),
        );
        for (part, checked) in self.rubrics.iter_mut().zip(all) {
            match part {
                Part::Kept(kept) => kept.after = checked,
                Part::New(rubric) => *rubric = checked,
            }
        }
    }

    pub fn kept(&self) -> impl Iterator<Item = &Kept> {
        self.rubrics.iter().filter_map(|part| match part {
            Part::Kept(kept) => Some(kept.as_ref()),
            Part::New(_) => None,
        })
    }

    /// The rubrics that stand, in their order.
    fn standing(&self) -> Vec<&RubricRecord> {
        let kept = self.kept().map(|kept| &kept.loaded.record);
        let mut all: Vec<_> = kept
            .chain(self.vanished.iter().map(|gone| &gone.record))
            .collect();
        all.sort_by_key(|record| record.position);
        all
    }

    /// The versions of all rubrics that stand; of one rubric, what stands in its ETag.
    pub fn tag(&self) -> String {
        let versions: Vec<String> = self.standing().iter().map(|r| r.version.to_string()).collect();
        match versions.is_empty() {
            true => "0".to_owned(),
            false => versions.join("."),
        }
    }

    pub fn newest_version(&self) -> u64 {
        self.standing().iter().map(|r| r.version).max().unwrap_or(0)
    }

    /// The state that forbids it: what is confirmed stays with the pages that it was confirmed beside.
    pub fn final_state(&self) -> Option<State> {
        let drafts = self.kept().map(|kept| &kept.loaded.draft);
        let states = drafts.chain(self.vanished.iter().map(|gone| &gone.draft));
        states
            .map(|draft| draft.state())
            .find(|state| matches!(state, State::Confirmed | State::Superseded))
    }

    /// Everything as the store is to keep it, or why it cannot be taken.
    pub fn taken(self, app: &App) -> Result<Taken, HttpError> {
        if let Some(state) = self.final_state() {
            return Err(HttpError::Review(ReviewError::WrongState { state }));
        }
        let blocks = words::blocks(&self);
        if !blocks.is_empty() {
            return Err(words::blocked(&blocks));
        }
        let mut taken = Taken {
            title: self.fresh.metadata.title,
            number: self.fresh.metadata.number,
            pages: u32::try_from(self.fresh.pages.len()).unwrap_or(u32::MAX),
            errors: how_many(&self.fresh.findings, Severity::Error),
            warnings: how_many(&self.fresh.findings, Severity::Warning),
            order: Vec::new(),
            kept: Vec::new(),
            new: Vec::new(),
            vanished: self.vanished.into_iter().map(|gone| gone.record).collect(),
        };
        for part in self.rubrics {
            match part {
                Part::Kept(kept) => {
                    taken.order.push(Place::Kept(taken.kept.len()));
                    taken.kept.push(TakenRubric::of(*kept)?);
                }
                Part::New(rubric) => {
                    taken.order.push(Place::New(taken.new.len()));
                    let new = new_rubric(&rubric, (app.ids)());
                    taken
                        .new
                        .push(new.map_err(|e| HttpError::Internal(e.to_string()))?);
                }
            }
        }
        Ok(taken)
    }
}

impl Part {
    fn after(&self) -> &Rubric {
        match self {
            Self::Kept(kept) => &kept.after,
            Self::New(rubric) => rubric,
        }
    }
}

/// Which rubric of the new reading is which of those that stand.
fn matched(
    loaded: Vec<Loaded>,
    fresh: &mut Document,
    by: &Author,
    at: time::OffsetDateTime,
) -> Result<(Vec<Part>, Vec<Loaded>), HttpError> {
    let read: Vec<Rubric> = loaded.iter().map(|l| l.draft.base().clone()).collect();
    let found = compare::paired(&read, &fresh.rubrics);
    let mut standing: Vec<Option<Loaded>> = loaded.into_iter().map(Some).collect();
    let mut parts = Vec::with_capacity(found.len());
    for (old, rubric) in found.into_iter().zip(std::mem::take(&mut fresh.rubrics)) {
        let part = match old.and_then(|old| standing[old].take()) {
            None => Part::New(rubric),
            Some(loaded) => {
                let outcome = loaded.draft.reread(rubric.clone(), by.clone(), at);
                let after = outcome.as_ref().map_or(rubric, |reread| reread.draft.current());
                Part::Kept(Box::new(Kept {
                    before: rubrics::rubric(&loaded.record.current_json)?,
                    loaded,
                    outcome,
                    after,
                }))
            }
        };
        parts.push(part);
    }
    Ok((parts, standing.into_iter().flatten().collect()))
}

/// A second reading that may be taken, in the store's own terms.
pub struct Taken {
    title: Option<String>,
    number: Option<String>,
    pages: u32,
    errors: u32,
    warnings: u32,
    order: Vec<Place>,
    pub kept: Vec<TakenRubric>,
    new: Vec<NewRubric>,
    vanished: Vec<RubricRecord>,
}

/// Where a rubric of the new reading is among those of its kind.
enum Place {
    Kept(usize),
    New(usize),
}

/// A rubric whose history goes on over the new reading.
pub struct TakenRubric {
    pub record: RubricRecord,
    pub settled: Settled,
    base_json: String,
    ids_json: String,
    /// Events that it had.
    before: usize,
}

impl TakenRubric {
    fn of(kept: Kept) -> Result<Self, HttpError> {
        let Loaded { record, draft } = kept.loaded;
        let reread = kept.outcome.map_err(|e| HttpError::Internal(e.to_string()))?;
        Ok(Self {
            base_json: serde_json::to_string(&json::Rubric::from(reread.draft.base()))?,
            ids_json: serde_json::to_string(&reread.renamed.0)?,
            settled: Settled::of(&record.id, &reread.draft, kept.after)?,
            before: draft.events().len(),
            record,
        })
    }
}

impl Taken {
    pub fn acceptance<'a>(
        &'a self,
        document: &'a str,
        reading: u32,
        by: &'a str,
        address: &'a str,
    ) -> Result<Acceptance<'a>, HttpError> {
        let successor = |place: &Place| {
            Ok::<_, HttpError>(match place {
                Place::New(at) => Successor::New(&self.new[*at]),
                Place::Kept(at) => {
                    let kept = &self.kept[*at];
                    let (id, version) = (&kept.record.id, kept.record.version);
                    Successor::Kept {
                        change: Box::new(kept.settled.change(id, version, kept.before, None)?),
                        base_json: &kept.base_json,
                        ids_json: &kept.ids_json,
                        // The new reading itself comes first of what it adds.
                        event: 0,
                    }
                }
            })
        };
        let vanished = |record: &'a RubricRecord| Vanished {
            rubric: &record.id,
            expected: record.version,
        };
        Ok(Acceptance {
            document,
            reading,
            by,
            address,
            title: self.title.as_deref(),
            number: self.number.as_deref(),
            pages: self.pages,
            errors: self.errors,
            warnings: self.warnings,
            rubrics: self.order.iter().map(successor).collect::<Result<_, _>>()?,
            vanished: self.vanished.iter().map(vanished).collect(),
        })
    }
}
