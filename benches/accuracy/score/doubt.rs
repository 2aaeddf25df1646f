//! Wrong maximum scores, and whether anything told the reader so.
//!
//! A wrong score without a flag is the one unforgivable error, so what counts as a flag is narrow:
//!
//! - **cell**: the criterion's `max_score` is marked doubtful in its provenance, or a finding of
//!   one of [`CELL_CODES`] names the criterion (and no other field of it);
//! - **group**: the sum that the score takes part in is reported as wrong (`sum_mismatch` at a
//!   criterion above, `total_mismatch` for one at the top), or the whole column or page is
//!   reported as unread (`missing_max_score` or `unknown_layout` without a criterion, a failed page);
//!   for a row that was not found at all also `number_skipped`, `count_mismatch`, `page_missing`
//!   or `unread_ink` anywhere in the rubric or document.

use super::rubric::{Found, TrueCriterion, pairs, predicted, true_criteria};
use super::{PredictedFinding, Prediction, Truth};

/// Findings that, naming a criterion, cast doubt on its score.
pub const CELL_CODES: [&str; 8] = [
    "readers_disagree",
    "low_confidence",
    "unread_ink",
    "digit_fix_proposed",
    "missing_max_score",
    "sum_mismatch",
    "component_sum_mismatch",
    "award_over_max",
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flag {
    Cell,
    Group,
    Nothing,
}

/// A maximum score that is not what the document says.
#[derive(Debug, Clone)]
pub struct WrongScore {
    /// The criterion's number in the truth.
    pub number: String,
    /// As the document writes it; empty where it gives none.
    pub want: String,
    /// As it was read; `None` where nothing was read.
    pub got: Option<String>,
    pub flag: Flag,
}

/// Every true criterion whose score is wrong, missing or invented.
pub fn wrong_scores(truth: &Truth, prediction: &Prediction) -> Vec<WrongScore> {
    let (truth, found) = (true_criteria(truth), predicted(prediction));
    let mut partner: Vec<Option<&Found>> = vec![None; truth.len()];
    for (i, j) in pairs(&truth, &found) {
        partner[i] = Some(&found[j]);
    }
    let mut out = Vec::new();
    for (i, criterion) in truth.iter().enumerate() {
        let got = partner[i].and_then(|f| f.max_score);
        let right = match (criterion.max_score, got) {
            (Some(want), got) => got == Some(want),
            // Words in the score cell (`20 điểm`) are for the table's figures to judge.
            (None, got) => got.is_none() || !criterion.score_text.is_empty(),
        };
        if right {
            continue;
        }
        let flag = match partner[i] {
            Some(f) => flag_of(f, prediction),
            None => flag_of_lost(i, &truth, &partner, prediction),
        };
        out.push(WrongScore {
            number: criterion.number.clone(),
            want: criterion.score_text.clone(),
            got: got.map(|s| s.normalize().to_string()),
            flag,
        });
    }
    out
}

/// Rows of the truth whose number, parent and maximum score all came out right.
pub fn right_rows(truth: &Truth, prediction: &Prediction) -> (usize, usize) {
    let (truth, found) = (true_criteria(truth), predicted(prediction));
    let right = pairs(&truth, &found)
        .into_iter()
        .filter(|&(i, j)| {
            let (t, f) = (&truth[i], &found[j]);
            f.number.as_ref() == Some(&t.number) && f.parent == t.parent && f.max_score == t.max_score
        })
        .count();
    (right, truth.len())
}

fn flag_of(found: &Found, prediction: &Prediction) -> Flag {
    let rubric = &prediction.rubrics[found.place.0];
    let criterion = &rubric.criteria[found.place.1];
    let of_score = |f: &&PredictedFinding| f.field.as_deref().is_none_or(|field| field == "max_score");
    let named = |id: &str, codes: &[&str]| {
        rubric
            .findings
            .iter()
            .filter(of_score)
            .any(|f| f.criterion.as_deref() == Some(id) && codes.contains(&f.code.as_str()))
    };
    let doubtful = criterion
        .provenance
        .iter()
        .any(|p| p.field == "max_score" && p.doubtful);
    if doubtful || named(&criterion.id, &CELL_CODES) {
        return Flag::Cell;
    }
    let mut above = criterion.parent.as_deref();
    for _ in 0..20 {
        let Some(id) = above else { break };
        if named(id, &["sum_mismatch"]) {
            return Flag::Group;
        }
        above = rubric
            .criteria
            .iter()
            .find(|c| c.id == id)
            .and_then(|c| c.parent.as_deref());
    }
    let at_top = criterion.parent.is_none() && general(prediction, found.place.0, &["total_mismatch"]);
    if at_top
        || general(
            prediction,
            found.place.0,
            &["missing_max_score", "unknown_layout"],
        )
    {
        return Flag::Group;
    }
    Flag::Nothing
}

/// A finding of one of `codes` about the rubric or the document as a whole.
fn general(prediction: &Prediction, rubric: usize, codes: &[&str]) -> bool {
    let own = prediction
        .rubrics
        .get(rubric)
        .into_iter()
        .flat_map(|r| &r.findings);
    own.chain(&prediction.findings)
        .any(|f| f.criterion.is_none() && codes.contains(&f.code.as_str()))
}

/// The flag of a row that was not found: that of the sum it belongs to, or of what is known to be missing.
fn flag_of_lost(
    at: usize,
    truth: &[TrueCriterion],
    partner: &[Option<&Found>],
    prediction: &Prediction,
) -> Flag {
    const MISSING: [&str; 7] = [
        "number_skipped",
        "count_mismatch",
        "page_missing",
        "unread_ink",
        "unknown_layout",
        "missing_max_score",
        "total_mismatch",
    ];
    let anywhere = prediction
        .rubrics
        .iter()
        .flat_map(|r| &r.findings)
        .chain(&prediction.findings)
        .any(|f| MISSING.contains(&f.code.as_str()));
    if anywhere || prediction.pages.iter().any(|p| p.outcome == "failed") {
        return Flag::Group;
    }
    let mut above = truth[at].parent.as_ref();
    let mut before = at;
    while let Some(number) = above {
        let Some(index) = (0..before).rev().find(|&k| truth[k].number == *number) else {
            break;
        };
        if let Some(found) = partner[index] {
            let rubric = &prediction.rubrics[found.place.0];
            let id = &rubric.criteria[found.place.1].id;
            let summed = |f: &PredictedFinding| {
                f.code == "sum_mismatch" && f.criterion.as_deref() == Some(id.as_str())
            };
            if rubric.findings.iter().any(summed) {
                return Flag::Group;
            }
        }
        above = truth[index].parent.as_ref();
        before = index;
    }
    Flag::Nothing
}
