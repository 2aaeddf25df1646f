//! Tables -> criteria trees with rules as data.

use crate::domain::{Rubric, Table};

/// Builds a rubric from every table that is a scoring table.
pub fn build(tables: &[Table]) -> Vec<Rubric> {
    let _ = tables;
    Vec::new()
}
