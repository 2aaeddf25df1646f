//! What was changed in a text, and why.

use super::syllable;

/// A change made to a line.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// Counted from 0.
    pub line: usize,
    pub raw: String,
    pub restored: String,
    /// What else was weighed, best first.
    pub candidates: Vec<String>,
    /// Log-probability gained over leaving it, natural logarithm.
    pub gain: f32,
    pub reason: String,
}

/// What a restoration is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    Lines,
    /// The lines, and each change with what else was weighed: that takes about as long as the lines.
    Changes,
}

/// As many lines as were given, and what was changed in them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RestoredText {
    pub lines: Vec<String>,
    pub changes: Vec<Change>,
}

/// One short reason: the known phrase it ends, its marks, or the letters that were mistaken.
pub fn reason(raw: &str, restored: &str, matched: usize) -> String {
    if matched >= 4 {
        return format!("phrase: {matched} words of a known one");
    }
    if syllable::bare(raw).eq_ignore_ascii_case(&syllable::bare(restored)) {
        return "language model".to_owned();
    }
    let (a, b): (Vec<char>, Vec<char>) = (raw.chars().collect(), restored.chars().collect());
    let head = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let tail = a[head..]
        .iter()
        .rev()
        .zip(b[head..].iter().rev())
        .take_while(|(x, y)| x == y)
        .count();
    let part = |chars: &[char]| chars[head..chars.len() - tail].iter().collect::<String>();
    format!("confusion {}/{}", part(&a), part(&b))
}
