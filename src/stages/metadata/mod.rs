//! Prose and stamps -> what the decision says of itself: kind, number, date, issuer, title, signature.
//!
//! The head of a decision is laid out as Nghị định 30/2020/NĐ-CP, annex I, prescribes: issuer and number on the
//! left, motto, place and date on the right, then kind and summary. An annex names its decision instead:
//! "(Ban hành kèm theo Quyết định số … ngày … của …)".

mod contradictions;
mod head;
mod stamp;

use std::sync::LazyLock;

use regex::{Captures, Regex};
use time::{Date, Month};

use crate::domain::{InkKind, Metadata, PageReading};

pub use contradictions::find as contradictions;

/// What a document says of itself, by the place where it says it. What is not there stays `None`; nothing is guessed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Facts {
    /// Its own head.
    own: Metadata,
    /// The document that an annex says it belongs to.
    annexed: Metadata,
    /// The stamps of its signatures.
    stamp_number: Option<String>,
    signed_at: Option<String>,
}

impl Facts {
    /// The facts in a document's text and in the stamps of its pages.
    pub fn of(text: &str, readings: &[PageReading]) -> Self {
        let ink = readings.iter().flat_map(|r| &r.other_ink);
        let stamps = ink.filter(|ink| ink.kind == InkKind::Stamp);
        let stamps: Vec<&str> = stamps.map(|ink| ink.text.as_str()).collect();
        Self::read(text, &stamps.join("\n"))
    }

    /// Reads the facts out of a document's text (one title, paragraph or cell a line) and out of the texts of its
    /// signatures' stamps.
    fn read(text: &str, stamps: &str) -> Self {
        let lines: Vec<&str> = text
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .collect();
        Self {
            own: head::own(&lines),
            annexed: head::annexed(&lines),
            stamp_number: stamp::number(stamps),
            signed_at: stamp::signed_at(stamps).or_else(|| stamp::signed_at(text)),
        }
    }

    /// The facts as one: the document's own before those of an annex, and these before the stamp's.
    pub fn metadata(&self) -> Metadata {
        let Self { own, annexed, .. } = self.clone();
        let number = own.number.or(annexed.number).or(self.stamp_number.clone());
        let kind = own
            .kind
            .or(annexed.kind)
            .or_else(|| number.as_deref().and_then(kind_of_number).map(str::to_owned));
        Metadata {
            kind,
            date: own.date.or(annexed.date),
            issuer: own.issuer.or(annexed.issuer),
            title: own.title.or(annexed.title),
            signed_at: self.signed_at.clone(),
            number,
        }
    }
}

/// `1420/KH-UBND`, `06/2013/TT-BTTTT`, `18-NQ/TU`.
const NUMBER: &str = r"\d{1,5}(?:/\d{4})?(?:/\p{Lu}[\p{Lu}r]{0,5}(?:-\p{Lu}[\p{L}\d&.]*)+|-\p{Lu}{2,4}/\p{Lu}{2,}(?:-\p{Lu}+)*)";

/// Kinds of documents with their abbreviation in numbers (Nghị định 30/2020/NĐ-CP, annex III).
const KINDS: &[(&str, &str)] = &[
    ("NQ", "nghị quyết"),
    ("QĐ", "quyết định"),
    ("CT", "chỉ thị"),
    ("QC", "quy chế"),
    ("QyĐ", "quy định"),
    ("TC", "thông cáo"),
    ("TB", "thông báo"),
    ("HD", "hướng dẫn"),
    ("CTr", "chương trình"),
    ("KH", "kế hoạch"),
    ("PA", "phương án"),
    ("ĐA", "đề án"),
    ("DA", "dự án"),
    ("BC", "báo cáo"),
    ("BB", "biên bản"),
    ("TTr", "tờ trình"),
    ("TT", "thông tư"),
    ("NĐ", "nghị định"),
    ("CĐ", "công điện"),
    ("GM", "giấy mời"),
    ("CV", "công văn"),
];

/// The kind that the abbreviation in a number stands for.
fn kind_of_number(number: &str) -> Option<&'static str> {
    number.split(['/', '-']).skip(1).find_map(|part| {
        KINDS
            .iter()
            .find(|(short, _)| *short == part)
            .map(|(_, kind)| *kind)
    })
}

/// The kind that a line names, and what follows it on the line.
fn kind_of_line(line: &str) -> Option<(&'static str, &str)> {
    let lower = line.to_lowercase();
    KINDS.iter().find_map(|(_, kind)| {
        let rest = lower.strip_prefix(kind)?;
        // Lower case of these letters is as long as their upper case.
        let rest = line.get(line.len().checked_sub(rest.len())?..)?;
        rest.chars()
            .next()
            .is_none_or(|c| !c.is_alphanumeric())
            .then_some((*kind, rest))
    })
}

/// `ngày 26 tháng 3 năm 2024`, `ngày 26/3/2024` as ISO 8601; `None` for a day that no calendar has.
fn date(text: &str) -> Option<String> {
    static DATE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(
            r"(?i)ngày\s*(\d{1,2})\s*(?:tháng\s*(\d{1,2})\s*năm\s*(\d{4})|[/.-]\s*(\d{1,2})\s*[/.-]\s*(\d{4}))",
        )
        .expect("a fixed pattern")
    });
    DATE.captures(text).and_then(|found| {
        let month = found.get(2).or(found.get(4))?;
        let year = found.get(3).or(found.get(5))?;
        day(&found, 1, month.as_str(), year.as_str())
    })
}

fn day(found: &Captures, day: usize, month: &str, year: &str) -> Option<String> {
    let month = Month::try_from(month.parse::<u8>().ok()?).ok()?;
    let date = Date::from_calendar_date(year.parse().ok()?, month, found[day].parse().ok()?).ok()?;
    Some(format!(
        "{}-{:02}-{:02}",
        date.year(),
        u8::from(date.month()),
        date.day()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: [Option<&str>; 5]) {
        let found = Facts::read(text, "").metadata();
        let fields = [
            &found.kind,
            &found.number,
            &found.date,
            &found.issuer,
            &found.title,
        ];
        assert_eq!(fields.map(|f| f.as_deref()), expect, "{text}");
    }

    #[test]
    fn a_decision_s_own_head() {
        check(
            "ỦY BAN NHÂN DÂN\nTỈNH THANH HOÁ\nSố: 500/QĐ-UBND\nCỘNG HOÀ XÃ HỘI CHỦ NGHĨA VIỆT NAM\n\
             Độc lập - Tự do - Hạnh phúc\nThanh Hoá, ngày 21 tháng 02 năm 2025\nQUYẾT ĐỊNH\n\
             Về việc công bố Danh mục thủ tục hành chính mới ban hành\ntrong lĩnh vực hoạt động khoa học\n\
             CHỦ TỊCH ỦY BAN NHÂN DÂN TỈNH THANH HÓA\nCăn cứ Luật Tổ chức chính quyền địa phương 19/6/2015;\n\
             Căn cứ Quyết định số 45/QĐ-BKHCN ngày 15/01/2025 của Bộ trưởng;",
            [
                Some("quyết định"),
                Some("500/QĐ-UBND"),
                Some("2025-02-21"),
                Some("ỦY BAN NHÂN DÂN TỈNH THANH HOÁ"),
                Some(
                    "Về việc công bố Danh mục thủ tục hành chính mới ban hành trong lĩnh vực hoạt động khoa học",
                ),
            ],
        );
    }

    #[test]
    fn both_sides_of_the_head_on_one_line() {
        check(
            "UBND TỈNH HÀ GIANG CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nSỞ NỘI VỤ Độc lập - Tự do - Hạnh phúc\n\
             Số: 12/HD-SNV Hà Giang, ngày 5 tháng 1 năm 2024\nHƯỚNG DẪN\nChấm điểm thi đua năm 2024\n\
             Thực hiện Kế hoạch số 1/KH-UBND ngày 02/01/2024",
            [
                Some("hướng dẫn"),
                Some("12/HD-SNV"),
                Some("2024-01-05"),
                Some("UBND TỈNH HÀ GIANG SỞ NỘI VỤ"),
                Some("Chấm điểm thi đua năm 2024"),
            ],
        );
    }

    #[test]
    fn a_bare_text_has_its_kind_its_issuer_and_no_number_of_others() {
        check(
            "QUYẾT ĐỊNH\nBAN HÀNH BỘ TIÊU CHÍ ĐÁNH GIÁ CHUYỂN ĐỔI SỐ TỈNH HÀ GIANG\nỦY BAN NHÂN DÂN TỈNH HÀ GIANG\n\
             Căn cứ Nghị định số 43/2011/NĐ-CP ngày 13 tháng 6 năm 2011 của Chính phủ;\nQUYẾT ĐỊNH:\nĐiều 1. Ban hành",
            [
                Some("quyết định"),
                None,
                None,
                Some("ỦY BAN NHÂN DÂN TỈNH HÀ GIANG"),
                Some("BAN HÀNH BỘ TIÊU CHÍ ĐÁNH GIÁ CHUYỂN ĐỔI SỐ TỈNH HÀ GIANG"),
            ],
        );
    }

    #[test]
    fn an_annex_names_its_decision() {
        check(
            "THANG ĐIỂM THI ĐUA (Bảng số 3)\nThực hiện công tác Ứng dụng công nghệ thông tin\n\
             (Ban hành kèm theo Kế hoạch số: 1420/KH-UBND, ngày 26/3/2024 của UBND thị xã)\nSTT\nNỘI DUNG",
            [
                Some("kế hoạch"),
                Some("1420/KH-UBND"),
                Some("2024-03-26"),
                Some("UBND thị xã"),
                Some("THANG ĐIỂM THI ĐUA (Bảng số 3) Thực hiện công tác Ứng dụng công nghệ thông tin"),
            ],
        );
        check(
            "PHỤ LỤC 01:\nBỘ TIÊU CHÍ ĐÁNH GIÁ\n(Ban hành kèm theo Quyết định 3299/QĐ-UBND ngày 18/10/2018 của UBND tỉnh Lào Cai)\nTT",
            [
                Some("quyết định"),
                Some("3299/QĐ-UBND"),
                Some("2018-10-18"),
                Some("UBND tỉnh Lào Cai"),
                Some("BỘ TIÊU CHÍ ĐÁNH GIÁ"),
            ],
        );
    }

    #[test]
    fn a_number_and_a_day_left_blank_stay_blank() {
        check(
            "PHỤ LỤC\nTIÊU CHÍ ĐÁNH GIÁ, THANG ĐIỂM\nCỦA THỊ XÃ NGÃ NĂM\n(Kèm theo Báo cáo số: /BC-UBND ngày /02/2024\n\
             của Ủy ban nhân thị xã Ngã Năm)\nSố TT",
            [
                Some("báo cáo"),
                None,
                None,
                Some("Ủy ban nhân thị xã Ngã Năm"),
                Some("TIÊU CHÍ ĐÁNH GIÁ, THANG ĐIỂM CỦA THỊ XÃ NGÃ NĂM"),
            ],
        );
    }

    #[test]
    fn text_that_is_no_decision_has_no_facts() {
        check("Danh sách\n1\n2\nTổng cộng", [None; 5]);
        check("", [None; 5]);
    }

    #[test]
    fn the_kind_follows_from_the_number() {
        let check = |number: &str, kind: Option<&str>| assert_eq!(kind_of_number(number), kind, "{number}");
        check("1420/KH-UBND", Some("kế hoạch"));
        check("61/TTr-STTTT", Some("tờ trình"));
        check("18-NQ/TU", Some("nghị quyết"));
        check("06/2013/TT-BTTTT", Some("thông tư"));
        check("1135/UBND-VX", None);
    }

    #[test]
    fn days_that_do_not_exist_are_no_dates() {
        let check = |text: &str, expect: Option<&str>| assert_eq!(date(text).as_deref(), expect, "{text}");
        check("An Giang, ngày 26 tháng 3 năm 2024", Some("2024-03-26"));
        check("ngày 26/3/2024", Some("2024-03-26"));
        check("ngày 29 tháng 02 năm 2023", None);
        check("ngày 45/13/2024", None);
        check("ngày   tháng   năm 2024", None);
    }
}
