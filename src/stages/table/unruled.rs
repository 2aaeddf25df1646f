//! What rulings alone do not tell, and the words in them do: rows and columns that are not ruled, and grids that are no
//! tables but charts, maps and frames.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

use crate::domain::{Block, Cell, Grid, Line, PageReading, PixelBox, Word};

/// A cell of a column of figures: `1,5`, `20 đ`, `86.2`, `100%`, `-`.
static VALUE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?:[-–—:]|[-–+]?\s?\d[\d.,\s]*\s?(?:%|đ|điểm)?)$").expect("a valid pattern")
});
/// How the things in one cell may be told apart, the stronger first.
static STARTS: LazyLock<[Regex; 4]> = LazyLock::new(|| {
    [
        r"^[IVX]{1,5}[.)]\s",
        r"^\d{1,2}(?:\.\d{1,2})*[.)]?\s",
        r"^[a-zđ][.)]\s",
        r"^[-+•–]\s*\S",
    ]
    .map(|pattern| Regex::new(pattern).expect("a valid pattern"))
});

/// Parts the cells of a page's grids that hold several columns or several rows of a table ruled in one direction only, and
/// makes lines again of what is no table.
pub fn settle_grids(page: &mut PageReading) {
    let blocks = std::mem::take(&mut page.blocks);
    for block in blocks {
        match block {
            Block::Grid(mut grid) => {
                split_columns(&mut grid);
                split_rows(&mut grid);
                match is_table(&grid) {
                    true => page.blocks.push(Block::Grid(grid)),
                    false => page
                        .blocks
                        .extend(grid.cells.into_iter().flat_map(|c| c.lines).map(Block::Line)),
                }
            }
            line => page.blocks.push(line),
        }
    }
}

/// A table has a row in which several cells, and most of them, say something: its header, if nothing else. The fields of a
/// chart are empty but for a label here and there, and a frame has one.
fn is_table(grid: &Grid) -> bool {
    (0..grid.rows).any(|row| {
        let cells = grid
            .cells
            .iter()
            .filter(|c| c.row <= row && row < c.row + c.row_span);
        let (all, filled) = cells.fold((0, 0), |(all, filled), c| {
            (
                all + 1,
                filled + usize::from(c.lines.iter().any(|l| !l.words.is_empty())),
            )
        });
        filled >= 2 && filled * 2 > all
    })
}

/// Cells merged over several columns in which the words keep to the columns that the header rules.
fn split_columns(grid: &mut Grid) {
    let mut groups: BTreeMap<(usize, usize), Vec<usize>> = BTreeMap::new();
    for (index, cell) in grid.cells.iter().enumerate() {
        if cell.column_span > 1 && cell.row_span == 1 && !cell.lines.is_empty() {
            groups
                .entry((cell.column, cell.column_span))
                .or_default()
                .push(index);
        }
    }
    for ((column, span), members) in groups {
        let edges: Option<Vec<i32>> = (column + 1..column + span)
            .map(|c| edge_before(grid, c))
            .collect();
        let Some(edges) = edges else { continue };
        let parted = |index: &usize| parts(&grid.cells[*index], &edges);
        let filled = |parts: &Vec<Cell>| parts.iter().filter(|p| !p.lines.is_empty()).count();
        let split: BTreeMap<usize, Vec<Cell>> =
            members.iter().filter_map(|i| Some((*i, parted(i)?))).collect();
        let several = split.values().filter(|p| filled(p) > 1).count();
        // One heading that happens to leave a gap there is no column; neither are sections that run on over the edge.
        if several < 2 || several * 5 < members.len() * 3 {
            continue;
        }
        for (index, parts) in split.into_iter().rev() {
            grid.cells.splice(index..=index, parts);
        }
        grid.cells.sort_by_key(|c| (c.row, c.column));
    }
}

/// Where column `column` begins, by the cells that end or begin there.
fn edge_before(grid: &Grid, column: usize) -> Option<i32> {
    let mut ends: Vec<i32> = grid
        .cells
        .iter()
        .filter(|c| c.column + c.column_span == column)
        .map(|c| c.bbox.x1)
        .chain(
            grid.cells
                .iter()
                .filter(|c| c.column == column)
                .map(|c| c.bbox.x0),
        )
        .collect();
    ends.sort_unstable();
    ends.get(ends.len() / 2).copied()
}

/// A cell cut at `edges`; `None` when a word, or words close together, stand across one.
fn parts(cell: &Cell, edges: &[i32]) -> Option<Vec<Cell>> {
    let mut bounds = vec![cell.bbox.x0];
    bounds.extend(edges);
    bounds.push(cell.bbox.x1);
    let mut out: Vec<Cell> = bounds
        .windows(2)
        .enumerate()
        .map(|(at, ends)| Cell {
            column: cell.column + at,
            column_span: 1,
            bbox: PixelBox::new(ends[0], cell.bbox.y0, ends[1], cell.bbox.y1),
            lines: Vec::new(),
            ..cell.clone()
        })
        .collect();
    for line in &cell.lines {
        let height = line.bbox.height();
        let mut homes: Vec<Vec<Word>> = vec![Vec::new(); out.len()];
        for word in &line.words {
            let (x, _) = word.bbox.center();
            let home = edges.iter().filter(|e| x >= **e).count();
            homes[home].push(word.clone());
        }
        let reach = |words: &[Word]| words.iter().map(|w| w.bbox).collect::<PixelBox>();
        let mut before: Option<PixelBox> = None;
        for words in homes.iter().filter(|w| !w.is_empty()) {
            let here = reach(words);
            // A space is a quarter of a line high; a justified one a half.
            if before.is_some_and(|b| (here.x0 - b.x1) * 10 < height * 6) {
                return None;
            }
            before = Some(here);
        }
        for (part, words) in out.iter_mut().zip(homes) {
            if words.is_empty() {
                continue;
            }
            let bbox = reach(&words);
            if bbox.x0 < part.bbox.x0 - height / 3 || bbox.x1 > part.bbox.x1 + height / 3 {
                return None;
            }
            part.lines.push(Line { bbox, words });
        }
    }
    Some(out)
}

/// Rows of the grid in which a column holds several values, one for each of the things beside it.
fn split_rows(grid: &mut Grid) {
    let mut row = 0;
    while row < grid.rows {
        let cuts = cuts(grid, row);
        let more = cuts.len();
        if more > 0 {
            cut_row(grid, row, &cuts);
        }
        row += more + 1;
    }
}

/// Heights at which a row of the grid is to be cut; none where it is one row.
fn cuts(grid: &Grid, row: usize) -> Vec<i32> {
    let cells: Vec<&Cell> = grid
        .cells
        .iter()
        .filter(|c| c.row == row && c.row_span == 1)
        .collect();
    // The first column has numbers, not figures; and a speck beside one figure makes no second.
    let values = |cell: &&&Cell| {
        let figures = |line: &&Line| line.text().contains(|c: char| c.is_ascii_digit());
        cell.column > 0
            && cell.lines.iter().all(|l| VALUE.is_match(&l.text()))
            && cell.lines.iter().filter(figures).count() > 1
    };
    // The column with the most values says how many rows there are.
    let Some(column) = cells.iter().filter(values).max_by_key(|c| c.lines.len()) else {
        return Vec::new();
    };
    let wanted = column.lines.len();
    let named = cells
        .iter()
        .filter(|c| c.lines.len() >= wanted && !values(c))
        .find_map(|c| starts(c, &column.lines));
    named.unwrap_or_default()
}

/// The heights between the things that a cell names, one for each of `values`; `None` when they do not go together.
fn starts(cell: &Cell, values: &[Line]) -> Option<Vec<i32>> {
    let wanted = values.len();
    let by_sign = STARTS.iter().find_map(|pattern| {
        let at: Vec<usize> = (0..cell.lines.len())
            .filter(|&i| pattern.is_match(&cell.lines[i].text()))
            .collect();
        (at.len() == wanted && at.first() == Some(&0)).then_some(at)
    });
    let by_height = || -> Option<Vec<usize>> {
        let level = |value: &Line| {
            cell.lines.iter().position(|l| {
                (l.bbox.center().1 - value.bbox.center().1).abs() * 2
                    < l.bbox.height().max(value.bbox.height())
            })
        };
        let at: Vec<usize> = values.iter().map(level).collect::<Option<_>>()?;
        (at.first() == Some(&0) && at.windows(2).all(|w| w[0] < w[1])).then_some(at)
    };
    let at = by_sign.or_else(by_height)?;
    // Each value stands beside its own thing.
    let beside = at.iter().enumerate().all(|(k, &from)| {
        let to = at.get(k + 1).copied().unwrap_or(cell.lines.len());
        let things: PixelBox = cell.lines[from..to].iter().map(|l| l.bbox).collect();
        let (_, y) = values[k].bbox.center();
        y >= things.y0 && y <= things.y1
    });
    beside.then(|| {
        at[1..]
            .iter()
            .map(|&i| (cell.lines[i - 1].bbox.y1 + cell.lines[i].bbox.y0) / 2)
            .collect()
    })
}

/// Cuts a row at the given heights: every line goes to the part that its middle is in.
fn cut_row(grid: &mut Grid, row: usize, cuts: &[i32]) {
    let more = cuts.len();
    let mut out = Vec::with_capacity(grid.cells.len());
    for mut cell in std::mem::take(&mut grid.cells) {
        if cell.row > row {
            cell.row += more;
            out.push(cell);
        } else if cell.row == row && cell.row_span == 1 {
            let mut bounds = vec![cell.bbox.y0];
            bounds.extend(cuts);
            bounds.push(cell.bbox.y1);
            let lines = std::mem::take(&mut cell.lines);
            let mut homes: Vec<Vec<Line>> = vec![Vec::new(); more + 1];
            for line in lines {
                let (_, y) = line.bbox.center();
                homes[cuts.iter().filter(|c| y >= **c).count()].push(line);
            }
            out.extend(homes.into_iter().enumerate().map(|(k, lines)| Cell {
                row: row + k,
                bbox: PixelBox::new(cell.bbox.x0, bounds[k], cell.bbox.x1, bounds[k + 1]),
                lines,
                ..cell.clone()
            }));
        } else {
            if cell.row + cell.row_span > row {
                cell.row_span += more;
            }
            out.push(cell);
        }
    }
    out.sort_by_key(|c| (c.row, c.column));
    grid.cells = out;
    grid.rows += more;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Confidence, Reader};

    fn line(y: i32, words: &[(i32, &str)]) -> Line {
        let word = |(x, text): &(i32, &str)| {
            let bbox = PixelBox::new(*x, y, x + 12 * text.chars().count() as i32, y + 20);
            Word::new(*text, bbox, Confidence::CERTAIN, Reader::TextLayer)
        };
        let words: Vec<Word> = words.iter().map(word).collect();
        Line {
            bbox: words.iter().map(|w| w.bbox).collect(),
            words,
        }
    }

    /// A cell of a grid whose columns are 100 wide.
    fn cell(row: usize, column: usize, span: usize, height: i32, lines: Vec<Line>) -> Cell {
        let (x0, y0) = (column as i32 * 100, row as i32 * height);
        Cell {
            row,
            column,
            row_span: 1,
            column_span: span,
            bbox: PixelBox::new(x0, y0, x0 + span as i32 * 100, y0 + height),
            lines,
        }
    }

    fn grid(rows: usize, columns: usize, cells: Vec<Cell>) -> Grid {
        Grid {
            rows,
            columns,
            cells,
            ..Grid::default()
        }
    }

    fn texts(grid: &Grid) -> Vec<(usize, usize, String)> {
        let text = |c: &Cell| c.lines.iter().map(Line::text).collect::<Vec<_>>().join("/");
        grid.cells.iter().map(|c| (c.row, c.column, text(c))).collect()
    }

    #[test]
    fn words_that_keep_to_the_columns_of_the_header_are_parted() {
        let header = (0..3).map(|c| cell(0, c, 1, 30, vec![line(5, &[(c as i32 * 100 + 10, "Cột")])]));
        let row = |r: usize, name: &str| {
            let y = r as i32 * 30 + 5;
            cell(
                r,
                0,
                3,
                30,
                vec![line(y, &[(10, name), (120, "86,2"), (230, "3.375")])],
            )
        };
        let section = cell(
            3,
            0,
            3,
            30,
            vec![line(95, &[(10, "Khối"), (70, "các"), (112, "phòng")])],
        );
        let cells = header.chain([row(1, "Áo"), row(2, "Bỉ"), section]).collect();
        let mut table = grid(4, 3, cells);
        split_columns(&mut table);
        let got = texts(&table);
        assert_eq!(
            got[3..6],
            [
                (1, 0, "Áo".to_owned()),
                (1, 1, "86,2".to_owned()),
                (1, 2, "3.375".to_owned())
            ]
        );
        // A section that runs on over the edge stays one cell.
        assert_eq!(got.last(), Some(&(3, 0, "Khối các phòng".to_owned())));
    }

    #[test]
    fn several_scores_in_a_cell_are_as_many_rows() {
        let titles = vec![
            line(5, &[(110, "1. Đi học")]),
            line(30, &[(110, "đúng giờ")]),
            line(55, &[(110, "2. Đeo thẻ")]),
        ];
        let cells = vec![
            cell(0, 0, 1, 80, vec![line(5, &[(10, "I")])]),
            cell(0, 1, 1, 80, titles),
            cell(
                0,
                2,
                1,
                80,
                vec![line(5, &[(210, "10")]), line(55, &[(210, "5")])],
            ),
        ];
        let mut table = grid(1, 3, cells);
        split_rows(&mut table);
        assert_eq!(table.rows, 2);
        let expect = [
            (0, 1, "1. Đi học/đúng giờ"),
            (0, 2, "10"),
            (1, 1, "2. Đeo thẻ"),
            (1, 2, "5"),
        ];
        for (row, column, text) in expect {
            assert!(
                texts(&table).contains(&(row, column, text.to_owned())),
                "{:?}",
                texts(&table)
            );
        }
        // A speck beside one score makes no second row.
        let mut speck = grid(
            1,
            2,
            vec![
                cell(0, 0, 1, 80, vec![line(5, &[(10, "1.")]), line(55, &[(10, "tổ")])]),
                cell(0, 1, 1, 80, vec![line(5, &[(110, "5")]), line(55, &[(110, ".")])]),
            ],
        );
        split_rows(&mut speck);
        assert_eq!(speck.rows, 1);
    }

    #[test]
    fn a_chart_and_a_frame_are_no_tables() {
        let label = |r, c, text| cell(r, c, 1, 30, vec![line(5, &[(c as i32 * 100, text)])]);
        let empty = |r, c| cell(r, c, 1, 30, Vec::new());
        let chart = grid(
            2,
            3,
            vec![
                label(0, 0, "2021"),
                empty(0, 1),
                empty(0, 2),
                empty(1, 0),
                label(1, 1, "12"),
                empty(1, 2),
            ],
        );
        assert!(!is_table(&chart));
        let form = grid(
            2,
            3,
            vec![
                label(0, 0, "TT"),
                label(0, 1, "Tên"),
                label(0, 2, "Điểm"),
                empty(1, 0),
                empty(1, 1),
                empty(1, 2),
            ],
        );
        assert!(is_table(&form));
    }
}
