//! The text of a cell: lines that were only wrapped are joined, new paragraphs and bullets begin a line.

use std::sync::LazyLock;

use regex::Regex;

use crate::domain::{Line, PixelBox};

/// Joins the lines of a cell with spaces, with `\n` where a new paragraph or bullet begins.
pub(super) fn text(lines: &[Line], cell: &PixelBox) -> String {
    let mut out = String::new();
    let mut before: Option<&Line> = None;
    for line in lines.iter().filter(|l| !l.words.is_empty()) {
        if let Some(before) = before {
            if begins_paragraph(before, line, cell) {
                out.push('\n');
            } else if !breaks_a_word(&out) {
                out.push(' ');
            }
        }
        out.push_str(&line.text());
        before = Some(line);
    }
    out
}

/// A line broken behind the hyphen of a code or an address (`245/BC-` / `UBND`): no space stood there.
fn breaks_a_word(above: &str) -> bool {
    let mut back = above.chars().rev();
    back.next() == Some('-') && back.next().is_some_and(char::is_alphanumeric)
}

/// `- `, `+ `, `a) `, `1. `, `1.2 `, `(1) `…
static BULLET: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?:[-+*•–—·]\s*\S|[a-zđ]\)\s|\d{1,2}(?:\.\d{1,2})*[.)]\s|\(\d{1,2}\)\s)")
        .expect("a valid pattern")
});
/// A dash between two values is no bullet: `40%` / `- <100%`.
static RANGE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^[-–—]\s*[<>≤≥]").expect("a valid pattern"));

fn begins_paragraph(before: &Line, line: &Line, cell: &PixelBox) -> bool {
    let (text, above) = (line.text(), before.text());
    if RANGE.is_match(&text) && above.ends_with(|c: char| c == '%' || c.is_ascii_digit()) {
        return false;
    }
    if BULLET.is_match(&text) && !goes_on(&above) {
        return true;
    }
    // The line above ended early: the first word of this one would have fitted behind it.
    let (Some(first), Some(last)) = (line.words.first(), before.words.last()) else {
        return false;
    };
    let room = cell.x1 - last.bbox.x1;
    let space = before.bbox.height() / 2;
    let centred = is_centred(before, cell) && is_centred(line, cell);
    let ended = above.ends_with(['.', ';', ':', '!', '?', ')', '%']) || above.ends_with("điểm");
    let new = text
        .chars()
        .find(|c| c.is_alphanumeric())
        .is_some_and(|c| c.is_uppercase() || c.is_ascii_digit());
    !centred && ended && new && room > first.bbox.width() + space * 2
}

/// A line that cannot end a paragraph: what follows belongs to it, bullet-like or not.
fn goes_on(above: &str) -> bool {
    above.ends_with([',', '(', '/', '=', '<', '>', '-'])
}

fn is_centred(line: &Line, cell: &PixelBox) -> bool {
    let (left, right) = (line.bbox.x0 - cell.x0, cell.x1 - line.bbox.x1);
    (left - right).abs() < line.bbox.height() && left > line.bbox.height()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Confidence, Reader, Word};

    /// Lines of letters ten pixels wide in a cell 300 pixels wide.
    fn cell_text(lines: &[&str]) -> String {
        let lines: Vec<Line> = lines
            .iter()
            .enumerate()
            .map(|(n, text)| {
                let (mut x, y) = (0, n as i32 * 30);
                let words: Vec<Word> = text
                    .split(' ')
                    .map(|w| {
                        let width = w.chars().count() as i32 * 10;
                        x += width + 10;
                        let bbox = PixelBox::new(x - width - 10, y, x - 10, y + 20);
                        Word::new(w, bbox, Confidence::CERTAIN, Reader::Tesseract)
                    })
                    .collect();
                Line {
                    bbox: words.iter().map(|w| w.bbox).collect(),
                    words,
                }
            })
            .collect();
        text(&lines, &PixelBox::new(0, 0, 300, 300))
    }

    #[test]
    fn wrapped_lines_join_and_bullets_begin_anew() {
        let check = |lines: &[&str], expect: &str| assert_eq!(cell_text(lines), expect);
        check(
            &["Tỉ lệ hồ sơ giải quyết đúng", "hạn"],
            "Tỉ lệ hồ sơ giải quyết đúng hạn",
        );
        check(
            &["Tỉ lệ hồ sơ", "- 100%: 1,5 điểm", "- Dưới 80%"],
            "Tỉ lệ hồ sơ\n- 100%: 1,5 điểm\n- Dưới 80%",
        );
        check(
            &["- Từ 80% đến dưới 100%: điểm", "= 1 điểm"],
            "- Từ 80% đến dưới 100%: điểm = 1 điểm",
        );
        check(
            &["- Số văn bản được ký số: 40%", "- <100% (1 điểm)"],
            "- Số văn bản được ký số: 40% - <100% (1 điểm)",
        );
        check(
            &["báo cáo số 245/BC-", "UBND ngày"],
            "báo cáo số 245/BC-UBND ngày",
        );
        check(&["Có: 2", "Không: 0"], "Có: 2 Không: 0");
        check(
            &["Đã ban hành.", "Chưa ban hành."],
            "Đã ban hành.\nChưa ban hành.",
        );
    }
}
