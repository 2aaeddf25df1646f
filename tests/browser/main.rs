//! The pages in a real browser, against the real program on a free port.
//!
//! Needs `chromium` and `chromium-driver` (Debian). Without them the browser tests say so and pass at
//! home, and fail where `CI` is set.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops here")]

#[path = "../../benches/accuracy/known.rs"]
#[expect(dead_code, reason = "the benchmark uses the rest")]
mod known;
#[path = "../vouching/mod.rs"]
mod vouching;

mod account;
mod assets;
mod desk;
mod editing;
mod everybody;
mod guide;
mod hands;
mod hostile;
mod inbox;
mod kept;
mod lexicon;
mod long;
mod made;
mod motion;
mod pictures;
mod provider;
mod reread;
mod stage;
