//! How ink turns into wrong letters: what an OCR that does not know Vietnamese makes of a letter, with the cost of
//! each mistake (negative natural logarithm of its probability), learned by `examples/build_model`.

use rustc_hash::{FxHashMap, FxHashSet};

use super::syllable::{bare_char, is_vietnamese_only};

/// Stands for nothing in the table of confusions.
pub const NOTHING: char = '∅';
/// Stands for a space in the table of confusions.
pub const SPACE: char = '␣';

/// A letter read as itself, where the table says nothing.
pub const SAME: f32 = 0.3;
/// A letter that only Vietnamese has, read as itself by an OCR that should not know it.
pub const SAME_VIETNAMESE: f32 = 5.0;
/// A letter read without its marks or with others, where the table says nothing.
pub const SAME_LETTER: f32 = 2.5;
/// Any other letter, where the table says nothing.
pub const OTHER_LETTER: f32 = 7.5;
/// A letter lost, where the table says nothing.
pub const LOST: f32 = 6.5;
/// Something read where nothing was, where the table says nothing.
pub const ADDED: f32 = 6.5;

/// The most characters that one letter is read as.
pub const LONGEST: usize = 3;

/// Costs of reading one string as another.
#[derive(Debug, Default)]
pub struct Confusions {
    /// What a letter is read as, by what was read (one to [`LONGEST`] characters).
    by_read: FxHashMap<Vec<char>, Vec<(char, f32)>>,
    /// Two letters read as one character, by the two letters.
    pairs: FxHashMap<[char; 2], Vec<(char, f32)>>,
    /// The first letters of those.
    pair_beginnings: FxHashSet<char>,
    lost: FxHashMap<char, f32>,
    added: FxHashMap<char, f32>,
}

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("line {line} of the table of confusions is not TRUE<TAB>READ<TAB>COST")]
pub struct ConfusionsError {
    pub line: usize,
}

impl Confusions {
    /// Reads a table: `TRUE<TAB>READ<TAB>COST` a line, `#` begins a comment.
    pub fn parse(table: &str) -> Result<Self, ConfusionsError> {
        let mut all = Self::default();
        for (i, line) in table
            .lines()
            .enumerate()
            .filter(|(_, l)| !l.is_empty() && !l.starts_with("#\u{20}"))
        {
            all.add(line).ok_or(ConfusionsError { line: i + 1 })?;
        }
        Ok(all)
    }

    fn add(&mut self, line: &str) -> Option<()> {
        let mut fields = line.split('\t');
        let chars = |field: &str| -> Vec<char> {
            field
                .chars()
                .filter(|c| *c != NOTHING)
                .map(|c| if c == SPACE { ' ' } else { c })
                .collect()
        };
        let (letters, read) = (chars(fields.next()?), chars(fields.next()?));
        let cost: f32 = fields.next()?.parse().ok()?;
        match (letters.as_slice(), read.as_slice()) {
            ([], [c]) => drop(self.added.insert(*c, cost)),
            ([c], []) => drop(self.lost.insert(*c, cost)),
            ([c], read) if read.len() <= LONGEST => {
                self.by_read.entry(read.to_vec()).or_default().push((*c, cost))
            }
            ([a, b], [c]) => {
                self.pair_beginnings.insert(*a);
                self.pairs.entry([*a, *b]).or_default().push((*c, cost));
            }
            _ => return None,
        }
        Some(())
    }

    /// What it costs to read nothing where `letter` is.
    pub fn lost(&self, letter: char) -> f32 {
        self.lost.get(&letter).copied().unwrap_or(LOST)
    }

    /// What it costs to read `c` where nothing is.
    pub fn added(&self, c: char) -> f32 {
        self.added.get(&c).copied().unwrap_or(ADDED)
    }

    /// What it costs to read two letters as the one character `read`.
    pub fn pair(&self, letters: [char; 2], read: char) -> Option<f32> {
        self.pairs
            .get(&letters)?
            .iter()
            .find(|(c, _)| *c == read)
            .map(|(_, cost)| *cost)
    }

    pub fn has_pair(&self, letters: [char; 2]) -> bool {
        self.pairs.contains_key(&letters)
    }

    /// True for a letter that is read as one character together with one after it.
    pub fn begins_pair(&self, letter: char) -> bool {
        self.pair_beginnings.contains(&letter)
    }

    /// What it costs to read `letter` as `read`; `None` where nobody reads it so.
    pub fn cost(&self, letter: char, read: &[char]) -> Option<f32> {
        let listed = self.behind(read).iter().find(|(l, _)| *l == letter);
        match (listed, read) {
            (Some((_, cost)), _) => Some(*cost),
            (None, []) => Some(self.lost(letter)),
            (None, [read]) => Some(unlisted(letter, *read)),
            (None, _) => None,
        }
    }

    /// The letters that `read` is known to stand for, with the costs.
    pub fn behind(&self, read: &[char]) -> &[(char, f32)] {
        self.by_read.get(read).map_or(&[], Vec::as_slice)
    }
}

/// The letter that a sign looks like.
fn look(c: char) -> char {
    match c {
        '¢' | '©' => 'c',
        '€' => 'e',
        '$' | '§' => 's',
        '¡' => 'i',
        '®' => 'r',
        '¥' => 'y',
        '£' => 'l',
        c => bare_char(c),
    }
}

/// What it costs to read `letter` as `read` when the table does not say.
pub fn unlisted(letter: char, read: char) -> f32 {
    if letter == read {
        if is_vietnamese_only(letter) {
            SAME_VIETNAMESE
        } else {
            SAME
        }
    } else if bare_char(letter) == bare_char(read) {
        SAME_LETTER
    } else if look(letter).eq_ignore_ascii_case(&look(read)) {
        SAME_LETTER + 2.0
    } else {
        OTHER_LETTER
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_read_and_a_bad_line_is_named() {
        let all = Confusions::parse("# note\nư\tw\t1.2\nứ\ttt\t2\n∅\t'\t3\n␣\t∅\t4\nrn\tm\t5\n").unwrap();
        assert_eq!(all.behind(&['w']), [('ư', 1.2)]);
        assert_eq!(all.behind(&['t', 't']), [('ứ', 2.0)]);
        assert_eq!(all.added('\''), 3.0);
        assert_eq!(all.lost(' '), 4.0);
        assert_eq!(all.pair(['r', 'n'], 'm'), Some(5.0));
        assert_eq!(all.pair(['r', 'n'], 'n'), None);
        assert_eq!(
            Confusions::parse("ư w 1").err(),
            Some(ConfusionsError { line: 1 })
        );
        assert_eq!(
            Confusions::parse("a\tabcd\t1").err(),
            Some(ConfusionsError { line: 1 })
        );
    }

    #[test]
    fn unlisted_mistakes_are_dearer_the_farther_they_go() {
        let costs = [('é', 'é'), ('ế', 'é'), ('ế', 'E'), ('ế', 'x')].map(|(a, b)| unlisted(a, b));
        assert!(costs.is_sorted() && costs[0] < costs[3], "{costs:?}");
    }
}
