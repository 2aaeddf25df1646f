/// What is said to people, in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Said {
    pub vi: String,
    pub en: String,
}

impl Said {
    pub fn new(vi: impl Into<String>, en: impl Into<String>) -> Self {
        Self {
            vi: vi.into(),
            en: en.into(),
        }
    }

    /// The same in both: numbers, and what the document says.
    pub fn same(text: impl Into<String>) -> Self {
        let text = text.into();
        Self {
            vi: text.clone(),
            en: text,
        }
    }

    /// One thing after the other.
    pub fn then(&mut self, next: &Self) {
        for (all, next) in [(&mut self.vi, &next.vi), (&mut self.en, &next.en)] {
            if !all.is_empty() && !next.is_empty() {
                all.push_str("; ");
            }
            all.push_str(next);
        }
    }
}
