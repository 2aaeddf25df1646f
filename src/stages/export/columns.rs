use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::domain::{Criterion, CriterionKind, Field, Score};

/// One fact of a criterion, as a column of a table for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    Id,
    Parent,
    Number,
    Kind,
    Title,
    MaxScore,
    Bonus,
    Deduction,
    Rules,
    Evidence,
    DataItems,
    Period,
    Method,
    Notes,
    SelfScore,
    VerifiedScore,
    Pages,
    Doubtful,
}

/// What stands in a cell.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value<'a> {
    Empty,
    Text(Cow<'a, str>),
    Points(Score),
}

impl Column {
    /// In the order of a decision's own tables.
    pub(super) const ALL: [Self; 18] = [
        Self::Id,
        Self::Parent,
        Self::Number,
        Self::Kind,
        Self::Title,
        Self::MaxScore,
        Self::Bonus,
        Self::Deduction,
        Self::Rules,
        Self::Evidence,
        Self::DataItems,
        Self::Period,
        Self::Method,
        Self::Notes,
        Self::SelfScore,
        Self::VerifiedScore,
        Self::Pages,
        Self::Doubtful,
    ];

    /// As a decision's own table has it, and as a unit hands it in: what is asked, how it is scored and proved, the
    /// points, the remarks.
    pub(super) const FORM: [Self; 13] = [
        Self::Number,
        Self::Title,
        Self::Rules,
        Self::Evidence,
        Self::DataItems,
        Self::Period,
        Self::Method,
        Self::MaxScore,
        Self::Bonus,
        Self::Deduction,
        Self::SelfScore,
        Self::VerifiedScore,
        Self::Notes,
    ];

    /// What helps whoever holds the table against the scan.
    pub(super) const TRACES: [Self; 5] = [Self::Doubtful, Self::Pages, Self::Kind, Self::Id, Self::Parent];

    /// True for a column of numbers.
    pub(super) fn is_points(self) -> bool {
        matches!(
            self,
            Self::MaxScore | Self::Bonus | Self::Deduction | Self::SelfScore | Self::VerifiedScore
        )
    }

    pub(super) fn header(self) -> &'static str {
        match self {
            Self::Id => "Mã",
            Self::Parent => "Thuộc mục",
            Self::Number => "STT",
            Self::Kind => "Loại",
            Self::Title => "Nội dung",
            Self::MaxScore => "Điểm tối đa",
            Self::Bonus => "Điểm thưởng",
            Self::Deduction => "Điểm trừ",
            Self::Rules => "Cách chấm điểm",
            Self::Evidence => "Hồ sơ minh chứng",
            Self::DataItems => "Số liệu",
            Self::Period => "Thời gian",
            Self::Method => "Phương pháp",
            Self::Notes => "Ghi chú",
            Self::SelfScore => "Điểm tự chấm",
            Self::VerifiedScore => "Điểm thẩm định",
            Self::Pages => "Trang",
            Self::Doubtful => "Cần xem lại",
        }
    }

    /// Width in characters, for a spreadsheet.
    pub(super) fn width(self) -> u16 {
        match self {
            Self::Title | Self::Rules => 48,
            Self::Evidence | Self::DataItems | Self::Notes => 30,
            Self::Method | Self::Period | Self::Doubtful => 20,
            Self::MaxScore | Self::Bonus | Self::Deduction | Self::SelfScore | Self::VerifiedScore => 11,
            Self::Id | Self::Parent | Self::Number | Self::Kind | Self::Pages => 10,
        }
    }

    pub(super) fn value(self, criterion: &Criterion) -> Value<'_> {
        let text = |text: &'static str| Value::Text(text.into());
        let words = |words: &'_ str| {
            if words.is_empty() {
                Value::Empty
            } else {
                Value::Text(words.to_owned().into())
            }
        };
        let points = |score: Option<Score>| score.map_or(Value::Empty, Value::Points);
        match self {
            Self::Id => words(&criterion.id),
            Self::Parent => words(criterion.parent.as_deref().unwrap_or_default()),
            Self::Number => words(&criterion.number),
            Self::Kind => text(kind(criterion.kind)),
            Self::Title => words(&criterion.title),
            Self::MaxScore => points(criterion.max_score),
            Self::Bonus => points(criterion.bonus),
            Self::Deduction => points(criterion.deduction),
            Self::Rules => {
                let rules: Vec<&str> = criterion.rules.iter().map(|r| r.text.as_str()).collect();
                words(&rules.join("\n"))
            }
            Self::Evidence => words(&criterion.evidence),
            Self::DataItems => words(&criterion.data_items.join("\n")),
            Self::Period => words(criterion.period.as_deref().unwrap_or_default()),
            Self::Method => words(criterion.method.as_deref().unwrap_or_default()),
            Self::Notes => words(&criterion.notes),
            Self::SelfScore => points(criterion.self_score),
            Self::VerifiedScore => points(criterion.verified_score),
            Self::Pages => words(&pages(criterion)),
            Self::Doubtful => words(&doubtful(criterion)),
        }
    }

    /// Those of `columns` that hold something in at least one of the criteria.
    pub(super) fn used(columns: &[Self], criteria: &[Criterion]) -> Vec<Self> {
        let holds = |column: &&Self| criteria.iter().any(|c| column.value(c) != Value::Empty);
        columns.iter().filter(holds).copied().collect()
    }

    /// What the column holds, among the fields that are read.
    fn field(self) -> Option<Field> {
        Some(match self {
            Self::Number => Field::Number,
            Self::Title => Field::Title,
            Self::MaxScore => Field::MaxScore,
            Self::Bonus => Field::Bonus,
            Self::Deduction => Field::Deduction,
            Self::Rules => Field::Rules,
            Self::Evidence => Field::Evidence,
            Self::DataItems => Field::DataItems,
            Self::Period => Field::Period,
            Self::Method => Field::Method,
            Self::Notes => Field::Notes,
            Self::SelfScore => Field::SelfScore,
            Self::VerifiedScore => Field::VerifiedScore,
            Self::Id | Self::Parent | Self::Kind | Self::Pages | Self::Doubtful => return None,
        })
    }

    /// True when a person should look at what stands in this column.
    pub(super) fn is_doubtful(self, criterion: &Criterion) -> bool {
        self.field()
            .is_some_and(|field| criterion.sources(field).any(|source| source.doubtful))
    }
}

/// The kind of a criterion in the words of the decisions.
pub(super) fn kind(kind: CriterionKind) -> &'static str {
    match kind {
        CriterionKind::Section => "mục",
        CriterionKind::Criterion => "tiêu chí",
        CriterionKind::Bonus => "điểm thưởng",
        CriterionKind::Deduction => "điểm trừ",
    }
}

/// `1`, `1-2`: the pages that a criterion was read from.
fn pages(criterion: &Criterion) -> String {
    let pages: BTreeSet<u32> = criterion.provenance.iter().map(|p| p.page.get()).collect();
    match (pages.first(), pages.last()) {
        (Some(first), Some(last)) if first != last => format!("{first}-{last}"),
        (Some(only), _) => only.to_string(),
        _ => String::new(),
    }
}

/// The names of the columns whose values a person should look at.
fn doubtful(criterion: &Criterion) -> String {
    let doubtful = Column::ALL
        .into_iter()
        .filter(|column| column.is_doubtful(criterion));
    doubtful.map(Column::header).collect::<Vec<_>>().join(", ")
}
