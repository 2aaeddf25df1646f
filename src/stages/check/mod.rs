//! Rubrics -> findings: sums, counts, numbering, scales, and what the readers leave open.

mod bands;
mod declared;
mod digits;
mod interval;
mod known;
mod numbering;
mod place;
mod proof;
mod reading;
mod self_score;
mod sums;
mod witness;

use crate::domain::{Field, Finding, FindingCode, Reader, Rubric, Table};

/// Fills in `findings` of every rubric, in the order of its criteria; findings that only building
/// the rubric could make stay. `text` is the document's whole text (for declared totals and counts).
/// A total that the document does not declare is brought up to date with the criteria. `known`: forms that a table is
/// compared with.
pub fn rubrics(rubrics: &mut [Rubric], tables: &[Table], text: &str, known: &[Rubric]) {
    let prose = (rubrics.len() == 1).then(|| outside_tables(text, tables));
    for rubric in rubrics {
        if rubric.is_summed() {
            rubric.max_score = rubric.base_total();
            rubric.bonus_max = rubric.bonus_total();
        }
        witness::hear(rubric);
        let mut findings: Vec<Finding> = rubric
            .findings
            .iter()
            .filter(|f| is_of_building(f.code))
            .cloned()
            .collect();
        let proposals = settle_proposals(rubric);
        let proposed: Vec<(String, Field)> = cells_of(&proposals);
        findings.extend(sums::check(rubric, &sums::Sum::all(rubric)));
        findings.extend(proposals);
        findings.extend(declared::check(rubric, prose.as_deref()));
        findings.extend(numbering::check(rubric));
        findings.extend(bands::check(rubric));
        let told = |f: &Finding| {
            f.criterion
                .clone()
                .zip(f.field)
                .is_some_and(|cell| proposed.contains(&cell))
                && f.code == FindingCode::LowConfidence
        };
        findings.extend(reading::check(rubric).into_iter().filter(|f| !told(f)));
        findings.extend(self_score::check(rubric));
        findings.extend(known::check(rubric, known));
        let at = |f: &Finding| {
            f.criterion.as_ref().map_or(0, |id| {
                rubric
                    .criteria
                    .iter()
                    .position(|c| c.id == *id)
                    .map_or(0, |at| at + 1)
            })
        };
        findings.sort_by_key(at);
        rubric.findings = findings;
    }
}

/// What the sums propose, once the cells that they want changed are doubted and nothing more comes of it: a cell that alone
/// spoils a sum was probably misread, however sure its reader was.
fn settle_proposals(rubric: &mut Rubric) -> Vec<Finding> {
    loop {
        let proposals = proof::proposals(rubric, &sums::Sum::all(rubric));
        if !doubt(rubric, &cells_of(&proposals)) {
            return proposals;
        }
    }
}

fn cells_of(findings: &[Finding]) -> Vec<(String, Field)> {
    let cells = findings.iter().map(|f| f.criterion.clone().zip(f.field));
    cells.flatten().collect()
}

/// Marks cells read from an image, and not yet seen by a person, as doubtful; true when one of them was not before.
fn doubt(rubric: &mut Rubric, cells: &[(String, Field)]) -> bool {
    let mut new = false;
    for (id, field) in cells {
        let Some(criterion) = rubric.criteria.iter_mut().find(|c| c.id == *id) else {
            continue;
        };
        for entry in criterion.provenance.iter_mut().filter(|p| p.field == *field) {
            let seen = entry.readers.contains(&Reader::Person);
            let doubt = !seen && entry.readers.iter().any(|r| *r != Reader::TextLayer);
            new |= doubt && !entry.doubtful;
            entry.doubtful |= doubt;
        }
    }
    new
}

/// Findings that cannot be made again from the rubric alone.
fn is_of_building(code: FindingCode) -> bool {
    matches!(
        code,
        FindingCode::UnknownLayout
            | FindingCode::UnknownColumn
            | FindingCode::UnreadInk
            | FindingCode::DeclaredDateMismatch
            | FindingCode::DeclaredNumberMismatch
    )
}

/// The lines of `text` that stand in no cell.
fn outside_tables(text: &str, tables: &[Table]) -> String {
    let cells: std::collections::HashSet<&str> = tables
        .iter()
        .flat_map(|t| t.rows.iter().flat_map(|r| &r.cells).chain(&t.header))
        .flat_map(|c| c.text.split('\n'))
        .map(str::trim)
        .collect();
    text.lines()
        .filter(|line| !cells.contains(line.trim()))
        .collect::<Vec<_>>()
        .join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        Confidence, Criterion, CriterionKind, PageNo, PixelBox, Provenance, Score, Severity,
    };

    /// A criterion with a maximum and nothing else.
    pub fn criterion(id: &str, parent: Option<&str>, max: &str) -> Criterion {
        Criterion {
            parent: parent.map(str::to_owned),
            number: id.rsplit('.').next().unwrap_or(id).to_owned(),
            title: format!("Tiêu chí {id}"),
            max_score: Score::parse_vietnamese(max),
            ..Criterion::empty(id, CriterionKind::Criterion)
        }
    }

    pub fn rubric(criteria: Vec<Criterion>) -> Rubric {
        Rubric {
            criteria,
            ..Rubric::default()
        }
    }

    #[test]
    fn checking_twice_says_the_same_and_keeps_what_building_found() {
        let mut made = rubric(vec![criterion("I", None, "10"), criterion("I.1", Some("I"), "9")]);
        let known = Finding {
            code: FindingCode::UnknownLayout,
            about: crate::domain::About::Reading,
            severity: Severity::Warning,
            criterion: None,
            field: None,
            page: None,
            bbox: None,
            message: String::new(),
            message_en: String::new(),
        };
        made.findings = vec![known];
        let mut all = [made];
        rubrics(&mut all, &[], "", &[]);
        let once = all[0].findings.clone();
        assert_eq!(
            once.iter().map(|f| f.code).collect::<Vec<_>>()[..2],
            [FindingCode::UnknownLayout, FindingCode::SumMismatch]
        );
        rubrics(&mut all, &[], "", &[]);
        assert_eq!(all[0].findings, once);
    }

    #[test]
    fn a_sure_misreading_that_spoils_a_sum_becomes_doubtful() {
        let read = |id: &str, max: &str| {
            let mut made = criterion(id, id.contains('.').then_some("I"), max);
            made.provenance.push(Provenance {
                field: Field::MaxScore,
                page: PageNo::FIRST,
                bbox: PixelBox::new(0, 0, 9, 9),
                raw: max.to_owned(),
                confidence: Confidence::new(0.99),
                readers: vec![Reader::Tesseract],
                candidates: Vec::new(),
                restored_by: None,
                doubtful: false,
            });
            made
        };
        let mut all = [rubric(vec![
            read("I", "10"),
            read("I.1", "8,5"),
            read("I.2", "15"),
        ])];
        rubrics(&mut all, &[], "", &[]);
        let doubtful: Vec<bool> = all[0].criteria.iter().map(|c| c.provenance[0].doubtful).collect();
        assert_eq!(doubtful, [false, false, true]);
        let once = all[0].findings.clone();
        assert_eq!(once[0].about, crate::domain::About::Reading);
        rubrics(&mut all, &[], "", &[]);
        assert_eq!(all[0].findings, once);
    }

    #[test]
    fn prose_is_what_stands_in_no_cell() {
        let table = Table::from_texts(&["STT".into()], &[vec!["tổng điểm là 5 điểm".into()]]);
        assert_eq!(
            outside_tables("Điều 1\ntổng điểm là 5 điểm\nSTT", &[table]),
            "Điều 1"
        );
    }
}
