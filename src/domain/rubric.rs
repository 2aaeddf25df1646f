use super::{Confidence, Finding, PageNo, PixelBox, Reader, Rule, Score};

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ColumnRole {
    Number,
    Title,
    MaxScore,
    Bonus,
    Deduction,
    SelfScore,
    VerifiedScore,
    Rule,
    Evidence,
    Period,
    Method,
    Data,
    Notes,
    Other,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    pub header: String,
    pub role: ColumnRole,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CriterionKind {
    Section,
    Criterion,
    Bonus,
    Deduction,
}

/// A field of a criterion that a value was read for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Field {
    Number,
    Title,
    MaxScore,
    Bonus,
    Deduction,
    SelfScore,
    VerifiedScore,
    Rules,
    Evidence,
    DataItems,
    Period,
    Method,
    Notes,
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct Provenance {
    pub field: Field,
    pub page: PageNo,
    pub bbox: PixelBox,
    /// As read, before restoration and parsing.
    pub raw: String,
    /// The lowest of its words.
    pub confidence: Confidence,
    pub readers: Vec<Reader>,
    /// What each reader made of it, where they do not agree: the readings a person is offered, best first.
    pub candidates: Vec<String>,
    /// What restored or inferred it, and why; `None` when it is as read.
    pub restored_by: Option<String>,
    /// A person should look: readers disagree, low confidence, or inferred.
    pub doubtful: bool,
}

/// One row of meaning in a rubric: a section, a criterion, a bonus or a deduction.
#[derive(Debug, Clone, PartialEq)]
pub struct Criterion {
    /// Unique in its rubric even where the document repeats a number: `I.6`, `I.6#2`.
    pub id: String,
    /// The id of the criterion above; `None` at the top.
    pub parent: Option<String>,
    /// As the document writes it, without closing dot or bracket; empty when it has none.
    pub number: String,
    pub kind: CriterionKind,
    pub title: String,
    pub max_score: Option<Score>,
    pub bonus: Option<Score>,
    pub deduction: Option<Score>,
    pub rules: Vec<Rule>,
    pub evidence: String,
    pub data_items: Vec<String>,
    pub period: Option<String>,
    pub method: Option<String>,
    pub notes: String,
    pub self_score: Option<Score>,
    pub verified_score: Option<Score>,
    pub provenance: Vec<Provenance>,
}

/// A scoring table as data. `criteria` is flat, in document order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Rubric {
    pub title: String,
    pub applies_to: Option<String>,
    /// Leaves bonus sections out.
    pub max_score: Option<Score>,
    pub bonus_max: Option<Score>,
    pub columns: Vec<Column>,
    pub criteria: Vec<Criterion>,
    pub findings: Vec<Finding>,
    /// Where values of the rubric itself come from. An entry for [`Field::MaxScore`] that
    /// [`Rubric::SUMMED`] restored means that the document declares no total.
    pub provenance: Vec<Provenance>,
    /// The document's table it was made from, counted from 0.
    pub table: usize,
}

impl Rubric {
    /// What restored a total that the document does not declare.
    pub const SUMMED: &'static str = "sum of the criteria";

    /// True when `max_score` is no more than the sum of the criteria.
    pub fn is_summed(&self) -> bool {
        self.provenance
            .iter()
            .any(|p| p.field == Field::MaxScore && p.restored_by.as_deref() == Some(Self::SUMMED))
    }

    pub fn criterion(&self, id: &str) -> Option<&Criterion> {
        self.criteria.iter().find(|c| c.id == id)
    }

    /// The criteria directly under `parent` (`None`: the top), in document order.
    pub fn children<'a>(&'a self, parent: Option<&'a str>) -> impl Iterator<Item = &'a Criterion> {
        self.criteria
            .iter()
            .filter(move |c| c.parent.as_deref() == parent)
    }

    /// The most points that `criterion` can bring: its own maximum, or what its parts have together,
    /// leaving bonus and deduction out. `None` where nothing in it has a maximum.
    pub fn points_of(&self, criterion: &Criterion) -> Option<Score> {
        criterion
            .max_score
            .or_else(|| self.points_below(Some(&criterion.id), |c| c.kind == criterion.kind || c.is_base()))
    }

    /// What all criteria but bonus and deduction bring together.
    pub fn base_total(&self) -> Option<Score> {
        self.points_below(None, Criterion::is_base)
    }

    /// What bonus sections, and bonus columns beside the maximum, bring together.
    pub fn bonus_total(&self) -> Option<Score> {
        let sections = self
            .criteria
            .iter()
            .filter(|c| c.kind == CriterionKind::Bonus)
            .filter(|c| {
                c.parent
                    .as_deref()
                    .and_then(|p| self.criterion(p))
                    .is_none_or(|p| p.kind != CriterionKind::Bonus)
            })
            .filter_map(|c| self.points_of(c).or(c.bonus));
        let beside = self
            .criteria
            .iter()
            .filter(|c| {
                c.kind != CriterionKind::Bonus
                    && self.children(Some(&c.id)).all(|child| child.bonus.is_none())
            })
            .filter_map(|c| c.bonus);
        sections.chain(beside).reduce(|a, b| a + b)
    }

    fn points_below(&self, parent: Option<&str>, counts: impl Fn(&Criterion) -> bool) -> Option<Score> {
        self.children(parent)
            .filter(|c| counts(c))
            .filter_map(|c| self.points_of(c))
            .reduce(|a, b| a + b)
    }
}

impl Criterion {
    /// A row without words or scores, at the top.
    pub fn empty(id: impl Into<String>, kind: CriterionKind) -> Self {
        Self {
            id: id.into(),
            parent: None,
            number: String::new(),
            kind,
            title: String::new(),
            max_score: None,
            bonus: None,
            deduction: None,
            rules: Vec::new(),
            evidence: String::new(),
            data_items: Vec::new(),
            period: None,
            method: None,
            notes: String::new(),
            self_score: None,
            verified_score: None,
            provenance: Vec::new(),
        }
    }

    /// Neither bonus nor deduction.
    pub fn is_base(&self) -> bool {
        matches!(self.kind, CriterionKind::Section | CriterionKind::Criterion)
    }

    /// The entries that say where `field` comes from.
    pub fn sources(&self, field: Field) -> impl Iterator<Item = &Provenance> {
        self.provenance.iter().filter(move |p| p.field == field)
    }
}
