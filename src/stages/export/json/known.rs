use std::sync::LazyLock;

use super::read_rubrics;
use crate::domain::Rubric;

/// The rubrics of `rubrics/known/`, as they are built in.
const FILES: [&str; 6] = [
    include_str!("../../../../rubrics/known/an_giang_bang_3.json"),
    include_str!("../../../../rubrics/known/ha_giang_1.json"),
    include_str!("../../../../rubrics/known/ha_giang_2.json"),
    include_str!("../../../../rubrics/known/lao_cai_1.json"),
    include_str!("../../../../rubrics/known/lao_cai_2.json"),
    include_str!("../../../../rubrics/known/nga_nam.json"),
];

/// Forms whose rubrics were checked by hand: what a new scan is compared with.
pub fn known_rubrics() -> &'static [Rubric] {
    static KNOWN: LazyLock<Vec<Rubric>> = LazyLock::new(|| {
        let read = |text: &&str| read_rubrics(text.as_bytes()).unwrap_or_default();
        FILES.iter().flat_map(read).collect()
    });
    &KNOWN
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_rubric_can_be_read() {
        assert_eq!(known_rubrics().len(), FILES.len());
    }
}
