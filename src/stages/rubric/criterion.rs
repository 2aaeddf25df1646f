//! One head row and what follows it -> one criterion with its fields and where they come from.

use std::sync::LazyLock;

use regex::Regex;

use crate::domain::{
    ColumnRole, Criterion, CriterionKind, Field, PageNo, PenaltyBase, Provenance, Reader, Row, Score, Table,
    TableCell, fold, one_line,
};

use super::columns::Layout;
use super::grammar;
use super::prose::{Column, Levels, Sorter};
use super::provenance::{self, Extent};
use super::rows::{Head, NumberPlace, ScoreReading, is_negative, read_score, starts_with_bullet};
use super::sequence::Settled;

/// A head with the rows that belong to it.
#[derive(Debug, Clone)]
pub struct Group<'a> {
    pub head: Head,
    pub row: usize,
    pub follow: Vec<usize>,
    pub table: &'a Table,
    pub layout: &'a Layout,
}

/// A row under a criterion with a score of its own.
struct Level<'a> {
    row: usize,
    words: &'a str,
    points: Score,
    role: ColumnRole,
    /// The cell of the score.
    cell: &'a TableCell,
}

static GRADE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?:dat |xep )?(?:cap|loai|giai|hang|muc|bac|hoc ky|lan|tu|tren|duoi|xuat sac|tot|kha|trung binh|yeu|kem|hoan thanh|khong)\b")
        .expect("a fixed pattern")
});

/// True for the words of one step among several: "Cấp khoa", "Giải nhất", "Từ 2 đến 3 lần".
fn is_grade(words: &str) -> bool {
    GRADE.is_match(fold(words).trim_start_matches(|c: char| !c.is_alphanumeric()))
}

impl Group<'_> {
    fn cell(&self, row: usize, column: usize) -> Option<&TableCell> {
        self.table.rows.get(row).and_then(|r: &Row| r.cells.get(column))
    }

    fn page(&self) -> PageNo {
        let of_row = self
            .table
            .rows
            .get(self.row)
            .into_iter()
            .flat_map(|r| &r.cells)
            .find_map(|c| c.places.first());
        of_row
            .map(|p| p.0)
            .or(self.table.pages.first().copied())
            .unwrap_or(PageNo::FIRST)
    }

    /// The cell that the number was read from.
    pub fn number_cell(&self) -> Option<&TableCell> {
        match self.head.place {
            NumberPlace::Own(column) => self.cell(self.row, column),
            NumberPlace::InTitle => self.cell(self.row, self.head.title_column),
            NumberPlace::Nowhere => self
                .layout
                .column(ColumnRole::Number)
                .and_then(|c| self.cell(self.row, c)),
        }
    }

    /// The criterion, without id and parent, of a kind to be settled by the tree.
    pub fn criterion(&self, settled: &Settled, base: PenaltyBase) -> Criterion {
        let mut made = Criterion {
            number: settled
                .number
                .as_ref()
                .map_or_else(|| one_line(&self.head.number), |n| n.text.clone()),
            ..Criterion::empty("", CriterionKind::Criterion)
        };
        self.number(&mut made, settled);
        for (role, field) in [
            (ColumnRole::MaxScore, Field::MaxScore),
            (ColumnRole::Bonus, Field::Bonus),
            (ColumnRole::Deduction, Field::Deduction),
            (ColumnRole::SelfScore, Field::SelfScore),
            (ColumnRole::VerifiedScore, Field::VerifiedScore),
        ] {
            self.score(&mut made, role, field);
        }
        let levels = self.levels();
        self.limit_by(&mut made, &levels);
        self.prose(&mut made, base, &levels);
        self.texts(&mut made);
        made
    }

    fn number(&self, made: &mut Criterion, settled: &Settled) {
        let Some(cell) = self.number_cell() else { return };
        let extent = match self.head.place {
            NumberPlace::InTitle => Extent::words(cell, 0, self.head.number.split_whitespace().count()),
            _ => Extent::Whole,
        };
        let unread = settled.number.is_none() && !self.head.number.is_empty();
        if made.number.is_empty() && cell.is_empty() {
            return;
        }
        for mut entry in provenance::of(Field::Number, cell, extent, self.page()) {
            if let Some(why) = &settled.inferred {
                entry.doubtful = true;
                entry.restored_by = Some(why.clone());
            }
            entry.doubtful |= unread;
            made.provenance.push(entry);
        }
    }

    fn score(&self, made: &mut Criterion, role: ColumnRole, field: Field) {
        let cells = self
            .layout
            .all(role)
            .filter_map(|c| Some((c, self.cell(self.row, c)?)));
        // Of several columns of one role the first that says something counts.
        let Some((column, cell)) = cells.into_iter().find(|(_, c)| !c.is_empty()) else {
            return;
        };
        let stray = self.has_stray_sign(column, cell);
        let reading = match read_score(&cell.text) {
            ScoreReading::Exact(score) if stray => {
                ScoreReading::Repaired(score, format!("a stroke before the number: {}", cell.text))
            }
            reading => reading,
        };
        let (value, why, unread) = match reading {
            ScoreReading::Empty => return,
            ScoreReading::Exact(score) => (Some(score), None, false),
            ScoreReading::Repaired(score, why) => (Some(score), Some(why), true),
            ScoreReading::Unreadable => (None, None, true),
        };
        let field = if field == Field::MaxScore && is_negative(&cell.text) && !stray {
            Field::Deduction
        } else {
            field
        };
        match field {
            Field::Bonus => made.bonus = value,
            Field::Deduction => made.deduction = value,
            Field::SelfScore => made.self_score = value,
            Field::VerifiedScore => made.verified_score = value,
            _ => made.max_score = value,
        }
        for mut entry in provenance::of(field, cell, Extent::Whole, self.page()) {
            entry.doubtful |= unread;
            if let Some(why) = &why {
                entry.restored_by = Some(why.clone());
            }
            made.provenance.push(entry);
        }
    }

    /// True for a minus on a scan that stands away from its number, the only one of its column: what a seal or a ruling
    /// left behind.
    fn has_stray_sign(&self, column: usize, cell: &TableCell) -> bool {
        let scanned = cell.words.iter().any(|w| w.reader != Reader::TextLayer);
        let apart = cell.text.trim_start().starts_with("- ");
        let others = self.table.rows.iter().filter_map(|r| r.cells.get(column));
        scanned && apart && is_negative(&cell.text) && others.filter(|c| is_negative(&c.text)).count() == 1
    }

    fn prose(&self, made: &mut Criterion, base: PenaltyBase, levels: &[Level<'_>]) {
        let mut sorter = Sorter::new(base);
        let told: Vec<(&str, Score)> = levels.iter().map(|l| (l.words, l.points)).collect();
        let is_level = levels.first().is_some_and(|l| l.row == self.row);
        let title_words = match is_level {
            true => sorter.title_of(&told),
            false => sorter.title_cell(&self.head.title),
        };
        let title_column = self.head.title_column;
        if let Some(cell) = self.cell(self.row, title_column) {
            let skip = match self.head.place {
                NumberPlace::InTitle => self.head.number.split_whitespace().count(),
                _ => 0,
            };
            let whole = cell.text.split_whitespace().count() <= skip + title_words;
            let extent = if whole && skip == 0 {
                Extent::Whole
            } else {
                Extent::words(cell, skip, skip + title_words)
            };
            made.provenance
                .extend(provenance::of(Field::Title, cell, extent, self.page()));
            if !whole {
                let rest = Extent::words(cell, skip + title_words, usize::MAX);
                made.provenance
                    .extend(provenance::of(Field::Rules, cell, rest, self.page()));
            }
        }
        let list_column = self.layout.column(ColumnRole::Title).unwrap_or(title_column);
        for row in &self.follow {
            let Some(cell) = self.cell(*row, list_column).filter(|c| !c.is_empty()) else {
                continue;
            };
            if !levels.iter().any(|l| l.row == *row) {
                sorter.follow(&cell.text);
            }
            made.provenance
                .extend(provenance::of(Field::Rules, cell, Extent::Whole, self.page()));
        }
        sorter.levels(&told, self.how(made, levels));
        for (role, column) in [
            (ColumnRole::Rule, Column::Rules),
            (ColumnRole::Evidence, Column::Mixed),
            (ColumnRole::Method, Column::Mixed),
        ] {
            for cell in self.cells(role) {
                sorter.column(&cell.text, column);
                if role == ColumnRole::Rule {
                    made.provenance
                        .extend(provenance::of(Field::Rules, cell, Extent::Whole, self.page()));
                }
            }
        }
        if levels.is_empty() {
            sorter.each_time(made.bonus, made.deduction);
        }
        let prose = sorter.done();
        made.title = prose.title;
        made.data_items = prose.data_items;
        made.evidence = prose.evidence.join("\n");
        made.notes = prose.notes.join("\n");
        made.rules = prose.rules;
        grammar::settle(&mut made.rules, &prose.definitions, made.max_score);
    }

    /// The rows under the criterion that have scores of their own; its first row too where the number stands beside all
    /// of them and that row is one of the list.
    fn levels(&self) -> Vec<Level<'_>> {
        let follow: Vec<Level<'_>> = self.follow.iter().filter_map(|row| self.level(*row)).collect();
        let heads = self.is_beside_all() && starts_with_bullet(&self.head.title) && !follow.is_empty();
        let head = heads.then(|| self.level(self.row)).flatten();
        head.into_iter().chain(follow).collect()
    }

    fn level(&self, row: usize) -> Option<Level<'_>> {
        let words = self.cell(row, self.layout.column(ColumnRole::Title)?)?;
        let roles = [ColumnRole::MaxScore, ColumnRole::Bonus, ColumnRole::Deduction];
        let mut cells = roles
            .into_iter()
            .flat_map(|role| self.layout.all(role).map(move |column| (role, column)))
            .filter_map(|(role, column)| Some((role, self.cell(row, column)?)))
            .filter(|(_, cell)| cell.row_span > 0);
        cells.find_map(|(role, cell)| match read_score(&cell.text) {
            ScoreReading::Exact(points) | ScoreReading::Repaired(points, _) => Some(Level {
                row,
                words: words.text.as_str(),
                points,
                role,
                cell,
            }),
            _ => None,
        })
    }

    /// True where the number's cell reaches over the rows that follow.
    fn is_beside_all(&self) -> bool {
        matches!(self.head.place, NumberPlace::Own(_)) && self.number_cell().is_some_and(|c| c.row_span > 1)
    }

    /// Levels exclude each other, unless together they make the maximum that the criterion states or read like parts.
    fn how(&self, made: &Criterion, levels: &[Level<'_>]) -> Levels {
        let stated = made
            .max_score
            .filter(|_| levels.iter().all(|l| l.row != self.row));
        let sum: Score = levels.iter().map(|l| l.points).sum();
        let graded = || levels.iter().all(|l| is_grade(l.words));
        match stated {
            _ if self.is_beside_all() => Levels::OneCounts,
            Some(max) if sum == max => Levels::AddUp,
            Some(max) if levels.iter().any(|l| l.points == max) => Levels::OneCounts,
            _ if graded() => Levels::OneCounts,
            _ => Levels::AddUp,
        }
    }

    /// Where only levels have scores the best of them is what the criterion can bring.
    fn limit_by(&self, made: &mut Criterion, levels: &[Level<'_>]) {
        let heads = levels.first().is_some_and(|l| l.row == self.row);
        if !heads && !self.is_beside_all() {
            return;
        }
        for (role, field) in [
            (ColumnRole::MaxScore, Field::MaxScore),
            (ColumnRole::Bonus, Field::Bonus),
            (ColumnRole::Deduction, Field::Deduction),
        ] {
            let own = levels.iter().filter(|l| l.role == role);
            let Some(best) = own.max_by_key(|l| l.points) else {
                continue;
            };
            let limit = match field {
                Field::Bonus => &mut made.bonus,
                Field::Deduction => &mut made.deduction,
                _ => &mut made.max_score,
            };
            if limit.is_some_and(|l| !heads || l >= best.points) {
                continue;
            }
            *limit = Some(best.points);
            made.provenance.retain(|p| p.field != field);
            made.provenance
                .extend(provenance::of(field, best.cell, Extent::Whole, self.page()));
        }
    }

    /// The filled cells of a role, head first, then the rows that follow.
    fn cells(&self, role: ColumnRole) -> impl Iterator<Item = &TableCell> {
        std::iter::once(self.row)
            .chain(self.follow.iter().copied())
            .flat_map(move |row| self.layout.all(role).filter_map(move |c| self.cell(row, c)))
            .filter(|c| !c.is_empty())
    }

    fn texts(&self, made: &mut Criterion) {
        let mut take = |role, field| {
            let cells: Vec<&TableCell> = self.cells(role).collect();
            made.provenance.extend(
                cells
                    .iter()
                    .flat_map(|c| provenance::of(field, c, Extent::Whole, self.page())),
            );
            cells.iter().map(|c| paragraphs(&c.text)).collect::<Vec<_>>()
        };
        let evidence = take(ColumnRole::Evidence, Field::Evidence);
        let period = take(ColumnRole::Period, Field::Period);
        let method = take(ColumnRole::Method, Field::Method);
        let data = take(ColumnRole::Data, Field::DataItems);
        let notes = take(ColumnRole::Notes, Field::Notes);
        let filled = |texts: Vec<String>| (!texts.is_empty()).then(|| texts.join("\n"));
        made.evidence = join(std::mem::take(&mut made.evidence), evidence);
        made.period = filled(period);
        made.method = filled(method);
        made.data_items.extend(data);
        made.notes = join(std::mem::take(&mut made.notes), notes);
        for (index, column) in self
            .layout
            .columns
            .iter()
            .enumerate()
            .filter(|(_, c)| c.role == ColumnRole::Other)
        {
            if index == self.head.title_column {
                continue;
            }
            let rows = std::iter::once(self.row).chain(self.follow.iter().copied());
            for cell in rows.filter_map(|r| self.cell(r, index)).filter(|c| !c.is_empty()) {
                let named = if column.header.is_empty() {
                    paragraphs(&cell.text)
                } else {
                    format!("{}: {}", column.header, paragraphs(&cell.text))
                };
                made.notes = join(std::mem::take(&mut made.notes), vec![named]);
            }
        }
    }
}

/// True when the entries of `field` leave doubt.
pub fn is_doubtful(provenance: &[Provenance], field: Field) -> bool {
    provenance.iter().any(|p| p.field == field && p.doubtful)
}

fn join(own: String, more: Vec<String>) -> String {
    std::iter::once(own)
        .chain(more)
        .filter(|t| !t.is_empty())
        .collect::<Vec<_>>()
        .join("\n")
}

fn paragraphs(text: &str) -> String {
    text.split('\n')
        .map(one_line)
        .filter(|p| !p.is_empty())
        .collect::<Vec<_>>()
        .join("\n")
}
