//! Reading order: from top to bottom, and down each column where the page has columns.

use crate::domain::PixelBox;

use super::LineCut;

/// A piece of the page, by its index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece {
    Line(usize),
    Grid(usize),
}

/// Lines and grids as a person reads them. A grid parts what is above it from what is below.
pub(super) fn reading_order(lines: &[LineCut], grids: &[PixelBox]) -> Vec<Piece> {
    let mut by_height: Vec<usize> = (0..grids.len()).collect();
    by_height.sort_by_key(|&g| grids[g].y0);
    let mut rest: Vec<usize> = (0..lines.len()).collect();
    let mut out = Vec::new();
    for g in by_height {
        let (above, below): (Vec<usize>, Vec<usize>) = rest
            .into_iter()
            .partition(|&i| lines[i].bbox.center().1 < grids[g].y0);
        out.extend(zone(lines, above).into_iter().map(Piece::Line));
        out.push(Piece::Grid(g));
        rest = below;
    }
    out.extend(zone(lines, rest).into_iter().map(Piece::Line));
    out
}

/// Lines of one zone: rows of lines, and runs of rows that share a gutter read column by column.
fn zone(lines: &[LineCut], mut members: Vec<usize>) -> Vec<usize> {
    members.sort_by_key(|&i| (lines[i].bbox.y0, lines[i].bbox.x0));
    let mut rows: Vec<Vec<usize>> = Vec::new();
    let mut foot = i32::MIN;
    for i in members {
        let b = lines[i].bbox;
        match rows.last_mut() {
            Some(row) if b.y0 + b.height() / 3 < foot => row.push(i),
            _ => rows.push(vec![i]),
        }
        foot = foot.max(b.y1 - b.height() / 5);
    }
    let mut out = Vec::new();
    let mut at = 0;
    while at < rows.len() {
        let mut gutter = gutter_of(lines, &rows[at]);
        let mut end = at + 1;
        while end < rows.len()
            && let Some(have) = gutter
            && let Some(next) = gutter_of(lines, &rows[end])
            && have.0.max(next.0) < have.1.min(next.1)
        {
            gutter = Some((have.0.max(next.0), have.1.min(next.1)));
            end += 1;
        }
        match gutter {
            Some((left, _)) if end - at >= 2 => {
                let band: Vec<usize> = rows[at..end].concat();
                let (first, second): (Vec<usize>, Vec<usize>) =
                    band.into_iter().partition(|&i| lines[i].bbox.x1 <= left);
                out.extend(zone(lines, first));
                out.extend(zone(lines, second));
            }
            _ => {
                end = at + 1;
                let mut row = rows[at].clone();
                row.sort_by_key(|&i| lines[i].bbox.x0);
                out.extend(row);
            }
        }
        at = end;
    }
    out
}

/// The widest empty stretch between the lines of a row, if it is wider than a line is high.
fn gutter_of(lines: &[LineCut], row: &[usize]) -> Option<(i32, i32)> {
    let mut boxes: Vec<PixelBox> = row.iter().map(|&i| lines[i].bbox).collect();
    boxes.sort_by_key(|b| b.x0);
    let tallest = boxes.iter().map(PixelBox::height).max().unwrap_or(0);
    let mut reach = boxes.first()?.x1;
    let mut widest: Option<(i32, i32)> = None;
    for b in &boxes[1..] {
        if b.x0 - reach > tallest && widest.is_none_or(|(l, r)| b.x0 - reach > r - l) {
            widest = Some((reach, b.x0));
        }
        reach = reach.max(b.x1);
    }
    widest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(x0: i32, y0: i32, x1: i32) -> LineCut {
        LineCut {
            bbox: PixelBox::new(x0, y0, x1, y0 + 30),
            intruders: Vec::new(),
        }
    }

    #[test]
    fn a_letterhead_is_read_column_by_column() {
        let lines = [
            line(100, 0, 500),
            line(700, 0, 1400),
            line(150, 40, 450),
            line(750, 40, 1300),
            line(100, 120, 1400),
        ];
        let order: Vec<Piece> = [0, 2, 1, 3, 4].map(Piece::Line).to_vec();
        assert_eq!(reading_order(&lines, &[]), order);
    }

    #[test]
    fn a_table_parts_the_page() {
        let lines = [line(100, 500, 900), line(100, 0, 900)];
        let grids = [PixelBox::new(50, 100, 1000, 400)];
        assert_eq!(
            reading_order(&lines, &grids),
            vec![Piece::Line(1), Piece::Grid(0), Piece::Line(0)]
        );
    }
}
