//! Two rubrics side by side -> what an amendment changed: criteria matched by meaning, then field by field.

pub mod amendment;

mod fields;
mod likeness;
mod pairs;

pub use fields::{Change, Of, Wording, wording};
pub use likeness::likeness;

use crate::domain::{Criterion, Field, Rubric};

/// What became of one criterion.
#[derive(Debug, Clone, PartialEq)]
pub enum Fate<'a> {
    Added(&'a Criterion),
    Removed(&'a Criterion),
    Kept {
        old: &'a Criterion,
        new: &'a Criterion,
        /// It stands under another section, or in another order among its neighbours.
        moved: bool,
        changes: Vec<Change>,
    },
}

impl Fate<'_> {
    /// Kept, in its place and word for word.
    pub fn is_untouched(&self) -> bool {
        matches!(self, Self::Kept { moved: false, changes, .. } if changes.is_empty())
    }
}

/// Two rubrics that are one rubric's two versions.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison<'a> {
    pub old: &'a Rubric,
    pub new: &'a Rubric,
    /// Of the rubric itself: title, to whom it applies, maximum.
    pub changes: Vec<Change>,
    /// In the order of the new rubric; what was removed stands after what it stood after.
    pub criteria: Vec<Fate<'a>>,
}

/// One rubric of either file, or one of each.
#[derive(Debug, Clone, PartialEq)]
pub enum Side<'a> {
    Added(&'a Rubric),
    Removed(&'a Rubric),
    Both(Comparison<'a>),
}

/// For each of the new rubrics, which of the old ones it is: those most alike with each other.
pub fn paired(old: &[Rubric], new: &[Rubric]) -> Vec<Option<usize>> {
    let alike = |i: usize, j: usize| likeness(&old[i], &new[j]);
    // A file with one rubric is the amendment of the other's one, however much it changed.
    let least = if old.len() == 1 && new.len() == 1 {
        0.0
    } else {
        LEAST_ALIKE
    };
    pairs::best(old.len(), new.len(), alike, least)
}

/// Compares the rubrics of two files: those most alike with each other, in the order of the new file.
pub fn files<'a>(old: &'a [Rubric], new: &'a [Rubric]) -> Vec<Side<'a>> {
    let of_new = paired(old, new);
    let mut sides: Vec<Side<'a>> = of_new
        .iter()
        .zip(new)
        .map(|(found, new)| match found {
            Some(i) => Side::Both(rubrics(&old[*i], new)),
            None => Side::Added(new),
        })
        .collect();
    sides.extend(pairs::left(old.len(), &of_new).map(|i| Side::Removed(&old[i])));
    sides
}

/// Two rubrics that share less are two rubrics.
const LEAST_ALIKE: f64 = 0.3;

/// Compares two rubrics, whose ids say nothing of each other.
pub fn rubrics<'a>(old: &'a Rubric, new: &'a Rubric) -> Comparison<'a> {
    side_by_side(old, new, &pairs::criteria(old, new))
}

/// Compares two versions of one rubric: a criterion keeps its id, whatever else people made of it.
pub fn versions<'a>(old: &'a Rubric, new: &'a Rubric) -> Comparison<'a> {
    side_by_side(old, new, &pairs::same_ids(old, new))
}

/// `found`: for each criterion of the new one its index in the old.
fn side_by_side<'a>(old: &'a Rubric, new: &'a Rubric, found: &[Option<usize>]) -> Comparison<'a> {
    let moved = pairs::moved(old, new, found);
    let mut criteria = Vec::with_capacity(new.criteria.len());
    let gone = |i: usize| !found.contains(&Some(i));
    let removed_from = |from: usize, criteria: &mut Vec<Fate<'a>>| {
        let rest = (from..old.criteria.len()).take_while(|i| gone(*i));
        criteria.extend(rest.map(|i| Fate::Removed(&old.criteria[i])));
    };
    removed_from(0, &mut criteria);
    for (j, new) in new.criteria.iter().enumerate() {
        let Some(i) = found[j] else {
            criteria.push(Fate::Added(new));
            continue;
        };
        let old = &old.criteria[i];
        criteria.push(Fate::Kept {
            old,
            new,
            moved: moved[j],
            changes: fields::of_criterion(old, new),
        });
        removed_from(i + 1, &mut criteria);
    }
    Comparison {
        old,
        new,
        changes: fields::of_rubric(old, new),
        criteria,
    }
}

impl Comparison<'_> {
    /// Added, removed, changed or moved; nothing of the rubric itself.
    pub fn touched(&self) -> impl Iterator<Item = &Fate<'_>> {
        self.criteria.iter().filter(|fate| !fate.is_untouched())
    }

    /// True when the two say the same.
    pub fn is_same(&self) -> bool {
        self.changes.is_empty() && self.touched().next().is_none()
    }

    /// The maxima that differ: what counts most in a comparison with a known form.
    pub fn changed_maxima(&self) -> impl Iterator<Item = (&Criterion, &Criterion)> {
        self.criteria.iter().filter_map(|fate| match fate {
            Fate::Kept {
                old, new, changes, ..
            } => {
                let changed = changes.iter().any(|c| c.of == Of::Field(Field::MaxScore));
                changed.then_some((*old, *new))
            }
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::CriterionKind;

    fn rubric(criteria: &[(&str, &str)]) -> Rubric {
        let criteria = criteria.iter().map(|(id, title)| Criterion {
            number: (*id).to_owned(),
            title: (*title).to_owned(),
            ..Criterion::empty(*id, CriterionKind::Criterion)
        });
        Rubric {
            criteria: criteria.collect(),
            ..Rubric::default()
        }
    }

    #[test]
    fn a_criterion_whose_every_word_changed_is_the_same_one_in_another_version() {
        let old = rubric(&[("1", "Kế hoạch"), ("2", "Báo cáo")]);
        let new = rubric(&[("1", "Tỷ lệ buôn làng phủ sóng"), ("3", "Báo cáo")]);
        let fates = |compared: &Comparison<'_>| -> Vec<String> {
            let all = compared.criteria.iter();
            all.map(|fate| match fate {
                Fate::Added(new) => format!("+{}", new.id),
                Fate::Removed(old) => format!("-{}", old.id),
                Fate::Kept { old, new, .. } => format!("{}={}", old.id, new.id),
            })
            .collect()
        };
        assert_eq!(fates(&versions(&old, &new)), ["1=1", "-2", "+3"]);
        // Of two decisions only the words tell.
        assert!(fates(&rubrics(&old, &new)).contains(&"2=3".to_owned()));
    }
}
