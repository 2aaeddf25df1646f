use rust_decimal::Decimal;
use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder};

use crate::domain::Score;

const FONT: &str = "Times New Roman";
const RED: Color = Color::RGB(0x00B0_1E1E);

/// What a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Row {
    Header,
    Section,
    Criterion,
    Total,
}

/// Why a cell stands out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    Plain,
    /// A person should look at what was read.
    Doubtful,
    /// A person types here.
    Input,
}

pub(super) fn title() -> Format {
    text().set_bold().set_font_size(14)
}

pub(super) fn status() -> Format {
    text().set_bold().set_font_color(RED)
}

pub(super) fn text() -> Format {
    Format::new().set_font_name(FONT).set_font_size(12)
}

pub(super) fn cell(row: Row, mark: Mark) -> Format {
    let format = text()
        .set_border(FormatBorder::Thin)
        .set_text_wrap()
        .set_align(FormatAlign::Top);
    let format = match row {
        Row::Header => format
            .set_bold()
            .set_align(FormatAlign::Center)
            .set_align(FormatAlign::VerticalCenter)
            .set_background_color(Color::RGB(0x00DD_E6F0)),
        Row::Section | Row::Total => format.set_bold().set_background_color(Color::RGB(0x00F2_F2F2)),
        Row::Criterion => format,
    };
    match mark {
        Mark::Plain => format,
        Mark::Doubtful => format.set_background_color(Color::RGB(0x00FF_F0C2)),
        Mark::Input => format.set_background_color(Color::RGB(0x00FF_FFE0)),
    }
}

/// A cell of points with as many places as they have.
pub(super) fn points(row: Row, mark: Mark, points: Score) -> Format {
    let places = points.0.normalize().scale();
    number(row, mark, &decimals(places))
}

/// A cell whose points are not known yet: they are shown as they come.
pub(super) fn any_points(row: Row, mark: Mark) -> Format {
    number(row, mark, "[$-42A]General")
}

fn number(row: Row, mark: Mark, format: &str) -> Format {
    cell(row, mark)
        .set_num_format(format)
        .set_align(FormatAlign::Right)
}

/// In the language of the document (language 42A is Vietnamese), whose decimal sign is the comma.
fn decimals(places: u32) -> String {
    if places == 0 {
        "[$-42A]0".to_owned()
    } else {
        format!("[$-42A]0.{}", "0".repeat(places as usize))
    }
}

/// Excel has nothing but binary floats. Of the decimals that `Score` reads, four digits and three, each comes back
/// exactly as it was; one that would not is kept as text.
pub(super) fn exact(points: Decimal) -> Option<f64> {
    use rust_decimal::prelude::ToPrimitive;
    points
        .to_f64()
        .filter(|number| Decimal::from_f64_retain(*number).map(|n| n.round_dp(9)) == Some(points.round_dp(9)))
}
