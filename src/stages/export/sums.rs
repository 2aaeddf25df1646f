//! How points that are typed into a sheet add up along the tree: formulas that a spreadsheet works out, by the same
//! rules as `scoring::score` on points that a person gives. A cap on penalties counts for the deductions directly in
//! its section, since a sheet does not know what penalties took elsewhere.

use std::collections::HashMap;
use std::fmt::Write;

use crate::domain::{CapOf, Criterion, CriterionKind, Rubric};
use crate::scoring::{Exact, cap, limit};

/// Arguments of one function call; Excel takes 255.
const MOST_ARGUMENTS: usize = 200;
/// Signs of one formula; Excel takes 8,192.
const MOST_SIGNS: usize = 8_000;

/// The formulas of one column of points.
pub(super) struct Sums<'a> {
    rubric: &'a Rubric,
    children: HashMap<Option<&'a str>, Vec<usize>>,
    /// The number, as people count rows, of the first criterion's row.
    first_row: usize,
}

/// What stands directly under a section, by what it does to the sum.
#[derive(Default)]
struct Parts {
    base: Vec<usize>,
    bonus: Vec<usize>,
    deduction: Vec<usize>,
}

impl<'a> Sums<'a> {
    pub(super) fn new(rubric: &'a Rubric, first_row: usize) -> Self {
        let mut children: HashMap<Option<&str>, Vec<usize>> = HashMap::new();
        for (index, criterion) in rubric.criteria.iter().enumerate() {
            children
                .entry(criterion.parent.as_deref())
                .or_default()
                .push(index);
        }
        Self {
            rubric,
            children,
            first_row,
        }
    }

    /// True for a criterion whose points are the sum of others'.
    pub(super) fn is_sum(&self, criterion: &Criterion) -> bool {
        self.children.contains_key(&Some(criterion.id.as_str()))
    }

    /// The formula for `criterion` in the column of this letter, which the row of a criterion without parts has not.
    pub(super) fn of(&self, criterion: &Criterion, column: &str) -> Option<String> {
        let parts = self.parts(Some(&criterion.id))?;
        let rules = &criterion.rules;
        let base = self.sum(&parts.base, column);
        let bonus = at_most(self.sum(&parts.bonus, column), cap(rules, CapOf::Bonus));
        let taken = at_most(
            self.sum_of_sizes(&parts.deduction, column),
            cap(rules, CapOf::Penalty),
        );
        let most = limit(criterion);
        let of_points = cap(rules, CapOf::Points);
        let points = match criterion.kind {
            CriterionKind::Deduction => format!("-{}", at_most(taken, most)),
            CriterionKind::Bonus => {
                let bonus = at_most(at_most(bonus, most), of_points);
                together([base, bonus], &taken)
            }
            CriterionKind::Section | CriterionKind::Criterion => {
                at_most(together([at_most(base, most), bonus], &taken), of_points)
            }
        };
        self.once_given(&parts, column, &points)
    }

    /// The formula for the points of the whole rubric.
    pub(super) fn total(&self, column: &str) -> Option<String> {
        let parts = self.parts(None)?;
        let sums = [&parts.base, &parts.bonus].map(|rows| self.sum(rows, column));
        let points = together(sums, &self.sum_of_sizes(&parts.deduction, column));
        self.once_given(&parts, column, &points)
    }

    fn parts(&self, parent: Option<&str>) -> Option<Parts> {
        let mut parts = Parts::default();
        for &index in self.children.get(&parent)? {
            match self.rubric.criteria[index].kind {
                CriterionKind::Section | CriterionKind::Criterion => parts.base.push(index),
                CriterionKind::Bonus => parts.bonus.push(index),
                CriterionKind::Deduction => parts.deduction.push(index),
            }
        }
        Some(parts)
    }

    /// Nothing, as long as nothing is given below. Rounded where the points end: a spreadsheet reckons in binary.
    fn once_given(&self, parts: &Parts, column: &str, points: &str) -> Option<String> {
        let mut all = [&parts.base[..], &parts.bonus, &parts.deduction].concat();
        all.sort_unstable();
        let count = call("COUNT", &self.cells(&all, column));
        let formula = format!("=IF({count}=0,\"\",ROUND({points},6))");
        (formula.len() <= MOST_SIGNS).then_some(formula)
    }

    fn sum(&self, rows: &[usize], column: &str) -> String {
        call("SUM", &self.cells(rows, column))
    }

    /// A deduction counts the same whether it is typed as 2 or as -2.
    fn sum_of_sizes(&self, rows: &[usize], column: &str) -> String {
        let mut sum = String::new();
        for cells in self.cells(rows, column) {
            // Writing to a String cannot fail.
            let _ = write!(sum, "+SUMIF({cells},\">0\")-SUMIF({cells},\"<0\")");
        }
        match sum.strip_prefix('+') {
            Some(sum) => format!("({sum})"),
            None => String::new(),
        }
    }

    /// `K7:K9`, `K12`: rows that follow each other are named together.
    fn cells(&self, rows: &[usize], column: &str) -> Vec<String> {
        rows.chunk_by(|a, b| a + 1 == *b)
            .map(|run| {
                let row = |index: usize| self.first_row + index;
                let (first, last) = (row(run[0]), row(run[run.len() - 1]));
                if first == last {
                    format!("{column}{first}")
                } else {
                    format!("{column}{first}:{column}{last}")
                }
            })
            .collect()
    }
}

fn call(function: &str, cells: &[String]) -> String {
    let calls: Vec<String> = cells
        .chunks(MOST_ARGUMENTS)
        .map(|some| format!("{function}({})", some.join(",")))
        .collect();
    calls.join("+")
}

fn at_most(sum: String, most: Option<Exact>) -> String {
    match most {
        Some(most) if !sum.is_empty() => format!("MIN({sum},{most})"),
        _ => sum,
    }
}

/// What is given, less what is taken, and not below nothing.
fn together(given: [String; 2], taken: &str) -> String {
    let given: Vec<String> = given.into_iter().filter(|sum| !sum.is_empty()).collect();
    let given = if given.is_empty() {
        "0".to_owned()
    } else {
        given.join("+")
    };
    if taken.is_empty() {
        given
    } else {
        format!("MAX(0,{given}-{taken})")
    }
}
