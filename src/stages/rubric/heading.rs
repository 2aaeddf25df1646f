//! The lines above a table: what it is called and whom it is for.

use std::sync::LazyLock;

use regex::Regex;

use crate::domain::{fold, fold_aligned};

static LEGAL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^\(?\s*(?:ban hanh\s+)?(?:kem theo|ban hanh theo|kem)\b").expect("a fixed pattern")
});
static FOR_LINE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^\(?\s*(?:danh cho|ap dung (?:cho|doi voi)|doi tuong(?: ap dung)?\s*:?|doi voi)\s*")
        .expect("a fixed pattern")
});
static WITHIN: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\b(?:danh cho|ap dung cho|doi voi)\s+").expect("a fixed pattern"));
static LEVEL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\bcap (?:so|tinh|huyen|xa|thi xa|thanh pho|bo|khoa|truong|phong)\b.*$")
        .expect("a fixed pattern")
});

/// Title and subject of a table named by `lines`.
pub fn read(lines: &[String]) -> (String, Option<String>) {
    let mut title: Vec<&str> = Vec::new();
    let mut subject: Option<String> = None;
    let mut bracketed = false;
    for line in lines.iter().map(|l| l.trim()).filter(|l| !l.is_empty()) {
        let folded = fold_aligned(line);
        if bracketed || LEGAL.is_match(&folded) {
            // The reference to the decision may run over several lines, to its closing bracket.
            bracketed = (bracketed || line.starts_with('(')) && !line.ends_with(')');
        } else if let Some(found) = FOR_LINE.find(&folded) {
            let rest: String = line.chars().skip(folded[..found.end()].chars().count()).collect();
            subject = Some(rest.trim_end_matches(')').trim().to_owned());
        } else {
            title.push(line);
        }
    }
    let title = title.join(" ");
    let subject = subject
        .or_else(|| subject_within(&title))
        .filter(|s| !s.is_empty());
    (title, subject)
}

/// `… ĐỐI VỚI UBND CẤP HUYỆN` -> `UBND CẤP HUYỆN`.
fn subject_within(title: &str) -> Option<String> {
    let folded = fold_aligned(title);
    let from = WITHIN
        .find_iter(&folded)
        .last()
        .map(|m| m.end())
        .or_else(|| LEVEL.find(&folded).map(|m| m.start()))?;
    let rest: String = title.chars().skip(folded[..from].chars().count()).collect();
    let rest = rest.trim().trim_matches(['(', ')', '.', ' ']).to_owned();
    (fold(&rest).split(' ').count() <= 20).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_and_subjects_are_told_apart() {
        let check = |lines: &[&str], title: &str, subject: Option<&str>| {
            let lines: Vec<String> = lines.iter().map(|l| (*l).to_owned()).collect();
            let got = read(&lines);
            assert_eq!((got.0.as_str(), got.1.as_deref()), (title, subject));
        };
        check(
            &[
                "THANG ĐIỂM THI ĐUA (Bảng số 3)",
                "Thực hiện công tác Ứng dụng công nghệ thông tin",
                "Dành cho các Phòng, ban ngành thị xã và UBND các xã, phường",
                "(Ban hành kèm theo Kế hoạch số: 1420/KH-UBND, ngày 26/3/2024 của UBND thị xã)",
            ],
            "THANG ĐIỂM THI ĐUA (Bảng số 3) Thực hiện công tác Ứng dụng công nghệ thông tin",
            Some("các Phòng, ban ngành thị xã và UBND các xã, phường"),
        );
        check(
            &[
                "PHỤ LỤC 02:",
                "BỘ TIÊU CHÍ ĐÁNH GIÁ, XẾP HẠNG MỨC ĐỘ ỨNG DỤNG CNTT ĐỐI VỚI UBND CẤP HUYỆN",
                "(Ban hành kèm theo Quyết định số 3299/QĐ-UBND",
                "của UBND tỉnh Lào Cai)",
            ],
            "PHỤ LỤC 02: BỘ TIÊU CHÍ ĐÁNH GIÁ, XẾP HẠNG MỨC ĐỘ ỨNG DỤNG CNTT ĐỐI VỚI UBND CẤP HUYỆN",
            Some("UBND CẤP HUYỆN"),
        );
        check(
            &["BỘ TIÊU CHÍ CHUYỂN ĐỔI CẤP SỞ"],
            "BỘ TIÊU CHÍ CHUYỂN ĐỔI CẤP SỞ",
            Some("CẤP SỞ"),
        );
        check(&[], "", None);
    }
}
