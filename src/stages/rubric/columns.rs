//! Which column holds what: by the words of its header, and by what stands in it.

use crate::domain::{Column, ColumnRole, Score, Table, fold, one_line};

use super::number::Numbering;
use super::phrases::PHRASES;

/// The columns of a scoring table.
#[derive(Debug, Clone, PartialEq)]
pub struct Layout {
    pub columns: Vec<Column>,
    /// Rows of the body that still belong to the header.
    pub header_rows: usize,
    /// Columns whose role was taken from their content, because the header did not say it.
    pub by_content: Vec<usize>,
}

/// A header says a role when at least this much of it fits a phrase.
const ENOUGH: f64 = 0.6;

impl Layout {
    /// The layout of a scoring table; `None` when the table scores nothing.
    pub fn find(table: &Table) -> Option<Self> {
        let (header_rows, headers) = headers(table);
        let mut guesses: Vec<Guess> = headers.iter().map(|h| Guess::of(h)).collect();
        keep_one(&mut guesses, ColumnRole::Number, Prefer::Left);
        keep_one(&mut guesses, ColumnRole::Title, Prefer::Left);
        keep_one(&mut guesses, ColumnRole::MaxScore, Prefer::Sure);
        let contents: Vec<Content> = (0..headers.len())
            .map(|column| Content::of(table, header_rows, column))
            .collect();
        let named = |guesses: &[Guess], role| guesses.iter().any(|g| g.role == role);
        let said_title = named(&guesses, ColumnRole::Title);
        let said_score = [ColumnRole::MaxScore, ColumnRole::Bonus, ColumnRole::Deduction]
            .iter()
            .any(|role| named(&guesses, *role));
        let people = guesses.iter().zip(&headers).any(|(g, h)| {
            g.role == ColumnRole::Other
                && ["ho va ten", "ho ten", "ten don vi", "ngay sinh", "so bao danh"]
                    .contains(&fold(h).as_str())
        });
        if people {
            return None;
        }
        let mut by_content = Vec::new();
        number_by_content(&mut guesses, &contents, &mut by_content);
        score_by_content(&mut guesses, &contents, &mut by_content);
        title_by_content(&mut guesses, &contents, &mut by_content);
        let has_score = [ColumnRole::MaxScore, ColumnRole::Bonus, ColumnRole::Deduction]
            .iter()
            .any(|role| named(&guesses, *role));
        let heard = guesses
            .iter()
            .filter(|g| g.strength >= ENOUGH && g.role != ColumnRole::Other)
            .count();
        let sections = contents.iter().any(|c| c.sections > 0);
        let scores = said_title && (said_score || has_score)
            || said_score && named(&guesses, ColumnRole::Title) && named(&guesses, ColumnRole::Number)
            || has_score && named(&guesses, ColumnRole::Title) && sections && heard > 0;
        (scores && named(&guesses, ColumnRole::Title)).then(|| Self {
            columns: headers
                .into_iter()
                .zip(&guesses)
                .map(|(header, guess)| Column {
                    header,
                    role: guess.role,
                })
                .collect(),
            header_rows,
            by_content,
        })
    }

    /// The first column with `role`.
    pub fn column(&self, role: ColumnRole) -> Option<usize> {
        self.all(role).next()
    }

    /// Every column with `role`, left to right.
    pub fn all(&self, role: ColumnRole) -> impl Iterator<Item = usize> + '_ {
        self.columns
            .iter()
            .enumerate()
            .filter(move |(_, c)| c.role == role)
            .map(|(i, _)| i)
    }
}

/// The header texts, and how many rows of the body they take: a table that came without a header
/// may have it in its first rows.
fn headers(table: &Table) -> (usize, Vec<String>) {
    let own: Vec<String> = table.header.iter().map(|c| one_line(&c.text)).collect();
    let heard = |texts: &[String]| {
        texts
            .iter()
            .map(|t| Guess::of(t))
            .filter(|g| g.strength >= 0.75 && g.role != ColumnRole::Other)
            .count()
    };
    if heard(&own) >= 2 {
        return (0, own);
    }
    table
        .rows
        .iter()
        .take(3)
        .enumerate()
        .map(|(at, row)| {
            (
                at + 1,
                row.cells.iter().map(|c| one_line(&c.text)).collect::<Vec<_>>(),
            )
        })
        .find(|(_, texts)| texts.len() == own.len() && heard(texts) >= 2)
        .unwrap_or((0, own))
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Guess {
    role: ColumnRole,
    strength: f64,
}

impl Guess {
    const NOTHING: Self = Self {
        role: ColumnRole::Other,
        strength: 0.0,
    };

    fn of(header: &str) -> Self {
        let folded: String = fold(header)
            .chars()
            .map(|c| if c.is_alphanumeric() { c } else { ' ' })
            .collect();
        let header = one_line(&folded);
        if header.is_empty() {
            return Self::NOTHING;
        }
        let mut best = Self::NOTHING;
        for (role, phrases) in PHRASES {
            for phrase in *phrases {
                let strength = likeness(&header, phrase);
                if strength > best.strength {
                    best = Self {
                        role: *role,
                        strength,
                    };
                }
            }
        }
        if best.strength < ENOUGH {
            best = Self::NOTHING;
        }
        // Under a common heading ("Thang điểm") the last word tells the three apart.
        for (word, role) in [("tru", ColumnRole::Deduction), ("thuong", ColumnRole::Bonus)] {
            if best.role != ColumnRole::Title
                && header.split(' ').any(|w| w == word)
                && header.split(' ').any(|w| w == "diem")
            {
                best = Self { role, strength: 0.9 };
            }
        }
        // "Điểm" alone, or with words that no phrase knows, is the column of scores if any is.
        if header.split(' ').any(|w| w == "diem") && best.role == ColumnRole::Other {
            best = Self {
                role: ColumnRole::MaxScore,
                strength: if header == "diem" { 0.9 } else { 0.62 },
            };
        }
        best
    }
}

/// How well `header` says `phrase`, 0 to 1: all of it, as whole words within it, or with a few
/// letters misread.
fn likeness(header: &str, phrase: &str) -> f64 {
    if header == phrase {
        return 1.0;
    }
    let share = phrase.len() as f64 / header.len().max(phrase.len()) as f64;
    if phrase.len() > 2 && format!(" {header} ").contains(&format!(" {phrase} ")) {
        return 0.72 + 0.25 * share;
    }
    let words: Vec<&str> = header.split(' ').collect();
    let width = phrase.split(' ').count();
    let fuzzy = |text: &str| {
        let edits = strsim::damerau_levenshtein(text, phrase);
        let allowed = match phrase.len() {
            0..=2 => 0,
            3..=6 => 1,
            7..=10 => 2,
            _ => 3,
        };
        if edits <= allowed {
            1.0 - edits as f64 / phrase.len() as f64
        } else {
            0.0
        }
    };
    let whole = fuzzy(header) * 0.95;
    let within = words
        .windows(width)
        .map(|w| fuzzy(&w.join(" ")))
        .fold(0.0, f64::max)
        * (0.66 + 0.25 * share);
    let run_together = if phrase.len() > 5 && header.replace(' ', "") == phrase.replace(' ', "") {
        0.93
    } else {
        0.0
    };
    whole.max(within).max(run_together)
}

enum Prefer {
    Left,
    Sure,
}

/// Leaves `role` to one column: the leftmost of those that say it well, or the one that says it best.
fn keep_one(guesses: &mut [Guess], role: ColumnRole, prefer: Prefer) {
    let mut named: Vec<(usize, f64)> = guesses
        .iter()
        .enumerate()
        .filter(|(_, g)| g.role == role)
        .map(|(i, g)| (i, g.strength))
        .collect();
    if named.len() < 2 {
        return;
    }
    match prefer {
        Prefer::Left => {
            let best = named.iter().map(|(_, s)| *s).fold(0.0, f64::max);
            named.retain(|(_, s)| *s >= best - 0.2);
        }
        Prefer::Sure => named.sort_by(|a, b| b.1.total_cmp(&a.1)),
    }
    let keep = named[0].0;
    for (i, guess) in guesses.iter_mut().enumerate() {
        if guess.role == role && i != keep {
            *guess = Guess::NOTHING;
        }
    }
}

/// What stands in a column.
#[derive(Debug, Clone, Default, PartialEq)]
struct Content {
    filled: usize,
    numbers: usize,
    scores: usize,
    sections: usize,
    characters: usize,
}

impl Content {
    fn of(table: &Table, from: usize, column: usize) -> Self {
        let mut content = Self::default();
        for row in table.rows.iter().skip(from) {
            let Some(cell) = row.cells.get(column).filter(|c| !c.is_empty()) else {
                continue;
            };
            content.filled += 1;
            content.characters += cell.text.chars().count();
            let number = Numbering::parse(&cell.text);
            content.sections += usize::from(number.as_ref().is_some_and(Numbering::heads_a_section));
            let bullet = matches!(cell.text.trim(), "-" | "+" | "*" | "•" | "–");
            content.numbers += usize::from(number.is_some() || bullet);
            content.scores += usize::from(Score::parse_vietnamese(&cell.text).is_some());
        }
        content
    }

    fn mean_length(&self) -> usize {
        self.characters / self.filled.max(1)
    }
}

fn number_by_content(guesses: &mut [Guess], contents: &[Content], by_content: &mut Vec<usize>) {
    if guesses.iter().any(|g| g.role == ColumnRole::Number) {
        return;
    }
    let first = contents.first().zip(guesses.first());
    if let Some((content, guess)) = first
        && guess.strength < 0.9
        && content.filled >= 2
        && content.numbers * 2 >= content.filled
        && content.mean_length() <= 6
    {
        guesses[0] = Guess {
            role: ColumnRole::Number,
            strength: 0.0,
        };
        by_content.push(0);
    }
}

/// The column of scores is the one full of bare numbers. A header that says so over a column
/// without any number gives way to a column that has them.
fn score_by_content(guesses: &mut [Guess], contents: &[Content], by_content: &mut Vec<usize>) {
    let said = guesses.iter().position(|g| g.role == ColumnRole::MaxScore);
    let scored = [ColumnRole::Bonus, ColumnRole::Deduction]
        .iter()
        .any(|r| guesses.iter().any(|g| g.role == *r));
    if said.is_some_and(|at| contents[at].scores > 0 || contents[at].filled == 0) || said.is_none() && scored
    {
        return;
    }
    let found = (0..guesses.len())
        .filter(|i| guesses[*i].role == ColumnRole::Other && guesses[*i].strength < 0.9)
        .filter(|i| contents[*i].scores >= 2 && contents[*i].scores * 10 >= contents[*i].filled * 6)
        .max_by_key(|i| (contents[*i].scores, std::cmp::Reverse(*i)));
    if let Some(at) = found {
        if let Some(said) = said {
            guesses[said] = Guess::NOTHING;
        }
        guesses[at] = Guess {
            role: ColumnRole::MaxScore,
            strength: 0.0,
        };
        by_content.push(at);
    }
}

fn title_by_content(guesses: &mut [Guess], contents: &[Content], by_content: &mut Vec<usize>) {
    if guesses.iter().any(|g| g.role == ColumnRole::Title) {
        return;
    }
    let after = guesses
        .iter()
        .position(|g| g.role == ColumnRole::Number)
        .map_or(0, |n| n + 1);
    let found = (after..guesses.len())
        .filter(|i| guesses[*i].role == ColumnRole::Other && guesses[*i].strength < 0.9)
        .find(|i| contents[*i].filled >= 2 && contents[*i].mean_length() >= 8);
    if let Some(at) = found {
        guesses[at] = Guess {
            role: ColumnRole::Title,
            strength: 0.0,
        };
        by_content.push(at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_say_their_role_even_misread() {
        use ColumnRole::*;
        let check = |header: &str, role: ColumnRole| assert_eq!(Guess::of(header).role, role, "{header:?}");
        check("STT", Number);
        check("Số TT", Number);
        check("TT", Number);
        check("S1T", Number);
        check("NỘI DUNG", Title);
        check("Tiêu chí/Tiêu chí thành phần", Title);
        check("Nội dung tiêu chí", Title);
        check("CHUẨN", MaxScore);
        check("CHUÂN", MaxScore);
        check("CHUAN", MaxScore);
        check("CHƯẪN", MaxScore);
        check("Điểm tối đa", MaxScore);
        check("Điêm tôi đa", MaxScore);
        check("Điểm", MaxScore);
        check("ĐIỂM CHUẨN", MaxScore);
        check("Điểm đánh giá tối đa", MaxScore);
        check("Điểm Thưởng", Bonus);
        check("THƯỞNG", Bonus);
        check("Thang điểm Trừ", Deduction);
        check("Điểm trừ tối đa", Deduction);
        check("Điểm trừ mỗi lỗi thiếu hoặc sai", Deduction);
        check("Nội dung quy định về trừ điểm (theo khoản 3)", Title);
        check("Điểm tự chấm", SelfScore);
        check("Đơn vị tự đánh giá", SelfScore);
        check("Kết quả thẩm định", VerifiedScore);
        check("Cách tính điểm", Rule);
        check("Căn cứ tính điểm", Evidence);
        check("HỒ SƠ MINH CHỨNG", Evidence);
        check("HO SO MINH CHUNG", Evidence);
        check("Thời điểm đánh giá", Period);
        check("Kỳ đánh giá", Period);
        check("Phương pháp đánh giá", Method);
        check("Số liệu", Data);
        check("GHI CHÚ", Notes);
        check("GHI CHỦ", Notes);
        check("Họ và tên", Other);
        check("Đơn vị tính", Other);
        check("", Other);
    }

    fn roles(header: &[&str], rows: &[&[&str]]) -> Option<Vec<ColumnRole>> {
        let owned = |texts: &[&str]| texts.iter().map(|t| (*t).to_owned()).collect::<Vec<_>>();
        let rows: Vec<Vec<String>> = rows.iter().map(|r| owned(r)).collect();
        Layout::find(&Table::from_texts(&owned(header), &rows))
            .map(|l| l.columns.iter().map(|c| c.role).collect())
    }

    #[test]
    fn what_stands_in_a_column_settles_a_header_that_was_misread() {
        use ColumnRole::*;
        let rows: &[&[&str]] = &[
            &["I", "NỘI DUNG CHÍNH", "10", ""],
            &["1", "Triển khai thực hiện công tác", "1", "kế hoạch"],
            &["2", "Văn bản trao đổi giữa các cơ quan", "1,5", ""],
        ];
        assert_eq!(
            roles(&["STT", "NỘI DUNG", "C#~", "GHI CHÚ"], rows),
            Some(vec![Number, Title, MaxScore, Notes])
        );
        assert_eq!(
            roles(&["", "NOI DUNC", "", ""], rows),
            Some(vec![Number, Title, MaxScore, Other])
        );
        assert_eq!(
            roles(&["~", "xx yy", "q", "GHI CHÚ"], rows),
            Some(vec![Number, Title, MaxScore, Notes])
        );
    }

    #[test]
    fn a_header_among_the_first_rows_is_found() {
        use ColumnRole::*;
        let rows: &[&[&str]] = &[
            &["TT", "Nội dung", "Điểm chuẩn"],
            &["1", "Có kế hoạch năm học", "5"],
            &["2", "Có báo cáo", "5"],
        ];
        assert_eq!(roles(&["", "", ""], rows), Some(vec![Number, Title, MaxScore]));
    }

    #[test]
    fn standard_bonus_and_deduction_stand_side_by_side() {
        use ColumnRole::*;
        let rows: &[&[&str]] = &[
            &["1", "Đi học đúng giờ", "10", "", ""],
            &["2", "Tham gia phong trào", "", "5", "2"],
        ];
        assert_eq!(
            roles(&["TT", "Nội dung", "Điểm Chuẩn", "Điểm Thưởng", "Điểm Trừ"], rows),
            Some(vec![Number, Title, MaxScore, Bonus, Deduction])
        );
    }

    #[test]
    fn lists_and_rankings_are_no_scoring_tables() {
        let check = |header: &[&str], rows: &[&[&str]]| assert_eq!(roles(header, rows), None, "{header:?}");
        check(
            &["STT", "Họ và tên", "Điểm"],
            &[&["1", "Nguyễn Văn A", "9"], &["2", "Trần Thị B", "8"]],
        );
        check(
            &["STT", "Tên đơn vị", "Tổng điểm", "Xếp loại"],
            &[&["1", "Sở Tài chính", "95", "Tốt"]],
        );
        check(
            &["STT", "Nội dung", "Thời gian", "Ghi chú"],
            &[&["1", "Họp giao ban tháng", "Tháng 3", ""]],
        );
        check(
            &["", ""],
            &[&["ỦY BAN NHÂN DÂN", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"]],
        );
    }
}
