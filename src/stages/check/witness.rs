//! Further witnesses for what two readers dispute: a sum that comes out exactly, a sequence without a gap.
//! What they prove needs no person; the readings stay on record.

use std::collections::HashSet;

use crate::domain::{Criterion, Field, Provenance, Rubric};

use super::{numbering, sums};

/// A reader that had to guess is not backed by a sum either.
const LEAST: f32 = 0.5;
/// So many numbers in a row prove each other where a list is whole.
const WHOLE_LIST: usize = 2;
/// And so many where it has a gap or a repetition: one alone may be what was misread.
const RUN: usize = 4;

/// Takes the doubt from numbers and maximum scores that the rubric itself proves.
pub fn hear(rubric: &mut Rubric) {
    let scores = proven_scores(rubric);
    let numbers = proven_numbers(rubric);
    for criterion in &mut rubric.criteria {
        for entry in &mut criterion.provenance {
            let proven = match entry.field {
                Field::MaxScore => scores.contains(&criterion.id),
                Field::Number => numbers.contains(&criterion.id),
                _ => false,
            };
            if proven && is_only_disputed(entry) {
                entry.doubtful = false;
            }
        }
    }
}

/// Read, by someone who was fairly sure, and disputed by another reader: not inferred, not guessed.
fn is_only_disputed(entry: &Provenance) -> bool {
    entry.restored_by.is_none() && !entry.candidates.is_empty() && entry.confidence.get() >= LEAST
}

/// A sum can vouch for a few of its parts, not for a column that is in doubt as a whole.
fn proven_scores(rubric: &Rubric) -> HashSet<String> {
    let mut ids = HashSet::new();
    for (section, parts) in sums::proven(rubric) {
        let all: Vec<_> = std::iter::once(section).chain(parts).collect();
        let doubtful = |c: &&&Criterion| c.sources(Field::MaxScore).any(|p| p.doubtful);
        if all.iter().filter(doubtful).count() * 2 <= all.len() {
            ids.extend(all.into_iter().map(|c| c.id.clone()));
        }
    }
    ids
}

/// Numbers that stand in an unbroken run of their list, nothing inferred among them: a list that skips one number still
/// proves those before it and those after it.
fn proven_numbers(rubric: &Rubric) -> HashSet<String> {
    let odd: HashSet<String> = numbering::check(rubric)
        .into_iter()
        .filter_map(|f| f.criterion)
        .collect();
    let parents: HashSet<Option<&str>> = rubric.criteria.iter().map(|c| c.parent.as_deref()).collect();
    let mut ids = HashSet::new();
    for parent in parents {
        let list: Vec<&Criterion> = rubric.children(parent).collect();
        let runs: Vec<&[&Criterion]> = list
            .chunk_by(|a, b| is_read(a) && is_read(b) && !odd.contains(&b.id))
            .collect();
        let whole = runs.len() == 1 && !list.iter().any(|c| odd.contains(&c.id));
        let least = if whole { WHOLE_LIST } else { RUN };
        let proven = runs
            .into_iter()
            .filter(|run| run.len() >= least && run.iter().all(|c| is_read(c)));
        ids.extend(proven.flatten().map(|c| c.id.clone()));
    }
    ids
}

/// It has a number, and that is as read.
fn is_read(criterion: &Criterion) -> bool {
    let inferred = criterion.sources(Field::Number).any(|p| p.restored_by.is_some());
    !criterion.number.is_empty() && !inferred
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Confidence, PageNo, PixelBox, Reader};
    use crate::stages::check::tests::{criterion, rubric};

    fn disputed(field: Field, raw: &str, candidate: &str) -> Provenance {
        Provenance {
            field,
            page: PageNo::FIRST,
            bbox: PixelBox::default(),
            raw: raw.to_owned(),
            confidence: Confidence::new(0.85),
            readers: vec![Reader::Tesseract, Reader::LineReader],
            candidates: vec![candidate.to_owned()],
            restored_by: None,
            doubtful: true,
        }
    }

    fn doubts(stated: &str) -> (bool, bool) {
        let mut made = rubric(vec![
            criterion("I", None, stated),
            criterion("I.1", Some("I"), "8,5"),
            criterion("I.2", Some("I"), "1,5"),
            criterion("II", None, "2"),
        ]);
        made.criteria[2].provenance = vec![
            disputed(Field::Number, "2", "?"),
            disputed(Field::MaxScore, "1,5", "15"),
        ];
        hear(&mut made);
        let doubt = |field| made.criteria[2].sources(field).any(|p| p.doubtful);
        (doubt(Field::Number), doubt(Field::MaxScore))
    }

    #[test]
    fn a_sum_and_a_sequence_settle_what_readers_dispute() {
        assert_eq!(doubts("10"), (false, false));
        // The sum does not come out: the score stays doubtful.
        assert_eq!(doubts("11"), (false, true));
    }

    #[test]
    fn numbers_on_both_sides_of_a_gap_prove_each_other() {
        let doubted = |numbers: &[&str], disputed_one: &str| {
            let mut made = rubric(numbers.iter().map(|n| criterion(n, None, "1")).collect());
            let at = numbers.iter().position(|n| *n == disputed_one).unwrap();
            made.criteria[at].provenance = vec![disputed(Field::Number, disputed_one, "?")];
            hear(&mut made);
            made.criteria[at].provenance[0].doubtful
        };
        let skips = ["1", "2", "3", "4", "6", "7", "8", "9", "11"];
        assert!(!doubted(&skips, "1"));
        assert!(!doubted(&skips, "4"));
        assert!(!doubted(&skips, "6"));
        assert!(!doubted(&skips, "9"));
        // Nothing goes on from it: it may be the 10.
        assert!(doubted(&skips, "11"));
        assert!(doubted(&["1", "2", "4", "5"], "4"));
        assert!(!doubted(&["1", "2"], "2"));
    }

    #[test]
    fn what_was_inferred_or_guessed_stays_doubtful() {
        let mut made = rubric(vec![criterion("1", None, "1"), criterion("2", None, "1")]);
        let mut inferred = disputed(Field::Number, "h", "1");
        inferred.restored_by = Some("sequence: h -> 1".to_owned());
        made.criteria[0].provenance = vec![inferred];
        hear(&mut made);
        assert!(made.criteria[0].provenance[0].doubtful);
    }
}
