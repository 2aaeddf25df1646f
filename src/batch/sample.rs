//! How often is what is offered as settled wrong? A person checks words that were drawn by lot; this says what follows.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use serde::Serialize;

use super::Account;
use super::error::BatchError;
use crate::stages::export::harmless_cell;

/// Words of a sample. If none of 300 is wrong, at most one in a hundred of all is (the rule of three).
pub const SIZE: usize = 300;
/// The file in the output folder that a person fills in.
pub const FILE: &str = "sample.csv";
const COLUMNS: [&str; 7] = ["key", "file", "page", "box", "text", "right", "note"];
/// Of the interval that is given.
const CONFIDENCE: f64 = 0.95;

/// A word that was drawn, as the ledger keeps it.
#[derive(Debug, Clone, PartialEq, Serialize, serde::Deserialize)]
pub struct Drawn {
    pub key: String,
    pub page: u32,
    /// Pixels of the upright page, origin top left.
    #[serde(rename = "box")]
    pub bbox: [i32; 4],
    pub text: String,
}

/// A word of the sample, and what a person said of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Checked<'a> {
    pub file: &'a str,
    pub drawn: &'a Drawn,
    pub mark: Mark,
    pub note: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mark {
    Right,
    Wrong,
    #[default]
    Unchecked,
}

/// What follows from what was checked.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Estimate {
    pub checked: usize,
    pub wrong: usize,
    /// Words of all documents that were read from ink and are not in doubt: what the sample stands for.
    pub settled_words: usize,
    /// Share of settled words that are wrong, 0 to 1: what was found, and the bounds that hold it with 95 % confidence
    /// (Clopper and Pearson, Biometrika 26, 1934).
    pub rate: f64,
    pub lower: f64,
    pub upper: f64,
}

impl Mark {
    fn of(text: &str) -> Self {
        match text.trim().to_lowercase().as_str() {
            "đúng" | "dung" | "đ" | "d" | "x" | "1" | "y" | "yes" | "right" | "ok" => Self::Right,
            "sai" | "s" | "0" | "n" | "no" | "wrong" => Self::Wrong,
            _ => Self::Unchecked,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Right => "đúng",
            Self::Wrong => "sai",
            Self::Unchecked => "",
        }
    }
}

impl Account {
    /// The words to be checked, lowest key first, with the marks that a person has put into the file of `folder`.
    pub fn sample(&self, folder: &Path) -> Result<Vec<Checked<'_>>, BatchError> {
        let path = folder.join(FILE);
        let marks = match fs::read(&path) {
            Ok(bytes) => marks(&bytes).map_err(BatchError::io(&path))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => BTreeMap::new(),
            Err(error) => return Err(BatchError::io(&path)(error)),
        };
        let mut words: Vec<Checked<'_>> = self
            .records
            .iter()
            .flat_map(|record| record.drawn.iter().map(move |drawn| (record, drawn)))
            .map(|(record, drawn)| {
                let (mark, note) = marks.get(&drawn.key).cloned().unwrap_or_default();
                Checked {
                    file: &record.path,
                    drawn,
                    mark,
                    note,
                }
            })
            .collect();
        words.sort_by(|a, b| a.drawn.key.cmp(&b.drawn.key));
        // What was marked stays in the file though others have lower keys by now; it counts no more.
        let extra: Vec<Checked<'_>> = words.drain(SIZE.min(words.len())..).collect();
        words.extend(extra.into_iter().filter(|word| word.mark != Mark::Unchecked));
        Ok(words)
    }

    /// What the marks say of all settled words; `None` before the first is checked.
    pub fn estimate(&self, sample: &[Checked<'_>]) -> Option<Estimate> {
        let of_sample = &sample[..sample.len().min(SIZE)];
        let count = |mark| of_sample.iter().filter(|word| word.mark == mark).count();
        let wrong = count(Mark::Wrong);
        let checked = wrong + count(Mark::Right);
        let (lower, upper) = interval(wrong, checked)?;
        Some(Estimate {
            checked,
            wrong,
            settled_words: self
                .records
                .iter()
                .filter_map(|r| r.reading.as_ref())
                .map(|r| r.settled_words)
                .sum(),
            rate: wrong as f64 / checked as f64,
            lower,
            upper,
        })
    }
}

/// The file for a person to fill in.
pub fn csv(sample: &[Checked<'_>]) -> io::Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer("\u{feff}".as_bytes().to_vec());
    writer.write_record(COLUMNS)?;
    for word in sample {
        let [x0, y0, x1, y1] = word.drawn.bbox;
        writer.write_record([
            word.drawn.key.as_str(),
            &harmless_cell(word.file),
            &word.drawn.page.to_string(),
            &format!("{x0} {y0} {x1} {y1}"),
            &harmless_cell(&word.drawn.text),
            word.mark.name(),
            &harmless_cell(&word.note),
        ])?;
    }
    writer.into_inner().map_err(|e| io::Error::other(e.to_string()))
}

/// What a person has put into the file, by key. Spreadsheets may have changed the separator.
fn marks(bytes: &[u8]) -> io::Result<BTreeMap<String, (Mark, String)>> {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    let head = bytes.split(|b| *b == b'\n').next().unwrap_or_default();
    let separator = *[b';', b'\t'].iter().find(|s| head.contains(s)).unwrap_or(&b',');
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(separator)
        .flexible(true)
        .from_reader(bytes);
    let headers = reader.headers()?.clone();
    let column = |name: &str| headers.iter().position(|h| h.trim() == name);
    let (Some(key), Some(right)) = (column("key"), column("right")) else {
        return Err(io::Error::other("the columns `key` and `right` are not there"));
    };
    let note = column("note");
    let mut marks = BTreeMap::new();
    for row in reader.records() {
        let row = row?;
        let cell = |at: usize| row.get(at).unwrap_or_default();
        let note = note
            .map(cell)
            .unwrap_or_default()
            .trim_start_matches('\'')
            .to_owned();
        marks.insert(cell(key).to_owned(), (Mark::of(cell(right)), note));
    }
    Ok(marks)
}

/// Bounds of the share of which `found` of `all` were seen (Clopper-Pearson); `None` of nothing.
fn interval(found: usize, all: usize) -> Option<(f64, f64)> {
    if all == 0 {
        return None;
    }
    let tail = (1.0 - CONFIDENCE) / 2.0;
    let lower = match found {
        0 => 0.0,
        _ => crossing(|p| 1.0 - at_most(found - 1, all, p) >= tail),
    };
    let upper = match found {
        _ if found == all => 1.0,
        _ => crossing(|p| at_most(found, all, p) <= tail),
    };
    Some((lower, upper))
}

/// The least share for which `holds`, which holds for all above it.
fn crossing(holds: impl Fn(f64) -> bool) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..60 {
        let middle = (low + high) / 2.0;
        if holds(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    high
}

/// The probability of at most `found` of `all`, each with probability `p`: the binomial distribution, summed in logarithms.
fn at_most(found: usize, all: usize, p: f64) -> f64 {
    if p <= 0.0 || found >= all {
        return 1.0;
    }
    if p >= 1.0 {
        return 0.0;
    }
    let mut term = all as f64 * (1.0 - p).ln();
    let mut sum = term.exp();
    for k in 1..=found {
        term += ((all - k + 1) as f64 / k as f64).ln() + (p / (1.0 - p)).ln();
        sum += term.exp();
    }
    sum.min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_those_of_clopper_and_pearson() {
        // R: binom.test(found, all)$conf.int
        let check = |found, all, lower: f64, upper: f64| {
            let (l, u) = interval(found, all).unwrap();
            assert!(
                (l - lower).abs() < 5e-5 && (u - upper).abs() < 5e-5,
                "{found} of {all}: {l} {u}"
            );
        };
        check(0, 300, 0.0, 0.012_22);
        check(1, 10, 0.002_53, 0.445_02);
        check(5, 100, 0.016_43, 0.112_83);
        check(10, 10, 0.691_50, 1.0);
        assert_eq!(interval(0, 0), None);
    }

    #[test]
    fn what_a_person_put_in_is_read_back_from_any_spreadsheet() {
        let drawn = Drawn {
            key: "00ff".into(),
            page: 2,
            bbox: [1, 2, 3, 4],
            text: "=điểm".into(),
        };
        let word = |mark| Checked {
            file: "a, b.pdf",
            drawn: &drawn,
            mark,
            note: String::new(),
        };
        let written = csv(&[word(Mark::Wrong)]).unwrap();
        assert_eq!(marks(&written).unwrap()["00ff"].0, Mark::Wrong);
        let text = String::from_utf8(written).unwrap();
        assert!(text.contains("'=điểm"));
        let check =
            |text: &str, expect| assert_eq!(marks(text.as_bytes()).unwrap()["00ff"].0, expect, "{text}");
        check("key;right\n00ff; Đúng\n", Mark::Right);
        check("key\tfile\tright\r\n00ff\ta\tsai\r\n", Mark::Wrong);
        check("\u{feff}key,right,note\n00ff,,hm\n", Mark::Unchecked);
        check("key,right\n00ff,maybe\n", Mark::Unchecked);
        assert!(marks(b"a,b\n").is_err());
    }
}
