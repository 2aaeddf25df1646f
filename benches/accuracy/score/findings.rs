//! Findings that must be there, and findings that must not.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{PredictedFinding, PredictedRubric, Prediction, normal};

/// A finding as `[code, where]`: `where` is empty (anywhere), a number, or `section>number`.
pub type Spec = (String, String);

/// What is known of one document's findings.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Expectation {
    pub must: Vec<Spec>,
    pub must_not: Vec<Spec>,
    /// True as well, but nobody has to find them.
    pub also: Vec<Spec>,
}

#[derive(Debug, Clone, Serialize)]
pub struct FindingFigures {
    pub must: usize,
    pub found: usize,
    pub missing: Vec<Spec>,
    /// Those that must not be there and are.
    pub wrong: Vec<Spec>,
    /// Errors laid at the decision's door that nobody knows of: `(code, about, severity, numbers upwards)`.
    pub unexpected_errors: Vec<(String, String, String, Vec<String>)>,
}

/// Compares the findings of a prediction with what is expected.
pub fn findings(expectation: &Expectation, prediction: &Prediction) -> FindingFigures {
    let all: Vec<(&PredictedFinding, Vec<String>)> = prediction
        .rubrics
        .iter()
        .flat_map(|rubric| rubric.findings.iter().map(move |f| (f, path(rubric, f))))
        .collect();
    let is_there = |spec: &&Spec| all.iter().any(|(f, path)| hits(spec, f, path));
    let (found, missing): (Vec<&Spec>, Vec<&Spec>) = expectation.must.iter().partition(is_there);
    let known: Vec<&Spec> = expectation.must.iter().chain(&expectation.also).collect();
    FindingFigures {
        must: expectation.must.len(),
        found: found.len(),
        missing: missing.into_iter().cloned().collect(),
        wrong: expectation.must_not.iter().filter(is_there).cloned().collect(),
        unexpected_errors: all
            .iter()
            .filter(|(f, _)| f.about == "decision" && f.severity == "error")
            .filter(|(f, path)| !known.iter().any(|spec| hits(spec, f, path)))
            .map(|(f, path)| (f.code.clone(), f.about.clone(), f.severity.clone(), path.clone()))
            .collect(),
    }
}

/// The numbers of a finding's criterion and of those above it, upwards.
fn path(rubric: &PredictedRubric, finding: &PredictedFinding) -> Vec<String> {
    let by_id: BTreeMap<&str, _> = rubric.criteria.iter().map(|c| (c.id.as_str(), c)).collect();
    let mut here = finding.criterion.as_deref().and_then(|id| by_id.get(id));
    let mut out = Vec::new();
    while let Some(criterion) = here.filter(|_| out.len() < 20) {
        let number = normal(criterion.number.as_deref().unwrap_or_default());
        out.push(number.trim_end_matches(['.', ')']).to_owned());
        here = criterion.parent.as_deref().and_then(|id| by_id.get(id));
    }
    out
}

fn hits((code, place): &Spec, finding: &PredictedFinding, path: &[String]) -> bool {
    if *code != finding.code {
        return false;
    }
    let mut wanted = place.rsplit('>');
    let number = wanted.next().unwrap_or_default();
    place.is_empty()
        || (path.first().is_some_and(|n| n == number) && wanted.all(|up| path[1..].iter().any(|n| n == up)))
}
