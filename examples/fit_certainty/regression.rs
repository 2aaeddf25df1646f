//! Logistic regression by Newton's method (iteratively reweighted least squares; Hastie, Tibshirani and Friedman,
//! *The Elements of Statistical Learning*, 4.4.1), with a small penalty on large weights.

use sohoa::stages::restore::certainty::{Evidence, NAMES};

use crate::Sample;

const STEPS: usize = 40;
/// The penalty on the square of each weight but the first.
const RIDGE: f64 = 1.0;
const N: usize = NAMES.len();

/// The probability that a word with this evidence is right.
pub fn probability(weights: &[f64], evidence: &Evidence) -> f64 {
    let sum: f64 = weights.iter().zip(evidence).map(|(w, x)| w * f64::from(*x)).sum();
    1.0 / (1.0 + (-sum).exp())
}

pub fn fit(samples: &[Sample]) -> [f64; N] {
    let mut weights = [0.0; N];
    for _ in 0..STEPS {
        let mut gradient = [0.0; N];
        let mut hessian = [[0.0; N]; N];
        for sample in samples {
            let p = probability(&weights, &sample.evidence);
            let error = f64::from(u8::from(sample.right)) - p;
            let spread = (p * (1.0 - p)).max(1e-9);
            for (i, x) in sample.evidence.iter().map(|x| f64::from(*x)).enumerate() {
                gradient[i] += error * x;
                for (j, y) in sample.evidence.iter().enumerate() {
                    hessian[i][j] += spread * x * f64::from(*y);
                }
            }
        }
        for i in 0..N {
            let ridge = if i == 0 { 1e-6 } else { RIDGE };
            gradient[i] -= ridge * weights[i];
            hessian[i][i] += ridge;
        }
        let step = solve(hessian, gradient);
        weights.iter_mut().zip(step).for_each(|(w, s)| *w += s);
        if step.iter().all(|s| s.abs() < 1e-6) {
            break;
        }
    }
    weights
}

/// Gauss's elimination; the matrix is positive definite.
fn solve(mut matrix: [[f64; N]; N], mut right: [f64; N]) -> [f64; N] {
    for k in 0..N {
        let pivot = matrix[k];
        for i in k + 1..N {
            let factor = matrix[i][k] / pivot[k];
            for (below, above) in matrix[i][k..].iter_mut().zip(&pivot[k..]) {
                *below -= factor * above;
            }
            right[i] -= factor * right[k];
        }
    }
    let mut solution = [0.0; N];
    for i in (0..N).rev() {
        let known: f64 = (i + 1..N).map(|j| matrix[i][j] * solution[j]).sum();
        solution[i] = (right[i] - known) / matrix[i][i];
    }
    solution
}
