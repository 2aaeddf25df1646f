//! From the words of a table to its findings: how long a big one takes.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde::Deserialize;
use sohoa::domain::Table;
use sohoa::stages::export::json;
use sohoa::stages::{check, rubric};

/// The bar, for the table of 335 rows.
pub const MOST: Duration = Duration::from_millis(200);
const RUNS: usize = 15;

pub struct Understood {
    pub rows: usize,
    pub criteria: usize,
    pub findings: usize,
    /// The median of the runs.
    pub median: Duration,
}

#[derive(Deserialize)]
struct Truth {
    tables: Vec<Plain>,
}

#[derive(Deserialize)]
struct Plain {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

/// The biggest bundled table, from its cells to criteria, rules and findings, on one core.
pub fn time(home: &Path) -> Result<Understood> {
    let path = home.join("fixtures/truth/lao_cai_2.json");
    let bytes = std::fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
    let truth: Truth = serde_json::from_slice(&bytes)?;
    let plain = truth.tables.first().context("the fixture has a table")?;
    let tables = [Table::from_texts(&plain.header, &plain.rows)];
    // Known forms are read once for a program, not for a document.
    let known = json::known_rubrics();
    let (mut times, mut last) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        let begun = Instant::now();
        let mut rubrics = rubric::build(&tables);
        check::rubrics(&mut rubrics, &tables, "", known);
        times.push(begun.elapsed());
        last = rubrics;
    }
    times.sort();
    let made = last.first().context("the table is a scoring table")?;
    Ok(Understood {
        rows: plain.rows.len(),
        criteria: made.criteria.len(),
        findings: made.findings.len(),
        median: times[times.len() / 2],
    })
}
