//! Two versions of a criterion, field by field.

use similar::{ChangeTag, TextDiff};

use super::likeness;
use super::pairs;
use crate::domain::{Criterion, Field, Named, Rubric, Rule, RuleKind, Score, one_line};

/// What a change is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    Field(Field),
    Kind,
    AppliesTo,
    BonusMax,
}

impl Of {
    /// A stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Field(field) => field.name(),
            Self::Kind => "kind",
            Self::AppliesTo => "applies_to",
            Self::BonusMax => "bonus_max",
        }
    }
}

/// One thing that differs. An empty side: it was not there.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    pub of: Of,
    pub old: String,
    pub new: String,
    /// The words alone differ: what a rule gives, and for what, is the same.
    pub only_words: bool,
}

impl Change {
    fn between(of: Of, old: &str, new: &str) -> Option<Self> {
        let (old, new) = (one_line(old), one_line(new));
        (old != new).then_some(Self {
            of,
            old,
            new,
            only_words: false,
        })
    }

    fn field(field: Field, old: &str, new: &str) -> Option<Self> {
        Self::between(Of::Field(field), old, new)
    }

    fn points(field: Field, old: Option<Score>, new: Option<Score>) -> Option<Self> {
        Self::field(field, &shown(old), &shown(new))
    }
}

fn shown(score: Option<Score>) -> String {
    score.map(|s| s.to_string()).unwrap_or_default()
}

pub fn of_rubric(old: &Rubric, new: &Rubric) -> Vec<Change> {
    let text = |t: &Option<String>| t.clone().unwrap_or_default();
    [
        Change::field(Field::Title, &old.title, &new.title),
        Change::between(Of::AppliesTo, &text(&old.applies_to), &text(&new.applies_to)),
        Change::points(Field::MaxScore, old.max_score, new.max_score),
        Change::between(Of::BonusMax, &shown(old.bonus_max), &shown(new.bonus_max)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

pub fn of_criterion(old: &Criterion, new: &Criterion) -> Vec<Change> {
    let text = |t: &Option<String>| t.clone().unwrap_or_default();
    let before_rules = [
        Change::field(Field::Number, &old.number, &new.number),
        Change::between(Of::Kind, old.kind.name(), new.kind.name()),
        Change::field(Field::Title, &old.title, &new.title),
        Change::points(Field::MaxScore, old.max_score, new.max_score),
        Change::points(Field::Bonus, old.bonus, new.bonus),
        Change::points(Field::Deduction, old.deduction, new.deduction),
    ];
    let after_rules = [
        Change::field(Field::Evidence, &old.evidence, &new.evidence),
        Change::field(
            Field::DataItems,
            &old.data_items.join("; "),
            &new.data_items.join("; "),
        ),
        Change::field(Field::Period, &text(&old.period), &text(&new.period)),
        Change::field(Field::Method, &text(&old.method), &text(&new.method)),
        Change::field(Field::Notes, &old.notes, &new.notes),
    ];
    let rules = of_rules(&old.rules, &new.rules);
    let before = before_rules.into_iter().flatten();
    before
        .chain(rules)
        .chain(after_rules.into_iter().flatten())
        .collect()
}

/// Rules matched by what they say; those that only stand in another order are no change.
fn of_rules(old: &[Rule], new: &[Rule]) -> Vec<Change> {
    let alike = |i: usize, j: usize| {
        let (a, b) = (&old[i], &new[j]);
        let same_kind = std::mem::discriminant(&a.kind) == std::mem::discriminant(&b.kind);
        likeness::words(&a.text, &b.text) + 0.5 * f64::from(u8::from(same_substance(&a.kind, &b.kind)))
            - if same_kind { 0.0 } else { 0.3 }
    };
    let found = pairs::best(old.len(), new.len(), alike, 0.5);
    let change = |old: &str, new: &str| Change::field(Field::Rules, old, new);
    let mut changes = Vec::new();
    for (j, rule) in new.iter().enumerate() {
        match found[j] {
            Some(i) => changes.extend(change(&old[i].text, &rule.text).map(|change| Change {
                only_words: same_substance(&old[i].kind, &rule.kind),
                ..change
            })),
            None => changes.extend(change("", &rule.text)),
        }
    }
    changes.extend(pairs::left(old.len(), &found).filter_map(|i| change(&old[i].text, "")));
    changes
}

/// The same bounds, points and units, whatever the words around them.
fn same_substance(a: &RuleKind, b: &RuleKind) -> bool {
    match (a, b) {
        (
            RuleKind::Band {
                interval,
                award,
                unit,
                ..
            },
            RuleKind::Band {
                interval: other,
                award: gives,
                unit: of,
                ..
            },
        ) => interval == other && award == gives && unit == of,
        (
            RuleKind::Choice { label, award },
            RuleKind::Choice {
                label: other,
                award: gives,
            },
        ) => award == gives && likeness::words(label, other) > 0.8,
        (
            RuleKind::Component { label, points, .. },
            RuleKind::Component {
                label: other,
                points: gives,
                ..
            },
        ) => points == gives && likeness::words(label, other) > 0.8,
        (RuleKind::Text, RuleKind::Text) => false,
        _ => a == b,
    }
}

/// A piece of a text in two versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wording {
    Same(String),
    Removed(String),
    Added(String),
}

/// Two versions of a text, word by word. Joined, all but the added pieces are the old text, all but the removed the new.
pub fn wording(old: &str, new: &str) -> Vec<Wording> {
    let diff = TextDiff::from_words(old, new);
    let mut pieces: Vec<Wording> = Vec::new();
    for change in diff.iter_all_changes() {
        let text = change.value();
        match (change.tag(), pieces.last_mut()) {
            (ChangeTag::Equal, Some(Wording::Same(last)))
            | (ChangeTag::Delete, Some(Wording::Removed(last)))
            | (ChangeTag::Insert, Some(Wording::Added(last))) => last.push_str(text),
            (ChangeTag::Equal, _) => pieces.push(Wording::Same(text.to_owned())),
            (ChangeTag::Delete, _) => pieces.push(Wording::Removed(text.to_owned())),
            (ChangeTag::Insert, _) => pieces.push(Wording::Added(text.to_owned())),
        }
    }
    pieces
}
