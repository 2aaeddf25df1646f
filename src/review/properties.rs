//! What must hold whatever people do, in whatever order.

use proptest::prelude::*;
use time::OffsetDateTime;
use time::macros::datetime;

use crate::domain::{
    Confidence, Criterion, CriterionKind, Field, PageNo, PixelBox, Provenance, Reader, Rubric, Rule,
    RuleKind, Score,
};

use super::{
    Action, Author, ByHand, Draft, Keying, Place, Position, RereadError, ReviewError, State, text_of,
};

const NOON: OffsetDateTime = datetime!(2024-03-26 12:00 UTC);

fn read_from(field: Field, y: i32, raw: &str, doubtful: bool) -> Provenance {
    Provenance {
        field,
        page: PageNo::FIRST,
        bbox: PixelBox::new(10, y, 60, y + 20),
        raw: raw.to_owned(),
        confidence: Confidence::new(0.6),
        readers: vec![Reader::Tesseract, Reader::LineReader],
        candidates: vec![raw.to_owned(), "1,5".to_owned()],
        restored_by: None,
        doubtful,
    }
}

fn criterion(id: &str, parent: Option<&str>, y: i32, max: &str) -> Criterion {
    Criterion {
        parent: parent.map(str::to_owned),
        number: id.rsplit('.').next().unwrap_or(id).to_owned(),
        kind: if parent.is_some() {
            CriterionKind::Criterion
        } else {
            CriterionKind::Section
        },
        title: format!("Tiêu chí {id}"),
        max_score: Score::parse_vietnamese(max),
        provenance: vec![
            read_from(Field::MaxScore, y, max, parent.is_some()),
            read_from(Field::Rules, y + 5, "", false),
        ],
        ..Criterion::empty(id, CriterionKind::Criterion)
    }
}

fn rubric() -> Rubric {
    Rubric {
        title: "Thang điểm thi đua".to_owned(),
        max_score: Score::parse_vietnamese("10"),
        provenance: Vec::new(),
        criteria: vec![
            criterion("I", None, 0, "10"),
            criterion("I.1", Some("I"), 40, "15"),
            criterion("I.2", Some("I"), 80, "1"),
            criterion("I.3", Some("I"), 120, "7,5"),
        ],
        ..Rubric::default()
    }
}

fn author(name: &str) -> Author {
    Author::new(name)
}

#[derive(Debug, Clone)]
enum Step {
    Edit(Place, String),
    Accept(Place),
    Rules(&'static str),
    Rows(Rows),
    Key(Place, String),
    Keying(Keying),
    Undo,
    Submit,
    Return,
    Confirm,
}

#[derive(Debug, Clone)]
enum Rows {
    Add(Position),
    Move(&'static str, Position),
    Remove(&'static str),
    Split(&'static str, usize),
    Merge(&'static str, &'static str),
    Recast(&'static str),
}

/// Rows that were read, that people may have made, and one that never is.
fn row() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["I", "I.1", "I.2", "I.3", "I.+1", "+1", "I.1.+1", "nowhere"])
}

fn position() -> impl Strategy<Value = Position> {
    (prop::option::of(row()), prop::option::of(row())).prop_map(|(parent, after)| Position {
        parent: parent.map(str::to_owned),
        after: after.map(str::to_owned),
    })
}

fn rows() -> impl Strategy<Value = Rows> {
    prop_oneof![
        position().prop_map(Rows::Add),
        (row(), position()).prop_map(|(r, to)| Rows::Move(r, to)),
        row().prop_map(Rows::Remove),
        (row(), 0_usize..14).prop_map(|(r, at)| Rows::Split(r, at)),
        (row(), row()).prop_map(|(r, into)| Rows::Merge(r, into)),
        row().prop_map(Rows::Recast),
    ]
}

fn place() -> impl Strategy<Value = Place> {
    let criterion = prop_oneof![Just("I"), Just("I.1"), Just("I.2"), Just("I.3"), Just("nowhere")];
    let field = prop_oneof![
        Just(Field::MaxScore),
        Just(Field::Title),
        Just(Field::Bonus),
        Just(Field::Notes),
        Just(Field::Rules)
    ];
    prop_oneof![
        8 => (criterion, field.clone()).prop_map(|(c, f)| Place::of(c, f)),
        1 => field.prop_map(Place::rubric),
    ]
}

fn step() -> impl Strategy<Value = (Step, &'static str)> {
    let value = prop_oneof![
        Just(""),
        Just("1,5"),
        Just("2"),
        Just("mười"),
        Just("Tỉ lệ hồ sơ")
    ];
    let step = prop_oneof![
        6 => (place(), value).prop_map(|(p, v)| Step::Edit(p, v.to_owned())),
        2 => place().prop_map(Step::Accept),
        1 => row().prop_map(Step::Rules),
        4 => rows().prop_map(Step::Rows),
        1 => (place(), prop_oneof![Just("1,5"), Just("15"), Just("")]).prop_map(|(p, v)| Step::Key(p, v.to_owned())),
        1 => prop_oneof![Just(Keying::Asked), Just(Keying::NotAsked)].prop_map(Step::Keying),
        3 => Just(Step::Undo),
        1 => Just(Step::Submit),
        1 => Just(Step::Return),
        1 => Just(Step::Confirm),
    ];
    (step, prop_oneof![Just("lan"), Just("minh")])
}

fn text_rule() -> Rule {
    Rule {
        kind: RuleKind::Text,
        text: "Do hội đồng xem xét".to_owned(),
    }
}

fn take(draft: &mut Draft, step: &Step, by: &str) -> Result<(), ReviewError> {
    let by = author(by);
    match step {
        Step::Edit(place, value) => draft.edit(place.clone(), Some(value), by, NOON),
        Step::Accept(place) => draft.accept(place.clone(), by, NOON),
        Step::Rules(row) => draft.edit_rules(row, vec![text_rule()], by, NOON),
        Step::Rows(Rows::Add(to)) => draft
            .add_row(to.clone(), CriterionKind::Criterion, by, NOON)
            .map(|_| ()),
        Step::Rows(Rows::Move(row, to)) => draft.move_row(row, to.clone(), by, NOON),
        Step::Rows(Rows::Remove(row)) => draft.remove_row(row, by, NOON),
        Step::Rows(Rows::Split(row, at)) => draft.split_row(row, *at, by, NOON).map(|_| ()),
        Step::Rows(Rows::Merge(row, into)) => draft.merge_rows(row, into, by, NOON),
        Step::Rows(Rows::Recast(row)) => draft.recast_row(row, CriterionKind::Bonus, by, NOON),
        Step::Key(place, value) => draft.key(place.clone(), Some(value), by, NOON),
        Step::Keying(keying) => draft.set_keying(*keying, by, NOON),
        Step::Undo => draft.undo(by, NOON),
        Step::Submit => draft.submit(by, NOON),
        Step::Return => draft.return_(by, "xem lại tiêu chí 1", NOON),
        Step::Confirm => draft.confirm(by, NOON).map(|_| ()),
    }
}

/// The value that a person gave to a place, or found right there.
fn said(action: &Action) -> Option<(&Place, &Option<String>)> {
    match action {
        Action::Edited { place, after, .. } => Some((place, after)),
        Action::Accepted { place, value } => Some((place, value)),
        _ => None,
    }
}

fn after(steps: &[(Step, &'static str)]) -> Draft {
    let mut draft = Draft::new(rubric());
    for (step, by) in steps {
        // What is refused leaves no trace, which `refused_steps_change_nothing` checks.
        let _ = take(&mut draft, step, by);
    }
    draft
}

proptest! {
    #[test]
    fn history_only_grows_and_refused_steps_change_nothing(steps in prop::collection::vec(step(), 0..40)) {
        let mut draft = Draft::new(rubric());
        for (step, by) in &steps {
            let before = draft.clone();
            match take(&mut draft, step, by) {
                Ok(()) => prop_assert!(draft.events().starts_with(before.events())),
                Err(_) => prop_assert_eq!(&draft, &before),
            }
        }
    }

    #[test]
    fn undo_inverts_the_last_change(steps in prop::collection::vec(step(), 0..20), place in place(), value in "[0-9]{1,3}|[a-zà-ỹ ]{0,12}") {
        let mut draft = after(&steps);
        let before = draft.clone();
        let changed = draft.edit(place, Some(&value), author("lan"), NOON).is_ok() && draft != before;
        if changed {
            draft.undo(author("minh"), NOON)?;
            prop_assert_eq!(draft.current(), before.current());
            prop_assert_eq!(draft.events().len(), before.events().len() + 2);
        }
    }

    #[test]
    fn undoing_everything_gives_back_what_was_read(steps in prop::collection::vec(step(), 0..40)) {
        let mut draft = after(&steps);
        while draft.can_undo() {
            draft.undo(author("lan"), NOON)?;
        }
        if matches!(draft.state(), State::Draft | State::Returned) {
            prop_assert_eq!(draft.current(), rubric());
        }
    }

    #[test]
    fn the_tree_stays_a_tree_whatever_is_moved(steps in prop::collection::vec(step(), 0..40)) {
        let current = after(&steps).current();
        for (index, criterion) in current.criteria.iter().enumerate() {
            let again = current.criteria.iter().skip(index + 1).any(|c| c.id == criterion.id);
            prop_assert!(!again, "{} twice", criterion.id);
            let mut above = criterion.parent.as_deref();
            let mut steps = 0;
            while let Some(id) = above {
                let parent = current.criterion(id);
                prop_assert!(parent.is_some(), "{} hangs on {id}, which is gone", criterion.id);
                above = parent.and_then(|p| p.parent.as_deref());
                steps += 1;
                prop_assert!(steps <= current.criteria.len(), "{} hangs on itself", criterion.id);
            }
        }
    }

    #[test]
    fn splitting_and_merging_lose_no_word(at in 1_usize..11, first in any::<bool>()) {
        let mut draft = Draft::new(rubric());
        let words = |draft: &Draft| {
            let current = draft.current();
            let all: Vec<String> = current.criteria.iter().flat_map(|c| c.title.split_whitespace().map(str::to_owned)).collect();
            all.concat()
        };
        let before = words(&draft);
        let Ok(new) = draft.split_row("I.2", at, author("lan"), NOON) else { return Ok(()) };
        prop_assert_eq!(words(&draft), before.clone());
        match first {
            true => draft.merge_rows(&new, "I.2", author("lan"), NOON)?,
            false => draft.merge_rows("I.2", &new, author("lan"), NOON)?,
        }
        prop_assert_eq!(words(&draft), before);
        prop_assert_eq!(draft.current().criteria.len(), 4);
        let score = draft.current().criteria.iter().filter_map(|c| c.max_score).count();
        prop_assert_eq!(score, 4);
    }

    #[test]
    fn replaying_the_history_gives_the_same_draft(steps in prop::collection::vec(step(), 0..40)) {
        let draft = after(&steps);
        let replayed = Draft::replay(rubric(), draft.events().to_vec())?;
        prop_assert_eq!(replayed.current(), draft.current());
        prop_assert_eq!(replayed.state(), draft.state());
        prop_assert_eq!(replayed.confirmed(), draft.confirmed());
    }

    #[test]
    fn no_one_confirms_what_they_submitted(steps in prop::collection::vec(step(), 0..60)) {
        let draft = after(&steps);
        if let Some(confirmed) = draft.confirmed() {
            prop_assert_ne!(confirmed.submitted_by(), confirmed.confirmed_by());
            prop_assert_eq!(confirmed.rubric(), &draft.current());
        }
        prop_assert_eq!(draft.confirmed().is_some(), draft.state() == State::Confirmed);
    }

    #[test]
    fn an_edit_is_settled_and_keeps_what_was_read(place in place(), value in "[0-9]{1,3}") {
        let mut draft = Draft::new(rubric());
        let Some(id) = place.criterion.clone() else { return Ok(()) };
        if draft.edit(place.clone(), Some(&value), author("lan"), NOON).is_err() || draft.events().is_empty() {
            return Ok(());
        }
        let current = draft.current();
        let raw = |r: &Rubric| {
            let origin = r.criterion(&id)?.provenance.iter().find(|p| p.field == place.field)?;
            Some((origin.raw.clone(), origin.bbox))
        };
        if let Some(read) = raw(draft.base()) {
            prop_assert_eq!(raw(&current), Some(read));
        }
        let by_person = current.criterion(&id).is_some_and(|c| {
            c.provenance.iter().any(|p| p.field == place.field && p.readers.contains(&Reader::Person) && !p.doubtful)
        });
        prop_assert!(by_person);
        prop_assert!(!draft.doubtful().iter().any(|d| d.criterion.as_deref() == Some(&id) && d.field == place.field));
    }

    #[test]
    fn reading_again_loses_no_edit(
        steps in prop::collection::vec(step(), 0..30),
        kept in prop::collection::vec(any::<bool>(), 4),
        shift in 0_i32..30,
        rename in any::<bool>(),
    ) {
        let draft = after(&steps);
        let mut fresh = rubric();
        let mut keep = kept.iter();
        fresh.criteria.retain(|_| *keep.next().unwrap_or(&true));
        for criterion in &mut fresh.criteria {
            criterion.max_score = Score::parse_vietnamese("3");
            for origin in &mut criterion.provenance {
                origin.bbox.y0 += shift / 4;
                origin.bbox.y1 += shift / 4;
            }
            if rename {
                criterion.id = format!("A.{}", criterion.id);
                criterion.parent = criterion.parent.take().map(|p| format!("A.{p}"));
            }
        }
        if draft.state() == State::Confirmed {
            prop_assert!(draft.reread(fresh, author("lan"), NOON).is_err());
            return Ok(());
        }
        let again = match draft.reread(fresh, author("lan"), NOON) {
            Ok(again) => {
                // What the store keeps of it, the events as they were and the new names, leads to the same draft.
                let mut kept = draft.events().to_vec();
                kept.iter_mut().for_each(|event| again.renamed.apply(event));
                kept.extend_from_slice(&again.draft.events()[kept.len()..]);
                prop_assert_eq!(&Draft::replay(again.draft.base().clone(), kept)?, &again.draft);
                again.draft
            }
            // Rows that hang otherwise in the new reading may leave no place for what was moved: then nothing is done.
            Err(RereadError::Unfit(_)) if draft.events().iter().any(|e| matches!(e.action, Action::Restructured(_))) => return Ok(()),
            Err(e) => return Err(e.into()),
        };
        prop_assert_eq!(again.state(), State::Draft);
        let (old, new) = (draft.current(), again.current());
        let standing: Vec<usize> = draft.undoable().collect();
        for index in standing {
            let Some((then, value)) = said(&draft.events()[index].action) else { continue };
            let Some((now, _)) = said(&again.events()[index].action) else {
                prop_assert!(false, "the history changed its order");
                continue;
            };
            // The row may be gone by now, or hold something else since: a row merged into it brings what was read there.
            if super::EDITABLE.contains(&then.field) && text_of(&old, then).as_ref() == Ok(value) {
                prop_assert_eq!(&text_of(&new, now)?, value);
            }
        }
        let mut ids: Vec<&str> = new.criteria.iter().map(|c| c.id.as_str()).collect();
        ids.sort_unstable();
        ids.dedup();
        prop_assert_eq!(ids.len(), new.criteria.len());
    }
}

#[test]
fn the_way_to_a_confirmed_rubric() -> Result<(), ReviewError> {
    let (lan, minh) = (author("lan"), author("minh"));
    let place = Place::of("I.1", Field::MaxScore);
    let mut draft = Draft::new(rubric());
    assert_eq!(draft.doubtful().len(), 3);

    draft.edit(place.clone(), Some("1,5"), lan.clone(), NOON)?;
    draft.accept(Place::of("I.2", Field::MaxScore), lan.clone(), NOON)?;
    assert_eq!(draft.doubtful().len(), 1);
    assert_eq!(
        draft.confirm(minh.clone(), NOON).map_err(|e| e.code()),
        Err("wrong_state")
    );

    draft.submit(lan.clone(), NOON)?;
    assert_eq!(
        draft
            .edit(place.clone(), Some("2"), minh.clone(), NOON)
            .map_err(|e| e.code()),
        Err("wrong_state")
    );
    assert_eq!(
        draft.confirm(lan.clone(), NOON).map_err(|e| e.code()),
        Err("same_person")
    );
    assert_eq!(
        draft.return_(minh.clone(), "  ", NOON).map_err(|e| e.code()),
        Err("empty_comment")
    );

    draft.return_(minh.clone(), "tiêu chí 3?", NOON)?;
    assert_eq!(draft.return_comment(), Some("tiêu chí 3?"));
    draft.submit(lan.clone(), NOON)?;
    let confirmed = draft.confirm(minh.clone(), NOON)?;
    assert_eq!(confirmed.unseen(), 1);
    assert_eq!(
        (confirmed.submitted_by(), confirmed.confirmed_by()),
        (&lan, &minh)
    );
    assert_eq!(text_of(confirmed.rubric(), &place)?.as_deref(), Some("1.5"));
    assert_eq!(draft.undo(minh, NOON).map_err(|e| e.code()), Err("wrong_state"));
    Ok(())
}

#[test]
fn a_forged_history_is_refused() -> Result<(), ReviewError> {
    let mut draft = Draft::new(rubric());
    draft.submit(author("lan"), NOON)?;
    draft.confirm(author("minh"), NOON)?;
    let mut events = draft.events().to_vec();
    events[1].by = author("lan");
    assert_eq!(
        Draft::replay(rubric(), events).map_err(|e| e.code()),
        Err("same_person")
    );
    Ok(())
}

#[test]
fn typing_what_stands_there_accepts_it() -> Result<(), ReviewError> {
    let mut draft = Draft::new(rubric());
    draft.edit(
        Place::of("I.1", Field::MaxScore),
        Some("15,0"),
        author("lan"),
        NOON,
    )?;
    assert!(matches!(draft.events()[0].action, Action::Accepted { .. }));
    draft.edit(Place::of("I.1", Field::MaxScore), Some("15"), author("lan"), NOON)?;
    assert_eq!(draft.events().len(), 1);
    Ok(())
}

#[test]
fn a_row_merged_into_an_emptied_one_brings_what_the_new_reading_has_there() -> Result<(), ReviewError> {
    let lan = author("lan");
    let score = Place::of("I.1", Field::MaxScore);
    let mut draft = Draft::new(rubric());
    draft.edit(score.clone(), None, lan.clone(), NOON)?;
    draft.merge_rows("I.2", "I.1", lan.clone(), NOON)?;
    let mut fresh = rubric();
    fresh.criteria.retain(|c| c.id == "I.2");
    fresh.criteria[0].max_score = Score::parse_vietnamese("3");
    let again = draft.reread(fresh, lan, NOON).map_err(|e| e.to_string());
    let text = again.map(|again| text_of(&again.draft.current(), &score));
    assert_eq!(text, Ok(Ok(Some("3".to_owned()))));
    Ok(())
}

/// A reading in which `I.1` hangs below `I.2`, so that `I.2` cannot go below `I.1`.
fn hung_otherwise() -> Rubric {
    let mut fresh = rubric();
    fresh.criteria.swap(1, 2);
    fresh.criteria[2].parent = Some("I.2".to_owned());
    fresh
}

fn below(parent: &str) -> Position {
    Position {
        parent: Some(parent.to_owned()),
        after: None,
    }
}

#[test]
fn changes_that_do_not_fit_a_new_reading_are_named_each() -> Result<(), ReviewError> {
    let (lan, minh) = (author("lan"), author("minh"));
    let mut draft = Draft::new(rubric());
    draft.edit(Place::of("I.1", Field::MaxScore), Some("2"), lan.clone(), NOON)?;
    draft.move_row("I.2", below("I.1"), lan.clone(), NOON)?;
    draft.edit(Place::of("I.2", Field::Notes), Some("nhầm"), minh.clone(), NOON)?;
    draft.move_row("I.2", below("I.3"), minh.clone(), NOON)?;
    draft.move_row("I.2", below("I.1"), minh, NOON)?;
    let refused = draft.reread(hung_otherwise(), lan.clone(), NOON);
    let Err(RereadError::Unfit(unfit)) = refused else {
        panic!("{refused:?}");
    };
    let named: Vec<(usize, &str)> = unfit.iter().map(|u| (u.event, u.why.code())).collect();
    assert_eq!(named, [(1, "under_itself"), (4, "under_itself")]);
    Ok(())
}

#[test]
fn a_change_that_was_taken_back_is_in_no_new_readings_way() -> Result<(), ReviewError> {
    let lan = author("lan");
    let mut draft = Draft::new(rubric());
    draft.move_row("I.2", below("I.1"), lan.clone(), NOON)?;
    draft.edit(Place::of("I.2", Field::Notes), Some("nhầm"), lan.clone(), NOON)?;
    draft.move_row("I.2", below("I.3"), lan.clone(), NOON)?;
    draft.move_row("I.2", below("I.1"), lan.clone(), NOON)?;
    for _ in 0..4 {
        draft.undo(lan.clone(), NOON)?;
    }
    draft.edit(Place::of("I.1", Field::MaxScore), Some("2"), lan.clone(), NOON)?;
    let again = draft.reread(hung_otherwise(), lan.clone(), NOON);
    let again = again.map_err(|e| e.to_string());
    let Ok(again) = again else {
        panic!("{again:?}");
    };
    let mut again = again.draft;
    assert_eq!(
        again.current().criterion("I.1").map(|c| c.max_score),
        Some(Score::parse_vietnamese("2"))
    );
    assert_eq!(again.events().len(), draft.events().len() + 1);
    // The history leads to the same draft, and goes on: the edit can be taken back.
    assert_eq!(
        Draft::replay(again.base().clone(), again.events().to_vec())?,
        again
    );
    again.undo(lan.clone(), NOON)?;
    assert_eq!(
        again.undo(lan, NOON).map_err(|e| e.code()),
        Err("nothing_to_undo")
    );
    Ok(())
}

#[test]
fn a_total_that_the_document_does_not_declare_follows_its_parts() -> Result<(), ReviewError> {
    let mut draft = Draft::new(rubric());
    draft.edit(Place::of("I", Field::MaxScore), Some("12"), author("lan"), NOON)?;
    assert_eq!(draft.current().max_score, Score::parse_vietnamese("12"));
    draft.edit(Place::rubric(Field::MaxScore), Some("11"), author("lan"), NOON)?;
    draft.edit(Place::of("I", Field::MaxScore), Some("10"), author("lan"), NOON)?;
    assert_eq!(draft.current().max_score, Score::parse_vietnamese("11"));
    draft.undo(author("lan"), NOON)?;
    draft.undo(author("lan"), NOON)?;
    assert_eq!(draft.current().max_score, Score::parse_vietnamese("12"));
    Ok(())
}

#[test]
fn a_declared_total_stays_and_is_doubted_once_over_two_places() -> Result<(), ReviewError> {
    let mut base = rubric();
    base.provenance = vec![
        read_from(Field::MaxScore, 300, "10", true),
        read_from(Field::MaxScore, 5, "10", true),
    ];
    let mut draft = Draft::new(base);
    let own = |draft: &Draft| draft.doubtful().iter().filter(|d| d.criterion.is_none()).count();
    assert_eq!(own(&draft), 1);
    draft.edit(Place::of("I", Field::MaxScore), Some("12"), author("lan"), NOON)?;
    assert_eq!(draft.current().max_score, Score::parse_vietnamese("10"));
    draft.accept(Place::rubric(Field::MaxScore), author("lan"), NOON)?;
    assert_eq!(own(&draft), 0);
    Ok(())
}

#[test]
fn what_people_did_is_counted_as_far_as_it_stands() -> Result<(), ReviewError> {
    let (lan, minh) = (author("lan"), author("minh"));
    let score = Place::of("I.1", Field::MaxScore);
    let mut draft = Draft::new(rubric());
    draft.edit(score.clone(), Some("2"), lan.clone(), NOON)?;
    draft.edit(score, Some("3"), lan.clone(), NOON)?;
    draft.accept(Place::of("I.2", Field::MaxScore), lan.clone(), NOON)?;
    draft.edit_rules("I.3", vec![text_rule()], lan.clone(), NOON)?;
    draft.edit(Place::of("I.3", Field::Notes), Some("nhầm"), lan.clone(), NOON)?;
    draft.undo(lan.clone(), NOON)?;
    let by_hand = ByHand {
        changed: 2,
        accepted: 1,
    };
    assert_eq!(draft.by_hand(), by_hand);
    // A second look changes nothing.
    draft.set_keying(Keying::Asked, lan, NOON)?;
    draft.key(Place::of("I.1", Field::MaxScore), Some("3"), minh, NOON)?;
    assert_eq!(draft.by_hand(), by_hand);
    Ok(())
}
