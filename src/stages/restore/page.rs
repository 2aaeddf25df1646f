//! Words of a page, as readers read them -> the same words, a few of them set right. Readers that know Vietnamese
//! are mostly right, so a change needs clear evidence: another reading of the same ink, the second reader's view of
//! each letter, or a known confusion of one mark, and a language model that gains much by it.

use super::ink;
use super::language_model::{BOUNDARY, NUMBER, UNKNOWN, WordId};
use super::lexer::{self, Atom, AtomKind};
use super::lexicon::Lexicon;
use super::search::{self, Edge, Lattice, Scorer, Step};
use super::syllable::{self, CasePattern};
use super::text::reason;
use crate::domain::{PageReading, Restoration, Word};

/// How much the language model counts against the ink.
const WEIGHT: f32 = 0.7;
/// A word read with more confidence than this, and not disputed, is not touched.
const CONFIDENT: f32 = 0.93;
/// What a change must gain when another reading of the ink supports it.
const GAIN_READ: f32 = 2.5;
/// The same for a word that the language model never saw, though it is spelled like one.
const GAIN_OVER_NO_WORD: f32 = 1.0;
/// What a change must gain when only the confusion of a mark does.
const GAIN_MARK: f32 = 5.5;
/// The cost of each mark that was mistaken.
const MARK: f32 = 2.3;
/// The same where the second reader's letters are known: they tell which marks the ink allows.
const MARK_IN_INK: f32 = 1.0;
/// How much the second reader's letters count against the first reader's word.
const INK: f32 = 0.7;
/// Each letter of a word that both readers saw alike must be this sure for the word to be settled.
const SURE_LETTER: f32 = 0.9;
/// The cost of a sign that was read for a letter.
const SIGN: f32 = 1.0;
/// The cost of a word that looks like a syllable and is none that the language model ever saw: it counts all such
/// words as one, and would take any of them for a frequent one.
const NO_WORD: f32 = 7.0;
/// A word is not settled while its reader gave another one with the same letters this much confidence.
const RIVAL: f32 = 0.3;
/// No reading is likelier or less likely than this.
const LEAST: f32 = 0.002;

/// What a change rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ground {
    /// A reader read it so.
    Reading,
    /// Readers take one mark for the other.
    Mark,
}

/// A word of the page, its letters apart from the punctuation around them.
struct Item<'a> {
    word: &'a Word,
    /// The letters, when they can be restored.
    core: Option<&'a str>,
    before: &'a str,
    after: &'a str,
    begins_sentence: Sentence,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sentence {
    Begins,
    GoesOn,
}

/// What a reader's word might have been instead.
struct Proposal {
    core: String,
    id: WordId,
    cost: f32,
    ground: Ground,
    /// Who else read it so.
    by: Option<String>,
}

/// Restores the words of a page in place.
pub fn restore(lexicon: &Lexicon, reading: &mut PageReading) {
    let changes: Vec<Option<(String, Restoration)>> = {
        let items: Vec<Item> = reading
            .lines()
            .flat_map(|line| {
                let first = line
                    .words
                    .iter()
                    .find(|w| w.text.chars().any(char::is_alphanumeric));
                let capital = first.is_none_or(|w| {
                    w.text
                        .chars()
                        .find(|c| c.is_alphanumeric())
                        .is_some_and(char::is_uppercase)
                });
                line.words.iter().enumerate().map(move |(i, word)| {
                    let begins = if i == 0 && capital {
                        Sentence::Begins
                    } else {
                        Sentence::GoesOn
                    };
                    Item::new(word, begins)
                })
            })
            .collect();
        changes(lexicon, &items)
    };
    let words = reading.lines_mut().flat_map(|line| &mut line.words);
    for (word, change) in words.zip(changes) {
        if let Some((text, restoration)) = change {
            word.text = text;
            word.restoration = Some(restoration);
        }
    }
}

impl<'a> Item<'a> {
    fn new(word: &'a Word, begins_sentence: Sentence) -> Self {
        let text = word.text.as_str();
        let (before, core, after) = match core(text) {
            Some(core) => (
                &text[..core.start],
                Some(&text[core.start..core.end]),
                &text[core.end..],
            ),
            None => (text, None, ""),
        };
        Self {
            word,
            core,
            before,
            after,
            begins_sentence,
        }
    }

    /// What the language model sees where the word stays as it is.
    fn words(&self, lexicon: &Lexicon) -> Vec<WordId> {
        let text = self.word.text.as_str();
        lexer::atoms(text)
            .iter()
            .filter_map(|atom| {
                let piece = &text[atom.start..atom.end];
                match atom.kind {
                    AtomKind::Number | AtomKind::Code => Some(NUMBER),
                    AtomKind::Word if piece.chars().any(|c| c.is_ascii_digit()) => Some(NUMBER),
                    AtomKind::Word => Some(lexicon.id(piece).unwrap_or(UNKNOWN)),
                    AtomKind::Mark => lexer::is_boundary(piece).then_some(BOUNDARY),
                }
            })
            .collect()
    }

    /// What the language model sees where the letters are those of `id`.
    fn words_with(&self, id: WordId) -> Vec<WordId> {
        let boundaries = |text: &str| {
            let mut one = [0; 4];
            text.chars().any(|c| lexer::is_boundary(c.encode_utf8(&mut one)))
        };
        let before = boundaries(self.before).then_some(BOUNDARY);
        let after = boundaries(self.after).then_some(BOUNDARY);
        before.into_iter().chain([id]).chain(after).collect()
    }

    /// True for words that are never changed, however they were read.
    fn is_settled(&self, core: &str) -> bool {
        let letters = core.chars().filter(|c| c.is_alphabetic()).count();
        letters < 2
            || core.chars().any(|c| c.is_ascii_digit())
            || lexer::is_roman(core)
            || is_abbreviation(core)
    }
}

/// True for letters that are a possible syllable under some marks.
fn is_like_syllable(core: &str) -> bool {
    syllable::is_possible(core) || syllable::is_possible_bare(core)
}

/// Capitals that are no syllable: `UBND`, `HĐND`. Those with a tone are a word misread: `CHUẨẤN`.
fn is_abbreviation(core: &str) -> bool {
    core.chars().all(char::is_uppercase) && !is_like_syllable(core) && !has_tone(core)
}

fn has_tone(core: &str) -> bool {
    syllable::marks(core).tone.is_some()
}

/// True for a word that looks like one of Vietnamese, and is none that the language model ever saw.
fn is_no_word(lexicon: &Lexicon, core: &str) -> bool {
    lexicon.id(core).is_none() && (is_like_syllable(core) || has_tone(core))
}

/// The one word among the atoms of a text, with marks around it only.
fn core(text: &str) -> Option<Atom> {
    let atoms = lexer::atoms(text);
    let mut words = atoms.iter().filter(|a| a.kind != AtomKind::Mark);
    // A sign that is no punctuation belongs to the letters it stands beside.
    let strange = |a: &&Atom| a.kind == AtomKind::Mark && text[a.start..a.end].chars().all(lexer::is_odd);
    let word = words
        .next()
        .filter(|w| w.kind == AtomKind::Word && words.next().is_none())?;
    let start = atoms
        .iter()
        .find(|a| strange(a) && a.end == word.start)
        .map_or(word.start, |a| a.start);
    let end = atoms
        .iter()
        .find(|a| strange(a) && a.start == word.end)
        .map_or(word.end, |a| a.end);
    Some(Atom { start, end, ..*word })
}

fn changes(lexicon: &Lexicon, items: &[Item]) -> Vec<Option<(String, Restoration)>> {
    let scorer = Scorer {
        language_model: &lexicon.language_model,
        phrases: &lexicon.phrases,
        weight: WEIGHT,
    };
    let proposals: Vec<Vec<Proposal>> = items.iter().map(|item| proposals(lexicon, item)).collect();
    let lattice: Lattice = items
        .iter()
        .zip(&proposals)
        .enumerate()
        .map(|(at, (item, p))| edges(lexicon, at, item, p))
        .collect();
    let steps = search::best(&lattice, &scorer);
    let mut changes: Vec<Option<(String, Restoration)>> = items.iter().map(|_| None).collect();
    let mut history = scorer.start();
    for (i, step) in steps.iter().enumerate() {
        // The first edge keeps the word, the others follow its proposals.
        if let Some(proposal) = step.edge.checked_sub(1).and_then(|p| proposals[step.at].get(p)) {
            let next: Vec<WordId> = following(&lattice, &steps[i + 1..]);
            let weigh = |e: &Edge| e.cost + scorer.cost(history, &[e.words.as_slice(), &next].concat());
            let all = &lattice[step.at];
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
                changes[step.at] = Some((
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
        let taken = if changes[step.at].is_some() { step.edge } else { 0 };
        history = scorer.after(history, &lattice[step.at][taken].words);
    }
    changes
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
        output: Some(p.core.clone()),
        cost: p.cost,
    });
    let mut edges: Vec<Edge> = std::iter::once(keep).chain(others).collect();
    if item.begins_sentence == Sentence::Begins {
        edges.iter_mut().for_each(|e| e.words.insert(0, BOUNDARY));
    }
    edges
}

/// True for a word that nobody doubts.
fn is_confident(word: &Word) -> bool {
    word.confidence.get() > CONFIDENT
        && !word.is_disputed()
        && word
            .ink
            .iter()
            .all(|letter| letter.options.first().is_some_and(|best| best.1 >= SURE_LETTER))
}

/// What a word might have been instead; empty for most.
fn proposals(lexicon: &Lexicon, item: &Item) -> Vec<Proposal> {
    let Some(raw) = item.core else { return Vec::new() };
    let known = lexicon.id(raw).is_some();
    let rival = item.word.alternatives.iter().any(|a| {
        a.confidence.get() >= RIVAL
            && core(&a.text).is_some_and(|c| {
                let other = &a.text[c.start..c.end];
                lexicon.id(other).is_some() && marks_between(raw, other).is_some_and(|marks| marks > 0)
            })
    });
    // What no marks make a syllable was misread, however sure its reader.
    let possible = syllable::is_possible(raw) || !is_like_syllable(raw);
    let confident = is_confident(item.word) && possible && !rival;
    let signs = raw.chars().any(lexer::is_odd);
    if item.is_settled(raw) {
        return abbreviation(lexicon, item, raw).into_iter().collect();
    }
    if confident && !signs {
        return Vec::new();
    }
    let mut all: Vec<Proposal> = Vec::new();
    let mut add = |proposal: Proposal| {
        if syllable::canonical(&proposal.core) == syllable::canonical(raw) {
            return;
        }
        match all.iter_mut().find(|p| p.id == proposal.id) {
            Some(same) if same.cost <= proposal.cost => {}
            Some(same) => *same = proposal,
            None => all.push(proposal),
        }
    };
    let seen_twice = !item.word.ink.is_empty();
    let doubt = (1.0 - item.word.confidence.get()).clamp(0.02, 1.0);
    // What the first reader's view makes a spelling cost that it did not name.
    let unnamed = |marks: usize| {
        let mark = if seen_twice { MARK_IN_INK } else { MARK };
        mark * marks as f32 - doubt.ln()
    };
    let whole = |core: &str| format!("{}{core}{}", item.before, item.after);
    let inked = |core: &str| INK * ink::cost(&item.word.ink, &whole(core));
    let others = item
        .word
        .alternatives
        .iter()
        .map(|a| (&a.text, a.confidence, "alternative of the reader".to_owned()));
    let votes = item
        .word
        .votes
        .iter()
        .map(|v| (&v.text, v.confidence, format!("read so by {}", v.reader.name())));
    for (text, confidence, by) in others.chain(votes) {
        let Some(core) = core(text)
            .map(|a| &text[a.start..a.end])
            .filter(|c| syllable::is_possible(c))
        else {
            continue;
        };
        if let Some(id) = lexicon.id(core) {
            let named = -confidence.get().clamp(LEAST, 1.0).ln();
            let cost = if seen_twice {
                named.min(unnamed(marks_between(raw, core).unwrap_or(2))) + inked(core)
            } else {
                named
            };
            add(Proposal {
                core: core.to_owned(),
                id,
                cost,
                ground: Ground::Reading,
                by: Some(by),
            });
        }
    }
    if !confident {
        let case = CasePattern::of(raw);
        let letters = syllable::bare(raw).to_lowercase();
        let seen = ink::spellings(&item.word.ink);
        let as_seen = seen
            .first()
            .and_then(|text| Some(syllable::bare(&text[core(text).map(|a| a.start..a.end)?])));
        let as_seen = as_seen.filter(|seen| *seen != letters).unwrap_or_default();
        let marked = [letters.as_str(), as_seen.as_str()]
            .map(|l| lexicon.same_letters(l))
            .concat();
        let spelled = seen
            .iter()
            .filter_map(|text| lexicon.id(&text[core(text).map(|a| a.start..a.end)?]));
        for id in marked.into_iter().chain(spelled) {
            let word = lexicon.word(id);
            let marks = marks_between(raw, word);
            let near = match marks {
                Some(marks) => marks == 1 || (marks == 2 && (!known || seen_twice)),
                None => seen_twice && syllable::is_possible(word),
            };
            if near {
                let core = case.apply(word);
                let cost = unnamed(marks.unwrap_or(2)) + inked(&core);
                let ground = if seen_twice { Ground::Reading } else { Ground::Mark };
                add(Proposal {
                    core,
                    id,
                    cost,
                    ground,
                    by: None,
                });
            }
        }
    }
    if signs {
        let letters: String = raw.chars().map(|c| if c == '¡' { 'i' } else { c }).collect();
        let id = lexicon.id(&letters).unwrap_or(UNKNOWN);
        if !letters.chars().any(lexer::is_odd) {
            let by = Some("confusion ¡/i".to_owned());
            add(Proposal {
                core: letters,
                id,
                cost: SIGN,
                ground: Ground::Reading,
                by,
            });
        }
    }
    all
}

/// An abbreviation that nobody ever wrote, where the other reader saw one that is known: `CNTTT`, `CNTT`.
fn abbreviation(lexicon: &Lexicon, item: &Item, raw: &str) -> Option<Proposal> {
    let is_one = |text: &str| text.chars().count() > 2 && is_abbreviation(text);
    if !is_one(raw) || lexicon.id(raw).is_some() {
        return None;
    }
    item.word.votes.iter().find_map(|vote| {
        let seen = &vote.text[core(&vote.text).map(|a| a.start..a.end)?];
        let id = lexicon.id(seen).filter(|_| is_one(seen))?;
        Some(Proposal {
            core: seen.to_owned(),
            id,
            cost: SIGN,
            ground: Ground::Reading,
            by: Some(format!("read so by {}", vote.reader.name())),
        })
    })
}

/// How many marks differ between two words with the same letters: tone, and quality or bar of each letter.
/// `None` when the letters differ.
fn marks_between(raw: &str, word: &str) -> Option<usize> {
    let (a, b) = (syllable::marks(raw), syllable::marks(word));
    if a.letters.chars().count() != b.letters.chars().count() {
        return None;
    }
    let mut marks = usize::from(a.tone != b.tone);
    for (x, y) in a.letters.chars().zip(b.letters.chars()) {
        if syllable::bare_char(x) != syllable::bare_char(y) {
            return None;
        }
        marks += usize::from(x != y);
    }
    // ươ is one mark to the eye, and to a reader.
    let horned = |s: &str| s.contains("ươ");
    if marks > 1 && horned(&a.letters) != horned(&b.letters) {
        marks -= 1;
    }
    Some(marks)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_counted_as_a_reader_mistakes_them() {
        let check = |raw: &str, word: &str, expect: Option<usize>| {
            assert_eq!(marks_between(raw, word), expect, "{raw} {word}");
        };
        check("đối", "đổi", Some(1));
        check("THI", "thị", Some(1));
        check("diểm", "điểm", Some(1));
        check("phuong", "phương", Some(1));
        check("phuong", "phường", Some(2));
        check("cao", "báo", None);
    }

    #[test]
    fn capitals_with_a_tone_are_no_abbreviation() {
        let check = |core: &str, expect: bool| assert_eq!(is_abbreviation(core), expect, "{core}");
        check("UBND", true);
        check("HĐND", true);
        check("CHUẨN", false);
        check("CHUẨẤN", false);
        check("iOffice", false);
    }

    #[test]
    fn punctuation_stands_around_the_letters() {
        let check = |text: &str, expect: Option<&str>| {
            assert_eq!(core(text).map(|a| &text[a.start..a.end]), expect, "{text}");
        };
        check("(điểm),", Some("điểm"));
        check("“Bảng", Some("Bảng"));
        check("¡Office", Some("¡Office"));
        check("1420/KH-UBND", None);
        check("và/hoặc", None);
        check("0,5", None);
        check("-", None);
    }
}
