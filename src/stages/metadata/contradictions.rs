//! What a decision says of itself in one place, held against another: head, annex, the stamp of its signature.

use crate::domain::{
    About, Finding, FindingCode, InkKind, InkRegion, PageNo, PageReading, PixelBox, Said, Severity, Verdict,
};

use super::Facts;

/// Findings on a number or a day that is told twice and not the same.
pub fn find(facts: &Facts, readings: &[PageReading]) -> Vec<Finding> {
    let told = |own: &Option<String>, annexed: &Option<String>| own.clone().or_else(|| annexed.clone());
    let declared = told(&facts.own.date, &facts.annexed.date);
    let signed = facts.signed_at.as_deref().and_then(local_day);
    let number = told(&facts.own.number, &facts.annexed.number);
    let pairs = [
        (
            FindingCode::DeclaredDateMismatch,
            ("ngày", "date"),
            declared.zip(signed),
            ("dấu ký số", "the stamp of the signature"),
        ),
        (
            FindingCode::DeclaredDateMismatch,
            ("ngày", "date"),
            facts.own.date.clone().zip(facts.annexed.date.clone()),
            ("dòng “ban hành kèm theo”", "the line of the annex"),
        ),
        (
            FindingCode::DeclaredNumberMismatch,
            ("số", "number"),
            number.zip(facts.stamp_number.clone()),
            ("dấu ký số", "the stamp of the signature"),
        ),
        (
            FindingCode::DeclaredNumberMismatch,
            ("số", "number"),
            facts.own.number.clone().zip(facts.annexed.number.clone()),
            ("dòng “ban hành kèm theo”", "the line of the annex"),
        ),
    ];
    let typed = readings.iter().all(|r| r.verdict == Verdict::Trusted);
    let place = place(readings);
    let contradict = pairs.into_iter().filter_map(|(code, what, told, there)| {
        let (here, other) = told.filter(|(here, other)| here != other)?;
        let said = Said::new(
            format!(
                "Văn bản ghi {} {here} nhưng {} ghi {other}. Hãy đối chiếu với bản gốc.",
                what.0, there.0
            ),
            format!(
                "The document states the {} {here}, but {} states {other}. Compare both with the original.",
                what.1, there.1
            ),
        );
        Some(Finding {
            code,
            about: if typed { About::Decision } else { About::Reading },
            severity: Severity::Warning,
            criterion: None,
            field: None,
            page: place.map(|p| p.0),
            bbox: place.and_then(|p| p.1),
            message: said.vi,
            message_en: said.en,
        })
    });
    contradict.collect()
}

/// Where a person finds what the document says of itself: at its first stamp that was read, else on its first page.
fn place(readings: &[PageReading]) -> Option<(PageNo, Option<PixelBox>)> {
    let read = |ink: &&InkRegion| ink.kind == InkKind::Stamp && !ink.text.is_empty();
    let stamped = readings
        .iter()
        .find_map(|r| r.other_ink.iter().find(read).map(|ink| (r.page, Some(ink.bbox))));
    stamped.or_else(|| readings.first().map(|r| (r.page, None)))
}

/// The day in Vietnam of a time with its offset; `None` where that would have to be reckoned.
fn local_day(signed_at: &str) -> Option<String> {
    let (day, time) = signed_at.split_once('T')?;
    let same_day = time.ends_with("+07:00") || time.ends_with('Z') && time < "17";
    same_day.then(|| day.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "THANG ĐIỂM THI ĐUA (Bảng số 3)\n\
        (Ban hành kèm theo Kế hoạch số: 1420/KH-UBND, ngày 26/3/2024 của UBND thị xã)\nSTT";

    fn codes(text: &str, stamps: &str) -> Vec<FindingCode> {
        let found = find(&Facts::read(text, stamps), &[]);
        found.iter().map(|f| f.code).collect()
    }

    #[test]
    fn a_stamp_that_says_the_same_is_no_finding() {
        assert_eq!(codes(HEAD, ""), []);
        let stamp = "Số: 1420/KH-UBND\nThời gian ký: 26/03/2024 10:46:41 +07:00";
        assert_eq!(codes(HEAD, stamp), []);
    }

    #[test]
    fn a_day_and_a_number_that_the_stamp_gives_otherwise_are_found() {
        let stamp = "Số: 1240/KH-UBND\nThời gian ký: 27/03/2024 10:46:41 +07:00";
        assert_eq!(
            codes(HEAD, stamp),
            [
                FindingCode::DeclaredDateMismatch,
                FindingCode::DeclaredNumberMismatch
            ]
        );
        // Late on the 26th in London is the 27th here.
        let abroad = "Thời gian ký: 26/03/2024 18:00:00 Z";
        assert_eq!(codes(HEAD, abroad), []);
    }

    #[test]
    fn a_decision_and_its_annex_must_agree() {
        let both = "ỦY BAN NHÂN DÂN\nTỈNH LÀO CAI\nSố: 3299/QĐ-UBND\nLào Cai, ngày 18 tháng 10 năm 2018\nQUYẾT ĐỊNH\n\
            Ban hành bộ tiêu chí\n(Ban hành kèm theo Quyết định số 3299/QĐ-UBND ngày 19/10/2018 của UBND tỉnh Lào Cai)";
        assert_eq!(codes(both, ""), [FindingCode::DeclaredDateMismatch]);
    }
}
