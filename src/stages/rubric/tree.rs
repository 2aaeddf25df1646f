//! A table's groups of rows -> a tree of criteria with ids, kinds and totals.

use std::collections::HashMap;
use std::sync::LazyLock;

use regex::Regex;

use crate::domain::{
    ColumnRole, Confidence, Criterion, CriterionKind, Field, PageNo, PenaltyBase, PixelBox, Provenance,
    Reader, Rubric, Score, Table, fold,
};

use super::columns::Layout;
use super::criterion::{Group, is_doubtful};
use super::number::Numbering;
use super::provenance::{self, Extent};
use super::rows::{NumberPlace, RowKind, ScoreReading, Width, classify, read_score};
use super::sequence::{Need, Reading, Settled, Source, settle};
use super::{findings, heading, notes};

static BONUS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"diem thuong|thuong diem|diem cong(?: them)?(?:\s*[:(]|$)|cong diem|duoc cong\b|^(?:phan )?thuong$",
    )
    .expect("a fixed pattern")
});
static DEDUCTION: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"diem tru|tru diem|bi tru\b|^(?:phan )?tru$").expect("a fixed pattern"));

/// The rubric of a scoring table; `None` for any other table.
pub fn rubric(index: usize, table: &Table) -> Option<Rubric> {
    let layout = Layout::find(table)?;
    let kinds = classify(table, &layout);
    let groups = groups(table, &layout, &kinds);
    if groups.iter().filter(|g| !g.head.number.is_empty()).count() < 1 {
        return None;
    }
    let settled = settle(&readings(&groups, source(table)));
    let parents = parents(&groups, &settled);
    let bases = bases(&groups, &parents);
    let mut criteria: Vec<Criterion> = groups
        .iter()
        .zip(&settled)
        .zip(&bases)
        .map(|((group, number), base)| group.criterion(number, *base))
        .collect();
    name(&mut criteria, &settled, &parents);
    set_kinds(&mut criteria, &groups, &settled, &parents);
    notes::attach(&mut criteria, table, &remarks(&groups, &kinds));
    flag_missing_scores(&mut criteria, &groups, source(table), table);
    let (title, applies_to) = heading::read(&table.title);
    let mut rubric = Rubric {
        title,
        applies_to,
        columns: layout.columns.clone(),
        criteria,
        table: index,
        ..Rubric::default()
    };
    totals(&mut rubric, table, &layout, &kinds);
    findings::layout(&mut rubric, &layout, table);
    Some(rubric)
}

fn groups<'a>(table: &'a Table, layout: &'a Layout, kinds: &[RowKind]) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'a>> = Vec::new();
    for (row, kind) in kinds.iter().enumerate() {
        match kind {
            RowKind::Head(head) => groups.push(Group {
                head: head.clone(),
                row,
                follow: Vec::new(),
                table,
                layout,
            }),
            RowKind::Follow => {
                if let Some(last) = groups.last_mut() {
                    last.follow.push(row);
                }
            }
            RowKind::Skip | RowKind::Total | RowKind::Remark => {}
        }
    }
    groups
}

/// The rows that are remarks, each with the group before it.
fn remarks(groups: &[Group<'_>], kinds: &[RowKind]) -> Vec<(usize, Option<usize>)> {
    let rows = (0..kinds.len()).filter(|row| kinds[*row] == RowKind::Remark);
    rows.map(|row| (row, groups.iter().rposition(|g| g.row < row)))
        .collect()
}

fn source(table: &Table) -> Source {
    let read = table
        .rows
        .iter()
        .flat_map(|r| &r.cells)
        .flat_map(|c| &c.words)
        .any(|w| {
            matches!(
                w.reader,
                Reader::Tesseract | Reader::TesseractScript | Reader::LineReader
            )
        });
    if read { Source::Image } else { Source::Text }
}

/// Confidence from which two readers that agree are believed.
const SURE: f32 = 0.9;

fn readings(groups: &[Group<'_>], source: Source) -> Vec<Reading> {
    groups
        .iter()
        .map(|group| {
            let word = match (group.head.place, group.number_cell()) {
                (NumberPlace::Own(_), Some(cell)) if cell.words.len() == 1 => cell.words.first(),
                _ => None,
            };
            let others = word.map_or_else(Vec::new, |w| {
                let votes = w
                    .votes
                    .iter()
                    .filter(|v| v.text != w.text)
                    .map(|v| v.text.clone());
                votes
                    .chain(
                        w.alternatives
                            .iter()
                            .filter(|a| a.confidence.get() >= 0.02)
                            .map(|a| a.text.clone()),
                    )
                    .collect()
            });
            let need = if group.head.width == Width::Wide {
                Need::Section
            } else {
                Need::Criterion
            };
            let agreed = word.is_some_and(|w| {
                w.confidence.get() >= SURE && w.votes.iter().any(|v| v.reader != w.reader && v.text == w.text)
            });
            Reading {
                raw: group.head.number.clone(),
                others,
                source: if agreed { Source::Agreed } else { source },
                need,
            }
        })
        .collect()
}

/// The index of each group's parent.
fn parents(groups: &[Group<'_>], settled: &[Settled]) -> Vec<Option<usize>> {
    let mut open: Vec<(u8, usize)> = Vec::new();
    let mut parents = Vec::with_capacity(groups.len());
    let mut last: Option<(u8, Width)> = None;
    for (index, (group, number)) in groups.iter().zip(settled).enumerate() {
        let level = match (&number.number, group.head.width, last) {
            (Some(number), _, _) => number.level(),
            (None, Width::Wide, _) => 1,
            (None, Width::Celled, Some((level, Width::Celled))) if level > 1 => level,
            (None, Width::Celled, Some((level, _))) => (level + 1).max(2),
            (None, Width::Celled, None) => 2,
        };
        // What counts on in a list stands where the list stands; what extends a number stands under it.
        let stands = |at: usize, how: fn(&Numbering, &Numbering) -> bool| {
            let both = number.number.as_ref().zip(settled[at].number.as_ref());
            both.is_some_and(|(own, before)| how(own, before))
        };
        if let Some(list) = open
            .iter()
            .position(|(_, at)| stands(*at, Numbering::is_in_list_of))
        {
            open.truncate(list);
        }
        while open
            .last()
            .is_some_and(|(l, at)| *l >= level && !stands(*at, Numbering::extends))
        {
            open.pop();
        }
        parents.push(open.last().map(|(_, parent)| *parent));
        open.push((level, index));
        last = Some((level, group.head.width));
    }
    parents
}

/// What penalties are taken from: the total, under a heading that says points are taken off.
fn bases(groups: &[Group<'_>], parents: &[Option<usize>]) -> Vec<PenaltyBase> {
    let mut bases: Vec<PenaltyBase> = Vec::with_capacity(groups.len());
    let has_children = |i: usize| parents.contains(&Some(i));
    for (index, group) in groups.iter().enumerate() {
        let own = has_children(index) && DEDUCTION.is_match(&fold(&group.head.title));
        let above = parents[index].is_some_and(|p| bases[p] == PenaltyBase::Total);
        bases.push(if own || above {
            PenaltyBase::Total
        } else {
            PenaltyBase::Criterion
        });
    }
    bases
}

/// Ids and parents: `II.2.1` for `2.1` under `II`, `I.6#2` for a number that comes twice.
fn name(criteria: &mut [Criterion], settled: &[Settled], parents: &[Option<usize>]) {
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut unnumbered: HashMap<Option<usize>, usize> = HashMap::new();
    for index in 0..criteria.len() {
        let own = if criteria[index].number.is_empty() {
            let count = unnumbered.entry(parents[index]).or_default();
            *count += 1;
            format!("x{count}")
        } else {
            criteria[index].number.replace(char::is_whitespace, "")
        };
        let mut above = parents[index];
        // `1.2` under `1` says its parent already: the id goes on from the grandparent.
        while let Some(parent) = above {
            let said = match (&settled[index].number, &settled[parent].number) {
                (Some(own), Some(parent)) => own.extends(parent),
                _ => false,
            };
            if !said {
                break;
            }
            above = parents[parent];
        }
        let base = above.map_or_else(|| own.clone(), |p| format!("{}.{own}", criteria[p].id));
        let count = seen.entry(base.clone()).or_default();
        *count += 1;
        criteria[index].id = if *count == 1 {
            base
        } else {
            format!("{base}#{count}")
        };
        criteria[index].parent = parents[index].map(|p| criteria[p].id.clone());
    }
}

fn set_kinds(
    criteria: &mut [Criterion],
    groups: &[Group<'_>],
    settled: &[Settled],
    parents: &[Option<usize>],
) {
    for index in 0..criteria.len() {
        let has_children = parents.contains(&Some(index));
        let heads = settled[index]
            .number
            .as_ref()
            .is_some_and(|n| n.heads_a_section())
            || groups[index].head.width == Width::Wide && settled[index].number.is_none();
        let title = fold(&criteria[index].title);
        let inherited = parents[index].map(|p| criteria[p].kind);
        let only = |own: Option<Score>, a: Option<Score>, b: Option<Score>| {
            own.is_some() && a.is_none() && b.is_none()
        };
        let c = &criteria[index];
        criteria[index].kind = match inherited {
            Some(kind @ (CriterionKind::Bonus | CriterionKind::Deduction)) => kind,
            _ if (has_children || heads) && BONUS.is_match(&title) && !DEDUCTION.is_match(&title) => {
                CriterionKind::Bonus
            }
            _ if (has_children || heads) && DEDUCTION.is_match(&title) && !BONUS.is_match(&title) => {
                CriterionKind::Deduction
            }
            _ if has_children => CriterionKind::Section,
            _ if title.starts_with("diem thuong") || only(c.bonus, c.max_score, c.deduction) => {
                CriterionKind::Bonus
            }
            _ if title.starts_with("diem tru") || only(c.deduction, c.max_score, c.bonus) => {
                CriterionKind::Deduction
            }
            _ if heads => CriterionKind::Section,
            _ => CriterionKind::Criterion,
        };
    }
}

/// On a page that was read, an empty score cell where its neighbours have one may be ink that was missed.
fn flag_missing_scores(criteria: &mut [Criterion], groups: &[Group<'_>], source: Source, table: &Table) {
    let parents: Vec<Option<String>> = criteria.iter().map(|c| c.parent.clone()).collect();
    for index in 0..criteria.len() {
        let c = &criteria[index];
        let leaf = !parents.iter().any(|p| p.as_deref() == Some(&c.id));
        let bare = c.max_score.is_none()
            && c.bonus.is_none()
            && c.deduction.is_none()
            && !is_doubtful(&c.provenance, Field::MaxScore);
        let neighbours = || criteria.iter().filter(|n| n.id != c.id && n.parent == c.parent);
        let expected = if leaf {
            c.kind != CriterionKind::Deduction && neighbours().any(|n| n.max_score.is_some())
        } else {
            neighbours().any(|n| n.max_score.is_some() && parents.iter().any(|p| p.as_deref() == Some(&n.id)))
        };
        if source == Source::Text || !bare || !expected {
            continue;
        }
        let group = &groups[index];
        let column = group.layout.column(ColumnRole::MaxScore);
        let Some(cell) = column
            .and_then(|col| table.rows[group.row].cells.get(col))
            .filter(|c| c.row_span > 0)
        else {
            continue;
        };
        let page = table.pages.first().copied().unwrap_or(PageNo::FIRST);
        let entries = provenance::of(Field::MaxScore, cell, Extent::Whole, page);
        criteria[index]
            .provenance
            .extend(entries.into_iter().map(|p| Provenance { doubtful: true, ..p }));
    }
}

/// The whole: what a total row declares, or else the sum.
fn totals(rubric: &mut Rubric, table: &Table, layout: &Layout, kinds: &[RowKind]) {
    let page = table.pages.first().copied().unwrap_or(PageNo::FIRST);
    let (base, bonus) = (rubric.base_total(), rubric.bonus_total());
    rubric.max_score = base;
    rubric.bonus_max = bonus;
    let columns: Vec<usize> = layout.all(ColumnRole::MaxScore).collect();
    for (row, _) in table
        .rows
        .iter()
        .zip(kinds)
        .filter(|(_, kind)| **kind == RowKind::Total)
    {
        let label: String = row
            .cells
            .iter()
            .take(2)
            .map(|c| fold(&c.text))
            .collect::<Vec<_>>()
            .join(" ");
        let Some(cell) = columns
            .iter()
            .filter_map(|c| row.cells.get(*c))
            .find(|c| !c.is_empty())
        else {
            continue;
        };
        if BONUS.is_match(&label)
            || DEDUCTION.is_match(&label)
            || rubric.provenance.iter().any(|p| p.field == Field::MaxScore)
        {
            continue;
        }
        let (declared, why, unread) = match read_score(&cell.text) {
            ScoreReading::Empty => continue,
            ScoreReading::Exact(score) => (Some(score), None, false),
            ScoreReading::Repaired(score, why) => (Some(score), Some(why), true),
            ScoreReading::Unreadable => (None, None, true),
        };
        let with_bonus = base.zip(bonus).map(|(a, b)| a + b);
        if let Some(declared) = declared
            && Some(declared) != with_bonus
        {
            rubric.max_score = Some(declared);
        }
        for mut entry in provenance::of(Field::MaxScore, cell, Extent::Whole, page) {
            entry.doubtful |= unread;
            entry.restored_by = why.clone().or(entry.restored_by);
            rubric.provenance.push(entry);
        }
    }
    if !rubric.provenance.iter().any(|p| p.field == Field::MaxScore) {
        rubric.provenance.push(Provenance {
            field: Field::MaxScore,
            page,
            bbox: PixelBox::default(),
            raw: String::new(),
            confidence: Confidence::CERTAIN,
            readers: Vec::new(),
            candidates: Vec::new(),
            restored_by: Some(Rubric::SUMMED.to_owned()),
            doubtful: false,
        });
    }
}
