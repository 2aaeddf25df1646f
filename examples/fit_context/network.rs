//! The network while it is fitted: stochastic gradient descent with a step for each row (Duchi and others 2011, AdaGrad,
//! one sum a row), on one thread, so that the same text gives the same weights.

use std::collections::HashMap;

use sohoa::stages::restore::context::{BIAS_STEP, FAR, LEAK, Letters, MAGIC, TABLES, WIDTH, table};
use sohoa::stages::restore::language_model::{LanguageModel, UNKNOWN, WordId};
use sohoa::stages::restore::syllable;

/// Letters that have rows of their own: the most frequent.
const ROWS: usize = 5_000;
/// The first step; it falls to nothing.
const STEP: f32 = 0.1;
/// Weights begin this near to zero.
const BEGIN: f32 = 0.1;
/// So many words of text in a row are learnt from, then so many elsewhere.
const RUN: usize = 512;
/// Words with the same letters that are told apart at most.
const MOST: usize = 64;
/// An error smaller than this teaches nothing.
const LEAST_ERROR: f32 = 1e-4;

/// Words and the letters under their marks.
pub struct Vocabulary {
    letters: Vec<Letters>,
    words: Vec<Vec<usize>>,
    log_unigram: Vec<f32>,
}

impl Vocabulary {
    pub fn new(language_model: &LanguageModel, words: &[String]) -> Self {
        let mut index: HashMap<String, usize> = HashMap::new();
        let mut out = Self {
            letters: Vec::new(),
            words: Vec::new(),
            log_unigram: (0..language_model.id_count())
                .map(|id| language_model.log_unigram(id))
                .collect(),
        };
        for (id, word) in words.iter().enumerate() {
            let next = out.words.len();
            let letters = *index.entry(syllable::bare(word)).or_insert(next);
            if letters == next {
                out.words.push(Vec::new());
            }
            out.words[letters].push(id);
            out.letters.push(letters as Letters);
        }
        out
    }

    fn row(&self, word: WordId) -> usize {
        let letters = usize::from(self.letters[usize::from(word)]);
        if letters < self.rows() {
            letters
        } else {
            usize::from(UNKNOWN)
        }
    }

    fn rows(&self) -> usize {
        ROWS.min(self.words.len())
    }
}

/// A xorshift generator: the same numbers every time.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// From -1 to 1.
    fn weight(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    }
}

/// Rows of weights, and the sum of the squares of what each has learnt.
struct Rows {
    weights: Vec<f32>,
    learnt: Vec<f32>,
}

impl Rows {
    fn new(count: usize, numbers: &mut Numbers) -> Self {
        Self {
            weights: (0..count * WIDTH).map(|_| numbers.weight() * BEGIN).collect(),
            learnt: vec![1e-6; count],
        }
    }

    fn row(&self, at: usize) -> &[f32] {
        &self.weights[at * WIDTH..][..WIDTH]
    }

    /// Goes against a gradient, which is `factor` times `direction`.
    fn learn(&mut self, at: usize, factor: f32, direction: &[f32; WIDTH], step: f32) {
        let square: f32 = direction.iter().map(|d| d * d).sum();
        self.learnt[at] += factor * factor * square / WIDTH as f32;
        let by = step * factor / self.learnt[at].sqrt();
        for (weight, d) in self.weights[at * WIDTH..][..WIDTH].iter_mut().zip(direction) {
            *weight -= by * d;
        }
    }

    /// As signed bytes, and what one of them is worth.
    fn to_bytes(&self) -> (f32, Vec<u8>) {
        let most = self.weights.iter().fold(0f32, |m, w| m.max(w.abs()));
        let step = most / f32::from(i8::MAX);
        let byte = |w: &f32| ((w / step).round() as i8).cast_unsigned();
        (step, self.weights.iter().map(byte).collect())
    }
}

/// The weights of a [`ContextModel`](sohoa::stages::restore::context::ContextModel).
pub struct Network {
    tables: Rows,
    columns: Rows,
    biases: Vec<f32>,
    learnt: Vec<f32>,
    numbers: Numbers,
}

impl Network {
    pub fn new(vocabulary: &Vocabulary) -> Self {
        let mut numbers = Numbers(88_172_645_463_325_252);
        let words = vocabulary.letters.len();
        Self {
            tables: Rows::new(TABLES * vocabulary.rows(), &mut numbers),
            columns: Rows::new(words, &mut numbers),
            biases: vocabulary.log_unigram.clone(),
            learnt: vec![1e-6; words],
            numbers,
        }
    }

    /// Goes through as much text as `rounds` times `row`, in runs from everywhere.
    pub fn fit(&mut self, vocabulary: &Vocabulary, row: &[WordId], rounds: usize) {
        let around: Vec<usize> = row.iter().map(|&word| vocabulary.row(word)).collect();
        let runs = (row.len() / RUN).max(1);
        let all = rounds * runs;
        let (mut loss, mut seen) = (0.0, 0usize);
        for done in 0..all {
            let step = STEP * (1.0 - done as f32 / all as f32).max(0.02);
            let from = (self.numbers.next() as usize % runs) * RUN;
            for at in from.max(FAR)..(from + RUN).min(row.len().saturating_sub(FAR + 1)) {
                if let Some(probability) = self.learn(vocabulary, &around, row, at, step) {
                    loss -= f64::from(probability.max(1e-9)).ln();
                    seen += 1;
                }
            }
            if done % (all / 20).max(1) == 0 {
                eprintln!("{:3} %: loss {:.4}", 100 * done / all, loss / seen.max(1) as f64);
                (loss, seen) = (0.0, 0);
            }
        }
    }

    /// Learns from one word of the text; its probability before. `None` for a word that no other has the letters of.
    fn learn(
        &mut self,
        vocabulary: &Vocabulary,
        around: &[usize],
        row: &[WordId],
        at: usize,
        step: f32,
    ) -> Option<f32> {
        let word = *row.get(at)?;
        let words = &vocabulary.words[usize::from(vocabulary.letters[usize::from(word)])];
        let words = &words[..words.len().min(MOST)];
        let right = words
            .iter()
            .position(|w| *w == usize::from(word))
            .filter(|_| words.len() > 1)?;
        let reach = FAR as isize;
        let place = |distance: isize| {
            table(distance) * vocabulary.rows() + around[at.saturating_add_signed(distance)]
        };
        let mut hidden = [0f32; WIDTH];
        for distance in -reach..=reach {
            let weights = self.tables.row(place(distance));
            hidden.iter_mut().zip(weights).for_each(|(h, w)| *h += w);
        }
        let slope = hidden.map(|h| if h > 0.0 { 1.0 } else { LEAK });
        hidden.iter_mut().zip(slope).for_each(|(h, s)| *h *= s);
        let mut shares = [0f32; MOST];
        let shares = &mut shares[..words.len()];
        for (share, &w) in shares.iter_mut().zip(words) {
            let products = self.columns.row(w).iter().zip(&hidden).map(|(c, h)| c * h);
            *share = products.sum::<f32>() + self.biases[w];
        }
        let most = shares.iter().copied().fold(f32::MIN, f32::max);
        shares.iter_mut().for_each(|s| *s = (*s - most).exp());
        let all: f32 = shares.iter().sum();
        shares.iter_mut().for_each(|s| *s /= all);

        let mut back = [0f32; WIDTH];
        for (k, &w) in words.iter().enumerate() {
            let error = shares[k] - if k == right { 1.0 } else { 0.0 };
            if error.abs() < LEAST_ERROR {
                continue;
            }
            back.iter_mut()
                .zip(self.columns.row(w))
                .for_each(|(b, c)| *b += error * c);
            self.columns.learn(w, error, &hidden, step);
            self.learnt[w] += error * error;
            self.biases[w] -= step * error / self.learnt[w].sqrt();
        }
        back.iter_mut().zip(slope).for_each(|(b, s)| *b *= s);
        if back.iter().any(|b| b.abs() > LEAST_ERROR * LEAST_ERROR) {
            for distance in -reach..=reach {
                self.tables.learn(place(distance), 1.0, &back, step);
            }
        }
        Some(shares[right])
    }

    /// In the layout of `ContextModel::parse`.
    pub fn to_bytes(&self, vocabulary: &Vocabulary) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        let (table_step, tables) = self.tables.to_bytes();
        let (column_step, columns) = self.columns.to_bytes();
        for count in [vocabulary.letters.len(), vocabulary.rows()] {
            out.extend((count as u32).to_le_bytes());
        }
        for step in [table_step, column_step] {
            out.extend(step.to_le_bytes());
        }
        out.extend(vocabulary.letters.iter().flat_map(|l| l.to_le_bytes()));
        let bias = |b: &f32| ((b / BIAS_STEP).round() as i16).to_le_bytes();
        out.extend(self.biases.iter().flat_map(bias));
        out.extend(tables);
        out.extend(columns);
        out
    }
}
