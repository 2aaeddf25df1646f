use std::sync::LazyLock;

use regex::Regex;

use super::{NUMBER, date, kind_of_line, kind_of_number};
use crate::domain::Metadata;

/// A head is on the first page; what looks like one further down belongs to another document.
const HEAD_LINES: usize = 30;

/// A summary is a sentence, not a chapter.
const TITLE_LINES: usize = 6;

/// How the name of an office begins, in capitals.
const OFFICES: &[&str] = &[
    "ỦY BAN",
    "UỶ BAN",
    "UBND",
    "HỘI ĐỒNG",
    "HĐND",
    "BỘ ",
    "SỞ ",
    "BAN ",
    "CỤC ",
    "TỔNG CỤC",
    "CHI CỤC",
    "CHÍNH PHỦ",
    "THỦ TƯỚNG",
    "VĂN PHÒNG",
    "TỈNH ",
    "THÀNH PHỐ",
    "HUYỆN",
    "QUẬN",
    "THỊ XÃ",
    "XÃ ",
    "PHƯỜNG",
    "TRƯỜNG",
    "ĐẠI HỌC",
    "HỌC VIỆN",
    "VIỆN ",
    "LIÊN ĐOÀN",
    "CÔNG ĐOÀN",
    "ĐẢNG",
    "TỈNH ỦY",
    "HUYỆN ỦY",
    "HỘI ",
    "PHÒNG ",
    "TRUNG TÂM",
    "BỆNH VIỆN",
    "CÔNG AN",
    "TÒA ÁN",
    "KHO BẠC",
    "NGÂN HÀNG",
    "TẬP ĐOÀN",
    "CÔNG TY",
    "CỘNG ĐỒNG",
];

/// Persons who sign for an office.
const SIGNERS: &[&str] = &[
    "CHỦ TỊCH ",
    "GIÁM ĐỐC ",
    "BỘ TRƯỞNG ",
    "HIỆU TRƯỞNG ",
    "TRƯỞNG BAN ",
    "CỤC TRƯỞNG ",
    "VIỆN TRƯỞNG ",
    "TỔNG GIÁM ĐỐC ",
];

static MOTTO: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)cộng\s+h(?:òa|oà)\s+xã\s+hội\s+chủ\s+nghĩa\s+việt\s+nam|độc\s+lập\s*[-–—]\s*tự\s+do\s*[-–—]\s*hạnh\s+phúc|đảng\s+cộng\s+sản\s+việt\s+nam",
    )
    .expect("a fixed pattern")
});

static OWN_NUMBER: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(&format!(r"^(?i:số)\s*[:.]?\s*({NUMBER})")).expect("a fixed pattern"));

/// `Số: 12/HD-SNV` and `Số: /QĐ-UBND`: the line of the number, filled in or not.
static NUMBER_LINE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^(?i:số)\s*[:.]?\s*[\d.…_/ -]*\p{Lu}[\p{L}-]*").expect("a fixed pattern"));

/// A place before the day: `An Giang, ngày 26 tháng 3 năm 2024`.
static PLACE_AND_DATE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\p{Lu}[\p{L}. -]{1,40},\s*(ngày\s*\d{1,2}\s*tháng\s*\d{1,2}\s*năm\s*\d{4})")
        .expect("a fixed pattern")
});

/// Where the reasons or the body begin.
fn is_body(line: &str) -> bool {
    let lower = line.to_lowercase();
    [
        "căn cứ",
        "kính gửi",
        "điều 1",
        "thực hiện ",
        "theo đề nghị",
        "xét đề nghị",
        "chương i",
        "phần i",
        "(ban hành",
        "(kèm theo",
    ]
    .iter()
    .any(|start| lower.starts_with(start))
        || ["I.", "I ", "1.", "A."]
            .iter()
            .any(|start| line.starts_with(start))
}

fn is_capitals(line: &str) -> bool {
    line.chars().any(char::is_uppercase) && !line.chars().any(char::is_lowercase)
}

/// A criteria set is a `BỘ` and to issue is `BAN HÀNH`: titles begin like offices.
const NO_OFFICES: &[&str] = &[
    "BAN HÀNH",
    "BỘ TIÊU CHÍ",
    "BỘ CHỈ SỐ",
    "BỘ THANG",
    "XÃ HỘI",
    "HỘI NGHỊ",
    "PHÒNG, CHỐNG",
];

fn is_office(line: &str) -> bool {
    let begins = |starts: &[&str]| starts.iter().any(|start| line.starts_with(start));
    is_capitals(line) && (begins(OFFICES) || begins(SIGNERS)) && !begins(NO_OFFICES)
}

/// What the head of a document says of itself.
pub(super) fn own(lines: &[&str]) -> Metadata {
    let end = lines
        .iter()
        .position(|line| line.to_lowercase().starts_with("căn cứ"))
        .unwrap_or(lines.len());
    let head = &lines[..end.min(HEAD_LINES)];
    let kind_at = head.iter().position(|line| {
        is_capitals(line)
            && kind_of_line(line).is_some_and(|(_, rest)| rest.trim_matches([':', ' ']).is_empty())
    });
    let mut found = Metadata::default();
    for line in head {
        let plain = MOTTO.replace_all(line, "");
        if found.number.is_none() {
            found.number = OWN_NUMBER
                .captures(plain.trim())
                .map(|number| number[1].to_owned());
        }
        if found.date.is_none() {
            found.date = PLACE_AND_DATE.captures(&plain).and_then(|place| date(&place[1]));
        }
    }
    found.issuer = issuer(head, kind_at);
    if let Some(at) = kind_at {
        found.kind = kind_of_line(head[at]).map(|(kind, _)| kind.to_owned());
        found.title = joined(head[at + 1..].iter().take_while(|line| {
            !is_body(line) && !is_office(line) && !MOTTO.is_match(line) && !NUMBER_LINE.is_match(line)
        }));
    } else if let Some(number) = &found.number {
        found.kind = kind_of_number(number).map(str::to_owned);
        found.title = head.iter().find_map(|line| {
            let lower = line.to_lowercase();
            (lower.starts_with("v/v") || lower.starts_with("về việc")).then(|| (*line).to_owned())
        });
    }
    found
}

/// The office above the number, or the one that decides, between the summary and the reasons.
fn issuer(head: &[&str], kind_at: Option<usize>) -> Option<String> {
    let above = &head[..kind_at.unwrap_or(head.len())];
    let number_at = above
        .iter()
        .position(|line| NUMBER_LINE.is_match(MOTTO.replace_all(line, "").trim()));
    if let Some(number_at) = number_at {
        let offices: Vec<String> = above[..number_at]
            .iter()
            .map(|line| MOTTO.replace_all(line, "").trim().to_owned())
            .filter(|line| is_office(line))
            .collect();
        if !offices.is_empty() {
            return Some(offices.join(" "));
        }
    }
    let below = &head[kind_at? + 1..];
    let decides = below.iter().rev().find(|line| is_office(line))?;
    let office = SIGNERS
        .iter()
        .find_map(|signer| decides.strip_prefix(signer))
        .filter(|rest| is_office(rest));
    Some(office.unwrap_or(decides).to_owned())
}

/// What an annex says of the document it belongs to, and its own title.
pub(super) fn annexed(lines: &[&str]) -> Metadata {
    static ANNEXED: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(
            r"(?x) \(\s* (?:(?i:ban\s+hành)\s+)? (?i:kèm\s+theo) \s+ (?<kind>\p{L}+\s+\p{L}+)
              \s* (?:(?i:số))? \s*:?\s* (?<rest>[^)]*)",
        )
        .expect("a fixed pattern")
    });
    static OF: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\bcủa\s+(.+)$").expect("a fixed pattern"));
    static ITS_NUMBER: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(&format!("^({NUMBER})")).expect("a fixed pattern"));
    let head = &lines[..lines.len().min(HEAD_LINES)];
    let Some(at) = head.iter().position(|line| {
        let lower = line.to_lowercase();
        lower.starts_with("(ban hành kèm")
            || lower.starts_with("(kèm theo")
            || lower.contains("(ban hành kèm theo")
    }) else {
        return Metadata::default();
    };
    // The bracket may close lines further on.
    let bracket = head[at..].iter().take(4).copied().collect::<Vec<_>>().join(" ");
    let Some(found) = ANNEXED.captures(&bracket) else {
        return Metadata::default();
    };
    let rest = found["rest"].trim();
    let titles = head[..at]
        .iter()
        .skip_while(|line| line.to_lowercase().starts_with("phụ lục"))
        .filter(|line| !MOTTO.is_match(line));
    Metadata {
        kind: kind_of_line(&found["kind"]).map(|(kind, _)| kind.to_owned()),
        number: ITS_NUMBER.captures(rest).map(|number| number[1].to_owned()),
        date: date(rest),
        issuer: OF.captures(rest).map(|of| of[1].trim().to_owned()),
        title: joined(titles),
        signed_at: None,
    }
}

fn joined<'a>(lines: impl Iterator<Item = &'a &'a str>) -> Option<String> {
    let words: Vec<&str> = lines.take(TITLE_LINES).copied().collect();
    (!words.is_empty()).then(|| words.join(" "))
}
