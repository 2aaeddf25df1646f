use rust_xlsxwriter::{
    DataValidation, DataValidationRule, Formula, Note, Worksheet, XlsxError, utility::column_number_to_name,
};

use super::look::{self, Mark, Row};
use super::{cut, lines, make_room, put, put_points};
use crate::domain::{Criterion, CriterionKind, Rubric, Score};
use crate::scoring::{Answer, Answers, Outcome, Scored, limit, score};
use crate::stages::export::Subject;
use crate::stages::export::columns::{Column, Value};
use crate::stages::export::sums::Sums;

/// Counted from 0.
const HEADER_ROW: u32 = 4;
const FIRST_ROW: u32 = HEADER_ROW + 1;

/// The form: what the decision asks, and room for the points that a unit gives itself.
pub(super) fn write(sheet: &mut Worksheet, subject: Subject) -> Result<(), XlsxError> {
    let rubric = subject.rubric();
    let form = form(rubric);
    let traces = Column::used(&Column::TRACES, &rubric.criteria);
    let columns: Vec<Column> = form.iter().chain(&traces).copied().collect();
    head(sheet, subject, &form)?;
    for (at, column) in columns.iter().enumerate() {
        sheet.set_column_width(at as u16, column.width())?;
        sheet.write_string_with_format(
            HEADER_ROW,
            at as u16,
            column.header(),
            &look::cell(Row::Header, Mark::Plain),
        )?;
    }
    let heads = columns.iter().map(|c| lines(c.header(), c.width()));
    make_room(sheet, HEADER_ROW, heads.max().unwrap_or(1))?;
    let page = Page {
        rubric,
        columns: &columns,
        sums: Sums::new(rubric, FIRST_ROW as usize + 1),
        own: run(rubric, |c| c.self_score),
        verified: run(rubric, |c| c.verified_score),
    };
    for index in 0..rubric.criteria.len() {
        page.criterion(sheet, index)?;
    }
    let last = FIRST_ROW + rubric.criteria.len() as u32;
    if !rubric.criteria.is_empty() {
        page.total(sheet, last, form.len())?;
        sheet.autofilter(HEADER_ROW, 0, last - 1, columns.len() as u16 - 1)?;
    }
    sheet.set_freeze_panes(FIRST_ROW, 0)?;
    sheet.set_print_area(0, 0, last, form.len() as u16 - 1)?;
    sheet.set_repeat_rows(HEADER_ROW, HEADER_ROW)?;
    Ok(())
}

/// The columns that are handed in; there is always one for the points that a unit gives itself.
fn form(rubric: &Rubric) -> Vec<Column> {
    let used = Column::used(&Column::FORM, &rubric.criteria);
    let always = |column: &Column| *column == Column::SelfScore || used.contains(column);
    Column::FORM.into_iter().filter(always).collect()
}

fn head(sheet: &mut Worksheet, subject: Subject, form: &[Column]) -> Result<(), XlsxError> {
    let rubric = subject.rubric();
    let (columns, width) = (form.len(), form.iter().map(|c| c.width()).sum());
    let points = |score: Option<Score>| score.map_or("không ghi".to_owned(), Score::to_vietnamese);
    let mut totals = format!("Điểm tối đa: {}", points(rubric.max_score));
    if rubric.bonus_max.is_some() {
        totals.push_str(&format!("; điểm thưởng tối đa: {}", points(rubric.bonus_max)));
    }
    if let Some(units) = &rubric.applies_to {
        totals.push_str(&format!("; áp dụng cho: {units}"));
    }
    let face = [
        (cut(&rubric.title), look::title().set_text_wrap()),
        (cut(&subject.status_vi()), look::status()),
        (cut(&totals), look::text()),
    ];
    for (row, (line, format)) in face.into_iter().enumerate() {
        let row = row as u32;
        make_room(sheet, row, lines(&line, width))?;
        if columns > 1 {
            sheet.merge_range(row, 0, row, columns as u16 - 1, &line, &format)?;
        } else {
            sheet.write_string_with_format(row, 0, line, &format)?;
        }
    }
    Ok(())
}

/// What the points that the document gives already add up to.
fn run(rubric: &Rubric, given: impl Fn(&Criterion) -> Option<Score>) -> Scored {
    let points = |c: &Criterion| {
        let points = Score(given(c)?.0.abs());
        Some(Answer {
            points: Some(points.into()),
            ..Answer::default()
        })
    };
    let parts = rubric
        .criteria
        .iter()
        .filter(|c| rubric.children(Some(&c.id)).next().is_none());
    let answers: Answers = parts.filter_map(|c| Some((c.id.clone(), points(c)?))).collect();
    score(rubric, &answers)
}

struct Page<'a> {
    rubric: &'a Rubric,
    columns: &'a [Column],
    sums: Sums<'a>,
    own: Scored,
    verified: Scored,
}

impl Page<'_> {
    fn criterion(&self, sheet: &mut Worksheet, index: usize) -> Result<(), XlsxError> {
        let criterion = &self.rubric.criteria[index];
        let row = FIRST_ROW + index as u32;
        let look = if criterion.kind == CriterionKind::Section || self.sums.is_sum(criterion) {
            Row::Section
        } else {
            Row::Criterion
        };
        let (mut at, mut height) = (0, 1);
        while at < self.columns.len() {
            let column = self.columns[at];
            let mark = match column {
                Column::Doubtful => Mark::Doubtful,
                column if column.is_doubtful(criterion) => Mark::Doubtful,
                _ => Mark::Plain,
            };
            let to = at as u16;
            let mut next = at + 1;
            match column.value(criterion) {
                given if matches!(column, Column::SelfScore | Column::VerifiedScore) => {
                    self.given(sheet, (row, to), index, column, given)?;
                }
                Value::Points(points) => put_points(sheet, row, to, points, look, mark)?,
                Value::Text(words) => {
                    if look == Row::Section {
                        next += self.empty_after(at, criterion);
                    }
                    let format = look::cell(look, mark);
                    let width = self.columns[at..next].iter().map(|c| c.width()).sum();
                    height = height.max(lines(&words, width));
                    if next - at > 1 {
                        let text = cut(&words);
                        sheet.merge_range(row, to, row, next as u16 - 1, &text, &format)?;
                    } else {
                        put(sheet, row, to, &words, &format)?;
                    }
                }
                Value::Empty => {
                    sheet.write_blank(row, to, &look::cell(look, Mark::Plain))?;
                }
            }
            at = next;
        }
        make_room(sheet, row, height)
    }

    /// How many cells after this one are empty and could be its own: a section's title runs over them.
    fn empty_after(&self, at: usize, criterion: &Criterion) -> usize {
        if self.columns[at] == Column::Number || Column::TRACES.contains(&self.columns[at]) {
            return 0;
        }
        self.columns[at + 1..]
            .iter()
            .take_while(|c| {
                !c.is_points() && !Column::TRACES.contains(c) && c.value(criterion) == Value::Empty
            })
            .count()
    }

    /// Points that a unit, or whoever checks it, gives: typed for what has no parts, reckoned for what has.
    fn given(
        &self,
        sheet: &mut Worksheet,
        (row, at): (u32, u16),
        index: usize,
        column: Column,
        given: Value,
    ) -> Result<(), XlsxError> {
        let criterion = &self.rubric.criteria[index];
        let scored = match column {
            Column::VerifiedScore => &self.verified,
            _ => &self.own,
        };
        let reckoned = scored.lines.get(index).and_then(|line| match &line.outcome {
            Outcome::Scored { points, .. } => Some(points.to_string()),
            _ => None,
        });
        let formula = self.sums.of(criterion, &column_number_to_name(at));
        match (formula, given) {
            // A document may give the points of a section alone.
            (Some(formula), given) if reckoned.is_some() || given == Value::Empty => {
                let sum = Formula::new(formula).set_result(reckoned.unwrap_or_default());
                sheet.write_formula_with_format(
                    row,
                    at,
                    sum,
                    &look::any_points(Row::Section, Mark::Plain),
                )?;
                if let Value::Points(points) = given {
                    let note = format!("Văn bản ghi: {}", points.to_vietnamese());
                    sheet.insert_note(row, at, &Note::new(note))?;
                }
            }
            (_, given) => {
                match given {
                    Value::Points(points) => put_points(sheet, row, at, points, Row::Criterion, Mark::Input)?,
                    _ => {
                        sheet.write_blank(row, at, &look::any_points(Row::Criterion, Mark::Input))?;
                    }
                }
                sheet.add_data_validation(row, at, row, at, &allowed(criterion)?)?;
            }
        }
        Ok(())
    }

    fn total(&self, sheet: &mut Worksheet, row: u32, form: usize) -> Result<(), XlsxError> {
        let blank = look::cell(Row::Total, Mark::Plain);
        let first_points = self.columns[..form]
            .iter()
            .position(|c| c.is_points())
            .unwrap_or(0) as u16;
        match first_points {
            0 => {}
            1 => put(sheet, row, 0, "Tổng cộng", &blank)?,
            more => {
                sheet.merge_range(row, 0, row, more - 1, "Tổng cộng", &blank)?;
            }
        }
        for at in first_points..form as u16 {
            let column = self.columns[usize::from(at)];
            let scored = match column {
                Column::MaxScore => {
                    match self.rubric.max_score {
                        Some(points) => put_points(sheet, row, at, points, Row::Total, Mark::Plain)?,
                        None => {
                            sheet.write_blank(row, at, &blank)?;
                        }
                    }
                    continue;
                }
                Column::SelfScore => &self.own,
                Column::VerifiedScore => &self.verified,
                _ => {
                    sheet.write_blank(row, at, &blank)?;
                    continue;
                }
            };
            let any = scored
                .lines
                .iter()
                .any(|line| matches!(line.outcome, Outcome::Scored { .. }));
            let total = if any {
                scored.total.to_string()
            } else {
                String::new()
            };
            if let Some(formula) = self.sums.total(&column_number_to_name(at)) {
                let sum = Formula::new(formula).set_result(total);
                sheet.write_formula_with_format(row, at, sum, &look::any_points(Row::Total, Mark::Plain))?;
            }
        }
        Ok(())
    }
}

/// What may be typed: no more points than there are, and a deduction with or without its sign.
fn allowed(criterion: &Criterion) -> Result<DataValidation, XlsxError> {
    let most = limit(criterion).map(|most| most.to_string());
    let number = most.as_deref().and_then(|most| most.parse::<f64>().ok());
    let deduction = criterion.kind == CriterionKind::Deduction;
    let rule = match number {
        Some(most) if deduction => DataValidationRule::Between(-most, most),
        Some(most) => DataValidationRule::Between(0.0, most),
        None if deduction => DataValidationRule::GreaterThanOrEqualTo(f64::from(-i16::MAX)),
        None => DataValidationRule::GreaterThanOrEqualTo(0.0),
    };
    let most = most.map(|most| most.replace('.', ","));
    let say = match most {
        Some(most) if deduction => format!("Nhập số điểm bị trừ, không quá {most}."),
        Some(most) => format!("Nhập số từ 0 đến {most}."),
        None if deduction => "Nhập số điểm bị trừ.".to_owned(),
        None => "Nhập số không âm.".to_owned(),
    };
    DataValidation::new()
        .allow_decimal_number(rule)
        .set_error_title("Điểm không hợp lệ")?
        .set_error_message(say)
}
