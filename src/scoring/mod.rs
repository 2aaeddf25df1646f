//! A rubric run on what a unit answers: points with a trace, exact, or a refusal that says why. And the inverse: the
//! least and the most points that a rubric can give.

mod answer;
mod criterion;
mod exact;
mod expression;
mod questions;
mod reach;
mod refusal;
mod scales;
mod tree;

pub use answer::{Answer, Answers};
pub use criterion::{cap, limit};
pub use exact::{Exact, NotANumber};
pub use expression::Expression;
pub use questions::{Question, questions};
pub use reach::{Reach, Reaches, most_of, reach, reach_of};
pub use refusal::Refusal;
pub use scales::{Scales, Step, points};
pub use tree::{Line, Outcome, Scored, score};
