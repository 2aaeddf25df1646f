//! Tables of any kind, beside what free table tools make of them in the same run.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use quick_xml::Reader;
use quick_xml::events::Event;
use serde::Deserialize;

use crate::score::{self, Cells};
use crate::sohoa;

/// One set of documents.
struct Set {
    name: String,
    files: Vec<(PathBuf, Vec<Cells>)>,
    peers: &'static [&'static str],
}

/// What one tool made of one set.
pub struct Compared {
    pub set: String,
    pub tool: String,
    pub documents: usize,
    /// Mean over the documents, 0 to 1.
    pub grits: f64,
    pub exact: usize,
    pub true_tables: usize,
    pub found: usize,
}

/// What this program is called in the report.
pub const OURS: &str = "sohoa";

#[derive(Deserialize)]
struct TableTruth {
    tables: Vec<Cells>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Predicted {
    tables: Vec<PredictedTable>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct PredictedTable {
    header: Vec<String>,
    rows: Cells,
    spans: Vec<Span>,
}

#[derive(Deserialize)]
struct Span {
    row: Option<usize>,
    column: usize,
    row_span: usize,
    column_span: usize,
}

/// The bundled legal tables, and where `shared` is there the European half of the ICDAR 2013 competition.
pub fn run(shared: Option<&Path>, work: &Path) -> Result<Vec<Compared>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/tables");
    let mut sets = legal(&folder)?;
    if let Some(icdar) = shared
        .map(|s| s.join("tables/icdar2013-eu"))
        .filter(|f| f.exists())
    {
        sets.push(competition(&icdar)?);
    }
    let mut out = Vec::new();
    for set in &sets {
        out.push(compared(set, OURS, &ours(set, work)?));
        for tool in set.peers {
            match peer(set, tool)? {
                Some(found) => out.push(compared(set, tool, &found)),
                None => eprintln!("{tool} is not there (make accuracy fetches it)"),
            }
        }
    }
    Ok(out)
}

/// Legal tables rendered with four kinds of rulings, `NAME--RULING[--office200].pdf`, their cells in `NAME--RULING.json`.
fn legal(folder: &Path) -> Result<Vec<Set>> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .with_context(|| format!("no tables in {}", folder.display()))?
        .flatten()
        .map(|f| f.path())
        .filter(|path| path.extension().is_some_and(|e| e == "pdf"))
        .collect();
    files.sort();
    let mut sets: BTreeMap<(bool, String), Set> = BTreeMap::new();
    for path in files {
        let stem = stem(&path);
        let (document, scanned) = match stem.strip_suffix("--office200") {
            Some(document) => (document, true),
            None => (stem.as_str(), false),
        };
        let ruling = document.rsplit("--").next().unwrap_or_default().to_owned();
        let truth: TableTruth = crate::read_json(&folder.join(format!("{document}.json")))?;
        let set = sets.entry((scanned, ruling.clone())).or_insert_with(|| Set {
            name: format!(
                "legal, {ruling}, {}",
                if scanned { "office200" } else { "born digital" }
            ),
            files: Vec::new(),
            peers: match scanned {
                // Camelot reads no pictures.
                true => &["img2table-ocr"],
                false => &["img2table", "camelot-lattice", "camelot-hybrid"],
            },
        });
        set.files.push((path, truth.tables));
    }
    Ok(sets.into_values().collect())
}

/// `NAME.pdf` with `NAME-str.xml` beside it; truths without a file are left out.
fn competition(folder: &Path) -> Result<Set> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)?.flatten() {
        let path = entry.path();
        let truth = folder.join(format!("{}-str.xml", stem(&path)));
        if path.extension().is_some_and(|e| e == "pdf") && truth.exists() {
            files.push((path, structure(&std::fs::read_to_string(&truth)?)?));
        }
    }
    files.sort();
    Ok(Set {
        name: "ICDAR 2013, EU half".to_owned(),
        files,
        peers: &["img2table", "camelot-lattice", "camelot-hybrid"],
    })
}

/// The tables of a structure file of the competition: a cell's text stands in every field that it covers.
fn structure(xml: &str) -> Result<Vec<Cells>> {
    let mut reader = Reader::from_str(xml);
    let mut tables: Vec<Vec<(Field, String)>> = Vec::new();
    let (mut shift, mut field, mut text) = ((0, 0), None, None::<String>);
    loop {
        match reader.read_event()? {
            Event::Start(tag) => {
                let number = |name: &str| -> Option<usize> {
                    let attribute = tag.try_get_attribute(name).ok().flatten()?;
                    attribute.value.parse().ok()
                };
                match tag.name().as_ref() {
                    "table" => tables.push(Vec::new()),
                    "region" => {
                        shift = (
                            number("row-increment").unwrap_or(0),
                            number("col-increment").unwrap_or(0),
                        );
                    }
                    "cell" => {
                        let row = number("start-row").context("a cell without a row")?;
                        let column = number("start-col").context("a cell without a column")?;
                        field = Some(Field {
                            rows: (row + shift.0, number("end-row").unwrap_or(row) + shift.0),
                            columns: (column + shift.1, number("end-col").unwrap_or(column) + shift.1),
                        });
                    }
                    "content" => text = Some(String::new()),
                    _ => {}
                }
            }
            Event::Text(part) => {
                if let Some(text) = &mut text {
                    text.push_str(&part);
                }
            }
            Event::GeneralRef(part) => {
                if let Some(text) = &mut text {
                    text.push_str(match part.as_ref() {
                        "amp" => "&",
                        "lt" => "<",
                        "gt" => ">",
                        "quot" => "\"",
                        _ => "'",
                    });
                }
            }
            Event::End(tag) if tag.name().as_ref() == "content" => {
                if let (Some(field), Some(table)) = (field.take(), tables.last_mut()) {
                    table.push((field, text.take().unwrap_or_default()));
                }
            }
            Event::Eof => break,
            _ => {}
        }
    }
    Ok(tables.iter().map(|fields| cells(fields)).collect())
}

/// First and last row and column of a cell.
#[derive(Clone, Copy)]
struct Field {
    rows: (usize, usize),
    columns: (usize, usize),
}

fn cells(fields: &[(Field, String)]) -> Cells {
    let height = fields.iter().map(|(f, _)| f.rows.1 + 1).max().unwrap_or(0);
    let width = fields.iter().map(|(f, _)| f.columns.1 + 1).max().unwrap_or(0);
    let mut out = vec![vec![String::new(); width]; height];
    for (field, text) in fields {
        for row in &mut out[field.rows.0..=field.rows.1] {
            row[field.columns.0..=field.columns.1].fill(text.clone());
        }
    }
    out
}

fn stem(path: &Path) -> String {
    path.file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

fn ours(set: &Set, work: &Path) -> Result<BTreeMap<String, Vec<Cells>>> {
    let mut found = BTreeMap::new();
    for (path, _) in &set.files {
        let out = work.join("tables").join(stem(path));
        let mut command = sohoa();
        command.arg("convert").arg(path).arg("-o").arg(&out);
        command.args(["--formats", "json", "--jobs", "1"]);
        command.stdout(Stdio::null()).stderr(Stdio::null()).status()?;
        let file = out.join(format!("{}.json", stem(path)));
        let predicted: Predicted = match file.exists() {
            true => crate::read_json(&file)?,
            false => Predicted::default(),
        };
        found.insert(stem(path), predicted.tables.iter().map(filled).collect());
    }
    Ok(found)
}

/// Header and rows, with the text of a merged cell in every field that it covers.
fn filled(table: &PredictedTable) -> Cells {
    let headed = table.header.iter().any(|h| !h.is_empty());
    let mut cells: Cells = headed.then(|| table.header.clone()).into_iter().collect();
    cells.extend(table.rows.iter().cloned());
    for span in table.spans.iter().filter(|s| s.row_span > 0) {
        let Some(row) = span
            .row
            .map(|row| row + usize::from(headed))
            .or(headed.then_some(0))
        else {
            continue;
        };
        let text = cells[row][span.column].clone();
        let below = (row + span.row_span).min(cells.len());
        for fields in &mut cells[row..below] {
            let right = (span.column + span.column_span).min(fields.len());
            let covered = fields[span.column..right].iter_mut().filter(|f| f.is_empty());
            covered.for_each(|field| field.clone_from(&text));
        }
    }
    cells
}

/// `None` where the tool is not installed.
fn peer(set: &Set, tool: &str) -> Result<Option<BTreeMap<String, Vec<Cells>>>> {
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python = home.join(".runtime/peers/bin/python");
    if !python.exists() {
        return Ok(None);
    }
    let output = Command::new(python)
        .arg(home.join("benches/accuracy/peers.py"))
        .arg(tool)
        .args(set.files.iter().map(|(path, _)| path))
        .env("OMP_THREAD_LIMIT", "1")
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("running {tool}"))?;
    ensure!(
        output.status.success(),
        "{tool} failed: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let found = serde_json::from_slice(&output.stdout).with_context(|| format!("what {tool} printed"))?;
    Ok(Some(found))
}

fn compared(set: &Set, tool: &str, found: &BTreeMap<String, Vec<Cells>>) -> Compared {
    let mut out = Compared {
        set: set.name.clone(),
        tool: tool.to_owned(),
        documents: set.files.len(),
        grits: 0.0,
        exact: 0,
        true_tables: 0,
        found: 0,
    };
    for (path, truth) in &set.files {
        let truth: Vec<Cells> = truth.iter().map(normal).collect();
        let found = found.get(&stem(path)).map_or(&[] as &[Cells], Vec::as_slice);
        let found: Vec<Cells> = found
            .iter()
            .map(normal)
            .filter(|t| t.iter().flatten().any(|c| !c.is_empty()))
            .collect();
        let figures = score::similar_tables(&truth, &found);
        out.grits += figures.grits() / set.files.len() as f64;
        out.exact += figures.exact;
        out.true_tables += truth.len();
        out.found += found.len();
    }
    out
}

/// Every cell in its normal form, every row as long as the longest.
fn normal(cells: &Cells) -> Cells {
    let width = cells.iter().map(Vec::len).max().unwrap_or(0);
    cells
        .iter()
        .map(|row| {
            let mut row: Vec<String> = row.iter().map(|c| score::normal(c)).collect();
            row.resize(width, String::new());
            row
        })
        .collect()
}
