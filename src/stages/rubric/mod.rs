//! Tables -> criteria trees with rules as data.

mod columns;
mod criterion;
mod findings;
mod grammar;
mod heading;
mod lookalike;
mod notes;
mod number;
mod phrases;
mod prose;
mod provenance;
mod rows;
mod sequence;
mod tree;
mod words;

#[cfg(test)]
mod noise;
#[cfg(test)]
mod truth;

pub use words::{rules_in_words, words_of};

use crate::domain::{Rubric, Table};

/// Builds a rubric from every table that is a scoring table.
pub fn build(tables: &[Table]) -> Vec<Rubric> {
    tables
        .iter()
        .enumerate()
        .filter_map(|(index, table)| tree::rubric(index, table))
        .collect()
}
