//! Logistic regression by Newton's method (iteratively reweighted least squares; Hastie, Tibshirani and Friedman,
//! *The Elements of Statistical Learning*, 4.4.1), with a small penalty on large weights.

const STEPS: usize = 40;
/// The penalty on the square of each weight but the one of [`Row::ALWAYS`].
const RIDGE: f64 = 1.0;

/// One case: its facts, what was known before them as log odds, and how it came out.
pub struct Row<const N: usize> {
    pub facts: [f32; N],
    pub before: f64,
    pub right: bool,
}

impl<const N: usize> Row<N> {
    /// A fact that every case has: the weight of the first is free where all rows have this as their first.
    pub const ALWAYS: f32 = 1.0;

    /// The probability that it comes out right.
    pub fn probability(&self, weights: &[f64; N]) -> f64 {
        let facts = self.facts.iter().map(|x| f64::from(*x));
        let sum: f64 = weights.iter().zip(facts).map(|(w, x)| w * x).sum();
        1.0 / (1.0 + (-self.before - sum).exp())
    }
}

pub fn fit<const N: usize>(rows: &[Row<N>]) -> [f64; N] {
    let always = rows.iter().all(|row| row.facts[0] == Row::<N>::ALWAYS);
    let mut weights = [0.0; N];
    for _ in 0..STEPS {
        let mut gradient = [0.0; N];
        let mut hessian = [[0.0; N]; N];
        for row in rows {
            let p = row.probability(&weights);
            let error = f64::from(u8::from(row.right)) - p;
            let spread = (p * (1.0 - p)).max(1e-9);
            for (i, x) in row.facts.iter().map(|x| f64::from(*x)).enumerate() {
                gradient[i] += error * x;
                for (j, y) in row.facts.iter().enumerate() {
                    hessian[i][j] += spread * x * f64::from(*y);
                }
            }
        }
        for i in 0..N {
            let ridge = if i == 0 && always { 1e-6 } else { RIDGE };
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
fn solve<const N: usize>(mut matrix: [[f64; N]; N], mut right: [f64; N]) -> [f64; N] {
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
