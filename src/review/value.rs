use unicode_normalization::UnicodeNormalization;

use crate::domain::{
    Confidence, Criterion, Field, PageNo, PixelBox, Provenance, Reader, Rubric, Rule, Score,
};

use super::{Place, ReviewError};

/// The fields that a person edits as text. Data items are a line each; rules have [`super::Draft::edit_rules`].
pub const EDITABLE: [Field; 12] = [
    Field::Number,
    Field::Title,
    Field::MaxScore,
    Field::Bonus,
    Field::Deduction,
    Field::SelfScore,
    Field::VerifiedScore,
    Field::Evidence,
    Field::DataItems,
    Field::Notes,
    Field::Period,
    Field::Method,
];

/// Characters in one cell; the longest cell seen has under 3,000.
const LONGEST_TEXT: usize = 20_000;

/// What the field is called in a sentence.
pub fn field_label_vi(field: Field) -> &'static str {
    match field {
        Field::Number => "số thứ tự",
        Field::Title => "nội dung",
        Field::MaxScore => "điểm tối đa",
        Field::Bonus => "điểm thưởng",
        Field::Deduction => "điểm trừ",
        Field::SelfScore => "điểm tự chấm",
        Field::VerifiedScore => "điểm thẩm định",
        Field::Rules => "cách tính điểm",
        Field::Evidence => "hồ sơ minh chứng",
        Field::DataItems => "số liệu",
        Field::Period => "thời gian",
        Field::Method => "cách thực hiện",
        Field::Notes => "ghi chú",
    }
}

/// What the field is called in a sentence.
pub fn field_label_en(field: Field) -> &'static str {
    match field {
        Field::Number => "the number",
        Field::Title => "the title",
        Field::MaxScore => "the maximum score",
        Field::Bonus => "the bonus",
        Field::Deduction => "the deduction",
        Field::SelfScore => "the self-assessed score",
        Field::VerifiedScore => "the verified score",
        Field::Rules => "the rules",
        Field::Evidence => "the evidence",
        Field::DataItems => "the data items",
        Field::Period => "the period",
        Field::Method => "the method",
        Field::Notes => "the notes",
    }
}

/// The value at `place` as text, scores with a decimal point; `None` where there is no value.
/// Fails on an unknown criterion and on a field that is no single value.
pub fn text_of(rubric: &Rubric, place: &Place) -> Result<Option<String>, ReviewError> {
    let Some(id) = &place.criterion else {
        return match place.field {
            Field::Title => Ok(filled(&rubric.title)),
            Field::MaxScore => Ok(rubric.max_score.map(|s| s.to_string())),
            Field::Bonus => Ok(rubric.bonus_max.map(|s| s.to_string())),
            field => Err(ReviewError::NotEditable { field }),
        };
    };
    let criterion = rubric
        .criterion(id)
        .ok_or_else(|| ReviewError::UnknownCriterion {
            criterion: id.clone(),
        })?;
    criterion_text(criterion, place.field).ok_or(ReviewError::NotEditable { field: place.field })
}

/// Outer `None`: no field of one value. Inner `None`: no value.
pub(super) fn criterion_text(criterion: &Criterion, field: Field) -> Option<Option<String>> {
    let score = |s: Option<Score>| s.map(|s| s.to_string());
    Some(match field {
        Field::Number => filled(&criterion.number),
        Field::Title => filled(&criterion.title),
        Field::Evidence => filled(&criterion.evidence),
        Field::Notes => filled(&criterion.notes),
        Field::Period => criterion.period.clone(),
        Field::Method => criterion.method.clone(),
        Field::MaxScore => score(criterion.max_score),
        Field::Bonus => score(criterion.bonus),
        Field::Deduction => score(criterion.deduction),
        Field::SelfScore => score(criterion.self_score),
        Field::VerifiedScore => score(criterion.verified_score),
        Field::DataItems => filled(&criterion.data_items.join("\n")),
        Field::Rules => return None,
    })
}

/// True for the fields that hold points.
pub fn is_score(field: Field) -> bool {
    matches!(
        field,
        Field::MaxScore | Field::Bonus | Field::Deduction | Field::SelfScore | Field::VerifiedScore
    )
}

fn filled(text: &str) -> Option<String> {
    if text.is_empty() {
        None
    } else {
        Some(text.to_owned())
    }
}

/// What a person typed, made into the form that is kept: NFC, trimmed, scores with a decimal point.
/// Nothing typed is no value.
pub(super) fn cleaned(field: Field, typed: Option<&str>) -> Result<Option<String>, ReviewError> {
    if !EDITABLE.contains(&field) {
        return Err(ReviewError::NotEditable { field });
    }
    let text: String = typed.unwrap_or_default().replace("\r\n", "\n").nfc().collect();
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    if is_score(field) {
        let score = Score::parse_vietnamese(text).ok_or_else(|| ReviewError::NotANumber {
            field,
            value: text.chars().take(40).collect(),
        })?;
        return Ok(Some(score.to_string()));
    }
    if text.chars().count() > LONGEST_TEXT {
        return Err(ReviewError::TooLong {
            field,
            limit: LONGEST_TEXT,
        });
    }
    if text.chars().any(|c| c.is_control() && c != '\n') {
        return Err(ReviewError::ControlCharacters { field });
    }
    if field == Field::DataItems {
        let items: Vec<&str> = text.lines().map(str::trim).filter(|l| !l.is_empty()).collect();
        return Ok(Some(items.join("\n")));
    }
    Ok(Some(text.to_owned()))
}

/// Puts `value`, already cleaned, at `place` and says in its provenance that a person wrote it.
pub(super) fn put(rubric: &mut Rubric, place: &Place, value: Option<&str>) -> Result<(), ReviewError> {
    let field = place.field;
    let text = value.unwrap_or_default().to_owned();
    let score = match (field, value) {
        (field, Some(text)) if is_score(field) => {
            let parsed = Score::parse_vietnamese(text);
            Some(parsed.ok_or_else(|| ReviewError::NotANumber {
                field,
                value: text.to_owned(),
            })?)
        }
        _ => None,
    };
    let Some(id) = &place.criterion else {
        match field {
            Field::Title => rubric.title = text,
            Field::MaxScore => rubric.max_score = score,
            Field::Bonus => rubric.bonus_max = score,
            _ => return Err(ReviewError::NotEditable { field }),
        }
        written_by_person(&mut rubric.provenance, field);
        return Ok(());
    };
    let criterion = find(rubric, id)?;
    match field {
        Field::Number => criterion.number = text,
        Field::Title => criterion.title = text,
        Field::Evidence => criterion.evidence = text,
        Field::Notes => criterion.notes = text,
        Field::Period => criterion.period = value.map(str::to_owned),
        Field::Method => criterion.method = value.map(str::to_owned),
        Field::MaxScore => criterion.max_score = score,
        Field::Bonus => criterion.bonus = score,
        Field::Deduction => criterion.deduction = score,
        Field::SelfScore => criterion.self_score = score,
        Field::VerifiedScore => criterion.verified_score = score,
        Field::DataItems => criterion.data_items = text.lines().map(str::to_owned).collect(),
        Field::Rules => return Err(ReviewError::NotEditable { field }),
    }
    written_by_person(&mut criterion.provenance, field);
    Ok(())
}

/// Gives a criterion these rules and says in its provenance that a person wrote them.
pub(super) fn put_rules(rubric: &mut Rubric, id: &str, rules: &[Rule]) -> Result<(), ReviewError> {
    let criterion = find(rubric, id)?;
    criterion.rules = rules.to_vec();
    written_by_person(&mut criterion.provenance, Field::Rules);
    Ok(())
}

/// Says in the provenance of `place` that a person looked and found `value` right.
/// A later reading that says otherwise does not outvote that person.
pub(super) fn accept(rubric: &mut Rubric, place: &Place, value: Option<&str>) -> Result<(), ReviewError> {
    if EDITABLE.contains(&place.field) && text_of(rubric, place)?.as_deref() != value {
        return put(rubric, place, value);
    }
    let entries = match &place.criterion {
        None => &mut rubric.provenance,
        Some(id) => &mut find(rubric, id)?.provenance,
    };
    for entry in entries_of(entries, place.field) {
        if !entry.readers.contains(&Reader::Person) {
            entry.readers.push(Reader::Person);
        }
        settle(entry);
    }
    Ok(())
}

pub(super) fn written_by_person(entries: &mut Vec<Provenance>, field: Field) {
    for entry in entries_of(entries, field) {
        entry.readers = vec![Reader::Person];
        entry.restored_by = None;
        settle(entry);
    }
}

pub(super) fn settle(entry: &mut Provenance) {
    entry.confidence = Confidence::CERTAIN;
    entry.doubtful = false;
}

fn find<'a>(rubric: &'a mut Rubric, id: &str) -> Result<&'a mut Criterion, ReviewError> {
    rubric
        .criteria
        .iter_mut()
        .find(|c| c.id == id)
        .ok_or_else(|| ReviewError::UnknownCriterion {
            criterion: id.to_owned(),
        })
}

/// Where the field was read, a place for each page it touches; where nothing was read for it, a new entry
/// on the page of the first other field, without a box.
fn entries_of(entries: &mut Vec<Provenance>, field: Field) -> impl Iterator<Item = &mut Provenance> {
    if !entries.iter().any(|p| p.field == field) {
        let page = entries.first().map_or(PageNo::FIRST, |p| p.page);
        entries.push(Provenance {
            field,
            page,
            bbox: PixelBox::default(),
            raw: String::new(),
            confidence: Confidence::NONE,
            readers: Vec::new(),
            candidates: Vec::new(),
            restored_by: None,
            doubtful: false,
        });
    }
    entries.iter_mut().filter(move |p| p.field == field)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typed_values_are_cleaned_or_refused() {
        let check = |field, typed: &str, expect: Result<Option<&str>, &str>| {
            let found = cleaned(field, Some(typed)).map_err(|e| e.code());
            assert_eq!(
                found.as_ref().map(|v| v.as_deref()).map_err(|c| *c),
                expect,
                "{field:?} {typed:?}"
            );
        };
        check(Field::MaxScore, " 1,50 ", Ok(Some("1.5")));
        check(Field::MaxScore, "10", Ok(Some("10")));
        check(Field::MaxScore, "", Ok(None));
        check(Field::MaxScore, "mười", Err("not_a_number"));
        check(Field::MaxScore, "-1", Err("not_a_number"));
        check(Field::Bonus, "1,5 điểm", Err("not_a_number"));
        check(Field::Title, "  Tỉ lệ\r\n- hồ sơ ", Ok(Some("Tỉ lệ\n- hồ sơ")));
        check(Field::Title, "ti\u{0309} le\u{0323}\u{0302}", Ok(Some("tỉ lệ")));
        check(Field::Title, "a\u{0}b", Err("control_characters"));
        check(Field::Notes, &"ă".repeat(LONGEST_TEXT + 1), Err("too_long"));
        check(Field::Rules, "x", Err("not_editable"));
        check(Field::SelfScore, "1", Ok(Some("1")));
        check(Field::DataItems, "a\r\n\n b\n", Ok(Some("a\nb")));
    }
}
