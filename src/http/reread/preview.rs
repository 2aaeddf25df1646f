//! What accepting a second reading would change, cell by cell, after everything that people did is done to it again.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use utoipa::ToSchema;

use super::prospect::{Kept, Part, Prospect};
use super::words::{self, Block};
use crate::compare::{self, Change, Fate, Of};
use crate::domain::{Criterion, Field, Provenance, Rubric};
use crate::review::{ByHand, Draft, Place, text_of};
use crate::stages::export::json;

/// What a second reading would make of a document.
#[derive(Debug, Serialize, ToSchema)]
pub struct PreviewBody {
    /// What made the result that stands, and what made the new one.
    old: MadeByBody,
    new: MadeByBody,
    /// Names of models, of the dictionary, or `version`, that are not the same in both.
    differs: Vec<String>,
    /// False where a rubric is confirmed or a change does not fit: then it can only be discarded.
    acceptable: bool,
    /// Everything that would change, all rubrics together.
    count: usize,
    rubrics: Vec<RubricPreview>,
    /// What is in the way, each with the change that does not fit.
    blocks: Vec<BlockBody>,
}

/// What made a result.
#[derive(Debug, Serialize, ToSchema)]
pub struct MadeByBody {
    version: String,
    readers: Vec<String>,
    /// Name to SHA-256; the office's dictionary is among them.
    models: BTreeMap<String, String>,
}

/// What would become of a rubric.
#[derive(Debug, Serialize, ToSchema)]
pub struct RubricPreview {
    /// `null`: it would be new.
    id: Option<String>,
    title: String,
    /// `kept`, `new` or `vanished`.
    fate: &'static str,
    /// As it stands: `draft`, `submitted`, `returned`, `confirmed` or `superseded`; `null` of a new one.
    state: Option<&'static str>,
    /// Values to be looked at, now and then.
    doubtful_before: usize,
    doubtful_after: usize,
    /// Changes by people that are done to the new reading again, and values that they found right.
    kept_changes: usize,
    kept_accepted: usize,
    /// Rules that were accepted as the old reading had them: they would be looked at again.
    to_accept_again: usize,
    /// In the order of the new reading.
    changes: Vec<LineBody>,
}

/// One thing that would change.
#[derive(Debug, Serialize, ToSchema)]
pub struct LineBody {
    /// `changed`, `moved`, `appears`, `vanishes`, or `carried`: the new reading misses a criterion that people worked
    /// on, which stays.
    what: &'static str,
    /// The criterion's id as it stands; `null` of one that appears, and of the rubric itself.
    criterion: Option<String>,
    /// Its id in the new reading; `null` of one that vanishes, and of the rubric itself.
    criterion_after: Option<String>,
    /// Number and title, for people.
    name: String,
    /// Only of a change: `max_score`, `title`, `rules`…; `kind`, `applies_to` and `bonus_max` too.
    field: Option<&'static str>,
    before: Option<String>,
    after: Option<String>,
    /// Where the new reading read it, or else the old one.
    page: Option<u32>,
    /// x0, y0, x1, y1 in pixels of the page image.
    #[serde(rename = "box")]
    bbox: Option<[i32; 4]>,
}

/// Something that is in the way of accepting.
#[derive(Debug, Serialize, ToSchema)]
pub struct BlockBody {
    rubric: String,
    /// The place in the rubric's history; `null`: the rubric as a whole.
    seq: Option<u64>,
    /// Who made the change that does not fit.
    by: Option<String>,
    /// `wrong_state`, `rubric_gone`, or why the change does not fit, as an edit would be refused.
    code: &'static str,
    message_vi: String,
    message_en: String,
}

impl PreviewBody {
    pub fn of(prospect: &Prospect) -> Self {
        let new = json::Document::from(&prospect.fresh).pipeline;
        let mut rubrics: Vec<RubricPreview> = prospect.rubrics.iter().map(RubricPreview::of_part).collect();
        rubrics.extend(prospect.vanished.iter().map(|gone| RubricPreview {
            id: Some(gone.record.id.clone()),
            fate: "vanished",
            state: Some(gone.draft.state().name()),
            doubtful_before: gone.draft.doubtful().len(),
            ..RubricPreview::named(&gone.draft.current().title)
        }));
        let mut blocks: Vec<BlockBody> = words::blocks(prospect).into_iter().map(BlockBody::from).collect();
        blocks.extend(prospect.final_state().map(BlockBody::of_state));
        let whole = rubrics.iter().filter(|r| r.fate != "kept").count();
        Self {
            differs: differing(&prospect.made_by, &new),
            old: MadeByBody::from(prospect.made_by.clone()),
            new: MadeByBody::from(new),
            acceptable: blocks.is_empty(),
            count: whole + rubrics.iter().map(|r| r.changes.len()).sum::<usize>(),
            rubrics,
            blocks,
        }
    }
}

/// Names of what made one result and not the other.
fn differing(old: &json::Pipeline, new: &json::Pipeline) -> Vec<String> {
    let names: BTreeSet<&String> = old.models.keys().chain(new.models.keys()).collect();
    let version = (old.version != new.version).then(|| "version".to_owned());
    let models = names
        .into_iter()
        .filter(|name| old.models.get(*name) != new.models.get(*name));
    version.into_iter().chain(models.cloned()).collect()
}

impl From<json::Pipeline> for MadeByBody {
    fn from(pipeline: json::Pipeline) -> Self {
        Self {
            version: pipeline.version,
            readers: pipeline.readers,
            models: pipeline.models,
        }
    }
}

impl BlockBody {
    fn of_state(state: crate::review::State) -> Self {
        let why = crate::review::ReviewError::WrongState { state };
        Self {
            rubric: String::new(),
            seq: None,
            by: None,
            code: why.code(),
            message_vi: why.message_vi(),
            message_en: why.message_en(),
        }
    }
}

impl From<Block> for BlockBody {
    fn from(block: Block) -> Self {
        Self {
            rubric: block.rubric,
            seq: block.seq,
            by: block.by,
            code: block.code,
            message_vi: block.vi,
            message_en: block.en,
        }
    }
}

impl RubricPreview {
    fn named(title: &str) -> Self {
        Self {
            id: None,
            title: title.to_owned(),
            fate: "new",
            state: None,
            doubtful_before: 0,
            doubtful_after: 0,
            kept_changes: 0,
            kept_accepted: 0,
            to_accept_again: 0,
            changes: Vec::new(),
        }
    }

    fn of_part(part: &Part) -> Self {
        match part {
            Part::Kept(kept) => Self::of_kept(kept),
            Part::New(rubric) => Self {
                doubtful_after: Draft::new(rubric.clone()).doubtful().len(),
                ..Self::named(&rubric.title)
            },
        }
    }

    fn of_kept(kept: &Kept) -> Self {
        let draft = &kept.loaded.draft;
        let after = Draft::new(kept.after.clone());
        let (by_hand, carried) = match &kept.outcome {
            Ok(reread) => (reread.draft.by_hand(), reread.carried.as_slice()),
            Err(_) => (ByHand::default(), &[] as &[String]),
        };
        Self {
            id: Some(kept.loaded.record.id.clone()),
            fate: "kept",
            state: Some(draft.state().name()),
            doubtful_before: draft.doubtful().len(),
            doubtful_after: after.doubtful().len(),
            kept_changes: by_hand.changed,
            kept_accepted: by_hand.accepted,
            to_accept_again: match &kept.outcome {
                Ok(_) => draft.by_hand().accepted.saturating_sub(by_hand.accepted),
                Err(_) => 0,
            },
            changes: lines(&kept.before, &kept.after, carried),
            ..Self::named(&kept.after.title)
        }
    }
}

/// What differs between a rubric as it stands and as it would be.
fn lines(before: &Rubric, after: &Rubric, carried: &[String]) -> Vec<LineBody> {
    let comparison = compare::rubrics(before, after);
    let own = comparison.changes.iter().map(|change| {
        let origin = origin(change.of, &after.provenance).or_else(|| origin(change.of, &before.provenance));
        LineBody::changed(change, None, None, origin)
    });
    let mut lines: Vec<LineBody> = own.collect();
    for fate in &comparison.criteria {
        match fate {
            Fate::Added(new) if carried.contains(&new.id) => {
                lines.push(LineBody::whole("carried", None, Some(new)));
            }
            Fate::Added(new) => lines.push(LineBody::whole("appears", None, Some(new))),
            Fate::Removed(old) => lines.push(LineBody::whole("vanishes", Some(old), None)),
            Fate::Kept {
                old,
                new,
                moved,
                changes,
            } => {
                if carried.contains(&new.id) {
                    lines.push(LineBody::whole("carried", Some(old), Some(new)));
                }
                if *moved {
                    lines.push(LineBody::whole("moved", Some(old), Some(new)));
                }
                let filled_in = filled_in(before, old, after, new);
                for change in changes.iter().chain(&filled_in) {
                    let origin =
                        origin(change.of, &new.provenance).or_else(|| origin(change.of, &old.provenance));
                    lines.push(LineBody::changed(change, Some(old), Some(new), origin));
                }
            }
        }
    }
    lines
}

/// What a unit has filled in: no part of what a decision says, so no amendment is told by it, and yet something read.
fn filled_in(before: &Rubric, old: &Criterion, after: &Rubric, new: &Criterion) -> Vec<Change> {
    let at = |rubric: &Rubric, id: &str, field| {
        let text = text_of(rubric, &Place::of(id, field)).ok().flatten();
        text.unwrap_or_default()
    };
    [Field::SelfScore, Field::VerifiedScore]
        .into_iter()
        .map(|field| Change {
            of: Of::Field(field),
            old: at(before, &old.id, field),
            new: at(after, &new.id, field),
            only_words: false,
        })
        .filter(|change| change.old != change.new)
        .collect()
}

/// Where a value was read.
fn origin(of: Of, provenance: &[Provenance]) -> Option<&Provenance> {
    let field = match of {
        Of::Field(field) => field,
        Of::BonusMax => Field::Bonus,
        Of::Kind | Of::AppliesTo => Field::Title,
    };
    provenance.iter().find(|p| p.field == field && !p.bbox.is_empty())
}

impl LineBody {
    fn whole(what: &'static str, old: Option<&Criterion>, new: Option<&Criterion>) -> Self {
        let of = new.or(old);
        let read = of.and_then(|c| c.provenance.iter().find(|p| !p.bbox.is_empty()));
        Self {
            what,
            criterion: old.map(|c| c.id.clone()),
            criterion_after: new.map(|c| c.id.clone()),
            name: of.map(name).unwrap_or_default(),
            field: None,
            before: None,
            after: None,
            page: read.map(|p| p.page.get()),
            bbox: read.map(|p| p.bbox.corners()),
        }
    }

    fn changed(
        change: &Change,
        old: Option<&Criterion>,
        new: Option<&Criterion>,
        origin: Option<&Provenance>,
    ) -> Self {
        let side = |text: &String| (!text.is_empty()).then(|| text.clone());
        let whole = Self::whole("changed", old, new);
        Self {
            field: Some(change.of.name()),
            before: side(&change.old),
            after: side(&change.new),
            // What has no place of its own is somewhere in its row.
            page: origin.map(|p| p.page.get()).or(whole.page),
            bbox: origin.map(|p| p.bbox.corners()).or(whole.bbox),
            ..whole
        }
    }
}

fn name(criterion: &Criterion) -> String {
    match criterion.number.is_empty() {
        true => criterion.title.clone(),
        false => format!("{}. {}", criterion.number, criterion.title),
    }
}
