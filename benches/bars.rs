//! Bars in a report: what was asked, what came of it, and whether that holds.

use std::fmt::Write;

/// What a bar says, the figure, and whether it holds.
pub type Bar = (String, String, bool);

pub fn verdict(holds: bool) -> &'static str {
    if holds { "pass" } else { "**fail**" }
}

pub fn table(bars: &[Bar]) -> String {
    let mut out = "| bar | figure | result |\n|---|---|---|\n".to_owned();
    for (bar, figure, holds) in bars {
        let _ = writeln!(out, "| {bar} | {figure} | {} |", verdict(*holds));
    }
    out
}
