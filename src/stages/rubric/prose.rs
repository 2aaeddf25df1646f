//! Sorts the paragraphs of a criterion: its title, its rules, the data it asks for, evidence, notes.
//! Every word ends somewhere.

use std::sync::LazyLock;

use regex::Regex;

use crate::domain::{Award, PenaltyAmount, PenaltyBase, Rule, RuleKind, Score, fold_aligned, one_line};

use super::grammar::{self, Definition};
use super::rows::starts_with_bullet;

static DATA_HEADING: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?:cac )?thong tin (?:kiem chung|cung cap|bo sung|so lieu|can cung cap)|^so lieu (?:kiem chung|cung cap|bao cao)\b|^(?:tai lieu|ho so|van ban) (?:kiem chung|minh chung)\b|^minh chung\b")
        .expect("a fixed pattern")
});
static NOTE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^\(?\s*(?:ghi chu|chu thich|luu y|chu y|vi du)\b").expect("a fixed pattern")
});
static EACH_TIME: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:\bmoi\s+|\bcu\s+|[a-z0-9)]/)(?:0?1\s+)?([a-z]+(?: [a-z]+)?)\s*\)?\s*$")
        .expect("a fixed pattern")
});
static PAPER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?:cung cap|kem theo|gui|ban sao|ban chup|chup|danh sach|danh muc|van ban|quyet dinh|bao cao|tai lieu|hinh anh|duong link|link)\b")
        .expect("a fixed pattern")
});

/// What the paragraphs of one criterion say.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Prose {
    pub title: String,
    pub rules: Vec<Rule>,
    pub data_items: Vec<String>,
    pub evidence: Vec<String>,
    pub notes: Vec<String>,
    pub definitions: Vec<Definition>,
}

/// What is being listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Listing {
    Rules,
    Data,
}

/// Sorts one criterion's paragraphs as they come.
#[derive(Debug)]
pub struct Sorter {
    prose: Prose,
    listing: Listing,
    base: PenaltyBase,
}

/// What rows with scores of their own are to their criterion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Levels {
    /// Cấp khoa: 1, cấp trường: 2.
    OneCounts,
    /// Parts of it.
    AddUp,
}

/// How much a column must be made of rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// Rules are what it is for: what does not fit is kept as text.
    Rules,
    /// Rules may stand in it: only what fits is taken, and the words stay where they are.
    Mixed,
}

impl Sorter {
    pub fn new(base: PenaltyBase) -> Self {
        Self {
            prose: Prose::default(),
            listing: Listing::Rules,
            base,
        }
    }

    /// The cell that opens the criterion. Returns how many words of it the title takes.
    pub fn title_cell(&mut self, text: &str) -> usize {
        let mut paragraphs = lines(text)
            .into_iter()
            .flat_map(|l| grammar::split_inline(&l))
            .filter(|p| !p.trim().is_empty())
            .peekable();
        let mut title: Vec<String> = paragraphs.next().into_iter().collect();
        // Further paragraphs are title until a bullet or a rule begins.
        while let Some(next) = paragraphs.peek() {
            let rule = grammar::paragraph(next, self.base)
                .iter()
                .any(|r| r.kind != RuleKind::Text);
            if starts_with_bullet(next)
                || rule
                || Definition::parse(next).is_some()
                || NOTE.is_match(&fold_aligned(next))
            {
                break;
            }
            title.extend(paragraphs.next());
        }
        let words = title.iter().map(|p| p.split_whitespace().count()).sum();
        self.prose.title = one_line(&title.join(" "));
        let stated = grammar::in_title(&self.prose.title, self.base);
        self.prose.rules.extend(stated);
        for paragraph in paragraphs {
            self.paragraph(&paragraph);
        }
        words
    }

    /// The title of a criterion that is nothing but its levels: all of them. Returns how many words the first takes.
    pub fn title_of(&mut self, levels: &[(&str, Score)]) -> usize {
        let labels = levels.iter().map(|(words, points)| level_label(words, *points));
        self.prose.title = labels.collect::<Vec<_>>().join(" / ");
        levels
            .first()
            .map_or(0, |(first, _)| first.split_whitespace().count())
    }

    /// A bullet row, or a further row of the same criterion.
    pub fn follow(&mut self, text: &str) {
        for paragraph in lines(text).iter().flat_map(|l| grammar::split_inline(l)) {
            self.paragraph(&paragraph);
        }
    }

    /// A cell of another column that holds rules.
    pub fn column(&mut self, text: &str, column: Column) {
        match column {
            Column::Rules => {
                self.listing = Listing::Rules;
                self.follow(text);
            }
            Column::Mixed => {
                let found = lines(text)
                    .into_iter()
                    .flat_map(|l| grammar::split_inline(&l))
                    .flat_map(|p| grammar::strict(&p, self.base));
                self.prose.rules.extend(found);
            }
        }
    }

    /// Rows that carry scores of their own under the criterion, each with its words and points.
    pub fn levels(&mut self, levels: &[(&str, Score)], how: Levels) {
        for (words, points) in levels {
            let label = level_label(words, *points);
            let text = match label == grammar::label(words) {
                true => format!("{}: {}", one_line(words), points.to_vietnamese()),
                false => one_line(words),
            };
            let kind = match how {
                Levels::OneCounts => RuleKind::Choice {
                    label,
                    award: Some(Award::Points(*points)),
                },
                Levels::AddUp => RuleKind::Component {
                    label,
                    points: *points,
                    when: None,
                },
            };
            self.prose.rules.push(Rule { kind, text });
        }
    }

    /// Points in the columns for bonus and deduction that the title says are given or taken each time.
    pub fn each_time(&mut self, bonus: Option<Score>, deduction: Option<Score>) {
        let folded = fold_aligned(&self.prose.title);
        let Some(unit) = EACH_TIME.captures(&folded).and_then(|found| found.get(1)) else {
            return;
        };
        // A letter is longer than its folded one: places are counted in letters.
        let before = folded[..unit.start()].chars().count();
        let letters = self.prose.title.chars().skip(before);
        let unit: String = letters.take(unit.as_str().chars().count()).collect();
        // "5 điểm/01 lần" in the title says the same once more.
        let same = bonus.or(deduction);
        self.prose.rules.retain(|rule| match &rule.kind {
            RuleKind::PerUnit { points, .. } => Some(*points) != same,
            _ => true,
        });
        let given = bonus.map(|points| (points, "+"));
        let Some((points, sign)) = given.or(deduction.map(|points| (points, "-"))) else {
            return;
        };
        let kind = match sign {
            "+" => RuleKind::PerUnit {
                unit,
                points,
                cap: None,
            },
            _ => RuleKind::Penalty {
                unit: Some(unit),
                amount: PenaltyAmount::Points(points),
                floor: None,
                from: self.base,
            },
        };
        let text = format!("{}: {sign}{}", self.prose.title, points.to_vietnamese());
        self.prose.rules.push(Rule { kind, text });
    }

    pub fn done(self) -> Prose {
        self.prose
    }

    fn paragraph(&mut self, text: &str) {
        let item = grammar::unbulleted(text);
        if item.is_empty() {
            return;
        }
        let folded = fold_aligned(item);
        if DATA_HEADING.is_match(&folded) {
            self.listing = Listing::Data;
            self.prose.evidence.push(one_line(item));
        } else if NOTE.is_match(&folded) {
            let found = grammar::strict(item, self.base).into_iter();
            let caps = found.filter(|r| matches!(r.kind, RuleKind::Cap { .. }));
            self.prose.rules.extend(caps);
            self.prose.notes.push(one_line(item));
        } else if self.listing == Listing::Data {
            let list = if PAPER.is_match(&folded) {
                &mut self.prose.evidence
            } else {
                &mut self.prose.data_items
            };
            list.push(one_line(item));
        } else if let Some(definition) = Definition::parse(item) {
            self.prose.data_items.push(one_line(item));
            self.prose.definitions.push(definition);
        } else {
            self.prose.rules.extend(grammar::paragraph(text, self.base));
        }
    }
}

/// What a level is called, without the points where its words say them too: "- Cấp khoa: 1 đ".
fn level_label(words: &str, points: Score) -> String {
    let said = grammar::paragraph(words, PenaltyBase::Criterion);
    let label = match said.as_slice() {
        [rule] => match &rule.kind {
            RuleKind::Choice {
                label,
                award: Some(Award::Points(own)),
            } if *own == points => Some(label),
            RuleKind::Component {
                label, points: own, ..
            } if *own == points => Some(label),
            _ => None,
        },
        _ => None,
    };
    label.map_or_else(|| grammar::label(words), String::clone)
}

/// The paragraphs of a cell; a line that ends within a bracket goes on in the next.
fn lines(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in text.split('\n') {
        match lines.last_mut() {
            Some(last)
                if last.matches('(').count() > last.matches(')').count() && !starts_with_bullet(line) =>
            {
                last.push(' ');
                last.push_str(line);
            }
            _ => lines.push(line.to_owned()),
        }
    }
    lines
}
