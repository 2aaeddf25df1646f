//! Paragraphs -> scoring rules. What does not fit is kept word for word.

mod amount;
mod award;
mod formula;
mod interval;
mod phrase;
mod settle;

use std::sync::LazyLock;

use regex::Regex;

use crate::domain::{Award, Bound, Interval, PenaltyBase, Rule, RuleKind, fold_aligned, one_line};

use self::phrase::{Phrase, decimal, trimmed};

pub use self::settle::settle;

macro_rules! pattern {
    ($name:ident, $text:expr) => {
        static $name: LazyLock<Regex> = LazyLock::new(|| Regex::new($text).expect("a fixed pattern"));
    };
}

pattern!(
    DEFINITION,
    r"^(.*?)\s*\(\s*(?:goi|ky hieu|dat|viet tat|quy uoc)\s*(?:la|tat la)?\s*:?\s*([a-z]\d?)\s*\)"
);
pattern!(
    INLINE,
    r"\s[-+•–]\s*(?:neu|tu|duoi|tren|dat|co|khong|cu|moi|tong so|diem|chua|da|\d)"
);
pattern!(SENTENCE, r";\s+|\.\s+|(?:diem|toi da|chuan)\s+/\s+");
pattern!(
    ANOTHER,
    r"\b\d+(?:[.,]\d+)?\s*(?:diem|d)\)?\s+(tu|tren|duoi|dat|khong|co|moi|cu|neu|hoan thanh|chua|da)\b"
);
pattern!(ONWARDS, r"(?i)\s*\btrở (?:lên|xuống)\b\s*");
pattern!(
    TARGET,
    r"(?:\b(tren|hon|tu|dat|it nhat|toi thieu|duoi)\s+)?(\d+(?:[.,]\d+)?)\s*%"
);

/// `… (gọi là a)`: a variable that later paragraphs reckon with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    pub name: String,
    pub description: String,
}

impl Definition {
    /// `None` when the paragraph names no variable.
    pub fn parse(text: &str) -> Option<Self> {
        let phrase = Phrase::new(unbulleted(text));
        let found = DEFINITION.captures(&phrase.folded)?;
        Some(Self {
            name: found.get(2)?.as_str().to_owned(),
            description: trimmed(&phrase.words(found.get(1)?.range())),
        })
    }
}

/// The rules of one paragraph: one a band, choice, component; [`RuleKind::Text`] when nothing fits.
pub fn paragraph(text: &str, base: PenaltyBase) -> Vec<Rule> {
    let item = unbulleted(text);
    if item.is_empty() {
        return Vec::new();
    }
    let parts = sentences(item);
    if parts.len() > 1 {
        let rules: Vec<Rule> = parts.iter().flat_map(|part| single(part, base)).collect();
        if rules.iter().all(|r| gives(&r.kind)) {
            return rules;
        }
    }
    let rules = single(item, base);
    if rules.is_empty() {
        vec![Rule {
            kind: RuleKind::Text,
            text: one_line(item),
        }]
    } else {
        rules
    }
}

/// Rules that a title states in passing: penalties, points for each, limits, or the share to reach.
pub fn in_title(text: &str, base: PenaltyBase) -> Vec<Rule> {
    let phrase = Phrase::new(text);
    let mut kinds = amount::penalties(&phrase, base);
    if kinds.is_empty() {
        kinds.extend(amount::per_unit(&phrase).or_else(|| amount::cap(&phrase)));
    }
    if kinds.is_empty() {
        kinds = targets(&phrase);
    }
    kinds
        .into_iter()
        .map(|kind| Rule {
            kind,
            text: one_line(text),
        })
        .collect()
}

/// Only what gives or takes points beyond doubt: for columns that are about something else.
pub fn strict(text: &str, base: PenaltyBase) -> Vec<Rule> {
    let item = unbulleted(text);
    let sure = |rule: &Rule| match &rule.kind {
        RuleKind::Penalty { .. }
        | RuleKind::PerUnit { .. }
        | RuleKind::Cap { .. }
        | RuleKind::Component { .. } => true,
        RuleKind::Band { award, .. } => award.is_some(),
        RuleKind::Choice { award, .. } => {
            matches!(award, Some(Award::Points(_) | Award::Max)) && fold_aligned(item).contains("diem")
        }
        RuleKind::Formula { .. } | RuleKind::Target { .. } | RuleKind::Text => false,
    };
    if item.is_empty() {
        Vec::new()
    } else {
        single(item, base).into_iter().filter(sure).collect()
    }
}

/// The words before an award, without bullet and closing marks.
pub fn label(text: &str) -> String {
    let text = unbulleted(text).trim_matches(|c: char| c.is_whitespace() || ":;,.-–=".contains(c));
    one_line(
        text.strip_suffix(" thì")
            .unwrap_or(text)
            .trim_end_matches([',', ' ']),
    )
}

/// The text after its bullet.
pub fn unbulleted(text: &str) -> &str {
    let text = text.trim();
    let rest = text
        .trim_start_matches(['-', '+', '•', '*', '–', '—', '●', '▪', '◦'])
        .trim_start();
    // A minus before a number takes points: it is no bullet when nothing else stands there.
    let minus = text.starts_with('-') && rest.starts_with(|c: char| c.is_ascii_digit()) && amount_only(rest);
    if minus { text } else { rest }
}

fn amount_only(rest: &str) -> bool {
    rest.split_whitespace().count() <= 2 && !rest.contains(['%', ':', '<', '>'])
}

/// Splits a paragraph whose bullets stand in the line: `… 1 điểm - Từ 80% …`.
pub fn split_inline(text: &str) -> Vec<String> {
    let folded = fold_aligned(text);
    let mut cuts: Vec<usize> = Vec::new();
    for found in INLINE.find_iter(&folded) {
        let before = folded[..found.start()].trim_end();
        let after = folded[found.start()..]
            .trim_start()
            .trim_start_matches(['-', '+', '•', '–'])
            .trim_start();
        let range = before.ends_with(['%', ')']) && !before.ends_with("diem)")
            || before.ends_with(|c: char| c.is_ascii_digit())
                && (after.starts_with(|c: char| c.is_ascii_digit()) || after.starts_with("duoi"));
        if !range {
            cuts.push(found.start());
        }
    }
    let at = |byte: usize| {
        text.char_indices()
            .nth(folded[..byte].chars().count())
            .map_or(text.len(), |(i, _)| i)
    };
    let bounds: Vec<usize> = std::iter::once(0)
        .chain(cuts.iter().map(|c| at(*c)))
        .chain([text.len()])
        .collect();
    let pieces: Vec<String> = bounds
        .windows(2)
        .map(|w| text[w[0]..w[1]].trim().to_owned())
        .collect();
    let scored = pieces
        .iter()
        .skip(1)
        .all(|p| Definition::parse(p).is_some() || !single(unbulleted(p), PenaltyBase::Criterion).is_empty());
    if pieces.len() > 1 && scored {
        pieces
    } else {
        vec![text.to_owned()]
    }
}

/// The sentences of a paragraph that may each be a rule of its own.
fn sentences(text: &str) -> Vec<String> {
    let folded = fold_aligned(text);
    let at = |byte: usize| {
        text.char_indices()
            .nth(folded[..byte].chars().count())
            .map_or(text.len(), |(i, _)| i)
    };
    // Where one ends and the next begins.
    let mut cuts: Vec<(usize, usize)> = SENTENCE
        .find_iter(&folded)
        .map(|found| match found.as_str().contains('/') {
            true => (at(found.end() - 2), at(found.end())),
            false => (at(found.start()), at(found.end())),
        })
        .collect();
    // A line that was full: "… 15 điểm Từ 70% …". What begins with a capital after points begins anew.
    cuts.extend(ANOTHER.captures_iter(&folded).filter_map(|found| {
        let next = at(found.get(1)?.start());
        let anew = text[next..].starts_with(char::is_uppercase);
        anew.then_some((next, next))
    }));
    cuts.sort_unstable();
    let mut from = 0;
    let mut parts = Vec::new();
    for (end, next) in cuts {
        if end < from {
            continue;
        }
        parts.push(text[from..end].trim().to_owned());
        from = next;
    }
    parts.push(text[from..].trim().to_owned());
    parts.retain(|p| !p.is_empty());
    parts
}

fn gives(kind: &RuleKind) -> bool {
    !matches!(
        kind,
        RuleKind::Text
            | RuleKind::Target { .. }
            | RuleKind::Band { award: None, .. }
            | RuleKind::Choice { award: None, .. }
    )
}

fn single(item: &str, base: PenaltyBase) -> Vec<Rule> {
    let phrase = Phrase::new(without_specks(item));
    let rule = |kind| Rule {
        kind,
        text: one_line(item),
    };
    let penalties = amount::penalties(&phrase, base);
    if !penalties.is_empty() {
        return penalties.into_iter().map(rule).collect();
    }
    let found = award::find(&phrase);
    let interval = interval::find(&phrase);
    let kind = amount::per_unit(&phrase)
        .or_else(|| amount::cap(&phrase))
        .or_else(|| band(&phrase, interval, found.as_ref()))
        .or_else(|| formula(&phrase))
        .or_else(|| labelled(&phrase, found))
        .or_else(|| {
            let kinds = targets_alone(&phrase)?;
            Some(kinds)
        });
    kind.map(rule).into_iter().collect()
}

/// A rule that closes with its bracket, without the specks behind it that were read as signs.
fn without_specks(text: &str) -> &str {
    let bare = text.trim_end_matches(|c: char| c.is_whitespace() || "=-–~|_'’`".contains(c));
    if bare.ends_with([']', ')']) { bare } else { text }
}

/// An interval with what it gives. Without an award only a paragraph that opens with its interval is a band.
fn band(
    phrase: &Phrase,
    interval: Option<interval::Found>,
    award: Option<&award::Found>,
) -> Option<RuleKind> {
    let interval = interval?;
    let opens = phrase.folded[..interval.range.start].split_whitespace().count() <= 2;
    if award.is_none() && !opens {
        return None;
    }
    if award.is_some_and(|a| a.range.start < interval.range.start) {
        return None;
    }
    let stop = award
        .map_or(phrase.folded.len(), |a| a.range.start)
        .max(interval.range.end);
    let words = format!(
        "{} {}",
        phrase.words(0..interval.range.start),
        phrase.words(interval.range.end..stop),
    );
    let counted = interval.unit.as_deref().filter(|u| *u != "%");
    let described = trimmed(&ONWARDS.replace_all(&words, " "));
    let variable = interval
        .variable
        .or_else(|| (described.chars().filter(|c| c.is_alphabetic()).count() > 1).then_some(described))
        .or_else(|| counted.map(str::to_owned))
        .unwrap_or_else(|| "%".to_owned());
    Some(RuleKind::Band {
        variable,
        unit: interval.unit,
        interval: interval.interval,
        award: award.map(|a| a.award.clone()),
    })
}

fn formula(phrase: &Phrase) -> Option<RuleKind> {
    let (parsed, cap) = formula::paragraph(phrase)?;
    Some(RuleKind::Formula {
        expression: parsed.expression,
        variables: parsed.variables,
        floor: None,
        cap,
    })
}

/// Words with points after them: a part to be added when the points stand in brackets, else a choice.
fn labelled(phrase: &Phrase, award: Option<award::Found>) -> Option<RuleKind> {
    let award = award?;
    let label = label(&phrase.words(0..award.range.start));
    if label.is_empty() {
        return None;
    }
    match (award.shape, award.award) {
        (award::Shape::Bracketed, Award::Points(points)) => Some(RuleKind::Component {
            label,
            points,
            when: None,
        }),
        (_, award) => Some(RuleKind::Choice {
            label,
            award: Some(award),
        }),
    }
}

fn targets_alone(phrase: &Phrase) -> Option<RuleKind> {
    let mut kinds = targets(phrase);
    (kinds.len() == 1 && phrase.folded.split_whitespace().count() > 3).then(|| kinds.remove(0))
}

/// `95% văn bản …`, `tỷ lệ dự trên 80%`: shares to be reached, without points.
fn targets(phrase: &Phrase) -> Vec<RuleKind> {
    let text = phrase.folded.as_str();
    let found: Vec<_> = TARGET
        .captures_iter(text)
        .filter_map(|f| Some((f.get(0)?, f.get(1).map(|m| m.as_str()), f.get(2)?)))
        .collect();
    found
        .iter()
        .enumerate()
        .filter_map(|(i, (whole, word, number))| {
            let value = decimal(number.as_str())?;
            let until = found.get(i + 1).map_or(text.len(), |(next, _, _)| next.start());
            let after = &text[whole.end()..until];
            let length = after.find([';', '(', ')']).unwrap_or(after.len());
            let behind = trimmed(&phrase.words(whole.end()..whole.end() + length));
            let before = text[..whole.start()]
                .rfind([',', ';', '('])
                .map_or(0, |at| at + 1);
            let ahead = trimmed(&phrase.words(before..whole.start()));
            let variable = if behind.split_whitespace().count() >= 2 {
                behind
            } else {
                ahead
            };
            let bound = |closed| Some(Bound { value, closed });
            let interval = match *word {
                Some("duoi") => Interval {
                    lower: None,
                    upper: bound(false),
                },
                Some("tren" | "hon") => Interval {
                    lower: bound(false),
                    upper: None,
                },
                _ => Interval {
                    lower: bound(true),
                    upper: None,
                },
            };
            let variable = if variable.is_empty() {
                "%".to_owned()
            } else {
                variable
            };
            Some(RuleKind::Target { variable, interval })
        })
        .collect()
}

#[cfg(test)]
mod tests;
