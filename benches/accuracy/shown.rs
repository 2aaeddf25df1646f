//! What a person is shown of a reading, held against what is wrong in it: the queue of the review desk as it stands when
//! nobody has done anything, and the cells that differ from the true rubric.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;
use sohoa::domain::{Field, Named};
use sohoa::review::Draft;
use sohoa::stages::export::json;

const FIELDS: [Field; 11] = [
    Field::Number,
    Field::Title,
    Field::MaxScore,
    Field::Bonus,
    Field::Deduction,
    Field::Rules,
    Field::Evidence,
    Field::DataItems,
    Field::Period,
    Field::Method,
    Field::Notes,
];

/// Of one scan.
#[derive(Debug, Clone, Copy, Default)]
pub struct Shown {
    /// Cells of criteria that both rubrics have.
    pub cells: usize,
    pub wrong: usize,
    pub shown: usize,
    /// Wrong and shown.
    pub caught: usize,
    /// Wrong in nothing but white space, dots and quotation marks, and not shown.
    pub trifles: usize,
}

impl Shown {
    pub fn add(&mut self, other: &Self) {
        self.cells += other.cells;
        self.wrong += other.wrong;
        self.shown += other.shown;
        self.caught += other.caught;
        self.trifles += other.trifles;
    }
}

/// A criterion's id and the name of a field.
type Cell = (String, &'static str);

/// The first rubric of a result against the true one; `None` where that is not known.
pub fn judge(result: &Path, document: &str) -> Result<Option<Shown>> {
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = home.join(format!("rubrics/known/{document}.json"));
    if !path.exists() {
        return Ok(None);
    }
    let truth: Value = crate::read_json(&path)?;
    let bytes = std::fs::read(result).with_context(|| result.display().to_string())?;
    let Some(rubric) = json::read(&bytes)?.rubrics.into_iter().next() else {
        return Ok(None);
    };
    let read: Value = serde_json::to_value(json::Rubric::from(&rubric))?;
    let doubts = Draft::new(rubric).doubtful();
    let shown: BTreeSet<Cell> = doubts
        .into_iter()
        .filter_map(|d| Some((d.criterion?, d.field.name())))
        .collect();
    Ok(Some(compare(&read, &truth, &shown)))
}

fn compare(read: &Value, truth: &Value, shown: &BTreeSet<Cell>) -> Shown {
    let mut all = Shown {
        shown: shown.len(),
        ..Shown::default()
    };
    let criteria = |rubric: &Value| rubric["criteria"].as_array().cloned().unwrap_or_default();
    let want = criteria(truth);
    for got in criteria(read) {
        let Some(want) = want.iter().find(|c| c["id"] == got["id"]) else {
            continue;
        };
        let id = got["id"].as_str().unwrap_or_default().to_owned();
        for field in FIELDS {
            let (got, want) = (text(&got[field.name()]), text(&want[field.name()]));
            if got.is_empty() && want.is_empty() {
                continue;
            }
            let is_shown = shown.contains(&(id.clone(), field.name()));
            let wrong = got != want;
            all.cells += 1;
            all.wrong += usize::from(wrong);
            all.caught += usize::from(wrong && is_shown);
            all.trifles += usize::from(wrong && !is_shown && letters(&got) == letters(&want));
        }
    }
    all
}

/// The words of a value: of rules what was written, not what was made of it.
fn text(value: &Value) -> String {
    let words = match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join(" "),
        Value::Object(fields) => fields.get("text").map(text).unwrap_or_default(),
        _ => String::new(),
    };
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn letters(text: &str) -> String {
    let kept = |c: &char| !c.is_whitespace() && !matches!(c, '.' | '…' | '"' | '“' | '”');
    text.chars().filter(kept).collect()
}
