use crate::domain::PixelBox;

use super::Bitmap;

/// A connected piece of ink (eight neighbours).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Component {
    pub bbox: PixelBox,
    /// Pixels of ink in it.
    pub area: u32,
}

struct Run {
    x0: i32,
    x1: i32,
    label: u32,
}

/// All connected pieces of ink, from top to bottom by their first pixel.
pub fn components(bitmap: &Bitmap) -> Vec<Component> {
    let mut parents: Vec<u32> = Vec::new();
    let mut found: Vec<Component> = Vec::new();
    let mut above: Vec<Run> = Vec::new();
    for y in 0..bitmap.height() {
        let mut here: Vec<Run> = Vec::with_capacity(above.len());
        let row = bitmap.row(y);
        let mut first = 0;
        let mut x = 0;
        while x < row.len() {
            if row[x] == 0 {
                x += 1;
                continue;
            }
            let start = x;
            while x < row.len() && row[x] != 0 {
                x += 1;
            }
            let (x0, x1) = (start as i32, x as i32);
            while first < above.len() && above[first].x1 < x0 {
                first += 1;
            }
            let mut label = None;
            for run in above[first..].iter().take_while(|r| r.x0 <= x1) {
                let root = find(&mut parents, run.label);
                label = Some(match label {
                    None => root,
                    Some(l) => join(&mut parents, l, root),
                });
            }
            let label = label.unwrap_or_else(|| {
                parents.push(parents.len() as u32);
                found.push(Component {
                    bbox: PixelBox::new(x0, y as i32, x1, y as i32 + 1),
                    area: 0,
                });
                parents.len() as u32 - 1
            });
            let piece = &mut found[label as usize];
            piece.bbox = piece.bbox.union(&PixelBox::new(x0, y as i32, x1, y as i32 + 1));
            piece.area += (x1 - x0) as u32;
            here.push(Run { x0, x1, label });
        }
        above = here;
    }
    gather(&mut parents, found)
}

fn gather(parents: &mut [u32], mut found: Vec<Component>) -> Vec<Component> {
    for i in 0..found.len() {
        let root = find(parents, i as u32) as usize;
        if root != i {
            let piece = found[i];
            found[root].bbox = found[root].bbox.union(&piece.bbox);
            found[root].area += piece.area;
        }
    }
    (0..found.len())
        .filter(|&i| parents[i] == i as u32)
        .map(|i| found[i])
        .collect()
}

fn find(parents: &mut [u32], mut label: u32) -> u32 {
    while parents[label as usize] != label {
        let up = parents[parents[label as usize] as usize];
        parents[label as usize] = up;
        label = up;
    }
    label
}

fn join(parents: &mut [u32], a: u32, b: u32) -> u32 {
    let (a, b) = (find(parents, a), find(parents, b));
    let (low, high) = (a.min(b), a.max(b));
    parents[high as usize] = low;
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(rows: &[&str]) -> Bitmap {
        let mut bitmap = Bitmap::blank(rows[0].len(), rows.len());
        for (y, row) in rows.iter().enumerate() {
            for (x, c) in row.bytes().enumerate() {
                bitmap.row_mut(y)[x] = u8::from(c == b'#');
            }
        }
        bitmap
    }

    #[test]
    fn pieces_that_meet_late_are_one() {
        let found = components(&picture(&["#..#.", "#..#.", ".##..", "....."]));
        assert_eq!(
            found,
            vec![Component {
                bbox: PixelBox::new(0, 0, 4, 3),
                area: 6
            }]
        );
    }

    #[test]
    fn pieces_apart_are_two() {
        let found = components(&picture(&["##..#", "##..#"]));
        assert_eq!(found.len(), 2);
        assert_eq!(
            found[1],
            Component {
                bbox: PixelBox::new(4, 0, 5, 2),
                area: 2
            }
        );
    }
}
