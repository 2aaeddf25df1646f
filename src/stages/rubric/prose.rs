//! Sorts the paragraphs of a criterion: its title, its rules, the data it asks for, evidence, notes.
//! Every word ends somewhere.

use std::sync::LazyLock;

use regex::Regex;

use crate::domain::{PenaltyBase, Rule, RuleKind, fold_aligned, one_line};

use super::grammar::{self, Definition};
use super::rows::starts_with_bullet;

static DATA_HEADING: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?:cac )?thong tin (?:kiem chung|cung cap|bo sung|so lieu|can cung cap)|^so lieu (?:kiem chung|cung cap|bao cao)\b|^(?:tai lieu|ho so|van ban) (?:kiem chung|minh chung)\b|^minh chung\b")
        .expect("a fixed pattern")
});
static NOTE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^\(?\s*(?:ghi chu|chu thich|luu y|chu y|vi du)\b").expect("a fixed pattern")
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

    /// A row that carries a score of its own under the criterion.
    pub fn level(&mut self, label: &str, points: crate::domain::Score) {
        let text = format!("{}: {}", one_line(label), points.to_vietnamese());
        let label = grammar::label(label);
        self.prose.rules.push(Rule {
            kind: RuleKind::Component {
                label,
                points,
                when: None,
            },
            text,
        });
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
