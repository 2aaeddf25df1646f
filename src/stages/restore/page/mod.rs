//! Words of a page, as readers read them -> the same words, a few of them set right. Readers that know Vietnamese
//! are mostly right, so a change needs clear evidence: another reading of the same ink, the second reader's view of
//! each letter, or a known confusion of one mark, and a language model that gains much by it.

/// The words of a page, each taken apart.
mod item;
/// What a reader's word might have been instead.
mod proposals;
/// Signs that one reader takes for others.
mod signs;
/// Words that no language knows, settled by what stands elsewhere on the page.
mod witness;

use item::{Item, Sentence, is_no_word, items, items_of_line};
use proposals::{Ground, Proposal, proposals};

use super::certainty::{self, Evidence, Standing};
use super::change::reason;
use super::ink;
use super::language_model::{BOUNDARY, WordId};
use super::lexicon::Lexicon;
use super::search::{self, Beam, Edge, Lattice, Scorer, Step};
use crate::domain::{Confidence, Line, PageReading, Restoration, Word};

/// How much the language model counts against the ink.
const WEIGHT: f32 = 0.7;
/// What a change must gain when another reading of the ink supports it.
const GAIN_READ: f32 = 2.5;
/// The same for a word that the language model never saw, though it is spelled like one.
const GAIN_OVER_NO_WORD: f32 = 1.0;
/// What a change must gain when only the confusion of a mark does.
const GAIN_MARK: f32 = 5.5;
/// How much the second reader's letters count against the first reader's word.
const INK: f32 = 0.7;
/// The cost of a word that looks like a syllable and is none that the language model ever saw: it counts all such
/// words as one, and would take any of them for a frequent one.
const NO_WORD: f32 = 7.0;
/// No reading is likelier or less likely than this.
const LEAST: f32 = 0.002;

/// Restores the words of a page in place, and tells of each how certain it is.
pub fn restore(lexicon: &Lexicon, reading: &mut PageReading) {
    let evidence = change(lexicon, reading);
    let words = reading.lines_mut().flat_map(|line| &mut line.words);
    for (word, evidence) in words.zip(evidence) {
        word.certainty = lexicon.certainty.certainty(&evidence, word);
    }
}

/// What [`restore`] rested the certainty of each word of a restored page on.
pub fn evidence(lexicon: &Lexicon, reading: &PageReading) -> Vec<Evidence> {
    let mut again = reading.clone();
    for word in again.lines_mut().flat_map(|line| &mut line.words) {
        if let Some(restoration) = word.restoration.take() {
            word.text = restoration.raw;
        }
    }
    change(lexicon, &mut again)
}

/// How certain the words of one line would be once restored, without the lines around it.
pub fn certainty(lexicon: &Lexicon, words: &[Word]) -> Vec<Confidence> {
    let line = Line {
        words: words.to_vec(),
        ..Line::default()
    };
    let judged = judge(lexicon, &items_of_line(&line).collect::<Vec<_>>());
    let judged = words.iter().cloned().zip(judged);
    judged
        .map(|(word, judged)| {
            let (word, standing) = changed(word, judged);
            lexicon
                .certainty
                .certainty(&certainty::evidence(lexicon, &word, &standing), &word)
        })
        .collect()
}

/// True for a word that the lexicon has, or that has no letters.
pub fn is_known(lexicon: &Lexicon, word: &Word) -> bool {
    let letters = word.text.trim_matches(|c: char| !c.is_alphanumeric());
    letters.is_empty() || lexicon.id(letters).is_some()
}

fn changed(mut word: Word, judged: Judged) -> (Word, Standing) {
    if let Some((text, restoration)) = judged.change {
        word.text = text;
        word.restoration = Some(restoration);
    }
    (word, judged.standing)
}

/// Changes words, and gives what bears on each word's being right now.
fn change(lexicon: &Lexicon, reading: &mut PageReading) -> Vec<Evidence> {
    witness::settle(lexicon, reading);
    signs::settle(reading);
    let judged = judge(lexicon, &items(reading));
    let words = reading.lines_mut().flat_map(|line| &mut line.words);
    words
        .zip(judged)
        .map(|(word, judged)| {
            let (changed, standing) = changed(word.clone(), judged);
            *word = changed;
            certainty::evidence(lexicon, word, &standing)
        })
        .collect()
}

/// What is made of a word.
struct Judged {
    change: Option<(String, Restoration)>,
    standing: Standing,
}

fn judge(lexicon: &Lexicon, items: &[Item]) -> Vec<Judged> {
    let scorer = Scorer {
        language_model: &lexicon.language_model,
        phrases: &lexicon.phrases,
        own: None,
        weight: WEIGHT,
    };
    let proposals: Vec<Vec<Proposal>> = items.iter().map(|item| proposals(lexicon, item)).collect();
    let lattice: Lattice = items
        .iter()
        .zip(&proposals)
        .enumerate()
        .map(|(at, (item, p))| edges(lexicon, at, item, p))
        .collect();
    let steps = search::best(&lattice, &scorer, Beam::WIDE);
    let mut judged = Vec::with_capacity(items.len());
    let mut history = scorer.start();
    let mut boundary = true;
    for (i, step) in steps.iter().enumerate() {
        let all = &lattice[step.at];
        let next: Vec<WordId> = following(&lattice, &steps[i + 1..]);
        let weigh = |e: &Edge| e.cost + scorer.cost(&history, e.words.iter().chain(&next));
        let mut change = None;
        // The first edge keeps the word, the others follow its proposals.
        if let Some(proposal) = step.edge.checked_sub(1).and_then(|p| proposals[step.at].get(p)) {
            let gain = weigh(&all[0]) - weigh(&all[step.edge]);
            let no_word = items[step.at].core.is_some_and(|c| is_no_word(lexicon, c));
            let least = match proposal.ground {
                Ground::Reading if no_word => GAIN_OVER_NO_WORD,
                Ground::Reading => GAIN_READ,
                Ground::Mark => GAIN_MARK,
            };
            if gain >= least {
                let item = &items[step.at];
                let mut others: Vec<(f32, &str)> = all
                    .iter()
                    .enumerate()
                    .filter(|(e, _)| *e != step.edge)
                    .filter_map(|(_, e)| e.output.as_deref().map(|o| (weigh(e), o)))
                    .collect();
                others.sort_by(|a, b| a.0.total_cmp(&b.0));
                let mut candidates: Vec<String> =
                    others.into_iter().take(4).map(|(_, o)| o.to_owned()).collect();
                candidates.dedup();
                let text = format!("{}{}{}", item.before, proposal.core, item.after);
                let reason = proposal
                    .by
                    .clone()
                    .unwrap_or_else(|| reason(item.core.unwrap_or_default(), &proposal.core, step.matched));
                let raw = item.word.raw().to_owned();
                change = Some((
                    text,
                    Restoration {
                        raw,
                        candidates,
                        gain,
                        reason,
                    },
                ));
            }
        }
        let taken = if change.is_some() { step.edge } else { 0 };
        let cost = weigh(&all[taken]);
        let rivals = all.iter().enumerate().filter(|(e, _)| *e != taken);
        let margin = rivals
            .map(|(_, e)| weigh(e) - cost)
            .fold(certainty::UNRIVALLED, f32::min);
        judged.push(Judged {
            change,
            standing: Standing {
                margin,
                cost: cost - all[taken].cost,
                begins_sentence: boundary || items[step.at].begins_sentence == Sentence::Begins,
            },
        });
        let words = &all[taken].words;
        boundary = words.last().map_or(boundary, |w| *w == BOUNDARY);
        history = scorer.after(history, words);
    }
    judged
}

fn following(lattice: &Lattice, rest: &[Step]) -> Vec<WordId> {
    rest.iter()
        .take(2)
        .flat_map(|s| &lattice[s.at][s.edge].words)
        .copied()
        .collect()
}

fn edges(lexicon: &Lexicon, at: usize, item: &Item, proposals: &[Proposal]) -> Vec<Edge> {
    let strange = item
        .core
        .is_some_and(|c| is_no_word(lexicon, c) && !proposals.is_empty());
    let keep = Edge {
        to: at + 1,
        words: item.words(lexicon),
        output: None,
        cost: -item.word.confidence.get().clamp(LEAST, 1.0).ln()
            + INK * ink::cost(&item.word.ink, &item.word.text)
            + if strange { NO_WORD } else { 0.0 },
    };
    let others = proposals.iter().map(|p| Edge {
        to: at + 1,
        words: item.words_with(p.id),
        output: Some(p.core.as_str().into()),
        cost: p.cost,
    });
    let mut edges: Vec<Edge> = std::iter::once(keep).chain(others).collect();
    if item.begins_sentence == Sentence::Begins {
        edges.iter_mut().for_each(|e| e.words.insert(0, BOUNDARY));
    }
    edges
}
