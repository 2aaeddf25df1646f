//! Counts -> modified Kneser-Ney trigram (Chen and Goodman 1999), pruned by weighted difference
//! (Seymore and Rosenfeld 1996), written in the layout of `LanguageModel::parse`.

use std::collections::HashMap;

use sohoa::stages::restore::language_model::{BACKOFF_MAX, BOUNDARY, MAGIC, STEP, WordId};

use crate::counts::ngrams;

/// Discounts for counts of 1, 2 and more, from the counts of counts.
struct Discounts([f64; 3]);

impl Discounts {
    fn of(counts: impl Iterator<Item = u32>) -> Self {
        let mut n = [0f64; 5];
        for count in counts.filter(|c| (1..=4).contains(c)) {
            n[count as usize] += 1.0;
        }
        let y = n[1] / (n[1] + 2.0 * n[2]);
        let d = |k: usize| (k as f64 - (k as f64 + 1.0) * y * n[k + 1] / n[k].max(1.0)).clamp(0.1, k as f64);
        Self([d(1), d(2), d(3)])
    }

    fn get(&self, count: u32) -> f64 {
        self.0[(count.clamp(1, 3) - 1) as usize]
    }
}

/// A context's total and the mass that its discounts leave.
#[derive(Default, Clone, Copy)]
struct Context {
    total: f64,
    discounted: f64,
}

impl Context {
    fn add(&mut self, count: u32, discounts: &Discounts) {
        self.total += f64::from(count);
        self.discounted += discounts.get(count);
    }
}

struct Bigram {
    first: WordId,
    word: WordId,
    log: f64,
    count: u32,
}

/// How hard to prune, in counts times nats, and the rarest n-grams kept.
pub struct Pruning {
    pub bigram: f64,
    pub trigram: f64,
    pub trigram_min: u32,
}

/// The model of `row`, as bytes.
pub fn model(row: &[WordId], vocabulary: &[String], pruning: &Pruning) -> Vec<u8> {
    let words = vocabulary.len();
    let tri = ngrams(row, 3);
    let bi = ngrams(row, 2);

    // Lower orders count the different words before an n-gram, not its occurrences.
    let mut bi_count: HashMap<u64, u32> = HashMap::with_capacity(bi.len());
    for (key, _) in &tri {
        *bi_count.entry(key & 0xffff_ffff).or_default() += 1;
    }
    let mut uni_count = vec![0u32; words];
    for (key, _) in &bi {
        uni_count[(key & 0xffff) as usize] += 1;
    }
    let uni_discounts = Discounts::of(uni_count.iter().copied());
    let mut uni_context = Context::default();
    uni_count
        .iter()
        .filter(|c| **c > 0)
        .for_each(|c| uni_context.add(*c, &uni_discounts));
    let unigram: Vec<f64> = uni_count
        .iter()
        .map(|&c| {
            let kept = if c > 0 {
                f64::from(c) - uni_discounts.get(c)
            } else {
                0.0
            };
            (kept + uni_context.discounted / words as f64) / uni_context.total
        })
        .collect();

    let bi_discounts = Discounts::of(bi_count.values().copied());
    let mut bi_context = vec![Context::default(); words];
    for (key, count) in &bi_count {
        bi_context[(key >> 16) as usize].add(*count, &bi_discounts);
    }
    let bigram_probability = |first: WordId, word: WordId| -> f64 {
        let context = bi_context[usize::from(first)];
        let lower = unigram[usize::from(word)];
        if context.total == 0.0 {
            return lower;
        }
        let count = bi_count
            .get(&(u64::from(first) << 16 | u64::from(word)))
            .copied()
            .unwrap_or(0);
        let kept = if count > 0 {
            f64::from(count) - bi_discounts.get(count)
        } else {
            0.0
        };
        (kept + context.discounted * lower) / context.total
    };

    let tri_discounts = Discounts::of(tri.iter().map(|t| t.1));
    let mut tri_context: HashMap<u32, Context> = HashMap::new();
    for (key, count) in &tri {
        tri_context
            .entry((key >> 16) as u32)
            .or_default()
            .add(*count, &tri_discounts);
    }
    // The trigrams worth keeping, by the words before them.
    let mut trigrams: HashMap<u32, Vec<(WordId, f64)>> = HashMap::new();
    for &(key, count) in &tri {
        let pair = (key >> 16) as u32;
        let (last, word) = ((pair & 0xffff) as WordId, (key & 0xffff) as WordId);
        let context = tri_context[&pair];
        let lower = bigram_probability(last, word);
        let p = (f64::from(count) - tri_discounts.get(count) + context.discounted * lower) / context.total;
        let without = context.discounted / context.total * lower;
        if count >= pruning.trigram_min && f64::from(count) * (p / without).ln() > pruning.trigram {
            trigrams.entry(pair).or_default().push((word, p));
        }
    }
    let mut bigrams: Vec<Bigram> = Vec::new();
    for &(key, count) in &bi {
        let (first, word) = ((key >> 16) as WordId, (key & 0xffff) as WordId);
        let p = bigram_probability(first, word);
        let context = bi_context[usize::from(first)];
        let without = context.discounted / context.total.max(1.0) * unigram[usize::from(word)];
        let gain = f64::from(count) * (p / without.max(1e-12)).ln();
        if trigrams.contains_key(&(key as u32))
            || (count > 1 && gain > pruning.bigram)
            || first == BOUNDARY && gain > 0.0 && count > 2
        {
            bigrams.push(Bigram {
                first,
                word,
                log: p.ln(),
                count,
            });
        }
    }
    eprintln!(
        "{} words, {} of {} bigrams ({} occurrences), {} of {} trigrams",
        words,
        bigrams.len(),
        bi.len(),
        bigrams.iter().map(|b| u64::from(b.count)).sum::<u64>(),
        trigrams.values().map(Vec::len).sum::<usize>(),
        tri.len(),
    );
    write(vocabulary, &unigram, &bigrams, &trigrams, bigram_probability)
}

fn write(
    vocabulary: &[String],
    unigram: &[f64],
    bigrams: &[Bigram],
    trigrams: &HashMap<u32, Vec<(WordId, f64)>>,
    bigram_probability: impl Fn(WordId, WordId) -> f64,
) -> Vec<u8> {
    let words = vocabulary.len();
    // Back-off weights share out what the kept n-grams leave.
    let mut left = vec![(1.0f64, 1.0f64); words];
    for b in bigrams {
        let entry = &mut left[usize::from(b.first)];
        entry.0 -= b.log.exp();
        entry.1 -= unigram[usize::from(b.word)];
    }
    let mut unigram_start = vec![0u32; words + 1];
    bigrams
        .iter()
        .for_each(|b| unigram_start[usize::from(b.first) + 1] += 1);
    for i in 0..words {
        unigram_start[i + 1] += unigram_start[i];
    }
    let text = vocabulary.join("\n");
    let total: usize = trigrams.values().map(Vec::len).sum();
    let mut out = MAGIC.to_vec();
    for count in [words, bigrams.len(), total, text.len()] {
        out.extend((count as u32).to_le_bytes());
    }
    out.extend(text.as_bytes());
    out.extend(unigram.iter().map(|p| probability(*p)));
    out.extend(left.iter().map(|(p, q)| backoff(*p, *q)));
    unigram_start.iter().for_each(|i| out.extend(i.to_le_bytes()));
    bigrams.iter().for_each(|b| out.extend(b.word.to_le_bytes()));
    out.extend(bigrams.iter().map(|b| probability(b.log.exp())));
    let none = Vec::new();
    let after = |b: &Bigram| {
        trigrams
            .get(&(u32::from(b.first) << 16 | u32::from(b.word)))
            .unwrap_or(&none)
    };
    out.extend(bigrams.iter().map(|b| {
        let kept = after(b);
        let p = 1.0 - kept.iter().map(|(_, p)| p).sum::<f64>();
        let q = 1.0
            - kept
                .iter()
                .map(|(w, _)| bigram_probability(b.word, *w))
                .sum::<f64>();
        backoff(p, q)
    }));
    let mut start = 0u32;
    for b in bigrams {
        out.extend(&start.to_le_bytes()[..3]);
        start += after(b).len() as u32;
    }
    out.extend(&start.to_le_bytes()[..3]);
    bigrams
        .iter()
        .flat_map(after)
        .for_each(|(w, _)| out.extend(w.to_le_bytes()));
    out.extend(bigrams.iter().flat_map(after).map(|(_, p)| probability(*p)));
    out
}

fn probability(p: f64) -> u8 {
    quantised(-p.max(1e-30).ln() / f64::from(STEP))
}

fn backoff(left: f64, lower_left: f64) -> u8 {
    let weight = left.max(1e-6) / lower_left.max(1e-6);
    quantised((f64::from(BACKOFF_MAX) - weight.ln()) / f64::from(STEP))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "rounded and clamped to a byte"
)]
fn quantised(q: f64) -> u8 {
    q.round().clamp(0.0, 255.0) as u8
}
