//! The true tables as a poor scan would give them: a wrong or missing maximum score, and a wrong
//! number, must never go unsaid.

use crate::domain::{Confidence, Field, PageNo, PixelBox, Reader, Rubric, Table, TableCell, Word};
use crate::stages::rubric::build;
use crate::stages::rubric::truth::{DOCUMENTS, load};

/// Small and steady: the same seed spoils the same cells.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

/// What an image reader makes of a cell: words with boxes; spoiled ones are less sure, as calibrated readers are.
fn as_read(cell: &TableCell, row: usize, column: usize, text: String) -> TableCell {
    let place = PixelBox::new(
        column as i32 * 200,
        row as i32 * 40,
        column as i32 * 200 + 190,
        row as i32 * 40 + 38,
    );
    let sure = if text == cell.text { 0.97 } else { 0.6 };
    let words = text
        .split_whitespace()
        .map(|w| Word::new(w, place, Confidence::new(sure), Reader::Tesseract))
        .collect();
    TableCell {
        text,
        words,
        places: vec![(PageNo::FIRST, place)],
        ..cell.clone()
    }
}

fn spoiled(text: &str, dice: &mut Dice) -> String {
    match dice.roll(4) {
        0 => text.replace('I', "l"),
        1 => text.replace('I', "1").replace('1', "l"),
        2 => text.replace(',', "").replace('0', "O").replace('5', "S"),
        _ => text.replace('1', "I").replace('2', "Z").replace(',', "."),
    }
}

fn read_poorly(table: &Table, seed: u64) -> Table {
    let mut dice = Dice(seed);
    let mut made = table.clone();
    for (column, cell) in made.header.iter_mut().enumerate() {
        let bare: String = crate::domain::fold(&cell.text).to_uppercase();
        *cell = as_read(
            cell,
            0,
            column,
            if dice.roll(2) == 0 {
                bare
            } else {
                cell.text.clone()
            },
        );
    }
    for (row, cells) in made.rows.iter_mut().enumerate() {
        for (column, cell) in cells.cells.iter_mut().enumerate() {
            let short = !cell.text.is_empty() && cell.text.chars().count() <= 4;
            let text = if short && dice.roll(6) == 0 {
                spoiled(&cell.text, &mut dice)
            } else {
                cell.text.clone()
            };
            *cell = as_read(cell, row + 1, column, text);
        }
    }
    made
}

fn unsaid(rubric: &Rubric, truth: &Rubric) -> Vec<String> {
    let mut wrong = Vec::new();
    for (got, want) in rubric.criteria.iter().zip(&truth.criteria) {
        let doubted = |field: Field| got.sources(field).any(|p| p.doubtful);
        if got.max_score != want.max_score && !doubted(Field::MaxScore) && !doubted(Field::Deduction) {
            wrong.push(format!(
                "{}: score {:?} for {:?}",
                want.id, got.max_score, want.max_score
            ));
        }
        if got.number != want.number && !doubted(Field::Number) {
            wrong.push(format!("{}: number {:?}", want.id, got.number));
        }
    }
    wrong
}

#[test]
fn nothing_wrong_goes_unsaid_and_most_is_set_right() {
    for name in DOCUMENTS {
        let (table, _) = load(name);
        let truth = build(std::slice::from_ref(&table)).remove(0);
        for seed in 0..12 {
            let rubrics = build(&[read_poorly(&table, seed)]);
            assert_eq!(rubrics.len(), 1, "{name} {seed}");
            assert_eq!(
                rubrics[0].criteria.len(),
                truth.criteria.len(),
                "{name} {seed}: rows lost or added"
            );
            assert_eq!(unsaid(&rubrics[0], &truth), Vec::<String>::new(), "{name} {seed}");
            let parents = rubrics[0]
                .criteria
                .iter()
                .zip(&truth.criteria)
                .filter(|(a, b)| a.number == b.number && a.parent == b.parent)
                .count();
            assert!(
                parents * 10 >= truth.criteria.len() * 8,
                "{name} {seed}: {parents} of {} in place",
                truth.criteria.len()
            );
        }
    }
}
