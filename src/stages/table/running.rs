//! Page numbers and running heads: at the rim of the page, no part of the text.

use std::collections::HashMap;
use std::sync::LazyLock;

use regex::Regex;

use crate::domain::fold;
use crate::domain::{Block, InkKind, InkRegion, Line, PageReading};

static PAGE_NUMBER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?:trang\s*)?[-–]?\s*\d{1,3}\s*(?:/\s*\d{1,3})?\s*[-–]?$").expect("a valid pattern")
});

/// The rim of a page, as a share of its height.
const RIM: f32 = 0.09;

/// Moves page numbers and heads that several pages repeat from the text to the page's other ink.
pub fn set_aside_running_heads(pages: &mut [PageReading]) {
    let mut seen: HashMap<String, usize> = HashMap::new();
    for page in pages.iter() {
        for line in rim_lines(page) {
            *seen.entry(without_digits(line)).or_default() += 1;
        }
    }
    let repeated = |line: &Line| {
        let text = without_digits(line);
        pages_needed(&text) <= seen.get(&text).copied().unwrap_or(0)
    };
    for page in pages {
        let rim = rim_of(page);
        let blocks = std::mem::take(&mut page.blocks);
        for block in blocks {
            match block {
                Block::Line(line) if rim(&line) && (is_page_number(&line) || repeated(&line)) => {
                    page.other_ink.push(InkRegion {
                        bbox: line.bbox,
                        kind: InkKind::Running,
                        text: line.text(),
                    });
                }
                other => page.blocks.push(other),
            }
        }
    }
}

/// A short text may come twice by chance; a running head is on three pages or more.
fn pages_needed(text: &str) -> usize {
    if text.chars().count() < 4 { usize::MAX } else { 3 }
}

fn is_page_number(line: &Line) -> bool {
    PAGE_NUMBER.is_match(&fold(&line.text()))
}

fn without_digits(line: &Line) -> String {
    fold(&line.text())
        .chars()
        .filter(|c| !c.is_ascii_digit())
        .collect()
}

fn rim_of(page: &PageReading) -> impl Fn(&Line) -> bool + use<> {
    let height = page.height as f32;
    move |line| (line.bbox.y1 as f32) < height * RIM || (line.bbox.y0 as f32) > height * (1.0 - RIM)
}

fn rim_lines(page: &PageReading) -> impl Iterator<Item = &Line> {
    let rim = rim_of(page);
    page.blocks.iter().filter_map(move |b| match b {
        Block::Line(line) if rim(line) => Some(line),
        _ => None,
    })
}
