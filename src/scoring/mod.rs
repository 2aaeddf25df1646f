//! A rubric run on what a unit answers: points with a trace, exact, or a refusal that says why. And the inverse: the
//! least and the most points that a rubric can give.

mod answer;
mod criterion;
mod exact;
mod expression;
mod reach;
mod refusal;
mod tree;

pub use answer::{Answer, Answers};
pub use exact::{Exact, NotANumber};
pub use expression::Expression;
pub use reach::{Reach, Reaches, reach};
pub use refusal::Refusal;
pub use tree::{Line, Outcome, Scored, score};
