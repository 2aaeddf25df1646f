use strsim::sorensen_dice;

use crate::domain::{Criterion, Rubric, fold};

/// How alike two rubrics are, from 0 to 1: the share of criteria whose words are in the other too, of the longer.
pub fn likeness(a: &Rubric, b: &Rubric) -> f64 {
    let titles = |rubric: &Rubric| {
        let mut titles: Vec<String> = rubric.criteria.iter().map(|c| fold(&c.title)).collect();
        titles.sort();
        titles
    };
    let (ours, theirs) = (titles(a), titles(b));
    let longer = ours.len().max(theirs.len());
    if longer == 0 {
        return words(&a.title, &b.title);
    }
    let (mut i, mut j, mut same) = (0, 0, 0usize);
    while i < ours.len() && j < theirs.len() {
        match ours[i].cmp(&theirs[j]) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => (i, j, same) = (i + 1, j + 1, same + 1),
        }
    }
    0.8 * same as f64 / longer as f64 + 0.2 * words(&a.title, &b.title)
}

/// How alike two texts are, from 0 to 1, whatever their marks and case: by the pairs of letters they share (Dice).
pub fn words(a: &str, b: &str) -> f64 {
    dice(&fold(a), &fold(b))
}

fn dice(a: &str, b: &str) -> f64 {
    if a == b { 1.0 } else { sorensen_dice(a, b) }
}

/// A criterion with what matching asks of it again and again.
pub struct Known<'a> {
    pub criterion: &'a Criterion,
    title: String,
    /// The title of what it stands under.
    above: String,
    /// Where in the rubric, from 0 to 1.
    place: f64,
}

impl<'a> Known<'a> {
    pub fn all(rubric: &'a Rubric) -> Vec<Self> {
        let count = rubric.criteria.len().max(1) as f64;
        let above = |c: &Criterion| {
            let parent = c.parent.as_deref().and_then(|id| rubric.criterion(id));
            parent.map_or(String::new(), |p| fold(&p.title))
        };
        rubric
            .criteria
            .iter()
            .enumerate()
            .map(|(i, criterion)| Self {
                title: fold(&criterion.title),
                above: above(criterion),
                place: i as f64 / count,
                criterion,
            })
            .collect()
    }

    /// How probably `other` is this criterion in another version, from 0 to 1; 0 where neither words nor number say so.
    pub fn likeness(&self, other: &Self) -> f64 {
        // Most pairs are too unlike in length already.
        let (a, b) = (self.title.len(), other.title.len());
        let at_most = 2.0 * a.min(b) as f64 / (a + b).max(1) as f64;
        if a != b && at_most < 0.3 {
            return 0.0;
        }
        let title = dice(&self.title, &other.title);
        if title < 0.3 {
            return 0.0;
        }
        let above = dice(&self.above, &other.above);
        let number = !self.criterion.number.is_empty() && self.criterion.number == other.criterion.number;
        // Other words altogether under the same number are another criterion.
        if title < 0.55 && !(number && above > 0.6) {
            return 0.0;
        }
        let near = 1.0 - (self.place - other.place).abs();
        let other_kind = self.criterion.kind != other.criterion.kind;
        let weight = |said: bool| f64::from(u8::from(said));
        0.6 * title + 0.15 * above + 0.15 * weight(number) + 0.1 * near - 0.15 * weight(other_kind)
    }
}
