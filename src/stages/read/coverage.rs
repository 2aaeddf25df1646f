//! Is there ink in a line that the line reader saw no letter in?

use unicode_normalization::UnicodeNormalization;

use super::LinePicture;
use super::neural::Letter;

/// Darker than this is ink.
const INK: u8 = 128;
/// How far a letter may be told from the middle of its ink, in line heights: the network's steps are coarse.
const ASTRAY: f32 = 0.22;
/// The ink of the last letter ends this far from its middle at most, in line heights: of most letters, and of wide ones.
const HALF: f32 = 0.3;
const HALF_WIDE: f32 = 0.45;
const WIDE: &str = "mMwWĐDGHNOQUVAK%";
/// Narrower ink, in line heights, is dust.
const DUST: f32 = 0.04;
/// Ink this far from other ink, in line heights, is a word of its own.
const APART: f32 = 0.18;

/// True when every word's ink has a letter, and the line's last ink, a full stop perhaps, has one too.
pub(super) fn is_whole(letters: &[Letter], line: &LinePicture) -> bool {
    let height = line.ink.height().max((line.dpi / 9) as i32) as f32;
    let runs: Vec<(f32, f32)> = runs(line)
        .into_iter()
        .filter(|(from, to)| to - from >= DUST * height)
        .collect();
    let seen: Vec<f32> = letters
        .iter()
        .filter(|l| l.text != " ")
        .map(|l| l.x as f32)
        .collect();
    let (Some(end), Some(last)) = (runs.last(), letters.iter().rfind(|l| l.text != " ")) else {
        return runs.is_empty();
    };
    // A full stop may touch the letter before it, or stand under its arm.
    let wide = last.text.nfd().next().is_some_and(|letter| WIDE.contains(letter));
    if end.1 - last.x as f32 > if wide { HALF_WIDE } else { HALF } * height {
        return false;
    }
    words(&runs, APART * height).iter().all(|(from, to)| {
        let reach = ASTRAY * height;
        seen.iter().any(|x| (from - reach..to + reach).contains(x))
    })
}

/// Runs of columns with ink in them.
fn runs(line: &LinePicture) -> Vec<(f32, f32)> {
    // A column of paper ends what reaches to the edge.
    let inked = line.inked_columns(INK).into_iter().chain([false]);
    let mut runs = Vec::new();
    let mut start = None;
    for (x, inked) in inked.enumerate() {
        match (inked, start) {
            (true, None) => start = Some(x),
            (false, Some(from)) => {
                runs.push((from as f32, x as f32));
                start = None;
            }
            _ => {}
        }
    }
    runs
}

/// Runs with less than `apart` between them, taken together.
fn words(runs: &[(f32, f32)], apart: f32) -> Vec<(f32, f32)> {
    let mut words: Vec<(f32, f32)> = Vec::new();
    for &(from, to) in runs {
        match words.last_mut() {
            Some(word) if from - word.1 < apart => word.1 = to,
            _ => words.push((from, to)),
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use image::{GrayImage, Luma};

    use super::*;
    use crate::domain::PixelBox;

    /// A line 40 pixels high with bars of ink at these columns.
    fn line(bars: &[(u32, u32)]) -> LinePicture {
        let mut image = GrayImage::from_pixel(400, 60, Luma([255]));
        for &(from, to) in bars {
            for (x, y) in (from..to).flat_map(|x| (10..50).map(move |y| (x, y))) {
                image.put_pixel(x, y, Luma([0]));
            }
        }
        let right = bars.last().map_or(10, |b| b.1 as i32);
        LinePicture {
            image,
            ink: PixelBox::new(10, 10, right, 50),
            dpi: 200,
        }
    }

    fn letters(places: &[i32]) -> Vec<Letter> {
        let letter = |x: &i32| Letter {
            text: "a".to_owned(),
            x: *x,
            sure: 1.0,
            others: Vec::new(),
        };
        places.iter().map(letter).collect()
    }

    #[test]
    fn ink_without_a_letter_is_noticed() {
        let check = |bars: &[(u32, u32)], places: &[i32], expect: bool| {
            assert_eq!(
                is_whole(&letters(places), &line(bars)),
                expect,
                "{bars:?} {places:?}"
            );
        };
        let word = [(10, 30), (32, 50), (52, 70)];
        check(&word, &[20, 41, 61], true);
        // The network tells places roughly.
        check(&word, &[14, 36, 59], true);
        // A full stop that nobody read.
        let stop = [(10, 30), (32, 50), (52, 70), (76, 81)];
        check(&stop, &[20, 41, 61], false);
        check(&stop, &[20, 41, 61, 78], true);
        // A sign between two words that nobody read.
        let sign = [(10, 30), (60, 80), (110, 130)];
        check(&sign, &[20, 120], false);
        check(&sign, &[20, 70, 120], true);
        check(&[], &[], true);
        check(&word, &[], false);
    }
}
