//! One head row and what follows it -> one criterion with its fields and where they come from.

use crate::domain::{
    ColumnRole, Criterion, CriterionKind, Field, PageNo, PenaltyBase, Provenance, Row, Score, Table,
    TableCell, one_line,
};

use super::columns::Layout;
use super::grammar;
use super::prose::{Column, Sorter};
use super::provenance::{self, Extent};
use super::rows::{Head, NumberPlace, ScoreReading, is_negative, read_score};
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
            id: String::new(),
            parent: None,
            number: settled
                .number
                .as_ref()
                .map_or_else(|| one_line(&self.head.number), |n| n.text.clone()),
            kind: CriterionKind::Criterion,
            title: String::new(),
            max_score: None,
            bonus: None,
            deduction: None,
            rules: Vec::new(),
            evidence: String::new(),
            data_items: Vec::new(),
            period: None,
            method: None,
            notes: String::new(),
            self_score: None,
            verified_score: None,
            provenance: Vec::new(),
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
        self.prose(&mut made, base);
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
        let cells = self.layout.all(role).filter_map(|c| self.cell(self.row, c));
        // Of several columns of one role the first that says something counts.
        let Some(cell) = cells.into_iter().find(|c| !c.is_empty()) else {
            return;
        };
        let reading = read_score(&cell.text);
        let (value, why, unread) = match reading {
            ScoreReading::Empty => return,
            ScoreReading::Exact(score) => (Some(score), None, false),
            ScoreReading::Repaired(score, why) => (Some(score), Some(why), true),
            ScoreReading::Unreadable => (None, None, true),
        };
        let field = if field == Field::MaxScore && is_negative(&cell.text) {
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

    fn prose(&self, made: &mut Criterion, base: PenaltyBase) {
        let mut sorter = Sorter::new(base);
        let title_words = sorter.title_cell(&self.head.title);
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
            match self.level_points(*row) {
                Some(points) => sorter.level(&cell.text, points),
                None => sorter.follow(&cell.text),
            }
            made.provenance
                .extend(provenance::of(Field::Rules, cell, Extent::Whole, self.page()));
        }
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
        let prose = sorter.done();
        made.title = prose.title;
        made.data_items = prose.data_items;
        made.evidence = prose.evidence.join("\n");
        made.notes = prose.notes.join("\n");
        made.rules = prose.rules;
        grammar::settle(&mut made.rules, &prose.definitions, made.max_score);
    }

    /// The points of a row that stands under the criterion with a score of its own.
    fn level_points(&self, row: usize) -> Option<Score> {
        [ColumnRole::MaxScore, ColumnRole::Bonus]
            .into_iter()
            .flat_map(|role| self.layout.all(role))
            .filter_map(|c| self.cell(row, c))
            .find_map(|c| match read_score(&c.text) {
                ScoreReading::Exact(score) | ScoreReading::Repaired(score, _) if c.row_span > 0 => {
                    Some(score)
                }
                _ => None,
            })
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
