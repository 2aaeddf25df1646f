//! Which of the words with the same letters a text has, from the letters of the words around: a small network with one
//! hidden layer. It sees further than the trigram of the language model, to both sides, and letters are all that is
//! known for sure of a text that lost its marks (`models/README.md` tells how it is made).
//!
//! Every word around adds the row of its letters to the hidden layer: words up to [`NEAR`] away from a table for their
//! place, those up to [`FAR`] away from one for their side. The hidden layer times a word's column is its logit.

use super::language_model::{BOUNDARY, LanguageModel, UNKNOWN, WordId};

/// The first bytes of a model.
pub const MAGIC: &[u8; 8] = b"sohoaCX1";
/// Width of the hidden layer.
pub const WIDTH: usize = 64;
/// Words up to this far away have a table for their place.
pub const NEAR: usize = 3;
/// Words farther away than this are not seen.
pub const FAR: usize = 10;
/// One table for each near place, the word's own among them, and one for each side.
pub const TABLES: usize = 2 * NEAR + 3;
/// What is below zero in the hidden layer counts so much.
pub const LEAK: f32 = 0.1;
/// So many words are weighed together.
const TOGETHER: usize = 4;
/// A stored bias is a whole number of these.
pub const BIAS_STEP: f32 = 1.0 / 256.0;

/// Words with the same letters under their marks, by number; the first three are those of the classes.
pub type Letters = u16;

#[derive(Debug, Clone, Copy, thiserror::Error, PartialEq, Eq)]
pub enum ContextError {
    #[error("not a context model of this version")]
    Magic,
    #[error("the context model is cut short")]
    Truncated,
    #[error("the context model was made for another language model")]
    Vocabulary,
}

/// The network.
pub struct ContextModel {
    /// Letters that have rows; the others share that of the unknown word.
    rows: usize,
    letters: Vec<Letters>,
    /// The words of each letters.
    words: Vec<Vec<WordId>>,
    /// Signed bytes `[TABLES][rows][WIDTH]`, and what one of them is worth.
    tables: &'static [u8],
    table_step: f32,
    /// Signed bytes `[words][WIDTH]`, and what one of them is worth.
    columns: &'static [u8],
    column_step: f32,
    biases: Vec<f32>,
    /// The logarithm of each word's share among the words with its letters, wherever they stand.
    shares: Vec<f32>,
}

/// A word that may stand at a place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Likely {
    pub word: WordId,
    /// The logarithm of its probability among the words with the same letters.
    pub log_probability: f32,
    /// By how much the words around make it likelier than it is elsewhere.
    pub gain: f32,
}

/// Which table a word so far away looks into.
pub fn table(distance: isize) -> usize {
    let near = NEAR as isize;
    match distance {
        d if d < -near => 2 * NEAR + 1,
        d if d > near => 2 * NEAR + 2,
        d => (d + near) as usize,
    }
}

/// The logarithms of the shares of what has these logarithms.
fn normalize(logits: &mut [f32]) {
    let most = logits.iter().copied().fold(f32::MIN, f32::max);
    let all = most + logits.iter().map(|l| (l - most).exp()).sum::<f32>().ln();
    logits.iter_mut().for_each(|l| *l -= all);
}

impl ContextModel {
    /// Reads the layout: [`MAGIC`]; `u32` counts of words and of rows; `f32` steps of tables and of columns; for each word
    /// its letters (`u16`), then its bias (`i16`); tables; columns. All little endian.
    pub fn parse(bytes: &'static [u8], language_model: &LanguageModel) -> Result<Self, ContextError> {
        let mut rest = bytes;
        let mut take = |n: usize| {
            let (head, tail) = rest.split_at_checked(n).ok_or(ContextError::Truncated)?;
            rest = tail;
            Ok(head)
        };
        if take(8)? != MAGIC {
            return Err(ContextError::Magic);
        }
        let head = take(16)?;
        let four = |at: usize| [head[at], head[at + 1], head[at + 2], head[at + 3]];
        let [count, rows] = [0, 4].map(|at| u32::from_le_bytes(four(at)) as usize);
        let [table_step, column_step] = [8, 12].map(|at| f32::from_le_bytes(four(at)));
        if count != usize::from(language_model.id_count()) {
            return Err(ContextError::Vocabulary);
        }
        let two = |bytes: &[u8]| -> Vec<[u8; 2]> { bytes.chunks_exact(2).map(|b| [b[0], b[1]]).collect() };
        let letters: Vec<Letters> = two(take(2 * count)?)
            .into_iter()
            .map(u16::from_le_bytes)
            .collect();
        let biases = two(take(2 * count)?).into_iter().map(i16::from_le_bytes);
        let biases: Vec<f32> = biases.map(|b| f32::from(b) * BIAS_STEP).collect();
        let tables = take(TABLES * rows * WIDTH)?;
        let columns = take(count * WIDTH)?;
        let different = letters.iter().max().map_or(0, |most| usize::from(*most) + 1);
        if rows > different {
            return Err(ContextError::Vocabulary);
        }
        let mut words = vec![Vec::new(); different];
        for (word, letters) in (0..).zip(&letters) {
            words[usize::from(*letters)].push(word);
        }
        let mut shares = vec![0.0; count];
        for group in &words {
            let mut logits: Vec<f32> = group.iter().map(|w| language_model.log_unigram(*w)).collect();
            normalize(&mut logits);
            for (word, share) in group.iter().zip(logits) {
                shares[usize::from(*word)] = share;
            }
        }
        Ok(Self {
            rows,
            letters,
            words,
            tables,
            table_step,
            columns,
            column_step,
            biases,
            shares,
        })
    }

    /// The letters of a word; those of the unknown word for one that the language model lacks.
    pub fn letters(&self, word: WordId) -> Letters {
        self.letters.get(usize::from(word)).copied().unwrap_or(UNKNOWN)
    }

    /// What may stand at a place of a row of letters if it is one of the words with `letters`; empty where there is but one.
    pub fn likely(&self, row: &[Letters], at: usize, letters: Letters) -> Vec<Likely> {
        let words = match self.words.get(usize::from(letters)) {
            Some(words) if words.len() > 1 && letters > 2 => words,
            _ => return Vec::new(),
        };
        let hidden = self.hidden(row, at, letters);
        let mut logits: Vec<f32> = Vec::with_capacity(words.len());
        for words in words.chunks(TOGETHER) {
            // Each sum has to wait for its last product; some at a time wait together.
            let word = |i: usize| usize::from(words[i]);
            let mut products = [[0.0; WIDTH]; TOGETHER];
            for (i, products) in products.iter_mut().enumerate().take(words.len()) {
                let column = &self.columns[word(i) * WIDTH..][..WIDTH];
                for (product, (c, hidden)) in products.iter_mut().zip(column.iter().zip(&hidden)) {
                    *product = f32::from(c.cast_signed()) * hidden;
                }
            }
            let mut sums = [0.0; TOGETHER];
            for at in 0..WIDTH {
                for (sum, products) in sums.iter_mut().zip(&products) {
                    *sum += products[at];
                }
            }
            let sums = sums.iter().take(words.len()).enumerate();
            logits.extend(sums.map(|(i, sum)| sum * self.column_step + self.biases[word(i)]));
        }
        normalize(&mut logits);
        let likely = words.iter().zip(logits).map(|(&word, log_probability)| Likely {
            word,
            log_probability,
            gain: log_probability - self.shares[usize::from(word)],
        });
        likely.collect()
    }

    fn hidden(&self, row: &[Letters], at: usize, own: Letters) -> [f32; WIDTH] {
        let mut sums = [0i32; WIDTH];
        for distance in -(FAR as isize)..=FAR as isize {
            let there = at.checked_add_signed(distance).and_then(|i| row.get(i));
            let letters = match distance {
                0 => own,
                _ => there.copied().unwrap_or(BOUNDARY),
            };
            let letters = Some(usize::from(letters)).filter(|l| *l < self.rows);
            let place = table(distance) * self.rows + letters.unwrap_or(usize::from(UNKNOWN));
            for (sum, value) in sums.iter_mut().zip(&self.tables[place * WIDTH..][..WIDTH]) {
                *sum += i32::from(value.cast_signed());
            }
        }
        sums.map(|sum| {
            let value = sum as f32 * self.table_step;
            if value > 0.0 { value } else { value * LEAK }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stages::restore::{CONTEXT, MODEL};

    #[test]
    fn a_damaged_model_is_refused() {
        let language_model = LanguageModel::parse(MODEL).expect("the built-in model");
        let parse = |bytes| ContextModel::parse(bytes, &language_model).err();
        assert_eq!(parse(b"sohoaCX0"), Some(ContextError::Magic));
        assert_eq!(
            parse(&CONTEXT[..CONTEXT.len() - 1]),
            Some(ContextError::Truncated)
        );
        let other = b"sohoaCX1\x09\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
        assert_eq!(parse(other), Some(ContextError::Vocabulary));
    }

    /// What stands beyond the reach of a trigram decides.
    #[test]
    fn words_far_away_count() {
        let language_model = LanguageModel::parse(MODEL).expect("the built-in model");
        let model = ContextModel::parse(CONTEXT, &language_model).expect("the built-in model");
        let best = |text: &str, at: usize| {
            let words: Vec<WordId> = text
                .split(' ')
                .map(|w| language_model.id(w).unwrap_or(UNKNOWN))
                .collect();
            let row: Vec<Letters> = words.iter().map(|w| model.letters(*w)).collect();
            let likely = model.likely(&row, at, row[at]);
            let total: f32 = likely.iter().map(|l| l.log_probability.exp()).sum();
            assert!((total - 1.0).abs() < 1e-3, "{total}");
            let best = likely
                .iter()
                .max_by(|a, b| a.log_probability.total_cmp(&b.log_probability));
            language_model.word(best.map_or(UNKNOWN, |l| l.word))
        };
        assert_eq!(best("bảng điểm thi đua", 1), "điểm");
        assert_eq!(best("món ăn này được nấu với thịt bò và rau thơm", 0), "món");
        assert_eq!(best("môn toán được dạy trong các trường học", 0), "môn");
    }
}
