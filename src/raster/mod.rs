//! Pictures and their arithmetic: what `render`, `layout` and `read` share.
//! Knows pixels only: nothing of pages, words or tables.

mod bitmap;
mod components;
mod flatten;
mod strokes;
mod warp;

pub use bitmap::{Bitmap, otsu};
pub use components::{Component, components};
pub use flatten::{flatten, without_colour};
pub use strokes::{is_dotted, stretches, strokes};
pub use warp::{Warp, quarter_turned};
