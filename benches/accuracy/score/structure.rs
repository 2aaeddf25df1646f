//! What must be exactly as in the document.

use super::rubric::{Found, TrueCriterion, predicted, true_criteria};
use super::{PlainTable, Prediction, Truth, normal};

/// Each true where the whole document agrees, in order, with nothing lost and nothing added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Structure {
    pub header: bool,
    pub rows: bool,
    pub numbers: bool,
    pub parents: bool,
    pub max_scores: bool,
}

impl Structure {
    pub const EXACT: Self = Self {
        header: true,
        rows: true,
        numbers: true,
        parents: true,
        max_scores: true,
    };
}

pub fn structure(truth: &Truth, prediction: &Prediction) -> Structure {
    let (criteria, found) = (true_criteria(truth), predicted(prediction));
    let same = |equal: &dyn Fn(&TrueCriterion, &Found) -> bool| {
        criteria.len() == found.len() && criteria.iter().zip(&found).all(|(t, f)| equal(t, f))
    };
    let headers = |tables: &[PlainTable]| -> Vec<Vec<String>> {
        tables
            .iter()
            .map(|t| t.header.iter().map(|c| normal(c)).collect())
            .collect()
    };
    let rows = |tables: &[PlainTable]| tables.iter().map(|t| t.rows.len()).collect::<Vec<_>>();
    Structure {
        header: headers(&truth.tables) == headers(&prediction.tables),
        rows: rows(&truth.tables) == rows(&prediction.tables),
        numbers: same(&|t, f| f.number.as_ref() == Some(&t.number)),
        parents: same(&|t, f| f.parent == t.parent),
        max_scores: same(&|t, f| f.max_score == t.max_score),
    }
}
