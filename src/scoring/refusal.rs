use crate::domain::Said;

/// Why an answer gives no points. Numbers are as they are shown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("no criterion has this id")]
    UnknownCriterion,
    #[error("a section is scored by its criteria")]
    SectionAnswered,
    #[error("{name} is negative: {number}")]
    Negative { name: String, number: String },
    #[error("{name} counts whole units, not {number}")]
    NotWhole { name: String, number: String },
    #[error("{value} is above 100 %, which the rule's words do not allow")]
    AboveHundred { value: String },
    #[error("{expression}: division by zero")]
    DivisionByZero { expression: String },
    #[error("missing: {}", .names.join(", "))]
    Missing { names: Vec<String> },
    #[error("not asked for by any rule of the criterion: {}", .names.join(", "))]
    NotAsked { names: Vec<String> },
    #[error("no choice {given:?}; there are: {}", .known.join(" | "))]
    UnknownChoice { given: String, known: Vec<String> },
    #[error("no band covers {value}")]
    NoBand { value: String },
    #[error("the document gives no points for {text:?}")]
    NoAward { text: String },
    #[error("{given} components answered, the criterion has {expected}")]
    Components { given: usize, expected: usize },
    #[error("the criterion counts several units, say which in `counts`: {}", .units.join(" | "))]
    WhichUnit { units: Vec<String> },
    #[error("{points} points are outside 0 to {max}")]
    OutOfRange { points: String, max: String },
    #[error("the rule takes from the maximum, which the document does not give")]
    NoMaximum,
    #[error("the document gives no scale: a person scores it, answer with `points`")]
    PersonScores,
    #[error("no expression: {text:?}")]
    BadExpression { text: String },
}

impl Refusal {
    /// A stable name.
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownCriterion => "unknown_criterion",
            Self::SectionAnswered => "section_answered",
            Self::Negative { .. } => "negative",
            Self::NotWhole { .. } => "not_whole",
            Self::AboveHundred { .. } => "above_hundred",
            Self::DivisionByZero { .. } => "division_by_zero",
            Self::Missing { .. } => "missing_input",
            Self::NotAsked { .. } => "not_asked",
            Self::UnknownChoice { .. } => "unknown_choice",
            Self::NoBand { .. } => "no_band",
            Self::NoAward { .. } => "no_award",
            Self::Components { .. } => "component_count",
            Self::WhichUnit { .. } => "which_unit",
            Self::OutOfRange { .. } => "out_of_range",
            Self::NoMaximum => "no_maximum",
            Self::PersonScores => "person_scores",
            Self::BadExpression { .. } => "bad_expression",
        }
    }

    pub fn words(&self) -> Said {
        let vi = match self {
            Self::UnknownCriterion => "không có tiêu chí nào mang mã này".to_owned(),
            Self::SectionAnswered => "mục này được chấm qua các tiêu chí bên trong".to_owned(),
            Self::Negative { name, number } => format!("{name} là số âm: {number}"),
            Self::NotWhole { name, number } => format!("{name} phải là số nguyên, không phải {number}"),
            Self::AboveHundred { value } => {
                format!("{value} vượt quá 100%, lời của quy tắc không cho phép")
            }
            Self::DivisionByZero { expression } => format!("{expression}: chia cho 0"),
            Self::Missing { names } => format!("còn thiếu: {}", names.join(", ")),
            Self::NotAsked { names } => {
                format!("không quy tắc nào của tiêu chí hỏi đến: {}", names.join(", "))
            }
            Self::UnknownChoice { given, known } => {
                format!("không có lựa chọn “{given}”; có: {}", known.join(" | "))
            }
            Self::NoBand { value } => format!("không mức nào chứa {value}"),
            Self::NoAward { text } => format!("văn bản không cho điểm ở mức “{text}”"),
            Self::Components { given, expected } => {
                format!("trả lời {given} phần, tiêu chí có {expected} phần")
            }
            Self::WhichUnit { units } => format!(
                "tiêu chí đếm nhiều đơn vị, hãy nói rõ trong `counts`: {}",
                units.join(" | ")
            ),
            Self::OutOfRange { points, max } => format!("{points} điểm nằm ngoài khoảng từ 0 đến {max}"),
            Self::NoMaximum => "quy tắc trừ vào điểm tối đa mà văn bản không nêu".to_owned(),
            Self::PersonScores => {
                "văn bản không nêu thang: người chấm cho điểm, hãy trả lời bằng `points`".to_owned()
            }
            Self::BadExpression { text } => format!("không phải biểu thức: “{text}”"),
        };
        Said::new(vi, self.to_string())
    }
}
