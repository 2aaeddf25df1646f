//! Paragraphs -> scoring rules.

use crate::domain::{PenaltyBase, Rule, RuleKind, Score};

/// `… (gọi là a)`: a variable that later paragraphs reckon with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    pub name: String,
    pub description: String,
}

impl Definition {
    pub fn parse(_text: &str) -> Option<Self> {
        None
    }
}

pub fn paragraph(text: &str, _base: PenaltyBase) -> Vec<Rule> {
    vec![Rule {
        kind: RuleKind::Text,
        text: text.to_owned(),
    }]
}
pub fn in_title(_text: &str, _base: PenaltyBase) -> Vec<Rule> {
    Vec::new()
}
pub fn strict(_text: &str, _base: PenaltyBase) -> Vec<Rule> {
    Vec::new()
}
pub fn label(text: &str) -> String {
    unbulleted(text).to_owned()
}
pub fn unbulleted(text: &str) -> &str {
    text.trim()
        .trim_start_matches(['-', '+', '•', '*', '–', '—'])
        .trim()
}
pub fn split_inline(text: &str) -> Vec<String> {
    vec![text.to_owned()]
}
pub fn settle(_rules: &mut Vec<Rule>, _definitions: &[Definition], _max: Option<Score>) {}
